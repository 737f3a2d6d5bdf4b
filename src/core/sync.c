/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Transfer of table entries.  Who wants a table sends the digests of the entries it has;
 * the other answers with the entries that differ or are missing, and names those to
 * drop; graves, which are few and small, go together when they differ.  A joiner without
 * table has no digests and so gets all; a member that missed one change gets one entry.
 * When a thousand join at once, some are served and the others wait: what is queued for
 * them all would be a thousand tables.
 */
#include <stdlib.h>
#include <string.h>

#include "core/internal.h"

#define CHUNK 32768u			/* octets of a list in one message */
#define SUMS_MAX (4u * 1024u * 1024u)	/* octets of digests that one asker may send */
#define KEEP (30u * 1000u * MS)
#define SERVE_MAX (4u * 1024u * 1024u)	/* octets of tables on their way; the rest waits */
#define REPAIR_AFTER (2u * 1000u * MS)	/* an outdated copy is repaired after that */

static void
sync_end(struct cdat_core *c, struct sync *s)
{
	struct sync **at = &c->syncs;

	while (*at != NULL && *at != s)
		at = &(*at)->next;
	if (*at == NULL)
		return;
	*at = s->next;
	if (s->whole && !s->served)
		c->nwaiting--;
	cdat_table_free(s->image);
	free(s->sums);
	free(s);
}

static struct sync *
sync_find(struct cdat_core *c, uint16_t peer, uint32_t ticket, bool pull)
{
	struct sync *s = c->syncs;

	while (s != NULL && (s->peer != peer || s->ticket != ticket || s->pull != pull))
		s = s->next;
	return s;
}

static struct sync *
sync_new(struct cdat_core *c, uint16_t peer, uint32_t ticket, bool pull)
{
	struct sync *s = calloc(1, sizeof *s);

	if (s == NULL)
		return NULL;
	s->peer = peer;
	s->ticket = ticket;
	s->pull = pull;
	s->at = c->now;
	s->next = c->syncs;
	c->syncs = s;
	return s;
}

void
sync_forget(struct cdat_core *c, uint16_t peer)
{
	for (struct sync *s = c->syncs, *next; s != NULL; s = next) {
		next = s->next;
		if (s->peer == peer)
			sync_end(c, s);
	}
}

void
sync_free(struct cdat_core *c)
{
	while (c->syncs != NULL)
		sync_end(c, c->syncs);
}

/* ---- digests, packed: runs of entries of one kind whose numbers follow each other: 1 octet
 * of kind, 2 of the first number, 2 of their count, then 8 for each digest; network order ---- */

#define RUN_HEAD	5u
#define RUN_SUM		8u

struct packer {
	struct cdat_writer w;
	uint8_t *head;			/* of the run; NULL: none yet */
	struct p_sum last;
	uint16_t count;
};

static bool
packed_put(struct packer *p, const struct p_sum *sum)
{
	bool goes_on = p->head != NULL && sum->kind == p->last.kind && p->count < UINT16_MAX &&
	    sum->number == p->last.number + 1;

	if (p->w.cap - p->w.len < RUN_SUM + (goes_on ? 0 : RUN_HEAD))
		return false;
	if (!goes_on) {
		p->head = p->w.data + p->w.len;
		p->count = 0;
		cdat_put_uint(&p->w, sum->kind, 1);
		cdat_put_uint(&p->w, sum->number, 2);
		cdat_put_uint(&p->w, 0, 2);
	}
	cdat_put_uint(&p->w, sum->digest, RUN_SUM);
	p->last = *sum;
	p->count++;
	p->head[3] = (uint8_t)(p->count >> 8);
	p->head[4] = (uint8_t)p->count;
	return true;
}

struct unpacker { struct cdat_view in; struct p_sum next; uint16_t left; };

