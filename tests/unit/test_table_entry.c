/* SPDX-License-Identifier: BSD-2-Clause */
/* Entries as octets: whole, damaged and cut; and every allocation of the table failing once. */
#include "table_fixture.h"
#include "wire/records.h"

/* ---- an allocator that fails at a chosen call (linked with --wrap) -------------------- */

static long fail_in = -1;		/* calls that still succeed; -1: all */

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);

static bool fails(void)
{
	return fail_in >= 0 && fail_in-- == 0;
}

void *__wrap_malloc(size_t n)
{
	return fails() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
	return fails() ? NULL : __real_realloc(p, n);
}

static struct cdat_table *with_everything(void)
{
	struct cdat_table *t = fig5();

	rules.facts_ok = true;
	change(&t, OPS(AD_NUM(1, 2, 1, CDAT_A_FACT_MTU, 1500),
		       AD_TEXT(2, 2, 1, CDAT_A_FACT_IFNAME, "eth0"), AD_NUM(3, 2, 1, CDAT_A_DSCP, 0),
		       AD_IP(4, 1, 2, "2001:db8::1"),
		       AD_NUM(5, 1, 2, CDAT_A_PREFIX_LEN, 64), AD_NUM(6, 1, 2, CDAT_A_PORT, 7),
		       PARAM(7, CDAT_A_QUORUM, 2), LOCK(8, 4711),
		       { .index = 9, .kind = CDAT_OP_ROLE_PUT, .role = { .role = 5, .name = "web",
			 .policy = 2, .sticky = true, .ncandidates = 2, .candidates = { 2, 1 } } },
		       { .index = 10, .kind = CDAT_OP_WANTED_PUT, .wanted = { .wanted = 3, .node = 1,
			 .subnet = ip("9.9.0.0"), .prefix_len = 16, .via = ip("9.1.1.2") } }));
	rules.facts_ok = false;
	return t;
}

static void entries(void **state)
{
	struct cdat_table *t = with_everything(), *u = rebuilt(t);
	struct cdat_writer w;
	uint8_t small[8];
	(void)state;

	same_table(t, u);
	assert_string_equal(adapter(u, 2, 1)->ifname, "eth0");
	assert_int_equal(cdat_table_by_name(u, "nodeB")->node.node, 2);
	cdat_writer_init(&w, small, sizeof(small));
	assert_false(cdat_table_put_entry(t, (struct cdat_entry_id){ CDAT_ENT_NODE, 1 }, &w));
	assert_true(w.failed);
	assert_false(cdat_table_put_entry(t, (struct cdat_entry_id){ CDAT_ENT_NODE, 9 }, &w));
	assert_false(cdat_table_put_entry(t, (struct cdat_entry_id){ 9, 9 }, &w));
	assert_true(cdat_table_drop_entry(u, (struct cdat_entry_id){ CDAT_ENT_NODE, 2 }));
	assert_true(cdat_table_drop_entry(u, (struct cdat_entry_id){ CDAT_ENT_NODE, 2 }));
	assert_true(cdat_table_drop_entry(u, (struct cdat_entry_id){ CDAT_ENT_ROLE, 5 }));
	assert_true(cdat_table_drop_entry(u, (struct cdat_entry_id){ CDAT_ENT_WANTED, 3 }));
	assert_true(cdat_table_drop_entry(u, (struct cdat_entry_id){ CDAT_ENT_META, 0 }));
	assert_null(cdat_table_by_name(u, "nodeB"));
	assert_int_equal(cdat_table_count(u), 1);
	assert_int_equal(cdat_table_roles(u, NULL), 0);
	cdat_table_free(t);
	cdat_table_free(u);
}

/* Takes `entry` into a copy of `t`: refused, it changed nothing; taken, it is given out in
 * its one form, which is taken for the same again.  (Not always the octets that came: a
 * damaged tag can make a field one that a reader does not know and may skip.) */
