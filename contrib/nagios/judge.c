/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The cluster, its nodes, its table, and the member that is asked.
 */
#include "config.h"

#include "judge.h"

#include <math.h>
#include <string.h>
#include <strings.h>

static const char *const partition_words[] = { "?", "whole", "majority", "minority", "unknown" };
static const char *const node_words[] = { "?", "member", "suspect", "unreachable", "inactive",
					  "joining", "leaving", "disabled" };
static const char *const cluster_words[] = { "?", "starting", "joining", "operational",
					     "reconfiguring", "isolated", "stopping" };
#define WORD(words, number) \
	((number) < sizeof(words) / sizeof((words)[0]) ? (words)[number] : (words)[0])

/* ---- what every mode needs ---- */
static const enum object survey_objects[] = {
	O_HEALTH, O_HEALTH_REASON, O_CLUSTER_NAME, O_CLUSTER_STATE, O_PARTITION_STATE,
	O_LOCAL_NODE, O_LOCAL_NAME, O_NODES_TOTAL, O_NODES_UP, O_NODES_DOWN, O_ADAPTERS_TOTAL,
	O_ADAPTERS_DOWN, O_SINGLE_PATH, O_TABLE_VERSION, O_TABLE_DIGEST, O_SERVICER_VERSION,
};
enum { SURVEY_OBJECTS = sizeof(survey_objects) / sizeof(survey_objects[0]) };
_Static_assert(sizeof(struct survey) == SURVEY_OBJECTS * sizeof(struct value),
	       "struct survey has a value for each object, in their order");

bool judge_half(struct check *check, enum object object)
{
	result_add(check->result, STATE_UNKNOWN,
		   "%s: only a part of CDAT-MIB is there, without %s; does the view of this user "
		   "include all of ." CDAT_MIB_ROOT "?", query_host(check->query),
		   object_name(object));
	return false;
}

bool survey(struct check *check)
{
	struct survey *s = &check->survey;
	struct value *values = &s->health;
	const char *host = query_host(check->query);

	if (!query_get(check->query, survey_objects, SURVEY_OBJECTS, NULL, 0, values))
		return false;
	if (!s->health.there) {
		result_add(check->result, STATE_UNKNOWN,
			   "%s: snmpd answers, but CDAT-MIB is not there; is its subagent "
			   "cdat-agentx running, and in the view of this user?", host);
		return false;
	}
	if (!s->cluster.there && s->health.number == HEALTH_UNKNOWN) {
		result_add(check->result, STATE_UNKNOWN,
			   "%s: cdat-agentx runs, but has nothing from cdatd: %s", host,
			   s->reason.there && s->reason.text[0] ? s->reason.text : "no reason given");
		return false;
	}
	for (size_t i = 0; i < SURVEY_OBJECTS; i++)
		if (!values[i].there)
			return judge_half(check, survey_objects[i]);
	return true;
}

bool survey_cut_off(const struct survey *s)
{
	return s->state.number == CLUSTER_ISOLATED || s->partition.number == PARTITION_MINORITY;
}

void judge_standing(struct check *check)
{
	const struct survey *s = &check->survey;

	if (s->state.number == CLUSTER_ISOLATED)
		result_add(check->result, STATE_CRITICAL, "%s is isolated", s->local_name.text);
	else if (s->partition.number == PARTITION_MINORITY)
		result_add(check->result, STATE_CRITICAL, "%s is in a minority", s->local_name.text);
}

uint32_t judge_node_number(struct check *check, const char *name)
{
	static const enum object by_name[] = { O_NODE_BY_NAME }, names[] = { O_NODE_NAME };
	uint32_t index[KEY_MAX] = { (uint32_t)strlen(name) };
	struct value number;
	struct rows rows;
	char known[512] = "";

	for (size_t i = 0; name[i]; i++)
		index[i + 1] = (unsigned char)name[i];
	if (!query_get(check->query, by_name, 1, index, strlen(name) + 1, &number))
		return 0;
	if (number.there)
		return (uint32_t)number.number;
	if (query_rows(check->query, names, 1, &rows)) {
		for (size_t i = 0; i < rows.n; i++)
			snprintf(known + strlen(known), sizeof(known) - strlen(known), "%s%s",
				 i ? ", " : "", rows.rows[i].values[0].text);
		if (rows.n == 0)
			judge_half(check, O_NODE_NAME);
		else
			result_add(check->result, STATE_UNKNOWN,
				   "cluster %s has no node %s; its nodes are %s",
				   check->survey.cluster.text, name, known);
	}
	rows_free(&rows);
	return 0;
}

