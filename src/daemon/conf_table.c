/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The section `table` of the configuration: nodes with their adapters, roles, wanted
 * routes and parameters, as the ops that would make it.  The keys of the attributes
 * are the rows of wire/attr.h.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/conf_int.h"

enum { ATTR_KEYS = 32, OPS_MAX = 4 * 1000 * 1000 };

struct table_stage {
	struct conf_later nodes, roles, routes, parameters;
};
struct node_stage {
	uint16_t id;
	struct conf_later name, adapters;
	size_t first_op;
};
struct adapter_stage {
	uint16_t id, port;
	struct conf_later address, prefix;
	char ip[64];
};
struct role_stage {
	uint16_t id;
	char name[CDAT_NAME_MAX + 1];
	uint8_t policy;
	bool needs_majority, sticky;
	struct conf_later candidates;
};
struct route_stage {
	struct conf_later node, subnet, via;
};

static const char adapter_hint[] = "[{address: 9.1.1.1/24}]";

/* ---- ops ---- */

static struct cdat_op *op_add(struct conf_parser *p, enum cdat_op_kind kind, const yaml_node_t *at)
{
	struct conf_build *b = build_of(p);
	struct conf *c = b->conf;

	if (c->nops == b->ops_cap) {
		size_t cap = b->ops_cap ? 2 * b->ops_cap : 64;
		struct cdat_op *ops =
			cap <= OPS_MAX ? reallocarray(c->ops, cap, sizeof(*ops)) : NULL;
		struct conf_place *places;

		if (ops != NULL)
			c->ops = ops;
		places = ops != NULL ? reallocarray(c->places, cap, sizeof(*places)) : NULL;
		if (places == NULL) {
			conf_fail_memory(p);
			return NULL;
		}
		c->places = places;
		b->ops_cap = cap;
	}
	memset(&c->ops[c->nops], 0, sizeof(*c->ops));
	c->ops[c->nops].kind = (uint8_t)kind;
	c->ops[c->nops].index = (uint16_t)(c->nops < UINT16_MAX ? c->nops + 1 : UINT16_MAX);
	c->ops[c->nops].node = b->op_node;
	c->ops[c->nops].adapter = b->op_adapter;
	c->places[c->nops] = conf_place_of(at);
	return &c->ops[c->nops++];
}

static const struct cdat_op *last_op(const struct conf_parser *p)
{
	const struct conf *c = build_of(p)->conf;

	return &c->ops[c->nops - 1];
}

struct conf_place conf_op_place(const struct conf *conf, uint16_t index)
{
	if (index == 0 || index > conf->nops || index == UINT16_MAX)
		return conf->table_place;
	return conf->places[index - 1];
}

static bool attr_op(struct conf_parser *p, const struct cdat_attr_row *row, const char *word,
		    const yaml_node_t *at, int *prefix)
{
	char err[CONF_ERROR_LEN] = "";
	struct cdat_op parsed, *op;

	memset(&parsed, 0, sizeof(parsed));
	if (!cdat_attr_parse(row, word, &parsed, prefix, err, sizeof(err)))
		return conf_fail(p, at, "%s", err);
	op = op_add(p, build_of(p)->op_kind, at);
	if (op == NULL)
		return false;
	op->attr = row->attr;
	op->number = parsed.number;
	op->addr = parsed.addr;
	memcpy(op->text, parsed.text, sizeof(op->text));
	return true;
}

static bool take_attr(struct conf_parser *p, const struct conf_key *key, yaml_node_t *value,
		      void *into)
{
	const char *text = conf_scalar(p, key, value);
	int prefix = -1;

	(void)into;
	return text != NULL && attr_op(p, key->attr, text, value, &prefix);
}

/* The keys of a scope: `own` first, then the attributes that `own` does not name. */
static size_t scope_keys(struct conf_key *keys, const struct conf_key *own, size_t nown,
			 enum cdat_attr_scope scope)
{
	size_t nrows, n = nown;
	const struct cdat_attr_row *rows = cdat_attr_rows(&nrows);

	if (nown > 0)
		memcpy(keys, own, nown * sizeof(*own));
	for (size_t i = 0; i < nrows && n < ATTR_KEYS; i++) {
		bool named = rows[i].scope != scope || rows[i].fact;

		for (size_t k = 0; k < nown; k++)
			named = named || strcmp(own[k].word, rows[i].word) == 0;
		if (!named)
			keys[n++] = (struct conf_key){.word = rows[i].word,
						      .take = take_attr,
						      .attr = &rows[i],
						      .hint = "VALUE"};
	}
	return n;
}

