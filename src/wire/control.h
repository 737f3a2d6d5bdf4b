/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The control protocol between cdatd and its clients over AF_UNIX SOCK_SEQPACKET.
 *
 * Each packet is one frame: verb (1 octet), protocol version (1), tag (4, of the
 * request it belongs to; 0 for what is pushed), then one TLV message of the verb.
 * Frames are at most CDAT_FRAME_MAX octets; what is longer is paged.
 *
 * Client                               cdatd
 *   HELLO {program, version}      ->     HELLO {version, access}        (first, always)
 *   SNAPSHOT {kinds}              ->     ROW ... ROW, DONE {row number}
 *   SUBSCRIBE {kinds, events, messages, since} -> DONE; then ROW, EVENT, MESSAGE pushed,
 *                                        each ROW with a growing number; RESYNC when rows
 *                                        were dropped for a slow client: take a new SNAPSHOT
 *   CHANGE {ops, hold, key, timeout}  -> OUTCOME (hold: when prepared, result none(1), then
 *   DECIDE {key, commit}          ->     OUTCOME of the whole)
 *   CHANGE {ops, key, more} ...   ->     (none)        parts of a change that needs several frames
 *   SEND {node | all | nodes, data}  -> SENT {error}   when accepted or refused, and with
 *                                        `receipt` again when delivered or given up
 *   LOCAL_SET {name.., value}     ->     OUTCOME       cdatNotify and cdatEventLimit
 *   NOTIFIED {event, uid, what}   ->     (none)        the receiver has taken the notification
 *   AGENT {alive, what}           ->     (none)        an agent with a living master is attached
 *   KEY {verb, id, key}           ->     OUTCOME or KEYS
 *   TABLE {}                      ->     ROW ... DONE  configured rows incl. wanted routes
 *
 * Both sides that say `batch` in HELLO may put several frames into one packet: BATCH, version
 * and tag 0, then each frame behind its length (4).  A packet costs more than most frames.
 */
#ifndef CDAT_WIRE_CONTROL_H
#define CDAT_WIRE_CONTROL_H

#include "wire/codec.h"
#include "wire/records.h"

#define CDAT_CONTROL_VERSION	1
#define CDAT_FRAME_MAX		(128u * 1024u)
#define CDAT_FRAME_HEADER	6u
#define CDAT_BATCH_MAX		(16u * 1024u)	/* a packet of several frames */
#define CDAT_BATCH_HEAD		(CDAT_FRAME_HEADER + 4u)

enum cdat_verb {
	CDAT_V_HELLO = 1, CDAT_V_SNAPSHOT, CDAT_V_SUBSCRIBE, CDAT_V_CHANGE, CDAT_V_DECIDE,
	CDAT_V_SEND, CDAT_V_LOCAL_SET, CDAT_V_NOTIFIED, CDAT_V_AGENT, CDAT_V_KEY, CDAT_V_TABLE,
	CDAT_V_ROW = 64, CDAT_V_DONE, CDAT_V_EVENT, CDAT_V_MESSAGE, CDAT_V_RESYNC,
	CDAT_V_OUTCOME, CDAT_V_SENT, CDAT_V_KEYS, CDAT_V_ERROR, CDAT_V_BATCH
};

enum cdat_access { CDAT_ACCESS_READ = 1, CDAT_ACCESS_ADMIN = 2 };

struct cdat_c_hello {
	char program[64]; char version[64]; uint8_t access; uint32_t protocol; bool batch;
};
struct cdat_c_snapshot { uint32_t kinds; };		/* bit (1 << enum cdat_kind) */
struct cdat_c_subscribe { uint32_t kinds; bool events, messages; uint32_t since; };
struct cdat_c_row {
	uint8_t kind;
	bool gone;				/* the row with this key went; `record` is empty */
	uint32_t a, b;				/* key */
	uint64_t number;
	struct cdat_view record;		/* of cdat_record_msg(kind) */
};
struct cdat_c_done { uint64_t number; };
/* A change whose ops are too long for one frame comes in parts, at most CDAT_CHANGE_MAX octets of
 * ops in all; it is one change nevertheless. */
#define CDAT_CHANGE_MAX		(4u * 1024u * 1024u - 4096u)
struct cdat_c_change {
	struct cdat_view ops;			/* list of cdat_msg_op */
	bool hold;				/* answer after phase one and wait for DECIDE */
	uint64_t key;				/* the client's number of the change; repeats are the same change */
	uint32_t timeout_ms;			/* 0: the cluster's */
	bool more;				/* a part: more of this key's ops follow; no answer */
};
struct cdat_c_decide { uint64_t key; bool commit; };
struct cdat_c_send {
	uint16_t node;				/* 0: by name, or all */
	char name[CDAT_NAME_MAX + 1];
	bool all;				/* to all members, in the one order */
	uint8_t nnodes;				/* to several, in the one order */
	uint16_t nodes[64];
	bool receipt;
	bool quiet;				/* only a refusal is answered */
	/* 1, then the highest `full` that the client has read: what it sent before it knew of a full
	 * queue is refused too, so that it can send all again in order.  0: it is not. */
	uint64_t seen;
	struct cdat_view data;
};
/* full: with CDAT_SEND_QUEUE_FULL, counts such refusals from 2 on (a refusal that only follows
 * from an earlier one repeats the number); else 0. */
