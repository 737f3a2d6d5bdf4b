/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Adapters, paths and routes: tables with a row for each address of each node.
 */
#include "judge.h"

#include <math.h>
#include <string.h>

/* The node that --node names, or 0 for all.  False: as for judge. */
static bool chosen(struct check *check, uint32_t *number)
{
	*number = 0;
	if (!check->node)
		return true;
	*number = judge_node_number(check, check->node);
	return *number != 0;
}

/* The tables that these modes read, freed together. */
struct tables {
	struct rows nodes, labels, rows;
};
enum { T_NAME, T_STATE, T_PRIMARY, T_CURRENT };

static bool tables_read(struct check *check, const enum object *columns, size_t n,
			struct tables *t)
{
	static const enum object nodes[] = { O_NODE_NAME, O_NODE_STATE, O_NODE_PRIMARY,
					     O_NODE_CURRENT };
	static const enum object labels[] = { O_ADAPTER_LABEL };

	*t = (struct tables){ 0 };
	if (!query_rows(check->query, nodes, 4, &t->nodes) ||
	    !query_rows(check->query, labels, 1, &t->labels) ||
	    !query_rows(check->query, columns, n, &t->rows))
		return false;
	if (t->nodes.n == 0)
		return judge_half(check, O_NODE_NAME);
	if (t->labels.n == 0)
		return judge_half(check, O_ADAPTER_LABEL);
	/* A node alone in the table has no paths. */
	if (t->rows.n == 0 && t->nodes.n > 1)
		return judge_half(check, columns[0]);
	return true;
}

static void tables_free(struct tables *t)
{
	rows_free(&t->nodes);
	rows_free(&t->labels);
	rows_free(&t->rows);
}

static const char *label(const struct tables *t, const struct row *row)
{
	const struct row *found = rows_find(&t->labels, row->index[0], row->index[1]);

	return found ? found->values[0].text : "?";
}

/* Whether the row counts: its node is asked for, and a member.  Addresses of a node that
 * is no member are no problem of their own. */
static bool counts(const struct tables *t, const struct row *row, uint32_t only)
{
	const struct row *node = rows_find(&t->nodes, row->index[0], 0);

	if (only != 0 && row->index[0] != only)
		return false;
	return node && node->values[T_STATE].number <= NODE_SUSPECT;
}

bool judge_adapters(struct check *check)
{
	static const enum object columns[] = { O_ADAPTER_STATUS };
	double down = 0, suspect = 0, all = 0;
	struct tables t;
	uint32_t only;
	bool read = chosen(check, &only);

	if (!read)
		return false;
	read = tables_read(check, columns, 1, &t);
	for (size_t i = 0; read && i < t.rows.n; i++) {
		const struct row *row = &t.rows.rows[i];

		if (!counts(&t, row, only) || row->values[0].number == REACH_DISABLED)
			continue;
		all++;
		down += row->values[0].number == REACH_DOWN;
		suspect += row->values[0].number == REACH_SUSPECT;
		if (row->values[0].number == REACH_DOWN)
			result_counted(check->result, 0, STATE_WARNING, "%s is down", label(&t, row));
	}
	tables_free(&t);
	if (!read)
		return false;
	result_metric(check->result, 0, down, all);
	result_metric(check->result, 1, suspect, all);
	result_add(check->result, STATE_OK, "cluster %s: %g of %g adapters of members down",
		   check->survey.cluster.text, down, all);
	return true;
}

/* The nodes that are reached by another address than their first, or by none. */
static void judge_use(struct check *check, const struct tables *t, uint32_t only, double *over)
{
	for (size_t i = 0; i < t->nodes.n; i++) {
		const struct row *node = &t->nodes.rows[i];
		const struct value *v = node->values;
		struct row used = { .index = { node->index[0], (uint32_t)v[T_CURRENT].number } };

		if (!counts(t, node, only) || node->index[0] == check->survey.local_node.number)
			continue;
		if (v[T_CURRENT].number == 0) {
			result_add(check->result, STATE_CRITICAL, "no path to %s", v[T_NAME].text);
		} else if (v[T_CURRENT].number != v[T_PRIMARY].number) {
			(*over)++;
			result_counted(check->result, 1, STATE_WARNING, "%s is reached by %s",
				       v[T_NAME].text, label(t, &used));
		}
	}
}

bool judge_paths(struct check *check)
{
	static const enum object columns[] = { O_PATH_STATE, O_PATH_CURRENT, O_PATH_SRTT };
	double down = 0, over = 0, rtt = 0, all = 0;
	struct tables t;
	uint32_t only;
	bool read = chosen(check, &only);

	if (!read)
		return false;
	read = tables_read(check, columns, 3, &t);
	for (size_t i = 0; read && i < t.rows.n; i++) {
		const struct row *row = &t.rows.rows[i];
		const struct value *v = row->values;

		if (!counts(&t, row, only) || v[0].number == REACH_DISABLED)
			continue;
		all++;
		if (v[1].number == 1 && (double)v[2].number / 1e6 > rtt)	/* in use */
			rtt = (double)v[2].number / 1e6;
		if (v[0].number != REACH_DOWN)
			continue;
		down++;
		result_counted(check->result, 0, STATE_WARNING, "path to %s is down", label(&t, row));
	}
	if (read)
		judge_use(check, &t, only, &over);
	tables_free(&t);
	if (!read)
		return false;
	judge_standing(check);
	result_metric(check->result, 0, down, all);
	result_metric(check->result, 1, over, (double)check->survey.nodes.number);
	result_metric(check->result, 2, rtt, INFINITY);
	result_add(check->result, STATE_OK, "%s of cluster %s: %g of %g paths down",
		   check->survey.local_name.text, check->survey.cluster.text, down, all);
	return true;
}

bool judge_routes(struct check *check)
{
	static const enum object columns[] = { O_ROUTE_STATE, O_ROUTE_SHARED };
	static const char *const words[] = { "?", "direct", "by a gateway",
					     "by another router than wanted", "absent" };
	double shared = 0, wrong = 0;
	struct tables t;
	bool read = tables_read(check, columns, 2, &t);
	size_t n = t.rows.n;

	for (size_t i = 0; read && i < t.rows.n; i++) {
		const struct row *row = &t.rows.rows[i];
		uint64_t state = row->values[0].number;

		if (state == 3 || state == 4) {
			wrong++;
			result_counted(check->result, 1, STATE_WARNING, "the route to %s is %s",
				       label(&t, row), words[state]);
		}
		if (row->values[1].number != 0) {
			shared++;
			result_counted(check->result, 0, STATE_WARNING,
				       "%s leaves by the same way as adapter %llu", label(&t, row),
				       (unsigned long long)row->values[1].number);
		}
	}
	tables_free(&t);
	if (!read)
		return false;
	result_metric(check->result, 0, shared, (double)n);
	result_metric(check->result, 1, wrong, (double)n);
	result_add(check->result, STATE_OK, "%s of cluster %s: %zu routes",
		   check->survey.local_name.text, check->survey.cluster.text, n);
	return true;
}
