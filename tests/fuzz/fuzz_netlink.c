/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages of rtnetlink: each reader takes or refuses any message whose length is right,
 * and names and prefixes that it takes stay in their bounds.
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/netlink_parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct nlmsghdr *nlh;
	struct netlink_link link;
	struct cdat_local local;
	struct cdat_kernel_route route;
	size_t len = size < sizeof(*nlh) ? sizeof(*nlh) : size & ~(size_t)3;

	nlh = calloc(1, len);
	if (nlh == NULL)
		return 0;
	memcpy(nlh, data, size < len ? size : len);
	nlh->nlmsg_len = (uint32_t)len;
	memset(&route, 0, sizeof(route));
	if (netlink_parse_link(nlh, &link) &&
	    (link.ifindex == 0 || memchr(link.ifname, 0, sizeof(link.ifname)) == NULL))
		abort();
	if (netlink_parse_addr(nlh, &local) && local.addr.family == CDAT_AF_NONE)
		abort();
	if (netlink_parse_route(nlh, &route) && route.via.family > CDAT_AF_IPV6)
		abort();
	free(nlh);
	return 0;
}
