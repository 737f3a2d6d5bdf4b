/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The verb KEY: the ring of this servicer, which keys the members hold, and the rotation.
 */
#include "config.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/control_int.h"

enum { HOLDERS_MAX = CDAT_FRAME_MAX - 8192 };

static uint64_t now_of(const struct client *cl)
{
	return cl->control->host.now(cl->control->host.ctx);
}

static bool holds(const struct cdat_keyholder *h, uint8_t id, uint64_t fingerprint)
{
	for (unsigned i = 0; h->told && i < h->n; i++)
		if (h->key[i].id == id && h->key[i].fingerprint == fingerprint)
			return true;
	return false;
}

/* The keys that we hold, and how many members have each. */
static struct cdat_view own_rows(const struct cdat_keyring *ring, const struct cdat_output *out,
				 uint8_t *room, size_t size)
{
	struct cdat_writer w;

	cdat_writer_init(&w, room, size);
	for (unsigned id = 0; id <= 255; id++) {
		struct cdat_c_keyrow row = {.id = (uint8_t)id,
					    .current = cdat_keyring_current(ring) == id,
					    .fingerprint =
						    cdat_keyring_fingerprint(ring, (uint8_t)id)};

		if (!cdat_keyring_has(ring, (uint8_t)id))
			continue;
		for (size_t i = 0; i < out->nholders; i++)
			row.members += holds(&out->holders[i], row.id, row.fingerprint);
		cdat_list_add(&w, &cdat_msg_c_keyrow, &row);
	}
	return cdat_written(&w);
}

static bool holder_rows(const struct cdat_keyholder *h, struct cdat_writer *w)
{
	struct cdat_c_keyholder row = {.node = h->node};

	if (!h->told)
		return cdat_list_add(w, &cdat_msg_c_keyholder, &row);
	for (unsigned i = 0; i < h->n; i++) {
		row.id = h->key[i].id;
		row.fingerprint = h->key[i].fingerprint;
		row.current = h->current == row.id;
		if (!cdat_list_add(w, &cdat_msg_c_keyholder, &row))
			return false;
	}
	return true;
}

void control_holders(struct control *c, const struct cdat_output *out)
{
	uint8_t room[CDAT_KEYS_MAX * 32], *list = malloc(HOLDERS_MAX);
	struct cdat_c_keys keys = {0};
	struct cdat_writer w;
	uint32_t tag;
	struct client *cl = control_asker(c, out->cookie, &tag);

	if (cl != NULL) {
		keys.rows = own_rows(c->host.keys, out, room, sizeof(room));
		cdat_writer_init(&w, list, list != NULL ? HOLDERS_MAX : 0);
		for (size_t i = 0; i < out->nholders && holder_rows(&out->holders[i], &w); i++)
			;
		keys.holders = cdat_written(&w);
		client_put(cl, CDAT_V_KEYS, tag, &keys);
	}
	free(list);
}

/* What the core answers when the members have. */
static void ask_members(struct client *cl, uint32_t tag, const struct cdat_c_key *key)
{
	struct cdat_outcome o = {.result = CDAT_RES_OTHER,
				 .fault = CDAT_FAULT_RESOURCE_UNAVAILABLE};
	struct in_flight *f = client_expects(cl, tag);
	uint8_t fresh[CDAT_KEY_LEN];

	if (f == NULL) {
		strncpy(o.text, "too many requests of this client are under way; wait for one to end",
			sizeof(o.text) - 1);
		client_put(cl, CDAT_V_OUTCOME, tag, &o);
	} else if (key->verb == CDAT_KEY_STATUS) {
		cdat_core_key_status(cl->control->host.core, f->cookie, key->timeout_ms, now_of(cl));
	} else {
		randombytes_buf(fresh, sizeof(fresh));
		cdat_core_key_rotate(cl->control->host.core, fresh, f->cookie, key->timeout_ms,
				     now_of(cl));
		sodium_memzero(fresh, sizeof(fresh));
	}
}

void verb_key(struct client *cl, uint32_t tag, const union request *r)
{
	struct cdat_outcome o = {.result = CDAT_RES_COMMITTED};

	if (r->key.verb == CDAT_KEY_STATUS || r->key.verb == CDAT_KEY_ROTATE) {
		ask_members(cl, tag, &r->key);
		return;
	}
	cl->control->host.key_verb(cl->control->host.ctx, &r->key, &o);
	client_put(cl, CDAT_V_OUTCOME, tag, &o);
}
