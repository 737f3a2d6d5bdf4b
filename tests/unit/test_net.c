/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The edges to the network on this host's loopback: UDP sockets per address, and
 * netlink; and that netlink believes the kernel alone (S20).
 */
#include "config.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <sodium.h>

#include "daemon/netlink.h"
#include "daemon/netlink_parse.h"
#include "daemon/routes.h"
#include "daemon/udp.h"
#include "daemon_fixture.h"
#include "wire/attr.h"

enum { PORT = 29173, MANY = 300 };

static const struct cdat_addr one = {CDAT_AF_IPV4, {127, 0, 0, 1}, PORT};
static const struct cdat_addr two = {CDAT_AF_IPV4, {127, 0, 0, 2}, PORT};
static const struct cdat_addr other = {CDAT_AF_IPV4, {192, 0, 2, 1}, PORT}; /* RFC 5737 */
static const struct cdat_addr nowhere = {CDAT_AF_IPV4, {240, 0, 0, 1}, PORT}; /* RFC 1112 */
static const struct cdat_addr any = {CDAT_AF_NONE, {0}, 0};

struct seen {
	struct ev_loop *loop;
	unsigned datagrams, batches, want;
	size_t octets;
	struct cdat_addr local, from;
};

static void on_datagram(void *ctx, const struct cdat_addr *local, const struct cdat_addr *from,
			const uint8_t *data, size_t len)
{
	struct seen *s = ctx;

	assert_int_equal(data[len - 1], (uint8_t)s->datagrams);
	s->local = *local;
	s->from = *from;
	s->octets += len;
	s->datagrams++;
}

static void on_batch_end(void *ctx)
{
	struct seen *s = ctx;

	s->batches++;
	if (s->datagrams >= s->want)
		ev_break(s->loop, EVBREAK_ALL);
}

static void on_late(struct ev_loop *loop, ev_timer *w, int revents)
{
	(void)w;
	(void)revents;
	ev_break(loop, EVBREAK_ALL);
}

/* Runs until `want` datagrams are there, at most 10 s. */
static void run(struct seen *s, unsigned want)
{
	ev_timer late;

	ev_timer_init(&late, on_late, 10., 0.);
	ev_timer_start(s->loop, &late);
	s->want = want;
	if (s->datagrams < want)
		ev_run(s->loop, 0);
	ev_timer_stop(s->loop, &late);
	assert_int_equal(s->datagrams, want);
}

static void test_udp(void **state)
{
	struct seen seen = {.loop = ev_loop_new(0)};
	const struct udp_handlers handlers = {on_datagram, on_batch_end, &seen};
	const struct cdat_addr both[] = {one, two};
	struct udp *u = udp_new(seen.loop, &handlers, &any);
	static uint8_t data[60000];

	(void)state;
	udp_listen(u, both, 2);
	assert_int_equal(udp_bound(u), 2);
	/* A batch larger than the queue, marked with a code point, in order. */
	for (unsigned i = 0; i < MANY; i++) {
		data[0] = (uint8_t)i;
		udp_send(u, &one, &two, 46, (struct cdat_view){data, 1});
	}
	udp_flush(u);
	run(&seen, MANY);
	assert_int_equal(udp_take_errors(u), 0);
	assert_true(cdat_addr_same(&seen.local, &two));
	assert_true(cdat_addr_same(&seen.from, &one));
	assert_int_equal(seen.from.port, PORT);
	assert_true(seen.batches < MANY);
	/* Large ones, without a source given. */
	for (unsigned i = 0; i < 6; i++) {
		data[sizeof(data) - 1] = (uint8_t)(MANY + i);
		udp_send(u, &any, &one, 0, (struct cdat_view){data, sizeof(data)});
	}
	udp_flush(u);
	run(&seen, MANY + 6);
	assert_int_equal(seen.octets, MANY + 6 * sizeof(data));
	/* Closed is closed. */
	udp_listen(u, &one, 1);
	assert_int_equal(udp_bound(u), 1);
	udp_send(u, &two, &one, 0, (struct cdat_view){data, 1});
	udp_flush(u);
	assert_int_equal(udp_take_errors(u), 1);
	assert_int_equal(udp_take_errors(u), 0);
	udp_free(u);
	ev_loop_destroy(seen.loop);
}

static void test_udp_refused(void **state)
{
	struct seen seen = {.loop = ev_loop_new(0)};
	const struct udp_handlers handlers = {on_datagram, on_batch_end, &seen};
	const struct cdat_addr some[] = {one, other};
	struct udp *u = udp_new(seen.loop, &handlers, &any);
	static uint8_t data[CDAT_MESSAGE_MAX];

	(void)state;
	udp_listen(u, some, 2);
	assert_int_equal(udp_bound(u), 1);
	udp_retry(u);
	assert_int_equal(udp_bound(u), 1);
	/* Longer than a datagram can be: counted, and the next ones go on. */
	udp_send(u, &one, &one, 0, (struct cdat_view){data, sizeof(data)});
	udp_send(u, &one, &one, 0, (struct cdat_view){data, 1});
	udp_flush(u);
	assert_int_equal(udp_take_errors(u), 1);
	run(&seen, 1);
	udp_free(u);
	ev_loop_destroy(seen.loop);
}

