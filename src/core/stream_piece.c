/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bodies in pieces.  A segment keeps its size once it was cut; when the path then becomes
 * narrower (a black hole, a fail-over to a small MTU, a relay) its datagram goes in pieces,
 * each a datagram of its own, which the receiver puts together in their order.  What is
 * not complete when its place is needed is dropped and comes again.
 */
#include "core/stream.h"

#include <stdlib.h>
#include <string.h>

#define PIECE_COST	24u	/* octets of the fields of a piece beyond its data */

bool stream_pieces(struct cdat_link *link, struct peer *peer, struct path *path,
		   struct cdat_view body)
{
	struct stream *s = peer->live->stream;
	size_t max = path ? path_max(path, link->params.pmtu_discovery)
			  : PATH_BASE_MTU - 48 - RELAY_OVERHEAD - DATAGRAM_OVERHEAD;
	size_t chunk = max - DATAGRAM_OVERHEAD - PIECE_COST;
	struct link_piece p = { .total = (uint32_t)body.len };
	struct cdat_writer w;

	do
		p.id = ++s->piece_id;
	while (!p.id);
	for (size_t at = 0; at < body.len; at += chunk) {
		size_t len = body.len - at < chunk ? body.len - at : chunk;

		p.offset = (uint32_t)at;
		p.data = (struct cdat_view){ body.data + at, len };
		if (!link_buffer(&link->wrap, max))
			return false;
		cdat_writer_init(&w, link->wrap.data, link->wrap.cap);
		if (!cdat_encode(&w, &link_msg_piece, &p) ||
		    !link_send_path(link, peer, path, LINK_PIECE, cdat_written(&w)))
			return false;
	}
	return true;
}

static void drop(struct rx_pieces *r)
{
	free(r->data);
	*r = (struct rx_pieces){ 0 };
}

static bool begin(struct cdat_link *link, struct rx_pieces *r, const struct link_piece *p)
{
	if (r->data)
		link->stats.reassembly_fails++;
	drop(r);
	r->data = malloc(p->total);
	r->id = p->id;
	r->total = p->total;
	return r->data != NULL;
}

void stream_piece_take(struct cdat_link *link, struct input *in)
{
	struct stream *s = stream_of(link, in->peer);
	struct rx_pieces *r, done;
	struct link_piece p;

	if (!s || cdat_decode(in->body, &link_msg_piece, &p) != CDAT_DEC_OK) {
		link->stats.bad_format++;
		return;
	}
	r = &s->pieces[p.id % STREAM_PIECES];
	if (!p.offset && (!r->data || r->id != p.id) && !begin(link, r, &p))
		return;
	if (!r->data || r->id != p.id || r->total != p.total || p.offset != r->len ||
	    p.data.len > r->total - r->len)
		return;
	if (p.data.len)
		memcpy(r->data + r->len, p.data.data, p.data.len);
	r->len += (uint32_t)p.data.len;
	if (r->len < r->total)
		return;
	done = *r;
	*r = (struct rx_pieces){ 0 };
	stream_data(link, in, (struct cdat_view){ done.data, done.len });
	free(done.data);
}