/* ---- adapters ---- */

static bool take_port(struct conf_parser *p, const struct conf_key *key, yaml_node_t *value,
		      void *into)
{
	const struct cdat_attr_row *row = cdat_attr_find(CDAT_A_PORT);
	const char *text = conf_scalar(p, key, value);

	if (text == NULL || !attr_op(p, row, text, value, NULL))
		return false;
	((struct adapter_stage *)into)->port = (uint16_t)last_op(p)->number;
	return true;
}

/* "9.1.1.1/24" is address and prefix length. */
static bool take_address(struct conf_parser *p, const struct conf_key *key, yaml_node_t *value,
			 void *into)
{
	struct adapter_stage *stage = into;
	const char *text = conf_scalar(p, key, value);
	int prefix = -1;
	struct cdat_op *op;

	if (text == NULL || !attr_op(p, cdat_attr_find(CDAT_A_ADDR), text, value, &prefix))
		return false;
	stage->address.node = value;
	cdat_addr_text(&last_op(p)->addr, stage->ip, sizeof(stage->ip));
	if (prefix < 0)
		return true;
	op = op_add(p, CDAT_OP_ADAPTER_SET, value);
	if (op == NULL)
		return false;
	op->attr = CDAT_A_PREFIX_LEN;
	op->number = prefix;
	return true;
}

static const struct conf_key adapter_keys[] = {
	{"address", take_address, 0, .required = true, .hint = "9.1.1.1/24"},
	{"id", conf_take_u16, offsetof(struct adapter_stage, id), 1, CDAT_ADAPTER_MAX, .hint = "1"},
	{"port", take_port, 0, .hint = "9173"},
};

static bool take_adapter(struct conf_parser *p, yaml_node_t *map, uint16_t place,
			 struct conf_uniq *ids)
{
	struct conf_key keys[ATTR_KEYS];
	size_t nkeys = scope_keys(keys, adapter_keys, 3, CDAT_SCOPE_ADAPTER);
	struct adapter_stage stage = {.id = place, .port = build_of(p)->conf->port};
	size_t first = build_of(p)->conf->nops;
	char text[128];

	build_of(p)->op_kind = CDAT_OP_ADAPTER_SET;
	if (op_add(p, CDAT_OP_ADAPTER_CREATE, map) == NULL ||
	    !conf_map(p, map, "an adapter", keys, nkeys, &stage))
		return false;
	for (size_t i = first; i < build_of(p)->conf->nops; i++)
		build_of(p)->conf->ops[i].adapter = (uint8_t)stage.id;
	snprintf(text, sizeof(text), "%u", stage.id);
	if (!conf_uniq_add(p, ids, text, map))
		return false;
	snprintf(text, sizeof(text), "%s port %u", stage.ip,
		 (unsigned)(stage.port ? stage.port : build_of(p)->conf->port));
	return conf_uniq_add(p, build_of(p)->addrs, text, stage.address.node);
}

static bool take_adapters(struct conf_parser *p, const struct conf_later *later)
{
	struct conf_uniq *ids;
	bool ok = true;

	if (!conf_is_list(p, later->key, later->node))
		return false;
	if (later->node->data.sequence.items.top - later->node->data.sequence.items.start >
	    CDAT_NODE_ADAPTERS)
		return conf_fail(p, later->node, "a node has more than %d adapters; take some out",
				 CDAT_NODE_ADAPTERS);
	ids = conf_uniq_new();
	if (ids == NULL)
		return conf_fail_memory(p);
	for (yaml_node_item_t *i = later->node->data.sequence.items.start;
	     ok && i < later->node->data.sequence.items.top; i++) {
		yaml_node_t *map = conf_node(p, *i);

		ok = map != NULL &&
		     take_adapter(p, map,
				  (uint16_t)(i - later->node->data.sequence.items.start + 1), ids);
	}
	build_of(p)->op_adapter = 0;
	ok = ok &&
	     conf_uniq_check(p, ids, "adapter number", "give each adapter of a node its own id");
	conf_uniq_free(ids);
	return ok;
}

/* ---- nodes ---- */

static bool take_node_name(struct conf_parser *p, const struct conf_key *key, yaml_node_t *value,
			   void *into)
{
	((struct node_stage *)into)->name = (struct conf_later){value, key};
	return take_attr(p, key, value, into);
}

