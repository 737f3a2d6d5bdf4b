/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rules on rows and on the whole table, one function each: the error matrix of the
 * MIB's tables.  A rule looks at the row of the op before and after the change.
 */
#include "core/table_judge.h"
#include "wire/attr.h"

#include <string.h>

#define VALUE CDAT_FAULT_INCONSISTENT_VALUE

/* The row has an owner's or an administrator's attribute set to that number. */
static bool sets_to(const struct cdat_op *op, enum cdat_attr attr, int64_t number)
{
	return op_sets(op, attr) && op->number == number;
}

static bool destroyed_here(const struct judge *j, const struct cdat_op *op)
{
	const struct draft *d = judge_draft(j, op->node);

	return d && (d->destroyed || bit_is(d->gone, op->adapter));
}

/* ---- names of rows ------------------------------------------------------------------ */

static bool number_broken(struct judge *j, const struct cdat_op *op)
{
	if ((op_of_node(op) || op_of_adapter(op)) && op->node == 0)
		return judge_fail(j, op, CDAT_RES_OTHER, CDAT_FAULT_NO_CREATION,
				  "node 0: numbers of nodes are 1 to %u", CDAT_NODE_MAX);
	return op_of_adapter(op) && op->adapter == 0 &&
	       judge_fail(j, op, CDAT_RES_OTHER, CDAT_FAULT_NO_CREATION,
			  "adapter 0: numbers of adapters are 1 to %u", CDAT_ADAPTER_MAX);
}

/* Blames the op if its node was in the table once. */
static bool removed_blamed(struct judge *j, const struct cdat_op *op)
{
	struct cdat_stamp stamp;
	char row[ROW_TEXT], by[ROW_TEXT];

	return cdat_table_grave(j->base, (struct cdat_entry_id){CDAT_ENT_NODE, op->node}, &stamp) &&
	       judge_fail(j, op, CDAT_CAUSE_REMOVED_NODE, CDAT_FAULT_INCONSISTENT_NAME,
			  "%s: node %u was removed by %s (table version %u); add it again first",
			  judge_row(j, op, row), op->node,
			  row_text(j->base, NULL, stamp.editor, 0, by), stamp.version);
}

static bool node_missing_broken(struct judge *j, const struct cdat_op *op)
{
	char row[ROW_TEXT];

	if (op->kind == CDAT_OP_ADAPTER_DESTROY || !op_of_adapter(op) || node_now(j, op) ||
	    (op->kind == CDAT_OP_ADAPTER_SET && adapter_was(j, op)))
		return false;
	return removed_blamed(j, op) ||
	       judge_fail(j, op, CDAT_RES_UNKNOWN_NODE, CDAT_FAULT_INCONSISTENT_NAME,
			  "%s: there is no node %u", judge_row(j, op, row), op->node);
}

/* A SET of a row that the same change destroys has nothing to do; of a row that never
 * was it is refused, by another fault if it is the row's status. */
static bool row_missing(const struct judge *j, const struct cdat_op *op)
{
	if (op->kind == CDAT_OP_NODE_SET)
		return !node_now(j, op) && !node_was(j, op);
	return op->kind == CDAT_OP_ADAPTER_SET && node_now(j, op) && !adapter_now(j, op) &&
	       !adapter_was(j, op);
}

static unsigned missing_cause(const struct cdat_op *op)
{
	return op_of_node(op) ? CDAT_CAUSE_UNKNOWN_ROW : CDAT_CAUSE_UNKNOWN_ADAPTER;
}

static bool row_missing_broken(struct judge *j, const struct cdat_op *op)
{
	char row[ROW_TEXT];

	return row_missing(j, op) && !op_sets(op, CDAT_A_NODE_ROW) &&
	       !op_sets(op, CDAT_A_ADAPTER_ROW) &&
	       ((op_of_node(op) && removed_blamed(j, op)) ||
		judge_fail(j, op, missing_cause(op), CDAT_FAULT_INCONSISTENT_NAME,
			   "%s: there is no such row, and it is not created",
			   judge_row(j, op, row)));
}

