/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Joining and merging (FIG. 2 and FIG. 7).  A single node that wants in, and a component
 * that meets a greater one, are the same case: its coordinator offers its members, and
 * the other coordinator takes all that were offered meanwhile into one new view.  Of two
 * components the one with fewer members offers; of equal ones that with the higher-numbered
 * coordinator.
 */
#include <stdlib.h>
#include <string.h>

#include "core/internal.h"

#define OFFER_AGAIN (300u * MS)
#define GATHER (20u * MS)		/* offers that come so close after each other are one view */
#define GATHER_MAX (500u * MS)		/* but none waits longer */
#define GATHER_NODE 500u		/* us more for each member: a large view costs more to change */
#define OFFER_OLD (3000u * MS)

/* ---- who offers ---- */

/* Where our history parted from that of node `to`. */
struct place
common_place(const struct cdat_core *c, uint16_t to)
{
	const struct member *m = member_find(c, to);

	if (m != NULL && m->last_epoch != 0)
		return (struct place){ m->last_epoch, m->last_version };
	for (size_t i = 0; i < c->nbase_nodes; i++)
		if (c->base_nodes[i] == to)
			return c->base;
	return (struct place){ 0, 0 };
}

void
offer_send(struct cdat_core *c, uint16_t to)
{
	size_t cap = 64 + (size_t)(c->view.n + 1) * 24, fcap = 64 + c->nlocals * 128;
	uint8_t *members = malloc(cap), *facts = malloc(fcap);
	struct p_offer o = { .epoch = c->view.epoch, .coord = c->self, .fresh = c->fresh };
	struct cdat_writer w;

	if (members != NULL && facts != NULL && c->table != NULL) {
		cdat_writer_init(&w, members, cap);
		for (uint16_t i = 0; i < c->view.n; i++) {
			const struct member *m = member_find(c, c->view.nodes[i]);
			struct p_vmember vm = { c->view.nodes[i], m != NULL ? m->boot : 0 };

			(void)cdat_list_add(&w, &cdat_msg_p_vmember, &vm);
		}
		if (c->view.epoch == 0) {
			struct p_vmember vm = { c->self, c->boot };

			(void)cdat_list_add(&w, &cdat_msg_p_vmember, &vm);
		}
		o.members = cdat_written(&w);
		o.version = cdat_table_version(c->table);
		cdat_table_digest(c->table, o.digest);
		o.common = common_place(c, to).epoch;
		o.common_version = common_place(c, to).version;
		o.facts = facts_list(c, facts, fcap);
		c->offered_to = to;
		c->offer_mono = c->now;
		core_tell(c, to, CDAT_P_OFFER, &o);
	}
	free(members);
	free(facts);
}

/* Whether a component of `n` members under `coord` takes in ours. */
static bool
they_are_greater(const struct cdat_core *c, uint16_t n, uint16_t coord)
{
	return n > c->view.n || (n == c->view.n && coord < c->view.coord);
}

/* To the coordinator of the node that was heard, which may be out of our reach. */
static void
offer_by(struct cdat_core *c, uint16_t coord, uint16_t heard)
{
	if (member_find(c, coord) == NULL)
		coord = heard;
	if (coord != heard)
		cdat_link_try_relay(c->link, coord, heard, c->now);
	offer_send(c, coord);
}

/* A node outside our view was heard of. */
void
offer_contact(struct cdat_core *c, uint16_t node)
{
	struct member *m = member_find(c, node);
	struct p_contact p = { .node = c->view.coord };
	const struct p_beat *beat;

	if (m == NULL || m->in_view || c->leaving || c->self == 0 || !member_enabled(c, c->self))
		return;
	if (near_of(m)->beat_mono == 0) {
		cdat_link_beat(c->link, node, c->now);
		return;
	}
	beat = &near_of(m)->beat;
	if (beat->phase != CDAT_ST_VIEW || beat->you || c->now - c->offer_mono < OFFER_AGAIN ||
	    c->pend.active || c->prop.active)
		return;
	if (c->view.epoch == 0) {
		offer_by(c, beat->coord, node);
		return;
	}
	if (!member_enabled(c, node) || !they_are_greater(c, beat->members, beat->coord))
		return;
	if (am_coord(c)) {
		offer_by(c, beat->coord, node);
		return;
	}
	c->offer_mono = c->now;
	core_tell(c, node, CDAT_P_CONTACT, &p);
	p.node = beat->coord;
	core_tell(c, c->view.coord, CDAT_P_CONTACT, &p);
}

