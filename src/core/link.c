/* SPDX-License-Identifier: BSD-2-Clause */
/* Links: peers and their addresses, birth and death, readings. */
#include "core/link_int.h"

#include <stdlib.h>
#include <string.h>

#include "core/stream.h"

#define QUEUE_DEFAULT	(4u << 20)
#define STAMP_MAX_AGE	(60 * 1000 * MS)

static const struct cdat_params default_params = {
	.heartbeat_ms = 200, .silence_limit = 3, .retry_threshold = 3, .response_min_ms = 10,
	.response_max_ms = 3000, .consensus_ms = 200, .probe_ms = 1000, .auto_failback = true,
	.pmtu_discovery = true, .change_timeout_ms = 2000, .quorum = CDAT_QUORUM_MAJORITY,
};

struct peer *link_find(const struct cdat_link *link, uint16_t node)
{
	struct peer **page = link->pages[node >> 8];

	return page ? page[node & 255] : NULL;
}

/* splitmix64 */
uint64_t link_random(struct cdat_link *link)
{
	uint64_t z = link->rng += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	z ^= z >> 31;
	return z ? z : 1;
}

bool link_buffer(struct buffer *buf, size_t cap)
{
	uint8_t *data;

	if (buf->cap >= cap)
		return true;
	cap = cap < 2048 ? 2048 : (cap + 4095) & ~(size_t)4095;
	data = realloc(buf->data, cap);
	if (!data)
		return false;
	*buf = (struct buffer){ data, cap };
	return true;
}

uint64_t link_unstamp(uint32_t stamp, uint64_t now)
{
	uint32_t age = (uint32_t)now - stamp;

	return stamp && age <= STAMP_MAX_AGE && age < now ? now - age : 0;
}

uint8_t link_local_by_addr(const struct cdat_link *link, const struct cdat_addr *addr)
{
	for (size_t i = 0; addr && i < link->nlocal; i++)
		if (cdat_addr_port_same(&link->local[i].addr, addr))
			return link->local[i].adapter;
	return 0;
}

const struct cdat_link_addr *link_local_adapter(const struct cdat_link *link, uint8_t adapter)
{
	for (size_t i = 0; i < link->nlocal; i++)
		if (link->local[i].adapter == adapter)
			return &link->local[i];
	return NULL;
}

/* ---- birth and death ---------------------------------------------------------------- */

struct cdat_link *cdat_link_new(const struct cdat_link_config *config,
				const struct cdat_link_ops *ops, void *ctx, uint64_t now)
{
	struct cdat_link *link = calloc(1, sizeof(*link));

	if (!link)
		return NULL;
	link->ops = *ops;
	link->ctx = ctx;
	link->keys = config->keys;
	link->boot = config->boot;
	link->rng = config->seed;
	link->now = link->born = now;
	link->cluster = cdat_cluster_tag(config->cluster);
	link->incarnation = config->incarnation;
	link->format = config->format ? config->format : CDAT_FORMAT;
	link->oldest = config->oldest ? config->oldest : CDAT_FORMAT_OLDEST;
	link->queue_max = config->queue_max ? config->queue_max : QUEUE_DEFAULT;
	strncpy(link->version, config->version ? config->version : "", CDAT_NAME_MAX);
	link->params = default_params;
	return link;
}

static void live_free(struct live *live, size_t npaths)
{
	if (!live)
		return;
	stream_free(live->stream);
	message_free_list(live->done);
	for (size_t i = 0; i < npaths; i++)
		free(live->paths[i]);
	free(live);
}

static void peer_free(struct peer *peer)
{
	live_free(peer->live, peer->naddrs);
	free(peer->addrs);
	free(peer);
}

void cdat_link_free(struct cdat_link *link)
{
	if (!link)
		return;
	for (unsigned i = 0; i < 256; i++) {
		for (unsigned k = 0; link->pages[i] && k < 256; k++)
			if (link->pages[i][k])
				peer_free(link->pages[i][k]);
		free(link->pages[i]);
	}
	verify_free(link);
	free(link->heap);
	free(link->local);
	free(link->in.data);
	free(link->inner.data);
	free(link->body.data);
	free(link->list.data);
	free(link->out.data);
	free(link->wrap.data);
	free(link);
}

void link_enter(struct cdat_link *link, uint64_t now)
{
	if (now > link->now)
		link->now = now;
	link->depth++;
}

