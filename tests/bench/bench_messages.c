/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages between two hosts, by cdatd and by plain UDP: response time and one-way rate.
 * One program plays all the parts; tests/bench/messages starts them in namespaces.
 *
 *   bench_messages udp-echo ADDRESS           answers what comes
 *   bench_messages udp-ask ADDRESS COUNT SIZE asks COUNT times, one after the other
 *   bench_messages udp-sink ADDRESS           counts what comes until it stops
 *   bench_messages udp-flood ADDRESS COUNT SIZE  sends by sendmmsg as fast as it goes
 *   bench_messages echo|ask|sink|flood SOCKET [NODE] ...  the same by the servicer
 *   bench_messages relay SOCKET HERE THERE    UDP by way of two processes that hand it on, as
 *   bench_messages relay-echo SOCKET          two servicers do, and nothing more: the same
 *   bench_messages relay-ask SOCKET COUNT SIZE    processes are woken, the same way is gone
 *   bench_messages change SOCKET NODE COUNT   changes of the table, one after the other
 *   bench_messages durable DIRECTORY COUNT N  N files replaced so that they last, all at once
 *
 * A part that waits says "ready".  Results are lines "NAME VALUE UNIT".  Order and number of
 * the servicer's messages are checked; plain UDP may lose what it likes, its rate is that of
 * what arrived.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "client/cdat.h"
#include "host/replace.h"

enum {
	PORT = 9999,
	BATCH = 64,
	SIZE_MAX_ = 8192,
	QUIET_MS = 700,		/* so long after the last datagram the flood is over */
	FLIGHT = 4096,		/* messages on their way, octets of the same */
	FLIGHT_OCTETS = 1 << 20
};

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void die(const char *what, const char *why)
{
	fprintf(stderr, "bench_messages: %s: %s\n", what, why);
	exit(1);
}

static void ready(void)
{
	puts("ready");
	fflush(stdout);
}

static unsigned long number(const char *text)
{
	char *end;
	unsigned long n = text != NULL ? strtoul(text, &end, 10) : 0;

	if (n == 0 || *end != '\0')
		die(text != NULL ? text : "number", "is missing or no number");
	return n;
}

static size_t size_of(const char *text)
{
	size_t n = number(text);

	if (n < sizeof(uint64_t) || n > SIZE_MAX_)
		die(text, "is no size of 8 to 8192 octets");
	return n;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void print_times(const char *name, double *us, size_t n)
{
	qsort(us, n, sizeof(*us), by_value);
	printf("%s-p50 %.1f us\n%s-p99 %.1f us\n", name, us[n / 2], name, us[n * 99 / 100]);
}

/* ---- plain UDP ------------------------------------------------------------------------- */

static int udp_socket(const char *address, bool here)
{
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_port = htons(PORT) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), room = 4 << 20;

	if (fd < 0 || inet_pton(AF_INET, address, &sa.sin_addr) != 1)
		die(address, "no socket for that address");
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	if ((here ? bind : connect)(fd, (struct sockaddr *)&sa, sizeof(sa)) != 0)
		die(address, strerror(errno));
	return fd;
}

static void udp_echo(const char *address)
{
	int fd = udp_socket(address, true);
	uint8_t buf[SIZE_MAX_];
	struct sockaddr_in from;

	ready();
	for (;;) {
		socklen_t len = sizeof(from);
		ssize_t n = recvfrom(fd, buf, sizeof(buf), 0, (struct sockaddr *)&from, &len);

		if (n > 0 && sendto(fd, buf, (size_t)n, 0, (struct sockaddr *)&from, len) < 0)
			die("udp-echo", strerror(errno));
	}
}

static void ask_by(int fd, const char *name, size_t count, size_t size)
{
	double *us = calloc(count, sizeof(*us));
	uint8_t buf[SIZE_MAX_] = { 0 };

	for (size_t i = 0; us != NULL && i < count; i++) {
		double t0 = seconds();

		if (send(fd, buf, size, 0) < 0 || recv(fd, buf, sizeof(buf), 0) < 0)
			die(name, strerror(errno));
		us[i] = (seconds() - t0) * 1e6;
	}
	print_times(name, us, us != NULL ? count : 0);
	free(us);
}

static void udp_ask(const char *address, size_t count, size_t size)
{
	ask_by(udp_socket(address, false), "udp-ask", count, size);
}

struct batch {
	struct mmsghdr msgs[BATCH];
	struct iovec iov[BATCH];
	uint8_t data[BATCH][SIZE_MAX_];
};

