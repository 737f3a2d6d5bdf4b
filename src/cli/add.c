/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The arguments of cdatctl add and remove.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/change.h"

/* The value of "KEY=VALUE" if `word` has that key, else NULL. */
static const char *value_of(const char *word, const char *key)
{
	size_t n = strlen(key);

	return strncmp(word, key, n) == 0 && word[n] == '=' ? word + n + 1 : NULL;
}

static bool is_assignment(const struct cli *cli, const char *word, int *rc)
{
	if (strchr(word, '='))
		return true;
	*rc = cli_misuse(cli, "\"%s\" is no ATTRIBUTE=VALUE", word);
	return false;
}

/* Attributes after "add node NAME" and "add adapter NODE": those of adapters, each address
 * beginning the next adapter from `target->adapter` on. */
static int add_adapters(const struct cli *cli, const struct cli_view *view, int argc, char **argv,
			struct cli_target *target, struct cli_change *change, bool many)
{
	bool begun = false;
	int i, rc = CLI_OK;

	for (i = 0; i < argc && rc == CLI_OK; i++) {
		if (value_of(argv[i], "id"))
			continue;
		if (!is_assignment(cli, argv[i], &rc))
			break;
		if (value_of(argv[i], "address")) {
			if (begun && !many)
				return cli_misuse(cli, "an adapter has one address");
			if (begun)
				target->adapter++;
			if (target->adapter > CDAT_NODE_ADAPTERS && many)
				return cli_fail(CLI_DATA, "%s: a node has at most %u adapters", target->word,
						 CDAT_NODE_ADAPTERS);
			begun = true;
			cli_change_op(change, CDAT_OP_ADAPTER_CREATE, target->node,
				      target->adapter)->index = (uint16_t)(i + 1);
		} else if (!begun) {
			return cli_misuse(cli, "\"%s\" comes before any address=", argv[i]);
		}
		rc = cli_assign(change, target, argv[i], (unsigned)i + 1);
	}
	if (rc == CLI_OK && !begun)
		rc = cli_misuse(cli, "no address=A/P is given");
	(void)view;
	return rc;
}

static int node_number(const struct cli_view *view, int argc, char **argv, uint16_t *number)
{
	const struct cdat_cluster *c = cli_at(view, CDAT_K_CLUSTER, 0);
	unsigned long n;
	char *end;
	int i;

	*number = c ? c->next_node : 0;
	for (i = 0; i < argc; i++) {
		const char *id = value_of(argv[i], "id");

		if (id == NULL)
			continue;
		n = strtoul(id, &end, 10);
		if (*id < '0' || *id > '9' || *end || n < 1 || n > CDAT_NODE_MAX)
			return cli_fail(CLI_DATA, "id \"%s\" is no number from 1 to %u", id, CDAT_NODE_MAX);
		*number = (uint16_t)n;
	}
	if (*number == 0)
		return cli_error("no node number is free; write id=N");
	return CLI_OK;
}

static int add_node(const struct cli *cli, const struct cli_view *view, int argc, char **argv,
		    struct cli_change *change)
{
	struct cli_target target = { .scope = CDAT_SCOPE_ADAPTER, .adapter = 1, .word = argv[0] };
	struct cdat_op *op;
	int rc;

	if (!cdat_name_ok(argv[0]))
		return cli_fail(CLI_DATA, "\"%s\" is no name of a node; write letters, digits, - . _ and "
				"begin with a letter or digit", argv[0]);
	rc = node_number(view, argc - 1, argv + 1, &target.node);
	if (rc)
		return rc;
	cli_change_op(change, CDAT_OP_NODE_CREATE, target.node, 0)->index = 1;
	op = cli_change_op(change, CDAT_OP_NODE_SET, target.node, 0);
	op->index = 1;
	op->attr = CDAT_A_NODE_NAME;
	strncpy(op->text, argv[0], sizeof(op->text) - 1);
	return add_adapters(cli, view, argc - 1, argv + 1, &target, change, true);
}

static int add_adapter(const struct cli *cli, const struct cli_view *view, int argc, char **argv,
		       struct cli_change *change)
{
	struct cli_target target;
	int rc = cli_target(view, argv[0], &target);

	if (rc)
		return rc;
	if (target.node == 0)
		return cli_misuse(cli, "\"%s\" is no node", argv[0]);
	target.scope = CDAT_SCOPE_ADAPTER;
	if (target.adapter == 0) {
		do
			target.adapter++;
		while (cli_find(view, CDAT_K_ADAPTER, target.node, target.adapter) &&
		       target.adapter < CDAT_ADAPTER_MAX);
	}
	return add_adapters(cli, view, argc - 1, argv + 1, &target, change, false);
}

/* ---- roles --------------------------------------------------------------------------------- */

static const struct cdat_role *role_by_name(const struct cli_view *view, const char *name)
{
	const struct cdat_role *role;
	size_t i;

	for (i = 0; (role = cli_at(view, CDAT_K_ROLE, i)) != NULL; i++) {
		if (strcmp(role->name, name) == 0)
			return role;
	}
	return NULL;
}

