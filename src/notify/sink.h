/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A sink: a receiver with its own queue on disk, one note at a time under way, and its own
 * waiting before it tries again.  Nothing in it waits for another sink.
 */
#ifndef NOTIFY_SINK_H
#define NOTIFY_SINK_H

#include <ev.h>

#include "notify/alerts.h"
#include "notify/conf.h"
#include "notify/http.h"
#include "notify/note.h"
#include "notify/payload.h"
#include "notify/queue.h"

struct sink;

struct sink_counts {
	uint64_t sent;			/* taken by the receiver */
	uint64_t failures;		/* attempts that failed and are made again */
	uint64_t refused;		/* given up: the receiver will never take it */
	uint64_t gave_up;		/* given up: `attempts` were made */
	uint64_t overflowed;		/* given up: the queue was full, or could not be written */
	uint64_t last_sent, last_failed;	/* microseconds since 1970; 0 never */
};

struct sink_host {
	struct ev_loop *loop;		/* the default one */
	struct http *http;
	/* Whether this member tells for the cluster: only that one repeats alerts. */
	bool (*telling)(void *ctx);
	void (*refresh)(void *ctx, struct alerts *alerts);	/* by the rows; before repeating */
	void *ctx;
};

/* Opens its queue in `dir`.  conf outlives the sink.  NULL with one line in `err`. */
struct sink *sink_new(const struct sink_conf *conf, const struct sink_host *host, const char *dir,
		      char *err, size_t errlen);
/* What is under way is broken off and stays in the queue. */
void sink_free(struct sink *sink);

/* What a sink has counted and knows to be open, for one of the same name that replaces it. */
struct sink_kept {
	char name[CDAT_NAME_MAX + 1];
	struct sink_counts counts;
	struct alerts *alerts;		/* NULL, or owned by this */
};
void sink_keep(struct sink *sink, struct sink_kept *kept);
void sink_inherit(struct sink *sink, struct sink_kept *kept);

/* Whether the filters of the sink let the note pass. */
bool sink_wants(const struct sink *sink, const struct note *note);

/* Queues a note.  Gives its number for sink_settled(), 0: it could not be kept, and is counted.
 * `again`: it may be queued already (this process is new); then it is not queued twice. */
uint64_t sink_push(struct sink *sink, const struct note *note, bool again);
/* Makes the queue durable and begins to send. */
void sink_flush(struct sink *sink);
/* The note with that number is taken, given up, or kept on disk while the receiver fails. */
bool sink_settled(const struct sink *sink, uint64_t number);

/* Alertmanager: an event was seen, whoever tells it. */
void sink_observe(struct sink *sink, const struct note *note);
struct alerts *sink_alerts(struct sink *sink);		/* NULL: not of that type */

const struct sink_conf *sink_conf(const struct sink *sink);
const char *sink_state(const struct sink *sink);	/* "idle", "sending", "retrying" */
const char *sink_error(const struct sink *sink);	/* last one; empty when it works */
/* Counts since the process began, over all sinks of that name; queue: what waits now. */
void sink_count(const struct sink *sink, struct sink_counts *counts, struct queue_counts *queue);

/* Sends one note past the queue and calls `done` once.  The sink was made with dir NULL. */
typedef void sink_tested(void *ctx, enum sink_result result, const char *why);
void sink_test(struct sink *sink, const struct note *note, sink_tested *done, void *ctx);

#endif
