/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * UDP sockets, one for each local address: listening and receiving; see udp.h.
 */
#include "config.h"

#include <errno.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/udp_int.h"
#include "wire/attr.h"

struct udp *udp_new(struct ev_loop *loop, const struct udp_handlers *handlers,
		    const struct cdat_addr *group)
{
	struct udp *u = calloc(1, sizeof(*u));
	const bool wanted = group->family != CDAT_AF_NONE;

	if (u == NULL)
		return NULL;
	u->slots = malloc(sizeof(*u->slots) * RECV_BATCH);
	u->group = wanted ? calloc(1, sizeof(*u->group)) : NULL;
	if (u->slots == NULL || (wanted && u->group == NULL)) {
		free(u->slots);
		free(u);
		return NULL;
	}
	if (wanted)
		*u->group = (struct sock){.udp = u, .fd = -1, .addr = *group};
	u->loop = loop;
	u->on = *handlers;
	return u;
}

static void sock_close(struct udp *u, struct sock *s)
{
	if (s->fd < 0)
		return;
	ev_io_stop(u->loop, &s->io);
	close(s->fd);
	s->fd = -1;
}

void udp_free(struct udp *u)
{
	if (u == NULL)
		return;
	while (u->socks != NULL) {
		struct sock *next = u->socks->next;

		sock_close(u, u->socks);
		free(u->socks);
		u->socks = next;
	}
	if (u->group != NULL)
		sock_close(u, u->group);
	free(u->group);
	free(u->slots);
	free(u);
}

/* ---- receiving ---- */

/* Octets of each datagram of what came as one: of the last they may be fewer. */
static size_t part_size(struct msghdr *msg, size_t len)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c != NULL; c = CMSG_NXTHDR(msg, c)) {
		int size;

		if (c->cmsg_level != IPPROTO_UDP || c->cmsg_type != UDP_GRO)
			continue;
		memcpy(&size, CMSG_DATA(c), sizeof(size));
		return size > 0 && (size_t)size < len ? (size_t)size : len;
	}
	return len;
}

/* Hands out the datagrams of one message; how many. */
static unsigned hand_out(struct udp *u, const struct cdat_addr *local, struct mmsghdr *m,
			 const uint8_t *data)
{
	const size_t len = m->msg_len, size = part_size(&m->msg_hdr, len);
	struct cdat_addr peer;
	unsigned n = 0;
	size_t at = 0;

	if ((m->msg_hdr.msg_flags & MSG_TRUNC) || !addr_of_sockaddr(m->msg_hdr.msg_name, &peer))
		return 0;
	do {
		u->on.datagram(u->on.ctx, local, &peer, data + at,
			       len - at < size ? len - at : size);
		at += size;
		n++;
	} while (at < len);
	return n;
}

/* Messages, less than RECV_BATCH: there are no more; `count` grows by their datagrams. */
static int recv_batch(struct sock *s, unsigned *count)
{
	struct udp *u = s->udp;
	struct mmsghdr msgs[RECV_BATCH];
	struct iovec iov[RECV_BATCH];
	union sockaddr_any from[RECV_BATCH];
	_Alignas(struct cmsghdr) char control[RECV_BATCH][CMSG_SPACE(sizeof(int))];
	struct cdat_addr local = s == u->group ? (struct cdat_addr){0} : s->addr;
	const unsigned wanted = recv_wanted(&s->mode, RECV_BATCH);
	int n;

	for (unsigned i = 0; i < wanted; i++) {
		iov[i] = (struct iovec){u->slots[i], SLOT};
		msgs[i].msg_hdr = (struct msghdr){.msg_name = &from[i],
						  .msg_namelen = sizeof(from[i]),
						  .msg_iov = &iov[i],
						  .msg_iovlen = 1,
						  .msg_control = control[i],
						  .msg_controllen = sizeof(control[i])};
	}
	n = recv_some(s->fd, msgs, wanted, &s->mode);
	for (int i = 0; i < n; i++)
		*count += hand_out(u, &local, &msgs[i], u->slots[i]);
	if (n > 0)
		u->on.batch_end(u->on.ctx);
	return n;
}

/* The handlers may close sockets: after each batch the socket is looked up again. */
static bool still_open(const struct udp *u, const struct sock *s, int fd)
{
	if (s == u->group)
		return s->fd == fd;
	for (const struct sock *i = u->socks; i != NULL; i = i->next)
		if (i == s)
			return i->fd == fd;
	return false;
}

static void on_readable(struct ev_loop *loop, ev_io *w, int revents)
{
	struct sock *s = w->data;
	struct udp *u = s->udp;
	unsigned count = 0;
	int fd = s->fd;

	(void)loop;
	(void)revents;
	while (recv_batch(s, &count) == RECV_BATCH && count < RECV_MOST && still_open(u, s, fd))
		;
}

/* ---- listening ---- */

static void set_option(int fd, int level, int name, int value, const char *what)
{
	if (setsockopt(fd, level, name, &value, sizeof(value)) != 0)
		log_debug("udp", "%s: %s", what, strerror(errno));
}