static uint16_t free_role(const struct cli_view *view)
{
	uint16_t n = 1;

	while (cli_find(view, CDAT_K_ROLE, n, 0))
		n++;
	return n;
}

static int take_candidates(const struct cli_view *view, const char *list, struct cdat_role *role)
{
	char name[CDAT_NAME_MAX + 1];
	const struct cdat_node *node;
	size_t len;

	role->ncandidates = 0;
	for (; *list; list += len + (list[len] == ',')) {
		len = strcspn(list, ",");
		snprintf(name, sizeof(name), "%.*s", len < sizeof(name) ? (int)len : 0, list);
		node = cli_node(view, name);
		if (node == NULL)
			return cli_fail(CLI_UNKNOWN, "role %s: candidate \"%.*s\" is no node of the table; see cdatctl "
					 "nodes", role->name, (int)len, list);
		if (role->ncandidates == CDAT_ROLE_CANDIDATES)
			return cli_fail(CLI_DATA, "role %s: more than %d candidates", role->name, CDAT_ROLE_CANDIDATES);
		role->candidates[role->ncandidates++] = node->node;
	}
	return CLI_OK;
}

static int take_truth(const struct cdat_role *role, const char *key, const char *value, bool *truth)
{
	*truth = strcmp(value, "true") == 0;
	if (*truth || strcmp(value, "false") == 0)
		return CLI_OK;
	return cli_fail(CLI_DATA, "role %s: %s \"%s\" is neither true nor false; write true or false",
			role->name, key, value);
}

static int role_attribute(const struct cli *cli, const struct cli_view *view, const char *word,
			  struct cdat_role *role)
{
	const char *v;

	if ((v = value_of(word, "candidates")) != NULL)
		return take_candidates(view, v, role);
	if ((v = value_of(word, "sticky")) != NULL)
		return take_truth(role, "sticky", v, &role->sticky);
	if ((v = value_of(word, "needs-majority")) != NULL)
		return take_truth(role, "needs-majority", v, &role->needs_majority);
	if ((v = value_of(word, "policy")) == NULL)
		return cli_misuse(cli, "\"%s\" is none of candidates=, policy=, sticky=, needs-majority=",
				  word);
	if (strcmp(v, "ordered") != 0 && strcmp(v, "best-class") != 0)
		return cli_fail(CLI_DATA, "role %s: policy \"%s\" is not known; write ordered or best-class",
				 role->name, v);
	role->policy = strcmp(v, "ordered") == 0 ? CDAT_POLICY_ORDERED : CDAT_POLICY_BEST_CLASS;
	return CLI_OK;
}

static int add_role(const struct cli *cli, const struct cli_view *view, int argc, char **argv,
		    struct cli_change *change)
{
	const struct cdat_role *old = role_by_name(view, argv[0]);
	struct cdat_role role = { .policy = CDAT_POLICY_ORDERED };
	struct cdat_op *op;
	int i, rc = CLI_OK;

	if (!cdat_name_ok(argv[0]))
		return cli_fail(CLI_DATA, "\"%s\" is no name of a role; write letters, digits, - . _ and "
				"begin with a letter or digit", argv[0]);
	if (old)
		role = *old;
	else
		role.role = free_role(view);
	snprintf(role.name, sizeof(role.name), "%s", argv[0]);
	for (i = 1; i < argc && rc == CLI_OK; i++)
		rc = role_attribute(cli, view, argv[i], &role);
	if (rc == CLI_OK && role.ncandidates == 0)
		rc = cli_misuse(cli, "role %s has no candidates=NODE,...", role.name);
	op = cli_change_op(change, CDAT_OP_ROLE_PUT, 0, 0);
	op->index = 1;
	op->role = role;
	return rc;
}

/* ---- wanted routes ------------------------------------------------------------------------- */

static int take_subnet(const char *word, struct cdat_wanted *w)
{
	const char *slash = strchr(word, '/');
	char text[64], *end;
	unsigned long bits;

	snprintf(text, sizeof(text), "%.*s", slash ? (int)(slash - word) : 0, word);
	if (slash == NULL || slash - word >= (long)sizeof(text) || !cdat_addr_parse(text, &w->subnet) ||
	    w->subnet.port)
		return cli_fail(CLI_DATA, "subnet \"%s\" is none; write one such as 192.0.2.0/24", word);
	bits = strtoul(slash + 1, &end, 10);
	if (slash[1] < '0' || slash[1] > '9' || *end || bits < 1 ||
	    bits > (w->subnet.family == CDAT_AF_IPV4 ? 32 : 128))
		return cli_fail(CLI_DATA, "subnet \"%s\" has a bad prefix length; write 1 to %d after the slash",
				 word, w->subnet.family == CDAT_AF_IPV4 ? 32 : 128);
	w->prefix_len = (uint8_t)bits;
	return CLI_OK;
}

static const struct cdat_wanted *find_wanted(const struct cli_view *view,
					     const struct cdat_wanted *like)
{
	const struct cdat_wanted *w;
	size_t i;

	for (i = 0; (w = cli_at(view, CDAT_K_WANTED, i)) != NULL; i++) {
		if (w->node == like->node && w->prefix_len == like->prefix_len &&
		    cdat_addr_same(&w->subnet, &like->subnet))
			return w;
	}
	return NULL;
}

