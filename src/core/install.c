/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A member installs a view: it gets the table and the last messages of its old view
 * first, then puts the view in force and tells what that means as events, which all
 * members compute from the same lists and so tell alike.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/internal.h"

#define FETCH_AGAIN (500u * MS)

void
install_free(struct cdat_core *c)
{
	free(c->pend.msg);
	free(c->pend.members);
	cdat_table_free(c->pend.image);
	memset(&c->pend, 0, sizeof c->pend);
}

static bool
flush_of(const struct cdat_core *c, struct p_flush *f)
{
	struct cdat_view list = c->pend.in.flush;

	while (cdat_list_next(&list, &cdat_msg_p_flush, f))
		if (f->epoch == c->view.epoch && f->coord == c->view.coord && c->view.epoch != 0)
			return true;
	return false;
}

/* False: no memory for it now. */
bool
view_install(struct cdat_core *c, uint16_t from, struct cdat_view raw,
	     const struct p_view_install *in)
{
	struct pending_install *p = &c->pend;
	struct p_flush f;

	if (in->coord != from || in->epoch != c->promised || from != c->promised_coord || p->active ||
	    in->epoch == c->view.epoch)
		return true;
	/* of another view than ours: nothing that we could install */
	if (in->base.epoch != 0 && (in->base.epoch != c->view.epoch || in->base.coord != c->view.coord))
		return true;
	install_free(c);
	p->msg = malloc(raw.len);
	if (p->msg == NULL)
		return false;
	memcpy(p->msg, raw.data, raw.len);
	p->len = raw.len;
	if (cdat_decode((struct cdat_view){ p->msg, p->len }, cdat_proto_msg(CDAT_P_VIEW_INSTALL),
			&p->in) != CDAT_DEC_OK) {
		install_free(c);
		return true;
	}
	p->members = members_told(c, &p->in.base, p->in.members, &p->n);
	if (p->members == NULL) {
		install_free(c);
		return false;
	}
	p->active = true;
	p->flush_last = flush_of(c, &f) ? f.last : 0;
	install_go(c);
	return true;
}

/* ---- what must be there first ---- */

static bool
digest_is(const struct cdat_table *t, const uint8_t digest[CDAT_DIGEST_LEN])
{
	uint8_t have[CDAT_DIGEST_LEN];

	if (t == NULL)
		return false;
	cdat_table_digest(t, have);
	return memcmp(have, digest, sizeof have) == 0;
}

static bool
table_ready(struct cdat_core *c)
{
	struct pending_install *p = &c->pend;

	if (digest_is(c->table, p->in.digest) || digest_is(p->image, p->in.digest) ||
	    (p->in.commit != 0 && c->prep.id == p->in.commit && digest_is(c->prep.image, p->in.digest)))
		return true;
	if (p->in.coord == c->self && c->prop.active && p->image == NULL)
		p->image = cdat_table_copy(c->prop.image);
	else if (p->ticket == 0)
		p->ticket = sync_pull(c, p->in.coord, SYNC_INSTALL);
	return digest_is(p->image, p->in.digest);
}

void
install_synced(struct cdat_core *c, struct cdat_table *image)
{
	if (!c->pend.active) {
		cdat_table_free(image);
		return;
	}
	cdat_table_free(c->pend.image);
	c->pend.image = image;
	if (!digest_is(image, c->pend.in.digest))
		c->pend.ticket = 0;	/* it was of another moment: asked again by the next tick */
	else
		install_go(c);
}

/* The messages of our old view that others of it have and we lack. */
static bool
order_ready(struct cdat_core *c)
{
	struct pending_install *p = &c->pend;
	struct p_flush f;
	struct p_order_fetch get;

	if (!flush_of(c, &f) || c->order.got >= f.last)
		return true;
	if (c->now - p->asked_mono < FETCH_AGAIN)
		return false;
	p->asked_mono = c->now;
	get = (struct p_order_fetch){ f.epoch, f.coord, c->order.got + 1, f.last };
	core_tell(c, f.holder, CDAT_P_ORDER_FETCH, &get);
	return false;
}

/* Roles are assigned by all members as the view begins. */
static bool
roles_ready(struct cdat_core *c)
{
	const struct cdat_table *images[] = { c->table, c->pend.image, c->prep.image };
	size_t most = cdat_list_count(c->pend.in.roles);

	for (size_t i = 0; i < sizeof images / sizeof images[0]; i++) {
		size_t n = images[i] != NULL ? cdat_table_roles(images[i], NULL) : 0;

		most = n > most ? n : most;
	}
	return roles_reserve(c, most);
}

