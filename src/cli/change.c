/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Targets, assignments, and proposing a change.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/change.h"
#include "cli/show.h"

struct cdat_op *cli_change_op(struct cli_change *change, uint8_t kind, unsigned node,
			      unsigned adapter)
{
	static struct cdat_op spare;
	struct cdat_op *op = &spare;

	if (change->n == change->cap) {
		size_t cap = change->cap ? change->cap * 2 : 16;
		struct cdat_op *ops = reallocarray(change->ops, cap, sizeof(*ops));

		if (ops) {
			change->ops = ops;
			change->cap = cap;
		}
	}
	if (change->n < change->cap)
		op = &change->ops[change->n++];
	else
		change->failed = true;
	memset(op, 0, sizeof(*op));
	op->kind = kind;
	op->node = (uint16_t)node;
	op->adapter = (uint8_t)adapter;
	return op;
}

/* The number of a node in digits alone; 0: it is none. */
static uint16_t node_number(const char *word)
{
	unsigned long n;
	char *end;

	if (*word < '0' || *word > '9')
		return 0;
	n = strtoul(word, &end, 10);
	return *end || n > CDAT_NODE_MAX ? 0 : (uint16_t)n;
}

static int find_target(const struct cli_view *view, const char *word, struct cli_target *target,
		       bool any_number)
{
	const char *slash = strrchr(word, '/');
	const struct cdat_node *node;
	char name[CDAT_NAME_MAX + 1];
	unsigned long adapter = 0;
	char *end;

	*target = (struct cli_target){ .scope = CDAT_SCOPE_PARAM, .word = word };
	node = cli_node(view, word);
	if (strcmp(word, "cluster") == 0 && node == NULL)
		return CLI_OK;
	snprintf(name, sizeof(name), "%s", word);
	if (slash && (size_t)(slash - word) < sizeof(name)) {
		snprintf(name, sizeof(name), "%.*s", (int)(slash - word), word);
		node = cli_node(view, name);
		adapter = strtoul(slash + 1, &end, 10);
		if (slash[1] < '0' || slash[1] > '9' || *end || adapter < 1 || adapter > CDAT_ADAPTER_MAX)
			return cli_fail(CLI_DATA, "%s: adapter \"%s\" is no number from 1 to %u; see cdatctl "
					 "adapters", word, slash + 1, CDAT_ADAPTER_MAX);
	}
	target->node = node ? node->node : any_number ? node_number(name) : 0;
	if (target->node == 0)
		return cli_fail(CLI_UNKNOWN, "%s: no such node in the table; see cdatctl nodes", word);
	target->scope = adapter ? CDAT_SCOPE_ADAPTER : CDAT_SCOPE_NODE;
	target->adapter = (uint8_t)adapter;
	return CLI_OK;
}

int cli_target(const struct cli_view *view, const char *word, struct cli_target *target)
{
	return find_target(view, word, target, false);
}

int cli_target_row(const struct cli_view *view, const char *word, struct cli_target *target)
{
	int rc = find_target(view, word, target, true);

	if (rc == CLI_OK && target->adapter && cli_find(view, CDAT_K_NODE, target->node, 0) &&
	    !cli_find(view, CDAT_K_ADAPTER, target->node, target->adapter))
		return cli_fail(CLI_UNKNOWN, "%s: no such adapter in the table; see cdatctl adapters", word);
	return rc;
}

static int no_attribute(const struct cli_target *t, const char *word, size_t len)
{
	static const char *const of[] = { [CDAT_SCOPE_NODE] = "a node",
					  [CDAT_SCOPE_ADAPTER] = "an adapter",
					  [CDAT_SCOPE_PARAM] = "the cluster" };
	const struct cdat_attr_row *rows;
	char all[512] = "";
	size_t i, count;

	rows = cdat_attr_rows(&count);
	for (i = 0; i < count; i++) {
		if (rows[i].scope == t->scope && !rows[i].fact)
			snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s%s", all[0] ? ", " : "",
				 rows[i].word);
	}
	return cli_fail(CLI_UNKNOWN, "%s: no attribute \"%.*s\" of %s; there are: %s", t->word,
			(int)len, word, of[t->scope], all);
}

