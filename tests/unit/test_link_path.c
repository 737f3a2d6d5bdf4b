/* SPDX-License-Identifier: BSD-2-Clause */
/* Links: thresholds, fail-back, one-way faults, doubt, relays, verification, pauses, MTU. */
#include "linkpair.h"

#include <string.h>

static void threshold(void **state)
{
	struct net *net = group(2, 1, 60);
	struct cdat_link_addr addr;

	(void)state;
	for (uint8_t limit = 1; limit <= 6; limit += 5) {
		struct cdat_path before, p;

		net_addrs(net, 2, &addr);
		addr.threshold = limit;
		assert_true(cdat_link_peer(net->nodes[1].link, 2, &addr, 1, net->now));
		net_watch_all(net, CDAT_WATCH_BEAT);
		net_run(net, 3 * SECOND);
		before = path_of(net, 1, 2, 1);
		assert_int_equal(before.state, CDAT_UP);
		net_cut(net, 1, 2, 1, true);
		do {
			net_run(net, MS);
			p = path_of(net, 1, 2, 1);
			assert_int_equal(p.state, p.failures == 0 ? CDAT_UP :
					 p.failures <= limit ? CDAT_SUSPECT : CDAT_DOWN);
			assert_in_range(p.timeout_us, 10000, 3000000);
		} while (p.state != CDAT_DOWN);
		assert_int_equal(p.failures, limit + 1);
		assert_int_equal(p.timeouts, before.timeouts + limit + 1);
		assert_int_equal(p.down_count, before.down_count + 1);
		assert_int_equal(p.threshold, limit);
		assert_int_equal(cdat_link_current(net->nodes[1].link, 2), 0);
		assert_int_equal(net->nodes[1].to_none, limit == 1 ? 1 : 2);
		net_cut(net, 1, 2, 1, false);
		net_run(net, 3 * SECOND);
		assert_int_equal(cdat_link_current(net->nodes[1].link, 2), 1);
		assert_int_equal(path_of(net, 1, 2, 1).failures, 0);
	}
	net_free(net);
}

/* Time from the heal of address 1 until it is in use again. */
static uint64_t back_after(struct net *net)
{
	uint64_t start;

	net_cut(net, 1, 2, 1, true);
	net_run(net, 2 * SECOND);
	assert_int_equal(cdat_link_current(net->nodes[1].link, 2), 2);
	net_cut(net, 1, 2, 1, false);
	start = net->now;
	while (cdat_link_current(net->nodes[1].link, 2) == 2 && net->now - start < 200 * SECOND)
		net_run(net, 10 * MS);
	return net->now - start;
}

static void failback(void **state)
{
	struct net *net = group_up(2, 2, 61);
	uint64_t first, flapping;

	(void)state;
	net_run(net, 100 * SECOND);
	first = back_after(net);
	assert_in_range(first, 2 * SECOND, 5 * SECOND);		/* 3 answered probes */
	back_after(net);
	back_after(net);
	back_after(net);
	flapping = back_after(net);
	assert_in_range(flapping, 5 * SECOND, 20 * SECOND);	/* held down longer each time */
	net_run(net, 200 * SECOND);				/* it serves well: forgotten */
	assert_in_range(back_after(net), 2 * SECOND, 5 * SECOND);

	net->params.auto_failback = false;
	cdat_link_params(net->nodes[1].link, &net->params);
	assert_true(back_after(net) >= 200 * SECOND);
	net_cut(net, 1, 2, 2, true);				/* but not into the void */
	net_run(net, SECOND);
	assert_int_equal(cdat_link_current(net->nodes[1].link, 2), 1);
	net_free(net);
}

