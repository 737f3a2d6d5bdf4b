/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waiting with signals blocked but while asleep, so that none is missed.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <time.h>

#include "cli/live.h"

static volatile sig_atomic_t ended;
static sigset_t asleep;		/* mask while waiting */

static void on_signal(int number)
{
	(void)number;
	ended = 1;
}

void cli_live_begin(void)
{
	struct sigaction sa = { .sa_handler = on_signal };
	sigset_t block;

	ended = 0;
	sigemptyset(&sa.sa_mask);
	sigemptyset(&block);
	sigaddset(&block, SIGINT);
	sigaddset(&block, SIGTERM);
	sigprocmask(SIG_BLOCK, &block, &asleep);
	sigdelset(&asleep, SIGINT);
	sigdelset(&asleep, SIGTERM);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
}

bool cli_live_ended(void)
{
	return ended;
}

int64_t cli_live_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

int cli_live_wait(struct cli *cli, int64_t until, int in)
{
	struct pollfd fds[2] = {
		{ .fd = cdat_fd(cli->c), .events = POLLIN | (cdat_wants_write(cli->c) ? POLLOUT : 0) },
		{ .fd = in, .events = POLLIN },
	};
	int64_t left = until - cli_live_now();
	struct timespec ts;
	int n;

	if (left < 0)
		left = 0;
	ts = (struct timespec){ left / 1000000000, left % 1000000000 };
	n = ppoll(fds, 2, until == INT64_MAX ? NULL : &ts, &asleep);
	if (n < 0 && errno != EINTR)
		return cli_error("cannot wait for the servicer");
	return n > 0 && fds[0].revents ? cdat_dispatch(cli->c) : 0;
}
