/* SPDX-License-Identifier: BSD-2-Clause */
/* Who holds a role, and who could. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/role.h"

static bool up[10];
static uint8_t class_of[10];

static bool eligible(void *ctx, uint16_t node)
{
	(void)ctx;
	return up[node];
}

static uint8_t best_class(void *ctx, uint16_t node)
{
	(void)ctx;
	return class_of[node];
}

static struct cdat_role_view view = {
	.eligible = eligible, .best_class = best_class, .majority = true
};

static struct cdat_role role(uint8_t policy, bool sticky)
{
	struct cdat_role r = { .role = 1, .policy = policy, .sticky = sticky, .ncandidates = 3,
			       .candidates = { 3, 1, 2 } };

	for (size_t i = 0; i < 10; i++) {
		up[i] = true;
		class_of[i] = CDAT_CLASS_STANDARD;
	}
	view.majority = true;
	return r;
}

static void expect(const struct cdat_role *r, uint16_t holder, uint8_t state, uint32_t backups,
		   uint32_t moves)
{
	assert_int_equal(r->holder, holder);
	assert_int_equal(r->state, state);
	assert_int_equal(r->backups, backups);
	assert_int_equal(r->moves, moves);
}

static void ordered(void **state)
{
	struct cdat_role r = role(CDAT_POLICY_ORDERED, false);
	(void)state;

	assert_true(cdat_role_assign(&r, &view));
	expect(&r, 3, CDAT_ROLE_PREFERRED, 2, 1);
	assert_false(cdat_role_assign(&r, &view));
	up[3] = false;
	assert_true(cdat_role_assign(&r, &view));
	expect(&r, 1, CDAT_ROLE_BACKUP, 1, 2);
	up[1] = false;
	assert_true(cdat_role_assign(&r, &view));
	expect(&r, 2, CDAT_ROLE_BACKUP, 0, 3);
	up[2] = false;
	assert_true(cdat_role_assign(&r, &view));
	expect(&r, 0, CDAT_ROLE_VACANT, 0, 4);
	up[1] = up[3] = true;
	assert_true(cdat_role_assign(&r, &view));
	expect(&r, 3, CDAT_ROLE_PREFERRED, 1, 5);
}

static void sticky(void **state)
{
	struct cdat_role r = role(CDAT_POLICY_ORDERED, true);
	(void)state;

	up[3] = false;
	assert_true(cdat_role_assign(&r, &view));
	expect(&r, 1, CDAT_ROLE_BACKUP, 1, 1);
	up[3] = true;
	assert_false(cdat_role_assign(&r, &view));
	expect(&r, 1, CDAT_ROLE_BACKUP, 2, 1);
	/* a holder that is no candidate any more loses it */
	r.candidates[1] = 5;
	assert_true(cdat_role_assign(&r, &view));
	expect(&r, 3, CDAT_ROLE_PREFERRED, 2, 2);
	up[3] = false;
	assert_true(cdat_role_assign(&r, &view));
	expect(&r, 5, CDAT_ROLE_BACKUP, 1, 3);
}

static void by_class(void **state)
{
	struct cdat_role r = role(CDAT_POLICY_BEST_CLASS, false);
	(void)state;

	assert_true(cdat_role_assign(&r, &view));
	expect(&r, 3, CDAT_ROLE_PREFERRED, 2, 1);	/* equal: the first */
	class_of[2] = CDAT_CLASS_CONTROL;
	assert_true(cdat_role_assign(&r, &view));
	expect(&r, 2, CDAT_ROLE_BACKUP, 2, 2);
	class_of[1] = CDAT_CLASS_CONTROL;
	assert_true(cdat_role_assign(&r, &view));
	expect(&r, 1, CDAT_ROLE_BACKUP, 2, 3);
	class_of[1] = class_of[2] = class_of[3] = 0;	/* no usable adapter known */
	up[1] = up[3] = false;
	assert_true(cdat_role_assign(&r, &view));
	expect(&r, 2, CDAT_ROLE_BACKUP, 0, 4);
}

static void needs_majority(void **state)
{
	struct cdat_role r = role(CDAT_POLICY_ORDERED, true);
	(void)state;

	r.needs_majority = true;
	assert_true(cdat_role_assign(&r, &view));
	view.majority = false;
	assert_true(cdat_role_assign(&r, &view));
	expect(&r, 0, CDAT_ROLE_SUSPENDED, 0, 2);
	assert_false(cdat_role_assign(&r, &view));
	r.needs_majority = false;
	assert_true(cdat_role_assign(&r, &view));
	expect(&r, 3, CDAT_ROLE_PREFERRED, 2, 3);
}

static void no_candidates(void **state)
{
	struct cdat_role r = role(CDAT_POLICY_ORDERED, true);
	(void)state;

	r.ncandidates = 0;
	assert_false(cdat_role_assign(&r, &view));
	expect(&r, 0, CDAT_ROLE_VACANT, 0, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ordered), cmocka_unit_test(sticky), cmocka_unit_test(by_class),
		cmocka_unit_test(needs_majority), cmocka_unit_test(no_candidates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
