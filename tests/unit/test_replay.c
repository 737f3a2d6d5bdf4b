/* SPDX-License-Identifier: BSD-2-Clause */
/* The replay window against a list of all numbers seen (S2, S10). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "wire/seal.h"

#define WINDOW	1024

static void test_not_started(void **state)
{
	struct cdat_replay r = { 0 };

	(void)state;
	assert_false(cdat_replay_accept(&r, 0));
	assert_false(cdat_replay_accept(&r, 1));
}

static void test_start_counts_the_past_as_seen(void **state)
{
	struct cdat_replay r;

	(void)state;
	cdat_replay_start(&r, 5000);
	for (uint64_t seq = 5000 - 2 * WINDOW; seq <= 5000; seq++)
		assert_false(cdat_replay_accept(&r, seq));
	assert_true(cdat_replay_accept(&r, 5001));
	assert_false(cdat_replay_accept(&r, 5001));
	cdat_replay_start(&r, 0);
	assert_false(cdat_replay_accept(&r, 0));
}

static void test_edges_of_the_window(void **state)
{
	struct cdat_replay r;

	(void)state;
	cdat_replay_start(&r, 10);
	assert_true(cdat_replay_accept(&r, 10 + 3 * WINDOW));
	assert_true(cdat_replay_accept(&r, 10 + 2 * WINDOW + 1));	/* the oldest in it */
	assert_false(cdat_replay_accept(&r, 10 + 2 * WINDOW));
	assert_false(cdat_replay_accept(&r, 10));
	assert_true(cdat_replay_accept(&r, 10 + 3 * WINDOW + 1));	/* moves the oldest out */
	assert_false(cdat_replay_accept(&r, 10 + 2 * WINDOW + 1));
	assert_true(cdat_replay_accept(&r, 10 + 2 * WINDOW + 2));
}

/* Jumps of every size, from every place: what was passed over is open, the rest is not. */
static void s10_jumps(void **state)
{
	(void)state;
	for (uint64_t base = 1; base < 200; base += 13) {
		for (uint64_t jump = 1; jump < WINDOW + 70; jump++) {
			struct cdat_replay r;

			cdat_replay_start(&r, base + WINDOW);
			assert_true(cdat_replay_accept(&r, base + WINDOW + jump));
			if (jump > 1 && jump <= WINDOW) {
				assert_true(cdat_replay_accept(&r, base + WINDOW + 1));
				assert_false(cdat_replay_accept(&r, base + WINDOW + 1));
				assert_int_equal(cdat_replay_accept(&r, base + WINDOW + jump - 1), jump > 2);
			}
			assert_false(cdat_replay_accept(&r, base + WINDOW));
			assert_false(cdat_replay_accept(&r, base + WINDOW + jump));
		}
	}
}

static uint64_t seed = 88172645463325252u;

static uint64_t next(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

/* Any order of numbers near `base` is judged as a plain record of all of them judges. */
static void against_record(uint64_t base)
{
	enum { SPAN = 20000, STEPS = 60000 };
	uint8_t *seen = calloc(1, SPAN);
	struct cdat_replay r;
	uint64_t top = 0, drift = 0;

	cdat_replay_start(&r, base);
	seen[0] = 1;
	for (unsigned i = 0; i < STEPS; i++) {
		drift += next() % 3 == 0;
		uint64_t at = (drift / 2 + next() % 2500) % SPAN;
		bool want = !seen[at] && (at > top || top - at < WINDOW);

		assert_int_equal(cdat_replay_accept(&r, base + at), want);
		seen[at] |= want;
		if (want && at > top)
			top = at;
	}
	assert_true(top > 10000);
	free(seen);
}

static void test_random_order(void **state)
{
	(void)state;
	against_record(0);
	against_record(12345678901234u);
	against_record(UINT64_MAX - 20000);
}

/* At 2^64 it ends; it does not begin anew, for the nonces would. */
static void s10_wrap(void **state)
{
	struct cdat_replay r;

	(void)state;
	cdat_replay_start(&r, UINT64_MAX - 2);
	assert_true(cdat_replay_accept(&r, UINT64_MAX));
	assert_true(cdat_replay_accept(&r, UINT64_MAX - 1));
	for (uint64_t seq = 0; seq < 2 * WINDOW; seq++) {
		assert_false(cdat_replay_accept(&r, seq));
		assert_false(cdat_replay_accept(&r, UINT64_MAX - seq));
	}
	cdat_replay_start(&r, UINT64_MAX - 5 * WINDOW);
	assert_true(cdat_replay_accept(&r, UINT64_MAX));
	assert_true(cdat_replay_accept(&r, UINT64_MAX - WINDOW + 1));
	assert_false(cdat_replay_accept(&r, UINT64_MAX - WINDOW));
	assert_false(cdat_replay_accept(&r, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_not_started),
		cmocka_unit_test(test_start_counts_the_past_as_seen),
		cmocka_unit_test(test_edges_of_the_window),
		cmocka_unit_test(s10_jumps),
		cmocka_unit_test(test_random_order),
		cmocka_unit_test(s10_wrap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