/* Returns the socket or -1 with errno. */
static int open_bound(const struct cdat_addr *addr)
{
	union sockaddr_any sa;
	socklen_t len = sockaddr_of(addr, &sa);
	int fd = socket(sa.sa.sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), saved;

	if (fd < 0)
		return -1;
	set_option(fd, SOL_SOCKET, SO_RCVBUF, SOCKET_BUFFER, "SO_RCVBUF");
	set_option(fd, SOL_SOCKET, SO_SNDBUF, SOCKET_BUFFER, "SO_SNDBUF");
	set_option(fd, IPPROTO_UDP, UDP_GRO, 1, "UDP_GRO");
	if (addr->family == CDAT_AF_IPV6) {
		set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1, "IPV6_V6ONLY");
		set_option(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_PROBE,
			   "IPV6_MTU_DISCOVER");
		set_option(fd, IPPROTO_IPV6, IPV6_DONTFRAG, 1, "IPV6_DONTFRAG");
	} else {
		set_option(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE, "IP_MTU_DISCOVER");
		/* to the group: by the interface of this address, no further, not to us */
		if (setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &sa.in.sin_addr,
			       sizeof(sa.in.sin_addr)) != 0)
			log_debug("udp", "IP_MULTICAST_IF: %s", strerror(errno));
		set_option(fd, IPPROTO_IP, IP_MULTICAST_TTL, 1, "IP_MULTICAST_TTL");
		set_option(fd, IPPROTO_IP, IP_MULTICAST_LOOP, 0, "IP_MULTICAST_LOOP");
	}
	if (bind(fd, &sa.sa, len) == 0)
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

static void sock_open(struct udp *u, struct sock *s)
{
	char text[80];

	s->fd = open_bound(&s->addr);
	cdat_addr_port_text(&s->addr, text, sizeof(text));
	if (s->fd < 0) {
		if (!s->told)
			log_warning("udp",
				    "cannot receive at %s: %s; it is tried again when the "
				    "addresses of this host "
				    "change",
				    text, strerror(errno));
		s->told = true;
		return;
	}
	log_info("udp", "receiving at %s", text);
	s->told = false;
	ev_io_init(&s->io, on_readable, s->fd, EV_READ);
	s->io.data = s;
	ev_io_start(u->loop, &s->io);
}

static struct sock *find(const struct udp *u, const struct cdat_addr *addr)
{
	for (struct sock *s = u->socks; s != NULL; s = s->next)
		if (cdat_addr_port_same(&s->addr, addr))
			return s;
	return NULL;
}

static void drop_unwanted(struct udp *u)
{
	for (struct sock **at = &u->socks; *at != NULL;) {
		struct sock *s = *at;

		if (s->wanted) {
			at = &s->next;
			continue;
		}
		*at = s->next;
		sock_close(u, s);
		free(s);
	}
}

void udp_listen(struct udp *u, const struct cdat_addr *addrs, size_t n)
{
	udp_flush(u);
	for (struct sock *s = u->socks; s != NULL; s = s->next)
		s->wanted = false;
	for (size_t i = 0; i < n; i++) {
		struct sock *s = find(u, &addrs[i]);

		if (s == NULL) {
			s = calloc(1, sizeof(*s));
			if (s == NULL) {
				log_error("udp", "not enough memory for a socket");
				continue;
			}
			s->udp = u;
			s->fd = -1;
			s->addr = addrs[i];
			s->next = u->socks;
			u->socks = s;
		}
		s->wanted = true;
	}
	drop_unwanted(u);
	udp_retry(u);
}

/* ---- the multicast group ---- */

/* Returns the socket or -1 with errno.  IP_MULTICAST_ALL off: only what comes by an
 * interface where we joined. */
static int open_group(const struct cdat_addr *group)
{
	union sockaddr_any sa;
	socklen_t len = sockaddr_of(group, &sa);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), saved;

	if (fd < 0)
		return -1;
	set_option(fd, SOL_SOCKET, SO_RCVBUF, SOCKET_BUFFER, "SO_RCVBUF");
	set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1, "SO_REUSEADDR");
	set_option(fd, IPPROTO_IP, IP_MULTICAST_ALL, 0, "IP_MULTICAST_ALL");
	if (bind(fd, &sa.sa, len) == 0)
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

static void group_failed(struct udp *u, const struct sock *s)
{
	char group[80], text[80];

	if (!u->group_told)
		log_notice("udp",
			   "the group %s cannot be joined at %s: %s; messages to all go to each",
			   cdat_addr_text(&u->group->addr, group, sizeof(group)),
			   cdat_addr_text(&s->addr, text, sizeof(text)), strerror(errno));
	u->group_told = true;
}

/* Joins at each interface where we receive; where we did already the kernel says so. */
static void group_join(struct udp *u, const struct sock *s)
{
	struct sock *g = u->group;
	struct ip_mreqn at = {0};

	if (g == NULL || s->fd < 0 || s->addr.family != CDAT_AF_IPV4 || s->addr.octets[0] == 127)
		return;
	if (g->fd < 0) {
		g->fd = open_group(&g->addr);
		if (g->fd < 0) {
			group_failed(u, s);
			return;
		}
		ev_io_init(&g->io, on_readable, g->fd, EV_READ);
		g->io.data = g;
		ev_io_start(u->loop, &g->io);
	}
	memcpy(&at.imr_multiaddr, g->addr.octets, 4);
	memcpy(&at.imr_address, s->addr.octets, 4);
	if (setsockopt(g->fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &at, sizeof(at)) != 0 &&
	    errno != EADDRINUSE)
		group_failed(u, s);
}

void udp_retry(struct udp *u)
{
	for (struct sock *s = u->socks; s != NULL; s = s->next) {
		if (s->fd < 0)
			sock_open(u, s);
		group_join(u, s);
	}
}

size_t udp_bound(const struct udp *u)
{
	size_t n = 0;

	for (const struct sock *s = u->socks; s != NULL; s = s->next)
		n += s->fd >= 0;
	return n;
}

uint64_t udp_take_errors(struct udp *u)
{
	uint64_t n = u->errors;

	u->errors = 0;
	return n;
}
