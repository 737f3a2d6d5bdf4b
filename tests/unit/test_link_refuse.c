/* SPDX-License-Identifier: BSD-2-Clause */
/* Links: what is refused, and that it is not answered (security requirements S1-S5, S12). */
#include "linkpair.h"

#include <string.h>

#include "core/link_wire.h"

/* Everything by which two nodes differ from before, but for counters of refusals. */
struct image { uint64_t ups, lost, delivered, beats, raws, moves, changes, sent, boot; };

static struct image image(struct net *net, uint16_t node)
{
	const struct net_node *n = &net->nodes[node];

	return (struct image){ n->ups, n->lost_restart + n->lost_reset, n->delivered, n->beats,
			       n->raws, n->moves, n->path_changes, net->sent,
			       cdat_link_boot(n->link, node == 1 ? 2 : 1) };
}

static uint64_t refused(const struct cdat_stats *s)
{
	return s->bad_format + s->bad_version + s->auth_failures + s->unknown_source + s->replays;
}

/* Captures traffic of every type between nodes 1 and 2. */
static struct net *captured(void)
{
	struct net *net = group(2, 2, 11);
	uint32_t number = 0;
	struct cdat_addr addr = net_addr(2, 1);

	net->capture = true;
	net->params.pmtu_discovery = true;
	cdat_link_params(net->nodes[1].link, &net->params);
	net_watch_all(net, CDAT_WATCH_BEAT);
	assert_true(net_until(net, net_all_up, 100 * MS));
	stream_1ms(net, 1, 2, &number, 20);
	cdat_link_raw(net->nodes[1].link, CDAT_RAW_PRESENCE, 2, 1, &addr,
		      (struct cdat_view){ (const uint8_t *)"hello", 5 }, net->now);
	assert_int_not_equal(cdat_link_verify(net->nodes[1].link, 2, &addr, net->now), 0);
	net_run(net, 500 * MS);
	net->capture = false;
	assert_int_equal(net->nodes[2].raws, 1);
	return net;
}

static void s01_flipped_bits_of_each_type(void **state)
{
	struct net *net = captured();
	uint32_t seen = 0;

	(void)state;
	for (size_t i = 0; i < net->ncaptured; i++) {
		struct net_packet *p = &net->captured[i];
		uint16_t to = p->to.octets[3];
		unsigned type = p->data[3];

		if (type > 31 ? type != LINK_RAW + CDAT_RAW_PRESENCE : seen & 1u << type)
			continue;
		seen |= type > 31 ? 0 : 1u << type;
		for (size_t bit = 0; bit < p->len * 8; bit += bit < 640 ? 1 : 61) {
			struct image before = image(net, to), after;
			struct cdat_stats s = stats_of(net, to);
			uint64_t count = refused(&s);

			p->data[bit / 8] ^= (uint8_t)(1u << bit % 8);
			net_inject(net, p);
			p->data[bit / 8] ^= (uint8_t)(1u << bit % 8);
			after = image(net, to);
			s = stats_of(net, to);
			assert_int_equal(refused(&s), count + 1);
			assert_int_equal(s.replays, 0);
			assert_memory_equal(&before, &after, sizeof(before));
		}
	}
	for (unsigned type = LINK_HELLO; type <= LINK_VERIFY_ACK; type++)
		assert_true(seen & 1u << type);
	assert_true(seen & 1u << LINK_PROBE && seen & 1u << LINK_PROBE_ACK);
	net_free(net);
}

