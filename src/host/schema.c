/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Judging mappings by tables of keys; see schema.h.
 */
#include "config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/log.h"
#include "host/schema.h"
#include "wire/records.h"

enum { KEYS_MAX = 40, WORDS_MAX = 64 };

struct conf_place conf_place_of(const yaml_node_t *node)
{
	struct conf_place place = {1, 1};

	if (node != NULL) {
		place.line = (uint32_t)node->start_mark.line + 1;
		place.column = (uint32_t)node->start_mark.column + 1;
	}
	return place;
}

bool conf_error_at(const char *file, struct conf_place place, char *err, size_t errlen,
		   const char *format, ...)
{
	char raw[CONF_ERROR_LEN], text[CONF_ERROR_LEN];
	va_list ap;

	va_start(ap, format);
	vsnprintf(raw, sizeof(raw), format, ap);
	va_end(ap);
	log_escape(raw, text, sizeof(text)); /* a value may hold a line end: an error is one line */
	snprintf(err, errlen, "%s:%u:%u: %s", file, place.line, place.column, text);
	return false;
}

bool conf_fail(struct conf_parser *p, const yaml_node_t *at, const char *format, ...)
{
	char text[CONF_ERROR_LEN];
	va_list ap;

	if (p->failed)
		return false;
	p->failed = true;
	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	return conf_error_at(p->file, conf_place_of(at), p->err, p->errlen, "%s", text);
}

bool conf_fail_memory(struct conf_parser *p)
{
	return conf_fail(p, NULL, "not enough memory; make the table smaller or free memory");
}

yaml_node_t *conf_node(struct conf_parser *p, int index)
{
	yaml_node_t *node = yaml_document_get_node(p->doc, index);

	if (node == NULL) {
		conf_fail(p, NULL, "a value is missing; write one");
		return NULL;
	}
	if (p->visited[index - 1]) {
		conf_fail(p, node,
			  "this value is used again through an alias; write the value out at each "
			  "place");
		return NULL;
	}
	p->visited[index - 1] = 1;
	return node;
}

/* Levenshtein distance, cut at 3: enough to tell a slip of the pen. */
static unsigned distance(const char *a, const char *b)
{
	size_t la = strlen(a), lb = strlen(b);
	unsigned row[32];

	if (la > 30 || lb > 30 || la > lb + 2 || lb > la + 2)
		return 3;
	for (size_t j = 0; j <= lb; j++)
		row[j] = (unsigned)j;
	for (size_t i = 1; i <= la; i++) {
		unsigned corner = row[0];

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= lb; j++) {
			unsigned change = corner + (a[i - 1] != b[j - 1]);

			corner = row[j];
			row[j] = row[j] + 1 < row[j - 1] + 1 ? row[j] + 1 : row[j - 1] + 1;
			if (change < row[j])
				row[j] = change;
		}
	}
	return row[lb];
}

static bool fail_unknown(struct conf_parser *p, const yaml_node_t *at, const char *word,
			 const char *what, const struct conf_key *keys, size_t nkeys)
{
	const char *near = NULL;
	unsigned best = 3;
	char list[400] = "";
	size_t n = 0;

	for (size_t i = 0; i < nkeys; i++) {
		unsigned d = distance(word, keys[i].word);

		if (d < best) {
			best = d;
			near = keys[i].word;
		}
		if (n < sizeof(list))
			n += (size_t)snprintf(list + n, sizeof(list) - n, "%s%s", i ? ", " : "",
					      keys[i].word);
	}
	if (near != NULL)
		return conf_fail(p, at, "unknown key \"%.60s\" in %s; write \"%s\"", word, what,
				 near);
	return conf_fail(p, at, "unknown key \"%.60s\" in %s; the keys are %s", word, what, list);
}

static const struct conf_key *find_key(const struct conf_key *keys, size_t nkeys, const char *word)
{
	for (size_t i = 0; i < nkeys; i++)
		if (strcmp(keys[i].word, word) == 0)
			return &keys[i];
	return NULL;
}

/* Takes one pair; first_line: by key, the line where it stood before. */
static bool take_pair(struct conf_parser *p, yaml_node_pair_t *pair, const char *what,
		      const struct conf_key *keys, size_t nkeys, void *into, uint32_t *first_line)
{
	yaml_node_t *name = conf_node(p, pair->key);
	yaml_node_t *value = name != NULL ? conf_node(p, pair->value) : NULL;
	const struct conf_key *key;
	const char *word;

	if (value == NULL)
		return false;
	if (name->type != YAML_SCALAR_NODE)
		return conf_fail(p, name, "a key of %s is no word; write KEY: VALUE", what);
	word = (const char *)name->data.scalar.value;
	key = find_key(keys, nkeys, word);
	if (key == NULL)
		return fail_unknown(p, name, word, what, keys, nkeys);
	if (first_line[key - keys] != 0)
		return conf_fail(p, name,
				 "key \"%s\" is there already, on line %u; keep one of them", word,
				 first_line[key - keys]);
	first_line[key - keys] = conf_place_of(name).line;
	return key->take(p, key, value, into) && !p->failed;
}

bool conf_map(struct conf_parser *p, yaml_node_t *map, const char *what,
	      const struct conf_key *keys, size_t nkeys, void *into)
{
	uint32_t first_line[KEYS_MAX] = {0};

	if (nkeys > KEYS_MAX)
		return conf_fail_memory(p);
	if (map->type != YAML_MAPPING_NODE)
		return conf_fail(p, map,
				 "%s is not written as keys with values; write %s: ... for it",
				 what, keys[0].word);
	for (yaml_node_pair_t *i = map->data.mapping.pairs.start; i < map->data.mapping.pairs.top;
	     i++)
		if (!take_pair(p, i, what, keys, nkeys, into, first_line))
			return false;
	for (size_t i = 0; i < nkeys; i++)
		if (keys[i].required && first_line[i] == 0)
			return conf_fail(p, map, "%s has no \"%s\"; write %s: %s", what,
					 keys[i].word, keys[i].word, keys[i].hint);
	return true;
}

