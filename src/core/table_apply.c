/* SPDX-License-Identifier: BSD-2-Clause */
/* Applies a change to a copy of the table; the rules are elsewhere. */
#include "core/table_judge.h"
#include "wire/attr.h"
#include "wire/records.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool judge_fail(struct judge *j, const struct cdat_op *op, unsigned cause,
		enum cdat_fault fault, const char *fmt, ...)
{
	va_list ap;

	if (j->failed && op->index >= j->outcome->culprit)
		return true;
	j->failed = true;
	j->outcome->result = cdat_cause_result(cause);
	j->outcome->cause = (uint8_t)cause;
	j->outcome->fault = (uint8_t)fault;
	j->outcome->culprit = op->index;
	va_start(ap, fmt);
	vsnprintf(j->outcome->text, sizeof(j->outcome->text), fmt, ap);
	va_end(ap);
	return true;
}

static bool no_memory(struct judge *j)
{
	j->outcome->result = j->outcome->cause = CDAT_RES_TABLE_FULL;
	j->outcome->fault = CDAT_FAULT_RESOURCE_UNAVAILABLE;
	j->outcome->culprit = 0;
	snprintf(j->outcome->text, sizeof(j->outcome->text), "out of memory");
	return false;
}

bool op_of_adapter(const struct cdat_op *op)
{
	return op->kind >= CDAT_OP_ADAPTER_CREATE && op->kind <= CDAT_OP_ADAPTER_SET;
}

bool op_of_node(const struct cdat_op *op)
{
	return op->kind >= CDAT_OP_NODE_CREATE && op->kind <= CDAT_OP_NODE_SET;
}

