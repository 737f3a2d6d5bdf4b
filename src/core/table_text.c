/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows, values and changes in words. */
#include "core/table_int.h"
#include "wire/attr.h"

#include <stdio.h>
#include <string.h>

const char *row_text(const struct cdat_table *table, const struct cdat_table *or_else,
		     uint16_t node, uint8_t adapter, char buf[ROW_TEXT])
{
	const struct cdat_tnode *t = table ? cdat_table_node(table, node) : NULL;
	size_t len;

	if (!t && or_else)
		t = cdat_table_node(or_else, node);
	if (t && t->node.name[0])
		snprintf(buf, ROW_TEXT, "%s", t->node.name);
	else
		snprintf(buf, ROW_TEXT, "node %u", node);
	len = strlen(buf);
	if (adapter)
		snprintf(buf + len, ROW_TEXT - len, "/%u", adapter);
	return buf;
}

const char *attr_text(const struct cdat_attr_row *row, int64_t number, char *buf, size_t len)
{
	const char *word = NULL;

	if (row->type == CDAT_AT_TRUTH)
		word = number == 1 ? "true" : "false";
	else if (row->type == CDAT_AT_ENUM && row->words && number >= 1 && number <= row->max)
		for (int64_t i = 0; i < number && row->words[i]; i++)
			word = i == number - 1 && row->words[i][0] ? row->words[i] : NULL;
	if (word)
		snprintf(buf, len, "%s", word);
	else
		snprintf(buf, len, "%lld", (long long)number);
	return buf;
}

/* "address 9.1.1.22" */
static void set_text(const struct cdat_op *op, char *buf, size_t len)
{
	const struct cdat_attr_row *row = cdat_attr_find((enum cdat_attr)op->attr);
	char value[80];

	if (!row) {
		snprintf(buf, len, "attribute %u", op->attr);
		return;
	}
	if (row->type == CDAT_AT_ADDR)
		cdat_addr_text(&op->addr, value, sizeof(value));
	else if (row->type == CDAT_AT_NAME || row->type == CDAT_AT_TEXT)
		snprintf(value, sizeof(value), "%s", op->text);
	else
		attr_text(row, op->number, value, sizeof(value));
	snprintf(buf, len, "%s %s", row->word, value);
}

static void op_text(const struct cdat_table *table, const struct cdat_op *op, char *buf, size_t len)
{
	char row[ROW_TEXT], set[128];

	row_text(table, NULL, op->node, op->adapter, row);
	switch (op->kind) {
	case CDAT_OP_NODE_CREATE:
	case CDAT_OP_ADAPTER_CREATE:
		snprintf(buf, len, "%s created", row);
		break;
	case CDAT_OP_NODE_DESTROY:
	case CDAT_OP_ADAPTER_DESTROY:
		snprintf(buf, len, "%s removed", row);
		break;
	case CDAT_OP_NODE_SET:
	case CDAT_OP_ADAPTER_SET:
		set_text(op, set, sizeof(set));
		snprintf(buf, len, "%s %s", row, set);
		break;
	case CDAT_OP_PARAM_SET:
		set_text(op, buf, len);
		break;
	case CDAT_OP_ROLE_PUT:
	case CDAT_OP_ROLE_REMOVE:
		snprintf(buf, len, "role %u%s%s %s", op->role.role, op->role.name[0] ? " " : "",
			 op->role.name, op->kind == CDAT_OP_ROLE_PUT ? "set" : "removed");
		break;
	case CDAT_OP_WANTED_PUT:
	case CDAT_OP_WANTED_REMOVE:
		snprintf(buf, len, "wanted route %u %s", op->wanted.wanted,
			 op->kind == CDAT_OP_WANTED_PUT ? "set" : "removed");
		break;
	default:
		buf[0] = 0;
	}
}

/* Columns of a row that the change creates, and facts, are left out. */
static bool worth_a_word(const struct cdat_op *ops, size_t nops, const struct cdat_op *op)
{
	uint8_t create =
		op->kind == CDAT_OP_NODE_SET ? CDAT_OP_NODE_CREATE : CDAT_OP_ADAPTER_CREATE;
	const struct cdat_attr_row *row;

	if (op->kind == CDAT_OP_LOCK)
		return false;
	if (op->kind != CDAT_OP_NODE_SET && op->kind != CDAT_OP_ADAPTER_SET)
		return true;
	row = cdat_attr_find((enum cdat_attr)op->attr);
	if (row && row->fact)
		return false;
	for (size_t i = 0; i < nops; i++)
		if (ops[i].kind == create && ops[i].node == op->node &&
		    (create == CDAT_OP_NODE_CREATE || ops[i].adapter == op->adapter))
			return false;
	return true;
}

void cdat_ops_text(const struct cdat_table *table, const struct cdat_op *ops, size_t nops,
		   char text[CDAT_TEXT_MAX + 1])
{
	static const char more[] = ", and more";
	bool facts = false;
	size_t len = 0;
	char one[256];

	text[0] = 0;
	for (size_t i = 0; i < nops; i++) {
		facts |= ops[i].kind == CDAT_OP_ADAPTER_SET;
		if (!worth_a_word(ops, nops, &ops[i]))
			continue;
		op_text(table, &ops[i], one, sizeof(one));
		if (len + 2 + strlen(one) + sizeof(more) > CDAT_TEXT_MAX + 1) {
			memcpy(text + len, more, sizeof(more));
			return;
		}
		len += (size_t)snprintf(text + len, CDAT_TEXT_MAX + 1 - len, "%s%s",
					len ? ", " : "", one);
	}
	if (!len)
		snprintf(text, CDAT_TEXT_MAX + 1, "%s", facts ? "facts of adapters" : "nothing");
}
