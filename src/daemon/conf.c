/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The configuration as a whole: judges the top keys and what they say together.
 */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/conf_int.h"
#include "host/log.h"

#define MULTICAST_DEFAULT "239.192.91.73"

/* What is judged after all keys are known, since it depends on others (port, key-file). */
struct top {
	struct conf *conf;
	struct conf_later security, table, join, listen, multicast, notify;
};

static bool take_name(struct conf_parser *p, const struct conf_key *key, yaml_node_t *value,
		      void *into)
{
	struct conf *c = ((struct top *)into)->conf;

	if (key->offset == offsetof(struct conf, node))
		c->node_place = conf_place_of(value);
	return conf_take_name(p, key, value, c);
}

static bool take_port(struct conf_parser *p, const struct conf_key *key, yaml_node_t *value,
		      void *into)
{
	return conf_take_u16(p, key, value, ((struct top *)into)->conf);
}

static bool take_truth(struct conf_parser *p, const struct conf_key *key, yaml_node_t *value,
		       void *into)
{
	return conf_take_truth(p, key, value, ((struct top *)into)->conf);
}

/* A path: `min` is the offset of its place. */
static bool take_path(struct conf_parser *p, const struct conf_key *key, yaml_node_t *value,
		      void *into)
{
	struct conf *c = ((struct top *)into)->conf;
	struct conf_place place = conf_place_of(value);

	memcpy((char *)c + key->min, &place, sizeof(place));
	return conf_take_path(p, key, value, c);
}

static bool take_scheduling(struct conf_parser *p, const struct conf_key *key, yaml_node_t *value,
			    void *into)
{
	struct conf *c = ((struct top *)into)->conf;
	const char *text = conf_scalar(p, key, value);

	if (text == NULL)
		return false;
	c->ordinary = strcmp(text, "normal") == 0;
	return c->ordinary || strcmp(text, "realtime") == 0 ||
	       conf_fail(p, value, "scheduling \"%.60s\" is not known; write realtime or normal",
			 text);
}

static bool take_log(struct conf_parser *p, const struct conf_key *key, yaml_node_t *value,
		     void *into)
{
	struct conf *c = ((struct top *)into)->conf;
	const char *text = conf_scalar(p, key, value);
	size_t len = text != NULL ? strcspn(text, " ") : 0;

	if (text == NULL)
		return false;
	for (int i = 0; log_level_words[i] != NULL; i++)
		if (strlen(log_level_words[i]) == len &&
		    strncmp(log_level_words[i], text, len) == 0)
			c->log_level = i;
	if (c->log_level < 0)
		return conf_fail(
			p, value,
			"log \"%.60s\" is no level; write error, warning, notice, info or debug",
			text);
	snprintf(c->log_tokens, sizeof(c->log_tokens), "%s", text + len + strspn(text + len, " "));
	return true;
}

static bool take_limit(struct conf_parser *p, const struct conf_key *key, yaml_node_t *value,
		       void *into)
{
	int64_t number;

	(void)into;
	return conf_number(p, key, value, &number) &&
	       conf_setting_add(p, CDAT_L_EVENT_LIMIT, 0, number);
}