/* False at the end, and where the rest is no run. */
static bool
packed_next(struct unpacker *u, struct p_sum *sum)
{
	const uint8_t *p = u->in.data;

	if (u->left == 0) {
		if (u->in.len < RUN_HEAD)
			return false;
		u->next = (struct p_sum){ .kind = p[0], .number = (uint16_t)(p[1] << 8 | p[2]) };
		u->left = (uint16_t)(p[3] << 8 | p[4]);
		p += RUN_HEAD;
		u->in = (struct cdat_view){ p, u->in.len - RUN_HEAD };
	}
	if (u->left == 0 || u->in.len < RUN_SUM)
		return false;
	*sum = u->next;
	for (unsigned i = 0; i < RUN_SUM; i++)
		sum->digest = sum->digest << 8 | p[i];
	u->in = (struct cdat_view){ p + RUN_SUM, u->in.len - RUN_SUM };
	u->next.number++;
	u->left--;
	return true;
}

/* ---- the side that wants ---- */

/* In the form that the other can read. */
static bool
sum_add(struct packer *p, bool packed, const struct p_sum *sum)
{
	return packed ? packed_put(p, sum) : cdat_list_add(&p->w, &cdat_msg_p_sum, sum);
}

static void
sums_tell(struct cdat_core *c, uint16_t peer, bool packed, struct packer *p, struct p_sums *out)
{
	*(packed ? &out->packed : &out->sums) = cdat_written(&p->w);
	core_tell(c, peer, CDAT_P_SUMS, out);
	out->first = false;
	p->w.len = 0;
	p->head = NULL;
}

/* Asks `peer` for its table (or for the one it proposes); returns the ticket, 0 when memory
 * is short.  What comes is handed on by purpose when it is whole. */
uint32_t
sync_pull(struct cdat_core *c, uint16_t peer, uint8_t purpose)
{
	uint8_t *buf = malloc(CHUNK);
	struct sync *s = sync_new(c, peer, ++c->ticket, true);
	struct p_sums out = { .ticket = c->ticket, .first = true };
	struct cdat_entry_sum sum;
	struct packer w = { .head = NULL };
	bool packed = core_format(c, peer) >= 2;
	size_t i = 0;

	if (s != NULL)
		s->image = c->table != NULL ? cdat_table_copy(c->table) : cdat_table_new(0);
	if (buf == NULL || s == NULL || s->image == NULL) {
		free(buf);
		if (s != NULL)
			sync_end(c, s);
		return 0;
	}
	s->purpose = purpose;
	cdat_writer_init(&w.w, buf, CHUNK);
	while (c->table != NULL && cdat_table_next_sum(c->table, &i, &sum)) {
		struct p_sum one = { sum.id.kind, sum.id.number, sum.digest };

		if (sum_add(&w, packed, &one))
			continue;
		sums_tell(c, peer, packed, &w, &out);
		(void)sum_add(&w, packed, &one);
	}
	out.last = true;
	out.graves = c->table != NULL ? cdat_table_graves_sum(c->table) : 0;
	sums_tell(c, peer, packed, &w, &out);
	free(buf);
	return c->ticket;
}

static bool
entries_apply(struct sync *s, const struct p_entries *p)
{
	struct cdat_view list = p->entries;
	struct cdat_entry_id id;
	struct p_entry e;
	struct p_sum d;

	while (cdat_list_next(&list, &cdat_msg_p_entry, &e))
		if (cdat_table_take_entry(s->image, e.entry, &id) != CDAT_DEC_OK)
			return false;
	list = p->drop;
	while (cdat_list_next(&list, &cdat_msg_p_sum, &d))
		cdat_table_drop_entry(s->image, (struct cdat_entry_id){ d.kind, d.number });
	/* one that knows of no graves tells none */
	return !p->last || p->graves_same || cdat_table_take_graves(s->image, p->graves);
}

static void
repair_done(struct cdat_core *c, struct cdat_table *image)
{
	/* only where nothing newer came between */
	if (c->prep.id != 0 || c->pend.active ||
	    cdat_table_version(image) < cdat_table_version(c->table)) {
		cdat_table_free(image);
		return;
	}
	table_put(c, image);
	(void)state_store(c, c->table);
}

void
sync_entries(struct cdat_core *c, uint16_t from, const struct p_entries *p)
{
	struct sync *s = sync_find(c, from, p->ticket, true);
	struct cdat_table *image;

	if (s == NULL)
		return;
	if (!entries_apply(s, p)) {
		sync_end(c, s);
		return;
	}
	s->at = c->now;
	if (!p->last)
		return;
	cdat_table_set_version(s->image, p->version);
	image = s->image;
	s->image = NULL;
	uint8_t purpose = s->purpose;
	sync_end(c, s);
	switch ((enum sync_purpose)purpose) {
	case SYNC_INSTALL:
		install_synced(c, image);
		break;
	case SYNC_PULL:
		view_pulled(c, p->ticket, image);
		break;
	case SYNC_REPAIR:
		repair_done(c, image);
		break;
	}
}

