/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The transport of cluster messages: one UDP socket for each local address, non-blocking,
 * received and sent in batches.  A datagram is never fragmented by IP (path MTU discovery
 * is the core's, RFC 8899); what the kernel refuses is counted.
 */
#ifndef DAEMON_UDP_H
#define DAEMON_UDP_H

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

#include "cdat/types.h"
#include "wire/codec.h"

struct udp;

struct udp_handlers {
	void (*datagram)(void *ctx, const struct cdat_addr *local, const struct cdat_addr *from,
			 const uint8_t *data, size_t len);
	void (*batch_end)(void *ctx); /* after each batch of datagrams */
	void *ctx;
};

/* `group`: what is sent to this IPv4 multicast address is received too, at the interfaces
 * of the addresses of udp_listen(), and handed over with a `local` without family; no
 * family: none.  NULL: no memory. */
struct udp *udp_new(struct ev_loop *loop, const struct udp_handlers *handlers,
		    const struct cdat_addr *group);
void udp_free(struct udp *u);

/* Receives at these from now on, closes others.  An address that cannot be bound yet is
 * kept in mind, logged once, and tried again by udp_retry(). */
void udp_listen(struct udp *u, const struct cdat_addr *addrs, size_t n);
void udp_retry(struct udp *u);
size_t udp_bound(const struct udp *u);

/* Queues a datagram; `local` without family: the source that the kernel would choose. */
void udp_send(struct udp *u, const struct cdat_addr *local, const struct cdat_addr *to,
	      uint8_t dscp, struct cdat_view data);
/* Sends what is queued. */
void udp_flush(struct udp *u);

/* Datagrams that could not be sent since the last call. */
uint64_t udp_take_errors(struct udp *u);

#endif
