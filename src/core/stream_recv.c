/* SPDX-License-Identifier: BSD-2-Clause */
/* The receiving side: order, assembly, acknowledgements. */
#include "core/stream.h"

#include <stdlib.h>
#include <string.h>

#define ACK_EACH	4u	/* datagrams */
#define ACK_FIRST	4u	/* datagrams after the start that are acknowledged at once */

static void rx_channel_free(struct rx_channel *rx)
{
	for (uint32_t i = 0; i < rx->cap; i++)
		free(rx->ring[i].data);
	free(rx->ring);
	free(rx->whole);
	memset(rx, 0, sizeof(*rx));
	rx->next = rx->top = 1;
}

void stream_rx_free(struct stream *s)
{
	for (unsigned c = 0; c < 2; c++)
		rx_channel_free(&s->rx[c]);
	s->generation++;
}

static struct rx_segment *rx_at(const struct rx_channel *rx, uint64_t seq)
{
	return &rx->ring[seq & (rx->cap - 1)];
}

/* ---- out of order ------------------------------------------------------------------------- */

static bool ring_reach(struct rx_channel *rx, uint64_t ahead)
{
	uint32_t cap = rx->cap ? rx->cap : 16;
	struct rx_segment *ring;

	while (cap <= ahead)
		cap *= 2;
	if (cap == rx->cap)
		return true;
	ring = calloc(cap, sizeof(*ring));
	if (!ring)
		return false;
	for (uint64_t q = rx->next; rx->held && q != rx->top + 1; q++)
		ring[q & (cap - 1)] = *rx_at(rx, q);
	free(rx->ring);
	rx->ring = ring;
	rx->cap = cap;
	return true;
}

/* Octets to keep a segment.  A first part takes the room of its message at once: what was
 * acknowledged must never fail for lack of memory. */
static size_t segment_room(const struct link_segment *seg)
{
	return seg->kind == LINK_FIRST && seg->total > seg->data.len ? seg->total : seg->data.len;
}

static uint8_t *segment_copy(const struct link_segment *seg, size_t room)
{
	uint8_t *data = malloc(room + 1);

	if (data && seg->data.len)
		memcpy(data, seg->data.data, seg->data.len);
	return data;
}

static void hold(struct cdat_link *link, struct rx_channel *rx, const struct link_segment *seg)
{
	size_t room = segment_room(seg);
	struct rx_segment *slot;
	uint8_t *data;

	if (rx->held_octets + room > STREAM_HELD_MAX || !ring_reach(rx, seg->seq - rx->next))
		return;
	slot = rx_at(rx, seg->seq);
	if (slot->used) {
		link->stats.duplicates++;
		return;
	}
	data = segment_copy(seg, room);
	if (!data)
		return;
	*slot = (struct rx_segment){ .data = data, .len = (uint32_t)seg->data.len,
				     .room = (uint32_t)room, .total = seg->total,
				     .kind = seg->kind, .used = true };
	rx->have[seg->seq % STREAM_SPAN / 8] |= (uint8_t)(1u << seg->seq % 8);
	rx->held++;
	rx->held_octets += room;
	if (seg->seq - rx->next > rx->top - rx->next || rx->held == 1)
		rx->top = seg->seq;
	link->stats.out_of_order++;
}

/* ---- in order ------------------------------------------------------------------------------- */

/* Whether the receiving side that a callback was called from is still the same. */
struct alive { struct peer *peer; struct stream *s; uint32_t generation; };

static bool alive(const struct alive *a)
{
	return !a->peer->gone && a->peer->live->stream == a->s && a->s->generation == a->generation;
}

static void whole_drop(struct cdat_link *link, struct rx_channel *rx)
{
	if (rx->whole)
		link->stats.reassembly_fails++;
	free(rx->whole);
	rx->whole = NULL;
	rx->whole_len = rx->whole_total = 0;
}

static void deliver(struct cdat_link *link, const struct alive *a, unsigned channel,
		    struct cdat_view data)
{
	if (link->ops.deliver)
		link->ops.deliver(link->ctx, a->peer->node, channel, data);
}

/* A part of a message came in order: the last one delivers it. */
static void assembled(struct cdat_link *link, const struct alive *a, unsigned channel)
{
	struct rx_channel *rx = &a->s->rx[channel];
	struct cdat_view whole = { rx->whole, rx->whole_len };

	if (!rx->whole || rx->whole_len < rx->whole_total)
		return;
	rx->whole = NULL;
	rx->whole_len = rx->whole_total = 0;
	deliver(link, a, channel, whole);
	free((void *)(uintptr_t)whole.data);
}

