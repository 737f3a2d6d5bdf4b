/* SPDX-License-Identifier: BSD-2-Clause */
/* The sending side: segments into datagrams, as the window and the paths allow. */
#include "core/stream.h"

#include <stdlib.h>
#include <string.h>

#define PROMPT_SEGMENTS	8u		/* with fewer in flight a datagram does not wait to be full */
#define FLUSH_DELAY	1000u		/* us: it waits no longer than that */
#define URGENT_SEGMENTS	64u		/* of the control channel, past the window */

/* Octets of a DATA body by these paths; no path: by relay or unknown. */
static size_t body_max(const struct cdat_link *link, struct path *const paths[2], unsigned n)
{
	bool discovery = link->params.pmtu_discovery;
	size_t max = PATH_BASE_MTU - 48 - RELAY_OVERHEAD - DATAGRAM_OVERHEAD;

	for (unsigned i = 0; i < n; i++) {
		size_t len = path_max(paths[i], discovery);

		if (!i || len < max)
			max = len;
	}
	return max - DATAGRAM_OVERHEAD;
}

/* A segment fits all paths that may have to carry it. */
static size_t segment_max(const struct cdat_link *link, const struct peer *peer, size_t body)
{
	struct live *live = peer->live;

	for (unsigned i = 0; i < peer->naddrs; i++) {
		size_t max = path_max(live->paths[i], link->params.pmtu_discovery) - DATAGRAM_OVERHEAD;

		if (live->paths[i]->state != CDAT_DOWN && max < body)
			body = max;
	}
	return body - DATA_COST - SEGMENT_COST;
}

static bool ring_grow(struct tx_channel *tx)
{
	uint32_t cap = tx->cap ? tx->cap * 2 : 16;
	struct tx_segment *ring;

	if (tx->nxt - tx->una < tx->cap)
		return true;
	if (tx->cap >= STREAM_SPAN)
		return false;
	ring = calloc(cap, sizeof(*ring));
	if (!ring)
		return false;
	for (uint64_t q = tx->una; q != tx->nxt; q++)
		ring[q & (cap - 1)] = *tx_at(tx, q);
	free(tx->ring);
	tx->ring = ring;
	tx->cap = cap;
	return true;
}

/* The next segment of the queue; false: none, or no room for it. */
static bool cut(struct tx_channel *tx, size_t max)
{
	struct message *m = tx->cut;
	struct tx_segment *seg;
	uint32_t left;

	if (!m || tx->nxt - tx->una >= STREAM_SPAN || !ring_grow(tx))
		return false;
	left = m->len - m->cut;
	seg = tx_at(tx, tx->nxt);
	*seg = (struct tx_segment){ .message = m, .offset = m->cut,
				    .len = (uint16_t)(left < max ? left : max) };
	m->cut += seg->len;
	tx->unsent -= seg->len;
	seg->last = m->cut == m->len;
	if (seg->last) {
		tx->unsent -= SEGMENT_COST;
		tx->cut = m->next;
	}
	seg->state = SEG_LOST;		/* to be sent */
	tx_append(tx, &tx->lost, tx->nxt++);
	return true;
}

/* ---- one datagram ------------------------------------------------------------------------ */

struct packing {
	struct cdat_writer list;
	struct path *path;		/* the first one it goes by; NULL: relay */
	size_t segment;			/* octets of a new segment */
	size_t room;			/* for a segment that was cut for a larger path, alone */
	bool large;
	bool again, parts;
	unsigned count;
};

static bool add_segment(struct packing *p, unsigned channel, const struct tx_segment *seg,
			uint64_t seq)
{
	struct link_segment item = {
		.channel = (uint8_t)channel, .seq = seq,
		.data = { seg->message->data + seg->offset, seg->len },
	};

	if (seg->offset)
		item.kind = LINK_FURTHER;
	else if (!seg->last)
		item.kind = LINK_FIRST;
	if (item.kind == LINK_FIRST)
		item.total = seg->message->len;
	return cdat_list_add(&p->list, &link_msg_segment, &item);
}