/* Those that do not come about in a quiet conversation of two: sealed here. */
static void s01_flipped_bits_of_rare_types(void **state)
{
	static const uint8_t types[] = { LINK_RELAY, LINK_RELAYED, LINK_PIECE, LINK_GROUP,
					 LINK_RAW + CDAT_RAW_JOIN, LINK_RAW + CDAT_RAW_WELCOME };
	struct net *net = group_up(2, 2, 13);
	const uint8_t body[] = { 1, 1, 2, 2, 4, 'b', 'o', 'd', 'y' };

	(void)state;
	net_run(net, SECOND);
	for (size_t i = 0; i < sizeof(types); i++) {
		struct cdat_header h = { .type = types[i], .src_node = 2, .src_adapter = 1, .seq = 1u << 20,
					 .dst_node = types[i] == LINK_GROUP ? 0 : 1,
					 .boot = net->nodes[2].boot };
		struct net_packet p = { .from = net_addr(2, 1), .to = net_addr(1, 1) };
		uint8_t out[100];

		p.len = cdat_seal(net->keys, &h, (struct cdat_view){ body, sizeof(body) }, out,
				  sizeof(out));
		p.data = out;
		for (size_t bit = 0; bit < p.len * 8; bit++) {
			struct image before = image(net, 1), after;
			struct cdat_stats s = stats_of(net, 1);
			uint64_t count = refused(&s);

			out[bit / 8] ^= (uint8_t)(1u << bit % 8);
			net_inject(net, &p);
			out[bit / 8] ^= (uint8_t)(1u << bit % 8);
			after = image(net, 1);
			s = stats_of(net, 1);
			assert_int_equal(refused(&s), count + 1);
			assert_int_equal(s.replays + s.unknown_source, 0);
			assert_memory_equal(&before, &after, sizeof(before));
		}
	}
	net_free(net);
}

/* All that was captured for `to` again, as it was: none is believed. */
static void replay_all(struct net *net, uint16_t to, bool silent)
{
	for (size_t i = 0; i < net->ncaptured; i++) {
		struct image before = image(net, to), after;

		if (net->captured[i].to.octets[3] != to ||
		    net->captured[i].data[3] == LINK_RAW + CDAT_RAW_PRESENCE)
			continue;	/* raw ones may be replays: link.h */
		net_inject(net, &net->captured[i]);
		after = image(net, to);
		if (!silent)
			after.sent = before.sent;
		assert_memory_equal(&before, &after, sizeof(before));
	}
}

static void s02_replay_in_session(void **state)
{
	struct net *net = captured();
	struct cdat_stats s;

	(void)state;
	replay_all(net, 1, true);
	replay_all(net, 2, true);
	s = stats_of(net, 2);
	assert_true(s.replays > 20);
	assert_int_equal(s.auth_failures, 0);
	net_free(net);
}

static void s02_replay_after_sender_restart(void **state)
{
	struct net *net = captured();

	(void)state;
	net_start(net, 1);
	net_meet(net);
	net_watch_all(net, CDAT_WATCH_BEAT);
	assert_true(net_until(net, net_all_up, 500 * MS));
	net_run(net, SECOND);
	replay_all(net, 2, true);	/* of the retired boot */
	assert_true(stats_of(net, 2).replays > 20);
	net_free(net);
}

static void s02_replay_after_receiver_restart(void **state)
{
	struct net *net = captured();

	(void)state;
	/* Its memory is empty and the sender is silent: nothing brings a session up. */
	net_start(net, 2);
	net_meet(net);
	for (unsigned a = 1; a <= 2; a++)
		net_cut(net, 1, 2, a, true);
	replay_all(net, 2, false);
	net_run(net, 100 * MS);
	assert_false(cdat_link_has_session(net->nodes[2].link, 1));
	/* With the session up again the old numbers are stale. */
	for (unsigned a = 1; a <= 2; a++)
		net_cut(net, 1, 2, a, false);
	net_watch_all(net, CDAT_WATCH_BEAT);
	assert_true(net_until(net, net_all_up, 5 * SECOND));
	net_run(net, SECOND);
	net->nodes[2].delivered = 0;
	replay_all(net, 2, true);
	assert_int_equal(net->nodes[2].delivered, 0);
	net_free(net);
}

static unsigned wrong_kind;

