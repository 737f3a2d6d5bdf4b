/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages of the protocol for which there is no memory.  Lost alone one would stall a view, a
 * change or the order until somebody is given up, so room for a few is set aside at birth.
 * They wait here in their order until they can be handed on, and while one waits those of
 * the same way follow it.
 *
 * What does not fit here either costs the peer: it is taken for gone, and its streams begin
 * anew with the next view.
 */
#include <stdlib.h>
#include <string.h>

#include "core/internal.h"

#define RESERVE_OCTETS (128u * 1024u)	/* the greatest PREPARE, or thousands of small ones */

struct kept {				/* `len` octets follow, and padding */
	size_t len;
	bool in;			/* to be handled here; `m` says whose it is */
	uint16_t to;
	uint8_t channel;
	struct inmsg m;
};

static size_t
kept_size(size_t len)
{
	return (sizeof(struct kept) + len + _Alignof(max_align_t) - 1) & ~(_Alignof(max_align_t) - 1);
}

bool
reserve_init(struct cdat_core *c)
{
	c->reserve.data = malloc(RESERVE_OCTETS);
	return c->reserve.data != NULL;
}

static bool
keep(struct cdat_core *c, const struct kept *k, const uint8_t *data)
{
	struct reserve *r = &c->reserve;

	if (kept_size(k->len) > RESERVE_OCTETS - r->len)
		return false;
	memcpy(r->data + r->len, k, sizeof *k);
	if (k->len > 0)
		memcpy(r->data + r->len + sizeof *k, data, k->len);
	r->len += kept_size(k->len);
	r->nin += k->in;
	r->nout += !k->in;
	return true;
}

bool
reserve_in(struct cdat_core *c, const struct inmsg *m, const uint8_t *data, size_t len)
{
	struct kept k = { .len = len, .in = true, .m = *m };

	return keep(c, &k, data);
}

bool
reserve_out(struct cdat_core *c, uint16_t to, unsigned channel, const uint8_t *data, size_t len)
{
	struct kept k = { .len = len, .to = to, .channel = (uint8_t)channel };

	return keep(c, &k, data);
}

static struct kept *
kept_at(const struct reserve *r, size_t at)
{
	return at < r->len ? (struct kept *)(void *)(r->data + at) : NULL;
}

bool
reserve_waits(const struct cdat_core *c, uint16_t to, unsigned channel)
{
	const struct kept *k;

	for (size_t at = 0; c->reserve.nout > 0 && (k = kept_at(&c->reserve, at)) != NULL;
	     at += kept_size(k->len))
		if (!k->in && k->to == to && k->channel == channel)
			return true;
	return false;
}

/* `k` is the one at `at`. */
static void
forget(struct reserve *r, size_t at, const struct kept *k)
{
	size_t size = kept_size(k->len);

	r->nin -= k->in;
	r->nout -= !k->in;
	r->len -= size;
	memmove(r->data + at, r->data + at + size, r->len - at);
}

/* The streams to `node` began anew: what was for the old ones is not for these. */
void
reserve_forget(struct cdat_core *c, uint16_t node)
{
	struct reserve *r = &c->reserve;
	const struct kept *k;

	for (size_t at = 0; (k = kept_at(r, at)) != NULL;)
		if (!k->in && k->to == node)
			forget(r, at, k);
		else
			at += kept_size(k->len);
}

static bool
same_way(const struct kept *a, const struct kept *b)
{
	return !a->in && a->to == b->to && a->channel == b->channel;
}

/* Whether one of those before `at` goes by the same way. */
static bool
way_waits(const struct reserve *r, size_t at, const struct kept *k)
{
	const struct kept *b;

	for (size_t i = 0; i < at && (b = kept_at(r, i)) != NULL; i += kept_size(b->len))
		if (same_way(b, k))
			return true;
	return false;
}

/* Hands on what can be handed on; of each way up to the first that cannot. */
void
reserve_flush(struct cdat_core *c)
{
	struct reserve *r = &c->reserve;
	bool in_stuck = false;
	struct kept *k;

	for (size_t at = 0; (k = kept_at(r, at)) != NULL;) {
		const uint8_t *data = (const uint8_t *)(k + 1);
		bool stuck = false;

		if (k->in) {
			in_stuck = in_stuck || !inbox_add(c, &k->m, data, k->len);
			stuck = in_stuck;
		} else {
			stuck = way_waits(r, at, k) ||
				!link_take(c, k->to, k->channel, data, k->len);
		}
		if (stuck)
			at += kept_size(k->len);
		else
			forget(r, at, k);
	}
}

void
reserve_free(struct cdat_core *c)
{
	free(c->reserve.data);
}
