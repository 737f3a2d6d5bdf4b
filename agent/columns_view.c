/* SPDX-License-Identifier: BSD-2-Clause */
/* What members know of each other and what happened: cdatComponentTable, cdatMemberTable,
 * cdatPerspTable, cdatRoleTable, cdatRouteTable, cdatEventTable, cdatNotifyTable. */
#include "config.h"

#include <string.h>

#include "agent/mib.h"
#include "wire/control.h"

#define COMP(no, nm, a, f, m)	MIB_COL(no, nm, a, f, struct cdat_component, m)
static const struct mib_column component_columns[] = {
	COMP(2, "cdatComponentLocal", ASN_INTEGER, MIB_TRUTH, local),
	COMP(3, "cdatComponentPrimary", ASN_INTEGER, MIB_TRUTH, primary),
	COMP(4, "cdatComponentLeader", ASN_UNSIGNED, MIB_NUMBER, leader),
	COMP(5, "cdatComponentMembers", ASN_GAUGE, MIB_NUMBER, members),
	COMP(6, "cdatComponentEpoch", ASN_UNSIGNED, MIB_NUMBER, epoch),
	COMP(7, "cdatComponentBasis", ASN_INTEGER, MIB_NUMBER, basis),
	COMP(8, "cdatComponentSince", ASN_TIMETICKS, MIB_STAMP, since_mono),
};

const struct mib_table mib_component = {
	.name = "cdatComponentTable", .prefix_len = 4, .prefix = { 1, 6, 1, 1 },
	.index = MIB_ONE, .kind = CDAT_K_COMPONENT, .max_a = CDAT_NODE_MAX,
	MIB_COLUMNS(component_columns),
};

#define MEM(no, nm, a, f, m)	MIB_COL(no, nm, a, f, struct cdat_member, m)
static const struct mib_column member_columns[] = {
	MEM(1, "cdatMemberRole", ASN_INTEGER, MIB_NUMBER, part),
	MEM(2, "cdatMemberSince", ASN_TIMETICKS, MIB_STAMP, since_mono),
};

const struct mib_table mib_member = {
	.name = "cdatMemberTable", .prefix_len = 4, .prefix = { 1, 6, 2, 1 },
	.index = MIB_TWO, .kind = CDAT_K_MEMBER, .max_a = CDAT_NODE_MAX, .max_b = CDAT_NODE_MAX,
	MIB_COLUMNS(member_columns),
};

#define PER(no, nm, a, f, m)	MIB_COL(no, nm, a, f, struct cdat_persp, m)
static const struct mib_column persp_columns[] = {
	PER(2, "cdatPerspState", ASN_INTEGER, MIB_NUMBER, state),
	PER(3, "cdatPerspAdaptersUp", ASN_GAUGE, MIB_NUMBER, adapters_up),
	PER(4, "cdatPerspSilence", ASN_GAUGE, MIB_NUMBER, silence_ms),
	PER(5, "cdatPerspTime", ASN_TIMETICKS, MIB_STAMP, time_mono),
};

const struct mib_table mib_persp = {
	.name = "cdatPerspTable", .prefix_len = 4, .prefix = { 1, 7, 1, 1 },
	.index = MIB_TWO, .kind = CDAT_K_PERSP, .max_a = CDAT_NODE_MAX, .max_b = CDAT_NODE_MAX,
	MIB_COLUMNS(persp_columns),
};

/* cdatNotifyOid: cdatNotifications.kind */
static void notify_oid(const struct mib_data *data, const void *record, struct mib_value *value)
{
	const struct cdat_notify *n = record;
	size_t len = data->root_len;

	memcpy(value->u.oids, data->root, len * sizeof(oid));
	value->u.oids[len++] = 0;
	value->u.oids[len++] = n->kind;
	mib_put_oid(value, value->u.oids, len);
}

static const struct mib_column notify_columns[] = {
	MIB_FN(2, "cdatNotifyOid", ASN_OBJECT_ID, notify_oid),
	MIB_LOCAL(3, "cdatNotifyEnable", ASN_INTEGER, MIB_TRUTH, struct cdat_notify, enable,
		  CDAT_L_NOTIFY_ENABLE),
	MIB_LOCAL(4, "cdatNotifyMinInterval", ASN_UNSIGNED, MIB_NUMBER, struct cdat_notify,
		  min_interval_s, CDAT_L_NOTIFY_MIN_INTERVAL),
	MIB_COL(5, "cdatNotifySent", ASN_COUNTER, MIB_NUMBER, struct cdat_notify, sent),
	MIB_COL(6, "cdatNotifyHeld", ASN_COUNTER, MIB_NUMBER, struct cdat_notify, held),
	MIB_COL(7, "cdatNotifyLastSent", ASN_TIMETICKS, MIB_STAMP, struct cdat_notify, sent_mono),
};