/* ---- the side that has ---- */

struct sender {
	struct cdat_core *c;
	uint16_t to;
	uint8_t format;
	struct p_entries out;
	struct cdat_writer entries, drop, one;
};

static void
sender_flush(struct sender *s, bool last)
{
	s->out.last = last;
	s->out.entries = cdat_written(&s->entries);
	s->out.drop = cdat_written(&s->drop);
	core_tell_as(s->c, s->format, s->to, CDAT_P_ENTRIES, &s->out);
	s->entries.len = s->drop.len = 0;
}

static void
sender_entry(struct sender *s, const struct cdat_table *t, struct cdat_entry_id id)
{
	struct p_entry e;

	s->one.len = 0;
	s->one.failed = false;
	if (!cdat_table_put_entry(t, id, &s->one))
		return;
	e.entry = cdat_written(&s->one);
	if (!cdat_list_add(&s->entries, &cdat_msg_p_entry, &e)) {
		sender_flush(s, false);
		(void)cdat_list_add(&s->entries, &cdat_msg_p_entry, &e);
	}
}

static void
sender_drop(struct sender *s, const struct p_sum *sum)
{
	struct p_sum d = { sum->kind, sum->number, 0 };

	if (!cdat_list_add(&s->drop, &cdat_msg_p_sum, &d)) {
		sender_flush(s, false);
		(void)cdat_list_add(&s->drop, &cdat_msg_p_sum, &d);
	}
}

static int
sum_order(const struct cdat_entry_id *a, const struct p_sum *b)
{
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	return a->number < b->number ? -1 : a->number > b->number;
}

/* Both sides list their entries in the same order, so one walk finds what differs. */
static void
sums_compare(struct sender *s, const struct cdat_table *t, struct cdat_view theirs)
{
	struct cdat_entry_sum mine;
	struct p_sum sum;
	size_t i = 0;
	struct unpacker u = { .in = theirs };
	bool have = packed_next(&u, &sum);

	while (cdat_table_next_sum(t, &i, &mine)) {
		while (have && sum_order(&mine.id, &sum) > 0) {
			sender_drop(s, &sum);
			have = packed_next(&u, &sum);
		}
		if (have && sum_order(&mine.id, &sum) == 0) {
			if (mine.digest != sum.digest)
				sender_entry(s, t, mine.id);
			have = packed_next(&u, &sum);
		} else {
			sender_entry(s, t, mine.id);
		}
	}
	for (; have; have = packed_next(&u, &sum))
		sender_drop(s, &sum);
}

/* The last of an answer. */
static void
sender_last(struct sender *s, const struct cdat_table *t, uint64_t theirs, uint8_t *buf)
{
	struct cdat_writer w;

	cdat_writer_init(&w, buf, CDAT_GRAVES_OCTETS);
	s->out.graves_same = cdat_table_graves_sum(t) == theirs;
	if (!s->out.graves_same && cdat_table_put_graves(t, &w))
		s->out.graves = cdat_written(&w);
	sender_flush(s, true);
}

static void
sums_answer(struct cdat_core *c, const struct sync *asked)
{
	const struct cdat_table *t = c->prop.active && c->prop.phase == PROP_INSTALL ? c->prop.image
										     : c->table;
	uint8_t *buf = malloc(2 * CHUNK + CDAT_GRAVES_OCTETS + 8192);
	struct sender s = { .c = c, .to = asked->peer, .out = { .ticket = asked->ticket } };

	if (buf == NULL || t == NULL) {
		free(buf);
		return;
	}
	cdat_writer_init(&s.entries, buf, CHUNK);
	cdat_writer_init(&s.drop, buf + CHUNK, CHUNK);
	cdat_writer_init(&s.one, buf + 2 * CHUNK, 8192);
	/* what the members of the view to be speak, not of that before */
	s.format = t == c->prop.image ? c->prop.format : core_format(c, s.to);
	s.entries.format = s.drop.format = s.one.format = s.format;
	s.out.version = cdat_table_version(t);
	sums_compare(&s, t, (struct cdat_view){ asked->sums, asked->nsums });
	sender_last(&s, t, asked->graves, buf + 2 * CHUNK + 8192);
	free(buf);
}

