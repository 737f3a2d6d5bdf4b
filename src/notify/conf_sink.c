/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One sink of notify.yaml: a table of keys, each with the types of sink that know it, and
 * what its keys say together.
 */
#include "config.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "notify/conf_int.h"
#include "notify/kind.h"

#define W	(1u << SINK_WEBHOOK)
#define I	(1u << SINK_ICINGA2)
#define A	(1u << SINK_ALERTMANAGER)
#define X	(1u << SINK_EXEC)
#define HTTP	(W | I | A)

static bool set_text(struct conf_parser *p, char **to, const char *text)
{
	*to = strdup(text);
	return *to != NULL || conf_fail_memory(p);
}

static bool take_text(struct conf_parser *p, const struct conf_key *key, yaml_node_t *value,
		      void *into)
{
	const char *text = conf_scalar(p, key, value);

	if (text == NULL)
		return false;
	for (const char *c = text; *c != '\0'; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			return conf_fail(p, value,
					 "%s has a control character in it; write %s: %s",
					 key->word, key->word, key->hint);
	if (strlen(text) > (size_t)key->max)
		return conf_fail(p, value, "%s is longer than %lld characters; write a shorter one",
				 key->word, (long long)key->max);
	return set_text(p, (char **)(void *)((char *)into + key->offset), text);
}

static bool take_u32(struct conf_parser *p, const struct conf_key *key, yaml_node_t *value,
		     void *into)
{
	int64_t number;
	uint32_t narrow;

	if (!conf_number(p, key, value, &number))
		return false;
	narrow = (uint32_t)number;
	memcpy((char *)into + key->offset, &narrow, sizeof(narrow));
	return true;
}

static bool take_file(struct conf_parser *p, const struct conf_key *key, yaml_node_t *value,
		      void *into)
{
	struct conf_file *file = (struct conf_file *)(void *)((char *)into + key->offset);
	struct conf_key path = *key;

	file->place = conf_place_of(value);
	path.offset = offsetof(struct conf_file, path);
	return conf_take_path(p, &path, value, file);
}

/* A list of words, NULL-ended. */
static bool take_list(struct conf_parser *p, const struct conf_key *key, yaml_node_t *value,
		      void *into)
{
	char **list;
	size_t n = 0;

	if (!conf_is_list(p, key, value))
		return false;
	list = calloc((size_t)(value->data.sequence.items.top -
			       value->data.sequence.items.start) + 1, sizeof(*list));
	if (list == NULL)
		return conf_fail_memory(p);
	*(char ***)(void *)((char *)into + key->offset) = list;
	for (yaml_node_item_t *i = value->data.sequence.items.start;
	     i < value->data.sequence.items.top; i++) {
		yaml_node_t *item = conf_node(p, *i);
		const char *text = item != NULL ? conf_scalar(p, key, item) : NULL;

		if (text == NULL || !set_text(p, &list[n++], text))
			return false;
	}
	return true;
}

static bool take_kinds(struct conf_parser *p, const struct conf_key *key, yaml_node_t *value,
		       void *into)
{
	struct sink_conf *sink = into;

	if (!conf_is_list(p, key, value))
		return false;
	for (yaml_node_item_t *i = value->data.sequence.items.start;
	     i < value->data.sequence.items.top; i++) {
		yaml_node_t *item = conf_node(p, *i);
		const char *text = item != NULL ? conf_scalar(p, key, item) : NULL;
		unsigned kind = text != NULL ? kind_of_word(text) : 0;

		if (text == NULL)
			return false;
		if (kind == 0)
			return conf_fail(p, item,
					 "\"%.60s\" is no kind of event; write one as nodeUnreachable "
					 "or adapterDown, see notify.yaml(5)", text);
		sink->kinds |= 1u << kind;
	}
	return true;
}

static bool take_severity(struct conf_parser *p, const struct conf_key *key, yaml_node_t *value,
			  void *into)
{
	const char *text = conf_scalar(p, key, value);
	unsigned severity = text != NULL ? severity_of_word(text) : 0;

	if (text == NULL)
		return false;
	if (severity_rank(severity) == 0)
		return conf_fail(p, value,
				 "severity \"%.60s\" is not known; write warning, minor, major or "
				 "critical", text);
	((struct sink_conf *)into)->severity = (uint8_t)severity;
	return true;
}

/* A remote peer must not get what anyone on the way could read. */
static bool is_loopback(const char *host)
{
	return strcmp(host, "localhost") == 0 || strncmp(host, "127.", 4) == 0 ||
	       strcmp(host, "[::1]") == 0;
}

static bool judge_url(struct conf_parser *p, yaml_node_t *value, struct sink_conf *sink, CURLU *u)
{
	char *scheme = NULL, *host = NULL, *user = NULL;
	bool ok, plain;

	if (curl_url_set(u, CURLUPART_URL, sink->url, 0) != CURLUE_OK ||
	    curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
	    curl_url_get(u, CURLUPART_HOST, &host, 0) != CURLUE_OK ||
	    (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0)) {
		ok = conf_fail(p, value,
			       "url is no http or https address; write one as "
			       "https://monitor.example:443/path");
	} else if (curl_url_get(u, CURLUPART_USER, &user, 0) == CURLUE_OK) {
		ok = conf_fail(p, value,
			       "url holds a user or password, which would show in listings; take it "
			       "out and write username and password-file");
	} else {
		plain = strcmp(scheme, "http") == 0 && !is_loopback(host);
		ok = !plain || (sink->username == NULL && sink->bearer.path == NULL) ||
		     conf_fail(p, value,
			       "credentials would go in clear by http; write https://, or take them "
			       "out");
	}
	curl_free(scheme);
	curl_free(host);
	curl_free(user);
	return ok;
}

/* The url is judged last, since it depends on the credentials. */
struct stage {
	struct sink_conf sink;		/* first: offsets of keys are in it */
	yaml_node_t *url, *command, *user;
};

static bool take_url(struct conf_parser *p, const struct conf_key *key, yaml_node_t *value,
		     void *into)
{
	struct stage *stage = into;

	stage->url = value;
	stage->sink.url_place = conf_place_of(value);
	return take_text(p, key, value, into);
}

static bool take_user(struct conf_parser *p, const struct conf_key *key, yaml_node_t *value,
		      void *into)
{
	((struct stage *)into)->user = value;
	return take_text(p, key, value, into);
}

static bool take_command(struct conf_parser *p, const struct conf_key *key, yaml_node_t *value,
			 void *into)
{
	struct stage *stage = into;

	stage->command = value;
	if (!take_list(p, key, value, into))
		return false;
	if (stage->sink.command[0][0] != '/')
		return conf_fail(p, value,
				 "command \"%.60s\" does not begin with '/'; write the whole path of "
				 "the program, as %s", stage->sink.command[0], key->hint);
	return true;
}

/* Taken by conf_take_sink(). */
static bool take_type(struct conf_parser *p, const struct conf_key *key, yaml_node_t *value,
		      void *into)
{
	(void)key;
	(void)value;
	(void)into;
	return !p->failed;
}

#define O(m) offsetof(struct sink_conf, m)
static const struct sink_key {
	unsigned types;
	struct conf_key key;
} sink_keys[] = {
	{ HTTP | X, { "name", conf_take_name, O(name), .required = true, .hint = "NAME" } },
	{ HTTP | X, { "type", take_type, .required = true, .hint = "webhook" } },
	{ HTTP | X, { "kinds", take_kinds, .hint = "[nodeUnreachable, nodeReachable]" } },
	{ HTTP | X, { "severity", take_severity, .hint = "major" } },
	{ HTTP | X, { "nodes", take_list, O(nodes), .hint = "[nodeA, nodeB]" } },
	{ HTTP | X, { "queue-events", take_u32, O(queue_events), 1, 100000, .hint = "10000" } },
	{ HTTP | X, { "queue-size", take_u32, O(queue_octets), 65536, 1 << 29,
		      .hint = "16777216" } },
	{ HTTP | X, { "retry-min", take_u32, O(retry_min_s), 1, 3600, .hint = "1" } },
	{ HTTP | X, { "retry-max", take_u32, O(retry_max_s), 1, 86400, .hint = "300" } },
	{ HTTP | X, { "attempts", take_u32, O(attempts), 0, 1000000, .hint = "0" } },
	{ HTTP | X, { "timeout", take_u32, O(timeout_s), 1, 300, .hint = "10" } },
	{ HTTP, { "url", take_url, O(url), 0, 2000, .required = true,
		  .hint = "https://monitor.example/path" } },
	{ HTTP, { "username", take_user, O(username), 0, 200, .hint = "NAME" } },
	{ HTTP, { "password-file", take_file, O(password), 0, 4000, .hint = "/etc/cdat/password" } },
	{ HTTP, { "bearer-file", take_file, O(bearer), 0, 4000, .hint = "/etc/cdat/token" } },
	{ HTTP, { "ca-file", take_file, O(ca), 0, 4000, .hint = "/etc/cdat/ca.pem" } },
	{ HTTP, { "cert-file", take_file, O(cert), 0, 4000, .hint = "/etc/cdat/client.pem" } },
	{ HTTP, { "key-file", take_file, O(key), 0, 4000, .hint = "/etc/cdat/client.key" } },
	{ W, { "hmac-file", take_file, O(hmac), 0, 4000, .hint = "/etc/cdat/hmac" } },
	{ I, { "node-host", take_text, O(node_host), 0, 200, .hint = "\"{node}\"" } },
	{ I, { "cluster-host", take_text, O(cluster_host), 0, 200, .hint = "\"{cluster}\"" } },
	{ I, { "service", take_text, O(service), 0, 200, .hint = "\"cdat {class}\"" } },
	{ A, { "resend", take_u32, O(resend_s), 1, 3600, .hint = "60" } },
	{ A, { "hold", take_u32, O(hold_s), 1, 86400, .hint = "300" } },
	{ X, { "command", take_command, O(command), .required = true,
	       .hint = "[/usr/local/bin/hook, argument]" } },
};

static const char *const type_words[] = { NULL, "webhook", "icinga2", "alertmanager", "exec" };

const char *sink_type_word(uint8_t type)
{
	return type >= SINK_WEBHOOK && type <= SINK_EXEC ? type_words[type] : "?";
}

/* The type is looked for first: it tells which keys there are. */
static bool find_type(struct conf_parser *p, yaml_node_t *map, uint8_t *type)
{
	static const struct conf_key key = { .word = "type", .hint = "webhook" };

	for (yaml_node_pair_t *i = map->data.mapping.pairs.start; i < map->data.mapping.pairs.top;
	     i++) {
		yaml_node_t *name = yaml_document_get_node(p->doc, i->key);
		yaml_node_t *value = yaml_document_get_node(p->doc, i->value);
		const char *text;

		if (name == NULL || value == NULL || name->type != YAML_SCALAR_NODE ||
		    strcmp((const char *)name->data.scalar.value, "type") != 0)
			continue;
		text = conf_scalar(p, &key, value);
		if (text == NULL)
			return false;
		for (unsigned t = SINK_WEBHOOK; t <= SINK_EXEC; t++)
			if (strcmp(type_words[t], text) == 0) {
				*type = (uint8_t)t;
				return true;
			}
		return conf_fail(p, value, "type \"%.60s\" is not known; write webhook, icinga2, "
				 "alertmanager or exec", text);
	}
	return conf_fail(p, map, "a sink has no \"type\"; write type: webhook");
}

static bool judge_credentials(struct conf_parser *p, yaml_node_t *map, const struct stage *stage)
{
	const struct sink_conf *s = &stage->sink;

	if ((s->username == NULL) != (s->password.path == NULL))
		return conf_fail(p, map, "sink %s has only one of username and password-file; write "
				 "both", s->name);
	if (s->username != NULL && s->bearer.path != NULL)
		return conf_fail(p, map, "sink %s has a password and a bearer-file; take one of them "
				 "out", s->name);
	/* In Basic it would end there (RFC 7617 2). */
	if (s->username != NULL && strchr(s->username, ':') != NULL)
		return conf_fail(p, stage->user, "username has a ':' in it; write one without");
	if ((s->cert.path == NULL) != (s->key.path == NULL))
		return conf_fail(p, map, "sink %s has only one of cert-file and key-file; write both",
				 s->name);
	return true;
}

static bool judge_sink(struct conf_parser *p, yaml_node_t *map, struct stage *stage)
{
	struct sink_conf *s = &stage->sink;
	CURLU *u;
	bool ok;

	if (s->retry_max_s < s->retry_min_s)
		return conf_fail(p, map, "sink %s has a retry-max below its retry-min; write a larger "
				 "one", s->name);
	if (stage->url == NULL)
		return true;
	if (!judge_credentials(p, map, stage))
		return false;
	u = curl_url();
	ok = u != NULL ? judge_url(p, stage->url, s, u) : conf_fail_memory(p);
	curl_url_cleanup(u);
	return ok;
}

static void defaults(struct sink_conf *s)
{
	s->queue_events = 10000;
	s->queue_octets = 16 << 20;
	s->retry_min_s = 1;
	s->retry_max_s = 300;
	s->attempts = s->type == SINK_EXEC ? 3 : 0;
	s->timeout_s = s->type == SINK_EXEC ? 30 : 10;
	s->resend_s = 60;
	s->hold_s = 300;
}

bool conf_take_sink(struct conf_parser *p, yaml_node_t *map, struct sink_conf *sink)
{
	struct conf_key keys[sizeof(sink_keys) / sizeof(*sink_keys)];
	struct stage stage = { .sink = { .place = conf_place_of(map) } };
	size_t n = 0;
	bool ok;

	if (map->type != YAML_MAPPING_NODE)
		return conf_fail(p, map, "a sink is not written as keys with values; write name: ... "
				 "for it");
	if (!find_type(p, map, &stage.sink.type))
		return false;
	for (size_t i = 0; i < sizeof(sink_keys) / sizeof(*sink_keys); i++)
		if (sink_keys[i].types & 1u << stage.sink.type)
			keys[n++] = sink_keys[i].key;
	defaults(&stage.sink);
	ok = conf_map(p, map, stage.sink.type == SINK_EXEC ? "an exec sink" : "a sink", keys, n,
		      &stage) && judge_sink(p, map, &stage);
	*sink = stage.sink;
	return ok;
}

static void free_list(char **list)
{
	for (size_t i = 0; list != NULL && list[i] != NULL; i++)
		free(list[i]);
	free(list);
}

void sink_conf_free(struct sink_conf *s)
{
	free_list(s->nodes);
	free_list(s->command);
	free(s->url);
	free(s->username);
	free(s->password.path);
	free(s->bearer.path);
	free(s->hmac.path);
	free(s->ca.path);
	free(s->cert.path);
	free(s->key.path);
	free(s->node_host);
	free(s->cluster_host);
	free(s->service);
}
