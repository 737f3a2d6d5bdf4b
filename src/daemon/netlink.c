/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Questions to the kernel and word of its changes, by rtnetlink; see netlink.h.
 */
#include "config.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "host/log.h"
#include "daemon/netlink.h"
#include "daemon/netlink_parse.h"

enum {
	BUFFER = 64 * 1024,
	LOCALS_MAX = 8192, /* addresses that are looked at */
	MONITOR_BUFFER = 1 << 20
};
static const double SETTLE = 0.02; /* seconds: a burst of changes is one */

struct netlink {
	struct ev_loop *loop;
	struct mnl_socket *ask, *monitor;
	unsigned seq;
	ev_io io;
	ev_timer settle;
	netlink_changed *changed;
	void *ctx;
	uint8_t buf[BUFFER] __attribute__((aligned(8)));
};

/* Receives one batch of messages.  What does not come from the kernel is dropped: *len is 0.
 * False with errno. */
static bool receive(struct netlink *n, struct mnl_socket *nl, int flags, size_t *len)
{
	struct sockaddr_nl from;
	struct iovec iov = {n->buf, sizeof(n->buf)};
	struct msghdr msg = {
		.msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &iov, .msg_iovlen = 1};
	ssize_t got;

	do
		got = recvmsg(mnl_socket_get_fd(nl), &msg, flags);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return false;
	if (msg.msg_namelen != sizeof(from) || from.nl_pid != 0 || (msg.msg_flags & MSG_TRUNC)) {
		log_warning("netlink",
			    "a message that is not from the kernel, or too long, was dropped");
		*len = 0;
		return true;
	}
	*len = (size_t)got;
	return true;
}

/* Sends one request and runs `cb` over the answer.  False with errno. */
static bool request(struct netlink *n, struct nlmsghdr *nlh, mnl_cb_t cb, void *ctx)
{
	size_t len = 0;
	int more = MNL_CB_OK;

	nlh->nlmsg_seq = ++n->seq;
	if (mnl_socket_sendto(n->ask, nlh, nlh->nlmsg_len) < 0)
		return false;
	while (more > MNL_CB_STOP) {
		if (!receive(n, n->ask, 0, &len))
			return false;
		if (len == 0)
			continue;
		more = mnl_cb_run(n->buf, len, n->seq, mnl_socket_get_portid(n->ask), cb, ctx);
		/* Answers to an earlier request, which took too long. */
		if (more < 0 && errno == ESRCH)
			more = MNL_CB_OK;
		else if (!(((struct nlmsghdr *)(void *)n->buf)->nlmsg_flags & NLM_F_MULTI) &&
			 more == MNL_CB_OK)
			more = MNL_CB_STOP;
	}
	return more >= 0;
}

static bool dump(struct netlink *n, uint16_t type, mnl_cb_t cb, void *ctx)
{
	uint8_t room[MNL_NLMSG_HDRLEN + 64] __attribute__((aligned(8))) = {0};
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(room);
	struct rtgenmsg *gen;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	gen = mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg));
	gen->rtgen_family = AF_UNSPEC;
	return request(n, nlh, cb, ctx);
}

/* ---- addresses ---- */

struct gather {
	struct netlink_link *links;
	size_t nlinks, caplinks;
	struct cdat_local *locals;
	size_t nlocals, caplocals;
};

static int on_link(const struct nlmsghdr *nlh, void *ctx)
{
	struct gather *g = ctx;
	struct netlink_link link;

	if (!netlink_parse_link(nlh, &link) || g->nlinks >= LOCALS_MAX)
		return MNL_CB_OK;
	if (g->nlinks == g->caplinks) {
		size_t cap = g->caplinks ? 2 * g->caplinks : 16;
		struct netlink_link *grown = reallocarray(g->links, cap, sizeof(*grown));

		if (grown == NULL)
			return MNL_CB_ERROR;
		g->links = grown;
		g->caplinks = cap;
	}
	g->links[g->nlinks++] = link;
	return MNL_CB_OK;
}

static int on_addr(const struct nlmsghdr *nlh, void *ctx)
{
	struct gather *g = ctx;
	struct cdat_local local;

	if (!netlink_parse_addr(nlh, &local) || g->nlocals >= LOCALS_MAX)
		return MNL_CB_OK;
	if (g->nlocals == g->caplocals) {
		size_t cap = g->caplocals ? 2 * g->caplocals : 16;
		struct cdat_local *grown = reallocarray(g->locals, cap, sizeof(*grown));

		if (grown == NULL)
			return MNL_CB_ERROR;
		g->locals = grown;
		g->caplocals = cap;
	}
	for (size_t i = 0; i < g->nlinks; i++) {
		if (g->links[i].ifindex != local.ifindex)
			continue;
		local.type = g->links[i].type;
		local.mtu = g->links[i].mtu;
		local.multicast = g->links[i].multicast;
		memcpy(local.ifname, g->links[i].ifname, sizeof(local.ifname));
	}
	g->locals[g->nlocals++] = local;
	return MNL_CB_OK;
}

