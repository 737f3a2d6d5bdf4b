/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cdatctl status and check: the cluster as this node sees it; the exit code is the
 * verdict of monitoring plugins.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/show.h"

#define UNKNOWN	3
#define KINDS	(CLI_KIND(CDAT_K_CLUSTER) | CLI_KIND(CDAT_K_NODE))
#define PAGE	(KINDS | CLI_KIND(CDAT_K_ADAPTER) | CLI_KIND(CDAT_K_ROLE) | CLI_KIND(CDAT_K_EVENT))

/* CdatVerdict less one */
static int verdict(const struct cdat_cluster *c)
{
	return c->health >= CDAT_OK && c->health <= CDAT_UNKNOWN ? c->health - CDAT_OK : UNKNOWN;
}

static const struct cdat_cluster *take(struct cli *cli, struct cli_view *view)
{
	uint32_t kinds = cli_has(cli, CLI_O_HTML) ? PAGE : KINDS;
	const struct cdat_cluster *c;

	if (cli_has(cli, CLI_O_WAIT) ? cli_wait_ok(cli, view, kinds) : cli_view_take(cli, view, kinds))
		return NULL;
	c = cli_at(view, CDAT_K_CLUSTER, 0);
	if (c == NULL)
		cli_error("the servicer tells nothing of the cluster; is it of the same version?");
	return c;
}

static const char *warning(const struct cdat_cluster *c)
{
	if (!c->sealed)
		return "messages are not sealed (security: none); anyone on the network can forge "
		       "them; make a key with cdatctl key generate";
	return NULL;
}

static void print_members(const struct cli_view *view)
{
	const struct cdat_node *n;
	size_t i, left = 64;

	printf("members   ");
	for (i = 0; (n = cli_at(view, CDAT_K_NODE, i)) != NULL; i++) {
		size_t len = strlen(n->name) + 1;

		if (n->state != CDAT_MEMBER && n->state != CDAT_MEMBER_SUSPECT)
			continue;
		if (len > left) {
			printf(" ...");
			break;
		}
		left -= len;
		printf(" %s%s", n->name, n->state == CDAT_MEMBER_SUSPECT ? "?" : "");
	}
	putchar('\n');
}

/* Who keeps the cluster from a later format; told unasked while one could be spoken. */
static void print_format(const struct cli_view *view, const struct cdat_cluster *c, bool verbose)
{
	const struct cdat_node *n;
	unsigned latest = 0;
	bool first = true;

	for (size_t i = 0; (n = cli_at(view, CDAT_K_NODE, i)) != NULL; i++)
		if (n->format > latest)
			latest = n->format;
	if (c->format == 0 || (!verbose && latest <= c->format))
		return;
	printf("format     %u", c->format);
	for (size_t i = 0; latest > c->format && (n = cli_at(view, CDAT_K_NODE, i)) != NULL; i++) {
		if (n->format != c->format || n->state != CDAT_MEMBER)
			continue;
		printf("%s %s", first ? "; others could speak a later one, not" : ",", n->name);
		first = false;
	}
	putchar('\n');
}

static void print_text(const struct cli_view *view, const struct cdat_cluster *c, bool verbose)
{
	char age[32], wall[40];
	unsigned i;

	printf("cluster    %s: %s\n", c->name, cli_word("cluster", "health", c->health));
	printf("node       %s (%u), %s, standing %s\n", c->local_name, c->local_node,
	       cli_word("cluster", "state", c->state), cli_word("cluster", "standing", c->standing));
	printf("leader     %s (%u), epoch %" PRIu32 "\n", cli_name(view, c->leader), c->leader, c->epoch);
	if (c->has_table) {
		cli_ago(view, c->changed_mono, age, sizeof(age));
		printf("table      version %" PRIu32 ", digest ", c->version);
		for (i = 0; i < 6; i++)
			printf("%02x", c->digest[i]);
		printf("..., changed %s\n", age);
	} else {
		printf("table      none yet\n");
	}
	printf("nodes      %" PRIu32 " of %" PRIu32 " up\n", c->nodes_up, c->nodes_total);
	print_members(view);
	printf("adapters   %" PRIu32 " of %" PRIu32 " up, %" PRIu32 " nodes on a single path\n",
	       c->adapters_total - c->adapters_down, c->adapters_total, c->nodes_single_path);
	print_format(view, c, verbose);
	cli_wall(c->start_wall, wall, sizeof(wall));
	printf("servicer   %s, port %u, since %s\n", c->servicer_version, c->port, wall);
	if (c->health_reason[0])
		printf("reason     %s\n", c->health_reason);
	if (warning(c))
		printf("warning    %s\n", warning(c));
}

static int print_json(const struct cli_view *view, const struct cdat_cluster *c)
{
	json_t *items = json_array(), *object = cli_record_json(view, &cdat_msg_cluster, c);
	json_t *members = json_array(), *warnings = json_array();
	const struct cdat_node *n;
	size_t i;

	for (i = 0; (n = cli_at(view, CDAT_K_NODE, i)) != NULL; i++) {
		if (n->state == CDAT_MEMBER || n->state == CDAT_MEMBER_SUSPECT)
			json_array_append_new(members, json_string(n->name));
	}
	if (warning(c))
		json_array_append_new(warnings, json_string(warning(c)));
	json_object_set_new(object, "members", members);
	json_object_set_new(object, "warnings", warnings);
	json_array_append_new(items, object);
	return cli_print_json("status", items);
}

int cli_status(struct cli *cli, int argc, char **argv)
{
	struct cli_view view = { 0 };
	const struct cdat_cluster *c = take(cli, &view);
	int rc = UNKNOWN;

	(void)argc;
	(void)argv;
	if (c && cli_has(cli, CLI_O_JSON)) {
		if (print_json(&view, c) == CLI_OK)
			rc = verdict(c);
	} else if (c && cli_has(cli, CLI_O_HTML)) {
		cli_print_html(&view, c);
		rc = verdict(c);
	} else if (c) {
		print_text(&view, c, cli_has(cli, CLI_O_VERBOSE));
		rc = verdict(c);
	}
	cli_view_free(&view);
	return rc;
}

int cli_check(struct cli *cli, int argc, char **argv)
{
	static const char *const words[] = { "OK", "WARNING", "CRITICAL", "UNKNOWN" };
	struct cli_view view = { 0 };
	const struct cdat_cluster *c = take(cli, &view);
	int rc = c ? verdict(c) : UNKNOWN;

	(void)argc;
	(void)argv;
	if (c)
		printf("CDAT %s - %s: %s | nodes_up=%" PRIu32 ";;;0;%" PRIu32 " adapters_down=%" PRIu32
		       ";;;0;%" PRIu32 " single_path=%" PRIu32 ";;;0;%" PRIu32 "\n", words[rc], c->name,
		       c->health_reason[0] ? c->health_reason : "all nodes and adapters answer",
		       c->nodes_up, c->nodes_total, c->adapters_down, c->adapters_total,
		       c->nodes_single_path, c->nodes_total);
	else
		printf("CDAT UNKNOWN - no answer from the servicer\n");
	cli_view_free(&view);
	return rc;
}
