/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The proposer of a view: collects what each member-to-be has, settles a change in
 * flight, merges the tables of components that come together, and installs.
 */
#include <stdlib.h>
#include <string.h>

#include "core/internal.h"

#define JOINER_PATIENCE \
	(1000u * MS) /* one that is not a member yet and does not answer is left out */
#define PROPOSE_AGAIN (100u * MS)	/* memory was short */
#define MEMBER_PATIENCE (5000u * MS)	/* a member that is heard but does not answer */

void
propose_free(struct cdat_core *c)
{
	struct proposal *p = &c->prop;

	for (size_t i = 0; i < p->npulls; i++)
		cdat_table_free(p->pulls[i].table);
	free(p->pulls);
	free(p->conflicts);
	free(p->states);
	free(p->place);
	free(p->lost);
	free(p->lost_map);
	cdat_table_free(p->image);
	memset(p, 0, sizeof *p);
}

/* ---- members to be ---- */

static bool
states_add(struct cdat_core *c, size_t *cap, uint16_t node, uint64_t boot, bool mine, bool alone)
{
	struct proposal *p = &c->prop;

	if (p->place[node] != 0)
		return true;
	if (!grow((void **)&p->states, cap, p->n + 1u, sizeof *p->states))
		return false;
	p->states[p->n++] = (struct vstate){
		.node = node, .boot = boot, .mine = mine, .alone = alone
	};
	p->place[node] = p->n;
	return true;
}

static bool
states_build(struct cdat_core *c)
{
	size_t cap = 0;
	bool ok;

	c->prop.place = calloc(UINT16_MAX + 1, sizeof *c->prop.place);
	c->prop.lost_map = calloc((UINT16_MAX + 1) / 64, sizeof *c->prop.lost_map);
	ok = c->prop.place != NULL && c->prop.lost_map != NULL;
	if (ok && c->view.epoch == 0)
		ok = states_add(c, &cap, c->self, c->boot, true, false);
	for (size_t i = 0; ok && i < c->view.n; i++) {
		uint16_t n = c->view.nodes[i];
		const struct member *m = member_find(c, n);

		if (n == c->self)
			ok = states_add(c, &cap, n, c->boot, true, false);
		else if (m != NULL && !is_gone(c, n))
			ok = states_add(c, &cap, n, m->boot, true, false);
	}
	for (size_t i = 0; ok && i < c->noffers; i++)
		for (uint16_t k = 0; ok && k < c->offers[i].n; k++)
			if (member_enabled(c, c->offers[i].members[k].node))
				ok = states_add(c, &cap, c->offers[i].members[k].node,
						c->offers[i].members[k].boot, false,
						c->offers[i].epoch == 0);
	return ok && c->prop.n > 0;
}

static bool
is_out(const struct proposal *p, uint16_t node)
{
	return p->place[node] == 0 || !p->states[p->place[node] - 1].mine;
}

bool
told_members(const struct cdat_core *c, enum told kind, struct told_members *t)
{
	const struct proposal *p = &c->prop;
	size_t cap = (size_t)p->n * 24 + 16, outs = (size_t)c->view.n * 8 + 16;
	struct cdat_writer w, out;

	t->buf = malloc(cap + outs);
	if (t->buf == NULL)
		return false;
	cdat_writer_init(&w, t->buf, cap);
	cdat_writer_init(&out, t->buf + cap, outs);
	for (uint16_t i = 0; kind == TOLD_BASE && i < c->view.n; i++) {
		struct p_node gone = { c->view.nodes[i] };

		if (is_out(p, gone.node))
			(void)cdat_list_add(&out, &cdat_msg_p_node, &gone);
	}
	for (uint16_t i = 0; i < p->n; i++) {
		struct p_vmember m = { p->states[i].node, p->states[i].boot };

		if (kind == TOLD_ALL || !p->states[i].mine)
			(void)cdat_list_add(&w, &cdat_msg_p_vmember, &m);
	}
	if (kind == TOLD_BASE)
		t->base = (struct p_base){ c->view.epoch, c->view.coord, cdat_written(&out) };
	t->members = cdat_written(&w);
	return true;
}

