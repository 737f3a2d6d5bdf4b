/* SPDX-License-Identifier: BSD-2-Clause */
/* Ordered set of rows in blocks; see rowset.h. */
#include "config.h"

#include "agent/rowset.h"

#include <stdlib.h>
#include <string.h>

struct rowset_block {
	size_t n;
	void *rows[ROWSET_BLOCK];
};

/* The block in which the key lies or would lie: the last one whose first row is not after it. */
static size_t find_block(const struct rowset *set, rowset_cmp cmp, const void *key)
{
	size_t low = 0, high = set->nblocks;

	while (low < high) {
		const size_t mid = low + (high - low) / 2;

		if (cmp(key, set->blocks[mid]->rows[0]) < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return low ? low - 1 : 0;
}

/* Position of the first row of the block that is not before the key; *equal: it is at it. */
static size_t find_row(const struct rowset_block *block, rowset_cmp cmp, const void *key,
		       bool *equal)
{
	size_t low = 0, high = block->n;

	*equal = false;
	while (low < high) {
		const size_t mid = low + (high - low) / 2;
		const int c = cmp(key, block->rows[mid]);

		if (c == 0) {
			*equal = true;
			return mid;
		}
		if (c < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

/* A new block at that place; NULL: no memory. */
static struct rowset_block *insert_block(struct rowset *set, size_t at)
{
	struct rowset_block *block;

	if (set->nblocks == set->room) {
		const size_t room = set->room ? set->room * 2 : 8;
		struct rowset_block **blocks = realloc(set->blocks, room * sizeof(*blocks));

		if (!blocks)
			return NULL;
		set->blocks = blocks;
		set->room = room;
	}
	block = malloc(sizeof(*block));
	if (!block)
		return NULL;
	block->n = 0;
	memmove(&set->blocks[at + 1], &set->blocks[at], (set->nblocks - at) * sizeof(block));
	set->blocks[at] = block;
	set->nblocks++;
	return block;
}

/* Makes room in a full block.  A row past the end starts a new block, so that a table
 * which arrives in its order fills the blocks; else the block is halved. */
static bool split(struct rowset *set, size_t *b, size_t *r)
{
	struct rowset_block *full, *next;
	const size_t keep = *r == ROWSET_BLOCK ? ROWSET_BLOCK : ROWSET_BLOCK / 2;

	next = insert_block(set, *b + 1);
	if (!next)
		return false;
	full = set->blocks[*b];
	next->n = full->n - keep;
	memcpy(next->rows, &full->rows[keep], next->n * sizeof(full->rows[0]));
	full->n = keep;
	if (*r > keep || keep == ROWSET_BLOCK) {
		*r -= keep;
		(*b)++;
	}
	return true;
}

bool rowset_put(struct rowset *set, rowset_cmp cmp, const void *key, void *row, void **old)
{
	struct rowset_block *block;
	size_t b, r;
	bool equal;

	*old = NULL;
	if (set->nblocks == 0 && !insert_block(set, 0))
		return false;
	b = set->count ? find_block(set, cmp, key) : 0;
	r = find_row(set->blocks[b], cmp, key, &equal);
	if (equal) {
		*old = set->blocks[b]->rows[r];
		set->blocks[b]->rows[r] = row;
		return true;
	}
	if (set->blocks[b]->n == ROWSET_BLOCK && !split(set, &b, &r))
		return false;
	block = set->blocks[b];
	memmove(&block->rows[r + 1], &block->rows[r], (block->n - r) * sizeof(block->rows[0]));
	block->rows[r] = row;
	block->n++;
	set->count++;
	return true;
}

void *rowset_find(const struct rowset *set, rowset_cmp cmp, const void *key)
{
	const struct rowset_block *block;
	bool equal;
	size_t r;

	if (!set->count)
		return NULL;
	block = set->blocks[find_block(set, cmp, key)];
	r = find_row(block, cmp, key, &equal);
	return equal ? block->rows[r] : NULL;
}

void *rowset_next(const struct rowset *set, rowset_cmp cmp, const void *key, bool inclusive)
{
	size_t b, r;
	bool equal;

	if (!set->count)
		return NULL;
	b = find_block(set, cmp, key);
	r = find_row(set->blocks[b], cmp, key, &equal);
	if (equal && !inclusive)
		r++;
	if (r < set->blocks[b]->n)
		return set->blocks[b]->rows[r];
	return b + 1 < set->nblocks ? set->blocks[b + 1]->rows[0] : NULL;
}

void *rowset_first(const struct rowset *set)
{
	return set->count ? set->blocks[0]->rows[0] : NULL;
}

void *rowset_take(struct rowset *set, rowset_cmp cmp, const void *key)
{
	struct rowset_block *block;
	void *row;
	size_t b, r;
	bool equal;

	if (!set->count)
		return NULL;
	b = find_block(set, cmp, key);
	block = set->blocks[b];
	r = find_row(block, cmp, key, &equal);
	if (!equal)
		return NULL;
	row = block->rows[r];
	block->n--;
	set->count--;
	memmove(&block->rows[r], &block->rows[r + 1], (block->n - r) * sizeof(block->rows[0]));
	if (!block->n) {
		free(block);
		set->nblocks--;
		memmove(&set->blocks[b], &set->blocks[b + 1],
			(set->nblocks - b) * sizeof(set->blocks[0]));
	}
	return row;
}

void rowset_clear(struct rowset *set, void (*drop)(void *row))
{
	for (size_t b = 0; b < set->nblocks; b++) {
		for (size_t r = 0; drop && r < set->blocks[b]->n; r++)
			drop(set->blocks[b]->rows[r]);
		free(set->blocks[b]);
	}
	free(set->blocks);
	*set = (struct rowset){ 0 };
}
