/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keys at each member: takes, uses and drops what another member asks for (rotate.c), and
 * answers when the key file says so too, so that a restart keeps the word given.
 *
 * A key that is taken is accepted from that moment on; one whose file could not be written
 * is dropped again and the asker told why.
 */
#include <stdio.h>
#include <string.h>

#include "core/internal.h"

static void
tell(struct cdat_core *c, uint16_t to, uint32_t round, const char *why)
{
	uint8_t list[CDAT_KEYS_MAX * 24];
	struct p_key_told p = { .round = round };
	struct cdat_writer w;

	cdat_writer_init(&w, list, sizeof list);
	for (unsigned id = 1; id <= 255; id++) {
		struct p_key k = { (uint8_t)id, cdat_keyring_current(c->keys) == id,
				   cdat_keyring_fingerprint(c->keys, (uint8_t)id) };

		if (cdat_keyring_has(c->keys, (uint8_t)id))
			(void)cdat_list_add(&w, &cdat_msg_p_key, &k);
	}
	p.keys = cdat_written(&w);
	snprintf(p.why, sizeof p.why, "%s", why);
	core_tell(c, to, CDAT_P_KEY_TOLD, &p);
}

static bool
holds(const struct cdat_core *c, const struct p_key_ask *p)
{
	return p->id != 0 && cdat_keyring_has(c->keys, p->id) &&
	    cdat_keyring_fingerprint(c->keys, p->id) == p->fingerprint;
}

/* Does what is asked.  NULL: done; else why not. */
static const char *
obey(struct cdat_core *c, const struct p_key_ask *p, bool *changed)
{
	bool has = holds(c, p);

	*changed = false;
	switch (p->verb) {
	case CDAT_KEY_TAKE:
		if (has)
			return NULL;
		if (cdat_keyring_has(c->keys, p->id))
			return "it holds another key of that number; remove that one";
		if (!cdat_keyring_unwrap(c->keys, p->id, p->key))
			return "it cannot take the key: 8 are held already, or none of them opens it";
		c->keyhold.taken = p->id;
		*changed = true;
		return NULL;
	case CDAT_KEY_SEND_BY:
		if (!has)
			return "it does not hold the key";
		*changed = cdat_keyring_current(c->keys) != p->id;
		cdat_keyring_use(c->keys, p->id);
		return NULL;
	case CDAT_KEY_DROP:
		if (!has)
			return NULL;
		if (cdat_keyring_current(c->keys) == p->id)
			return "it sends with that key";
		cdat_keyring_remove(c->keys, p->id);
		*changed = true;
		return NULL;
	default:
		return NULL;
	}
}

void
keyhold_asked(struct cdat_core *c, uint16_t from, const struct p_key_ask *p)
{
	struct keyhold *h = &c->keyhold;
	const char *why;
	bool changed;

	if (!in_view(c, from) || (!c->sealed && p->verb != CDAT_KEY_TELL))
		return;
	why = obey(c, p, &changed);
	h->unsaved |= changed;
	if (why == NULL && h->unsaved && (changed || h->ticket == h->stored) && p->verb != CDAT_KEY_TELL) {
		if (!out_keys(c, h->ticket + 1))
			return;		/* asked for again */
		h->ticket++;
	}
	if (why == NULL && p->verb != CDAT_KEY_TELL && h->ticket != h->stored) {
		if (h->nowed == KEY_OWED)
			memmove(&h->owed[0], &h->owed[1], --h->nowed * sizeof h->owed[0]);
		h->owed[h->nowed].to = from;
		h->owed[h->nowed].round = p->round;
		h->owed[h->nowed++].ticket = h->ticket;
		return;
	}
	tell(c, from, p->round, why != NULL ? why : "");
}

void
cdat_core_keys_stored(struct cdat_core *c, uint64_t ticket, const char *why, uint64_t now)
{
	struct keyhold *h = &c->keyhold;
	unsigned keep = 0;

	c->now = now > c->now ? now : c->now;
	h->stored = ticket;
	if (ticket == h->ticket) {
		h->unsaved = why != NULL;
		if (why != NULL && h->taken != 0 && cdat_keyring_current(c->keys) != h->taken)
			cdat_keyring_remove(c->keys, h->taken);
		h->taken = 0;
	}
	for (unsigned i = 0; i < h->nowed; i++)
		if (h->owed[i].ticket > ticket)
			h->owed[keep++] = h->owed[i];
		else
			tell(c, h->owed[i].to, h->owed[i].round, why != NULL ? why : "");
	h->nowed = keep;
	core_settle(c);
}
