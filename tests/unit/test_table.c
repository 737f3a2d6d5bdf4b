/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The container: lookups against scans, images that share what did not change, digests,
 * and what follows from adapters.
 */
#include "table_fixture.h"

/* ---- container ------------------------------------------------------------------------ */

static void empty(void **state)
{
	struct cdat_table *t = cdat_table_new(0x80000005), *u = cdat_table_copy(t);
	struct cdat_addr a = ip("9.1.1.1");
	struct cdat_entry_sum sum;
	size_t i = 0;
	(void)state;

	assert_int_equal(cdat_table_lock(t), 5);	/* TestAndIncr has 31 bits */
	assert_int_equal(cdat_table_version(t), 0);
	assert_int_equal(cdat_table_count(t), 0);
	assert_null(cdat_table_node(t, 1));
	assert_null(cdat_table_at(t, 0));
	assert_null(cdat_table_by_name(t, "nodeA"));
	assert_null(cdat_table_by_addr(t, &a, 9173));
	assert_int_equal(cdat_table_next_node(t), 1);
	assert_int_equal(cdat_table_roles(t, NULL), 0);
	assert_int_equal(cdat_table_params(t)->heartbeat_ms, 200);
	assert_int_equal(cdat_table_params(t)->quorum, CDAT_QUORUM_MAJORITY);
	assert_true(cdat_table_params(t)->auto_failback);
	assert_true(cdat_table_next_sum(t, &i, &sum));
	assert_int_equal(sum.id.kind, CDAT_ENT_META);
	assert_false(cdat_table_next_sum(t, &i, &sum));
	assert_same_digest(t, u);
	cdat_table_set_version(u, 7);
	assert_int_equal(cdat_table_version(u), 7);
	assert_same_digest(t, u);		/* the version is no content */
	cdat_table_free(u);
	u = cdat_table_new(6);
	assert_false(same_digest(t, u));
	cdat_table_free(t);
	cdat_table_free(u);
	cdat_table_free(NULL);
}

static void lookups(void **state)
{
	struct cdat_table *t = fig5();
	struct cdat_addr a = ip("9.2.1.2");
	char name[CDAT_NAME_MAX + 3];
	(void)state;

	assert_int_equal(cdat_table_by_name(t, "nodeB")->node.node, 2);
	assert_null(cdat_table_by_name(t, "nodeb"));
	assert_null(cdat_table_by_name(t, ""));
	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = 0;
	assert_null(cdat_table_by_name(t, name));
	assert_int_equal(cdat_table_by_addr(t, &a, 9173)->node, 2);
	assert_int_equal(cdat_table_by_addr(t, &a, 9173)->adapter, 2);
	assert_ptr_equal(cdat_table_by_addr(t, &a, 9173), adapter(t, 2, 2));
	a.port = 9173;
	assert_ptr_equal(cdat_table_by_addr(t, &a, 9173), adapter(t, 2, 2));
	a.port = 9174;
	assert_null(cdat_table_by_addr(t, &a, 9173));
	assert_ptr_equal(cdat_table_by_addr(t, &a, 9174), adapter(t, 2, 2));
	change(&t, OPS(AD_NUM(1, 2, 2, CDAT_A_PORT, 9174)));
	assert_ptr_equal(cdat_table_by_addr(t, &a, 9173), adapter(t, 2, 2));
	a.port = 0;
	assert_null(cdat_table_by_addr(t, &a, 9173));
	assert_ptr_equal(cdat_table_by_addr(t, &a, 9174), adapter(t, 2, 2));
	assert_null(cdat_tnode_adapter(cdat_table_node(t, 2), 3));
	assert_int_equal(cdat_table_at(t, 0)->node.node, 1);
	assert_int_equal(cdat_table_at(t, 1)->node.node, 2);
	assert_null(cdat_table_at(t, 2));
	cdat_table_free(t);
}

/* A removed number is not offered while there is a higher unused one. */
static void next_node(void **state)
{
	struct cdat_table *t = fig5();
	(void)state;

	assert_int_equal(cdat_table_next_node(t), 3);
	change(&t, OPS(NODE_DEL(1, 2)));
	assert_int_equal(cdat_table_next_node(t), 3);
	change(&t, OPS(NODE_ADD(1, 65535), NODE_NAME(2, 65535, "z"), AD_NEW(3, 65535, 1, "9.1.1.9", 24)));
	assert_int_equal(cdat_table_next_node(t), 2);
	assert_int_equal(cdat_table_at(t, 1)->node.node, 65535);
	cdat_table_free(t);
}

