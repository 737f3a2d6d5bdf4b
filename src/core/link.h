/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Links to the other nodes: sessions, paths and reliable streams over exchangeable
 * datagrams (description FIG. 3; claims 20, 21, 28).  The membership above it sees
 * nodes; the addresses, re-sends and fail-overs stay here.
 *
 * Session.  A datagram of node P is believed only under a session: we sent P a
 * random challenge and P echoed it under its boot id, so P is alive now and is no
 * replay; from then on sequence numbers of that boot pass a replay window.  A new
 * boot id needs a new challenge, retired ones are never believed again.
 *
 * Path.  One per address of a peer: smoothed response time and deviation by RFC 6298
 * with each sample tied to one transmission (Karn), timeout clamped to [response-min,
 * response-max], consecutive failures against the retry threshold.  First re-send of an
 * unanswered message at once by the primary and by the next alternate; while the
 * current path has an expired attempt everything goes by both.  Fail-back to a better
 * path after CDAT_FAILBACK_PROBES answered probes, hold-down doubled while it flaps.
 * Idle alternates and unreachable addresses are probed each probe interval.  One-way
 * faults: beats tell by which addresses the peer last heard us.
 *
 * Stream.  Per peer two independent reliable FIFO channels of messages up to
 * CDAT_LINK_MESSAGE_MAX octets, cut into segments that fit the path (RFC 8899 where
 * path MTU discovery is on); selective acknowledgement; window with back-pressure.
 *
 * Pure: time and randomness are handed in; datagrams leave by ops->emit.
 * All times are monotonic microseconds.  No call blocks.
 */
#ifndef CDAT_CORE_LINK_H
#define CDAT_CORE_LINK_H

#include "cdat/types.h"
#include "wire/codec.h"
#include "wire/seal.h"

#define CDAT_LINK_MESSAGE_MAX	(4u * 1024u * 1024u)	/* a change of all of 5,000 nodes fits */
#define CDAT_LINK_CONTROL	0	/* channel of membership and changes */
#define CDAT_LINK_DATA		1	/* channel of application messages */
#define CDAT_FAILBACK_PROBES	3
#define CDAT_BEAT_MAX		512u	/* octets of a beat's payload */
#define CDAT_RAW_MAX		1100u	/* octets of a sessionless body: fits any path unfragmented */

struct cdat_link;
struct cdat_link_addr;

/* Datagrams without session; the body is the caller's.  They are authentic but may be
 * replays, and their source is not checked against the table. */
enum { CDAT_RAW_JOIN = 1, CDAT_RAW_WELCOME = 2, CDAT_RAW_PRESENCE = 3 };

enum cdat_link_loss {
	CDAT_LOSS_RESTART = 1,		/* the peer has a new boot id */
	CDAT_LOSS_RESET		/* cdat_link_reset() or peer removed here */
};