static struct batch *batch_new(size_t size)
{
	struct batch *b = calloc(1, sizeof(*b));

	for (unsigned i = 0; b != NULL && i < BATCH; i++) {
		b->iov[i] = (struct iovec){ b->data[i], size };
		b->msgs[i].msg_hdr.msg_iov = &b->iov[i];
		b->msgs[i].msg_hdr.msg_iovlen = 1;
	}
	if (b == NULL)
		die("memory", "none left");
	return b;
}

static void udp_sink(const char *address)
{
	struct batch *b = batch_new(SIZE_MAX_);
	int fd = udp_socket(address, true);
	struct pollfd p = { .fd = fd, .events = POLLIN };
	double first = 0, last = 0;
	size_t count = 0;

	ready();
	while (poll(&p, 1, count > 0 ? QUIET_MS : 60000) > 0) {
		int n = recvmmsg(fd, b->msgs, BATCH, MSG_DONTWAIT, NULL);

		last = seconds();
		if (count == 0)
			first = last;
		count += n > 0 ? (size_t)n : 0;
	}
	printf("udp-flood %.0f msgs/s\n", count > 1 ? (double)count / (last - first) : 0.);
	free(b);
}

static void udp_flood(const char *address, size_t count, size_t size)
{
	struct batch *b = batch_new(size);
	int fd = udp_socket(address, false);

	for (size_t i = 0; i < count; ) {
		int n = sendmmsg(fd, b->msgs, BATCH, 0);

		if (n < 0)
			die("udp-flood", strerror(errno));
		i += (size_t)n;
	}
	free(b);
}

/* ---- plain UDP by way of two processes ------------------------------------------------- */

static int unix_socket(const char *path, bool here)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (fd < 0 || strlen(path) >= sizeof(sa.sun_path))
		die(path, "no socket for that path");
	memcpy(sa.sun_path, path, strlen(path) + 1);
	if (here)
		unlink(path);
	if ((here ? bind : connect)(fd, (struct sockaddr *)&sa, sizeof(sa)) != 0 ||
	    (here && listen(fd, 1) != 0))
		die(path, strerror(errno));
	return fd;
}

/* What a servicer cannot do without: it waits for both, receives, and sends on. */
static void relay(const char *path, const char *address, const char *to)
{
	struct sockaddr_in there = { .sin_family = AF_INET, .sin_port = htons(PORT) };
	int udp = udp_socket(address, true), door = unix_socket(path, true), client;
	struct epoll_event ev = { .events = EPOLLIN };
	int poller = epoll_create1(EPOLL_CLOEXEC);
	uint8_t buf[SIZE_MAX_];

	if (inet_pton(AF_INET, to, &there.sin_addr) != 1 ||
	    connect(udp, (struct sockaddr *)&there, sizeof(there)) != 0)
		die(to, "cannot be sent to");
	ready();
	client = accept(door, NULL, NULL);
	ev.data.fd = udp;
	epoll_ctl(poller, EPOLL_CTL_ADD, udp, &ev);
	ev.data.fd = client;
	epoll_ctl(poller, EPOLL_CTL_ADD, client, &ev);
	while (epoll_wait(poller, &ev, 1, -1) == 1) {
		ssize_t n = recv(ev.data.fd, buf, sizeof(buf), 0);

		if (n <= 0 || send(ev.data.fd == udp ? client : udp, buf, (size_t)n, 0) < 0)
			return;		/* the client has ended */
	}
}

static void relay_echo(const char *path)
{
	int fd = unix_socket(path, false);
	uint8_t buf[SIZE_MAX_];
	ssize_t n;

	ready();
	while ((n = recv(fd, buf, sizeof(buf), 0)) > 0)
		if (send(fd, buf, (size_t)n, 0) < 0)
			die("relay-echo", strerror(errno));
}

static void relay_ask(const char *path, size_t count, size_t size)
{
	ask_by(unix_socket(path, false), "relay-ask", count, size);
}

/* ---- by the servicer ------------------------------------------------------------------- */

struct part {
	cdat_t *c;
	uint64_t count, next, flight, failed;
	size_t octets;
	double begin, end;
	bool came;
};

static void check(const struct part *p, int rc)
{
	if (rc != 0)
		die("servicer", cdat_errtext(p->c));
}

static void part_open(struct part *p, const char *path, const struct cdat_handlers *handlers)
{
	p->c = cdat_open(path, "bench_messages", 5000);
	if (p->c == NULL || cdat_error(p->c) != 0)
		die(path, p->c != NULL ? cdat_errtext(p->c) : "no memory");
	cdat_handle(p->c, handlers, p);
	if (handlers != NULL && handlers->message != NULL)
		check(p, cdat_subscribe(p->c, 0, false, true, 0, 5000));
}