/* A component whose coordinator was removed here cannot come to us, since we do not talk to that
 * one, and it is the one who would have to offer.  The others of it are told. */
static void
tell_removed(struct cdat_core *c, uint16_t to, uint16_t coord)
{
	struct cdat_entry_id id = { CDAT_ENT_NODE, coord };
	struct p_contact p = { .node = coord };

	if (cdat_table_grave(c->table, id, &p.removed))
		core_tell(c, to, CDAT_P_CONTACT, &p);
}

void
offer_told(struct cdat_core *c, uint16_t from, const struct p_contact *p)
{
	const struct member *m = member_find(c, from);
	const struct cdat_tnode *coord = c->table != NULL ? cdat_table_node(c->table, p->node) : NULL;

	if (m == NULL || c->view.epoch == 0)
		return;
	if (m->in_view) {
		if (p->node != c->self && !in_view(c, p->node) && member_find(c, p->node) != NULL)
			cdat_link_try_relay(c->link, p->node, from, c->now);
		offer_contact(c, p->node);
	} else if (p->removed.version == 0) {
		tell_removed(c, from, p->node);
	} else if (p->node == c->view.coord && p->node != c->self && coord != NULL &&
		   cdat_stamp_order(coord->stamp, p->removed) <= 0) {
		out_log(c, "%s was removed from the table of a component that %s is in; going there "
			"without it", node_name(c, p->node), node_name(c, from));
		gone_off(c, p->node);
	}
}

void
offer_redirect(struct cdat_core *c, uint16_t from, const struct p_node *p)
{
	if (from != c->offered_to || c->pend.active || c->prop.active || in_view(c, p->node))
		return;
	if (member_find(c, p->node) != NULL)
		offer_send(c, p->node);
	else
		tell_removed(c, from, p->node);
}

/* ---- who takes ---- */

static void
offer_end(struct cdat_core *c, size_t i)
{
	free(c->offers[i].members);
	free(c->offers[i].facts);
	c->noffers--;
	memmove(&c->offers[i], &c->offers[i + 1], (c->noffers - i) * sizeof *c->offers);
}

void
offer_drop(struct cdat_core *c, uint16_t node)
{
	for (size_t i = c->noffers; i-- > 0;)
		for (uint16_t k = 0; k < c->offers[i].n; k++)
			if (c->offers[i].members[k].node == node) {
				offer_end(c, i);
				break;
			}
}

/* Takes a node out of what is offered; with who offers it goes all. */
void
offer_without(struct cdat_core *c, uint16_t node)
{
	for (size_t i = c->noffers; i-- > 0;) {
		struct offer *o = &c->offers[i];
		uint16_t keep = 0;

		for (uint16_t k = 0; k < o->n; k++)
			if (o->members[k].node != node)
				o->members[keep++] = o->members[k];
		o->n = keep;
		if (o->from == node)
			offer_end(c, i);
	}
}

void
offer_free(struct cdat_core *c)
{
	while (c->noffers > 0)
		offer_end(c, c->noffers - 1);
	free(c->offers);
	c->offers = NULL;
}

/* Those whose nodes are in the view now. */
void
offer_used(struct cdat_core *c)
{
	for (size_t i = c->noffers; i-- > 0;)
		for (uint16_t k = 0; k < c->offers[i].n; k++) {
			const struct p_vmember *m = &c->offers[i].members[k];
			uint16_t at = c->prop.place[m->node];

			if (at != 0 && c->prop.states[at - 1].boot == m->boot) {
				offer_end(c, i);
				break;
			}
		}
}

/* A proposal when no further offer comes for a while: many nodes that start at about the same
 * time, as after a power cut, are one view and not one each. */
