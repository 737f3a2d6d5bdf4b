/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libcdat: the configured table as the operations that would make it.  Attributes at
 * their default are left out, facts of the owners too.
 */
#include <stdlib.h>
#include <string.h>

#include "client/internal.h"
#include "wire/attr.h"

struct op_list {
	struct cdat_op *ops;
	size_t n, cap;
	bool failed;
};

static struct cdat_op *add(struct op_list *l, uint8_t kind, uint16_t node, uint8_t adapter)
{
	struct cdat_op *ops, *op;

	if (l->n == l->cap) {
		size_t cap = l->cap ? l->cap * 2 : 32;

		ops = reallocarray(l->ops, cap, sizeof(*ops));
		if (ops == NULL) {
			l->failed = true;
			return NULL;
		}
		l->ops = ops;
		l->cap = cap;
	}
	op = &l->ops[l->n++];
	memset(op, 0, sizeof(*op));
	op->kind = kind;
	op->index = l->n < UINT16_MAX ? (uint16_t)l->n : UINT16_MAX;
	op->node = node;
	op->adapter = adapter;
	return op;
}

static void add_text(struct op_list *l, const struct cdat_attr_row *row, uint16_t node,
		     const void *record)
{
	struct cdat_op *op = add(l, CDAT_OP_NODE_SET, node, 0);

	if (op == NULL)
		return;
	op->attr = row->attr;
	strncpy(op->text, (const char *)record + row->offset, sizeof(op->text) - 1);
}

/* One op for each attribute of `record` that is not at its default. */
static void add_attrs(struct op_list *l, enum cdat_attr_scope scope, uint8_t kind, uint16_t node,
		      uint8_t adapter, const void *record)
{
	const struct cdat_attr_row *rows;
	union cdat_record plain;
	struct cdat_op *op;
	size_t i, count;

	memset(&plain, 0, sizeof(plain));
	cdat_attr_defaults(scope, &plain);
	rows = cdat_attr_rows(&count);
	for (i = 0; i < count; i++) {
		const struct cdat_attr_row *row = &rows[i];

		if (row->scope != scope || row->fact)
			continue;
		if (row->type == CDAT_AT_NAME) {
			add_text(l, row, node, record);
		} else if (row->type == CDAT_AT_ADDR) {
			op = add(l, kind, node, adapter);
			if (op) {
				op->attr = row->attr;
				memcpy(&op->addr, (const char *)record + row->offset, sizeof(op->addr));
				op->addr.port = 0;
			}
		} else if (cdat_attr_get(row, record) != cdat_attr_get(row, &plain)) {
			op = add(l, kind, node, adapter);
			if (op) {
				op->attr = row->attr;
				op->number = cdat_attr_get(row, record);
			}
		}
	}
}

static void add_record(struct op_list *l, enum cdat_kind kind, const union cdat_record *r)
{
	struct cdat_op *op;

	switch (kind) {
	case CDAT_K_PARAMS:
		add_attrs(l, CDAT_SCOPE_PARAM, CDAT_OP_PARAM_SET, 0, 0, r);
		break;
	case CDAT_K_NODE:
		add(l, CDAT_OP_NODE_CREATE, r->node.node, 0);
		add_attrs(l, CDAT_SCOPE_NODE, CDAT_OP_NODE_SET, r->node.node, 0, r);
		break;
	case CDAT_K_ADAPTER:
		add(l, CDAT_OP_ADAPTER_CREATE, r->adapter.node, r->adapter.adapter);
		add_attrs(l, CDAT_SCOPE_ADAPTER, CDAT_OP_ADAPTER_SET, r->adapter.node,
			  r->adapter.adapter, r);
		break;
	case CDAT_K_ROLE:
		op = add(l, CDAT_OP_ROLE_PUT, 0, 0);
		if (op)
			op->role = r->role;
		break;
	case CDAT_K_WANTED:
		op = add(l, CDAT_OP_WANTED_PUT, 0, 0);
		if (op)
			op->wanted = r->wanted;
		break;
	default:
		break;
	}
}

static void take_table(cdat_t *c, struct cdat_request *req, enum cdat_verb verb,
		       const union cdat_reply *reply)
{
	struct op_list *l = req->result;
	const struct cdat_msg *msg;
	union cdat_record record;

	if (verb == CDAT_V_DONE) {
		req->done = true;
		if (l->failed)
			req->error = cdat_fail(c, CDAT_ERR_MEMORY, "out of memory");
	} else if (verb == CDAT_V_ROW) {
		msg = cdat_record_msg(reply->row.kind);
		if (msg == NULL)
			return;
		if (cdat_decode(reply->row.record, msg, &record) == CDAT_DEC_OK) {
			add_record(l, reply->row.kind, &record);
		} else {
			req->done = true;
			req->error = cdat_fail(c, CDAT_ERR_PROTOCOL, "the servicer sent a row that "
					       "cannot be read");
		}
	}
}

int cdat_table(cdat_t *c, struct cdat_op **ops, size_t *nops, int timeout_ms)
{
	struct op_list list = { 0 };
	struct cdat_request req = { .answer = take_table, .result = &list };
	int rc = cdat_ask(c, &req, CDAT_V_TABLE, NULL, timeout_ms);

	if (rc) {
		free(list.ops);
		list = (struct op_list){ 0 };
	}
	*ops = list.ops;
	*nops = list.n;
	return rc;
}
