/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libcdat against a servicer in a thread: the table as operations, keys, settings, what
 * agents tell.
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

/* ---- table, keys, settings ----------------------------------------------------------------- */

static bool answer_table(struct servicer *s, enum cdat_verb verb, uint32_t tag,
			struct cdat_view body)
{
	const struct cdat_c_done done = { 1 };
	struct cdat_node n = seen_node(2);
	struct cdat_params p = { .heartbeat_ms = 20, .silence_limit = 3, .retry_threshold = 3,
				 .response_min_ms = 10, .response_max_ms = 3000, .consensus_ms = 200,
				 .probe_ms = 1000, .auto_failback = true, .pmtu_discovery = true,
				 .change_timeout_ms = 800, .quorum = CDAT_QUORUM_MAJORITY };
	struct cdat_adapter a = { .node = 2, .adapter = 1, .preference = 100, .type = CDAT_IFT_OTHER,
				  .class_ = CDAT_CLASS_UNSPECIFIED, .dscp = -1, .mtu = 1400,
				  .admin = CDAT_ADMIN_UP, .storage = CDAT_STORE_NONVOLATILE,
				  .row = CDAT_ROW_ACTIVE, .oper = CDAT_UP, .mtu_reported = 9000,
				  .addr = { CDAT_AF_IPV4, { 9, 1, 1, 2 }, 0 } };
	struct cdat_role r = { .role = 1, .name = "db", .policy = CDAT_POLICY_ORDERED, .ncandidates = 1,
			       .candidates = { 2 }, .state = CDAT_ROLE_PREFERRED };
	struct cdat_wanted w = { .wanted = 1, .node = 2, .subnet = { CDAT_AF_IPV4, { 9, 3 }, 0 },
				 .prefix_len = 16, .via = { CDAT_AF_IPV4, { 9, 1, 1, 254 }, 0 } };

	(void)body;
	if (verb != CDAT_V_TABLE)
		return false;
	servicer_row(s, tag, CDAT_K_PARAMS, 0, 0, &p);
	servicer_row(s, tag, CDAT_K_NODE, 2, 0, &n);
	servicer_row(s, tag, CDAT_K_ADAPTER, 2, 1, &a);
	servicer_row(s, tag, CDAT_K_ROLE, 1, 0, &r);
	servicer_row(s, tag, CDAT_K_WANTED, 1, 0, &w);
	servicer_reply(s, CDAT_V_DONE, tag, &done);
	return true;
}

static void test_table(void **state)
{
	static const struct { uint8_t kind, attr; int64_t number; } want[] = {
		{ CDAT_OP_PARAM_SET, CDAT_A_HEARTBEAT, 20 },
		{ CDAT_OP_NODE_CREATE, 0, 0 },
		{ CDAT_OP_NODE_SET, CDAT_A_NODE_NAME, 0 },
		{ CDAT_OP_ADAPTER_CREATE, 0, 0 },
		{ CDAT_OP_ADAPTER_SET, CDAT_A_ADDR, 0 },
		{ CDAT_OP_ADAPTER_SET, CDAT_A_MTU, 1400 },
		{ CDAT_OP_ROLE_PUT, 0, 0 },
		{ CDAT_OP_WANTED_PUT, 0, 0 },
	};
	struct servicer s;
	struct cdat_op *ops;
	struct seen seen;
	size_t n, i;
	cdat_t *c;

	(void)state;
	servicer_start(&s, answer_table, NULL);
	c = seen_open(&s, &seen);
	assert_int_equal(cdat_table(c, &ops, &n, PATIENCE), 0);
	assert_int_equal(n, sizeof(want) / sizeof(want[0]));
	for (i = 0; i < n; i++) {
		assert_int_equal(ops[i].kind, want[i].kind);
		assert_int_equal(ops[i].attr, want[i].attr);
		assert_int_equal(ops[i].number, want[i].number);
		assert_int_equal(ops[i].index, i + 1);
	}
	assert_string_equal(ops[2].text, "node2");
	assert_int_equal(ops[4].addr.octets[3], 2);
	assert_int_equal(ops[6].role.candidates[0], 2);
	assert_int_equal(ops[7].wanted.prefix_len, 16);
	assert_int_equal(seen.rows, 0);		/* no rows for the handler */
	free(ops);
	cdat_close(c);
	servicer_stop(&s);
}

struct told { struct cdat_c_key key; struct cdat_c_local_set set; struct cdat_c_notified notified;
	      struct cdat_c_agent agent; };