/* ---- the whole cluster ---- */
static bool judge_cluster(struct check *check)
{
	const struct survey *s = &check->survey;
	struct result *res = check->result;
	enum state state = s->health.number >= HEALTH_OK && s->health.number <= HEALTH_UNKNOWN ?
				   (enum state)(s->health.number - HEALTH_OK) : STATE_UNKNOWN;
	bool numbers_decide = false;

	for (size_t i = 0; i < res->n_metrics; i++)
		if (res->metrics[i].warning.given || res->metrics[i].critical.given)
			numbers_decide = true;
	if (numbers_decide) {
		judge_standing(check);
		if (s->reason.text[0])
			result_add(res, STATE_OK, "%s", s->reason.text);
	} else if (state != STATE_OK) {
		result_add(res, state, "%s", s->reason.text[0] ? s->reason.text : "no reason given");
	}
	result_metric(res, 0, (double)s->nodes_down.number, (double)s->nodes.number);
	result_metric(res, 1, (double)s->adapters_down.number, (double)s->adapters.number);
	result_metric(res, 2, (double)s->single_path.number, (double)s->nodes.number);
	result_metric(res, 3, (double)s->nodes_up.number, (double)s->nodes.number);
	result_add(res, STATE_OK, "cluster %s: %llu of %llu nodes up, %llu of %llu adapters down, "
		   "%s, %s, seen by %s", s->cluster.text, (unsigned long long)s->nodes_up.number,
		   (unsigned long long)s->nodes.number, (unsigned long long)s->adapters_down.number,
		   (unsigned long long)s->adapters.number, WORD(cluster_words, s->state.number),
		   WORD(partition_words, s->partition.number), s->local_name.text);
	return true;
}

/* ---- nodes ---- */

/* How bad the state of a node is: `metric` counts it.  An inactive node never joined, or
 * left in order. */
static enum state node_verdict(uint64_t state, size_t *metric)
{
	switch (state) {
	case NODE_UNREACHABLE:
		*metric = 0;
		return STATE_CRITICAL;
	case NODE_SUSPECT:
		*metric = 1;
		return STATE_WARNING;
	case NODE_INACTIVE:
		*metric = 2;
		return STATE_WARNING;
	default:
		*metric = RESULT_METRICS;
		return STATE_OK;
	}
}

static bool judge_nodes(struct check *check)
{
	static const enum object columns[] = { O_NODE_NAME, O_NODE_STATE, O_NODE_ROW_STATUS };
	const struct survey *s = &check->survey;
	double counts[RESULT_METRICS + 1] = { 0 };
	struct rows rows;

	if (!query_rows(check->query, columns, 3, &rows))
		return false;
	if (rows.n == 0) {
		rows_free(&rows);
		return judge_half(check, O_NODE_NAME);
	}
	judge_standing(check);
	for (size_t i = 0; i < rows.n; i++) {
		const struct value *v = rows.rows[i].values;
		size_t metric;
		enum state state = node_verdict(v[1].number, &metric);

		if (v[2].number != 1)		/* active */
			continue;
		counts[metric]++;
		if (state != STATE_OK)
			result_counted(check->result, metric, state, "%s is %s", v[0].text,
				       WORD(node_words, v[1].number));
	}
	rows_free(&rows);
	for (size_t i = 0; i < check->result->n_metrics; i++)
		result_metric(check->result, i, counts[i], (double)s->nodes.number);
	result_add(check->result, STATE_OK, "cluster %s: %llu of %llu nodes up, seen by %s",
		   s->cluster.text, (unsigned long long)s->nodes_up.number,
		   (unsigned long long)s->nodes.number, s->local_name.text);
	return true;
}

enum { N_STATE, N_PRIMARY, N_CURRENT, N_ADAPTERS, N_DOWN, N_SILENCE, N_RTT, N_SYNC, N_OBJECTS };

static bool judge_node(struct check *check)
{
	static const enum object columns[N_OBJECTS] = {
		O_NODE_STATE, O_NODE_PRIMARY, O_NODE_CURRENT, O_NODE_ADAPTERS,
		O_NODE_ADAPTERS_DOWN, O_NODE_SILENCE, O_NODE_RTT, O_NODE_SYNC };
	const struct survey *s = &check->survey;
	struct result *res = check->result;
	struct value v[N_OBJECTS];
	uint32_t number = judge_node_number(check, check->node);
	enum state state;
	size_t metric;

	if (number == 0 || !query_get(check->query, columns, N_OBJECTS, &number, 1, v))
		return false;
	for (size_t i = 0; i < N_OBJECTS; i++)
		if (!v[i].there)
			return judge_half(check, columns[i]);
	if (number == s->local_node.number)
		judge_standing(check);
	state = node_verdict(v[N_STATE].number, &metric);
	if (state != STATE_OK)
		result_add(res, state, "%s is %s", check->node, WORD(node_words, v[N_STATE].number));
	if (v[N_SYNC].number == 3)
		result_add(res, STATE_WARNING, "its table is out of sync");
	if (v[N_DOWN].number > 0 && v[N_STATE].number <= NODE_SUSPECT)
		result_counted(res, 2, STATE_WARNING, "%llu of its adapters down",
			       (unsigned long long)v[N_DOWN].number);
	if (v[N_SILENCE].number != UINT32_MAX)
		result_metric(res, 0, (double)v[N_SILENCE].number / 1e3, INFINITY);
	if (v[N_RTT].number != 0)
		result_metric(res, 1, (double)v[N_RTT].number / 1e6, INFINITY);
	result_metric(res, 2, (double)v[N_DOWN].number, (double)v[N_ADAPTERS].number);
	result_add(res, STATE_OK, "node %s of cluster %s: %s, adapter %llu in use, %llu of %llu "
		   "adapters down, seen by %s", check->node, s->cluster.text,
		   WORD(node_words, v[N_STATE].number), (unsigned long long)v[N_CURRENT].number,
		   (unsigned long long)v[N_DOWN].number, (unsigned long long)v[N_ADAPTERS].number,
		   s->local_name.text);
	return true;
}

