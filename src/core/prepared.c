/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Changes of the table: what every member does.  It computes the result itself, tries the
 * new addresses of members by messages, votes, and on COMPLETE puts the result in force
 * and stores it.  A member that has promised itself to a new view does not follow the old
 * coordinator any more.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/internal.h"

void
prepared_drop(struct cdat_core *c)
{
	struct prepared *p = &c->prep;
	bool had = p->image != NULL;

	for (unsigned i = 0; i < p->ntokens; i++)
		cdat_link_verify_drop(c->link, p->tokens[i]);
	cdat_table_free(p->image);
	memset(p, 0, sizeof *p);
	if (had && c->link != NULL && c->table != NULL)
		listen_update(c);
}

static void
vote(struct cdat_core *c, uint16_t coord, uint64_t id, const struct cdat_outcome *no)
{
	struct p_vote v = { .id = id, .yes = no == NULL };

	if (no != NULL)
		v.outcome = *no;
	else
		outcome_set(&v.outcome, CDAT_RES_NONE, CDAT_FAULT_NONE, "%s", "");
	core_tell(c, coord, CDAT_P_VOTE, &v);
}

static uint16_t
culprit_of(const struct op_list *l, uint16_t node, uint8_t adapter)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->ops[i].node == node && l->ops[i].adapter == adapter &&
		    l->ops[i].attr == CDAT_A_ADDR)
			return l->ops[i].index;
	return l->n > 0 ? l->ops[0].index : 0;
}

static void
not_verified(struct cdat_core *c, struct cdat_outcome *o, uint16_t node, uint8_t adapter,
	     const struct cdat_addr *a, uint16_t culprit, bool local)
{
	char text[64];

	cdat_addr_text(a, text, sizeof text);
	if (local)
		outcome_set(o, CDAT_RES_ADDRESS_NOT_VERIFIED, CDAT_FAULT_INCONSISTENT_VALUE,
			    "%s/%u: no interface of %s has %s; add it there first",
			    node_name(c, node), adapter, node_name(c, node), text);
	else
		outcome_set(o, CDAT_RES_ADDRESS_NOT_VERIFIED, CDAT_FAULT_INCONSISTENT_VALUE,
			    "%s/%u does not answer %s at %s", node_name(c, node), adapter, c->name, text);
	o->culprit = culprit;
}

/* Whether we have an address of that family to ask from. */
static bool
have_family(const struct cdat_core *c, uint8_t family)
{
	const struct cdat_tnode *me = cdat_table_node(c->table, c->self);

	for (unsigned k = 0; me != NULL && k < me->nadapters; k++)
		if (me->adapters[k].row == CDAT_ROW_ACTIVE && me->adapters[k].addr.family == family)
			return true;
	return false;
}

/* Starts to try one address of the result that the table in force does not have. */
static bool
verify_start(struct cdat_core *c, const struct op_list *ops, const struct cdat_adapter *a,
	     struct cdat_outcome *o)
{
	struct prepared *p = &c->prep;
	struct cdat_addr addr = a->addr;

	if (a->node == c->self) {
		if (local_has(c, &addr))
			return true;
		not_verified(c, o, c->self, a->adapter, &addr,
			     culprit_of(ops, a->node, a->adapter), true);
		return false;
	}
	/* a member without IPv6 cannot try an IPv6 address; its owner has vouched for it */
	if (!in_view(c, a->node) || !have_family(c, addr.family) ||
	    p->ntokens == CDAT_NODE_ADAPTERS)
		return true;
	if (addr.port == 0)
		addr.port = c->port;
	p->culprits[p->ntokens] = culprit_of(ops, a->node, a->adapter);
	p->tried[p->ntokens] = (struct cdat_key){ a->node, a->adapter };
	p->tokens[p->ntokens] = cdat_link_verify(c->link, a->node, &addr, c->now);
	if (p->tokens[p->ntokens] != 0)
		p->ntokens++;
	return true;
}

