/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A pool by which the tables of many cores in one process share their content: a host that
 * runs thousands of members of one cluster has the table once and not in each of them.
 * What is shared is immutable (table_int.h), so a core sees no difference.
 *
 * It keeps references to the last few tables that came to it.  Not for cores in different
 * threads: counts of references are not atomic.
 */
#ifndef CDAT_CORE_TABLE_POOL_H
#define CDAT_CORE_TABLE_POOL_H

#include "core/table.h"

struct cdat_table_pool;

struct cdat_table_pool *cdat_table_pool_new(void);	/* NULL: no memory */
/* The tables that were shared live on. */
void cdat_table_pool_free(struct cdat_table_pool *pool);	/* NULL is allowed */

/* A table like `table`, which it takes over, from what the pool has; else `table` itself, of
 * which the pool keeps a copy.  `pool` may be NULL. */
struct cdat_table *cdat_table_pool_share(struct cdat_table_pool *pool, struct cdat_table *table);

/* The table that was read from the same octets of a list of entries; NULL: they are new. */
struct cdat_table *cdat_table_pool_read(const struct cdat_table_pool *pool,
					struct cdat_view entries);
/* `table` was read from `entries`: remembers the octets until others come. */
void cdat_table_pool_note(struct cdat_table_pool *pool, struct cdat_view entries,
			  const struct cdat_table *table);

#endif
