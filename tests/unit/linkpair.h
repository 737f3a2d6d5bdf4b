/* SPDX-License-Identifier: BSD-2-Clause */
/* What the tests of links have in common beyond the network. */
#ifndef CDAT_TEST_LINKPAIR_H
#define CDAT_TEST_LINKPAIR_H

#include "linknet.h"

#define MS	UINT64_C(1000)
#define SECOND	UINT64_C(1000000)

/* Nodes 1..n, peers of each other; _up: watched, sessions up. */
struct net *group(uint16_t n, unsigned adapters, uint64_t seed);
struct net *group_up(uint16_t n, unsigned adapters, uint64_t seed);
struct cdat_stats stats_of(struct net *net, uint16_t node);
struct cdat_path path_of(struct net *net, uint16_t node, uint16_t peer, uint8_t adapter);
/* One message of 64 octets each ms, numbered on from *number. */
void stream_1ms(struct net *net, uint16_t from, uint16_t to, uint32_t *number, unsigned count);

#endif
