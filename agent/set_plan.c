/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the variables of a SET to the operations of a change.  The table's own rules are
 * judged by cdatd on the final image; here is only what SNMP adds to them: RowStatus
 * (RFC 2579), and an address that is two objects, type and octets.
 */
#include "config.h"

#include <string.h>

#include "agent/set.h"
#include "wire/control.h"

enum { ROW_CREATE_AND_GO = 4, ROW_DESTROY = 6 };

static bool same_row(const struct set_var *a, const struct set_var *b)
{
	return a->table == b->table && a->key.a == b->key.a && a->key.b == b->key.b;
}

/* The variable of the same row in a column with that attribute; NULL. */
static const struct set_var *sibling(const struct set_plan *plan, const struct set_var *var,
				     uint8_t attr, u_char asn)
{
	for (size_t i = 0; i < plan->nvars; i++) {
		const struct set_var *v = &plan->vars[i];

		if (same_row(v, var) && v->column->attr == attr && v->asn == asn)
			return v;
	}
	return NULL;
}

static bool is_row_status(const struct set_var *var)
{
	return var->column->attr == CDAT_A_NODE_ROW || var->column->attr == CDAT_A_ADAPTER_ROW;
}

/* The order in which operations must be applied: rows are made before they are filled,
 * nodes before adapters, and removed last. */
static int phase(const struct cdat_op *op)
{
	switch (op->kind) {
	case CDAT_OP_LOCK:
		return 0;
	case CDAT_OP_NODE_CREATE:
		return 1;
	case CDAT_OP_ADAPTER_CREATE:
		return 2;
	case CDAT_OP_ADAPTER_DESTROY:
		return 4;
	case CDAT_OP_NODE_DESTROY:
		return 5;
	default:
		return 3;
	}
}

static void add_op(struct set_plan *plan, const struct cdat_op *op)
{
	size_t at = plan->nops++;

	while (at > 0 && phase(&plan->ops[at - 1]) > phase(op)) {
		plan->ops[at] = plan->ops[at - 1];
		at--;
	}
	plan->ops[at] = *op;
}

static void plan_row_status(struct set_plan *plan, const struct set_var *var, struct cdat_op *op,
			    bool exists, struct set_error *error)
{
	const bool node = var->table->kind == CDAT_K_NODE;

	switch (var->number) {
	case ROW_CREATE_AND_GO:
		if (exists) {
			set_refuse(error, SNMP_ERR_INCONSISTENTVALUE, CDAT_RES_OTHER,
				   "%s: createAndGo of a row that exists", var->column->name);
			return;
		}
		op->kind = node ? CDAT_OP_NODE_CREATE : CDAT_OP_ADAPTER_CREATE;
		break;
	case ROW_DESTROY:
		if (!exists)
			return;		/* RFC 2579: no error */
		op->kind = node ? CDAT_OP_NODE_DESTROY : CDAT_OP_ADAPTER_DESTROY;
		break;
	default:
		if (!exists) {
			set_refuse(error, SNMP_ERR_INCONSISTENTVALUE, CDAT_RES_OTHER,
				   "%s: there is no such row; createAndGo makes one",
				   var->column->name);
			return;
		}
	}
	add_op(plan, op);
}

/* cdatAdapterAddr with the type it has after the SET. */
static void plan_addr(const struct set_plan *plan, const struct set_var *var,
		      const struct cdat_adapter *row, struct cdat_op *op, struct set_error *error)
{
	const struct set_var *type = sibling(plan, var, CDAT_A_ADDR, ASN_INTEGER);
	const int family = type ? (int)type->number
		: row && row->addr.family ? row->addr.family : CDAT_AF_IPV4;

	if (var->len != (family == CDAT_AF_IPV4 ? 4 : 16)) {
		set_refuse(error, SNMP_ERR_INCONSISTENTVALUE, CDAT_RES_BAD_ADDRESS,
			   "%zu octets do not fit cdatAdapterAddrType %s", var->len,
			   family == CDAT_AF_IPV4 ? "ipv4" : "ipv6");
		return;
	}
	op->addr.family = (uint8_t)family;
	memcpy(op->addr.octets, var->octets, var->len);
}

/* cdatAdapterAddrType by itself changes nothing: with the address it is part of that
 * operation, alone it may only repeat what is there. */
