/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Requests to an SNMP agent by Net-SNMP.
 */
#include "config.h"

#include "query.h"

#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>

#include "session.h"

static const oid root[] = { CDAT_MIB_ROOT_OID };

/* Their place below cdatObjects (root.1). */
static const struct {
	const char *name;
	uint8_t n, place[4];
} objects[OBJECTS] = {
	[O_HEALTH] = { "cdatHealth", 2, { 1, 1 } },
	[O_HEALTH_REASON] = { "cdatHealthReason", 2, { 1, 2 } },
	[O_CLUSTER_NAME] = { "cdatClusterName", 2, { 1, 3 } },
	[O_CLUSTER_STATE] = { "cdatClusterState", 2, { 1, 4 } },
	[O_PARTITION_STATE] = { "cdatPartitionState", 2, { 1, 5 } },
	[O_LOCAL_NODE] = { "cdatLocalNodeIndex", 2, { 1, 6 } },
	[O_LOCAL_NAME] = { "cdatLocalNodeName", 2, { 1, 7 } },
	[O_TABLE_VERSION] = { "cdatTableVersion", 2, { 1, 11 } },
	[O_TABLE_DIGEST] = { "cdatTableDigest", 2, { 1, 12 } },
	[O_NODES_TOTAL] = { "cdatNodesTotal", 2, { 1, 16 } },
	[O_NODES_UP] = { "cdatNodesUp", 2, { 1, 17 } },
	[O_NODES_DOWN] = { "cdatNodesDown", 2, { 1, 18 } },
	[O_ADAPTERS_TOTAL] = { "cdatAdaptersTotal", 2, { 1, 19 } },
	[O_ADAPTERS_DOWN] = { "cdatAdaptersDown", 2, { 1, 20 } },
	[O_SINGLE_PATH] = { "cdatNodesSinglePath", 2, { 1, 21 } },
	[O_SERVICER_VERSION] = { "cdatServicerVersion", 2, { 1, 25 } },
	[O_NODE_BY_NAME] = { "cdatNodeNameIndex", 4, { 3, 3, 1, 2 } },
	[O_NODE_NAME] = { "cdatNodeName", 4, { 3, 2, 1, 2 } },
	[O_NODE_STATE] = { "cdatNodeState", 4, { 3, 2, 1, 4 } },
	[O_NODE_PRIMARY] = { "cdatNodePrimaryAdapter", 4, { 3, 2, 1, 5 } },
	[O_NODE_CURRENT] = { "cdatNodeCurrentAdapter", 4, { 3, 2, 1, 6 } },
	[O_NODE_ADAPTERS] = { "cdatNodeAdapters", 4, { 3, 2, 1, 7 } },
	[O_NODE_ADAPTERS_DOWN] = { "cdatNodeAdaptersDown", 4, { 3, 2, 1, 8 } },
	[O_NODE_SILENCE] = { "cdatNodeSilence", 4, { 3, 2, 1, 11 } },
	[O_NODE_RTT] = { "cdatNodeRtt", 4, { 3, 2, 1, 12 } },
	[O_NODE_SYNC] = { "cdatNodeSync", 4, { 3, 2, 1, 15 } },
	[O_NODE_ROW_STATUS] = { "cdatNodeRowStatus", 4, { 3, 2, 1, 20 } },
	[O_ADAPTER_LABEL] = { "cdatAdapterLabel", 4, { 4, 1, 1, 2 } },
	[O_ADAPTER_STATUS] = { "cdatAdapterOperStatus", 4, { 4, 1, 1, 17 } },
	[O_PATH_STATE] = { "cdatPathState", 4, { 5, 1, 1, 1 } },
	[O_PATH_CURRENT] = { "cdatPathCurrent", 4, { 5, 1, 1, 2 } },
	[O_PATH_SRTT] = { "cdatPathSrtt", 4, { 5, 1, 1, 3 } },
	[O_ROLE_NAME] = { "cdatRoleName", 4, { 12, 1, 1, 2 } },
	[O_ROLE_STATE] = { "cdatRoleState", 4, { 12, 1, 1, 3 } },
	[O_ROLE_HOLDER_NAME] = { "cdatRoleHolderName", 4, { 12, 1, 1, 5 } },
	[O_ROLE_CANDIDATES] = { "cdatRoleCandidates", 4, { 12, 1, 1, 7 } },
	[O_ROLE_BACKUPS] = { "cdatRoleBackups", 4, { 12, 1, 1, 8 } },
	[O_ROLE_MOVES] = { "cdatRoleMoves", 4, { 12, 1, 1, 9 } },
	[O_ROUTE_STATE] = { "cdatRouteState", 4, { 13, 1, 1, 1 } },
	[O_ROUTE_SHARED] = { "cdatRouteShared", 4, { 13, 1, 1, 7 } },
};

