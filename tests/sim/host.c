/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A host: starts, feeds and stops one core as the daemon would.  Time of the core is the
 * host's own monotonic clock; between the moment a deadline is due and the tick lies a
 * small delay, as on a real machine.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "order.h"
#include "preload.h"
#include "sim.h"
#include "work.h"

#define WAKE_US		40u	/* a due timer runs within this */

static void *sim_copy(const void *data, size_t len)
{
	struct sim_host *owner = sim_alloc_owner;
	void *copy;

	sim_alloc_owner = NULL;		/* of the simulator, not of a core */
	copy = malloc(len ? len : 1);
	sim_alloc_owner = owner;
	if (!copy)
		abort();
	return memcpy(copy, data, len);
}

static void rx_clear(struct sim_host *h)
{
	while (h->rx) {
		struct sim_datagram *d = h->rx;

		h->rx = d->next;
		free(d);
	}
	h->rx_tail = &h->rx;
	h->rx_bytes = 0;
}

static size_t join_list(struct sim_host *h, struct cdat_addr *join, size_t max)
{
	struct sim *sim = h->sim;
	size_t n = 0;
	uint32_t other = (uint32_t)sim_rng_below(&sim->rng, sim->n);

	if (h->table && !h->incarnation && !sim->opt.all_tables)
		return 0;	/* the first node at its first start forms the cluster */
	for (uint32_t i = 0; i < sim->n; i++) {
		if (i == h->idx || (!h->join_all && i != 0 && i != other))
			continue;
		for (unsigned s = 0; s < sim->opt.subnets && n < max; s++) {
			join[n] = sim_addr(sim, i, s, false);
			join[n++].port = SIM_PORT;
		}
	}
	return n;
}

static size_t locals(const struct sim_host *h, struct cdat_local *l)
{
	size_t n = 0;

	for (unsigned s = 0; s < h->sim->opt.subnets; s++) {
		if (!(h->subnets >> s & 1))
			continue;
		for (int alias = 0; alias <= (h->alias >> s & 1); alias++) {
			memset(&l[n], 0, sizeof(l[n]));
			l[n].addr = sim_addr(h->sim, h->idx, s, alias);
			l[n].prefix_len = 16;
			l[n].type = CDAT_IFT_ETHERNET;
			l[n].mtu = 1500;
			l[n].multicast = true;
			l[n].ifindex = s + 2;
			snprintf(l[n].ifname, sizeof(l[n].ifname), "eth%u", s);
			n++;
		}
	}
	return n;
}

void sim_host_locals(struct sim_host *h)
{
	struct cdat_local l[2 * SIM_SUBNETS];
	size_t n = locals(h, l);

	if (!h->core)
		return;
	cdat_core_locals(sim_enter(h), l, n, sim_host_now(h));
	sim_exit();
	sim_host_drain(h);
}

static struct cdat_core *new_core(struct sim_host *h, struct cdat_core_config *config, char *err,
				  size_t errlen)
{
	sim_enter(h);
	struct cdat_core *core = cdat_core_new(config, sim_host_now(h), err, errlen);

	sim_exit();
	return core;
}

void sim_host_start(struct sim_host *h)
{
	struct sim *sim = h->sim;
	struct cdat_addr join[64];
	char err[512] = "";
	struct cdat_core_config config = {
		.cluster = "sim", .node = h->name, .version = "sim", .port = SIM_PORT,
		.format = h->format, .oldest = h->oldest,
		.keys = h->keys, .sealed = true, .boot = sim_rng_next(&sim->rng) | 1,
		.seed = sim_rng_next(&sim->rng) | 1, .join = join, .table = h->table,
		.ntable = h->ntable, .wall_offset = h->wall_off,
		.state = { h->stored, h->stored_len }, .pool = sim->pool,
	};
	uint8_t *preload = NULL;

	if (h->core)
		return;
	sim_alloc_grown();
	if (sim->preload && !h->stored)
		config.state.data = preload = sim_preload_of(sim, h->name, &config.state.len);
	/* upgraded some time; by a hash, so that the rest of a seed is what it was */
	if (sim->opt.mixed && config.format != CDAT_FORMAT)
		config.format = h->format = sim_mix(sim->opt.seed + h->idx, h->incarnation) % 3 ?
			CDAT_FORMAT - 1 : CDAT_FORMAT;
	if (sim->opt.multicast)
		config.multicast = (struct cdat_addr){ .family = CDAT_AF_IPV4, .port = SIM_PORT,
						       .octets = { 239, 192, 91, 73 } };
	config.njoin = join_list(h, join, sizeof(join) / sizeof(*join));
	config.incarnation = ++h->incarnation;
	h->mem = h->mem_peak = 0;
	h->core = new_core(h, &config, err, sizeof(err));
	free(preload);
	if (!h->core && h->stored_len) {
		/* The operator is told and starts it without the damaged file. */
		sim_trace(sim, 1, h, "start refused: %s", err);
		snprintf(h->refusal, sizeof(h->refusal), "%s", err);
		h->stored_len = 0;
		config.state.len = 0;
		config.table = NULL;
		config.ntable = 0;
		h->core = new_core(h, &config, err, sizeof(err));
	}
	if (!h->core) {
		if (!h->alloc_fail)
			sim_fail(sim, "start of %s refused: %s", h->name, err);
		return;
	}
	h->up_since = h->run_since = sim->now;
	h->paused = h->left = false;
	h->listen = h->listen_alias = 0;
	sim_trace(sim, 1, h, "start, incarnation %u%s", h->incarnation,
		  h->stored_len ? ", with state" : "");
	sim_check_started(h);
	sim_order_started(h);
	sim_work_started(h);
	sim_host_locals(h);
}

