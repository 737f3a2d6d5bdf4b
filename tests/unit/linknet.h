/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A network in memory with its own time for tests of links: up to NET_NODES nodes with up
 * to NET_ADAPTERS addresses 10.ADAPTER.0.NODE.  Each direction between two nodes on each
 * subnet can be cut, lose, delay, reorder, double and be narrow, by a seed.
 */
#ifndef CDAT_TEST_LINKNET_H
#define CDAT_TEST_LINKNET_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/link.h"

#define NET_NODES	4u
#define NET_ADAPTERS	3u
#define NET_CAPTURE	4096u

struct net_wire {			/* one direction on one subnet */
	bool cut;
	unsigned loss, twice;		/* per mille */
	uint32_t delay, jitter;		/* us; jitter reorders */
	unsigned mtu;			/* IP packets above are dropped silently; 0: none are */
};

struct net_packet {
	uint64_t at, order;
	struct cdat_addr from, to;
	size_t len;
	uint8_t *data;
};

struct net_message { uint16_t from; uint8_t channel; uint64_t at; size_t len; uint32_t number; };

struct net;

struct net_node {
	struct net *net;
	uint16_t node;
	struct cdat_link *link;
	uint64_t boot;
	unsigned ups, lost_restart, lost_reset, moves, backs, to_none;
	uint8_t moved_to;
	uint32_t moved_failures;
	unsigned done_ok, done_bad, beats, raws, groups, refusals, auth_refusals;
	unsigned path_changes;
	uint8_t bad_format;		/* format of the last that was refused for it */
	uint64_t last_at, longest_gap;	/* between messages of the data channel */
	uint32_t next_number;		/* expected of the data channel */
	unsigned delivered, wrong;	/* wrong: out of order, doubled or damaged */
	size_t last_len;
	void (*on_deliver)(struct net_node *n, uint16_t from, unsigned channel,
			   struct cdat_view data);
};

struct net {
	uint64_t now, seed, order;
	unsigned adapters;
	struct net_node nodes[NET_NODES + 1];
	struct { uint8_t oldest, latest; } formats[NET_NODES + 1];	/* 0: as built */
	struct net_wire wires[NET_NODES + 1][NET_NODES + 1][NET_ADAPTERS + 1];
	struct net_packet *queue;	/* heap by (at, order) */
	size_t nqueue, cap;
	struct net_packet captured[NET_CAPTURE];
	size_t ncaptured;
	bool capture;
	uint64_t sent, octets;
	struct cdat_keyring *keys;
	struct cdat_params params;
	uint16_t mtu;
	void (*mangle)(struct net *net, struct net_packet *packet);
};

/* While above 0 the code of the test itself runs: no allocation may be made to fail. */
extern unsigned net_own_code;

struct net *net_new(unsigned adapters, uint64_t seed);
void net_free(struct net *net);
void net_start(struct net *net, uint16_t node);		/* (again, under a new boot id) */
void net_stop(struct net *net, uint16_t node);
void net_meet(struct net *net);				/* each one that runs is a peer of the others */
void net_addrs(const struct net *net, uint16_t node, struct cdat_link_addr *out);
struct cdat_addr net_addr(uint16_t node, unsigned adapter);
void net_watch_all(struct net *net, enum cdat_watch watch);
void net_run(struct net *net, uint64_t us);
/* Runs until the condition or for `us`; false: it did not come true. */
bool net_until(struct net *net, bool (*is)(struct net *net), uint64_t us);
void net_cut(struct net *net, uint16_t a, uint16_t b, unsigned adapter, bool cut);	/* both ways */
void net_each(struct net *net, void (*set)(struct net_wire *w, uint64_t arg), uint64_t arg);
void net_inject(struct net *net, const struct net_packet *packet);	/* to its destination, now */
bool net_all_up(struct net *net);
/* Sends a numbered message of `len` octets on the data channel. */
enum cdat_send_error net_send(struct net *net, uint16_t from, uint16_t to, uint32_t number,
			      size_t len, uint64_t cookie);
uint64_t net_random(struct net *net);

#endif