void link_leave(struct cdat_link *link)
{
	if (link->depth == 1)
		link_flush(link);
	if (--link->depth)
		return;
	for (struct peer *p = link->gone, *next; p; p = next) {
		next = p->next_gone;
		peer_free(p);
	}
	for (struct path *p = link->gone_paths, *next; p; p = next) {
		next = p->next;
		free(p);
	}
	link->gone = NULL;
	link->gone_paths = NULL;
}

/* ---- addresses ------------------------------------------------------------------------ */

static struct cdat_link_addr *copy_addrs(const struct cdat_link_addr *addrs, size_t n)
{
	struct cdat_link_addr *copy = calloc(n ? n : 1, sizeof(*copy));

	if (copy && n)
		memcpy(copy, addrs, n * sizeof(*copy));
	return copy;
}

static bool same_addrs(const struct cdat_link_addr *a, const struct cdat_link_addr *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (a[i].adapter != b[i].adapter || !cdat_addr_port_same(&a[i].addr, &b[i].addr) ||
		    a[i].dscp != b[i].dscp || a[i].threshold != b[i].threshold ||
		    a[i].mtu != b[i].mtu || a[i].prefix != b[i].prefix)
			return false;
	return true;
}

bool cdat_link_local(struct cdat_link *link, uint16_t node, const struct cdat_link_addr *addrs,
		     size_t naddrs, uint64_t now)
{
	struct cdat_link_addr *copy;

	if (naddrs > CDAT_NODE_ADAPTERS)
		naddrs = CDAT_NODE_ADAPTERS;
	if (now > link->now)
		link->now = now;
	if (node == link->self && naddrs == link->nlocal &&
	    same_addrs(addrs, link->local, naddrs))
		return true;
	copy = copy_addrs(addrs, naddrs);
	if (!copy)
		return false;
	free(link->local);
	link->local = copy;
	link->nlocal = naddrs;
	link->self = node;
	for (unsigned i = 0; i < 65536; i++) {
		struct peer *peer = link->pages[i >> 8] ? link_find(link, (uint16_t)i) : NULL;

		if (!link->pages[i >> 8])
			i |= 255;
		else if (peer && peer->live)
			for (unsigned k = 0; k < peer->naddrs; k++)
				link_path_source(link, peer->live->paths[k]);
	}
	return true;
}

void cdat_link_params(struct cdat_link *link, const struct cdat_params *params)
{
	link->params = *params;
}

/* A path that is new to us: the kernel may have been asked of it before. */
static void path_source_ask(struct cdat_link *link, uint16_t node, struct path *path)
{
	if (link->ops.source)
		path->source = link->ops.source(link->ctx, node, path->adapter);
	link_path_source(link, path);
}

struct live *link_live(struct cdat_link *link, struct peer *peer)
{
	struct live *live = peer->live;

	if (live)
		return live;
	if (!link_heap_reserve(link))
		return NULL;
	live = calloc(1, sizeof(*live));
	if (!live)
		return NULL;
	for (unsigned i = 0; i < peer->naddrs; i++) {
		live->paths[i] = calloc(1, sizeof(struct path));
		if (!live->paths[i]) {
			live_free(live, i);
			return NULL;
		}
		path_set(live->paths[i], &peer->addrs[i], link->now);
		live->paths[i]->since = live->paths[i]->changed = peer->since;
		path_source_ask(link, peer->node, live->paths[i]);
	}
	while (!live->session.token_in)
		live->session.token_in = (uint32_t)link_random(link);
	if (live->paths[0]) {
		live->current = live->told_current = live->paths[0]->adapter;
		live->paths[0]->used = link->now;
	}
	peer->live = live;
	return live;
}

/* New paths in the order of `addrs`; those whose adapter stays are kept. */
static bool live_paths(struct cdat_link *link, struct peer *peer,
		       const struct cdat_link_addr *addrs, size_t n)
{
	struct path *paths[CDAT_NODE_ADAPTERS] = { NULL };
	struct live *live = peer->live;

	for (size_t i = 0; i < n; i++) {
		paths[i] = path_find(live->paths, peer->naddrs, addrs[i].adapter);
		if (!paths[i])
			paths[i] = calloc(1, sizeof(struct path));
		if (paths[i])
			continue;
		for (size_t k = 0; k < i; k++)
			if (paths[k] && !paths[k]->since)
				free(paths[k]);
		return false;
	}
	for (size_t i = 0; i < peer->naddrs; i++) {
		struct path *old = live->paths[i];

		if (path_find(paths, n, old->adapter) == old)
			continue;
		old->gone = true;
		old->next = link->gone_paths;
		link->gone_paths = old;
	}
	for (size_t i = 0; i < n; i++) {
		live->paths[i] = paths[i];
		path_set(paths[i], &addrs[i], link->now);
		link_path_source(link, paths[i]);
		if (live->watch >= CDAT_WATCH_PROBE && !paths[i]->heard)
			paths[i]->probe_due = link->now;
	}
	return true;
}