static void part_wait(struct part *p)
{
	struct pollfd poll_fd = { .fd = cdat_fd(p->c), .events = POLLIN };

	if (cdat_wants_write(p->c))
		poll_fd.events |= POLLOUT;
	if (poll(&poll_fd, 1, 20000) <= 0)
		die("servicer", "nothing comes for 20 s");
	check(p, cdat_dispatch(p->c));
}

static void on_sent(void *ctx, uint32_t tag, enum cdat_send_error error, bool delivered)
{
	struct part *p = ctx;

	(void)tag;
	if (error != CDAT_SEND_OK || delivered)
		p->flight--;
	p->failed += error != CDAT_SEND_OK;
}

static void send_to(struct part *p, uint16_t node, const void *data, size_t len)
{
	check(p, cdat_send_async(p->c, node, NULL, false, data, len, on_sent, p, NULL));
	p->flight++;
}

/* Who waits for an answer of the application needs no receipt. */
static void send_untold(struct part *p, uint16_t node, const void *data, size_t len)
{
	check(p, cdat_send_async(p->c, node, NULL, false, data, len, NULL, NULL, NULL));
}

static void echo_message(void *ctx, uint16_t from, bool ordered, uint64_t order, uint32_t epoch,
			 const void *data, size_t len)
{
	(void)ordered;
	(void)order;
	(void)epoch;
	send_untold(ctx, from, data, len);
}

static void echo(const char *path)
{
	struct part p = { 0 };

	part_open(&p, path, &(struct cdat_handlers){ .message = echo_message });
	ready();
	for (;;)
		part_wait(&p);
}

static void ask_message(void *ctx, uint16_t from, bool ordered, uint64_t order, uint32_t epoch,
			const void *data, size_t len)
{
	struct part *p = ctx;

	(void)from;
	(void)ordered;
	(void)order;
	(void)epoch;
	(void)data;
	(void)len;
	p->came = true;
}

static void ask(const char *path, uint16_t node, size_t count, size_t size)
{
	double *us = calloc(count, sizeof(*us));
	uint8_t buf[SIZE_MAX_] = { 0 };
	struct part p = { 0 };

	part_open(&p, path, &(struct cdat_handlers){ .message = ask_message });
	for (size_t i = 0; us != NULL && i < count; i++) {
		double t0 = seconds();

		p.came = false;
		send_untold(&p, node, buf, size);
		while (!p.came)
			part_wait(&p);
		us[i] = (seconds() - t0) * 1e6;
	}
	print_times("ask", us, us != NULL ? count : 0);
	free(us);
	cdat_close(p.c);
}

static void sink_message(void *ctx, uint16_t from, bool ordered, uint64_t order, uint32_t epoch,
			 const void *data, size_t len)
{
	struct part *p = ctx;
	uint64_t seq;

	(void)from;
	(void)ordered;
	(void)order;
	(void)epoch;
	if (len < sizeof(seq))
		die("sink", "a message is too short");
	memcpy(&seq, data, sizeof(seq));
	if (seq != p->next)
		die("sink", "a message is lost, doubled or out of order");
	p->next++;
	p->end = seconds();
	if (seq == 0)
		p->begin = p->end;
}

static void sink(const char *path, size_t count)
{
	struct part p = { 0 };

	part_open(&p, path, &(struct cdat_handlers){ .message = sink_message });
	ready();
	while (p.next < count)
		part_wait(&p);
	printf("flood %.0f msgs/s\n", (double)(count - 1) / (p.end - p.begin));
	cdat_close(p.c);
}

static void flood(const char *path, uint16_t node, uint64_t count, size_t size)
{
	uint8_t buf[SIZE_MAX_] = { 0 };
	struct part p = { 0 };

	part_open(&p, path, NULL);
	for (uint64_t i = 0; i < count; i++) {
		while (p.flight >= FLIGHT || p.flight * size >= FLIGHT_OCTETS)
			part_wait(&p);
		memcpy(buf, &i, sizeof(i));
		send_to(&p, node, buf, size);
	}
	while (p.flight > 0)
		part_wait(&p);
	if (p.failed > 0)
		die("flood", "messages were refused or given up");
	cdat_close(p.c);
}

