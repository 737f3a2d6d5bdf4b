/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Floods a servicer, for the lab of that name; it only ever runs in a namespace of a lab.
 *
 *   flood capture SECONDS COUNT FILE	takes COUNT datagrams to port 9173 as they come by here
 *   flood garbage SECONDS RATE TO MAC	octets at random, from our own address, where answers
 *					would come: what comes is counted
 *   flood forged|replay|cut SECONDS RATE TO MAC FILE
 *					what was captured, with its source: its header with
 *					another body; as it was; cut at random
 *
 * RATE is datagrams a second, TO and MAC the addresses of the servicer on our subnet.  Prints
 * "sent N in S s, R/s, answers N".
 *
 * A thread for each processor sends a ring of frames, made before, through a packet socket: on the
 * way from system call to the servicer's socket a datagram costs some microseconds of that
 * processor, to which nothing is to be added here.
 */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ether.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "wire/seal.h"

#define PORT	CDAT_PORT_DEFAULT
#define DEVICE	"eth0"
#define BATCH	64
#define RING	(64 * BATCH)	/* frames of a sender */
#define SENDERS	16		/* at most */
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

/* ---- making -------------------------------------------------------------------------------- */

struct frame {
	struct ether_header ether;
	struct iphdr ip;
	struct udphdr udp;
	uint8_t data[SLOT];
} __attribute__((packed));

struct flood {
	const char *what;
	double seconds, rate;		/* of one sender */
	struct ether_header ether;
	uint32_t from, to;		/* from: of garbage */
	int device;
};

static size_t garbage(uint8_t *data)
{
	static const uint8_t head[] = { 'C', 'D', CDAT_FORMAT_OLDEST, 1, 1, 0 };
	size_t len = random32() % 200;

	for (size_t i = 0; i < len; i++)
		data[i] = (uint8_t)random32();
	memcpy(data, head, len < sizeof(head) ? len : random32() % (sizeof(head) + 1));
	return len;
}

static size_t altered(const char *what, const struct packet *p, uint8_t *data)
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

static uint16_t ip_sum(const struct iphdr *ip)
{
	uint16_t words[sizeof(*ip) / 2];
	uint32_t sum = 0;

	memcpy(words, ip, sizeof(words));
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		sum += words[i];
	sum = (sum >> 16) + (sum & 0xffff);
	return (uint16_t)~(sum + (sum >> 16));
}

/* One datagram; UDP over IPv4 may go without a sum.  Returns the length of the frame. */
static size_t make(const struct flood *f, struct frame *w)
{
	const struct packet *p = ncaptured ? &captured[random32() % ncaptured] : NULL;
	size_t len = p ? altered(f->what, p, w->data) : garbage(w->data);
	struct iphdr ip = { .version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_UDP,
			    .saddr = p ? p->from : f->from, .daddr = f->to };

	len += sizeof(w->udp);
	w->ether = f->ether;
	w->udp = (struct udphdr){ .source = p ? p->port : htons(PORT), .dest = htons(PORT),
				  .len = htons((uint16_t)len) };
	len += sizeof(ip);
	ip.tot_len = htons((uint16_t)len);
	ip.check = ip_sum(&ip);
	w->ip = ip;
	return sizeof(w->ether) + len;
}

/* ---- sending ------------------------------------------------------------------------------- */

struct sender {
	const struct flood *flood;
	pthread_t thread;
	int fd;
	unsigned long sent;
	struct mmsghdr msgs[RING];
	struct iovec iov[RING];
	struct frame frames[RING];
};

static struct sender *sender_new(const struct flood *f)
{
	struct sender *s = calloc(1, sizeof(*s));
	struct sockaddr_ll at = { .sll_family = AF_PACKET, .sll_ifindex = f->device };
	int one = 1;

	need(s != NULL, "memory");
	s->flood = f;
	s->fd = socket(AF_PACKET, SOCK_RAW, 0);
	need(s->fd >= 0, "packet socket");
	need(bind(s->fd, (struct sockaddr *)&at, sizeof(at)) == 0, "bind to " DEVICE);
	need(setsockopt(s->fd, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof(one)) == 0,
	     "PACKET_QDISC_BYPASS");
	for (unsigned i = 0; i < RING; i++) {
		s->iov[i] = (struct iovec){ &s->frames[i], make(f, &s->frames[i]) };
		s->msgs[i].msg_hdr = (struct msghdr){ .msg_iov = &s->iov[i], .msg_iovlen = 1 };
	}
	return s;
}

