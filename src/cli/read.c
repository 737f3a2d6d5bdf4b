/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The reading verbs that are more than one listing: show, views, stats, params, events.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/live.h"
#include "cli/show.h"

static const struct cdat_node *node_or_say(const struct cli_view *view, const char *word)
{
	const struct cdat_node *node = cli_node(view, word);

	if (node == NULL)
		cli_fail(CLI_UNKNOWN, "no node \"%s\"; see cdatctl nodes", word);
	return node;
}

static void print_members(const struct cli_view *view, const struct cdat_msg *msg,
			  const void *record, unsigned indent)
{
	char buf[CLI_TEXT_MAX], name[64];
	unsigned i;

	for (i = 0; i < msg->nfields; i++) {
		size_t k;

		if (!cli_field_key(msg, &msg->fields[i], name, sizeof(name)))
			continue;
		for (k = 0; name[k]; k++) {
			if (name[k] == '_')
				name[k] = '-';
		}
		cli_field_text(view, msg, &msg->fields[i], record, buf, sizeof(buf));
		printf("%*s%-*s %s\n", (int)indent, "", 22 - (int)indent, name, buf);
	}
}

int cli_values(struct cli *cli, int argc, char **argv)
{
	enum cdat_kind kind = strcmp(cli->verb->word, "stats") == 0 ? CDAT_K_STATS : CDAT_K_PARAMS;
	const struct cdat_msg *msg = cdat_record_msg(kind);
	struct cli_view view = { 0 };
	int rc = cli_view_take(cli, &view, CLI_KIND(kind));
	const void *record = cli_at(&view, kind, 0);
	json_t *items;

	(void)argc;
	(void)argv;
	if (rc == CLI_OK && cli_has(cli, CLI_O_JSON)) {
		items = json_array();
		if (record)
			json_array_append_new(items, cli_record_json(&view, msg, record));
		rc = cli_print_json(cli->verb->word, items);
	} else if (rc == CLI_OK && record) {
		print_members(&view, msg, record, 0);
	} else if (rc == CLI_OK) {
		rc = cli_error("the servicer has none yet; see cdatctl status");
	}
	cli_view_free(&view);
	return rc;
}

/* ---- show NODE ----------------------------------------------------------------------------- */

static const enum cdat_kind parts[] = { CDAT_K_ADAPTER, CDAT_K_PATH, CDAT_K_ROUTE };
static const char *const part_key[] = { "adapters", "paths", "routes" };
#define PARTS	(sizeof(parts) / sizeof(parts[0]))

static json_t *part_json(const struct cli_view *view, enum cdat_kind kind, unsigned node)
{
	json_t *items = json_array();
	const void *record;
	size_t i;

	for (i = 0; (record = cli_at(view, kind, i)) != NULL; i++) {
		if (view->kinds[kind].keys[i].a == node)
			json_array_append_new(items, cli_record_json(view, cdat_record_msg(kind), record));
	}
	return items;
}

static int show_json(const struct cli_view *view, const struct cdat_node *node)
{
	json_t *items = json_array(), *object = cli_record_json(view, &cdat_msg_node, node);
	size_t p;

	for (p = 0; p < PARTS; p++) {
		/* the node's own "adapters" is their count */
		if (json_object_get(object, part_key[p]))
			json_object_set(object, "adapters_total", json_object_get(object, part_key[p]));
		json_object_set_new(object, part_key[p], part_json(view, parts[p], node->node));
	}
	json_array_append_new(items, object);
	return cli_print_json("nodes", items);
}

static void show_text(const struct cli_view *view, const struct cdat_node *node)
{
	const void *record;
	size_t i, p;

	print_members(view, &cdat_msg_node, node, 0);
	for (p = 0; p < PARTS; p++) {
		const struct cli_rows *rows = &view->kinds[parts[p]];
		const struct cdat_msg *msg = cdat_record_msg(parts[p]);

		for (i = 0; (record = cli_at(view, parts[p], i)) != NULL; i++) {
			if (rows->keys[i].a != node->node)
				continue;
			printf("\n%s %s/%" PRIu32 "\n", msg->name, node->name, rows->keys[i].b);
			print_members(view, msg, record, 2);
		}
	}
}

int cli_show(struct cli *cli, int argc, char **argv)
{
	struct cli_view view = { 0 };
	const struct cdat_node *node = NULL;
	int rc = cli_view_take(cli, &view, CLI_KIND(CDAT_K_NODE) | CLI_KIND(CDAT_K_ADAPTER) |
			       CLI_KIND(CDAT_K_PATH) | CLI_KIND(CDAT_K_ROUTE));

	(void)argc;
	if (rc == CLI_OK) {
		node = node_or_say(&view, argv[0]);
		rc = node ? CLI_OK : CLI_UNKNOWN;
	}
	if (node && cli_has(cli, CLI_O_JSON))
		rc = show_json(&view, node);
	else if (node)
		show_text(&view, node);
	cli_view_free(&view);
	return rc;
}

/* ---- views --------------------------------------------------------------------------------- */

