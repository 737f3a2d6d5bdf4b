/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Changes of the table: the side of the member that received the command.  It refuses
 * at once what its own table and standing refuse, sends the rest to the coordinator, and
 * tells the end; after a change of view the end is told when that view is stable, since
 * only then it cannot be undone by a further death.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/internal.h"

#define ASK_PATIENCE (10u * 1000u * MS)	/* past twice the timeout: the end is not known */
#define OP_OCTETS 1024u			/* of an operation, at most */

struct ask *
ask_find(const struct cdat_core *c, uint64_t id)
{
	struct ask *a = c->asks;

	while (a != NULL && (id == 0 || a->id != id))
		a = a->next;
	return a;
}

static struct ask *
ask_by_cookie(const struct cdat_core *c, uint64_t cookie)
{
	struct ask *a = c->asks;

	while (a != NULL && a->cookie != cookie)
		a = a->next;
	return a;
}

static void
ask_unlink(struct cdat_core *c, struct ask *a)
{
	struct ask **at = &c->asks;

	while (*at != NULL && *at != a)
		at = &(*at)->next;
	if (*at != NULL)
		*at = a->next;
	free(a);
}

void
ask_free(struct cdat_core *c)
{
	while (c->asks != NULL)
		ask_unlink(c, c->asks);
}

static void
ask_end(struct cdat_core *c, struct ask *a, const struct cdat_outcome *o)
{
	struct cdat_event ev = { .kind = CDAT_EV_CHANGE_FAILED, .severity = CDAT_SEV_MAJOR };

	if (!a->internal)
		out_outcome(c, a->cookie, false, o);
	if (!a->internal && o->involved && o->result != CDAT_RES_COMMITTED &&
	    o->result != CDAT_RES_NONE) {
		ev.node = c->self;
		ev.number = o->result;
		snprintf(ev.text, sizeof ev.text, "%s", o->text);
		event_emit(c, &ev);
	}
	ask_unlink(c, a);
	dirty_cluster(c);
}

/* What can be refused without asking anybody. */
static bool
ask_look(struct cdat_core *c, struct cdat_view ops, struct cdat_outcome *o)
{
	struct p_prepare p = { .asker = c->self, .base_epoch = c->view.epoch, .ops = ops };
	uint8_t stand = standing(c);
	struct cdat_table *image;

	if (c->table == NULL || c->view.epoch == 0 || stand == CDAT_STANDING_UNKNOWN) {
		outcome_set(o, CDAT_CAUSE_NO_COMPONENT, CDAT_FAULT_INCONSISTENT_VALUE,
			    "%s is in no component yet; try again when it has joined", c->name);
		return false;
	}
	if (stand == CDAT_MINORITY) {
		outcome_set(o, CDAT_RES_NOT_PRIMARY, CDAT_FAULT_INCONSISTENT_VALUE,
			    "this side has no majority; change the table on the other side");
		return false;
	}
	if (c->promised != c->view.epoch || !c->view.stable) {
		outcome_set(o, CDAT_RES_CHANGE_IN_FLIGHT, CDAT_FAULT_RESOURCE_UNAVAILABLE,
			    "the membership is changing; try again");
		return false;
	}
	image = change_image(c, &p, NULL, o);
	cdat_table_free(image);
	return image != NULL;
}

static bool
ask_send(struct cdat_core *c, const struct ask *a, struct cdat_view ops, uint32_t timeout_ms)
{
	struct p_change_ask p = {
		.id = a->id, .asker = c->self, .hold = a->hold, .internal = a->internal,
		.timeout_ms = timeout_ms, .ops = ops,
	};

	return core_tell(c, c->view.coord, CDAT_P_CHANGE_ASK, &p);
}

static struct ask *
ask_new(struct cdat_core *c, uint64_t cookie, bool hold, bool internal, uint32_t timeout_ms)
{
	struct ask *a = calloc(1, sizeof *a);

	if (a == NULL)
		return NULL;
	a->id = (uint64_t)c->self << 48 | (c->boot & 0xffff) << 32 | ++c->ask_number;
	a->cookie = cookie;
	a->hold = hold;
	a->internal = internal;
	a->deadline = c->now + 2u * MS * (timeout_ms != 0 ? timeout_ms
						: core_params(c)->change_timeout_ms) + ASK_PATIENCE;
	a->next = c->asks;
	c->asks = a;
	return a;
}