struct cdat_c_sent { uint8_t error; bool delivered; uint64_t full; };
struct cdat_c_message {
	uint16_t from;
	bool ordered;				/* was sent to all or several: `order` counts them */
	uint64_t order;				/* position in the one order of the view */
	uint32_t epoch;				/* view in which it was delivered */
	struct cdat_view data;
};
/* cdatNotify and cdatEventLimit.  kind 0: scalars. */
struct cdat_c_local_set { uint8_t what; uint8_t kind; int64_t number; };
enum cdat_local_what {
	CDAT_L_NOTIFY_ALL = 1, CDAT_L_NOTIFY_SCOPE, CDAT_L_NOTIFY_WINDOW, CDAT_L_NOTIFY_LIMIT,
	CDAT_L_NOTIFY_ENABLE, CDAT_L_NOTIFY_MIN_INTERVAL, CDAT_L_EVENT_LIMIT
};
/* what: enum cdat_agent_kind */
struct cdat_c_notified { uint32_t event; uint64_t uid; bool suppressed; uint8_t what; };
struct cdat_c_agent { bool alive; uint8_t what; };
/* timeout_ms: of STATUS and ROTATE, which ask the other members; 0: that of the servicer */
struct cdat_c_key { uint8_t verb; uint8_t id; uint8_t key[32]; uint32_t timeout_ms; };
enum cdat_key_verb {
	CDAT_KEY_STATUS = 1, CDAT_KEY_ADD, CDAT_KEY_USE, CDAT_KEY_REMOVE, CDAT_KEY_ROTATE
};
struct cdat_c_keyrow { uint8_t id; bool current; uint64_t fingerprint; uint32_t members; };
/* One key of one node of the table; id 0: the node has not told, or is away. */
struct cdat_c_keyholder { uint16_t node; uint8_t id; bool current; uint64_t fingerprint; };
struct cdat_c_keys {
	struct cdat_view rows;			/* list of cdat_c_keyrow: of this servicer */
	struct cdat_view holders;		/* list of cdat_c_keyholder, as many as fit */
};
struct cdat_c_error { uint8_t code; char text[CDAT_TEXT_MAX + 1]; };
enum cdat_error_code {
	CDAT_E_PROTOCOL = 1, CDAT_E_ACCESS, CDAT_E_VERB, CDAT_E_BUSY, CDAT_E_VERSION
};

/* The message of a verb; NULL for an unknown one.  CDAT_V_OUTCOME: cdat_msg_outcome,
 * CDAT_V_EVENT: cdat_msg_event.  CDAT_V_RESYNC and CDAT_V_TABLE carry no fields: write and
 * decode them with NULL. */
const struct cdat_msg *cdat_verb_msg(enum cdat_verb verb);
const char *cdat_verb_name(enum cdat_verb verb);	/* "change"; "?" for an unknown one */
extern const struct cdat_msg cdat_msg_c_keyrow, cdat_msg_c_keyholder;

/* Appends one frame to `w`: `src` is a struct of the verb's message.  False when there is no
 * room, it would exceed CDAT_FRAME_MAX, or the verb is unknown (w->failed). */
bool cdat_frame_write(struct cdat_writer *w, enum cdat_verb verb, uint32_t tag, const void *src);

/* Takes the header off; `body` is to be decoded with cdat_verb_msg(*verb).  CDAT_DEC_TYPE:
 * unknown verb or another protocol version; *verb and *tag are set nevertheless, to answer
 * CDAT_V_ERROR to the request. */
__attribute__((warn_unused_result))
enum cdat_decode cdat_frame_read(struct cdat_view frame, enum cdat_verb *verb, uint32_t *tag,
				 struct cdat_view *body);

/* A packet under construction.  The owner gives `data` of `cap` octets, at least
 * CDAT_BATCH_HEAD more than any frame that is to fit. */
struct cdat_batch { uint8_t *data; size_t cap, len; unsigned frames; };

void cdat_batch_init(struct cdat_batch *b, void *data, size_t cap);
/* Appends a frame.  False, and the packet is as before: there is no room, or a second frame
 * would make it longer than CDAT_BATCH_MAX, or the frame itself cannot be. */
bool cdat_batch_add(struct cdat_batch *b, enum cdat_verb verb, uint32_t tag, const void *src);
bool cdat_batch_add_frame(struct cdat_batch *b, struct cdat_view frame);
/* The packet to be sent: the frame alone when there is one. */
struct cdat_view cdat_batch_packet(struct cdat_batch *b);

/* Whether the packet is a batch; `frames` are its frames then. */
bool cdat_batch_open(struct cdat_view packet, struct cdat_view *frames);
/* Takes the next frame off.  False: the end, or what is left (rest->len > 0) is malformed. */
bool cdat_batch_next(struct cdat_view *rest, struct cdat_view *frame);

#endif
