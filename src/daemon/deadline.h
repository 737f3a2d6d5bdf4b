/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One deadline of the loop, in a timer of the kernel that is set seldom: a deadline that moves
 * away, as that of an acknowledgement does with each message, leaves the timer where it is, and
 * who is woken early finds that it is early.  A timeout of epoll_wait() would be set and taken
 * back at each wait, which costs a message to and fro about a tenth (tests/bench/RESULTS).
 */
#ifndef DAEMON_DEADLINE_H
#define DAEMON_DEADLINE_H

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

/* Times are CLOCK_MONOTONIC in microseconds. */
struct deadline {
	struct ev_loop *loop;
	ev_io io;
	uint64_t set; /* when the timer goes off; UINT64_MAX: it is not set */
	void (*early_or_due)(void *ctx);
	void *ctx;
};

/* False with errno: there is no timer.  `early_or_due` is called from the loop when the timer goes
 * off; it sets the next deadline. */
bool deadline_start(struct deadline *d, struct ev_loop *loop, void (*early_or_due)(void *ctx),
		    void *ctx);
void deadline_stop(struct deadline *d); /* of one that was not started nothing happens */

/* The loop is woken at `at` or before; UINT64_MAX: it need not be. */
void deadline_set(struct deadline *d, uint64_t at);

#endif
