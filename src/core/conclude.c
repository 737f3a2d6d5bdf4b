/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The proposer of a view, second half: the table the view starts with, how the orders
 * of the old views end, and the INSTALL that tells it all.
 *
 * Tables of components that come together are merged entry by entry, the greater stamp
 * wins (table.h).  What one side has removed has a grave there, which counts like an entry.  An
 * entry that one side lacks without a grave (too many were removed, or by members that dig none)
 * was removed there if it is not younger than the last epoch that both sides had together, else
 * it is new on the other side.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/internal.h"

#define CONFLICTS_CAP 32768u

/* ---- merging ---- */

struct merger {
	struct cdat_core *c;
	struct cdat_writer lines;
	struct cdat_writer one;
	uint8_t one_buf[8192];
};

static void
conflict_line(struct merger *m, const char *text)
{
	struct p_line l;

	snprintf(l.text, sizeof l.text, "%s", text);
	(void)cdat_list_add(&m->lines, &cdat_msg_p_line, &l);
}

static bool
place_past(struct place p, const struct cdat_stamp *s)
{
	return p.epoch > s->epoch || (p.epoch == s->epoch && p.version >= s->version);
}

static bool
one_history(const struct cdat_table *image)
{
	return cdat_table_params(image)->quorum != CDAT_QUORUM_NONE;
}

/* Whether a side that lacks an entry with that stamp had it once, so that it was removed
 * there.  Where only a majority changes the table its history is one: the side is past the
 * stamp.  Else history branches, and it is known only when the side that has the entry has
 * not moved since both were together, and the other was as far then: then all that it has
 * was the other's too. */
static bool
had_once(const struct cdat_table *image, const struct cdat_stamp *s, struct place seen, bool still)
{
	return one_history(image) ? place_past(seen, s) : still;
}

/* Changes after it on both sides are rivals.  Where only a majority changes the table the lesser
 * stamp is no rival, but older. */
static uint32_t
common_epoch(const struct cdat_table *image, const struct pulled *p)
{
	return one_history(image) ? UINT32_MAX : p->theirs.epoch;
}

static void
merge_graves(struct merger *m, struct cdat_table *image, const struct pulled *p)
{
	const struct cdat_grave *graves;
	size_t n = cdat_table_graves(p->table, &graves);
	char text[CDAT_TEXT_MAX + 1];
	bool conflict;

	for (size_t i = 0; i < n; i++) {
		(void)cdat_table_merge_grave(image, &graves[i], common_epoch(image, p), &conflict, text);
		if (conflict)
			conflict_line(m, text);
	}
}

/* Their entries into `image`, which is past the change at `seen`. */
static void
merge_theirs(struct merger *m, struct cdat_table *image, const struct pulled *p, struct place seen)
{
	bool still = p->ours.epoch != 0 && p->ours.epoch == p->theirs.epoch &&
	    p->theirs.version == cdat_table_version(p->table) && p->theirs.version <= p->ours.version;
	struct cdat_entry_sum sum;
	struct cdat_stamp s, grave;
	size_t i = 0;

	while (cdat_table_next_sum(p->table, &i, &sum)) {
		char text[CDAT_TEXT_MAX + 1] = "";
		bool conflict = false;

		if (!cdat_table_stamp(image, sum.id, &s) && !cdat_table_grave(image, sum.id, &grave) &&
		    cdat_table_stamp(p->table, sum.id, &s) && had_once(image, &s, seen, still))
			continue;	/* removed on our side since */
		cdat_writer_init(&m->one, m->one_buf, sizeof m->one_buf);
		if (!cdat_table_put_entry(p->table, sum.id, &m->one))
			continue;
		(void)cdat_table_merge_entry(image, cdat_written(&m->one), common_epoch(image, p),
					     &conflict, text);
		if (conflict)
			conflict_line(m, text);
	}
}

