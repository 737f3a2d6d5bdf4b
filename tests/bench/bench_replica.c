/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What one delta costs the agent's replica, and a look-up, at 1,000 and at 10,000 nodes with
 * four adapters: a row that changes, one that goes and comes again.  The reference is a binary
 * search of as many keys in one array.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "agent/replica.h"

#define ADAPTERS 4u
#define ROUNDS 200000u

static double now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

static struct cdat_key random_key(unsigned nodes, unsigned *seed)
{
	return (struct cdat_key){ 1 + (unsigned)rand_r(seed) % nodes,
				  1 + (unsigned)rand_r(seed) % ADAPTERS };
}

static int by_number(const void *a, const void *b)
{
	const unsigned x = *(const unsigned *)a, y = *(const unsigned *)b;

	return x < y ? -1 : x > y;
}

static double search_array(unsigned nodes)
{
	const unsigned n = nodes * ADAPTERS;
	unsigned *keys = malloc(n * sizeof(*keys)), seed = 1, found = 0;
	double start;

	if (!keys)
		exit(1);
	for (unsigned i = 0; i < n; i++)
		keys[i] = i;
	start = now_ns();
	for (unsigned i = 0; i < ROUNDS; i++) {
		const struct cdat_key k = random_key(nodes, &seed);
		const unsigned key = (k.a - 1) * ADAPTERS + k.b - 1;

		found += bsearch(&key, keys, n, sizeof(*keys), by_number) != NULL;
	}
	start = now_ns() - start;
	free(keys);
	return found == ROUNDS ? start / ROUNDS : 0;
}

static void put(struct replica *rep, struct cdat_key key, bool there)
{
	const struct cdat_adapter a = { .node = (uint16_t)key.a, .adapter = (uint8_t)key.b };

	if (!replica_put(rep, CDAT_K_ADAPTER, key, there ? &a : NULL))
		exit(1);
}

static void measure(unsigned nodes)
{
	struct replica *rep = replica_new();
	const double reference = search_array(nodes);
	double change, move, get, start;
	unsigned seed = 1;

	if (!rep)
		exit(1);
	for (unsigned node = 1; node <= nodes; node++)
		for (unsigned a = 1; a <= ADAPTERS; a++)
			put(rep, (struct cdat_key){ node, a }, true);
	start = now_ns();
	for (unsigned i = 0; i < ROUNDS; i++)
		put(rep, random_key(nodes, &seed), true);
	change = (now_ns() - start) / ROUNDS;
	start = now_ns();
	for (unsigned i = 0; i < ROUNDS; i++) {
		const struct cdat_key key = random_key(nodes, &seed);

		put(rep, key, false);
		put(rep, key, true);
	}
	move = (now_ns() - start) / ROUNDS;
	start = now_ns();
	for (unsigned i = 0; i < ROUNDS; i++)
		if (!replica_get(rep, CDAT_K_ADAPTER, random_key(nodes, &seed)))
			exit(1);
	get = (now_ns() - start) / ROUNDS;
	printf("replica of %zu adapters: change %.0f ns, gone and back %.0f ns, look-up %.0f ns; "
	       "search of an array %.0f ns: ratios %.1f, %.1f, %.1f\n",
	       replica_count(rep, CDAT_K_ADAPTER), change, move, get, reference, change / reference,
	       move / reference, get / reference);
	replica_free(rep);
}

int main(void)
{
	measure(1000);
	measure(10000);
	return 0;
}