const char *object_name(enum object object)
{
	return objects[object].name;
}

/* The object's OID; gives its length. */
static size_t object_oid(enum object object, oid name[MAX_OID_LEN])
{
	size_t n = OID_LENGTH(root);

	memcpy(name, root, sizeof(root));
	name[n++] = 1;
	for (size_t i = 0; i < objects[object].n; i++)
		name[n++] = objects[object].place[i];
	return n;
}

static void value_of(const netsnmp_variable_list *var, struct value *value)
{
	bool printable = true;

	*value = (struct value){ .there = true };
	switch (var->type) {
	case ASN_OCTET_STR:
		value->is_text = true;
		for (size_t i = 0; i < var->val_len; i++)
			if (var->val.string[i] < ' ' || var->val.string[i] == 0x7f)
				printable = false;
		if (printable) {
			snprintf(value->text, sizeof(value->text), "%.*s", (int)var->val_len,
				 (const char *)var->val.string);
			break;
		}
		for (size_t i = 0; i < var->val_len && 2 * i + 2 < sizeof(value->text); i++)
			snprintf(value->text + 2 * i, 3, "%02x", var->val.string[i]);
		break;
	case ASN_INTEGER:
	case ASN_COUNTER:
	case ASN_GAUGE:			/* Unsigned32 too */
	case ASN_TIMETICKS:
		value->number = (uint64_t)*var->val.integer;
		if (var->type != ASN_INTEGER)
			value->number &= UINT32_MAX;
		break;
	default:		/* noSuchObject, noSuchInstance, endOfMibView, or no type of ours */
		value->there = false;
	}
}

static void tell(const struct query *query, enum object object, const uint32_t *index, size_t n,
		 const struct value *value)
{
	if (!query_options_of(query)->verbose)
		return;
	fprintf(stderr, "%s: %s", query_host(query), objects[object].name);
	for (size_t i = 0; i < n; i++)
		fprintf(stderr, ".%u", index[i]);
	if (n == 0)
		fprintf(stderr, ".0");
	if (!value->there)
		fprintf(stderr, " is not there\n");
	else if (value->is_text)
		fprintf(stderr, " = \"%s\"\n", value->text);
	else
		fprintf(stderr, " = %llu\n", (unsigned long long)value->number);
}

bool query_get(struct query *query, const enum object *wants, size_t n_wants,
	       const uint32_t *index, size_t n_index, struct value *values)
{
	struct snmp_pdu *pdu = snmp_pdu_create(SNMP_MSG_GET), *answer;
	const netsnmp_variable_list *var;
	oid name[MAX_OID_LEN];

	if (!pdu)
		return session_failed(query, "no memory");
	for (size_t i = 0; i < n_wants; i++) {
		size_t n = object_oid(wants[i], name);

		values[i] = (struct value){ 0 };
		for (size_t k = 0; k < n_index; k++)
			name[n++] = index[k];
		if (n_index == 0)
			name[n++] = 0;
		if (!snmp_add_null_var(pdu, name, n)) {
			snmp_free_pdu(pdu);
			return session_failed(query, "no memory");
		}
	}
	if (!session_ask(query, pdu, &answer))
		return false;
	for (var = answer->variables; var; var = var->next_variable)
		for (size_t i = 0; i < n_wants; i++) {
			size_t n = object_oid(wants[i], name);

			/* SNMPv1: those that are missing were left out of the answer */
			if (netsnmp_oid_is_subtree(name, n, var->name, var->name_length) == 0)
				value_of(var, &values[i]);
		}
	snmp_free_pdu(answer);
	for (size_t i = 0; i < n_wants; i++)
		tell(query, wants[i], index, n_index, &values[i]);
	return true;
}

