/* SPDX-License-Identifier: BSD-2-Clause */
/* The loop of cdat-notify: signals, deadlines, and what is done before it sleeps. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "host/log.h"
#include "notify/notifier.h"

#define STATUS_EVERY_S	1.0
#define IDLE_US		5000000u

uint64_t notifier_mono(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

static void on_due(struct ev_loop *loop, ev_timer *timer, int events)
{
	(void)loop;		/* on_prepare() does what is due */
	(void)timer;
	(void)events;
}

/* Before the loop sleeps: events are taken, put on disk, and only then marked. */
static void on_prepare(struct ev_loop *loop, ev_prepare *prepare, int events)
{
	struct notifier *n = prepare->data;
	uint64_t now = notifier_mono(), due;

	(void)events;
	feed_tick(n->feed, now);
	now = notifier_mono();
	outbox_tick(n->outbox, now);
	for (size_t i = 0; i < n->nsinks; i++)
		sink_flush(n->sinks[i]);
	feed_watch(n->feed);
	due = feed_deadline(n->feed);
	if (outbox_deadline(n->outbox) < due)
		due = outbox_deadline(n->outbox);
	if (due > now + IDLE_US)
		due = now + IDLE_US;
	ev_timer_stop(loop, &n->due);
	ev_timer_set(&n->due, due > now ? (double)(due - now) / 1e6 : 0.0, 0.0);
	ev_timer_start(loop, &n->due);
}

static void on_status(struct ev_loop *loop, ev_timer *timer, int events)
{
	(void)loop;
	(void)events;
	status_write(timer->data);
}

static void on_end(struct ev_loop *loop, ev_signal *signal, int events)
{
	(void)signal;
	(void)events;
	ev_break(loop, EVBREAK_ALL);
}

static void on_hangup(struct ev_loop *loop, ev_signal *signal, int events)
{
	(void)loop;
	(void)events;
	notifier_reload(signal->data);
}

static void on_user(struct ev_loop *loop, ev_signal *signal, int events)
{
	(void)loop;
	(void)events;
	status_log(signal->data);
	status_write(signal->data);
}

static void watch_signal(struct notifier *n, ev_signal *watcher, int number,
			 void (*handle)(struct ev_loop *, ev_signal *, int))
{
	ev_signal_init(watcher, handle, number);
	watcher->data = n;
	ev_signal_start(n->loop, watcher);
}

/* One process a state directory: two would write the same queues. */
static bool take_lock(struct notifier *n, char *err, size_t errlen)
{
	const char *dir = notify_state_dir(n->conf);
	char path[4200];

	if (mkdir(dir, 0755) != 0 && errno != EEXIST) {
		snprintf(err, errlen, "state-dir %s: %s; make it, for the user of cdat-notify", dir,
			 strerror(errno));
		return false;
	}
	snprintf(path, sizeof(path), "%s/lock", dir);
	n->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	if (n->lock < 0) {
		snprintf(err, errlen, "state-dir %s: %s; let the user of cdat-notify write into it",
			 dir, strerror(errno));
		return false;
	}
	if (flock(n->lock, LOCK_EX | LOCK_NB) != 0) {
		snprintf(err, errlen, "state-dir %s: another cdat-notify uses it; give each its own",
			 dir);
		return false;
	}
	return true;
}

static bool start(struct notifier *n, char *err, size_t errlen)
{
	snprintf(err, errlen, "not enough memory; free some");
	n->http = http_new(n->loop);
	n->view = view_new();
	n->feed = feed_new(n);
	if (n->http == NULL || n->view == NULL || n->feed == NULL ||
	    !take_lock(n, err, errlen) || !sinks_open(n, err, errlen))
		return false;
	n->outbox = outbox_new(n);
	if (n->outbox == NULL)
		return false;
	watch_signal(n, &n->term, SIGTERM, on_end);
	watch_signal(n, &n->interrupt, SIGINT, on_end);
	watch_signal(n, &n->hangup, SIGHUP, on_hangup);
	watch_signal(n, &n->user, SIGUSR1, on_user);
	ev_prepare_init(&n->prepare, on_prepare);
	n->prepare.data = n;
	ev_prepare_start(n->loop, &n->prepare);
	ev_init(&n->due, on_due);
	ev_timer_init(&n->status, on_status, 0.0, STATUS_EVERY_S);
	n->status.data = n;
	ev_timer_start(n->loop, &n->status);
	return true;
}

static void stop(struct notifier *n)
{
	sinks_close(n);
	feed_free(n->feed);
	outbox_free(n->outbox);
	view_free(n->view);
	http_free(n->http);
	free(n->status_text);
	if (n->lock >= 0)
		close(n->lock);
}

int notifier_run(struct notifier *n)
{
	char err[CONF_ERROR_LEN];
	char gone[4200];

	n->lock = -1;
	n->loop = ev_default_loop(EVFLAG_NOSIGMASK);
	n->started = wall_now();
	if (n->loop == NULL || !start(n, err, sizeof(err))) {
		log_error("main", "%s", n->loop != NULL ? err : "the loop cannot be made");
		stop(n);
		return 1;
	}
	log_notice("main", "started with %zu sinks of %s", n->nsinks, n->conf->file);
	ev_run(n->loop, 0);
	snprintf(gone, sizeof(gone), "%s/" STATUS_FILE, notify_state_dir(n->conf));
	unlink(gone);
	stop(n);
	log_notice("main", "ended");
	return 0;
}
