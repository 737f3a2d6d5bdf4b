/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What this node knows of each node of the table, who watches whom, and the standing
 * of the component.
 *
 * Watching: up to ALL_WATCH members all watch all.  Above, nodes stand on a ring by a
 * hash of their number and each is watched by the RING_WATCH members after it, so the
 * load of a member does not grow with the cluster.
 */
#include <stdlib.h>
#include <string.h>

#include "core/internal.h"

static size_t
member_place(const struct cdat_core *c, uint16_t node)
{
	size_t lo = 0, hi = c->nmembers;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (c->members[mid]->node < node)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

struct member *
member_find(const struct cdat_core *c, uint16_t node)
{
	struct member **page = c->pages[node >> 8];

	return page != NULL ? page[node & 255] : NULL;
}

struct member *
member_make(struct cdat_core *c, uint16_t node)
{
	struct member ***page = &c->pages[node >> 8], *m = member_find(c, node);
	size_t i = member_place(c, node);

	if (m != NULL)
		return m;
	if (*page == NULL)
		*page = calloc(256, sizeof **page);
	if (*page == NULL ||
	    !grow((void **)&c->members, &c->capmembers, c->nmembers + 1, sizeof *c->members))
		return NULL;
	m = calloc(1, sizeof *m);
	if (m == NULL)
		return NULL;
	m->node = node;
	m->state = CDAT_INACTIVE;
	m->changed_mono = c->now;
	memmove(&c->members[i + 1], &c->members[i], (c->nmembers - i) * sizeof *c->members);
	c->members[i] = (*page)[node & 255] = m;
	c->nmembers++;
	return m;
}

const struct near *
near_of(const struct member *m)
{
	static const struct near nothing;

	return m->near != NULL ? m->near : &nothing;
}

struct near *
near_make(struct member *m)
{
	if (m->near == NULL)
		m->near = calloc(1, sizeof *m->near);
	return m->near;
}

void
member_drop(struct cdat_core *c, uint16_t node)
{
	size_t i = member_place(c, node);

	if (member_find(c, node) == NULL)
		return;
	c->pages[node >> 8][node & 255] = NULL;
	status_free(c->members[i]);
	free(c->members[i]->near);
	free(c->members[i]);
	c->nmembers--;
	c->nattended = 0;
	c->attended_stale = true;
	tally_stale(c);
	memmove(&c->members[i], &c->members[i + 1], (c->nmembers - i) * sizeof *c->members);
}

void
member_state(struct cdat_core *c, struct member *m, uint8_t state)
{
	if (m->state == state)
		return;
	if (state == CDAT_UNREACHABLE)
		m->down_count++;
	m->state = state;
	m->changed_mono = c->now;
	tally_stale(c);
	c->roles_stale = c->parts_stale = true;
	dirty(c, CDAT_K_NODE, m->node, 0);
	if (m->persp_shown)
		dirty(c, CDAT_K_PERSP, m->node, c->self);
	dirty_cluster(c);
}

/* Whether the table lets the node be a member. */
bool
member_enabled(const struct cdat_core *c, uint16_t node)
{
	const struct cdat_tnode *t = c->table != NULL ? cdat_table_node(c->table, node) : NULL;

	return t != NULL && t->node.row == CDAT_ROW_ACTIVE && t->node.admin == CDAT_ADMIN_UP;
}

bool
in_view(const struct cdat_core *c, uint16_t node)
{
	const struct member *m = member_find(c, node);

	return c->view.epoch != 0 && m != NULL && m->in_view;
}

bool
am_coord(const struct cdat_core *c)
{
	return c->view.epoch != 0 && c->view.coord == c->self;
}

/* ---- who watches whom ---- */

/* The lowest 16 bits are the node. */
static uint64_t
ring_place(uint16_t node)
{
	return core_hash(0x5bd1e995u + node) << 16 | node;
}

static int
ring_compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* The members of a large view in the order of their places. */
static void
ring_build(struct cdat_core *c)
{
	uint64_t of = (uint64_t)c->view.epoch << 16 | c->view.coord;
	size_t n = c->view.n;

	if (of == c->ring_view)
		return;
	c->ring_view = of;
	free(c->ring);
	c->nring = 0;
	c->ring = n > ALL_WATCH ? calloc(n, sizeof *c->ring) : NULL;
	if (c->ring == NULL)
		return;
	for (size_t i = 0; i < n; i++)
		c->ring[i] = ring_place(c->view.nodes[i]);
	qsort(c->ring, n, sizeof *c->ring, ring_compare);
	c->nring = n;
}

/* Where `place` stands on the ring, or would: the first that is not before it. */
static size_t
ring_find(const struct cdat_core *c, uint64_t place)
{
	size_t lo = 0, hi = c->nring;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (c->ring[mid] < place)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* Whether `watcher`, a member, is among the RING_WATCH members that follow `node`. */
bool
is_watcher(const struct cdat_core *c, uint16_t watcher, uint16_t node)
{
	size_t at, n = c->nring, from;

	if (watcher == node)
		return false;
	if (c->view.n <= ALL_WATCH)
		return true;
	at = ring_find(c, ring_place(watcher));
	if (at == n || (uint16_t)c->ring[at] != watcher)
		return false;
	from = ring_find(c, ring_place(node));
	if (from < n && (uint16_t)c->ring[from] == node)
		from++;
	return (at + n - from) % n < RING_WATCH;
}

/* Those of whom we are among the RING_WATCH that follow them. */
static void
watch_ring(struct cdat_core *c)
{
	size_t n = c->nring, me = ring_find(c, ring_place(c->self));

	for (size_t k = 1; k <= RING_WATCH && me < n && (uint16_t)c->ring[me] == c->self; k++) {
		struct member *m = member_find(c, (uint16_t)c->ring[(me + n - k) % n]);

		if (m != NULL)
			m->watched = true;
	}
}

struct member **
members_attended(struct cdat_core *c, size_t *n)
{
	if (c->attended_stale) {
		c->attended_stale = false;
		c->nattended = 0;
		for (size_t i = 0; i < c->nmembers; i++) {
			struct member *m = c->members[i];

			if ((!m->watched && m->nasks == 0) || m->node == c->self)
				continue;
			if (!grow((void **)&c->attended, &c->capattended, c->nattended + 1,
				  sizeof(struct member *))) {
				c->attended_stale = true;
				break;
			}
			c->attended[c->nattended++] = m;
		}
	}
	*n = c->nattended;
	return c->attended;
}

void
members_mark(struct cdat_core *c, const struct p_vmember *list, uint16_t n)
{
	c->mark++;
	for (uint16_t i = 0; i < n; i++) {
		struct member *m = member_find(c, list[i].node);

		if (m != NULL)
			m->mark = c->mark;
	}
}

static enum cdat_watch
watch_level(const struct member *m)
{
	if (m->doubt || m->nasks > 0)
		return CDAT_WATCH_DOUBT;
	if (m->watched)
		return CDAT_WATCH_BEAT;
	return CDAT_WATCH_NONE;
}

/* After each change of view, table or doubt. */
void
watch_update(struct cdat_core *c)
{
	for (size_t i = 0; i < c->nmembers; i++) {
		struct member *m = c->members[i];

		m->watched = m->in_view && m->node != c->self && c->view.n <= ALL_WATCH;
	}
	ring_build(c);
	watch_ring(c);
	c->attended_stale = true;
	for (size_t i = 0; i < c->nmembers; i++)
		if (c->members[i]->node != c->self && (c->members[i]->in_view || c->members[i]->nasks))
			cdat_link_watch(c->link, c->members[i]->node,
					watch_level(c->members[i]), c->now);
	for (size_t i = 0; i < c->nmembers; i++) {
		struct member *m = c->members[i];

		if (m->watched != m->persp_shown) {
			m->persp_shown = m->watched;
			persp_own_dirty(c, m->node);
		}
	}
	watch_rotate(c);
}

/* Nodes outside the view: PROBE_OTHERS of them at a time, the rest in turn.  Every member
 * probes in a small view, the coordinator and the watchers on the ring in a large one. */
void
watch_rotate(struct cdat_core *c)
{
	unsigned chosen = 0;
	size_t n = c->nmembers;

	for (size_t k = 0; k < n; k++) {
		struct member *m = c->members[(c->probe_pos + k) % n];
		bool want = false;

		if (m->node == c->self || m->in_view || m->nasks > 0)
			continue;
		if (member_enabled(c, m->node) && chosen < PROBE_OTHERS &&
		    (c->view.epoch == 0 || am_coord(c) || c->view.n <= ALL_WATCH ||
		     is_watcher(c, c->self, m->node)))
			want = true;
		chosen += want;
		cdat_link_watch(c->link, m->node, want ? CDAT_WATCH_PROBE : CDAT_WATCH_NONE, c->now);
	}
	c->probe_pos = n > PROBE_OTHERS ? (c->probe_pos + PROBE_OTHERS) % n : 0;
	c->probe_mono = c->now;
}

/* ---- standing ---- */

/* Whether the node ever was a member: its facts came into the table then. */
static bool
ever_member(const struct cdat_tnode *t)
{
	for (unsigned k = 0; k < t->nadapters; k++)
		if (t->adapters[k].type_reported != 0)
			return true;
	return false;
}

/* Whether the nodes for which `has` is true are a majority: more than half of the active
 * nodes that ever were members, or exactly half with the lowest-numbered one
 * (cdatConfigQuorumPolicy).  A node that only stands in the table yet cannot have agreed to
 * anything, so the first node can add others before they are started. */
bool
count_majority(const struct cdat_core *c, bool (*has)(const struct cdat_core *, uint16_t))
{
	size_t total = 0, mine = 0;
	bool lowest = false;

	if (c->table == NULL)
		return false;
	for (size_t i = 0; i < cdat_table_count(c->table); i++) {
		const struct cdat_tnode *t = cdat_table_at(c->table, i);

		if (t->node.row != CDAT_ROW_ACTIVE || t->node.admin != CDAT_ADMIN_UP)
			continue;
		bool h = has(c, t->node.node);
		if (!h && !ever_member(t))
			continue;
		if (total++ == 0)
			lowest = h;
		mine += h;
	}
	return mine * 2 > total || (mine * 2 == total && lowest);
}

/* The same under the cluster's policy. */
bool
majority_of(const struct cdat_core *c, bool (*has)(const struct cdat_core *, uint16_t))
{
	return c->table != NULL && (core_params(c)->quorum == CDAT_QUORUM_NONE || count_majority(c, has));
}

void
tally_stale(struct cdat_core *c)
{
	c->tally.known = c->notifier_known = false;
}

static void
tally_adapters(struct tally *y, const struct cdat_tnode *t, const struct member *m)
{
	for (unsigned k = 0; k < t->nadapters; k++) {
		if (t->adapters[k].row != CDAT_ROW_ACTIVE)
			continue;
		y->adapters++;
		y->adapters_down += m != NULL && m->in_view && k < m->nadapters &&
		    m->adapters[k].oper == CDAT_DOWN && t->adapters[k].admin == CDAT_ADMIN_UP;
	}
}

const struct tally *
tally(struct cdat_core *c)
{
	struct tally *y = &c->tally;

	if (y->known)
		return y;
	*y = (struct tally){ .known = true, .majority = majority_of(c, in_view) };
	for (size_t i = 0; i < c->nmembers; i++)
		y->missing |= c->members[i]->state == CDAT_UNREACHABLE;
	for (size_t i = 0; c->table != NULL && i < cdat_table_count(c->table); i++) {
		const struct cdat_tnode *t = cdat_table_at(c->table, i);
		const struct member *m = member_find(c, t->node.node);

		if (t->node.row != CDAT_ROW_ACTIVE)
			continue;
		y->nodes++;
		y->active += t->node.admin == CDAT_ADMIN_UP;
		y->up += m != NULL && m->in_view;
		y->down += m != NULL && m->state == CDAT_UNREACHABLE;
		tally_adapters(y, t, m);
	}
	return y;
}

uint8_t
standing(struct cdat_core *c)
{
	if (c->view.epoch == 0)
		return CDAT_STANDING_UNKNOWN;
	/* without a majority the rest may act elsewhere, heard of or not */
	if (!tally(c)->majority)
		return CDAT_MINORITY;
	return tally(c)->missing ? CDAT_MAJORITY : CDAT_WHOLE;
}

/* ---- beats ---- */

void
beat_make(struct cdat_core *c, uint16_t node, struct p_beat *b)
{
	uint8_t digest[CDAT_DIGEST_LEN];

	memset(b, 0, sizeof *b);
	b->phase = c->leaving ? CDAT_ST_LEAVING : c->phase;
	b->epoch = c->view.epoch;
	b->coord = c->view.coord;
	b->members = c->view.n;
	b->you = in_view(c, node);
	b->fresh = c->fresh;
	b->agents = c->agents;
	b->key_id = cdat_keyring_current(c->keys);
	if (c->table == NULL)
		return;
	b->version = cdat_table_version(c->table);
	cdat_table_digest(c->table, digest);
	memcpy(&b->digest, digest, sizeof b->digest);
}

/* A member that has gone on to another view without us is not in ours any more.  One that
 * says it is in none may have said so before it came to ours: a beat can arrive late, so
 * it must go on saying so for a heartbeat. */
static bool
beat_departed(const struct cdat_core *c, struct member *m, const struct p_beat *b)
{
	struct near *near = m->near;
	uint64_t since = near->viewless_mono;

	near->viewless_mono = 0;
	if (!m->in_view || b->you || c->view.epoch == 0)
		return false;
	if (b->phase == CDAT_ST_VIEW)
		return b->epoch > c->view.epoch ||
		    (b->epoch == c->view.epoch && b->coord != c->view.coord);
	if (b->phase == CDAT_ST_LEAVING || !c->view.stable)
		return false;
	near->viewless_mono = since != 0 ? since : c->now;
	return c->now - near->viewless_mono >= (uint64_t)core_params(c)->heartbeat_ms * MS;
}

void
beat_took(struct cdat_core *c, uint16_t node, const struct p_beat *b)
{
	struct member *m = member_find(c, node);
	struct near *near;

	if (m == NULL || node == c->self || (near = near_make(m)) == NULL)
		return;
	if (near->beat_mono == 0 || near->beat.version != b->version || near->beat.digest != b->digest ||
	    near->beat.epoch != b->epoch || near->beat.agents != b->agents)
		dirty(c, CDAT_K_NODE, node, 0);
	if (near->beat.agents != b->agents) {
		c->notifier_known = false;
		dirty_cluster(c);
	}
	near->beat = *b;
	near->beat_mono = c->now;
	if (b->epoch > c->max_epoch)
		c->max_epoch = b->epoch;
	c->parts_stale |= m->state == CDAT_UNREACHABLE;
	if (beat_departed(c, m, b) && !m->departed) {
		m->departed = true;
		doubt_gone(c, node, CDAT_GONE_DEPARTED);
	}
	if (!m->in_view)
		offer_contact(c, node);
}
