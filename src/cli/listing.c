/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prints a listing: a table by libsmartcols, or JSON.
 */
#include <libsmartcols.h>
#include <stdlib.h>
#include <string.h>

#include "cli/show.h"

static const struct cli_column *column(const struct cli_listing *l, const char *id, size_t n)
{
	size_t i;

	for (i = 0; i < l->ncolumns; i++) {
		if (strncmp(l->columns[i].id, id, n) == 0 && l->columns[i].id[n] == '\0')
			return &l->columns[i];
	}
	return NULL;
}

/* The columns to show: those of -o, or all that are not extra. */
static int choose(const struct cli *cli, const struct cli_listing *l,
		  const struct cli_column **chosen, size_t *n)
{
	const char *at = cli->columns;
	char all[512] = "";
	size_t i;

	*n = 0;
	for (i = 0; i < l->ncolumns; i++) {
		if (at == NULL && !(l->columns[i].flags & CLI_C_EXTRA))
			chosen[(*n)++] = &l->columns[i];
		snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s%s", i ? "," : "",
			 l->columns[i].id);
	}
	while (at && *at) {
		size_t len = strcspn(at, ",");
		const struct cli_column *col = column(l, at, len);

		if (col == NULL || *n == l->ncolumns)
			return cli_misuse(cli, col ? "a column is asked for twice: %.*s; columns: %s"
						   : "no column \"%.*s\"; columns: %s", (int)len, at, all);
		chosen[(*n)++] = col;
		at += len + (at[len] == ',');
	}
	return CLI_OK;
}

void cli_cell(const struct cli_column *col, const struct cli_view *view,
	      const struct cdat_msg *msg, const void *record, char *buf, size_t len)
{
	const struct cdat_field *f;
	char name[64], *c;

	if (col->text) {
		col->text(view, record, buf, len);
		return;
	}
	snprintf(name, sizeof(name), "%s", col->id);
	for (c = name; *c; c++) {
		if (*c == '-')
			*c = '_';
	}
	f = cli_field(msg, name);
	if (f)
		cli_field_text(view, msg, f, record, buf, len);
	else
		buf[0] = '\0';
}

static int print_table(struct cli *cli, const struct cli_listing *l, const struct cli_view *view,
		       unsigned node)
{
	const struct cdat_msg *msg = cdat_record_msg(l->kind);
	const struct cli_column **cols = calloc(l->ncolumns, sizeof(*cols));
	struct libscols_table *table = scols_new_table();
	struct libscols_line *line;
	const void *record;
	char buf[CLI_TEXT_MAX];
	size_t i, k, n;
	int rc;

	if (cols == NULL || table == NULL) {
		rc = cli_error("out of memory");
		goto out;
	}
	rc = choose(cli, l, cols, &n);
	if (rc != CLI_OK)
		goto out;
	scols_table_set_stream(table, stdout);
	scols_table_enable_colors(table, cli_colours());
	scols_table_enable_noheadings(table, cli_has(cli, CLI_O_NO_HEADINGS));
	for (i = 0; i < n; i++)
		scols_table_new_column(table, cols[i]->heading, 0,
				       (cols[i]->flags & CLI_C_RIGHT ? SCOLS_FL_RIGHT : 0) |
				       (cols[i]->flags & CLI_C_WRAP ? SCOLS_FL_WRAP : 0));
	for (k = 0; (record = cli_at(view, l->kind, k)) != NULL; k++) {
		if (node && view->kinds[l->kind].keys[k].a != node)
			continue;
		line = scols_table_new_line(table, NULL);
		for (i = 0; line && i < n; i++) {
			cli_cell(cols[i], view, msg, record, buf, sizeof(buf));
			scols_line_set_data(line, i, buf);
			scols_cell_set_color(scols_line_get_cell(line, i), cli_colour(cols[i], buf));
		}
	}
	if (scols_table_get_nlines(table) == 0)
		fprintf(stderr, "%s\n", l->empty);
	else
		scols_print_table(table);
out:
	scols_unref_table(table);
	free(cols);
	return rc;
}

int cli_print_listing(struct cli *cli, const struct cli_listing *l, const struct cli_view *view,
		      unsigned node)
{
	const struct cdat_msg *msg = cdat_record_msg(l->kind);
	const void *record;
	json_t *items;
	size_t k;

	if (!cli_has(cli, CLI_O_JSON))
		return print_table(cli, l, view, node);
	items = json_array();
	for (k = 0; (record = cli_at(view, l->kind, k)) != NULL; k++) {
		if (node == 0 || view->kinds[l->kind].keys[k].a == node)
			json_array_append_new(items, cli_record_json(view, msg, record));
	}
	return cli_print_json(l->key, items);
}

int cli_list(struct cli *cli, int argc, char **argv)
{
	const struct cli_listing *l = cli_listing(cli->verb->word);
	const struct cdat_node *node = NULL;
	struct cli_view view = { 0 };
	int rc = cli_view_take(cli, &view, l->kinds | CLI_KIND(l->kind) | CLI_KIND(CDAT_K_NODE));

	if (rc == CLI_OK && argc) {
		node = cli_node(&view, argv[0]);
		if (node == NULL)
			rc = cli_fail(CLI_UNKNOWN, "no node \"%s\"; see cdatctl nodes", argv[0]);
	}
	if (rc == CLI_OK)
		rc = cli_print_listing(cli, l, &view, node ? node->node : 0);
	cli_view_free(&view);
	return rc;
}
