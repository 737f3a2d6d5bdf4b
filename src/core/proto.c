/* SPDX-License-Identifier: BSD-2-Clause */
/* Field tables of the messages between members. */
#include "core/proto.h"

#define R CDAT_ROW
#define S CDAT_ROW_SUB

static const struct cdat_field beat_rows[] = {
	R(struct p_beat, phase, 1, CDAT_T_U8),
	R(struct p_beat, epoch, 2, CDAT_T_U32),
	R(struct p_beat, coord, 3, CDAT_T_U16),
	R(struct p_beat, members, 4, CDAT_T_U16),
	R(struct p_beat, version, 5, CDAT_T_U32),
	R(struct p_beat, digest, 6, CDAT_T_U64),
	R(struct p_beat, you, 7, CDAT_T_BOOL),
	R(struct p_beat, fresh, 8, CDAT_T_BOOL),
	R(struct p_beat, agents, 9, CDAT_T_U8),
	R(struct p_beat, key_id, 10, CDAT_T_U8),
};
CDAT_MSG_DEF(cdat_msg_p_beat, struct p_beat, beat_rows);

static const struct cdat_field suspect_rows[] = {
	CDAT_ROW_REQ(struct p_suspect, node, 1, CDAT_T_U16, 1, CDAT_NODE_MAX),
	R(struct p_suspect, silence_ms, 2, CDAT_T_U32),
};
static CDAT_MSG_DEF(msg_suspect, struct p_suspect, suspect_rows);

static const struct cdat_field persp_ask_rows[] = {
	CDAT_ROW_REQ(struct p_persp_ask, node, 1, CDAT_T_U16, 1, CDAT_NODE_MAX),
	R(struct p_persp_ask, round, 2, CDAT_T_U32),
};
static CDAT_MSG_DEF(msg_persp_ask, struct p_persp_ask, persp_ask_rows);

static const struct cdat_field persp_rows[] = {
	CDAT_ROW_REQ(struct p_persp, node, 1, CDAT_T_U16, 1, CDAT_NODE_MAX),
	CDAT_ROW_REQ(struct p_persp, reporter, 2, CDAT_T_U16, 1, CDAT_NODE_MAX),
	R(struct p_persp, round, 3, CDAT_T_U32),
	CDAT_ROW_REQ(struct p_persp, state, 4, CDAT_T_U8, 1, 5),
	R(struct p_persp, adapters_up, 5, CDAT_T_U8),
	R(struct p_persp, silence_ms, 6, CDAT_T_U32),
};
CDAT_MSG_DEF(cdat_msg_p_persp, struct p_persp, persp_rows);

static const struct cdat_field persps_rows[] = {
	S(struct p_persps, list, 1, CDAT_T_LIST, &cdat_msg_p_persp),
	R(struct p_persps, node, 2, CDAT_T_U16),
	R(struct p_persps, via, 3, CDAT_T_U16),
};
static CDAT_MSG_DEF(msg_persps, struct p_persps, persps_rows);

static const struct cdat_field vmember_rows[] = {
	CDAT_ROW_REQ(struct p_vmember, node, 1, CDAT_T_U16, 1, CDAT_NODE_MAX),
	R(struct p_vmember, boot, 2, CDAT_T_U64),
};
CDAT_MSG_DEF(cdat_msg_p_vmember, struct p_vmember, vmember_rows);

static const struct cdat_field base_rows[] = {
	R(struct p_base, epoch, 1, CDAT_T_U32),
	R(struct p_base, coord, 2, CDAT_T_U16),
	S(struct p_base, out, 3, CDAT_T_LIST, &cdat_msg_p_node),
};
static CDAT_MSG_DEF(msg_base, struct p_base, base_rows);

static const struct cdat_field view_prepare_rows[] = {
	R(struct p_view_prepare, epoch, 1, CDAT_T_U32),
	R(struct p_view_prepare, coord, 2, CDAT_T_U16),
	S(struct p_view_prepare, members, 3, CDAT_T_LIST, &cdat_msg_p_vmember),
	S(struct p_view_prepare, base, 4, CDAT_T_MSG, &msg_base),
	R(struct p_view_prepare, alone, 5, CDAT_T_BOOL),
};
static CDAT_MSG_DEF(msg_view_prepare, struct p_view_prepare, view_prepare_rows);

