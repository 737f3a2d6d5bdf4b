/* SPDX-License-Identifier: BSD-2-Clause */
/* The agent's copy of the rows of cdatd; see replica.h. */
#include "config.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "agent/replica.h"
#include "agent/rowset.h"

struct row {
	struct cdat_key key;
	unsigned round;			/* of the refresh in which it was last put */
	alignas(max_align_t) unsigned char record[];
};

struct replica {
	struct rowset kinds[CDAT_K_LAST + 1];
	struct rowset names;		/* rows of kind CDAT_K_NODE */
	unsigned round;
};

struct name_key { const unsigned long *ids; size_t n; };

static const size_t record_size[CDAT_K_LAST + 1] = {
	[CDAT_K_CLUSTER] = sizeof(struct cdat_cluster),
	[CDAT_K_PARAMS] = sizeof(struct cdat_params),
	[CDAT_K_NODE] = sizeof(struct cdat_node),
	[CDAT_K_ADAPTER] = sizeof(struct cdat_adapter),
	[CDAT_K_PATH] = sizeof(struct cdat_path),
	[CDAT_K_COMPONENT] = sizeof(struct cdat_component),
	[CDAT_K_MEMBER] = sizeof(struct cdat_member),
	[CDAT_K_PERSP] = sizeof(struct cdat_persp),
	[CDAT_K_STATS] = sizeof(struct cdat_stats),
	[CDAT_K_ROLE] = sizeof(struct cdat_role),
	[CDAT_K_ROUTE] = sizeof(struct cdat_route),
	[CDAT_K_EVENT] = sizeof(struct cdat_event),
	[CDAT_K_NOTIFY] = sizeof(struct cdat_notify),
};

static int cmp_number(const void *key, const void *row)
{
	const struct cdat_key *k = key;
	const struct row *r = row;

	if (k->a != r->key.a)
		return k->a < r->key.a ? -1 : 1;
	if (k->b != r->key.b)
		return k->b < r->key.b ? -1 : 1;
	return 0;
}

static const struct cdat_node *node_of(const struct row *row)
{
	return (const struct cdat_node *)row->record;
}

static int cmp_name(const void *key, const void *row)
{
	const struct name_key *k = key;
	const char *name = node_of(row)->name;
	const size_t len = strlen(name);

	for (size_t i = 0; i < k->n; i++) {
		if (i > len)
			return 1;
		const unsigned long id = i ? (unsigned char)name[i - 1] : len;

		if (k->ids[i] != id)
			return k->ids[i] < id ? -1 : 1;
	}
	return k->n == len + 1 ? 0 : -1;
}

static struct name_key name_key(const struct row *row, unsigned long ids[CDAT_NAME_MAX + 1])
{
	const char *name = node_of(row)->name;
	size_t n = 1;

	ids[0] = strlen(name);
	while (*name)
		ids[n++] = (unsigned char)*name++;
	return (struct name_key){ ids, n };
}

static bool known(enum cdat_kind kind)
{
	return (unsigned)kind <= CDAT_K_LAST && record_size[kind];
}

/* A node whose name is new: two nodes may have the same name for as long as a change of
 * both is being received, so a row leaves the index only where it is the one in it. */
static void unname(struct replica *rep, struct row *row)
{
	unsigned long ids[CDAT_NAME_MAX + 1];
	const struct name_key key = name_key(row, ids);

	if (rowset_find(&rep->names, cmp_name, &key) == row)
		rowset_take(&rep->names, cmp_name, &key);
}

static bool name(struct replica *rep, struct row *row)
{
	unsigned long ids[CDAT_NAME_MAX + 1];
	const struct name_key key = name_key(row, ids);
	void *old;

	return !node_of(row)->name[0] || rowset_put(&rep->names, cmp_name, &key, row, &old);
}

struct replica *replica_new(void)
{
	return calloc(1, sizeof(struct replica));
}

void replica_clear(struct replica *rep)
{
	rowset_clear(&rep->names, NULL);
	for (size_t i = 0; i <= CDAT_K_LAST; i++)
		rowset_clear(&rep->kinds[i], free);
}

