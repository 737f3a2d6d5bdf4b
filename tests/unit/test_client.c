/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libcdat against a servicer in a thread: framing, paging, errors, timeouts, resync,
 * a lost connection, changes in one and two phases.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "seen.h"

/* ---- opening ------------------------------------------------------------------------------- */

static void test_open_nobody(void **state)
{
	cdat_t *c = cdat_open("/dev/null/cdatd.sock", "test", 100);

	(void)state;
	assert_non_null(c);
	assert_int_equal(cdat_error(c), CDAT_ERR_CONNECT);
	assert_string_equal(cdat_errtext(c), "no servicer at /dev/null/cdatd.sock (Not a "
			    "directory); is cdatd running?");
	assert_int_equal(cdat_fd(c), -1);
	assert_int_equal(cdat_snapshot(c, 1u << CDAT_K_NODE, 100), CDAT_ERR_LOST);
	assert_int_equal(cdat_dispatch(c), CDAT_ERR_LOST);
	cdat_close(c);
	cdat_close(NULL);
}

static void test_open_long_path(void **state)
{
	char path[200];
	cdat_t *c;

	(void)state;
	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	c = cdat_open(path, "test", 100);
	assert_int_equal(cdat_error(c), CDAT_ERR_INVALID);
	assert_string_equal(cdat_errtext(c), "socket path is longer than 107 octets");
	cdat_close(c);
}

static void test_hello(void **state)
{
	struct servicer s;
	struct seen seen;
	cdat_t *c;

	(void)state;
	servicer_start(&s, NULL, NULL);
	c = seen_open(&s, &seen);
	assert_true(cdat_may_change(c));
	assert_string_equal(cdat_servicer_version(c), "9.8.7");
	assert_string_equal(s.client.program, "test");
	assert_int_equal(s.client.protocol, CDAT_CONTROL_VERSION);
	assert_false(cdat_wants_write(c));
	cdat_close(c);
	s.access = CDAT_ACCESS_READ;
	c = seen_open(&s, &seen);
	assert_false(cdat_may_change(c));
	cdat_close(c);
	servicer_stop(&s);
}

static void test_hello_refused(void **state)
{
	struct servicer s;
	cdat_t *c;

	(void)state;
	servicer_start(&s, NULL, NULL);
	s.hello = HELLO_REFUSE;
	c = cdat_open(s.path, "test", PATIENCE);
	assert_int_equal(cdat_error(c), CDAT_ERR_PROTOCOL);
	assert_string_equal(cdat_errtext(c), "protocol 1 is not spoken here");
	assert_int_equal(cdat_fd(c), -1);
	cdat_close(c);
	s.hello = HELLO_GARBAGE;
	c = cdat_open(s.path, "test", PATIENCE);
	assert_int_equal(cdat_error(c), CDAT_ERR_PROTOCOL);
	assert_string_equal(cdat_errtext(c), "the servicer speaks another version of the protocol; "
			    "install the same version of cdatd and libcdat");
	cdat_close(c);
	s.hello = HELLO_SILENT;
	c = cdat_open(s.path, "test", 50);
	assert_int_equal(cdat_error(c), CDAT_ERR_TIMEOUT);
	cdat_close(c);
	servicer_stop(&s);
}

/* ---- reading ------------------------------------------------------------------------------- */

#define MANY	700u

static bool answer_snapshot(struct servicer *s, enum cdat_verb verb, uint32_t tag,
			struct cdat_view body)
{
	const struct cdat_c_done done = { 7 };
	struct cdat_c_snapshot ask;
	unsigned i;

	if (verb != CDAT_V_SNAPSHOT || cdat_decode(body, cdat_verb_msg(verb), &ask) != CDAT_DEC_OK ||
	    ask.kinds != 1u << CDAT_K_NODE)
		return false;
	for (i = 1; i <= MANY; i++) {
		struct cdat_node n = seen_node((uint16_t)i);

		servicer_row(s, tag, CDAT_K_NODE, i, 0, &n);
		servicer_row(s, tag + 1000, CDAT_K_NODE, 1, 0, &n);	/* of nobody */
	}
	servicer_row(s, 0, CDAT_K_NODE, 3, 0, NULL);	/* pushed meanwhile */
	servicer_reply(s, CDAT_V_DONE, tag, &done);
	return true;
}

