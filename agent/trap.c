/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What each notification carries, as data: the rows are the OBJECTS clauses of CDAT-MIB.
 * Values come from the columns, so a notification and a GET cannot disagree; but where the
 * event tells a value, that is the one of the event, whenever it is sent.
 */
#include "config.h"

#include <string.h>

#include "agent/notify.h"
#include "wire/records.h"

/* Whose instance an object is. */
enum of { OF_EVENT = 1, OF_SCALAR, OF_NODE, OF_ADAPTER, OF_OTHER, OF_ROLE };

#define OBJECTS_MOST 10

struct object { const char *name; enum of of; };

#define HEAD { "cdatEventSeverity", OF_EVENT }, { "cdatEventText", OF_EVENT }, \
	     { "cdatEventDate", OF_EVENT }, { "cdatClusterName", OF_SCALAR }, \
	     { "cdatLocalNodeName", OF_SCALAR }
#define ADAPTER_OBJECTS { "cdatNodeName", OF_NODE }, { "cdatAdapterLabel", OF_ADAPTER }, \
			{ "cdatAdapterOperStatus", OF_ADAPTER }, { "cdatAdapterRank", OF_ADAPTER }
#define STANDING_OBJECTS { "cdatPartitionState", OF_SCALAR }, { "cdatNodesTotal", OF_SCALAR }, \
			 { "cdatNodesUp", OF_SCALAR }, { "cdatNodesDown", OF_SCALAR }, \
			 { "cdatTableEpoch", OF_SCALAR }

static const struct object objects[CDAT_EV_KINDS + 1][OBJECTS_MOST + 1] = {
	[CDAT_EV_NODE_UNREACHABLE] = { HEAD, { "cdatNodeName", OF_NODE },
		{ "cdatNodeState", OF_NODE }, { "cdatNodeVotesUnreachable", OF_NODE },
		{ "cdatPartitionState", OF_SCALAR } },
	[CDAT_EV_NODE_REACHABLE] = { HEAD, { "cdatNodeName", OF_NODE },
		{ "cdatNodeState", OF_NODE }, { "cdatNodeCurrentAdapter", OF_NODE } },
	[CDAT_EV_NODE_JOINED] = { HEAD, { "cdatNodeName", OF_NODE }, { "cdatNodeState", OF_NODE },
		{ "cdatNodeIncarnation", OF_NODE }, { "cdatNodesUp", OF_SCALAR } },
	[CDAT_EV_NODE_LEFT] = { HEAD, { "cdatNodeName", OF_NODE }, { "cdatNodeState", OF_NODE },
		{ "cdatNodesUp", OF_SCALAR } },
	[CDAT_EV_ADAPTER_DOWN] = { HEAD, ADAPTER_OBJECTS },
	[CDAT_EV_ADAPTER_UP] = { HEAD, ADAPTER_OBJECTS },
	[CDAT_EV_FAILOVER] = { HEAD, { "cdatNodeName", OF_NODE }, { "cdatAdapterLabel", OF_OTHER },
		{ "cdatAdapterLabel", OF_ADAPTER }, { "cdatPathFailures", OF_OTHER } },
	[CDAT_EV_FAILBACK] = { HEAD, { "cdatNodeName", OF_NODE }, { "cdatAdapterLabel", OF_OTHER },
		{ "cdatAdapterLabel", OF_ADAPTER } },
	[CDAT_EV_PARTITIONED] = { HEAD, STANDING_OBJECTS },
	[CDAT_EV_MERGED] = { HEAD, STANDING_OBJECTS },
	[CDAT_EV_TABLE_CHANGED] = { HEAD, { "cdatTableEpoch", OF_SCALAR },
		{ "cdatTableVersion", OF_SCALAR }, { "cdatEventNode", OF_EVENT } },
	[CDAT_EV_CHANGE_FAILED] = { HEAD, { "cdatChangeLastResult", OF_SCALAR },
		{ "cdatChangeLastText", OF_SCALAR } },
	[CDAT_EV_AUTH_FAILURE] = { HEAD, { "cdatEventAddrType", OF_EVENT },
		{ "cdatEventAddr", OF_EVENT }, { "cdatEventPort", OF_EVENT },
		{ "cdatStatsAuthFailures", OF_SCALAR } },
	[CDAT_EV_HEALTH_CHANGED] = { HEAD, { "cdatHealth", OF_SCALAR },
		{ "cdatHealthReason", OF_SCALAR } },
	[CDAT_EV_ROLE_MOVED] = { HEAD, { "cdatRoleName", OF_ROLE }, { "cdatRoleState", OF_ROLE },
		{ "cdatRoleHolderName", OF_ROLE }, { "cdatRoleBackups", OF_ROLE } },
	[CDAT_EV_ROUTE_SHARED] = { HEAD, { "cdatNodeName", OF_NODE },
		{ "cdatAdapterLabel", OF_ADAPTER }, { "cdatRouteState", OF_ADAPTER },
		{ "cdatRouteShared", OF_ADAPTER } },
	[CDAT_EV_CHANGE_CONFLICT] = { HEAD, { "cdatTableEpoch", OF_SCALAR },
		{ "cdatTableVersion", OF_SCALAR } },
};

