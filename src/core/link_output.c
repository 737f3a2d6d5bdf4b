/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Datagrams on their way out: header and seal, our address for each of the peer's,
 * relays in one hop, sessionless datagrams.
 */
#include "core/link_int.h"

#include <string.h>

#include "wire/attr.h"


/* Our adapter towards `addr`: the one of its subnet, else the first of its family. */
static uint8_t source_for(const struct cdat_link *link, const struct cdat_addr *addr)
{
	uint8_t first = 0;

	for (size_t i = 0; i < link->nlocal; i++) {
		const struct cdat_link_addr *l = &link->local[i];

		if (l->addr.family != addr->family)
			continue;
		if (!first)
			first = l->adapter;
		if (l->prefix && cdat_addr_in_prefix(addr, &l->addr, l->prefix))
			return l->adapter;
	}
	return first;
}

static uint8_t path_source(const struct cdat_link *link, const struct path *path)
{
	if (path->source && link_local_adapter(link, path->source))
		return path->source;
	return source_for(link, &path->addr);
}

void link_path_source(struct cdat_link *link, struct path *path)
{
	const struct cdat_link_addr *l = link_local_adapter(link, path_source(link, path));

	path->local = l ? l->adapter : 0;
	path->lmtu = l ? l->mtu : 0;
}

/* ---- one datagram ----------------------------------------------------------------------- */

static size_t seal(struct cdat_link *link, struct cdat_header *header, struct cdat_view body,
		   struct buffer *out)
{
	size_t room = body.len + CDAT_HEADER_LEN + CDAT_SEAL_LEN;

	if (!link_buffer(out, room))
		return 0;
	header->src_node = link->self;
	header->boot = link->boot;
	header->seq = ++link->seq;
	header->version = link->oldest;
	header->format = link->format;
	return cdat_seal(link->keys, header, body, out->data, out->cap);
}

static void emit(struct cdat_link *link, uint8_t local, const struct cdat_addr *to, uint8_t dscp,
		 const uint8_t *data, size_t len)
{
	link->stats.msgs_sent++;
	link->stats.octets_sent += len;
	link->ops.emit(link->ctx, local, to, dscp, data, len);
}

static bool send_direct(struct cdat_link *link, const struct peer *peer, struct path *path,
			uint8_t local, uint8_t type, struct cdat_view body)
{
	struct cdat_header h = { .type = type, .src_adapter = local, .dst_node = peer->node,
				 .dst_adapter = path->adapter };
	size_t len = seal(link, &h, body, &link->out);

	if (!len)
		return false;
	path->sent++;
	path->octets_sent += len;
	emit(link, local, &path->addr, path->dscp, link->out.data, len);
	return true;
}

/* Seals for `peer` and hands the whole to `via` (RELAY). */
static bool send_relayed(struct cdat_link *link, const struct peer *peer, uint16_t via,
			 uint8_t type, struct cdat_view body)
{
	struct peer *hop = link_find(link, via);
	struct path *path = hop && hop->live && hop->live->session.up ? link_current(hop) : NULL;
	struct cdat_header h = { .type = type, .dst_node = peer->node };
	struct link_relay r = { .node = peer->node };
	struct cdat_writer w;
	size_t len;

	if (!path || hop == peer)
		return false;
	len = seal(link, &h, body, &link->out);
	r.inner = (struct cdat_view){ link->out.data, len };
	if (!len || !link_buffer(&link->wrap, len + RELAY_OVERHEAD))
		return false;
	cdat_writer_init(&w, link->wrap.data, link->wrap.cap);
	return cdat_encode(&w, &link_msg_relay, &r) &&
	       send_direct(link, hop, path, path->local, LINK_RELAY, cdat_written(&w));
}

/* The way that it came by of late is proved, the one that was told is not. */
static uint16_t relay_of(const struct cdat_link *link, const struct live *live)
{
	uint16_t by = link_relayed_by(live, link->now);

	return by ? by : live->relay;
}

bool link_relay_known(const struct cdat_link *link, const struct peer *peer)
{
	return relay_of(link, peer->live) != 0;
}

bool link_send_path(struct cdat_link *link, struct peer *peer, struct path *path, uint8_t type,
		    struct cdat_view body)
{
	uint16_t via;

	if (!link->self)
		return false;
	if (path)
		return send_direct(link, peer, path, path->local, type, body);
	via = relay_of(link, peer->live);
	return via && send_relayed(link, peer, via, type, body);
}

