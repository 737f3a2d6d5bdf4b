/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cdatctl routes --apply and --remove: the wanted routes of this node in the kernel's
 * main table, by rtnetlink(7).  Ours carry a protocol number of their own, so a route
 * that somebody else made is neither replaced nor removed.
 */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/cli.h"
#include "wire/attr.h"

#define OURS	205	/* rtm_protocol; not in use by iproute2's rt_protos */

/* A route of the main table to a subnet. */
struct route { struct cdat_addr subnet, via; uint8_t bits, protocol; };

struct kernel {
	struct mnl_socket *nl;
	uint32_t seq;
	struct route *routes;
	size_t n;
	bool failed;
};

static size_t octets_of(const struct cdat_addr *a)
{
	return a->family == CDAT_AF_IPV4 ? 4 : 16;
}

/* ---- reading --------------------------------------------------------------------------- */

static void take_addr(const struct nlattr *attr, struct cdat_addr *addr)
{
	if (attr && mnl_attr_get_payload_len(attr) == octets_of(addr))
		memcpy(addr->octets, mnl_attr_get_payload(attr), octets_of(addr));
	else
		addr->family = CDAT_AF_NONE;
}

static int on_route(const struct nlmsghdr *h, void *ctx)
{
	const struct rtmsg *rt = mnl_nlmsg_get_payload(h);
	const struct nlattr *attr, *dst = NULL, *gateway = NULL;
	struct kernel *k = ctx;
	struct route *routes;
	uint8_t family = rt->rtm_family == AF_INET ? CDAT_AF_IPV4 : CDAT_AF_IPV6;

	if ((rt->rtm_family != AF_INET && rt->rtm_family != AF_INET6) || rt->rtm_dst_len == 0 ||
	    rt->rtm_table != RT_TABLE_MAIN || rt->rtm_type != RTN_UNICAST)
		return MNL_CB_OK;
	mnl_attr_for_each(attr, h, sizeof(*rt)) {
		if (mnl_attr_get_type(attr) == RTA_DST)
			dst = attr;
		else if (mnl_attr_get_type(attr) == RTA_GATEWAY)
			gateway = attr;
	}
	routes = reallocarray(k->routes, k->n + 1, sizeof(*routes));
	if (routes == NULL) {
		k->failed = true;
		return MNL_CB_STOP;
	}
	k->routes = routes;
	routes[k->n] = (struct route){ { .family = family }, { .family = family }, rt->rtm_dst_len,
				       rt->rtm_protocol };
	take_addr(dst, &routes[k->n].subnet);
	take_addr(gateway, &routes[k->n].via);
	k->n++;
	return MNL_CB_OK;
}

/* Sends the message and handles what comes back.  0 or an errno. */
static int talk(struct kernel *k, struct nlmsghdr *h, mnl_cb_t callback)
{
	char buf[32768];
	ssize_t n;
	int rc;

	h->nlmsg_seq = ++k->seq;
	if (mnl_socket_sendto(k->nl, h, h->nlmsg_len) < 0)
		return errno;
	do {
		n = mnl_socket_recvfrom(k->nl, buf, sizeof(buf));
		if (n < 0)
			return errno;
		rc = mnl_cb_run(buf, (size_t)n, k->seq, mnl_socket_get_portid(k->nl), callback, k);
	} while (rc == MNL_CB_OK && callback);
	return rc < 0 ? errno : 0;
}

static int read_routes(struct kernel *k)
{
	char buf[256];
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
	struct rtmsg *rt;
	int e;

	h->nlmsg_type = RTM_GETROUTE;
	h->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	rt = mnl_nlmsg_put_extra_header(h, sizeof(*rt));
	rt->rtm_family = AF_UNSPEC;
	e = talk(k, h, on_route);
	if (k->failed)
		return cli_error("out of memory");
	return e ? cli_error("cannot read the routes of this host: %s", strerror(e)) : CLI_OK;
}

/* ---- changing -------------------------------------------------------------------------- */

static int change(struct kernel *k, uint16_t type, uint16_t flags, const struct route *r)
{
	char buf[256], subnet[64];
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
	struct rtmsg *rt;
	int e;

	h->nlmsg_type = type;
	h->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	rt = mnl_nlmsg_put_extra_header(h, sizeof(*rt));
	rt->rtm_family = r->subnet.family == CDAT_AF_IPV4 ? AF_INET : AF_INET6;
	rt->rtm_dst_len = r->bits;
	rt->rtm_table = RT_TABLE_MAIN;
	rt->rtm_protocol = OURS;
	rt->rtm_scope = type == RTM_DELROUTE ? RT_SCOPE_NOWHERE : RT_SCOPE_UNIVERSE;
	rt->rtm_type = RTN_UNICAST;
	mnl_attr_put(h, RTA_DST, octets_of(&r->subnet), r->subnet.octets);
	mnl_attr_put(h, RTA_GATEWAY, octets_of(&r->via), r->via.octets);
	e = talk(k, h, NULL);
	if (e == 0 || (type == RTM_DELROUTE && e == ESRCH))
		return CLI_OK;
	cdat_addr_text(&r->subnet, subnet, sizeof(subnet));
	if (e == EPERM)
		return cli_fail(CLI_DENIED, "%s/%u: only root may change routes", subnet, r->bits);
	return cli_error("%s/%u: the kernel refuses the route: %s", subnet, r->bits, strerror(e));
}

