/* SPDX-License-Identifier: BSD-2-Clause */
/* notify.yaml as a whole; see conf.h. */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/log.h"
#include "notify/conf_int.h"
#include "notify/secret.h"

static bool take_log(struct conf_parser *p, const struct conf_key *key, yaml_node_t *value,
		     void *into)
{
	struct notify_conf *c = into;
	const char *text = conf_scalar(p, key, value);

	if (text == NULL)
		return false;
	for (int i = 0; log_level_words[i] != NULL; i++)
		if (strcmp(log_level_words[i], text) == 0)
			c->log_level = i;
	return c->log_level >= 0 ||
	       conf_fail(p, value,
			 "log \"%.60s\" is no level; write error, warning, notice, info or debug",
			 text);
}

static bool take_age(struct conf_parser *p, const struct conf_key *key, yaml_node_t *value,
		     void *into)
{
	int64_t number;

	if (!conf_number(p, key, value, &number))
		return false;
	((struct notify_conf *)into)->max_age_s = (uint32_t)number;
	return true;
}

static bool take_sinks(struct conf_parser *p, const struct conf_key *key, yaml_node_t *value,
		       void *into)
{
	struct notify_conf *c = into;
	struct conf_uniq *names;
	size_t n;
	bool ok = true;

	if (!conf_is_list(p, key, value))
		return false;
	n = (size_t)(value->data.sequence.items.top - value->data.sequence.items.start);
	if (n > SINKS_MAX)
		return conf_fail(p, value, "there are more than %d sinks; take some out", SINKS_MAX);
	c->sinks = calloc(n, sizeof(*c->sinks));
	names = conf_uniq_new();
	if (c->sinks == NULL || names == NULL) {
		conf_uniq_free(names);
		return conf_fail_memory(p);
	}
	for (size_t i = 0; ok && i < n; i++) {
		yaml_node_t *map = conf_node(p, value->data.sequence.items.start[i]);

		ok = map != NULL && conf_take_sink(p, map, &c->sinks[c->nsinks++]) &&
		     conf_uniq_add(p, names, c->sinks[i].name, map);
	}
	/* the name is that of the queue's file */
	ok = ok && conf_uniq_check(p, names, "name", "give each sink its own name");
	conf_uniq_free(names);
	return ok;
}

static const struct conf_key top_keys[] = {
	{ "socket", conf_take_path, offsetof(struct notify_conf, socket), .max = 100,
	  .hint = CDAT_RUNDIR "/cdatd.sock" },
	{ "state-dir", conf_take_path, offsetof(struct notify_conf, state_dir), .max = 4000,
	  .hint = NOTIFY_STATE_DIR },
	{ "log", take_log, .hint = "notice" },
	{ "max-age", take_age, .min = 1, .max = 604800, .hint = "3600" },
	{ "sinks", take_sinks, .required = true, .hint = "[{name: NAME, type: webhook, url: ...}]" },
};

static bool judge(struct conf_parser *p, yaml_node_t *root)
{
	return conf_map(p, root, "the file", top_keys, sizeof(top_keys) / sizeof(*top_keys),
			p->owner);
}

const char *notify_state_dir(const struct notify_conf *conf)
{
	return conf->state_dir != NULL ? conf->state_dir : NOTIFY_STATE_DIR;
}

struct notify_conf *notify_conf_parse(const char *file, const char *text, size_t len, char *err,
				      size_t errlen)
{
	struct notify_conf *c = calloc(1, sizeof(*c));
	struct conf_parser p = { .file = file, .owner = c, .err = err, .errlen = errlen };

	if (c != NULL)
		c->file = strdup(file);
	if (c == NULL || c->file == NULL) {
		snprintf(err, errlen, "%s: not enough memory; free some", file);
		free(c);
		return NULL;
	}
	c->log_level = -1;
	c->max_age_s = 3600;
	if (conf_document(&p, text, len, "sinks: [{name: NAME, type: webhook, url: ...}]", judge))
		return c;
	notify_conf_free(c);
	return NULL;
}

struct notify_conf *notify_conf_load(const char *file, char *err, size_t errlen)
{
	size_t len = 0;
	char *text = conf_read_file(file, &len, err, errlen);
	struct notify_conf *c;

	if (text == NULL)
		return NULL;
	c = notify_conf_parse(file, text, len, err, errlen);
	free(text);
	return c;
}

void notify_conf_free(struct notify_conf *conf)
{
	if (conf == NULL)
		return;
	for (size_t i = 0; i < conf->nsinks; i++)
		sink_conf_free(&conf->sinks[i]);
	free(conf->sinks);
	free(conf->socket);
	free(conf->state_dir);
	free(conf->file);
	free(conf);
}

/* ---- what it names ---- */

static bool check_secret(const struct notify_conf *c, const struct conf_file *f, char *err,
			 size_t errlen)
{
	struct secret secret;
	char why[CONF_ERROR_LEN / 2];

	if (f->path == NULL)
		return true;
	if (!secret_read(f->path, &secret, why, sizeof(why)))
		return conf_error_at(c->file, f->place, err, errlen, "%s", why);
	secret_wipe(&secret);
	return true;
}

static bool check_key(const struct notify_conf *c, const struct conf_file *f, char *err,
		      size_t errlen)
{
	char why[CONF_ERROR_LEN / 2];

	return f->path == NULL || secret_check(f->path, why, sizeof(why)) ||
	       conf_error_at(c->file, f->place, err, errlen, "%s", why);
}

/* A certificate is no secret, it must only be there. */
static bool check_public(const struct notify_conf *c, const struct conf_file *f, char *err,
			 size_t errlen)
{
	return f->path == NULL || access(f->path, R_OK) == 0 ||
	       conf_error_at(c->file, f->place, err, errlen,
			     "%s: %s; name a file that the user of cdat-notify may read", f->path,
			     strerror(errno));
}

static bool check_program(const struct notify_conf *c, const struct sink_conf *s, char *err,
			  size_t errlen)
{
	struct stat st;

	if (s->command == NULL)
		return true;
	if (stat(s->command[0], &st) != 0 || access(s->command[0], X_OK) != 0)
		return conf_error_at(c->file, s->place, err, errlen,
				     "sink %s: %s: %s; name a program that the user of cdat-notify "
				     "may run", s->name, s->command[0], strerror(errno));
	if (!S_ISREG(st.st_mode))
		return conf_error_at(c->file, s->place, err, errlen,
				     "sink %s: %s is no regular file; name the program itself",
				     s->name, s->command[0]);
	if ((st.st_mode & S_IWOTH) != 0)
		return conf_error_at(c->file, s->place, err, errlen,
				     "sink %s: %s can be written by everyone; chmod o-w it", s->name,
				     s->command[0]);
	return true;
}

bool notify_conf_check_files(const struct notify_conf *conf, char *err, size_t errlen)
{
	for (size_t i = 0; i < conf->nsinks; i++) {
		const struct sink_conf *s = &conf->sinks[i];

		if (!check_secret(conf, &s->password, err, errlen) ||
		    !check_secret(conf, &s->bearer, err, errlen) ||
		    !check_secret(conf, &s->hmac, err, errlen) ||
		    !check_key(conf, &s->key, err, errlen) ||
		    !check_public(conf, &s->ca, err, errlen) ||
		    !check_public(conf, &s->cert, err, errlen) ||
		    !check_program(conf, s, err, errlen))
			return false;
	}
	return true;
}
