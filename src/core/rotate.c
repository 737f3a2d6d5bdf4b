/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Moving the cluster over to another key, at the member that was asked for it.
 *
 *   1. every member takes the new key (it comes wrapped, wire/keywrap.c) and accepts it
 *   2. when every node of the table has told that it holds it: every member sends with it
 *   3. when every node of the table has told that it sends with it: the older ones go
 *
 * A node answers when its key file says the same, so one that restarts in between comes back
 * with what it has told, and no member ever sends with a key that another does not accept.
 * What is to be done is read from what the nodes hold, not from how far we came: whoever
 * is asked next, here or elsewhere, goes on with the newest key that is held and not in use
 * everywhere.  Of two keys the newer one is told by their numbers (cdat_key_newer()).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/internal.h"

#define ASK_AGAIN (1000u * MS)
#define AWAY_PATIENCE (2000u * MS)	/* only nodes that are away are waited for: then it ends */
#define TIMEOUT (10000u * MS)
#define NAMED 6u			/* nodes that a text names */

struct keynode {
	struct cdat_keyholder h;
	uint64_t boot;			/* of the start that told */
	uint64_t asked;			/* 0: not waiting for its answer */
	uint8_t verb;			/* asked last */
};

struct keyjob {
	struct keyjob *next;
	uint64_t cookie, deadline, moved;	/* moved: last answer */
	uint32_t round;
	bool rotate;
	uint8_t id;			/* the key to reach; 0: not chosen yet */
	uint64_t fingerprint;
	uint8_t key[CDAT_KEY_LEN];	/* a fresh one, until it is chosen */
	size_t n;
	struct keynode *nodes;		/* by rising number */
};

enum step { STEP_LEARN, STEP_TAKE, STEP_USE, STEP_DROP, STEP_DONE };

static void
job_free(struct cdat_core *c, struct keyjob *j)
{
	struct keyjob **at = &c->keyjobs;

	while (*at != NULL && *at != j)
		at = &(*at)->next;
	if (*at != NULL)
		*at = j->next;
	explicit_bzero(j->key, sizeof j->key);
	free(j->nodes);
	free(j);
}

void
rotate_free(struct cdat_core *c)
{
	while (c->keyjobs != NULL)
		job_free(c, c->keyjobs);
}

/* ---- who counts -------------------------------------------------------------------- */

static struct keynode *
node_find(struct keyjob *j, uint16_t node)
{
	size_t lo = 0, hi = j->n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (j->nodes[mid].h.node < node)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < j->n && j->nodes[lo].h.node == node ? &j->nodes[lo] : NULL;
}

static uint64_t
boot_of(const struct cdat_core *c, uint16_t node)
{
	const struct member *m = member_find(c, node);

	return node == c->self ? c->boot : m != NULL ? m->boot : 0;
}

/* The nodes that the table lets be members, with what they have told.  A member that
 * restarted has to tell again. */
static bool
nodes_update(struct cdat_core *c, struct keyjob *j)
{
	size_t count = c->table != NULL ? cdat_table_count(c->table) : 0, n = 0;
	struct keynode *nodes = calloc(count + 1, sizeof *nodes);

	if (nodes == NULL)
		return false;
	for (size_t i = 0; i < count; i++) {
		uint16_t node = cdat_table_at(c->table, i)->node.node;
		const struct keynode *old = node_find(j, node);

		if (!member_enabled(c, node))
			continue;
		if (old != NULL)
			nodes[n] = *old;
		nodes[n].h.node = node;
		if (in_view(c, node) && nodes[n].boot != boot_of(c, node)) {
			nodes[n].boot = boot_of(c, node);
			nodes[n].h.told = false;
			nodes[n].asked = 0;
		}
		n++;
	}
	free(j->nodes);
	j->nodes = nodes;
	j->n = n;
	return true;
}

static bool
node_holds(const struct keynode *e, uint8_t id, uint64_t fingerprint)
{
	for (unsigned i = 0; e->h.told && i < e->h.n; i++)
		if (e->h.key[i].id == id && e->h.key[i].fingerprint == fingerprint)
			return true;
	return false;
}