/* Tells each member-to-be what it is to promise itself to. */
static bool
propose_tell(struct cdat_core *c)
{
	struct proposal *p = &c->prop;
	struct told_members t[TOLD_KINDS] = { { .buf = NULL } };
	bool ok = told_members(c, TOLD_ALL, &t[TOLD_ALL]) && told_members(c, TOLD_BASE, &t[TOLD_BASE]);

	for (uint16_t i = 0; ok && i < p->n; i++) {
		const struct vstate *v = &p->states[i];
		struct p_view_prepare out = { .epoch = p->epoch, .coord = c->self };
		const struct told_members *told = &t[v->mine && p->stable ? TOLD_BASE : TOLD_ALL];
		struct p_vmember me = { v->node, v->boot };
		uint8_t one[32];
		struct cdat_writer w;

		out.base = told->base;
		out.members = told->members;
		if (v->alone) {
			cdat_writer_init(&w, one, sizeof one);
			(void)cdat_list_add(&w, &cdat_msg_p_vmember, &me);
			out.alone = true;
			out.members = cdat_written(&w);
		}
		core_tell(c, v->node, CDAT_P_VIEW_PREPARE, &out);
	}
	for (size_t i = 0; i < TOLD_KINDS; i++)
		free(t[i].buf);
	return ok;
}

void
propose(struct cdat_core *c)
{
	struct proposal *p = &c->prop;

	propose_free(c);
	if (!states_build(c)) {
		propose_free(c);
		view_want(c, PROPOSE_AGAIN);
		return;
	}
	p->active = true;
	p->format = c->format;
	p->stable = c->view.stable && c->view.epoch != 0;
	p->phase = PROP_COLLECT;
	p->open = p->n;
	p->epoch = c->proposed = ++c->max_epoch;
	p->started = c->now;
	if (!propose_tell(c)) {
		propose_free(c);
		view_want(c, PROPOSE_AGAIN);
		return;
	}
	dirty_cluster(c);
}

static struct vstate *
vstate_find(struct cdat_core *c, uint16_t node)
{
	uint16_t at = c->prop.place != NULL ? c->prop.place[node] : 0;

	return at != 0 ? &c->prop.states[at - 1] : NULL;
}

/* It is in another view, or to be left to itself: our view goes on without it. */
void
gone_off(struct cdat_core *c, uint16_t node)
{
	struct member *m = member_find(c, node);

	if (m != NULL)
		m->departed = true;
	doubt_gone(c, node, CDAT_GONE_DEPARTED);
}

void
view_refuse(struct cdat_core *c, uint16_t from, const struct p_view_refuse *p)
{
	struct vstate *v = c->prop.active ? vstate_find(c, from) : NULL;

	if (p->promised > c->max_epoch)
		c->max_epoch = p->promised;
	if (p->epoch == 0 && in_view(c, from)) {	/* a member that waits for a view in vain */
		if (c->promised < p->promised)
			c->promised = p->promised;
		if (c->prop.active && c->prop.phase == PROP_INSTALL)
			propose_free(c);	/* it gave the install up: begin again */
		view_want(c, 0);
		return;
	}
	/* it could follow, and does not: it is in another view, not in ours as we took it */
	if (in_view(c, from) && p->promised < p->epoch && p->epoch > c->view.epoch &&
	    (p->view > c->view.epoch || p->coord != c->view.coord))
		gone_off(c, from);
	/* of a proposal that one of thousands refused before: the next is without all of them */
	if (!c->prop.active && p->epoch == c->proposed && p->promised < p->epoch && !in_view(c, from))
		offer_drop(c, from);
	if (v == NULL || p->epoch != c->prop.epoch || c->prop.phase != PROP_COLLECT)
		return;
	if (!v->mine && p->promised < p->epoch)	/* it did not offer itself to us, or not any more */
		offer_drop(c, from);
	/* not at the same moment as a rival */
	propose_free(c);
	view_want(c, (10 + core_random(c) % 40) * MS);
}