static void *run(void *arg)
{
	struct sender *s = arg;
	const double rate = s->flood->rate, all = s->flood->seconds * rate;
	const int64_t begin = now_ns(), end = begin + (int64_t)(s->flood->seconds * NS);
	unsigned at = 0;

	for (int64_t now = begin; now < end && (double)s->sent < all; now = now_ns()) {
		double early = (double)(s->sent + BATCH) / rate - (double)(now - begin) / NS;
		struct timespec wait = { .tv_nsec = (long)(early * NS) };
		int n;

		if (early > 0) {	/* a batch is less than a second */
			nanosleep(&wait, NULL);
			continue;
		}
		n = sendmmsg(s->fd, &s->msgs[at], BATCH, 0);
		need(n > 0 || errno == ENOBUFS, "sendmmsg");
		s->sent += n > 0 ? (unsigned)n : 0;
		at = (at + BATCH) % RING;
	}
	return NULL;
}

/* One for each processor, with its share of the rate.  How many. */
static unsigned senders_new(struct flood *f, struct sender *senders[SENDERS])
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	n = n < 1 ? 1 : n > SENDERS ? SENDERS : n;
	f->rate /= (double)n;
	for (long i = 0; i < n; i++)
		senders[i] = sender_new(f);
	return (unsigned)n;
}

static unsigned long send_all(struct sender *senders[SENDERS], unsigned n)
{
	unsigned long sent = 0;

	for (unsigned i = 0; i < n; i++) {
		errno = pthread_create(&senders[i]->thread, NULL, run, senders[i]);
		need(errno == 0, "thread");
	}
	for (unsigned i = 0; i < n; i++) {
		pthread_join(senders[i]->thread, NULL);
		sent += senders[i]->sent;
		close(senders[i]->fd);
		free(senders[i]);
	}
	return sent;
}

/* Our own addresses on the way there. */
static void addresses(struct flood *f, const char *to, const char *mac)
{
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_port = htons(PORT) };
	struct ifreq device = { .ifr_name = DEVICE };
	struct ether_addr *dest = ether_aton(mac);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	socklen_t len = sizeof(sa);

	errno = EINVAL;
	need(inet_pton(AF_INET, to, &f->to) == 1, to);
	need(dest != NULL, mac);
	need(ioctl(fd, SIOCGIFHWADDR, &device) == 0, DEVICE);
	f->ether.ether_type = htons(ETH_P_IP);
	memcpy(f->ether.ether_dhost, dest, ETH_ALEN);
	memcpy(f->ether.ether_shost, device.ifr_hwaddr.sa_data, ETH_ALEN);
	f->device = (int)if_nametoindex(DEVICE);
	sa.sin_addr.s_addr = f->to;
	need(connect(fd, (struct sockaddr *)&sa, sizeof(sa)) == 0, to);
	need(getsockname(fd, (struct sockaddr *)&sa, &len) == 0, "own address");
	f->from = sa.sin_addr.s_addr;
	close(fd);
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

/* A flood comes from elsewhere, where it is not slowed down by what runs here: priority over other
 * processes, and over their groups (sched(7), autogroup), as far as we may. */
static void come_first(void)
{
	FILE *f = setsid() < 0 ? NULL : fopen("/proc/self/autogroup", "w");

	if (f != NULL) {
		fputs("-20", f);
		fclose(f);
	}
	if (setpriority(PRIO_PROCESS, 0, -20) != 0)
		perror("flood: priority");
}

static int flood(char **argv, const char *file)
{
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(PORT) };
	struct flood f = { .what = argv[1], .seconds = atof(argv[2]), .rate = atof(argv[3]) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	struct sender *senders[SENDERS];
	unsigned long sent, answers = 0;
	unsigned n;
	uint8_t data[SLOT];
	double seconds;
	int64_t begin;

	need(bind(fd, (struct sockaddr *)&any, sizeof(any)) == 0, "bind");
	addresses(&f, argv[4], argv[5]);
	come_first();
	ncaptured = file ? read_captured(file) : 0;
	n = senders_new(&f, senders);
	begin = now_ns();
	sent = send_all(senders, n);
	seconds = (double)(now_ns() - begin) / NS;
	usleep(300000);		/* an answer would be here by then */
	while (recv(fd, data, sizeof(data), 0) >= 0)
		answers++;
	printf("sent %lu in %.1f s, %.0f/s, answers %lu\n", sent, seconds, (double)sent / seconds,
	       answers);
	return 0;
}

int main(int argc, char **argv)
{
	const char *kind = argc > 1 ? argv[1] : "";

	if (!strcmp(kind, "capture") && argc == 5)
		return capture(atof(argv[2]), (unsigned)atoi(argv[3]), argv[4]);
	if (argc == 6 && !strcmp(kind, "garbage"))
		return flood(argv, NULL);
	if (argc == 7 && (!strcmp(kind, "forged") || !strcmp(kind, "replay") || !strcmp(kind, "cut")))
		return flood(argv, argv[6]);
	fprintf(stderr, "usage: flood capture SECONDS COUNT FILE | garbage SECONDS RATE TO MAC | "
			"forged|replay|cut SECONDS RATE TO MAC FILE\n");
	return 2;
}