static const struct cdat_field view_refuse_rows[] = {
	R(struct p_view_refuse, epoch, 1, CDAT_T_U32),
	R(struct p_view_refuse, promised, 2, CDAT_T_U32),
	R(struct p_view_refuse, coord, 3, CDAT_T_U16),
	R(struct p_view_refuse, view, 4, CDAT_T_U32),
};
static CDAT_MSG_DEF(msg_view_refuse, struct p_view_refuse, view_refuse_rows);

static const struct cdat_field view_state_rows[] = {
	R(struct p_view_state, epoch, 1, CDAT_T_U32),
	R(struct p_view_state, coord, 2, CDAT_T_U16),
	R(struct p_view_state, old_epoch, 3, CDAT_T_U32),
	R(struct p_view_state, old_coord, 4, CDAT_T_U16),
	R(struct p_view_state, version, 5, CDAT_T_U32),
	R(struct p_view_state, digest, 6, CDAT_T_FIXED),
	R(struct p_view_state, has_table, 7, CDAT_T_BOOL),
	R(struct p_view_state, change, 8, CDAT_T_U64),
	R(struct p_view_state, veto, 9, CDAT_T_BOOL),
	R(struct p_view_state, ordered, 10, CDAT_T_U64),
	R(struct p_view_state, seen_epoch, 11, CDAT_T_U32),
	R(struct p_view_state, seen_version, 12, CDAT_T_U32),
	S(struct p_view_state, lost, 13, CDAT_T_LIST, &cdat_msg_p_node),
	CDAT_ROW_SINCE(struct p_view_state, format, 14, CDAT_T_U8, NULL, 2),
};
static CDAT_MSG_DEF(msg_view_state, struct p_view_state, view_state_rows);

static const struct cdat_field flush_rows[] = {
	R(struct p_flush, epoch, 1, CDAT_T_U32),
	R(struct p_flush, coord, 2, CDAT_T_U16),
	R(struct p_flush, last, 3, CDAT_T_U64),
	R(struct p_flush, holder, 4, CDAT_T_U16),
};
CDAT_MSG_DEF(cdat_msg_p_flush, struct p_flush, flush_rows);

static const struct cdat_field gone_rows[] = {
	CDAT_ROW_REQ(struct p_gone, node, 1, CDAT_T_U16, 1, CDAT_NODE_MAX),
	CDAT_ROW_REQ(struct p_gone, why, 2, CDAT_T_U8, 1, CDAT_GONE_DEPARTED),
};
CDAT_MSG_DEF(cdat_msg_p_gone, struct p_gone, gone_rows);

static const struct cdat_field role_rows[] = {
	R(struct p_role, role, 1, CDAT_T_U16),
	R(struct p_role, holder, 2, CDAT_T_U16),
	R(struct p_role, moves, 3, CDAT_T_U32),
};
CDAT_MSG_DEF(cdat_msg_p_role, struct p_role, role_rows);

static const struct cdat_field line_rows[] = { R(struct p_line, text, 1, CDAT_T_TEXT) };
CDAT_MSG_DEF(cdat_msg_p_line, struct p_line, line_rows);

static const struct cdat_field view_install_rows[] = {
	R(struct p_view_install, epoch, 1, CDAT_T_U32),
	R(struct p_view_install, coord, 2, CDAT_T_U16),
	S(struct p_view_install, members, 3, CDAT_T_LIST, &cdat_msg_p_vmember),
	R(struct p_view_install, version, 4, CDAT_T_U32),
	R(struct p_view_install, digest, 5, CDAT_T_FIXED),
	R(struct p_view_install, commit, 6, CDAT_T_U64),
	S(struct p_view_install, flush, 7, CDAT_T_LIST, &cdat_msg_p_flush),
	S(struct p_view_install, gone, 8, CDAT_T_LIST, &cdat_msg_p_gone),
	S(struct p_view_install, persps, 9, CDAT_T_LIST, &cdat_msg_p_persp),
	S(struct p_view_install, conflicts, 10, CDAT_T_LIST, &cdat_msg_p_line),
	R(struct p_view_install, merged, 11, CDAT_T_BOOL),
	S(struct p_view_install, roles, 12, CDAT_T_LIST, &cdat_msg_p_role),
	R(struct p_view_install, seen_epoch, 13, CDAT_T_U32),
	R(struct p_view_install, seen_version, 14, CDAT_T_U32),
	S(struct p_view_install, base, 15, CDAT_T_MSG, &msg_base),
	CDAT_ROW_SINCE(struct p_view_install, format, 16, CDAT_T_U8, NULL, 2),
};
static CDAT_MSG_DEF(msg_view_install, struct p_view_install, view_install_rows);