static const struct conf_key node_keys[] = {
	{"name", take_node_name, 0, .required = true, .hint = "NAME"},
	{"id", conf_take_u16, offsetof(struct node_stage, id), 1, CDAT_NODE_MAX, .hint = "1"},
	{"adapters", conf_take_place, offsetof(struct node_stage, adapters), .required = true,
	 .hint = adapter_hint},
};

static bool take_node(struct conf_parser *p, yaml_node_t *map, uint16_t place,
		      struct conf_uniq *ids, struct conf_uniq *names)
{
	struct conf_key keys[ATTR_KEYS];
	size_t nkeys = scope_keys(keys, node_keys, 3, CDAT_SCOPE_NODE);
	struct node_stage stage = {.id = place, .first_op = build_of(p)->conf->nops};
	char text[16];

	keys[0].attr = cdat_attr_find(CDAT_A_NODE_NAME);
	build_of(p)->op_kind = CDAT_OP_NODE_SET;
	build_of(p)->op_node = 0;
	if (op_add(p, CDAT_OP_NODE_CREATE, map) == NULL ||
	    !conf_map(p, map, "a node", keys, nkeys, &stage))
		return false;
	if (!take_adapters(p, &stage.adapters))
		return false;
	for (size_t i = stage.first_op; i < build_of(p)->conf->nops; i++)
		build_of(p)->conf->ops[i].node = stage.id;
	snprintf(text, sizeof(text), "%u", stage.id);
	return conf_uniq_add(p, ids, text, map) &&
	       conf_uniq_add(p, names, (const char *)stage.name.node->data.scalar.value,
			     stage.name.node);
}

static bool take_nodes(struct conf_parser *p, const struct conf_later *later)
{
	struct conf_uniq *ids, *names;
	bool ok = true;

	if (!conf_is_list(p, later->key, later->node))
		return false;
	if (later->node->data.sequence.items.top - later->node->data.sequence.items.start >
	    (long)CDAT_NODE_MAX)
		return conf_fail(p, later->node, "there are more than %u nodes; take some out",
				 CDAT_NODE_MAX);
	ids = conf_uniq_new();
	names = conf_uniq_new();
	build_of(p)->addrs = conf_uniq_new();
	if (ids == NULL || names == NULL || build_of(p)->addrs == NULL)
		ok = conf_fail_memory(p);
	for (yaml_node_item_t *i = later->node->data.sequence.items.start;
	     ok && i < later->node->data.sequence.items.top; i++) {
		yaml_node_t *map = conf_node(p, *i);

		ok = map != NULL &&
		     take_node(p, map, (uint16_t)(i - later->node->data.sequence.items.start + 1),
			       ids, names);
	}
	ok = ok && conf_uniq_check(p, names, "node name", "give each node its own name") &&
	     conf_uniq_check(p, ids, "node number", "give each node its own id") &&
	     conf_uniq_check(p, build_of(p)->addrs, "address",
			     "give each adapter its own address");
	conf_uniq_free(ids);
	conf_uniq_free(names);
	conf_uniq_free(build_of(p)->addrs);
	build_of(p)->addrs = NULL;
	build_of(p)->op_node = 0;
	return ok;
}

/* The number of the node of that name in the table of this file; 0 with an error. */
static uint16_t node_number(struct conf_parser *p, const struct conf_key *key, yaml_node_t *value)
{
	const char *name = conf_scalar(p, key, value);

	if (name == NULL)
		return 0;
	const struct conf *c = build_of(p)->conf;

	for (size_t i = 0; i < c->nops; i++)
		if (c->ops[i].kind == CDAT_OP_NODE_SET && c->ops[i].attr == CDAT_A_NODE_NAME &&
		    strcmp(c->ops[i].text, name) == 0)
			return c->ops[i].node;
	conf_fail(p, value, "%s \"%.64s\" is no node of this table; write the name of one",
		  key->word, name);
	return 0;
}

/* ---- roles ---- */

static const struct conf_key role_keys[] = {
	{"name", conf_take_name, offsetof(struct role_stage, name), .required = true,
	 .hint = "NAME"},
	{"id", conf_take_u16, offsetof(struct role_stage, id), 1, UINT16_MAX, .hint = "1"},
	{"candidates", conf_take_place, offsetof(struct role_stage, candidates), .required = true,
	 .hint = "[NODE, NODE]"},
	{"policy", conf_take_word, offsetof(struct role_stage, policy), .record = "role",
	 .field = "policy", .hint = "ordered"},
	{"needs-majority", conf_take_truth, offsetof(struct role_stage, needs_majority),
	 .hint = "true"},
	{"sticky", conf_take_truth, offsetof(struct role_stage, sticky), .hint = "true"},
};

