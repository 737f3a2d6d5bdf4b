/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cdatctl diff and load: the table of a file against that of the cluster.  The file is
 * the whole truth: what it does not name goes, attributes that it does not give get
 * their defaults.  Nodes and roles are matched by name, adapters by number, wanted routes
 * by node and subnet.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/change.h"
#include "cli/show.h"
#include "daemon/conf.h"

#define DIFFERS	2	/* exit code of diff */

/* ---- numbers of the file become those of the cluster --------------------------------------- */

static const struct cdat_node *by_name(const struct cli_view *view, const char *name)
{
	const struct cdat_node *n;
	size_t i;

	for (i = 0; (n = cli_at(view, CDAT_K_NODE, i)) != NULL; i++) {
		if (strcmp(n->name, name) == 0)
			return n;
	}
	return NULL;
}

/* map[number in the file] = number in the cluster: that of the name, else the file's own if
 * it is free, else the next free one.  False: more nodes than numbers. */
static bool map_nodes(const struct conf *conf, const struct cli_view *now, uint16_t *map,
		      bool *taken)
{
	const struct cdat_node *n;
	uint32_t next = 1;
	size_t i, pass;

	for (i = 0; (n = cli_at(now, CDAT_K_NODE, i)) != NULL; i++)
		taken[n->node] = true;
	for (pass = 0; pass < 2; pass++) {
		for (i = 0; i < conf->nops; i++) {
			const struct cdat_op *op = &conf->ops[i];

			if (op->kind != CDAT_OP_NODE_SET || op->attr != CDAT_A_NODE_NAME || map[op->node])
				continue;
			n = by_name(now, op->text);
			if (n)
				map[op->node] = n->node;
			else if (!taken[op->node])
				map[op->node] = op->node;
			while (pass && !map[op->node] && next <= CDAT_NODE_MAX) {
				if (!taken[next])
					map[op->node] = (uint16_t)next;
				next++;
			}
			if (pass && !map[op->node])
				return false;
			if (map[op->node])
				taken[map[op->node]] = true;
		}
	}
	return true;
}

static uint16_t map_role(const struct cli_view *now, const struct cdat_role *role)
{
	const struct cdat_role *r;
	uint16_t free = 1;
	size_t i;

	for (i = 0; (r = cli_at(now, CDAT_K_ROLE, i)) != NULL; i++) {
		if (strcmp(r->name, role->name) == 0)
			return r->role;
		if (r->role >= free)
			free = (uint16_t)(r->role + 1);
	}
	/* file numbers are distinct, so these are too */
	return cli_find(now, CDAT_K_ROLE, role->role, 0) ? (uint16_t)(free + role->role) : role->role;
}

static uint16_t map_wanted(const struct cli_view *now, const struct cdat_wanted *wanted)
{
	const struct cdat_wanted *w;
	uint16_t free = 1;
	size_t i;

	for (i = 0; (w = cli_at(now, CDAT_K_WANTED, i)) != NULL; i++) {
		if (w->node == wanted->node && w->prefix_len == wanted->prefix_len &&
		    cdat_addr_same(&w->subnet, &wanted->subnet))
			return w->wanted;
		if (w->wanted >= free)
			free = (uint16_t)(w->wanted + 1);
	}
	return cli_find(now, CDAT_K_WANTED, wanted->wanted, 0) ? (uint16_t)(free + wanted->wanted)
							       : wanted->wanted;
}

static int renumber(struct conf *conf, const struct cli_view *now)
{
	uint16_t *map = calloc(CDAT_NODE_MAX + 1, sizeof(*map));
	bool *taken = calloc(CDAT_NODE_MAX + 1, sizeof(*taken));
	int rc = CLI_OK;
	size_t i;
	unsigned k;

	if (map == NULL || taken == NULL)
		rc = cli_error("out of memory");
	else if (!map_nodes(conf, now, map, taken))
		rc = cli_error("%s: more nodes than there are numbers", conf->file);
	for (i = 0; rc == CLI_OK && i < conf->nops; i++) {
		struct cdat_op *op = &conf->ops[i];

		op->node = map[op->node];
		for (k = 0; k < op->role.ncandidates; k++)
			op->role.candidates[k] = map[op->role.candidates[k]];
		op->wanted.node = map[op->wanted.node];
		if (op->kind == CDAT_OP_ROLE_PUT)
			op->role.role = map_role(now, &op->role);
		if (op->kind == CDAT_OP_WANTED_PUT)
			op->wanted.wanted = map_wanted(now, &op->wanted);
	}
	free(map);
	free(taken);
	return rc;
}

/* ---- the file as rows ---------------------------------------------------------------------- */

static void create(struct cli_view *image, enum cdat_kind kind, enum cdat_attr_scope scope,
		   struct cdat_key key)
{
	union cdat_record r;

