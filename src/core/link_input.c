/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A datagram on its way in.  Each check has its counter; what fails one is dropped and,
 * but for a challenge to a configured peer whose boot we do not know, never answered.
 *   seal       bad_format, bad_version, auth_failures (another cluster's tag as well: it
 *              cannot verify under our name)
 *   source     unknown_source: sender, its adapter and its address must be one row of the
 *              table (S3)
 *   session    replays: a retired boot, or a sequence number that was seen (S2)
 *   body       bad_format
 */
#include "core/link_int.h"

#include <string.h>

#include "core/stream.h"

static void refuse(struct cdat_link *link, const struct input *in, uint64_t *counter,
		   enum cdat_open seal)
{
	const struct cdat_header *h = &in->header;

	++*counter;
	if (link->ops.refused)
		link->ops.refused(link->ctx, in->from, seal,
				  h->version > link->format ? h->version : h->format);
}

/* Whether the sender speaks something that we do; its seal holds. */
static bool spoken(const struct cdat_link *link, const struct cdat_header *h)
{
	return h->version <= link->format && h->format >= link->oldest;
}

static bool opened(struct cdat_link *link, struct input *in, struct cdat_view datagram,
		   struct buffer *room)
{
	if (!link_buffer(room, datagram.len))
		return false;
	switch (cdat_unseal(link->keys, datagram, &in->header, room->data, room->cap, &in->body)) {
	case CDAT_OPEN_OK:
		if (spoken(link, &in->header))
			return true;
		/* fall through */
	case CDAT_OPEN_VERSION:
		refuse(link, in, &link->stats.bad_version, CDAT_OPEN_VERSION);
		return false;
	case CDAT_OPEN_FORMAT:
		refuse(link, in, &link->stats.bad_format, CDAT_OPEN_FORMAT);
		return false;
	case CDAT_OPEN_CLUSTER:
		/* two clusters may share a group; that is no attack */
		if (in->local && in->local->family == CDAT_AF_NONE)
			return false;
		/* fall through */
	default:
		refuse(link, in, &link->stats.auth_failures, CDAT_OPEN_AUTH);
		return false;
	}
}

/* The peer and the path it names must own the source address. */
static bool source_ok(struct cdat_link *link, struct input *in)
{
	const struct cdat_header *h = &in->header;
	struct peer *peer = link_peer(link, h->src_node);
	const struct live *live;

	if (!peer || h->src_node == link->self || !peer->naddrs)
		return false;
	in->peer = peer;
	if (in->via)
		return link_live(link, peer) != NULL;
	for (unsigned i = 0; i < peer->naddrs; i++) {
		if (!cdat_addr_port_same(&peer->addrs[i].addr, in->from) ||
		    (h->src_adapter && h->src_adapter != peer->addrs[i].adapter))
			continue;
		live = link_live(link, peer);
		if (!live)
			return false;
		in->path = live->paths[i];
		return true;
	}
	return false;
}

static void note_arrival(struct cdat_link *link, const struct input *in)
{
	struct live *live = in->peer->live;

	if (in->via) {
		live->relayed_by = in->via;
		live->relayed_at = link->now;
		return;
	}
	live->heard = link->now;
	in->path->heard = link->now;
	in->path->received++;
	in->path->octets_received += in->len;
	for (size_t i = 0; i < link->nlocal && i < CDAT_NODE_ADAPTERS; i++)
		if (link->local[i].adapter == in->local_adapter)
			live->hears_ms[i] = link_ms(link->now);
	link_tell(link, in->peer, TELL_TOUCHED);
}

/* To all.  Multicast tells nothing of how the addresses reach each other one by one: no
 * path is thought to be up for it. */
static void group_take(struct cdat_link *link, const struct input *in)
{
	in->path->received++;
	in->path->octets_received += in->len;
	link_tell(link, in->peer, TELL_TOUCHED);
	if (link->ops.group)
		link->ops.group(link->ctx, in->peer->node, in->body);
}

