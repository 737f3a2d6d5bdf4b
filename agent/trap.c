/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What each notification carries, as data: the rows are the OBJECTS clauses of CDAT-MIB.
 * Values come from the columns, so a notification and a GET cannot disagree.
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
	/* The address given up is probed again at once: the event has the count it had. */
	if (event->kind == CDAT_EV_FAILOVER && inst.table == &mib_path)
		mib_put_number(&value, ASN_GAUGE, event->number);
	memcpy(name, data->root, data->root_len * sizeof(oid));
	len = data->root_len + mib_suffix(&inst, name + data->root_len);
	return snmp_varlist_add_variable(vars, name, len, value.asn, value.data, value.len) != NULL;
}

netsnmp_variable_list *trap_variables(const struct mib_data *data, const struct cdat_event *event)
{
	static const oid sys_uptime[] = { 1, 3, 6, 1, 2, 1, 1, 3, 0 };
	static const oid trap_oid[] = { 1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0 };
	struct mib_data own = *data;
	struct change_log failed;
	const u_long uptime = mib_stamp(data, event->mono);
	netsnmp_variable_list *vars = NULL;
	oid kind[MAX_OID_LEN];
	size_t len = data->root_len;
	bool good;

	/* the change that failed may have been tried by cdatctl, and not be the agent's last */
	if (event->kind == CDAT_EV_CHANGE_FAILED) {
		failed = *data->changes;
		failed.wall = 1;
		failed.last.result = (uint8_t)event->number;
		memcpy(failed.last.text, event->text, sizeof(failed.last.text));
		own.changes = &failed;
		data = &own;
	}
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
