/* SPDX-License-Identifier: BSD-2-Clause */
/* The sending side: acknowledgements, losses, the window. */
#include "core/stream.h"

#include <stdlib.h>

#define FULL		1400u			/* octets: what a window counts as a segment */
#define WINDOW_FIRST	(32u * FULL)
#define WINDOW_LEAST	(16u * FULL)
#define WINDOW_MAX	(1024u * FULL)
#define REORDER_LEAST	1000u			/* us: later by less may have overtaken */
#define LARGE		1000u			/* octets: a segment that a narrow path drops */
#define BACKOFF_MAX	10u

void stream_window_init(struct stream *s)
{
	s->window = WINDOW_FIRST;
	s->threshold = WINDOW_MAX;
}

/* ---- lists --------------------------------------------------------------------------------- */

struct tx_segment *tx_at(const struct tx_channel *tx, uint64_t seq)
{
	return &tx->ring[seq & (tx->cap - 1)];
}

void tx_append(struct tx_channel *tx, struct tx_list *list, uint64_t seq)
{
	struct tx_segment *seg = tx_at(tx, seq);

	seg->prev = list->last;
	seg->next = NO_SLOT;
	if (list->last != NO_SLOT)
		tx_at(tx, list->last)->next = (uint16_t)(seq & (STREAM_SPAN - 1));
	else
		list->first = (uint16_t)(seq & (STREAM_SPAN - 1));
	list->last = (uint16_t)(seq & (STREAM_SPAN - 1));
}

void tx_unlink(struct tx_channel *tx, struct tx_list *list, uint64_t seq)
{
	struct tx_segment *seg = tx_at(tx, seq);

	if (seg->prev != NO_SLOT)
		tx_at(tx, seg->prev)->next = seg->next;
	else
		list->first = seg->next;
	if (seg->next != NO_SLOT)
		tx_at(tx, seg->next)->prev = seg->prev;
	else
		list->last = seg->prev;
}

/* ---- losses ---------------------------------------------------------------------------------- */

/* Losses of what was sent before the last reduction belong to the same event. */
static void reduce(struct cdat_link *link, struct stream *s, uint64_t sent)
{
	if (sent < s->recover)
		return;
	s->recover = link->now;
	s->window = s->window / 10 * 7;
	if (s->window < WINDOW_LEAST)
		s->window = WINDOW_LEAST;
	s->threshold = s->window;
}

static void leave_flight(struct stream *s, struct tx_channel *tx, uint64_t seq)
{
	tx_unlink(tx, &tx->flight, seq);
	tx->in_flight--;
	s->flight -= tx_at(tx, seq)->len + SEGMENT_COST;
}

static void lose(struct cdat_link *link, struct peer *peer, struct tx_channel *tx, uint64_t seq)
{
	struct stream *s = peer->live->stream;
	struct tx_segment *seg = tx_at(tx, seq);
	struct path *path = path_find(peer->live->paths, peer->naddrs, seg->path);

	if (path && seg->len >= LARGE)
		pmtu_black_hole(link, peer, path);
	reduce(link, s, seg->sent);
	leave_flight(s, tx, seq);
	seg->state = SEG_LOST;
	tx_append(tx, &tx->lost, seq);
}

uint64_t stream_timeout(const struct cdat_link *link, const struct peer *peer, uint8_t adapter)
{
	const struct live *live = peer->live;
	const struct path *path = path_find(live->paths, peer->naddrs, adapter);
	uint64_t max = link->params.response_max_ms * MS;
	uint64_t t = path ? path_timeout_base(path, &link->params) : PATH_FIRST_TIMEOUT;

	t <<= live->stream->backoff;
	return t < max ? t : max;
}

/* In order of sending, up to `before`, what went by `adapter` (0: any) is lost. */
static bool lose_before(struct cdat_link *link, struct peer *peer, uint8_t adapter, uint64_t before)
{
	struct stream *s = peer->live->stream;
	bool any = false;

	for (unsigned c = 0; c < 2; c++) {
		struct tx_channel *tx = &s->tx[c];

		for (uint16_t i = tx->flight.first, next; i != NO_SLOT; i = next) {
			const struct tx_segment *seg = tx_at(tx, i);

			next = seg->next;
			if (seg->sent >= before)
				break;
			if (adapter && seg->path != adapter)
				continue;
			lose(link, peer, tx, i);
			any = true;
		}
	}
	return any;
}

void stream_answered(struct cdat_link *link, struct peer *peer, const struct path *path,
		     uint64_t sent)
{
	uint64_t slack = path->srtt / 4 + REORDER_LEAST;

	if (!peer->live->stream)
		return;
	if (sent > slack && lose_before(link, peer, path->adapter, sent - slack))
		stream_push(link, peer);
}

void stream_revive(struct cdat_link *link, struct peer *peer)
{
	if (!peer->live->stream)
		return;
	peer->live->stream->backoff = 0;
	stream_push(link, peer);
}