void replica_free(struct replica *rep)
{
	if (rep)
		replica_clear(rep);
	free(rep);
}

static void remove_row(struct replica *rep, enum cdat_kind kind, struct cdat_key key)
{
	struct row *row = rowset_take(&rep->kinds[kind], cmp_number, &key);

	if (row && kind == CDAT_K_NODE)
		unname(rep, row);
	free(row);
}

bool replica_put(struct replica *rep, enum cdat_kind kind, struct cdat_key key, const void *record)
{
	struct row *row;
	void *old;

	if (!known(kind))
		return true;
	if (!record) {
		remove_row(rep, kind, key);
		return true;
	}
	row = rowset_find(&rep->kinds[kind], cmp_number, &key);
	if (row && kind != CDAT_K_NODE) {
		memcpy(row->record, record, record_size[kind]);
		row->round = rep->round;
		return true;
	}
	row = malloc(sizeof(*row) + record_size[kind]);
	if (!row)
		return false;
	row->key = key;
	row->round = rep->round;
	memcpy(row->record, record, record_size[kind]);
	if (!rowset_put(&rep->kinds[kind], cmp_number, &key, row, &old)) {
		free(row);
		return false;
	}
	if (old) {
		unname(rep, old);
		free(old);
	}
	return kind != CDAT_K_NODE || name(rep, row);
}

void replica_refresh_begin(struct replica *rep)
{
	rep->round++;
}

void replica_refresh_end(struct replica *rep)
{
	for (unsigned kind = 1; kind <= CDAT_K_LAST; kind++) {
		struct cdat_key key = { 0, 0 };
		const struct row *row = rowset_next(&rep->kinds[kind], cmp_number, &key, true);

		while (row) {
			key = row->key;
			if (row->round != rep->round)
				remove_row(rep, (enum cdat_kind)kind, key);
			row = rowset_next(&rep->kinds[kind], cmp_number, &key, false);
		}
	}
}

size_t replica_count(const struct replica *rep, enum cdat_kind kind)
{
	return known(kind) ? rep->kinds[kind].count : 0;
}

const void *replica_get(const struct replica *rep, enum cdat_kind kind, struct cdat_key key)
{
	const struct row *row = rowset_find(&rep->kinds[kind], cmp_number, &key);

	return row ? row->record : NULL;
}

const void *replica_next(const struct replica *rep, enum cdat_kind kind, struct cdat_key *key,
			 bool inclusive)
{
	const struct row *row = rowset_next(&rep->kinds[kind], cmp_number, key, inclusive);

	if (!row)
		return NULL;
	*key = row->key;
	return row->record;
}

const struct cdat_cluster *replica_cluster(const struct replica *rep)
{
	return replica_get(rep, CDAT_K_CLUSTER, (struct cdat_key){ 0, 0 });
}

const struct cdat_params *replica_params(const struct replica *rep)
{
	return replica_get(rep, CDAT_K_PARAMS, (struct cdat_key){ 0, 0 });
}

const struct cdat_node *replica_node(const struct replica *rep, uint16_t node)
{
	return replica_get(rep, CDAT_K_NODE, (struct cdat_key){ node, 0 });
}

const struct cdat_adapter *replica_adapter(const struct replica *rep, uint16_t node,
					   uint8_t adapter)
{
	return replica_get(rep, CDAT_K_ADAPTER, (struct cdat_key){ node, adapter });
}

const struct cdat_node *replica_by_name(const struct replica *rep, const unsigned long *ids,
					size_t n)
{
	const struct name_key key = { ids, n };
	const struct row *row = rowset_find(&rep->names, cmp_name, &key);

	return row ? node_of(row) : NULL;
}

const struct cdat_node *replica_next_name(const struct replica *rep, const unsigned long *ids,
					  size_t n, bool inclusive)
{
	const struct name_key key = { ids, n };
	const struct row *row = rowset_next(&rep->names, cmp_name, &key, inclusive);

	return row ? node_of(row) : NULL;
}
