/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Field tables of the records.  Tags are for ever: a row may be added at the end of its
 * record, never renumbered.  The configured rows of a record come first, so that its
 * configured part is the same table cut short.
 *
 * Short forms: N a number or truth of any value (0 is not written), R one with a range if
 * present, K one that must be present, T a text, A an address.
 */
#include "wire/records.h"

#include "wire/codec_int.h"

#define COUNT(a)		(sizeof(a) / sizeof((a)[0]))
#define N(m, tg, ty)		CDAT_ROW(ROW, m, tg, CDAT_T_##ty)
#define R(m, tg, ty, mn, mx)	CDAT_ROW_RANGE(ROW, m, tg, CDAT_T_##ty, mn, mx)
#define K(m, tg, ty, mn, mx)	CDAT_ROW_REQ(ROW, m, tg, CDAT_T_##ty, mn, mx)
#define T(m, tg)		CDAT_ROW(ROW, m, tg, CDAT_T_TEXT)
#define A(m, tg)		CDAT_ROW(ROW, m, tg, CDAT_T_ADDR)

/* ---- scalars ----------------------------------------------------------------------- */

#define ROW struct cdat_cluster
static const struct cdat_field cluster_rows[] = {
	K(health, 1, U8, 1, CDAT_UNKNOWN),
	T(health_reason, 2),
	K(name, 3, TEXT, 1, CDAT_NAME_MAX),
	K(state, 4, U8, 1, CDAT_CS_STOPPING),
	K(standing, 5, U8, 1, CDAT_STANDING_UNKNOWN),
	N(local_node, 6, U16),
	T(local_name, 7),
	N(leader, 8, U16),
	N(component, 9, U16),
	N(epoch, 10, U32),
	N(version, 11, U32),
	N(digest, 12, FIXED),
	N(has_table, 13, BOOL),
	N(changed_mono, 14, U64),
	N(changed_wall, 15, U64),
	N(spin_lock, 16, U32),
	N(nodes_total, 17, U32),
	N(nodes_up, 18, U32),
	N(nodes_down, 19, U32),
	N(adapters_total, 20, U32),
	N(adapters_down, 21, U32),
	N(nodes_single_path, 22, U32),
	N(quorum_size, 23, U16),
	N(port, 24, U16),
	N(start_mono, 25, U64),
	N(start_wall, 26, U64),
	T(servicer_version, 27),
	N(next_node, 28, U16),
	K(change_state, 29, U8, 1, CDAT_CH_ABORTING),
	N(change_owner, 30, U16),
	N(sealed, 31, BOOL),
	N(loopback_ok, 32, BOOL),
	N(event_last, 33, U32),
	N(event_limit, 34, U32),
	N(notify_all, 35, BOOL),
	K(notify_scope, 36, U8, 1, CDAT_SCOPE_ONE_MEMBER),
	N(notify_window_s, 37, U32),
	N(notify_limit, 38, U32),
	N(notify_suppressed, 39, U32),
	N(notifier, 40, U16),
	N(key_id, 41, U8),
	N(pauses, 42, U64),
	N(poster, 43, U16),
	N(format, 44, U8),
};
#undef ROW

/* Ranges: cdatConfig of the MIB; attr.c has the same for operators. */
#define ROW struct cdat_params
static const struct cdat_field params_rows[] = {
	K(heartbeat_ms, 1, U32, 10, 60000),
	K(silence_limit, 2, U32, 2, 100),
	K(retry_threshold, 3, U32, 1, 255),
	K(response_min_ms, 4, U32, 1, 60000),
	K(response_max_ms, 5, U32, 1, 60000),
	K(consensus_ms, 6, U32, 10, 60000),
	R(probe_ms, 7, U32, 100, 3600000),
	N(auto_failback, 8, BOOL),
	N(pmtu_discovery, 9, BOOL),
	K(change_timeout_ms, 10, U32, 100, 30000),
	K(quorum, 11, U8, 1, CDAT_QUORUM_NONE),
};
#undef ROW

#define ROW struct cdat_stats
static const struct cdat_field stats_rows[] = {
	N(msgs_sent, 1, U64),
	N(msgs_received, 2, U64),
	N(octets_sent, 3, U64),
	N(octets_received, 4, U64),
	N(heartbeats_sent, 5, U64),
	N(heartbeats_received, 6, U64),
	N(multicasts_sent, 7, U64),
	N(retransmits, 8, U64),
	N(timeouts, 9, U64),
	N(failovers, 10, U64),
	N(undeliverable, 11, U64),
	N(send_errors, 12, U64),
	N(fragments_sent, 13, U64),
	N(reassembly_fails, 14, U64),
	N(duplicates, 15, U64),
	N(out_of_order, 16, U64),
	N(bad_format, 17, U64),
	N(bad_version, 18, U64),
	N(unknown_source, 19, U64),
	N(auth_failures, 20, U64),
	N(replays, 21, U64),
};
#undef ROW

