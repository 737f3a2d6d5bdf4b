/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cdatctl status --html: status, nodes, adapters, roles and the last events as one static
 * page that needs nothing else.
 */
#include <string.h>

#include "cli/show.h"

#define EVENTS_SHOWN	50

static void escaped(const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '&':
			fputs("&amp;", stdout);
			break;
		case '<':
			fputs("&lt;", stdout);
			break;
		case '>':
			fputs("&gt;", stdout);
			break;
		case '"':
			fputs("&quot;", stdout);
			break;
		default:
			putchar(*text);
		}
	}
}

static void table(const struct cli_view *view, const char *word, const char *title, size_t last)
{
	const struct cli_listing *l = cli_listing(word);
	size_t i, k, n = cli_count(view, l->kind);
	char buf[CLI_TEXT_MAX];

	printf("<h2>%s</h2>\n<table>\n<tr>", title);
	for (i = 0; i < l->ncolumns; i++) {
		if (l->columns[i].flags & CLI_C_EXTRA)
			continue;
		fputs("<th>", stdout);
		escaped(l->columns[i].heading);
	}
	puts("");
	for (k = n > last ? n - last : 0; k < n; k++) {
		fputs("<tr>", stdout);
		for (i = 0; i < l->ncolumns; i++) {
			if (l->columns[i].flags & CLI_C_EXTRA)
				continue;
			cli_cell(&l->columns[i], view, cdat_record_msg(l->kind), cli_at(view, l->kind, k), buf,
				 sizeof(buf));
			printf("<td%s>", l->columns[i].flags & CLI_C_RIGHT ? " class=r" : "");
			escaped(buf);
		}
		puts("");
	}
	puts("</table>");
}

void cli_print_html(const struct cli_view *view, const struct cdat_cluster *c)
{
	const char *health = cli_word("cluster", "health", c->health);
	char when[64];

	cli_wall(view->wall, when, sizeof(when));
	fputs("<!DOCTYPE html>\n<html lang=en>\n<meta charset=utf-8>\n<title>", stdout);
	escaped(c->name);
	printf(": %s</title>\n", health);
	puts("<style>body{font-family:sans-serif;margin:2em}table{border-collapse:collapse}"
	     "th,td{text-align:left;padding:.2em .8em;border-bottom:1px solid #ddd}.r{text-align:right}"
	     ".ok{background:#cfc}.warning{background:#ffc}.critical{background:#fcc}"
	     ".unknown{background:#ddd}h1{padding:.3em}</style>");
	printf("<h1 class=%s>", health);
	escaped(c->name);
	printf(": %s</h1>\n<p>", health);
	escaped(c->health_reason);
	puts(c->sealed ? "" : "<p class=warning>Messages are not sealed (security: none).");
	fputs("<p>Seen by ", stdout);
	escaped(c->local_name);
	printf(" at %s: %s, standing %s, leader ", when, cli_word("cluster", "state", c->state),
	       cli_word("cluster", "standing", c->standing));
	escaped(cli_name(view, c->leader));
	printf(", epoch %u, table version %u, %u of %u nodes up, %u of %u adapters down\n", c->epoch,
	       c->version, c->nodes_up, c->nodes_total, c->adapters_down, c->adapters_total);
	table(view, "nodes", "Nodes", SIZE_MAX);
	table(view, "adapters", "Adapters", SIZE_MAX);
	table(view, "roles", "Roles", SIZE_MAX);
	table(view, "events", "Last events", EVENTS_SHOWN);
}
