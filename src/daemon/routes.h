/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's routes to the addresses of the table, asked for in portions: tens of
 * thousands of questions at once would delay heartbeats.
 */
#ifndef DAEMON_ROUTES_H
#define DAEMON_ROUTES_H

#include "daemon/netlink.h"

struct routes;

/* Called with the answers to all addresses; they live during the call. */
typedef void routes_done(void *ctx, const struct cdat_kernel_route *routes, size_t n);

struct routes *routes_new(struct ev_loop *loop, struct netlink *netlink, routes_done *done,
			  void *ctx); /* NULL: no memory */
void routes_free(struct routes *r);

/* These from now on (copied); the answers follow from the loop. */
void routes_ask(struct routes *r, const struct cdat_addr *to, size_t n);
/* The same ones anew, since the kernel's table changed. */
void routes_again(struct routes *r);

#endif
