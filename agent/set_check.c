/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The checks of one variable of a SET by itself, in the order of RFC 3416 4.2.5: access,
 * type, length, value, existence of the index.  Ranges come from the attribute rows that
 * the table itself is checked by.
 */
#include "config.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "agent/set.h"
#include "wire/attr.h"
#include "wire/control.h"

/* RowStatus (RFC 2579) as set; 1 and 2 are also attributes of the table */
enum { ROW_NOT_READY = 3, ROW_CREATE_AND_WAIT = 5, ROW_DESTROY = 6 };

/* Ranges of the local objects (cdatNotify, cdatEventLimit) as the MIB has them. */
static const struct { int64_t min, max; } local_range[] = {
	[CDAT_L_NOTIFY_ALL] = { 1, 2 },
	[CDAT_L_NOTIFY_SCOPE] = { CDAT_SCOPE_EVERY_MEMBER, CDAT_SCOPE_ONE_MEMBER },
	[CDAT_L_NOTIFY_WINDOW] = { 0, 3600 },
	[CDAT_L_NOTIFY_LIMIT] = { 1, 10000 },
	[CDAT_L_NOTIFY_ENABLE] = { 1, 2 },
	[CDAT_L_NOTIFY_MIN_INTERVAL] = { 0, 3600 },
	[CDAT_L_EVENT_LIMIT] = { 16, 65535 },
};

void set_refuse(struct set_error *error, int snmp, enum cdat_result result, const char *fmt, ...)
{
	va_list ap;

	error->snmp = snmp;
	error->outcome = (struct cdat_outcome){ .result = (uint8_t)result };
	va_start(ap, fmt);
	vsnprintf(error->outcome.text, sizeof(error->outcome.text), fmt, ap);
	va_end(ap);
}

/* Refused for its type or index alone: no change was tried, cdatChangeLast* stays. */
static void refuse_quietly(struct set_error *error, int snmp)
{
	error->snmp = snmp;
	error->outcome = (struct cdat_outcome){ 0 };
}

static enum cdat_result result_of(uint8_t attr)
{
	switch (attr) {
	case CDAT_A_PREFIX_LEN:
		return CDAT_RES_BAD_PREFIX_LENGTH;
	case CDAT_A_MTU:
		return CDAT_RES_MTU_TOO_SMALL;
	case CDAT_A_NODE_STORAGE:
	case CDAT_A_ADAPTER_STORAGE:
		return CDAT_RES_ROW_PROTECTED;
	case CDAT_A_ADDR:
		return CDAT_RES_BAD_ADDRESS;
	default:
		return CDAT_RES_OTHER;
	}
}

static bool is_row_status(const struct mib_column *col)
{
	return col->attr == CDAT_A_NODE_ROW || col->attr == CDAT_A_ADAPTER_ROW;
}

static void check_number(const struct set_var *var, struct set_error *error)
{
	const struct mib_column *col = var->column;
	const int64_t n = var->number;
	const struct cdat_attr_row *row;
	bool good;

	if (col->local) {
		good = n >= local_range[col->local].min && n <= local_range[col->local].max;
	} else if (is_row_status(col)) {
		good = n >= CDAT_ROW_ACTIVE && n <= ROW_DESTROY && n != ROW_NOT_READY &&
		       n != ROW_CREATE_AND_WAIT;
	} else if (col->attr == CDAT_A_ADDR) {
		good = n == CDAT_AF_IPV4 || n == CDAT_AF_IPV6;
	} else if (col->attr == CDAT_A_NONE) {
		good = n >= 0 && n <= INT32_MAX;	/* TestAndIncr */
	} else {
		row = cdat_attr_find((enum cdat_attr)col->attr);
		good = row && cdat_attr_in_range(row, n);
	}
	if (!good)
		set_refuse(error, SNMP_ERR_WRONGVALUE, result_of(col->attr),
			   "%s: %" PRId64 " is not a value it can have", col->name, n);
}

static void check_octets(const netsnmp_variable_list *vb, struct set_var *var,
			 struct set_error *error)
{
	const char *name = var->column->name;

	if (var->column->attr == CDAT_A_ADDR) {
		if (vb->val_len != 4 && vb->val_len != 16) {
			set_refuse(error, SNMP_ERR_WRONGLENGTH, CDAT_RES_BAD_ADDRESS,
				   "%s: an address has 4 or 16 octets, not %zu", name, vb->val_len);
			return;
		}
		memcpy(var->octets, vb->val.string, vb->val_len);
		return;
	}
	if (!vb->val_len || vb->val_len > CDAT_NAME_MAX) {
		set_refuse(error, SNMP_ERR_WRONGLENGTH, CDAT_RES_BAD_NAME,
			   "%s: a name has 1 to %d octets, not %zu", name, CDAT_NAME_MAX, vb->val_len);
		return;
	}
	memcpy(var->text, vb->val.string, vb->val_len);
	if (strlen(var->text) != vb->val_len || !cdat_name_ok(var->text))
		set_refuse(error, SNMP_ERR_WRONGVALUE, CDAT_RES_BAD_NAME,
			   "%s: letters, digits, '-', '.', '_' only, beginning with a letter or digit",
			   name);
}

static void check_value(const netsnmp_variable_list *vb, struct set_var *var,
			struct set_error *error)
{
	if (vb->type != var->column->asn) {
		refuse_quietly(error, SNMP_ERR_WRONGTYPE);
		return;
	}
	var->asn = vb->type;
	var->len = vb->val_len;
	switch (vb->type) {
	case ASN_OCTET_STR:
		check_octets(vb, var, error);
		break;
	case ASN_INTEGER:
		var->number = *vb->val.integer;
		check_number(var, error);
		break;
	default:
		var->number = (int64_t)(u_long)*vb->val.integer;
		check_number(var, error);
	}
}

void set_check(const struct mib_data *data, const oid *suffix, size_t len,
	       const netsnmp_variable_list *vb, struct set_var *var, struct set_error *error)
{
	struct mib_instance inst;
	const enum mib_found found = mib_find(data, suffix, len, &inst);

	*var = (struct set_var){ .table = inst.table, .column = inst.column, .key = inst.key };
	*error = (struct set_error){ .snmp = SNMP_ERR_NOERROR };
	if (found == MIB_NO_OBJECT || inst.column->access == MIB_RO) {
		refuse_quietly(error, SNMP_ERR_NOTWRITABLE);
		return;
	}
	check_value(vb, var, error);
	if (error->snmp == SNMP_ERR_NOERROR && found == MIB_NO_INDEX)
		refuse_quietly(error, SNMP_ERR_NOCREATION);
}