/* Old and new image live side by side and share the entries that are the same. */
static void sharing(void **state)
{
	struct cdat_table *old = fig5(), *t = cdat_table_copy(old);
	(void)state;

	change(&t, OPS(AD_NUM(1, 2, 1, CDAT_A_MTU, 1400)));
	assert_int_equal(adapter(old, 2, 1)->mtu, 0);
	assert_int_equal(adapter(t, 2, 1)->mtu, 1400);
	assert_ptr_equal(cdat_table_node(t, 1), cdat_table_node(old, 1));
	assert_ptr_not_equal(cdat_table_node(t, 2), cdat_table_node(old, 2));
	assert_int_equal(cdat_table_version(t), cdat_table_version(old) + 1);
	assert_int_equal(cdat_table_node(t, 2)->stamp.version, cdat_table_version(t));
	assert_int_equal(cdat_table_node(t, 1)->stamp.version, cdat_table_version(old));
	assert_false(same_digest(old, t));
	cdat_table_free(old);
	assert_string_equal(cdat_table_node(t, 1)->node.name, "nodeA");
	cdat_table_free(t);
}

/* The digest is of the content, not of the way to it, nor of stamps. */
static void digest(void **state)
{
	struct cdat_table *a = fig5(), *b = fig5();
	(void)state;

	change(&b, OPS(AD_NUM(1, 2, 1, CDAT_A_MTU, 1400), PARAM(2, CDAT_A_PROBE, 500)));
	assert_false(same_digest(a, b));
	change(&b, OPS(NODE_ADD(1, 9), NODE_NAME(2, 9, "x"), AD_NEW(3, 9, 1, "9.1.1.9", 24)));
	change(&b, OPS(AD_NUM(1, 2, 1, CDAT_A_MTU, 0), PARAM(2, CDAT_A_PROBE, 1000), NODE_DEL(3, 9)));
	assert_same_digest(a, b);
	change(&a, OPS(AD_NUM(1, 2, 1, CDAT_A_MTU, 0)));	/* no effect, a version all the same */
	assert_same_digest(a, b);
	assert_int_equal(outcome.version, 2);
	change(&a, NULL, 0);
	assert_int_equal(cdat_table_version(a), 3);
	assert_same_digest(a, b);
	cdat_table_free(a);
	cdat_table_free(b);
}

static void order(void **state)
{
	struct cdat_table *t = fig5();
	uint8_t o[CDAT_NODE_ADAPTERS];
	(void)state;

	change(&t, OPS(AD_NEW(1, 2, 3, "9.3.1.2", 24), AD_NEW(4, 2, 4, "9.4.1.2", 24)));
	assert_int_equal(cdat_tnode_order(cdat_table_node(t, 2), o), 4);
	assert_memory_equal(o, ((uint8_t[]){ 1, 2, 3, 4 }), 4);
	change(&t, OPS(AD_NUM(1, 2, 2, CDAT_A_PREFERENCE, 10), AD_NUM(2, 2, 4, CDAT_A_CLASS, 4),
		       AD_NUM(3, 2, 1, CDAT_A_ADAPTER_ADMIN, 2)));
	assert_int_equal(cdat_tnode_order(cdat_table_node(t, 2), o), 3);
	assert_memory_equal(o, ((uint8_t[]){ 2, 4, 3 }), 3);
	change(&t, OPS(AD_NUM(1, 2, 2, CDAT_A_ADAPTER_ROW, 2)));
	assert_int_equal(cdat_tnode_order(cdat_table_node(t, 2), o), 2);
	assert_memory_equal(o, ((uint8_t[]){ 4, 3 }), 2);
	cdat_table_free(t);
}