static bool take_candidates(struct conf_parser *p, const struct conf_later *later,
			    struct cdat_role *role)
{
	static const struct conf_key candidate = {.word = "candidate", .hint = "NODE"};

	if (!conf_is_list(p, later->key, later->node))
		return false;
	for (yaml_node_item_t *i = later->node->data.sequence.items.start;
	     i < later->node->data.sequence.items.top; i++) {
		yaml_node_t *value = conf_node(p, *i);
		uint16_t node = value != NULL ? node_number(p, &candidate, value) : 0;

		if (node == 0)
			return false;
		if (role->ncandidates == CDAT_ROLE_CANDIDATES)
			return conf_fail(p, value,
					 "a role has more than %d candidates; take some out",
					 CDAT_ROLE_CANDIDATES);
		for (unsigned k = 0; k < role->ncandidates; k++)
			if (role->candidates[k] == node)
				return conf_fail(
					p, value,
					"candidate \"%s\" stands in this list already; take it out",
					(const char *)value->data.scalar.value);
		role->candidates[role->ncandidates++] = node;
	}
	return true;
}

static bool take_role(struct conf_parser *p, yaml_node_t *map, uint16_t place,
		      struct conf_uniq *ids, struct conf_uniq *names)
{
	struct role_stage stage = {.id = place, .policy = CDAT_POLICY_ORDERED};
	struct cdat_role role = {0};
	struct cdat_op *op;
	char text[16];

	if (!conf_map(p, map, "a role", role_keys, sizeof(role_keys) / sizeof(*role_keys),
		      &stage) ||
	    !take_candidates(p, &stage.candidates, &role))
		return false;
	op = op_add(p, CDAT_OP_ROLE_PUT, map);
	if (op == NULL)
		return false;
	role.role = stage.id;
	memcpy(role.name, stage.name, sizeof(role.name));
	role.policy = stage.policy;
	role.needs_majority = stage.needs_majority;
	role.sticky = stage.sticky;
	op->role = role;
	snprintf(text, sizeof(text), "%u", stage.id);
	return conf_uniq_add(p, ids, text, map) && conf_uniq_add(p, names, stage.name, map);
}

static bool take_roles(struct conf_parser *p, const struct conf_later *later)
{
	struct conf_uniq *ids, *names;
	bool ok = true;

	if (!conf_is_list(p, later->key, later->node))
		return false;
	ids = conf_uniq_new();
	names = conf_uniq_new();
	if (ids == NULL || names == NULL)
		ok = conf_fail_memory(p);
	for (yaml_node_item_t *i = later->node->data.sequence.items.start;
	     ok && i < later->node->data.sequence.items.top; i++) {
		yaml_node_t *map = conf_node(p, *i);

		ok = map != NULL &&
		     take_role(p, map, (uint16_t)(i - later->node->data.sequence.items.start + 1),
			       ids, names);
	}
	ok = ok && conf_uniq_check(p, names, "role name", "give each role its own name") &&
	     conf_uniq_check(p, ids, "role number", "give each role its own id");
	conf_uniq_free(ids);
	conf_uniq_free(names);
	return ok;
}

/* ---- wanted routes ---- */

static const struct conf_key route_keys[] = {
	{"node", conf_take_place, offsetof(struct route_stage, node), .required = true,
	 .hint = "NODE"},
	{"subnet", conf_take_place, offsetof(struct route_stage, subnet), .required = true,
	 .hint = "9.2.2.0/24"},
	{"via", conf_take_place, offsetof(struct route_stage, via), .required = true,
	 .hint = "9.1.1.254"},
};

/* True when no bit past the first `bits` is set. */
static bool host_bits_zero(const struct cdat_addr *a, unsigned bits)
{
	unsigned len = a->family == CDAT_AF_IPV4 ? 4 : 16;

	for (unsigned i = bits; i < 8 * len; i++)
		if (a->octets[i / 8] & (0x80 >> (i % 8)))
			return false;
	return true;
}

static bool take_subnet(struct conf_parser *p, const struct conf_later *later,
			struct cdat_wanted *w)
{
	const char *text = conf_scalar(p, later->key, later->node);
	const char *slash = text != NULL ? strchr(text, '/') : NULL;
	char ip[64], *end = NULL;
	unsigned long bits = slash != NULL ? strtoul(slash + 1, &end, 10) : 0;

