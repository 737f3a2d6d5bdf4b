/* SPDX-License-Identifier: BSD-2-Clause */
/* Random fault schedules; see scenario.h. */
#include "scenario.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "order.h"
#include "work.h"

/* ---- steps that stories share -------------------------------------------------------- */

static void start_one(struct sim *sim, uint64_t arg)
{
	sim_host_start(&sim->hosts[arg]);
}

static void crash_one(struct sim *sim, uint64_t arg)
{
	sim_host_crash(&sim->hosts[arg & 0xffff], (enum sim_state_fate)(arg >> 16));
}

static void resume_one(struct sim *sim, uint64_t arg)
{
	sim_host_resume(&sim->hosts[arg]);
}

void sim_start_all(struct sim *sim, uint64_t spread)
{
	for (uint32_t i = 0; i < sim->n; i++)
		sim_at(sim, sim->now + (spread ? sim_rng_below(&sim->rng, spread) : 0), start_one, i);
}

bool sim_expect_convergence(struct sim *sim, uint64_t within)
{
	uint64_t start = sim->now;

	if (!sim_run_until(sim, sim->now + within, 100 * SIM_MS, sim_converged) && !sim->failed)
		sim_fail(sim, "I7: no convergence in %u s: %s", (unsigned)(within / SIM_SEC),
			 sim_check_converged(sim));
	sim_trace(sim, 1, NULL, "converged after %.3f s", (double)(sim->now - start) / 1e6);
	return !sim->failed;
}

static bool work_done(struct sim *sim)
{
	return sim_work_idle(sim) && sim_order_idle(sim);
}

void sim_end_checks(struct sim *sim)
{
	if (!sim->failed)
		sim_work_end(sim);
	if (!sim->failed)
		sim_order_end(sim);
	if (!sim->failed)
		sim_check_end(sim);
}

bool sim_expect_service(struct sim *sim)
{
	uint32_t asker = (uint32_t)sim_rng_below(&sim->rng, sim->n);
	uint64_t first, second;

	sim_load(sim, 1, 1, sim->now);	/* ends the load */
	sim_run_until(sim, sim->now + 20 * SIM_SEC, 10 * SIM_MS, work_done);
	first = sim_work_put(&sim->hosts[asker], false, 0);
	for (uint32_t i = 0; i < sim->n && i < 16; i++) {
		enum cdat_send_error e = sim_order_send(&sim->hosts[i], UINT32_MAX, 0, 64);

		if (e != CDAT_SEND_OK)
			sim_fail(sim, "I7: n%u cannot send to all: error %d", i + 1, (int)e);
		e = sim_order_send(&sim->hosts[i], (i + 1) % sim->n, 0, 64);
		if (e != CDAT_SEND_OK && sim->n > 1)
			sim_fail(sim, "I7: n%u cannot send to n%u: error %d", i + 1,
				 (i + 1) % sim->n + 1, (int)e);
	}
	sim_run_until(sim, sim->now + 10 * SIM_SEC, 10 * SIM_MS, work_done);
	second = sim_work_put(&sim->hosts[(asker + 1) % sim->n], false, 0);
	sim_run_until(sim, sim->now + 10 * SIM_SEC, 10 * SIM_MS, work_done);
	sim_run(sim, sim->now + 500 * SIM_MS);
	if (!sim->failed && (sim_work_result(sim, first) != CDAT_RES_COMMITTED ||
			     sim_work_result(sim, second) != CDAT_RES_COMMITTED))
		sim_fail(sim, "I7: after convergence changes end with %u and %u",
			 sim_work_result(sim, first), sim_work_result(sim, second));
	if (!sim->failed && !sim_converged(sim))
		sim_fail(sim, "I7: convergence does not last: %s", sim_check_converged(sim));
	sim_end_checks(sim);
	return !sim->failed;
}

/* ---- faults ---------------------------------------------------------------------- */

static uint32_t any_host(struct sim *sim)
{
	return (uint32_t)sim_rng_below(&sim->rng, sim->n);
}