	memset(&r, 0, sizeof(r));
	cdat_attr_defaults(scope, &r);
	if (kind == CDAT_K_NODE) {
		r.node.node = (uint16_t)key.a;
	} else if (kind == CDAT_K_ADAPTER) {
		r.adapter.node = (uint16_t)key.a;
		r.adapter.adapter = (uint8_t)key.b;
	}
	cli_view_row(image, kind, key, &r);
}

/* Puts the value of the op into its row. */
static void assign(struct cli_view *image, enum cdat_kind kind, struct cdat_key key,
		   const struct cdat_op *op)
{
	const struct cdat_attr_row *row = cdat_attr_find(op->attr);
	const void *found = cli_find(image, kind, key.a, key.b);
	union cdat_record r;
	uint16_t port;

	if (row == NULL || found == NULL)
		return;
	memcpy(&r, found, cdat_record_msg(kind)->size);
	if (row->type == CDAT_AT_NAME) {
		memcpy(r.node.name, op->text, sizeof(r.node.name));
	} else if (row->type == CDAT_AT_ADDR) {
		port = r.adapter.addr.port;
		r.adapter.addr = op->addr;
		r.adapter.addr.port = port;
	} else {
		cdat_attr_put(row, &r, op->number);
	}
	cli_view_row(image, kind, key, &r);
}

static void build(const struct conf *conf, struct cli_view *image)
{
	size_t i;

	create(image, CDAT_K_PARAMS, CDAT_SCOPE_PARAM, (struct cdat_key){ 0, 0 });
	for (i = 0; i < conf->nops; i++) {
		const struct cdat_op *op = &conf->ops[i];
		const struct cdat_key none = { 0, 0 }, node = { op->node, 0 },
				      adapter = { op->node, op->adapter };

		switch ((enum cdat_op_kind)op->kind) {
		case CDAT_OP_NODE_CREATE:
			create(image, CDAT_K_NODE, CDAT_SCOPE_NODE, node);
			break;
		case CDAT_OP_ADAPTER_CREATE:
			create(image, CDAT_K_ADAPTER, CDAT_SCOPE_ADAPTER, adapter);
			break;
		case CDAT_OP_NODE_SET:
			assign(image, CDAT_K_NODE, node, op);
			break;
		case CDAT_OP_ADAPTER_SET:
			assign(image, CDAT_K_ADAPTER, adapter, op);
			break;
		case CDAT_OP_PARAM_SET:
			assign(image, CDAT_K_PARAMS, none, op);
			break;
		case CDAT_OP_ROLE_PUT:
			cli_view_row(image, CDAT_K_ROLE, (struct cdat_key){ op->role.role, 0 }, &op->role);
			break;
		case CDAT_OP_WANTED_PUT:
			cli_view_row(image, CDAT_K_WANTED, (struct cdat_key){ op->wanted.wanted, 0 },
				     &op->wanted);
			break;
		default:
			break;
		}
	}
}

/* ---- what differs -------------------------------------------------------------------------- */

static struct cdat_op *op_add(struct cli_change *change, uint8_t kind, struct cdat_key key)
{
	struct cdat_op *op = cli_change_op(change, kind, key.a, key.b);

	op->index = change->n <= UINT16_MAX ? (uint16_t)change->n : 0;
	return op;
}

/* Attributes of `want` that differ from those of `now`. */
static void diff_attrs(struct cli_change *change, enum cdat_attr_scope scope, uint8_t kind,
		       struct cdat_key key, const union cdat_record *now, const union cdat_record *want)
{
	const struct cdat_attr_row *rows;
	struct cdat_op *op;
	size_t i, count;

	rows = cdat_attr_rows(&count);
	for (i = 0; i < count; i++) {
		const struct cdat_attr_row *row = &rows[i];

		if (row->scope != scope || row->fact)
			continue;
		if (row->type == CDAT_AT_NAME) {
			if (strcmp(now->node.name, want->node.name) == 0)
				continue;
			op = op_add(change, kind, key);
			memcpy(op->text, want->node.name, sizeof(op->text));
		} else if (row->type == CDAT_AT_ADDR) {
			if (cdat_addr_same(&now->adapter.addr, &want->adapter.addr))
				continue;
			op = op_add(change, kind, key);
			op->addr = want->adapter.addr;
			op->addr.port = 0;
		} else {
			if (cdat_attr_get(row, now) == cdat_attr_get(row, want))
				continue;
			op = op_add(change, kind, key);
			op->number = cdat_attr_get(row, want);
		}
		op->attr = row->attr;
	}
}