bool link_send_back(struct cdat_link *link, const struct input *in, uint8_t type,
		    struct cdat_view body)
{
	if (!link->self)
		return false;
	if (in->via)
		return send_relayed(link, in->peer, in->via, type, body);
	return send_direct(link, in->peer, in->path,
			   in->local_adapter ? in->local_adapter : in->path->local, type, body);
}

/* ---- messages ---------------------------------------------------------------------------- */

static bool encode(struct cdat_link *link, const struct cdat_msg *msg, const void *src,
		   struct cdat_view *body)
{
	struct cdat_writer w;

	if (!link_buffer(&link->body, 2048))
		return false;
	cdat_writer_init(&w, link->body.data, link->body.cap);
	if (!cdat_encode(&w, msg, src))
		return false;
	*body = cdat_written(&w);
	return true;
}

bool link_send_msg(struct cdat_link *link, struct peer *peer, struct path *path, uint8_t type,
		   const struct cdat_msg *msg, const void *src)
{
	struct cdat_view body;

	return encode(link, msg, src, &body) && link_send_path(link, peer, path, type, body);
}

bool link_reply_msg(struct cdat_link *link, const struct input *in, uint8_t type,
		    const struct cdat_msg *msg, const void *src)
{
	struct cdat_view body;

	return encode(link, msg, src, &body) && link_send_back(link, in, type, body);
}

bool link_send_addr(struct cdat_link *link, uint16_t node, const struct cdat_addr *to,
		    uint8_t type, const struct cdat_msg *msg, const void *src)
{
	struct cdat_header h = { .type = type, .src_adapter = source_for(link, to),
				 .dst_node = node };
	struct cdat_view body;
	size_t len = link->self && encode(link, msg, src, &body) ? seal(link, &h, body, &link->out)
								  : 0;

	if (len)
		emit(link, h.src_adapter, to, 0, link->out.data, len);
	return len != 0;
}

/* ---- the hop in the middle, and the end of a relay ----------------------------------------- */

static void relay_forward(struct cdat_link *link, struct peer *to, uint16_t source,
			  struct cdat_view inner)
{
	struct link_relay r = { .node = source, .inner = inner };
	struct path *path = to->live && to->live->session.up ? link_current(to) : NULL;
	struct cdat_writer w;

	if (!path || !link_buffer(&link->wrap, inner.len + RELAY_OVERHEAD))
		return;
	cdat_writer_init(&w, link->wrap.data, link->wrap.cap);
	if (cdat_encode(&w, &link_msg_relay, &r))
		send_direct(link, to, path, path->local, LINK_RELAYED, cdat_written(&w));
}

void link_relay_take(struct cdat_link *link, struct input *in)
{
	struct link_relay r;
	struct peer *peer;
	struct input next = { .local = in->local, .from = in->from, .via = in->header.src_node };

	if (in->via || cdat_decode(in->body, &link_msg_relay, &r) != CDAT_DEC_OK) {
		link->stats.bad_format++;
		return;
	}
	peer = link_peer(link, r.node);
	if (!peer || r.node == in->header.src_node)
		link->stats.unknown_source++;
	else if (in->header.type == LINK_RELAY)
		relay_forward(link, peer, in->header.src_node, r.inner);
	else
		link_input(link, &next, r.inner, &link->inner);
}

void cdat_link_raw(struct cdat_link *link, uint8_t type, uint16_t dst_node, uint8_t local_adapter,
		   const struct cdat_addr *to, struct cdat_view body, uint64_t now)
{
	struct cdat_header h = { .type = (uint8_t)(LINK_RAW + type), .src_adapter = local_adapter,
				 .dst_node = dst_node };
	size_t len;

	if (now > link->now)
		link->now = now;
	len = body.len <= CDAT_RAW_MAX ? seal(link, &h, body, &link->out) : 0;
	if (len)
		emit(link, local_adapter, to, 0, link->out.data, len);
}

void cdat_link_group(struct cdat_link *link, uint8_t local_adapter, const struct cdat_addr *to,
		     struct cdat_view body, uint64_t now)
{
	const struct cdat_link_addr *local = link_local_adapter(link, local_adapter);
	struct cdat_header h = { .type = LINK_GROUP, .src_adapter = local_adapter };
	size_t len;

	if (now > link->now)
		link->now = now;
	len = link->self && local ? seal(link, &h, body, &link->out) : 0;
	if (len)
		emit(link, local_adapter, to, local->dscp, link->out.data, len);
}
