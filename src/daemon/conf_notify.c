/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The section `notify` and the key `events-limit`: settings of this node's event log
 * and notifications (cdatNotify, cdatEventLimit), as LOCAL_SET would make them.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/conf_int.h"
#include "wire/records.h"

bool conf_setting_add(struct conf_parser *p, uint8_t what, uint8_t kind, int64_t number)
{
	struct conf_build *b = build_of(p);
	struct conf *c = b->conf;

	if (c->nsettings == b->settings_cap) {
		size_t cap = b->settings_cap ? 2 * b->settings_cap : 8;
		struct cdat_c_local_set *grown = reallocarray(c->settings, cap, sizeof(*grown));

		if (grown == NULL)
			return conf_fail_memory(p);
		c->settings = grown;
		b->settings_cap = cap;
	}
	c->settings[c->nsettings++] = (struct cdat_c_local_set){what, kind, number};
	return true;
}

/* `into`: the kind, a uint8_t; 0 for the scalars. */
static bool take_number(struct conf_parser *p, const struct conf_key *key, yaml_node_t *value,
			void *into)
{
	int64_t number;

	return conf_number(p, key, value, &number) &&
	       conf_setting_add(p, key->what, *(const uint8_t *)into, number);
}

static bool take_truth(struct conf_parser *p, const struct conf_key *key, yaml_node_t *value,
		       void *into)
{
	bool truth;

	return conf_truth(p, key, value, &truth) &&
	       conf_setting_add(p, key->what, *(const uint8_t *)into, truth ? 1 : 2);
}

static bool take_word(struct conf_parser *p, const struct conf_key *key, yaml_node_t *value,
		      void *into)
{
	unsigned number;

	return conf_word(p, key, value, &number) &&
	       conf_setting_add(p, key->what, *(const uint8_t *)into, number);
}

static const struct conf_key kind_keys[] = {
	{"enable", take_truth, .hint = "true", .what = CDAT_L_NOTIFY_ENABLE},
	{"min-interval", take_number, .min = 0, .max = 3600, .hint = "60",
	 .what = CDAT_L_NOTIFY_MIN_INTERVAL},
};

static bool take_kind(struct conf_parser *p, const struct conf_key *key, yaml_node_t *value,
		      void *into)
{
	uint8_t kind = (uint8_t)key->min;

	(void)into;
	return conf_map(p, value, "a kind of notification", kind_keys, 2, &kind);
}

/* One key for each kind of event, named as in the MIB. */
static bool take_kinds(struct conf_parser *p, const struct conf_key *key, yaml_node_t *value,
		       void *into)
{
	struct conf_key keys[CDAT_EV_KINDS];
	size_t n = 0;

	(void)key;
	for (unsigned kind = 1; kind <= CDAT_EV_KINDS; kind++) {
		const char *word = cdat_enum_word("event", "kind", kind);

		if (word != NULL && *word != '?')
			keys[n++] = (struct conf_key){.word = word, .take = take_kind, .min = kind};
	}
	return conf_map(p, value, "kinds", keys, n, into);
}

static const struct conf_key notify_keys[] = {
	{"all", take_truth, .hint = "true", .what = CDAT_L_NOTIFY_ALL},
	{"scope", take_word, .record = "cluster", .field = "notify_scope", .hint = "oneMember",
	 .what = CDAT_L_NOTIFY_SCOPE},
	{"window", take_number, .min = 0, .max = 3600, .hint = "10", .what = CDAT_L_NOTIFY_WINDOW},
	{"limit", take_number, .min = 1, .max = 10000, .hint = "100", .what = CDAT_L_NOTIFY_LIMIT},
	{"kinds", take_kinds, .hint = "{failover: {enable: true}}"},
};

bool conf_take_notify(struct conf_parser *p, const struct conf_key *key, yaml_node_t *value,
		      void *into)
{
	uint8_t kind = 0;

	(void)key;
	(void)into;
	return conf_map(p, value, "notify", notify_keys, sizeof(notify_keys) / sizeof(*notify_keys),
			&kind);
}