bool netlink_locals(struct netlink *n, struct cdat_local **locals, size_t *nlocals)
{
	struct gather g = {0};
	bool ok = dump(n, RTM_GETLINK, on_link, &g) && dump(n, RTM_GETADDR, on_addr, &g);

	if (!ok) {
		log_warning("netlink", "the addresses of this host cannot be read: %s",
			    strerror(errno));
		free(g.locals);
		g.locals = NULL;
		g.nlocals = 0;
	}
	free(g.links);
	*locals = g.locals;
	*nlocals = g.nlocals;
	return ok;
}

/* ---- routes ---- */

static int on_route(const struct nlmsghdr *nlh, void *ctx)
{
	struct cdat_kernel_route *route = ctx;

	if (netlink_parse_route(nlh, route) && route->ifindex != 0) {
		char name[IF_NAMESIZE];

		if (if_indextoname(route->ifindex, name) != NULL)
			memcpy(route->ifname, name, strlen(name) + 1);
	}
	return MNL_CB_OK;
}

static void ask_route(struct netlink *n, const struct cdat_addr *to,
		      struct cdat_kernel_route *route)
{
	uint8_t room[MNL_NLMSG_HDRLEN + 128] __attribute__((aligned(8))) = {0};
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(room);
	size_t len = to->family == CDAT_AF_IPV4 ? 4 : 16;
	struct rtmsg *rtm;

	nlh->nlmsg_type = RTM_GETROUTE;
	nlh->nlmsg_flags = NLM_F_REQUEST;
	rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));
	rtm->rtm_family = to->family == CDAT_AF_IPV4 ? AF_INET : AF_INET6;
	rtm->rtm_dst_len = (unsigned char)(8 * len);
	mnl_attr_put(nlh, RTA_DST, len, to->octets);
	memset(route, 0, sizeof(*route));
	route->absent = true;
	if (!request(n, nlh, on_route, route))
		route->absent = true;
	route->to = *to;
}

void netlink_routes(struct netlink *n, const struct cdat_addr *to, size_t count,
		    struct cdat_kernel_route *routes)
{
	for (size_t i = 0; i < count; i++)
		ask_route(n, &to[i], &routes[i]);
}

/* ---- changes ---- */

static void on_settled(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct netlink *n = w->data;

	(void)loop;
	(void)revents;
	n->changed(n->ctx);
}

/* What changed is not looked at: all is read anew. */
static void on_monitor(struct ev_loop *loop, ev_io *w, int revents)
{
	struct netlink *n = w->data;
	bool some = false;
	size_t len;

	(void)revents;
	while (receive(n, n->monitor, MSG_DONTWAIT, &len))
		some = some || len > 0;
	if (errno == ENOBUFS) /* messages were lost: there was a change */
		some = true;
	if (some && !ev_is_active(&n->settle)) {
		ev_timer_set(&n->settle, SETTLE, 0.);
		ev_timer_start(loop, &n->settle);
	}
}

static struct mnl_socket *open_socket(int flags, unsigned groups)
{
	struct mnl_socket *nl = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC | flags);

	if (nl != NULL && mnl_socket_bind(nl, groups, MNL_SOCKET_AUTOPID) < 0) {
		int saved = errno;

		mnl_socket_close(nl);
		errno = saved;
		return NULL;
	}
	return nl;
}

struct netlink *netlink_new(struct ev_loop *loop, netlink_changed *changed, void *ctx)
{
	const struct timeval patience = {.tv_sec = 1};
	const int size = MONITOR_BUFFER;
	struct netlink *n = calloc(1, sizeof(*n));

	if (n == NULL)
		return NULL;
	n->loop = loop;
	n->changed = changed;
	n->ctx = ctx;
	n->ask = open_socket(0, 0);
	n->monitor =
		open_socket(SOCK_NONBLOCK, RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR |
						   RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE);
	if (n->ask == NULL || n->monitor == NULL) {
		netlink_free(n);
		return NULL;
	}
	setsockopt(mnl_socket_get_fd(n->ask), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(mnl_socket_get_fd(n->monitor), SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	ev_timer_init(&n->settle, on_settled, SETTLE, 0.);
	n->settle.data = n;
	ev_io_init(&n->io, on_monitor, mnl_socket_get_fd(n->monitor), EV_READ);
	n->io.data = n;
	ev_io_start(loop, &n->io);
	return n;
}

void netlink_free(struct netlink *n)
{
	if (n == NULL)
		return;
	if (n->monitor != NULL) {
		ev_io_stop(n->loop, &n->io);
		ev_timer_stop(n->loop, &n->settle);
		mnl_socket_close(n->monitor);
	}
	if (n->ask != NULL)
		mnl_socket_close(n->ask);
	free(n);
}