static struct peer *peer_make(struct cdat_link *link, uint16_t node)
{
	struct peer ***page = &link->pages[node >> 8];
	struct peer *peer;

	if (!*page)
		*page = calloc(256, sizeof(**page));
	peer = *page ? calloc(1, sizeof(*peer)) : NULL;
	if (!peer)
		return NULL;
	peer->node = node;
	peer->since = link->now;
	peer->deadline = NO_DEADLINE;
	(*page)[node & 255] = peer;
	link->npeers++;
	return peer;
}

bool cdat_link_knows(const struct cdat_link *link, uint16_t node)
{
	return link_find(link, node) != NULL;
}

bool link_owner_knows(const struct cdat_link *link, uint16_t node)
{
	struct cdat_link_addr addrs[CDAT_NODE_ADAPTERS];

	return link->ops.addrs && node && node != link->self &&
	       link->ops.addrs(link->ctx, node, addrs) >= 0;
}

struct peer *link_peer(struct cdat_link *link, uint16_t node)
{
	struct peer *peer = link_find(link, node);
	struct cdat_link_addr addrs[CDAT_NODE_ADAPTERS];
	int n;

	if (peer || !link->ops.addrs || !node || node == link->self)
		return peer;
	n = link->ops.addrs(link->ctx, node, addrs);
	if (n < 0 || !cdat_link_peer(link, node, addrs, (size_t)n, link->now))
		return NULL;
	return link_find(link, node);
}

bool cdat_link_peer(struct cdat_link *link, uint16_t node, const struct cdat_link_addr *addrs,
		    size_t naddrs, uint64_t now)
{
	struct peer *peer = link_find(link, node);
	struct cdat_link_addr *copy;

	if (naddrs > CDAT_NODE_ADAPTERS)
		naddrs = CDAT_NODE_ADAPTERS;
	if (now > link->now)
		link->now = now;
	if (peer && naddrs == peer->naddrs && same_addrs(addrs, peer->addrs, naddrs))
		return true;
	copy = copy_addrs(addrs, naddrs);
	if (!peer && copy)
		peer = peer_make(link, node);
	if (!copy || !peer) {
		free(copy);
		return false;
	}
	link_enter(link, now);
	if (peer->live && !live_paths(link, peer, addrs, naddrs)) {
		free(copy);
		link_leave(link);
		return false;
	}
	free(peer->addrs);
	peer->addrs = copy;
	peer->naddrs = (uint8_t)naddrs;
	if (peer->live) {
		link_tell(link, peer, TELL_PATHS);
		link_choose(link, peer);
		link_rearm(link, peer);
	}
	link_leave(link);
	return true;
}

void cdat_link_peer_remove(struct cdat_link *link, uint16_t node)
{
	struct peer *peer = link_find(link, node);

	if (!peer)
		return;
	link_enter(link, link->now);
	if (peer->live)
		session_drop(link, peer, CDAT_LOSS_RESET);
	link_heap_remove(link, peer);
	link->pages[node >> 8][node & 255] = NULL;
	link->npeers--;
	peer->gone = true;
	peer->next_gone = link->gone;
	link->gone = peer;
	link_leave(link);
}

void cdat_link_relay(struct cdat_link *link, uint16_t node, uint16_t via)
{
	struct peer *peer = via ? link_peer(link, node) : link_find(link, node);

	if (peer && (via ? link_live(link, peer) : peer->live))
		peer->live->relay = via;
}

uint16_t cdat_link_relayed_by(const struct cdat_link *link, uint16_t node, uint64_t now)
{
	const struct peer *peer = link_find(link, node);
	const struct live *live = peer ? peer->live : NULL;

	return live && !live->current ? link_relayed_by(live, now) : 0;
}

void cdat_link_source(struct cdat_link *link, uint16_t node, uint8_t adapter, uint8_t local)
{
	struct peer *peer = link_find(link, node);
	struct path *path = NULL;

	if (peer && (link->ops.source ? peer->live : link_live(link, peer)))
		path = path_find(peer->live->paths, peer->naddrs, adapter);
	if (!path)
		return;
	path->source = local;
	link_path_source(link, path);
}

/* ---- readings ------------------------------------------------------------------------- */

static const struct live *live_of(const struct cdat_link *link, uint16_t node)
{
	const struct peer *peer = link_find(link, node);

	return peer ? peer->live : NULL;
}

