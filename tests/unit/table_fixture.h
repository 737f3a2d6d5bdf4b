/* SPDX-License-Identifier: BSD-2-Clause */
/* The two nodes of FIG. 5 and short ways to write changes, for the tests of the table. */
#ifndef CDAT_TESTS_TABLE_FIXTURE_H
#define CDAT_TESTS_TABLE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/table.h"
#include "wire/attr.h"

#define OPS(...)	((const struct cdat_op[]){ __VA_ARGS__ }), \
			sizeof((struct cdat_op[]){ __VA_ARGS__ }) / sizeof(struct cdat_op)

#define NODE_ADD(i, n)		{ .index = i, .kind = CDAT_OP_NODE_CREATE, .node = n }
#define NODE_DEL(i, n)		{ .index = i, .kind = CDAT_OP_NODE_DESTROY, .node = n }
#define NODE_NUM(i, n, at, v)	{ .index = i, .kind = CDAT_OP_NODE_SET, .node = n, .attr = at, \
				  .number = v }
#define NODE_NAME(i, n, s)	{ .index = i, .kind = CDAT_OP_NODE_SET, .node = n, \
				  .attr = CDAT_A_NODE_NAME, .text = s }
#define AD_ADD(i, n, a)		{ .index = i, .kind = CDAT_OP_ADAPTER_CREATE, .node = n, .adapter = a }
#define AD_DEL(i, n, a)		{ .index = i, .kind = CDAT_OP_ADAPTER_DESTROY, .node = n, .adapter = a }
#define AD_NUM(i, n, a, at, v)	{ .index = i, .kind = CDAT_OP_ADAPTER_SET, .node = n, .adapter = a, \
				  .attr = at, .number = v }
#define AD_IP(i, n, a, s)	{ .index = i, .kind = CDAT_OP_ADAPTER_SET, .node = n, .adapter = a, \
				  .attr = CDAT_A_ADDR, .addr = ip(s) }
#define AD_TEXT(i, n, a, at, s)	{ .index = i, .kind = CDAT_OP_ADAPTER_SET, .node = n, \
				  .adapter = a, .attr = at, .text = s }
#define PARAM(i, at, v)	{ .index = i, .kind = CDAT_OP_PARAM_SET, .attr = at, .number = v }
#define LOCK(i, v)		{ .index = i, .kind = CDAT_OP_LOCK, .number = v }
#define ROLE(i, n, ...) { .index = i, .kind = CDAT_OP_ROLE_PUT, .role = { .role = n, __VA_ARGS__ } }
#define WANT(i, n, nd, net, len, gw) { .index = i, .kind = CDAT_OP_WANTED_PUT, .wanted = { \
	.wanted = n, .node = nd, .subnet = ip(net), .prefix_len = len, .via = ip(gw) } }
#define ROLE_DEL(i, n)	{ .index = i, .kind = CDAT_OP_ROLE_REMOVE, .role.role = n }
#define WANT_DEL(i, n)	{ .index = i, .kind = CDAT_OP_WANTED_REMOVE, .wanted.wanted = n }
/* an adapter with its address and prefix length, in the indexes i, i + 1 and i + 2 */
#define AD_NEW(i, n, a, s, p)	AD_ADD(i, n, a), AD_IP((i) + 1, n, a, s), \
				AD_NUM((i) + 2, n, a, CDAT_A_PREFIX_LEN, p)

static inline struct cdat_addr ip(const char *text)
{
	struct cdat_addr a;

	assert_true(cdat_addr_parse(text, &a));
	return a;
}

static struct cdat_rules rules = { .default_port = CDAT_PORT_DEFAULT };
static struct cdat_outcome outcome;

static inline struct cdat_table *apply(const struct cdat_table *t, const struct cdat_op *ops,
				       size_t nops)
{
	return cdat_table_apply(t, ops, nops, &rules, (struct cdat_stamp){ 0, 1, 1 }, &outcome);
}

/* Applies and takes the place of `*t`. */
static inline void change(struct cdat_table **t, const struct cdat_op *ops, size_t nops)
{
	struct cdat_table *n = apply(*t, ops, nops);

	if (!n)
		fail_msg("refused: %s", outcome.text);
	cdat_table_free(*t);
	*t = n;
}