struct cdat_link_ops {
	/* Hands out one datagram: from the local adapter (0: any) to an address. */
	void (*emit)(void *ctx, uint8_t local_adapter, const struct cdat_addr *to, uint8_t dscp,
		     const uint8_t *data, size_t len);
	/* A message of `node` on a channel, in order, each once.  `data` lives during the call. */
	void (*deliver)(void *ctx, uint16_t node, unsigned channel, struct cdat_view data);
	/* A message sent with a cookie other than 0 was acknowledged, or was given up. */
	void (*done)(void *ctx, uint16_t node, uint64_t cookie, bool delivered);
	/* Payload of a beat to `node` (at most CDAT_BEAT_MAX), and of one received from it. */
	void (*beat_fill)(void *ctx, uint16_t node, struct cdat_writer *w);
	void (*beat_take)(void *ctx, uint16_t node, struct cdat_view payload);
	/* A session came up (peer's boot id, incarnation and version are known then), or the
	 * peer restarted: its streams start anew and undelivered messages got done(false). */
	void (*session_up)(void *ctx, uint16_t node);
	void (*session_lost)(void *ctx, uint16_t node, enum cdat_link_loss why);
	/* enum cdat_reach of a path changed. */
	void (*path_state)(void *ctx, uint16_t node, uint8_t adapter, uint8_t from, uint8_t to);
	/* The address in use changed; 0: all are exhausted.  `failures` of the one given up.
	 * back: a return to a better address. */
	void (*moved)(void *ctx, uint16_t node, uint8_t from, uint8_t to, uint32_t failures, bool back);
	/* A sessionless datagram. `type` CDAT_RAW_*. */
	void (*raw)(void *ctx, uint8_t type, const struct cdat_header *header, uint8_t local_adapter,
		    const struct cdat_addr *local, const struct cdat_addr *from, struct cdat_view body);
	/* A datagram was refused: its seal, by `seal`; where that is CDAT_OPEN_OK, its source, its
	 * age or its body.  version: with CDAT_OPEN_VERSION the format that made it so, newer than
	 * all of ours (as it claims, unproved), or older (the latest that the peer speaks). */
	void (*refused)(void *ctx, const struct cdat_addr *from, enum cdat_open seal,
			uint8_t version);
	/* Something that a record of this peer shows changed (srtt, counters...): rate-limited
	 * by the caller. */
	void (*touched)(void *ctx, uint16_t node);
	/* A datagram of a peer to all (cdat_link_group()): not in order, each at most once. */
	void (*group)(void *ctx, uint16_t node, struct cdat_view body);
	/* The addresses of a node that the link is to talk to, in the order of trying; returns
	 * how many (at most CDAT_NODE_ADAPTERS), negative: no such node.  NULL: all peers are given
	 * by cdat_link_peer(). */
	int (*addrs)(void *ctx, uint16_t node, struct cdat_link_addr *out);
	/* Which of our adapters the kernel uses towards an address; 0: by subnet. NULL: so always. */
	uint8_t (*source)(void *ctx, uint16_t node, uint8_t adapter);
};

struct cdat_link_config {
	const struct cdat_keyring *keys;
	const char *cluster;
	uint64_t boot;			/* 64 random bits of this start */
	uint64_t seed;			/* for challenges and jitter; never 0 */
	uint32_t incarnation;
	const char *version;		/* at most 63 octets */
	uint8_t format, oldest;		/* formats spoken (wire/seal.h); 0: as built */
	size_t queue_max;		/* octets queued per peer and channel before FULL, if any are; 0: 4 MiB */
};

/* An address as the link uses it; `order` of the array is the order of trying. */
struct cdat_link_addr {
	uint8_t adapter;
	struct cdat_addr addr;		/* with its effective port */
	uint8_t dscp, threshold;
	uint16_t mtu;			/* cdatAdapterMtuOper */
	unsigned prefix;		/* bits of its subnet, 0 unknown */
};

struct cdat_link *cdat_link_new(const struct cdat_link_config *config,
				const struct cdat_link_ops *ops, void *ctx, uint64_t now);
void cdat_link_free(struct cdat_link *link);

/* Our own number (0: not known yet) and addresses.  Streams and sessions survive. */
bool cdat_link_local(struct cdat_link *link, uint16_t node, const struct cdat_link_addr *addrs,
		     size_t naddrs, uint64_t now);
void cdat_link_params(struct cdat_link *link, const struct cdat_params *params);

/* Whether it has been talked to: of others the addresses are asked for when they are needed. */
bool cdat_link_knows(const struct cdat_link *link, uint16_t node);
/* Adds a peer or updates its addresses; paths whose address stays keep their state.
 * False: no memory, nothing changed. */
bool cdat_link_peer(struct cdat_link *link, uint16_t node, const struct cdat_link_addr *addrs,
		    size_t naddrs, uint64_t now);
void cdat_link_peer_remove(struct cdat_link *link, uint16_t node);

/* How much a peer is looked after. */
enum cdat_watch {
	CDAT_WATCH_NONE = 0,	/* answered, never addressed but for messages */
	CDAT_WATCH_PROBE,	/* probed each probe interval by one address after the other */
	CDAT_WATCH_BEAT,	/* a beat each heartbeat interval, alternates each probe interval */
	CDAT_WATCH_DOUBT	/* all addresses at once, repeated each response timeout */
};
void cdat_link_watch(struct cdat_link *link, uint16_t node, enum cdat_watch watch, uint64_t now);

/* Sends one beat to the peer now, by the address in use. */
void cdat_link_beat(struct cdat_link *link, uint16_t node, uint64_t now);

