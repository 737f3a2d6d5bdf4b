/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * UDP sockets, one for each local address; see udp.h.
 */
#include "config.h"

#include <errno.h>
#include <netinet/ip.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "host/log.h"
#include "daemon/recv.h"
#include "daemon/sockaddr.h"
#include "daemon/udp.h"
#include "wire/attr.h"
#include "wire/seal.h"

enum {
	RECV_BATCH = 32,
	SEND_BATCH = 64,
	SEND_ROOM = 256 * 1024, /* octets queued at a socket */
	ROUNDS = 8,		/* batches that one wake-up takes from a socket */
	SOCKET_BUFFER = 4 << 20,
	SLOT = 65536
};

struct out { /* one queued datagram */
	union sockaddr_any to;
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
	struct iovec iov;
};

struct sock {
	struct udp *udp;
	struct sock *next;
	struct cdat_addr addr;
	int fd; /* -1: could not be bound yet */
	bool wanted, told;
	struct recv_mode mode;
	ev_io io;
	unsigned nout;
	size_t used;
	struct mmsghdr msgs[SEND_BATCH];
	struct out outs[SEND_BATCH];
	uint8_t data[SEND_ROOM];
};

struct udp {
	struct ev_loop *loop;
	struct udp_handlers on;
	struct sock *socks;
	struct sock *group; /* NULL: no multicast */
	bool group_told;
	uint64_t errors;
	struct log_rate rate;
	uint8_t (*slots)[SLOT]; /* RECV_BATCH of them */
};

static unsigned long long now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (unsigned long long)ts.tv_sec * 1000000u + (unsigned long long)ts.tv_nsec / 1000u;
}

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

