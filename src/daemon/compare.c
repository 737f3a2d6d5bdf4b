/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Compares the configured content of two tables; see compare.h.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "daemon/compare.h"
#include "wire/attr.h"

struct tally {
	size_t n;
	char *first;
	size_t len;
};

static void count(struct tally *t, const char *what, const char *name)
{
	if (t->n++ == 0)
		snprintf(t->first, t->len, "%s%s%s", what, *name ? " " : "", name);
}

/* The attributes of a scope that are numbers, enums or truths. */
static bool same_attrs(enum cdat_attr_scope scope, const void *a, const void *b)
{
	size_t n;
	const struct cdat_attr_row *rows = cdat_attr_rows(&n);

	for (size_t i = 0; i < n; i++) {
		if (rows[i].scope != scope || rows[i].fact || rows[i].type == CDAT_AT_NAME ||
		    rows[i].type == CDAT_AT_ADDR || rows[i].type == CDAT_AT_TEXT)
			continue;
		if (cdat_attr_get(&rows[i], a) != cdat_attr_get(&rows[i], b))
			return false;
	}
	return true;
}

static bool same_node(const struct cdat_tnode *a, const struct cdat_tnode *b)
{
	if (a == NULL || b == NULL || strcmp(a->node.name, b->node.name) != 0 ||
	    a->nadapters != b->nadapters || !same_attrs(CDAT_SCOPE_NODE, &a->node, &b->node))
		return false;
	for (unsigned i = 0; i < a->nadapters; i++)
		if (a->adapters[i].adapter != b->adapters[i].adapter ||
		    !cdat_addr_same(&a->adapters[i].addr, &b->adapters[i].addr) ||
		    !same_attrs(CDAT_SCOPE_ADAPTER, &a->adapters[i], &b->adapters[i]))
			return false;
	return true;
}

/* Nodes of `a`; those of `b` that `a` has too are compared once. */
static void compare_nodes(struct tally *t, const struct cdat_table *a, const struct cdat_table *b,
			  bool missing_only)
{
	for (size_t i = 0; i < cdat_table_count(a); i++) {
		const struct cdat_tnode *x = cdat_table_at(a, i);
		const struct cdat_tnode *y = cdat_table_node(b, x->node.node);

		if (missing_only ? y == NULL : !same_node(x, y))
			count(t, "node", x->node.name);
	}
}

static bool same_role(const struct cdat_role *a, const struct cdat_role *b)
{
	return a->role == b->role && strcmp(a->name, b->name) == 0 && a->policy == b->policy &&
	       a->needs_majority == b->needs_majority && a->sticky == b->sticky &&
	       a->ncandidates == b->ncandidates &&
	       memcmp(a->candidates, b->candidates, a->ncandidates * sizeof(*a->candidates)) == 0;
}

static void compare_roles(struct tally *t, const struct cdat_table *a, const struct cdat_table *b)
{
	const struct cdat_role *x, *y;
	size_t nx = cdat_table_roles(a, &x), ny = cdat_table_roles(b, &y);

	for (size_t i = 0; i < nx || i < ny; i++)
		if (i >= nx || i >= ny || !same_role(&x[i], &y[i]))
			count(t, "role", i < nx ? x[i].name : y[i].name);
}

static bool same_wanted(const struct cdat_wanted *a, const struct cdat_wanted *b)
{
	return a->wanted == b->wanted && a->node == b->node && a->prefix_len == b->prefix_len &&
	       cdat_addr_same(&a->subnet, &b->subnet) && cdat_addr_same(&a->via, &b->via);
}

static void compare_wanted(struct tally *t, const struct cdat_table *a, const struct cdat_table *b)
{
	const struct cdat_wanted *x, *y;
	size_t nx = cdat_table_wanted(a, &x), ny = cdat_table_wanted(b, &y);
	char text[64];

	for (size_t i = 0; i < nx || i < ny; i++)
		if (i >= nx || i >= ny || !same_wanted(&x[i], &y[i]))
			count(t, "route to",
			      cdat_addr_text(i < nx ? &x[i].subnet : &y[i].subnet, text,
					     sizeof(text)));
}

size_t compare_tables(const struct cdat_table *a, const struct cdat_table *b, char *first,
		      size_t len)
{
	struct tally t = {0, first, len};

	first[0] = '\0';
	if (!same_attrs(CDAT_SCOPE_PARAM, cdat_table_params(a), cdat_table_params(b)))
		count(&t, "the parameters", "");
	compare_nodes(&t, a, b, false);
	compare_nodes(&t, b, a, true);
	compare_roles(&t, a, b);
	compare_wanted(&t, a, b);
	return t.n;
}
