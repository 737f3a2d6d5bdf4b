/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What leaves the core: a queue of outputs that own their octets, and the set of rows
 * that changed.  A datagram that finds no memory is lost as on a wire.  An application's
 * message is refused to whoever hands it out (false), to be tried again.  Answers and events
 * are small and nobody repeats them: a number of items is set aside for them at birth.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/internal.h"

#define SPARE_OCTETS 2048u	/* items of that size are kept for the next datagram */
#define SPARE_MAX 1024u
#define DIRTY_KEPT 1024u		/* room for rows that stays */
#define KEPT_ITEMS 64u		/* set aside for answers and events */

struct out_item {
	struct out_item *next;
	size_t cap;
	struct cdat_output out;
	union { struct cdat_event event; struct cdat_outcome outcome; } u;
	_Alignas(max_align_t) uint8_t data[];
};

static void
dirty_free(struct dirty_set *d)
{
	free(d->rows);
	free(d->hash);
	memset(d, 0, sizeof *d);
}

/* An item for a datagram is large enough for any that is usual, so that it serves again. */
static struct out_item *
item_new(struct cdat_core *c, enum cdat_out_type type, size_t len)
{
	bool usual = len <= SPARE_OCTETS;
	size_t cap = type == CDAT_OUT_DATAGRAM && usual ? SPARE_OCTETS : len;
	struct out_item *it = NULL;

	if (cap == SPARE_OCTETS && c->out.spare != NULL) {
		it = c->out.spare;
		c->out.spare = it->next;
		c->out.spares--;
	} else {
		it = malloc(sizeof *it + cap);
		if (it == NULL && type != CDAT_OUT_DATAGRAM && usual && c->out.kept != NULL) {
			it = c->out.kept;
			c->out.kept = it->next;
			c->out.nkept--;
			cap = SPARE_OCTETS;
		}
		if (it == NULL)
			return NULL;
		it->cap = cap;
	}
	it->next = NULL;
	memset(&it->out, 0, sizeof it->out);
	it->out.type = type;
	if (c->out.tail != NULL)
		c->out.tail->next = it;
	else
		c->out.head = it;
	c->out.tail = it;
	c->out.count++;
	return it;
}

static void
item_release(struct cdat_core *c, struct out_item *it)
{
	if (it == NULL)
		return;
	if (it->cap == SPARE_OCTETS && c->out.nkept < KEPT_ITEMS) {
		it->next = c->out.kept;
		c->out.kept = it;
		c->out.nkept++;
		return;
	}
	if (it->cap != SPARE_OCTETS || c->out.spares >= SPARE_MAX) {
		free(it);
		return;
	}
	it->next = c->out.spare;
	c->out.spare = it;
	c->out.spares++;
}

static void
item_data(struct out_item *it, const void *data, size_t len)
{
	if (len > 0)
		memcpy(it->data, data, len);
	it->out.data = (struct cdat_view){ it->data, len };
}

bool
out_init(struct cdat_core *c)
{
	while (c->out.nkept < KEPT_ITEMS) {
		struct out_item *it = malloc(sizeof *it + SPARE_OCTETS);

		if (it == NULL)
			return false;
		it->cap = SPARE_OCTETS;
		item_release(c, it);
	}
	return true;
}

void
out_datagram(struct cdat_core *c, const struct cdat_addr *local, const struct cdat_addr *to,
	     uint8_t dscp, const uint8_t *data, size_t len)
{
	struct out_item *it = item_new(c, CDAT_OUT_DATAGRAM, len);

	if (it == NULL)
		return;
	if (local != NULL)
		it->out.local = *local;
	it->out.to = *to;
	it->out.dscp = dscp;
	item_data(it, data, len);
}

void
out_addrs(struct cdat_core *c, enum cdat_out_type type, const struct cdat_addr *addrs, size_t n)
{
	struct out_item *it = item_new(c, type, n * sizeof *addrs);

	if (it == NULL)
		return;
	if (n > 0)
		memcpy(it->data, addrs, n * sizeof *addrs);
	it->out.addrs = (const struct cdat_addr *)(const void *)it->data;
	it->out.naddrs = n;
}

void
out_event(struct cdat_core *c, const struct cdat_event *ev)
{
	struct out_item *it = item_new(c, CDAT_OUT_EVENT, 0);

	if (it == NULL)
		return;
	it->u.event = *ev;
	it->out.event = &it->u.event;
}

void
out_outcome(struct cdat_core *c, uint64_t cookie, bool prepared, const struct cdat_outcome *o)
{
	struct out_item *it = item_new(c, CDAT_OUT_OUTCOME, 0);

	if (it == NULL)
		return;
	it->u.outcome = *o;
	it->out.outcome = &it->u.outcome;
	it->out.cookie = cookie;
	it->out.prepared = prepared;
}

void
out_sent(struct cdat_core *c, uint64_t cookie, uint8_t error)
{
	struct out_item *it = cookie != 0 ? item_new(c, CDAT_OUT_SENT, 0) : NULL;

	if (it == NULL)
		return;
	it->out.cookie = cookie;
	it->out.error = error;
}

bool
out_message(struct cdat_core *c, uint16_t from, bool ordered, uint64_t order, uint32_t epoch,
	    struct cdat_view data)
{
	struct out_item *it = item_new(c, CDAT_OUT_MESSAGE, data.len);

	if (it == NULL)
		return false;
	it->out.from = from;
	it->out.ordered = ordered;
	it->out.order = order;
	it->out.epoch = epoch;
	item_data(it, data.data, data.len);
	return true;
}

