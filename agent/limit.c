/* SPDX-License-Identifier: BSD-2-Clause */
/* Limits of notifications; see limit.h. */
#include "config.h"

#include <string.h>

#include "agent/limit.h"

bool limit_window(struct limit *limit, uint64_t now, uint32_t window_s, uint32_t most)
{
	const uint64_t window = (uint64_t)window_s * 1000000;

	while (limit->count && limit->sent[limit->head] + window <= now) {
		limit->head = (limit->head + 1) % LIMIT_WINDOW_MOST;
		limit->count--;
	}
	return !window_s || limit->count < most;
}

static bool same_subject(const struct limit_subject *s, const struct cdat_event *event)
{
	return s->at && s->kind == event->kind && s->node == event->node &&
	       s->adapter == event->adapter && s->role == event->role &&
	       s->addr.family == event->addr.family &&
	       !memcmp(s->addr.octets, event->addr.octets, sizeof(s->addr.octets));
}

bool limit_interval(const struct limit *limit, const struct cdat_event *event, uint64_t now,
		    uint32_t min_interval_s)
{
	for (size_t i = 0; min_interval_s && i < LIMIT_SUBJECTS; i++) {
		const struct limit_subject *s = &limit->subjects[i];

		if (same_subject(s, event))
			return s->at + (uint64_t)min_interval_s * 1000000 <= now;
	}
	return true;
}

void limit_sent(struct limit *limit, const struct cdat_event *event, uint64_t now)
{
	struct limit_subject *slot = &limit->subjects[0];

	if (limit->count == LIMIT_WINDOW_MOST) {
		limit->head = (limit->head + 1) % LIMIT_WINDOW_MOST;
		limit->count--;
	}
	limit->sent[(limit->head + limit->count++) % LIMIT_WINDOW_MOST] = now;
	for (size_t i = 0; i < LIMIT_SUBJECTS; i++) {
		struct limit_subject *s = &limit->subjects[i];

		if (same_subject(s, event)) {
			slot = s;
			break;
		}
		if (s->at < slot->at)
			slot = s;
	}
	*slot = (struct limit_subject){
		.at = now, .kind = event->kind, .adapter = event->adapter, .node = event->node,
		.role = event->role, .addr = event->addr,
	};
}
