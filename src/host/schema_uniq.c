/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finds texts that occur twice (names, addresses) in O(n log n), and tells the second
 * place with the line of the first.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "host/schema.h"

struct uniq_item {
	char *text;
	const yaml_node_t *at;
	size_t order;
};
struct conf_uniq {
	struct uniq_item *items;
	size_t n, cap;
};

struct conf_uniq *conf_uniq_new(void)
{
	return calloc(1, sizeof(struct conf_uniq));
}

void conf_uniq_free(struct conf_uniq *u)
{
	if (u == NULL)
		return;
	for (size_t i = 0; i < u->n; i++)
		free(u->items[i].text);
	free(u->items);
	free(u);
}

bool conf_uniq_add(struct conf_parser *p, struct conf_uniq *u, const char *text,
		   const yaml_node_t *at)
{
	if (u->n == u->cap) {
		size_t cap = u->cap ? 2 * u->cap : 64;
		struct uniq_item *grown = reallocarray(u->items, cap, sizeof(*grown));

		if (grown == NULL)
			return conf_fail_memory(p);
		u->items = grown;
		u->cap = cap;
	}
	u->items[u->n] = (struct uniq_item){strdup(text), at, u->n};
	if (u->items[u->n].text == NULL)
		return conf_fail_memory(p);
	u->n++;
	return true;
}

static int compare(const void *a, const void *b)
{
	const struct uniq_item *x = a, *y = b;
	int d = strcmp(x->text, y->text);

	return d != 0 ? d : x->order < y->order ? -1 : x->order > y->order;
}

bool conf_uniq_check(struct conf_parser *p, struct conf_uniq *u, const char *what,
		     const char *remedy)
{
	const struct uniq_item *second = NULL, *first = NULL;

	if (u->n > 1)
		qsort(u->items, u->n, sizeof(*u->items), compare);
	for (size_t i = 1; i < u->n; i++) {
		if (strcmp(u->items[i].text, u->items[i - 1].text) != 0)
			continue;
		if (second == NULL || u->items[i].order < second->order) {
			second = &u->items[i];
			first = &u->items[i - 1];
		}
	}
	if (second == NULL)
		return true;
	return conf_fail(p, second->at, "%s %s is used already, on line %u; %s", what, second->text,
			 conf_place_of(first->at).line, remedy);
}