static const struct conf_key top_keys[] = {
	{"cluster", take_name, offsetof(struct conf, cluster), .hint = "NAME"},
	{"node", take_name, offsetof(struct conf, node), .hint = "NAME"},
	{"port", take_port, offsetof(struct conf, port), 1, UINT16_MAX, .hint = "9173"},
	{"key-file", take_path, offsetof(struct conf, key_file), offsetof(struct conf, key_place),
	 4000, .hint = "/etc/cdat/keys/cluster.key"},
	{"security", conf_take_place, offsetof(struct top, security), .hint = "none"},
	{"state-dir", take_path, offsetof(struct conf, state_dir),
	 offsetof(struct conf, state_place), 4000, .hint = CDAT_STATEDIR},
	{"socket", take_path, offsetof(struct conf, socket), offsetof(struct conf, socket_place),
	 100, .hint = CDAT_RUNDIR "/cdatd.sock"},
	{"join", conf_take_place, offsetof(struct top, join), .hint = "[9.1.1.1, 9.1.1.2]"},
	{"listen", conf_take_place, offsetof(struct top, listen), .hint = "[9.1.1.1]"},
	{"multicast", conf_take_place, offsetof(struct top, multicast), .hint = MULTICAST_DEFAULT},
	{"allow-loopback", take_truth, offsetof(struct conf, loopback_ok), .hint = "true"},
	{"allow-unlisted", take_truth, offsetof(struct conf, allow_unlisted), .hint = "true"},
	{"scheduling", take_scheduling, .hint = "realtime"},
	{"log", take_log, .hint = "notice"},
	{"notify", conf_take_place, offsetof(struct top, notify), .hint = "{all: true}"},
	{"events-limit", take_limit, 0, 16, 65535, .hint = "1000"},
	{"table", conf_take_place, offsetof(struct top, table), .hint = "{nodes: [...]}"},
};

/* A list of addresses; each without a port gets the cluster's. */
static bool take_addrs(struct conf_parser *p, const struct conf_later *later,
		       struct cdat_addr **list, size_t *n)
{
	if (!conf_is_list(p, later->key, later->node))
		return false;
	*list = calloc((size_t)(later->node->data.sequence.items.top -
				later->node->data.sequence.items.start),
		       sizeof(**list));
	if (*list == NULL)
		return conf_fail_memory(p);
	for (yaml_node_item_t *i = later->node->data.sequence.items.start;
	     i < later->node->data.sequence.items.top; i++) {
		yaml_node_t *value = conf_node(p, *i);
		const char *text = value != NULL ? conf_scalar(p, later->key, value) : NULL;

		if (text == NULL)
			return false;
		if (!cdat_addr_parse(text, &(*list)[*n]))
			return conf_fail(
				p, value,
				"%s \"%.64s\" is no address; write one as 9.1.1.1, 9.1.1.1:9173 or "
				"[2001:db8::1]:9173",
				later->key->word, text);
		if ((*list)[*n].port == 0)
			(*list)[*n].port = build_of(p)->conf->port;
		(*n)++;
	}
	return true;
}

/* Messages to all go to this group where it reaches all. */
static bool take_multicast(struct conf_parser *p, const struct conf_later *later)
{
	struct cdat_addr *group = &build_of(p)->conf->multicast;
	const char *text = MULTICAST_DEFAULT;

	if (later->node != NULL)
		text = conf_scalar(p, later->key, later->node);
	if (text == NULL)
		return false;
	if (strcmp(text, "none") == 0)
		return true;
	if (!cdat_addr_parse(text, group) || group->family != CDAT_AF_IPV4 ||
	    group->octets[0] >> 4 != 14)
		return conf_fail(p, later->node,
				 "multicast \"%.64s\" is no IPv4 group; write one "
				 "as " MULTICAST_DEFAULT ", or none",
				 text);
	if (group->port == 0)
		group->port = build_of(p)->conf->port;
	return true;
}

static bool check_security(struct conf_parser *p, const yaml_node_t *root, const struct top *top)
{
	struct conf *c = build_of(p)->conf;
	const char *word;

	c->sealed = top->security.node == NULL;
	word = c->sealed ? "none" : conf_scalar(p, top->security.key, top->security.node);
	if (word == NULL)
		return false;
	if (strcmp(word, "none") != 0)
		return conf_fail(p, top->security.node,
				 "security \"%.60s\" is not known; write none, or take it out "
				 "and name a key-file",
				 word);
	if (c->sealed && c->key_file == NULL)
		return conf_fail(
			p, root,
			"there is no key; write key-file: /etc/cdat/keys/cluster.key, or security: none for a "
			"cluster that anyone on the network may join");
	if (!c->sealed && c->key_file != NULL)
		return conf_fail(p, top->security.node,
				 "security: none and a key-file exclude each other; take one "
				 "of them out");
	return true;
}

