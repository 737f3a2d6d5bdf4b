/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random structs for property tests, made and compared by the field tables alone: a new row
 * is tested without a line of test.  Everything follows from the seed.
 */
#ifndef CDAT_TESTS_FILL_H
#define CDAT_TESTS_FILL_H

#include "wire/codec.h"

#define FILL_ARENA	65536u

struct fill {
	uint64_t seed;			/* not 0 */
	size_t used;			/* of the arena; octet strings and lists live there */
	uint8_t arena[FILL_ARENA];
};

uint64_t fill_next(struct fill *f);
uint64_t fill_below(struct fill *f, uint64_t n);	/* 0..n-1 */

/* Fills `dst` with values that its table allows; boundaries and zeros are frequent. */
void fill_msg(struct fill *f, const struct cdat_msg *msg, void *dst);

/* Whether the members that have rows are equal; octet strings and lists by content. */
bool fill_equal(const struct cdat_msg *msg, const void *a, const void *b);

/* Every message of the records and of the control protocol: the i-th, NULL at the end. */
const struct cdat_msg *fill_all(size_t i);

/* Room for a struct of any of these messages. */
#define FILL_STRUCT_MAX	4096u

#endif
