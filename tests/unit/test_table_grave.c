/* SPDX-License-Identifier: BSD-2-Clause */
/* Graves of one table: who has one, how many, how they are written; see test_table_merge too. */
#include "table_fixture.h"

static bool buried(const struct cdat_table *t, uint8_t kind, uint16_t number)
{
	struct cdat_stamp s;

	return cdat_table_grave(t, (struct cdat_entry_id){ kind, number }, &s);
}

static void who_has_one(void **state)
{
	struct cdat_table *t = fig5(), *without, *before;
	struct cdat_stamp s;
	(void)state;

	change(&t, OPS(ROLE(1, 7, .name = "web", .policy = 1, .ncandidates = 1, .candidates = { 2 }),
		       WANT(2, 3, 2, "9.5.0.0", 16, "9.1.1.1")));
	before = cdat_table_copy(t);
	assert_int_equal(cdat_table_graves(t, NULL), 0);
	/* what a node takes along has its own */
	change(&t, OPS(NODE_DEL(1, 2)));
	assert_int_equal(cdat_table_graves(t, NULL), 2);
	assert_true(buried(t, CDAT_ENT_NODE, 2) && buried(t, CDAT_ENT_WANTED, 3));
	assert_true(cdat_table_grave(t, (struct cdat_entry_id){ CDAT_ENT_NODE, 2 }, &s));
	assert_int_equal(s.version, cdat_table_version(t));
	assert_true(s.epoch == 1 && s.editor == 1);
	assert_true(cdat_table_grave_of_node(t));
	/* the image of before is as it was */
	assert_int_equal(cdat_table_graves(before, NULL), 0);
	/* what is made again, in one change or later, and what never was there has none */
	change(&t, OPS(NODE_ADD(1, 2), NODE_NAME(2, 2, "nodeB"), AD_NEW(3, 2, 1, "9.1.1.2", 24),
		       ROLE_DEL(6, 7), ROLE(7, 7, .name = "db", .policy = 1),));
	assert_int_equal(cdat_table_graves(t, NULL), 1);
	assert_true(buried(t, CDAT_ENT_WANTED, 3));
	assert_false(cdat_table_grave_of_node(t));
	/* members that know none dig none */
	rules.graves = false;
	without = apply(before, OPS(NODE_DEL(1, 2)));
	rules.graves = true;
	assert_int_equal(cdat_table_graves(without, NULL), 0);
	cdat_table_free(without);
	cdat_table_free(before);
	cdat_table_free(t);
}

/* What is asked of a node that was there once is refused as that. */
static void told(void **state)
{
	struct cdat_table *t = fig5();
	(void)state;

	change(&t, OPS(NODE_DEL(1, 2)));
	assert_null(apply(t, OPS(AD_NUM(4, 2, 1, CDAT_A_MTU, 1400))));
	assert_string_equal(outcome.text, "node 2/1: node 2 was removed by nodeA (table version 2); "
			    "add it again first");
	assert_int_equal(outcome.result, CDAT_RES_UNKNOWN_NODE);
	assert_int_equal(outcome.cause, CDAT_CAUSE_REMOVED_NODE);
	assert_int_equal(outcome.fault, CDAT_FAULT_INCONSISTENT_NAME);
	assert_int_equal(outcome.culprit, 4);
	assert_null(apply(t, OPS(NODE_NUM(1, 2, CDAT_A_NODE_ADMIN, 2))));
	assert_int_equal(outcome.cause, CDAT_CAUSE_REMOVED_NODE);
	assert_null(apply(t, OPS(AD_ADD(1, 2, 3))));
	assert_int_equal(outcome.cause, CDAT_CAUSE_REMOVED_NODE);
	assert_null(apply(t, OPS(AD_ADD(1, 9, 3))));
	assert_int_equal(outcome.cause, CDAT_RES_UNKNOWN_NODE);
	cdat_table_free(t);
}

/* Tables that differ in their graves alone have different digests, and the order of digging
 * leaves no trace. */
static void in_the_digest(void **state)
{
	struct cdat_table *a = cdat_table_new(1), *b = cdat_table_new(1), *none = cdat_table_new(1);
	struct cdat_grave one = { { CDAT_ENT_ROLE, 7 }, { 5, 2, 1 } };
	struct cdat_grave two = { { CDAT_ENT_NODE, 9 }, { 4, 2, 1 } }, older = one;
	(void)state;

	older.stamp.epoch = 1;
	assert_true(cdat_table_bury(a, &older) && cdat_table_bury(a, &two));
	assert_true(cdat_table_bury(b, &two) && cdat_table_bury(b, &one));
	assert_false(same_digest(a, b));
	assert_true(cdat_table_bury(a, &one));
	same_table(a, b);
	assert_true(cdat_table_bury(a, &older));	/* is older */
	same_table(a, b);
	assert_true(cdat_table_graves_sum(a) != cdat_table_graves_sum(none));
	assert_false(same_digest(a, none));
	assert_true(cdat_table_forget(a, 2));
	same_table(a, b);
	assert_true(cdat_table_forget(a, 3));
	same_table(a, none);
	assert_true(cdat_table_take_graves(b, (struct cdat_view){ NULL, 0 }));
	same_table(b, none);
	cdat_table_free(a);
	cdat_table_free(b);
	cdat_table_free(none);
}

/* The newest stay, whatever the order in which they come; all fit where they are written. */
static void limit(void **state)
{
	struct cdat_table *a = cdat_table_new(1), *b = cdat_table_new(1), *read;
	struct cdat_grave g = { { CDAT_ENT_WANTED, 0 }, { 0, UINT32_MAX, UINT16_MAX } };
	uint32_t most = 2 * CDAT_GRAVES_MAX;
	(void)state;

	for (uint32_t i = 0; i < most; i++) {
		g.id.number = (uint16_t)(60000 + i);
		g.stamp.version = UINT32_MAX - i;
		assert_true(cdat_table_bury(a, &g));
		g.id.number = (uint16_t)(60000 + most - 1 - i);
		g.stamp.version = UINT32_MAX - (most - 1 - i);
		assert_true(cdat_table_bury(b, &g));
	}
	assert_int_equal(cdat_table_graves(a, NULL), CDAT_GRAVES_MAX);
	same_table(a, b);
	assert_true(buried(a, CDAT_ENT_WANTED, 60000));
	assert_false(buried(a, CDAT_ENT_WANTED, 60000 + CDAT_GRAVES_MAX));
	read = rebuilt(a);
	same_table(a, read);
	cdat_table_free(read);
	cdat_table_free(a);
	cdat_table_free(b);
}

/* A list that buries what the table has: the entry stays (a damaged state file). */
static void list_beside_entries(void **state)
{
	struct cdat_table *t = fig5(), *other = cdat_table_new(1), *before = cdat_table_copy(t);
	struct cdat_grave g = { { CDAT_ENT_NODE, 2 }, { 99, 9, 9 } };
	(void)state;

	assert_true(cdat_table_bury(other, &g));
	take_graves(t, other);
	same_table(t, before);
	cdat_table_free(t);
	cdat_table_free(other);
	cdat_table_free(before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_has_one), cmocka_unit_test(told),
		cmocka_unit_test(in_the_digest),
		cmocka_unit_test(limit), cmocka_unit_test(list_beside_entries),
	};

	rules.graves = true;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