static void test_snapshot(void **state)
{
	struct servicer s;
	struct seen seen;
	cdat_t *c;

	(void)state;
	servicer_start(&s, answer_snapshot, NULL);
	c = seen_open(&s, &seen);
	assert_int_equal(cdat_snapshot(c, 1u << CDAT_K_NODE, PATIENCE), 0);
	assert_int_equal(seen.rows, MANY + 1);
	assert_int_equal(seen.gone, 1);
	assert_int_equal(seen.key.a, 3);
	assert_string_equal(seen.node.name, "node700");
	assert_int_equal(seen.node.state, CDAT_MEMBER);
	cdat_handle(c, NULL, NULL);		/* nobody listens: still complete */
	assert_int_equal(cdat_snapshot(c, 1u << CDAT_K_NODE, PATIENCE), 0);
	cdat_close(c);
	servicer_stop(&s);
}

static bool answer_late(struct servicer *s, enum cdat_verb verb, uint32_t tag,
			struct cdat_view body)
{
	uint32_t *first = s->ctx;
	const struct cdat_c_done done = { 1 };
	struct cdat_node n = seen_node(5);

	(void)body;
	(void)verb;
	if (*first == 0) {
		*first = tag;
		return true;
	}
	servicer_row(s, *first, CDAT_K_NODE, 5, 0, &n);	/* nobody waits for these any more */
	servicer_reply(s, CDAT_V_DONE, *first, &done);
	servicer_row(s, tag, CDAT_K_NODE, 5, 0, &n);
	servicer_reply(s, CDAT_V_DONE, tag, &done);
	return true;
}

static void test_timeout(void **state)
{
	struct servicer s;
	struct seen seen;
	uint32_t first = 0;
	cdat_t *c;

	(void)state;
	servicer_start(&s, answer_late, &first);
	c = seen_open(&s, &seen);
	assert_int_equal(cdat_snapshot(c, 1u << CDAT_K_NODE, 30), CDAT_ERR_TIMEOUT);
	assert_string_equal(cdat_errtext(c), "the servicer did not answer in time");
	assert_int_equal(cdat_snapshot(c, 1u << CDAT_K_NODE, PATIENCE), 0);
	assert_int_equal(seen.rows, 1);
	cdat_close(c);
	servicer_stop(&s);
}

static bool answer_torn_row(struct servicer *s, enum cdat_verb verb, uint32_t tag,
			struct cdat_view body)
{
	struct cdat_c_row row = { .kind = CDAT_K_NODE, .a = 1, .number = 1,
				  .record = { (const uint8_t *)"\x01\x05", 2 } };

	(void)verb;
	(void)body;
	servicer_reply(s, CDAT_V_ROW, tag, &row);
	return true;
}

static void test_torn_row(void **state)
{
	struct servicer s;
	struct seen seen;
	cdat_t *c;

	(void)state;
	servicer_start(&s, answer_torn_row, NULL);
	c = seen_open(&s, &seen);
	assert_int_equal(cdat_snapshot(c, 1u << CDAT_K_NODE, PATIENCE), CDAT_ERR_PROTOCOL);
	assert_string_equal(cdat_errtext(c), "the servicer sent a frame that cannot be read; install "
			    "the same version of cdatd and libcdat");
	assert_int_equal(seen.losts, 1);
	assert_int_equal(seen.rows, 0);
	cdat_close(c);
	servicer_stop(&s);
}

static bool hang_up(struct servicer *s, enum cdat_verb verb, uint32_t tag, struct cdat_view body)
{
	struct cdat_node n = seen_node(1);

	(void)verb;
	(void)body;
	servicer_row(s, tag, CDAT_K_NODE, 1, 0, &n);
	return false;
}