/* Queues a message; it is sent as soon as the window allows.  cookie 0: no done().
 * CDAT_SEND_OK, _QUEUE_FULL, _TOO_LONG, _UNKNOWN_NODE, _NO_MEMORY. Without session it
 * waits for one. */
enum cdat_send_error cdat_link_send(struct cdat_link *link, uint16_t node, unsigned channel,
				    struct cdat_view data, uint64_t cookie, uint64_t now);
size_t cdat_link_queued(const struct cdat_link *link, uint16_t node, unsigned channel);

/* Drops what is queued for the peer and starts both channels anew (done(false)). */
void cdat_link_reset(struct cdat_link *link, uint16_t node, uint64_t now);

/* While no address of `node` is up, its datagrams go by `via` in one hop; 0: none. */
void cdat_link_relay(struct cdat_link *link, uint16_t node, uint16_t via);

/* The same, unless it came by another relay of late; asks by it at once. */
void cdat_link_try_relay(struct cdat_link *link, uint16_t node, uint16_t via, uint64_t now);

/* By which node `node` reached us of late while no address of it is up; 0: none. */
uint16_t cdat_link_relayed_by(const struct cdat_link *link, uint16_t node, uint64_t now);

/* Which of our adapters the kernel uses towards an address (0: by subnet); it changed. */
void cdat_link_source(struct cdat_link *link, uint16_t node, uint8_t adapter, uint8_t local);

/* Asks whether `node` answers at an address that is not (yet) in its list; the answer is
 * read by cdat_link_verified(): 0 not yet, 1 answered, -1 unknown token.  Repeated each
 * response timeout until dropped. */
uint32_t cdat_link_verify(struct cdat_link *link, uint16_t node, const struct cdat_addr *addr,
			  uint64_t now);
int cdat_link_verified(const struct cdat_link *link, uint32_t token);
void cdat_link_verify_drop(struct cdat_link *link, uint32_t token);

/* Sends a sessionless datagram from a local adapter (0: any). */
void cdat_link_raw(struct cdat_link *link, uint8_t type, uint16_t dst_node, uint8_t local_adapter,
		   const struct cdat_addr *to, struct cdat_view body, uint64_t now);

/* Sends one datagram to a multicast group from a local adapter.  Peers that have a session
 * with us take it; it is no sign that their addresses and ours reach each other. */
void cdat_link_group(struct cdat_link *link, uint8_t local_adapter, const struct cdat_addr *to,
		     struct cdat_view body, uint64_t now);

/* Input.  `local` is the address at which it arrived; family none: a multicast group. */
void cdat_link_datagram(struct cdat_link *link, const struct cdat_addr *local,
			const struct cdat_addr *from, const uint8_t *data, size_t len, uint64_t now);
void cdat_link_tick(struct cdat_link *link, uint64_t now);
uint64_t cdat_link_deadline(const struct cdat_link *link);	/* UINT64_MAX: none */

/* The process did not run for `gap` us: timeouts that this made are forgiven. */
void cdat_link_forgive(struct cdat_link *link, uint64_t gap, uint64_t now);

/* Readings. */
bool cdat_link_has_session(const struct cdat_link *link, uint16_t node);
uint64_t cdat_link_boot(const struct cdat_link *link, uint16_t node);
uint32_t cdat_link_incarnation(const struct cdat_link *link, uint16_t node);
const char *cdat_link_version(const struct cdat_link *link, uint16_t node);
/* The latest format that the peer speaks, as it told last; 0: not known. */
uint8_t cdat_link_format(const struct cdat_link *link, uint16_t node);
uint64_t cdat_link_heard(const struct cdat_link *link, uint16_t node); /* us; 0 never; direct */
/* How many addresses of the node are in this state. */
unsigned cdat_link_paths(const struct cdat_link *link, uint16_t node, enum cdat_reach state);
uint8_t cdat_link_current(const struct cdat_link *link, uint16_t node);	/* adapter, 0 none */
bool cdat_link_path(const struct cdat_link *link, uint16_t node, uint8_t adapter,
		    struct cdat_path *out);
void cdat_link_stats(const struct cdat_link *link, struct cdat_stats *out);
void cdat_link_count_multicast(struct cdat_link *link);	/* cdatStatsMulticastsSent */
void cdat_link_count_undeliverable(struct cdat_link *link);
void cdat_link_count_send_errors(struct cdat_link *link, uint64_t count);

#endif
