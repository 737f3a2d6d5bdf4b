/* SPDX-License-Identifier: BSD-2-Clause */
/* The container: pages of nodes, their indexes, and lookups. */
#include "core/table_int.h"
#include "wire/attr.h"

#include <stdlib.h>
#include <string.h>

_Static_assert(offsetof(struct cdat_role, role) == 0 && offsetof(struct cdat_wanted, wanted) == 0,
	       "records of a list begin with their number");
_Static_assert(sizeof(struct tlist) % 16 == 0, "what follows the list is aligned");

/* ---- entries ----------------------------------------------------------------------- */

static size_t tent_size(size_t nadapters)
{
	return sizeof(struct tent) + nadapters * sizeof(struct cdat_adapter);
}

struct tent *tent_new(uint8_t nadapters)
{
	struct tent *e = calloc(1, tent_size(nadapters));

	if (e)
		e->refs = 1;
	return e;
}

/* A private copy with place for `room` adapters, at least as many as there are. */
struct tent *tent_clone(const struct cdat_tnode *t, uint8_t room)
{
	struct tent *e = tent_new(room);

	if (!e)
		return NULL;
	memcpy(&e->t, t, sizeof(*t) + t->nadapters * sizeof(t->adapters[0]));
	return e;
}

void tent_unref(struct tent *e)
{
	if (e && --e->refs == 0)
		free(e);
}

/* ---- life of a table ---------------------------------------------------------------- */

struct cdat_table *cdat_table_new(uint32_t spin_lock)
{
	struct cdat_table *table = calloc(1, sizeof(*table));
	struct cdat_params params = {0};

	if (!table)
		return NULL;
	cdat_attr_defaults(CDAT_SCOPE_PARAM, &params);
	table_put_meta(table, &params, spin_lock & INT32_MAX, (struct cdat_stamp){0});
	return table;
}

struct cdat_table *cdat_table_copy(const struct cdat_table *table)
{
	struct cdat_table *c = malloc(sizeof(*c));
	size_t n = table->npages;

	if (!c)
		return NULL;
	*c = *table;
	if (n) {
		c->pages = malloc(n * sizeof(c->pages[0]));
		c->before = malloc(n * sizeof(c->before[0]));
		if (!c->pages || !c->before) {
			free(c->pages);
			free(c->before);
			free(c);
			return NULL;
		}
		memcpy(c->pages, table->pages, n * sizeof(c->pages[0]));
		memcpy(c->before, table->before, n * sizeof(c->before[0]));
	}
	for (size_t i = 0; i < n; i++)
		if (c->pages[i])
			c->pages[i]->refs++;
	if (c->names)
		c->names->refs++;
	if (c->addrs)
		c->addrs->refs++;
	if (c->roles)
		c->roles->refs++;
	if (c->wanted)
		c->wanted->refs++;
	if (c->graves)
		c->graves->refs++;
	return c;
}

static void page_unref(struct tpage *page)
{
	if (!page || --page->refs)
		return;
	for (size_t i = 0; i < PAGE_NODES; i++)
		tent_unref(page->node[i]);
	free(page);
}

void cdat_table_free(struct cdat_table *table)
{
	if (!table)
		return;
	for (size_t i = 0; i < table->npages; i++)
		page_unref(table->pages[i]);
	free(table->pages);
	free(table->before);
	tindex_unref(table->names);
	tindex_unref(table->addrs);
	tlist_unref(table->roles);
	tlist_unref(table->wanted);
	tgraves_unref(table->graves);
	free(table);
}

/* ---- changing it -------------------------------------------------------------------- */

/* The table's digest is a sum, so the order of changes leaves no trace in it. */
void table_sum_add(struct cdat_table *table, const uint8_t digest[CDAT_DIGEST_LEN], bool minus)
{
	for (size_t lane = 0; lane < 4; lane++) {
		uint64_t v = digest_lane(digest, lane);

		table->sum[lane] += minus ? -v : v;
	}
}

/* Gives the table a private page that can hold `node`. */
static bool page_own(struct cdat_table *table, uint16_t node)
{
	uint32_t at = node / PAGE_NODES, n = table->npages;
	struct tpage **pages, *page, *old;

	if (at >= n) {
		uint16_t *before = realloc(table->before, (at + 1) * sizeof(*before));

		if (!before)
			return false;
		table->before = before;
		pages = realloc(table->pages, (at + 1) * sizeof(struct tpage *));
		if (!pages)
			return false;
		table->pages = pages;
		for (; n <= at; n++) {
			pages[n] = NULL;
			before[n] = (uint16_t)table->count;
		}
		table->npages = n;
	}
	old = table->pages[at];
	if (old && old->refs == 1)
		return true;
	page = calloc(1, sizeof(*page));
	if (!page)
		return false;
	if (old) {
		*page = *old;
		for (size_t i = 0; i < PAGE_NODES; i++)
			if (page->node[i])
				page->node[i]->refs++;
		page_unref(old);
	}
	page->refs = 1;
	table->pages[at] = page;
	return true;
}

