/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The outcome of a check.
 */
#include "result.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

static const char *const words[] = { "OK", "WARNING", "CRITICAL", "UNKNOWN" };

const char *state_word(enum state state)
{
	return words[state];
}

enum state state_worse(enum state a, enum state b)
{
	static const int rank[] = { [STATE_OK] = 0, [STATE_UNKNOWN] = 1, [STATE_WARNING] = 2,
				    [STATE_CRITICAL] = 3 };

	return rank[a] >= rank[b] ? a : b;
}

/* What a listener could take for the end of the text, or a terminal for a command. */
static void clean(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f || *text == '|')
			*text = '?';
}

static void append(struct result *res, enum state state, const char *format, va_list args)
{
	char *text = res->problems[state];
	size_t used = strlen(text);

	if (used > 0 && used + 2 < RESULT_TEXT) {
		memcpy(text + used, "; ", 3);
		used += 2;
	}
	vsnprintf(text + used, RESULT_TEXT - used, format, args);
	clean(text + used);
}

void result_add(struct result *res, enum state state, const char *format, ...)
{
	va_list args;

	res->state = state_worse(res->state, state);
	va_start(args, format);
	append(res, state, format, args);
	va_end(args);
}

void result_counted(struct result *res, size_t metric, enum state state, const char *format, ...)
{
	const struct metric *m = &res->metrics[metric];
	va_list args;

	if (m->warning.given || m->critical.given)
		state = STATE_OK;
	res->state = state_worse(res->state, state);
	va_start(args, format);
	append(res, state, format, args);
	va_end(args);
}

void result_metric(struct result *res, size_t metric, double value, double max)
{
	struct metric *m = &res->metrics[metric];
	const struct range *range = &m->critical;
	enum state state = STATE_CRITICAL;

	m->value = value;
	m->max = max;
	m->known = true;
	if (!range_alert(range, value)) {
		range = &m->warning;
		state = STATE_WARNING;
		if (!range_alert(range, value))
			return;
	}
	result_add(res, state, "%s is %.15g%s (alert %s %s)", m->label, value,
		   strcmp(m->unit, "c") == 0 ? "" : m->unit, range->inside ? "inside" : "outside",
		   range->text + range->inside);
}

void result_print(const struct result *res, FILE *out)
{
	static const enum state order[] = { STATE_CRITICAL, STATE_WARNING, STATE_UNKNOWN, STATE_OK };
	const char *between = "";
	bool any = false;

	fprintf(out, "%s %s - ", res->prefix, words[res->state]);
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		if (res->problems[order[i]][0] == '\0')
			continue;
		fprintf(out, "%s%s", between, res->problems[order[i]]);
		between = "; ";
	}
	for (size_t i = 0; i < res->n_metrics; i++)
		any = any || res->metrics[i].known;
	for (size_t i = 0; any && i < res->n_metrics; i++) {
		const struct metric *m = &res->metrics[i];

		fprintf(out, "%s%s=", i == 0 ? " | " : " ", m->label);
		if (m->known)
			fprintf(out, "%.15g%s", m->value, m->unit);
		else
			fprintf(out, "U");
		fprintf(out, ";%s;%s;0;", m->warning.text, m->critical.text);
		if (m->known && isfinite(m->max))
			fprintf(out, "%.15g", m->max);
	}
	fputc('\n', out);
}
