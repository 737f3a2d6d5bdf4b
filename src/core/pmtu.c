/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Path MTU by packetization layer, RFC 8899.  Padded probes are sent to an address that
 * is up; what the peer acknowledges is proven.  First the whole MTU of the adapters is
 * tried, as it mostly passes; else the middle of what may pass, until the gap is less
 * than STEP.  Until something is proven PATH_BASE_MTU is used.  Sizes are IP packets.
 *
 * Among many peers the search begins at some moment of the first minute: when a thousand
 * nodes start at once, each with its watchers, that would be the most part of what they send.
 *
 * Black hole (RFC 8899, 4.3): large segments are lost one after the other while the
 * address answers small datagrams: the search starts anew from what any path takes.
 */
#include "core/link_int.h"

#include <string.h>

#define TRIES		3u		/* MAX_PROBES */
#define STEP		16u
#define RAISE		(600 * 1000 * MS)	/* PMTU_RAISE_TIMER */
#define FEW_PEERS	16u
#define SPREAD		(60 * 1000 * MS)
#define BLACK_HOLE	6u		/* large segments lost in a row */
#define PROBE_COST	32u

static uint16_t least(const struct path *path)
{
	return path->addr.family == CDAT_AF_IPV6 ? PATH_BASE_MTU : PATH_LEAST_MTU;
}

static void search(struct path *path, uint64_t now)
{
	struct path_mtu *m = &path->mtu;

	m->high = path_mtu_limit(path);
	m->low = m->proven ? m->proven : least(path);
	if (m->low > m->high)
		m->low = m->high;
	m->probe = m->high;
	m->tries = 0;
	m->due = now;
}

void pmtu_start(struct cdat_link *link, struct peer *peer, struct path *path)
{
	(void)peer;
	if (!link->params.pmtu_discovery || path->mtu.proven || path->mtu.due)
		return;
	search(path, link->now);
	if (link->npeers > FEW_PEERS)
		path->mtu.due = link->now + link_random(link) % SPREAD;
}

void pmtu_black_hole(struct cdat_link *link, struct peer *peer, struct path *path)
{
	if (path->mtu.lost < UINT8_MAX)
		path->mtu.lost++;
	if (path->mtu.lost < BLACK_HOLE || path->failures || !path->mtu.proven ||
	    path->mtu.proven <= least(path))
		return;
	memset(&path->mtu, 0, sizeof(path->mtu));
	path->mtu.proven = least(path);
	search(path, link->now);
	link_tell(link, peer, TELL_TOUCHED);
}

/* The size on its way passed or not: what next. */
static void next_size(struct path *path, uint64_t now)
{
	struct path_mtu *m = &path->mtu;

	m->tries = 0;
	if (m->high < m->low + STEP || m->proven == m->high) {
		if (!m->proven)
			m->proven = m->low;
		m->probe = 0;
		m->due = m->proven < path_mtu_limit(path) ? now + RAISE : 0;
		return;
	}
	m->probe = (uint16_t)((m->low + m->high + 1) / 2);
	m->due = now;
}

static void send_probe(struct cdat_link *link, struct peer *peer, struct path *path)
{
	size_t payload = path->mtu.probe - path_headers(path);
	size_t body = payload - DATAGRAM_OVERHEAD;
	struct link_probe m = { .to = peer->live->session.token_out,
				.stamp = link_stamp(link->now), .size = (uint16_t)payload };
	struct cdat_writer w;

	if (!link_buffer(&link->wrap, body) || !link_buffer(&link->list, body))
		return;
	memset(link->list.data, 0, body);
	m.padding = (struct cdat_view){ link->list.data, body - PROBE_COST };
	for (unsigned i = 0; i < 2; i++) {	/* the second time with the length that fits */
		cdat_writer_init(&w, link->wrap.data, link->wrap.cap);
		if (!cdat_encode(&w, &link_msg_probe, &m))
			return;
		m.padding.len += body - w.len;
	}
	path->mtu.probe = (uint16_t)(w.len + DATAGRAM_OVERHEAD + path_headers(path));
	link_send_path(link, peer, path, LINK_PROBE, cdat_written(&w));
}

void pmtu_due(struct cdat_link *link, struct peer *peer, struct path *path)
{
	struct path_mtu *m = &path->mtu;

	if (!link->params.pmtu_discovery || !peer->live->session.up) {
		m->due = 0;
		return;
	}
	if (path->state != CDAT_UP) {
		m->due = link->now + link->params.response_max_ms * MS;
		return;
	}
	if (!m->probe) {
		search(path, link->now);
		return;
	}
	if (m->tries++ < TRIES) {
		send_probe(link, peer, path);
		m->due = link->now + path_timeout_base(path, &link->params);
		return;
	}
	m->high = m->probe > m->low ? (uint16_t)(m->probe - 1) : m->low;
	next_size(path, link->now);
}

void pmtu_probe_take(struct cdat_link *link, const struct input *in)
{
	struct link_probe m, ack = { .to = in->peer->live->session.token_out };

	if (in->via || cdat_decode(in->body, &link_msg_probe, &m) != CDAT_DEC_OK) {
		link->stats.bad_format++;
		return;
	}
	ack.stamp = m.stamp;
	ack.size = (uint16_t)in->len;
	link_reply_msg(link, in, LINK_PROBE_ACK, &link_msg_probe, &ack);
}

void pmtu_ack_take(struct cdat_link *link, const struct input *in)
{
	struct path_mtu *m;
	struct link_probe ack;
	uint16_t size;

	if (in->via || cdat_decode(in->body, &link_msg_probe, &ack) != CDAT_DEC_OK) {
		link->stats.bad_format++;
		return;
	}
	m = &in->path->mtu;
	size = (uint16_t)(ack.size + path_headers(in->path));
	if (ack.to != in->peer->live->session.token_in || !m->probe || size != m->probe)
		return;
	m->proven = m->low = size;
	m->lost = 0;
	next_size(in->path, link->now);
	link_tell(link, in->peer, TELL_TOUCHED);
}