static bool status_missing_broken(struct judge *j, const struct cdat_op *op)
{
	char row[ROW_TEXT];

	return row_missing(j, op) &&
	       (op_sets(op, CDAT_A_NODE_ROW) || op_sets(op, CDAT_A_ADAPTER_ROW)) &&
	       judge_fail(j, op, missing_cause(op), VALUE, "%s: there is no such row; create it",
			  judge_row(j, op, row));
}

/* ---- the lock, and room -------------------------------------------------------------- */

static bool lock_broken(struct judge *j, const struct cdat_op *op)
{
	return op->kind == CDAT_OP_LOCK && op->number != (int64_t)cdat_table_lock(j->base) &&
	       judge_fail(j, op, CDAT_RES_LOCK_MISMATCH, VALUE, "spin lock is %u, not %lld",
			  cdat_table_lock(j->base), (long long)op->number);
}

static bool adapters_full_broken(struct judge *j, const struct cdat_op *op)
{
	struct draft *d = judge_draft(j, op->node);
	char row[ROW_TEXT];
	unsigned made = 0;

	if (op->kind != CDAT_OP_ADAPTER_CREATE || !d->ent ||
	    d->ent->t.nadapters <= CDAT_NODE_ADAPTERS || !bit_is(d->made, op->adapter))
		return false;
	for (unsigned i = 1; i <= CDAT_ADAPTER_MAX; i++)
		made += bit_is(d->made, (uint8_t)i);
	if (d->ent->t.nadapters - made + ++d->creates <= CDAT_NODE_ADAPTERS)
		return false;
	return judge_fail(j, op, CDAT_RES_TABLE_FULL, CDAT_FAULT_RESOURCE_UNAVAILABLE,
			  "%s: a node can have %d adapters", judge_row(j, op, row),
			  CDAT_NODE_ADAPTERS);
}

static bool nodes_full_broken(struct judge *j, const struct cdat_op *op)
{
	uint32_t max = j->rules->max_nodes ? j->rules->max_nodes : CDAT_NODE_MAX;
	char row[ROW_TEXT];

	if (j->image->count <= max || op->kind != CDAT_OP_NODE_CREATE || node_was(j, op))
		return false;
	if (j->room > 0) {
		j->room--;
		return false;
	}
	return judge_fail(j, op, CDAT_RES_TABLE_FULL, CDAT_FAULT_RESOURCE_UNAVAILABLE,
			  "%s: the table can have %u nodes", judge_row(j, op, row), max);
}

/* ---- rows as such ------------------------------------------------------------------- */

static bool exists_broken(struct judge *j, const struct cdat_op *op)
{
	bool node = op->kind == CDAT_OP_NODE_CREATE && node_was(j, op);
	bool adapter = op->kind == CDAT_OP_ADAPTER_CREATE && adapter_was(j, op);
	char row[ROW_TEXT];

	return (node || adapter) && !destroyed_here(j, op) &&
	       judge_fail(j, op, CDAT_CAUSE_EXISTS, VALUE, "%s: exists already",
			  row_text(j->base, NULL, op->node, adapter ? op->adapter : 0, row));
}

/* The protection of the row that the op writes or deletes. */
static uint8_t storage_was(const struct judge *j, const struct cdat_op *op)
{
	const struct cdat_tnode *t = node_was(j, op);
	const struct cdat_adapter *a = op_of_adapter(op) ? adapter_was(j, op) : NULL;
	uint8_t most = 0;

	if (a)
		return a->storage;
	if (!t || op_of_adapter(op))
		return 0;
	for (size_t i = 0; op->kind == CDAT_OP_NODE_DESTROY && i < t->nadapters; i++)
		if (t->adapters[i].storage > most)
			most = t->adapters[i].storage;
	return t->node.storage > most ? t->node.storage : most;
}

