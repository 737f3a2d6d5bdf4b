/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An ordered set of rows: search and successor in O(log n), insertion and removal in
 * O(sqrt n) moved pointers.  Rows lie in blocks of at most ROWSET_BLOCK pointers, so a
 * walk reads neighbouring memory and a delta moves a few hundred octets, whatever the
 * size of the table.
 *
 * The set holds pointers that belong to the caller.  The order is that of the compare
 * function, which is given with each call so that rows can be searched by different
 * forms of a key; all of them must agree on the order.
 */
#ifndef AGENT_ROWSET_H
#define AGENT_ROWSET_H

#include <stdbool.h>
#include <stddef.h>

#define ROWSET_BLOCK 128

struct rowset_block;

struct rowset {
	struct rowset_block **blocks;	/* none is empty */
	size_t nblocks, room, count;
};

/* Less than, equal to or greater than zero as `key` is before, at or after `row`. */
typedef int (*rowset_cmp)(const void *key, const void *row);

/* Adds a row, or puts it in the place of the one with the same key, which is then *old
 * (else NULL).  False when memory is short: nothing has changed. */
bool rowset_put(struct rowset *set, rowset_cmp cmp, const void *key, void *row, void **old);

/* The row with that key; NULL when there is none. */
void *rowset_find(const struct rowset *set, rowset_cmp cmp, const void *key);

/* The first row after the key, or at it when `inclusive`; NULL at the end. */
void *rowset_next(const struct rowset *set, rowset_cmp cmp, const void *key, bool inclusive);

/* The first row of all; NULL when empty. */
void *rowset_first(const struct rowset *set);

/* Takes the row with that key out and returns it; NULL when there is none. */
void *rowset_take(struct rowset *set, rowset_cmp cmp, const void *key);

/* Empties the set; `drop` (may be NULL) is called for each row. */
void rowset_clear(struct rowset *set, void (*drop)(void *row));

#endif