/* ---- the table ---- */
static bool judge_table(struct check *check)
{
	static const enum object columns[] = { O_NODE_NAME, O_NODE_SYNC };
	const struct survey *s = &check->survey;
	struct result *res = check->result;
	double out = 0, pending = 0;
	struct rows rows;

	if (!query_rows(check->query, columns, 2, &rows))
		return false;
	if (rows.n == 0) {
		rows_free(&rows);
		return judge_half(check, O_NODE_NAME);
	}
	for (size_t i = 0; i < rows.n; i++) {
		pending += rows.rows[i].values[1].number == 2;
		if (rows.rows[i].values[1].number != 3)
			continue;
		out++;
		result_counted(res, 0, STATE_WARNING, "%s holds another table",
			       rows.rows[i].values[0].text);
	}
	rows_free(&rows);
	if (check->digest && strcasecmp(check->digest, s->digest.text) != 0)
		result_add(res, STATE_WARNING, "the table is not the one of digest %s",
			   check->digest);
	result_metric(res, 0, out, (double)s->nodes.number);
	result_metric(res, 1, pending, (double)s->nodes.number);
	result_add(res, STATE_OK, "cluster %s: table version %llu, digest %s", s->cluster.text,
		   (unsigned long long)s->version.number, s->digest.text);
	return true;
}

/* ---- the member that is asked ---- */
static bool judge_agent(struct check *check)
{
	const struct survey *s = &check->survey;
	struct result *res = check->result;

	judge_standing(check);
	if (s->state.number < CLUSTER_OPERATIONAL || s->state.number == CLUSTER_STOPPING)
		result_add(res, STATE_WARNING, "%s is %s", s->local_name.text,
			   WORD(cluster_words, s->state.number));
	result_metric(res, 0, (double)s->nodes_up.number, (double)s->nodes.number);
	result_add(res, STATE_OK, "%s of cluster %s answers: cdatd %s, sees %llu of %llu nodes",
		   s->local_name.text, s->cluster.text, s->servicer.text,
		   (unsigned long long)s->nodes_up.number, (unsigned long long)s->nodes.number);
	return true;
}

/* ---- all modes ---- */
const struct mode modes[] = {
	{ "", "the whole cluster, by cdatHealth",
	  { { "nodes_down", "" }, { "adapters_down", "" }, { "single_path", "" },
	    { "nodes_up", "" } }, false, judge_cluster },
	{ "nodes", "the nodes of the table",
	  { { "unreachable", "" }, { "suspect", "" }, { "inactive", "" } }, false, judge_nodes },
	{ "node", "one node",
	  { { "silence", "s" }, { "rtt", "s" }, { "adapters_down", "" } }, true, judge_node },
	{ "adapters", "the addresses of the members, as all agreed",
	  { { "down", "" }, { "suspect", "" } }, true, judge_adapters },
	{ "paths", "how the member that is asked reaches the others",
	  { { "down", "" }, { "failed_over", "" }, { "rtt", "s" } }, true, judge_paths },
	{ "peers", "the same as --paths",
	  { { "down", "" }, { "failed_over", "" }, { "rtt", "s" } }, true, judge_paths },
	{ "routes", "whether alternate addresses are redundant connections",
	  { { "shared", "" }, { "wrong", "" } }, false, judge_routes },
	{ "role", "one role",
	  { { "backups", "" }, { "moves", "c" } }, false, judge_role },
	{ "roles", "all roles",
	  { { "vacant", "" }, { "on_backup", "" } }, false, judge_roles },
	{ "table", "whether all members hold the same table",
	  { { "out_of_sync", "" }, { "pending", "" } }, false, judge_table },
	{ "agent", "the member that is asked, and its agent",
	  { { "nodes_up", "" } }, false, judge_agent },
};
const size_t n_modes = sizeof(modes) / sizeof(modes[0]);
