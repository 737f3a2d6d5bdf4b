/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What members tell each other on the reliable channels of a link, and the payload
 * of their beats.  Each message is one octet of type and one TLV message; a new wire
 * field is a new row in proto.c.
 */
#ifndef CDAT_CORE_PROTO_H
#define CDAT_CORE_PROTO_H

#include "core/table.h"
#include "wire/codec.h"
#include "wire/records.h"

enum cdat_proto {
	CDAT_P_SUSPECT = 1, CDAT_P_PERSP_ASK, CDAT_P_PERSP, CDAT_P_PERSP_SHARE,
	CDAT_P_VIEW_PREPARE, CDAT_P_VIEW_STATE, CDAT_P_VIEW_REFUSE, CDAT_P_VIEW_INSTALL,
	CDAT_P_VIEW_ACK, CDAT_P_VIEW_STABLE,
	CDAT_P_CHANGE_ASK, CDAT_P_PREPARE, CDAT_P_VOTE, CDAT_P_COMPLETE, CDAT_P_COMPLETE_ACK,
	CDAT_P_ABORT, CDAT_P_ABORT_ACK, CDAT_P_CHANGE_END, CDAT_P_DECIDE,
	CDAT_P_SUMS, CDAT_P_ENTRIES,
	CDAT_P_OFFER, CDAT_P_OFFER_REDIRECT, CDAT_P_CONTACT,
	CDAT_P_ORDER_ASK, CDAT_P_ORDERED, CDAT_P_ORDER_ACK, CDAT_P_ORDER_STABLE,
	CDAT_P_ORDER_FETCH, CDAT_P_DIRECT,
	CDAT_P_LEAVE, CDAT_P_LEFT, CDAT_P_PATH_REPORT, CDAT_P_STATUS, CDAT_P_NOTED,
	CDAT_P_JOIN_FORWARD, CDAT_P_FACTS,
	CDAT_P_GROUP_PROBE, CDAT_P_GROUP_HEARD, CDAT_P_ORDER_REPAIR,
	CDAT_P_KEY_ASK, CDAT_P_KEY_TOLD,
	CDAT_P_LAST = CDAT_P_KEY_TOLD
};

/* What a node is in: 0 starting (no table), 1 looking (has a table, in no view), 2 in a view. */
enum { CDAT_ST_STARTING = 0, CDAT_ST_LOOKING = 1, CDAT_ST_VIEW = 2, CDAT_ST_LEAVING = 3 };

/* Payload of a beat. */
struct p_beat {
	uint8_t phase;			/* CDAT_ST_* */
	uint32_t epoch;			/* of the sender's view */
	uint16_t coord, members;
	uint32_t version;		/* of its table */
	uint64_t digest;		/* first 8 octets of its table's */
	bool you;			/* the receiver is in the sender's view */
	bool fresh;			/* looking, with a table that never was in a cluster */
	uint8_t agents;			/* bit 0 SNMP agent with a living master, bit 1 notifier */
	uint8_t key_id;			/* key in use */
};

struct p_suspect { uint16_t node; uint32_t silence_ms; };
struct p_persp_ask { uint16_t node; uint32_t round; };
struct p_persp {
	uint16_t node, reporter;
	uint32_t round;
	uint8_t state;			/* enum cdat_reach */
	uint8_t adapters_up;
	uint32_t silence_ms;
};
struct p_persps { struct cdat_view list; uint16_t node, via; };	/* list of p_persp */

/* A member of a view: number and the boot id of the start that is meant. */
struct p_vmember { uint16_t node; uint64_t boot; };

/* Members of a view to be are told in one of three ways.  To a node that comes from no view:
 * PREPARE names it alone (`alone`), INSTALL has all.  To one of the proposer's own view, when
 * all are known to be in it: the view as `base`, who of it is not in the new one any more
 * (`out`), and who follows the rest (`members`).  To all others: all. */