/* Whether the node has done its part of a step. */
static bool
node_did(const struct keyjob *j, const struct keynode *e, enum step step)
{
	if (!e->h.told)
		return false;
	switch (step) {
	case STEP_TAKE:
		return node_holds(e, j->id, j->fingerprint);
	case STEP_USE:
		return e->h.current == j->id;
	case STEP_DROP:
		return e->h.n == 1;
	default:
		return true;
	}
}

/* ---- the key to reach ---------------------------------------------------------------- */

/* The newest key that we hold. */
static uint8_t
newest(const struct keynode *me)
{
	uint8_t best = me->h.current;

	for (unsigned i = 0; i < me->h.n; i++)
		if (cdat_key_newer(me->h.key[i].id, best))
			best = me->h.key[i].id;
	return best;
}

static uint8_t
free_id(const struct keyjob *j, uint8_t from)
{
	for (unsigned k = 1; k < 128; k++) {
		uint8_t id = (uint8_t)((from - 1u + k) % 255 + 1);
		bool taken = false;

		for (size_t i = 0; i < j->n && !taken; i++)
			for (unsigned x = 0; x < j->nodes[i].h.n && !taken; x++)
				taken = j->nodes[i].h.key[x].id == id;
		if (!taken)
			return id;
	}
	return 0;
}

static bool
others_held(const struct keyjob *j, uint8_t id)
{
	for (size_t i = 0; i < j->n; i++)
		if (j->nodes[i].h.told && (j->nodes[i].h.n > 1 || j->nodes[i].h.current != id))
			return true;
	return false;
}

static void
job_end(struct cdat_core *c, struct keyjob *j, enum cdat_result result, const char *text)
{
	struct cdat_outcome o;

	outcome_set(&o, result, result == CDAT_RES_COMMITTED ? CDAT_FAULT_NONE
							     : CDAT_FAULT_RESOURCE_UNAVAILABLE,
		    "%s", text);
	out_outcome(c, j->cookie, false, &o);
	job_free(c, j);
}

/* A member holds one that is newer than all of ours: only there it can be handed out. */
static bool
elsewhere(struct cdat_core *c, struct keyjob *j, uint8_t best)
{
	char text[CDAT_TEXT_MAX + 1];

	for (size_t i = 0; i < j->n; i++)
		for (unsigned x = 0; x < j->nodes[i].h.n; x++) {
			uint8_t id = j->nodes[i].h.key[x].id;

			if (!cdat_key_newer(id, best))
				continue;
			snprintf(text, sizeof text, "%.63s holds key %u, which is newer than those of "
				 "%.63s; run key rotate there", node_name(c, j->nodes[i].h.node), id,
				 c->name);
			job_end(c, j, CDAT_RES_OTHER, text);
			return true;
		}
	return false;
}

/* False: the job has ended. */
static bool
choose(struct cdat_core *c, struct keyjob *j)
{
	const struct keynode *me = node_find(j, c->self);
	uint8_t best = me != NULL ? newest(me) : 0;

	if (me == NULL || elsewhere(c, j, best))
		return me != NULL ? false : (job_end(c, j, CDAT_RES_OTHER, "this node is disabled"), false);
	j->id = best;
	if (best == me->h.current && !others_held(j, best)) {
		j->id = free_id(j, best);
		if (j->id == 0 || !cdat_keyring_add(c->keys, j->id, j->key)) {
			job_end(c, j, CDAT_RES_TABLE_FULL, "all key numbers are taken; see key remove");
			return false;
		}
		c->keyhold.taken = j->id;
		c->keyhold.unsaved = true;
	}
	explicit_bzero(j->key, sizeof j->key);
	j->fingerprint = cdat_keyring_fingerprint(c->keys, j->id);
	return true;
}

/* ---- asking -------------------------------------------------------------------------- */

