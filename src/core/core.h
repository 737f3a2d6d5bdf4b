/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The cluster servicer as a pure state machine (mission M1-M15): datagrams, commands and
 * the time go in; datagrams, events, answers and the next deadline come out.  The daemon
 * and the simulator run the same code.
 *
 * Time is monotonic microseconds, handed to each call and never going back; a wall clock
 * is handed in only to date events.  Randomness comes from config.boot and config.seed.
 * No call blocks, reads a clock, or makes a system call.  When memory is short a call
 * refuses its input (CDAT_SEND_NO_MEMORY, tableFull, a dropped datagram) and what was
 * agreed before stays.
 *
 * After any input call: take all outputs with cdat_core_next(), the changed rows with
 * cdat_core_dirty(), and arm one timer for cdat_core_deadline().
 */
#ifndef CDAT_CORE_CORE_H
#define CDAT_CORE_CORE_H

#include "cdat/types.h"
#include "core/table.h"
#include "core/table_pool.h"
#include "wire/records.h"
#include "wire/seal.h"

struct cdat_core;

/* An address of this host with the facts of its interface (FIG. 2: "adds its adapter facts"). */
struct cdat_local {
	struct cdat_addr addr;		/* port not used */
	uint8_t prefix_len;
	uint16_t type;			/* IANAifType */
	uint16_t mtu;			/* more than 65535 is 65535 */
	bool multicast;
	uint32_t ifindex;
	char ifname[CDAT_IFNAME_MAX + 1];
};

/* What the kernel does with packets to an address. */
struct cdat_kernel_route {
	struct cdat_addr to;
	bool absent;
	struct cdat_addr via;		/* family none: direct */
	struct cdat_addr source;	/* preferred source; family none: not known */
	uint32_t ifindex;
	char ifname[CDAT_IFNAME_MAX + 1];
};

/* Which keys a node holds; told false: it is no member, or has not answered. */
struct cdat_keyholder {
	uint16_t node;
	bool told;
	uint8_t current, n;
	struct { uint8_t id; uint64_t fingerprint; } key[CDAT_KEYS_MAX];
};

struct cdat_core_config {
	const char *cluster, *node;	/* names; copied */
	const char *version;
	uint8_t format, oldest;		/* formats spoken (wire/seal.h); 0: as built */
	uint16_t port;			/* of cluster messages */
	struct cdat_addr multicast;	/* IPv4 group of messages to all; family none: not used */
	struct cdat_keyring *keys;	/* borrowed: outlives the core; may be changed between calls */
	struct cdat_table_pool *pool;	/* borrowed; NULL: tables are this core's alone */
	bool sealed;
	uint64_t boot, seed;		/* random, not 0 */
	uint32_t incarnation;		/* grows with each start */
	bool loopback_ok, allow_unlisted;
	const struct cdat_addr *join;	/* addresses of any members; copied */
	size_t njoin;
	struct cdat_view state;		/* as given by cdat_core_state(); empty: none */
	const struct cdat_op *table;	/* the table of the file, as one initial change; used without state */
	size_t ntable;
	uint64_t wall_offset;		/* wall = mono + this, for dates */
};

/* NULL with one line in err (state or table refused, no memory). */
struct cdat_core *cdat_core_new(const struct cdat_core_config *config, uint64_t now,
				char *err, size_t errlen);
void cdat_core_free(struct cdat_core *core);

/* ---- inputs ----------------------------------------------------------------------- */

/* The addresses of this host; at start and whenever they change.  Copied. */
void cdat_core_locals(struct cdat_core *core, const struct cdat_local *locals, size_t nlocals,
		      uint64_t now);
/* Answers to CDAT_OUT_ROUTES, and after each change of the kernel's table.  Copied. */
void cdat_core_routes(struct cdat_core *core, const struct cdat_kernel_route *routes, size_t n,
		      uint64_t now);
/* One that came by multicast has a `local` of family none. */
void cdat_core_datagram(struct cdat_core *core, const struct cdat_addr *local,
			const struct cdat_addr *from, const uint8_t *data, size_t len, uint64_t now);
void cdat_core_tick(struct cdat_core *core, uint64_t now);
void cdat_core_wall(struct cdat_core *core, uint64_t wall_offset);	/* the wall clock was stepped */

/* Proposes a change: a checked list of cdat_msg_op, as it travels.  Answered by CDAT_OUT_OUTCOME
 * with the same cookie (not 0).  hold: a first answer with result none(1) when prepared, then
 * cdat_core_decide() within twice the timeout, else it is aborted.  The same cookie while in flight
 * is the same change: no second one. */
void cdat_core_change(struct cdat_core *core, struct cdat_view ops, uint64_t cookie, bool hold,
		      uint32_t timeout_ms, uint64_t now);
void cdat_core_decide(struct cdat_core *core, uint64_t cookie, bool commit, uint64_t now);

/* Sends an application message.  To one node: reliable, in order per sender.  To all
 * (nodes NULL) or several: one order for all.  CDAT_SEND_OK: accepted; with cookie != 0
 * CDAT_OUT_SENT follows when it is delivered to the destination's servicer, or given up. */
enum cdat_send_error cdat_core_send(struct cdat_core *core, uint16_t node, struct cdat_view data,
				    uint64_t cookie, uint64_t now);
enum cdat_send_error cdat_core_send_all(struct cdat_core *core, const uint16_t *nodes,
					size_t nnodes,
					struct cdat_view data, uint64_t cookie, uint64_t now);

/* The state to be kept, as of the newest ticket of CDAT_OUT_STORE: *len octets, which the
 * caller frees.  NULL: no memory. */