static bool protected_broken(struct judge *j, const struct cdat_op *op)
{
	const struct cdat_attr_row *attr = cdat_attr_find((enum cdat_attr)op->attr);
	bool set = op->kind == CDAT_OP_NODE_SET || op->kind == CDAT_OP_ADAPTER_SET;
	bool destroy = op->kind == CDAT_OP_NODE_DESTROY || op->kind == CDAT_OP_ADAPTER_DESTROY;
	uint8_t storage;
	char row[ROW_TEXT];

	if ((!set && !destroy) || j->rules->initial || (set && attr && attr->fact))
		return false;
	storage = storage_was(j, op);
	if (storage < (set ? CDAT_STORE_READONLY : CDAT_STORE_PERMANENT))
		return false;
	return judge_fail(j, op, CDAT_RES_ROW_PROTECTED, VALUE,
			  "%s: %s; change the configuration file", judge_row(j, op, row),
			  set ? "is readOnly" : "is permanent or readOnly, cannot be removed");
}

static bool local_broken(struct judge *j, const struct cdat_op *op)
{
	char row[ROW_TEXT];

	if (op->node == 0 || op->node != j->rules->asker || !node_was(j, op) ||
	    !(op->kind == CDAT_OP_NODE_DESTROY ||
	      sets_to(op, CDAT_A_NODE_ROW, CDAT_ROW_NOT_IN_SERVICE) ||
	      sets_to(op, CDAT_A_NODE_ADMIN, CDAT_ADMIN_DOWN)))
		return false;
	return judge_fail(j, op, CDAT_RES_LOCAL_NODE, VALUE,
			  "%s: this node cannot take itself out; ask another member",
			  judge_row(j, op, row));
}

static bool in_use_broken(struct judge *j, const struct cdat_op *op)
{
	char row[ROW_TEXT];

	if (!j->rules->is_member || !node_was(j, op) ||
	    !(op->kind == CDAT_OP_NODE_DESTROY ||
	      sets_to(op, CDAT_A_NODE_ROW, CDAT_ROW_NOT_IN_SERVICE)) ||
	    !j->rules->is_member(j->rules->ctx, op->node))
		return false;
	return judge_fail(j, op, CDAT_RES_NODE_IN_USE, VALUE, "%s: is a member; disable it first",
			  judge_row(j, op, row));
}

/* ---- names -------------------------------------------------------------------------- */

static bool active_name_broken(struct judge *j, const struct cdat_op *op)
{
	const struct cdat_tnode *was = node_was(j, op), *now = node_now(j, op);
	char row[ROW_TEXT];

	if (!op_sets(op, CDAT_A_NODE_NAME) || !was || !now || destroyed_here(j, op) ||
	    was->node.row != CDAT_ROW_ACTIVE || now->node.row != CDAT_ROW_ACTIVE ||
	    !strcmp(was->node.name, now->node.name))
		return false;
	return judge_fail(
		j, op, CDAT_RES_OTHER, VALUE,
		"%s: the name of an active row cannot be changed; set it notInService first",
		row_text(j->base, NULL, op->node, 0, row));
}

static bool duplicate_name_broken(struct judge *j, const struct cdat_op *op)
{
	const struct cdat_tnode *now = node_now(j, op);
	uint16_t other;

	if (!op_sets(op, CDAT_A_NODE_NAME) || !now)
		return false;
	other = table_name_other(j->image, now->node.name, op->node);
	return other && judge_fail(j, op, CDAT_RES_DUPLICATE_NAME, VALUE,
				   "node %u name %s: already the name of node %u", op->node,
				   now->node.name, other);
}

/* ---- complete rows, last addresses --------------------------------------------------- */

static size_t adapters_active(const struct cdat_tnode *t, bool usable)
{
	size_t n = 0;

	for (size_t i = 0; i < t->nadapters; i++)
		n += usable ? adapter_usable(&t->adapters[i])
			    : t->adapters[i].row == CDAT_ROW_ACTIVE;
	return n;
}

