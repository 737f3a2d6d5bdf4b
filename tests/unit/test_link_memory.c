/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Links when memory is short: what was accepted still arrives, each once and in order;
 * what cannot be taken is refused.  The program is linked with --wrap of the allocator.
 */
#include "linkpair.h"

#include <stdlib.h>

static unsigned per_mille;
static uint64_t rng = 1;
static unsigned long failed;

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);

static bool fails(void)
{
	if (net_own_code || !per_mille)
		return false;
	rng = rng * UINT64_C(6364136223846793005) + 1442695040888963407u;
	if (rng >> 33 & 1023 && (rng >> 33) % 1000 >= per_mille)
		return false;
	failed++;
	return true;
}

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t size)
{
	return fails() ? NULL : __real_realloc(p, size);
}

static void lossy(struct net_wire *w, uint64_t loss)
{
	w->loss = (unsigned)loss;
	w->jitter = 300;
}

static void short_memory(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 20; seed++) {
		struct net *net = group(2, 2, seed);
		uint32_t number = 0;
		unsigned refused = 0;

		rng = seed;
		per_mille = 20 + (unsigned)seed * 20;
		net_each(net, lossy, 50);
		net_watch_all(net, CDAT_WATCH_BEAT);
		for (unsigned i = 0; i < 500; i++) {
			size_t len = net_random(net) % 20 ? 4 + net_random(net) % 500 : 30000;
			enum cdat_send_error e = net_send(net, 1, 2, number, len, number + 1u);

			assert_true(e == CDAT_SEND_OK || e == CDAT_SEND_NO_MEMORY);
			number += e == CDAT_SEND_OK;
			refused += e != CDAT_SEND_OK;
			net_run(net, MS);
		}
		per_mille = 0;
		assert_true(refused > 0 && number > 0);
		net_run(net, 20 * SECOND);
		assert_int_equal(net->nodes[2].wrong, 0);
		assert_int_equal(net->nodes[2].delivered, number);
		assert_int_equal(net->nodes[1].done_ok, number);
		net_free(net);
	}
	assert_true(failed > 1000);
}

/* Each allocation of a first contact fails once. */
static void each_one(void **state)
{
	struct cdat_link_addr addrs[NET_ADAPTERS];

	(void)state;
	for (unsigned nth = 0; nth < 12; nth++) {
		struct net *net = net_new(2, 100 + nth);
		struct cdat_link *link;

		net_start(net, 1);
		net_start(net, 2);
		link = net->nodes[1].link;
		net_addrs(net, 2, addrs);
		per_mille = 1000;
		net_own_code = 0;
		assert_false(cdat_link_peer(link, 2, addrs, 2, net->now));
		assert_int_equal(cdat_link_current(link, 2), 0);
		net_own_code = 1;
		per_mille = 0;
		net_meet(net);
		per_mille = 1000;
		net_own_code = 0;
		cdat_link_watch(link, 2, CDAT_WATCH_BEAT, net->now);
		assert_int_equal(cdat_link_verify(link, 2, &addrs[0].addr, net->now), 0);
		assert_false(cdat_link_local(link, 1, addrs, 1, net->now));
		net_own_code = 1;
		assert_int_equal(net_send(net, 1, 2, 0, 10, 0), CDAT_SEND_NO_MEMORY);
		per_mille = 0;
		net_watch_all(net, CDAT_WATCH_BEAT);
		assert_true(net_until(net, net_all_up, SECOND));
		net_free(net);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(short_memory),
		cmocka_unit_test(each_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
