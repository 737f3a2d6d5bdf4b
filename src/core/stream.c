/* SPDX-License-Identifier: BSD-2-Clause */
/* Streams: their life, and the queue of messages. */
#include "core/stream.h"

#include <stdlib.h>
#include <string.h>

static void tx_init(struct tx_channel *tx)
{
	tx->una = tx->nxt = 1;
	tx->flight = tx->lost = (struct tx_list){ NO_SLOT, NO_SLOT };
}

struct stream *stream_of(struct cdat_link *link, struct peer *peer)
{
	struct live *live = link_live(link, peer);
	struct stream *s = live ? live->stream : NULL;

	if (!live || s)
		return s;
	s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	s->id = (uint32_t)link_random(link) | 1;
	for (unsigned c = 0; c < 2; c++) {
		tx_init(&s->tx[c]);
		s->rx[c].next = s->rx[c].top = 1;
	}
	stream_window_init(s);
	live->stream = s;
	return s;
}

void message_free(struct message *message)
{
	free(message);
}

void message_free_list(struct message *message)
{
	while (message) {
		struct message *next = message->next;

		message_free(message);
		message = next;
	}
}

void stream_free(struct stream *stream)
{
	if (!stream)
		return;
	for (unsigned c = 0; c < 2; c++) {
		message_free_list(stream->tx[c].head);
		free(stream->tx[c].ring);
	}
	stream_rx_free(stream);
	for (unsigned i = 0; i < STREAM_PIECES; i++)
		free(stream->pieces[i].data);
	free(stream);
}

bool stream_busy(const struct peer *peer)
{
	const struct stream *s = peer->live ? peer->live->stream : NULL;

	return s && (s->tx[0].head || s->tx[1].head);
}

void message_finished(struct cdat_link *link, struct peer *peer, struct message *message,
		      bool delivered)
{
	struct live *live = peer->live;

	if (!message->cookie) {
		message_free(message);
		return;
	}
	message->delivered = delivered;
	message->next = NULL;
	if (live->done_tail)
		live->done_tail->next = message;
	else
		live->done = message;
	live->done_tail = message;
	link_tell(link, peer, TELL_DONE);
}

static void tx_restart(struct cdat_link *link, struct peer *peer, struct tx_channel *tx)
{
	struct message *m = tx->head;

	free(tx->ring);
	memset(tx, 0, sizeof(*tx));
	tx_init(tx);
	while (m) {
		struct message *next = m->next;

		message_finished(link, peer, m, false);
		m = next;
	}
}

void stream_restart(struct cdat_link *link, struct peer *peer)
{
	struct stream *s = peer->live->stream;

	if (!s)
		return;
	for (unsigned c = 0; c < 2; c++)
		tx_restart(link, peer, &s->tx[c]);
	s->id++;
	if (!s->id)
		s->id++;
	s->flight = s->backoff = 0;
	s->recover = s->flush_due = 0;
	stream_window_init(s);
}

void stream_forget(struct cdat_link *link, struct peer *peer)
{
	struct stream *s = peer->live->stream;

	if (!s)
		return;
	stream_restart(link, peer);
	stream_rx_free(s);
	s->rx_id = 0;
	s->echo_stamp = 0;
	s->ack_due = 0;
	s->ack_count = 0;
	s->ack_now = false;
	s->acked_once = 0;
}

enum cdat_send_error cdat_link_send(struct cdat_link *link, uint16_t node, unsigned channel,
				    struct cdat_view data, uint64_t cookie, uint64_t now)
{
	struct peer *peer = link_peer(link, node);
	struct stream *s;
	struct tx_channel *tx;
	struct message *m;

	if (!peer && link_owner_knows(link, node))
		return CDAT_SEND_NO_MEMORY;
	if (!peer || channel > CDAT_LINK_DATA)
		return CDAT_SEND_UNKNOWN_NODE;
	if (data.len > CDAT_LINK_MESSAGE_MAX)
		return CDAT_SEND_TOO_LONG;
	if (now > link->now)
		link->now = now;
	s = stream_of(link, peer);
	if (!s)
		return CDAT_SEND_NO_MEMORY;
	tx = &s->tx[channel];
	if (tx->queued && tx->queued + data.len + MESSAGE_COST > link->queue_max)
		return CDAT_SEND_QUEUE_FULL;
	m = malloc(sizeof(*m) + data.len);
	if (!m)
		return CDAT_SEND_NO_MEMORY;
	*m = (struct message){ .cookie = cookie, .len = (uint32_t)data.len };
	if (data.len)
		memcpy(m->data, data.data, data.len);
	if (tx->head)
		tx->tail->next = m;
	else
		tx->head = m;
	tx->tail = m;
	if (!tx->cut)
		tx->cut = m;
	tx->queued += data.len + MESSAGE_COST;
	tx->unsent += data.len + SEGMENT_COST;
	stream_push(link, peer);
	link_rearm(link, peer);
	return CDAT_SEND_OK;
}

size_t cdat_link_queued(const struct cdat_link *link, uint16_t node, unsigned channel)
{
	const struct peer *peer = link_find(link, node);
	const struct stream *s = peer && peer->live ? peer->live->stream : NULL;

	return s && channel <= CDAT_LINK_DATA ? s->tx[channel].queued : 0;
}
