/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Receiving one packet or many.  recvmmsg() yields the processor after each packet, which
 * costs a lone request the time slice of whoever woke us; so packets are taken one by one
 * while they come alone, with a try for more at each RECV_TRY-th, and together while they
 * come in bursts.
 */
#ifndef DAEMON_RECV_H
#define DAEMON_RECV_H

#include <stdbool.h>
#include <sys/socket.h>

struct recv_mode {
	bool many;
	unsigned char alone; /* packets taken one by one since the last try */
};

enum { RECV_TRY = 16 };

/* How many to make room for, 1 or `most`. */
static inline unsigned recv_wanted(struct recv_mode *mode, unsigned most)
{
	return mode->many || ++mode->alone >= RECV_TRY ? most : 1;
}

/* Receives up to `n`, as recv_wanted() said: how many there were, 0 and -1 as recvmmsg(); each
 * `msgs[i].msg_len` is set.  Does not block. */
static inline int recv_some(int fd, struct mmsghdr *msgs, unsigned n, struct recv_mode *mode)
{
	ssize_t len;
	int got;

	if (n > 1) {
		got = recvmmsg(fd, msgs, n, MSG_DONTWAIT, NULL);
		mode->many = got > 1;
		mode->alone = 0;
		return got;
	}
	len = recvmsg(fd, &msgs[0].msg_hdr, MSG_DONTWAIT);
	if (len < 0)
		return -1;
	msgs[0].msg_len = (unsigned)len;
	return 1;
}

#endif