static void test_lost(void **state)
{
	struct servicer s;
	struct seen seen;
	cdat_t *c;

	(void)state;
	servicer_start(&s, hang_up, NULL);
	c = seen_open(&s, &seen);
	assert_int_equal(cdat_snapshot(c, 1u << CDAT_K_NODE, PATIENCE), CDAT_ERR_LOST);
	assert_string_equal(cdat_errtext(c), "the servicer ended the connection");
	assert_int_equal(seen.rows, 1);
	assert_int_equal(seen.losts, 1);
	assert_int_equal(cdat_fd(c), -1);
	assert_int_equal(cdat_dispatch(c), CDAT_ERR_LOST);
	assert_int_equal(cdat_send(c, 1, NULL, "x", 1, 10), CDAT_ERR_LOST);
	assert_int_equal(cdat_agent_alive(c, 1, true), CDAT_ERR_LOST);
	assert_int_equal(seen.losts, 1);
	cdat_close(c);
	servicer_stop(&s);
}

static bool answer_subscribe(struct servicer *s, enum cdat_verb verb, uint32_t tag,
			struct cdat_view body)
{
	const struct cdat_c_done done = { 1 };
	const struct cdat_event event = { .event = 12, .kind = CDAT_EV_FAILOVER, .text = "nodeB by 2",
					  .severity = CDAT_SEV_MINOR, .node = 2, .number = 4 };
	const struct cdat_c_message message = { .from = 2, .ordered = true, .order = 17, .epoch = 3,
						.data = { (const uint8_t *)"hello", 5 } };
	struct cdat_c_subscribe *ask = s->ctx;

	if (verb != CDAT_V_SUBSCRIBE || cdat_decode(body, cdat_verb_msg(verb), ask) != CDAT_DEC_OK)
		return false;
	servicer_reply(s, CDAT_V_DONE, tag, &done);
	servicer_reply(s, CDAT_V_EVENT, 0, &event);
	servicer_reply(s, CDAT_V_MESSAGE, 0, &message);
	servicer_reply(s, CDAT_V_RESYNC, 0, NULL);
	return true;
}

static void test_subscribe(void **state)
{
	struct cdat_c_subscribe ask = { 0 };
	struct servicer s;
	struct seen seen;
	cdat_t *c;

	(void)state;
	servicer_start(&s, answer_subscribe, &ask);
	c = seen_open(&s, &seen);
	assert_int_equal(cdat_subscribe(c, 6, true, true, 11, PATIENCE), 0);
	seen_until(c, &seen.resyncs, 1);
	assert_int_equal(ask.kinds, 6);
	assert_true(ask.events);
	assert_true(ask.messages);
	assert_int_equal(ask.since, 11);
	assert_int_equal(seen.events, 1);
	assert_int_equal(seen.event.event, 12);
	assert_int_equal(seen.event.number, 4);
	assert_string_equal(seen.event.text, "nodeB by 2");
	assert_int_equal(seen.messages, 1);
	assert_int_equal(seen.order, 17);
	assert_string_equal(seen.text, "2: hello");
	cdat_close(c);
	servicer_stop(&s);
}

/* ---- changes ------------------------------------------------------------------------------- */

struct changes {
	struct cdat_c_change last;
	struct cdat_op ops[4];
	size_t nops;
	struct cdat_c_decide decide;
	uint32_t tag;
	uint8_t refuse;		/* result; 0 none */
	bool forbid;
};

static bool answer_change(struct servicer *s, enum cdat_verb verb, uint32_t tag,
			struct cdat_view body)
{
	struct changes *ch = s->ctx;
	struct cdat_view list;

	if (verb == CDAT_V_DECIDE) {
		if (cdat_decode(body, cdat_verb_msg(verb), &ch->decide) != CDAT_DEC_OK)
			return false;
		servicer_outcome(s, tag, ch->decide.commit ? CDAT_RES_COMMITTED : CDAT_RES_OTHER, 0, 0, "");
		return true;
	}
	if (verb != CDAT_V_CHANGE || cdat_decode(body, cdat_verb_msg(verb), &ch->last) != CDAT_DEC_OK)
		return false;
	list = ch->last.ops;
	for (ch->nops = 0; ch->nops < 4 && cdat_list_next(&list, &cdat_msg_op, &ch->ops[ch->nops]);)
		ch->nops++;
	ch->tag = tag;
	if (ch->forbid)
		servicer_error(s, tag, CDAT_E_ACCESS, "only root and group cdat-admin change the table");
	else if (ch->refuse)
		servicer_outcome(s, tag, ch->refuse, CDAT_FAULT_INCONSISTENT_VALUE, 2, "refused: why");
	else
		servicer_outcome(s, tag, ch->last.hold ? CDAT_RES_NONE : CDAT_RES_COMMITTED, 0, 0, "");
	return true;
}

