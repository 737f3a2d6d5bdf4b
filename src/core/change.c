/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Changes of the table in two phases: what the coordinator does (FIG. 2, steps 240-250;
 * claim 29).
 *
 *   PREPARE  to all members: the operations, their base, the digest of the result
 *   VOTE     each member has computed the same result and reached the new addresses
 *   COMPLETE once all agreed and our own copy is durable; ABORT otherwise
 *
 * The asker is answered when every member has acknowledged the end, so that a success
 * told is never lost and a refusal told never appears.  For a refusal the members that
 * had agreed must have acknowledged; one that never voted cannot have it.
 *
 * When the coordinator dies in between, the next view settles (view.c): COMPLETE seen by
 * any survivor commits; so does agreement of all survivors in a majority, since then
 * COMPLETE may have been seen by one that died; anything else aborts.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/internal.h"

#define GRAVE_AGE (60u * 1000u * MS)
#define CHANGE_OP 50u	/* us that members may need for an operation, beyond the timeout */

void outcome_set(struct cdat_outcome *o, unsigned cause, enum cdat_fault fault,
		 const char *fmt, ...)
{
	va_list ap;

	memset(o, 0, sizeof *o);
	o->result = cdat_cause_result(cause);
	o->cause = (uint8_t)cause;
	o->fault = (uint8_t)fault;
	va_start(ap, fmt);
	vsnprintf(o->text, sizeof o->text, fmt, ap);
	va_end(ap);
}

static bool
ops_take(struct cdat_view list, struct op_list *l)
{
	size_t count = cdat_list_count(list);

	*l = (struct op_list){ calloc(count + 1, sizeof *l->ops), 0 };
	if (l->ops == NULL)
		return false;
	while (l->n < count && cdat_list_next(&list, &cdat_msg_op, &l->ops[l->n]))
		l->n++;
	return true;
}

static void tell_end(struct cdat_core *c, uint16_t asker, uint64_t id, bool prepared,
		     const struct cdat_outcome *o)
{
	struct p_change_end end = { .id = id, .prepared = prepared, .outcome = *o };

	core_tell(c, asker, CDAT_P_CHANGE_END, &end);
}

/* Forgets the change at the coordinator; one that waited for it comes next. */
void
change_over(struct cdat_core *c)
{
	struct inmsg *later = c->later;

	free(c->change.voters);
	memset(&c->change, 0, sizeof c->change);
	dirty_cluster(c);
	c->later = NULL;
	if (later != NULL)
		(void)inbox_put(c, later, later->data, later->len);
	free(later);
}

/* Changes that the coordinator makes of its own accord take a round or two and are no
 * reason to refuse an administrator: one ask waits. */
static bool
change_wait(struct cdat_core *c, uint16_t from, const struct p_change_ask *p)
{
	size_t cap = p->ops.len + 128;
	struct inmsg *m;
	struct cdat_writer w;

	if (c->change.phase == CH_NONE || !c->change.internal || p->internal || c->later != NULL)
		return false;
	m = malloc(sizeof *m + cap);
	if (m == NULL)
		return false;
	*m = (struct inmsg){ .from = from };
	cdat_writer_init(&w, m->data, cap);
	cdat_put_uint(&w, CDAT_P_CHANGE_ASK, 1);
	if (!cdat_encode(&w, cdat_proto_msg(CDAT_P_CHANGE_ASK), p)) {
		free(m);
		return false;
	}
	m->len = w.len;
	c->later = m;
	return true;
}

static struct voter *
voter_find(struct cdat_core *c, uint16_t node)
{
	for (uint16_t i = 0; i < c->change.n; i++)
		if (c->change.voters[i].node == node)
			return &c->change.voters[i];
	return NULL;
}

static void
tell_voters(struct cdat_core *c, enum cdat_proto type)
{
	struct p_change_id p = { c->change.id };

	for (uint16_t i = 0; i < c->change.n; i++)
		core_tell(c, c->change.voters[i].node, type, &p);
}

