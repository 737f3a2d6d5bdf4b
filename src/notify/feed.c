/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The connection to cdatd: snapshot, then deltas and events.  While it is away the last
 * rows stay, for the notes that still wait.
 */
#include "config.h"

#include <stdlib.h>

#include "host/log.h"
#include "notify/notifier.h"

#define OPEN_WAIT_MS		500
#define SNAPSHOT_WAIT_MS	10000
#define SUBSCRIBE_WAIT_MS	2000
#define RETRY_FIRST_US		200000u
#define RETRY_MOST_US		5000000u
#define KINDS			(VIEW_KINDS | 1u << CDAT_K_EVENT)

struct feed {
	struct notifier *n;
	ev_io io;
	int events;			/* that `io` waits for */
	uint64_t servicer_start;
	uint64_t retry_at, retry_wait;
	bool resync, complained;
};

static void on_io(struct ev_loop *loop, ev_io *io, int events)
{
	(void)loop;
	(void)io;
	(void)events;			/* feed_tick() dispatches before the loop sleeps again */
}

struct feed *feed_new(struct notifier *n)
{
	struct feed *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return NULL;
	f->n = n;
	ev_init(&f->io, on_io);
	return f;
}

static void on_row(void *ctx, enum cdat_kind kind, struct cdat_key key, const void *record)
{
	struct feed *f = ctx;
	const struct cdat_cluster *c = kind == CDAT_K_CLUSTER ? record : NULL;

	if (c != NULL && c->start_mono != f->servicer_start) {
		f->servicer_start = c->start_mono;
		outbox_new_servicer(f->n->outbox);
	}
	if (kind == CDAT_K_EVENT && record != NULL)
		outbox_event(f->n->outbox, record);
	if (!view_row(f->n->view, kind, key, record)) {
		log_error("feed", "no memory for a row; the snapshot will be taken again");
		f->resync = true;
	}
}

static void on_event(void *ctx, const struct cdat_event *event)
{
	outbox_event(((struct feed *)ctx)->n->outbox, event);
}

static void on_resync(void *ctx)
{
	((struct feed *)ctx)->resync = true;
}

static const struct cdat_handlers handlers = {
	.row = on_row, .event = on_event, .resync = on_resync,
};

static void unwatch(struct feed *f)
{
	ev_io_stop(f->n->loop, &f->io);
	f->events = 0;
}

static void disconnect(struct feed *f)
{
	unwatch(f);
	cdat_close(f->n->cdat);
	f->n->cdat = NULL;
	f->retry_wait = RETRY_FIRST_US;
	f->retry_at = notifier_mono() + f->retry_wait;
}

static void lost(struct feed *f, const char *what)
{
	log_warning("feed", "%s: %s; trying again", what, cdat_errtext(f->n->cdat));
	disconnect(f);
	outbox_lost(f->n->outbox);
}

void feed_free(struct feed *feed)
{
	if (feed != NULL && feed->n->cdat != NULL)
		disconnect(feed);
	free(feed);
}

static bool snapshot(struct feed *f)
{
	f->resync = false;
	view_clear(f->n->view);
	if (cdat_snapshot(f->n->cdat, KINDS, SNAPSHOT_WAIT_MS) != 0) {
		lost(f, "snapshot from the servicer");
		return false;
	}
	outbox_snapshot_end(f->n->outbox);
	return true;
}

static const char *socket_path(const struct feed *f)
{
	return f->n->socket != NULL ? f->n->socket : f->n->conf->socket;
}

static bool connect_servicer(struct feed *f)
{
	cdat_t *c = cdat_open(socket_path(f), "cdat-notify", OPEN_WAIT_MS);

	if (c != NULL && cdat_error(c) == 0) {
		f->n->cdat = c;
		return true;
	}
	if (!f->complained)
		log_warning("feed", "%s: %s; trying until it is there",
			    socket_path(f) != NULL ? socket_path(f) : CDAT_SOCKET_DEFAULT,
			    c != NULL ? cdat_errtext(c) : "no memory");
	f->complained = true;
	cdat_close(c);
	f->retry_wait = f->retry_wait != 0 ? f->retry_wait * 2 : RETRY_FIRST_US;
	if (f->retry_wait > RETRY_MOST_US)
		f->retry_wait = RETRY_MOST_US;
	f->retry_at = notifier_mono() + f->retry_wait;
	return false;
}

static void begin(struct feed *f)
{
	if (!connect_servicer(f))
		return;
	cdat_handle(f->n->cdat, &handlers, f);
	/* Subscribed first: what changes while the snapshot is sent comes after it. */
	if (cdat_subscribe(f->n->cdat, KINDS, true, false, 0, SUBSCRIBE_WAIT_MS) != 0) {
		lost(f, "subscribing at the servicer");
		return;
	}
	if (!snapshot(f))
		return;
	f->complained = false;
	f->retry_wait = 0;
	if (!cdat_may_change(f->n->cdat))
		log_warning("feed", "this user is not in group cdat-admin: what it tells is not marked, "
			    "and it does not tell for the cluster");
	cdat_agent_alive(f->n->cdat, CDAT_AGENT_HTTP, true);
	log_notice("feed", "connected to the servicer of %s",
		   view_cluster(f->n->view) != NULL ? view_cluster(f->n->view)->local_name : "?");
}

void feed_tick(struct feed *feed, uint64_t now)
{
	if (feed->n->cdat == NULL) {
		if (now >= feed->retry_at)
			begin(feed);
		return;
	}
	if (cdat_dispatch(feed->n->cdat) != 0)
		lost(feed, "connection to the servicer");
	else if (feed->resync)
		snapshot(feed);
}

uint64_t feed_deadline(const struct feed *feed)
{
	if (feed->n->cdat != NULL)
		return feed->resync ? 0 : UINT64_MAX;
	return feed->retry_at;
}

void feed_watch(struct feed *feed)
{
	int want;

	if (feed->n->cdat == NULL)
		return;
	want = EV_READ | (cdat_wants_write(feed->n->cdat) ? EV_WRITE : 0);
	if (want == feed->events)
		return;
	unwatch(feed);
	ev_io_set(&feed->io, cdat_fd(feed->n->cdat), want);
	ev_io_start(feed->n->loop, &feed->io);
	feed->events = want;
}
