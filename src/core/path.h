/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One address of a peer: response time, failures, state (description FIG. 3).
 *
 * An attempt is a datagram that asks for an answer by this address.  Only the oldest one
 * that is open is timed: `attempt` is when it was sent, 0 when all were answered.  An
 * answer to a later one closes it too, so each expiry is one failure however much is
 * sent, and "consecutive" means what it says.
 *
 * The timeout is SRTT + max(G, 4 RTTVAR) of RFC 6298 within [response-min, response-max],
 * doubled for each consecutive failure up to response-max.  RFC 6298 (2.1) starts with a
 * second and the MIB with response-max; without a sample we take PATH_FIRST_TIMEOUT or
 * response-max if less, since a first contact that waits for seconds at one address is
 * what the alternates are there to prevent; it is not doubled before there is a sample.
 */
#ifndef CDAT_CORE_PATH_H
#define CDAT_CORE_PATH_H

#include "cdat/types.h"
#include "core/link.h"
#include "wire/attr.h"

#define PATH_FIRST_TIMEOUT	200000u	/* us */
#define PATH_GRANULARITY	1000u	/* us: G of RFC 6298 */
#define PATH_HOLD_MAX		60000u	/* ms: longest hold-down of a flapping address */
#define PATH_BASE_MTU		1280u	/* what a path surely takes (RFC 8200; BASE_PLPMTU of RFC 8899) */
#define PATH_LEAST_MTU		576u	/* what any IPv4 host takes (RFC 791) */
#define PATH_STABLE		60000u	/* ms: an address in use for so long does not flap */

/* RFC 8899: what is known of the path MTU.  Sizes are IP packets. */
struct path_mtu {
	uint16_t proven;		/* largest that was acknowledged; 0 none */
	uint16_t low, high;		/* the search goes on between these */
	uint16_t probe;			/* on its way; 0 none */
	uint8_t tries;			/* of this size */
	uint8_t lost;			/* consecutive large datagrams lost while small ones pass */
	uint64_t due;			/* next step; 0 none */
};

struct path {
	struct cdat_addr addr;
	uint8_t adapter, state, told;	/* enum cdat_reach; told: what path_state() last said */
	uint8_t threshold, dscp;
	uint8_t source;			/* our adapter towards it: 0 by subnet */
	uint8_t local;			/* our adapter at which it last reached us */
	uint8_t probes_ok;		/* answered one after the other, saturates */
	bool peer_hears, gone;
	uint16_t amtu;			/* of its adapter */
	uint16_t lmtu;			/* of our adapter towards it; 0 unknown */
	uint32_t srtt, rttvar, rtt;	/* us */
	uint32_t failures;
	uint32_t hold_ms;
	uint64_t attempt;		/* oldest open one; 0 none */
	uint64_t asked, answered;	/* last attempt sent; last one that was answered */
	uint64_t probe_due;
	uint64_t hold_until, used;	/* used: since when it is the current one */
	uint64_t heard, changed, since;
	uint64_t sent, received, octets_sent, octets_received, retransmits, timeouts;
	uint32_t from, to, downs;	/* failovers from and to it, times down */
	struct path_mtu mtu;
	struct path *next;		/* list of those to be freed */
};

_Static_assert(sizeof(struct path) <= 256, "5,000 peers with a few paths each fit in memory");

/* Takes an address over; its counters and measurements start anew when the address differs. */
void path_set(struct path *path, const struct cdat_link_addr *addr, uint64_t now);

/* RFC 6298 (2.2, 2.3). */
void path_sample(struct path *path, uint32_t rtt);

/* us; path_timeout with the back-off of the present failures, path_timeout_base without. */
uint64_t path_timeout_base(const struct path *path, const struct cdat_params *params);
uint64_t path_timeout(const struct path *path, const struct cdat_params *params);
/* UINT64_MAX: no attempt is open. */
uint64_t path_expiry(const struct path *path, const struct cdat_params *params);

/* An attempt leaves. */
void path_attempt(struct path *path, uint64_t now);

/* An answer to what was sent at `sent` came by this address.  True: the state changed. */
bool path_answer(struct path *path, uint64_t sent, uint64_t now);

/* The open attempt expired: counts it.  True: the state changed. */
bool path_fail(struct path *path, uint64_t now);

bool path_state_set(struct path *path, uint8_t state, uint64_t now);

/* The current path was given up: how long it must behave before it is used again. */
void path_left(struct path *path, const struct cdat_params *params, uint64_t now);
/* Whether traffic may return to it. */
bool path_may_return(const struct path *path, uint64_t now);

/* The best of `paths` but for `except`: up before unknown before suspect, then the order;
 * NULL: all are down. */
struct path *path_best(struct path *const *paths, size_t n, const struct path *except);
struct path *path_find(struct path *const *paths, size_t n, uint8_t adapter);

/* Octets of the largest UDP payload that is now sent to it (cdatPathMaxMessage). */
size_t path_max(const struct path *path, bool discovery);
uint16_t path_mtu_limit(const struct path *path);	/* lesser of the two adapters' */
unsigned path_headers(const struct path *path);		/* IP and UDP */

#endif
