/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a servicer needs for a large table: memory of 5,000 nodes with 4 adapters each, and
 * the time of a look-up by name in 10,000 nodes beside getaddrinfo() with the hosts file of
 * this machine (of the name in the argument, else localhost).  Nothing is asserted: the
 * figures are for people.
 */
#include <malloc.h>
#include <netdb.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/core.h"

enum { ADAPTERS = 4, LOOKUPS = 2000000, RESOLVED = 2000 };

static volatile unsigned sink;

static double
seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
op_put(struct cdat_op *ops, size_t *n, struct cdat_op op)
{
	op.index = 1;
	ops[(*n)++] = op;
}

/* The table as the operations that make it; the caller frees. */
static struct cdat_op *
table_ops(unsigned nodes, size_t *n)
{
	struct cdat_op *ops = calloc((size_t)nodes * (2 + 2 * ADAPTERS), sizeof *ops);

	*n = 0;
	for (unsigned i = 1; ops != NULL && i <= nodes; i++) {
		struct cdat_op name = { .kind = CDAT_OP_NODE_SET, .node = (uint16_t)i,
					.attr = CDAT_A_NODE_NAME };

		op_put(ops, n, (struct cdat_op){ .kind = CDAT_OP_NODE_CREATE, .node = (uint16_t)i });
		snprintf(name.text, sizeof name.text, "node%u", i);
		op_put(ops, n, name);
		for (unsigned a = 1; a <= ADAPTERS; a++) {
			struct cdat_op addr = { .kind = CDAT_OP_ADAPTER_SET, .node = (uint16_t)i,
				.adapter = (uint8_t)a, .attr = CDAT_A_ADDR,
				.addr = { CDAT_AF_IPV4, { 10, (uint8_t)a, (uint8_t)(i >> 8),
							  (uint8_t)i }, 0 } };

			op_put(ops, n, (struct cdat_op){ .kind = CDAT_OP_ADAPTER_CREATE,
				.node = (uint16_t)i, .adapter = (uint8_t)a });
			op_put(ops, n, addr);
		}
	}
	return ops;
}

static struct cdat_core *
core_make(struct cdat_keyring *keys, unsigned nodes)
{
	struct cdat_core_config cf = { .cluster = "bench", .node = "node1", .version = "bench",
		.keys = keys, .boot = 1, .seed = 1, .incarnation = 1 };
	char err[256];
	struct cdat_op *ops = table_ops(nodes, &cf.ntable);
	struct cdat_core *c;
	struct cdat_output out;
	enum cdat_kind kind;
	struct cdat_key key;
	bool gone;

	cf.table = ops;
	c = ops != NULL ? cdat_core_new(&cf, 1000000, err, sizeof err) : NULL;
	free(ops);
	if (c == NULL) {
		fprintf(stderr, "bench_core: %s\n", err);
		exit(1);
	}
	while (cdat_core_next(c, &out))
		;
	while (cdat_core_dirty(c, &kind, &key, &gone))
		;
	return c;
}

static void
bench_memory(struct cdat_keyring *keys)
{
	size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
	struct cdat_core *c = core_make(keys, 5000);
	size_t after = mallinfo2().uordblks + mallinfo2().hblkhd;

	printf("memory, table of 5,000 nodes x 4 adapters   %6.1f MiB   goal 64\n",
	       (double)(after - before) / 1048576);
	cdat_core_free(c);
}

static void
bench_lookup(struct cdat_keyring *keys, const char *name)
{
	struct cdat_core *c = core_make(keys, 10000);
	static char names[1024][16];
	double t0, ours, theirs;
	struct addrinfo *ai;

	for (unsigned i = 0; i < 1024; i++)
		snprintf(names[i], sizeof names[i], "node%u", i * 9 + 1);
	t0 = seconds();
	for (unsigned i = 0; i < LOOKUPS; i++)
		sink += cdat_core_resolve(c, names[i & 1023]);
	ours = (seconds() - t0) / LOOKUPS * 1e9;
	t0 = seconds();
	for (unsigned i = 0; i < RESOLVED; i++)
		if (getaddrinfo(name, NULL, NULL, &ai) == 0)
			freeaddrinfo(ai);
	theirs = (seconds() - t0) / RESOLVED * 1e9;
	printf("look-up by name, 10,000 nodes               %6.0f ns    goal 60\n", ours);
	printf("getaddrinfo() by the hosts file             %6.0f ns    ratio %.0f, goal 100\n",
	       theirs, theirs / ours);
	cdat_core_free(c);
}

int
main(int argc, char **argv)
{
	struct cdat_keyring *keys = sodium_init() >= 0 ? cdat_keyring_new("bench") : NULL;

	if (keys == NULL || !cdat_keyring_add_none(keys) || !cdat_keyring_use(keys, 0)) {
		fprintf(stderr, "bench_core: no key ring\n");
		return 1;
	}
	bench_memory(keys);
	bench_lookup(keys, argc > 1 ? argv[1] : "localhost");
	cdat_keyring_free(keys);
	return 0;
}