/* ---- the end ---- */

static void
change_check_end(struct cdat_core *c)
{
	struct change *h = &c->change;

	for (uint16_t i = 0; i < h->n; i++)
		if (h->voters[i].state == VOTE_YES)
			return;
	uint64_t id = h->id;
	uint16_t asker = h->asker;
	struct cdat_outcome o = h->outcome;

	change_over(c);
	tell_end(c, asker, id, false, &o);
}

static void
change_stop(struct cdat_core *c)
{
	c->change.phase = CH_ABORTING;
	c->change.outcome.involved = c->change.n > 1;
	tell_voters(c, CDAT_P_ABORT);
	dirty_cluster(c);
	change_check_end(c);
}

/* All agreed, and the asker wants it: our own copy first. */
static void
change_go(struct cdat_core *c)
{
	struct change *h = &c->change;

	if (c->prep.id != h->id)
		return;
	h->phase = CH_STORING;
	h->ticket = state_store(c, c->prep.image);
	dirty_cluster(c);
	if (h->ticket != 0)
		return;
	outcome_set(&h->outcome, CDAT_RES_STORAGE_FAILED, CDAT_FAULT_COMMIT_FAILED,
		    "out of memory on %s; nothing was changed", c->name);
	change_stop(c);
}

static void
change_go_stored(struct cdat_core *c, bool ok)
{
	struct change *h = &c->change;

	h->ticket = 0;
	if (!ok) {
		outcome_set(&h->outcome, CDAT_RES_STORAGE_FAILED, CDAT_FAULT_COMMIT_FAILED,
			    "the copy on %s cannot be stored; free its disk, nothing was changed",
			    c->name);
		change_stop(c);
		return;
	}
	/* promised to a new view meanwhile: it settles the change, for those who are not yet, too */
	if (c->promised != c->view.epoch)
		return;
	h->phase = CH_COMPLETING;
	outcome_set(&h->outcome, CDAT_RES_COMMITTED, CDAT_FAULT_NONE, "%s", "");
	h->outcome.version = cdat_table_version(c->prep.image);
	h->outcome.involved = h->n > 1;
	tell_voters(c, CDAT_P_COMPLETE);
}

/* ---- the beginning ---- */

static bool
change_refuse(struct cdat_core *c, uint16_t from, const struct p_change_ask *p,
	      struct cdat_outcome *o)
{
	if (!am_coord(c) || !in_view(c, from)) {
		outcome_set(o, CDAT_RES_CHANGE_IN_FLIGHT, CDAT_FAULT_RESOURCE_UNAVAILABLE,
			    "the coordinator is being replaced; try again");
		return true;
	}
	if (c->change.phase != CH_NONE || c->prep.id != 0 || c->prop.active ||
	    c->promised != c->view.epoch || !c->view.stable) {
		outcome_set(o, CDAT_RES_CHANGE_IN_FLIGHT, CDAT_FAULT_RESOURCE_UNAVAILABLE,
			    "another change is in flight; try again");
		return true;
	}
	if (!p->internal && standing(c) != CDAT_WHOLE && standing(c) != CDAT_MAJORITY) {
		outcome_set(o, CDAT_RES_NOT_PRIMARY, CDAT_FAULT_INCONSISTENT_VALUE,
			    "this side has no majority; change the table on the other side");
		return true;
	}
	return false;
}

static bool
rule_member(void *ctx, uint16_t node)
{
	const struct member *m = member_find(ctx, node);

	return m != NULL && (m->in_view || m->state == CDAT_JOINING || m->state == CDAT_LEAVING);
}

/* What a change makes of our table: for the asker's first look, the coordinator and the
 * members alike.  The operations of a large change are tens of MiB, so they are there while
 * this is at work only, unless the caller takes them: on success, to be freed. */