/* Octets of tables that are on their way to those who were served; who has all is forgotten. */
static size_t
serving(struct cdat_core *c)
{
	size_t octets = 0;

	for (struct sync *s = c->syncs, *next; s != NULL; s = next) {
		size_t queued = s->served ? cdat_link_queued(c->link, s->peer, CDAT_LINK_CONTROL) : 0;

		next = s->next;
		octets += queued;
		if (s->served && queued == 0)
			sync_end(c, s);
	}
	return octets;
}

/* Serves those who wait, the first first, as far as there is room. */
void
sync_serve(struct cdat_core *c)
{
	size_t octets = c->nwaiting > 0 ? serving(c) : 0;

	while (c->nwaiting > 0 && octets < SERVE_MAX) {
		struct sync *first = NULL;

		for (struct sync *s = c->syncs; s != NULL; s = s->next)
			if (s->whole && !s->served)
				first = s;
		if (first == NULL)
			break;
		first->served = true;
		c->nwaiting--;
		sums_answer(c, first);
		octets += cdat_link_queued(c->link, first->peer, CDAT_LINK_CONTROL);
	}
}

static bool
sums_keep(struct sync *s, const struct p_sums *p)
{
	size_t more = p->packed.len + cdat_list_count(p->sums) * (RUN_HEAD + RUN_SUM);
	struct cdat_view list = p->sums;
	struct packer w = { .head = NULL };
	struct p_sum one;

	if (more == 0)
		return true;
	if (s->nsums + more > SUMS_MAX || !grow((void **)&s->sums, &s->capsums, s->nsums + more, 1))
		return false;
	cdat_writer_init(&w.w, s->sums + s->nsums, more);
	cdat_put(&w.w, p->packed.data, p->packed.len);
	while (cdat_list_next(&list, &cdat_msg_p_sum, &one))
		(void)packed_put(&w, &one);
	s->nsums += w.w.len;
	return true;
}

void
sync_sums(struct cdat_core *c, uint16_t from, const struct p_sums *p)
{
	struct sync *s = sync_find(c, from, p->ticket, false);

	if (s == NULL && p->first)
		s = sync_new(c, from, p->ticket, false);
	if (s == NULL || s->whole)
		return;
	if (!sums_keep(s, p)) {
		sync_end(c, s);
		return;
	}
	if (!p->last)
		return;
	s->graves = p->graves;
	s->whole = true;
	c->nwaiting++;
	sync_serve(c);
}

/* ---- repair ---- */

/* A member whose table differs from the coordinator's for a while although nothing is in
 * flight asks for what differs. */
void
sync_check(struct cdat_core *c)
{
	const struct member *m = c->view.epoch != 0 ? member_find(c, c->view.coord) : NULL;
	uint8_t digest[CDAT_DIGEST_LEN];
	uint64_t mine;

	for (struct sync *s = c->syncs, *next; s != NULL; s = next) {
		next = s->next;
		if (c->now - s->at > KEEP)
			sync_end(c, s);
	}
	sync_serve(c);
	if (m == NULL || am_coord(c) || near_of(m)->beat_mono == 0 || c->table == NULL ||
	    c->prep.id != 0 ||
	    c->pend.active || near_of(m)->beat.epoch != c->view.epoch || !near_of(m)->beat.you) {
		c->repair_mono = c->now;
		return;
	}
	cdat_table_digest(c->table, digest);
	memcpy(&mine, digest, sizeof mine);
	if (near_of(m)->beat.digest == mine && near_of(m)->beat.version == cdat_table_version(c->table)) {
		c->repair_mono = c->now;
		return;
	}
	if (c->now - c->repair_mono < REPAIR_AFTER)
		return;
	c->repair_mono = c->now;
	out_log(c, "table differs from that of %s; asking for the entries that differ",
		node_name(c, c->view.coord));
	(void)sync_pull(c, c->view.coord, SYNC_REPAIR);
}