const struct mib_table mib_notify = {
	.name = "cdatNotifyTable", .prefix_len = 4, .prefix = { 1, 10, 6, 1 },
	.index = MIB_ONE, .kind = CDAT_K_NOTIFY, .max_a = CDAT_EV_KINDS, MIB_COLUMNS(notify_columns),
};

#define EV(no, nm, a, f, m)	MIB_COL(no, nm, a, f, struct cdat_event, m)
static const struct mib_column event_columns[] = {
	EV(2, "cdatEventDate", ASN_OCTET_STR, MIB_DATE, wall),
	EV(3, "cdatEventType", ASN_INTEGER, MIB_NUMBER, kind),
	EV(4, "cdatEventSeverity", ASN_INTEGER, MIB_NUMBER, severity),
	EV(5, "cdatEventNode", ASN_UNSIGNED, MIB_NUMBER, node),
	EV(6, "cdatEventAdapter", ASN_UNSIGNED, MIB_NUMBER, adapter),
	EV(7, "cdatEventText", ASN_OCTET_STR, MIB_TEXT, text),
	EV(8, "cdatEventAddrType", ASN_INTEGER, MIB_ADDR_TYPE, addr),
	EV(9, "cdatEventAddr", ASN_OCTET_STR, MIB_ADDR, addr),
	EV(10, "cdatEventPort", ASN_UNSIGNED, MIB_ADDR_PORT, addr),
	EV(11, "cdatEventNotified", ASN_INTEGER, MIB_TRUTH, notified),
};

const struct mib_table mib_event = {
	.name = "cdatEventTable", .prefix_len = 4, .prefix = { 1, 11, 3, 1 },
	.index = MIB_ONE, .kind = CDAT_K_EVENT, .max_a = UINT32_MAX, MIB_COLUMNS(event_columns),
};

static void role_holder_name(const struct mib_data *data, const void *record,
			     struct mib_value *value)
{
	const struct cdat_role *r = record;
	const struct cdat_node *n = r->holder ? replica_node(data->rep, r->holder) : NULL;

	mib_put_text(value, n ? n->name : "");
}

static void role_preferred(const struct mib_data *data, const void *record,
			   struct mib_value *value)
{
	const struct cdat_role *r = record;

	(void)data;
	mib_put_number(value, ASN_UNSIGNED, r->ncandidates ? r->candidates[0] : 0);
}

#define R(no, nm, a, f, m)	MIB_COL(no, nm, a, f, struct cdat_role, m)
static const struct mib_column role_columns[] = {
	R(2, "cdatRoleName", ASN_OCTET_STR, MIB_TEXT, name),
	R(3, "cdatRoleState", ASN_INTEGER, MIB_NUMBER, state),
	R(4, "cdatRoleHolder", ASN_UNSIGNED, MIB_NUMBER, holder),
	MIB_FN(5, "cdatRoleHolderName", ASN_OCTET_STR, role_holder_name),
	MIB_FN(6, "cdatRolePreferred", ASN_UNSIGNED, role_preferred),
	R(7, "cdatRoleCandidates", ASN_GAUGE, MIB_NUMBER, ncandidates),
	R(8, "cdatRoleBackups", ASN_GAUGE, MIB_NUMBER, backups),
	R(9, "cdatRoleMoves", ASN_COUNTER, MIB_NUMBER, moves),
	R(10, "cdatRoleLastChange", ASN_TIMETICKS, MIB_STAMP, changed_mono),
};

const struct mib_table mib_role = {
	.name = "cdatRoleTable", .prefix_len = 4, .prefix = { 1, 12, 1, 1 },
	.index = MIB_ONE, .kind = CDAT_K_ROLE, .max_a = 65535, MIB_COLUMNS(role_columns),
};

#define RT(no, nm, a, f, m)	MIB_COL(no, nm, a, f, struct cdat_route, m)
static const struct mib_column route_columns[] = {
	RT(1, "cdatRouteState", ASN_INTEGER, MIB_NUMBER, state),
	RT(2, "cdatRouteHopType", ASN_INTEGER, MIB_ADDR_TYPE, hop),
	RT(3, "cdatRouteHop", ASN_OCTET_STR, MIB_ADDR, hop),
	RT(4, "cdatRouteHopText", ASN_OCTET_STR, MIB_ADDR_TEXT, hop),
	RT(5, "cdatRouteIfIndex", ASN_INTEGER, MIB_NUMBER, ifindex),
	RT(6, "cdatRouteIfName", ASN_OCTET_STR, MIB_TEXT, ifname),
	RT(7, "cdatRouteShared", ASN_UNSIGNED, MIB_NUMBER, shared),
	RT(8, "cdatRouteWantedText", ASN_OCTET_STR, MIB_ADDR_TEXT, wanted),
};

const struct mib_table mib_route = {
	.name = "cdatRouteTable", .prefix_len = 4, .prefix = { 1, 13, 1, 1 },
	.index = MIB_TWO, .kind = CDAT_K_ROUTE, .max_a = CDAT_NODE_MAX, .max_b = CDAT_ADAPTER_MAX,
	MIB_COLUMNS(route_columns),
};