struct cdat_table *
change_image(struct cdat_core *c, const struct p_prepare *p, struct op_list *ops,
	     struct cdat_outcome *o)
{
	struct cdat_rules rules = {
		.asker = p->internal ? 0 : p->asker, .is_member = rule_member, .ctx = c,
		.loopback_ok = c->loopback_ok, .facts_ok = p->internal, .default_port = c->port,
		.max_nodes = CDAT_NODE_MAX, .graves = c->view.format >= 2, .forget = p->forget,
	};
	struct cdat_stamp stamp = { cdat_table_version(c->table) + 1, p->base_epoch, p->asker };
	struct cdat_table *image;
	struct op_list l;

	if (!ops_take(p->ops, &l)) {
		outcome_set(o, CDAT_RES_TABLE_FULL, CDAT_FAULT_RESOURCE_UNAVAILABLE,
			    "%s is out of memory", c->name);
		return NULL;
	}
	image = cdat_table_apply(c->table, l.ops, l.n, &rules, stamp, o);
	if (image != NULL && ops != NULL)
		*ops = l;
	else
		free(l.ops);
	return image;
}

/* Graves before that are of no use: since then all nodes of the table have been together in
 * this view, long enough for each to have its table on its disk.  A change takes them along. */
static uint32_t
graves_old(const struct cdat_core *c)
{
	bool all = c->view.stable && c->view.n == cdat_table_count(c->table);

	return all && c->now - c->view.since_mono >= GRAVE_AGE && !cdat_table_grave_of_node(c->table)
	    ? c->view.epoch : 0;
}

static bool
change_voters(struct cdat_core *c)
{
	struct change *h = &c->change;

	h->voters = calloc(c->view.n, sizeof *h->voters);
	if (h->voters == NULL)
		return false;
	for (h->n = 0; h->n < c->view.n; h->n++)
		h->voters[h->n].node = c->view.nodes[h->n];
	return true;
}

void
change_ask(struct cdat_core *c, uint16_t from, const struct p_change_ask *p)
{
	struct cdat_outcome o;
	struct cdat_table *image;
	struct p_prepare prep = { .id = p->id, .asker = p->asker, .internal = p->internal, .ops = p->ops };

	if ((c->change.id == p->id && c->change.phase != CH_NONE) || change_wait(c, from, p))
		return;
	if (change_refuse(c, from, p, &o)) {
		tell_end(c, from, p->id, false, &o);
		return;
	}
	prep.epoch = prep.base_epoch = c->view.epoch;
	prep.base = cdat_table_version(c->table);
	prep.forget = graves_old(c);
	image = change_image(c, &prep, NULL, &o);
	if (image != NULL && !change_voters(c)) {
		cdat_table_free(image);
		image = NULL;
		outcome_set(&o, CDAT_RES_TABLE_FULL, CDAT_FAULT_RESOURCE_UNAVAILABLE,
			    "%s is out of memory", c->name);
	}
	if (image == NULL) {
		tell_end(c, from, p->id, false, &o);
		return;
	}
	uint32_t timeout = p->timeout_ms != 0 ? p->timeout_ms : core_params(c)->change_timeout_ms;

	c->change.phase = CH_VOTING;
	c->change.id = p->id;
	c->change.asker = p->asker;
	c->change.hold = p->hold;
	c->change.internal = p->internal;
	c->change.deadline = c->now + (uint64_t)timeout * MS +
	    cdat_list_count(p->ops) * CHANGE_OP;
	cdat_table_digest(image, prep.digest);
	cdat_table_free(image);
	for (uint16_t i = 0; i < c->change.n; i++)
		core_tell(c, c->change.voters[i].node, CDAT_P_PREPARE, &prep);
	dirty_cluster(c);
}

/* ---- answers ---- */