static uint32_t addr_hash(const struct cdat_addr *addr, uint16_t port)
{
	uint8_t key[19] = {addr->family, (uint8_t)(port >> 8), (uint8_t)port};
	size_t len = addr->family == CDAT_AF_IPV4 ? 4 : 16;

	memcpy(key + 3, addr->octets, len);
	return tindex_hash(key, 3 + len);
}

/* Whether both stand in the index of addresses in the same way. */
bool adapter_same_key(const struct cdat_adapter *a, const struct cdat_adapter *b)
{
	return cdat_addr_port_same(&a->addr, &b->addr);
}

/* Whether all adapters of `a` have their like in `b`; either may be NULL. */
static bool keys_within(const struct tent *a, const struct tent *b)
{
	for (size_t i = 0; a && i < a->t.nadapters; i++) {
		const struct cdat_adapter *other =
			b ? cdat_tnode_adapter(&b->t, a->t.adapters[i].adapter) : NULL;

		if (!other || !adapter_same_key(&a->t.adapters[i], other))
			return false;
	}
	return true;
}

static bool same_name(const struct tent *a, const struct tent *b)
{
	return a && b && !strcmp(a->t.node.name, b->t.node.name);
}

static uint32_t name_hash(const struct tent *e)
{
	return tindex_hash(e->t.node.name, strlen(e->t.node.name));
}

/* Takes the keys of `e` that `other` has not out of the indexes, or puts them in. */
static void index_entry(struct cdat_table *table, const struct tent *e, const struct tent *other,
			bool add)
{
	void (*op)(struct tindex *, uint32_t, uint32_t) = add ? tindex_add : tindex_del;

	if (!e)
		return;
	if (!same_name(e, other))
		op(table->names, name_hash(e), e->t.node.node);
	for (size_t i = 0; i < e->t.nadapters; i++) {
		const struct cdat_adapter *a = &e->t.adapters[i];
		const struct cdat_adapter *b =
			other ? cdat_tnode_adapter(&other->t, a->adapter) : NULL;

		if (a->addr.family != CDAT_AF_NONE && !(b && adapter_same_key(a, b)))
			op(table->addrs, addr_hash(&a->addr, a->addr.port),
			   (uint32_t)e->t.node.node << 8 | a->adapter);
	}
}

bool table_put_node(struct cdat_table *table, uint16_t node, struct tent *e)
{
	struct tent *old = (struct tent *)table_ent(table, node);
	struct tpage *page;
	int more = (e != NULL) - (old != NULL);

	if (!e && !old)
		return true;
	if (!page_own(table, node) || (!same_name(e, old) && !tindex_own(&table->names, 1)) ||
	    (!(keys_within(e, old) && keys_within(old, e)) &&
	     !tindex_own(&table->addrs, e ? e->t.nadapters : 0u)) ||
	    (e && !table_unbury(table, (struct cdat_entry_id){CDAT_ENT_NODE, node})))
		return false;
	index_entry(table, old, e, false);
	index_entry(table, e, old, true);
	if (old)
		table_sum_add(table, old->digest, true);
	if (e)
		table_sum_add(table, e->digest, false);
	page = table->pages[node / PAGE_NODES];
	page->node[node % PAGE_NODES] = e;
	page->map = (page->map & ~(UINT64_C(1) << node % PAGE_NODES)) |
		    (uint64_t)(e != NULL) << node % PAGE_NODES;
	table->count += (size_t)more;
	for (size_t i = node / PAGE_NODES + 1u; more && i < table->npages; i++)
		table->before[i] = (uint16_t)(table->before[i] + more);
	if (e && node > table->high)
		table->high = node;
	tent_unref(old);
	return true;
}

size_t rec_size(uint8_t kind)
{
	return kind == CDAT_ENT_ROLE ? sizeof(struct cdat_role) : sizeof(struct cdat_wanted);
}

struct tlist **table_list(struct cdat_table *table, uint8_t kind)
{
	return kind == CDAT_ENT_ROLE ? &table->roles : &table->wanted;
}

