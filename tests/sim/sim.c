/* SPDX-License-Identifier: BSD-2-Clause */
/* The clock of the simulation: event queue, timers of the hosts, and the main loop. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "order.h"
#include "sim.h"
#include "table.h"
#include "work.h"

static uint64_t splitmix(uint64_t *x)
{
	uint64_t z = (*x += 0x9e3779b97f4a7c15ull);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

void sim_rng_seed(struct sim_rng *rng, uint64_t seed)
{
	for (int i = 0; i < 4; i++)
		rng->s[i] = splitmix(&seed);
}

static uint64_t rotl(uint64_t x, int k)
{
	return (x << k) | (x >> (64 - k));
}

uint64_t sim_rng_next(struct sim_rng *rng)
{
	uint64_t *s = rng->s, result = rotl(s[1] * 5, 7) * 9, t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotl(s[3], 45);
	return result;
}

uint64_t sim_rng_below(struct sim_rng *rng, uint64_t n)
{
	return sim_rng_next(rng) % n;
}

uint64_t sim_rng_range(struct sim_rng *rng, uint64_t low, uint64_t high)
{
	return low + sim_rng_below(rng, high - low + 1);
}

bool sim_rng_chance(struct sim_rng *rng, unsigned per_10000)
{
	return per_10000 && sim_rng_below(rng, 10000) < per_10000;
}

/* ---- queue: binary heap by (time, serial) ---------------------------------------- */

static bool ev_before(const struct sim_event *a, const struct sim_event *b)
{
	return a->time != b->time ? a->time < b->time : a->serial < b->serial;
}

void sim_push(struct sim *sim, const struct sim_event *event)
{
	struct sim_queue *q = &sim->queue;
	size_t i = q->n++;

	if (q->n > q->cap) {
		q->cap = q->cap ? q->cap * 2 : 1024;
		q->ev = realloc(q->ev, q->cap * sizeof(*q->ev));
		if (!q->ev)
			abort();
	}
	struct sim_event e = *event;

	e.serial = q->serial++;
	while (i) {
		size_t up = (i - 1) / 2;

		if (!ev_before(&e, &q->ev[up]))
			break;
		q->ev[i] = q->ev[up];
		i = up;
	}
	q->ev[i] = e;
}

static struct sim_event queue_pop(struct sim_queue *q)
{
	struct sim_event top = q->ev[0], last = q->ev[--q->n];
	size_t i = 0;

	for (;;) {
		size_t kid = 2 * i + 1;

		if (kid >= q->n)
			break;
		if (kid + 1 < q->n && ev_before(&q->ev[kid + 1], &q->ev[kid]))
			kid++;
		if (!ev_before(&q->ev[kid], &last))
			break;
		q->ev[i] = q->ev[kid];
		i = kid;
	}
	q->ev[i] = last;
	return top;
}

void sim_at(struct sim *sim, uint64_t time, sim_action *fn, uint64_t arg)
{
	struct sim_event e = { .time = time, .type = SIM_EV_ACTION };

	e.act.fn = fn;
	e.act.arg = arg;
	sim_push(sim, &e);
}

/* ---- timers: heap of all hosts by (timer, idx) --------------------------------- */

static bool timer_before(const struct sim_host *a, const struct sim_host *b)
{
	return a->timer != b->timer ? a->timer < b->timer : a->idx < b->idx;
}

void sim_arm(struct sim_host *host, uint64_t time)
{
	struct sim *sim = host->sim;
	struct sim_host **t = sim->timers;
	uint32_t i = host->tpos;

	host->timer = time;
	while (i && timer_before(host, t[(i - 1) / 2])) {
		t[i] = t[(i - 1) / 2];
		t[i]->tpos = i;
		i = (i - 1) / 2;
	}
	for (;;) {
		uint32_t kid = 2 * i + 1;

		if (kid >= sim->n)
			break;
		if (kid + 1 < sim->n && timer_before(t[kid + 1], t[kid]))
			kid++;
		if (!timer_before(t[kid], host))
			break;
		t[i] = t[kid];
		t[i]->tpos = i;
		i = kid;
	}
	t[i] = host;
	host->tpos = i;
}

/* ---- life ------------------------------------------------------------------------ */

static void host_init(struct sim *sim, uint32_t idx)
{
	static const uint8_t key[CDAT_KEY_LEN] = "a key of the simulated cluster";
	struct sim_host *h = &sim->hosts[idx];

	h->sim = sim;
	h->idx = idx;
	h->node = (uint16_t)(idx + 1);
	snprintf(h->name, sizeof(h->name), "n%u", idx + 1);
	h->subnets = (uint8_t)((1u << sim->opt.subnets) - 1);
	h->up_since = SIM_NEVER;
	h->timer = SIM_NEVER;
	h->tpos = idx;
	sim->timers[idx] = h;
	h->rx_tail = &h->rx;
	h->mono_off = sim_rng_below(&sim->rng, 100000 * SIM_SEC);
	h->wall_off = 1790000000ull * SIM_SEC - h->mono_off + sim_rng_below(&sim->rng, SIM_SEC);
	h->keys = cdat_keyring_new("sim");
	if (!h->keys || !cdat_keyring_add(h->keys, 1, key) || !cdat_keyring_use(h->keys, 1))
		abort();
	if (idx == 0 || sim->opt.all_tables) {
		h->table = sim->table;
		h->ntable = sim->ntable;
	}
}