void stream_path_failed(struct cdat_link *link, struct peer *peer, const struct path *path)
{
	if (peer->live->stream && lose_before(link, peer, path->adapter, NO_DEADLINE))
		stream_push(link, peer);
}

void stream_expire(struct cdat_link *link, struct peer *peer)
{
	struct stream *s = peer->live->stream;
	bool any = false;

	for (unsigned c = 0; c < 2; c++) {
		struct tx_channel *tx = &s->tx[c];

		while (tx->flight.first != NO_SLOT) {
			const struct tx_segment *seg = tx_at(tx, tx->flight.first);

			if (seg->sent + stream_timeout(link, peer, seg->path) > link->now)
				break;
			lose(link, peer, tx, tx->flight.first);
			any = true;
		}
	}
	if (!any)
		return;
	if (s->backoff < BACKOFF_MAX)
		s->backoff++;
	stream_push(link, peer);
}

/* ---- acknowledgements -------------------------------------------------------------------- */

static uint32_t take_out(struct peer *peer, struct tx_channel *tx, uint64_t seq)
{
	struct stream *s = peer->live->stream;
	struct tx_segment *seg = tx_at(tx, seq);
	struct path *path = seg->len >= LARGE && seg->state == SEG_FLIGHT
		? path_find(peer->live->paths, peer->naddrs, seg->path) : NULL;
	uint32_t octets = seg->len + SEGMENT_COST;

	if (path)
		path->mtu.lost = 0;
	if (seg->state == SEG_ACKED)
		return 0;
	if (seg->state == SEG_FLIGHT)
		leave_flight(s, tx, seq);
	else
		tx_unlink(tx, &tx->lost, seq);
	seg->state = SEG_ACKED;
	return octets;
}

static void finish_head(struct cdat_link *link, struct peer *peer, struct tx_channel *tx)
{
	struct message *m = tx->head;

	tx->head = m->next;
	if (!tx->head)
		tx->tail = NULL;
	tx->queued -= m->len + MESSAGE_COST;
	message_finished(link, peer, m, true);
}

/* Bits of `more`: segments after the first missing one. */
static uint32_t take_more(struct peer *peer, struct tx_channel *tx, const struct link_ack *a)
{
	uint32_t octets = 0;

	for (size_t i = 0; i < a->more.len * 8; i++) {
		uint64_t seq = a->next + 1 + i;

		if (!(a->more.data[i / 8] & (0x80u >> i % 8)))
			continue;
		if (seq - tx->una >= tx->nxt - tx->una)
			break;
		octets += take_out(peer, tx, seq);
	}
	return octets;
}

static uint32_t take_ack(struct cdat_link *link, struct peer *peer, const struct link_ack *a)
{
	struct stream *s = peer->live->stream;
	struct tx_channel *tx = &s->tx[a->channel];
	uint32_t octets = 0;

	if (a->next - tx->una > tx->nxt - tx->una)
		return 0;		/* old, or never sent */
	while (tx->una != a->next) {
		bool last = tx_at(tx, tx->una)->last;

		octets += take_out(peer, tx, tx->una++);
		if (last)
			finish_head(link, peer, tx);
	}
	octets += take_more(peer, tx, a);
	if (tx->una == tx->nxt && tx->cap > 64) {
		free(tx->ring);
		tx->ring = NULL;
		tx->cap = 0;
	}
	return octets;
}

static void widen(struct stream *s, uint32_t before, uint32_t octets)
{
	if (before < s->window / 2)
		return;			/* the window was not what held us */
	if (s->window < s->threshold)
		s->window += octets;
	else
		s->window += (uint32_t)((uint64_t)FULL * octets / s->window);
	if (s->window > WINDOW_MAX)
		s->window = WINDOW_MAX;
}

void stream_acked(struct cdat_link *link, struct peer *peer, const struct link_data *d)
{
	struct stream *s = peer->live->stream;
	struct cdat_view list = d->acks;
	struct link_ack a;
	uint32_t octets = 0, before;

	if (!s || d->ack_stream != s->id)
		return;
	before = s->flight;
	while (cdat_list_next(&list, &link_msg_ack, &a))
		octets += take_ack(link, peer, &a);
	if (!octets)
		return;
	s->backoff = 0;
	widen(s, before, octets);
}

/* ---- pauses ----------------------------------------------------------------------------- */

void stream_forgive(struct cdat_link *link, struct peer *peer, uint64_t gap)
{
	struct stream *s = peer->live->stream;

	for (unsigned c = 0; s && c < 2; c++)
		for (uint16_t i = s->tx[c].flight.first; i != NO_SLOT; i = tx_at(&s->tx[c], i)->next) {
			struct tx_segment *seg = tx_at(&s->tx[c], i);

			seg->sent = seg->sent + gap < link->now ? seg->sent + gap : link->now;
		}
}
