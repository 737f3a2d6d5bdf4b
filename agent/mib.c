/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finding instances: exact, and the next one in lexicographic order over all columns
 * of all tables (RFC 3416 4.2.1, 4.2.2).
 */
#include "config.h"

#include <string.h>

#include "agent/mib.h"

const struct mib_table *const mib_tables[] = {
	&mib_cluster, &mib_config, &mib_node_scalars, &mib_node, &mib_node_name, &mib_adapter,
	&mib_path, &mib_component, &mib_member, &mib_persp, &mib_stats, &mib_change,
	&mib_notify_scalars, &mib_notify, &mib_event_scalars, &mib_event, &mib_role, &mib_route,
};
const size_t mib_ntables = sizeof(mib_tables) / sizeof(mib_tables[0]);

/* Compares what is common of two OIDs: -1, 0, 1. */
static int cmp_common(const oid *a, size_t alen, const oid *b, size_t blen)
{
	const size_t n = alen < blen ? alen : blen;

	for (size_t i = 0; i < n; i++) {
		if (a[i] != b[i])
			return a[i] < b[i] ? -1 : 1;
	}
	return 0;
}

/* The column with that number; NULL.  *at: its place, or that of the first one after it. */
static const struct mib_column *column_at(const struct mib_table *table, oid number, size_t *at)
{
	size_t low = 0, high = table->ncolumns;

	while (low < high) {
		const size_t mid = low + (high - low) / 2;

		if (table->columns[mid].number < number)
			low = mid + 1;
		else
			high = mid;
	}
	*at = low;
	return low < table->ncolumns && table->columns[low].number == number
		? &table->columns[low] : NULL;
}

static enum mib_found find_row(const struct mib_data *data, const oid *index, size_t n,
			       struct mib_instance *inst)
{
	const struct mib_table *t = inst->table;
	const struct cdat_node *node;

	if (t->index == MIB_NAME) {
		node = replica_by_name(data->rep, index, n);
		inst->record = node;
		if (node)
			inst->key = (struct cdat_key){ node->node, 0 };
		return node ? MIB_FOUND : MIB_NO_INSTANCE;
	}
	if (t->index == MIB_SCALAR) {
		if (n != 1 || index[0] != 0)
			return MIB_NO_INDEX;
	} else {
		if (n != (t->index == MIB_ONE ? 1 : 2) || !index[0] || index[0] > t->max_a)
			return MIB_NO_INDEX;
		if (n == 2 && (!index[1] || index[1] > t->max_b))
			return MIB_NO_INDEX;
		inst->key = (struct cdat_key){ (uint32_t)index[0], n == 2 ? (uint32_t)index[1] : 0 };
	}
	inst->record = replica_get(data->rep, t->kind, inst->key);
	return inst->record || inst->column->always ? MIB_FOUND : MIB_NO_INSTANCE;
}

enum mib_found mib_find(const struct mib_data *data, const oid *suffix, size_t len,
			struct mib_instance *inst)
{
	size_t at;

	*inst = (struct mib_instance){ 0 };
	for (size_t i = 0; i < mib_ntables; i++) {
		const struct mib_table *t = mib_tables[i];

		if (len <= t->prefix_len || cmp_common(suffix, len, t->prefix, t->prefix_len))
			continue;
		inst->column = column_at(t, suffix[t->prefix_len], &at);
		if (!inst->column)
			continue;
		inst->table = t;
		return find_row(data, suffix + t->prefix_len + 1, len - t->prefix_len - 1, inst);
	}
	return MIB_NO_OBJECT;
}

/* A sub-identifier as a key: those beyond 32 bits come after all rows. */
static uint32_t clamp(oid id)
{
	return id > 0xffffffffu ? 0xffffffffu : (uint32_t)id;
}

/* The first row of inst->table after the index that begins with `rest` (any length). */
static bool next_row(const struct mib_data *data, const oid *rest, size_t n, bool inclusive,
		     struct mib_instance *inst)
{
	const struct mib_table *t = inst->table;
	const struct cdat_node *node;
	size_t full;

	if (t->index == MIB_NAME) {
		node = replica_next_name(data->rep, rest, n, inclusive);
		inst->record = node;
		if (node)
			inst->key = (struct cdat_key){ node->node, 0 };
		return node != NULL;
	}
	if (t->index == MIB_SCALAR) {
		if (n > 1 || (n == 1 && (rest[0] != 0 || !inclusive)))
			return false;
		inst->key = (struct cdat_key){ 0, 0 };
		inst->record = replica_get(data->rep, t->kind, inst->key);
		return inst->record || inst->column->always;
	}
	full = t->index == MIB_ONE ? 1 : 2;
	inst->key.a = n ? clamp(rest[0]) : 0;
	inst->key.b = n > 1 && full == 2 ? clamp(rest[1]) : 0;
	inst->record = replica_next(data->rep, t->kind, &inst->key,
				    n < full || (n == full && inclusive));
	return inst->record != NULL;
}

bool mib_next(const struct mib_data *data, const oid *suffix, size_t len, bool inclusive,
	      struct mib_instance *inst)
{
	*inst = (struct mib_instance){ 0 };
	for (size_t i = 0; i < mib_ntables; i++) {
		const struct mib_table *t = mib_tables[i];
		const int c = cmp_common(suffix, len, t->prefix, t->prefix_len);
		const bool inside = c == 0 && len > t->prefix_len;
		size_t at = 0;

		if (c > 0)
			continue;
		inst->table = t;
		inst->column = inside ? column_at(t, suffix[t->prefix_len], &at) : NULL;
		if (inst->column) {
			if (next_row(data, suffix + t->prefix_len + 1, len - t->prefix_len - 1,
				     inclusive, inst))
				return true;
			at++;
		}
		for (; at < t->ncolumns; at++) {
			inst->column = &t->columns[at];
			if (next_row(data, NULL, 0, true, inst))
				return true;
		}
	}
	return false;
}

size_t mib_suffix(const struct mib_instance *inst, oid suffix[MIB_SUFFIX_MAX])
{
	const struct mib_table *t = inst->table;
	const char *name;
	size_t n = t->prefix_len;

	memcpy(suffix, t->prefix, n * sizeof(*suffix));
	suffix[n++] = inst->column->number;
	switch (t->index) {
	case MIB_SCALAR:
		suffix[n++] = 0;
		break;
	case MIB_TWO:
		suffix[n++] = inst->key.a;
		suffix[n++] = inst->key.b;
		break;
	case MIB_NAME:
		name = ((const struct cdat_node *)inst->record)->name;
		suffix[n++] = strlen(name);
		while (*name)
			suffix[n++] = (u_char)*name++;
		break;
	default:
		suffix[n++] = inst->key.a;
	}
	return n;
}

const struct mib_column *mib_by_name(const char *name, const struct mib_table **table)
{
	for (size_t i = 0; i < mib_ntables; i++) {
		for (size_t j = 0; j < mib_tables[i]->ncolumns; j++) {
			if (strcmp(mib_tables[i]->columns[j].name, name) != 0)
				continue;
			*table = mib_tables[i];
			return &mib_tables[i]->columns[j];
		}
	}
	return NULL;
}