/* ---- rows of tables ---------------------------------------------------------------- */

#define ROW struct cdat_node
static const struct cdat_field node_rows[] = {
	K(node, 1, U16, 1, CDAT_NODE_MAX),
	K(name, 2, TEXT, 1, CDAT_NAME_MAX),
	K(admin, 3, U8, 1, CDAT_ADMIN_DOWN),
	K(storage, 4, U8, 1, CDAT_STORE_READONLY),
	K(row, 5, U8, 1, CDAT_ROW_NOT_READY),
#define NODE_CONF 5
	K(state, 6, U8, 1, CDAT_NODE_DISABLED),
	N(primary, 7, U8),
	N(current, 8, U8),
	N(adapters, 9, U8),
	N(adapters_down, 10, U8),
	N(votes_reachable, 11, U32),
	N(votes_unreachable, 12, U32),
	N(heard_mono, 13, U64),
	N(rtt_us, 14, U32),
	N(incarnation, 15, U32),
	N(component, 16, U16),
	K(sync, 17, U8, 1, CDAT_SYNC_UNKNOWN),
	T(version, 18),
	N(down_count, 19, U32),
	N(changed_mono, 20, U64),
	N(format, 21, U8),
};
#undef ROW

#define ROW struct cdat_adapter
static const struct cdat_field adapter_rows[] = {
	K(node, 1, U16, 1, CDAT_NODE_MAX),
	K(adapter, 2, U8, 1, CDAT_ADAPTER_MAX),
	K(preference, 3, U16, 1, UINT16_MAX),
	A(addr, 4),
	R(prefix_len, 5, U8, 1, 128),
	K(type, 6, U16, 1, UINT16_MAX),
	{ .tag = 7, .type = CDAT_T_U8, .flags = CDAT_FF_REQUIRED,
	  .offset = offsetof(struct cdat_adapter, class_), .size = 1,
	  .min = 1, .max = CDAT_CLASS_CONTROL, .name = "class" },
	R(dscp, 8, I8, (uint64_t)-1, 63),
	R(mtu, 9, U16, 576, UINT16_MAX),
	N(retry_threshold, 10, U8),
	K(admin, 11, U8, 1, CDAT_ADMIN_DOWN),
	K(storage, 12, U8, 1, CDAT_STORE_READONLY),
	K(row, 13, U8, 1, CDAT_ROW_NOT_READY),
	R(prefix_reported, 14, U8, 1, 128),
	N(type_reported, 15, U16),
	N(mtu_reported, 16, U16),
	N(multicast, 17, BOOL),
	T(ifname, 18),
#define ADAPTER_CONF 18
	N(rank, 19, U8),
	N(mtu_oper, 20, U16),
	K(oper, 21, U8, 1, CDAT_DISABLED),
	N(ifindex, 22, U32),
	N(down_count, 23, U32),
	N(changed_mono, 24, U64),
};
#undef ROW

#define ROW struct cdat_path
static const struct cdat_field path_rows[] = {
	K(node, 1, U16, 1, CDAT_NODE_MAX),
	K(adapter, 2, U8, 1, CDAT_ADAPTER_MAX),
	K(state, 3, U8, 1, CDAT_DISABLED),
	N(current, 4, BOOL),
	N(srtt_us, 5, U32),
	N(rttvar_us, 6, U32),
	N(rtt_last_us, 7, U32),
	N(timeout_us, 8, U32),
	N(mtu, 9, U16),
	N(max_message, 10, U16),
	N(failures, 11, U32),
	N(threshold, 12, U8),
	N(msgs_sent, 13, U64),
	N(msgs_received, 14, U64),
	N(octets_sent, 15, U64),
	N(octets_received, 16, U64),
	N(retransmits, 17, U64),
	N(timeouts, 18, U64),
	N(failovers_from, 19, U32),
	N(failovers_to, 20, U32),
	N(down_count, 21, U32),
	N(heard_mono, 22, U64),
	N(changed_mono, 23, U64),
	N(discontinuity_mono, 24, U64),
	N(peer_hears, 25, BOOL),
};
#undef ROW

