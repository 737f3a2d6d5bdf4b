/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Beats and probes: an attempt by an address is a BEAT, or a HELLO while there is no
 * session.  What its answer or its expiry means for the address is in path.c; which
 * address is in use is decided in link_choose.c.
 */
#include "core/link_int.h"

#include "core/stream.h"

/* An attempt by this path (NULL: by relay). */
static void ping(struct cdat_link *link, struct peer *peer, struct path *path)
{
	if (peer->live->session.up)
		link_beat_path(link, peer, path);
	else
		session_hello(link, peer, path);
}

/* ---- beats ------------------------------------------------------------------------------ */

static uint32_t hears_window_ms(const struct cdat_link *link)
{
	uint32_t beat = link->params.heartbeat_ms, probe = link->params.probe_ms;

	return (probe > beat ? probe : beat) / 2 * 5;
}

/* Our adapters at which the peer reached us of late. */
static struct cdat_view hears(const struct cdat_link *link, const struct live *live,
			      uint8_t out[CDAT_NODE_ADAPTERS])
{
	uint32_t now = link_ms(link->now), window = hears_window_ms(link);
	size_t n = 0;

	for (size_t i = 0; i < link->nlocal && i < CDAT_NODE_ADAPTERS; i++)
		if (live->hears_ms[i] && now - live->hears_ms[i] <= window)
			out[n++] = link->local[i].adapter;
	return (struct cdat_view){ out, n };
}

struct beat_room { uint8_t adapters[CDAT_NODE_ADAPTERS], payload[CDAT_BEAT_MAX]; };

static void beat_fill(struct cdat_link *link, struct peer *peer, struct link_beat *m,
		      struct beat_room *room)
{
	struct cdat_writer w;

	cdat_writer_init(&w, room->payload, sizeof(room->payload));
	if (link->ops.beat_fill)
		link->ops.beat_fill(link->ctx, peer->node, &w);
	m->to = peer->live->session.token_out;
	m->hears = hears(link, peer->live, room->adapters);
	if (!w.failed)
		m->payload = cdat_written(&w);
}

bool link_beat_path(struct cdat_link *link, struct peer *peer, struct path *path)
{
	struct link_beat m = { .stamp = link_stamp(link->now) };
	struct beat_room room;

	beat_fill(link, peer, &m, &room);
	if (path)
		path_attempt(path, link->now);
	if (!link_send_msg(link, peer, path, LINK_BEAT, &link_msg_beat, &m))
		return false;
	link->stats.heartbeats_sent++;
	return true;
}

static void hears_take(struct cdat_link *link, struct live *live, size_t npaths,
		       struct cdat_view list)
{
	uint64_t window = hears_window_ms(link) * MS;

	for (size_t i = 0; i < npaths; i++) {
		struct path *path = live->paths[i];

		if (!path->asked || link->now - path->asked > window)
			continue;	/* we said nothing there, so it says nothing of it */
		path->peer_hears = false;
		for (size_t k = 0; k < list.len; k++)
			path->peer_hears |= list.data[k] == path->adapter;
	}
}

static void payload_take(struct cdat_link *link, const struct input *in, struct cdat_view payload)
{
	if (payload.len && link->ops.beat_take)
		link->ops.beat_take(link->ctx, in->peer->node, payload);
}

void link_beat_take(struct cdat_link *link, struct input *in)
{
	struct live *live = in->peer->live;
	struct link_beat m, answer = { 0 };
	struct beat_room room;

	if (cdat_decode(in->body, &link_msg_beat, &m) != CDAT_DEC_OK) {
		link->stats.bad_format++;
		return;
	}
	link->stats.heartbeats_received++;
	if (m.to != live->session.token_in)
		session_hello_asked(link, in->peer, in);
	hears_take(link, live, in->peer->naddrs, m.hears);
	answer.stamp = m.stamp;
	beat_fill(link, in->peer, &answer, &room);
	link_reply_msg(link, in, LINK_BEAT_ACK, &link_msg_beat, &answer);
	payload_take(link, in, m.payload);
}

void link_beat_ack_take(struct cdat_link *link, struct input *in)
{
	struct live *live = in->peer->live;
	struct link_beat m;
	uint64_t sent;

	if (cdat_decode(in->body, &link_msg_beat, &m) != CDAT_DEC_OK) {
		link->stats.bad_format++;
		return;
	}
	sent = link_unstamp(m.stamp, link->now);
	/* it answers another session than ours, and may never beat us by itself: say so */
	if (m.to != live->session.token_in) {
		session_hello_asked(link, in->peer, in);
		return;
	}
	if (!sent)
		return;
	hears_take(link, live, in->peer->naddrs, m.hears);
	if (in->path)
		link_answered(link, in->peer, in->path, sent, 0, false);
	payload_take(link, in, m.payload);
}