/* Entries of ours that they have removed since. */
static void
merge_removed(const struct cdat_core *c, struct cdat_table *image, const struct pulled *p)
{
	bool still = p->ours.epoch != 0 && p->ours.epoch == p->theirs.epoch && c->table != NULL &&
	    p->ours.version == cdat_table_version(c->table) && p->ours.version <= p->theirs.version;
	struct cdat_entry_sum sum;
	struct cdat_stamp s, there;
	size_t i = 0;

	while (cdat_table_next_sum(image, &i, &sum)) {
		if (sum.id.kind == CDAT_ENT_META || cdat_table_stamp(p->table, sum.id, &there) ||
		    cdat_table_grave(p->table, sum.id, &there) || !cdat_table_stamp(image, sum.id, &s))
			continue;
		/* what came to the image just now is not of the time together */
		if (!had_once(image, &s, p->seen, still && cdat_table_stamp(c->table, sum.id, &there)))
			continue;
		(void)cdat_table_drop_entry(image, sum.id);
		i = 0;
	}
}

static struct place
place_max(struct place a, struct place b)
{
	return a.epoch > b.epoch || (a.epoch == b.epoch && a.version >= b.version) ? a : b;
}

static void
facts_put(struct cdat_core *c, uint16_t node, struct cdat_view facts)
{
	struct proposal *p = &c->prop;
	struct cdat_rules rules = { .facts_ok = true, .loopback_ok = c->loopback_ok,
		.default_port = c->port, .max_nodes = CDAT_NODE_MAX };
	uint32_t version = cdat_table_version(p->image);
	struct cdat_stamp stamp = { version + 1, p->epoch, node };
	struct cdat_outcome out;
	struct cdat_table *next;
	size_t n;
	struct cdat_op *ops = facts_ops(p->image, node, facts, &n);

	if (ops != NULL && n > 0) {
		next = cdat_table_apply(p->image, ops, n, &rules, stamp, &out);
		if (next != NULL) {
			cdat_table_free(p->image);
			p->image = next;
			/* all that join at once are of one version, the view's */
			cdat_table_set_version(next, version);
		} else {
			out_log(c, "facts of %s are not taken: %s", node_name(c, node), out.text);
		}
	}
	free(ops);
}

/* FIG. 2: the first node adds the facts of its adapters, each addee its own. */
static void
merge_facts(struct cdat_core *c)
{
	size_t cap = 64 + c->nlocals * 128;
	uint8_t *buf = malloc(cap);

	if (buf != NULL)
		facts_put(c, c->self, facts_list(c, buf, cap));
	free(buf);
	for (size_t i = 0; i < c->noffers; i++)
		facts_put(c, c->offers[i].from,
			  (struct cdat_view){ c->offers[i].facts, c->offers[i].facts_len });
}

static void
version_final(struct cdat_core *c)
{
	struct proposal *p = &c->prop;
	uint32_t top = c->table != NULL ? cdat_table_version(c->table) : 0;
	uint8_t digest[CDAT_DIGEST_LEN], mine[CDAT_DIGEST_LEN];
	bool same = false;

	cdat_table_digest(p->image, digest);
	for (uint16_t i = 0; i < p->n; i++) {
		const struct vstate *v = &p->states[i];
		bool fresh = false;

		for (size_t k = 0; k < c->noffers; k++)
			fresh |= c->offers[k].from == v->node && c->offers[k].fresh;
		if (v->s.has_table && !fresh && v->s.version > top)
			top = v->s.version;
	}
	if (p->commit != 0 && cdat_table_version(p->image) > top)
		top = cdat_table_version(p->image);
	for (uint16_t i = 0; i < p->n; i++)
		same |= p->states[i].s.version == top &&
		    memcmp(p->states[i].s.digest, digest, sizeof digest) == 0;
	if (c->prep.image != NULL && p->commit == c->prep.id && p->commit != 0) {
		cdat_table_digest(c->prep.image, mine);
		same |= cdat_table_version(c->prep.image) == top && memcmp(mine, digest, sizeof mine) == 0;
	}
	cdat_table_set_version(p->image, same ? top : top + 1);
}