void
change_vote(struct cdat_core *c, uint16_t from, const struct p_vote *p)
{
	struct change *h = &c->change;
	struct voter *v = voter_find(c, from);
	struct cdat_outcome o;

	if (h->id != p->id || v == NULL || h->phase != CH_VOTING)
		return;
	if (!p->yes) {
		h->outcome = p->outcome;
		change_stop(c);
		return;
	}
	v->state = VOTE_YES;
	for (uint16_t i = 0; i < h->n; i++)
		if (h->voters[i].state != VOTE_YES)
			return;
	if (!h->hold) {
		change_go(c);
		return;
	}
	h->phase = CH_HELD;
	h->deadline = c->now + 2u * MS * core_params(c)->change_timeout_ms;
	outcome_set(&o, CDAT_RES_NONE, CDAT_FAULT_NONE, "%s", "");
	o.involved = h->n > 1;
	tell_end(c, h->asker, h->id, true, &o);
}

void
change_decide(struct cdat_core *c, uint16_t from, const struct p_decide *p)
{
	struct change *h = &c->change;

	if (h->id != p->id || from != h->asker)
		return;
	if (h->phase == CH_HELD && p->commit) {
		change_go(c);
	} else if ((h->phase == CH_HELD || h->phase == CH_VOTING) && !p->commit) {
		outcome_set(&h->outcome, CDAT_RES_NONE, CDAT_FAULT_NONE, "withdrawn by the asker");
		change_stop(c);
	}
}

void
change_complete_ack(struct cdat_core *c, uint16_t from, uint64_t id)
{
	struct voter *v = voter_find(c, from);

	if (c->change.id != id || v == NULL || c->change.phase != CH_COMPLETING)
		return;
	v->state = VOTE_ENDED;
	change_check_end(c);
}

void
change_abort_ack(struct cdat_core *c, uint16_t from, uint64_t id)
{
	struct voter *v = voter_find(c, from);

	if (c->change.id != id || v == NULL || c->change.phase != CH_ABORTING)
		return;
	v->state = VOTE_ENDED;
	change_check_end(c);
}

static void
change_late(struct cdat_core *c)
{
	struct change *h = &c->change;
	char names[160] = "";
	size_t len = 0;

	for (uint16_t i = 0; i < h->n && len + 70 < sizeof names; i++)
		if (h->voters[i].state == VOTE_NONE)
			len += (size_t)snprintf(names + len, sizeof names - len, "%s%s",
						len > 0 ? ", " : "", node_name(c, h->voters[i].node));
	if (h->phase == CH_HELD)
		outcome_set(&h->outcome, CDAT_RES_OTHER, CDAT_FAULT_RESOURCE_UNAVAILABLE,
			    "prepared, but the asker did not decide in time; try again");
	else
		outcome_set(&h->outcome, CDAT_RES_MEMBER_TIMEOUT, CDAT_FAULT_RESOURCE_UNAVAILABLE,
			    "no answer from %s in time; try again", names);
	change_stop(c);
}

void
change_tick(struct cdat_core *c)
{
	struct change *h = &c->change;

	if ((h->phase == CH_VOTING || h->phase == CH_HELD) && c->now >= h->deadline)
		change_late(c);
	prepared_tick(c);
	ask_tick(c);
}

void
change_stored(struct cdat_core *c, uint64_t ticket, bool ok)
{
	struct p_change_id p = { c->complete_id };

	if (ticket == c->change.ticket && ticket != 0 && c->change.phase == CH_STORING) {
		change_go_stored(c, ok);
		return;
	}
	if (!ok)
		out_log(c, "the table could not be stored; it is kept in memory, free the disk");
	if (ticket == 0 || ticket != c->complete_ticket)
		return;
	c->complete_ticket = 0;
	core_tell(c, c->complete_coord, CDAT_P_COMPLETE_ACK, &p);
}

bool
change_done(const struct cdat_core *c, uint64_t id)
{
	for (unsigned i = 0; i < DONE_KEPT; i++)
		if (c->done[i] == id)
			return true;
	return false;
}

void
change_free(struct cdat_core *c)
{
	free(c->later);
	c->later = NULL;
	change_over(c);
	prepared_drop(c);
	ask_free(c);
}
