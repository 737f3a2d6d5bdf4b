/* SPDX-License-Identifier: BSD-2-Clause */
/* Links: large messages, limits of queues, streams that start anew, callbacks that act. */
#include "linkpair.h"

#include <string.h>

static void narrow(struct net_wire *w, uint64_t mtu)
{
	w->mtu = (unsigned)mtu;
}

static void lossy(struct net_wire *w, uint64_t loss)
{
	w->loss = (unsigned)loss;
	w->jitter = 300;
}

static void fragments(void **state)
{
	static const size_t sizes[] = { 4, 500, 1200, 1300, 1400, 1472, 1500, 8900, 9000, 65535,
					65536, 65537, 1 << 20 };
	static const uint16_t mtus[] = { 576, 1280, 1500, 9000, 65535 };

	(void)state;
	for (size_t m = 0; m < sizeof(mtus) / sizeof(*mtus); m++) {
		struct net *net = net_new(1, 40 + m);
		uint32_t number = 0;

		net->mtu = mtus[m];
		net_each(net, narrow, mtus[m]);
		net_start(net, 1);
		net_start(net, 2);
		net_meet(net);
		for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
			assert_int_equal(net_send(net, 1, 2, number, sizes[i], number + 1),
					 CDAT_SEND_OK);
			number++;
			net_run(net, 500 * MS);
			assert_int_equal(net->nodes[2].delivered, number);
			assert_int_equal(net->nodes[2].last_len, sizes[i]);
		}
		assert_int_equal(net->nodes[2].wrong, 0);
		assert_int_equal(net->nodes[1].done_ok, number);
		assert_true(stats_of(net, 1).fragments_sent >= (1u << 20) / mtus[m]);
		assert_int_equal(stats_of(net, 1).retransmits, 0);
		net_free(net);
	}
}

static void fragments_under_loss(void **state)
{
	struct net *net = group_up(2, 2, 50);

	(void)state;
	net_each(net, lossy, 100);
	for (uint32_t i = 0; i < 40; i++)
		assert_int_equal(net_send(net, 1, 2, i, 1 + 65536 / (1 + i % 7), i + 1), CDAT_SEND_OK);
	net_run(net, 20 * SECOND);
	assert_int_equal(net->nodes[2].delivered, 40);
	assert_int_equal(net->nodes[2].wrong, 0);
	assert_int_equal(net->nodes[1].done_ok, 40);
	assert_int_equal(stats_of(net, 2).reassembly_fails, 0);
	net_free(net);
}

static void s13_limits_of_a_queue(void **state)
{
	struct net *net = group(2, 1, 51);
	struct cdat_link *link = net->nodes[1].link;
	static uint8_t big[CDAT_LINK_MESSAGE_MAX + 1];
	unsigned taken = 0;

	(void)state;
	assert_int_equal(cdat_link_send(link, 2, 0, (struct cdat_view){ big, sizeof(big) }, 0, 0),
			 CDAT_SEND_TOO_LONG);
	assert_int_equal(cdat_link_send(link, 9, 0, (struct cdat_view){ big, 1 }, 0, 0),
			 CDAT_SEND_UNKNOWN_NODE);
	assert_int_equal(cdat_link_send(link, 2, 2, (struct cdat_view){ big, 1 }, 0, 0),
			 CDAT_SEND_UNKNOWN_NODE);
	net_cut(net, 1, 2, 1, true);
	while (net_send(net, 1, 2, taken, 1000, 0) == CDAT_SEND_OK)
		taken++;
	assert_in_range(taken, 3500, 4194);	/* 4 MiB with what each costs */
	assert_int_equal(net_send(net, 1, 2, taken, 1000, 0), CDAT_SEND_QUEUE_FULL);
	/* The other channel has a queue of its own. */
	assert_int_equal(cdat_link_send(link, 2, CDAT_LINK_CONTROL, (struct cdat_view){ big, 9 }, 0,
					net->now), CDAT_SEND_OK);
	net_cut(net, 1, 2, 1, false);
	net_run(net, 10 * SECOND);
	assert_int_equal(cdat_link_queued(link, 2, CDAT_LINK_DATA), 0);
	assert_int_equal(net->nodes[2].delivered, taken + 1);
	assert_int_equal(net->nodes[2].wrong, 0);
	net_free(net);
}

static void reset(void **state)
{
	struct net *net = group_up(2, 1, 52);

	(void)state;
	net_run(net, 100 * MS);
	net_cut(net, 1, 2, 1, true);
	for (uint32_t i = 0; i < 10; i++)
		assert_int_equal(net_send(net, 1, 2, i, 100, i + 1), CDAT_SEND_OK);
	net_run(net, 50 * MS);
	cdat_link_reset(net->nodes[1].link, 2, net->now);
	assert_int_equal(net->nodes[1].done_bad, 10);
	assert_int_equal(net->nodes[1].lost_reset, 1);
	assert_int_equal(cdat_link_queued(net->nodes[1].link, 2, CDAT_LINK_DATA), 0);
	net_cut(net, 1, 2, 1, false);
	net->nodes[2].next_number = 10;
	for (uint32_t i = 10; i < 20; i++)
		assert_int_equal(net_send(net, 1, 2, i, 100, i + 1), CDAT_SEND_OK);
	net_run(net, 2 * SECOND);
	assert_int_equal(net->nodes[2].delivered, 10);
	assert_int_equal(net->nodes[2].wrong, 0);
	assert_int_equal(net->nodes[1].done_ok, 10);
	net_free(net);
}