static void plan_addr_type(const struct set_plan *plan, const struct set_var *var,
			   const struct cdat_adapter *row, struct set_error *error)
{
	if (sibling(plan, var, CDAT_A_ADDR, ASN_OCTET_STR))
		return;
	if (row && row->addr.family != var->number)
		set_refuse(error, SNMP_ERR_INCONSISTENTVALUE, CDAT_RES_BAD_ADDRESS,
			   "a change of cdatAdapterAddrType needs cdatAdapterAddr in the same SET");
}

/* A column of cdatNodeTable or cdatAdapterTable. */
static void plan_row(const struct mib_data *data, struct set_plan *plan, const struct set_var *var,
		     struct set_error *error)
{
	const bool node = var->table->kind == CDAT_K_NODE;
	const void *row = replica_get(data->rep, var->table->kind, var->key);
	struct cdat_op op = {
		.kind = node ? CDAT_OP_NODE_SET : CDAT_OP_ADAPTER_SET,
		.index = var->index, .node = (uint16_t)var->key.a, .adapter = (uint8_t)var->key.b,
		.attr = var->column->attr, .number = var->number,
	};

	memcpy(op.text, var->text, sizeof(op.text));
	if (is_row_status(var)) {
		plan_row_status(plan, var, &op, row != NULL, error);
		return;
	}
	if (var->column->attr == CDAT_A_ADDR) {
		if (var->asn == ASN_INTEGER) {
			plan_addr_type(plan, var, row, error);
			return;
		}
		plan_addr(plan, var, row, &op, error);
		if (error->snmp != SNMP_ERR_NOERROR)
			return;
	}
	add_op(plan, &op);
}

static void plan_local(const struct mib_data *data, struct set_plan *plan,
		       const struct set_var *var, struct set_error *error)
{
	const struct mib_instance inst = {
		.table = var->table, .column = var->column, .key = var->key,
		.record = replica_get(data->rep, var->table->kind, var->key),
	};
	struct set_local *local = &plan->locals[plan->nlocals];
	struct mib_value old;

	if (!inst.record) {
		set_refuse(error, SNMP_ERR_RESOURCEUNAVAILABLE, CDAT_RES_OTHER,
			   "%s has no such row now", var->column->name);
		return;
	}
	mib_value(data, &inst, &old);
	local->what = var->column->local;
	local->kind = (uint8_t)var->key.a;
	local->number = var->number;
	local->old = old.asn == ASN_INTEGER ? old.u.integer : (int64_t)old.u.number;
	plan->nlocals++;
}

static void plan_var(const struct mib_data *data, struct set_plan *plan, const struct set_var *var,
		     struct set_error *error)
{
	struct cdat_op op = { .index = var->index, .attr = var->column->attr,
			      .number = var->number };

	if (var->column->local) {
		plan_local(data, plan, var, error);
		return;
	}
	switch (var->table->kind) {
	case CDAT_K_CLUSTER:
		op.kind = CDAT_OP_LOCK;
		add_op(plan, &op);
		break;
	case CDAT_K_PARAMS:
		op.kind = CDAT_OP_PARAM_SET;
		add_op(plan, &op);
		break;
	default:
		plan_row(data, plan, var, error);
	}
}

void set_plan(const struct mib_data *data, struct set_plan *plan, struct set_error *error)
{
	*error = (struct set_error){ .snmp = SNMP_ERR_NOERROR };
	plan->nops = 0;
	plan->nlocals = 0;
	for (size_t i = 0; i < plan->nvars; i++) {
		plan_var(data, plan, &plan->vars[i], error);
		if (error->snmp != SNMP_ERR_NOERROR) {
			error->index = plan->vars[i].index;
			return;
		}
	}
}

int set_snmp_error(const struct cdat_outcome *outcome)
{
	static const int errors[] = {
		[CDAT_FAULT_NONE] = SNMP_ERR_GENERR,
		[CDAT_FAULT_WRONG_VALUE] = SNMP_ERR_WRONGVALUE,
		[CDAT_FAULT_INCONSISTENT_VALUE] = SNMP_ERR_INCONSISTENTVALUE,
		[CDAT_FAULT_INCONSISTENT_NAME] = SNMP_ERR_INCONSISTENTNAME,
		[CDAT_FAULT_NO_CREATION] = SNMP_ERR_NOCREATION,
		[CDAT_FAULT_RESOURCE_UNAVAILABLE] = SNMP_ERR_RESOURCEUNAVAILABLE,
		[CDAT_FAULT_COMMIT_FAILED] = SNMP_ERR_COMMITFAILED,
	};

	return outcome->fault < sizeof(errors) / sizeof(errors[0]) ? errors[outcome->fault]
								   : SNMP_ERR_GENERR;
}
