/* SPDX-License-Identifier: BSD-2-Clause */
/* The replicated table and what this member measures of it: cdatNodeTable,
 * cdatNodeNameTable, cdatAdapterTable, cdatPathTable. */
#include "config.h"

#include <stdio.h>

#include "agent/mib.h"
#include "wire/attr.h"

static bool is_local(const struct mib_data *data, uint16_t node)
{
	const struct cdat_cluster *c = replica_cluster(data->rep);

	return c && c->local_node == node;
}

static void node_silence(const struct mib_data *data, const void *record, struct mib_value *value)
{
	const struct cdat_node *n = record;

	if (is_local(data, n->node))
		mib_put_number(value, ASN_GAUGE, 0);
	else
		mib_put_silence(value, data, n->heard_mono);
}

#define N(no, nm, a, f, m)	MIB_COL(no, nm, a, f, struct cdat_node, m)
#define NC(no, nm, a, f, m, at)	MIB_SET(no, nm, a, f, struct cdat_node, m, MIB_CREATE, at)
static const struct mib_column node_columns[] = {
	NC(2, "cdatNodeName", ASN_OCTET_STR, MIB_TEXT, name, CDAT_A_NODE_NAME),
	NC(3, "cdatNodeAdminStatus", ASN_INTEGER, MIB_NUMBER, admin, CDAT_A_NODE_ADMIN),
	N(4, "cdatNodeState", ASN_INTEGER, MIB_NUMBER, state),
	N(5, "cdatNodePrimaryAdapter", ASN_UNSIGNED, MIB_NUMBER, primary),
	N(6, "cdatNodeCurrentAdapter", ASN_UNSIGNED, MIB_NUMBER, current),
	N(7, "cdatNodeAdapters", ASN_GAUGE, MIB_NUMBER, adapters),
	N(8, "cdatNodeAdaptersDown", ASN_GAUGE, MIB_NUMBER, adapters_down),
	N(9, "cdatNodeVotesReachable", ASN_GAUGE, MIB_NUMBER, votes_reachable),
	N(10, "cdatNodeVotesUnreachable", ASN_GAUGE, MIB_NUMBER, votes_unreachable),
	MIB_FN(11, "cdatNodeSilence", ASN_GAUGE, node_silence),
	N(12, "cdatNodeRtt", ASN_GAUGE, MIB_NUMBER, rtt_us),
	N(13, "cdatNodeIncarnation", ASN_UNSIGNED, MIB_NUMBER, incarnation),
	N(14, "cdatNodeComponent", ASN_UNSIGNED, MIB_NUMBER, component),
	N(15, "cdatNodeSync", ASN_INTEGER, MIB_NUMBER, sync),
	N(16, "cdatNodeVersion", ASN_OCTET_STR, MIB_TEXT, version),
	N(17, "cdatNodeDownCount", ASN_COUNTER, MIB_NUMBER, down_count),
	N(18, "cdatNodeLastChange", ASN_TIMETICKS, MIB_STAMP, changed_mono),
	NC(19, "cdatNodeStorageType", ASN_INTEGER, MIB_NUMBER, storage, CDAT_A_NODE_STORAGE),
	NC(20, "cdatNodeRowStatus", ASN_INTEGER, MIB_NUMBER, row, CDAT_A_NODE_ROW),
};

const struct mib_table mib_node = {
	.name = "cdatNodeTable", .prefix_len = 4, .prefix = { 1, 3, 2, 1 },
	.index = MIB_ONE, .kind = CDAT_K_NODE, .max_a = CDAT_NODE_MAX, MIB_COLUMNS(node_columns),
};

static const struct mib_column node_name_columns[] = {
	N(2, "cdatNodeNameIndex", ASN_UNSIGNED, MIB_NUMBER, node),
};

const struct mib_table mib_node_name = {
	.name = "cdatNodeNameTable", .prefix_len = 4, .prefix = { 1, 3, 3, 1 },
	.index = MIB_NAME, .kind = CDAT_K_NODE, MIB_COLUMNS(node_name_columns),
};