static const struct cdat_op two_ops[] = {
	{ .kind = CDAT_OP_ADAPTER_SET, .index = 1, .node = 2, .adapter = 1, .attr = CDAT_A_MTU,
	  .number = 1400 },
	{ .kind = CDAT_OP_ADAPTER_SET, .index = 2, .node = 2, .adapter = 1, .attr = CDAT_A_DSCP,
	  .number = -1 },
};

static void test_change(void **state)
{
	struct changes ch = { 0 };
	struct cdat_outcome o;
	struct servicer s;
	struct seen seen;
	uint64_t key;
	cdat_t *c;

	(void)state;
	servicer_start(&s, answer_change, &ch);
	c = seen_open(&s, &seen);
	assert_int_equal(cdat_change(c, two_ops, 2, &o, PATIENCE), 0);
	assert_int_equal(o.result, CDAT_RES_COMMITTED);
	assert_int_equal(o.version, 8);
	assert_int_equal(ch.nops, 2);
	assert_int_equal(ch.ops[0].number, 1400);
	assert_int_equal(ch.ops[1].number, -1);
	assert_int_equal(ch.ops[1].attr, CDAT_A_DSCP);
	assert_false(ch.last.hold);
	key = ch.last.key;
	ch.refuse = CDAT_RES_DUPLICATE_ADDRESS;
	assert_int_equal(cdat_change(c, two_ops, 2, &o, PATIENCE), 0);
	assert_int_equal(o.result, CDAT_RES_DUPLICATE_ADDRESS);
	assert_int_equal(o.fault, CDAT_FAULT_INCONSISTENT_VALUE);
	assert_int_equal(o.culprit, 2);
	assert_string_equal(o.text, "refused: why");
	assert_true(ch.last.key != key);
	ch.forbid = true;
	assert_int_equal(cdat_change(c, two_ops, 2, &o, PATIENCE), CDAT_ERR_ACCESS);
	assert_string_equal(cdat_errtext(c), "only root and group cdat-admin change the table");
	cdat_close(c);
	servicer_stop(&s);
}

/* A change in parts: how many came, and whether the last alone was the last. */
struct parts { unsigned n, more; size_t nops, longest; uint64_t key; };

static bool answer_parts(struct servicer *s, enum cdat_verb verb, uint32_t tag,
			 struct cdat_view body)
{
	struct parts *p = s->ctx;
	struct cdat_c_change change;

	if (verb != CDAT_V_CHANGE || cdat_decode(body, cdat_verb_msg(verb), &change) != CDAT_DEC_OK ||
	    (p->n > 0 && (p->key != change.key || p->more != p->n)))
		return false;
	p->key = change.key;
	p->n++;
	p->more += change.more;
	p->nops += cdat_list_count(change.ops);
	p->longest = body.len > p->longest ? body.len : p->longest;
	if (!change.more)
		servicer_outcome(s, tag, CDAT_RES_COMMITTED, 0, 0, "");
	return true;
}

static void test_change_parts(void **state)
{
	struct cdat_op *ops = calloc(20000, sizeof(*ops));
	struct parts parts = { 0 };
	struct cdat_outcome o;
	struct servicer s;
	struct seen seen;
	cdat_t *c;

	(void)state;
	assert_non_null(ops);
	for (size_t i = 0; i < 20000; i++)
		ops[i] = two_ops[i % 2];
	servicer_start(&s, answer_parts, &parts);
	c = seen_open(&s, &seen);
	assert_int_equal(cdat_change(c, ops, 20000, &o, PATIENCE), 0);
	assert_int_equal(o.result, CDAT_RES_COMMITTED);
	assert_int_equal(parts.nops, 20000);
	assert_true(parts.n >= 3 && parts.more == parts.n - 1);
	assert_true(parts.longest <= CDAT_FRAME_MAX);
	cdat_close(c);
	servicer_stop(&s);
	free(ops);
}

