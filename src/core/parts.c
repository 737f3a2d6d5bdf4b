/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts into which the cluster is split: components and their members as records. */
#include <stdlib.h>
#include <string.h>

#include "core/internal.h"

uint16_t
own_component(const struct cdat_core *c)
{
	return c->view.least;
}

/* The component of a node outside ours: what its last beat said, else who became
 * unreachable together with it. */
uint16_t
component_of(const struct cdat_core *c, const struct member *m)
{
	if (m->in_view || (m->node == c->self && c->view.epoch != 0))
		return own_component(c);
	if (m->state != CDAT_UNREACHABLE)
		return 0;
	for (size_t i = 0; i < c->nmembers; i++) {
		const struct member *o = c->members[i];

		if (o->state == CDAT_UNREACHABLE && o->last_epoch == m->last_epoch)
			return o->node;
	}
	return m->node;
}

bool
read_component(struct cdat_core *c, struct cdat_key k, union cdat_record *out)
{
	struct cdat_component *o = &out->component;
	uint64_t newest = 0;

	memset(o, 0, sizeof *o);
	o->component = (uint16_t)k.a;
	o->local = k.a == own_component(c) && c->view.epoch != 0;
	o->basis = o->local ? CDAT_BASIS_OBSERVED : CDAT_BASIS_ASSUMED;
	for (size_t i = 0; i < c->nmembers; i++) {
		const struct member *m = c->members[i];

		if (component_of(c, m) != k.a)
			continue;
		o->members++;
		if (o->since_mono < m->changed_mono)
			o->since_mono = m->changed_mono;
		if (!o->local && near_of(m)->beat_mono > m->changed_mono && near_of(m)->beat_mono > newest) {
			newest = near_of(m)->beat_mono;
			o->basis = CDAT_BASIS_REPORTED;
			o->leader = near_of(m)->beat.coord;
			o->epoch = near_of(m)->beat.epoch;
		}
	}
	if (o->members == 0 || k.a == 0)
		return false;
	if (o->local) {
		o->leader = c->view.coord;
		o->epoch = c->view.epoch;
		o->since_mono = c->view.since_mono;
		o->primary = majority_of(c, in_view);
	} else {
		o->primary = core_params(c)->quorum == CDAT_QUORUM_NONE ||
		    (!count_majority(c, in_view) && o->members * 2 > cdat_table_count(c->table));
	}
	return true;
}

bool
read_member(struct cdat_core *c, struct cdat_key k, union cdat_record *out)
{
	const struct member *m = member_find(c, (uint16_t)k.b);
	uint16_t leader = c->view.coord;
	union cdat_record comp;

	if (m == NULL || k.a == 0 || component_of(c, m) != k.a)
		return false;
	if (k.a != own_component(c)) {
		if (!read_component(c, (struct cdat_key){k.a, 0}, &comp))
			return false;
		leader = comp.component.leader;
	}
	out->member = (struct cdat_member){ .component = (uint16_t)k.a, .node = (uint16_t)k.b,
		.part = leader == k.b ? CDAT_PART_LEADER
		    : m->state == CDAT_JOINING ? CDAT_PART_JOINING : CDAT_PART_MEMBER,
		.since_mono = m->in_view ? m->since_mono : m->changed_mono };
	return true;
}

static int
key_compare(const void *a, const void *b)
{
	const struct cdat_key *x = a, *y = b;

	return x->a != y->a ? (x->a < y->a ? -1 : 1) : x->b < y->b ? -1 : x->b > y->b;
}

static void
part_row(struct cdat_core *c, struct cdat_key k, bool gone)
{
	enum cdat_kind kind = k.b == 0 ? CDAT_K_COMPONENT : CDAT_K_MEMBER;

	if (gone)
		dirty_gone(c, kind, k.a, k.b);
	else
		dirty(c, kind, k.a, k.b);
}

/* Tells which component and member rows are, and which are no more. */
void
parts_update(struct cdat_core *c)
{
	struct cdat_key *now = calloc(2 * c->nmembers + 1, sizeof *now);
	size_t n = 0, k = 0, i = 0;

	c->parts_stale = false;
	if (now == NULL)
		return;
	for (size_t m = 0; m < c->nmembers; m++) {
		uint16_t comp = component_of(c, c->members[m]);

		if (comp == 0)
			continue;
		now[n++] = (struct cdat_key){ comp, c->members[m]->node };
		if (comp == c->members[m]->node)
			now[n++] = (struct cdat_key){ comp, 0 };
	}
	qsort(now, n, sizeof *now, key_compare);
	while (i < c->nparts || k < n) {
		int cmp = i == c->nparts ? 1 : k == n ? -1 : key_compare(&c->parts[i], &now[k]);

		if (cmp < 0) {
			part_row(c, c->parts[i++], true);
		} else {
			part_row(c, now[k++], false);
			i += cmp == 0;
		}
	}
	free(c->parts);
	c->parts = now;
	c->nparts = n;
}
