/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of the link layer share; for no other module.
 *
 *   link.c         peers, their addresses, readings
 *   link_input.c   a datagram from the seal to its type
 *   link_output.c  sealing, choice of addresses, relays, sessionless datagrams
 *   link_event.c   tells the owner what changed, at the end of each input call
 *   session.c      challenges, boots, tokens
 *   link_probe.c   beats, probes, timeouts, the timer of a peer
 *   link_choose.c  the address in use: fail-over and fail-back
 *   path.c         one address
 *   pmtu.c         path MTU discovery
 *   verify.c       addresses that are not in the table yet
 *   stream*.c      reliable channels: sender, loss and window, receiver
 *   link_heap.c    peers by their next deadline
 *
 * Re-entrance.  The owner may call anything of link.h but the input calls from its
 * callbacks.  Callbacks come only from link_event.c (at the end of an input call) and,
 * for messages, beats and raw datagrams, from the tail of their handlers; what a handler
 * still holds then is checked to be alive (`gone`, stream generation).  Memory of peers
 * and paths that are removed meanwhile is kept until the outermost call ends.
 */
#ifndef CDAT_CORE_LINK_INT_H
#define CDAT_CORE_LINK_INT_H

#include "core/link.h"
#include "core/link_wire.h"
#include "core/path.h"

#define RETIRED_BOOTS		4
#define NO_DEADLINE		UINT64_MAX
#define MS			UINT64_C(1000)	/* us */
#define DATAGRAM_OVERHEAD	(CDAT_HEADER_LEN + CDAT_SEAL_LEN)
#define RELAY_FRESH		(5000 * MS)	/* a peer that came by a relay is answered by it so long */
#define RELAY_OVERHEAD	(DATAGRAM_OVERHEAD + 10u)	/* of a body, in octets */

struct stream;
struct message;

/* The session with a peer: what we believe of it and what it believes of us. */
struct session {
	bool up;			/* its datagrams are believed */
	uint64_t boot, retired[RETIRED_BOOTS];
	struct cdat_replay replay;
	uint32_t token_in, token_out;	/* link_wire.h; in: ours, out: the peer's, 0 unknown */
	uint64_t token_seq;		/* of the datagram that told token_out */
	uint64_t challenge;		/* outstanding; 0 none */
	uint32_t incarnation;
	uint8_t format;			/* the latest that it speaks; 0 not known */
	uint64_t hello_sent;		/* last one that was not asked for by a timer */
	uint64_t answers_since;		/* rate limit of answers to HELLO */
	uint8_t answers;
	char version[CDAT_NAME_MAX + 1];
};

/* What is known of a peer beyond its addresses; made when it is first looked after. */
struct live {
	struct session session;
	struct stream *stream;		/* made when there is something to send or receive */
	struct message *done;		/* done() is to be called */
	struct message *done_tail;
	uint64_t heard;
	uint64_t beat_due;
	uint64_t relayed_at;		/* it last reached us by `relayed_by` */
	uint16_t relay, relayed_by;
	uint8_t current, told_current;	/* adapters; 0 none */
	uint8_t watch;			/* enum cdat_watch */
	uint8_t turn;			/* next path when all are down */
	bool back;			/* the move to be told was a return */
	uint32_t failures;		/* of the address given up, for moved() */
	uint32_t hears_ms[CDAT_NODE_ADAPTERS];	/* when it last reached our i-th address */
	struct path *paths[CDAT_NODE_ADAPTERS];	/* as many as peer->naddrs */
};

_Static_assert(sizeof(struct live) <= 1024, "5,000 peers fit in memory");

/* The node by way of which it reached us of late; 0: none. */
static inline uint16_t link_relayed_by(const struct live *live, uint64_t now)
{
	return live->relayed_by && now - live->relayed_at < RELAY_FRESH ? live->relayed_by : 0;
}

/* What is to be told at the end of the call. */
enum {
	TELL_UP = 1, TELL_LOST = 2, TELL_PATHS = 4, TELL_MOVED = 8, TELL_TOUCHED = 16,
	TELL_DONE = 32
};

struct peer {
	uint16_t node;
	uint8_t naddrs;
	uint8_t tell, why;		/* TELL_*; why: enum cdat_link_loss */
	bool gone, told_listed;
	uint32_t heap;			/* place in the heap + 1; 0: not in it */
	uint64_t deadline;
	uint64_t since;
	struct cdat_link_addr *addrs;
	struct live *live;
	struct peer *tell_next, *next_gone;
};

/* A buffer that grows. */
struct buffer { uint8_t *data; size_t cap; };

struct verify {
	struct verify *next;
	uint32_t token;
	uint16_t node;
	bool answered;
	struct cdat_addr addr;
	uint64_t challenge, due, wait;
};

struct cdat_link {
	struct cdat_link_ops ops;
	void *ctx;
	const struct cdat_keyring *keys;
	uint64_t boot, rng, seq, now, born;
	uint64_t forgiven;		/* response times across this moment are no samples */
	uint32_t cluster, incarnation;
	uint8_t format, oldest;		/* that we speak */
	size_t queue_max;
	char version[CDAT_NAME_MAX + 1];
	uint16_t self;
	struct cdat_link_addr *local;
	size_t nlocal;
	struct cdat_params params;
	struct peer **pages[256];	/* peers by node: pages[node >> 8][node & 255] */
	struct peer **heap;
	uint32_t nheap, heap_cap, npeers;
	struct peer *tell, *tell_tail, *gone;
	struct path *gone_paths;
	struct verify *verifies;
	uint32_t verify_token;
	unsigned depth;
	struct buffer in, inner, body, list, out, wrap;
	struct cdat_stats stats;
};