struct p_base { uint32_t epoch; uint16_t coord; struct cdat_view out; };	/* out: p_node */
struct p_view_prepare {
	uint32_t epoch;
	uint16_t coord;
	struct cdat_view members;	/* p_vmember */
	struct p_base base;		/* epoch 0: none */
	bool alone;
};
struct p_view_refuse { uint32_t epoch, promised; uint16_t coord; uint32_t view; /* it is in */ };
struct p_view_state {
	uint32_t epoch;			/* of the proposal this answers */
	uint16_t coord;
	uint32_t old_epoch;		/* the view that the member is in; 0 none */
	uint16_t old_coord;
	uint32_t version;
	uint8_t digest[CDAT_DIGEST_LEN];
	bool has_table;
	uint64_t change;		/* id of the change it holds prepared; 0 none */
	bool veto;			/* it knows that this change cannot be complete */
	uint64_t ordered;		/* last number of the old view's order that it has */
	uint32_t seen_epoch, seen_version;	/* stamp of the last change that its table is past */
	struct cdat_view lost;		/* p_node: unreachable for it */
	uint8_t format;			/* the latest that it speaks; 0: 1 */
};
/* How the order of one old view ends: all that come from it first have up to `last`. */
struct p_flush { uint32_t epoch; uint16_t coord; uint64_t last; uint16_t holder; };
struct p_gone { uint16_t node; uint8_t why; };
enum { CDAT_GONE_UNREACHABLE = 1, CDAT_GONE_LEFT, CDAT_GONE_DISABLED, CDAT_GONE_RESTARTED,
       CDAT_GONE_DEPARTED /* alive, in another view */ };
/* Who holds a role as the view begins, for those who do not know or know otherwise. */
struct p_role { uint16_t role, holder; uint32_t moves; };
struct p_line { char text[CDAT_TEXT_MAX + 1]; };
struct p_view_install {
	uint32_t epoch;
	uint16_t coord;
	struct cdat_view members;	/* p_vmember, the longest-serving first */
	uint32_t version;
	uint8_t digest[CDAT_DIGEST_LEN];
	uint64_t commit;		/* id of a change in flight that is committed by this */
	uint32_t seen_epoch, seen_version;	/* stamp of the last change that the table is past */
	struct cdat_view flush;		/* p_flush */
	struct cdat_view gone;		/* p_gone */
	struct cdat_view persps;	/* p_persp */
	struct cdat_view conflicts;	/* p_line */
	struct cdat_view roles;		/* p_role */
	bool merged;			/* joins another view, not only single nodes */
	struct p_base base;		/* epoch 0: none */
	uint8_t format;			/* the latest that all its members speak; 0: 1 */
};
struct p_view_id { uint32_t epoch; uint16_t coord; };

struct p_change_ask {
	uint64_t id;			/* asker << 48 | the asker's number of it */
	uint16_t asker;
	bool hold, internal;
	uint32_t timeout_ms;
	struct cdat_view ops;		/* cdat_msg_op */
};
struct p_prepare {
	uint64_t id;
	uint16_t asker;
	uint32_t epoch;
	uint32_t base, base_epoch;
	uint8_t digest[CDAT_DIGEST_LEN];	/* of the result */
	bool internal;
	struct cdat_view ops;
	uint32_t forget;		/* graves of epochs before that are dropped by this change */
};
struct p_vote { uint64_t id; bool yes; struct cdat_outcome outcome; };
struct p_change_id { uint64_t id; };
struct p_change_end { uint64_t id; bool prepared; struct cdat_outcome outcome; };
struct p_decide { uint64_t id; bool commit; };

/* Table transfer.  SUMS asks for what differs; `install` names the view it is for. */
struct p_sum { uint8_t kind; uint16_t number; uint64_t digest; };
struct p_sums {
	uint32_t ticket;
	bool first, last;
	struct cdat_view sums;		/* p_sum; of format 1 */
	struct cdat_view packed;	/* the same in half of the octets; sync.c */
	uint64_t graves;		/* with `last`: of the graves that the sender has */
};
struct p_entry { struct cdat_view entry; };
struct p_entries {
	uint32_t ticket;
	bool last;
	uint32_t version;
	struct cdat_view entries;	/* p_entry */
	struct cdat_view drop;		/* p_sum: entries that the sender does not have */
	/* With `last`: the graves are those that the asker has, or all of the sender's. */
	bool graves_same;
	struct cdat_view graves;	/* cdat_msg_grave */
};

