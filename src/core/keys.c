/* SPDX-License-Identifier: BSD-2-Clause */
/* The keys of the records of each kind, in order. */
#include <stdlib.h>
#include <string.h>

#include "core/internal.h"

static bool
key_less(struct cdat_key a, struct cdat_key b)
{
	return a.a < b.a || (a.a == b.a && a.b < b.b);
}

/* Takes `k` when it lies after `after` and before the best one so far. */
static void
key_offer(struct cdat_key after, struct cdat_key k, struct cdat_key *best, bool *found)
{
	if (key_less(after, k) && (!*found || key_less(k, *best))) {
		*best = k;
		*found = true;
	}
}

/* The first node of the table whose number is `from` or more. */
static size_t
table_from(const struct cdat_table *t, uint32_t from)
{
	size_t lo = 0, hi = cdat_table_count(t);

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (cdat_table_at(t, mid)->node.node < from)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static bool
next_adapter(struct cdat_core *c, enum cdat_kind kind, struct cdat_key *key)
{
	struct cdat_key after = *key;

	for (size_t i = table_from(c->table, after.a); i < cdat_table_count(c->table); i++) {
		const struct cdat_tnode *t = cdat_table_at(c->table, i);

		for (unsigned k = 0; k < t->nadapters; k++) {
			struct cdat_key at = { t->node.node, t->adapters[k].adapter };

			if (!key_less(after, at) || (kind != CDAT_K_ADAPTER && !path_exists(c, at)))
				continue;
			*key = at;
			return true;
		}
	}
	return false;
}

static bool
next_scan(struct cdat_core *c, enum cdat_kind kind, struct cdat_key *key)
{
	struct cdat_key best = { 0, 0 }, after = *key;
	bool found = false;

	for (size_t i = 0; i < c->nmembers && (kind == CDAT_K_COMPONENT || kind == CDAT_K_MEMBER); i++) {
		uint16_t comp = component_of(c, c->members[i]);

		if (comp != 0)
			key_offer(after, (struct cdat_key){ comp, kind == CDAT_K_MEMBER ?
				  c->members[i]->node : 0 }, &best, &found);
	}
	for (size_t i = 0; i < c->npersps && kind == CDAT_K_PERSP; i++)
		key_offer(after, (struct cdat_key){ c->persps[i].p.node, c->persps[i].p.reporter },
			  &best, &found);
	for (size_t i = 0; i < c->nmembers && kind == CDAT_K_PERSP; i++)
		if (persp_own(c, c->members[i]->node))
			key_offer(after, (struct cdat_key){ c->members[i]->node, c->self }, &best, &found);
	for (size_t i = 0; i < c->nroles && kind == CDAT_K_ROLE; i++)
		key_offer(after, (struct cdat_key){ c->roles[i].role, 0 }, &best, &found);
	for (uint32_t i = 0; i < c->ev.n && kind == CDAT_K_EVENT; i++)
		key_offer(after, (struct cdat_key){ c->ev.ring[(c->ev.head + i) % c->ev.cap].event, 0 },
			  &best, &found);
	for (uint32_t k = 1; k <= CDAT_EV_KINDS && kind == CDAT_K_NOTIFY; k++)
		key_offer(after, (struct cdat_key){ k, 0 }, &best, &found);
	const struct cdat_wanted *w = NULL;
	size_t nw = kind == CDAT_K_WANTED && c->table != NULL ? cdat_table_wanted(c->table, &w) : 0;
	for (size_t i = 0; i < nw; i++)
		key_offer(after, (struct cdat_key){ w[i].wanted, 0 }, &best, &found);
	if (found)
		*key = best;
	return found;
}

bool
cdat_core_next_key(struct cdat_core *c, enum cdat_kind kind, struct cdat_key *key)
{
	switch (kind) {
	case CDAT_K_NODE:
		if (c->table == NULL)
			return false;
		size_t i = table_from(c->table, key->a + 1);
		if (i == cdat_table_count(c->table))
			return false;
		*key = (struct cdat_key){ cdat_table_at(c->table, i)->node.node, 0 };
		return true;
	case CDAT_K_ADAPTER:
	case CDAT_K_PATH:
	case CDAT_K_ROUTE:
		return c->table != NULL && next_adapter(c, kind, key);
	default:
		return next_scan(c, kind, key);
	}
}
