/* SPDX-License-Identifier: BSD-2-Clause */
/* One deadline of the loop; see deadline.h. */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "daemon/deadline.h"
#include "host/log.h"

static void on_readable(struct ev_loop *loop, ev_io *w, int revents)
{
	struct deadline *d = w->data;
	uint64_t times;

	(void)loop;
	(void)revents;
	if (read(w->fd, &times, sizeof(times)) != sizeof(times))
		return; /* it was set anew meanwhile */
	d->set = UINT64_MAX;
	d->early_or_due(d->ctx);
}

bool deadline_start(struct deadline *d, struct ev_loop *loop, void (*early_or_due)(void *ctx),
		    void *ctx)
{
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);

	if (fd < 0)
		return false;
	*d = (struct deadline){
		.loop = loop, .set = UINT64_MAX, .early_or_due = early_or_due, .ctx = ctx};
	ev_io_init(&d->io, on_readable, fd, EV_READ);
	d->io.data = d;
	ev_io_start(loop, &d->io);
	return true;
}

void deadline_stop(struct deadline *d)
{
	if (d->loop == NULL)
		return;
	ev_io_stop(d->loop, &d->io);
	close(d->io.fd);
	d->loop = NULL;
}

void deadline_set(struct deadline *d, uint64_t at)
{
	struct itimerspec when = {.it_value = {.tv_sec = (time_t)(at / 1000000u),
					       .tv_nsec = (long)(at % 1000000u * 1000u)}};

	if (at >= d->set)
		return;
	if (at == 0)
		when.it_value.tv_nsec = 1; /* 0 would take the timer back */
	if (timerfd_settime(d->io.fd, TFD_TIMER_ABSTIME, &when, NULL) == 0)
		d->set = at;
	else
		log_error("main", "a timer cannot be set: %s", strerror(errno));
}