const char *trap_object(enum cdat_event_kind kind, size_t i)
{
	return kind <= CDAT_EV_KINDS && i <= OBJECTS_MOST ? objects[kind][i].name : NULL;
}

static struct cdat_key key_of(const struct cdat_event *event, enum of of)
{
	switch (of) {
	case OF_EVENT:
		return (struct cdat_key){ event->event, 0 };
	case OF_NODE:
		return (struct cdat_key){ event->node, 0 };
	case OF_ADAPTER:
		return (struct cdat_key){ event->node, event->adapter };
	case OF_OTHER:
		return (struct cdat_key){ event->node, event->other_adapter };
	case OF_ROLE:
		return (struct cdat_key){ event->role, 0 };
	default:
		return (struct cdat_key){ 0, 0 };
	}
}

/* What an event itself tells stands before what rows show by the time that it is sent. */
enum tells { IMPLIED, NUMBER, NUMBER_IF_KNOWN, TEXT, TEXT_REASON, NODE_NAME };

static const struct told {
	uint8_t kind;
	const char *name;		/* of the object */
	enum tells by;
	u_char asn;
	long value;			/* that is implied */
} told[] = {
	{ CDAT_EV_NODE_UNREACHABLE, "cdatNodeState", IMPLIED, ASN_INTEGER, CDAT_UNREACHABLE },
	{ CDAT_EV_NODE_JOINED, "cdatNodeState", IMPLIED, ASN_INTEGER, CDAT_MEMBER },
	{ CDAT_EV_ADAPTER_DOWN, "cdatAdapterOperStatus", IMPLIED, ASN_INTEGER, CDAT_DOWN },
	{ CDAT_EV_ADAPTER_UP, "cdatAdapterOperStatus", IMPLIED, ASN_INTEGER, CDAT_UP },
	/* the address given up is probed again at once */
	{ CDAT_EV_FAILOVER, "cdatPathFailures", NUMBER, ASN_GAUGE, 0 },
	{ CDAT_EV_TABLE_CHANGED, "cdatTableVersion", NUMBER_IF_KNOWN, ASN_UNSIGNED, 0 },
	{ CDAT_EV_CHANGE_CONFLICT, "cdatTableVersion", NUMBER_IF_KNOWN, ASN_UNSIGNED, 0 },
	/* it may have been tried by cdatctl, and not be the agent's last */
	{ CDAT_EV_CHANGE_FAILED, "cdatChangeLastResult", NUMBER, ASN_INTEGER, 0 },
	{ CDAT_EV_CHANGE_FAILED, "cdatChangeLastText", TEXT, ASN_OCTET_STR, 0 },
	{ CDAT_EV_HEALTH_CHANGED, "cdatHealth", NUMBER_IF_KNOWN, ASN_INTEGER, 0 },
	{ CDAT_EV_HEALTH_CHANGED, "cdatHealthReason", TEXT_REASON, ASN_OCTET_STR, 0 },
	{ CDAT_EV_ROLE_MOVED, "cdatRoleHolderName", NODE_NAME, ASN_OCTET_STR, 0 },
};