int cli_assign(struct cli_change *change, const struct cli_target *t, const char *word,
	       unsigned index)
{
	static const uint8_t kinds[] = { [CDAT_SCOPE_NODE] = CDAT_OP_NODE_SET,
					 [CDAT_SCOPE_ADAPTER] = CDAT_OP_ADAPTER_SET,
					 [CDAT_SCOPE_PARAM] = CDAT_OP_PARAM_SET };
	size_t len = strcspn(word, "=");
	const struct cdat_attr_row *row;
	char name[64], err[CDAT_TEXT_MAX + 1];
	int prefix = -1;
	struct cdat_op *op;

	snprintf(name, sizeof(name), "%.*s", len < sizeof(name) ? (int)len : 0, word);
	row = cdat_attr_by_word(t->scope, name);
	if (row == NULL || row->fact)
		return no_attribute(t, word, len);
	op = cli_change_op(change, kinds[t->scope], t->node, t->adapter);
	op->index = (uint16_t)index;
	op->attr = row->attr;
	if (!cdat_attr_parse(row, word + len + 1, op, &prefix, err, sizeof(err)))
		return cli_fail(CLI_DATA, "%s: %s", t->word, err);
	if (row->type == CDAT_AT_ADDR && prefix >= 0) {
		op = cli_change_op(change, kinds[t->scope], t->node, t->adapter);
		op->index = (uint16_t)index;
		op->attr = CDAT_A_PREFIX_LEN;
		op->number = prefix;
	}
	return CLI_OK;
}

int cli_parse_set(const struct cli *cli, const struct cli_view *view, int argc, char **argv,
		  struct cli_change *change)
{
	struct cli_target target = { 0 };
	bool assigned = true;
	int i, rc;

	for (i = 0; i < argc; i++) {
		if (strchr(argv[i], '=')) {
			if (target.word == NULL)
				return cli_misuse(cli, "\"%s\" comes before any target", argv[i]);
			rc = cli_assign(change, &target, argv[i], (unsigned)i + 1);
			assigned = true;
		} else {
			if (!assigned)
				break;
			rc = cli_target_row(view, argv[i], &target);
			assigned = false;
		}
		if (rc)
			return rc;
	}
	if (!assigned)
		return cli_misuse(cli, "%s has no ATTRIBUTE=VALUE after it", target.word);
	return CLI_OK;
}

static void value_text(const struct cdat_attr_row *row, const struct cdat_op *op, char *buf,
		       size_t len)
{
	char addr[64];

	if (row->type == CDAT_AT_NAME)
		snprintf(buf, len, "%s", op->text);
	else if (row->type == CDAT_AT_ADDR)
		snprintf(buf, len, "%s", cdat_addr_text(&op->addr, addr, sizeof(addr)));
	else if (row->type == CDAT_AT_TRUTH)
		snprintf(buf, len, "%s", op->number == 1 ? "true" : "false");
	else if (row->type == CDAT_AT_ENUM && op->number >= 1 && op->number <= row->max)
		snprintf(buf, len, "%s", row->words[op->number - 1]);
	else
		snprintf(buf, len, "%" PRId64, op->number);
}