/* ---- in force ---- */

struct change_of_view {
	struct view old;
	uint8_t stood;			/* standing before */
	unsigned lost;			/* unreachable since */
};

/* Notes at each node why it is not in the view, if that is told. */
static void
gone_note(struct cdat_core *c)
{
	struct cdat_view list = c->pend.in.gone;
	struct p_gone g;

	for (size_t i = 0; i < c->nmembers; i++)
		c->members[i]->gone = 0;
	while (cdat_list_next(&list, &cdat_msg_p_gone, &g)) {
		struct member *m = member_find(c, g.node);

		if (m != NULL && m->gone == 0)
			m->gone = g.why;
	}
}

static bool
view_take(struct cdat_core *c)
{
	uint16_t *nodes = calloc(c->pend.n + 1u, sizeof *nodes);

	if (nodes == NULL)
		return false;
	c->view.nodes = nodes;
	c->view.n = c->pend.n;
	for (uint16_t i = 0; i < c->pend.n; i++)
		nodes[i] = c->pend.members[i].node;
	c->view.least = c->view.n > 0 ? nodes[0] : 0;
	for (uint16_t i = 1; i < c->view.n; i++)
		if (nodes[i] < c->view.least)
			c->view.least = nodes[i];
	c->view.epoch = c->pend.in.epoch;
	c->view.coord = c->pend.in.coord;
	c->view.format = c->pend.in.format > 1 ? c->pend.in.format : 1;
	if (c->view.format > c->format)
		c->view.format = c->format;
	c->view.since_mono = c->now;
	c->view.stable = false;
	return true;
}

static const char *const gone_words[] = { "", "unreachable", "left", "disabled", "restarted",
	"went to another component" };

static void
member_out(struct cdat_core *c, struct member *m, struct change_of_view *ch)
{
	uint8_t why = m->gone;

	m->in_view = m->doubt = m->departed = false;
	m->via = 0;
	m->nasks = 0;
	cdat_link_relay(c->link, m->node, 0);
	cdat_link_reset(c->link, m->node, c->now);
	m->left = why == CDAT_GONE_LEFT;
	if (why > CDAT_GONE_UNREACHABLE) {
		member_state(c, m, why == CDAT_GONE_DISABLED ? CDAT_NODE_DISABLED : CDAT_INACTIVE);
		status_set(c, m, CDAT_REACH_UNKNOWN);
		event_node(c, CDAT_EV_NODE_LEFT, CDAT_SEV_WARNING, m->node,
			   "node %s %s, %u up", node_name(c, m->node), gone_words[why], c->view.n);
		return;
	}
	ch->lost++;
	member_state(c, m, CDAT_UNREACHABLE);
	status_set(c, m, CDAT_DOWN);
}

static void
member_in(struct cdat_core *c, struct member *m, uint64_t boot, const struct change_of_view *ch)
{
	bool was = m->in_view && m->boot == boot, told = ch->old.epoch != 0 || m->node == c->self;

	if (m->in_view && !was)
		event_node(c, CDAT_EV_NODE_LEFT, CDAT_SEV_WARNING, m->node,
			   "node %s restarted", node_name(c, m->node));
	if (!was && told && m->state == CDAT_UNREACHABLE)
		event_node(c, CDAT_EV_NODE_REACHABLE, CDAT_SEV_CLEARED, m->node,
			   "node %s answers again", node_name(c, m->node));
	m->boot = boot;
	m->last_epoch = c->view.epoch;
	m->departed = m->left = false;
	if (was)
		return;
	m->in_view = true;
	m->doubt = false;
	m->since_mono = c->now;
	member_state(c, m, CDAT_MEMBER);
	status_set(c, m, CDAT_REACH_UNKNOWN);
	if (told)
		event_node(c, CDAT_EV_NODE_JOINED, CDAT_SEV_CLEARED, m->node,
			   "node %s joined, %u up", node_name(c, m->node), c->view.n);
}

/* One that was away before: all of the view take it for the same. */
static void
member_away(struct cdat_core *c, struct member *m)
{
	if (m->gone == CDAT_GONE_UNREACHABLE)
		member_state(c, m, CDAT_UNREACHABLE);
	else if (m->state == CDAT_UNREACHABLE)
		member_state(c, m, CDAT_INACTIVE);
}

