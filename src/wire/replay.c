/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The replay window: a ring of bits, one for each of the WINDOW numbers up to the greatest
 * seen (the idea of RFC 6479).  Numbers are compared by order and subtracted only downwards,
 * so nothing wraps at 2^64: after the last number nothing is accepted any more.
 */
#include "wire/seal.h"

#include <string.h>

#define WINDOW	1024u

_Static_assert(sizeof(((struct cdat_replay *)0)->bits) * 8 == WINDOW, "one bit a number");

static uint64_t bit_of(uint64_t seq)
{
	return UINT64_C(1) << seq % 64;
}

static uint64_t *word_of(struct cdat_replay *r, uint64_t seq)
{
	return &r->bits[seq % WINDOW / 64];
}

void cdat_replay_start(struct cdat_replay *r, uint64_t seq)
{
	memset(r->bits, 0xff, sizeof(r->bits));
	r->top = seq;
	r->started = true;
}

bool cdat_replay_accept(struct cdat_replay *r, uint64_t seq)
{
	if (!r->started)
		return false;
	if (seq <= r->top) {
		if (r->top - seq >= WINDOW || *word_of(r, seq) & bit_of(seq))
			return false;
		*word_of(r, seq) |= bit_of(seq);
		return true;
	}
	uint64_t ahead = seq - r->top;

	if (ahead >= WINDOW)
		memset(r->bits, 0, sizeof(r->bits));
	else
		for (uint64_t i = 1; i < ahead; i++)
			*word_of(r, r->top + i) &= ~bit_of(r->top + i);
	*word_of(r, seq) |= bit_of(seq);
	r->top = seq;
	return true;
}
