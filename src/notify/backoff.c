/* SPDX-License-Identifier: BSD-2-Clause */
/* Waiting longer each time; see backoff.h. */
#include "config.h"

#include "notify/backoff.h"

uint32_t backoff_ms(unsigned failures, uint32_t first_ms, uint32_t most_ms, uint32_t random)
{
	uint64_t limit = first_ms;

	for (unsigned i = 1; i < failures && limit < most_ms; i++)
		limit *= 2;
	if (limit > most_ms)
		limit = most_ms;
	return (uint32_t)(limit / 2 + (limit - limit / 2) * random / UINT32_MAX);
}