const char *conf_scalar(struct conf_parser *p, const struct conf_key *key, yaml_node_t *value)
{
	const char *text;

	if (value->type != YAML_SCALAR_NODE) {
		conf_fail(p, value, "\"%s\" takes one value; write %s: %s", key->word, key->word,
			  key->hint);
		return NULL;
	}
	text = (const char *)value->data.scalar.value;
	if (*text == '\0' || strlen(text) != value->data.scalar.length) {
		conf_fail(p, value, "\"%s\" has no value; write %s: %s", key->word, key->word,
			  key->hint);
		return NULL;
	}
	return text;
}

bool conf_is_list(struct conf_parser *p, const struct conf_key *key, yaml_node_t *value)
{
	if (value->type != YAML_SEQUENCE_NODE)
		return conf_fail(p, value, "\"%s\" takes a list; write %s: %s", key->word,
				 key->word, key->hint);
	if (value->data.sequence.items.start == value->data.sequence.items.top)
		return conf_fail(p, value, "the list \"%s\" is empty; write %s: %s", key->word,
				 key->word, key->hint);
	return true;
}

bool conf_number(struct conf_parser *p, const struct conf_key *key, yaml_node_t *value,
		 int64_t *number)
{
	const char *text = conf_scalar(p, key, value);
	char *end;

	if (text == NULL)
		return false;
	errno = 0;
	*number = strtoll(text, &end, 10);
	if (errno != 0 || *end != '\0' || end == text || *number < key->min || *number > key->max)
		return conf_fail(p, value,
				 "%s \"%.60s\" is not a number of %lld to %lld; write %s: %s",
				 key->word, text, (long long)key->min, (long long)key->max,
				 key->word, key->hint);
	return true;
}

bool conf_truth(struct conf_parser *p, const struct conf_key *key, yaml_node_t *value, bool *truth)
{
	const char *text = conf_scalar(p, key, value);

	if (text == NULL)
		return false;
	*truth = strcmp(text, "true") == 0;
	if (!*truth && strcmp(text, "false") != 0)
		return conf_fail(p, value, "%s \"%.60s\" is neither true nor false; write %s: true",
				 key->word, text, key->word);
	return true;
}

bool conf_word(struct conf_parser *p, const struct conf_key *key, yaml_node_t *value,
	       unsigned *number)
{
	const char *text = conf_scalar(p, key, value);
	char list[200] = "";
	const char *word;
	size_t n = 0;

	if (text == NULL)
		return false;
	for (unsigned i = 1; i <= WORDS_MAX; i++) {
		word = cdat_enum_word(key->record, key->field, i);
		if (word == NULL || *word == '?')
			break;
		if (strcmp(word, text) == 0) {
			*number = i;
			return true;
		}
		if (n < sizeof(list))
			n += (size_t)snprintf(list + n, sizeof(list) - n, "%s%s",
					      i == 1 ? "" : " or ", word);
	}
	return conf_fail(p, value, "%s \"%.60s\" is not known; write %s", key->word, text, list);
}

bool conf_take_name(struct conf_parser *p, const struct conf_key *key, yaml_node_t *value,
		    void *into)
{
	const char *text = conf_scalar(p, key, value);

	if (text == NULL)
		return false;
	if (!cdat_name_ok(text))
		return conf_fail(
			p, value,
			"%s \"%.64s\" is no name; write 1 to %d letters, digits, '-', '_' or "
			"'.', the first a letter or digit",
			key->word, text, CDAT_NAME_MAX);
	snprintf((char *)into + key->offset, CDAT_NAME_MAX + 1, "%s", text);
	return true;
}

bool conf_take_path(struct conf_parser *p, const struct conf_key *key, yaml_node_t *value,
		    void *into)
{
	const char *text = conf_scalar(p, key, value);
	char **path = (char **)(void *)((char *)into + key->offset);

	if (text == NULL)
		return false;
	if (text[0] != '/')
		return conf_fail(
			p, value,
			"%s \"%.60s\" does not begin with '/'; write the whole path, as %s",
			key->word, text, key->hint);
	if (strlen(text) > (size_t)key->max)
		return conf_fail(p, value,
				 "%s is longer than %lld characters; write a shorter path",
				 key->word, (long long)key->max);
	*path = strdup(text);
	return *path != NULL || conf_fail_memory(p);
}

bool conf_take_u16(struct conf_parser *p, const struct conf_key *key, yaml_node_t *value,
		   void *into)
{
	int64_t number;
	uint16_t narrow;

	if (!conf_number(p, key, value, &number))
		return false;
	narrow = (uint16_t)number;
	memcpy((char *)into + key->offset, &narrow, sizeof(narrow));
	return true;
}

bool conf_take_truth(struct conf_parser *p, const struct conf_key *key, yaml_node_t *value,
		     void *into)
{
	return conf_truth(p, key, value, (bool *)(void *)((char *)into + key->offset));
}

bool conf_take_word(struct conf_parser *p, const struct conf_key *key, yaml_node_t *value,
		    void *into)
{
	unsigned number;

	if (!conf_word(p, key, value, &number))
		return false;
	*((uint8_t *)into + key->offset) = (uint8_t)number;
	return true;
}

bool conf_take_place(struct conf_parser *p, const struct conf_key *key, yaml_node_t *value,
		     void *into)
{
	struct conf_later later = {value, key};

	(void)p;
	memcpy((char *)into + key->offset, &later, sizeof(later));
	return true;
}
