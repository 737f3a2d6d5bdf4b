/* SPDX-License-Identifier: BSD-2-Clause */
/* Field tables of the datagrams between nodes. */
#include "core/link_wire.h"

#include "core/link.h"

static const struct cdat_field hello_rows[] = {
	CDAT_ROW(struct link_hello, challenge, 1, CDAT_T_U64),
	CDAT_ROW(struct link_hello, echo, 2, CDAT_T_U64),
	CDAT_ROW(struct link_hello, stamp, 3, CDAT_T_U32),
	CDAT_ROW(struct link_hello, echo_stamp, 4, CDAT_T_U32),
	CDAT_ROW_REQ(struct link_hello, token, 5, CDAT_T_U32, 1, UINT32_MAX),
	CDAT_ROW(struct link_hello, incarnation, 6, CDAT_T_U32),
	CDAT_ROW(struct link_hello, version, 7, CDAT_T_TEXT),
};
CDAT_MSG_DEF(link_msg_hello, struct link_hello, hello_rows);

static const struct cdat_field beat_rows[] = {
	CDAT_ROW(struct link_beat, to, 1, CDAT_T_U32),
	CDAT_ROW_REQ(struct link_beat, stamp, 2, CDAT_T_U32, 1, UINT32_MAX),
	CDAT_ROW_RANGE(struct link_beat, hears, 3, CDAT_T_BYTES, 0, CDAT_NODE_ADAPTERS),
	CDAT_ROW_RANGE(struct link_beat, payload, 4, CDAT_T_BYTES, 0, CDAT_BEAT_MAX),
};
CDAT_MSG_DEF(link_msg_beat, struct link_beat, beat_rows);

static const struct cdat_field ack_rows[] = {
	CDAT_ROW_RANGE(struct link_ack, channel, 1, CDAT_T_U8, 0, 1),
	CDAT_ROW_REQ(struct link_ack, next, 2, CDAT_T_U64, 1, UINT64_MAX),
	CDAT_ROW_RANGE(struct link_ack, more, 3, CDAT_T_BYTES, 0, 128),
};
CDAT_MSG_DEF(link_msg_ack, struct link_ack, ack_rows);

static const struct cdat_field segment_rows[] = {
	CDAT_ROW_RANGE(struct link_segment, channel, 1, CDAT_T_U8, 0, 1),
	CDAT_ROW_REQ(struct link_segment, seq, 2, CDAT_T_U64, 1, UINT64_MAX),
	CDAT_ROW_RANGE(struct link_segment, kind, 3, CDAT_T_U8, 0, LINK_FURTHER),
	CDAT_ROW_RANGE(struct link_segment, total, 4, CDAT_T_U32, 0, CDAT_LINK_MESSAGE_MAX),
	CDAT_ROW(struct link_segment, data, 5, CDAT_T_BYTES),
};
CDAT_MSG_DEF(link_msg_segment, struct link_segment, segment_rows);

static const struct cdat_field data_rows[] = {
	CDAT_ROW_REQ(struct link_data, to, 1, CDAT_T_U32, 1, UINT32_MAX),
	CDAT_ROW(struct link_data, stream, 2, CDAT_T_U32),
	CDAT_ROW(struct link_data, stamp, 3, CDAT_T_U32),
	CDAT_ROW(struct link_data, echo_stamp, 4, CDAT_T_U32),
	CDAT_ROW(struct link_data, echo_delay, 5, CDAT_T_U32),
	CDAT_ROW(struct link_data, echo_by, 6, CDAT_T_U8),
	CDAT_ROW(struct link_data, ack_stream, 7, CDAT_T_U32),
	CDAT_ROW_SUB(struct link_data, acks, 8, CDAT_T_LIST, &link_msg_ack),
	CDAT_ROW_SUB(struct link_data, segments, 9, CDAT_T_LIST, &link_msg_segment),
};
CDAT_MSG_DEF(link_msg_data, struct link_data, data_rows);

static const struct cdat_field verify_rows[] = {
	CDAT_ROW_REQ(struct link_verify, challenge, 1, CDAT_T_U64, 1, UINT64_MAX),
};
CDAT_MSG_DEF(link_msg_verify, struct link_verify, verify_rows);

static const struct cdat_field relay_rows[] = {
	CDAT_ROW_REQ(struct link_relay, node, 1, CDAT_T_U16, 1, CDAT_NODE_MAX),
	CDAT_ROW(struct link_relay, inner, 2, CDAT_T_BYTES),
};
CDAT_MSG_DEF(link_msg_relay, struct link_relay, relay_rows);

static const struct cdat_field probe_rows[] = {
	CDAT_ROW(struct link_probe, to, 1, CDAT_T_U32),
	CDAT_ROW_REQ(struct link_probe, stamp, 2, CDAT_T_U32, 1, UINT32_MAX),
	CDAT_ROW_REQ(struct link_probe, size, 3, CDAT_T_U16, 1, UINT16_MAX),
	CDAT_ROW(struct link_probe, padding, 4, CDAT_T_BYTES),
};
CDAT_MSG_DEF(link_msg_probe, struct link_probe, probe_rows);

static const struct cdat_field piece_rows[] = {
	CDAT_ROW_REQ(struct link_piece, id, 1, CDAT_T_U32, 1, UINT32_MAX),
	CDAT_ROW(struct link_piece, offset, 2, CDAT_T_U32),
	CDAT_ROW_REQ(struct link_piece, total, 3, CDAT_T_U32, 1, CDAT_DATAGRAM_MAX),
	CDAT_ROW(struct link_piece, data, 4, CDAT_T_BYTES),
};
CDAT_MSG_DEF(link_msg_piece, struct link_piece, piece_rows);