static void in_force(void **state)
{
	struct cdat_params p = { .retry_threshold = 3 };
	struct cdat_adapter a = { .addr = { .family = CDAT_AF_IPV4 }, .type = CDAT_IFT_OTHER, .dscp = -1 };
	static const uint8_t dscp[] = { 0, 8, 0, 34, 48 };
	(void)state;

	assert_int_equal(cdat_adapter_mtu(&a), 576);
	a.addr.family = CDAT_AF_IPV6;
	assert_int_equal(cdat_adapter_mtu(&a), 1280);
	a.mtu_reported = 1500;
	assert_int_equal(cdat_adapter_mtu(&a), 1500);
	a.mtu = 9000;
	assert_int_equal(cdat_adapter_mtu(&a), 1500);
	a.mtu_reported = 0;
	assert_int_equal(cdat_adapter_mtu(&a), 9000);
	a.mtu_reported = 65535;
	assert_int_equal(cdat_adapter_mtu(&a), 9000);

	assert_int_equal(cdat_adapter_type(&a), CDAT_IFT_OTHER);
	assert_int_equal(cdat_adapter_threshold(&a, &p), 3);
	a.type_reported = CDAT_IFT_TUNNEL;
	assert_int_equal(cdat_adapter_type(&a), CDAT_IFT_TUNNEL);
	assert_int_equal(cdat_adapter_threshold(&a, &p), 5);
	a.type = CDAT_IFT_ETHERNET;
	assert_int_equal(cdat_adapter_type(&a), CDAT_IFT_ETHERNET);
	assert_int_equal(cdat_adapter_threshold(&a, &p), 3);
	a.retry_threshold = 9;
	assert_int_equal(cdat_adapter_threshold(&a, &p), 9);

	for (uint8_t c = 1; c <= 5; c++) {
		a.class_ = c;
		assert_int_equal(cdat_adapter_dscp(&a), dscp[c - 1]);
	}
	a.dscp = 10;
	assert_int_equal(cdat_adapter_dscp(&a), 10);
	assert_int_equal(cdat_adapter_prefix(&a), 0);
	a.prefix_reported = 24;
	assert_int_equal(cdat_adapter_prefix(&a), 24);
	a.prefix_len = 16;
	assert_int_equal(cdat_adapter_prefix(&a), 16);
}

static void ops_in_words(void **state)
{
	struct cdat_table *t = fig5();
	struct cdat_op many[64];
	char text[CDAT_TEXT_MAX + 1];
	(void)state;

	cdat_ops_text(t, OPS(LOCK(1, 4711), AD_NUM(2, 2, 2, CDAT_A_PREFERENCE, 10)), text);
	assert_string_equal(text, "nodeB/2 preference 10");
	cdat_ops_text(t, OPS(AD_IP(1, 2, 1, "9.1.1.22"), AD_NUM(2, 2, 1, CDAT_A_CLASS, 4),
			     PARAM(3, CDAT_A_FAILBACK, 2), NODE_NUM(4, 1, CDAT_A_NODE_ADMIN, 2)), text);
	assert_string_equal(text, "nodeB/1 address 9.1.1.22, nodeB/1 class interactive, "
				  "auto-failback false, nodeA admin disabled");
	cdat_ops_text(t, OPS(NODE_ADD(1, 2), NODE_NAME(2, 2, "nodeB"), AD_NEW(3, 2, 1, "9.1.1.2", 24),
			     AD_DEL(4, 1, 2), NODE_DEL(5, 9)), text);
	assert_string_equal(text, "nodeB created, nodeB/1 created, nodeA/2 removed, node 9 removed");
	cdat_ops_text(t, OPS({ .kind = CDAT_OP_ROLE_PUT, .role = { .role = 1, .name = "web" } },
			     { .kind = CDAT_OP_ROLE_REMOVE, .role = { .role = 2 } },
			     { .kind = CDAT_OP_WANTED_PUT, .wanted = { .wanted = 4 } },
			     { .kind = CDAT_OP_WANTED_REMOVE, .wanted = { .wanted = 5 } }), text);
	assert_string_equal(text, "role 1 web set, role 2 removed, wanted route 4 set, "
				  "wanted route 5 removed");
	cdat_ops_text(t, OPS(AD_NUM(1, 2, 1, CDAT_A_FACT_MTU, 1500)), text);
	assert_string_equal(text, "facts of adapters");
	cdat_ops_text(t, NULL, 0, text);
	assert_string_equal(text, "nothing");
	for (size_t i = 0; i < 64; i++)
		many[i] = (struct cdat_op)AD_NUM(1, 2, 1, CDAT_A_MTU, 1400);
	cdat_ops_text(t, many, 64, text);
	assert_string_equal(text + strlen(text) - 10, ", and more");
	cdat_table_free(t);
}

/* ---- random changes ----------------------------------------------------------------------- */