/* Runs of one size go as one through the kernel: each datagram comes by itself, with its octets
 * and in order, whatever their sizes are. */
static void test_udp_trains(void **state)
{
	static const size_t sizes[] = {1200, 1200, 1200, 700, 1300, 1300, 9000, 1200, 1, 1, 3, 2};
	struct seen seen = {.loop = ev_loop_new(0)};
	const struct udp_handlers handlers = {on_datagram, on_batch_end, &seen};
	const struct cdat_addr both[] = {one, two};
	struct udp *u = udp_new(seen.loop, &handlers, &any);
	static uint8_t data[9000];
	size_t octets = 0;

	(void)state;
	udp_listen(u, both, 2);
	for (unsigned i = 0; i < MANY; i++) {
		const size_t len = i < MANY / 2 ? 1200 : sizes[i % (sizeof(sizes) / sizeof(*sizes))];

		data[len - 1] = (uint8_t)i;
		octets += len;
		udp_send(u, &one, &two, i % 100 < 50 ? 46 : 0, (struct cdat_view){data, len});
	}
	udp_flush(u);
	run(&seen, MANY);
	assert_int_equal(seen.octets, octets);
	assert_int_equal(udp_take_errors(u), 0);
	/* What goes nowhere is counted one by one, and does not hold up what follows. */
	for (unsigned i = 0; i < 5; i++)
		udp_send(u, &one, &nowhere, 0, (struct cdat_view){data, 1000});
	data[0] = (uint8_t)MANY;
	udp_send(u, &one, &two, 0, (struct cdat_view){data, 1});
	udp_flush(u);
	assert_int_equal(udp_take_errors(u), 5);
	run(&seen, MANY + 1);
	udp_free(u);
	ev_loop_destroy(seen.loop);
}

/* ---- netlink ---- */

static void on_changed(void *ctx)
{
	(*(unsigned *)ctx)++;
}

static void test_locals_and_routes(void **state)
{
	struct ev_loop *loop = ev_loop_new(0);
	unsigned changes = 0;
	struct netlink *n = netlink_new(loop, on_changed, &changes);
	struct cdat_local *locals;
	struct cdat_kernel_route routes[2];
	const struct cdat_addr to[] = {one, {CDAT_AF_IPV4, {240, 0, 0, 1}, 0}};
	size_t count;
	bool found = false;

	(void)state;
	assert_non_null(n);
	assert_true(netlink_locals(n, &locals, &count));
	for (size_t i = 0; i < count; i++) {
		if (!cdat_addr_same(&locals[i].addr, &one))
			continue;
		found = true;
		assert_int_equal(locals[i].prefix_len, 8);
		assert_int_equal(locals[i].type, CDAT_IFT_LOOPBACK);
		assert_int_equal(locals[i].mtu, 65535);
		assert_false(locals[i].multicast);
		assert_string_equal(locals[i].ifname, "lo");
	}
	assert_true(found);
	free(locals);
	netlink_routes(n, to, 2, routes);
	assert_false(routes[0].absent);
	assert_int_equal(routes[0].via.family, CDAT_AF_NONE);
	assert_string_equal(routes[0].ifname, "lo");
	assert_true(cdat_addr_same(&routes[1].to, &to[1]));
	netlink_free(n);
	ev_loop_destroy(loop);
}

struct answered {
	struct ev_loop *loop;
	unsigned times;
	struct cdat_kernel_route last[2];
};

static void on_answers(void *ctx, const struct cdat_kernel_route *routes, size_t n)
{
	struct answered *a = ctx;

	assert_int_equal(n, 2);
	memcpy(a->last, routes, sizeof(a->last));
	a->times++;
	ev_break(a->loop, EVBREAK_ALL);
}

/* Each question has its answer; one that was answered already has the same again, and what is
 * asked anew or differs is not taken for that. */
static void test_routes_asked(void **state)
{
	const struct cdat_addr first[] = {one, two}, second[] = {two, one};
	struct answered a = {.loop = ev_loop_new(0)};
	unsigned changes = 0;
	struct netlink *n = netlink_new(a.loop, on_changed, &changes);
	struct routes *r = routes_new(a.loop, n, on_answers, &a);
	ev_timer late;

	(void)state;
	ev_timer_init(&late, on_late, 10., 0.);
	ev_timer_start(a.loop, &late);
	for (unsigned i = 0; i < 4; i++) {
		const struct cdat_addr *to = i < 2 ? first : second;

		if (i < 3)
			routes_ask(r, to, 2);
		else
			routes_again(r);
		ev_run(a.loop, 0);
		assert_int_equal(a.times, i + 1);
		for (unsigned k = 0; k < 2; k++) {
			assert_true(cdat_addr_same(&a.last[k].to, &to[k]));
			assert_false(a.last[k].absent);
			assert_string_equal(a.last[k].ifname, "lo");
		}
	}
	routes_free(r);
	netlink_free(n);
	ev_loop_destroy(a.loop);
}

