/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What changes while the servicer runs: SIGHUP, and keys by `cdatctl key`.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/keyfile.h"
#include "daemon/keysave.h"
#include "host/log.h"
#include "daemon/loop_int.h"
#include "daemon/ready.h"
#include "wire/attr.h"
#include "wire/control.h"

static bool same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* Says which of the changed keys wait for a restart. */
static void tell_rest(const struct conf *old, const struct conf *new)
{
	const struct {
		const char *word;
		bool changed;
	} rest[] = {
		{"cluster", strcmp(old->cluster, new->cluster) != 0},
		{"node", new->node[0] != '\0' && strcmp(old->node, new->node) != 0},
		{"port", old->port != new->port},
		{"multicast", !cdat_addr_port_same(&old->multicast, &new->multicast)},
		{"security", old->sealed != new->sealed},
		{"state-dir", !same_text(old->state_dir, new->state_dir)},
		{"scheduling", old->ordinary != new->ordinary},
		{"socket", !same_text(old->socket, new->socket)},
	};

	for (size_t i = 0; i < sizeof(rest) / sizeof(*rest); i++)
		if (rest[i].changed)
			log_warning("main", "%s: the new value of %s holds after a restart",
				    new->file, rest[i].word);
}

void loop_reload(struct loop *l)
{
	char err[CONF_ERROR_LEN];
	struct conf *conf = conf_load(l->conf->file, CONF_SERVICER, err, sizeof(err));
	char *path;

	if (conf == NULL ||
	    (conf->sealed && l->conf->sealed && !keyfile_load(conf, l->keys, err, sizeof(err)))) {
		log_error("main", "nothing is reloaded: %s", err);
		conf_free(conf);
		return;
	}
	path = l->conf->key_file;
	if (conf->sealed && l->conf->sealed) {
		l->conf->key_file = conf->key_file;
		conf->key_file = path;
		l->conf->key_place = conf->key_place;
	}
	loop_set_log(conf, l->verbose);
	tell_rest(l->conf, conf);
	log_notice("main", "%s is read again: keys and log level", conf->file);
	conf_free(conf);
}

static void refuse(struct cdat_outcome *o, enum cdat_result result, const char *text)
{
	o->result = (uint8_t)result;
	o->fault = CDAT_FAULT_INCONSISTENT_VALUE;
	snprintf(o->text, sizeof(o->text), "%s", text);
}

static bool is_another(const struct cdat_keyring *ring, const struct cdat_c_key *key)
{
	uint8_t given[CDAT_KEY_LEN];
	bool other = cdat_keyring_given(ring, key->id, given) &&
		     memcmp(given, key->key, sizeof(given)) != 0;

	explicit_bzero(given, sizeof(given));
	return other;
}

void loop_key_verb(struct loop *l, const struct cdat_c_key *key, struct cdat_outcome *outcome)
{
	uint8_t before = cdat_keyring_current(l->keys);
	char err[256];
	bool ok = false;

	if (!l->conf->sealed) {
		refuse(outcome, CDAT_RES_OTHER, "this cluster has no keys (security: none)");
		return;
	}
	switch (key->verb) {
	case CDAT_KEY_ADD:
		if (is_another(l->keys, key)) {
			refuse(outcome, CDAT_RES_OTHER,
			       "another key has that number; remove it, or take a free number");
			return;
		}
		ok = cdat_keyring_add(l->keys, key->id, key->key);
		if (!ok)
			refuse(outcome, CDAT_RES_TABLE_FULL,
			       "there are 8 keys already; remove one");
		break;
	case CDAT_KEY_USE:
		ok = cdat_keyring_use(l->keys, key->id);
		if (!ok)
			refuse(outcome, CDAT_RES_OTHER, "there is no key of that number; add it");
		break;
	case CDAT_KEY_REMOVE:
		ok = cdat_keyring_has(l->keys, key->id) && cdat_keyring_current(l->keys) != key->id;
		if (ok)
			cdat_keyring_remove(l->keys, key->id);
		else
			refuse(outcome, CDAT_RES_OTHER,
			       "there is no key of that number, or it is in use to send");
		break;
	default:
		refuse(outcome, CDAT_RES_OTHER, "this servicer does not know that verb of keys");
		break;
	}
	if (!ok)
		return;
	if (!keyfile_save(l->conf->key_file, l->keys, err, sizeof(err))) {
		/* what the file does not have a restart would take back: better not begun */
		if (key->verb == CDAT_KEY_ADD && before != key->id)
			cdat_keyring_remove(l->keys, key->id);
		else if (key->verb == CDAT_KEY_USE)
			cdat_keyring_use(l->keys, before);
		refuse(outcome, CDAT_RES_OTHER, err);
		return;
	}
	log_notice("main", "key %u: %s", key->id,
		   key->verb == CDAT_KEY_ADD   ? "added"
		   : key->verb == CDAT_KEY_USE ? "used to send"
					       : "removed");
}
