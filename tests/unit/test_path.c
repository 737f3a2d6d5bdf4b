/* SPDX-License-Identifier: BSD-2-Clause */
/* One address: response times by RFC 6298, attempts, states, hold-down, sizes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/path.h"

#define MS	UINT64_C(1000)

static const struct cdat_params params = { .response_min_ms = 10, .response_max_ms = 3000,
					   .probe_ms = 1000 };

static struct cdat_link_addr address(uint8_t adapter, uint16_t mtu)
{
	return (struct cdat_link_addr){ .adapter = adapter, .threshold = 2, .mtu = mtu,
					.addr = { .family = CDAT_AF_IPV4, .port = 9173,
						  .octets = { 10, 0, 0, adapter } } };
}

static struct path fresh(uint8_t adapter)
{
	struct cdat_link_addr a = address(adapter, 1500);
	struct path p = { 0 };

	path_set(&p, &a, 1);
	return p;
}

static void response_time(void **state)
{
	struct path p = fresh(1);

	(void)state;
	assert_int_equal(path_timeout(&p, &params), PATH_FIRST_TIMEOUT);
	path_sample(&p, 40000);			/* RFC 6298 (2.2) */
	assert_int_equal(p.srtt, 40000);
	assert_int_equal(p.rttvar, 20000);
	assert_int_equal(path_timeout(&p, &params), 40000 + 4 * 20000);
	path_sample(&p, 80000);			/* (2.3): the deviation first, from the old SRTT */
	assert_int_equal(p.rttvar, (3 * 20000 + 40000) / 4);
	assert_int_equal(p.srtt, (7 * 40000 + 80000) / 8);
	for (unsigned i = 0; i < 100; i++)
		path_sample(&p, 200);
	assert_int_equal(path_timeout(&p, &params), 10 * MS);	/* response-min */
	for (unsigned i = 0; i < 50; i++)
		path_sample(&p, 9000000);
	assert_int_equal(path_timeout(&p, &params), 3000 * MS);	/* response-max */
	path_sample(&p, UINT32_MAX);
	assert_int_equal(path_timeout(&p, &params), 3000 * MS);
}

static void attempts(void **state)
{
	struct path p = fresh(1);

	(void)state;
	path_sample(&p, 300);
	assert_int_equal(path_expiry(&p, &params), UINT64_MAX);
	path_attempt(&p, 1000);
	path_attempt(&p, 5000);			/* the oldest open one is timed */
	assert_int_equal(path_expiry(&p, &params), 11000);
	assert_true(path_answer(&p, 1000, 5200));
	assert_int_equal(p.state, CDAT_UP);
	assert_int_equal(path_expiry(&p, &params), 15200);	/* the second is still open */
	assert_false(path_answer(&p, 5000, 5300));
	assert_int_equal(path_expiry(&p, &params), UINT64_MAX);
	path_answer(&p, 1000, 5400);		/* a second answer to an old one opens nothing */
	assert_int_equal(path_expiry(&p, &params), UINT64_MAX);
	path_attempt(&p, 20000);
	assert_true(path_fail(&p, 30000));
	assert_int_equal(p.state, CDAT_SUSPECT);
	path_attempt(&p, 30000);
	assert_int_equal(path_expiry(&p, &params), 50000);	/* backs off */
	assert_false(path_fail(&p, 50000));
	assert_int_equal(p.state, CDAT_SUSPECT);		/* threshold 2 is not exceeded */
	path_attempt(&p, 50000);
	assert_true(path_fail(&p, 90000));
	assert_int_equal(p.state, CDAT_DOWN);
	assert_int_equal(p.downs, 1);
	assert_int_equal(p.changed, 90000);
	for (unsigned i = 0; i < 100; i++)
		path_fail(&p, 90000);
	assert_int_equal(path_timeout(&p, &params), 3000 * MS);
	assert_int_equal(p.timeouts, 103);
	assert_int_equal(p.downs, 1);
	assert_true(path_answer(&p, 20000, 95000));		/* a late answer counts as well */
	assert_int_equal(p.failures, 0);
	assert_int_equal(p.state, CDAT_UP);
}

static void choice(void **state)
{
	struct path a = fresh(1), b = fresh(2), c = fresh(3);
	struct path *all[] = { &a, &b, &c };

	(void)state;
	assert_ptr_equal(path_best(all, 3, NULL), &a);
	b.state = CDAT_UP;
	c.state = CDAT_UP;
	assert_ptr_equal(path_best(all, 3, NULL), &b);
	assert_ptr_equal(path_best(all, 3, &b), &c);
	b.state = c.state = CDAT_DOWN;
	a.state = CDAT_SUSPECT;
	assert_ptr_equal(path_best(all, 3, NULL), &a);
	assert_null(path_best(all, 3, &a));
	assert_ptr_equal(path_find(all, 3, 3), &c);
	assert_null(path_find(all, 3, 4));
}

static void hold_down(void **state)
{
	struct path p = fresh(1);
	uint64_t now = 1000 * MS;

	(void)state;
	path_left(&p, &params, now);			/* the first time: no hold */
	assert_false(path_may_return(&p, now));
	for (unsigned i = 0; i < CDAT_FAILBACK_PROBES; i++) {
		assert_false(path_may_return(&p, now));
		path_attempt(&p, now);
		path_answer(&p, now, now + 200);
	}
	assert_true(path_may_return(&p, now));
	for (uint32_t hold = 1000; hold < 4 * PATH_HOLD_MAX; hold *= 2) {
		uint32_t held = hold < PATH_HOLD_MAX ? hold : PATH_HOLD_MAX;

		p.used = now;
		path_left(&p, &params, now + 10);
		p.probes_ok = CDAT_FAILBACK_PROBES;
		assert_false(path_may_return(&p, now + held * MS - 1));
		now += 10 + held * MS;
		assert_true(path_may_return(&p, now));
	}
	p.used = now;
	now += 1000 * PATH_STABLE * MS;
	path_left(&p, &params, now);
	assert_int_equal(p.hold_ms, 0);
}

static void sizes(void **state)
{
	struct path p = fresh(1);
	struct cdat_link_addr a = address(1, 9000);

	(void)state;
	assert_int_equal(path_max(&p, false), 1472);
	assert_int_equal(path_max(&p, true), PATH_BASE_MTU - 28);	/* nothing proven yet */
	p.mtu.proven = 1400;
	assert_int_equal(path_max(&p, true), 1372);
	assert_int_equal(path_max(&p, false), 1472);
	p.lmtu = 1300;				/* our own adapter is narrower */
	assert_int_equal(path_max(&p, true), 1272);
	p.sent = 7;
	path_set(&p, &a, 50);			/* another MTU of the same address */
	assert_int_equal(p.mtu.proven, 0);
	assert_int_equal(p.sent, 7);
	a.addr.octets[3] = 9;
	path_set(&p, &a, 60);			/* another address */
	assert_int_equal(p.sent, 0);
	assert_int_equal(p.since, 60);
	a.addr.family = CDAT_AF_IPV6;
	path_set(&p, &a, 70);
	assert_int_equal(path_max(&p, false), 9000 - 48);
	a.mtu = 20;				/* never less than any host takes */
	path_set(&p, &a, 80);
	assert_int_equal(path_max(&p, false), 576 - 48);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(response_time),
		cmocka_unit_test(attempts),
		cmocka_unit_test(choice),
		cmocka_unit_test(hold_down),
		cmocka_unit_test(sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