/* The port number of each netlink socket of this process. */
static unsigned own_ports(uint32_t *ports, unsigned max)
{
	unsigned n = 0;

	for (int fd = 0; fd < 256 && n < max; fd++) {
		struct sockaddr_nl nl;
		socklen_t len = sizeof(nl);

		if (getsockname(fd, (struct sockaddr *)&nl, &len) == 0 &&
		    nl.nl_family == AF_NETLINK)
			ports[n++] = nl.nl_pid;
	}
	return n;
}

static size_t new_addr(uint8_t *room, const uint8_t octets[4])
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(room);
	struct ifaddrmsg *ifa;

	nlh->nlmsg_type = RTM_NEWADDR;
	ifa = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifa));
	ifa->ifa_family = AF_INET;
	ifa->ifa_prefixlen = 24;
	ifa->ifa_index = 3;
	mnl_attr_put(nlh, IFA_LOCAL, 4, octets);
	return nlh->nlmsg_len;
}

/* Another process (with the privilege to) says that an address is new. */
static void s20_only_the_kernel(void **state)
{
	static const uint8_t octets[4] = {192, 0, 2, 77};
	struct ev_loop *loop = ev_loop_new(0);
	unsigned changes = 0, told = 0, n;
	struct netlink *nl = netlink_new(loop, on_changed, &changes);
	struct mnl_socket *forger = mnl_socket_open(NETLINK_ROUTE);
	uint8_t room[256] __attribute__((aligned(8))) = {0};
	size_t len = new_addr(room, octets);
	struct cdat_local *locals;
	uint32_t ports[16];
	ev_timer late;

	(void)state;
	assert_non_null(nl);
	assert_int_equal(mnl_socket_bind(forger, 0, MNL_SOCKET_AUTOPID), 0);
	n = own_ports(ports, 16);
	for (unsigned i = 0; i < n; i++) {
		struct sockaddr_nl to = {.nl_family = AF_NETLINK, .nl_pid = ports[i]};

		if (ports[i] != mnl_socket_get_portid(forger))
			told += sendto(mnl_socket_get_fd(forger), room, len, 0,
				       (struct sockaddr *)&to, sizeof(to)) == (ssize_t)len;
	}
	if (told == 0) {
		mnl_socket_close(forger);
		netlink_free(nl);
		ev_loop_destroy(loop);
		skip();
	}
	ev_timer_init(&late, on_late, 0.1, 0.);
	ev_timer_start(loop, &late);
	ev_run(loop, 0);
	assert_int_equal(changes, 0);
	/* The forged message also lies before the answer to the next question. */
	assert_true(netlink_locals(nl, &locals, &len));
	for (size_t i = 0; i < len; i++)
		assert_memory_not_equal(locals[i].addr.octets, octets, 4);
	free(locals);
	mnl_socket_close(forger);
	netlink_free(nl);
	ev_loop_destroy(loop);
}

/* ---- messages ---- */

static void test_parse(void **state)
{
	static const uint8_t octets[4] = {9, 1, 1, 1};
	uint8_t room[256] __attribute__((aligned(8))) = {0};
	struct nlmsghdr *nlh = (struct nlmsghdr *)(void *)room;
	struct ifaddrmsg *ifa;
	struct cdat_local local;

	(void)state;
	new_addr(room, octets);
	ifa = mnl_nlmsg_get_payload(nlh);
	assert_true(netlink_parse_addr(nlh, &local));
	assert_int_equal(local.prefix_len, 24);
	assert_memory_equal(local.addr.octets, octets, 4);
	ifa->ifa_flags = IFA_F_TENTATIVE;
	assert_false(netlink_parse_addr(nlh, &local));
	ifa->ifa_flags = 0;
	ifa->ifa_scope = RT_SCOPE_LINK;
	assert_false(netlink_parse_addr(nlh, &local));
	ifa->ifa_scope = 0;
	ifa->ifa_family = AF_INET6; /* the attribute is too short for it */
	assert_false(netlink_parse_addr(nlh, &local));
	ifa->ifa_family = AF_INET;
	nlh->nlmsg_len = MNL_NLMSG_HDRLEN + 4;
	assert_false(netlink_parse_addr(nlh, &local));
	assert_int_equal(netlink_iftype(ARPHRD_ETHER), CDAT_IFT_ETHERNET);
	assert_int_equal(netlink_iftype(ARPHRD_IEEE802_TR), CDAT_IFT_TOKENRING);
	assert_int_equal(netlink_iftype(12345), CDAT_IFT_OTHER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_udp),
		cmocka_unit_test(test_udp_refused),
		cmocka_unit_test(test_udp_trains),
		cmocka_unit_test(test_locals_and_routes),
		cmocka_unit_test(test_routes_asked),
		cmocka_unit_test(s20_only_the_kernel),
		cmocka_unit_test(test_parse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