struct sim *sim_new(const struct sim_options *options)
{
	struct sim *sim = calloc(1, sizeof(*sim));
	size_t n = options->nodes;

	if (!sim)
		abort();
	if (options->lean)
		sim_alloc_huge();
	sim->opt = *options;
	sim->n = options->nodes;
	sim_rng_seed(&sim->rng, options->seed);
	sim_rng_seed(&sim->net_rng, options->seed ^ 0x6e6574ull);
	sim->hosts = calloc(n, sizeof(*sim->hosts));
	sim->timers = calloc(n, sizeof(struct sim_host *));
	sim->cut = calloc(n, n);
	sim->loss = calloc(n, n);
	sim->good = calloc(n * n, SIM_SUBNETS * sizeof(uint64_t));
	if (!sim->hosts || !sim->timers || !sim->cut || !sim->loss || !sim->good)
		abort();
	sim->table = sim_table_ops(sim, &sim->ntable);
	if (sim->opt.lean) {
		sim->pool = cdat_table_pool_new();
		if (!sim->pool)
			abort();
	}
	for (uint32_t i = 0; i < sim->n; i++)
		host_init(sim, i);
	sim_net_init(sim);
	sim->check = sim_check_new(sim);
	sim->order = sim_order_new(sim);
	sim->work = sim_work_new(sim);
	return sim;
}

static void event_free(struct sim_event *e)
{
	if (e->type == SIM_EV_DATAGRAM)
		free(e->dgram);
	else if (e->type == SIM_EV_STORED)
		free(e->store.data);
	else if (e->type == SIM_EV_ROUTES)
		free(e->routes.routes);
}

void sim_free(struct sim *sim)
{
	for (uint32_t i = 0; i < sim->n; i++) {
		struct sim_host *h = &sim->hosts[i];

		if (h->core)
			sim_host_crash(h, SIM_STATE_KEPT);
		free(h->stored);
		cdat_keyring_free(h->keys);
	}
	for (size_t i = 0; i < sim->queue.n; i++)
		event_free(&sim->queue.ev[i]);
	sim_work_free(sim);
	sim_order_free(sim);
	sim_check_free(sim);
	free(sim->queue.ev);
	free(sim->preload);
	cdat_table_pool_free(sim->pool);
	free(sim->table);
	free(sim->good);
	free(sim->loss);
	free(sim->cut);
	free(sim->timers);
	free(sim->hosts);
	free(sim);
}

void sim_fail(struct sim *sim, const char *fmt, ...)
{
	va_list ap;

	if (sim->failed)
		return;
	sim->failed = true;
	va_start(ap, fmt);
	vsnprintf(sim->why, sizeof(sim->why), fmt, ap);
	va_end(ap);
	sim_trace(sim, 1, NULL, "VIOLATION %s", sim->why);
}

void sim_trace(struct sim *sim, int level, const struct sim_host *host, const char *fmt, ...)
{
	va_list ap;

	if (sim->opt.verbose < level)
		return;
	printf("%11.6f %-5s ", (double)sim->now / 1e6, host ? host->name : "-");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

static void dispatch(struct sim *sim, struct sim_event *e)
{
	struct sim_host *h = &sim->hosts[e->host];

	switch (e->type) {
	case SIM_EV_DATAGRAM:
		sim_host_receive(h, e->dgram);
		break;
	case SIM_EV_STORED:
		sim_host_stored(h, e);
		break;
	case SIM_EV_ROUTES:
		sim_host_routes(h, e);
		break;
	case SIM_EV_ACTION:
		e->act.fn(sim, e->act.arg);
		break;
	}
}

bool sim_run(struct sim *sim, uint64_t until)
{
	sim_alloc_grown();
	while (!sim->failed) {
		uint64_t te = sim->queue.n ? sim->queue.ev[0].time : SIM_NEVER;
		uint64_t tt = sim->timers[0]->timer;

		if (te > until && tt > until)
			break;
		if (tt < te) {
			sim->now = tt;
			sim_host_tick(sim->timers[0]);
		} else {
			struct sim_event e = queue_pop(&sim->queue);

			sim->now = e.time;
			dispatch(sim, &e);
		}
	}
	if (sim->now < until)
		sim->now = until;
	return !sim->failed;
}

bool sim_run_until(struct sim *sim, uint64_t until, uint64_t step, bool (*cond)(struct sim *sim))
{
	while (!cond(sim)) {
		if (sim->now >= until || !sim_run(sim, sim->now + step))
			return false;
	}
	return !sim->failed;
}
