/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading of single netlink messages, without sockets: for netlink.c and its tests.
 */
#ifndef DAEMON_NETLINK_PARSE_H
#define DAEMON_NETLINK_PARSE_H

#include <libmnl/libmnl.h>

#include "core/core.h"

struct netlink_link {
	uint32_t ifindex;
	uint16_t type, mtu;
	bool multicast;
	char ifname[CDAT_IFNAME_MAX + 1];
};

/* False: not such a message, malformed, or of no interest. */
bool netlink_parse_link(const struct nlmsghdr *nlh, struct netlink_link *link);
/* Only address, prefix and interface number are filled in. */
bool netlink_parse_addr(const struct nlmsghdr *nlh, struct cdat_local *local);
/* ifname is not filled in. */
bool netlink_parse_route(const struct nlmsghdr *nlh, struct cdat_kernel_route *route);

#endif
