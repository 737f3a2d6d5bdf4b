/* SPDX-License-Identifier: BSD-2-Clause */
/* The scalars of CDAT-MIB: cdatCluster, cdatConfig, cdatStats, cdatChange and the heads of
 * cdatNode, cdatNotify and cdatEvent. */
#include "config.h"

#include "agent/mib.h"
#include "wire/control.h"

#define NO_SERVICER "the cluster servicer does not answer the agent"

static void health(const struct mib_data *data, const void *record, struct mib_value *value)
{
	const struct cdat_cluster *c = record;

	(void)data;
	mib_put_integer(value, c ? c->health : CDAT_UNKNOWN);
}

static void health_reason(const struct mib_data *data, const void *record, struct mib_value *value)
{
	const struct cdat_cluster *c = record;

	(void)data;
	mib_put_text(value, c ? c->health_reason : NO_SERVICER);
}

static void digest(const struct mib_data *data, const void *record, struct mib_value *value)
{
	const struct cdat_cluster *c = record;

	(void)data;
	mib_put_octets(value, c->digest, c->has_table ? sizeof(c->digest) : 0);
}

static void max_nodes(const struct mib_data *data, const void *record, struct mib_value *value)
{
	(void)data;
	(void)record;
	mib_put_number(value, ASN_UNSIGNED, CDAT_NODE_MAX);
}

static void max_adapters(const struct mib_data *data, const void *record, struct mib_value *value)
{
	(void)data;
	(void)record;
	mib_put_number(value, ASN_UNSIGNED, CDAT_NODE_ADAPTERS);
}

#define C(no, nm, a, f, m)	MIB_COL(no, nm, a, f, struct cdat_cluster, m)
static const struct mib_column cluster_columns[] = {
	MIB_ALWAYS(1, "cdatHealth", ASN_INTEGER, health),
	MIB_ALWAYS(2, "cdatHealthReason", ASN_OCTET_STR, health_reason),
	C(3, "cdatClusterName", ASN_OCTET_STR, MIB_TEXT, name),
	C(4, "cdatClusterState", ASN_INTEGER, MIB_NUMBER, state),
	C(5, "cdatPartitionState", ASN_INTEGER, MIB_NUMBER, standing),
	C(6, "cdatLocalNodeIndex", ASN_UNSIGNED, MIB_NUMBER, local_node),
	C(7, "cdatLocalNodeName", ASN_OCTET_STR, MIB_TEXT, local_name),
	C(8, "cdatLeader", ASN_UNSIGNED, MIB_NUMBER, leader),
	C(9, "cdatLocalComponent", ASN_UNSIGNED, MIB_NUMBER, component),
	C(10, "cdatTableEpoch", ASN_UNSIGNED, MIB_NUMBER, epoch),
	C(11, "cdatTableVersion", ASN_UNSIGNED, MIB_NUMBER, version),
	MIB_FN(12, "cdatTableDigest", ASN_OCTET_STR, digest),
	C(13, "cdatTableLastChange", ASN_TIMETICKS, MIB_STAMP, changed_mono),
	C(14, "cdatTableLastChangeDate", ASN_OCTET_STR, MIB_DATE, changed_wall),
	MIB_SET(15, "cdatSpinLock", ASN_INTEGER, MIB_NUMBER, struct cdat_cluster, spin_lock,
		MIB_RW, CDAT_A_NONE),
	C(16, "cdatNodesTotal", ASN_GAUGE, MIB_NUMBER, nodes_total),
	C(17, "cdatNodesUp", ASN_GAUGE, MIB_NUMBER, nodes_up),
	C(18, "cdatNodesDown", ASN_GAUGE, MIB_NUMBER, nodes_down),
	C(19, "cdatAdaptersTotal", ASN_GAUGE, MIB_NUMBER, adapters_total),
	C(20, "cdatAdaptersDown", ASN_GAUGE, MIB_NUMBER, adapters_down),
	C(21, "cdatNodesSinglePath", ASN_GAUGE, MIB_NUMBER, nodes_single_path),
	C(22, "cdatQuorumSize", ASN_UNSIGNED, MIB_NUMBER, quorum_size),
	C(23, "cdatUdpPort", ASN_UNSIGNED, MIB_NUMBER, port),
	C(24, "cdatServicerStart", ASN_OCTET_STR, MIB_DATE, start_wall),
	C(25, "cdatServicerVersion", ASN_OCTET_STR, MIB_TEXT, servicer_version),
	MIB_FN(26, "cdatMaxNodes", ASN_UNSIGNED, max_nodes),
	MIB_FN(27, "cdatMaxAdapters", ASN_UNSIGNED, max_adapters),
};