/* What is to be kept, in memory that is not the core's.  In lean simulations it is not asked
 * for but by sim_host_crash(). */
static uint8_t *state_of(struct sim_host *h, size_t *len)
{
	uint8_t *state = cdat_core_state(sim_enter(h), len), *copy;

	if (!state) {
		sim_exit();
		return NULL;
	}
	copy = sim_copy(state, *len);
	free(state);
	sim_exit();
	return copy;
}

void sim_host_crash(struct sim_host *h, enum sim_state_fate fate)
{
	if (!h->core)
		return;
	if (h->sim->opt.lean && fate == SIM_STATE_NEW)
		h->flight.data = state_of(h, &h->flight.len);
	sim_trace(h->sim, 1, h, "stops, state %d", fate);
	sim_check_stopped(h);
	sim_work_stopped(h);
	cdat_core_free(sim_enter(h));
	sim_exit();
	h->core = NULL;
	if (h->mem > 0 && !h->sim->failed && !h->sim->opt.lean)
		sim_fail(h->sim, "I5: %s leaves %lld octets allocated at its end", h->name,
			 (long long)h->mem);
	h->up_since = SIM_NEVER;
	h->paused = false;
	rx_clear(h);
	sim_arm(h, SIM_NEVER);
	if (fate == SIM_STATE_NEW && h->flight.data) {
		free(h->stored);
		h->stored = h->flight.data;
		h->stored_len = h->flight.len;
		h->flight.data = NULL;
	}
	free(h->flight.data);
	h->flight.data = NULL;
	if (fate == SIM_STATE_TORN)
		h->stored_len /= 2;
	if (fate == SIM_STATE_LOST)
		h->stored_len = 0;
	/* Without its state it learns the table from the others; the one of its file is old. */
	if (fate == SIM_STATE_TORN || fate == SIM_STATE_LOST)
		h->ntable = 0;
}

void sim_host_pause(struct sim_host *h)
{
	if (!h->core || h->paused)
		return;
	sim_trace(h->sim, 1, h, "is not run");
	h->paused = true;
	sim_arm(h, SIM_NEVER);
}

void sim_host_resume(struct sim_host *h)
{
	if (!h->core || !h->paused)
		return;
	sim_trace(h->sim, 1, h, "runs again");
	h->paused = false;
	h->run_since = h->sim->now;
	/* As an event loop does: due timers and the socket's datagrams, in either order. */
	bool timer_first = sim_rng_chance(&h->sim->rng, 5000);

	if (timer_first)
		sim_host_tick(h);
	while (h->rx && h->core && !h->paused) {
		struct sim_datagram *d = h->rx;

		h->rx = d->next;
		if (!h->rx)
			h->rx_tail = &h->rx;
		h->rx_bytes -= d->len;
		sim_host_receive(h, d);
	}
	if (h->core && !timer_first)
		sim_host_tick(h);
}

void sim_host_tick(struct sim_host *h)
{
	uint64_t second = h->sim->now / SIM_SEC;

	sim_arm(h, SIM_NEVER);
	if (!h->core || h->paused)
		return;
	if (second != h->tick_second) {
		h->tick_second = second;
		h->ticks = 0;
	}
	if (++h->ticks > SIM_TICKS_PER_SEC(h->sim->n))
		sim_fail(h->sim, "I5: %s had %u ticks in a second", h->name, h->ticks);
	cdat_core_tick(sim_enter(h), sim_host_now(h));
	sim_exit();
	sim_host_drain(h);
}

