/* SPDX-License-Identifier: BSD-2-Clause */
/* The open alerts; see alerts.h. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "notify/alerts.h"
#include "notify/kind.h"
#include "notify/payload.h"

struct alerts {
	struct note *open;
	size_t n, cap;
};

struct alerts *alerts_new(void)
{
	return calloc(1, sizeof(struct alerts));
}

void alerts_free(struct alerts *alerts)
{
	if (alerts != NULL)
		free(alerts->open);
	free(alerts);
}

void alerts_clear(struct alerts *alerts)
{
	alerts->n = 0;
}

/* The same alert of the same subject: what the labels are made of. */
static bool same(const struct note *a, const struct note *b)
{
	const struct kind_row *x = kind_row(kind_of_word(a->kind));
	const struct kind_row *y = kind_row(kind_of_word(b->kind));

	return x != NULL && y != NULL && x->alert != NULL && y->alert != NULL &&
	       strcmp(x->alert, y->alert) == 0 && strcmp(a->cluster, b->cluster) == 0 &&
	       (!(x->scope & KIND_OF_NODE) || strcmp(a->node, b->node) == 0) &&
	       (!(x->scope & KIND_OF_ADAPTER) || a->adapter == b->adapter) &&
	       (!(x->scope & KIND_OF_ROLE) || strcmp(a->role, b->role) == 0) &&
	       (!(x->scope & KIND_OF_REPORTER) || strcmp(a->reporter, b->reporter) == 0);
}

static size_t find(const struct alerts *alerts, const struct note *note)
{
	size_t i = 0;

	while (i < alerts->n && !same(&alerts->open[i], note))
		i++;
	return i;
}

static void add(struct alerts *alerts, const struct note *note)
{
	if (alerts->n == ALERTS_MAX)
		return;
	if (alerts->n == alerts->cap) {
		size_t cap = alerts->cap != 0 ? 2 * alerts->cap : 16;
		struct note *grown = reallocarray(alerts->open, cap, sizeof(*grown));

		if (grown == NULL)
			return;
		alerts->open = grown;
		alerts->cap = cap;
	}
	alerts->open[alerts->n++] = *note;
}

static void drop(struct alerts *alerts, size_t i)
{
	alerts->n--;
	memmove(&alerts->open[i], &alerts->open[i + 1],
		(alerts->n - i) * sizeof(alerts->open[0]));
}

void alerts_observe(struct alerts *alerts, const struct note *note)
{
	const struct kind_row *row = kind_row(kind_of_word(note->kind));
	const bool cleared = strcmp(note->severity, "cleared") == 0;
	size_t i = find(alerts, note);
	uint64_t since;

	if (row == NULL || row->effect == KIND_NONE || row->effect == KIND_POINT)
		return;
	if (row->effect == KIND_CLEARS || (row->effect == KIND_BY_SEVERITY && cleared)) {
		if (i < alerts->n)
			drop(alerts, i);
	} else if (i < alerts->n) {
		since = alerts->open[i].wall;
		alerts->open[i] = *note;
		alerts->open[i].wall = since;
	} else {
		add(alerts, note);
	}
}

size_t alerts_count(const struct alerts *alerts)
{
	return alerts->n;
}

const struct note *alerts_at(const struct alerts *alerts, size_t i)
{
	return i < alerts->n ? &alerts->open[i] : NULL;
}

void alerts_keep(struct alerts *alerts, bool (*keep)(void *ctx, const struct note *note), void *ctx)
{
	for (size_t i = alerts->n; i > 0; i--)
		if (!keep(ctx, &alerts->open[i - 1]))
			drop(alerts, i - 1);
}

bool alerts_has(const struct alerts *alerts, const struct note *note)
{
	return find(alerts, note) < alerts->n;
}

json_t *alerts_json(const struct alerts *alerts, size_t from, size_t most, uint64_t ends_wall)
{
	json_t *array = json_array();

	for (size_t i = from; array != NULL && i < alerts->n && i - from < most; i++)
		json_array_append_new(array, payload_alert(&alerts->open[i], alerts->open[i].wall,
							   ends_wall));
	return array;
}
