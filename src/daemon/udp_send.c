/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * UDP sockets, sending: the queue of each socket, and trains of datagrams; see udp_int.h.
 */
#include "config.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "daemon/udp_int.h"
#include "wire/attr.h"
#include "wire/seal.h"

static unsigned long long now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (unsigned long long)ts.tv_sec * 1000000u + (unsigned long long)ts.tv_nsec / 1000u;
}

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

/* ---- what the kernel is asked to do with it ---- */

static void put_control(struct msghdr *msg, int level, int type, const void *value, size_t len)
{
	struct cmsghdr *cmsg = (struct cmsghdr *)(void *)((char *)msg->msg_control +
							   msg->msg_controllen);

	cmsg->cmsg_len = CMSG_LEN(len);
	cmsg->cmsg_level = level;
	cmsg->cmsg_type = type;
	memcpy(CMSG_DATA(cmsg), value, len);
	msg->msg_controllen += CMSG_SPACE(len);
}

static void put_controls(const struct sock *s, struct msghdr *msg, struct out *o)
{
	const bool v6 = s->addr.family == CDAT_AF_IPV6;
	const int tos = o->dscp << 2; /* RFC 2474: the upper six bits */
	const uint16_t size = (uint16_t)o->size;

	memset(o->control, 0, sizeof(o->control));
	msg->msg_control = o->control;
	msg->msg_controllen = 0;
	if (o->dscp != 0)
		put_control(msg, v6 ? IPPROTO_IPV6 : IPPROTO_IP, v6 ? IPV6_TCLASS : IP_TOS, &tos,
			    sizeof(tos));
	if (o->count > 1)
		put_control(msg, IPPROTO_UDP, UDP_SEGMENT, &size, sizeof(size));
}

/* ---- sending ---- */

/* How many went, or -1 with errno.  sendmmsg() yields the processor after each datagram, so a
 * single one goes by sendmsg(): whoever it wakes on this processor does not interrupt us. */
static int send_some(struct sock *s, unsigned from)
{
	const int flags = MSG_DONTWAIT | MSG_NOSIGNAL;

	if (s->nout - from == 1)
		return sendmsg(s->fd, &s->msgs[from].msg_hdr, flags) < 0 ? -1 : 1;
	return sendmmsg(s->fd, s->msgs + from, s->nout - from, flags);
}

/* A train was refused: its datagrams one by one.  Which of them is longer than the way takes,
 * or that none goes, is found then. */
static void send_apart(struct udp *u, struct sock *s, unsigned at)
{
	struct out *o = &s->outs[at];
	struct msghdr msg = s->msgs[at].msg_hdr;
	uint8_t *data = o->iov.iov_base;
	size_t left = o->iov.iov_len;
	struct iovec one;
	struct cdat_addr to;

	addr_of_sockaddr(&o->to, &to);
	o->count = 1;
	put_controls(s, &msg, o);
	msg.msg_iov = &one;
	for (; left > 0; left -= one.iov_len, data += one.iov_len) {
		one = (struct iovec){data, left < o->size ? left : o->size};
		if (sendmsg(s->fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
			count_error(u, s, &to, one.iov_len, errno);
	}
}

/* The first of the rest is refused: an address without route, or the buffer is full. */
static void send_failed(struct udp *u, struct sock *s, unsigned at, int error)
{
	struct out *o = &s->outs[at];
	struct cdat_addr to;

	if (o->count > 1 && error != EAGAIN) {
		/* no checksum of the device, or a rule of IPsec: that does not change */
		s->single |= error == EIO || error == ENOPROTOOPT || error == EOPNOTSUPP;
		send_apart(u, s, at);
		return;
	}
	addr_of_sockaddr(&o->to, &to);
	u->errors += o->count - 1;
	count_error(u, s, &to, o->iov.iov_len, error);
}

static void sock_flush(struct udp *u, struct sock *s)
{
	unsigned done = 0;

	for (unsigned i = 0; i < s->nout; i++)
		if (s->outs[i].count > 1 || s->outs[i].dscp != 0)
			put_controls(s, &s->msgs[i].msg_hdr, &s->outs[i]);
	while (done < s->nout) {
		int n = send_some(s, done);

		if (n > 0)
			done += (unsigned)n;
		else
			send_failed(u, s, done++, errno);
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

/* Whether the datagram becomes one more of the train that was queued last. */
static bool joins(const struct sock *s, const union sockaddr_any *to, uint8_t dscp, size_t len)
{
	const struct out *o = s->nout > 0 ? &s->outs[s->nout - 1] : NULL;

	return o != NULL && !s->single && len >= TRAIN_LEAST && len <= o->size &&
	       o->count < TRAIN_MAX && o->iov.iov_len == o->size * o->count &&
	       o->iov.iov_len + len <= TRAIN_OCTETS && o->dscp == dscp &&
	       memcmp(&o->to, to, sizeof(*to)) == 0;
}

static void queue_join(struct sock *s, size_t len)
{
	struct out *o = &s->outs[s->nout - 1];

	o->iov.iov_len += len;
	o->count++;
}

static void queue_new(struct sock *s, const union sockaddr_any *to, socklen_t to_len, uint8_t dscp,
		      size_t len)
{
	struct out *o = &s->outs[s->nout];

	o->to = *to;
	o->dscp = dscp;
	o->size = len;
	o->count = 1;
	o->iov = (struct iovec){s->data + s->used, len};
	s->msgs[s->nout++].msg_hdr = (struct msghdr){.msg_name = &o->to,
						     .msg_namelen = to_len,
						     .msg_iov = &o->iov,
						     .msg_iovlen = 1};
}

void udp_send(struct udp *u, const struct cdat_addr *local, const struct cdat_addr *to,
	      uint8_t dscp, struct cdat_view data)
{
	struct sock *s = sock_for(u, local, to);
	union sockaddr_any sa;
	socklen_t sa_len = sockaddr_of(to, &sa);
	bool join;

	if (s == NULL || data.len > CDAT_DATAGRAM_MAX) {
		count_error(u, s, to, data.len, s == NULL ? EADDRNOTAVAIL : EMSGSIZE);
		return;
	}
	join = joins(s, &sa, dscp, data.len);
	if (s->used + data.len > SEND_ROOM || (s->nout == SEND_BATCH && !join)) {
		sock_flush(u, s);
		join = false;
	}
	if (join)
		queue_join(s, data.len);
	else
		queue_new(s, &sa, sa_len, dscp, data.len);
	memcpy(s->data + s->used, data.data, data.len);
	s->used += data.len;
}