/* Takes the next segment in order.  `own` of a first part is the room of its message with
 * the part in it, which is taken over. */
static void consume(struct cdat_link *link, const struct alive *a, const struct link_segment *seg,
		    uint8_t *own)
{
	struct rx_channel *rx = &a->s->rx[seg->channel];

	rx->next++;
	if (seg->kind == LINK_FURTHER) {
		if (!rx->whole || seg->data.len > rx->whole_total - rx->whole_len) {
			whole_drop(link, rx);
			return;
		}
		if (seg->data.len)
			memcpy(rx->whole + rx->whole_len, seg->data.data, seg->data.len);
		rx->whole_len += (uint32_t)seg->data.len;
		assembled(link, a, seg->channel);
		return;
	}
	whole_drop(link, rx);
	if (seg->kind == LINK_WHOLE) {
		deliver(link, a, seg->channel, seg->data);
		return;
	}
	rx->whole = own;
	rx->whole_total = seg->total;
	rx->whole_len = (uint32_t)seg->data.len;
	assembled(link, a, seg->channel);
}

static void drain(struct cdat_link *link, const struct alive *a, unsigned channel)
{
	while (alive(a) && a->s->rx[channel].held) {
		struct rx_channel *rx = &a->s->rx[channel];
		struct rx_segment *slot = rx_at(rx, rx->next), held = *slot;
		struct link_segment seg = {
			.channel = (uint8_t)channel, .seq = rx->next, .kind = held.kind,
			.total = held.total, .data = { held.data, held.len },
		};

		if (!held.used)
			return;
		memset(slot, 0, sizeof(*slot));
		rx->have[rx->next % STREAM_SPAN / 8] &= (uint8_t)~(1u << rx->next % 8);
		rx->held--;
		rx->held_octets -= held.room;
		consume(link, a, &seg, held.data);
		if (held.kind != LINK_FIRST)
			free(held.data);
	}
}

/* False: the stream is no more. */
static bool take_segment(struct cdat_link *link, const struct alive *a,
			 const struct link_segment *seg)
{
	struct rx_channel *rx = &a->s->rx[seg->channel];
	uint8_t *own = NULL;

	if (seg->seq - rx->next >= STREAM_SPAN) {
		if (rx->next - seg->seq <= UINT64_MAX / 2)
			link->stats.duplicates++;
		a->s->ack_now = true;
		return true;
	}
	if (seg->seq != rx->next) {
		hold(link, rx, seg);
		a->s->ack_now = true;
		return true;
	}
	if (seg->kind == LINK_FIRST) {
		own = segment_copy(seg, segment_room(seg));
		if (!own)
			return true;	/* as if it had been lost */
	}
	if (rx->held)
		a->s->ack_now = true;
	consume(link, a, seg, own);
	drain(link, a, seg->channel);
	return alive(a);
}

/* ---- acknowledgements -------------------------------------------------------------------- */

static bool put_ack(struct cdat_writer *w, unsigned channel, const struct rx_channel *rx)
{
	struct link_ack a = { .channel = (uint8_t)channel, .next = rx->next };
	uint8_t bits[STREAM_SPAN / 8] = { 0 };
	uint64_t ahead = rx->held ? rx->top - rx->next : 0;

	for (uint64_t i = 0; i < ahead; i++) {
		uint64_t seq = rx->next + 1 + i;

		if (rx->have[seq % STREAM_SPAN / 8] & (1u << seq % 8))
			bits[i / 8] |= (uint8_t)(0x80u >> i % 8);
	}
	a.more = (struct cdat_view){ bits, (size_t)(ahead + 7) / 8 };
	return cdat_list_add(w, &link_msg_ack, &a);
}

/* Fills the acknowledgement of `d`.  gaps: also what lies beyond a gap; else false when
 * there is one. */
bool stream_ack_fill(struct cdat_link *link, struct stream *s, struct link_data *d,
		     struct cdat_writer *w, bool gaps)
{
	for (unsigned c = 0; c < 2; c++) {
		if (!gaps && s->rx[c].held)
			return false;
		if (s->rx[c].next > 1 || s->rx[c].held)
			put_ack(w, c, &s->rx[c]);
	}
	d->echo_stamp = s->echo_stamp;
	d->echo_delay = (uint32_t)(link->now - s->echo_at);
	d->echo_by = s->ack_via ? 0 : s->ack_local;
	d->ack_stream = s->rx_id;
	d->acks = cdat_written(w);
	return true;
}