static void test_change_size(void **state)
{
	struct cdat_op *ops = calloc(60000, sizeof(*ops));
	struct cdat_outcome o;
	struct servicer s;
	struct seen seen;
	size_t i;
	cdat_t *c;

	(void)state;
	assert_non_null(ops);
	for (i = 0; i < 60000; i++) {
		ops[i] = two_ops[0];
		memset(ops[i].text, 'x', CDAT_NAME_MAX);	/* more than 4 MiB of them */
	}
	servicer_start(&s, answer_change, NULL);
	c = seen_open(&s, &seen);
	assert_int_equal(cdat_change(c, ops, 0, &o, PATIENCE), CDAT_ERR_INVALID);
	assert_string_equal(cdat_errtext(c), "a change has at least one operation");
	assert_int_equal(cdat_change(c, ops, 60000, &o, PATIENCE), CDAT_ERR_INVALID);
	assert_string_equal(cdat_errtext(c), "60000 operations do not fit one change; split it");
	assert_int_equal(s.frames, 0);
	cdat_close(c);
	servicer_stop(&s);
	free(ops);
}

struct phases { unsigned calls, prepared; uint8_t result; uint64_t key; };

static void on_phase(void *ctx, uint64_t key, bool prepared, const struct cdat_outcome *outcome)
{
	struct phases *p = ctx;

	p->calls++;
	p->prepared += prepared;
	p->result = outcome->result;
	p->key = key;
}

static void test_two_phases(void **state)
{
	struct changes ch = { 0 };
	struct phases p = { 0 };
	struct servicer s;
	struct seen seen;
	cdat_t *c;

	(void)state;
	servicer_start(&s, answer_change, &ch);
	c = seen_open(&s, &seen);
	assert_int_equal(cdat_decide(c, 5, true), CDAT_ERR_INVALID);
	assert_int_equal(cdat_prepare(c, 0, two_ops, 2, 0, on_phase, &p), CDAT_ERR_INVALID);
	assert_int_equal(cdat_prepare(c, 5, two_ops, 2, 900, on_phase, &p), 0);
	seen_until(c, &p.calls, 1);
	assert_int_equal(p.prepared, 1);
	assert_int_equal(p.key, 5);
	assert_true(ch.last.hold);
	assert_int_equal(ch.last.key, 5);
	assert_int_equal(ch.last.timeout_ms, 900);
	assert_int_equal(cdat_decide(c, 5, true), 0);
	seen_until(c, &p.calls, 2);
	assert_int_equal(p.prepared, 1);
	assert_int_equal(p.result, CDAT_RES_COMMITTED);
	assert_int_equal(ch.decide.key, 5);
	assert_int_equal(cdat_decide(c, 5, true), CDAT_ERR_INVALID);	/* it is over */
	ch.refuse = CDAT_RES_NOT_PRIMARY;
	assert_int_equal(cdat_prepare(c, 6, two_ops, 2, 0, on_phase, &p), 0);
	seen_until(c, &p.calls, 3);
	assert_int_equal(p.prepared, 1);
	assert_int_equal(p.result, CDAT_RES_NOT_PRIMARY);
	ch.forbid = true;
	assert_int_equal(cdat_prepare(c, 7, two_ops, 2, 0, on_phase, &p), 0);
	seen_until(c, &p.calls, 4);
	assert_int_equal(p.result, CDAT_RES_OTHER);
	cdat_close(c);
	servicer_stop(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_open_nobody),
		cmocka_unit_test(test_open_long_path),
		cmocka_unit_test(test_hello),
		cmocka_unit_test(test_hello_refused),
		cmocka_unit_test(test_snapshot),
		cmocka_unit_test(test_timeout),
		cmocka_unit_test(test_torn_row),
		cmocka_unit_test(test_lost),
		cmocka_unit_test(test_subscribe),
		cmocka_unit_test(test_change),
		cmocka_unit_test(test_change_parts), cmocka_unit_test(test_change_size),
		cmocka_unit_test(test_two_phases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
