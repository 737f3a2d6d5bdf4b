/* SPDX-License-Identifier: BSD-2-Clause */
/* Values that the table can never hold: rules on one op alone. */
#include "core/table_judge.h"
#include "wire/attr.h"

#include <string.h>

#define NAME_RULE "1 to 63 letters, digits, '-', '.', '_', the first a letter or digit"

/* Addresses that cannot identify one adapter to all members (cdatAdapterAddr). */
static const struct {
	struct cdat_addr net;
	uint8_t bits;
	bool loopback;
	const char *what;
} refused[] = {
	{{CDAT_AF_IPV4, {255, 255, 255, 255}, 0}, 32, false, "the limited broadcast address"},
	{{CDAT_AF_IPV4, {0}, 0}, 8, false, "an unspecified address"},
	{{CDAT_AF_IPV4, {127}, 0}, 8, true, "a loopback address"},
	{{CDAT_AF_IPV4, {224}, 0}, 4, false, "a multicast address"},
	{{CDAT_AF_IPV4, {240}, 0}, 4, false, "a reserved address"},
	{{CDAT_AF_IPV6, {0}, 0}, 128, false, "the unspecified address"},
	{{CDAT_AF_IPV6, {[15] = 1}, 0}, 128, true, "the loopback address"},
	{{CDAT_AF_IPV6, {[10] = 0xff, 0xff}, 0}, 96, false, "an IPv4-mapped address"},
	{{CDAT_AF_IPV6, {0xfe, 0x80}, 0}, 10, false, "a link-local address"},
	{{CDAT_AF_IPV6, {0xff}, 0}, 8, false, "a multicast address"},
};

static const char *addr_refused(const struct cdat_addr *addr, bool loopback_ok)
{
	if (addr->family != CDAT_AF_IPV4 && addr->family != CDAT_AF_IPV6)
		return "neither ipv4 nor ipv6";
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (cdat_addr_in_prefix(addr, &refused[i].net, refused[i].bits) &&
		    !(refused[i].loopback && loopback_ok))
			return refused[i].what;
	return NULL;
}

static unsigned cause_of(const struct cdat_attr_row *row)
{
	switch (row->attr) {
	case CDAT_A_PREFIX_LEN:
	case CDAT_A_FACT_PREFIX:
		return CDAT_RES_BAD_PREFIX_LENGTH;
	case CDAT_A_MTU:
		return CDAT_RES_MTU_TOO_SMALL;
	default:
		return CDAT_CAUSE_OUT_OF_RANGE;
	}
}

static const struct cdat_attr_row *op_attr(const struct cdat_op *op)
{
	static const uint8_t scope[] = {
		[CDAT_OP_NODE_SET] = CDAT_SCOPE_NODE,
		[CDAT_OP_ADAPTER_SET] = CDAT_SCOPE_ADAPTER,
		[CDAT_OP_PARAM_SET] = CDAT_SCOPE_PARAM,
	};
	const struct cdat_attr_row *row = cdat_attr_find((enum cdat_attr)op->attr);

	return row && op->kind < sizeof(scope) && row->scope == scope[op->kind] ? row : NULL;
}

static bool text_ends(const char *text, size_t size)
{
	return memchr(text, 0, size) != NULL;
}

/* Type and range of the value that a SET op brings. */
static bool value_broken(struct judge *j, const struct cdat_op *op)
{
	const struct cdat_attr_row *row;
	char buf[ROW_TEXT], text[80];
	const char *what;

	if (op->kind != CDAT_OP_NODE_SET && op->kind != CDAT_OP_ADAPTER_SET &&
	    op->kind != CDAT_OP_PARAM_SET)
		return false;
	row = op_attr(op);
	if (!row)
		return judge_fail(j, op, CDAT_CAUSE_UNKNOWN_ATTRIBUTE, CDAT_FAULT_WRONG_VALUE,
				  "attribute %u does not belong to this kind of row", op->attr);
	if (row->fact && !j->rules->facts_ok)
		return judge_fail(j, op, CDAT_CAUSE_UNKNOWN_ATTRIBUTE, CDAT_FAULT_WRONG_VALUE,
				  "%s %s: told by the node itself, cannot be set",
				  judge_row(j, op, buf), row->word);
	switch (row->type) {
	case CDAT_AT_NAME:
		if (text_ends(op->text, sizeof(op->text)) && cdat_name_ok(op->text))
			return false;
		return judge_fail(j, op, CDAT_RES_BAD_NAME, CDAT_FAULT_WRONG_VALUE,
				  "%s name: " NAME_RULE, judge_row(j, op, buf));
	case CDAT_AT_TEXT:
		return !text_ends(op->text, sizeof(op->text)) &&
		       judge_fail(j, op, CDAT_RES_OTHER, CDAT_FAULT_WRONG_VALUE, "%s %s: too long",
				  judge_row(j, op, buf), row->word);
	case CDAT_AT_ADDR:
		what = addr_refused(&op->addr, j->rules->loopback_ok);
		return what && judge_fail(j, op, CDAT_RES_BAD_ADDRESS, CDAT_FAULT_WRONG_VALUE,
					  "%s address %s: %s", judge_row(j, op, buf),
					  cdat_addr_text(&op->addr, text, sizeof(text)), what);
	default:
		if (cdat_attr_in_range(row, op->number))
			return false;
		judge_row(j, op, buf);
		return judge_fail(j, op, cause_of(row), CDAT_FAULT_WRONG_VALUE,
				  "%s%s%s %lld: must be %s%lld to %lld", buf, buf[0] ? " " : "",
				  row->word, (long long)op->number, row->zero_ok ? "0 or " : "",
				  (long long)row->min, (long long)row->max);
	}
}