/* A datagram that was opened. */
struct input {
	struct cdat_header header;
	const struct cdat_addr *local, *from;
	uint8_t local_adapter;		/* ours at which it arrived; 0 unknown */
	uint16_t via;			/* relayed by; 0 direct */
	size_t len;			/* of the datagram */
	struct cdat_view body;
	struct peer *peer;
	struct path *path;		/* it came from; NULL when relayed */
};

/* link.c */
struct peer *link_find(const struct cdat_link *link, uint16_t node);
/* The same, made by the addresses that the owner has of it; NULL: none, or no memory. */
struct peer *link_peer(struct cdat_link *link, uint16_t node);
bool link_owner_knows(const struct cdat_link *link, uint16_t node);	/* so it was no memory */
struct live *link_live(struct cdat_link *link, struct peer *peer);	/* makes it; NULL: no memory */
uint64_t link_random(struct cdat_link *link);	/* never 0 */
bool link_buffer(struct buffer *buf, size_t cap);
uint8_t link_local_by_addr(const struct cdat_link *link, const struct cdat_addr *addr);
const struct cdat_link_addr *link_local_adapter(const struct cdat_link *link, uint8_t adapter);
void link_enter(struct cdat_link *link, uint64_t now);
void link_leave(struct cdat_link *link);	/* tells, frees */
static inline uint32_t link_stamp(uint64_t now)
{
	return (uint32_t)now ? (uint32_t)now : 1;
}
static inline uint32_t link_ms(uint64_t now)
{
	uint32_t ms = (uint32_t)(now / 1000);

	return ms ? ms : 1;
}
/* When a datagram with that stamp was sent; 0: impossible (older than a minute). */
uint64_t link_unstamp(uint32_t stamp, uint64_t now);

/* link_event.c */
void link_tell(struct cdat_link *link, struct peer *peer, uint8_t what);
void link_flush(struct cdat_link *link);

/* link_heap.c */
bool link_heap_reserve(struct cdat_link *link);	/* a place for each peer */
void link_heap_set(struct cdat_link *link, struct peer *peer, uint64_t deadline);
void link_heap_remove(struct cdat_link *link, struct peer *peer);

/* link_output.c.  `body` by this path; NULL: by relay.  False: it could not be sent. */
bool link_send_path(struct cdat_link *link, struct peer *peer, struct path *path, uint8_t type,
		    struct cdat_view body);
/* An answer: the way back of `in`. */
bool link_send_back(struct cdat_link *link, const struct input *in, uint8_t type,
		    struct cdat_view body);
/* Encodes `src` and sends it. */
bool link_send_msg(struct cdat_link *link, struct peer *peer, struct path *path, uint8_t type,
		   const struct cdat_msg *msg, const void *src);
/* To an address of `node` that is no path. */
bool link_send_addr(struct cdat_link *link, uint16_t node, const struct cdat_addr *to,
		    uint8_t type, const struct cdat_msg *msg, const void *src);
bool link_reply_msg(struct cdat_link *link, const struct input *in, uint8_t type,
		    const struct cdat_msg *msg, const void *src);
bool link_relay_known(const struct cdat_link *link, const struct peer *peer);
void link_relay_take(struct cdat_link *link, struct input *in);
void link_path_source(struct cdat_link *link, struct path *path);

/* link_input.c */
void link_input(struct cdat_link *link, struct input *in, struct cdat_view datagram,
		struct buffer *room);

/* session.c */
bool session_hello(struct cdat_link *link, struct peer *peer, struct path *path);
void session_hello_asked(struct cdat_link *link, struct peer *peer, const struct input *in);
void session_hello_take(struct cdat_link *link, struct input *in, bool known);
void session_hello_ack_take(struct cdat_link *link, struct input *in, bool known);
void session_drop(struct cdat_link *link, struct peer *peer, enum cdat_link_loss why);
bool session_retired(const struct session *s, uint64_t boot);

/* link_probe.c: beats and timers; link_choose.c: the address in use */
bool link_beat_path(struct cdat_link *link, struct peer *peer, struct path *path);
void link_beat_take(struct cdat_link *link, struct input *in);
void link_beat_ack_take(struct cdat_link *link, struct input *in);
/* What was sent at `sent` by `path` was answered, `delay` us after it arrived.  acks: by an
 * acknowledgement of data. */
void link_answered(struct cdat_link *link, struct peer *peer, struct path *path, uint64_t sent,
		   uint32_t delay, bool acks);
struct path *link_current(const struct peer *peer);
/* Paths for a datagram that is sent now: the current one, and the next alternate while in
 * doubt.  Returns how many (0: only by relay, or not at all). */
unsigned link_route(struct cdat_link *link, struct peer *peer, struct path *out[2]);
struct path *link_alternate(const struct peer *peer, const struct path *path);
void link_choose(struct cdat_link *link, struct peer *peer);
void link_rearm(struct cdat_link *link, struct peer *peer);
void link_peer_due(struct cdat_link *link, struct peer *peer);

/* verify.c */
void verify_take(struct cdat_link *link, const struct input *in);
void verify_ack_take(struct cdat_link *link, const struct input *in);
void verify_due(struct cdat_link *link);
uint64_t verify_deadline(const struct cdat_link *link);
void verify_free(struct cdat_link *link);

/* pmtu.c */
void pmtu_black_hole(struct cdat_link *link, struct peer *peer, struct path *path);
void pmtu_due(struct cdat_link *link, struct peer *peer, struct path *path);
void pmtu_start(struct cdat_link *link, struct peer *peer, struct path *path);
void pmtu_probe_take(struct cdat_link *link, const struct input *in);
void pmtu_ack_take(struct cdat_link *link, const struct input *in);

#endif