static const struct part {
	enum cdat_kind kind;
	enum cdat_attr_scope scope;
	uint8_t create, destroy, set;
} parts[] = {
	{ CDAT_K_PARAMS, CDAT_SCOPE_PARAM, 0, 0, CDAT_OP_PARAM_SET },
	{ CDAT_K_NODE, CDAT_SCOPE_NODE, CDAT_OP_NODE_CREATE, CDAT_OP_NODE_DESTROY, CDAT_OP_NODE_SET },
	{ CDAT_K_ADAPTER, CDAT_SCOPE_ADAPTER, CDAT_OP_ADAPTER_CREATE, CDAT_OP_ADAPTER_DESTROY,
	  CDAT_OP_ADAPTER_SET },
};

static void diff_part(struct cli_change *change, const struct part *p, const struct cli_view *now,
		      const struct cli_view *want)
{
	const struct cli_rows *rows = &now->kinds[p->kind];
	const union cdat_record *w, *n;
	union cdat_record plain;
	size_t i;

	for (i = 0; p->destroy && i < rows->n; i++) {
		struct cdat_key key = rows->keys[i];

		/* a node takes its adapters with it */
		if (!cli_find(want, p->kind, key.a, key.b) &&
		    (p->kind == CDAT_K_NODE || cli_find(want, CDAT_K_NODE, key.a, 0)))
			op_add(change, p->destroy, key);
	}
	memset(&plain, 0, sizeof(plain));
	cdat_attr_defaults(p->scope, &plain);
	for (i = 0; (w = cli_at(want, p->kind, i)) != NULL; i++) {
		struct cdat_key key = want->kinds[p->kind].keys[i];

		n = cli_find(now, p->kind, key.a, key.b);
		if (n == NULL && p->create)
			op_add(change, p->create, key);
		diff_attrs(change, p->scope, p->set, key, n ? n : &plain, w);
	}
}

static bool same_role(const struct cdat_role *x, const struct cdat_role *y)
{
	return x->policy == y->policy && x->needs_majority == y->needs_majority &&
		x->sticky == y->sticky && x->ncandidates == y->ncandidates &&
		memcmp(x->candidates, y->candidates, x->ncandidates * sizeof(x->candidates[0])) == 0;
}

static void diff_roles(struct cli_change *change, const struct cli_view *now,
		       const struct cli_view *want)
{
	const struct cdat_key none = { 0, 0 };
	const struct cdat_role *r, *other;
	struct cdat_op *op;
	size_t i;

	for (i = 0; (r = cli_at(now, CDAT_K_ROLE, i)) != NULL; i++) {
		if (!cli_find(want, CDAT_K_ROLE, r->role, 0)) {
			op = op_add(change, CDAT_OP_ROLE_REMOVE, none);
			op->role.role = r->role;
			memcpy(op->role.name, r->name, sizeof(op->role.name));
		}
	}
	for (i = 0; (r = cli_at(want, CDAT_K_ROLE, i)) != NULL; i++) {
		other = cli_find(now, CDAT_K_ROLE, r->role, 0);
		if (other == NULL || !same_role(r, other))
			op_add(change, CDAT_OP_ROLE_PUT, none)->role = *r;
	}
}

static void diff_wanted(struct cli_change *change, const struct cli_view *now,
			const struct cli_view *want)
{
	const struct cdat_key none = { 0, 0 };
	const struct cdat_wanted *w, *other;
	size_t i;

	for (i = 0; (w = cli_at(now, CDAT_K_WANTED, i)) != NULL; i++) {
		if (!cli_find(want, CDAT_K_WANTED, w->wanted, 0))
			op_add(change, CDAT_OP_WANTED_REMOVE, none)->wanted = *w;
	}
	for (i = 0; (w = cli_at(want, CDAT_K_WANTED, i)) != NULL; i++) {
		other = cli_find(now, CDAT_K_WANTED, w->wanted, 0);
		if (other == NULL || !cdat_addr_same(&other->via, &w->via))
			op_add(change, CDAT_OP_WANTED_PUT, none)->wanted = *w;
	}
}

static void diff(struct cli_change *change, const struct cli_view *now, const struct cli_view *want)
{
	size_t i;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		diff_part(change, &parts[i], now, want);
	diff_roles(change, now, want);
	diff_wanted(change, now, want);
}

/* ---- verbs --------------------------------------------------------------------------------- */

#define OPS_PER_MS 10	/* of a change, that the members do at least */

struct load {
	struct conf *conf;
	struct cli_view now, want;
	struct cli_change change;
};

/* The table of another cluster would take out all nodes of this one. */
static int same_cluster(const struct conf *conf, const struct cdat_cluster *c)
{
	if (c == NULL || strcmp(conf->cluster, c->name) == 0)
		return CLI_OK;
	return cli_fail(CLI_CONFIG, "%s: is of the cluster \"%s\", this servicer is of \"%s\"; give the "
			"file of this cluster", conf->file, conf->cluster, c->name);
}

