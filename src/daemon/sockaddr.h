/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Between struct cdat_addr and the socket addresses of the kernel.
 */
#ifndef DAEMON_SOCKADDR_H
#define DAEMON_SOCKADDR_H

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "cdat/types.h"

union sockaddr_any {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

/* Returns the length; 0 for no address. */
static inline socklen_t sockaddr_of(const struct cdat_addr *a, union sockaddr_any *out)
{
	memset(out, 0, sizeof(*out));
	if (a->family == CDAT_AF_IPV4) {
		out->in.sin_family = AF_INET;
		out->in.sin_port = htons(a->port);
		memcpy(&out->in.sin_addr, a->octets, 4);
		return sizeof(out->in);
	}
	if (a->family == CDAT_AF_IPV6) {
		out->in6.sin6_family = AF_INET6;
		out->in6.sin6_port = htons(a->port);
		memcpy(&out->in6.sin6_addr, a->octets, 16);
		return sizeof(out->in6);
	}
	return 0;
}

static inline bool addr_of_sockaddr(const union sockaddr_any *in, struct cdat_addr *a)
{
	memset(a, 0, sizeof(*a));
	if (in->sa.sa_family == AF_INET) {
		a->family = CDAT_AF_IPV4;
		a->port = ntohs(in->in.sin_port);
		memcpy(a->octets, &in->in.sin_addr, 4);
	} else if (in->sa.sa_family == AF_INET6) {
		a->family = CDAT_AF_IPV6;
		a->port = ntohs(in->in6.sin6_port);
		memcpy(a->octets, &in->in6.sin6_addr, 16);
	}
	return a->family != CDAT_AF_NONE;
}

#endif