#define ROW struct cdat_component
static const struct cdat_field component_rows[] = {
	K(component, 1, U16, 1, CDAT_NODE_MAX),
	N(local, 2, BOOL),
	N(primary, 3, BOOL),
	N(leader, 4, U16),
	N(members, 5, U32),
	N(epoch, 6, U32),
	K(basis, 7, U8, 1, CDAT_BASIS_ASSUMED),
	N(since_mono, 8, U64),
};
#undef ROW

#define ROW struct cdat_member
static const struct cdat_field member_rows[] = {
	K(component, 1, U16, 1, CDAT_NODE_MAX),
	K(node, 2, U16, 1, CDAT_NODE_MAX),
	K(part, 3, U8, 1, CDAT_PART_JOINING),
	N(since_mono, 4, U64),
};
#undef ROW

#define ROW struct cdat_persp
static const struct cdat_field persp_rows[] = {
	K(node, 1, U16, 1, CDAT_NODE_MAX),
	K(reporter, 2, U16, 1, CDAT_NODE_MAX),
	K(state, 3, U8, 1, CDAT_DISABLED),
	N(adapters_up, 4, U32),
	N(silence_ms, 5, U32),
	N(time_mono, 6, U64),
};
#undef ROW

/* An op may name a role or a route by its number alone, so for these the rest is optional. */
#define ROW struct cdat_role
#define ROLE_CONF_ROWS(fl) \
	K(role, 1, U16, 1, UINT16_MAX), \
	CDAT_ROW_(ROW, name, 2, CDAT_T_TEXT, fl, 1, CDAT_NAME_MAX, NULL), \
	CDAT_ROW_(ROW, policy, 3, CDAT_T_U8, fl, 1, CDAT_POLICY_BEST_CLASS, NULL), \
	N(needs_majority, 4, BOOL), \
	N(sticky, 5, BOOL), \
	CDAT_ROW_ARRAY(ROW, candidates, ncandidates, 6, 1, CDAT_NODE_MAX)
static const struct cdat_field role_op_rows[] = { ROLE_CONF_ROWS(0) };
static const struct cdat_field role_rows[] = {
	ROLE_CONF_ROWS(CDAT_FF_REQUIRED),
#define ROLE_CONF COUNT(role_op_rows)
	K(state, 7, U8, 1, CDAT_ROLE_SUSPENDED),
	N(holder, 8, U16),
	N(backups, 9, U32),
	N(moves, 10, U32),
	N(changed_mono, 11, U64),
};
#undef ROW

#define ROW struct cdat_route
static const struct cdat_field route_rows[] = {
	K(node, 1, U16, 1, CDAT_NODE_MAX),
	K(adapter, 2, U8, 1, CDAT_ADAPTER_MAX),
	K(state, 3, U8, 1, CDAT_ROUTE_ABSENT),
	A(hop, 4),
	N(ifindex, 5, U32),
	T(ifname, 6),
	N(shared, 7, U8),
	A(wanted, 8),
};
#undef ROW

#define ROW struct cdat_wanted
#define WANTED_ROWS(fl) \
	K(wanted, 1, U16, 1, UINT16_MAX), \
	CDAT_ROW_(ROW, node, 2, CDAT_T_U16, fl, 1, CDAT_NODE_MAX, NULL), \
	CDAT_ROW_(ROW, subnet, 3, CDAT_T_ADDR, fl, 0, 0, NULL), \
	R(prefix_len, 4, U8, 1, 128), \
	CDAT_ROW_(ROW, via, 5, CDAT_T_ADDR, fl, 0, 0, NULL)
static const struct cdat_field wanted_rows[] = { WANTED_ROWS(CDAT_FF_REQUIRED) };
static const struct cdat_field wanted_op_rows[] = { WANTED_ROWS(0) };
#undef ROW

#define ROW struct cdat_event
static const struct cdat_field event_rows[] = {
	N(event, 1, U32),
	N(uid, 2, U64),
	N(wall, 3, U64),
	N(mono, 4, U64),
	K(kind, 5, U8, 1, CDAT_EV_KINDS),
	K(severity, 6, U8, 1, CDAT_SEV_WARNING),
	N(node, 7, U16),
	N(adapter, 8, U8),
	N(other_adapter, 9, U8),
	N(role, 10, U16),
	A(addr, 11),
	N(notified, 12, BOOL),
	T(text, 13),
	N(number, 14, U32),
	N(posted, 15, BOOL),
};
#undef ROW

#define ROW struct cdat_notify
static const struct cdat_field notify_rows[] = {
	K(kind, 1, U8, 1, CDAT_EV_KINDS),
	N(enable, 2, BOOL),
	R(min_interval_s, 3, U32, 1, 3600),
	N(sent, 4, U32),
	N(held, 5, U32),
	N(sent_mono, 6, U64),
};
#undef ROW

