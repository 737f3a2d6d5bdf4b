/* SPDX-License-Identifier: BSD-2-Clause */
/* Formats: fields of later ones are left out for those who do not know them; peers use the
 * latest that both speak, and one that speaks none of ours is refused. */
#include "linkpair.h"

#include <string.h>

#include "core/link_wire.h"

struct inner { uint8_t old, new; };
struct outer { uint8_t first, third; struct inner inner; struct cdat_view list; uint8_t second; };

static const struct cdat_field inner_rows[] = {
	CDAT_ROW(struct inner, old, 1, CDAT_T_U8),
	CDAT_ROW_SINCE(struct inner, new, 2, CDAT_T_U8, NULL, 2),
};
static CDAT_MSG_DEF(inner_msg, struct inner, inner_rows);

static const struct cdat_field outer_rows[] = {
	CDAT_ROW(struct outer, first, 1, CDAT_T_U8),
	CDAT_ROW_SUB(struct outer, inner, 2, CDAT_T_MSG, &inner_msg),
	CDAT_ROW_SINCE(struct outer, list, 3, CDAT_T_LIST, &inner_msg, 2),
	CDAT_ROW_SINCE(struct outer, second, 4, CDAT_T_U8, NULL, 2),
	CDAT_ROW_SINCE(struct outer, third, 5, CDAT_T_U8, NULL, 3),
};
static CDAT_MSG_DEF(outer_msg, struct outer, outer_rows);

static void test_fields_of_a_format(void **state)
{
	static const struct { uint8_t format, second, third, inner_new; bool list; } want[] = {
		{ 1, 0, 0, 0, false }, { 2, 4, 0, 3, true }, { 3, 4, 5, 3, true }, { 0, 4, 5, 3, true },
	};
	struct inner item = { 6, 7 };
	uint8_t items[16], buf[64];
	struct cdat_writer w;

	(void)state;
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		struct outer src = { .first = 1, .inner = { 2, 3 }, .second = 4, .third = 5 }, read;

		cdat_writer_init(&w, items, sizeof(items));
		assert_true(cdat_list_add(&w, &inner_msg, &item));
		assert_int_equal(w.needs, 2);
		src.list = cdat_written(&w);
		cdat_writer_init(&w, buf, sizeof(buf));
		w.format = want[i].format;
		assert_true(cdat_encode(&w, &outer_msg, &src));
		assert_int_equal(w.needs, want[i].format == 1 ? 0 : want[i].third ? 3 : 2);
		assert_int_equal(cdat_decode(cdat_written(&w), &outer_msg, &read), CDAT_DEC_OK);
		assert_int_equal(read.first, 1);
		assert_int_equal(read.inner.old, 2);
		assert_int_equal(read.inner.new, want[i].inner_new);
		assert_int_equal(read.list.len > 0, want[i].list);
		assert_int_equal(read.second, want[i].second);
		assert_int_equal(read.third, want[i].third);
	}
}

/* What is empty needs no later format. */
static void test_needs_only_what_is_there(void **state)
{
	struct outer src = { .first = 1, .inner = { 2, 0 } };
	uint8_t buf[64];
	struct cdat_writer w;

	(void)state;
	cdat_writer_init(&w, buf, sizeof(buf));
	assert_true(cdat_encode(&w, &outer_msg, &src));
	assert_int_equal(w.needs, 0);
}

/* Two nodes that speak from the oldest to the latest. */
static struct net *pair(uint8_t oldest1, uint8_t latest1, uint8_t oldest2, uint8_t latest2)
{
	struct net *net = net_new(1, 5);

	net->formats[1].oldest = oldest1;
	net->formats[1].latest = latest1;
	net->formats[2].oldest = oldest2;
	net->formats[2].latest = latest2;
	net_start(net, 1);
	net_start(net, 2);
	net_meet(net);
	net_watch_all(net, CDAT_WATCH_BEAT);
	return net;
}

static void test_peers_tell_their_latest(void **state)
{
	static const struct { uint8_t oldest1, latest1, oldest2, latest2; } meet[] = {
		{ 1, 1, 1, 2 }, { 1, 2, 1, 2 }, { 1, 2, 1, 9 }, { 1, 2, 2, 9 }, { 2, 3, 1, 2 },
	};
	uint32_t number = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(meet) / sizeof(meet[0]); i++) {
		struct net *net = pair(meet[i].oldest1, meet[i].latest1, meet[i].oldest2, meet[i].latest2);
		struct cdat_stats s;

		assert_true(net_until(net, net_all_up, 500 * MS));
		assert_int_equal(cdat_link_format(net->nodes[1].link, 2), meet[i].latest2);
		assert_int_equal(cdat_link_format(net->nodes[2].link, 1), meet[i].latest1);
		number = 0;
		stream_1ms(net, 1, 2, &number, 20);
		net_run(net, 100 * MS);
		assert_int_equal(net->nodes[2].delivered, 20);
		s = stats_of(net, 2);
		assert_int_equal(s.bad_version, 0);
		net_free(net);
	}
}

static void test_none_in_common(void **state)
{
	/* node 1 speaks only what is newer than all that node 2 knows */
	struct net *net = pair(3, 3, 1, 2);
	struct cdat_stats newer, older;

	(void)state;
	net_run(net, 3 * SECOND);
	newer = stats_of(net, 1);
	older = stats_of(net, 2);
	assert_false(cdat_link_has_session(net->nodes[1].link, 2));
	assert_false(cdat_link_has_session(net->nodes[2].link, 1));
	assert_true(newer.bad_version > 0);
	assert_true(older.bad_version > 0);
	assert_int_equal(newer.auth_failures + newer.bad_format + newer.replays, 0);
	assert_int_equal(older.auth_failures + older.bad_format + older.replays, 0);
	assert_int_equal(net->nodes[1].bad_format, 2);
	assert_int_equal(net->nodes[2].bad_format, 3);
	net_free(net);
}

/* A member that goes back to the version before says so with its new boot. */
static void test_downgrade(void **state)
{
	struct net *net = pair(1, 2, 1, 2);

	(void)state;
	assert_true(net_until(net, net_all_up, 500 * MS));
	assert_int_equal(cdat_link_format(net->nodes[1].link, 2), 2);
	net->formats[2].latest = 1;
	net_start(net, 2);
	net_meet(net);
	net_watch_all(net, CDAT_WATCH_BEAT);
	net_run(net, 2 * SECOND);
	assert_true(cdat_link_has_session(net->nodes[1].link, 2));
	assert_int_equal(cdat_link_format(net->nodes[1].link, 2), 1);
	assert_int_equal(stats_of(net, 2).bad_version, 0);
	net_free(net);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields_of_a_format), cmocka_unit_test(test_needs_only_what_is_there),
		cmocka_unit_test(test_peers_tell_their_latest), cmocka_unit_test(test_none_in_common),
		cmocka_unit_test(test_downgrade),
	};

	return cmocka_run_group_tests_name("formats", tests, NULL, NULL);
}