/* A change of preference: the new first address takes over, since it answers. */
static void order_changes(void **state)
{
	struct net *net = group_up(2, 2, 62);
	struct cdat_link_addr addrs[2], t;

	(void)state;
	net_run(net, 10 * SECOND);
	net_addrs(net, 2, addrs);
	t = addrs[0];
	addrs[0] = addrs[1];
	addrs[1] = t;
	assert_true(cdat_link_peer(net->nodes[1].link, 2, addrs, 2, net->now));
	assert_int_equal(cdat_link_current(net->nodes[1].link, 2), 2);
	assert_int_equal(net->nodes[1].backs, 1);
	assert_int_equal(path_of(net, 1, 2, 1).state, CDAT_UP);
	/* The address in use is taken out of the table. */
	assert_true(cdat_link_peer(net->nodes[1].link, 2, addrs + 1, 1, net->now));
	assert_int_equal(cdat_link_current(net->nodes[1].link, 2), 1);
	/* Another address under the same number starts anew. */
	addrs[1].addr.octets[3] = 77;
	assert_true(cdat_link_peer(net->nodes[1].link, 2, addrs + 1, 1, net->now));
	assert_int_equal(path_of(net, 1, 2, 1).state, CDAT_REACH_UNKNOWN);
	assert_int_equal(path_of(net, 1, 2, 1).msgs_sent, 0);
	assert_int_equal(path_of(net, 1, 2, 1).discontinuity_mono, net->now);
	net_free(net);
}

/* Which of our addresses a datagram leaves by, and that ours may change. */
static void sources(void **state)
{
	struct net *net = group_up(2, 2, 71);
	struct cdat_link *link = net->nodes[1].link;
	struct cdat_link_addr addrs[2];

	(void)state;
	net_run(net, 2 * SECOND);
	net->capture = true;
	cdat_link_source(link, 2, 1, 2);	/* the kernel routes it by our second adapter */
	cdat_link_source(link, 2, 9, 2);	/* no such address: nothing */
	cdat_link_beat(link, 2, net->now);
	cdat_link_beat(link, 9, net->now);	/* no such node: nothing */
	assert_int_equal(net->ncaptured, 1);
	assert_int_equal(net->captured[0].from.octets[1], 2);
	assert_int_equal(net->captured[0].to.octets[1], 1);
	cdat_link_source(link, 2, 1, 0);
	cdat_link_beat(link, 2, net->now);
	assert_int_equal(net->captured[1].from.octets[1], 1);
	net_addrs(net, 1, addrs);
	assert_true(cdat_link_local(link, 1, addrs, 2, net->now));	/* as it was */
	addrs[1].mtu = 1300;
	assert_true(cdat_link_local(link, 1, addrs + 1, 1, net->now));	/* the first is gone */
	cdat_link_beat(link, 2, net->now);
	assert_int_equal(net->captured[2].from.octets[1], 2);
	assert_int_equal(path_of(net, 1, 2, 1).max_message, 1300 - 28);
	cdat_link_count_multicast(link);
	cdat_link_count_undeliverable(link);
	cdat_link_count_send_errors(link, 3);
	assert_int_equal(stats_of(net, 1).multicasts_sent, 1);
	assert_int_equal(stats_of(net, 1).undeliverable, 1);
	assert_int_equal(stats_of(net, 1).send_errors, 3);
	net_free(net);
}

static void one_way(void **state)
{
	struct net *net = group_up(2, 2, 63);
	uint32_t number = 0;

	(void)state;
	net_run(net, 3 * SECOND);
	assert_true(path_of(net, 1, 2, 1).peer_hears);
	net->wires[1][2][1].cut = true;
	stream_1ms(net, 1, 2, &number, 3000);
	assert_int_equal(net->nodes[2].delivered, 3000);
	assert_int_equal(net->nodes[2].wrong, 0);
	assert_int_equal(path_of(net, 1, 2, 1).state, CDAT_DOWN);
	assert_false(path_of(net, 1, 2, 1).peer_hears);	/* what we say there does not arrive */
	assert_int_equal(path_of(net, 2, 1, 1).state, CDAT_DOWN);
	assert_true(path_of(net, 2, 1, 1).peer_hears);	/* what it says does; the answer is lost */
	assert_int_equal(path_of(net, 1, 2, 2).state, CDAT_UP);
	net_free(net);
}