/* "nodeB/2 9.2.1.2" */
static void adapter_label(const struct mib_data *data, const void *record, struct mib_value *value)
{
	const struct cdat_adapter *a = record;
	const struct cdat_node *n = replica_node(data->rep, a->node);
	char addr[64] = "";

	if (a->addr.family)
		cdat_addr_text(&a->addr, addr, sizeof(addr));
	snprintf(value->u.text, sizeof(value->u.text), "%s/%u %s", n ? n->name : "", a->adapter, addr);
	mib_put_text(value, value->u.text);
}

/* Zero asks the owner for its own value: what it told is shown. */
static void prefix_length(const struct mib_data *data, const void *record, struct mib_value *value)
{
	const struct cdat_adapter *a = record;

	(void)data;
	mib_put_number(value, ASN_UNSIGNED, a->prefix_len ? a->prefix_len : a->prefix_reported);
}

static void adapter_type(const struct mib_data *data, const void *record, struct mib_value *value)
{
	const struct cdat_adapter *a = record;
	const bool told = (!a->type || a->type == CDAT_IFT_OTHER) && a->type_reported;

	(void)data;
	mib_put_integer(value, told ? a->type_reported : a->type ? a->type : CDAT_IFT_OTHER);
}

#define A(no, nm, a, f, m)	MIB_COL(no, nm, a, f, struct cdat_adapter, m)
#define AC(no, nm, a, f, m, at)	MIB_SET(no, nm, a, f, struct cdat_adapter, m, MIB_CREATE, at)
static const struct mib_column adapter_columns[] = {
	MIB_FN(2, "cdatAdapterLabel", ASN_OCTET_STR, adapter_label),
	AC(3, "cdatAdapterPreference", ASN_UNSIGNED, MIB_NUMBER, preference, CDAT_A_PREFERENCE),
	A(4, "cdatAdapterRank", ASN_UNSIGNED, MIB_NUMBER, rank),
	AC(5, "cdatAdapterAddrType", ASN_INTEGER, MIB_ADDR_TYPE, addr, CDAT_A_ADDR),
	AC(6, "cdatAdapterAddr", ASN_OCTET_STR, MIB_ADDR, addr, CDAT_A_ADDR),
	MIB_SET_FN(7, "cdatAdapterPrefixLength", ASN_UNSIGNED, prefix_length, MIB_CREATE,
		   CDAT_A_PREFIX_LEN),
	AC(8, "cdatAdapterPort", ASN_UNSIGNED, MIB_ADDR_PORT, addr, CDAT_A_PORT),
	MIB_SET_FN(9, "cdatAdapterType", ASN_INTEGER, adapter_type, MIB_CREATE, CDAT_A_TYPE),
	AC(10, "cdatAdapterClass", ASN_INTEGER, MIB_NUMBER, class_, CDAT_A_CLASS),
	AC(11, "cdatAdapterDscp", ASN_INTEGER, MIB_SIGNED, dscp, CDAT_A_DSCP),
	AC(12, "cdatAdapterMtu", ASN_UNSIGNED, MIB_NUMBER, mtu, CDAT_A_MTU),
	A(13, "cdatAdapterMtuReported", ASN_UNSIGNED, MIB_NUMBER, mtu_reported),
	A(14, "cdatAdapterMtuOper", ASN_UNSIGNED, MIB_NUMBER, mtu_oper),
	AC(15, "cdatAdapterRetryThreshold", ASN_UNSIGNED, MIB_NUMBER, retry_threshold, CDAT_A_RETRY),
	AC(16, "cdatAdapterAdminStatus", ASN_INTEGER, MIB_NUMBER, admin, CDAT_A_ADAPTER_ADMIN),
	A(17, "cdatAdapterOperStatus", ASN_INTEGER, MIB_NUMBER, oper),
	A(18, "cdatAdapterMulticast", ASN_INTEGER, MIB_TRUTH, multicast),
	A(19, "cdatAdapterIfIndex", ASN_INTEGER, MIB_NUMBER, ifindex),
	A(20, "cdatAdapterIfName", ASN_OCTET_STR, MIB_TEXT, ifname),
	A(21, "cdatAdapterDownCount", ASN_COUNTER, MIB_NUMBER, down_count),
	A(22, "cdatAdapterLastChange", ASN_TIMETICKS, MIB_STAMP, changed_mono),
	AC(23, "cdatAdapterStorageType", ASN_INTEGER, MIB_NUMBER, storage, CDAT_A_ADAPTER_STORAGE),
	AC(24, "cdatAdapterRowStatus", ASN_INTEGER, MIB_NUMBER, row, CDAT_A_ADAPTER_ROW),
	A(25, "cdatAdapterAddrText", ASN_OCTET_STR, MIB_ADDR_TEXT, addr),
};

