/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The inside of the UDP sockets: udp.c receives and listens, udp_send.c sends.
 *
 * Several datagrams of one size to one address go through the kernel as one and are cut behind
 * it (UDP_SEGMENT, Linux 4.18); those that the kernel holds together come as one and are cut here
 * (UDP_GRO, Linux 5.0).  Where the kernel refuses, each goes and comes by itself.  Small ones do so
 * always: with a few of them nothing is gained, and who captures packets sees what was said.
 */
#ifndef DAEMON_UDP_INT_H
#define DAEMON_UDP_INT_H

#include "daemon/recv.h"
#include "daemon/sockaddr.h"
#include "daemon/udp.h"
#include "host/log.h"

enum {
	RECV_BATCH = 32,
	RECV_MOST = 256, /* datagrams that one wake-up takes from a socket, a batch more at most */
	SEND_BATCH = 64,
	SEND_ROOM = 256 * 1024, /* octets queued at a socket */
	SOCKET_BUFFER = 4 << 20,
	SLOT = 65536,
	TRAIN_LEAST = 512,	  /* octets of a datagram */
	TRAIN_MAX = 64,		  /* datagrams as one: UDP_MAX_SEGMENTS of the kernel */
	TRAIN_OCTETS = 65535 - 48 /* of them: one IP packet (RFC 791), less IPv6 and UDP header */
};

/* A queued datagram, or a train of them: all of `size` but the last, which may be shorter. */
struct out {
	union sockaddr_any to;
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int)) +
					      CMSG_SPACE(sizeof(uint16_t))];
	struct iovec iov;
	size_t size;
	unsigned count;
	uint8_t dscp;
};

struct sock {
	struct udp *udp;
	struct sock *next;
	struct cdat_addr addr;
	int fd; /* -1: could not be bound yet */
	bool wanted, told;
	bool single; /* the kernel takes no trains here */
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

#endif