static int recv_batch(struct sock *s)
{
	struct udp *u = s->udp;
	struct mmsghdr msgs[RECV_BATCH];
	struct iovec iov[RECV_BATCH];
	union sockaddr_any from[RECV_BATCH];
	struct cdat_addr local = s == u->group ? (struct cdat_addr){0} : s->addr;
	int n;

	memset(msgs, 0, sizeof(msgs));
	for (int i = 0; i < RECV_BATCH; i++) {
		iov[i] = (struct iovec){u->slots[i], SLOT};
		msgs[i].msg_hdr = (struct msghdr){.msg_name = &from[i],
						  .msg_namelen = sizeof(from[i]),
						  .msg_iov = &iov[i],
						  .msg_iovlen = 1};
	}
	n = recv_some(s->fd, msgs, RECV_BATCH, &s->mode);
	for (int i = 0; i < n; i++) {
		struct cdat_addr peer;

		if ((msgs[i].msg_hdr.msg_flags & MSG_TRUNC) || !addr_of_sockaddr(&from[i], &peer))
			continue;
		u->on.datagram(u->on.ctx, &local, &peer, u->slots[i], msgs[i].msg_len);
	}
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
	int fd = s->fd;

	(void)loop;
	(void)revents;
	for (int i = 0; i < ROUNDS; i++)
		if (recv_batch(s) < RECV_BATCH || !still_open(u, s, fd))
			return;
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

/* ---- sending ---- */

static void count_error(struct udp *u, const struct sock *s, const struct cdat_addr *to, size_t len,
			int error)
{
	char from[80], text[80];

	u->errors++;
	if (error == EMSGSIZE || !log_wants(LOG_LEVEL_INFO, "udp") ||
	    !log_rate_ok(&u->rate, now_us()))
		return;
	if (s != NULL)
		cdat_addr_port_text(&s->addr, from, sizeof(from));
	log_info("udp", "cannot send %zu octets from %s to %s: %s%s", len,
		 s != NULL ? from : "any address", cdat_addr_port_text(to, text, sizeof(text)),
		 strerror(error), log_rate_text(&u->rate));
}

/* The source that the kernel takes for `to`; false: no route. */
static bool kernel_source(const struct cdat_addr *to, struct cdat_addr *source)
{
	union sockaddr_any sa, own;
	socklen_t len = sockaddr_of(to, &sa), own_len = sizeof(own);
	int fd = socket(sa.sa.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool ok = fd >= 0 && connect(fd, &sa.sa, len) == 0 &&
		  getsockname(fd, &own.sa, &own_len) == 0 && addr_of_sockaddr(&own, source);

	if (fd >= 0)
		close(fd);
	return ok;
}

static struct sock *sock_for(struct udp *u, const struct cdat_addr *local,
			     const struct cdat_addr *to)
{
	struct cdat_addr source;
	struct sock *same_family = NULL;

	if (local->family != CDAT_AF_NONE) {
		for (struct sock *s = u->socks; s != NULL; s = s->next)
			if (s->fd >= 0 && cdat_addr_same(&s->addr, local) &&
			    (local->port == 0 || local->port == s->addr.port))
				return s;
		return NULL;
	}
	source.family = CDAT_AF_NONE;
	kernel_source(to, &source);
	for (struct sock *s = u->socks; s != NULL; s = s->next) {
		if (s->fd < 0 || s->addr.family != to->family)
			continue;
		if (cdat_addr_same(&s->addr, &source))
			return s;
		same_family = s;
	}
	return same_family;
}

/* How many went, or -1 with errno.  sendmmsg() yields the processor after each datagram, so a
 * single one goes by sendmsg(): whoever it wakes on this processor does not interrupt us. */
static int send_some(struct sock *s, unsigned from)
{
	const int flags = MSG_DONTWAIT | MSG_NOSIGNAL;

	if (s->nout - from == 1)
		return sendmsg(s->fd, &s->msgs[from].msg_hdr, flags) < 0 ? -1 : 1;
	return sendmmsg(s->fd, s->msgs + from, s->nout - from, flags);
}

static void sock_flush(struct udp *u, struct sock *s)
{
	unsigned done = 0;

	while (done < s->nout) {
		int n = send_some(s, done);
		struct cdat_addr to;

		if (n > 0) {
			done += (unsigned)n;
			continue;
		}
		/* The first of the rest is refused: an address without route, or the buffer is full. */
		addr_of_sockaddr(&s->outs[done].to, &to);
		count_error(u, s, &to, s->outs[done].iov.iov_len, errno);
		done++;
	}
	s->nout = 0;
	s->used = 0;
}

void udp_flush(struct udp *u)
{
	for (struct sock *s = u->socks; s != NULL; s = s->next)
		if (s->nout > 0)
			sock_flush(u, s);
}

static void put_dscp(const struct sock *s, struct msghdr *msg, struct out *o, uint8_t dscp)
{
	struct cmsghdr *cmsg;
	int tos = dscp << 2; /* RFC 2474: the upper six bits */

	memset(o->control, 0, sizeof(o->control));
	msg->msg_control = o->control;
	msg->msg_controllen = sizeof(o->control);
	cmsg = CMSG_FIRSTHDR(msg);
	cmsg->cmsg_len = CMSG_LEN(sizeof(tos));
	cmsg->cmsg_level = s->addr.family == CDAT_AF_IPV6 ? IPPROTO_IPV6 : IPPROTO_IP;
	cmsg->cmsg_type = s->addr.family == CDAT_AF_IPV6 ? IPV6_TCLASS : IP_TOS;
	memcpy(CMSG_DATA(cmsg), &tos, sizeof(tos));
}

void udp_send(struct udp *u, const struct cdat_addr *local, const struct cdat_addr *to,
	      uint8_t dscp, struct cdat_view data)
{
	struct sock *s = sock_for(u, local, to);
	struct msghdr *msg;
	struct out *o;

	if (s == NULL || data.len > CDAT_DATAGRAM_MAX) {
		count_error(u, s, to, data.len, s == NULL ? EADDRNOTAVAIL : EMSGSIZE);
		return;
	}
	if (s->nout == SEND_BATCH || s->used + data.len > SEND_ROOM)
		sock_flush(u, s);
	o = &s->outs[s->nout];
	msg = &s->msgs[s->nout].msg_hdr;
	memcpy(s->data + s->used, data.data, data.len);
	o->iov = (struct iovec){s->data + s->used, data.len};
	*msg = (struct msghdr){.msg_name = &o->to,
			       .msg_namelen = sockaddr_of(to, &o->to),
			       .msg_iov = &o->iov,
			       .msg_iovlen = 1};
	if (dscp != 0)
		put_dscp(s, msg, o, dscp);
	s->used += data.len;
	s->nout++;
}

uint64_t udp_take_errors(struct udp *u)
{
	uint64_t n = u->errors;

	u->errors = 0;
	return n;
}
