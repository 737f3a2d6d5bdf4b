/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Roles: who is in charge of what.
 */
#include "judge.h"

#include <math.h>
#include <string.h>

enum { R_NAME, R_STATE, R_HOLDER, R_CANDIDATES, R_BACKUPS, R_MOVES, R_COLUMNS };
static const enum object columns[R_COLUMNS] = {
	O_ROLE_NAME, O_ROLE_STATE, O_ROLE_HOLDER_NAME, O_ROLE_CANDIDATES, O_ROLE_BACKUPS,
	O_ROLE_MOVES };
enum { ROLE_PREFERRED = 1, ROLE_BACKUP, ROLE_VACANT, ROLE_SUSPENDED };

bool judge_role(struct check *check)
{
	const struct survey *s = &check->survey;
	struct result *res = check->result;
	const struct value *v = NULL;
	char known[512] = "";
	struct rows rows;

	if (!query_rows(check->query, columns, R_COLUMNS, &rows))
		return false;
	for (size_t i = 0; i < rows.n; i++) {
		if (strcmp(rows.rows[i].values[R_NAME].text, check->role) == 0)
			v = rows.rows[i].values;
		snprintf(known + strlen(known), sizeof(known) - strlen(known), "%s%s",
			 i ? ", " : "", rows.rows[i].values[R_NAME].text);
	}
	if (!v) {
		result_add(res, STATE_UNKNOWN, "cluster %s has no role %s; %s%s", s->cluster.text,
			   check->role, rows.n ? "its roles are " : "it has none", known);
		rows_free(&rows);
		return false;
	}
	if (v[R_STATE].number == ROLE_BACKUP)
		result_add(res, STATE_WARNING, "a backup holds it");
	else if (v[R_STATE].number == ROLE_VACANT)
		result_add(res, STATE_CRITICAL, "no candidate is a member");
	else if (v[R_STATE].number == ROLE_SUSPENDED)
		result_add(res, STATE_CRITICAL, "suspended, %s is in no majority",
			   s->local_name.text);
	if (v[R_CANDIDATES].number > 1 && v[R_BACKUPS].number == 0 &&
	    v[R_STATE].number <= ROLE_BACKUP)
		result_counted(res, 0, STATE_WARNING, "nobody could take over");
	result_metric(res, 0, (double)v[R_BACKUPS].number, (double)v[R_CANDIDATES].number);
	result_metric(res, 1, (double)v[R_MOVES].number, INFINITY);
	result_add(res, STATE_OK, "role %s of cluster %s: %s", check->role, s->cluster.text,
		   v[R_HOLDER].text[0] ? v[R_HOLDER].text : "no holder");
	rows_free(&rows);
	return true;
}

bool judge_roles(struct check *check)
{
	struct result *res = check->result;
	double vacant = 0, backup = 0;
	struct rows rows;
	size_t n;

	if (!query_rows(check->query, columns, R_COLUMNS, &rows))
		return false;
	n = rows.n;
	for (size_t i = 0; i < rows.n; i++) {
		const struct value *v = rows.rows[i].values;

		if (v[R_STATE].number == ROLE_VACANT || v[R_STATE].number == ROLE_SUSPENDED) {
			vacant++;
			result_counted(res, 0, STATE_CRITICAL, "role %s has no holder",
				       v[R_NAME].text);
		} else if (v[R_STATE].number == ROLE_BACKUP) {
			backup++;
			result_counted(res, 1, STATE_WARNING, "role %s is held by the backup %s",
				       v[R_NAME].text, v[R_HOLDER].text);
		}
	}
	rows_free(&rows);
	result_metric(res, 0, vacant, (double)n);
	result_metric(res, 1, backup, (double)n);
	result_add(res, STATE_OK, "cluster %s: %g of %zu roles without a holder",
		   check->survey.cluster.text, vacant, n);
	return true;
}
