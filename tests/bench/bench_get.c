/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The agent's part of reading, for counting instructions, at 1,000 nodes with four adapters:
 *
 *   bench_get get COUNT	an object of cdatAdapterTable found by its OID, and its value
 *   bench_get next COUNT	the object after it, as in a walk
 *
 * What is asked for is the same in each run; tests/check-instructions keeps what one costs.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/mib.h"
#include "agent/replica.h"

enum { NODES = 1000, ADAPTERS = 4 };

static struct replica *rows(void)
{
	struct replica *rep = replica_new();

	for (uint16_t node = 1; rep && node <= NODES; node++) {
		for (uint8_t i = 1; i <= ADAPTERS; i++) {
			const struct cdat_adapter a = { .node = node, .adapter = i,
				.addr = { CDAT_AF_IPV4, { 10, i, (uint8_t)(node >> 8),
							  (uint8_t)node }, 0 } };

			if (!replica_put(rep, CDAT_K_ADAPTER, (struct cdat_key){ node, i }, &a))
				return NULL;
		}
	}
	return rep;
}

int main(int argc, char **argv)
{
	static const oid root[] = { 1, 3, 6, 1, 4, 1, 8072 };
	static const struct change_log changes;
	const bool next = argc > 1 && strcmp(argv[1], "next") == 0;
	const unsigned count = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 0;
	struct replica *rep = rows();
	struct mib_data data = { .rep = rep, .changes = &changes, .root = root,
		.root_len = sizeof(root) / sizeof(root[0]), .now_mono = 2000000000 };
	unsigned found = 0;

	if (!rep || count == 0 || (!next && strcmp(argv[1], "get") != 0)) {
		fprintf(stderr, "usage: bench_get get|next COUNT\n");
		return 2;
	}
	for (unsigned i = 0; i < count; i++) {
		struct mib_instance inst = { .table = &mib_adapter,
			.column = &mib_adapter.columns[i % mib_adapter.ncolumns],
			.key = { 1 + i * 7919u % NODES, 1 + i % ADAPTERS } };
		struct mib_value value;
		oid suffix[MIB_SUFFIX_MAX];
		const size_t len = mib_suffix(&inst, suffix);

		if (next ? !mib_next(&data, suffix, len, false, &inst)
			 : mib_find(&data, suffix, len, &inst) != MIB_FOUND)
			continue;
		mib_value(&data, &inst, &value);
		found++;
	}
	replica_free(rep);
	return found > count / 2 ? 0 : 1;
}