/* permanent and readOnly rows come from the file alone (cdatNodeStorageType). */
static bool storage_broken(struct judge *j, const struct cdat_op *op)
{
	const struct cdat_tnode *t = node_was(j, op);
	const struct cdat_adapter *a = adapter_was(j, op);
	uint8_t was = 0;
	char buf[ROW_TEXT];

	if (op_sets(op, CDAT_A_NODE_STORAGE))
		was = t ? t->node.storage : 0;
	else if (op_sets(op, CDAT_A_ADAPTER_STORAGE))
		was = a ? a->storage : 0;
	else
		return false;
	if (j->rules->initial || (op->number < CDAT_STORE_PERMANENT && was < CDAT_STORE_PERMANENT))
		return false;
	return judge_fail(
		j, op, CDAT_RES_ROW_PROTECTED, CDAT_FAULT_WRONG_VALUE,
		"%s storage: permanent and readOnly come from the configuration file alone",
		judge_row(j, op, buf));
}

static bool lock_value_broken(struct judge *j, const struct cdat_op *op)
{
	return op->kind == CDAT_OP_LOCK && (op->number < 0 || op->number > INT32_MAX) &&
	       judge_fail(j, op, CDAT_CAUSE_OUT_OF_RANGE, CDAT_FAULT_WRONG_VALUE,
			  "spin lock %lld: must be 0 to %d", (long long)op->number, INT32_MAX);
}

static bool kind_broken(struct judge *j, const struct cdat_op *op)
{
	return (op->kind < CDAT_OP_NODE_CREATE || op->kind > CDAT_OP_LOCK) &&
	       judge_fail(j, op, CDAT_RES_OTHER, CDAT_FAULT_WRONG_VALUE, "unknown operation %u",
			  op->kind);
}

static bool role_broken(struct judge *j, const struct cdat_op *op)
{
	const struct cdat_role *r = &op->role;

	if (op->kind != CDAT_OP_ROLE_PUT)
		return false;
	if (!text_ends(r->name, sizeof(r->name)) || !cdat_name_ok(r->name))
		return judge_fail(j, op, CDAT_RES_BAD_NAME, CDAT_FAULT_WRONG_VALUE,
				  "role %u name: " NAME_RULE, r->role);
	if (r->policy < CDAT_POLICY_ORDERED || r->policy > CDAT_POLICY_BEST_CLASS)
		return judge_fail(j, op, CDAT_CAUSE_OUT_OF_RANGE, CDAT_FAULT_WRONG_VALUE,
				  "role %s: unknown policy %u", r->name, r->policy);
	if (r->ncandidates > CDAT_ROLE_CANDIDATES)
		return judge_fail(j, op, CDAT_RES_OTHER, CDAT_FAULT_WRONG_VALUE,
				  "role %s: at most %d candidates", r->name, CDAT_ROLE_CANDIDATES);
	for (size_t i = 0; i < r->ncandidates; i++)
		for (size_t k = 0; k <= i; k++)
			if (r->candidates[i] == 0 ||
			    (k < i && r->candidates[k] == r->candidates[i]))
				return judge_fail(j, op, CDAT_RES_OTHER, CDAT_FAULT_WRONG_VALUE,
						  "role %s: candidate %u is %s", r->name,
						  r->candidates[i],
						  r->candidates[i] ? "named twice" : "no node");
	return false;
}

static bool wanted_broken(struct judge *j, const struct cdat_op *op)
{
	static const struct cdat_addr all;
	const struct cdat_wanted *w = &op->wanted;
	unsigned bits = w->subnet.family == CDAT_AF_IPV4 ? 32 : 128;
	bool whole =
		w->prefix_len == 0 && !memcmp(w->subnet.octets, all.octets, sizeof(all.octets));
	unsigned cause = CDAT_RES_BAD_ADDRESS;
	const char *what;
	char text[80];

	if (op->kind != CDAT_OP_WANTED_PUT)
		return false;
	what = whole && w->subnet.family ? NULL : addr_refused(&w->subnet, true);
	if (what)
		return judge_fail(j, op, CDAT_RES_BAD_ADDRESS, CDAT_FAULT_WRONG_VALUE,
				  "wanted route %u subnet %s: %s", w->wanted,
				  cdat_addr_text(&w->subnet, text, sizeof(text)), what);
	if (w->prefix_len > bits || (w->prefix_len == 0 && !whole))
		return judge_fail(j, op, CDAT_RES_BAD_PREFIX_LENGTH, CDAT_FAULT_WRONG_VALUE,
				  "wanted route %u prefix length %u: must be 1 to %u", w->wanted,
				  w->prefix_len, bits);
	what = addr_refused(&w->via, false);
	if (!what && w->via.family != w->subnet.family) {
		what = "not of the family of the subnet";
		cause = CDAT_CAUSE_OTHER_FAMILY;
	}
	return what && judge_fail(j, op, cause, CDAT_FAULT_WRONG_VALUE,
				  "wanted route %u router %s: %s", w->wanted,
				  cdat_addr_text(&w->via, text, sizeof(text)), what);
}

/* clang-format off */
const struct rule table_value_rules[] = {
	{ STAGE_VALUE, kind_broken },
	{ STAGE_VALUE, value_broken },
	{ STAGE_VALUE, storage_broken },
	{ STAGE_VALUE, lock_value_broken },
	{ STAGE_VALUE, role_broken },
	{ STAGE_VALUE, wanted_broken },
	{ 0, NULL }
};
/* clang-format on */
