/* SPDX-License-Identifier: BSD-2-Clause */
/* The ordered set against a plain bitmap, over random and ordered insertions and removals. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/rowset.h"

#define KEYS 5000

static int keys[KEYS];

static int cmp_int(const void *key, const void *row)
{
	const int a = *(const int *)key, b = *(const int *)row;

	return a < b ? -1 : a > b;
}

/* The whole set is the bitmap, forwards by next, and each key is found or not. */
static void same(const struct rowset *set, const bool *in)
{
	const int *row = rowset_first(set);
	size_t n = 0;

	for (int k = 0; k < KEYS; k++) {
		const int *found = rowset_find(set, cmp_int, &k);

		assert_int_equal(found != NULL, in[k]);
		if (!in[k])
			continue;
		assert_ptr_equal(row, found);
		assert_ptr_equal(rowset_next(set, cmp_int, &k, true), found);
		row = rowset_next(set, cmp_int, &k, false);
		n++;
	}
	assert_null(row);
	assert_int_equal(set->count, n);
}

static void test_random(void **state)
{
	struct rowset set = { 0 };
	static bool in[KEYS];
	unsigned seed = 1;
	void *old;

	(void)state;
	for (int i = 0; i < KEYS; i++)
		keys[i] = i;
	for (int round = 0; round < 40000; round++) {
		const int k = rand_r(&seed) % KEYS;
		/* grows in the first half, shrinks in the second */
		const bool add = rand_r(&seed) % 4 < (round < 20000 ? 3 : 1);

		if (add) {
			assert_true(rowset_put(&set, cmp_int, &k, &keys[k], &old));
			assert_int_equal(old != NULL, in[k]);
		} else {
			assert_int_equal(rowset_take(&set, cmp_int, &k) != NULL, in[k]);
		}
		in[k] = add;
		if (round % 8000 == 0)
			same(&set, in);
	}
	same(&set, in);
	rowset_clear(&set, NULL);
	assert_null(rowset_first(&set));
}

/* A table that arrives in its order fills its blocks. */
static void test_in_order(void **state)
{
	struct rowset set = { 0 };
	static bool in[KEYS];
	void *old;

	(void)state;
	for (int k = 0; k < KEYS; k++) {
		keys[k] = k;
		in[k] = true;
		assert_true(rowset_put(&set, cmp_int, &k, &keys[k], &old));
	}
	same(&set, in);
	assert_int_equal(set.nblocks, (KEYS + ROWSET_BLOCK - 1) / ROWSET_BLOCK);
	rowset_clear(&set, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
