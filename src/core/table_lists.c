/* SPDX-License-Identifier: BSD-2-Clause */
/* Roles and wanted routes in a change: applying them, and their rules. */
#include "core/table_judge.h"
#include "wire/attr.h"

#include <string.h>

static bool put(struct judge *j, uint8_t kind, uint16_t number, const void *rec)
{
	struct tmark mark = {.stamp = j->stamp};

	if (rec)
		rec_seal(kind, rec, &mark);
	return table_put_rec(j->image, kind, number, rec, &mark) &&
	       (rec || judge_bury(j, kind, number));
}

/* Only the configured members: what an op brings of the state is not the table's. */
static bool put_role(struct judge *j, const struct cdat_role *from)
{
	struct cdat_role role = {
		.role = from->role,
		.policy = from->policy,
		.needs_majority = from->needs_majority,
		.sticky = from->sticky,
		.ncandidates = from->ncandidates,
	};

	memcpy(role.name, from->name, strlen(from->name));
	memcpy(role.candidates, from->candidates, from->ncandidates * sizeof(role.candidates[0]));
	return put(j, CDAT_ENT_ROLE, role.role, &role);
}

static void clean_addr(struct cdat_addr *to, const struct cdat_addr *from)
{
	to->family = from->family;
	memcpy(to->octets, from->octets, from->family == CDAT_AF_IPV4 ? 4 : 16);
}

static bool put_wanted(struct judge *j, const struct cdat_wanted *from)
{
	struct cdat_wanted w = {
		.wanted = from->wanted, .node = from->node, .prefix_len = from->prefix_len};

	clean_addr(&w.subnet, &from->subnet);
	clean_addr(&w.via, &from->via);
	return put(j, CDAT_ENT_WANTED, w.wanted, &w);
}

/* A destroyed node is no candidate and wants no routes any more. */
static bool forget_node(struct judge *j, uint16_t node)
{
	const struct cdat_role *roles;
	const struct cdat_wanted *wanted;

	for (size_t i = 0; i < cdat_table_roles(j->image, &roles); i++) {
		struct cdat_role r = roles[i];
		uint8_t n = 0;

		for (size_t k = 0; k < r.ncandidates; k++)
			if (r.candidates[k] != node)
				r.candidates[n++] = r.candidates[k];
		if (n == r.ncandidates)
			continue;
		r.ncandidates = n;
		if (!put_role(j, &r))
			return false;
	}
	for (size_t i = cdat_table_wanted(j->image, &wanted); i-- > 0;) {
		if (wanted[i].node == node && !put(j, CDAT_ENT_WANTED, wanted[i].wanted, NULL))
			return false;
		(void)cdat_table_wanted(j->image, &wanted);
	}
	return true;
}

bool lists_apply(struct judge *j)
{
	const struct cdat_op *op = j->ops, *end = j->ops + j->nops;
	bool ok = true;

	for (size_t i = 0; ok && i < j->ndrafts; i++)
		if (j->drafts[i].destroyed && !j->drafts[i].ent)
			ok = forget_node(j, j->drafts[i].node);
	for (; ok && op < end; op++)
		if (op->kind == CDAT_OP_ROLE_REMOVE)
			ok = put(j, CDAT_ENT_ROLE, op->role.role, NULL);
		else if (op->kind == CDAT_OP_WANTED_REMOVE)
			ok = put(j, CDAT_ENT_WANTED, op->wanted.wanted, NULL);
	for (op = j->ops; ok && op < end; op++)
		if (op->kind == CDAT_OP_ROLE_PUT)
			ok = put_role(j, &op->role);
		else if (op->kind == CDAT_OP_WANTED_PUT)
			ok = put_wanted(j, &op->wanted);
	return ok;
}

/* ---- rules -------------------------------------------------------------------------- */

static bool number_broken(struct judge *j, const struct cdat_op *op)
{
	if (op->kind == CDAT_OP_ROLE_PUT && op->role.role == 0)
		return judge_fail(j, op, CDAT_RES_OTHER, CDAT_FAULT_NO_CREATION,
				  "role 0: numbers of roles are 1 to 65535");
	return op->kind == CDAT_OP_WANTED_PUT && op->wanted.wanted == 0 &&
	       judge_fail(j, op, CDAT_RES_OTHER, CDAT_FAULT_NO_CREATION,
			  "wanted route 0: numbers of wanted routes are 1 to 65535");
}