/* ---- settling a change in flight ---- */

static bool
in_proposal(const struct cdat_core *c, uint16_t node)
{
	return c->prop.place != NULL && c->prop.place[node] != 0;
}

static bool
of_our_view(const struct cdat_core *c, const struct vstate *v)
{
	return v->s.old_epoch == c->view.epoch && v->s.old_coord == c->view.coord;
}

/* Whether the change that we hold prepared is to be committed; see change.c. */
static bool
settle_commit(const struct cdat_core *c)
{
	uint8_t digest[CDAT_DIGEST_LEN];
	bool all = true;

	if (c->prep.id == 0 || !c->prep.voted)
		return false;
	cdat_table_digest(c->prep.image, digest);
	for (uint16_t i = 0; i < c->prop.n; i++) {
		const struct vstate *v = &c->prop.states[i];

		if (!of_our_view(c, v))
			continue;
		if (v->s.version == c->prep.base + 1 && memcmp(v->s.digest, digest, sizeof digest) == 0)
			return true;
		if (v->s.change != c->prep.id || v->s.veto)
			all = false;
	}
	return all && count_majority(c, in_proposal);
}

/* The table of our own side: as it is, or with the change in flight. */
static bool
settle(struct cdat_core *c)
{
	struct proposal *p = &c->prop;

	p->commit = 0;
	if (settle_commit(c)) {
		p->commit = c->prep.id;
		p->image = cdat_table_copy(c->prep.image);
	} else {
		/* one that we have complete and others only prepared */
		for (uint16_t i = 0; i < p->n; i++)
			if (p->states[i].s.change != 0 && change_done(c, p->states[i].s.change))
				p->commit = p->states[i].s.change;
		p->image = c->table != NULL ? cdat_table_copy(c->table) : cdat_table_new(0);
	}
	return p->image != NULL;
}

/* ---- tables that we do not have ---- */

static struct place
common_of(const struct cdat_core *c, uint16_t node, bool *fresh)
{
	*fresh = false;
	for (size_t i = 0; i < c->noffers; i++)
		for (uint16_t k = 0; k < c->offers[i].n; k++)
			if (c->offers[i].members[k].node == node) {
				*fresh = c->offers[i].fresh;
				return c->offers[i].common;
			}
	return (struct place){ c->view.epoch, UINT32_MAX };
}

static bool
table_known(struct cdat_core *c, const struct vstate *v, uint16_t before)
{
	uint8_t digest[CDAT_DIGEST_LEN];

	cdat_table_digest(c->prop.image, digest);
	if (memcmp(digest, v->s.digest, sizeof digest) == 0)
		return true;
	/* a member of our own view that is behind holds nothing that we lack */
	if (of_our_view(c, v) && c->view.epoch != 0 &&
	    v->s.version <= cdat_table_version(c->prop.image))
		return true;
	for (uint16_t i = 0; i < before; i++)
		if (memcmp(c->prop.states[i].s.digest, v->s.digest, sizeof digest) == 0 &&
		    c->prop.states[i].s.has_table)
			return true;
	return false;
}

static void
pulls_start(struct cdat_core *c)
{
	struct proposal *p = &c->prop;

	p->pulls = calloc(p->n, sizeof *p->pulls);
	for (uint16_t i = 0; p->pulls != NULL && i < p->n; i++) {
		const struct vstate *v = &p->states[i];
		bool fresh;
		struct place common = common_of(c, v->node, &fresh);

		if (v->node == c->self || !v->s.has_table || fresh || table_known(c, v, i))
			continue;
		p->pulls[p->npulls] = (struct pulled){
			.node = v->node, .ticket = sync_pull(c, v->node, SYNC_PULL), .theirs = common,
			.ours = common_place(c, v->node), .seen = { v->s.seen_epoch, v->s.seen_version },
		};
		if (p->pulls[p->npulls].ticket != 0)
			p->npulls++;
	}
}

