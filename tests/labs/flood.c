/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Floods a servicer, for the lab of that name; it only ever runs in a namespace of a lab.
 *
 *   flood capture SECONDS COUNT FILE	takes COUNT datagrams to port 9173 as they come by here
 *   flood garbage SECONDS RATE TO	octets at random, from our own address, where answers
 *					would come: what comes is counted
 *   flood forged|replay|cut SECONDS RATE TO FILE
 *					what was captured, with its source: its header with
 *					another body; as it was; cut at random
 *
 * RATE is datagrams a second.  Prints "sent N in S s, answers N".
 */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "wire/seal.h"

#define PORT	CDAT_PORT_DEFAULT
#define BATCH	64
#define SLOT	2048
#define MAX	4096		/* captured datagrams */
#define NS	1000000000

struct packet { uint32_t from; uint16_t port, len; uint8_t data[SLOT]; };

static struct packet *captured;
static unsigned ncaptured;
static uint64_t seed = 88172645463325252u;

static uint32_t random32(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)seed;
}

static int64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * NS + ts.tv_nsec;
}

static void need(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "flood: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* ---- capturing ----------------------------------------------------------------------------- */

/* Is it an UDP datagram to our port?  Fills the packet. */
static int understood(const uint8_t *data, size_t len, struct packet *p)
{
	struct iphdr ip;
	struct udphdr udp;
	size_t head;

	if (len < sizeof(ip) + sizeof(udp))
		return 0;
	memcpy(&ip, data, sizeof(ip));
	head = ip.ihl * 4u;
	if (ip.version != 4 || ip.protocol != IPPROTO_UDP || len < head + sizeof(udp))
		return 0;
	memcpy(&udp, data + head, sizeof(udp));
	head += sizeof(udp);
	if (ntohs(udp.dest) != PORT || ip.frag_off & htons(0x3fff) || len - head > SLOT)
		return 0;
	p->from = ip.saddr;
	p->port = udp.source;
	p->len = (uint16_t)(len - head);
	memcpy(p->data, data + head, p->len);
	return 1;
}

static int capture(double seconds, unsigned count, const char *file)
{
	int fd = socket(AF_PACKET, SOCK_DGRAM, htons(ETH_P_IP));
	FILE *f = fopen(file, "w");
	int64_t end = now_ns() + (int64_t)(seconds * NS);
	static uint8_t data[65536];
	unsigned n = 0;

	need(fd >= 0, "packet socket");
	need(f != NULL, file);
	while (n < count && now_ns() < end) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		struct sockaddr_ll from;
		socklen_t fromlen = sizeof(from);
		static struct packet packet;
		ssize_t len;

		if (poll(&p, 1, 100) < 1)
			continue;
		len = recvfrom(fd, data, sizeof(data), 0, (struct sockaddr *)&from, &fromlen);
		if (len < 0 || from.sll_pkttype == PACKET_OUTGOING ||
		    !understood(data, (size_t)len, &packet))
			continue;
		n += fwrite(&packet, sizeof(packet), 1, f) == 1;
	}
	need(fclose(f) == 0, file);
	printf("captured %u\n", n);
	return n == 0;
}

/* ---- sending ------------------------------------------------------------------------------- */

/* One datagram with its IP header; the kernel fills in lengths and checksum of that. */
struct wire { struct iphdr ip; struct udphdr udp; uint8_t data[SLOT]; } __attribute__((packed));

static size_t garbage(uint8_t *data)
{
	static const uint8_t head[] = { 'C', 'D', CDAT_FORMAT_OLDEST, 1, 1, 0 };
	size_t len = random32() % 200;

	for (size_t i = 0; i < len; i++)
		data[i] = (uint8_t)random32();
	memcpy(data, head, len < sizeof(head) ? len : random32() % (sizeof(head) + 1));
	return len;
}

