/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The stream that peers are measured with: a numbered message each millisecond, and at its
 * receiver what "cdatctl listen --stats" says of one.  Included by one program each.
 */
#ifndef PEER_STREAM_H
#define PEER_STREAM_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#define STREAM_US 1000

struct stream_stats {
	uint64_t last_us, gap_us;
	uint32_t next, received, lost, out_of_order;
};

static inline uint64_t stream_now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

/* Sleeps until the message of that number is due. */
static inline void stream_due(uint64_t start_us, uint32_t number)
{
	uint64_t due = start_us + (uint64_t)number * STREAM_US;
	struct timespec t = { (time_t)(due / 1000000), (long)(due % 1000000) * 1000 };

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

static inline void stream_take(struct stream_stats *s, uint32_t number)
{
	uint64_t now = stream_now_us();

	if (s->received > 0 && now - s->last_us > s->gap_us)
		s->gap_us = now - s->last_us;
	s->last_us = now;
	s->received++;
	if (number < s->next) {
		s->out_of_order++;
		return;
	}
	s->lost += number - s->next;
	s->next = number + 1;
}

/* What never came is lost; a gap that nothing ended is as long as it was waited for. */
static inline void stream_end(struct stream_stats *s, uint32_t count)
{
	uint64_t waited = stream_now_us() - s->last_us;

	if (s->next < count && s->received > 0 && waited > s->gap_us)
		s->gap_us = waited;
	s->lost += count - s->next;
}

static inline void stream_print(const struct stream_stats *s)
{
	printf("received %u, lost %u, out of order %u, longest gap %.1f ms\n", s->received, s->lost,
	       s->out_of_order, (double)s->gap_us / 1000);
	fflush(stdout);
}

#endif
