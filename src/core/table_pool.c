/* SPDX-License-Identifier: BSD-2-Clause */
/* Sharing of tables between cores; see table_pool.h. */
#include "core/table_pool.h"

#include <stdlib.h>
#include <string.h>

#include "core/table_int.h"

#define POOL_TABLES	8u	/* a view changes the table while some are one or two behind */

struct cdat_table_pool {
	struct cdat_table *kept[POOL_TABLES];
	unsigned next;			/* to be replaced */
	uint8_t *octets;		/* of a list of entries, and its table */
	size_t len;
	struct cdat_table *of;
};

struct cdat_table_pool *cdat_table_pool_new(void)
{
	return calloc(1, sizeof(struct cdat_table_pool));
}

void cdat_table_pool_free(struct cdat_table_pool *pool)
{
	if (!pool)
		return;
	for (unsigned i = 0; i < POOL_TABLES; i++)
		cdat_table_free(pool->kept[i]);
	cdat_table_free(pool->of);
	free(pool->octets);
	free(pool);
}

/* ---- equal content ------------------------------------------------------------------ */

static bool same_mark(const struct tmark *a, const struct tmark *b)
{
	return cdat_stamp_order(a->stamp, b->stamp) == 0 &&
	       !memcmp(a->digest, b->digest, sizeof(a->digest));
}

static bool same_ent(const struct tent *a, const struct tent *b)
{
	return a == b || (a && b && cdat_stamp_order(a->t.stamp, b->t.stamp) == 0 &&
			  cdat_stamp_order(a->t.facts, b->t.facts) == 0 &&
			  !memcmp(a->digest, b->digest, sizeof(a->digest)));
}

static bool same_page(const struct tpage *a, const struct tpage *b)
{
	if (a == b)
		return true;
	if (!a || !b || a->map != b->map)
		return false;
	for (unsigned i = 0; i < PAGE_NODES; i++)
		if (!same_ent(a->node[i], b->node[i]))
			return false;
	return true;
}

static bool same_list(const struct tlist *a, const struct tlist *b)
{
	if (a == b)
		return true;
	if ((a ? a->n : 0) != (b ? b->n : 0))
		return false;
	for (uint32_t i = 0; a && i < a->n; i++)
		if (!same_mark(&a->marks[i], &b->marks[i]))
			return false;
	return true;
}

static bool same_graves(const struct tgraves *a, const struct tgraves *b)
{
	if (a == b)
		return true;
	if ((a ? a->n : 0) != (b ? b->n : 0))
		return false;
	for (uint32_t i = 0; a && i < a->n; i++)
		if (a->g[i].id.kind != b->g[i].id.kind || a->g[i].id.number != b->g[i].id.number ||
		    cdat_stamp_order(a->g[i].stamp, b->g[i].stamp) != 0)
			return false;
	return true;
}

/* The same entries and graves with the same stamps; versions of the tables are not looked at. */
static bool same_table(const struct cdat_table *a, const struct cdat_table *b)
{
	if (memcmp(a->sum, b->sum, sizeof(a->sum)) != 0 || a->npages != b->npages ||
	    a->high != b->high || !same_mark(&a->meta, &b->meta) ||
	    !same_list(a->roles, b->roles) || !same_list(a->wanted, b->wanted) ||
	    !same_graves(a->graves, b->graves))
		return false;
	for (uint32_t i = 0; i < a->npages; i++)
		if (!same_page(a->pages[i], b->pages[i]))
			return false;
	return true;
}

/* ---- calls -------------------------------------------------------------------------- */

struct cdat_table *cdat_table_pool_share(struct cdat_table_pool *pool, struct cdat_table *table)
{
	struct cdat_table *copy;

	if (!pool)
		return table;
	for (unsigned i = 0; i < POOL_TABLES; i++) {
		if (!pool->kept[i] || !same_table(pool->kept[i], table))
			continue;
		copy = cdat_table_copy(pool->kept[i]);
		if (!copy)
			return table;
		copy->version = table->version;
		cdat_table_free(table);
		return copy;
	}
	copy = cdat_table_copy(table);
	if (copy) {
		cdat_table_free(pool->kept[pool->next]);
		pool->kept[pool->next] = copy;
		pool->next = (pool->next + 1) % POOL_TABLES;
	}
	return table;
}

struct cdat_table *cdat_table_pool_read(const struct cdat_table_pool *pool,
					struct cdat_view entries)
{
	if (!pool || !pool->of || pool->len != entries.len ||
	    memcmp(pool->octets, entries.data, entries.len) != 0)
		return NULL;
	return cdat_table_copy(pool->of);
}

void cdat_table_pool_note(struct cdat_table_pool *pool, struct cdat_view entries,
			  const struct cdat_table *table)
{
	uint8_t *octets = pool ? malloc(entries.len + 1) : NULL;
	struct cdat_table *of = octets ? cdat_table_copy(table) : NULL;

	if (!of) {
		free(octets);
		return;
	}
	if (entries.len)
		memcpy(octets, entries.data, entries.len);
	cdat_table_free(pool->of);
	free(pool->octets);
	pool->octets = octets;
	pool->len = entries.len;
	pool->of = of;
}