static bool listens(const struct sim_host *h, const struct cdat_addr *local)
{
	uint32_t host;
	unsigned subnet;
	bool alias;

	if (!sim_addr_find(h->sim, local, &host, &subnet, &alias))
		return true;	/* a multicast group */
	return host == h->idx && ((alias ? h->listen_alias : h->listen) >> subnet & 1);
}

void sim_host_receive(struct sim_host *h, struct sim_datagram *d)
{
	if (!h->core || !listens(h, &d->local) ||
	    (h->paused && h->rx_bytes + d->len > SIM_RX_MAX)) {
		free(d);
		return;
	}
	if (h->paused) {
		d->next = NULL;
		*h->rx_tail = d;
		h->rx_tail = &d->next;
		h->rx_bytes += d->len;
		return;
	}
	if (h->sim->opt.verbose >= 3)
		sim_trace(h->sim, 3, h, "<- type %u of 10.%u.%u.%u, %u octets", d->data[3],
			  d->from.octets[1], d->from.octets[2], d->from.octets[3], d->len);
	cdat_core_datagram(sim_enter(h), &d->local, &d->from, d->data, d->len, sim_host_now(h));
	sim_exit();
	free(d);
	sim_host_drain(h);
}

void sim_host_stored(struct sim_host *h, struct sim_event *e)
{
	if (!h->core || h->incarnation != e->incarnation) {
		free(e->store.data);
		return;
	}
	if (h->paused) {
		e->time = h->sim->now + 50 * SIM_MS;
		sim_push(h->sim, e);
		return;
	}
	if (e->store.ticket == h->flight.ticket) {
		free(h->flight.data);
		h->flight.data = NULL;
	}
	if (e->store.ok && e->store.data) {
		free(h->stored);
		h->stored = e->store.data;
		h->stored_len = e->store.len;
	} else {
		free(e->store.data);
	}
	sim_trace(h->sim, 2, h, "stored %u octets: %s", (unsigned)e->store.len,
		  e->store.ok ? "done" : "failed");
	cdat_core_stored(sim_enter(h), e->store.ticket, e->store.ok, sim_host_now(h));
	sim_exit();
	sim_host_drain(h);
}

void sim_host_routes(struct sim_host *h, struct sim_event *e)
{
	if (h->core && h->incarnation == e->incarnation && !h->paused) {
		cdat_core_routes(sim_enter(h), e->routes.routes, e->routes.n, sim_host_now(h));
		sim_exit();
		sim_host_drain(h);
	}
	free(e->routes.routes);
}

void sim_host_wall_step(struct sim_host *h, int64_t us)
{
	h->wall_off += (uint64_t)us;
	if (!h->core)
		return;
	cdat_core_wall(sim_enter(h), h->wall_off);
	sim_exit();
	sim_host_drain(h);
}

/* ---- outputs ------------------------------------------------------------------------ */

static void out_listen(struct sim_host *h, const struct cdat_output *out)
{
	uint32_t host;
	unsigned subnet;
	bool alias;

	h->listen = h->listen_alias = 0;
	for (size_t i = 0; i < out->naddrs; i++) {
		if (!sim_addr_find(h->sim, &out->addrs[i], &host, &subnet, &alias) ||
		    host != h->idx)
			continue;
		if (alias)
			h->listen_alias |= (uint8_t)(h->alias & 1u << subnet);
		else
			h->listen |= (uint8_t)(1u << subnet);
	}
}

static void out_routes(struct sim_host *h, const struct cdat_output *out)
{
	struct sim *sim = h->sim;
	struct sim_event e = { .type = SIM_EV_ROUTES, .host = h->idx,
			       .incarnation = h->incarnation, .time = sim->now + SIM_MS };

	e.routes.routes = calloc(out->naddrs ? out->naddrs : 1, sizeof(*e.routes.routes));
	if (!e.routes.routes)
		abort();
	e.routes.n = out->naddrs;
	for (size_t i = 0; i < out->naddrs; i++) {
		struct cdat_kernel_route *r = &e.routes.routes[i];
		uint32_t host;
		unsigned subnet;
		bool alias;

		r->to = out->addrs[i];
		r->absent = !sim_addr_find(sim, &r->to, &host, &subnet, &alias) ||
			    !(h->subnets >> subnet & 1);
		if (r->absent)
			continue;
		r->source = sim_addr(sim, h->idx, subnet, false);
		r->ifindex = subnet + 2;
		snprintf(r->ifname, sizeof(r->ifname), "eth%u", subnet);
	}
	sim_push(sim, &e);
}