const struct mib_table mib_cluster = {
	.name = "cdatCluster", .prefix_len = 2, .prefix = { 1, 1 },
	.index = MIB_SCALAR, .kind = CDAT_K_CLUSTER, MIB_COLUMNS(cluster_columns),
};

#define P(no, nm, m, at) \
	MIB_SET(no, nm, ASN_UNSIGNED, MIB_NUMBER, struct cdat_params, m, MIB_RW, at)
#define PT(no, nm, m, at) \
	MIB_SET(no, nm, ASN_INTEGER, MIB_TRUTH, struct cdat_params, m, MIB_RW, at)
static const struct mib_column config_columns[] = {
	P(1, "cdatConfigHeartbeatInterval", heartbeat_ms, CDAT_A_HEARTBEAT),
	P(2, "cdatConfigSilenceLimit", silence_limit, CDAT_A_SILENCE),
	P(3, "cdatConfigRetryThreshold", retry_threshold, CDAT_A_RETRY_DEFAULT),
	P(4, "cdatConfigResponseMin", response_min_ms, CDAT_A_RESPONSE_MIN),
	P(5, "cdatConfigResponseMax", response_max_ms, CDAT_A_RESPONSE_MAX),
	P(6, "cdatConfigConsensusTime", consensus_ms, CDAT_A_CONSENSUS),
	P(7, "cdatConfigProbeInterval", probe_ms, CDAT_A_PROBE),
	PT(8, "cdatConfigAutoFailback", auto_failback, CDAT_A_FAILBACK),
	PT(9, "cdatConfigPathMtuDiscovery", pmtu_discovery, CDAT_A_PMTU),
	P(10, "cdatConfigChangeTimeout", change_timeout_ms, CDAT_A_CHANGE_TIMEOUT),
	MIB_COL(11, "cdatConfigQuorumPolicy", ASN_INTEGER, MIB_NUMBER, struct cdat_params, quorum),
};

const struct mib_table mib_config = {
	.name = "cdatConfig", .prefix_len = 2, .prefix = { 1, 2 },
	.index = MIB_SCALAR, .kind = CDAT_K_PARAMS, MIB_COLUMNS(config_columns),
};

static const struct mib_column node_scalar_columns[] = {
	C(1, "cdatNodeNextIndex", ASN_UNSIGNED, MIB_NUMBER, next_node),
};

const struct mib_table mib_node_scalars = {
	.name = "cdatNode", .prefix_len = 2, .prefix = { 1, 3 },
	.index = MIB_SCALAR, .kind = CDAT_K_CLUSTER, MIB_COLUMNS(node_scalar_columns),
};

static void stats_discontinuity(const struct mib_data *data, const void *record,
				struct mib_value *value)
{
	const struct cdat_cluster *c = replica_cluster(data->rep);

	(void)record;
	mib_put_stamp(value, data, c ? c->start_mono : 0);
}

#define S(no, nm, m) MIB_COL(no, nm, ASN_COUNTER64, MIB_NUMBER, struct cdat_stats, m)
static const struct mib_column stats_columns[] = {
	S(1, "cdatStatsMsgsSent", msgs_sent),
	S(2, "cdatStatsMsgsReceived", msgs_received),
	S(3, "cdatStatsOctetsSent", octets_sent),
	S(4, "cdatStatsOctetsReceived", octets_received),
	S(5, "cdatStatsHeartbeatsSent", heartbeats_sent),
	S(6, "cdatStatsHeartbeatsReceived", heartbeats_received),
	S(7, "cdatStatsMulticastsSent", multicasts_sent),
	S(8, "cdatStatsRetransmits", retransmits),
	S(9, "cdatStatsTimeouts", timeouts),
	S(10, "cdatStatsFailovers", failovers),
	S(11, "cdatStatsUndeliverable", undeliverable),
	S(12, "cdatStatsSendErrors", send_errors),
	S(13, "cdatStatsFragmentsSent", fragments_sent),
	S(14, "cdatStatsReassemblyFails", reassembly_fails),
	S(15, "cdatStatsDuplicates", duplicates),
	S(16, "cdatStatsOutOfOrder", out_of_order),
	S(17, "cdatStatsBadFormat", bad_format),
	S(18, "cdatStatsBadVersion", bad_version),
	S(19, "cdatStatsUnknownSource", unknown_source),
	S(20, "cdatStatsAuthFailures", auth_failures),
	S(21, "cdatStatsReplays", replays),
	MIB_FN(22, "cdatStatsDiscontinuityTime", ASN_TIMETICKS, stats_discontinuity),
};

const struct mib_table mib_stats = {
	.name = "cdatStats", .prefix_len = 2, .prefix = { 1, 8 },
	.index = MIB_SCALAR, .kind = CDAT_K_STATS, MIB_COLUMNS(stats_columns),
};