/* nodeA(1) 9.1.1.1, 9.2.1.1; nodeB(2) 9.1.1.2, 9.2.1.2; all /24. */
static inline struct cdat_table *fig5(void)
{
	struct cdat_table *t = cdat_table_new(4711);

	assert_non_null(t);
	change(&t, OPS(NODE_ADD(1, 1), NODE_NAME(2, 1, "nodeA"), AD_NEW(3, 1, 1, "9.1.1.1", 24),
		       AD_NEW(6, 1, 2, "9.2.1.1", 24),
		       NODE_ADD(9, 2), NODE_NAME(10, 2, "nodeB"), AD_NEW(11, 2, 1, "9.1.1.2", 24),
		       AD_NEW(14, 2, 2, "9.2.1.2", 24)));
	return t;
}

static inline const struct cdat_adapter *adapter(const struct cdat_table *t, uint16_t node,
						 uint8_t a)
{
	const struct cdat_tnode *n = cdat_table_node(t, node);

	return n ? cdat_tnode_adapter(n, a) : NULL;
}

static inline void assert_same_digest(const struct cdat_table *a, const struct cdat_table *b)
{
	uint8_t da[CDAT_DIGEST_LEN], db[CDAT_DIGEST_LEN];

	cdat_table_digest(a, da);
	cdat_table_digest(b, db);
	assert_memory_equal(da, db, sizeof(da));
}

static inline bool same_digest(const struct cdat_table *a, const struct cdat_table *b)
{
	uint8_t da[CDAT_DIGEST_LEN], db[CDAT_DIGEST_LEN];

	cdat_table_digest(a, da);
	cdat_table_digest(b, db);
	return !memcmp(da, db, sizeof(da));
}

static inline void take_graves(struct cdat_table *t, const struct cdat_table *from)
{
	static uint8_t buf[CDAT_GRAVES_OCTETS];
	struct cdat_writer w;

	cdat_writer_init(&w, buf, sizeof(buf));
	assert_true(cdat_table_put_graves(from, &w));
	assert_true(cdat_table_take_graves(t, cdat_written(&w)));
}

/* All entries and graves of `from` into a new table. */
static inline struct cdat_table *rebuilt(const struct cdat_table *from)
{
	struct cdat_table *t = cdat_table_new(1);
	struct cdat_entry_sum sum;
	struct cdat_entry_id id;
	uint8_t buf[4096];
	size_t i = 0;

	while (cdat_table_next_sum(from, &i, &sum)) {
		struct cdat_writer w;

		cdat_writer_init(&w, buf, sizeof(buf));
		assert_true(cdat_table_put_entry(from, sum.id, &w));
		assert_int_equal(cdat_table_take_entry(t, cdat_written(&w), &id), CDAT_DEC_OK);
		assert_int_equal(id.kind, sum.id.kind);
		assert_int_equal(id.number, sum.id.number);
	}
	take_graves(t, from);
	cdat_table_set_version(t, cdat_table_version(from));
	return t;
}

static inline void same_graves(const struct cdat_table *a, const struct cdat_table *b)
{
	const struct cdat_grave *ga, *gb;
	size_t n = cdat_table_graves(a, &ga);

	assert_int_equal(cdat_table_graves(b, &gb), n);
	assert_int_equal(cdat_table_graves_sum(a), cdat_table_graves_sum(b));
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(ga[i].id.kind, gb[i].id.kind);
		assert_int_equal(ga[i].id.number, gb[i].id.number);
		assert_int_equal(cdat_stamp_order(ga[i].stamp, gb[i].stamp), 0);
	}
}

static inline void same_table(const struct cdat_table *a, const struct cdat_table *b)
{
	struct cdat_entry_sum sa, sb;
	struct cdat_stamp ta, tb;
	size_t i = 0, k = 0;

	assert_same_digest(a, b);
	while (cdat_table_next_sum(a, &i, &sa)) {
		assert_true(cdat_table_next_sum(b, &k, &sb));
		assert_int_equal(sa.id.kind, sb.id.kind);
		assert_int_equal(sa.id.number, sb.id.number);
		assert_int_equal(sa.digest, sb.digest);
		assert_true(cdat_table_stamp(a, sa.id, &ta) && cdat_table_stamp(b, sb.id, &tb));
		assert_int_equal(ta.version, tb.version);
		assert_int_equal(ta.epoch, tb.epoch);
		assert_int_equal(ta.editor, tb.editor);
	}
	assert_false(cdat_table_next_sum(b, &k, &sb));
	same_graves(a, b);
	assert_int_equal(cdat_table_next_node(a), cdat_table_next_node(b));
}

#endif
