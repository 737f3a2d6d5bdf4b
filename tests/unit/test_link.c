/* SPDX-License-Identifier: BSD-2-Clause */
/* Links: sessions, messages in order, fail-over. */
#include "linkpair.h"

static void sessions_up(void **state)
{
	struct net *net = group(2, 2, 1);

	(void)state;
	assert_false(cdat_link_has_session(net->nodes[1].link, 2));
	assert_int_equal(cdat_link_current(net->nodes[1].link, 2), 1);
	assert_int_equal(path_of(net, 1, 2, 1).state, CDAT_REACH_UNKNOWN);
	net_watch_all(net, CDAT_WATCH_BEAT);
	assert_true(net_until(net, net_all_up, 5 * MS));
	net_run(net, 2 * SECOND);
	assert_int_equal(net->nodes[1].ups, 1);
	assert_int_equal(net->nodes[2].ups, 1);
	assert_int_equal(cdat_link_paths(net->nodes[1].link, 2, CDAT_UP), 2);
	assert_int_equal(path_of(net, 1, 2, 2).state, CDAT_UP);
	assert_true(path_of(net, 1, 2, 1).peer_hears);
	assert_in_range(path_of(net, 1, 2, 1).srtt_us, 200, 300);
	assert_int_equal(path_of(net, 1, 2, 1).timeout_us, 10000);
	assert_true(net->nodes[1].beats >= 18);
	assert_int_equal(stats_of(net, 1).replays, 0);
	assert_int_equal(stats_of(net, 1).timeouts, 0);
	net_free(net);
}

static void message_passes(void **state)
{
	struct net *net = group(2, 1, 2);

	(void)state;
	/* Without a watch: the message alone makes the session. */
	assert_int_equal(net_send(net, 1, 2, 0, 64, 5), CDAT_SEND_OK);
	net_run(net, 50 * MS);
	assert_int_equal(net->nodes[2].delivered, 1);
	assert_int_equal(net->nodes[1].done_ok, 1);
	for (uint32_t i = 1; i < 3000; i++)
		assert_int_equal(net_send(net, 1, 2, i, 4 + i % 100, i), CDAT_SEND_OK);
	net_run(net, SECOND);
	assert_int_equal(net->nodes[2].delivered, 3000);
	assert_int_equal(net->nodes[2].wrong, 0);
	assert_int_equal(net->nodes[1].done_ok, 3000);
	assert_int_equal(cdat_link_queued(net->nodes[1].link, 2, CDAT_LINK_DATA), 0);
	net_free(net);
}

static void bad_wire(struct net_wire *w, uint64_t loss)
{
	w->loss = (unsigned)loss;
	w->jitter = 500;
	w->twice = 20;
}

static void stream_under_loss(void **state)
{
	struct net *net = group_up(2, 2, 3);

	(void)state;
	net_each(net, bad_wire, 200);
	for (uint32_t i = 0; i < 5000; i++) {
		assert_int_equal(net_send(net, 1, 2, i, 4 + i % 700, i + 1), CDAT_SEND_OK);
		if (i % 4 == 0)
			net_run(net, MS);
	}
	net_run(net, 20 * SECOND);
	assert_int_equal(net->nodes[2].delivered, 5000);
	assert_int_equal(net->nodes[2].wrong, 0);
	assert_int_equal(net->nodes[1].done_ok, 5000);
	assert_true(stats_of(net, 1).retransmits > 0);
	assert_true(stats_of(net, 2).out_of_order > 0);
	net_free(net);
}

static void failover_gap(void **state)
{
	struct net *net = group_up(2, 2, 4);
	uint32_t number = 0;

	(void)state;
	net_run(net, 2 * SECOND);
	stream_1ms(net, 1, 2, &number, 500);
	net->nodes[2].longest_gap = 0;
	net_cut(net, 1, 2, 1, true);
	stream_1ms(net, 1, 2, &number, 1000);
	net_run(net, SECOND);
	assert_int_equal(net->nodes[2].delivered, 1500);
	assert_int_equal(net->nodes[2].wrong, 0);
	assert_in_range(net->nodes[2].longest_gap, 1, 25 * MS);
	assert_int_equal(net->nodes[1].moves, 1);
	assert_int_equal(net->nodes[1].moved_to, 2);
	assert_int_equal(net->nodes[1].moved_failures, 4);
	assert_int_equal(cdat_link_current(net->nodes[1].link, 2), 2);
	assert_int_equal(path_of(net, 1, 2, 1).state, CDAT_DOWN);
	assert_int_equal(path_of(net, 1, 2, 1).failovers_from, 1);
	assert_int_equal(path_of(net, 1, 2, 2).failovers_to, 1);
	assert_int_equal(stats_of(net, 1).failovers, 1);
	assert_true(stats_of(net, 2).duplicates > 0);	/* both addresses were used in doubt */

	net_cut(net, 1, 2, 1, false);
	net_run(net, 6 * SECOND);
	assert_int_equal(cdat_link_current(net->nodes[1].link, 2), 1);
	assert_int_equal(net->nodes[1].backs, 1);
	assert_int_equal(path_of(net, 1, 2, 1).failures, 0);
	net_free(net);
}

