/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Directed scenarios of views in which no member watches all: many are gone at once, those among
 * them that serve longest and would settle doubts, and some that nobody of the rest watches.
 */
#include "story.h"

#define HALVES	24u		/* more than watch each other (src/core/member.c: ALL_WATCH) */
#define MANY	80u
#define LEFT	4u
#define WITHIN	(10 * SIM_SEC)

static uint32_t first, last;	/* the hosts that are to have a view of their own */

static bool one_of_them(struct sim *sim)
{
	return sim_one_view_of(sim, first, last);
}

static void expect_view(struct sim *sim, uint32_t from, uint32_t to)
{
	first = from;
	last = to;
	story_expect(sim, sim_run_until(sim, sim->now + WITHIN, 10 * SIM_MS, one_of_them),
		     "n%u to n%u have no view of their own", from + 1, to + 1);
}

/* After the first merge all of the second half have served less long than all of the first. */
bool story_halves(uint64_t seed, int verbose, char *why, size_t len)
{
	struct sim *sim = story_new(seed, HALVES, verbose);
	uint8_t group[HALVES];

	for (uint32_t i = 0; i < HALVES; i++)
		group[i] = i >= HALVES / 2;
	story_form(sim);
	for (unsigned times = 0; times < 2 && !sim->failed; times++) {
		sim_partition(sim, group, 3);
		expect_view(sim, 0, HALVES / 2 - 1);
		expect_view(sim, HALVES / 2, HALVES - 1);
		sim_heal(sim);
		sim_expect_convergence(sim, SETTLE);
	}
	sim_expect_service(sim);
	return story_end(sim, "", why, len);
}

/* Each group that is heard by all of it has a view of its own. */
static void expect_groups(struct sim *sim, const uint8_t *group, unsigned ngroups)
{
	uint64_t until = sim->now + WITHIN;
	bool all = false;

	while (!all && !sim->failed && sim->now < until) {
		sim_run(sim, sim->now + 50 * SIM_MS);
		all = true;
		for (uint32_t i = 0; i < sim->n; i++) {
			const struct sim_view *v = sim_view_of(&sim->hosts[i]);
			uint32_t n = 0;

			for (uint32_t k = 0; k < sim->n; k++)
				n += group[k] == group[i] && sim_host_up(&sim->hosts[k]);
			if (sim_host_up(&sim->hosts[i]))
				all &= v->count == n && v->state == (n > 1 ? CDAT_CS_OPERATIONAL
									   : CDAT_CS_ISOLATED);
		}
	}
	story_expect(sim, all, "%u parts have no view each", ngroups);
}

/* Again and again some end and the rest falls into parts; then all are one again. */
bool story_parts(uint64_t seed, int verbose, char *why, size_t len)
{
	struct sim *sim = story_new(seed, MANY, verbose);
	uint8_t group[MANY];

	story_form(sim);
	for (unsigned times = 0; times < 5 && !sim->failed; times++) {
		unsigned ngroups = (unsigned)sim_rng_range(&sim->rng, 1, 4);

		for (uint32_t i = 0; i < MANY; i++)
			group[i] = (uint8_t)sim_rng_below(&sim->rng, ngroups);
		sim_partition(sim, group, 3);
		for (uint32_t i = 0; i < MANY; i++)
			if (sim_rng_chance(&sim->rng, times * 2000))
				sim_host_crash(&sim->hosts[i], SIM_STATE_NEW);
		expect_groups(sim, group, ngroups);
		sim_heal(sim);
		for (uint32_t i = 0; i < MANY; i++)
			if (!sim_host_up(&sim->hosts[i]))
				sim_host_start(&sim->hosts[i]);
		sim_expect_convergence(sim, SETTLE);
	}
	sim_expect_service(sim);
	return story_end(sim, "", why, len);
}

bool story_few_left(uint64_t seed, int verbose, char *why, size_t len)
{
	struct sim *sim = story_new(seed, MANY, verbose);

	story_form(sim);
	for (uint32_t i = 0; i < MANY - LEFT; i++)
		sim_host_crash(&sim->hosts[i], SIM_STATE_NEW);
	expect_view(sim, MANY - LEFT, MANY - 1);
	for (uint32_t i = 0; i < MANY - LEFT; i++)
		sim_host_start(&sim->hosts[i]);
	sim_expect_convergence(sim, SETTLE);
	sim_expect_service(sim);
	return story_end(sim, "", why, len);
}