static void
members_update(struct cdat_core *c, struct change_of_view *ch)
{
	gone_note(c);
	members_mark(c, c->pend.members, c->pend.n);
	for (size_t i = 0; i < c->nmembers; i++) {
		struct member *m = c->members[i];
		bool in = m->mark == c->mark;

		dirty(c, CDAT_K_NODE, m->node, 0);
		if (m->in_view && !in)
			member_out(c, m, ch);
		else if (!m->in_view && m->node != c->self && !in)
			member_away(c, m);
	}
	for (uint16_t i = 0; i < c->pend.n; i++) {
		struct member *m = member_make(c, c->pend.members[i].node);

		if (m == NULL)
			continue;
		m->rank = i;
		member_in(c, m, c->pend.members[i].boot, ch);
	}
	tally_stale(c);
}

/* nodeUnreachable comes after the view is in force, so that it tells the new standing. */
static void
events_lost(struct cdat_core *c, const struct change_of_view *ch)
{
	uint8_t stands = standing(c);
	uint8_t sev = stands == CDAT_MINORITY ? CDAT_SEV_CRITICAL : CDAT_SEV_MAJOR;
	bool lost_majority = stands == CDAT_MINORITY && ch->stood != CDAT_MINORITY &&
	    ch->old.epoch != 0;

	for (uint16_t i = 0; i < ch->old.n; i++) {
		const struct member *m = member_find(c, ch->old.nodes[i]);

		if (m != NULL && !m->in_view && m->state == CDAT_UNREACHABLE)
			event_node(c, CDAT_EV_NODE_UNREACHABLE, sev, m->node,
				   "node %s unreachable, %u up", node_name(c, m->node), c->view.n);
	}
	if (ch->lost >= 2 || lost_majority)
		event_node(c, CDAT_EV_PARTITIONED, sev, 0,
			   "partitioned: %s side, %u up, %u lost",
			   cdat_enum_word("cluster", "standing", stands), c->view.n, ch->lost);
	if (ch->old.epoch != 0 && (c->pend.in.merged || (ch->stood == CDAT_MINORITY &&
							 stands != CDAT_MINORITY)))
		event_node(c, CDAT_EV_MERGED, CDAT_SEV_CLEARED, 0,
			   "merged: %s side, %u up", cdat_enum_word("cluster", "standing", stands),
			   c->view.n);
}

static void
events_conflicts(struct cdat_core *c)
{
	struct cdat_view list = c->pend.in.conflicts;
	struct p_line line;
	uint16_t n = 0;

	/* the number stands in for the node in the uid: each is an event of its own */
	while (cdat_list_next(&list, &cdat_msg_p_line, &line)) {
		struct cdat_event ev = { .kind = CDAT_EV_CHANGE_CONFLICT, .severity = CDAT_SEV_WARNING };

		ev.uid = event_uid(c, ev.kind, ++n);
		ev.number = c->table != NULL ? cdat_table_version(c->table) : 0;
		memcpy(ev.text, line.text, sizeof ev.text);
		event_emit(c, &ev);
	}
}

static void
persps_update(struct cdat_core *c)
{
	struct cdat_view list = c->pend.in.persps;
	struct p_persp p;
	size_t keep = 0;

	while (cdat_list_next(&list, &cdat_msg_p_persp, &p))
		persp_note(c, &p);
	for (size_t i = 0; i < c->npersps; i++) {
		const struct p_persp *q = &c->persps[i].p;

		if (in_view(c, q->reporter) && !in_view(c, q->node))
			c->persps[keep++] = c->persps[i];
		else if (q->reporter == c->self && persp_own(c, q->node))
			dirty(c, CDAT_K_PERSP, q->node, q->reporter);
		else
			dirty_gone(c, CDAT_K_PERSP, q->node, q->reporter);
	}
	c->npersps = keep;
}

/* Whether a table has what the change that we hold prepared does. */
static bool
prepared_within(const struct cdat_core *c, const struct cdat_table *image)
{
	const struct cdat_table *ours = c->prep.image;
	struct cdat_entry_sum sum;
	struct cdat_stamp s, there;
	bool any = false;

	for (size_t i = 0; cdat_table_next_sum(ours, &i, &sum);) {
		if (!cdat_table_stamp(ours, sum.id, &s) || s.version != cdat_table_version(ours) ||
		    s.epoch != c->prep.place.epoch)
			continue;
		if (!cdat_table_stamp(image, sum.id, &there) || cdat_stamp_order(there, s) != 0)
			return false;
		any = true;
	}
	return any;
}