static void wrong_source(struct net *net, struct net_packet *p)
{
	(void)net;
	if (p->from.octets[3] != 1)
		return;
	if (wrong_kind == 0)
		p->from = net_addr(3, 1);		/* another node's */
	else if (wrong_kind == 1)
		p->from = net_addr(1, p->from.octets[1] == 1 ? 2 : 1);	/* its other adapter's */
	else
		p->from.port++;
}

static void s03_source_binding(void **state)
{
	(void)state;
	for (wrong_kind = 0; wrong_kind < 3; wrong_kind++) {
		struct net *net = group(3, 2, 20 + wrong_kind);

		net->mangle = wrong_source;
		cdat_link_watch(net->nodes[1].link, 2, CDAT_WATCH_BEAT, net->now);
		net_run(net, SECOND);
		assert_true(stats_of(net, 2).unknown_source > 5);
		assert_int_equal(stats_of(net, 2).msgs_sent, 0);
		assert_false(cdat_link_has_session(net->nodes[1].link, 2));
		assert_false(cdat_link_has_session(net->nodes[2].link, 1));
		net_free(net);
	}
}

static void s04_foreign_key(void **state)
{
	struct net *net = net_new(1, 30);
	struct cdat_keyring *keys = net->keys, *other = cdat_keyring_new("test");
	const uint8_t key[CDAT_KEY_LEN] = { 9 };

	(void)state;
	assert_true(cdat_keyring_add(other, 1, key) && cdat_keyring_use(other, 1));
	net_start(net, 1);
	net->keys = other;
	net_start(net, 2);
	net->keys = keys;
	net_meet(net);
	cdat_link_watch(net->nodes[2].link, 1, CDAT_WATCH_BEAT, net->now);
	net_run(net, 2 * SECOND);
	assert_true(stats_of(net, 1).auth_failures > 5);
	assert_int_equal(stats_of(net, 1).auth_failures, net->nodes[1].auth_refusals);
	assert_int_equal(stats_of(net, 1).msgs_sent, 0);
	net_free(net);
	cdat_keyring_free(other);
}

static void s12_garbage_has_no_answer(void **state)
{
	struct net *net = group_up(2, 1, 31);
	struct cdat_addr to = net_addr(1, 1), from = net_addr(2, 1);
	uint8_t data[600];
	uint64_t sent = stats_of(net, 1).msgs_sent;

	(void)state;
	for (unsigned i = 0; i < 5000; i++) {
		size_t len = net_random(net) % sizeof(data);

		for (size_t k = 0; k < len; k++)
			data[k] = (uint8_t)net_random(net);
		if (i & 1 && len > 4)
			memcpy(data, "CD\1\3", 4);
		cdat_link_datagram(net->nodes[1].link, &to, &from, data, len, net->now);
	}
	assert_int_equal(stats_of(net, 1).msgs_sent, sent);
	assert_int_equal(net->nodes[1].refusals, 5000);
	net_free(net);
}

/* What a member with the key says wrongly: no type is taken with a body that is not its own. */
static void s09_nonsense_of_a_member(void **state)
{
	struct net *net = group_up(2, 1, 33);
	uint64_t seq = 1000000;

	(void)state;
	net_run(net, SECOND);
	for (unsigned type = 1; type < 64; type++) {
		static const uint8_t body[] = { 0xff, 0xff, 0xff };
		struct cdat_header h = { .type = (uint8_t)type, .src_node = 2, .dst_node = 1,
					 .src_adapter = 1, .boot = net->nodes[2].boot, .seq = seq++ };
		struct net_packet p = { .from = net_addr(2, 1), .to = net_addr(1, 1) };
		struct image before = image(net, 1), after;
		struct cdat_stats s = stats_of(net, 1);
		uint64_t count = refused(&s);
		uint8_t out[200];

		if (type > LINK_RAW && type <= LINK_RAW + CDAT_RAW_PRESENCE)
			continue;	/* their bodies are not the link's */
		p.len = cdat_seal(net->keys, &h, (struct cdat_view){ body, sizeof(body) }, out,
				  sizeof(out));
		p.data = out;
		net_inject(net, &p);
		after = image(net, 1);
		s = stats_of(net, 1);
		assert_int_equal(refused(&s), count + 1);
		assert_memory_equal(&before, &after, sizeof(before));
		h.dst_node = 3;			/* for another node */
		h.seq = seq++;
		p.len = cdat_seal(net->keys, &h, (struct cdat_view){ body, sizeof(body) }, out,
				  sizeof(out));
		net_inject(net, &p);
		s = stats_of(net, 1);
		assert_int_equal(refused(&s), count + 2);
	}
	net_free(net);
}

