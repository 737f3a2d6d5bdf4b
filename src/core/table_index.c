/* SPDX-License-Identifier: BSD-2-Clause */
/* The blocks that images of a table share: indexes and sorted lists. */
#include "core/table_int.h"

#include <stdlib.h>
#include <string.h>

/* Multiply and fold, eight octets a step.  Keys come from administrators, so it need not
 * resist chosen ones; it only has to spread names and addresses that differ in one digit. */
uint32_t tindex_hash(const void *key, size_t len)
{
	const uint64_t k = 0x9e3779b97f4a7c15u;
	const uint8_t *p = key;
	uint64_t h = len * k, v;

	for (; len > 0; p += 8, len -= len < 8 ? len : 8) {
		v = 0;
		memcpy(&v, p, len < 8 ? len : 8);
		h = (h ^ v) * k;
		h ^= h >> 32;
	}
	return (uint32_t)(h * k >> 32);
}

static struct tindex *index_new(uint32_t slots)
{
	struct tindex *ix = calloc(1, sizeof(*ix) + slots * sizeof(ix->slot[0]));

	if (ix) {
		ix->refs = 1;
		ix->mask = slots - 1;
	}
	return ix;
}

bool tindex_own(struct tindex **ix, size_t more)
{
	const struct tindex *old = *ix;
	size_t need = (old ? old->used : 0) + more;
	uint32_t slots = old ? old->mask + 1 : 8;
	struct tindex *n;

	while (need * 3 > (size_t)slots * 2) /* at most two thirds full */
		slots *= 2;
	if (old && old->refs == 1 && slots == old->mask + 1)
		return true;
	n = index_new(slots);
	if (!n)
		return false;
	if (old && slots == old->mask + 1) {
		memcpy(n->slot, old->slot, slots * sizeof(n->slot[0]));
		n->used = old->used;
	} else if (old) {
		for (uint32_t i = 0; i <= old->mask; i++)
			if (old->slot[i].id)
				tindex_add(n, old->slot[i].hash, old->slot[i].id);
	}
	tindex_unref(*ix);
	*ix = n;
	return true;
}

void tindex_unref(struct tindex *ix)
{
	if (ix && --ix->refs == 0)
		free(ix);
}

void tindex_add(struct tindex *ix, uint32_t hash, uint32_t id)
{
	uint32_t i = hash & ix->mask;

	while (ix->slot[i].id)
		i = (i + 1) & ix->mask;
	ix->slot[i] = (struct tslot){hash, id};
	ix->used++;
}

/* Moves later slots of the run back into the gap, so that there are no tombstones. */
void tindex_del(struct tindex *ix, uint32_t hash, uint32_t id)
{
	uint32_t gap = hash & ix->mask;

	while (ix->slot[gap].id != id || ix->slot[gap].hash != hash) {
		if (!ix->slot[gap].id)
			return;
		gap = (gap + 1) & ix->mask;
	}
	for (uint32_t i = (gap + 1) & ix->mask; ix->slot[i].id; i = (i + 1) & ix->mask) {
		uint32_t home = ix->slot[i].hash & ix->mask;

		/* it may move if its home is not in (gap, i] */
		if (((i - home) & ix->mask) >= ((i - gap) & ix->mask)) {
			ix->slot[gap] = ix->slot[i];
			gap = i;
		}
	}
	ix->slot[gap] = (struct tslot){0, 0};
	ix->used--;
}

bool tlist_own(struct tlist **l, size_t size, size_t more)
{
	struct tlist *old = *l, *n;
	uint32_t have = old ? old->n : 0, cap = old ? old->cap : 4;
	size_t marks;

	while (have + more > cap)
		cap *= 2;
	if (old && old->refs == 1 && cap == old->cap)
		return true;
	marks = (cap * sizeof(n->marks[0]) + 15) & ~(size_t)15;
	n = calloc(1, sizeof(*n) + marks + cap * size);
	if (!n)
		return false;
	n->refs = 1;
	n->n = have;
	n->cap = cap;
	n->size = (uint32_t)size;
	n->marks = (struct tmark *)(void *)(n + 1);
	n->recs = (uint8_t *)(n + 1) + marks;
	if (have) {
		memcpy(n->marks, old->marks, have * sizeof(n->marks[0]));
		memcpy(n->recs, old->recs, have * size);
	}
	tlist_unref(old);
	*l = n;
	return true;
}

void tlist_unref(struct tlist *l)
{
	if (l && --l->refs == 0)
		free(l);
}

bool tlist_find(const struct tlist *l, uint16_t number, size_t *at)
{
	size_t lo = 0, hi = l ? l->n : 0;
	uint16_t n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		memcpy(&n, tlist_rec(l, mid), sizeof(n));
		if (n == number) {
			*at = mid;
			return true;
		}
		if (n < number)
			lo = mid + 1;
		else
			hi = mid;
	}
	*at = lo;
	return false;
}
