/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How many notifications may be sent: cdatNotifyWindow with cdatNotifyLimit over all
 * kinds, and cdatNotifyMinInterval for one kind and subject.
 */
#ifndef AGENT_LIMIT_H
#define AGENT_LIMIT_H

#include "cdat/types.h"

#define LIMIT_WINDOW_MOST	10000	/* cdatNotifyLimit */
#define LIMIT_SUBJECTS		512	/* remembered; the one sent longest ago is forgotten */

struct limit {
	uint64_t sent[LIMIT_WINDOW_MOST];	/* times, a ring */
	uint32_t head, count;
	struct limit_subject {
		uint64_t at;		/* 0: free */
		uint8_t kind, adapter;
		uint16_t node, role;
		struct cdat_addr addr;
	} subjects[LIMIT_SUBJECTS];
};

/* Whether the event may be notified now (microseconds of any clock that does not step). */
bool limit_window(struct limit *limit, uint64_t now, uint32_t window_s, uint32_t most);
bool limit_interval(const struct limit *limit, const struct cdat_event *event, uint64_t now,
		    uint32_t min_interval_s);

/* It is sent now. */
void limit_sent(struct limit *limit, const struct cdat_event *event, uint64_t now);

#endif
