/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tells the owner what changed, once per input call and from outside of the handlers:
 * first the fate of messages, then sessions, then paths.
 */
#include "core/link_int.h"

#include "core/stream.h"

void link_tell(struct cdat_link *link, struct peer *peer, uint8_t what)
{
	peer->tell |= what;
	if (peer->told_listed)
		return;
	peer->told_listed = true;
	peer->tell_next = NULL;
	if (link->tell_tail)
		link->tell_tail->tell_next = peer;
	else
		link->tell = peer;
	link->tell_tail = peer;
}

static void tell_done(struct cdat_link *link, struct peer *peer)
{
	struct live *live = peer->live;

	while (live->done) {
		struct message *m = live->done;

		live->done = m->next;
		if (!live->done)
			live->done_tail = NULL;
		if (m->cookie && link->ops.done)
			link->ops.done(link->ctx, peer->node, m->cookie, m->delivered);
		message_free(m);
	}
}

static void tell_paths(struct cdat_link *link, struct peer *peer)
{
	for (unsigned i = 0; i < peer->naddrs; i++) {
		struct path *path = peer->live->paths[i];
		uint8_t from = path->told;

		if (from == path->state)
			continue;
		path->told = path->state;
		if (!peer->gone && link->ops.path_state)
			link->ops.path_state(link->ctx, peer->node, path->adapter, from,
					     path->state);
	}
}

static void tell_moved(struct cdat_link *link, struct peer *peer)
{
	struct live *live = peer->live;
	uint8_t from = live->told_current;

	if (from == live->current || peer->gone)
		return;
	live->told_current = live->current;
	if (link->ops.moved)
		link->ops.moved(link->ctx, peer->node, from, live->current, live->failures,
				live->back);
}

static void tell_peer(struct cdat_link *link, struct peer *peer)
{
	uint8_t what = peer->tell;

	peer->tell = 0;
	peer->told_listed = false;
	if (!peer->live)
		return;
	if (what & TELL_DONE)
		tell_done(link, peer);
	if (what & TELL_LOST && link->ops.session_lost)
		link->ops.session_lost(link->ctx, peer->node, peer->why);
	if (what & TELL_UP && !peer->gone && link->ops.session_up)
		link->ops.session_up(link->ctx, peer->node);
	if (what & TELL_PATHS)
		tell_paths(link, peer);
	if (what & TELL_MOVED)
		tell_moved(link, peer);
	if (what & TELL_TOUCHED && !peer->gone && link->ops.touched)
		link->ops.touched(link->ctx, peer->node);
}

void link_flush(struct cdat_link *link)
{
	while (link->tell) {
		struct peer *peer = link->tell;

		link->tell = peer->tell_next;
		if (!link->tell)
			link->tell_tail = NULL;
		tell_peer(link, peer);
	}
}