static void out_store(struct sim_host *h, const struct cdat_output *out)
{
	struct sim *sim = h->sim;
	struct sim_event e = { .type = SIM_EV_STORED, .host = h->idx, .incarnation = h->incarnation };
	uint64_t start = h->store_busy > sim->now ? h->store_busy : sim->now;
	bool lean = sim->opt.lean;

	e.time = start + h->store_delay_us + sim_rng_range(&sim->rng, 100, 2000);
	h->store_busy = e.time;
	e.store.ticket = out->cookie;
	e.store.ok = !sim_rng_chance(&sim->rng, h->store_fail);
	if (!lean) {
		e.store.data = state_of(h, &e.store.len);
		e.store.ok &= e.store.data != NULL;
		free(h->flight.data);
		h->flight.data = e.store.data ? sim_copy(e.store.data, e.store.len) : NULL;
		h->flight.len = e.store.len;
		h->flight.ticket = out->cookie;
	}
	sim_push(sim, &e);
}

static void take(struct sim_host *h, const struct cdat_output *out)
{
	struct sim *sim = h->sim;

	switch (out->type) {
	case CDAT_OUT_DATAGRAM:
		sim_net_send(h, out);
		break;
	case CDAT_OUT_LISTEN:
		out_listen(h, out);
		break;
	case CDAT_OUT_ROUTES:
		if (!sim->opt.lean)
			out_routes(h, out);
		break;
	case CDAT_OUT_EVENT:
		sim_check_event(h, out->event);
		if (sim->on_event)
			sim->on_event(sim, h, out->event);
		break;
	case CDAT_OUT_OUTCOME:
		sim_work_outcome(h, out);
		if (sim->on_outcome)
			sim->on_outcome(sim, h, out);
		break;
	case CDAT_OUT_SENT:
		sim_order_sent(h, out->cookie, out->error);
		break;
	case CDAT_OUT_MESSAGE:
		sim_order_message(h, out);
		if (sim->on_message)
			sim->on_message(sim, h, out);
		break;
	case CDAT_OUT_STORE:
		out_store(h, out);
		break;
	case CDAT_OUT_KEYS:		/* the ring outlives the core as its file would */
		cdat_core_keys_stored(sim_enter(h), out->cookie, NULL, sim_host_now(h));
		sim_exit();
		break;
	case CDAT_OUT_HOLDERS:
		break;
	case CDAT_OUT_LEFT:
		h->left = true;
		sim_trace(sim, 1, h, "has left");
		break;
	case CDAT_OUT_LOG:
		sim_trace(sim, 1, h, "log: %s", out->text);
		if (sim->on_log)
			sim->on_log(sim, h, out->text);
		break;
	}
}

static bool take_dirty(struct sim_host *h)
{
	enum cdat_kind kind;
	struct cdat_key key;
	bool gone, cluster = false;

	while (cdat_core_dirty(sim_enter(h), &kind, &key, &gone)) {
		cluster |= kind == CDAT_K_CLUSTER || kind == CDAT_K_MEMBER ||
			   kind == CDAT_K_COMPONENT;
		if (h->sim->on_dirty)
			h->sim->on_dirty(h->sim, h, (uint8_t)kind, key);
	}
	sim_exit();
	return cluster;
}

void sim_host_drain(struct sim_host *h)
{
	struct sim *sim = h->sim;
	struct cdat_output out;

	for (;;) {
		sim_enter(h);
		bool more = cdat_core_next(h->core, &out);

		sim_exit();
		if (!more)
			break;
		take(h, &out);
	}
	sim_check_after(h, take_dirty(h));

	uint64_t due = cdat_core_deadline(h->core);

	if (h->paused)
		return;
	if (due == UINT64_MAX) {
		sim_arm(h, SIM_NEVER);
		return;
	}
	due = due > h->mono_off ? due - h->mono_off : 0;
	if (due < sim->now)
		due = sim->now;
	/* The wake-up delay is drawn once per deadline, not once per call. */
	if (h->timer < due || h->timer > due + WAKE_US)
		sim_arm(h, due + 1 + sim_rng_below(&sim->net_rng, WAKE_US));
}
