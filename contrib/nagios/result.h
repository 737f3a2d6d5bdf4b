/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The outcome of a check: a state, problems, a summary and performance data, printed as
 * a monitoring plugin must:
 *
 *   CDAT CRITICAL - node3 is unreachable; 2 of 3 nodes up | nodes_down=1;;;0;3
 *
 * Texts of agents are cleaned: no line end, no "|", nothing unprintable gets through.
 */
#ifndef CHECK_CDAT_RESULT_H
#define CHECK_CDAT_RESULT_H

#include <stdint.h>
#include <stdio.h>

#include "range.h"

/* The values are exit codes. */
enum state { STATE_OK, STATE_WARNING, STATE_CRITICAL, STATE_UNKNOWN };

enum { RESULT_METRICS = 4, RESULT_TEXT = 2048 };

struct metric {
	const char *label;
	double value;
	const char *unit;	/* "", "s", "c" (counter), ... */
	double max;		/* INFINITY: none; the least is 0 for all */
	bool known;		/* false: printed as U, or nothing if no metric is known */
	struct range warning, critical;
};

struct result {
	const char *prefix;			/* "CDAT" */
	enum state state;
	char problems[4][RESULT_TEXT];		/* by state; [STATE_OK] is the summary */
	struct metric metrics[RESULT_METRICS];
	size_t n_metrics;
};

/* The worse one: CRITICAL, WARNING, UNKNOWN, OK, as monitoring plugins order them. */
enum state state_worse(enum state a, enum state b);
const char *state_word(enum state state);

/* Adds to what is said of the state, which becomes that of the result if it is worse.
 * STATE_OK: the summary, which stands behind the problems. */
void result_add(struct result *res, enum state state, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* A problem that the metric counts: with thresholds for that metric they alone make the
 * state, and this only tells what was counted. */
void result_counted(struct result *res, size_t metric, enum state state, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Gives the metric its value, in its unit, and judges it by its thresholds. */
void result_metric(struct result *res, size_t metric, double value, double max);

/* One line. */
void result_print(const struct result *res, FILE *out);

#endif