static bool node_incomplete_broken(struct judge *j, const struct cdat_op *op)
{
	const struct cdat_tnode *now = node_now(j, op);
	const char *lacks = NULL;
	char row[ROW_TEXT];

	if (!now ||
	    (op->kind != CDAT_OP_NODE_CREATE && !sets_to(op, CDAT_A_NODE_ROW, CDAT_ROW_ACTIVE)))
		return false;
	if (!now->node.name[0])
		lacks = "a name";
	else if (now->node.row == CDAT_ROW_ACTIVE && adapters_active(now, false) == 0)
		lacks = "an active adapter";
	return lacks && judge_fail(j, op, CDAT_RES_ROW_INCOMPLETE, VALUE,
				   "%s: an active node needs %s in the same change",
				   judge_row(j, op, row), lacks);
}

static bool adapter_incomplete_broken(struct judge *j, const struct cdat_op *op)
{
	const struct cdat_adapter *now = adapter_now(j, op);
	char row[ROW_TEXT];

	return now && now->addr.family == CDAT_AF_NONE &&
	       (op->kind == CDAT_OP_ADAPTER_CREATE || op_sets(op, CDAT_A_ADAPTER_ROW)) &&
	       judge_fail(j, op, CDAT_RES_ROW_INCOMPLETE, VALUE,
			  "%s: an adapter needs an address in the same change",
			  judge_row(j, op, row));
}

/* Ops are to blame that took away an adapter which was usable, or never made it so. */
static bool last_address_broken(struct judge *j, const struct cdat_op *op)
{
	const struct cdat_tnode *now = node_now(j, op);
	const struct cdat_adapter *was = adapter_was(j, op);
	char row[ROW_TEXT];

	if (op->kind != CDAT_OP_ADAPTER_DESTROY &&
	    !sets_to(op, CDAT_A_ADAPTER_ROW, CDAT_ROW_NOT_IN_SERVICE) &&
	    !sets_to(op, CDAT_A_ADAPTER_ADMIN, CDAT_ADMIN_DOWN))
		return false;
	if (!now || now->node.row != CDAT_ROW_ACTIVE || adapters_active(now, true) > 0 ||
	    (was ? !adapter_usable(was) : !adapter_now(j, op)))
		return false;
	return judge_fail(j, op, CDAT_RES_LAST_ADDRESS, VALUE,
			  "%s: the last usable address of an active node", judge_row(j, op, row));
}

/* ---- addresses ---------------------------------------------------------------------- */

static unsigned bits_of(const struct cdat_addr *addr)
{
	return addr->family == CDAT_AF_IPV4 ? 32 : 128;
}

static bool prefix_broken(struct judge *j, const struct cdat_op *op)
{
	const struct cdat_adapter *now = adapter_now(j, op);
	char row[ROW_TEXT];

	if (!now || !(op_sets(op, CDAT_A_PREFIX_LEN) || op_sets(op, CDAT_A_ADDR)) ||
	    now->addr.family != CDAT_AF_IPV4 || now->prefix_len <= 32)
		return false;
	return judge_fail(j, op, CDAT_RES_BAD_PREFIX_LENGTH, VALUE,
			  "%s prefix length %u: at most 32 for an ipv4 address",
			  judge_row(j, op, row), now->prefix_len);
}

static bool mtu_broken(struct judge *j, const struct cdat_op *op)
{
	const struct cdat_adapter *now = adapter_now(j, op);
	char row[ROW_TEXT];

	if (!now || !(op_sets(op, CDAT_A_MTU) || op_sets(op, CDAT_A_ADDR)) ||
	    now->addr.family != CDAT_AF_IPV6 || now->mtu == 0 || now->mtu >= 1280)
		return false;
	return judge_fail(j, op, CDAT_RES_MTU_TOO_SMALL, VALUE,
			  "%s mtu %u: at least 1280 for an ipv6 address", judge_row(j, op, row),
			  now->mtu);
}

/* Whether all bits past the prefix are 0, or 1. */
static bool host_bits(const struct cdat_addr *addr, unsigned prefix, bool ones)
{
	for (unsigned i = prefix; i < bits_of(addr); i++)
		if ((addr->octets[i / 8] >> (7 - i % 8) & 1) != ones)
			return false;
	return true;
}