/* One side removes the other and takes it back: it knows nothing of the stream so far. */
static void forgotten(void **state)
{
	struct net *net = group_up(2, 1, 53);
	uint32_t number = 0;

	(void)state;
	stream_1ms(net, 1, 2, &number, 20);
	net_run(net, 20 * MS);
	cdat_link_peer_remove(net->nodes[2].link, 1);
	assert_int_equal(net->nodes[2].lost_reset, 1);
	assert_false(cdat_link_has_session(net->nodes[2].link, 1));
	assert_int_equal(net_send(net, 1, 2, number, 64, 77), CDAT_SEND_OK);
	net_run(net, 20 * MS);
	net_meet(net);
	net_watch_all(net, CDAT_WATCH_BEAT);
	net_run(net, SECOND);
	assert_int_equal(net->nodes[1].lost_reset, 1);
	assert_int_equal(net->nodes[1].done_bad, 1);
	net->nodes[2].next_number = number;
	stream_1ms(net, 1, 2, &number, 20);
	net_run(net, 100 * MS);
	assert_int_equal(net->nodes[2].delivered, 40);
	assert_int_equal(net->nodes[2].wrong, 0);
	net_free(net);
}

static void remove_sender(struct net_node *n, uint16_t from, unsigned channel,
			  struct cdat_view data)
{
	(void)channel;
	(void)data;
	if (n->delivered == 3)
		cdat_link_peer_remove(n->link, from);
}

static void reset_sender(struct net_node *n, uint16_t from, unsigned channel,
			 struct cdat_view data)
{
	(void)channel;
	(void)data;
	if (n->delivered % 7 == 3)
		cdat_link_reset(n->link, from, n->net->now);
}

static void echo(struct net_node *n, uint16_t from, unsigned channel, struct cdat_view data)
{
	if (channel == CDAT_LINK_DATA)
		cdat_link_send(n->link, from, CDAT_LINK_DATA, data, 0, n->net->now);
}

static void callbacks_act(void **state)
{
	struct net *net = group_up(2, 1, 54);

	(void)state;
	net->nodes[2].on_deliver = remove_sender;
	for (uint32_t i = 0; i < 100; i++)
		assert_int_equal(net_send(net, 1, 2, i, 20, 0), CDAT_SEND_OK);
	net_run(net, 100 * MS);
	assert_int_equal(net->nodes[2].delivered, 3);
	net_free(net);

	net = group_up(2, 1, 55);
	net->nodes[2].on_deliver = reset_sender;
	for (uint32_t i = 0; i < 100; i++)
		assert_int_equal(net_send(net, 1, 2, i, 3000, 0), CDAT_SEND_OK);
	net_run(net, SECOND);
	assert_int_equal(net->nodes[2].delivered, 100);
	assert_int_equal(net->nodes[2].wrong, 0);
	net_free(net);

	net = group_up(2, 1, 56);
	net->nodes[2].on_deliver = echo;
	for (uint32_t i = 0; i < 500; i++)
		assert_int_equal(net_send(net, 1, 2, i, 200 + i * 10, 0), CDAT_SEND_OK);
	net_run(net, SECOND);
	assert_int_equal(net->nodes[1].delivered, 500);
	assert_int_equal(net->nodes[1].wrong, 0);
	net_free(net);
}

/* An empty message, and a control message that overtakes a full data queue. */
static void channels(void **state)
{
	struct net *net = group_up(2, 1, 57);

	(void)state;
	for (uint32_t i = 0; i < 3000; i++)
		assert_int_equal(net_send(net, 1, 2, i, 1000, 0), CDAT_SEND_OK);
	assert_int_equal(cdat_link_send(net->nodes[1].link, 2, CDAT_LINK_CONTROL,
					(struct cdat_view){ NULL, 0 }, 99, net->now), CDAT_SEND_OK);
	net_run(net, MS);
	assert_int_equal(net->nodes[1].done_ok, 1);
	assert_true(net->nodes[2].delivered < 3000);
	net_run(net, SECOND);
	assert_int_equal(net->nodes[2].delivered, 3001);
	assert_int_equal(net->nodes[2].last_len, 1000);
	net_free(net);
}

/* The same numbers whatever the seed: nothing lost, doubled or out of order. */
static void many_seeds(void **state)
{
	(void)state;
	for (uint64_t seed = 100; seed < 130; seed++) {
		struct net *net = group_up(2, 1 + seed % 3, seed);
		uint32_t a = 0, b = 0;

		net_each(net, lossy, seed % 5 * 60);
		for (unsigned i = 0; i < 300; i++) {
			size_t len = net_random(net) % 50 ? 4 + net_random(net) % 300 : 20000;

			assert_int_equal(net_send(net, 1, 2, a++, len, 0), CDAT_SEND_OK);
			if (i % 3 == 0)
				assert_int_equal(net_send(net, 2, 1, b++, len, 0), CDAT_SEND_OK);
			net_run(net, net_random(net) % 2000);
			if (seed & 1 && net->adapters > 1 && i % 100 == 50)
				net_cut(net, 1, 2, 1, !net->wires[1][2][1].cut);
		}
		net_run(net, 30 * SECOND);
		assert_int_equal(net->nodes[2].delivered, a);
		assert_int_equal(net->nodes[1].delivered, b);
		assert_int_equal(net->nodes[1].wrong + net->nodes[2].wrong, 0);
		net_free(net);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fragments),
		cmocka_unit_test(fragments_under_loss),
		cmocka_unit_test(s13_limits_of_a_queue),
		cmocka_unit_test(reset),
		cmocka_unit_test(forgotten),
		cmocka_unit_test(callbacks_act),
		cmocka_unit_test(channels),
		cmocka_unit_test(many_seeds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