/* ---- expiry ----------------------------------------------------------------------------- */

static bool wanted(const struct peer *peer)
{
	return peer->live->watch >= CDAT_WATCH_BEAT || stream_busy(peer);
}

/* The first re-send of an unanswered message: at once by the same address and by the next
 * alternate (description FIG. 3; design, Paths).  Beside messages that were re-sent it
 * tells an address that takes small datagrams only from a dead one. */
static void again(struct cdat_link *link, struct peer *peer, struct path *path)
{
	struct path *other = link_alternate(peer, path);

	if (path->state != CDAT_DOWN) {
		path->retransmits++;
		link->stats.retransmits++;
		ping(link, peer, path);
	}
	if (other && !other->attempt) {
		other->retransmits++;
		link->stats.retransmits++;
		ping(link, peer, other);
	}
}

static void expired(struct cdat_link *link, struct peer *peer, struct path *path)
{
	bool current = peer->live->current == path->adapter;

	link->stats.timeouts++;
	if (path_fail(path, link->now))
		link_tell(link, peer, TELL_PATHS);
	link_tell(link, peer, TELL_TOUCHED);
	if (path->state == CDAT_DOWN)
		link_choose(link, peer);
	if (current)
		stream_path_failed(link, peer, path);
	if (!wanted(peer) || peer->live->watch == CDAT_WATCH_DOUBT)
		return;			/* no need, or its timer sends by all */
	if (current)
		again(link, peer, path);
	else if (path->state != CDAT_DOWN)
		ping(link, peer, path);
}

/* ---- what is due ------------------------------------------------------------------------ */

static struct path *in_turn(struct peer *peer)
{
	return peer->naddrs ? peer->live->paths[peer->live->turn++ % peer->naddrs] : NULL;
}

static void beat(struct cdat_link *link, struct peer *peer)
{
	struct path *paths[2], *path;
	unsigned n = link_route(link, peer, paths);

	for (unsigned i = 0; i < n; i++)
		ping(link, peer, paths[i]);
	if (n)
		return;
	ping(link, peer, NULL);		/* by relay, and one address in turn */
	path = in_turn(peer);
	if (path)
		ping(link, peer, path);
}

static uint64_t doubt(struct cdat_link *link, struct peer *peer)
{
	uint64_t wait = link->params.response_max_ms * MS;

	for (unsigned i = 0; i < peer->naddrs; i++) {
		uint64_t t = path_timeout_base(peer->live->paths[i], &link->params);

		ping(link, peer, peer->live->paths[i]);
		if (t < wait)
			wait = t;
	}
	return wait;
}

/* Messages wait, and no address answers. */
static void ask_by_relay(struct cdat_link *link, struct peer *peer)
{
	if (stream_busy(peer) && !peer->live->current && link_relay_known(link, peer))
		ping(link, peer, NULL);
}

static void watch_due(struct cdat_link *link, struct peer *peer)
{
	struct live *live = peer->live;
	struct path *path;

	switch (live->watch) {
	case CDAT_WATCH_PROBE:
		ask_by_relay(link, peer);
		path = in_turn(peer);
		if (path && link->params.probe_ms)
			ping(link, peer, path);
		live->beat_due = link->params.probe_ms
			? link->now + link->params.probe_ms * MS : 0;
		break;
	case CDAT_WATCH_BEAT:
		beat(link, peer);
		live->beat_due = link->now + link->params.heartbeat_ms * MS;
		break;
	case CDAT_WATCH_DOUBT:
		live->beat_due = link->now + doubt(link, peer);
		break;
	default:
		/* Messages wait for a session, or for an address that answers. */
		ask_by_relay(link, peer);
		path = stream_busy(peer) && (!live->session.up || !live->current)
			? in_turn(peer) : NULL;
		if (path)
			ping(link, peer, path);
		live->beat_due = path ? link->now + (live->session.up && link->params.probe_ms
			? link->params.probe_ms : link->params.heartbeat_ms) * MS : 0;
	}
}