void
cdat_core_change(struct cdat_core *c, struct cdat_view ops, uint64_t cookie, bool hold,
		 uint32_t timeout_ms, uint64_t now)
{
	struct cdat_outcome o;
	struct ask *a;

	c->now = now > c->now ? now : c->now;
	if (ask_by_cookie(c, cookie) != NULL)
		return;
	if (!ask_look(c, ops, &o)) {
		out_outcome(c, cookie, false, &o);
		return;
	}
	a = ask_new(c, cookie, hold, false, timeout_ms);
	if (a == NULL || !ask_send(c, a, ops, timeout_ms)) {
		outcome_set(&o, CDAT_RES_TABLE_FULL, CDAT_FAULT_RESOURCE_UNAVAILABLE,
			    "%s cannot reach the coordinator now; try again", c->name);
		out_outcome(c, cookie, false, &o);
		if (a != NULL)
			ask_unlink(c, a);
	}
	core_settle(c);
}

/* A change that the coordinator makes of its own accord: of one node, so a few operations. */
void
ask_internal(struct cdat_core *c, const struct cdat_op *ops, size_t nops)
{
	size_t cap = nops * OP_OCTETS;
	uint8_t *buf = malloc(cap);
	struct ask *a = buf != NULL ? ask_new(c, 0, false, true, 0) : NULL;
	struct cdat_writer w;
	bool ok = a != NULL;

	cdat_writer_init(&w, buf, cap);
	for (size_t i = 0; ok && i < nops; i++)
		ok = cdat_list_add(&w, &cdat_msg_op, &ops[i]);
	if (a != NULL && (!ok || !ask_send(c, a, cdat_written(&w), 0)))
		ask_unlink(c, a);
	free(buf);
}

void
cdat_core_decide(struct cdat_core *c, uint64_t cookie, bool commit, uint64_t now)
{
	struct ask *a = ask_by_cookie(c, cookie);
	struct p_decide p;

	c->now = now > c->now ? now : c->now;
	if (a == NULL || a->decided)
		return;
	a->decided = true;
	a->commit = commit;
	p = (struct p_decide){ a->id, commit };
	core_tell(c, c->view.coord, CDAT_P_DECIDE, &p);
	core_settle(c);
}

void
change_end(struct cdat_core *c, uint16_t from, const struct p_change_end *p)
{
	struct ask *a = ask_find(c, p->id);

	if (a == NULL || from != c->view.coord || a->settled == CDAT_RES_COMMITTED)
		return;
	if (p->prepared) {
		a->prepared = true;
		if (!a->decided)
			out_outcome(c, a->cookie, true, &p->outcome);
		return;
	}
	ask_end(c, a, &p->outcome);
}

void
ask_tick(struct cdat_core *c)
{
	struct cdat_outcome o;

	for (struct ask *a = c->asks, *next; a != NULL; a = next) {
		next = a->next;
		if (c->now < a->deadline)
			continue;
		outcome_set(&o, CDAT_RES_COORDINATOR_LOST, CDAT_FAULT_COMMIT_FAILED,
			    "no end of the change was heard; read the table before trying again");
		o.involved = true;
		ask_end(c, a, &o);
	}
}

/* A new view: what is in its table is committed, all else is not. */
void
ask_settled(struct cdat_core *c)
{
	for (struct ask *a = c->asks; a != NULL; a = a->next)
		if (a->settled != CDAT_RES_COMMITTED)
			a->settled = change_done(c, a->id) ? CDAT_RES_COMMITTED
							   : CDAT_RES_COORDINATOR_LOST;
}

void
change_view_stable(struct cdat_core *c)
{
	struct cdat_outcome o;

	for (struct ask *a = c->asks, *next; a != NULL; a = next) {
		next = a->next;
		if (a->settled == 0)
			continue;
		outcome_set(&o, CDAT_RES_COMMITTED, CDAT_FAULT_NONE, "%s", "");
		o.version = cdat_table_version(c->table);
		if (a->settled != CDAT_RES_COMMITTED)
			outcome_set(&o, CDAT_RES_COORDINATOR_LOST, CDAT_FAULT_COMMIT_FAILED,
				    "the membership changed before the change was complete; it was "
				    "not made here, read the table before trying again");
		o.involved = true;
		ask_end(c, a, &o);
	}
}
