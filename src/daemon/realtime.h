/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs this thread ahead of ordinary processes, so that a heartbeat does not wait for batch
 * work: a member that is not run for the time of a silence is taken for dead by the others.
 *
 * SCHED_RR at the lowest real-time priority (sched(7)), as corosync has by default: it is
 * before all ordinary work and behind all other real-time work.  Threads and children made
 * later are ordinary again (SCHED_RESET_ON_FORK), so the disk's writer cannot hold the
 * processor.  The kernel leaves ordinary processes their share whatever happens here
 * (sched_rt_runtime_us).
 */
#ifndef DAEMON_REALTIME_H
#define DAEMON_REALTIME_H

/* Needs CAP_SYS_NICE or RLIMIT_RTPRIO of 1 or more; without them it says so in the log, once,
 * and all goes on as an ordinary process. */
void realtime_begin(void);

#endif