bool
out_store(struct cdat_core *c, uint64_t ticket)
{
	struct out_item *it = item_new(c, CDAT_OUT_STORE, 0);

	if (it == NULL)
		return false;
	it->out.cookie = ticket;
	return true;
}

void
out_left(struct cdat_core *c)
{
	(void)item_new(c, CDAT_OUT_LEFT, 0);
}

/* The key file is to be written. */
bool
out_keys(struct cdat_core *c, uint64_t ticket)
{
	struct out_item *it = item_new(c, CDAT_OUT_KEYS, 0);

	if (it == NULL)
		return false;
	it->out.cookie = ticket;
	return true;
}

void
out_holders(struct cdat_core *c, uint64_t cookie, const struct cdat_keyholder *holders, size_t n)
{
	struct out_item *it = item_new(c, CDAT_OUT_HOLDERS, n * sizeof *holders);

	if (it == NULL)
		return;
	if (n > 0)
		memcpy(it->data, holders, n * sizeof *holders);
	it->out.holders = (const struct cdat_keyholder *)(const void *)it->data;
	it->out.nholders = n;
	it->out.cookie = cookie;
}

void
out_log(struct cdat_core *c, const char *fmt, ...)
{
	struct out_item *it = item_new(c, CDAT_OUT_LOG, CDAT_TEXT_MAX + 1);
	va_list ap;

	if (it == NULL)
		return;
	va_start(ap, fmt);
	vsnprintf((char *)it->data, CDAT_TEXT_MAX + 1, fmt, ap);
	va_end(ap);
	it->out.text = (const char *)it->data;
}

bool
cdat_core_next(struct cdat_core *c, struct cdat_output *out)
{
	struct out_item *it = c->out.head;

	item_release(c, c->out.taken);
	c->out.taken = it;
	if (it == NULL)
		return false;
	c->out.head = it->next;
	if (c->out.head == NULL)
		c->out.tail = NULL;
	c->out.count--;
	*out = it->out;
	return true;
}

void
out_free(struct cdat_core *c)
{
	struct cdat_output out;
	struct out_item *it;

	while (cdat_core_next(c, &out))
		;
	while ((it = c->out.spare) != NULL) {
		c->out.spare = it->next;
		free(it);
	}
	while ((it = c->out.kept) != NULL) {
		c->out.kept = it->next;
		free(it);
	}
	dirty_free(&c->dirty);
}

/* ---- changed rows: a queue, with a hash so that a row stands in it once ---- */

static uint32_t *
dirty_slot(struct dirty_set *d, enum cdat_kind kind, struct cdat_key key)
{
	size_t mask = d->hashcap - 1;
	size_t i = (size_t)core_hash((uint64_t)kind << 56 ^ (uint64_t)key.a << 24 ^ key.b) & mask;

	for (;; i = (i + 1) & mask) {
		uint32_t at = d->hash[i];

		if (at == 0)
			return &d->hash[i];
		const struct dirty_row *r = &d->rows[at - 1];
		if (r->kind == kind && r->key.a == key.a && r->key.b == key.b)
			return &d->hash[i];
	}
}

static bool
dirty_grow(struct dirty_set *d)
{
	size_t cap = d->cap != 0 ? d->cap * 2 : 64;
	struct dirty_row *rows = realloc(d->rows, cap * sizeof *rows);
	uint32_t *hash;

	if (rows == NULL)
		return false;
	d->rows = rows;
	hash = calloc(cap * 2, sizeof *hash);
	if (hash == NULL)
		return false;
	free(d->hash);
	d->hash = hash;
	d->hashcap = cap * 2;
	d->cap = cap;
	for (size_t i = 0; i < d->n; i++)
		*dirty_slot(d, d->rows[i].kind, d->rows[i].key) = (uint32_t)i + 1;
	return true;
}

static void
dirty_put(struct cdat_core *c, enum cdat_kind kind, uint32_t a, uint32_t b, bool gone)
{
	struct dirty_set *d = &c->dirty;
	struct cdat_key key = { a, b };
	uint32_t *slot;

	if (d->n == d->cap && !dirty_grow(d))
		return;
	slot = dirty_slot(d, kind, key);
	/* a row that was taken already is put again: the reader has its older state */
	if (*slot != 0 && *slot > d->taken) {
		d->rows[*slot - 1].gone = gone;
		return;
	}
	d->rows[d->n] = (struct dirty_row){ (uint8_t)kind, gone, key };
	*slot = (uint32_t)++d->n;
}

void
dirty(struct cdat_core *c, enum cdat_kind kind, uint32_t a, uint32_t b)
{
	dirty_put(c, kind, a, b, false);
}

void
dirty_gone(struct cdat_core *c, enum cdat_kind kind, uint32_t a, uint32_t b)
{
	dirty_put(c, kind, a, b, true);
}

void
dirty_cluster(struct cdat_core *c)
{
	dirty_put(c, CDAT_K_CLUSTER, 0, 0, false);
}

bool
cdat_core_dirty(struct cdat_core *c, enum cdat_kind *kind, struct cdat_key *key, bool *gone)
{
	struct dirty_set *d = &c->dirty;

	if (d->taken == d->n) {
		if (d->cap > DIRTY_KEPT)
			dirty_free(d);	/* a table that came, or a view of thousands */
		else if (d->n > 0)
			memset(d->hash, 0, d->hashcap * sizeof *d->hash);
		d->n = d->taken = 0;
		return false;
	}
	const struct dirty_row *r = &d->rows[d->taken++];
	*kind = r->kind;
	*key = r->key;
	*gone = r->gone;
	return true;
}