static void
ask(struct cdat_core *c, struct keyjob *j, struct keynode *e, enum step step)
{
	static const uint8_t verbs[] = { CDAT_KEY_TELL, CDAT_KEY_TAKE, CDAT_KEY_SEND_BY, CDAT_KEY_DROP };
	uint8_t wrapped[CDAT_WRAP_LEN], nonce[CDAT_WRAP_NONCE] = { 0 };
	struct p_key_ask p = { .round = j->round, .verb = e->h.told ? verbs[step] : CDAT_KEY_TELL,
			       .id = j->id, .fingerprint = j->fingerprint };
	uint64_t serial = core_random(c);

	if (e->asked != 0 && c->now - e->asked < ASK_AGAIN && e->verb == p.verb)
		return;
	if (p.verb == CDAT_KEY_TAKE) {
		/* the boot is of this start alone, the round of this job, the rest of this message */
		memcpy(nonce, &c->boot, 8);
		memcpy(nonce + 8, &j->round, 4);
		memcpy(nonce + 12, &e->h.node, 2);
		memcpy(nonce + 16, &serial, 8);
		if (!cdat_keyring_wrap(c->keys, j->id, nonce, wrapped))
			return;
		p.key = (struct cdat_view){ wrapped, sizeof wrapped };
	}
	for (unsigned i = 0; p.verb == CDAT_KEY_DROP && i < e->h.n; i++)
		if (e->h.key[i].id != j->id) {
			p.id = e->h.key[i].id;
			p.fingerprint = e->h.key[i].fingerprint;
		}
	e->verb = p.verb;
	e->asked = c->now;
	core_tell(c, e->h.node, CDAT_P_KEY_ASK, &p);
}

/* ---- how far it is ------------------------------------------------------------------- */

/* The names of the nodes that have not done a step. */
static unsigned
names(const struct cdat_core *c, const struct keyjob *j, enum step step, char *buf, size_t len)
{
	unsigned n = 0;
	size_t at = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < j->n; i++) {
		if (node_did(j, &j->nodes[i], step))
			continue;
		if (n++ < NAMED && at + 1 < len)
			at += (size_t)snprintf(buf + at, len - at, "%s%.20s", n > 1 ? ", " : "",
					       node_name(c, j->nodes[i].h.node));
	}
	if (n > NAMED && at < len)
		snprintf(buf + at, len - at, " and %u more", n - NAMED);
	return n;
}

static void
late(struct cdat_core *c, struct keyjob *j, enum step step)
{
	char text[CDAT_TEXT_MAX + 1], who[160];

	names(c, j, step, who, sizeof who);
	switch (step) {
	case STEP_LEARN:
		snprintf(text, sizeof text, "%s did not answer; try again", who);
		break;
	case STEP_TAKE:
		snprintf(text, sizeof text, "key %u is not with %s yet, the old one stays in use; run "
			 "key rotate again", j->id, who);
		break;
	case STEP_USE:
		snprintf(text, sizeof text, "key %u is not in use by %s yet, the old one is still "
			 "accepted; run key rotate again", j->id, who);
		break;
	default:
		snprintf(text, sizeof text, "key %u is in use, but older ones are still held by %s; run "
			 "key rotate again", j->id, who);
		break;
	}
	job_end(c, j, CDAT_RES_MEMBER_TIMEOUT, text);
}

static void
done(struct cdat_core *c, struct keyjob *j)
{
	char text[CDAT_TEXT_MAX + 1];

	snprintf(text, sizeof text, "key %u is the only one on %zu node%s", j->id, j->n,
		 j->n == 1 ? "" : "s");
	job_end(c, j, CDAT_RES_COMMITTED, text);
}

static void
status_end(struct cdat_core *c, struct keyjob *j)
{
	struct cdat_keyholder *out = calloc(j->n + 1, sizeof *out);

	for (size_t i = 0; out != NULL && i < j->n; i++) {
		out[i] = j->nodes[i].h;
		out[i].told &= in_view(c, out[i].node);
	}
	out_holders(c, j->cookie, out, out != NULL ? j->n : 0);
	free(out);
	job_free(c, j);
}

/* The step that is to be done next: the first that not all have done.  Before a key is chosen,
 * and for a status, only the members need to tell. */
static enum step
next_step(const struct cdat_core *c, const struct keyjob *j)
{
	for (size_t i = 0; i < j->n; i++)
		if (!j->nodes[i].h.told && in_view(c, j->nodes[i].h.node))
			return STEP_LEARN;
	for (enum step s = STEP_TAKE; j->id != 0 && s < STEP_DONE; s++)
		for (size_t i = 0; i < j->n; i++)
			if (!node_did(j, &j->nodes[i], s))
				return s;
	return STEP_DONE;
}