static const struct route *find(const struct kernel *k, const struct cdat_wanted *w)
{
	size_t i;

	for (i = 0; i < k->n; i++) {
		if (k->routes[i].bits == w->prefix_len && cdat_addr_same(&k->routes[i].subnet, &w->subnet))
			return &k->routes[i];
	}
	return NULL;
}

/* The subnet's address without the bits past its prefix: the kernel insists. */
static struct cdat_addr masked(const struct cdat_addr *a, unsigned bits)
{
	struct cdat_addr m = *a;
	unsigned i;

	for (i = bits; i < 8 * octets_of(a); i++)
		m.octets[i / 8] &= (uint8_t)~(0x80u >> (i % 8));
	return m;
}

static int install(struct kernel *k, const struct cdat_wanted *w)
{
	const struct route r = { w->subnet, w->via, w->prefix_len, OURS };
	const struct route *old = find(k, w);
	char subnet[64], via[64], other[64];
	int rc;

	cdat_addr_text(&w->subnet, subnet, sizeof(subnet));
	cdat_addr_text(&w->via, via, sizeof(via));
	if (old && cdat_addr_same(&old->via, &w->via)) {
		printf("%s/%u via %s: there already\n", subnet, w->prefix_len, via);
		return CLI_OK;
	}
	if (old && old->protocol != OURS)
		return cli_error("%s/%u: there is a route via %s that cdatctl did not make; remove it first: "
				 "ip route del %s/%u", subnet, w->prefix_len, old->via.family ?
				 cdat_addr_text(&old->via, other, sizeof(other)) : "no router", subnet,
				 w->prefix_len);
	rc = change(k, RTM_NEWROUTE, NLM_F_CREATE | (old ? NLM_F_REPLACE : NLM_F_EXCL), &r);
	if (rc == CLI_OK)
		printf("%s/%u via %s: installed\n", subnet, w->prefix_len, via);
	return rc;
}

static int apply(struct kernel *k, const struct cli_view *view, unsigned node)
{
	const struct cdat_wanted *w;
	size_t i, mine = 0;
	int rc = CLI_OK, one;

	for (i = 0; (w = cli_at(view, CDAT_K_WANTED, i)) != NULL; i++) {
		struct cdat_wanted m = *w;

		if (w->node != node)
			continue;
		mine++;
		m.subnet = masked(&w->subnet, w->prefix_len);
		one = install(k, &m);
		rc = rc ? rc : one;
	}
	if (mine == 0)
		puts("no routes are wanted of this node; see cdatctl help add");
	return rc;
}

static int take_away(struct kernel *k)
{
	char subnet[64];
	int rc = CLI_OK, one;
	size_t i;

	for (i = 0; i < k->n; i++) {
		const struct route *r = &k->routes[i];

		if (r->protocol != OURS)
			continue;
		one = change(k, RTM_DELROUTE, 0, r);
		if (one == CLI_OK)
			printf("%s/%u: removed\n", cdat_addr_text(&r->subnet, subnet, sizeof(subnet)),
			       r->bits);
		rc = rc ? rc : one;
	}
	return rc;
}

static int with_kernel(struct cli *cli, const struct cli_view *view, unsigned node)
{
	struct kernel k = { .nl = mnl_socket_open(NETLINK_ROUTE), .seq = (uint32_t)time(NULL) };
	int rc;

	if (k.nl == NULL || mnl_socket_bind(k.nl, 0, MNL_SOCKET_AUTOPID) < 0)
		rc = cli_error("cannot ask the kernel for routes: %s", strerror(errno));
	else
		rc = read_routes(&k);
	if (rc == CLI_OK)
		rc = cli_has(cli, CLI_O_APPLY) ? apply(&k, view, node) : take_away(&k);
	if (k.nl)
		mnl_socket_close(k.nl);
	free(k.routes);
	return rc;
}

int cli_routes(struct cli *cli, int argc, char **argv)
{
	struct cli_view view = { 0 };
	const struct cdat_cluster *c;
	int rc;

	if (!cli_has(cli, CLI_O_APPLY) && !cli_has(cli, CLI_O_REMOVE))
		return cli_list(cli, argc, argv);
	if (argc || (cli_has(cli, CLI_O_APPLY) && cli_has(cli, CLI_O_REMOVE)))
		return cli_misuse(cli, argc ? "--apply and --remove are for this node only"
					    : "--apply and --remove exclude each other");
	if (cli_has(cli, CLI_O_REMOVE))
		return with_kernel(cli, &view, 0);	/* also when no servicer runs */
	rc = cli_view_take(cli, &view, CLI_KIND(CDAT_K_CLUSTER) | CLI_KIND(CDAT_K_WANTED));
	c = cli_at(&view, CDAT_K_CLUSTER, 0);
	if (rc == CLI_OK && (c == NULL || c->local_node == 0))
		rc = cli_fail(CLI_UNAVAILABLE, "this node is in no table yet; see cdatctl status");
	else if (rc == CLI_OK)
		rc = with_kernel(cli, &view, c->local_node);
	cli_view_free(&view);
	return rc;
}