static void dispatch(struct cdat_link *link, struct input *in)
{
	if (in->header.type == LINK_GROUP) {
		group_take(link, in);
		return;
	}
	note_arrival(link, in);
	switch (in->header.type) {
	case LINK_BEAT:
		link_beat_take(link, in);
		break;
	case LINK_BEAT_ACK:
		link_beat_ack_take(link, in);
		break;
	case LINK_DATA:
	case LINK_ACK:
		stream_take(link, in);
		break;
	case LINK_PIECE:
		stream_piece_take(link, in);
		break;
	case LINK_RELAY:
	case LINK_RELAYED:
		link_relay_take(link, in);
		break;
	case LINK_PROBE:
		pmtu_probe_take(link, in);
		break;
	case LINK_PROBE_ACK:
		pmtu_ack_take(link, in);
		break;
	case LINK_VERIFY:
		verify_take(link, in);
		break;
	default:
		link->stats.bad_format++;
	}
}

/* A datagram of a node of the table. */
static void from_peer(struct cdat_link *link, struct input *in)
{
	const struct cdat_header *h = &in->header;
	struct session *s;
	bool known;

	if (!source_ok(link, in)) {
		refuse(link, in, &link->stats.unknown_source, CDAT_OPEN_OK);
		return;
	}
	s = &in->peer->live->session;
	known = s->up && h->boot == s->boot;
	if (session_retired(s, h->boot) || (known && !cdat_replay_accept(&s->replay, h->seq))) {
		/* two adapters on one wire both bring what is sent to a group */
		link->stats.replays += h->type != LINK_GROUP;
		return;
	}
	if (h->type == LINK_HELLO)
		session_hello_take(link, in, known);
	else if (h->type == LINK_HELLO_ACK)
		session_hello_ack_take(link, in, known);
	else if (known)
		dispatch(link, in);
	else
		session_hello_asked(link, in->peer, in);
	if (!in->peer->gone)
		link_rearm(link, in->peer);
}

static void raw(struct cdat_link *link, const struct input *in)
{
	const struct cdat_header *h = &in->header;

	if (in->via || (h->dst_node && h->dst_node != link->self) ||
	    (h->src_node && h->src_node == link->self && h->boot == link->boot))
		link->stats.unknown_source++;
	else if (link->ops.raw)
		link->ops.raw(link->ctx, (uint8_t)(h->type - LINK_RAW), h, in->local_adapter,
			      in->local, in->from, in->body);
}

static bool is_raw(uint8_t type)
{
	return type >= LINK_RAW + CDAT_RAW_JOIN && type <= LINK_RAW + CDAT_RAW_PRESENCE;
}

static bool for_us(const struct cdat_link *link, const struct input *in)
{
	if (in->header.type == LINK_GROUP)
		return !in->header.dst_node && !in->via;
	return in->header.dst_node == link->self;
}

void link_input(struct cdat_link *link, struct input *in, struct cdat_view datagram,
		struct buffer *room)
{
	in->len = datagram.len;
	if (!opened(link, in, datagram, room))
		return;
	in->local_adapter = link_local_by_addr(link, in->local);
	if (is_raw(in->header.type))
		raw(link, in);
	else if (!in->header.type || in->header.type > LINK_TYPE_LAST)
		refuse(link, in, &link->stats.bad_format, CDAT_OPEN_OK);
	else if (in->via && (in->header.type == LINK_RELAY || in->header.type == LINK_RELAYED))
		link->stats.bad_format++;
	else if (!link->self || !for_us(link, in))
		refuse(link, in, &link->stats.unknown_source, CDAT_OPEN_OK);
	else if (in->header.type == LINK_VERIFY_ACK)
		verify_ack_take(link, in);
	else
		from_peer(link, in);
}

void cdat_link_datagram(struct cdat_link *link, const struct cdat_addr *local,
			const struct cdat_addr *from, const uint8_t *data, size_t len, uint64_t now)
{
	struct input in = { .local = local, .from = from };

	link_enter(link, now);
	link->stats.msgs_received++;
	link->stats.octets_received += len;
	link_input(link, &in, (struct cdat_view){ data, len }, &link->in);
	link_leave(link);
}
