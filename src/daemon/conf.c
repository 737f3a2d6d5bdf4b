/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The configuration as a whole: reads the file, runs libyaml over it, judges the top
 * keys and what they say together.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/conf_schema.h"
#include "daemon/log.h"

enum { FILE_MAX = 64 << 20 };
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
	 4000, .hint = "/etc/cdat/key"},
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
			(*list)[*n].port = p->conf->port;
		(*n)++;
	}
	return true;
}

/* Messages to all go to this group where it reaches all. */
static bool take_multicast(struct conf_parser *p, const struct conf_later *later)
{
	struct cdat_addr *group = &p->conf->multicast;
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
		group->port = p->conf->port;
	return true;
}

static bool check_security(struct conf_parser *p, const yaml_node_t *root, const struct top *top)
{
	struct conf *c = p->conf;
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
			"there is no key; write key-file: /etc/cdat/key, or security: none for a "
			"cluster that anyone on the network may join");
	if (!c->sealed && c->key_file != NULL)
		return conf_fail(p, top->security.node,
				 "security: none and a key-file exclude each other; take one "
				 "of them out");
	return true;
}

static bool judge_top(struct conf_parser *p, yaml_node_t *root, enum conf_use use)
{
	struct top top = {.conf = p->conf};
	struct conf *c = p->conf;

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

/* What libyaml could not read: its problem, and where the structure began that it was in. */
static void syntax_error(struct conf_parser *p, const yaml_parser_t *y, const char *text,
			 size_t len)
{
	struct conf_place place = {(uint32_t)y->problem_mark.line + 1,
				   (uint32_t)y->problem_mark.column + 1};
	const bool reader = y->error == YAML_READER_ERROR;
	char began[48] = "";

	if (y->error == YAML_MEMORY_ERROR) {
		conf_fail_memory(p);
		return;
	}
	if (reader) {
		place = (struct conf_place){1, 1};
		for (size_t i = 0; i < y->problem_offset && i < len; i++) {
			place.column = text[i] == '\n' ? 1 : place.column + 1;
			place.line += text[i] == '\n';
		}
	}
	if (y->context != NULL && !reader)
		snprintf(began, sizeof(began), " from line %zu", y->context_mark.line + 1);
	conf_error(p->conf, place, p->err, p->errlen, "this is not YAML: %s%s%s%s; %s",
		   y->problem != NULL ? y->problem : "it ends too early",
		   y->context != NULL && !reader ? " " : "",
		   y->context != NULL && !reader ? y->context : "", began,
		   reader ? "save the file as UTF-8" : "close what is open and indent with spaces");
	p->failed = true;
}

static bool judge_document(struct conf_parser *p, enum conf_use use)
{
	yaml_node_t *root = yaml_document_get_root_node(p->doc);
	bool ok;

	if (root == NULL)
		return conf_fail(p, NULL, "the file is empty; write at least %s",
				 use == CONF_SERVICER ? "cluster: NAME and key-file: /etc/cdat/key"
						      : "table: {nodes: [...]}");
	p->nodes = (size_t)(p->doc->nodes.top - p->doc->nodes.start);
	p->visited = calloc(p->nodes, 1);
	if (p->visited == NULL)
		return conf_fail_memory(p);
	p->visited[0] = 1;
	ok = judge_top(p, root, use);
	free(p->visited);
	return ok;
}

/* Nothing may follow the first document. */
static bool check_end(struct conf_parser *p, yaml_parser_t *y, const char *text, size_t len)
{
	yaml_document_t more;
	bool ok = true;

	if (!yaml_parser_load(y, &more)) {
		syntax_error(p, y, text, len);
		return false;
	}
	if (yaml_document_get_root_node(&more) != NULL)
		ok = conf_fail(p, yaml_document_get_root_node(&more),
			       "a second document begins here; keep one");
	yaml_document_delete(&more);
	return ok;
}

static bool parse(struct conf_parser *p, const char *text, size_t len, enum conf_use use)
{
	yaml_parser_t y;
	bool ok;

	if (!yaml_parser_initialize(&y))
		return conf_fail_memory(p);
	yaml_parser_set_input_string(&y, (const unsigned char *)text, len);
	if (!yaml_parser_load(&y, p->doc)) {
		syntax_error(p, &y, text, len);
		yaml_parser_delete(&y);
		return false;
	}
	ok = judge_document(p, use) && check_end(p, &y, text, len);
	yaml_document_delete(p->doc);
	yaml_parser_delete(&y);
	return ok;
}

struct conf *conf_parse(const char *file, const char *text, size_t len, enum conf_use use,
			char *err, size_t errlen)
{
	struct conf *c = calloc(1, sizeof(*c));
	yaml_document_t doc;
	struct conf_parser p = {.conf = c, .doc = &doc, .err = err, .errlen = errlen};

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
	if (!parse(&p, text, len, use)) {
		conf_free(c);
		return NULL;
	}
	return c;
}

/* The whole file; NULL with a reason. */
static char *read_file(int fd, size_t *len, const char **reason)
{
	struct stat st;
	char *text;
	ssize_t n = 0;

	if (fstat(fd, &st) != 0) {
		*reason = strerror(errno);
		return NULL;
	}
	if (!S_ISREG(st.st_mode) || st.st_size > FILE_MAX) {
		*reason =
			S_ISREG(st.st_mode) ? "it is larger than 64 MiB" : "it is no regular file";
		return NULL;
	}
	text = malloc((size_t)st.st_size + 1);
	for (*len = 0; text != NULL && *len < (size_t)st.st_size; *len += (size_t)n) {
		n = read(fd, text + *len, (size_t)st.st_size - *len);
		if (n <= 0)
			break;
	}
	if (text == NULL || n < 0) {
		*reason = strerror(errno);
		free(text);
		return NULL;
	}
	text[*len] = '\0';
	return text;
}

struct conf *conf_load(const char *file, enum conf_use use, char *err, size_t errlen)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	const char *reason = fd < 0 ? strerror(errno) : NULL;
	size_t len = 0;
	char *text = fd < 0 ? NULL : read_file(fd, &len, &reason);
	struct conf *c;

	if (fd >= 0)
		close(fd);
	if (text == NULL) {
		snprintf(err, errlen, "%s: cannot be read: %s; name a file that this user may read",
			 file, reason);
		return NULL;
	}
	c = conf_parse(file, text, len, use, err, errlen);
	free(text);
	return c;
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