bool
merge_tables(struct cdat_core *c)
{
	struct proposal *p = &c->prop;
	struct merger *m = malloc(sizeof *m);
	char text[CDAT_TEXT_MAX + 1];

	p->conflicts = malloc(CONFLICTS_CAP);
	if (m == NULL || p->conflicts == NULL) {
		free(m);
		return false;
	}
	m->c = c;
	cdat_writer_init(&m->lines, p->conflicts, CONFLICTS_CAP);
	p->seen = c->prep.id != 0 && p->commit == c->prep.id ? c->prep.place : c->seen;
	for (size_t i = 0; i < p->npulls; i++) {
		merge_graves(m, p->image, &p->pulls[i]);
		merge_removed(c, p->image, &p->pulls[i]);
		merge_theirs(m, p->image, &p->pulls[i], p->seen);
		p->seen = place_max(p->seen, p->pulls[i].seen);
	}
	while (p->npulls > 0 && cdat_table_settle(p->image, c->port, text))
		conflict_line(m, text);
	p->conflicts_len = m->lines.len;
	free(m);
	/* members that know of no graves would have another digest */
	if (p->format < 2 && !cdat_table_take_graves(p->image, (struct cdat_view){ NULL, 0 }))
		return false;
	merge_facts(c);
	version_final(c);
	return true;
}

/* Nodes that are to be members and were removed on another side are left to themselves; the view
 * is proposed anew without them.  True if there are any. */
static bool
removed_out(struct cdat_core *c)
{
	struct proposal *p = &c->prop;
	bool any = false;

	for (uint16_t i = 0; i < p->n; i++) {
		const struct vstate *v = &p->states[i];

		if (v->node == c->self || cdat_table_node(p->image, v->node) != NULL)
			continue;
		any = true;
		if (v->mine)
			gone_off(c, v->node);
		else
			offer_without(c, v->node);
	}
	return any;
}

/* ---- the lists of an INSTALL ---- */

/* How the order of each old view ends: at the last message that any of its members has. */
static void
flush_list(struct cdat_core *c, struct cdat_writer *w)
{
	struct proposal *p = &c->prop;

	for (uint16_t i = 0; i < p->n; i++) {
		const struct p_view_state *s = &p->states[i].s;
		struct p_flush f = { s->old_epoch, s->old_coord, s->ordered, p->states[i].node };
		bool first = s->old_epoch != 0;

		for (uint16_t k = 0; k < p->n && first; k++) {
			const struct p_view_state *t = &p->states[k].s;

			if (t->old_epoch != s->old_epoch || t->old_coord != s->old_coord)
				continue;
			if (k < i)
				first = false;
			if (t->ordered > f.last) {
				f.last = t->ordered;
				f.holder = p->states[k].node;
			}
		}
		/* some are a view further than others, by an install that was not finished: the
		 * old order ended there for good, and we have its end */
		for (unsigned k = 0; first && k < OLD_ORDERS; k++)
			if (f.epoch == c->flushed[k].epoch && f.coord == c->flushed[k].coord) {
				f.last = c->flushed[k].last;
				f.holder = c->self;
			}
		if (first)
			(void)cdat_list_add(w, &cdat_msg_p_flush, &f);
	}
}

static void
gone_list(struct cdat_core *c, struct cdat_writer *w)
{
	for (size_t i = 0; i < c->ngone; i++)
		(void)cdat_list_add(w, &cdat_msg_p_gone, &c->gone[i]);
	/* and who was gone before, for those who come new */
	for (size_t i = 0; i < c->prop.nlost; i++) {
		struct p_gone g = { c->prop.lost[i], CDAT_GONE_UNREACHABLE };

		if (!is_gone(c, g.node))
			(void)cdat_list_add(w, &cdat_msg_p_gone, &g);
	}
}

static void
persp_list(struct cdat_core *c, struct cdat_writer *w)
{
	for (size_t i = 0; i < c->npersps; i++)
		for (size_t k = 0; k < c->ngone; k++)
			if (c->gone[k].node == c->persps[i].p.node)
				(void)cdat_list_add(w, &cdat_msg_p_persp, &c->persps[i].p);
}

static void
role_list(struct cdat_core *c, struct cdat_writer *w)
{
	for (size_t i = 0; i < c->nroles; i++) {
		struct p_role r = { c->roles[i].role, c->roles[i].holder, c->roles[i].agreed };

		(void)cdat_list_add(w, &cdat_msg_p_role, &r);
	}
}