/* Short mostly, long at times: us. */
static uint64_t any_time(struct sim *sim, uint64_t max)
{
	uint64_t r = sim_rng_below(&sim->rng, 3);

	return sim_rng_range(&sim->rng, SIM_MS, r == 0 ? max / 20 : r == 1 ? max / 4 : max);
}

static void fault_weather(struct sim *sim)
{
	for (unsigned s = 0; s < sim->opt.subnets; s++) {
		struct sim_subnet *net = &sim->net[s];

		if (sim_rng_chance(&sim->rng, 4000))
			continue;
		net->loss = (uint16_t)(sim_rng_chance(&sim->rng, 1000) ?
				       sim_rng_range(&sim->rng, 2000, 6000) :
				       sim_rng_range(&sim->rng, 0, 2000));
		net->dup = (uint16_t)sim_rng_range(&sim->rng, 0, 1000);
		net->reorder = (uint16_t)sim_rng_range(&sim->rng, 0, 2000);
		net->reorder_us = (uint32_t)sim_rng_range(&sim->rng, 100, 20000);
		net->delay_us = (uint32_t)sim_rng_range(&sim->rng, 20, 4000);
		net->jitter_us = (uint32_t)sim_rng_range(&sim->rng, 0, 2000);
	}
	if (sim->opt.multicast && sim_rng_chance(&sim->rng, 3000))
		sim->unicast_only = (uint8_t)sim_rng_below(&sim->rng, 1u << sim->opt.subnets);
	sim_trace(sim, 1, NULL, "weather: loss %u %u, delay %u %u us", sim->net[0].loss,
		  sim->net[1].loss, sim->net[0].delay_us, sim->net[1].delay_us);
	sim_net_changed(sim);
}

static void fault_cuts(struct sim *sim)
{
	unsigned n = (unsigned)sim_rng_range(&sim->rng, 1, sim->n);

	while (n--) {
		uint32_t a = any_host(sim), b = any_host(sim);
		uint8_t subnets = (uint8_t)sim_rng_range(&sim->rng, 1, (1u << sim->opt.subnets) - 1);

		if (a == b)
			continue;
		sim_trace(sim, 1, NULL, "cut n%u -> n%u on %x", a + 1, b + 1, subnets);
		sim_cut(sim, a, b, subnets, true);
		if (sim_rng_chance(&sim->rng, 5000))
			sim_cut(sim, b, a, subnets, true);
	}
}

static void fault_partition(struct sim *sim)
{
	uint8_t group[SIM_NODES_MAX];
	unsigned groups = (unsigned)sim_rng_range(&sim->rng, 2, 3);
	uint8_t subnets = (uint8_t)((1u << sim->opt.subnets) - 1);
	char text[80] = "";

	if (sim_rng_chance(&sim->rng, 2500))
		subnets = (uint8_t)sim_rng_range(&sim->rng, 1, subnets);
	for (uint32_t i = 0; i < sim->n; i++) {
		group[i] = (uint8_t)sim_rng_below(&sim->rng, groups);
		if (i < sizeof(text) - 1)
			text[i] = (char)('a' + group[i]);
	}
	sim_trace(sim, 1, NULL, "partition %s on %x", text, subnets);
	sim_partition(sim, group, subnets);
}

static void fault_adapter(struct sim *sim)
{
	uint32_t host = any_host(sim);
	unsigned s = (unsigned)sim_rng_below(&sim->rng, sim->opt.subnets);

	sim_trace(sim, 1, NULL, "adapter %u of n%u is dead", s + 1, host + 1);
	sim_cut_adapter(sim, host, s, true);
}

static void heal(struct sim *sim, uint64_t arg)
{
	(void)arg;
	sim_trace(sim, 1, NULL, "network heals");
	sim_heal(sim);
}