static uint64_t rnd_state;

static unsigned rnd(unsigned below)	/* xorshift64* */
{
	rnd_state ^= rnd_state >> 12;
	rnd_state ^= rnd_state << 25;
	rnd_state ^= rnd_state >> 27;
	return (unsigned)((rnd_state * 0x2545f4914f6cdd1du) >> 33) % below;
}

static struct cdat_op random_op(uint16_t i)
{
	static const uint8_t attrs[] = { CDAT_A_PREFERENCE, CDAT_A_PORT, CDAT_A_MTU, CDAT_A_ADAPTER_ADMIN,
					 CDAT_A_ADAPTER_ROW, CDAT_A_PREFIX_LEN };
	static const int64_t values[][3] = { { 1, 2, 3 }, { 0, 9173, 7 }, { 0, 1500, 600 }, { 1, 1, 2 },
					     { 1, 1, 2 }, { 0, 24, 64 } };
	uint16_t node = (uint16_t)(1 + rnd(6) + 60 * rnd(3));
	uint8_t ad = (uint8_t)(1 + rnd(3)), at = (uint8_t)rnd(6);
	struct cdat_op op = { .index = i, .node = node, .adapter = ad };

	op.kind = (uint8_t)(1 + rnd(6));
	if (op.kind == CDAT_OP_NODE_SET) {
		op.attr = rnd(4) ? CDAT_A_NODE_NAME : CDAT_A_NODE_ROW;
		op.number = 1 + rnd(2);
		snprintf(op.text, sizeof(op.text), "n%u", rnd(12));
	} else if (op.kind == CDAT_OP_ADAPTER_SET && rnd(2)) {
		op.attr = CDAT_A_ADDR;
		op.addr = rnd(4) ? ip("9.1.1.1") : ip("2001:db8::1");
		op.addr.octets[3] = (uint8_t)(1 + rnd(30));
	} else if (op.kind == CDAT_OP_ADAPTER_SET) {
		op.attr = attrs[at];
		op.number = values[at][rnd(3)];
	}
	return op;
}

/* Mostly whole rows, so that many changes succeed. */
static size_t random_change(struct cdat_op *ops)
{
	size_t n = 0;

	for (unsigned rows = 1 + rnd(2); rows > 0; rows--) {
		uint16_t node = (uint16_t)(1 + rnd(6) + 60 * rnd(3));
		char name[16], addr[16];

		if (rnd(2)) {
			ops[n] = random_op((uint16_t)n + 1);
			n++;
			continue;
		}
		snprintf(name, sizeof(name), "n%u", rnd(12));
		snprintf(addr, sizeof(addr), "9.1.1.%u", 1 + rnd(60));
		if (rnd(2)) {
			ops[n++] = (struct cdat_op)NODE_ADD(1, node);
			ops[n] = (struct cdat_op){ .index = 2, .kind = CDAT_OP_NODE_SET, .node = node,
						   .attr = CDAT_A_NODE_NAME };
			strcpy(ops[n++].text, name);
		}
		ops[n++] = (struct cdat_op)AD_ADD(3, node, (uint8_t)(1 + rnd(4)));
		ops[n] = (struct cdat_op)AD_IP(4, node, 1, addr);
		ops[n].adapter = ops[n - 1].adapter;
		n++;
	}
	return n;
}

/* Every lookup against a scan; no two active-or-not rows with one address or name. */
static void check_indexes(const struct cdat_table *t)
{
	size_t n = 0, at = 0;

	for (uint32_t i = 1; i <= 200; i++) {
		const struct cdat_tnode *node = cdat_table_node(t, (uint16_t)i);
		char name[16];

		snprintf(name, sizeof(name), "n%u", i % 16);
		if (!node)
			continue;
		n++;
		assert_ptr_equal(cdat_table_at(t, at++), node);
		assert_ptr_equal(cdat_table_by_name(t, node->node.name), node);
		for (size_t k = 0; k < node->nadapters; k++) {
			const struct cdat_adapter *a = &node->adapters[k];

			assert_int_equal(a->node, i);
			assert_true(k == 0 || a->adapter > node->adapters[k - 1].adapter);
			assert_ptr_equal(cdat_table_by_addr(t, &a->addr, CDAT_PORT_DEFAULT), a);
		}
	}
	assert_int_equal(cdat_table_count(t), n);
	assert_null(cdat_table_at(t, n));
	for (unsigned i = 0; i < 12; i++) {
		char name[16];
		const struct cdat_tnode *found = NULL;

		snprintf(name, sizeof(name), "n%u", i);
		for (size_t k = 0; k < n; k++)
			if (!strcmp(cdat_table_at(t, k)->node.name, name))
				found = cdat_table_at(t, k);
		assert_ptr_equal(cdat_table_by_name(t, name), found);
	}
}

