/* SPDX-License-Identifier: BSD-2-Clause */
/* Which address of a peer is in use: answers, fail-over, fail-back; forgiven pauses. */
#include "core/link_int.h"

#include "core/stream.h"

struct path *link_current(const struct peer *peer)
{
	const struct live *live = peer->live;

	return live->current ? path_find(live->paths, peer->naddrs, live->current) : NULL;
}

struct path *link_alternate(const struct peer *peer, const struct path *path)
{
	return path_best(peer->live->paths, peer->naddrs, path);
}

unsigned link_route(struct cdat_link *link, struct peer *peer, struct path *out[2])
{
	struct path *current = link_current(peer);

	if (!current && (link_relay_known(link, peer) || !peer->naddrs))
		return 0;
	if (!current) {
		out[0] = peer->live->paths[peer->live->turn++ % peer->naddrs];
		return 1;
	}
	out[0] = current;
	out[1] = current->failures ? link_alternate(peer, current) : NULL;
	return out[1] ? 2 : 1;
}

static void use(struct cdat_link *link, struct peer *peer, struct path *to, bool back)
{
	struct live *live = peer->live;

	live->current = to ? to->adapter : 0;
	live->back = back;
	if (to) {
		to->used = link->now;
		to->to++;
	}
	link_tell(link, peer, TELL_MOVED);
}

static void fail_over(struct cdat_link *link, struct peer *peer, struct path *from)
{
	struct path *to = path_best(peer->live->paths, peer->naddrs, NULL);

	if (!from && !to)
		return;
	peer->live->failures = from ? from->failures : 0;
	if (from) {
		path_left(from, &link->params, link->now);
		if (to) {
			from->from++;
			link->stats.failovers++;
		}
	}
	use(link, peer, to, false);
}

void link_choose(struct cdat_link *link, struct peer *peer)
{
	struct path *current = link_current(peer);

	if (!current || current->state == CDAT_DOWN) {
		fail_over(link, peer, current);
		return;
	}
	if (!link->params.auto_failback)
		return;
	for (unsigned i = 0; i < peer->naddrs && peer->live->paths[i] != current; i++) {
		if (!path_may_return(peer->live->paths[i], link->now))
			continue;
		peer->live->failures = current->failures;
		use(link, peer, peer->live->paths[i], true);
		return;
	}
}

void link_answered(struct cdat_link *link, struct peer *peer, struct path *path, uint64_t sent,
		   uint32_t delay, bool acks)
{
	uint64_t took = link->now - sent;
	uint8_t current = peer->live->current;
	bool changed;

	if (sent > link->forgiven && took >= delay)
		path_sample(path, (uint32_t)(took - delay));
	changed = path_answer(path, sent, link->now);
	if (changed)
		link_tell(link, peer, TELL_PATHS);
	link_tell(link, peer, TELL_TOUCHED);
	link_choose(link, peer);
	pmtu_start(link, peer, path);
	/* Data that came before a beat may still wait to be acknowledged. */
	stream_answered(link, peer, path, acks || sent < ACK_DELAY ? sent : sent - ACK_DELAY);
	if (changed || peer->live->current != current)
		stream_revive(link, peer);
}

/* ---- pauses of ours ---------------------------------------------------------------------- */

static void forgive_peer(struct cdat_link *link, struct peer *peer, uint64_t gap)
{
	struct live *live = peer->live;

	for (unsigned i = 0; i < peer->naddrs; i++) {
		struct path *path = live->paths[i];

		if (path->attempt)
			path->attempt = path->attempt + gap < link->now ? path->attempt + gap
									: link->now;
		if (path->mtu.due && path->mtu.probe)
			path->mtu.due += gap;
	}
	stream_forgive(link, peer, gap);
	link_rearm(link, peer);
}

void cdat_link_forgive(struct cdat_link *link, uint64_t gap, uint64_t now)
{
	link_enter(link, now);
	link->forgiven = link->now;
	for (unsigned i = 0; i < 256; i++)
		for (unsigned k = 0; link->pages[i] && k < 256; k++)
			if (link->pages[i][k] && link->pages[i][k]->live)
				forgive_peer(link, link->pages[i][k], gap);
	link_leave(link);
}