/* ---- tables ---- */
static int compare(const struct row *row, uint32_t index0, uint32_t index1)
{
	if (row->index[0] != index0)
		return row->index[0] < index0 ? -1 : 1;
	return row->index[1] == index1 ? 0 : row->index[1] < index1 ? -1 : 1;
}

const struct row *rows_find(const struct rows *rows, uint32_t index0, uint32_t index1)
{
	size_t low = 0, high = rows->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = compare(&rows->rows[middle], index0, index1);

		if (order == 0)
			return &rows->rows[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static struct row *rows_append(struct rows *rows, const uint32_t index[2])
{
	struct row *row;

	if (rows->n == rows->cap) {
		size_t cap = rows->cap ? rows->cap * 2 : 64;
		struct row *more = realloc(rows->rows, cap * sizeof(*more));

		if (!more)
			return NULL;
		rows->rows = more;
		rows->cap = cap;
	}
	row = &rows->rows[rows->n];
	row->values = calloc(rows->columns, sizeof(*row->values));
	if (!row->values)
		return NULL;
	memcpy(row->index, index, sizeof(row->index));
	rows->n++;
	return row;
}

void rows_free(struct rows *rows)
{
	for (size_t i = 0; i < rows->n; i++)
		free(rows->rows[i].values);
	free(rows->rows);
	*rows = (struct rows){ 0 };
}

/* Takes what an answer tells of the column; sets *at to its last name.  *more: whether the
 * column may go on. */
static bool take(struct query *query, enum object object, size_t column, struct rows *rows,
		 const struct snmp_pdu *answer, oid at[MAX_OID_LEN], size_t *n_at, bool *more)
{
	oid name[MAX_OID_LEN];
	size_t n = object_oid(object, name);

	*more = answer->variables != NULL;
	for (const netsnmp_variable_list *var = answer->variables; var; var = var->next_variable) {
		uint32_t index[2] = { 0, 0 };
		struct row *row;

		if (netsnmp_oid_is_subtree(name, n, var->name, var->name_length) != 0 ||
		    var->type == SNMP_ENDOFMIBVIEW ||
		    snmp_oid_compare(var->name, var->name_length, at, *n_at) <= 0) {
			*more = false;		/* also an agent that goes in circles */
			return true;
		}
		memcpy(at, var->name, var->name_length * sizeof(oid));
		*n_at = var->name_length;
		for (size_t i = 0; i < 2 && n + i < var->name_length; i++)
			index[i] = (uint32_t)var->name[n + i];
		if (column == 0)
			row = rows_append(rows, index);
		else
			row = (struct row *)rows_find(rows, index[0], index[1]);
		if (!row && column == 0)
			return session_failed(query, "no memory");
		if (!row)
			continue;	/* it came meanwhile */
		value_of(var, &row->values[column]);
		tell(query, object, index, var->name_length - n, &row->values[column]);
	}
	return true;
}

static bool read_rows(struct query *query, const enum object *columns, size_t n_columns,
		      struct rows *rows)
{
	bool v1 = query_options_of(query)->version == SNMP_VERSION_1;

	for (size_t i = 0; i < n_columns; i++) {
		oid at[MAX_OID_LEN];
		size_t n_at = object_oid(columns[i], at);
		bool more = true;

		while (more) {
			struct snmp_pdu *answer, *pdu;

			pdu = snmp_pdu_create(v1 ? SNMP_MSG_GETNEXT : SNMP_MSG_GETBULK);
			if (!pdu)
				return session_failed(query, "no memory");
			if (!v1) {
				pdu->non_repeaters = 0;
				pdu->max_repetitions = 32;
			}
			if (!snmp_add_null_var(pdu, at, n_at)) {
				snmp_free_pdu(pdu);
				return session_failed(query, "no memory");
			}
			if (!session_ask(query, pdu, &answer))
				return false;
			bool taken = take(query, columns[i], i, rows, answer, at, &n_at, &more);

			snmp_free_pdu(answer);
			if (!taken)
				return false;
		}
	}
	return true;
}

bool query_rows(struct query *query, const enum object *columns, size_t n_columns,
		struct rows *rows)
{
	*rows = (struct rows){ .columns = n_columns };
	if (read_rows(query, columns, n_columns, rows))
		return true;
	rows_free(rows);
	return false;
}