static bool judge_top(struct conf_parser *p, yaml_node_t *root, enum conf_use use)
{
	struct conf *c = build_of(p)->conf;
	struct top top = {.conf = c};

	if (!conf_map(p, root, "the file", top_keys, sizeof(top_keys) / sizeof(*top_keys), &top))
		return false;
	if (use == CONF_SERVICER && c->cluster[0] == '\0')
		return conf_fail(p, root, "the file has no \"cluster\"; write cluster: NAME");
	if (use == CONF_SERVICER && !check_security(p, root, &top))
		return false;
	if ((top.join.node != NULL && !take_addrs(p, &top.join, &c->join, &c->njoin)) ||
	    (top.listen.node != NULL && !take_addrs(p, &top.listen, &c->listen, &c->nlisten)))
		return false;
	if (!take_multicast(p, &top.multicast))
		return false;
	if (top.notify.node != NULL && !conf_take_notify(p, top.notify.key, top.notify.node, NULL))
		return false;
	if (top.table.node != NULL)
		return conf_take_table(p, top.table.key, top.table.node, NULL);
	return use == CONF_SERVICER ||
	       conf_fail(p, root, "the file has no \"table\"; write table: {nodes: [...]}");
}

static bool judge_servicer(struct conf_parser *p, yaml_node_t *root)
{
	return judge_top(p, root, CONF_SERVICER);
}

static bool judge_table(struct conf_parser *p, yaml_node_t *root)
{
	return judge_top(p, root, CONF_TABLE);
}

struct conf *conf_parse(const char *file, const char *text, size_t len, enum conf_use use,
			char *err, size_t errlen)
{
	struct conf *c = calloc(1, sizeof(*c));
	struct conf_build build = {.conf = c};
	struct conf_parser p = {.file = file, .owner = &build, .err = err, .errlen = errlen};
	bool ok;

	if (c != NULL)
		c->file = strdup(file);
	if (c == NULL || c->file == NULL) {
		snprintf(err, errlen, "%s: not enough memory; free some", file);
		free(c);
		return NULL;
	}
	c->port = CDAT_PORT_DEFAULT;
	c->log_level = -1;
	c->table_place = (struct conf_place){1, 1};
	if (use == CONF_SERVICER)
		ok = conf_document(&p, text, len, "cluster: NAME and key-file: /etc/cdat/keys/cluster.key",
				   judge_servicer);
	else
		ok = conf_document(&p, text, len, "table: {nodes: [...]}", judge_table);
	if (ok)
		return c;
	conf_free(c);
	return NULL;
}

struct conf *conf_load(const char *file, enum conf_use use, char *err, size_t errlen)
{
	size_t len = 0;
	char *text = conf_read_file(file, &len, err, errlen);
	struct conf *c;

	if (text == NULL)
		return NULL;
	c = conf_parse(file, text, len, use, err, errlen);
	free(text);
	return c;
}

bool conf_error(const struct conf *conf, struct conf_place place, char *err, size_t errlen,
		const char *format, ...)
{
	char text[CONF_ERROR_LEN];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	return conf_error_at(conf->file, place, err, errlen, "%s", text);
}

void conf_forget_table(struct conf *conf)
{
	free(conf->ops);
	free(conf->places);
	conf->ops = NULL;
	conf->places = NULL;
	conf->nops = 0;
}

void conf_free(struct conf *conf)
{
	if (conf == NULL)
		return;
	free(conf->file);
	free(conf->key_file);
	free(conf->state_dir);
	free(conf->socket);
	free(conf->join);
	free(conf->listen);
	free(conf->settings);
	conf_forget_table(conf);
	free(conf);
}