static bool put_segment(struct packing *p, unsigned channel, const struct tx_segment *seg,
			uint64_t seq)
{
	if (p->large)
		return false;
	if (add_segment(p, channel, seg, seq))
		return true;
	if (p->count)
		return false;
	p->list.cap = p->room;
	p->large = true;
	return add_segment(p, channel, seg, seq);
}

static bool window_open(const struct stream *s, unsigned channel)
{
	return s->flight < s->window ||
	       (channel == CDAT_LINK_CONTROL && s->tx[channel].in_flight < URGENT_SEGMENTS);
}

/* Puts segments of a channel into the datagram while they fit. */
static void pack(struct cdat_link *link, struct stream *s, unsigned channel, struct packing *p)
{
	struct tx_channel *tx = &s->tx[channel];

	while (window_open(s, channel)) {
		struct tx_segment *seg;
		uint64_t seq;

		if (tx->lost.first == NO_SLOT && !cut(tx, p->segment))
			return;
		seq = tx->una + ((tx->lost.first - tx->una) & (STREAM_SPAN - 1));
		seg = tx_at(tx, seq);
		if (!put_segment(p, channel, seg, seq))
			return;
		tx_unlink(tx, &tx->lost, seq);
		p->again |= seg->again;
		p->parts |= seg->offset || !seg->last;
		p->count++;
		seg->again = true;
		seg->sent = link->now;
		seg->path = p->path ? p->path->adapter : 0;
		seg->state = SEG_FLIGHT;
		tx_append(tx, &tx->flight, seq);
		tx->in_flight++;
		s->flight += seg->len + SEGMENT_COST;
	}
}

static void count_sent(struct cdat_link *link, struct path *path, bool again, bool parts)
{
	link->stats.retransmits += again;
	link->stats.fragments_sent += parts;
	if (path && again)
		path->retransmits++;
	if (path)
		path_attempt(path, link->now);
}

static void send_body(struct cdat_link *link, struct peer *peer, struct path *const paths[2],
		      unsigned n, struct cdat_view body, const struct packing *p)
{
	if (!n && link_send_path(link, peer, NULL, LINK_DATA, body))
		count_sent(link, NULL, p->again, p->parts);
	for (unsigned i = 0; i < n; i++) {
		bool fits = body.len + DATAGRAM_OVERHEAD <=
			    path_max(paths[i], link->params.pmtu_discovery);

		if (fits)
			link_send_path(link, peer, paths[i], LINK_DATA, body);
		else
			stream_pieces(link, peer, paths[i], body);
		count_sent(link, paths[i], p->again || i, p->parts);
	}
}

static bool ack_rides(const struct stream *s, const struct path *path)
{
	return s->echo_stamp && path && !s->ack_via && s->ack_path == path->adapter &&
	       s->ack_local == path->local && (s->ack_count || s->ack_now);
}

/* One datagram of what is lost and what is new.  False: nothing was sent. */
static bool send_one(struct cdat_link *link, struct peer *peer, struct path *const paths[2],
		     unsigned n)
{
	struct stream *s = peer->live->stream;
	size_t max = body_max(link, paths, n);
	struct packing p = { .path = n ? paths[0] : NULL };
	struct link_data d = { .to = peer->live->session.token_out, .stream = s->id,
			       .stamp = link_stamp(link->now) };
	struct cdat_writer acks, w;
	uint8_t ack_octets[64];
	bool rides = ack_rides(s, p.path);

	p.segment = segment_max(link, peer, max);
	p.room = s->largest + SEGMENT_COST > max ? s->largest + SEGMENT_COST : max;
	if (p.segment > s->largest)
		s->largest = p.segment;
	if (!link_buffer(&link->list, p.room) || !link_buffer(&link->body, p.room + DATA_COST))
		return false;
	cdat_writer_init(&p.list, link->list.data, max - DATA_COST);
	pack(link, s, CDAT_LINK_CONTROL, &p);
	pack(link, s, CDAT_LINK_DATA, &p);
	if (!p.count)
		return false;
	cdat_writer_init(&acks, ack_octets, sizeof(ack_octets));
	if (rides)
		rides = stream_ack_fill(link, s, &d, &acks, false);
	d.segments = cdat_written(&p.list);
	cdat_writer_init(&w, link->body.data, link->body.cap);
	if (!cdat_encode(&w, &link_msg_data, &d))
		return false;		/* comes again as lost, after its timeout */
	send_body(link, peer, paths, n, cdat_written(&w), &p);
	if (rides)
		stream_ack_sent(s);
	return true;
}

