/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cdat-notify: what its parts share.  One thread, one loop.  The feed takes events from
 * cdatd; the outbox decides which of them this member tells, hands them to the sinks and
 * tells cdatd when they are taken; each sink goes its own way from there.
 */
#ifndef NOTIFY_NOTIFIER_H
#define NOTIFY_NOTIFIER_H

#include <ev.h>

#include "client/cdat.h"
#include "notify/sink.h"
#include "notify/view.h"

struct outbox;
struct feed;

struct notifier {
	struct ev_loop *loop;
	struct notify_conf *conf;
	const char *conf_path, *socket;		/* of the command line; socket NULL: of the file */
	struct http *http;
	struct sink *sinks[SINKS_MAX];
	size_t nsinks;
	struct view *view;
	struct outbox *outbox;
	struct feed *feed;
	cdat_t *cdat;				/* NULL: not connected */
	uint64_t started;			/* microseconds since 1970 */
	int lock;				/* -1 none */
	char *status_text;			/* as it was written last */
	ev_prepare prepare;
	ev_timer due, status;
	ev_signal term, interrupt, hangup, user;
};

uint64_t notifier_mono(void);			/* microseconds of CLOCK_MONOTONIC */

/* The program from its command line to its exit code. */
int notifier_main(int argc, char **argv);
/* Runs with a configuration that was judged.  Exit code. */
int notifier_run(struct notifier *n);
/* Sends a test event by one sink and prints how it went.  Exit code. */
int notifier_test(struct notify_conf *conf, const char *sink);

/* reload.c */
bool sinks_open(struct notifier *n, char *err, size_t errlen);
void sinks_close(struct notifier *n);
void notifier_reload(struct notifier *n);

/* feed.c */
struct feed *feed_new(struct notifier *n);	/* NULL: no memory */
void feed_free(struct feed *feed);
/* Connects, takes a snapshot, flushes, whatever is due. */
void feed_tick(struct feed *feed, uint64_t now);
uint64_t feed_deadline(const struct feed *feed);
void feed_watch(struct feed *feed);		/* before the loop sleeps */

/* outbox.c */
struct outbox *outbox_new(struct notifier *n);	/* NULL: no memory */
void outbox_free(struct outbox *outbox);
void outbox_event(struct outbox *outbox, const struct cdat_event *event);
void outbox_new_servicer(struct outbox *outbox);	/* event numbers begin anew */
void outbox_snapshot_end(struct outbox *outbox);
void outbox_lost(struct outbox *outbox);		/* the connection to cdatd */
void outbox_tick(struct outbox *outbox, uint64_t now);
uint64_t outbox_deadline(const struct outbox *outbox);	/* UINT64_MAX: none */
void outbox_sinks_changed(struct outbox *outbox);
size_t outbox_waiting(const struct outbox *outbox);
bool outbox_telling(const struct outbox *outbox);	/* this member tells for the cluster */

/* status.c */
#define STATUS_FILE "status.json"
void status_write(struct notifier *n);
void status_log(const struct notifier *n);
/* Prints what a running cdat-notify wrote.  Exit code: 0 all is well, 1 something fails or was
 * given up, 3 it does not run. */
int status_print(const struct notify_conf *conf, bool json);

#endif