static int prepare(struct cli *cli, const char *file, struct load *l)
{
	char err[CONF_ERROR_LEN];
	int rc;

	l->conf = conf_load(file, CONF_TABLE, err, sizeof(err));
	if (l->conf == NULL)
		return cli_fail(access(file, R_OK) ? CLI_NO_INPUT : CLI_DATA, "%s", err);
	rc = cli_view_take(cli, &l->now, CLI_CHANGE_KINDS | CLI_KIND(CDAT_K_PARAMS));
	if (rc == CLI_OK)
		rc = same_cluster(l->conf, cli_at(&l->now, CDAT_K_CLUSTER, 0));
	if (rc == CLI_OK && !cli_count(&l->now, CDAT_K_PARAMS))
		rc = cli_fail(CLI_UNAVAILABLE, "this servicer has no table yet; start it with the file");
	if (rc == CLI_OK)
		rc = renumber(l->conf, &l->now);
	if (rc)
		return rc;
	build(l->conf, &l->want);
	diff(&l->change, &l->now, &l->want);
	if (l->want.failed || l->change.failed)
		return cli_error("out of memory");
	return CLI_OK;
}

static void release(struct load *l)
{
	if (l->conf)
		conf_free(l->conf);
	free(l->change.ops);
	cli_view_free(&l->now);
	cli_view_free(&l->want);
}

/* Names of nodes that are only in the file come from there. */
static const struct cli_view *names(const struct load *l, const struct cdat_op *op)
{
	return cli_find(&l->want, CDAT_K_NODE, op->node, 0) ? &l->want : &l->now;
}

int cli_diff(struct cli *cli, int argc, char **argv)
{
	struct load l = { 0 };
	json_t *items = json_array();
	char text[512];
	size_t i;
	int rc = prepare(cli, argv[0], &l), wrote = CLI_OK;

	(void)argc;
	for (i = 0; rc == CLI_OK && i < l.change.n; i++) {
		cli_op_text(names(&l, &l.change.ops[i]), &l.change.ops[i], text, sizeof(text));
		if (cli_has(cli, CLI_O_JSON))
			json_array_append_new(items, json_string(text));
		else
			puts(text);
	}
	if (rc == CLI_OK && cli_has(cli, CLI_O_JSON))
		wrote = cli_print_json("differences", json_incref(items));
	if (rc == CLI_OK)
		rc = wrote ? wrote : l.change.n ? DIFFERS : CLI_OK;
	json_decref(items);
	release(&l);
	return rc;
}

/* Where in the file the op to blame stands. */
static struct conf_place place_of(const struct load *l, uint16_t culprit)
{
	const struct cdat_op *bad = culprit && culprit <= l->change.n ? &l->change.ops[culprit - 1] : NULL;
	uint16_t best = 0;
	size_t i;

	for (i = 0; bad && i < l->conf->nops && i < UINT16_MAX; i++) {
		const struct cdat_op *op = &l->conf->ops[i];

		if (op->node != bad->node || op->adapter != bad->adapter ||
		    op->role.role != bad->role.role || op->wanted.wanted != bad->wanted.wanted)
			continue;
		if (best == 0 || (op->kind == bad->kind && op->attr == bad->attr))
			best = (uint16_t)(i + 1);
	}
	return conf_op_place(l->conf, best);
}

static int apply(struct cli *cli, struct load *l)
{
	struct cdat_outcome o = { 0 };
	struct conf_place at;
	/* a table of thousands of nodes takes its time on all members */
	int patience = cli->timeout_ms + (int)(l->change.n / OPS_PER_MS);

	if (l->change.n == 0) {
		puts("nothing to change");
		return CLI_OK;
	}
	if (!cdat_may_change(cli->c))
		return cli_denied();
	if (cdat_change(cli->c, l->change.ops, l->change.n, &o, patience))
		return cli_lost(cli);
	if (o.result != CDAT_RES_COMMITTED && o.text[0] && o.culprit) {
		at = place_of(l, o.culprit);
		return cli_fail(cli_code_of_cause(o.cause), "%s:%u:%u: %s", l->conf->file,
				at.line, at.column, o.text);
	}
	return cli_tell(cli, &o);
}

int cli_load(struct cli *cli, int argc, char **argv)
{
	struct load l = { 0 };
	int rc;

	if (cli_has(cli, CLI_O_DRY_RUN)) {
		rc = cli_diff(cli, argc, argv);
		return rc == DIFFERS ? CLI_OK : rc;
	}
	rc = prepare(cli, argv[0], &l);
	if (rc == CLI_OK)
		rc = apply(cli, &l);
	release(&l);
	return rc;
}