static void random_changes(void **state)
{
	enum { SEEDS = 20, CHANGES = 300 };
	unsigned committed = 0;
	(void)state;

	for (unsigned seed = 1; seed <= SEEDS; seed++) {
		struct cdat_table *t = cdat_table_new(seed), *old, *n;

		rnd_state = seed * 0x9e3779b97f4a7c15u;
		for (unsigned c = 0; c < CHANGES; c++) {
			struct cdat_op ops[16];
			size_t nops = random_change(ops);
			uint8_t before[CDAT_DIGEST_LEN], after[CDAT_DIGEST_LEN];

			cdat_table_digest(t, before);
			n = apply(t, ops, nops);
			cdat_table_digest(t, after);
			assert_memory_equal(before, after, sizeof(before));
			if (!n) {
				assert_true(outcome.text[0] && outcome.fault && outcome.culprit);
				continue;
			}
			committed++;
			old = t;
			t = n;
			check_indexes(old);
			cdat_table_free(old);
			check_indexes(t);
		}
		n = rebuilt(t);
		same_table(t, n);
		check_indexes(n);
		cdat_table_free(n);
		cdat_table_free(t);
	}
	assert_true(committed > SEEDS * CHANGES / 10);
}

/* 2,000 nodes of 4 adapters: growth of pages and indexes, and removal of all of it. */
static void large(void **state)
{
	enum { N = 2000, A = 4 };
	size_t nops = 0;
	struct cdat_op *ops = calloc(N * (2 + 3 * A), sizeof(*ops));
	struct cdat_table *t = cdat_table_new(0), *empty_again = cdat_table_copy(t);
	(void)state;

	assert_non_null(ops);
	for (unsigned i = 1; i <= N; i++) {
		ops[nops++] = (struct cdat_op)NODE_ADD(1, (uint16_t)(i * 3));
		ops[nops] = (struct cdat_op)NODE_NAME(1, (uint16_t)(i * 3), "");
		snprintf(ops[nops++].text, 16, "node-%u", i);
		for (uint8_t a = 1; a <= A; a++) {
			ops[nops++] = (struct cdat_op)AD_ADD(1, (uint16_t)(i * 3), a);
			ops[nops] = (struct cdat_op)AD_IP(1, (uint16_t)(i * 3), a, "10.0.0.0");
			ops[nops].addr.octets[1] = a;
			ops[nops].addr.octets[2] = (uint8_t)(i / 250);
			ops[nops++].addr.octets[3] = (uint8_t)(1 + i % 250);
		}
	}
	change(&t, ops, nops);
	assert_int_equal(cdat_table_count(t), N);
	for (unsigned i = 1; i <= N; i++) {
		char name[32];
		struct cdat_addr a = ip("10.3.0.0");

		snprintf(name, sizeof(name), "node-%u", i);
		a.octets[2] = (uint8_t)(i / 250);
		a.octets[3] = (uint8_t)(1 + i % 250);
		assert_int_equal(cdat_table_by_name(t, name)->node.node, i * 3);
		assert_int_equal(cdat_table_by_addr(t, &a, 1)->node, i * 3);
		assert_int_equal(cdat_table_at(t, i - 1)->node.node, i * 3);
	}
	for (unsigned i = 0; i < N; i++)
		ops[i] = (struct cdat_op)NODE_DEL(1, (uint16_t)((i + 1) * 3));
	change(&t, ops, N);
	assert_int_equal(cdat_table_count(t), 0);
	assert_same_digest(t, empty_again);
	cdat_table_free(t);
	cdat_table_free(empty_again);
	free(ops);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty), cmocka_unit_test(lookups), cmocka_unit_test(next_node),
		cmocka_unit_test(sharing), cmocka_unit_test(digest), cmocka_unit_test(order),
		cmocka_unit_test(in_force), cmocka_unit_test(ops_in_words),
		cmocka_unit_test(random_changes), cmocka_unit_test(large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