struct p_fact {
	struct cdat_addr addr;
	uint8_t prefix_len;
	uint16_t type, mtu;
	bool multicast;
	char ifname[CDAT_IFNAME_MAX + 1];
};
struct p_offer {
	uint32_t epoch;			/* of the offered component; 0 a single node in no view */
	uint16_t coord;
	struct cdat_view members;	/* p_vmember, the longest-serving first */
	uint32_t version;
	uint8_t digest[CDAT_DIGEST_LEN];
	bool fresh;			/* its table, if any, does not count */
	/* last epoch in which it was together with the receiver, version of its table at its end */
	uint32_t common, common_version;
	struct cdat_view facts;		/* p_fact, of the sender */
};
struct p_facts { struct cdat_view facts; };	/* p_fact, of the sender */
struct p_node { uint16_t node; };
/* To our coordinator: the coordinator of another component that was heard.  To a node outside
 * our view: our coordinator; the answer if that was removed there: the same node, and when. */
struct p_contact { uint16_t node; struct cdat_stamp removed; };

struct p_order_ask {
	uint32_t epoch;
	uint64_t msgid;
	struct cdat_view nodes;
	struct cdat_view data;
};
struct p_ordered {
	uint32_t epoch;
	uint16_t coord, origin;
	uint64_t seq, msgid;
	struct cdat_view nodes;		/* p_node; empty: all */
	struct cdat_view data;
};
struct p_order_ack { uint32_t epoch; uint16_t coord; uint64_t seq; };
struct p_order_fetch { uint32_t epoch; uint16_t coord; uint64_t from, to; };
/* By multicast from the coordinator, and the answer; round 0: not heard any more. */
struct p_group { uint32_t epoch; uint16_t coord; uint32_t round; struct cdat_view padding; };
struct p_direct { struct cdat_view data; };

struct p_leave { uint8_t unused; };
/* States of adapters, each in STATUS_ROW octets: node (2), adapter, enum cdat_reach. */
#define STATUS_ROW 4u
struct p_paths { struct cdat_view rows; };	/* those that the sender has to whom it watches */
struct p_status { struct cdat_view rows; bool full; uint32_t serial; };
struct p_noted { uint64_t uid; uint8_t what; };	/* enum cdat_agent_kind */

/* Keys (rotate.c): what a member is to do with one, and what its ring then has. */
enum { CDAT_KEY_TELL = 1, CDAT_KEY_TAKE, CDAT_KEY_SEND_BY, CDAT_KEY_DROP };
struct p_key_ask {
	uint32_t round;
	uint8_t verb;			/* CDAT_KEY_* */
	uint8_t id;
	uint64_t fingerprint;
	struct cdat_view key;		/* CDAT_KEY_TAKE: wrapped (wire/seal.h) */
};
struct p_key { uint8_t id; bool current; uint64_t fingerprint; };
struct p_key_told {
	uint32_t round;
	char why[CDAT_TEXT_MAX + 1];	/* it was not done; empty: it was */
	struct cdat_view keys;		/* p_key */
};

/* Sessionless: a node that does not know its number asks, a member answers. */
struct p_join {
	char name[CDAT_NAME_MAX + 1];
	uint64_t challenge;
	struct cdat_view facts;
	uint16_t node;
};
struct p_welcome {
	uint64_t challenge;
	uint16_t node;			/* the asker's number */
	uint16_t sender, coord;
	struct cdat_view entries;	/* p_entry: asker, sender, coordinator, parameters */
};

extern const struct cdat_msg cdat_msg_p_beat, cdat_msg_p_persp, cdat_msg_p_vmember,
	cdat_msg_p_flush, cdat_msg_p_gone, cdat_msg_p_role, cdat_msg_p_line, cdat_msg_p_sum,
	cdat_msg_p_entry, cdat_msg_p_fact, cdat_msg_p_node, cdat_msg_p_join,
	cdat_msg_p_welcome, cdat_msg_p_key;

/* The message of a type; NULL for an unknown one. */
const struct cdat_msg *cdat_proto_msg(enum cdat_proto type);
/* Room for any decoded message. */
#define CDAT_PROTO_MAX 1024u

#endif