bool cdat_link_has_session(const struct cdat_link *link, uint16_t node)
{
	const struct live *live = live_of(link, node);

	return live && live->session.up;
}

uint64_t cdat_link_boot(const struct cdat_link *link, uint16_t node)
{
	const struct live *live = live_of(link, node);

	return live ? live->session.boot : 0;
}

uint32_t cdat_link_incarnation(const struct cdat_link *link, uint16_t node)
{
	const struct live *live = live_of(link, node);

	return live ? live->session.incarnation : 0;
}

const char *cdat_link_version(const struct cdat_link *link, uint16_t node)
{
	const struct live *live = live_of(link, node);

	return live ? live->session.version : "";
}

uint8_t cdat_link_format(const struct cdat_link *link, uint16_t node)
{
	const struct live *live = live_of(link, node);

	return live ? live->session.format : 0;
}

uint64_t cdat_link_heard(const struct cdat_link *link, uint16_t node)
{
	const struct live *live = live_of(link, node);

	return live ? live->heard : 0;
}

unsigned cdat_link_paths(const struct cdat_link *link, uint16_t node, enum cdat_reach state)
{
	const struct peer *peer = link_find(link, node);
	unsigned n = 0;

	for (unsigned i = 0; peer && peer->live && i < peer->naddrs; i++)
		n += peer->live->paths[i]->state == state;
	return n;
}

/* The addresses of a node, whether it has been talked to or not. */
static size_t addrs_of(const struct cdat_link *link, uint16_t node,
		       struct cdat_link_addr out[CDAT_NODE_ADAPTERS])
{
	const struct peer *peer = link_find(link, node);
	int n = -1;

	if (peer) {
		memcpy(out, peer->addrs, peer->naddrs * sizeof(*out));
		return peer->naddrs;
	}
	if (link->ops.addrs && node != link->self)
		n = link->ops.addrs(link->ctx, node, out);
	return n > 0 ? (size_t)n : 0;
}

uint8_t cdat_link_current(const struct cdat_link *link, uint16_t node)
{
	const struct peer *peer = link_find(link, node);
	struct cdat_link_addr addrs[CDAT_NODE_ADAPTERS];
	size_t n = addrs_of(link, node, addrs);

	if (n == 0)
		return 0;
	return peer && peer->live ? peer->live->current : addrs[0].adapter;
}

static void path_record(const struct cdat_link *link, const struct path *path,
			struct cdat_path *out)
{
	out->state = path->state;
	out->srtt_us = path->srtt;
	out->rttvar_us = path->rttvar;
	out->rtt_last_us = path->rtt;
	out->timeout_us = (uint32_t)path_timeout(path, &link->params);
	out->mtu = path->mtu.proven;
	out->max_message = (uint16_t)path_max(path, link->params.pmtu_discovery);
	out->failures = path->failures;
	out->threshold = path->threshold;
	out->msgs_sent = path->sent;
	out->msgs_received = path->received;
	out->octets_sent = path->octets_sent;
	out->octets_received = path->octets_received;
	out->retransmits = path->retransmits;
	out->timeouts = path->timeouts;
	out->failovers_from = path->from;
	out->failovers_to = path->to;
	out->down_count = path->downs;
	out->heard_mono = path->heard;
	out->changed_mono = path->changed;
	out->discontinuity_mono = path->since;
	out->peer_hears = path->peer_hears;
}

bool cdat_link_path(const struct cdat_link *link, uint16_t node, uint8_t adapter,
		    struct cdat_path *out)
{
	const struct peer *peer = link_find(link, node);
	struct cdat_link_addr addrs[CDAT_NODE_ADAPTERS];
	size_t n = addrs_of(link, node, addrs);

	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < n; i++) {
		struct path fresh = { 0 };
		const struct path *path = peer && peer->live ? peer->live->paths[i] : &fresh;

		if (addrs[i].adapter != adapter)
			continue;
		if (path == &fresh)
			path_set(&fresh, &addrs[i], peer ? peer->since : link->born);
		out->node = node;
		out->adapter = adapter;
		path_record(link, path, out);
		out->current = cdat_link_current(link, node) == adapter;
		return true;
	}
	return false;
}

void cdat_link_stats(const struct cdat_link *link, struct cdat_stats *out)
{
	*out = link->stats;
}

void cdat_link_count_multicast(struct cdat_link *link)
{
	link->stats.multicasts_sent++;
}

void cdat_link_count_undeliverable(struct cdat_link *link)
{
	link->stats.undeliverable++;
}

void cdat_link_count_send_errors(struct cdat_link *link, uint64_t count)
{
	link->stats.send_errors += count;
}