static int owner(const struct cli_view *view, const char *word, struct cdat_wanted *w)
{
	const struct cdat_node *node = cli_node(view, word);

	if (node == NULL)
		return cli_fail(CLI_UNKNOWN, "%s: no such node in the table; see cdatctl nodes", word);
	w->node = node->node;
	return CLI_OK;
}

static int add_route(const struct cli *cli, const struct cli_view *view, int argc, char **argv,
		     struct cli_change *change)
{
	struct cdat_wanted w = { 0 };
	const struct cdat_wanted *old;
	struct cdat_op *op;
	const char *v;
	int i, rc = owner(view, argv[0], &w);

	for (i = 1; i < argc && rc == CLI_OK; i++) {
		if ((v = value_of(argv[i], "subnet")) != NULL)
			rc = take_subnet(v, &w);
		else if ((v = value_of(argv[i], "via")) == NULL)
			rc = cli_misuse(cli, "\"%s\" is none of subnet=, via=", argv[i]);
		else if (!cdat_addr_parse(v, &w.via) || w.via.port)
			rc = cli_fail(CLI_DATA, "via \"%s\" is no numeric address; write one such as 192.0.2.1", v);
	}
	if (rc == CLI_OK && (w.subnet.family == 0 || w.via.family == 0))
		rc = cli_misuse(cli, "a route has subnet=A/P and via=A");
	if (rc)
		return rc;
	old = find_wanted(view, &w);
	w.wanted = old ? old->wanted : 1;
	while (!old && cli_find(view, CDAT_K_WANTED, w.wanted, 0))
		w.wanted++;
	op = cli_change_op(change, CDAT_OP_WANTED_PUT, 0, 0);
	op->index = 1;
	op->wanted = w;
	return CLI_OK;
}

int cli_parse_add(const struct cli *cli, const struct cli_view *view, int argc, char **argv,
		  struct cli_change *change)
{
	static const struct {
		const char *word;
		int (*parse)(const struct cli *, const struct cli_view *, int, char **, struct cli_change *);
	} things[] = {
		{ "node", add_node }, { "adapter", add_adapter }, { "role", add_role }, { "route", add_route },
	};
	size_t i;

	for (i = 0; i < sizeof(things) / sizeof(things[0]); i++) {
		if (strcmp(argv[0], things[i].word) == 0 && argc > 1)
			return things[i].parse(cli, view, argc - 1, argv + 1, change);
	}
	return cli_misuse(cli, "\"%s\" is none of node, adapter, role, route", argv[0]);
}

/* ---- remove -------------------------------------------------------------------------------- */

static int remove_role(const struct cli_view *view, const char *name, struct cli_change *change)
{
	const struct cdat_role *role = role_by_name(view, name);
	struct cdat_op *op;

	if (role == NULL)
		return cli_fail(CLI_UNKNOWN, "no role \"%s\"; see cdatctl roles", name);
	op = cli_change_op(change, CDAT_OP_ROLE_REMOVE, 0, 0);
	op->index = 1;
	op->role.role = role->role;
	memcpy(op->role.name, role->name, sizeof(op->role.name));
	return CLI_OK;
}

static int remove_route(const struct cli_view *view, char **argv, struct cli_change *change)
{
	struct cdat_wanted like = { 0 };
	const struct cdat_wanted *w;
	struct cdat_op *op;
	int rc = owner(view, argv[0], &like);

	if (rc == CLI_OK)
		rc = take_subnet(argv[1], &like);
	if (rc)
		return rc;
	w = find_wanted(view, &like);
	if (w == NULL)
		return cli_fail(CLI_UNKNOWN, "%s: no wanted route to %s; see cdatctl routes", argv[0], argv[1]);
	op = cli_change_op(change, CDAT_OP_WANTED_REMOVE, 0, 0);
	op->index = 1;
	op->wanted = *w;
	return CLI_OK;
}

int cli_parse_remove(const struct cli *cli, const struct cli_view *view, int argc, char **argv,
		     struct cli_change *change)
{
	struct cli_target target;
	int i, rc;

	if (argc == 2 && strcmp(argv[0], "role") == 0)
		return remove_role(view, argv[1], change);
	if (argc == 3 && strcmp(argv[0], "route") == 0)
		return remove_route(view, argv + 1, change);
	for (i = 0; i < argc; i++) {
		rc = cli_target_row(view, argv[i], &target);
		if (rc == CLI_OK && target.node && !cli_find(view, CDAT_K_NODE, target.node, 0))
			rc = cli_target(view, argv[i], &target);
		if (rc)
			return rc;
		if (target.scope == CDAT_SCOPE_PARAM)
			return cli_misuse(cli, "the cluster cannot be removed");
		cli_change_op(change, target.adapter ? CDAT_OP_ADAPTER_DESTROY : CDAT_OP_NODE_DESTROY,
			      target.node, target.adapter)->index = (uint16_t)(i + 1);
	}
	return CLI_OK;
}
