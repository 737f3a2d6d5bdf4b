/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bodies of the datagrams between nodes, each a table of fields (wire/codec.h).
 *
 * `to` of a body is the token that the receiver gave with its HELLO or HELLO_ACK: a
 * random number of its present memory of the sender.  What was meant for an earlier
 * memory of it (before its restart, or before it removed and added the sender) has
 * another token and is ignored.
 *
 * `stamp` is the sender's clock, low 32 bits of microseconds, never 0.  An answer
 * echoes it, so a response time belongs to one transmission (RFC 7323; Karn's rule of
 * RFC 6298 is met without dropping samples).
 */
#ifndef CDAT_CORE_LINK_WIRE_H
#define CDAT_CORE_LINK_WIRE_H

#include "wire/codec.h"

/* header.type */
enum {
	LINK_HELLO = 1, LINK_HELLO_ACK, LINK_BEAT, LINK_BEAT_ACK, LINK_DATA, LINK_ACK,
	LINK_VERIFY, LINK_VERIFY_ACK, LINK_RELAY, LINK_RELAYED, LINK_PROBE, LINK_PROBE_ACK,
	LINK_PIECE,
	LINK_GROUP,		/* to all: receiver 0, body of the owner */
	LINK_TYPE_LAST = LINK_GROUP,
	LINK_RAW = 32		/* + CDAT_RAW_* */
};

struct link_hello {		/* HELLO, HELLO_ACK */
	uint64_t challenge;	/* to be echoed; 0: none asked */
	uint64_t echo;		/* HELLO_ACK: the challenge that it answers */
	uint32_t stamp, echo_stamp;
	uint32_t token;		/* to address the sender of this by */
	uint32_t incarnation;
	char version[CDAT_NAME_MAX + 1];
};

struct link_beat {		/* BEAT, BEAT_ACK */
	uint32_t to;
	uint32_t stamp;		/* BEAT_ACK: the one that it answers */
	struct cdat_view hears;	/* adapters of the sender of this that hear the receiver */
	struct cdat_view payload;
};

struct link_ack {		/* item: what arrived on a channel */
	uint8_t channel;
	uint64_t next;		/* the first segment missing */
	struct cdat_view more;	/* bit i, from the top of octet i/8: next + 1 + i arrived */
};

enum { LINK_WHOLE = 0, LINK_FIRST, LINK_FURTHER };

struct link_segment {		/* item: a message or a part of one */
	uint8_t channel;
	uint64_t seq;		/* from 1 in each stream */
	uint8_t kind;		/* LINK_WHOLE, ... */
	uint32_t total;		/* of LINK_FIRST: octets of the message */
	struct cdat_view data;
};

struct link_data {		/* DATA, ACK (the same without segments and stamp) */
	uint32_t to;
	uint32_t stream;	/* of the segments; grows by 1 when the sender starts anew */
	uint32_t stamp;
	uint32_t echo_stamp;	/* the latest stamp that arrived, 0: no acknowledgement */
	uint32_t echo_delay;	/* us since it arrived */
	uint8_t echo_by;	/* the adapter at which it arrived; 0: relayed */
	uint32_t ack_stream;	/* whose segments the acknowledgements mean */
	struct cdat_view acks;	/* of struct link_ack */
	struct cdat_view segments;
};

struct link_verify {		/* VERIFY, VERIFY_ACK */
	uint64_t challenge;
};

struct link_relay {		/* RELAY: node is the destination; RELAYED: the source */
	uint16_t node;
	struct cdat_view inner;	/* a whole sealed datagram */
};

struct link_probe {		/* PROBE (padded), PROBE_ACK: RFC 8899 */
	uint32_t to;
	uint32_t stamp;
	uint16_t size;		/* octets of the UDP payload of the probe */
	struct cdat_view padding;
};

struct link_piece {		/* part of a DATA body that no longer fits its path */
	uint32_t id;
	uint32_t offset, total;
	struct cdat_view data;
};

extern const struct cdat_msg link_msg_hello, link_msg_beat, link_msg_ack, link_msg_segment,
	link_msg_data, link_msg_verify, link_msg_relay, link_msg_probe, link_msg_piece;

#endif
