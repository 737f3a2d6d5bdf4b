/* SPDX-License-Identifier: BSD-2-Clause */
/* One attempt at the start; what came before, a unit or chrt, is left as it is. */
#include "config.h"

#include <errno.h>
#include <sched.h>
#include <string.h>

#include "daemon/realtime.h"
#include "host/log.h"

void realtime_begin(void)
{
	const struct sched_param lowest = {.sched_priority = sched_get_priority_min(SCHED_RR)};
	int policy = sched_getscheduler(0);

	/* whoever started us has chosen already */
	if (policy >= 0 && policy != SCHED_OTHER)
		return;
	if (sched_setscheduler(0, SCHED_RR | SCHED_RESET_ON_FORK, &lowest) != 0)
		log_notice("main",
			   "no real-time scheduling: %s; give RLIMIT_RTPRIO of 1 (LimitRTPRIO=1), "
			   "or write scheduling: normal",
			   strerror(errno));
}