static bool answer_rest(struct servicer *s, enum cdat_verb verb, uint32_t tag,
			struct cdat_view body)
{
	struct told *t = s->ctx;
	void *into = verb == CDAT_V_KEY ? (void *)&t->key : verb == CDAT_V_LOCAL_SET ? (void *)&t->set :
		     verb == CDAT_V_NOTIFIED ? (void *)&t->notified : (void *)&t->agent;
	struct cdat_c_keyrow rows[2] = { { 1, false, 0x1122334455667788, 3 }, { 2, true, 99, 2 } };
	const struct cdat_c_keyholder holder = { 7, 2, true, 99 }, away = { 8, 0, false, 0 };
	struct cdat_c_keys keys;
	struct cdat_writer w, list;
	uint8_t buf[256], room[64];

	if (verb < CDAT_V_LOCAL_SET || verb > CDAT_V_KEY ||
	    cdat_decode(body, cdat_verb_msg(verb), into) != CDAT_DEC_OK)
		return false;
	if (verb == CDAT_V_KEY && t->key.verb == CDAT_KEY_STATUS) {
		cdat_writer_init(&w, buf, sizeof(buf));
		cdat_list_add(&w, &cdat_msg_c_keyrow, &rows[0]);
		cdat_list_add(&w, &cdat_msg_c_keyrow, &rows[1]);
		keys.rows = cdat_written(&w);
		cdat_writer_init(&list, room, sizeof(room));
		cdat_list_add(&list, &cdat_msg_c_keyholder, &holder);
		cdat_list_add(&list, &cdat_msg_c_keyholder, &away);
		keys.holders = cdat_written(&list);
		servicer_reply(s, CDAT_V_KEYS, tag, &keys);
	} else if (verb == CDAT_V_KEY || verb == CDAT_V_LOCAL_SET) {
		servicer_outcome(s, tag, CDAT_RES_COMMITTED, 0, 0, "");
	}
	return true;
}

static void test_rest(void **state)
{
	const struct cdat_event event = { .event = 41, .uid = 77 };
	struct cdat_key_holder holders[4];
	struct cdat_key_info keys[4];
	struct cdat_outcome o;
	struct told t = { 0 };
	struct servicer s;
	struct seen seen;
	uint8_t key[32];
	size_t n;
	cdat_t *c;

	(void)state;
	servicer_start(&s, answer_rest, &t);
	c = seen_open(&s, &seen);
	assert_int_equal(cdat_keys(c, keys, 4, &n, PATIENCE), 0);
	assert_int_equal(n, 2);
	assert_true(keys[0].fingerprint == 0x1122334455667788);
	assert_true(keys[1].current);
	assert_int_equal(keys[1].members, 2);
	assert_int_equal(cdat_keys(c, keys, 1, &n, PATIENCE), 0);
	assert_int_equal(n, 1);
	assert_int_equal(cdat_key_holders(c, holders, 4, &n, PATIENCE), 0);
	assert_int_equal(n, 2);
	assert_int_equal(holders[0].node, 7);
	assert_int_equal(holders[0].id, 2);
	assert_true(holders[0].current && holders[0].fingerprint == 99);
	assert_int_equal(holders[1].id, 0);
	assert_int_equal(cdat_key_rotate(c, &o, PATIENCE), 0);
	assert_int_equal(t.key.verb, CDAT_KEY_ROTATE);
	memset(key, 0xa5, sizeof(key));
	assert_int_equal(cdat_key_verb(c, CDAT_KEY_ADD, 3, key, &o, PATIENCE), 0);
	assert_int_equal(o.result, CDAT_RES_COMMITTED);
	assert_int_equal(t.key.id, 3);
	assert_memory_equal(t.key.key, key, 32);
	assert_int_equal(cdat_local_set(c, CDAT_L_NOTIFY_ENABLE, 4, 2, &o, PATIENCE), 0);
	assert_int_equal(t.set.kind, 4);
	assert_int_equal(t.set.number, 2);
	assert_int_equal(cdat_agent_alive(c, 1, true), 0);
	assert_int_equal(cdat_notified(c, CDAT_AGENT_HTTP, &event, true), 0);
	/* these have no answer: one that has comes after them */
	assert_int_equal(cdat_keys(c, keys, 4, &n, PATIENCE), 0);
	assert_int_equal(t.notified.event, 41);
	assert_int_equal(t.notified.uid, 77);
	assert_true(t.notified.suppressed);
	assert_int_equal(t.notified.what, CDAT_AGENT_HTTP);
	assert_true(t.agent.alive);
	assert_int_equal(t.agent.what, 1);
	cdat_close(c);
	servicer_stop(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_rest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