/* ---- changes ----------------------------------------------------------------------- */

static CDAT_MSG_DEF(role_op, struct cdat_role, role_op_rows);
static CDAT_MSG_DEF(wanted_op, struct cdat_wanted, wanted_op_rows);

#define ROW struct cdat_op
static const struct cdat_field op_rows[] = {
	K(kind, 1, U8, 1, CDAT_OP_LOCK),
	N(index, 2, U16),
	N(node, 3, U16),
	N(adapter, 4, U8),
	R(attr, 5, U8, 1, CDAT_A_QUORUM),
	N(number, 6, I64),
	T(text, 7),
	A(addr, 8),
	CDAT_ROW_SUB(ROW, role, 9, CDAT_T_MSG, &role_op),
	CDAT_ROW_SUB(ROW, wanted, 10, CDAT_T_MSG, &wanted_op),
};
#undef ROW

#define ROW struct cdat_outcome
static const struct cdat_field outcome_rows[] = {
	K(result, 1, U8, 1, CDAT_RES_OTHER),
	R(fault, 2, U8, 1, CDAT_FAULT_COMMIT_FAILED),
	N(culprit, 3, U16),
	N(version, 4, U32),
	N(involved, 5, BOOL),
	T(text, 6),
	CDAT_ROW_SINCE(ROW, cause, 7, CDAT_T_U8, NULL, 2),
};
#undef ROW

#define MSG(word)		CDAT_MSG_NAMED(cdat_msg_##word, #word, struct cdat_##word, \
					       word##_rows, COUNT(word##_rows))
#define CONF(word, n)		CDAT_MSG_NAMED(cdat_msg_##word##_conf, #word, struct cdat_##word, \
					       word##_rows, n)
MSG(cluster);
MSG(params);
MSG(node);
MSG(adapter);
MSG(path);
MSG(component);
MSG(member);
MSG(persp);
MSG(stats);
MSG(role);
MSG(route);
MSG(event);
MSG(notify);
MSG(wanted);
MSG(op);
MSG(outcome);
CONF(node, NODE_CONF);
CONF(adapter, ADAPTER_CONF);
CONF(role, ROLE_CONF);

/* ---- kinds ------------------------------------------------------------------------- */

/* The message of a kind and the members that are its key. */
static const struct {
	const struct cdat_msg *msg;
	const struct cdat_field *a, *b;
} kinds[CDAT_K_LAST + 1] = {
	[CDAT_K_CLUSTER] = { &cdat_msg_cluster, NULL, NULL },
	[CDAT_K_PARAMS] = { &cdat_msg_params, NULL, NULL },
	[CDAT_K_NODE] = { &cdat_msg_node, &node_rows[0], NULL },
	[CDAT_K_ADAPTER] = { &cdat_msg_adapter, &adapter_rows[0], &adapter_rows[1] },
	[CDAT_K_PATH] = { &cdat_msg_path, &path_rows[0], &path_rows[1] },
	[CDAT_K_COMPONENT] = { &cdat_msg_component, &component_rows[0], NULL },
	[CDAT_K_MEMBER] = { &cdat_msg_member, &member_rows[0], &member_rows[1] },
	[CDAT_K_PERSP] = { &cdat_msg_persp, &persp_rows[0], &persp_rows[1] },
	[CDAT_K_STATS] = { &cdat_msg_stats, NULL, NULL },
	[CDAT_K_ROLE] = { &cdat_msg_role, &role_rows[0], NULL },
	[CDAT_K_ROUTE] = { &cdat_msg_route, &route_rows[0], &route_rows[1] },
	[CDAT_K_EVENT] = { &cdat_msg_event, &event_rows[0], NULL },
	[CDAT_K_NOTIFY] = { &cdat_msg_notify, &notify_rows[0], NULL },
	[CDAT_K_WANTED] = { &cdat_msg_wanted, &wanted_rows[0], NULL },
};

const struct cdat_msg *cdat_record_msg(enum cdat_kind kind)
{
	return (unsigned)kind <= CDAT_K_LAST ? kinds[kind].msg : NULL;
}

struct cdat_key cdat_record_key(enum cdat_kind kind, const void *record)
{
	struct cdat_key key = { 0, 0 };

	if (!cdat_record_msg(kind))
		return key;
	if (kinds[kind].a)
		key.a = (uint32_t)cdat_member_load(kinds[kind].a, record);
	if (kinds[kind].b)
		key.b = (uint32_t)cdat_member_load(kinds[kind].b, record);
	return key;
}