void cli_op_text(const struct cli_view *view, const struct cdat_op *op, char *buf, size_t len)
{
	const struct cdat_attr_row *row = op->attr ? cdat_attr_find(op->attr) : NULL;
	char value[128] = "", adapter[8] = "", subnet[64], via[64];
	const char *node = cli_name(view, op->node);

	if (op->adapter)
		snprintf(adapter, sizeof(adapter), "/%u", op->adapter);
	if (row)
		value_text(row, op, value, sizeof(value));
	switch ((enum cdat_op_kind)op->kind) {
	case CDAT_OP_NODE_CREATE:
	case CDAT_OP_ADAPTER_CREATE:
		snprintf(buf, len, "add %s%s", node, adapter);
		break;
	case CDAT_OP_NODE_DESTROY:
	case CDAT_OP_ADAPTER_DESTROY:
		snprintf(buf, len, "remove %s%s", node, adapter);
		break;
	case CDAT_OP_NODE_SET:
	case CDAT_OP_ADAPTER_SET:
	case CDAT_OP_PARAM_SET:
		snprintf(buf, len, "set %s%s %s=%s", op->node ? node : "cluster", adapter,
			 row ? row->word : "?", value);
		break;
	case CDAT_OP_ROLE_PUT:
	case CDAT_OP_ROLE_REMOVE:
		snprintf(buf, len, "%s role %s", op->kind == CDAT_OP_ROLE_PUT ? "put" : "remove",
			 op->role.name);
		break;
	case CDAT_OP_WANTED_PUT:
	case CDAT_OP_WANTED_REMOVE:
		snprintf(buf, len, "%s route %s %s/%u via %s",
			 op->kind == CDAT_OP_WANTED_PUT ? "put" : "remove",
			 cli_name(view, op->wanted.node),
			 cdat_addr_text(&op->wanted.subnet, subnet, sizeof(subnet)),
			 op->wanted.prefix_len, cdat_addr_text(&op->wanted.via, via, sizeof(via)));
		break;
	default:
		snprintf(buf, len, "lock");
	}
}

static int tell_json(const struct cdat_outcome *o)
{
	json_t *items = json_array(), *object = json_object();

	json_object_set_new(object, "result", json_string(cli_word("outcome", "result", o->result)));
	json_object_set_new(object, "cause", json_string(cli_word("outcome", "cause", o->cause)));
	json_object_set_new(object, "version", json_integer(o->version));
	json_object_set_new(object, "argument", json_integer(o->culprit));
	json_object_set_new(object, "text", json_string(o->text));
	json_array_append_new(items, object);
	return cli_print_json("outcome", items);
}

int cli_tell(const struct cli *cli, const struct cdat_outcome *o)
{
	if (cli_has(cli, CLI_O_JSON))
		tell_json(o);
	else if (o->result == CDAT_RES_COMMITTED)
		printf("committed: table version %" PRIu32 "\n", o->version);
	if (o->result == CDAT_RES_COMMITTED)
		return CLI_OK;
	if (cli_has(cli, CLI_O_JSON))
		return cli_code_of_cause(o->cause);
	return cli_fail(cli_code_of_cause(o->cause), "%s",
			o->text[0] ? o->text : cli_word("outcome", "result", o->result));
}

int cli_change_run(struct cli *cli, const struct cli_view *view, const struct cli_change *change)
{
	struct cdat_outcome outcome = { 0 };
	char text[512];
	size_t i;

	if (change->failed)
		return cli_error("out of memory");
	if (cli_has(cli, CLI_O_DRY_RUN)) {
		for (i = 0; i < change->n; i++) {
			cli_op_text(view, &change->ops[i], text, sizeof(text));
			puts(text);
		}
		return CLI_OK;
	}
	if (!cdat_may_change(cli->c))
		return cli_denied();
	if (cdat_change(cli->c, change->ops, change->n, &outcome, cli->timeout_ms))
		return cli_lost(cli);
	return cli_tell(cli, &outcome);
}

/* What set, add and remove have in common. */
static int propose(struct cli *cli, int argc, char **argv,
		   int (*parse)(const struct cli *, const struct cli_view *, int, char **,
				struct cli_change *))
{
	struct cli_change change = { 0 };
	struct cli_view view = { 0 };
	int rc = cli_view_take(cli, &view, CLI_CHANGE_KINDS);

	if (rc == CLI_OK)
		rc = parse(cli, &view, argc, argv, &change);
	if (rc == CLI_OK)
		rc = cli_change_run(cli, &view, &change);
	free(change.ops);
	cli_view_free(&view);
	return rc;
}

int cli_set(struct cli *cli, int argc, char **argv)
{
	return propose(cli, argc, argv, cli_parse_set);
}

int cli_add(struct cli *cli, int argc, char **argv)
{
	return propose(cli, argc, argv, cli_parse_add);
}

int cli_remove(struct cli *cli, int argc, char **argv)
{
	return propose(cli, argc, argv, cli_parse_remove);
}