/* IPv4: RFC 1122, 3.2.1.3; IPv6: the subnet-router anycast address, RFC 4291, 2.6.1.  Point
 * to point prefixes have neither (RFC 3021, RFC 6164). */
static bool subnet_addr_broken(struct judge *j, const struct cdat_op *op)
{
	const struct cdat_adapter *now = adapter_now(j, op);
	unsigned prefix = now ? cdat_adapter_prefix(now) : 0;
	const char *what = NULL;
	char row[ROW_TEXT], text[64];

	if (!now || !(op_sets(op, CDAT_A_ADDR) || op_sets(op, CDAT_A_PREFIX_LEN)) || prefix == 0 ||
	    now->addr.family == CDAT_AF_NONE || prefix + 1 >= bits_of(&now->addr))
		return false;
	if (host_bits(&now->addr, prefix, false))
		what = "network";
	else if (now->addr.family == CDAT_AF_IPV4 && host_bits(&now->addr, prefix, true))
		what = "broadcast";
	return what && judge_fail(j, op, CDAT_RES_BAD_ADDRESS, VALUE,
				  "%s address %s: the %s address of its own prefix /%u",
				  judge_row(j, op, row),
				  cdat_addr_text(&now->addr, text, sizeof(text)), what, prefix);
}

static bool duplicate_addr_broken(struct judge *j, const struct cdat_op *op)
{
	const struct cdat_adapter *now = adapter_now(j, op), *other;
	char row[ROW_TEXT], other_row[ROW_TEXT], text[64];

	if (!now || now->addr.family == CDAT_AF_NONE ||
	    !(op->kind == CDAT_OP_ADAPTER_CREATE || op_sets(op, CDAT_A_ADDR) ||
	      op_sets(op, CDAT_A_PORT) || sets_to(op, CDAT_A_ADAPTER_ROW, CDAT_ROW_ACTIVE)))
		return false;
	other = table_addr_other(j->image, now, j->rules->default_port, false);
	if (!other)
		return false;
	return judge_fail(j, op, CDAT_RES_DUPLICATE_ADDRESS, VALUE,
			  "%s address %s: already that of %s", judge_row(j, op, row),
			  cdat_addr_port_text(&now->addr, text, sizeof(text)),
			  row_text(j->image, NULL, other->node, other->adapter, other_row));
}

/* ---- parameters --------------------------------------------------------------------- */

static bool response_broken(struct judge *j, const struct cdat_op *op)
{
	if (!(op_sets(op, CDAT_A_RESPONSE_MIN) || op_sets(op, CDAT_A_RESPONSE_MAX)) ||
	    j->params.response_min_ms <= j->params.response_max_ms)
		return false;
	return judge_fail(j, op, CDAT_RES_OTHER, VALUE,
			  "response-min-ms %u exceeds response-max-ms %u",
			  j->params.response_min_ms, j->params.response_max_ms);
}

/* clang-format off */
const struct rule table_row_rules[] = {
	{ STAGE_NAME, number_broken },
	{ STAGE_NAME, node_missing_broken },
	{ STAGE_NAME, row_missing_broken },
	{ STAGE_LOCK, lock_broken },
	{ STAGE_ROOM, adapters_full_broken },
	{ STAGE_RULES, nodes_full_broken },
	{ STAGE_RULES, status_missing_broken },
	{ STAGE_RULES, exists_broken },
	{ STAGE_RULES, protected_broken },
	{ STAGE_RULES, local_broken },
	{ STAGE_RULES, in_use_broken },
	{ STAGE_RULES, active_name_broken },
	{ STAGE_RULES, duplicate_name_broken },
	{ STAGE_RULES, node_incomplete_broken },
	{ STAGE_RULES, adapter_incomplete_broken },
	{ STAGE_RULES, last_address_broken },
	{ STAGE_RULES, prefix_broken },
	{ STAGE_RULES, mtu_broken },
	{ STAGE_RULES, subnet_addr_broken },
	{ STAGE_RULES, duplicate_addr_broken },
	{ STAGE_RULES, response_broken },
	{ 0, NULL }
};
/* clang-format on */