static json_t *view_json(const struct cli_view *view, const struct cdat_component *c)
{
	json_t *object = cli_record_json(view, &cdat_msg_component, c), *members = json_array();
	const struct cdat_member *m;
	size_t i;

	for (i = 0; (m = cli_at(view, CDAT_K_MEMBER, i)) != NULL; i++) {
		if (m->component == c->component)
			json_array_append_new(members, cli_record_json(view, &cdat_msg_member, m));
	}
	json_object_set(object, "members_total", json_object_get(object, "members"));
	json_object_set_new(object, "members", members);
	return object;
}

static void view_text(const struct cli_view *view, const struct cdat_component *c)
{
	const struct cdat_member *m;
	char age[32];
	size_t i;

	cli_age(view, c->since_mono, age, sizeof(age));
	printf("view %u%s%s: epoch %" PRIu32 ", %" PRIu32 " members, leader %s, %s, for %s\n",
	       c->component, c->local ? " (here)" : "", c->primary ? " (primary)" : "", c->epoch,
	       c->members, cli_name(view, c->leader), cli_word("component", "basis", c->basis), age);
	for (i = 0; (m = cli_at(view, CDAT_K_MEMBER, i)) != NULL; i++) {
		if (m->component != c->component)
			continue;
		cli_age(view, m->since_mono, age, sizeof(age));
		printf("  %-24s %-8s for %s\n", cli_name(view, m->node),
		       cli_word("member", "part", m->part), age);
	}
}

int cli_views(struct cli *cli, int argc, char **argv)
{
	struct cli_view view = { 0 };
	json_t *items = NULL;
	const struct cdat_component *c;
	size_t i;
	int rc = cli_view_take(cli, &view, CLI_KIND(CDAT_K_NODE) | CLI_KIND(CDAT_K_COMPONENT) |
			       CLI_KIND(CDAT_K_MEMBER));

	(void)argc;
	(void)argv;
	if (rc == CLI_OK && cli_has(cli, CLI_O_JSON))
		items = json_array();
	for (i = 0; rc == CLI_OK && (c = cli_at(&view, CDAT_K_COMPONENT, i)) != NULL; i++) {
		if (items)
			json_array_append_new(items, view_json(&view, c));
		else
			view_text(&view, c);
	}
	if (items)
		rc = cli_print_json("views", items);
	cli_view_free(&view);
	return rc;
}

/* ---- events -------------------------------------------------------------------------------- */

struct follower { const struct cli *cli; struct cli_view *view; };

static void on_event(void *ctx, const struct cdat_event *e)
{
	const struct follower *f = ctx;
	char when[40];

	cli_view_now(f->view);
	if (cli_has(f->cli, CLI_O_JSON)) {
		cli_print_json_line(cli_record_json(f->view, &cdat_msg_event, e));
		return;
	}
	cli_wall(e->wall, when, sizeof(when));
	printf("%" PRIu32 " %s %s %s: %s\n", e->event, when, cli_word("event", "severity", e->severity),
	       cli_word("event", "kind", e->kind), e->text);
	fflush(stdout);
}

/* Cuts the oldest, so that `n` are left. */
static void keep_last(struct cli_rows *rows, size_t n)
{
	size_t cut = rows->n > n ? rows->n - n : 0;

	memmove(rows->keys, rows->keys + cut, (rows->n - cut) * sizeof(*rows->keys));
	memmove(rows->data, rows->data + cut * rows->size, (rows->n - cut) * rows->size);
	rows->n -= cut;
}

static int follow(struct cli *cli, struct cli_view *view)
{
	static const struct cdat_handlers handlers = { .event = on_event };
	struct follower f = { cli, view };
	const struct cdat_event *e;
	uint32_t since = 0;
	size_t i;

	for (i = 0; (e = cli_at(view, CDAT_K_EVENT, i)) != NULL; i++) {
		on_event(&f, e);
		since = e->event;
	}
	cli_live_begin();
	cdat_handle(cli->c, &handlers, &f);
	if (cdat_subscribe(cli->c, 0, true, false, since, cli->timeout_ms))
		return cli_lost(cli);
	while (!cli_live_ended()) {
		if (cli_live_wait(cli, INT64_MAX, -1))
			return cli_lost(cli);
	}
	return CLI_OK;
}

int cli_events(struct cli *cli, int argc, char **argv)
{
	struct cli_view view = { 0 };
	int rc = cli_view_take(cli, &view, CLI_KIND(CDAT_K_EVENT) | CLI_KIND(CDAT_K_NODE) |
			       CLI_KIND(CDAT_K_CLUSTER));

	(void)argc;
	(void)argv;
	if (rc == CLI_OK && cli_has(cli, CLI_O_NUMBER) && view.kinds[CDAT_K_EVENT].n)
		keep_last(&view.kinds[CDAT_K_EVENT], cli->number);
	if (rc == CLI_OK)
		rc = cli_has(cli, CLI_O_FOLLOW) ? follow(cli, &view)
			: cli_print_listing(cli, cli_listing("events"), &view, 0);
	cli_view_free(&view);
	return rc;
}