static const struct cdat_field view_id_rows[] = {
	R(struct p_view_id, epoch, 1, CDAT_T_U32),
	R(struct p_view_id, coord, 2, CDAT_T_U16),
};
static CDAT_MSG_DEF(msg_view_id, struct p_view_id, view_id_rows);

static const struct cdat_field change_ask_rows[] = {
	R(struct p_change_ask, id, 1, CDAT_T_U64),
	R(struct p_change_ask, asker, 2, CDAT_T_U16),
	R(struct p_change_ask, hold, 3, CDAT_T_BOOL),
	R(struct p_change_ask, internal, 4, CDAT_T_BOOL),
	R(struct p_change_ask, timeout_ms, 5, CDAT_T_U32),
	S(struct p_change_ask, ops, 6, CDAT_T_LIST, &cdat_msg_op),
};
static CDAT_MSG_DEF(msg_change_ask, struct p_change_ask, change_ask_rows);

static const struct cdat_field prepare_rows[] = {
	R(struct p_prepare, id, 1, CDAT_T_U64),
	R(struct p_prepare, asker, 2, CDAT_T_U16),
	R(struct p_prepare, epoch, 3, CDAT_T_U32),
	R(struct p_prepare, base, 4, CDAT_T_U32),
	R(struct p_prepare, base_epoch, 5, CDAT_T_U32),
	R(struct p_prepare, digest, 6, CDAT_T_FIXED),
	R(struct p_prepare, internal, 7, CDAT_T_BOOL),
	S(struct p_prepare, ops, 8, CDAT_T_LIST, &cdat_msg_op),
	CDAT_ROW_SINCE(struct p_prepare, forget, 9, CDAT_T_U32, NULL, 2),
};
static CDAT_MSG_DEF(msg_prepare, struct p_prepare, prepare_rows);

static const struct cdat_field vote_rows[] = {
	R(struct p_vote, id, 1, CDAT_T_U64),
	R(struct p_vote, yes, 2, CDAT_T_BOOL),
	S(struct p_vote, outcome, 3, CDAT_T_MSG, &cdat_msg_outcome),
};
static CDAT_MSG_DEF(msg_vote, struct p_vote, vote_rows);

static const struct cdat_field change_id_rows[] = { R(struct p_change_id, id, 1, CDAT_T_U64) };
static CDAT_MSG_DEF(msg_change_id, struct p_change_id, change_id_rows);

static const struct cdat_field change_end_rows[] = {
	R(struct p_change_end, id, 1, CDAT_T_U64),
	R(struct p_change_end, prepared, 2, CDAT_T_BOOL),
	S(struct p_change_end, outcome, 3, CDAT_T_MSG, &cdat_msg_outcome),
};
static CDAT_MSG_DEF(msg_change_end, struct p_change_end, change_end_rows);

static const struct cdat_field decide_rows[] = {
	R(struct p_decide, id, 1, CDAT_T_U64),
	R(struct p_decide, commit, 2, CDAT_T_BOOL),
};
static CDAT_MSG_DEF(msg_decide, struct p_decide, decide_rows);

static const struct cdat_field sum_rows[] = {
	CDAT_ROW_REQ(struct p_sum, kind, 1, CDAT_T_U8, 1, 4),
	R(struct p_sum, number, 2, CDAT_T_U16),
	R(struct p_sum, digest, 3, CDAT_T_U64),
};
CDAT_MSG_DEF(cdat_msg_p_sum, struct p_sum, sum_rows);

static const struct cdat_field sums_rows[] = {
	R(struct p_sums, ticket, 1, CDAT_T_U32),
	R(struct p_sums, first, 2, CDAT_T_BOOL),
	R(struct p_sums, last, 3, CDAT_T_BOOL),
	S(struct p_sums, sums, 4, CDAT_T_LIST, &cdat_msg_p_sum),
	CDAT_ROW_SINCE(struct p_sums, graves, 5, CDAT_T_U64, NULL, 2),
	CDAT_ROW_SINCE(struct p_sums, packed, 6, CDAT_T_BYTES, NULL, 2),
};
static CDAT_MSG_DEF(msg_sums, struct p_sums, sums_rows);

static const struct cdat_field entry_rows[] = { R(struct p_entry, entry, 1, CDAT_T_BYTES) };
CDAT_MSG_DEF(cdat_msg_p_entry, struct p_entry, entry_rows);