static bool
verify_all(struct cdat_core *c, const struct op_list *ops, struct cdat_outcome *o)
{
	const struct cdat_table *image = c->prep.image;

	for (size_t i = 0; i < cdat_table_count(image); i++) {
		const struct cdat_tnode *t = cdat_table_at(image, i);
		const struct cdat_tnode *was = cdat_table_node(c->table, t->node.node);

		if (was == t || t->node.row != CDAT_ROW_ACTIVE)
			continue;
		for (unsigned k = 0; k < t->nadapters; k++) {
			const struct cdat_adapter *a = &t->adapters[k];
			const struct cdat_adapter *b =
			    was != NULL ? cdat_tnode_adapter(was, a->adapter) : NULL;

			/* what was not in service may have been given any address */
			if (a->row != CDAT_ROW_ACTIVE || a->addr.family == CDAT_AF_NONE ||
			    (b != NULL && b->row == CDAT_ROW_ACTIVE &&
			     cdat_addr_port_same(&a->addr, &b->addr)))
				continue;
			if (!verify_start(c, ops, a, o))
				return false;
		}
	}
	return true;
}

static bool
prepare_ours(const struct cdat_core *c, uint16_t from, const struct p_prepare *p,
	     struct cdat_outcome *o)
{
	if (c->view.epoch == p->epoch && c->view.coord == from && c->promised == c->view.epoch &&
	    c->table != NULL && cdat_table_version(c->table) == p->base)
		return true;
	outcome_set(o, CDAT_RES_MEMBER_REFUSED, CDAT_FAULT_INCONSISTENT_VALUE,
		    "%s holds another view or version; try again", c->name);
	return false;
}

static bool
prepare_same(struct cdat_core *c, const struct p_prepare *p, struct cdat_outcome *o)
{
	uint8_t digest[CDAT_DIGEST_LEN];

	cdat_table_digest(c->prep.image, digest);
	if (memcmp(digest, p->digest, sizeof digest) == 0)
		return true;
	outcome_set(o, CDAT_RES_MEMBER_REFUSED, CDAT_FAULT_INCONSISTENT_VALUE,
		    "%s holds a table that differs; try again when it is in sync", c->name);
	return false;
}

/* Takes the change, unless something speaks against it. */
static bool
prepare_take(struct cdat_core *c, uint16_t from, const struct p_prepare *p, struct cdat_outcome *o)
{
	struct op_list ops;
	bool ok;

	c->prep.image = change_image(c, p, &ops, o);
	if (c->prep.image == NULL)
		return false;
	ok = prepare_same(c, p, o);
	if (ok) {
		c->prep.id = p->id;
		c->prep.asker = p->asker;
		c->prep.coord = from;
		c->prep.internal = p->internal;
		c->prep.place = (struct place){ p->base_epoch, p->base + 1 };
		c->prep.verify_deadline =
		    c->now + (uint64_t)core_params(c)->change_timeout_ms * MS / 2;
		cdat_ops_text(c->prep.image, ops.ops, ops.n, c->prep.text);
		listen_update(c);
		ok = verify_all(c, &ops, o);
	}
	free(ops.ops);
	return ok;
}

void
change_prepare(struct cdat_core *c, uint16_t from, const struct p_prepare *p)
{
	struct cdat_outcome o;

	if (c->prep.id == p->id)
		return;
	/* one of another coordinator or view does not touch what we hold for ours */
	if (!prepare_ours(c, from, p, &o)) {
		vote(c, from, p->id, &o);
		return;
	}
	prepared_drop(c);
	if (!prepare_take(c, from, p, &o)) {
		prepared_drop(c);
		vote(c, from, p->id, &o);
		return;
	}
	prepared_tick(c);
}

/* Votes when all new addresses answered, or not in time. */
void
prepared_tick(struct cdat_core *c)
{
	struct prepared *p = &c->prep;
	struct cdat_outcome o;
	unsigned open = 0, first = 0;

	if (p->id == 0 || p->voted)
		return;
	for (unsigned i = 0; i < p->ntokens; i++)
		if (cdat_link_verified(c->link, p->tokens[i]) == 0 && open++ == 0)
			first = i;
	if (open == 0) {
		p->voted = true;
		vote(c, p->coord, p->id, NULL);
		return;
	}
	if (c->now < p->verify_deadline)
		return;
	struct cdat_key k = p->tried[first];
	const struct cdat_tnode *t = cdat_table_node(p->image, (uint16_t)k.a);
	uint64_t id = p->id;
	uint16_t coord = p->coord;

	not_verified(c, &o, (uint16_t)k.a, (uint8_t)k.b,
		     &cdat_tnode_adapter(t, (uint8_t)k.b)->addr, p->culprits[first], false);
	prepared_drop(c);
	vote(c, coord, id, &o);
}

/* ---- the end ---- */