static void s05_rotation_under_load(void **state)
{
	struct net *net = group_up(2, 2, 32);
	const uint8_t key[CDAT_KEY_LEN] = { 7, 7 };
	uint32_t number = 0;

	(void)state;
	stream_1ms(net, 1, 2, &number, 100);
	assert_true(cdat_keyring_add(net->keys, 2, key));
	assert_true(cdat_keyring_use(net->keys, 2));
	stream_1ms(net, 1, 2, &number, 100);
	cdat_keyring_remove(net->keys, 1);
	stream_1ms(net, 1, 2, &number, 100);
	assert_int_equal(net->nodes[2].delivered, 300);
	assert_int_equal(net->nodes[2].wrong, 0);
	assert_int_equal(stats_of(net, 1).timeouts + stats_of(net, 2).timeouts, 0);
	net_free(net);
}

/* To a group: under a session, from an address of the sender, once; and no sign of life. */
static void to_all(void **state)
{
	struct net *net = group(2, 2, 12);
	const struct cdat_view body = { (const uint8_t *)"hello", 5 };
	struct cdat_addr addr = net_addr(2, 1);
	struct cdat_path path;
	uint64_t heard;

	(void)state;
	cdat_link_group(net->nodes[1].link, 1, &addr, body, net->now);
	net_run(net, MS / 2);
	assert_int_equal(net->nodes[2].groups, 0);
	net_watch_all(net, CDAT_WATCH_BEAT);
	assert_true(net_until(net, net_all_up, 100 * MS));
	net_watch_all(net, CDAT_WATCH_NONE);
	net_run(net, 50 * MS);
	heard = cdat_link_heard(net->nodes[2].link, 1);
	net->capture = true;
	cdat_link_group(net->nodes[1].link, 1, &addr, body, net->now);
	net->capture = false;
	net_run(net, MS);
	assert_int_equal(net->nodes[2].groups, 1);
	assert_int_equal(cdat_link_heard(net->nodes[2].link, 1), heard);
	assert_true(cdat_link_path(net->nodes[2].link, 1, 1, &path));
	assert_true(path.heard_mono <= heard);
	assert_int_equal(net->ncaptured, 1);
	net_inject(net, &net->captured[0]);
	assert_int_equal(net->nodes[2].groups, 1);
	assert_int_equal(net->nodes[2].refusals, 0);
	net->capture = true;
	cdat_link_group(net->nodes[1].link, 1, &addr, body, net->now);
	net->capture = false;
	net->captured[1].from = net_addr(3, 1);
	net_inject(net, &net->captured[1]);
	assert_int_equal(net->nodes[2].groups, 1);
	assert_int_equal(net->nodes[2].refusals, 1);
	net_free(net);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(s01_flipped_bits_of_each_type),
		cmocka_unit_test(s01_flipped_bits_of_rare_types),
		cmocka_unit_test(s02_replay_in_session),
		cmocka_unit_test(s02_replay_after_sender_restart),
		cmocka_unit_test(s02_replay_after_receiver_restart),
		cmocka_unit_test(s03_source_binding),
		cmocka_unit_test(s04_foreign_key),
		cmocka_unit_test(s12_garbage_has_no_answer),
		cmocka_unit_test(s09_nonsense_of_a_member),
		cmocka_unit_test(s05_rotation_under_load),
		cmocka_unit_test(to_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