static size_t altered(const char *what, struct packet *p, uint8_t *data)
{
	size_t len = p->len;

	memcpy(data, p->data, len);
	if (!strcmp(what, "cut"))
		return random32() % len;
	if (!strcmp(what, "forged"))
		for (size_t i = CDAT_HEADER_LEN; i < len; i++)
			data[i] ^= (uint8_t)(random32() | 1);
	return len;
}

static size_t make(const char *what, uint32_t to, struct wire *w)
{
	struct packet *p = ncaptured ? &captured[random32() % ncaptured] : NULL;
	size_t len = p ? altered(what, p, w->data) : garbage(w->data);

	w->ip = (struct iphdr){ .version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_UDP,
				.saddr = p ? p->from : 0, .daddr = to };
	w->udp = (struct udphdr){ .source = p ? p->port : htons(PORT), .dest = htons(PORT),
				  .len = htons((uint16_t)(sizeof(w->udp) + len)) };
	return sizeof(w->ip) + sizeof(w->udp) + len;
}

static unsigned long send_all(const char *what, double seconds, double rate, uint32_t to)
{
	int fd = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_addr.s_addr = to };
	int64_t begin = now_ns(), end = begin + (int64_t)(seconds * NS);
	static struct wire wires[BATCH];
	struct mmsghdr msgs[BATCH];
	struct iovec iov[BATCH];
	unsigned long sent = 0;
	int64_t now;

	need(fd >= 0, "raw socket");
	memset(msgs, 0, sizeof(msgs));
	while ((now = now_ns()) < end) {
		double due = (double)(now - begin) / NS * rate;
		int n;

		if (due < (double)sent + BATCH) {
			usleep(500);
			continue;
		}
		for (unsigned i = 0; i < BATCH; i++) {
			iov[i] = (struct iovec){ &wires[i], make(what, to, &wires[i]) };
			msgs[i].msg_hdr = (struct msghdr){ .msg_name = &sa, .msg_namelen = sizeof(sa),
							   .msg_iov = &iov[i], .msg_iovlen = 1 };
		}
		n = sendmmsg(fd, msgs, BATCH, 0);
		need(n > 0 || errno == ENOBUFS, "sendmmsg");
		sent += n > 0 ? (unsigned)n : 0;
	}
	close(fd);
	return sent;
}

static unsigned read_captured(const char *file)
{
	FILE *f = fopen(file, "r");
	unsigned n;

	need(f != NULL, file);
	captured = calloc(MAX, sizeof(*captured));
	need(captured != NULL, "memory");
	n = (unsigned)fread(captured, sizeof(*captured), MAX, f);
	fclose(f);
	need(n > 0, "nothing captured");
	return n;
}

int main(int argc, char **argv)
{
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(PORT) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	unsigned long sent, answers = 0;
	uint8_t data[SLOT];
	double seconds;
	int64_t begin;

	if (argc < 5 || (argc == 6) == (strcmp(argv[1], "garbage") == 0 || !strcmp(argv[1], "capture"))) {
		fprintf(stderr, "usage: flood capture SECONDS COUNT FILE | "
				"garbage SECONDS RATE TO | forged|replay|cut SECONDS RATE TO FILE\n");
		return 2;
	}
	seconds = atof(argv[2]);
	if (!strcmp(argv[1], "capture"))
		return capture(seconds, (unsigned)atoi(argv[3]), argv[4]);
	need(bind(fd, (struct sockaddr *)&any, sizeof(any)) == 0, "bind");
	ncaptured = argc == 6 ? read_captured(argv[5]) : 0;
	begin = now_ns();
	sent = send_all(argv[1], seconds, atof(argv[3]), inet_addr(argv[4]));
	seconds = (double)(now_ns() - begin) / NS;
	usleep(300000);		/* an answer would be here by then */
	while (recv(fd, data, sizeof(data), 0) >= 0)
		answers++;
	printf("sent %lu in %.1f s, answers %lu\n", sent, seconds, answers);
	return 0;
}
