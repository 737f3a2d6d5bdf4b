/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A client of corosync's closed process groups, for tests/bench/peers, which compiles it where
 * libcpg-dev is: a stream of ordered messages, as "cdatctl send" and "listen" make one.
 *
 *   peer_cpg send COUNT | listen COUNT
 */
#include <corosync/cpg.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "peer_stream.h"

enum { QUIET_MS = 20000 };

static struct stream_stats stats;

static void die(const char *what, cs_error_t error)
{
	fprintf(stderr, "peer_cpg: %s: error %d\n", what, (int)error);
	exit(1);
}

static void on_message(cpg_handle_t h, const struct cpg_name *group, uint32_t node, uint32_t pid,
		       void *data, size_t len)
{
	uint32_t number;

	(void)h;
	(void)group;
	(void)node;
	(void)pid;
	if (len < sizeof(number))
		return;
	memcpy(&number, data, sizeof(number));
	stream_take(&stats, number);
}

static void on_members(cpg_handle_t h, const struct cpg_name *group,
		       const struct cpg_address *members, size_t n, const struct cpg_address *left,
		       size_t nleft, const struct cpg_address *joined, size_t njoined)
{
	(void)h;
	(void)group;
	(void)members;
	(void)n;
	(void)left;
	(void)nleft;
	(void)joined;
	(void)njoined;
}

/* As "cdatctl send" does, what cannot be taken now is tried again, not dropped. */
static void stream_send(cpg_handle_t h, uint32_t count)
{
	uint64_t start = stream_now_us();
	char data[64] = { 0 };
	struct iovec iov = { data, sizeof(data) };

	for (uint32_t i = 0; i < count; i++) {
		cs_error_t rc;

		stream_due(start, i);
		memcpy(data, &i, sizeof(i));
		while ((rc = cpg_mcast_joined(h, CPG_TYPE_AGREED, &iov, 1)) == CS_ERR_TRY_AGAIN)
			poll(NULL, 0, 1);
		if (rc != CS_OK)
			die("mcast", rc);
	}
	puts("sent");
	fflush(stdout);
	poll(NULL, 0, 5000);
}

static void stream_listen(cpg_handle_t h, uint32_t count)
{
	struct pollfd p = { .events = POLLIN };

	cpg_fd_get(h, &p.fd);
	puts("listening");
	fflush(stdout);
	while (stats.next < count && poll(&p, 1, stats.received > 0 ? QUIET_MS : -1) > 0)
		if (cpg_dispatch(h, CS_DISPATCH_ALL) != CS_OK)
			break;
	stream_end(&stats, count);
	stream_print(&stats);
}

int main(int argc, char **argv)
{
	cpg_callbacks_t callbacks = { .cpg_deliver_fn = on_message, .cpg_confchg_fn = on_members };
	struct cpg_name group = { .length = 5, .value = "bench" };
	cpg_handle_t h;
	cs_error_t rc;

	if (argc != 3) {
		fprintf(stderr, "usage: peer_cpg send COUNT | listen COUNT\n");
		return 2;
	}
	rc = cpg_initialize(&h, &callbacks);
	if (rc == CS_OK)
		rc = cpg_join(h, &group);
	if (rc != CS_OK)
		die("join", rc);
	if (strcmp(argv[1], "send") == 0)
		stream_send(h, (uint32_t)atoi(argv[2]));
	else
		stream_listen(h, (uint32_t)atoi(argv[2]));
	cpg_finalize(h);
	return 0;
}