static void
table_install(struct cdat_core *c)
{
	struct pending_install *p = &c->pend;

	/* The proposer settles the change of its own view.  That of ours, where we join it, was
	 * completed by others of ours when it is in the table that they brought. */
	if (c->prep.id != 0 && (c->prep.id == p->in.commit ||
				(c->prep.voted && p->image != NULL && prepared_within(c, p->image))))
		change_commit(c, false);
	if (!digest_is(c->table, p->in.digest) && digest_is(p->image, p->in.digest)) {
		struct cdat_table *image = p->image;

		p->image = NULL;
		table_put(c, image);
	}
	if (c->table != NULL && cdat_table_version(c->table) != p->in.version) {
		cdat_table_set_version(c->table, p->in.version);
		c->table_mono = c->now;
	}
}

/* What the view speaks from now on, where that is another format than before. */
static void
format_tell(struct cdat_core *c, uint8_t before)
{
	if (c->view.format == before)
		return;
	if (c->view.format < c->format)
		out_log(c, "the members speak format %u, the latest that all of them know; this node knows "
			"%u", c->view.format, c->format);
	else if (before != 0)
		out_log(c, "the members speak format %u from now on", c->view.format);
}

static void
install_finish(struct cdat_core *c)
{
	struct p_view_id id = { c->view.epoch, c->view.coord };
	uint64_t commit = c->pend.in.commit;

	c->phase = CDAT_ST_VIEW;
	c->fresh = c->partial = false;
	c->offered_to = 0;
	c->ngone = 0;
	doubt_clear(c);
	change_settled(c, commit);
	order_view(c);
	watch_update(c);
	status_view(c);
	(void)state_store(c, c->table);
	c->seen = (struct place){ c->pend.in.seen_epoch, c->pend.in.seen_version };
	roles_begin(c, c->pend.in.roles);
	c->roles_stale = c->parts_stale = true;
	dirty_cluster(c);
	install_free(c);
	core_tell(c, id.coord, CDAT_P_VIEW_ACK, &id);
}

void
install_go(struct cdat_core *c)
{
	struct pending_install *p = &c->pend;
	struct change_of_view ch = { .old = c->view, .stood = standing(c) };
	struct p_flush f;

	if (!p->active || !table_ready(c) || !order_ready(c) || !roles_ready(c))
		return;
	if (flush_of(c, &f) && (f.epoch != c->flushed[0].epoch || f.coord != c->flushed[0].coord)) {
		memmove(&c->flushed[1], &c->flushed[0], sizeof c->flushed - sizeof c->flushed[0]);
		c->flushed[0] = f;
	}
	for (size_t i = 0; c->table != NULL && i < c->nmembers; i++)
		if (c->members[i]->in_view)
			c->members[i]->last_version = cdat_table_version(c->table);
	table_install(c);
	if (!view_take(c)) {
		c->view = ch.old;
		return;
	}
	dirty_gone(c, CDAT_K_COMPONENT, 0, 0);
	members_update(c, &ch);
	events_lost(c, &ch);
	events_conflicts(c);
	persps_update(c);
	format_tell(c, ch.old.format);
	free(ch.old.nodes);
	install_finish(c);
}

/* Those who left may go when all have the view without them.  Told before, one could be gone
 * while that view comes to nothing, and the next coordinator would find it silent. */
static void
left_tell(struct cdat_core *c)
{
	struct p_leave bye = { 0 };

	for (size_t i = 0; i < c->nmembers; i++) {
		struct member *m = c->members[i];

		if (m->left && am_coord(c))
			core_tell(c, m->node, CDAT_P_LEFT, &bye);
		m->left = false;
	}
}

void
view_stable(struct cdat_core *c, uint16_t from, const struct p_view_id *id)
{
	if (from != id->coord || id->epoch != c->view.epoch || id->coord != c->view.coord)
		return;
	c->view.stable = true;
	dirty_cluster(c);
	order_go(c);
	change_view_stable(c);
	status_tell(c);
	left_tell(c);
	if (c->ngone > 0)
		view_want(c, 0);
}