/* beside the other tables, since what is built of them alone needs it (fuzzing) */
static const struct cdat_field grave_rows[] = {
	CDAT_ROW_REQ(struct cdat_grave, id.kind, 1, CDAT_T_U8, CDAT_ENT_NODE, CDAT_ENT_WANTED),
	CDAT_ROW_REQ(struct cdat_grave, id.number, 2, CDAT_T_U16, 1, UINT16_MAX),
	CDAT_ROW(struct cdat_grave, stamp.version, 3, CDAT_T_U32),
	CDAT_ROW(struct cdat_grave, stamp.epoch, 4, CDAT_T_U32),
	CDAT_ROW(struct cdat_grave, stamp.editor, 5, CDAT_T_U16),
};
CDAT_MSG_DEF(cdat_msg_grave, struct cdat_grave, grave_rows);

static const struct cdat_field entries_rows[] = {
	R(struct p_entries, ticket, 1, CDAT_T_U32),
	R(struct p_entries, last, 2, CDAT_T_BOOL),
	R(struct p_entries, version, 3, CDAT_T_U32),
	S(struct p_entries, entries, 4, CDAT_T_LIST, &cdat_msg_p_entry),
	S(struct p_entries, drop, 5, CDAT_T_LIST, &cdat_msg_p_sum),
	CDAT_ROW_SINCE(struct p_entries, graves_same, 6, CDAT_T_BOOL, NULL, 2),
	CDAT_ROW_SINCE(struct p_entries, graves, 7, CDAT_T_LIST, &cdat_msg_grave, 2),
};
static CDAT_MSG_DEF(msg_entries, struct p_entries, entries_rows);

static const struct cdat_field fact_rows[] = {
	R(struct p_fact, addr, 1, CDAT_T_ADDR),
	CDAT_ROW_RANGE(struct p_fact, prefix_len, 2, CDAT_T_U8, 0, 128),
	R(struct p_fact, type, 3, CDAT_T_U16),
	R(struct p_fact, mtu, 4, CDAT_T_U16),
	R(struct p_fact, multicast, 5, CDAT_T_BOOL),
	R(struct p_fact, ifname, 6, CDAT_T_TEXT),
};
CDAT_MSG_DEF(cdat_msg_p_fact, struct p_fact, fact_rows);

static const struct cdat_field offer_rows[] = {
	R(struct p_offer, epoch, 1, CDAT_T_U32),
	R(struct p_offer, coord, 2, CDAT_T_U16),
	S(struct p_offer, members, 3, CDAT_T_LIST, &cdat_msg_p_vmember),
	R(struct p_offer, version, 4, CDAT_T_U32),
	R(struct p_offer, digest, 5, CDAT_T_FIXED),
	R(struct p_offer, fresh, 6, CDAT_T_BOOL),
	R(struct p_offer, common, 7, CDAT_T_U32),
	S(struct p_offer, facts, 8, CDAT_T_LIST, &cdat_msg_p_fact),
	R(struct p_offer, common_version, 9, CDAT_T_U32),
};
static CDAT_MSG_DEF(msg_offer, struct p_offer, offer_rows);

static const struct cdat_field facts_rows[] = {
	S(struct p_facts, facts, 1, CDAT_T_LIST, &cdat_msg_p_fact),
};
static CDAT_MSG_DEF(msg_facts, struct p_facts, facts_rows);

static const struct cdat_field node_rows[] = {
	CDAT_ROW_REQ(struct p_node, node, 1, CDAT_T_U16, 1, CDAT_NODE_MAX),
};
CDAT_MSG_DEF(cdat_msg_p_node, struct p_node, node_rows);

static const struct cdat_field contact_rows[] = {
	CDAT_ROW_REQ(struct p_contact, node, 1, CDAT_T_U16, 1, CDAT_NODE_MAX),
	CDAT_ROW_SINCE(struct p_contact, removed.version, 2, CDAT_T_U32, NULL, 2),
	CDAT_ROW_SINCE(struct p_contact, removed.epoch, 3, CDAT_T_U32, NULL, 2),
	CDAT_ROW_SINCE(struct p_contact, removed.editor, 4, CDAT_T_U16, NULL, 2),
};
static CDAT_MSG_DEF(msg_contact, struct p_contact, contact_rows);

static const struct cdat_field order_ask_rows[] = {
	R(struct p_order_ask, epoch, 1, CDAT_T_U32),
	R(struct p_order_ask, msgid, 2, CDAT_T_U64),
	S(struct p_order_ask, nodes, 3, CDAT_T_LIST, &cdat_msg_p_node),
	R(struct p_order_ask, data, 4, CDAT_T_BYTES),
};
static CDAT_MSG_DEF(msg_order_ask, struct p_order_ask, order_ask_rows);

