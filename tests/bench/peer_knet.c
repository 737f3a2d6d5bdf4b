/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A node of libknet, for tests/bench/peers, which compiles it where libknet-dev is: five nodes
 * 10.1.0.ID and 10.2.0.ID, two links to each other, the first preferred.
 *
 *   peer_knet ID NODES INTERVAL-MS TIMEOUT-MS PONGS [send NODE COUNT | listen COUNT]
 *
 * INTERVAL-MS 0: libknet's own defaults.  Prints "host N down" and "host N up" as it is told;
 * "listen" prints the statistics of the stream when COUNT messages are there or nothing has come
 * for two seconds after some had.
 */
#include <errno.h>
#include <libknet.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "peer_stream.h"

enum { PORT = 9000, LINKS = 2, QUIET_MS = 20000 };

static uint16_t destination;

static void die(const char *what)
{
	fprintf(stderr, "peer_knet: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int where_to(void *ctx, const unsigned char *data, ssize_t len, uint8_t tx_rx,
		    knet_node_id_t self, knet_node_id_t from, int8_t *channel, knet_node_id_t *to,
		    size_t *count)
{
	(void)ctx;
	(void)data;
	(void)len;
	(void)from;
	(void)channel;
	to[0] = tx_rx == KNET_NOTIFY_TX ? destination : self;
	*count = 1;
	return 0;
}

static void host_changed(void *ctx, knet_node_id_t host, uint8_t reachable, uint8_t remote,
			 uint8_t external)
{
	(void)ctx;
	(void)remote;
	(void)external;
	printf("host %u %s\n", host, reachable ? "up" : "down");
	fflush(stdout);
}

static void socket_failed(void *ctx, int fd, int8_t channel, uint8_t tx_rx, int error, int errorno)
{
	(void)ctx;
	(void)fd;
	(void)channel;
	(void)tx_rx;
	(void)error;
	(void)errorno;
}

static struct sockaddr_storage address_of(unsigned link, unsigned node)
{
	struct sockaddr_storage sa;
	char host[32], port[8];

	snprintf(host, sizeof(host), "10.%u.0.%u", link + 1, node);
	snprintf(port, sizeof(port), "%u", (unsigned)PORT + link);
	if (knet_strtoaddr(host, port, &sa, sizeof(sa)) != 0)
		die(host);
	return sa;
}

static void peer_add(knet_handle_t h, unsigned self, uint16_t node, const unsigned timers[3])
{
	if (knet_host_add(h, node) != 0 || knet_host_set_policy(h, node, KNET_LINK_POLICY_PASSIVE) != 0)
		die("host");
	for (uint8_t link = 0; link < LINKS; link++) {
		struct sockaddr_storage from = address_of(link, self), to = address_of(link, node);

		if (knet_link_set_config(h, node, link, KNET_TRANSPORT_UDP, &from, &to, 0) != 0 ||
		    knet_link_set_priority(h, node, link, link == 0 ? 10 : 1) != 0)
			die("link");
		if (timers[0] > 0 &&
		    (knet_link_set_ping_timers(h, node, link, timers[0], timers[1], 2048) != 0 ||
		     knet_link_set_pong_count(h, node, link, (uint8_t)timers[2]) != 0))
			die("timers");
		if (knet_link_set_enable(h, node, link, 1) != 0)
			die("enable");
	}
}

static void stream_send(int fd, uint32_t count)
{
	uint64_t start = stream_now_us();
	char data[64] = { 0 };

	for (uint32_t i = 0; i < count; i++) {
		stream_due(start, i);
		memcpy(data, &i, sizeof(i));
		if (write(fd, data, sizeof(data)) < 0 && errno != EAGAIN)
			die("write");
	}
	puts("sent");
	fflush(stdout);
}

static void stream_listen(int fd, uint32_t count)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	struct stream_stats s = { 0 };
	char data[4096];

	puts("listening");
	fflush(stdout);
	while (s.next < count && poll(&p, 1, s.received > 0 ? QUIET_MS : -1) > 0) {
		uint32_t number;

		if (read(fd, data, sizeof(data)) < (ssize_t)sizeof(number))
			continue;
		memcpy(&number, data, sizeof(number));
		stream_take(&s, number);
	}
	stream_end(&s, count);
	stream_print(&s);
}

static knet_handle_t handle_new(unsigned self, int *fd)
{
	knet_handle_t h = knet_handle_new((knet_node_id_t)self, 0, 0);
	int8_t channel = -1;

	*fd = 0;
	if (h == NULL || knet_handle_enable_sock_notify(h, NULL, socket_failed) != 0 ||
	    knet_handle_add_datafd(h, fd, &channel) != 0 ||
	    knet_handle_enable_filter(h, NULL, where_to) != 0 ||
	    knet_host_enable_status_change_notify(h, NULL, host_changed) != 0)
		die("handle");
	return h;
}

int main(int argc, char **argv)
{
	unsigned self = argc > 5 ? (unsigned)atoi(argv[1]) : 0;
	unsigned nodes = argc > 5 ? (unsigned)atoi(argv[2]) : 0, timers[3];
	bool sends = argc > 8 && strcmp(argv[6], "send") == 0;
	knet_handle_t h;
	int fd;

	if (self == 0 || nodes == 0) {
		fprintf(stderr, "usage: see the head of tests/bench/peer_knet.c\n");
		return 2;
	}
	for (int i = 0; i < 3; i++)
		timers[i] = (unsigned)atoi(argv[3 + i]);
	h = handle_new(self, &fd);
	for (unsigned n = 1; n <= nodes; n++)
		if (n != self)
			peer_add(h, self, (uint16_t)n, timers);
	destination = sends ? (uint16_t)atoi(argv[7]) : (uint16_t)(self % nodes + 1);
	if (knet_handle_setfwd(h, 1) != 0)
		die("forwarding");
	if (sends) {
		while (getchar() != '\n')	/* begins when it is told to */
			;
		stream_send(fd, (uint32_t)atoi(argv[8]));
	} else if (argc > 7) {
		stream_listen(fd, (uint32_t)atoi(argv[7]));
	}
	for (;;)
		pause();
}