static bool taken(const struct cdat_table *t, struct cdat_view entry)
{
	struct cdat_table *u = cdat_table_copy(t);
	struct cdat_entry_id id;
	struct cdat_writer w;
	uint8_t back[4096];
	bool ok = cdat_table_take_entry(u, entry, &id) == CDAT_DEC_OK;

	if (ok) {
		struct cdat_table *again = cdat_table_copy(u);

		cdat_writer_init(&w, back, sizeof(back));
		assert_true(cdat_table_put_entry(u, id, &w));
		assert_true(w.len <= entry.len || id.kind == CDAT_ENT_META);
		assert_int_equal(cdat_table_take_entry(again, cdat_written(&w), &id), CDAT_DEC_OK);
		same_table(again, u);
		cdat_table_free(again);
	} else {
		same_table(t, u);
	}
	cdat_table_free(u);
	return ok;
}

static void damaged_entries(void **state)
{
	struct cdat_table *t = with_everything();
	struct cdat_entry_sum sum;
	size_t i = 0, n[2] = { 0, 0 };
	uint8_t buf[4096];
	(void)state;

	while (cdat_table_next_sum(t, &i, &sum)) {
		struct cdat_writer w;

		cdat_writer_init(&w, buf, sizeof(buf));
		assert_true(cdat_table_put_entry(t, sum.id, &w));
		for (size_t bit = 0; bit < w.len * 8; bit++) {
			buf[bit / 8] ^= (uint8_t)(1 << bit % 8);
			n[taken(t, cdat_written(&w))]++;
			buf[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
		for (size_t len = 0; len < w.len; len++)
			n[taken(t, (struct cdat_view){ buf, len })]++;
	}
	assert_true(n[0] > 100 && n[1] > 100);
	cdat_table_free(t);
}

/* A node with all adapters and all fields as long as they can be, and such a role. */
static void longest_entries(void **state)
{
	struct cdat_table *t = fig5(), *u;
	struct cdat_op ops[CDAT_NODE_ADAPTERS * 12 + 2];
	char name[CDAT_NAME_MAX + 1];
	size_t n = 0;
	(void)state;

	memset(name, 'n', CDAT_NAME_MAX);
	name[CDAT_NAME_MAX] = 0;
	ops[n++] = (struct cdat_op)NODE_ADD(1, 65535);
	ops[n++] = (struct cdat_op)NODE_NAME(1, 65535, "");
	strcpy(ops[1].text, name);
	for (unsigned k = 0; k < CDAT_NODE_ADAPTERS; k++) {
		uint8_t a = (uint8_t)(CDAT_ADAPTER_MAX - k);
		static const struct { uint8_t attr; int64_t number; } most[] = {
			{ CDAT_A_PREFERENCE, 65535 }, { CDAT_A_PREFIX_LEN, 128 }, { CDAT_A_PORT, 65535 },
			{ CDAT_A_CLASS, 5 }, { CDAT_A_DSCP, 63 }, { CDAT_A_MTU, 65535 },
			{ CDAT_A_RETRY, 255 }, { CDAT_A_FACT_TYPE, 65535 }, { CDAT_A_FACT_MTU, 65535 },
		};

		ops[n++] = (struct cdat_op)AD_ADD(1, 65535, a);
		ops[n] = (struct cdat_op)AD_IP(1, 65535, a, "2001:db8:1111:1111:1111:1111:1111:1111");
		ops[n++].addr.octets[15] = a;
		for (size_t i = 0; i < sizeof(most) / sizeof(most[0]); i++)
			ops[n++] = (struct cdat_op)AD_NUM(1, 65535, a, most[i].attr, most[i].number);
		ops[n] = (struct cdat_op)AD_TEXT(1, 65535, a, CDAT_A_FACT_IFNAME, "");
		strcpy(ops[n++].text, name);
	}
	rules.facts_ok = true;
	change(&t, ops, n);
	rules.facts_ok = false;
	n = 0;
	ops[n++] = (struct cdat_op){ .index = 1, .kind = CDAT_OP_ROLE_PUT, .role = { .role = 65535,
		.policy = 2, .sticky = true, .needs_majority = true, .ncandidates = 2,
		.candidates = { 65535, 1 } } };
	strcpy(ops[0].role.name, name);
	change(&t, ops, n);
	u = rebuilt(t);
	same_table(t, u);
	assert_int_equal(cdat_table_node(u, 65535)->nadapters, CDAT_NODE_ADAPTERS);
	assert_string_equal(adapter(u, 65535, 254)->ifname, name);
	cdat_table_free(t);
	cdat_table_free(u);
}

/* ---- the two forms of a node ------------------------------------------------------------ */

/* Nodes as they lay in state files before there was a shorter form. */
struct long_form { struct cdat_stamp stamp; struct cdat_node node; struct cdat_view adapters; };
static const struct cdat_field long_rows[] = {
	CDAT_ROW(struct long_form, stamp.version, 1, CDAT_T_U32),
	CDAT_ROW(struct long_form, stamp.epoch, 2, CDAT_T_U32),
	CDAT_ROW(struct long_form, stamp.editor, 3, CDAT_T_U16),
	CDAT_ROW_SUB(struct long_form, node, 4, CDAT_T_MSG, &cdat_msg_node_conf),
	CDAT_ROW_SUB(struct long_form, adapters, 5, CDAT_T_LIST, &cdat_msg_adapter_conf),
};
static CDAT_MSG_DEF(long_msg, struct long_form, long_rows);

static size_t put_long(const struct cdat_tnode *n, uint8_t *buf, size_t cap)
{
	struct long_form src = { .stamp = n->stamp, .node = n->node };
	uint8_t list[2048];
	struct cdat_writer w, lw;

	cdat_writer_init(&lw, list, sizeof(list));
	for (size_t i = 0; i < n->nadapters; i++)
		assert_true(cdat_list_add(&lw, &cdat_msg_adapter_conf, &n->adapters[i]));
	src.adapters = cdat_written(&lw);
	cdat_writer_init(&w, buf, cap);
	cdat_put_uint(&w, CDAT_ENT_NODE, 1);
	assert_true(cdat_encode(&w, &long_msg, &src));
	return w.len;
}

static void both_forms(void **state)
{
	struct cdat_table *t = with_everything(), *u = rebuilt(t);
	struct cdat_entry_id id;
	uint8_t buf[4096];
	(void)state;

	assert_true(cdat_table_drop_entry(u, (struct cdat_entry_id){ CDAT_ENT_NODE, 1 }));
	assert_true(cdat_table_drop_entry(u, (struct cdat_entry_id){ CDAT_ENT_NODE, 2 }));
	for (uint16_t n = 1; n <= 2; n++) {
		struct cdat_writer w;
		size_t len = put_long(cdat_table_node(t, n), buf, sizeof(buf));

		assert_int_equal(cdat_table_take_entry(u, (struct cdat_view){ buf, len }, &id),
				 CDAT_DEC_OK);
		assert_int_equal(id.kind, CDAT_ENT_NODE);
		assert_int_equal(id.number, n);
		cdat_writer_init(&w, buf, sizeof(buf));
		assert_true(cdat_table_put_entry(t, id, &w));
		assert_true(w.len < len * 3 / 4);
	}
	same_table(t, u);
	cdat_table_free(t);
	cdat_table_free(u);
}

static size_t put_as(const struct cdat_table *t, struct cdat_entry_id id, uint8_t format,
		     uint8_t *buf, size_t cap)
{
	struct cdat_writer w;

	cdat_writer_init(&w, buf, cap);
	w.format = format;
	assert_true(cdat_table_put_entry(t, id, &w));
	return w.len;
}

/* What is written for members of format 2 is shorter and says the same, to the octet, however
 * the fields that are written by each other are related. */
static void related_form(void **state)
{
	static const struct { int64_t preference[3]; int64_t prefix[3], reported[3]; } are[] = {
		{ { 100, 100, 100 }, { 24, 24, 24 }, { 24, 24, 24 } },
		{ { 10, 20, 30 }, { 16, 0, 24 }, { 16, 16, 24 } },
		{ { 65535, 100, 1 }, { 0, 0, 0 }, { 0, 24, 24 } },
		{ { 65530, 4, 14 }, { 32, 1, 0 }, { 1, 32, 0 } },
	};
	struct cdat_table *t = fig5();
	const struct cdat_entry_id id = { CDAT_ENT_NODE, 1 };
	uint8_t a[1024], b[1024], c[1024];
	(void)state;

	rules.facts_ok = true;
	change(&t, OPS(AD_NEW(1, 1, 3, "9.3.1.1", 24)));
	for (size_t i = 0; i < sizeof(are) / sizeof(are[0]); i++) {
		struct cdat_table *u = cdat_table_copy(t);
		struct cdat_entry_id got;
		struct cdat_op ops[9];
		size_t n = 0, old, now;

		for (uint8_t k = 0; k < 3; k++) {
			ops[n++] = (struct cdat_op)AD_NUM(1, 1, (uint8_t)(k + 1), CDAT_A_PREFERENCE,
							  are[i].preference[k]);
			ops[n++] = (struct cdat_op)AD_NUM(1, 1, (uint8_t)(k + 1), CDAT_A_PREFIX_LEN,
							  are[i].prefix[k]);
			ops[n++] = (struct cdat_op)AD_NUM(1, 1, (uint8_t)(k + 1), CDAT_A_FACT_PREFIX,
							  are[i].reported[k]);
		}
		change(&t, ops, n);
		old = put_as(t, id, 1, a, sizeof(a));
		now = put_as(t, id, 2, b, sizeof(b));
		assert_int_equal(cdat_table_take_entry(u, (struct cdat_view){ b, now }, &got), CDAT_DEC_OK);
		assert_int_equal(got.number, 1);
		assert_int_equal(put_as(u, id, 1, c, sizeof(c)), old);
		assert_memory_equal(a, c, old);
		assert_true(i != 1 || now < old);
		cdat_table_free(u);
	}
	rules.facts_ok = false;
	cdat_table_free(t);
}

/* ---- lack of memory ---------------------------------------------------------------------- */

static void no_memory_to_apply(void **state)
{
	struct cdat_table *t = with_everything(), *n = NULL, *before = cdat_table_copy(t);
	long k;
	(void)state;

	for (k = 0; !n; k++) {
		fail_in = k;
		n = apply(t, OPS(NODE_ADD(1, 300), NODE_NAME(2, 300, "far"), AD_NEW(3, 300, 1, "9.1.1.3", 24),
				 AD_NEW(6, 2, 3, "9.3.1.2", 24), NODE_DEL(9, 1), LOCK(10, 4712),
				 { .index = 11, .kind = CDAT_OP_ROLE_PUT,
				   .role = { .role = 9, .name = "db", .policy = 1 } }));
		fail_in = -1;
		if (!n) {
			assert_int_equal(outcome.fault, CDAT_FAULT_RESOURCE_UNAVAILABLE);
			assert_int_equal(outcome.result, CDAT_RES_TABLE_FULL);
			assert_string_equal(outcome.text, "out of memory");
			same_table(t, before);
		}
	}
	assert_true(k > 8);
	cdat_table_free(before);
	cdat_table_free(n);
	cdat_table_free(t);
}

/* Into a table that shares everything with another. */
static void no_memory_for_entries(void **state)
{
	struct cdat_table *t = with_everything(), *n = cdat_table_copy(t), *before = cdat_table_copy(t);
	struct cdat_entry_id id;
	struct cdat_writer w;
	uint8_t buf[4096];
	long k;
	(void)state;

	change(&n, OPS(NODE_ADD(1, 300), NODE_NAME(2, 300, "far"), AD_NEW(3, 300, 1, "9.1.1.3", 24)));
	cdat_writer_init(&w, buf, sizeof(buf));
	assert_true(cdat_table_put_entry(n, (struct cdat_entry_id){ CDAT_ENT_NODE, 300 }, &w));
	for (k = 0;; k++) {
		enum cdat_decode d;

		fail_in = k;
		d = cdat_table_take_entry(t, cdat_written(&w), &id);
		fail_in = -1;
		if (d == CDAT_DEC_OK)
			break;
		assert_int_equal(d, CDAT_DEC_NO_MEMORY);
		same_table(t, before);
	}
	assert_true(k > 3);
	for (k = 0;; k++) {
		bool ok;

		cdat_table_free(before);
		before = cdat_table_copy(t);
		fail_in = k;
		ok = cdat_table_drop_entry(t, (struct cdat_entry_id){ CDAT_ENT_NODE, 300 });
		fail_in = -1;
		if (ok)
			break;
		same_table(t, before);
	}
	assert_true(k > 1);
	for (k = 0; k < 3; k++) {
		fail_in = k;
		assert_null(cdat_table_copy(t));
		fail_in = -1;
	}
	fail_in = 0;
	assert_null(cdat_table_new(1));
	fail_in = -1;
	cdat_table_free(before);
	cdat_table_free(n);
	cdat_table_free(t);
}

/* Graves: nothing is changed; a key never has both. */
static void no_memory_for_graves(void **state)
{
	struct cdat_table *t = with_everything(), *shared, *before = cdat_table_copy(t);
	const struct cdat_entry_id id = { CDAT_ENT_ROLE, 5 };
	struct cdat_grave g = { id, { 99, 9, 9 } };
	struct cdat_writer w;
	char text[CDAT_TEXT_MAX + 1];
	struct cdat_entry_id got;
	uint8_t buf[4096];
	bool conflict, done;
	long k;
	(void)state;

	cdat_writer_init(&w, buf, sizeof(buf));
	assert_true(cdat_table_put_entry(t, id, &w));
	for (k = 0, done = false; !done; k++) {
		fail_in = k;
		done = cdat_table_merge_grave(t, &g, 0, &conflict, text) == CDAT_MERGE_TAKEN;
		fail_in = -1;
		if (!done)
			same_table(t, before);
	}
	assert_true(k > 2);
	assert_int_equal(cdat_table_roles(t, NULL), 0);
	shared = cdat_table_copy(t);
	for (k = 0, done = false; !done; k++) {
		fail_in = k;
		done = cdat_table_take_entry(t, cdat_written(&w), &got) == CDAT_DEC_OK;
		fail_in = -1;
		if (!done)
			same_table(t, shared);
	}
	assert_true(k > 1);
	same_table(t, before);
	cdat_table_free(shared);
	cdat_table_free(before);
	cdat_table_free(t);
}

/* Merging and settling: nothing is changed, and with memory it comes out as ever. */
static void no_memory_to_merge(void **state)
{
	struct cdat_table *t = fig5(), *n = cdat_table_copy(t), *before;
	char text[CDAT_TEXT_MAX + 1];
	struct cdat_writer w;
	uint8_t buf[4096];
	bool conflict;
	long k, settled = 0;
	(void)state;

	change(&n, OPS(AD_NUM(1, 2, 1, CDAT_A_MTU, 1400), NODE_ADD(2, 3), NODE_NAME(3, 3, "nodeC"),
		       AD_NEW(4, 3, 1, "9.1.1.3", 24)));
	change(&t, OPS(AD_NUM(1, 2, 1, CDAT_A_MTU, 1500), NODE_ADD(2, 4), NODE_NAME(3, 4, "nodeC"),
		       AD_NEW(4, 4, 1, "9.1.1.3", 24)));
	before = cdat_table_copy(t);
	cdat_writer_init(&w, buf, sizeof(buf));
	assert_true(cdat_table_put_entry(n, (struct cdat_entry_id){ CDAT_ENT_NODE, 3 }, &w));
	for (k = 0;; k++) {
		enum cdat_merge m;

		fail_in = k;
		m = cdat_table_merge_entry(t, cdat_written(&w), 0, &conflict, text);
		fail_in = -1;
		if (m == CDAT_MERGE_TAKEN)
			break;
		assert_int_equal(m, CDAT_MERGE_BAD);
		same_table(t, before);
	}
	assert_true(k > 1);
	for (k = 0; settled < 2; k++) {
		cdat_table_free(before);
		before = cdat_table_copy(t);
		fail_in = k;
		conflict = cdat_table_settle(t, CDAT_PORT_DEFAULT, text);
		fail_in = -1;
		settled += conflict;
		k = conflict ? -1 : k;
		if (!conflict)
			same_table(t, before);
	}
	assert_false(cdat_table_settle(t, CDAT_PORT_DEFAULT, text));
	cdat_table_free(before);
	cdat_table_free(n);
	cdat_table_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries), cmocka_unit_test(longest_entries),
		cmocka_unit_test(both_forms),
		cmocka_unit_test(related_form),
		cmocka_unit_test(damaged_entries), cmocka_unit_test(no_memory_to_apply),
		cmocka_unit_test(no_memory_for_entries),
		cmocka_unit_test(no_memory_for_graves), cmocka_unit_test(no_memory_to_merge),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