	if (text == NULL)
		return false;
	snprintf(ip, sizeof(ip), "%.*s", slash != NULL ? (int)(slash - text) : 0, text);
	if (slash == NULL || slash - text >= (long)sizeof(ip) || slash[1] < '0' || slash[1] > '9' ||
	    *end != '\0' || !cdat_addr_parse(ip, &w->subnet) || w->subnet.port != 0 ||
	    bits > (w->subnet.family == CDAT_AF_IPV4 ? 32 : 128))
		return conf_fail(p, later->node, "subnet \"%.64s\" is no subnet; write %s", text,
				 later->key->hint);
	if (!host_bits_zero(&w->subnet, (unsigned)bits))
		return conf_fail(
			p, later->node,
			"subnet \"%.64s\" has bits set beyond its prefix of %lu; set them to 0",
			text, bits);
	w->prefix_len = (uint8_t)bits;
	return true;
}

static bool take_route(struct conf_parser *p, yaml_node_t *map, uint16_t place)
{
	struct route_stage stage = {0};
	struct cdat_wanted w = {.wanted = place};
	struct cdat_op *op;
	const char *via;

	if (!conf_map(p, map, "a route", route_keys, sizeof(route_keys) / sizeof(*route_keys),
		      &stage))
		return false;
	w.node = node_number(p, stage.node.key, stage.node.node);
	if (w.node == 0 || !take_subnet(p, &stage.subnet, &w))
		return false;
	via = conf_scalar(p, stage.via.key, stage.via.node);
	if (via == NULL)
		return false;
	if (!cdat_addr_parse(via, &w.via) || w.via.port != 0 || w.via.family != w.subnet.family)
		return conf_fail(p, stage.via.node,
				 "via \"%.64s\" is no address of the family of the subnet; write "
				 "the address of the router",
				 via);
	op = op_add(p, CDAT_OP_WANTED_PUT, map);
	if (op == NULL)
		return false;
	op->wanted = w;
	return true;
}

static bool take_routes(struct conf_parser *p, const struct conf_later *later)
{
	if (!conf_is_list(p, later->key, later->node))
		return false;
	for (yaml_node_item_t *i = later->node->data.sequence.items.start;
	     i < later->node->data.sequence.items.top; i++) {
		size_t place = (size_t)(i - later->node->data.sequence.items.start) + 1;
		yaml_node_t *map = conf_node(p, *i);

		if (map == NULL)
			return false;
		if (place > UINT16_MAX)
			return conf_fail(p, map, "there are more than %d routes; take some out",
					 UINT16_MAX);
		if (!take_route(p, map, (uint16_t)place))
			return false;
	}
	return true;
}

/* ---- the whole ---- */

static const struct conf_key table_keys[] = {
	{"nodes", conf_take_place, offsetof(struct table_stage, nodes), .required = true,
	 .hint = "[{name: NAME, adapters: [{address: 9.1.1.1/24}]}]"},
	{"roles", conf_take_place, offsetof(struct table_stage, roles),
	 .hint = "[{name: NAME, candidates: [NODE]}]"},
	{"routes", conf_take_place, offsetof(struct table_stage, routes),
	 .hint = "[{node: NODE, subnet: 9.2.2.0/24, via: 9.1.1.254}]"},
	{"parameters", conf_take_place, offsetof(struct table_stage, parameters),
	 .hint = "{heartbeat-ms: 200}"},
};

bool conf_take_table(struct conf_parser *p, const struct conf_key *key, yaml_node_t *value,
		     void *into)
{
	struct table_stage stage = {0};
	struct conf_key keys[ATTR_KEYS];
	size_t nkeys = scope_keys(keys, NULL, 0, CDAT_SCOPE_PARAM);

	(void)key;
	(void)into;
	build_of(p)->conf->has_table = true;
	build_of(p)->conf->table_place = conf_place_of(value);
	if (!conf_map(p, value, "the table", table_keys, sizeof(table_keys) / sizeof(*table_keys),
		      &stage) ||
	    !take_nodes(p, &stage.nodes))
		return false;
	build_of(p)->op_kind = CDAT_OP_PARAM_SET;
	return (stage.parameters.node == NULL ||
		conf_map(p, stage.parameters.node, "the parameters", keys, nkeys, NULL)) &&
	       (stage.roles.node == NULL || take_roles(p, &stage.roles)) &&
	       (stage.routes.node == NULL || take_routes(p, &stage.routes));
}
