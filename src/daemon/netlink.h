/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the kernel knows: the addresses of this host with the facts of their interfaces
 * (FIG. 2, "adds its adapter facts"), the route to an address, and word of every change.
 * Only messages from the kernel itself (port 0) are believed.
 */
#ifndef DAEMON_NETLINK_H
#define DAEMON_NETLINK_H

#include <ev.h>
#include <stdbool.h>

#include "core/core.h"

struct netlink;

/* Called some milliseconds after addresses, links or routes changed. */
typedef void netlink_changed(void *ctx);

/* NULL with errno. */
struct netlink *netlink_new(struct ev_loop *loop, netlink_changed *changed, void *ctx);
void netlink_free(struct netlink *n);

/* All addresses of this host but link-local and tentative ones; caller frees *locals.
 * False with a log line when the kernel does not answer. */
bool netlink_locals(struct netlink *n, struct cdat_local **locals, size_t *nlocals);

/* The kernel's route to each address. */
void netlink_routes(struct netlink *n, const struct cdat_addr *to, size_t count,
		    struct cdat_kernel_route *routes);

/* IANAifType of a hardware type of the kernel (ARPHRD_*). */
uint16_t netlink_iftype(unsigned arphrd);

#endif