/* The last outcome is the agent's own knowledge: it outlives the servicer. */
static void last_result(const struct mib_data *data, const void *record, struct mib_value *value)
{
	(void)record;
	mib_put_integer(value, data->changes->wall ? data->changes->last.result : CDAT_RES_NONE);
}

static void last_text(const struct mib_data *data, const void *record, struct mib_value *value)
{
	(void)record;
	mib_put_text(value, data->changes->last.text);
}

static void last_object(const struct mib_data *data, const void *record, struct mib_value *value)
{
	static const oid zero_dot_zero[] = { 0, 0 };
	const struct change_log *log = data->changes;

	(void)record;
	if (log->object_len)
		mib_put_oid(value, log->object, log->object_len);
	else
		mib_put_oid(value, zero_dot_zero, 2);
}

static void last_date(const struct mib_data *data, const void *record, struct mib_value *value)
{
	(void)record;
	mib_put_date(value, data->changes->wall);
}

static void last_version(const struct mib_data *data, const void *record, struct mib_value *value)
{
	(void)record;
	mib_put_number(value, ASN_UNSIGNED, data->changes->committed_version);
}

static void committed(const struct mib_data *data, const void *record, struct mib_value *value)
{
	(void)record;
	mib_put_number(value, ASN_COUNTER, data->changes->committed);
}

static void refused(const struct mib_data *data, const void *record, struct mib_value *value)
{
	(void)record;
	mib_put_number(value, ASN_COUNTER, data->changes->refused);
}

static void aborted(const struct mib_data *data, const void *record, struct mib_value *value)
{
	(void)record;
	mib_put_number(value, ASN_COUNTER, data->changes->aborted);
}

static const struct mib_column change_columns[] = {
	C(1, "cdatChangeState", ASN_INTEGER, MIB_NUMBER, change_state),
	C(2, "cdatChangeOwner", ASN_UNSIGNED, MIB_NUMBER, change_owner),
	MIB_ALWAYS(3, "cdatChangeLastResult", ASN_INTEGER, last_result),
	MIB_ALWAYS(4, "cdatChangeLastText", ASN_OCTET_STR, last_text),
	MIB_ALWAYS(5, "cdatChangeLastObject", ASN_OBJECT_ID, last_object),
	MIB_ALWAYS(6, "cdatChangeLastDate", ASN_OCTET_STR, last_date),
	MIB_ALWAYS(7, "cdatChangeLastVersion", ASN_UNSIGNED, last_version),
	MIB_ALWAYS(8, "cdatChangesCommitted", ASN_COUNTER, committed),
	MIB_ALWAYS(9, "cdatChangesRefused", ASN_COUNTER, refused),
	MIB_ALWAYS(10, "cdatChangesAborted", ASN_COUNTER, aborted),
};

const struct mib_table mib_change = {
	.name = "cdatChange", .prefix_len = 2, .prefix = { 1, 9 },
	.index = MIB_SCALAR, .kind = CDAT_K_CLUSTER, MIB_COLUMNS(change_columns),
};

#define L(no, nm, a, f, m, what) MIB_LOCAL(no, nm, a, f, struct cdat_cluster, m, what)
static const struct mib_column notify_scalar_columns[] = {
	L(1, "cdatNotifyEnableAll", ASN_INTEGER, MIB_TRUTH, notify_all, CDAT_L_NOTIFY_ALL),
	L(2, "cdatNotifyScope", ASN_INTEGER, MIB_NUMBER, notify_scope, CDAT_L_NOTIFY_SCOPE),
	L(3, "cdatNotifyWindow", ASN_UNSIGNED, MIB_NUMBER, notify_window_s, CDAT_L_NOTIFY_WINDOW),
	L(4, "cdatNotifyLimit", ASN_UNSIGNED, MIB_NUMBER, notify_limit, CDAT_L_NOTIFY_LIMIT),
	C(5, "cdatNotifySuppressed", ASN_COUNTER, MIB_NUMBER, notify_suppressed),
};

const struct mib_table mib_notify_scalars = {
	.name = "cdatNotify", .prefix_len = 2, .prefix = { 1, 10 },
	.index = MIB_SCALAR, .kind = CDAT_K_CLUSTER, MIB_COLUMNS(notify_scalar_columns),
};

static const struct mib_column event_scalar_columns[] = {
	L(1, "cdatEventLimit", ASN_UNSIGNED, MIB_NUMBER, event_limit, CDAT_L_EVENT_LIMIT),
	C(2, "cdatEventLast", ASN_UNSIGNED, MIB_NUMBER, event_last),
};

const struct mib_table mib_event_scalars = {
	.name = "cdatEvent", .prefix_len = 2, .prefix = { 1, 11 },
	.index = MIB_SCALAR, .kind = CDAT_K_CLUSTER, MIB_COLUMNS(event_scalar_columns),
};