/* Goes on as far as it can; the job may be gone afterwards. */
static void
job_go(struct cdat_core *c, struct keyjob *j)
{
	bool waits = false;
	enum step step;

	if (!nodes_update(c, j))
		return;
	step = next_step(c, j);
	if (step == STEP_DONE && j->rotate && j->id == 0) {
		if (!choose(c, j))
			return;
		step = next_step(c, j);
	}
	if (step == STEP_DONE || (!j->rotate && c->now >= j->deadline)) {
		if (j->rotate)
			done(c, j);
		else
			status_end(c, j);
		return;
	}
	for (size_t i = 0; i < j->n; i++) {
		struct keynode *e = &j->nodes[i];

		if (!in_view(c, e->h.node) || node_did(j, e, step))
			continue;
		waits = true;
		ask(c, j, e, step);
	}
	if (c->now >= j->deadline || (!waits && c->now - j->moved >= AWAY_PATIENCE))
		late(c, j, step);
}

void
rotate_told(struct cdat_core *c, uint16_t from, const struct p_key_told *p)
{
	struct cdat_view list = p->keys;
	struct keyjob *j = c->keyjobs;
	struct keynode *e;
	struct p_key k;
	char text[CDAT_TEXT_MAX + 1];

	while (j != NULL && j->round != p->round)
		j = j->next;
	e = j != NULL ? node_find(j, from) : NULL;
	if (e == NULL || !in_view(c, from))
		return;
	e->h.told = true;
	e->h.n = e->h.current = 0;
	e->asked = 0;
	j->moved = c->now;
	while (e->h.n < CDAT_KEYS_MAX && cdat_list_next(&list, &cdat_msg_p_key, &k)) {
		e->h.key[e->h.n].id = k.id;
		e->h.key[e->h.n++].fingerprint = k.fingerprint;
		if (k.current)
			e->h.current = k.id;
	}
	if (p->why[0] != '\0') {
		snprintf(text, sizeof text, "%.63s: %.180s", node_name(c, from), p->why);
		job_end(c, j, CDAT_RES_MEMBER_REFUSED, text);
		return;
	}
	job_go(c, j);
}

void
rotate_tick(struct cdat_core *c)
{
	for (struct keyjob *j = c->keyjobs, *next; j != NULL; j = next) {
		next = j->next;
		job_go(c, j);
	}
}

/* ---- asked for ----------------------------------------------------------------------- */

static struct keyjob *
job_new(struct cdat_core *c, uint64_t cookie, uint32_t timeout_ms, uint64_t now)
{
	struct keyjob *j = calloc(1, sizeof *j);

	c->now = now > c->now ? now : c->now;
	if (j == NULL)
		return NULL;
	j->cookie = cookie;
	j->round = ++c->key_round;
	j->moved = c->now;
	j->deadline = c->now + (timeout_ms != 0 ? (uint64_t)timeout_ms * MS : TIMEOUT);
	j->next = c->keyjobs;
	c->keyjobs = j;
	return j;
}

void
cdat_core_key_status(struct cdat_core *c, uint64_t cookie, uint32_t timeout_ms, uint64_t now)
{
	struct keyjob *j = job_new(c, cookie, timeout_ms, now);

	if (j == NULL)
		out_holders(c, cookie, NULL, 0);
	else
		job_go(c, j);
	core_settle(c);
}

void
cdat_core_key_rotate(struct cdat_core *c, const uint8_t key[CDAT_KEY_LEN], uint64_t cookie,
		     uint32_t timeout_ms, uint64_t now)
{
	struct cdat_outcome o;
	const char *no = NULL;
	struct keyjob *j = NULL;

	for (const struct keyjob *k = c->keyjobs; k != NULL; k = k->next)
		if (k->rotate)
			no = "a rotation is under way here; wait for its end";
	if (!c->sealed)
		no = "this cluster has no keys (security: none)";
	else if (c->view.epoch == 0)
		no = "this node is in no component yet; try again when it has joined";
	if (no == NULL)
		j = job_new(c, cookie, timeout_ms, now);
	if (j == NULL) {
		outcome_set(&o, CDAT_RES_OTHER, CDAT_FAULT_RESOURCE_UNAVAILABLE, "%s",
			    no != NULL ? no : "not enough memory; try again");
		out_outcome(c, cookie, false, &o);
		return;
	}
	j->rotate = true;
	memcpy(j->key, key, sizeof j->key);
	job_go(c, j);
	core_settle(c);
}