static void change(const char *path, uint16_t node, size_t count)
{
	struct cdat_op op = { .kind = CDAT_OP_ADAPTER_SET, .index = 1, .node = node, .adapter = 1,
			      .attr = CDAT_A_PREFERENCE };
	double *us = calloc(count, sizeof(*us));
	struct cdat_outcome outcome;
	struct part p = { 0 };

	part_open(&p, path, NULL);
	for (size_t i = 0; us != NULL && i < count; i++) {
		double t0 = seconds();

		op.number = i % 2 ? 10 : 9;
		check(&p, cdat_change(p.c, &op, 1, &outcome, 5000));
		if (outcome.result != CDAT_RES_COMMITTED)
			die("change", outcome.text);
		us[i] = (seconds() - t0) * 1e6;
	}
	print_times("change", us, us != NULL ? count : 0);
	free(us);
	cdat_close(p.c);
}

/* ---- the disk -------------------------------------------------------------------------- */

struct writer {
	const char *dir;
	unsigned index;
	size_t count;
	pthread_barrier_t *begin, *end;
};

static void *writes(void *arg)
{
	static const struct replace how = { (uid_t)-1, (gid_t)-1, 0600, REPLACE_DURABLE };
	const struct writer *w = arg;
	uint8_t data[512] = { 0 };
	char path[256];
	bool renamed;

	snprintf(path, sizeof(path), "%s/durable-%u", w->dir, w->index);
	for (size_t i = 0; i < w->count; i++) {
		pthread_barrier_wait(w->begin);
		if (replace_file(path, data, sizeof(data), &how, &renamed) != 0)
			die(path, "cannot be written");
		pthread_barrier_wait(w->end);
	}
	unlink(path);
	return NULL;
}

/* What a change of the table cannot do without: the states of so many nodes on this disk. */
static void durable(const char *dir, size_t count, size_t n)
{
	struct writer writers[64];
	pthread_t threads[64];
	pthread_barrier_t begin, end;
	double *us = calloc(count, sizeof(*us));

	if (n > 64 || us == NULL)
		die("durable", "at most 64 files");
	pthread_barrier_init(&begin, NULL, (unsigned)n + 1);
	pthread_barrier_init(&end, NULL, (unsigned)n + 1);
	for (unsigned i = 0; i < n; i++) {
		writers[i] = (struct writer){ dir, i, count, &begin, &end };
		if (pthread_create(&threads[i], NULL, writes, &writers[i]) != 0)
			die("durable", "no thread");
	}
	for (size_t i = 0; i < count; i++) {
		double t0;

		pthread_barrier_wait(&begin);
		t0 = seconds();
		pthread_barrier_wait(&end);
		us[i] = (seconds() - t0) * 1e6;
	}
	for (size_t i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	print_times("durable", us, count);
	free(us);
}

int main(int argc, char **argv)
{
	const char *what = argc > 2 ? argv[1] : "", *at = argc > 2 ? argv[2] : NULL;
	char **rest = argv + 3;

	if (strcmp(what, "udp-echo") == 0)
		udp_echo(at);
	else if (strcmp(what, "udp-ask") == 0 && argc == 5)
		udp_ask(at, number(rest[0]), size_of(rest[1]));
	else if (strcmp(what, "udp-sink") == 0)
		udp_sink(at);
	else if (strcmp(what, "udp-flood") == 0 && argc == 5)
		udp_flood(at, number(rest[0]), size_of(rest[1]));
	else if (strcmp(what, "relay") == 0 && argc == 5)
		relay(at, rest[0], rest[1]);
	else if (strcmp(what, "relay-echo") == 0)
		relay_echo(at);
	else if (strcmp(what, "relay-ask") == 0 && argc == 5)
		relay_ask(at, number(rest[0]), size_of(rest[1]));
	else if (strcmp(what, "echo") == 0)
		echo(at);
	else if (strcmp(what, "ask") == 0 && argc == 6)
		ask(at, (uint16_t)number(rest[0]), number(rest[1]), size_of(rest[2]));
	else if (strcmp(what, "sink") == 0 && argc == 4)
		sink(at, number(rest[0]));
	else if (strcmp(what, "flood") == 0 && argc == 6)
		flood(at, (uint16_t)number(rest[0]), number(rest[1]), size_of(rest[2]));
	else if (strcmp(what, "durable") == 0 && argc == 5)
		durable(at, number(rest[0]), number(rest[1]));
	else if (strcmp(what, "change") == 0 && argc == 5)
		change(at, (uint16_t)number(rest[0]), number(rest[1]));
	else
		die("usage", "see the head of tests/bench/bench_messages.c");
	return 0;
}