void stream_ack_sent(struct stream *s)
{
	s->ack_count = 0;
	s->ack_now = false;
	s->ack_due = 0;
}

/* By the way on which the data came; while that is in doubt here, by the current one too. */
void stream_ack_send(struct cdat_link *link, struct peer *peer)
{
	struct live *live = peer->live;
	struct stream *s = live->stream;
	struct path *current = link_current(peer);
	struct input back = { .peer = peer, .via = s->ack_via, .local_adapter = s->ack_local,
			      .path = path_find(live->paths, peer->naddrs, s->ack_path) };
	struct link_data d = { .to = live->session.token_out };
	uint8_t list[2 * (STREAM_SPAN / 8 + 32)], octets[sizeof(list) + DATA_COST];
	struct cdat_writer acks, body;

	cdat_writer_init(&acks, list, sizeof(list));
	cdat_writer_init(&body, octets, sizeof(octets));
	stream_ack_fill(link, s, &d, &acks, true);
	stream_ack_sent(s);
	if (!d.to || !cdat_encode(&body, &link_msg_data, &d))
		return;
	if (back.via || back.path)
		link_send_back(link, &back, LINK_ACK, cdat_written(&body));
	if (!back.via && current && current != back.path &&
	    (!back.path || back.path->state != CDAT_UP))
		link_send_path(link, peer, current, LINK_ACK, cdat_written(&body));
}

/* The way of the acknowledgement is that of the latest datagram. */
static void note_way(struct cdat_link *link, struct stream *s, const struct input *in,
		     uint32_t stamp)
{
	s->echo_stamp = stamp;
	s->echo_at = link->now;
	s->ack_via = in->via;
	s->ack_path = in->path ? in->path->adapter : 0;
	s->ack_local = in->local_adapter;
	if (!s->ack_local && in->path)
		s->ack_local = in->path->local;
}

static void ack_when(struct cdat_link *link, struct peer *peer)
{
	struct stream *s = peer->live->stream;

	s->ack_count++;
	if (s->acked_once < ACK_FIRST) {
		s->acked_once++;
		s->ack_now = true;
	}
	if (s->ack_now || s->ack_count >= ACK_EACH)
		stream_ack_send(link, peer);
	else if (!s->ack_due)
		s->ack_due = link->now + ACK_DELAY;
}

/* ---- input ------------------------------------------------------------------------------- */

/* Segments of an older stream of the peer are not for us; a newer one replaces it. */
static bool stream_is(struct stream *s, uint32_t id)
{
	if (s->rx_id == id)
		return true;
	if (s->rx_id && (int32_t)(id - s->rx_id) < 0)
		return false;
	stream_rx_free(s);
	s->rx_id = id;
	s->acked_once = 0;
	return true;
}

static void take_segments(struct cdat_link *link, struct input *in, const struct link_data *d)
{
	struct stream *s = stream_of(link, in->peer);
	struct cdat_view list = d->segments;
	struct link_segment seg;
	struct alive a;

	if (!s || !d->stream || !d->stamp || !stream_is(s, d->stream))
		return;
	/* Two ways in turn (the sender is in doubt): each is answered, or it would seem dead. */
	if ((s->ack_count || s->ack_now) &&
	    (s->ack_path != (in->path ? in->path->adapter : 0) || s->ack_local != in->local_adapter))
		stream_ack_send(link, in->peer);
	note_way(link, s, in, d->stamp);
	a = (struct alive){ in->peer, s, s->generation };
	while (cdat_list_next(&list, &link_msg_segment, &seg))
		if (!take_segment(link, &a, &seg))
			return;
	ack_when(link, in->peer);
}

void stream_data(struct cdat_link *link, struct input *in, struct cdat_view body)
{
	struct peer *peer = in->peer;
	struct link_data d;
	uint64_t sent;

	if (cdat_decode(body, &link_msg_data, &d) != CDAT_DEC_OK) {
		link->stats.bad_format++;
		return;
	}
	if (d.to != peer->live->session.token_in) {
		session_hello_asked(link, peer, in);	/* tells the token */
		return;
	}
	sent = link_unstamp(d.echo_stamp, link->now);
	if (sent) {
		stream_acked(link, peer, &d);
		if (in->path && d.echo_by && d.echo_by == in->path->adapter)
			link_answered(link, peer, in->path, sent, d.echo_delay, true);
		stream_push(link, peer);
	}
	if (d.segments.len)
		take_segments(link, in, &d);
}

void stream_take(struct cdat_link *link, struct input *in)
{
	stream_data(link, in, in->body);
}