static size_t
install_cap(const struct cdat_core *c)
{
	return 4096 + (size_t)c->prop.n * 48 + (c->ngone + c->prop.nlost) * 12 + c->npersps * 48 +
	    c->nroles * 16 + c->prop.conflicts_len;
}

/* False: no memory, and nothing is told. */
static bool
install_tell(struct cdat_core *c)
{
	struct proposal *p = &c->prop;
	struct p_view_install in = { .epoch = p->epoch, .coord = c->self, .commit = p->commit };
	struct cdat_writer w[4];
	struct told_members t[TOLD_KINDS] = { { .buf = NULL } };
	uint8_t *buf[4] = { NULL };
	bool ok = told_members(c, TOLD_ALL, &t[TOLD_ALL]) &&
	    told_members(c, TOLD_BASE, &t[TOLD_BASE]);

	for (unsigned i = 0; i < 4; i++) {
		size_t cap = install_cap(c);

		buf[i] = malloc(cap);
		ok = ok && buf[i] != NULL;
		cdat_writer_init(&w[i], buf[i], buf[i] != NULL ? cap : 0);
	}
	if (ok) {
		for (uint16_t i = 0; i < p->n; i++)
			p->merged |= !p->states[i].mine && p->states[i].s.old_epoch != 0;
		in.merged = p->merged;
		in.version = cdat_table_version(p->image);
		in.seen_epoch = p->seen.epoch;
		in.seen_version = p->seen.version;
		cdat_table_digest(p->image, in.digest);
		flush_list(c, &w[0]);
		gone_list(c, &w[1]);
		persp_list(c, &w[2]);
		role_list(c, &w[3]);
		in.flush = cdat_written(&w[0]);
		in.gone = cdat_written(&w[1]);
		in.persps = cdat_written(&w[2]);
		in.roles = cdat_written(&w[3]);
		in.conflicts = (struct cdat_view){ p->conflicts, p->conflicts_len };
		in.format = p->format;
		p->phase = PROP_INSTALL;
		p->open = p->n;
		p->started = c->now;
		for (uint16_t i = 0; i < p->n; i++) {
			const struct vstate *v = &p->states[i];
			bool base = v->mine && c->view.epoch != 0 && v->s.old_epoch == c->view.epoch &&
			    v->s.old_coord == c->view.coord;

			in.base = t[base ? TOLD_BASE : TOLD_ALL].base;
			in.members = t[base ? TOLD_BASE : TOLD_ALL].members;
			core_tell_as(c, p->format, v->node, CDAT_P_VIEW_INSTALL, &in);
		}
	}
	for (unsigned i = 0; i < 4; i++)
		free(buf[i]);
	for (unsigned i = 0; i < TOLD_KINDS; i++)
		free(t[i].buf);
	return ok;
}

/* All states and tables are here. */
void
propose_conclude(struct cdat_core *c)
{
	bool merged = merge_tables(c), again = merged && removed_out(c);

	if (merged && !again && install_tell(c))
		return;
	propose_free(c);
	view_want(c, again ? 0 : 100 * MS);
}

/* ---- acknowledgements ---- */

void
view_ack(struct cdat_core *c, uint16_t from, const struct p_view_id *id)
{
	struct proposal *p = &c->prop;
	struct p_view_id stable = { id->epoch, c->self };
	uint16_t at;

	if (!p->active || p->phase != PROP_INSTALL || id->epoch != p->epoch ||
	    id->coord != c->self || (at = p->place[from]) == 0)
		return;
	if (!p->states[at - 1].acked)
		p->open--;
	p->states[at - 1].acked = true;
	p->started = c->now;
	sync_serve(c);
	if (p->open > 0)
		return;
	for (uint16_t i = 0; i < p->n; i++)
		core_tell(c, p->states[i].node, CDAT_P_VIEW_STABLE, &stable);
	offer_used(c);
	propose_free(c);
	if (c->ngone > 0)
		view_want(c, 0);
	else if (c->noffers > 0 && c->gather_at == 0)
		offer_gather(c);
}