static void doubt(void **state)
{
	struct net *net = group_up(2, 3, 64);
	uint64_t sent;
	struct cdat_path p;

	(void)state;
	net_run(net, 3 * SECOND);
	for (unsigned a = 1; a <= 3; a++)
		net_cut(net, 1, 2, a, true);
	net_run(net, SECOND);
	assert_int_equal(cdat_link_paths(net->nodes[1].link, 2, CDAT_UP), 0);
	sent = path_of(net, 1, 2, 3).msgs_sent;
	cdat_link_watch(net->nodes[1].link, 2, CDAT_WATCH_DOUBT, net->now);
	net_run(net, 200 * MS);
	for (uint8_t a = 1; a <= 3; a++) {
		p = path_of(net, 1, 2, a);
		assert_true(p.msgs_sent > 8);
	}
	assert_true(p.msgs_sent - sent >= 8);
	net_cut(net, 1, 2, 3, false);
	net_run(net, 30 * MS);
	assert_int_equal(cdat_link_paths(net->nodes[1].link, 2, CDAT_UP), 1);
	assert_int_equal(cdat_link_current(net->nodes[1].link, 2), 3);
	assert_true(cdat_link_heard(net->nodes[1].link, 2) > net->now - 30 * MS);
	net_free(net);
}

static void relay(void **state)
{
	struct net *net = group_up(3, 1, 65);
	uint64_t heard;
	uint32_t number = 0;

	(void)state;
	net_run(net, 2 * SECOND);
	net_cut(net, 1, 2, 1, true);
	net_run(net, SECOND);
	assert_int_equal(cdat_link_current(net->nodes[1].link, 2), 0);
	heard = cdat_link_heard(net->nodes[1].link, 2);
	cdat_link_relay(net->nodes[1].link, 2, 3);
	stream_1ms(net, 1, 2, &number, 100);
	assert_int_equal(net_send(net, 1, 2, number++, 65536, 1), CDAT_SEND_OK);
	net_run(net, SECOND);
	assert_int_equal(net->nodes[2].delivered, 101);
	assert_int_equal(net->nodes[2].wrong, 0);
	assert_int_equal(net->nodes[1].done_ok, 1);	/* the acknowledgement came back */
	assert_int_equal(cdat_link_heard(net->nodes[1].link, 2), heard);	/* direct only */
	assert_int_equal(path_of(net, 1, 2, 1).state, CDAT_DOWN);
	net_cut(net, 1, 2, 1, false);
	net_run(net, 2 * SECOND);
	assert_int_equal(cdat_link_current(net->nodes[1].link, 2), 1);
	net_free(net);
}

/* What was cut for the direct path and was lost with it goes by the relay in pieces. */
static void relay_of_large(void **state)
{
	struct net *net = group_up(3, 1, 66);

	(void)state;
	net_run(net, 2 * SECOND);
	net_cut(net, 1, 2, 1, true);
	for (uint32_t i = 0; i < 20; i++)
		assert_int_equal(net_send(net, 1, 2, i, 5000, 0), CDAT_SEND_OK);
	net_run(net, SECOND);
	assert_int_equal(net->nodes[2].delivered, 0);
	cdat_link_relay(net->nodes[1].link, 2, 3);
	net_run(net, 5 * SECOND);
	assert_int_equal(net->nodes[2].delivered, 20);
	assert_int_equal(net->nodes[2].wrong, 0);
	net_free(net);
}

static void verify(void **state)
{
	struct net *net = group_up(2, 1, 67);
	struct cdat_link *link = net->nodes[1].link;
	struct cdat_addr there = net_addr(2, 2), nowhere = net_addr(3, 2);
	uint32_t good, bad;

	(void)state;
	net_cut(net, 1, 2, 2, true);
	good = cdat_link_verify(link, 2, &there, net->now);
	bad = cdat_link_verify(link, 2, &nowhere, net->now);
	net_run(net, 30 * MS);
	assert_int_equal(cdat_link_verified(link, good), 0);
	net_cut(net, 1, 2, 2, false);
	net_run(net, 200 * MS);
	assert_int_equal(cdat_link_verified(link, good), 1);
	assert_int_equal(cdat_link_verified(link, bad), 0);
	cdat_link_verify_drop(link, good);
	assert_int_equal(cdat_link_verified(link, good), -1);
	net_free(net);
}

static void forgive(void **state)
{
	struct net *net = group_up(2, 2, 68);
	uint32_t number = 0;
	uint64_t timeouts;

	(void)state;
	net_run(net, 2 * SECOND);
	stream_1ms(net, 1, 2, &number, 50);
	timeouts = stats_of(net, 1).timeouts;
	assert_int_equal(timeouts, 0);
	assert_int_equal(net_send(net, 1, 2, number++, 64, 0), CDAT_SEND_OK);
	net->now += 5 * SECOND;			/* nobody runs */
	cdat_link_forgive(net->nodes[1].link, 5 * SECOND, net->now);
	cdat_link_forgive(net->nodes[2].link, 5 * SECOND, net->now);
	stream_1ms(net, 1, 2, &number, 50);
	assert_int_equal(stats_of(net, 1).timeouts, 0);
	assert_int_equal(stats_of(net, 1).retransmits, 0);
	assert_true(path_of(net, 1, 2, 1).srtt_us < 1000);
	assert_int_equal(net->nodes[2].delivered, number);
	net_free(net);
}

