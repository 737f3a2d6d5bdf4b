/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The loop.  The descriptors of Net-SNMP are asked for anew each turn: a reconnect
 * uses their numbers again.
 */
#include "config.h"

#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>
#include <net-snmp/agent/net-snmp-agent-includes.h>
#include <net-snmp/library/large_fd_set.h>

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include "agent/agent.h"
#include "agent/notify.h"
#include "agent/set.h"

#define IDLE_US		1000000u	/* the longest turn */

static volatile sig_atomic_t ending;

static uint64_t now_of(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

uint64_t agent_now(void)
{
	return now_of(CLOCK_MONOTONIC);
}

uint64_t agent_wall(void)
{
	return now_of(CLOCK_REALTIME);
}

void agent_log(const char *fmt, ...)
{
	char line[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	fprintf(stderr, "cdat-agentx: %s\n", line);
}

/* sysUpTime is the master's (Net-SNMP follows it with each administrative answer).  It
 * counts hundredths: differences below two of them are rounding, and are not followed, so
 * that a TimeStamp does not change between two reads. */
struct mib_data agent_data(struct agent *agent)
{
	const uint64_t now = agent_now();
	const int64_t start = (int64_t)now - (int64_t)netsnmp_get_agent_uptime() * 10000;
	const int64_t off = start - agent->agent_start;

	if (!agent->agent_start || off > 20000 || off < -20000)
		agent->agent_start = start;
	return (struct mib_data){
		.rep = agent->rep, .changes = &agent->changes, .root = agent->root,
		.root_len = agent->root_len, .now_mono = now, .agent_start = agent->agent_start,
	};
}

static void on_signal(int sig)
{
	(void)sig;
	ending = 1;
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Time to wait, of the next thing that is due here. */
static struct timeval patience(const struct agent *agent, uint64_t now)
{
	uint64_t due = least(servicer_deadline(agent), set_deadline(agent));
	uint64_t wait;

	due = least(due, notify_deadline(agent));
	wait = due <= now ? 0 : least(due - now, IDLE_US);
	return (struct timeval){ .tv_sec = (time_t)(wait / 1000000),
				 .tv_usec = (suseconds_t)(wait % 1000000) };
}

static void turn(struct agent *agent, netsnmp_large_fd_set *rd, netsnmp_large_fd_set *wr)
{
	struct timeval wait = patience(agent, agent_now());
	const int fd = agent->cdat ? cdat_fd(agent->cdat) : -1;
	int nfds = 0, block = 0, n;

	NETSNMP_LARGE_FD_ZERO(rd);
	NETSNMP_LARGE_FD_ZERO(wr);
	/* Shortens `wait` to Net-SNMP's next alarm or timeout. */
	snmp_select_info2(&nfds, rd, &wait, &block);
	if (fd >= 0) {
		NETSNMP_LARGE_FD_SET(fd, rd);
		if (cdat_wants_write(agent->cdat))
			NETSNMP_LARGE_FD_SET(fd, wr);
		if (fd >= nfds)
			nfds = fd + 1;
	}
	n = netsnmp_large_fd_set_select(nfds, rd, wr, NULL, &wait);
	if (n < 0 && errno != EINTR)
		agent_log("select: %m");
	if (n > 0 && fd >= 0 && (NETSNMP_LARGE_FD_ISSET(fd, rd) || NETSNMP_LARGE_FD_ISSET(fd, wr))) {
		NETSNMP_LARGE_FD_CLR(fd, rd);
		servicer_read(agent);
	}
	if (n > 0)
		snmp_read2(rd);
	else if (n == 0)
		snmp_timeout();
	run_alarms();
	servicer_tick(agent, agent_now());
	set_tick(agent, agent_now());
	notify_tick(agent, agent_now());
	netsnmp_check_outstanding_agent_requests();
}

int loop_run(struct agent *agent)
{
	const struct sigaction end = { .sa_handler = on_signal };
	netsnmp_large_fd_set rd, wr;

	sigaction(SIGTERM, &end, NULL);
	sigaction(SIGINT, &end, NULL);
	netsnmp_large_fd_set_init(&rd, FD_SETSIZE);
	netsnmp_large_fd_set_init(&wr, FD_SETSIZE);
	while (!ending)
		turn(agent, &rd, &wr);
	netsnmp_large_fd_set_cleanup(&rd);
	netsnmp_large_fd_set_cleanup(&wr);
	return 0;
}