static void fault_crash(struct sim *sim)
{
	unsigned n = sim_rng_chance(&sim->rng, 7000) ? 1 :
		     sim_rng_chance(&sim->rng, 8000) ? (unsigned)sim_rng_range(&sim->rng, 1, sim->n) :
		     sim->n;
	/* Without quorum a lost disk may have been the only one with a change. */
	bool may_lose = sim->n > 1 && n == 1 && sim->opt.quorum != CDAT_QUORUM_NONE;

	while (n--) {
		uint32_t host = any_host(sim);
		enum sim_state_fate fate = SIM_STATE_KEPT;

		if (sim_rng_chance(&sim->rng, 3000))
			fate = SIM_STATE_NEW;
		else if (may_lose && sim_rng_chance(&sim->rng, 2000))
			fate = sim_rng_chance(&sim->rng, 5000) ? SIM_STATE_TORN : SIM_STATE_LOST;
		sim_at(sim, sim->now + sim_rng_below(&sim->rng, 50 * SIM_MS), crash_one,
		       host | (uint64_t)fate << 16);
		sim_at(sim, sim->now + 51 * SIM_MS + any_time(sim, 6 * SIM_SEC), start_one, host);
	}
}

static void fault_pause(struct sim *sim)
{
	uint32_t host = any_host(sim);

	sim_host_pause(&sim->hosts[host]);
	sim_at(sim, sim->now + any_time(sim, 4 * SIM_SEC), resume_one, host);
}

static void fault_disk(struct sim *sim)
{
	struct sim_host *h = &sim->hosts[any_host(sim)];

	h->store_delay_us = (uint32_t)any_time(sim, SIM_SEC);
	h->store_fail = sim_rng_chance(&sim->rng, 3000) ? 5000 : 0;
	sim_trace(sim, 1, h, "disk: delay %u us, fails %u/10000", h->store_delay_us, h->store_fail);
}

static void stop_left(struct sim *sim, uint64_t arg)
{
	struct sim_host *h = &sim->hosts[arg & 0xffff];

	if (h->core && h->incarnation == arg >> 16)
		sim_host_crash(h, SIM_STATE_NEW);
}

static void fault_leave(struct sim *sim)
{
	struct sim_host *h = &sim->hosts[any_host(sim)];

	if (!h->core || h->paused)
		return;
	sim_trace(sim, 1, h, "is to leave");
	cdat_core_leave(sim_enter(h), sim_host_now(h));
	sim_exit();
	sim_host_drain(h);
	sim_at(sim, sim->now + 2 * SIM_SEC, stop_left, h->idx | (uint64_t)h->incarnation << 16);
	sim_at(sim, sim->now + 2 * SIM_SEC + any_time(sim, 3 * SIM_SEC), start_one, h->idx);
}

static void fault_clock(struct sim *sim)
{
	struct sim_host *h = &sim->hosts[any_host(sim)];
	int64_t us = (int64_t)sim_rng_below(&sim->rng, 7200 * SIM_SEC) - (int64_t)(3600 * SIM_SEC);

	sim_trace(sim, 1, h, "wall clock steps %lld us", (long long)us);
	if (!h->paused)
		sim_host_wall_step(h, us);
}

static void memory_back(struct sim *sim, uint64_t arg)
{
	sim->hosts[arg].alloc_fail = 0;
	sim->hosts[arg].run_since = sim->now;
}

static void fault_memory(struct sim *sim)
{
	struct sim_host *h = &sim->hosts[any_host(sim)];

	h->alloc_fail = (uint16_t)sim_rng_range(&sim->rng, 10, 500);
	sim_trace(sim, 1, h, "memory is short: %u/10000", h->alloc_fail);
	sim_at(sim, sim->now + any_time(sim, 3 * SIM_SEC), memory_back, h->idx);
}

static void fault(struct sim *sim, uint64_t arg)
{
	static void (*const kinds[])(struct sim *) = {
		fault_weather, fault_weather, fault_cuts, fault_cuts, fault_partition,
		fault_partition, fault_adapter, fault_crash, fault_crash, fault_crash, fault_pause,
		fault_pause, fault_disk, fault_leave, fault_clock,
		fault_memory,	/* last: only when asked for */
	};

	(void)arg;
	kinds[sim_rng_below(&sim->rng, sizeof(kinds) / sizeof(*kinds) - !sim->opt.memory)](sim);
	if (sim_rng_chance(&sim->rng, 6000))
		sim_at(sim, sim->now + any_time(sim, 5 * SIM_SEC), heal, 0);
}

/* ---- the random scenario ----------------------------------------------------------- */