/* What is to be removed is there; so that a mistaken number is no success. */
static bool list_missing_broken(struct judge *j, const struct cdat_op *op)
{
	size_t at;

	if (op->kind == CDAT_OP_ROLE_REMOVE && !tlist_find(j->base->roles, op->role.role, &at))
		return judge_fail(j, op, CDAT_CAUSE_UNKNOWN_ROLE, CDAT_FAULT_INCONSISTENT_NAME,
				  "there is no role %u", op->role.role);
	return op->kind == CDAT_OP_WANTED_REMOVE &&
	       !tlist_find(j->base->wanted, op->wanted.wanted, &at) &&
	       judge_fail(j, op, CDAT_CAUSE_UNKNOWN_ROUTE, CDAT_FAULT_INCONSISTENT_NAME,
			  "there is no wanted route %u", op->wanted.wanted);
}

static bool candidate_broken(struct judge *j, const struct cdat_op *op)
{
	for (size_t i = 0; op->kind == CDAT_OP_ROLE_PUT && i < op->role.ncandidates; i++)
		if (!cdat_table_node(j->image, op->role.candidates[i]))
			return judge_fail(j, op, CDAT_RES_UNKNOWN_NODE,
					  CDAT_FAULT_INCONSISTENT_VALUE,
					  "role %s: there is no node %u for a candidate",
					  op->role.name, op->role.candidates[i]);
	return false;
}

static bool role_name_broken(struct judge *j, const struct cdat_op *op)
{
	const struct cdat_role *roles;
	size_t n = cdat_table_roles(j->image, &roles);

	for (size_t i = 0; op->kind == CDAT_OP_ROLE_PUT && i < n; i++)
		if (roles[i].role != op->role.role && !strcmp(roles[i].name, op->role.name))
			return judge_fail(j, op, CDAT_RES_DUPLICATE_NAME,
					  CDAT_FAULT_INCONSISTENT_VALUE,
					  "role %u name %s: already the name of role %u",
					  op->role.role, op->role.name, roles[i].role);
	return false;
}

static bool wanted_node_broken(struct judge *j, const struct cdat_op *op)
{
	return op->kind == CDAT_OP_WANTED_PUT && !cdat_table_node(j->image, op->wanted.node) &&
	       judge_fail(j, op, CDAT_RES_UNKNOWN_NODE, CDAT_FAULT_INCONSISTENT_VALUE,
			  "wanted route %u: there is no node %u", op->wanted.wanted,
			  op->wanted.node);
}

static bool wanted_twice_broken(struct judge *j, const struct cdat_op *op)
{
	const struct cdat_wanted *all, *w = &op->wanted;
	size_t n = cdat_table_wanted(j->image, &all);
	char row[ROW_TEXT], text[64];

	for (size_t i = 0; op->kind == CDAT_OP_WANTED_PUT && i < n; i++)
		if (all[i].wanted != w->wanted && all[i].node == w->node &&
		    all[i].prefix_len == w->prefix_len &&
		    cdat_addr_in_prefix(&all[i].subnet, &w->subnet, w->prefix_len))
			return judge_fail(
				j, op, CDAT_RES_DUPLICATE_ADDRESS, CDAT_FAULT_INCONSISTENT_VALUE,
				"wanted route %u: %s has the router of %s/%u from wanted route %u",
				w->wanted, row_text(j->image, NULL, w->node, 0, row),
				cdat_addr_text(&w->subnet, text, sizeof(text)), w->prefix_len,
				all[i].wanted);
	return false;
}

/* clang-format off */
const struct rule table_list_rules[] = {
	{ STAGE_NAME, number_broken },
	{ STAGE_NAME, list_missing_broken },
	{ STAGE_RULES, candidate_broken },
	{ STAGE_RULES, role_name_broken },
	{ STAGE_RULES, wanted_node_broken },
	{ STAGE_RULES, wanted_twice_broken },
	{ 0, NULL }
};
/* clang-format on */