uint8_t *cdat_core_state(struct cdat_core *core, size_t *len);
/* The result of CDAT_OUT_STORE.  Of several tickets that a host has it may keep the newest
 * state alone and answer all. */
void cdat_core_stored(struct cdat_core *core, uint64_t ticket, bool ok, uint64_t now);

/* Keys.  Status: answered by CDAT_OUT_HOLDERS with the same cookie, when all members have told
 * or after timeout_ms (0: 10 s).  Rotate: hands `key` (or, where a newer one than that in use is
 * held already, that one) to all members, has all use it when all nodes of the table have it,
 * and has all drop the older ones when all use it; answered by CDAT_OUT_OUTCOME, whose text
 * says what was reached and which nodes it waits for.  It can be asked for again at any
 * member and goes on where it ended.  `key` is copied and stays the caller's to wipe. */
void cdat_core_key_status(struct cdat_core *core, uint64_t cookie, uint32_t timeout_ms,
			  uint64_t now);
void cdat_core_key_rotate(struct cdat_core *core, const uint8_t key[CDAT_KEY_LEN], uint64_t cookie,
			  uint32_t timeout_ms, uint64_t now);
/* The result of CDAT_OUT_KEYS; why: what was wrong and the remedy, NULL: written. */
void cdat_core_keys_stored(struct cdat_core *core, uint64_t ticket, const char *why, uint64_t now);

/* An agent whose receiver lives is attached here. */
void cdat_core_agent(struct cdat_core *core, uint8_t what, bool alive, uint64_t now);
/* An agent of that kind (enum cdat_agent_kind) has handed the event over, or held it back: marks
 * it on all members, where cdatNotifyScope is oneMember. */
void cdat_core_notified(struct cdat_core *core, uint8_t what, uint32_t event, bool suppressed,
			uint64_t now);
/* cdatNotify*, cdatEventLimit (enum cdat_local_what of wire/control.h).  False: out of range. */
bool cdat_core_local_set(struct cdat_core *core, uint8_t what, uint8_t kind, int64_t number);
/* Leaves in an orderly way; CDAT_OUT_LEFT when the others know. */
void cdat_core_leave(struct cdat_core *core, uint64_t now);
/* Sendto() refused datagrams (cdatStatsSendErrors). */
void cdat_core_send_errors(struct cdat_core *core, uint64_t count);

/* ---- outputs ---------------------------------------------------------------------- */

enum cdat_out_type {
	/* Send data from `local` (family none: any) to `to`; where that is config.multicast,
	 * out of the interface of `local`, not to ourselves. */
	CDAT_OUT_DATAGRAM = 1,
	CDAT_OUT_LISTEN,	/* addrs: receive at these from now on, close others */
	CDAT_OUT_ROUTES,	/* ask the kernel for the route to each address of addrs */
	CDAT_OUT_EVENT,
	CDAT_OUT_OUTCOME,
	CDAT_OUT_SENT,
	CDAT_OUT_MESSAGE,
	CDAT_OUT_STORE,		/* keep cdat_core_state(); then cdat_core_stored(ticket) */
	CDAT_OUT_KEYS,		/* write the key ring to its file; then cdat_core_keys_stored() */
	CDAT_OUT_HOLDERS,	/* answer to cdat_core_key_status() */
	CDAT_OUT_LEFT,
	CDAT_OUT_LOG		/* one line for the log, text */
};

struct cdat_output {
	enum cdat_out_type type;
	struct cdat_addr local, to;
	uint8_t dscp;
	struct cdat_view data;			/* DATAGRAM, MESSAGE */
	const struct cdat_addr *addrs;		/* LISTEN, ROUTES */
	size_t naddrs;
	const struct cdat_keyholder *holders;	/* HOLDERS, by rising node */
	size_t nholders;
	uint64_t cookie;			/* OUTCOME, SENT, HOLDERS; STORE, KEYS: the ticket */
	const struct cdat_event *event;
	const struct cdat_outcome *outcome;
	bool prepared;				/* OUTCOME: the first answer of a held change */
	uint8_t error;				/* SENT: enum cdat_send_error */
	uint16_t from;				/* MESSAGE */
	bool ordered;
	uint64_t order;
	uint32_t epoch;
	const char *text;			/* LOG */
};

/* Takes the next output; what it points to lives until the next call on this core.
 * False: none. */
bool cdat_core_next(struct cdat_core *core, struct cdat_output *out);

/* Takes the next changed row (gone: it does not exist any more).  Counters that grow with
 * traffic make a row dirty at most once a second. */
bool cdat_core_dirty(struct cdat_core *core, enum cdat_kind *kind, struct cdat_key *key,
		     bool *gone);

/* When to call cdat_core_tick() at the latest; UINT64_MAX: no need. */
uint64_t cdat_core_deadline(const struct cdat_core *core);

/* ---- readings --------------------------------------------------------------------- */

/* Fills the record of that key; false: no such row. */
bool cdat_core_read(struct cdat_core *core, enum cdat_kind kind, struct cdat_key key,
		    union cdat_record *out, uint64_t now);
/* The key after *key in order; start with {0, 0}; false at the end.  Scalars have the
 * one key {0, 0} and are not iterated. */
bool cdat_core_next_key(struct cdat_core *core, enum cdat_kind kind, struct cdat_key *key);

const struct cdat_table *cdat_core_table(const struct cdat_core *core);	/* NULL: none yet */
uint16_t cdat_core_local_node(const struct cdat_core *core);
/* The node number of a name, O(1); 0: none. */
uint16_t cdat_core_resolve(const struct cdat_core *core, const char *name);

#endif