/* ---- when ---------------------------------------------------------------------------------- */

/* Whether what is new goes out now, or waits for company. */
static bool prompt(const struct stream *s, size_t full)
{
	const struct tx_channel *c = &s->tx[CDAT_LINK_CONTROL], *d = &s->tx[CDAT_LINK_DATA];

	return c->cut || c->lost.first != NO_SLOT || d->lost.first != NO_SLOT ||
	       d->in_flight < PROMPT_SEGMENTS || c->unsent + d->unsent >= full;
}

static bool pending(const struct stream *s)
{
	return s->tx[0].cut || s->tx[1].cut || s->tx[0].lost.first != NO_SLOT ||
	       s->tx[1].lost.first != NO_SLOT;
}

static void push(struct cdat_link *link, struct peer *peer, bool flush)
{
	struct stream *s = peer->live->stream;
	struct path *paths[2];
	unsigned n;

	while (pending(s)) {
		n = link_route(link, peer, paths);
		if (!n && !link_relay_known(link, peer))
			return;
		if (!flush && !prompt(s, body_max(link, paths, n) - DATA_COST)) {
			if (!s->flush_due && window_open(s, CDAT_LINK_DATA))
				s->flush_due = link->now + FLUSH_DELAY;
			return;
		}
		s->flush_due = 0;
		if (!send_one(link, peer, paths, n) || !peer->live->current)
			return;		/* one at a time while no address answers */
	}
}

void stream_push(struct cdat_link *link, struct peer *peer)
{
	struct live *live = peer->live;

	if (!live->stream || !live->session.up || !live->session.token_out)
		return;
	if (!live->current && live->stream->tx[0].in_flight + live->stream->tx[1].in_flight &&
	    !link_relay_known(link, peer))
		return;
	push(link, peer, false);
}

void stream_due(struct cdat_link *link, struct peer *peer)
{
	struct stream *s = peer->live->stream;

	if (!s)
		return;
	if (s->ack_due && link->now >= s->ack_due)
		stream_ack_send(link, peer);
	if (!peer->live->session.up)
		return;
	stream_expire(link, peer);
	if (s->flush_due && link->now >= s->flush_due) {
		s->flush_due = 0;
		push(link, peer, true);
	}
}

uint64_t stream_deadline(const struct cdat_link *link, const struct peer *peer)
{
	const struct stream *s = peer->live->stream;
	uint64_t due = NO_DEADLINE;

	if (!s)
		return due;
	if (s->ack_due)
		due = s->ack_due;
	if (s->flush_due && s->flush_due < due)
		due = s->flush_due;
	for (unsigned c = 0; c < 2; c++) {
		const struct tx_channel *tx = &s->tx[c];
		const struct tx_segment *seg;
		uint64_t at;

		if (tx->flight.first == NO_SLOT)
			continue;
		seg = &tx->ring[tx->flight.first & (tx->cap - 1)];
		at = seg->sent + stream_timeout(link, peer, seg->path);
		if (at < due)
			due = at;
	}
	return due;
}
