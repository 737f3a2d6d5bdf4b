/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Views: who may propose one, and to which proposal a member promises itself.
 *
 * A view is (epoch, coordinator, members, the longest-serving first).  It is changed in
 * three steps: PREPARE, by which members stop following the old view and tell what they
 * have; INSTALL, with table, end of the old order and members; STABLE, when all have it.
 * The proposer is the longest-serving member that is not being left out, so a joiner
 * never displaces the coordinator and its successor is known to all.  A member promises
 * itself to the proposal with the greatest epoch, as in Paxos' first phase.
 */
#include <stdlib.h>
#include <string.h>

#include "core/internal.h"

#define FORWARD_AGAIN (300u * MS)
#define FROZEN_MAX (1000u * MS)		/* promised, but no view came of it */
#define FETCH_MAX (5000u * MS)		/* one came, but not the table or the messages for it */

/* Wants a view to be proposed after `delay` us, so that what comes together goes together. */
void
view_want(struct cdat_core *c, uint64_t delay)
{
	uint64_t at = c->now + delay;

	if (c->propose_at == 0 || at < c->propose_at)
		c->propose_at = at != 0 ? at : 1;
}

/* Whether the node is to be left out of the next view. */
bool
is_gone(const struct cdat_core *c, uint16_t node)
{
	for (size_t i = 0; i < c->ngone; i++)
		if (c->gone[i].node == node)
			return true;
	return false;
}

/* The longest-serving member that is not to be left out. */
uint16_t
view_leader(const struct cdat_core *c)
{
	for (size_t i = 0; i < c->view.n; i++)
		if (!is_gone(c, c->view.nodes[i]))
			return c->view.nodes[i];
	return c->self;
}

/* ---- a member promises itself ---- */

static bool
marked(const struct cdat_core *c, uint16_t node)
{
	const struct member *m = member_find(c, node);

	return m != NULL && m->mark == c->mark;
}

/* Whether `coord` may lead us, the proposed members being marked: our coordinator; a member
 * when all that serve longer are left out; the coordinator of another component that we
 * offered to join, or that takes our coordinator along. */
static bool
may_lead(const struct cdat_core *c, uint16_t coord)
{
	if (c->view.epoch == 0 || coord == c->view.coord || coord == c->self)
		return true;
	if (!in_view(c, coord))
		return am_coord(c) ? c->offered_to == coord : marked(c, c->view.coord);
	for (size_t i = 0; i < c->view.n && c->view.nodes[i] != coord; i++)
		if (marked(c, c->view.nodes[i]))
			return false;
	return true;
}

/* Unreachable for us, or in our view and not in the one proposed. */
static bool
is_lost(const struct cdat_core *c, const struct member *m)
{
	return m->state == CDAT_UNREACHABLE ||
	    (m->in_view && m->node != c->self && m->mark != c->mark);
}

static uint8_t *
lost_list(const struct cdat_core *c, struct cdat_view *list)
{
	uint8_t *buf = malloc(c->nmembers * 8 + 1);
	struct cdat_writer w;

	if (buf == NULL)
		return NULL;
	cdat_writer_init(&w, buf, c->nmembers * 8);
	for (size_t i = 0; i < c->nmembers; i++) {
		struct p_node n = { c->members[i]->node };

		if (is_lost(c, c->members[i]))
			(void)cdat_list_add(&w, &cdat_msg_p_node, &n);
	}
	*list = cdat_written(&w);
	return buf;
}

static void
tell_state(struct cdat_core *c, uint16_t to, const struct p_view_prepare *p)
{
	struct p_view_state s = {
		.epoch = p->epoch, .coord = p->coord, .old_epoch = c->view.epoch,
		.old_coord = c->view.coord, .has_table = c->table != NULL, .ordered = c->order.got,
		.seen_epoch = c->seen.epoch, .seen_version = c->seen.version, .format = c->format,
	};

	uint8_t *lost = lost_list(c, &s.lost);

	if (c->table != NULL) {
		s.version = cdat_table_version(c->table);
		cdat_table_digest(c->table, s.digest);
	}
	change_state(c, &s);
	core_tell_as(c, core_format_both(c, to), to, CDAT_P_VIEW_STATE, &s);
	free(lost);
}

/* The members of the view that the list is made of, or of all in it; see struct p_base. */
struct p_vmember *
members_told(const struct cdat_core *c, const struct p_base *base, struct cdat_view members,
	     uint16_t *n)
{
	size_t max = cdat_list_count(members) + c->view.n + 1u;
	struct cdat_view out = base->out;
	struct p_vmember *list;
	struct p_node gone;

	*n = 0;
	if (max > UINT16_MAX ||
	    (base->epoch != 0 && (base->epoch != c->view.epoch || base->coord != c->view.coord)))
		return NULL;
	list = calloc(max, sizeof *list);
	if (list == NULL)
		return NULL;
	/* both follow the order of the view */
	bool more = cdat_list_next(&out, &cdat_msg_p_node, &gone);
	for (uint16_t i = 0; base->epoch != 0 && i < c->view.n; i++) {
		const struct member *m = member_find(c, c->view.nodes[i]);

		if (more && gone.node == c->view.nodes[i])
			more = cdat_list_next(&out, &cdat_msg_p_node, &gone);
		else if (m != NULL)
			list[(*n)++] = (struct p_vmember){ m->node, m->boot };
	}
	while (cdat_list_next(&members, &cdat_msg_p_vmember, &list[*n]))
		++*n;
	return list;
}