static void wire_mtu(struct net_wire *w, uint64_t mtu)
{
	w->mtu = (unsigned)mtu;
}

static void pmtu(void **state)
{
	struct net *net = net_new(1, 69);
	struct cdat_path p;
	uint32_t number = 0;

	(void)state;
	net->params.pmtu_discovery = true;
	net_each(net, wire_mtu, 1400);		/* adapters say 1500 */
	net_start(net, 1);
	net_start(net, 2);
	net_meet(net);
	assert_int_equal(path_of(net, 1, 2, 1).max_message, 1280 - 28);
	net_watch_all(net, CDAT_WATCH_BEAT);
	net_run(net, 2 * SECOND);
	p = path_of(net, 1, 2, 1);
	assert_in_range(p.mtu, 1384, 1400);
	assert_int_equal(p.max_message, p.mtu - 28);
	assert_int_equal(p.failures, 0);
	assert_int_equal(net_send(net, 1, 2, number++, 65536, 0), CDAT_SEND_OK);
	net_run(net, 100 * MS);
	assert_int_equal(net->nodes[2].delivered, 1);
	assert_int_equal(stats_of(net, 1).retransmits, 0);

	net_each(net, wire_mtu, 1000);		/* a black hole, under what counts as base */
	for (; number < 20; number++)
		assert_int_equal(net_send(net, 1, 2, number, 65536, 0), CDAT_SEND_OK);
	net_run(net, 10 * SECOND);
	assert_int_equal(net->nodes[2].delivered, 20);
	assert_int_equal(net->nodes[2].wrong, 0);
	assert_in_range(path_of(net, 1, 2, 1).mtu, 984, 1000);

	net_each(net, wire_mtu, 0);
	net_run(net, 700 * SECOND);		/* raised again in time */
	assert_int_equal(path_of(net, 1, 2, 1).mtu, 1500);
	net_free(net);
}

/* A thousand peers that nobody watches cost no timer; one that is removed leaves none. */
static void idle(void **state)
{
	struct net *net = group_up(2, 2, 70);
	struct cdat_link *link = net->nodes[1].link;
	struct cdat_link_addr addrs[2];
	uint64_t sent;

	(void)state;
	for (uint16_t node = 1000; node < 2000; node++) {
		net_addrs(net, 3, addrs);
		assert_true(cdat_link_peer(link, node, addrs, 2, net->now));
		assert_int_equal(cdat_link_current(link, node), 1);
	}
	cdat_link_watch(link, 2, CDAT_WATCH_NONE, net->now);
	cdat_link_watch(net->nodes[2].link, 1, CDAT_WATCH_NONE, net->now);
	net_run(net, SECOND);
	sent = net->sent;
	assert_int_equal(cdat_link_deadline(link), UINT64_MAX);
	cdat_link_watch(link, 1500, CDAT_WATCH_PROBE, net->now);
	assert_int_equal(cdat_link_deadline(link), net->now);
	net_run(net, 10 * SECOND);
	assert_in_range(net->sent - sent, 10, 12);	/* one probe each interval */
	cdat_link_peer_remove(link, 1500);
	assert_int_equal(cdat_link_deadline(link), UINT64_MAX);
	assert_false(cdat_link_path(link, 1500, 1, &(struct cdat_path){ 0 }));
	net_free(net);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(threshold),
		cmocka_unit_test(failback),
		cmocka_unit_test(order_changes),
		cmocka_unit_test(sources),
		cmocka_unit_test(one_way),
		cmocka_unit_test(doubt),
		cmocka_unit_test(relay),
		cmocka_unit_test(relay_of_large),
		cmocka_unit_test(verify),
		cmocka_unit_test(forgive),
		cmocka_unit_test(pmtu),
		cmocka_unit_test(idle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