bool table_put_rec(struct cdat_table *table, uint8_t kind, uint16_t number, const void *rec,
		   const struct tmark *mark)
{
	struct tlist **lp = table_list(table, kind), *l;
	size_t size = rec_size(kind), at, rest;
	bool have = tlist_find(*lp, number, &at);

	if (!rec && !have)
		return true;
	if (!tlist_own(lp, size, !have) ||
	    (rec && !table_unbury(table, (struct cdat_entry_id){kind, number})))
		return false;
	l = *lp;
	rest = l->n - at - have;
	if (have)
		table_sum_add(table, l->marks[at].digest, true);
	memmove(tlist_rec(l, at + (rec != NULL)), tlist_rec(l, at + have), rest * size);
	memmove(&l->marks[at + (rec != NULL)], &l->marks[at + have], rest * sizeof(l->marks[0]));
	l->n = (uint32_t)(at + (rec != NULL) + rest);
	if (rec) {
		memcpy(tlist_rec(l, at), rec, size);
		l->marks[at] = *mark;
		table_sum_add(table, mark->digest, false);
	}
	return true;
}

void table_put_meta(struct cdat_table *table, const struct cdat_params *params, uint32_t lock,
		    struct cdat_stamp stamp)
{
	table_sum_add(table, table->meta.digest, true); /* of a new table: zero */
	table->params = *params;
	table->lock = lock;
	table->meta.stamp = stamp;
	meta_seal(params, lock, &table->meta);
	table_sum_add(table, table->meta.digest, false);
}

/* ---- readings ----------------------------------------------------------------------- */

uint32_t cdat_table_version(const struct cdat_table *table)
{
	return table->version;
}

void cdat_table_set_version(struct cdat_table *table, uint32_t version)
{
	table->version = version;
}

uint32_t cdat_table_lock(const struct cdat_table *table)
{
	return table->lock;
}

void cdat_table_digest(const struct cdat_table *table, uint8_t digest[CDAT_DIGEST_LEN])
{
	for (size_t i = 0; i < CDAT_DIGEST_LEN; i++)
		digest[i] = (uint8_t)(table->sum[i / 8] >> (56 - 8 * (i % 8)));
}

const struct cdat_params *cdat_table_params(const struct cdat_table *table)
{
	return &table->params;
}

size_t cdat_table_count(const struct cdat_table *table)
{
	return table->count;
}

const struct tent *table_ent(const struct cdat_table *table, uint16_t node)
{
	uint32_t at = node / PAGE_NODES;

	return at < table->npages && table->pages[at] ? table->pages[at]->node[node % PAGE_NODES]
						      : NULL;
}

const struct cdat_tnode *cdat_table_node(const struct cdat_table *table, uint16_t node)
{
	const struct tent *e = table_ent(table, node);

	return e ? &e->t : NULL;
}

/* The place of set bit `k` (from 0).  Numbers are mostly given without gaps, and then
 * the place is known without counting. */
static unsigned bit_at(uint64_t map, unsigned k)
{
	unsigned first = (unsigned)__builtin_ctzll(map), at = first + k;
	uint64_t run = k < 63 ? (UINT64_C(1) << (k + 1)) - 1 : UINT64_MAX;

	if (at < 64 && (map >> first & run) == run)
		return at;
	while (k--)
		map &= map - 1;
	return (unsigned)__builtin_ctzll(map);
}

const struct cdat_tnode *cdat_table_at(const struct cdat_table *table, size_t i)
{
	size_t lo = 0, hi = table->npages, at;
	const struct tpage *page;

	if (i >= table->count)
		return NULL;
	at = (i + 1) / PAGE_NODES; /* where it is when numbers have no gaps */
	if (at < hi && table->before[at] <= i)
		lo = at;
	if (lo + 1 < hi && table->before[lo + 1] > i)
		hi = lo + 1;
	while (hi - lo > 1) { /* the last page with before <= i */
		size_t mid = (lo + hi) / 2;

		if (table->before[mid] <= i)
			lo = mid;
		else
			hi = mid;
	}
	page = table->pages[lo];
	return &page->node[bit_at(page->map, (unsigned)(i - table->before[lo]))]->t;
}

const struct cdat_tnode *cdat_table_by_name(const struct cdat_table *table, const char *name)
{
	size_t len = strnlen(name, CDAT_NAME_MAX + 1);
	uint32_t hash = tindex_hash(name, len), pos = hash, id;
	const struct cdat_tnode *t, *found = NULL;

	if (!table->names || len > CDAT_NAME_MAX)
		return NULL;
	while ((id = tindex_next(table->names, hash, &pos)) != 0) {
		t = cdat_table_node(table, (uint16_t)id);
		if (t && !memcmp(t->node.name, name, len + 1) &&
		    (!found || t->node.node < found->node.node))
			found = t;
	}
	return found;
}

