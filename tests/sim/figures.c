/* SPDX-License-Identifier: BSD-2-Clause */
/* Figures of large clusters; see figures.h. */
#include "figures.h"

#include <stdio.h>
#include <stdlib.h>

#include "check.h"
#include "preload.h"
#include "scenario.h"
#include "work.h"

#define CHANGES		7
#define LEAN_ABOVE	1000u
#define IDLE_AFTER	(60 * SIM_SEC)
#define IDLE		(10 * SIM_SEC)
#define LEAN_AFTER	(30 * SIM_SEC)	/* thousands of nodes: seconds of processor each */
#define LEAN_IDLE	(2 * SIM_SEC)
#define START_MAX	(120 * SIM_SEC)

static void figure(const struct sim *sim, const char *name, double value, const char *unit)
{
	printf("figure %s-%u %.3f %s\n", name, sim->n, value, unit);
	fflush(stdout);
}

/* From nothing; a lean cluster after a power cut, with the table in all states. */
static void start(struct sim *sim)
{
	const char *what = sim->opt.lean ? "restart" : "join";
	char name[40];
	uint64_t began;

	if (sim->opt.lean)
		sim_preload(sim);
	began = sim->now;
	sim->octets = 0;
	sim_start_all(sim, 500 * SIM_MS);
	if (!sim_run_until(sim, began + START_MAX, 10 * SIM_MS, sim_one_view) && !sim->failed)
		sim_fail(sim, "I7: not one view after %u s", (unsigned)(START_MAX / SIM_SEC));
	snprintf(name, sizeof(name), "%s-time", what);
	figure(sim, name, (double)(sim->now - began) / 1e6, "s");
	snprintf(name, sizeof(name), "%s-octets", what);
	figure(sim, name, (double)sim->octets / 1e6, "MB");
}

static void idle(struct sim *sim, uint64_t after, uint64_t span)
{
	sim_run(sim, sim->now + after);

	uint64_t octets = sim->octets;

	sim_run(sim, sim->now + span);
	figure(sim, "idle", (double)(sim->octets - octets) / (double)(span / SIM_SEC) / sim->n / 1e3,
	       "kB/s");
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void changes(struct sim *sim)
{
	double ms[CHANGES];

	for (unsigned i = 0; i < CHANGES && !sim->failed; i++) {
		uint64_t t = sim->now;
		uint64_t cookie = sim_work_put(&sim->hosts[(i * 7919u + 1) % sim->n], false, 0);

		while (sim_work_result(sim, cookie) == 0 && sim->now < t + 10 * SIM_SEC &&
		       sim_run(sim, sim->now + 50))
			;
		if (sim_work_result(sim, cookie) != CDAT_RES_COMMITTED && !sim->failed)
			sim_fail(sim, "I7: a change ends with %u", sim_work_result(sim, cookie));
		ms[i] = (double)(sim->now - t) / 1e3;
		sim_run(sim, sim->now + 500 * SIM_MS);
	}
	if (sim->failed)
		return;
	qsort(ms, CHANGES, sizeof(*ms), by_value);
	figure(sim, "change", ms[CHANGES / 2], "ms");
}

/* ---- churn ---------------------------------------------------------------------------- */

static void come(struct sim *sim, uint64_t idx)
{
	sim_host_start(&sim->hosts[idx]);
}

static void stop(struct sim *sim, uint64_t idx)
{
	sim_host_crash(&sim->hosts[idx], SIM_STATE_NEW);
}

static void go(struct sim *sim, uint64_t until)
{
	/* the first stays: it is where the others ask */
	struct sim_host *h = &sim->hosts[sim_rng_range(&sim->rng, 1, sim->n - 1)];
	uint64_t every = 6000 * SIM_SEC / sim->n, stops = sim->now;

	if (sim->now >= until)
		return;
	sim_at(sim, sim->now + every / 2 + sim_rng_below(&sim->rng, every), go, until);
	if (!h->core || h->left)
		return;
	if (sim_rng_chance(&sim->rng, 5000)) {
		cdat_core_leave(sim_enter(h), sim_host_now(h));
		sim_exit();
		sim_host_drain(h);
		stops += 2 * SIM_SEC;
	}
	sim_at(sim, stops, stop, h->idx);
	sim_at(sim, stops + sim_rng_range(&sim->rng, 2 * SIM_SEC, 20 * SIM_SEC), come, h->idx);
}

static void churn(struct sim *sim, unsigned seconds)
{
	uint64_t octets = sim->octets, most = 0, *before = calloc(sim->n, sizeof(*before));
	uint32_t epoch = sim_view_of(&sim->hosts[0])->epoch;

	if (!before)
		abort();
	for (uint32_t i = 0; i < sim->n; i++)
		before[i] = sim->hosts[i].tx_bytes;
	go(sim, sim->now + seconds * SIM_SEC);
	sim_run(sim, sim->now + seconds * SIM_SEC);
	for (uint32_t i = 0; i < sim->n; i++)
		if (sim->hosts[i].tx_bytes - before[i] > most)
			most = sim->hosts[i].tx_bytes - before[i];
	free(before);
	figure(sim, "churn-views", sim_view_of(&sim->hosts[0])->epoch - epoch, "views");
	figure(sim, "churn-load", (double)(sim->octets - octets) / seconds / sim->n / 1e3, "kB/s");
	figure(sim, "churn-load-most", (double)most / seconds / 1e3, "kB/s");
	sim_run(sim, sim->now + 25 * SIM_SEC);
	sim_expect_convergence(sim, SETTLE);
}

bool sim_figures(uint64_t seed, uint32_t nodes, unsigned churning, bool lean, int verbose)
{
	struct sim_options opt = { .seed = seed, .nodes = nodes, .subnets = 2, .verbose = verbose,
				   .lean = lean || nodes > LEAN_ABOVE };
	struct sim *sim = sim_new(&opt);
	int64_t peak = 0;

	for (unsigned s = 0; s < SIM_SUBNETS; s++)
		sim->net[s].jitter_us = 0;
	start(sim);
	if (!sim->failed && !churning) {
		idle(sim, IDLE_AFTER, IDLE);
		changes(sim);
	} else if (!sim->failed && nodes > 1) {
		if (opt.lean)
			idle(sim, LEAN_AFTER, LEAN_IDLE);
		if (!sim->failed)
			churn(sim, churning);
	}
	for (uint32_t i = 0; i < nodes; i++)
		if (sim->hosts[i].mem_peak > peak)
			peak = sim->hosts[i].mem_peak;
	figure(sim, "memory", (double)peak / (1 << 20), "MiB");

	bool ok = !sim->failed;

	if (!ok)
		printf("not ok - figures of %u nodes: %s\n", nodes, sim->why);
	sim_free(sim);
	return ok;
}
