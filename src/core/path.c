/* SPDX-License-Identifier: BSD-2-Clause */
/* One address of a peer.  Nothing here sends; link_probe.c and stream.c do. */
#include "core/path.h"

#include <string.h>

#define IPV4_HEADERS	28u
#define IPV6_HEADERS	48u

void path_set(struct path *path, const struct cdat_link_addr *addr, uint64_t now)
{
	bool same = path->since && cdat_addr_port_same(&path->addr, &addr->addr);

	if (!same) {
		uint8_t told = path->since ? path->told : (uint8_t)CDAT_REACH_UNKNOWN;

		memset(path, 0, sizeof(*path));
		path->told = told;
		path->state = CDAT_REACH_UNKNOWN;
		path->since = path->changed = now;
		path->addr = addr->addr;
		path->peer_hears = true;
	}
	if (path->amtu != addr->mtu)
		memset(&path->mtu, 0, sizeof(path->mtu));
	path->adapter = addr->adapter;
	path->threshold = addr->threshold ? addr->threshold : 1;
	path->dscp = addr->dscp;
	path->amtu = addr->mtu;
}

void path_sample(struct path *path, uint32_t rtt)
{
	uint32_t diff;

	if (!rtt)
		rtt = 1;
	path->rtt = rtt;
	if (!path->srtt) {
		path->srtt = rtt;
		path->rttvar = rtt / 2;
		return;
	}
	diff = path->srtt > rtt ? path->srtt - rtt : rtt - path->srtt;
	path->rttvar = (uint32_t)((3 * (uint64_t)path->rttvar + diff) / 4);
	path->srtt = (uint32_t)((7 * (uint64_t)path->srtt + rtt) / 8);
	if (!path->srtt)
		path->srtt = 1;
}

static uint64_t clamp(uint64_t us, const struct cdat_params *params)
{
	uint64_t min = params->response_min_ms * UINT64_C(1000);
	uint64_t max = params->response_max_ms * UINT64_C(1000);

	return us > max ? max : us < min ? min : us;
}

uint64_t path_timeout_base(const struct path *path, const struct cdat_params *params)
{
	uint64_t var = 4 * (uint64_t)path->rttvar;

	if (!path->srtt)
		return clamp(PATH_FIRST_TIMEOUT, params);
	return clamp(path->srtt + (var > PATH_GRANULARITY ? var : PATH_GRANULARITY), params);
}

uint64_t path_timeout(const struct path *path, const struct cdat_params *params)
{
	/* An address that never answered has no response time to back off from. */
	unsigned shift = !path->srtt ? 0 : path->failures < 16 ? path->failures : 16;

	return clamp(path_timeout_base(path, params) << shift, params);
}

uint64_t path_expiry(const struct path *path, const struct cdat_params *params)
{
	return path->attempt ? path->attempt + path_timeout(path, params) : UINT64_MAX;
}

void path_attempt(struct path *path, uint64_t now)
{
	path->asked = now;
	if (!path->attempt)
		path->attempt = now;
}

bool path_state_set(struct path *path, uint8_t state, uint64_t now)
{
	if (path->state == state)
		return false;
	path->state = state;
	path->changed = now;
	if (state == CDAT_DOWN)
		path->downs++;
	return true;
}

bool path_answer(struct path *path, uint64_t sent, uint64_t now)
{
	if (sent > path->answered)
		path->answered = sent;
	/* What was sent after the latest that was answered is still open; its own time is
	 * not known, so it is counted from now. */
	path->attempt = path->asked > path->answered ? now : 0;
	path->failures = 0;
	if (path->probes_ok < CDAT_FAILBACK_PROBES)
		path->probes_ok++;
	return path_state_set(path, CDAT_UP, now);
}

bool path_fail(struct path *path, uint64_t now)
{
	path->attempt = 0;
	path->probes_ok = 0;
	path->timeouts++;
	if (path->failures < UINT32_MAX)
		path->failures++;
	return path_state_set(path, path->failures > path->threshold ? CDAT_DOWN : CDAT_SUSPECT,
			      now);
}

void path_left(struct path *path, const struct cdat_params *params, uint64_t now)
{
	uint64_t stable = (PATH_STABLE + path->hold_ms) * UINT64_C(1000);
	uint32_t first = params->probe_ms ? params->probe_ms : 1000;

	if (!path->used || now - path->used > stable)
		path->hold_ms = 0;		/* served well until now */
	else
		path->hold_ms = path->hold_ms ? path->hold_ms * 2 : first;
	if (path->hold_ms > PATH_HOLD_MAX)
		path->hold_ms = PATH_HOLD_MAX;
	path->hold_until = now + path->hold_ms * UINT64_C(1000);
	path->probes_ok = 0;
}

bool path_may_return(const struct path *path, uint64_t now)
{
	return path->state == CDAT_UP && path->probes_ok >= CDAT_FAILBACK_PROBES &&
	       now >= path->hold_until;
}

/* up, unknown, suspect: the lower the better; down: never. */
static unsigned rank(const struct path *path)
{
	switch (path->state) {
	case CDAT_UP:
		return 0;
	case CDAT_REACH_UNKNOWN:
		return 1;
	case CDAT_SUSPECT:
		return 2;
	default:
		return 3;
	}
}

struct path *path_best(struct path *const *paths, size_t n, const struct path *except)
{
	struct path *best = NULL;

	for (size_t i = 0; i < n; i++) {
		if (paths[i] == except || rank(paths[i]) == 3)
			continue;
		if (!best || rank(paths[i]) < rank(best))
			best = paths[i];
	}
	return best;
}

struct path *path_find(struct path *const *paths, size_t n, uint8_t adapter)
{
	for (size_t i = 0; i < n; i++)
		if (paths[i]->adapter == adapter)
			return paths[i];
	return NULL;
}

unsigned path_headers(const struct path *path)
{
	return path->addr.family == CDAT_AF_IPV6 ? IPV6_HEADERS : IPV4_HEADERS;
}

uint16_t path_mtu_limit(const struct path *path)
{
	uint16_t mtu = path->amtu ? path->amtu : PATH_BASE_MTU;

	if (path->lmtu && path->lmtu < mtu)
		mtu = path->lmtu;
	return mtu < PATH_LEAST_MTU ? PATH_LEAST_MTU : mtu;
}

size_t path_max(const struct path *path, bool discovery)
{
	uint16_t mtu = path_mtu_limit(path);

	if (discovery && path->mtu.proven && path->mtu.proven < mtu)
		mtu = path->mtu.proven;
	else if (discovery && !path->mtu.proven && mtu > PATH_BASE_MTU)
		mtu = PATH_BASE_MTU;
	return (size_t)mtu - path_headers(path);
}