uint16_t table_name_other(const struct cdat_table *table, const char *name, uint16_t node)
{
	uint32_t hash = tindex_hash(name, strlen(name)), pos = hash, id, found = 0;

	while (table->names && (id = tindex_next(table->names, hash, &pos)) != 0) {
		const struct cdat_tnode *t = cdat_table_node(table, (uint16_t)id);

		if (id != node && t && !strcmp(t->node.name, name) && (!found || id < found))
			found = id;
	}
	return (uint16_t)found;
}

/* Of two rows with one address: the active one, then the lower number. */
static bool better(const struct cdat_adapter *a, const struct cdat_adapter *b)
{
	if (!b || a->row != b->row)
		return !b || a->row == CDAT_ROW_ACTIVE;
	return a->node != b->node ? a->node < b->node : a->adapter < b->adapter;
}

/* The best row with that address and configured port, `except` left out. */
static const struct cdat_adapter *addr_find(const struct cdat_table *table,
					    const struct cdat_addr *addr, uint16_t port,
					    const struct cdat_adapter *except)
{
	uint32_t hash = addr_hash(addr, port), pos = hash, id;
	const struct cdat_adapter *found = NULL;

	while (table->addrs && (id = tindex_next(table->addrs, hash, &pos)) != 0) {
		const struct cdat_tnode *t = cdat_table_node(table, (uint16_t)(id >> 8));
		const struct cdat_adapter *a = t ? cdat_tnode_adapter(t, (uint8_t)id) : NULL;

		if (a && a->addr.port == port && cdat_addr_same(&a->addr, addr) &&
		    better(a, found) &&
		    !(except && a->node == except->node && a->adapter == except->adapter))
			found = a;
	}
	return found;
}

/* The same for the effective port: rows that have it, and rows without one if it is the
 * cluster's. */
static const struct cdat_adapter *addr_effective(const struct cdat_table *table,
						 const struct cdat_addr *addr,
						 uint16_t default_port,
						 const struct cdat_adapter *except)
{
	uint16_t port = addr->port ? addr->port : default_port;
	const struct cdat_adapter *a = addr_find(table, addr, port, except), *b = NULL;

	if (port == default_port && port)
		b = addr_find(table, addr, 0, except);
	return a && (!b || better(a, b)) ? a : b;
}

const struct cdat_adapter *table_addr_other(const struct cdat_table *table,
					    const struct cdat_adapter *a, uint16_t default_port,
					    bool active_only)
{
	const struct cdat_adapter *other = addr_effective(table, &a->addr, default_port, a);

	return other && active_only && other->row != CDAT_ROW_ACTIVE ? NULL : other;
}

const struct cdat_adapter *cdat_table_by_addr(const struct cdat_table *table,
					      const struct cdat_addr *addr, uint16_t default_port)
{
	return addr_effective(table, addr, default_port, NULL);
}

const struct cdat_adapter *cdat_tnode_adapter(const struct cdat_tnode *tnode, uint8_t adapter)
{
	/* mostly numbered from 1 without gaps: spares the walk over cold memory */
	if (adapter - 1u < tnode->nadapters && tnode->adapters[adapter - 1].adapter == adapter)
		return &tnode->adapters[adapter - 1];
	for (size_t i = 0; i < tnode->nadapters; i++)
		if (tnode->adapters[i].adapter == adapter)
			return &tnode->adapters[i];
	return NULL;
}

uint16_t cdat_table_next_node(const struct cdat_table *table)
{
	if (table->high < CDAT_NODE_MAX)
		return (uint16_t)(table->high + 1);
	for (uint32_t n = 1; n <= CDAT_NODE_MAX; n++)
		if (!cdat_table_node(table, (uint16_t)n))
			return (uint16_t)n;
	return 0;
}

static size_t list_all(const struct tlist *l, const void **recs)
{
	*recs = l ? l->recs : NULL;
	return l ? l->n : 0;
}

size_t cdat_table_roles(const struct cdat_table *table, const struct cdat_role **roles)
{
	const void *recs;
	size_t n = list_all(table->roles, &recs);

	if (roles)
		*roles = recs;
	return n;
}

size_t cdat_table_wanted(const struct cdat_table *table, const struct cdat_wanted **wanted)
{
	const void *recs;
	size_t n = list_all(table->wanted, &recs);

	if (wanted)
		*wanted = recs;
	return n;
}