void
view_pulled(struct cdat_core *c, uint32_t ticket, struct cdat_table *image)
{
	struct proposal *p = &c->prop;
	bool all = true, found = false;

	for (size_t i = 0; p->active && p->phase == PROP_PULL && i < p->npulls; i++) {
		if (p->pulls[i].ticket == ticket && p->pulls[i].table == NULL) {
			p->pulls[i].table = image;
			found = true;
		}
		all &= p->pulls[i].table != NULL;
	}
	if (!found) {
		cdat_table_free(image);
		return;
	}
	if (all)
		propose_conclude(c);
}

/* What one of the members-to-be takes for unreachable is so for the whole view, if it is
 * not in it: its return is then told by all or by none. */
static void
lost_add(struct cdat_core *c, struct cdat_view list)
{
	struct proposal *p = &c->prop;
	struct p_node n;

	while (cdat_list_next(&list, &cdat_msg_p_node, &n)) {
		uint64_t bit = UINT64_C(1) << (n.node % 64);
		uint16_t *more;

		if ((p->lost_map[n.node / 64] & bit) != 0 || in_proposal(c, n.node))
			continue;
		more = realloc(p->lost, (p->nlost + 1) * sizeof *more);
		if (more == NULL)
			return;
		p->lost = more;
		p->lost[p->nlost++] = n.node;
		p->lost_map[n.node / 64] |= bit;
	}
}

void
view_state(struct cdat_core *c, uint16_t from, const struct p_view_state *s)
{
	struct proposal *p = &c->prop;
	struct vstate *v;

	if (!p->active || p->phase != PROP_COLLECT || s->epoch != p->epoch || s->coord != c->self ||
	    (v = vstate_find(c, from)) == NULL)
		return;
	if (!v->have)
		p->open--;
	p->started = c->now;
	v->s = *s;
	v->have = true;
	if (s->format < p->format)
		p->format = s->format > 1 ? s->format : 1;
	lost_add(c, s->lost);
	if (p->open > 0)
		return;
	if (!settle(c)) {
		propose_free(c);
		view_want(c, 100 * MS);
		return;
	}
	p->phase = PROP_PULL;
	pulls_start(c);
	if (p->npulls == 0)
		propose_conclude(c);
}

/* ---- patience ---- */

static void
left_out(struct cdat_core *c, const struct vstate *v)
{
	if (v->mine)
		doubt_gone(c, v->node, CDAT_GONE_UNREACHABLE);
	else
		offer_drop(c, v->node);
}

/* A member that we may not watch, and that no one told us of, is silent too. */
static void
propose_doubt(struct cdat_core *c, const struct vstate *v)
{
	struct p_suspect p = { v->node, UINT32_MAX };

	if (v->mine && cdat_link_heard(c->link, v->node) < c->prop.started)
		doubt_suspect(c, c->self, &p);
}

void
propose_tick(struct cdat_core *c)
{
	struct proposal *p = &c->prop;
	uint64_t age = c->now - p->started;
	bool again = false;

	for (uint16_t i = 0; i < p->n; i++) {
		const struct vstate *v = &p->states[i];
		bool waits = p->phase == PROP_INSTALL ? !v->acked : p->phase == PROP_COLLECT && !v->have;

		if ((v->mine || p->phase == PROP_INSTALL) && is_gone(c, v->node)) {
			again = true;
		} else if (waits && v->node != c->self &&
			   age > (v->mine || p->phase == PROP_INSTALL ? MEMBER_PATIENCE : JOINER_PATIENCE)) {
			left_out(c, v);
			again = true;
		} else if (waits && v->node != c->self && age > limit_us(c)) {
			propose_doubt(c, v);
		}
	}
	if (p->phase == PROP_PULL && age > MEMBER_PATIENCE)
		again = true;
	if (again) {
		propose_free(c);
		view_want(c, 0);
	}
}