static void
table_event(struct cdat_core *c, const struct prepared *p)
{
	struct cdat_event ev = {
		.kind = CDAT_EV_TABLE_CHANGED, .severity = CDAT_SEV_INDETERMINATE, .node = p->asker,
	};

	ev.number = cdat_table_version(p->image);
	ev.uid = event_uid(c, ev.kind, ev.number);
	snprintf(ev.text, sizeof ev.text, "version %u by %.63s: %.160s", ev.number,
		 node_name(c, p->asker), p->text);
	event_emit(c, &ev);
}

/* Puts the prepared image in force. */
void
change_commit(struct cdat_core *c, bool store)
{
	struct prepared *p = &c->prep;
	struct cdat_table *image = p->image;

	if (image == NULL)
		return;
	c->done[c->ndone++ % DONE_KEPT] = p->id;
	if (!p->internal) {
		c->seen = p->place;
		table_event(c, p);
	}
	p->image = NULL;
	table_put(c, image);
	prepared_drop(c);
	if (store)
		c->complete_ticket = state_store(c, c->table);
	for (size_t i = 0; i < c->view.n; i++)
		if (!member_enabled(c, c->view.nodes[i]))
			doubt_gone(c, c->view.nodes[i], CDAT_GONE_DISABLED);
}

void
change_complete(struct cdat_core *c, uint16_t from, uint64_t id)
{
	struct p_change_id ack = { id };

	/* promised to a new view: what becomes of the change is settled there */
	if (c->view.coord != from || c->promised != c->view.epoch || c->pend.active)
		return;
	if (c->prep.id == id) {
		bool mine = from == c->self;

		c->complete_id = id;
		c->complete_coord = from;
		/* the coordinator's copy is durable already */
		change_commit(c, !mine);
		if (!mine && c->complete_ticket != 0)
			return;
	}
	if (change_done(c, id))
		core_tell(c, from, CDAT_P_COMPLETE_ACK, &ack);
}

void
change_abort(struct cdat_core *c, uint16_t from, uint64_t id)
{
	struct p_change_id ack = { id };

	/* promised to a new view, or in one: what becomes of the change is settled there */
	if (c->view.coord != from || c->promised != c->view.epoch || c->pend.active ||
	    change_done(c, id))
		return;
	if (c->prep.id == id)
		prepared_drop(c);
	core_tell(c, from, CDAT_P_ABORT_ACK, &ack);
}

/* ---- a view change in between ---- */

void
change_state(const struct cdat_core *c, struct p_view_state *s)
{
	const struct ask *a = ask_find(c, c->prep.id);
	const struct change *h = &c->change;

	s->change = c->prep.voted ? c->prep.id : 0;
	if (s->change == 0)
		return;
	if (a != NULL && a->hold && !(a->decided && a->commit))
		s->veto = true;
	if (h->id == s->change && (h->phase == CH_VOTING || h->phase == CH_HELD ||
				   h->phase == CH_ABORTING))
		s->veto = true;
}

/* We promised ourselves to a new view: what has no vote yet will not get one. */
void
change_frozen(struct cdat_core *c)
{
	if (c->prep.id != 0 && !c->prep.voted)
		prepared_drop(c);
}

/* A coordinator that survives knows that its unfinished change is made nowhere, if no other
 * side can have a majority. */
static void
change_withdrawn(struct cdat_core *c, uint64_t commit)
{
	struct change *h = &c->change;
	struct p_change_end end = { .id = h->id };

	if ((h->phase != CH_VOTING && h->phase != CH_HELD && h->phase != CH_ABORTING) ||
	    h->id == commit || !count_majority(c, in_view))
		return;
	end.outcome = h->outcome;
	if (h->phase != CH_ABORTING)
		outcome_set(&end.outcome, CDAT_RES_MEMBER_TIMEOUT, CDAT_FAULT_RESOURCE_UNAVAILABLE,
			    "a member was lost before it agreed; try again");
	end.outcome.involved = true;
	core_tell(c, h->asker, CDAT_P_CHANGE_END, &end);
}

/* A view was installed.  `commit`: the change in flight that it committed. */
void
change_settled(struct cdat_core *c, uint64_t commit)
{
	if (commit != 0 && c->prep.id == commit)
		change_commit(c, false);
	else if (commit != 0 && !change_done(c, commit))
		c->done[c->ndone++ % DONE_KEPT] = commit;
	prepared_drop(c);
	change_withdrawn(c, commit);
	change_over(c);
	c->complete_ticket = 0;
	ask_settled(c);
}