struct draft *judge_draft(const struct judge *j, uint16_t node)
{
	size_t lo = 0, hi = j->ndrafts;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (j->drafts[mid].node == node)
			return &j->drafts[mid];
		if (j->drafts[mid].node < node)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

const struct cdat_tnode *node_was(const struct judge *j, const struct cdat_op *op)
{
	return cdat_table_node(j->base, op->node);
}

const struct cdat_tnode *node_now(const struct judge *j, const struct cdat_op *op)
{
	const struct draft *d = judge_draft(j, op->node);

	return d && d->ent ? &d->ent->t : NULL;
}

const struct cdat_adapter *adapter_was(const struct judge *j, const struct cdat_op *op)
{
	const struct cdat_tnode *t = node_was(j, op);

	return t ? cdat_tnode_adapter(t, op->adapter) : NULL;
}

const struct cdat_adapter *adapter_now(const struct judge *j, const struct cdat_op *op)
{
	const struct cdat_tnode *t = node_now(j, op);

	return t ? cdat_tnode_adapter(t, op->adapter) : NULL;
}

const char *judge_row(const struct judge *j, const struct cdat_op *op, char buf[ROW_TEXT])
{
	const struct cdat_tnode *now = node_now(j, op);
	uint8_t adapter = op_of_adapter(op) ? op->adapter : 0;

	buf[0] = 0;
	if (now && now->node.name[0])
		snprintf(buf, ROW_TEXT, adapter ? "%s/%u" : "%s", now->node.name, adapter);
	else if (op_of_node(op) || op_of_adapter(op))
		row_text(j->base, NULL, op->node, adapter, buf);
	return buf;
}

/* ---- drafts ------------------------------------------------------------------------- */

static int by_number(const void *a, const void *b)
{
	return (int)((const struct draft *)a)->node - (int)((const struct draft *)b)->node;
}

static bool of_rows(const struct cdat_op *op)
{
	return (op_of_node(op) || op_of_adapter(op)) && op->node != 0;
}

/* One draft for each node that an op names. */
static bool drafts_new(struct judge *j)
{
	size_t n = 0, room = 0, last = 0;

	for (size_t i = 0; i < j->nops; i++) {
		room += of_rows(&j->ops[i]) && j->ops[i].node != last;
		last = of_rows(&j->ops[i]) ? j->ops[i].node : last;
	}
	j->drafts = calloc(room + 1, sizeof(j->drafts[0]));
	if (!j->drafts)
		return false;
	last = 0;
	for (size_t i = 0; i < j->nops; i++) {
		if (of_rows(&j->ops[i]) && j->ops[i].node != last)
			j->drafts[n++].node = j->ops[i].node;
		last = of_rows(&j->ops[i]) ? j->ops[i].node : last;
	}
	qsort(j->drafts, n, sizeof(j->drafts[0]), by_number);
	for (size_t i = 0; i < n; i++)
		if (j->ndrafts == 0 || j->drafts[i].node != j->drafts[j->ndrafts - 1].node)
			j->drafts[j->ndrafts++].node = j->drafts[i].node;
	for (size_t i = 0; i < j->ndrafts; i++) {
		struct draft *d = &j->drafts[i];
		const struct cdat_tnode *t = cdat_table_node(j->base, d->node);

		if (!t)
			continue;
		d->room = t->nadapters;
		d->ent = tent_clone(t, d->room);
		d->owned = true;
		if (!d->ent)
			return false;
	}
	return true;
}

static void drafts_free(struct judge *j)
{
	for (size_t i = 0; i < j->ndrafts; i++)
		if (j->drafts[i].owned)
			tent_unref(j->drafts[i].ent);
	free(j->drafts);
}

static struct cdat_adapter *draft_adapter(struct draft *d, uint8_t adapter)
{
	return d->ent ? (struct cdat_adapter *)cdat_tnode_adapter(&d->ent->t, adapter) : NULL;
}

/* ---- ops, in the order destroy, create node, create adapter, set ---------------------- */

static void destroy(struct draft *d, const struct cdat_op *op)
{
	struct cdat_adapter *a = draft_adapter(d, op->adapter);

	if (op->kind == CDAT_OP_NODE_DESTROY && d->ent) {
		tent_unref(d->ent);
		d->ent = NULL;
		d->destroyed = true;
	} else if (op->kind == CDAT_OP_ADAPTER_DESTROY && a) {
		struct cdat_adapter *end = d->ent->t.adapters + d->ent->t.nadapters--;

		memmove(a, a + 1, (size_t)(end - (a + 1)) * sizeof(*a));
		bit_set(d->gone, op->adapter);
	}
}

static bool create_node(struct draft *d)
{
	if (d->ent)
		return true;
	d->room = 4;
	d->ent = tent_new(d->room);
	if (!d->ent)
		return false;
	d->owned = d->created = true;
	cdat_attr_defaults(CDAT_SCOPE_NODE, &d->ent->t.node);
	d->ent->t.node.node = d->node;
	return true;
}

static bool create_adapter(struct draft *d, uint8_t adapter)
{
	struct cdat_adapter fresh = {.node = d->node, .adapter = adapter};
	struct cdat_tnode *t;
	size_t at = 0;

	if (!d->ent || adapter == 0 || draft_adapter(d, adapter))
		return true;
	if (d->ent->t.nadapters == d->room) {
		uint8_t room = d->room > UINT8_MAX / 2 ? UINT8_MAX : (uint8_t)(d->room * 2 + 1);
		struct tent *e = tent_clone(&d->ent->t, room);

		if (!e)
			return false;
		tent_unref(d->ent);
		d->ent = e;
		d->room = room;
	}
	t = &d->ent->t;
	while (at < t->nadapters && t->adapters[at].adapter < adapter)
		at++;
	memmove(&t->adapters[at + 1], &t->adapters[at], (t->nadapters - at) * sizeof(fresh));
	cdat_attr_defaults(CDAT_SCOPE_ADAPTER, &fresh);
	t->adapters[at] = fresh;
	t->nadapters++;
	bit_set(d->made, adapter);
	return true;
}

/* The port is an attribute of its own. */
static void set_addr(struct cdat_adapter *a, const struct cdat_addr *addr)
{
	uint16_t port = a->addr.port;

	memset(&a->addr, 0, sizeof(a->addr));
	a->addr.family = addr->family;
	memcpy(a->addr.octets, addr->octets, addr->family == CDAT_AF_IPV4 ? 4 : 16);
	a->addr.port = port;
}

static void set(struct judge *j, const struct cdat_op *op)
{
	const struct cdat_attr_row *row = cdat_attr_find((enum cdat_attr)op->attr);
	struct draft *d = judge_draft(j, op->node);
	struct cdat_adapter *a = NULL;
	void *record = &j->params;

	if (op->kind == CDAT_OP_ADAPTER_SET)
		record = a = d ? draft_adapter(d, op->adapter) : NULL;
	else if (op->kind == CDAT_OP_NODE_SET)
		record = d && d->ent ? &d->ent->t.node : NULL;
	else
		j->meta = true;
	if (!record)
		return;
	if (row->fact)
		bit_set(d->told, op->adapter);
	if (row->type == CDAT_AT_ADDR)
		set_addr(a, &op->addr);
	else if (row->type == CDAT_AT_NAME || row->type == CDAT_AT_TEXT)
		memcpy((char *)record + row->offset, op->text, row->size);
	else
		cdat_attr_put(row, record, op->number);
}

void adapter_copy_facts(struct cdat_adapter *to, const struct cdat_adapter *from)
{
	to->prefix_reported = from->prefix_reported;
	to->type_reported = from->type_reported;
	to->mtu_reported = from->mtu_reported;
	to->multicast = from->multicast;
	memcpy(to->ifname, from->ifname, sizeof(to->ifname));
}

/* Facts were told of the interface that had an address: they follow it to another row of
 * the node (a swap), and stay true of a new address in the same subnet; of any other the
 * owner has to tell anew. */
static void move_facts(const struct judge *j, struct draft *d)
{
	static const struct cdat_adapter none;
	const struct cdat_tnode *base = cdat_table_node(j->base, d->node);

	for (size_t i = 0; d->ent && base && i < d->ent->t.nadapters; i++) {
		struct cdat_adapter *a = &d->ent->t.adapters[i];
		const struct cdat_adapter *from = &none;

		for (size_t k = 0; k < base->nadapters; k++)
			if (cdat_addr_same(&base->adapters[k].addr, &a->addr))
				from = &base->adapters[k];
		for (size_t k = 0; from == &none && k < base->nadapters; k++)
			if (base->adapters[k].adapter == a->adapter && a->prefix_reported &&
			    cdat_addr_in_prefix(&a->addr, &base->adapters[k].addr,
						a->prefix_reported))
				from = &base->adapters[k];
		if (!bit_is(d->told, a->adapter))
			adapter_copy_facts(a, from);
	}
}

/* Which drafts are of nodes of which nothing but facts was told. */
static void mark_facts_only(struct judge *j)
{
	for (size_t i = 0; i < j->ndrafts; i++)
		j->drafts[i].facts_only = true;
	for (const struct cdat_op *op = j->ops; op < j->ops + j->nops; op++)
		if (of_rows(op) && (op->kind != CDAT_OP_ADAPTER_SET ||
				    !cdat_attr_find((enum cdat_attr)op->attr)->fact))
			judge_draft(j, op->node)->facts_only = false;
}

static bool ops_apply(struct judge *j)
{
	const struct cdat_op *end = j->ops + j->nops, *op;

	for (op = j->ops; op < end; op++)
		if (of_rows(op))
			destroy(judge_draft(j, op->node), op);
	for (op = j->ops; op < end; op++)
		if (of_rows(op) && op->kind == CDAT_OP_NODE_CREATE &&
		    !create_node(judge_draft(j, op->node)))
			return false;
	for (op = j->ops; op < end; op++)
		if (of_rows(op) && op->kind == CDAT_OP_ADAPTER_CREATE &&
		    !create_adapter(judge_draft(j, op->node), op->adapter))
			return false;
	for (op = j->ops; op < end; op++) {
		if (op->kind == CDAT_OP_NODE_SET || op->kind == CDAT_OP_ADAPTER_SET ||
		    op->kind == CDAT_OP_PARAM_SET)
			set(j, op);
		j->lock |= op->kind == CDAT_OP_LOCK;
	}
	for (size_t i = 0; i < j->ndrafts; i++)
		move_facts(j, &j->drafts[i]);
	mark_facts_only(j);
	return true;
}

/* ---- the image ---------------------------------------------------------------------- */

/* Nothing that the base had not is buried: it was in no table. */
bool judge_bury(struct judge *j, uint8_t kind, uint16_t number)
{
	struct cdat_grave grave = {.id = {kind, number}, .stamp = j->stamp};
	struct tmark mark;

	return !j->rules->graves || !table_mark(j->base, grave.id, &mark) ||
	       cdat_table_bury(j->image, &grave);
}

static bool image_node(struct judge *j, struct draft *d)
{
	struct tent *e = d->ent, *fit;

	if (!e)
		return table_put_node(j->image, d->node, NULL) &&
		       judge_bury(j, CDAT_ENT_NODE, d->node);
	if (d->facts_only)
		e->t.facts = j->stamp;
	else
		e->t.stamp = j->stamp;
	if (e->t.nadapters < d->room) { /* entries live long: no spare room in them */
		fit = tent_clone(&e->t, e->t.nadapters);
		if (!fit)
			return false;
		tent_unref(e);
		d->ent = e = fit;
	}
	j->unsealed |= !tent_seal(e);
	if (!table_put_node(j->image, d->node, e))
		return false;
	d->owned = false;
	return true;
}

static bool image_make(struct judge *j)
{
	uint32_t lock = cdat_table_lock(j->base);

	j->image = cdat_table_copy(j->base);
	if (!j->image)
		return false;
	j->image->version++;
	if (!cdat_table_forget(j->image, j->rules->forget))
		return false;
	for (size_t i = 0; i < j->ndrafts; i++)
		if (!image_node(j, &j->drafts[i]))
			return false;
	if (j->lock) /* TestAndIncr, RFC 2579 */
		lock = lock == INT32_MAX ? 0 : lock + 1;
	if (j->lock || j->meta)
		table_put_meta(j->image, &j->params, lock, j->stamp);
	return lists_apply(j);
}

/* True when no op breaks a rule of the stage. */
static bool passes(struct judge *j, enum stage stage)
{
	static const struct rule *const lists[] = {table_value_rules, table_row_rules,
						   table_list_rules};

	for (size_t l = 0; l < sizeof(lists) / sizeof(lists[0]); l++)
		for (const struct rule *r = lists[l]; r->broken; r++)
			for (size_t i = 0; r->stage == stage && i < j->nops; i++)
				(void)r->broken(j, &j->ops[i]);
	return !j->failed;
}

static bool judge(struct judge *j)
{
	static const struct cdat_op none;

	if (!passes(j, STAGE_VALUE))
		return false;
	if (!drafts_new(j) || !ops_apply(j))
		return no_memory(j);
	if (!passes(j, STAGE_NAME) || !passes(j, STAGE_LOCK) || !passes(j, STAGE_ROOM))
		return false;
	if (!image_make(j))
		return no_memory(j);
	if (!passes(j, STAGE_RULES))
		return false;
	return !j->unsealed || !judge_fail(j, &none, CDAT_RES_OTHER, CDAT_FAULT_WRONG_VALUE,
					   "an entry cannot be encoded");
}

struct cdat_table *cdat_table_apply(const struct cdat_table *table, const struct cdat_op *ops,
				    size_t nops, const struct cdat_rules *rules,
				    struct cdat_stamp stamp, struct cdat_outcome *outcome)
{
	uint32_t max = rules->max_nodes ? rules->max_nodes : CDAT_NODE_MAX;
	struct judge j = {
		.base = table,
		.ops = ops,
		.nops = nops,
		.rules = rules,
		.stamp = stamp,
		.params = *cdat_table_params(table),
		.outcome = outcome,
		.room = table->count < max ? max - table->count : 0,
	};
	bool ok;

	memset(outcome, 0, sizeof(*outcome));
	j.stamp.version = table->version + 1;
	ok = judge(&j);
	drafts_free(&j);
	if (!ok) {
		cdat_table_free(j.image);
		return NULL;
	}
	outcome->result = outcome->cause = CDAT_RES_COMMITTED;
	outcome->version = j.image->version;
	return j.image;
}