static const struct cdat_field ordered_rows[] = {
	R(struct p_ordered, epoch, 1, CDAT_T_U32),
	R(struct p_ordered, coord, 2, CDAT_T_U16),
	R(struct p_ordered, origin, 3, CDAT_T_U16),
	R(struct p_ordered, seq, 4, CDAT_T_U64),
	R(struct p_ordered, msgid, 5, CDAT_T_U64),
	S(struct p_ordered, nodes, 6, CDAT_T_LIST, &cdat_msg_p_node),
	R(struct p_ordered, data, 7, CDAT_T_BYTES),
};
static CDAT_MSG_DEF(msg_ordered, struct p_ordered, ordered_rows);

static const struct cdat_field order_ack_rows[] = {
	R(struct p_order_ack, epoch, 1, CDAT_T_U32),
	R(struct p_order_ack, coord, 2, CDAT_T_U16),
	R(struct p_order_ack, seq, 3, CDAT_T_U64),
};
static CDAT_MSG_DEF(msg_order_ack, struct p_order_ack, order_ack_rows);

static const struct cdat_field order_fetch_rows[] = {
	R(struct p_order_fetch, epoch, 1, CDAT_T_U32),
	R(struct p_order_fetch, coord, 2, CDAT_T_U16),
	R(struct p_order_fetch, from, 3, CDAT_T_U64),
	R(struct p_order_fetch, to, 4, CDAT_T_U64),
};
static CDAT_MSG_DEF(msg_order_fetch, struct p_order_fetch, order_fetch_rows);

static const struct cdat_field group_rows[] = {
	R(struct p_group, epoch, 1, CDAT_T_U32),
	R(struct p_group, coord, 2, CDAT_T_U16),
	R(struct p_group, round, 3, CDAT_T_U32),
	R(struct p_group, padding, 4, CDAT_T_BYTES),
};
static CDAT_MSG_DEF(msg_group, struct p_group, group_rows);

static const struct cdat_field direct_rows[] = { R(struct p_direct, data, 1, CDAT_T_BYTES) };
static CDAT_MSG_DEF(msg_direct, struct p_direct, direct_rows);

static const struct cdat_field key_ask_rows[] = {
	R(struct p_key_ask, round, 1, CDAT_T_U32),
	CDAT_ROW_REQ(struct p_key_ask, verb, 2, CDAT_T_U8, CDAT_KEY_TELL, CDAT_KEY_DROP),
	R(struct p_key_ask, id, 3, CDAT_T_U8),
	R(struct p_key_ask, fingerprint, 4, CDAT_T_U64),
	R(struct p_key_ask, key, 5, CDAT_T_BYTES),
};
static CDAT_MSG_DEF(msg_key_ask, struct p_key_ask, key_ask_rows);

static const struct cdat_field key_rows[] = {
	R(struct p_key, id, 1, CDAT_T_U8),
	R(struct p_key, current, 2, CDAT_T_BOOL),
	R(struct p_key, fingerprint, 3, CDAT_T_U64),
};
CDAT_MSG_DEF(cdat_msg_p_key, struct p_key, key_rows);

static const struct cdat_field key_told_rows[] = {
	R(struct p_key_told, round, 1, CDAT_T_U32),
	R(struct p_key_told, why, 2, CDAT_T_TEXT),
	S(struct p_key_told, keys, 3, CDAT_T_LIST, &cdat_msg_p_key),
};
static CDAT_MSG_DEF(msg_key_told, struct p_key_told, key_told_rows);

static const struct cdat_field leave_rows[] = { R(struct p_leave, unused, 1, CDAT_T_U8) };
static CDAT_MSG_DEF(msg_leave, struct p_leave, leave_rows);

static const struct cdat_field paths_rows[] = { R(struct p_paths, rows, 5, CDAT_T_BYTES) };
static CDAT_MSG_DEF(msg_paths, struct p_paths, paths_rows);

static const struct cdat_field status_rows[] = {
	R(struct p_status, full, 2, CDAT_T_BOOL),
	R(struct p_status, rows, 3, CDAT_T_BYTES),
	R(struct p_status, serial, 4, CDAT_T_U32),
};
static CDAT_MSG_DEF(msg_status, struct p_status, status_rows);