/* A network without faults shows none, whatever is said when and in which direction. */
static void no_false_alarm(void **state)
{
	struct net *net = group_up(3, 3, 6);
	uint32_t number[4] = { 0 };
	unsigned changes[4];

	(void)state;
	net_run(net, 2 * SECOND);
	for (uint16_t i = 1; i <= 3; i++)
		changes[i] = net->nodes[i].path_changes;
	for (unsigned i = 0; i < 5000; i++) {
		uint16_t from = (uint16_t)(1 + net_random(net) % 3), to = from % 3 + 1;
		size_t len = net_random(net) % 20 ? 64 : 10000;

		assert_int_equal(net_send(net, from, to, number[to]++, len, 0), CDAT_SEND_OK);
		net_run(net, net_random(net) % (i % 100 ? 3 * MS : 300 * MS));
	}
	net_run(net, SECOND);
	for (uint16_t i = 1; i <= 3; i++) {
		struct cdat_stats s = stats_of(net, i);

		assert_int_equal(net->nodes[i].delivered, number[i]);
		assert_int_equal(net->nodes[i].wrong, 0);
		assert_int_equal(s.timeouts + s.retransmits + s.duplicates + s.replays, 0);
		assert_int_equal(net->nodes[i].path_changes, changes[i]);
		assert_int_equal(net->nodes[i].moves, 0);
	}
	net_free(net);
}

static void restart(void **state)
{
	struct net *net = group_up(2, 1, 5);

	(void)state;
	net_run(net, SECOND);
	assert_int_equal(net_send(net, 1, 2, 0, 64, 1), CDAT_SEND_OK);
	net_run(net, 50 * MS);
	net_stop(net, 2);
	net_run(net, 100 * MS);
	assert_int_equal(net_send(net, 1, 2, 1, 64, 2), CDAT_SEND_OK);	/* to the dead one */
	net_run(net, 100 * MS);
	net->nodes[2].next_number = 2;
	net_start(net, 2);
	net_meet(net);
	net_watch_all(net, CDAT_WATCH_BEAT);
	assert_true(net_until(net, net_all_up, 500 * MS));
	net_run(net, 10 * MS);
	assert_int_equal(net->nodes[1].lost_restart, 1);
	assert_int_equal(net->nodes[1].ups, 2);
	assert_int_equal(net->nodes[1].done_ok, 1);
	assert_int_equal(net->nodes[1].done_bad, 1);
	assert_int_equal(net_send(net, 1, 2, 2, 64, 3), CDAT_SEND_OK);
	net_run(net, 50 * MS);
	assert_int_equal(net->nodes[1].done_ok, 2);
	assert_int_equal(net->nodes[2].delivered, 2);
	assert_int_equal(net->nodes[2].wrong, 0);
	net_free(net);
}

/* One that restarts and looks after nobody: who watches it sees its addresses come up and
 * stay up, though no beat of its own tells which session it answers. */
static void restart_unwatching(void **state)
{
	struct net *net = group_up(2, 2, 7);

	(void)state;
	net_run(net, SECOND);
	net_stop(net, 2);
	net_run(net, 100 * MS);
	net_start(net, 2);
	net_meet(net);
	cdat_link_watch(net->nodes[1].link, 2, CDAT_WATCH_BEAT, net->now);
	net_run(net, 5 * SECOND);
	assert_int_equal(cdat_link_paths(net->nodes[1].link, 2, CDAT_UP), 2);
	net->nodes[1].path_changes = 0;
	net_run(net, 5 * SECOND);
	assert_int_equal(net->nodes[1].path_changes, 0);
	assert_int_equal(cdat_link_paths(net->nodes[1].link, 2, CDAT_UP), 2);
	net_free(net);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sessions_up),
		cmocka_unit_test(message_passes),
		cmocka_unit_test(stream_under_loss),
		cmocka_unit_test(failover_gap),
		cmocka_unit_test(no_false_alarm),
		cmocka_unit_test(restart),
		cmocka_unit_test(restart_unwatching),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