const struct mib_table mib_adapter = {
	.name = "cdatAdapterTable", .prefix_len = 4, .prefix = { 1, 4, 1, 1 },
	.index = MIB_TWO, .kind = CDAT_K_ADAPTER, .max_a = CDAT_NODE_MAX, .max_b = CDAT_ADAPTER_MAX,
	MIB_COLUMNS(adapter_columns),
};

#define P(no, nm, a, f, m)	MIB_COL(no, nm, a, f, struct cdat_path, m)
static const struct mib_column path_columns[] = {
	P(1, "cdatPathState", ASN_INTEGER, MIB_NUMBER, state),
	P(2, "cdatPathCurrent", ASN_INTEGER, MIB_TRUTH, current),
	P(3, "cdatPathSrtt", ASN_GAUGE, MIB_NUMBER, srtt_us),
	P(4, "cdatPathRttVar", ASN_GAUGE, MIB_NUMBER, rttvar_us),
	P(5, "cdatPathRttLast", ASN_GAUGE, MIB_NUMBER, rtt_last_us),
	P(6, "cdatPathResponseTimeout", ASN_GAUGE, MIB_NUMBER, timeout_us),
	P(7, "cdatPathMtu", ASN_UNSIGNED, MIB_NUMBER, mtu),
	P(8, "cdatPathMaxMessage", ASN_UNSIGNED, MIB_NUMBER, max_message),
	P(9, "cdatPathFailures", ASN_GAUGE, MIB_NUMBER, failures),
	P(10, "cdatPathRetryThreshold", ASN_UNSIGNED, MIB_NUMBER, threshold),
	P(11, "cdatPathMsgsSent", ASN_COUNTER64, MIB_NUMBER, msgs_sent),
	P(12, "cdatPathMsgsReceived", ASN_COUNTER64, MIB_NUMBER, msgs_received),
	P(13, "cdatPathOctetsSent", ASN_COUNTER64, MIB_NUMBER, octets_sent),
	P(14, "cdatPathOctetsReceived", ASN_COUNTER64, MIB_NUMBER, octets_received),
	P(15, "cdatPathRetransmits", ASN_COUNTER64, MIB_NUMBER, retransmits),
	P(16, "cdatPathTimeouts", ASN_COUNTER64, MIB_NUMBER, timeouts),
	P(17, "cdatPathFailoversFrom", ASN_COUNTER, MIB_NUMBER, failovers_from),
	P(18, "cdatPathFailoversTo", ASN_COUNTER, MIB_NUMBER, failovers_to),
	P(19, "cdatPathDownCount", ASN_COUNTER, MIB_NUMBER, down_count),
	P(20, "cdatPathSilence", ASN_GAUGE, MIB_SILENCE, heard_mono),
	P(21, "cdatPathLastChange", ASN_TIMETICKS, MIB_STAMP, changed_mono),
	P(22, "cdatPathDiscontinuityTime", ASN_TIMETICKS, MIB_STAMP, discontinuity_mono),
};

const struct mib_table mib_path = {
	.name = "cdatPathTable", .prefix_len = 4, .prefix = { 1, 5, 1, 1 },
	.index = MIB_TWO, .kind = CDAT_K_PATH, .max_a = CDAT_NODE_MAX, .max_b = CDAT_ADAPTER_MAX,
	MIB_COLUMNS(path_columns),
};