static const struct cdat_field noted_rows[] = {
	R(struct p_noted, uid, 1, CDAT_T_U64),
	CDAT_ROW_REQ(struct p_noted, what, 2, CDAT_T_U8, 1, CDAT_AGENT_KINDS),
};
static CDAT_MSG_DEF(msg_noted, struct p_noted, noted_rows);

static const struct cdat_field join_rows[] = {
	R(struct p_join, name, 1, CDAT_T_TEXT),
	R(struct p_join, challenge, 2, CDAT_T_U64),
	S(struct p_join, facts, 3, CDAT_T_LIST, &cdat_msg_p_fact),
	R(struct p_join, node, 4, CDAT_T_U16),
};
CDAT_MSG_DEF(cdat_msg_p_join, struct p_join, join_rows);

static const struct cdat_field welcome_rows[] = {
	R(struct p_welcome, challenge, 1, CDAT_T_U64),
	R(struct p_welcome, node, 2, CDAT_T_U16),
	R(struct p_welcome, sender, 3, CDAT_T_U16),
	R(struct p_welcome, coord, 4, CDAT_T_U16),
	S(struct p_welcome, entries, 5, CDAT_T_LIST, &cdat_msg_p_entry),
};
CDAT_MSG_DEF(cdat_msg_p_welcome, struct p_welcome, welcome_rows);

static const struct cdat_msg *const by_type[CDAT_P_LAST + 1] = {
	[CDAT_P_SUSPECT] = &msg_suspect,
	[CDAT_P_PERSP_ASK] = &msg_persp_ask,
	[CDAT_P_PERSP] = &cdat_msg_p_persp,
	[CDAT_P_PERSP_SHARE] = &msg_persps,
	[CDAT_P_VIEW_PREPARE] = &msg_view_prepare,
	[CDAT_P_VIEW_STATE] = &msg_view_state,
	[CDAT_P_VIEW_REFUSE] = &msg_view_refuse,
	[CDAT_P_VIEW_INSTALL] = &msg_view_install,
	[CDAT_P_VIEW_ACK] = &msg_view_id,
	[CDAT_P_VIEW_STABLE] = &msg_view_id,
	[CDAT_P_CHANGE_ASK] = &msg_change_ask,
	[CDAT_P_PREPARE] = &msg_prepare,
	[CDAT_P_VOTE] = &msg_vote,
	[CDAT_P_COMPLETE] = &msg_change_id,
	[CDAT_P_COMPLETE_ACK] = &msg_change_id,
	[CDAT_P_ABORT] = &msg_change_id,
	[CDAT_P_ABORT_ACK] = &msg_change_id,
	[CDAT_P_CHANGE_END] = &msg_change_end,
	[CDAT_P_DECIDE] = &msg_decide,
	[CDAT_P_SUMS] = &msg_sums,
	[CDAT_P_ENTRIES] = &msg_entries,
	[CDAT_P_OFFER] = &msg_offer,
	[CDAT_P_OFFER_REDIRECT] = &cdat_msg_p_node,
	[CDAT_P_CONTACT] = &msg_contact,
	[CDAT_P_ORDER_ASK] = &msg_order_ask,
	[CDAT_P_ORDERED] = &msg_ordered,
	[CDAT_P_ORDER_ACK] = &msg_order_ack,
	[CDAT_P_ORDER_STABLE] = &msg_order_ack,
	[CDAT_P_ORDER_FETCH] = &msg_order_fetch,
	[CDAT_P_DIRECT] = &msg_direct,
	[CDAT_P_LEAVE] = &msg_leave,
	[CDAT_P_LEFT] = &msg_leave,
	[CDAT_P_PATH_REPORT] = &msg_paths,
	[CDAT_P_STATUS] = &msg_status,
	[CDAT_P_NOTED] = &msg_noted,
	[CDAT_P_JOIN_FORWARD] = &cdat_msg_p_join,
	[CDAT_P_FACTS] = &msg_facts,
	[CDAT_P_GROUP_PROBE] = &msg_group,
	[CDAT_P_GROUP_HEARD] = &msg_group,
	[CDAT_P_ORDER_REPAIR] = &msg_order_fetch,
	[CDAT_P_KEY_ASK] = &msg_key_ask,
	[CDAT_P_KEY_TOLD] = &msg_key_told,
};

const struct cdat_msg *
cdat_proto_msg(enum cdat_proto type)
{
	return (unsigned)type <= CDAT_P_LAST ? by_type[type] : NULL;
}