/* Idle alternates and unreachable addresses. */
static void probe_due(struct cdat_link *link, struct peer *peer, struct path *path)
{
	uint64_t every = link->params.probe_ms * MS;

	path->probe_due = 0;
	if (peer->live->watch != CDAT_WATCH_BEAT || !every)
		return;
	path->probe_due = link->now + every;
	if (path->adapter != peer->live->current && (!path->attempt || path->state == CDAT_DOWN))
		ping(link, peer, path);
}

static bool is_due(uint64_t due, uint64_t now)
{
	return due && now >= due;
}

void link_peer_due(struct cdat_link *link, struct peer *peer)
{
	struct live *live = peer->live;

	for (unsigned i = 0; i < peer->naddrs; i++) {
		struct path *path = live->paths[i];

		if (link->now >= path_expiry(path, &link->params))
			expired(link, peer, path);
		if (is_due(path->probe_due, link->now))
			probe_due(link, peer, path);
		if (is_due(path->mtu.due, link->now))
			pmtu_due(link, peer, path);
	}
	if (is_due(live->beat_due, link->now))
		watch_due(link, peer);
	stream_due(link, peer);
	link_rearm(link, peer);
}

void link_rearm(struct cdat_link *link, struct peer *peer)
{
	struct live *live = peer->live;
	uint64_t due = stream_deadline(link, peer);

	if (peer->gone)
		return;
	if (live->watch == CDAT_WATCH_NONE && !live->beat_due && stream_busy(peer) &&
	    (!live->session.up || !live->current))
		live->beat_due = link->now ? link->now : 1;
	if (live->beat_due && live->beat_due < due)
		due = live->beat_due;
	for (unsigned i = 0; i < peer->naddrs; i++) {
		const struct path *path = live->paths[i];
		uint64_t at = path_expiry(path, &link->params);

		if (at < due)
			due = at;
		if (path->probe_due && path->probe_due < due)
			due = path->probe_due;
		if (path->mtu.due && path->mtu.due < due)
			due = path->mtu.due;
	}
	link_heap_set(link, peer, due);
}

/* ---- calls ------------------------------------------------------------------------------ */

void cdat_link_watch(struct cdat_link *link, uint16_t node, enum cdat_watch watch, uint64_t now)
{
	struct peer *peer;
	struct live *live;

	if (now > link->now)
		link->now = now;
	peer = watch == CDAT_WATCH_NONE ? link_find(link, node) : link_peer(link, node);
	if (!peer || (watch == CDAT_WATCH_NONE && !peer->live))
		return;
	live = link_live(link, peer);
	if (!live || live->watch == watch)
		return;
	live->beat_due = watch > live->watch ? link->now : link->now + link->params.heartbeat_ms * MS;
	if (watch == CDAT_WATCH_NONE)
		live->beat_due = 0;
	live->watch = (uint8_t)watch;
	for (unsigned i = 0; i < peer->naddrs; i++)
		if (watch == CDAT_WATCH_BEAT && !live->paths[i]->probe_due)
			live->paths[i]->probe_due = link->now;
	link_rearm(link, peer);
}

void cdat_link_beat(struct cdat_link *link, uint16_t node, uint64_t now)
{
	struct peer *peer = link_peer(link, node);

	if (!peer || !link_live(link, peer))
		return;
	link_enter(link, now);
	beat(link, peer);
	link_rearm(link, peer);
	link_leave(link);
}

void cdat_link_try_relay(struct cdat_link *link, uint16_t node, uint16_t via, uint64_t now)
{
	struct peer *peer;

	if (cdat_link_relayed_by(link, node, now))
		return;
	cdat_link_relay(link, node, via);
	peer = link_find(link, node);
	if (!peer || !peer->live || peer->live->current)
		return;
	link_enter(link, now);
	ping(link, peer, NULL);
	link_rearm(link, peer);
	link_leave(link);
}

void cdat_link_tick(struct cdat_link *link, uint64_t now)
{
	link_enter(link, now);
	while (link->nheap && link->heap[0]->deadline <= link->now) {
		struct peer *peer = link->heap[0];
		uint64_t before = peer->deadline;

		link_peer_due(link, peer);
		if (peer->heap && peer->deadline <= link->now && peer->deadline <= before)
			link_heap_set(link, peer, link->now + 1);	/* progress, whatever it is */
	}
	verify_due(link);
	link_leave(link);
}

uint64_t cdat_link_deadline(const struct cdat_link *link)
{
	uint64_t due = verify_deadline(link);

	return link->nheap && link->heap[0]->deadline < due ? link->heap[0]->deadline : due;
}