void
offer_gather(struct cdat_core *c)
{
	uint64_t more = (uint64_t)c->view.n * GATHER_NODE, last;

	if (c->gather_at == 0)
		c->gather_since = c->now;
	last = c->gather_since + GATHER_MAX + more;
	c->gather_at = c->now + GATHER + more;
	if (c->gather_at > last)
		c->gather_at = last;
}

static bool
offer_known(const struct cdat_core *c, uint16_t from)
{
	for (size_t i = 0; i < c->noffers; i++)
		if (c->offers[i].from == from)
			return true;
	return false;
}

static bool
offer_keep(struct cdat_core *c, uint16_t from, const struct p_offer *p)
{
	struct cdat_view members = p->members;
	size_t n = cdat_list_count(members);
	struct offer *list, *o;

	if (n == 0 || n > CDAT_NODE_MAX)
		return false;
	list = realloc(c->offers, (c->noffers + 1) * sizeof *list);
	if (list == NULL)
		return false;
	c->offers = list;
	o = &c->offers[c->noffers];
	*o = (struct offer){.from = from,
			    .epoch = p->epoch,
			    .common = {p->common, p->common_version},
			    .fresh = p->fresh,
			    .at = c->now};
	o->members = calloc(n, sizeof *o->members);
	o->facts = malloc(p->facts.len + 1);
	if (o->members == NULL || o->facts == NULL) {
		free(o->members);
		free(o->facts);
		return false;
	}
	while (cdat_list_next(&members, &cdat_msg_p_vmember, &o->members[o->n]))
		if (++o->n == n)
			break;
	if (p->facts.len > 0)
		memcpy(o->facts, p->facts.data, p->facts.len);
	o->facts_len = p->facts.len;
	c->noffers++;
	return true;
}

/* Those of whom no address answers are reached by the one that offers them, or by way of which
 * it came. */
static void
offer_relays(struct cdat_core *c, const struct offer *o)
{
	uint16_t via = cdat_link_relayed_by(c->link, o->from, c->now);

	if (via == 0)
		via = o->from;
	for (uint16_t i = 0; i < o->n; i++)
		if (o->members[i].node != via && o->members[i].node != c->self)
			cdat_link_relay(c->link, o->members[i].node, via);
}

void
offer_take(struct cdat_core *c, uint16_t from, const struct p_offer *p)
{
	struct member *m = member_find(c, from);
	struct p_node to = { c->view.coord };
	bool known;

	if (c->view.epoch == 0 || c->leaving || m == NULL || !member_enabled(c, from))
		return;
	if (!am_coord(c)) {
		core_tell(c, from, CDAT_P_OFFER_REDIRECT, &to);
		return;
	}
	/* it stands in our view, but knows better; what is in its place goes first */
	if (m->in_view) {
		if (p->epoch == c->view.epoch && p->coord == c->view.coord)
			return;
		m->departed = true;
		doubt_gone(c, from, m->boot != cdat_link_boot(c->link, from) ? CDAT_GONE_RESTARTED
									       : CDAT_GONE_DEPARTED);
	} else if (p->epoch != 0 && they_are_greater(c, (uint16_t)cdat_list_count(p->members), from)) {
		offer_contact(c, from);
		return;
	}
	/* one that is in the proposal under way is being taken in already */
	if (c->prop.active && c->prop.place[from] != 0 &&
	    c->prop.states[c->prop.place[from] - 1].boot == cdat_link_boot(c->link, from))
		return;
	known = offer_known(c, from) && c->gather_at != 0;
	offer_drop(c, from);
	if (offer_keep(c, from, p)) {
		offer_relays(c, &c->offers[c->noffers - 1]);
		/* one that is unreachable stays so until it is in: its return is told then */
		if (!m->in_view && m->state != CDAT_UNREACHABLE)
			member_state(c, m, CDAT_JOINING);
		if (!known)
			offer_gather(c);
	}
}

void
offer_tick(struct cdat_core *c)
{
	for (size_t i = c->noffers; i-- > 0;)
		if (!c->prop.active && c->now - c->offers[i].at > OFFER_OLD) {
			struct member *m = member_find(c, c->offers[i].from);

			if (m != NULL && m->state == CDAT_JOINING)
				member_state(c, m, CDAT_INACTIVE);
			offer_end(c, i);
		}
}