/* What follows "health is warning: "; nothing when it is well. */
static const char *reason_of(const struct cdat_event *event)
{
	const char *colon = strstr(event->text, ": ");

	return colon ? colon + 2 : "";
}

/* Overwrites the value of the object with what the event tells of it, if it does. */
static void by_event(const struct mib_data *data, const struct cdat_event *event,
		     const struct mib_column *column, struct mib_value *value)
{
	const struct told *t = NULL;
	const struct cdat_node *node;
	long number;

	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]) && !t; i++) {
		if (told[i].kind == event->kind && !strcmp(told[i].name, column->name))
			t = &told[i];
	}
	if (!t || (t->by == NUMBER_IF_KNOWN && !event->number))
		return;
	switch (t->by) {
	case TEXT:
		mib_put_text(value, event->text);
		return;
	case TEXT_REASON:
		mib_put_text(value, reason_of(event));
		return;
	case NODE_NAME:
		node = event->node ? replica_node(data->rep, event->node) : NULL;
		mib_put_text(value, node ? node->name : "");
		return;
	default:
		number = t->by == IMPLIED ? t->value : (long)event->number;
		if (t->asn == ASN_INTEGER)
			mib_put_integer(value, number);
		else
			mib_put_number(value, t->asn, (u_long)number);
	}
}

/* A row that went since the event: its key, and nothing else, is still known. */
static void absent(enum cdat_kind kind, struct cdat_key key, union cdat_record *record)
{
	memset(record, 0, sizeof(*record));
	switch (kind) {
	case CDAT_K_NODE:
		record->node.node = (uint16_t)key.a;
		break;
	case CDAT_K_ADAPTER:
		record->adapter.node = (uint16_t)key.a;
		record->adapter.adapter = (uint8_t)key.b;
		break;
	default:
		break;
	}
}

static bool add_object(const struct mib_data *data, const struct cdat_event *event,
		       const struct object *object, netsnmp_variable_list **vars)
{
	struct mib_instance inst = { .key = key_of(event, object->of) };
	union cdat_record gone;
	struct mib_value value;
	oid name[MAX_OID_LEN];
	size_t len;

	inst.column = mib_by_name(object->name, &inst.table);
	if (!inst.column)
		return false;
	inst.record = object->of == OF_EVENT ? event
		: replica_get(data->rep, inst.table->kind, inst.key);
	if (!inst.record && !inst.column->always) {
		absent(inst.table->kind, inst.key, &gone);
		inst.record = &gone;
	}
	mib_value(data, &inst, &value);
	by_event(data, event, inst.column, &value);
	memcpy(name, data->root, data->root_len * sizeof(oid));
	len = data->root_len + mib_suffix(&inst, name + data->root_len);
	return snmp_varlist_add_variable(vars, name, len, value.asn, value.data, value.len) != NULL;
}

netsnmp_variable_list *trap_variables(const struct mib_data *data, const struct cdat_event *event)
{
	static const oid sys_uptime[] = { 1, 3, 6, 1, 2, 1, 1, 3, 0 };
	static const oid trap_oid[] = { 1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0 };
	const u_long uptime = mib_stamp(data, event->mono);
	netsnmp_variable_list *vars = NULL;
	oid kind[MAX_OID_LEN];
	size_t len = data->root_len;
	bool good;

	memcpy(kind, data->root, len * sizeof(oid));
	kind[len++] = 0;
	kind[len++] = event->kind;
	good = snmp_varlist_add_variable(&vars, sys_uptime, OID_LENGTH(sys_uptime), ASN_TIMETICKS,
					 &uptime, sizeof(uptime)) &&
	       snmp_varlist_add_variable(&vars, trap_oid, OID_LENGTH(trap_oid), ASN_OBJECT_ID,
					 kind, len * sizeof(oid));
	for (const struct object *o = objects[event->kind]; good && o->name; o++)
		good = add_object(data, event, o, &vars);
	if (good)
		return vars;
	snmp_free_varbind(vars);
	return NULL;
}
