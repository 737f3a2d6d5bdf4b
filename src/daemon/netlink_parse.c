/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading of single netlink messages (rtnetlink(7)); see netlink_parse.h.
 */
#include "config.h"

#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

#include "daemon/netlink.h"
#include "daemon/netlink_parse.h"

static const struct {
	uint16_t arphrd, iftype;
} types[] = {
	{ARPHRD_ETHER, CDAT_IFT_ETHERNET},
	{ARPHRD_LOOPBACK, CDAT_IFT_LOOPBACK},
	{ARPHRD_IEEE802_TR, CDAT_IFT_TOKENRING},
	{ARPHRD_PRONET, CDAT_IFT_TOKENRING},
	{ARPHRD_FDDI, CDAT_IFT_FDDI},
	{ARPHRD_PPP, CDAT_IFT_PPP},
	{ARPHRD_INFINIBAND, CDAT_IFT_INFINIBAND},
	{ARPHRD_TUNNEL, CDAT_IFT_TUNNEL},
	{ARPHRD_TUNNEL6, CDAT_IFT_TUNNEL},
	{ARPHRD_SIT, CDAT_IFT_TUNNEL},
	{ARPHRD_IPGRE, CDAT_IFT_TUNNEL},
	{ARPHRD_IP6GRE, CDAT_IFT_TUNNEL},
	{ARPHRD_NONE, CDAT_IFT_TUNNEL},
};

uint16_t netlink_iftype(unsigned arphrd)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (types[i].arphrd == arphrd)
			return types[i].iftype;
	return CDAT_IFT_OTHER;
}

/* The attribute's value as an address of the family; false when its length is another. */
static bool take_addr(const struct nlattr *attr, unsigned char family, struct cdat_addr *addr)
{
	size_t len = family == AF_INET ? 4 : 16;

	if (mnl_attr_get_payload_len(attr) != len)
		return false;
	memset(addr, 0, sizeof(*addr));
	addr->family = family == AF_INET ? CDAT_AF_IPV4 : CDAT_AF_IPV6;
	memcpy(addr->octets, mnl_attr_get_payload(attr), len);
	return true;
}

static bool take_u32(const struct nlattr *attr, uint32_t *value)
{
	if (mnl_attr_get_payload_len(attr) < sizeof(*value))
		return false;
	*value = mnl_attr_get_u32(attr);
	return true;
}

bool netlink_parse_link(const struct nlmsghdr *nlh, struct netlink_link *link)
{
	const struct ifinfomsg *ifm = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr;
	uint32_t mtu = 0;

	if (nlh->nlmsg_type != RTM_NEWLINK || mnl_nlmsg_get_payload_len(nlh) < sizeof(*ifm) ||
	    ifm->ifi_index <= 0)
		return false;
	memset(link, 0, sizeof(*link));
	link->ifindex = (uint32_t)ifm->ifi_index;
	link->type = netlink_iftype(ifm->ifi_type);
	link->multicast = (ifm->ifi_flags & IFF_MULTICAST) && !(ifm->ifi_flags & IFF_LOOPBACK);
	mnl_attr_for_each(attr, nlh, sizeof(*ifm))
	{
		if (mnl_attr_get_type(attr) == IFLA_MTU)
			take_u32(attr, &mtu);
		else if (mnl_attr_get_type(attr) == IFLA_IFNAME)
			snprintf(link->ifname, sizeof(link->ifname), "%.*s",
				 (int)mnl_attr_get_payload_len(attr), mnl_attr_get_str(attr));
	}
	link->mtu = (uint16_t)(mtu > UINT16_MAX ? UINT16_MAX : mtu);
	return true;
}

bool netlink_parse_addr(const struct nlmsghdr *nlh, struct cdat_local *local)
{
	const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr;
	bool own = false, found = false;
	uint32_t flags;

	if (nlh->nlmsg_type != RTM_NEWADDR || mnl_nlmsg_get_payload_len(nlh) < sizeof(*ifa))
		return false;
	if ((ifa->ifa_family != AF_INET && ifa->ifa_family != AF_INET6) ||
	    ifa->ifa_scope == RT_SCOPE_LINK)
		return false;
	memset(local, 0, sizeof(*local));
	flags = ifa->ifa_flags;
	mnl_attr_for_each(attr, nlh, sizeof(*ifa))
	{
		unsigned type = mnl_attr_get_type(attr);

		if (type == IFA_FLAGS)
			take_u32(attr, &flags);
		/* On a point-to-point link IFA_ADDRESS is the peer's and IFA_LOCAL ours. */
		if (type == IFA_LOCAL && take_addr(attr, ifa->ifa_family, &local->addr))
			own = found = true;
		if (type == IFA_ADDRESS && !own && take_addr(attr, ifa->ifa_family, &local->addr))
			found = true;
	}
	local->prefix_len = ifa->ifa_prefixlen;
	local->ifindex = ifa->ifa_index;
	return found && !(flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED));
}

/* The next hop of another family (RFC 5549). */
static void take_via(const struct nlattr *attr, struct cdat_kernel_route *route)
{
	const struct rtvia *via = mnl_attr_get_payload(attr);
	size_t len = mnl_attr_get_payload_len(attr);

	if (len < sizeof(*via) || (via->rtvia_family != AF_INET && via->rtvia_family != AF_INET6))
		return;
	if (len - sizeof(*via) < (via->rtvia_family == AF_INET ? 4u : 16u))
		return;
	memset(&route->via, 0, sizeof(route->via));
	route->via.family = via->rtvia_family == AF_INET ? CDAT_AF_IPV4 : CDAT_AF_IPV6;
	memcpy(route->via.octets, via->rtvia_addr, via->rtvia_family == AF_INET ? 4 : 16);
}

bool netlink_parse_route(const struct nlmsghdr *nlh, struct cdat_kernel_route *route)
{
	const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr;

	if (nlh->nlmsg_type != RTM_NEWROUTE || mnl_nlmsg_get_payload_len(nlh) < sizeof(*rtm))
		return false;
	if (rtm->rtm_family != AF_INET && rtm->rtm_family != AF_INET6)
		return false;
	route->absent = rtm->rtm_type != RTN_UNICAST && rtm->rtm_type != RTN_LOCAL;
	mnl_attr_for_each(attr, nlh, sizeof(*rtm))
	{
		switch (mnl_attr_get_type(attr)) {
		case RTA_GATEWAY:
			take_addr(attr, rtm->rtm_family, &route->via);
			break;
		case RTA_VIA:
			take_via(attr, route);
			break;
		case RTA_PREFSRC:
			take_addr(attr, rtm->rtm_family, &route->source);
			break;
		case RTA_OIF:
			take_u32(attr, &route->ifindex);
			break;
		default:
			break;
		}
	}
	return true;
}