static uint32_t draw_nodes(struct sim_rng *rng)
{
	uint64_t dice = sim_rng_below(rng, 1000);

	if (dice < 940)
		return (uint32_t)sim_rng_range(rng, 3, 9);
	if (dice < 985)
		return (uint32_t)sim_rng_range(rng, 2, 20);
	return (uint32_t)sim_rng_range(rng, 20, 64);
}

static void calm(struct sim *sim)
{
	sim_trace(sim, 1, NULL, "faults stop");
	sim_heal(sim);
	for (uint32_t i = 0; i < sim->n; i++) {
		struct sim_host *h = &sim->hosts[i];

		if (h->alloc_fail)
			memory_back(sim, i);
		h->store_delay_us = 0;
		h->store_fail = 0;
		if (h->paused)
			sim_host_resume(h);
		if (!h->core)
			sim_host_start(h);
	}
}

static void draw_options(struct sim_options *opt, uint64_t seed, uint32_t nodes, int verbose)
{
	struct sim_rng rng;

	sim_rng_seed(&rng, seed ^ 0x6f7074ull);
	memset(opt, 0, sizeof(*opt));
	opt->seed = seed;
	opt->nodes = draw_nodes(&rng);
	if (nodes)
		opt->nodes = nodes;
	opt->subnets = (uint8_t)(sim_rng_chance(&rng, 1500) ? 1 : sim_rng_chance(&rng, 8500) ? 2 : 3);
	opt->quorum = sim_rng_chance(&rng, 2500) ? CDAT_QUORUM_NONE : CDAT_QUORUM_MAJORITY;
	opt->all_tables = sim_rng_chance(&rng, 3000);
	opt->multicast = sim_rng_chance(&rng, 5000);
	opt->mixed = seed % 4 == 3;
	opt->verbose = verbose;
}

bool sim_random(uint64_t seed, uint32_t nodes, bool memory, int verbose, char *why, size_t len)
{
	struct sim_options opt;

	draw_options(&opt, seed, nodes, verbose);
	opt.memory = memory;
	struct sim *sim = sim_new(&opt);
	bool big = opt.nodes > 20;
	unsigned faults = (unsigned)sim_rng_range(&sim->rng, 1, big ? 4 : 8);
	uint64_t span = (big ? 4 : 10) * SIM_SEC, begin;

	sim_trace(sim, 1, NULL, "%u nodes, %u subnets, quorum %s%s", opt.nodes, opt.subnets,
		  opt.quorum == CDAT_QUORUM_NONE ? "none" : "majority",
		  opt.all_tables ? ", all have the table in their file" : "");
	for (uint32_t i = 0; i < sim->n; i++)
		sim->hosts[i].join_all = true;
	sim_start_all(sim, sim_rng_chance(&sim->rng, 5000) ? 0 : 2 * SIM_SEC);
	/* Mostly the cluster has formed before the first fault; always where each host has the
	 * table in its file, since then several can found it. */
	if (sim_rng_chance(&sim->rng, 8500) || opt.all_tables)
		sim_expect_convergence(sim, SETTLE);
	begin = sim->now;
	sim_load(sim, (unsigned)sim_rng_range(&sim->rng, 5, 60), (unsigned)sim_rng_range(&sim->rng, 1, 6),
		 begin + span);
	while (faults--)
		sim_at(sim, begin + sim_rng_below(&sim->rng, span), fault, 0);
	sim_run(sim, begin + span);
	/* What was begun (restarts, resumes) ends within this. */
	sim_run(sim, sim->now + 500 * SIM_MS);
	if (!sim->failed)
		calm(sim);
	sim_run(sim, sim->now + 7 * SIM_SEC);
	if (!sim->failed)
		calm(sim);
	sim_expect_convergence(sim, SETTLE);
	if (!sim->failed)
		sim_expect_service(sim);
	bool ok = !sim->failed;

	snprintf(why, len, "%s", sim->why);
	if (verbose)
		sim_trace(sim, 1, NULL, "%llu datagrams, %llu messages delivered, %llu changes committed",
			  (unsigned long long)sim->datagrams,
			  (unsigned long long)sim_order_delivered(sim),
			  (unsigned long long)sim_work_committed(sim));
	sim_free(sim);
	return ok;
}