/* Whether a proposal means this start of ours; marks the members.  known: it is made of our
 * view, or names them all.  One that names us alone is for a node that is in no view. */
static bool
is_meant(struct cdat_core *c, const struct p_view_prepare *p, bool *known)
{
	uint16_t n;
	struct p_vmember *list = members_told(c, &p->base, p->members, &n);
	bool me = list == NULL && c->view.epoch != 0;

	*known = list != NULL && !(p->alone && c->view.epoch != 0 && c->view.n > 1);
	for (uint16_t i = 0; i < n && !me; i++)
		me = list[i].node == c->self && list[i].boot == c->boot;
	members_mark(c, list, n);
	free(list);
	return me;
}

void
view_prepare(struct cdat_core *c, uint16_t from, const struct p_view_prepare *p)
{
	struct p_view_refuse no = { p->epoch, c->promised, c->view.coord, c->view.epoch };
	struct p_leave bye = { 0 };
	bool known;

	if (from != p->coord || c->self == 0 || !is_meant(c, p, &known))
		return;
	if (c->leaving) {	/* it may be new in its place and not know: it would wait for us */
		core_tell(c, from, CDAT_P_LEAVE, &bye);
		return;
	}
	if (p->epoch > c->max_epoch)
		c->max_epoch = p->epoch;
	if (p->epoch <= c->promised || p->epoch <= c->view.epoch || !known || !may_lead(c, from)) {
		if (p->epoch != c->promised || from != c->promised_coord)
			core_tell(c, from, CDAT_P_VIEW_REFUSE, &no);
		return;
	}
	if (c->prop.active && from != c->self)
		propose_free(c);
	install_free(c);
	c->promised = p->epoch;
	c->promised_coord = from;
	c->promised_mono = c->now;
	change_frozen(c);
	dirty_cluster(c);
	tell_state(c, from, p);
}

/* ---- ticks ---- */

static void
gone_prune(struct cdat_core *c)
{
	size_t keep = 0;

	for (size_t i = 0; i < c->ngone; i++)
		if (in_view(c, c->gone[i].node))
			c->gone[keep++] = c->gone[i];
	c->ngone = keep;
}

/* We have a verdict, but another is to propose: it finds out by itself when it is told.  That
 * a start of a node is over is known here for sure, so it is told until it is heeded. */
static void
gone_forward(struct cdat_core *c, uint16_t leader)
{
	const struct member *to = member_find(c, leader);
	size_t keep = 0;

	/* it may be the next that is gone: then the verdicts stand together */
	if (to == NULL || to->doubt || to->departed) {
		if (c->ngone > 0)
			view_want(c, FORWARD_AGAIN / 3);
		return;
	}
	for (size_t i = 0; i < c->ngone; i++) {
		struct member *m = member_find(c, c->gone[i].node);
		struct p_suspect p = { c->gone[i].node, 0 };

		if (c->gone[i].why != CDAT_GONE_UNREACHABLE || m == NULL || m->departed)
			c->gone[keep++] = c->gone[i];
		core_tell(c, leader, CDAT_P_SUSPECT, &p);
	}
	c->ngone = keep;
	if (keep > 0)
		view_want(c, FORWARD_AGAIN);
}

/* Promised, and nothing came: the coordinator proposes anew, above what was promised. */
static void
frozen_check(struct cdat_core *c, uint16_t leader)
{
	struct p_view_refuse p = { 0, c->promised, c->view.coord, c->view.epoch };

	if (c->promised == c->view.epoch || c->prop.active ||
	    c->now - c->promised_mono < (c->pend.active ? FETCH_MAX : FROZEN_MAX))
		return;
	c->promised_mono = c->now;
	install_free(c);
	if (leader == c->self)
		view_want(c, 0);
	else
		core_tell(c, leader, CDAT_P_VIEW_REFUSE, &p);
}

static bool
is_due(const struct cdat_core *c, uint64_t at)
{
	return at != 0 && c->now >= at;
}

void
view_tick(struct cdat_core *c)
{
	uint16_t leader;

	if (c->prop.active)
		propose_tick(c);
	if (c->pend.active)
		install_go(c);
	gone_prune(c);
	leader = view_leader(c);
	if (c->view.epoch != 0)
		frozen_check(c, leader);
	/* what comes while a proposal is under way goes into the next; deaths restart it */
	if (c->prop.active || !(is_due(c, c->propose_at) || is_due(c, c->gather_at)))
		return;
	c->propose_at = c->gather_at = 0;
	if (c->leaving)
		return;
	if (c->view.epoch == 0 || leader != c->self) {
		gone_forward(c, leader);
		return;
	}
	if (c->ngone > 0 || c->noffers > 0 || c->promised != c->view.epoch)
		propose(c);
}

/* A view of our own: nobody else is there. */
void
view_lone(struct cdat_core *c)
{
	if (!c->prop.active && !c->pend.active && c->view.epoch == 0 && c->self != 0 && !c->leaving)
		propose(c);
}
