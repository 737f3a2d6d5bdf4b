/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Directed scenarios: two components, or one and a node that starts, hear each other by one node
 * alone, and that one coordinates nothing.  They become one view all the same, by way of it.
 */
#include "story.h"

#define WAIT	(15 * SIM_SEC)
#define NODES 24u

/* All of `from` to `to` hear nobody of the others, nor are they heard; but by `bridge`. */
static void bridge_only(struct sim *sim, uint32_t from, uint32_t to, uint32_t bridge)
{
	for (uint32_t a = from; a <= to; a++)
		for (uint32_t b = 0; b < sim->n; b++) {
			bool other = b < from || b > to;

			if (!other || a == bridge || b == bridge)
				continue;
			sim_cut(sim, a, b, 3, true);
			sim_cut(sim, b, a, 3, true);
		}
}

/* They are one, stay so, and messages reach all. */
static void expect_one(struct sim *sim, uint32_t bridge)
{
	uint32_t epoch;

	story_expect(sim, sim_run_until(sim, sim->now + WAIT, 10 * SIM_MS, sim_one_view),
		     "not one view by way of n%u", bridge + 1);
	epoch = sim_view_of(&sim->hosts[0])->epoch;
	for (uint32_t i = 0; i < sim->n && !sim->failed; i++) {
		story_expect(sim, sim_order_send(&sim->hosts[i], UINT32_MAX, 0, 100) == CDAT_SEND_OK &&
			     sim_order_send(&sim->hosts[i], (i + 1) % sim->n, 0, 100) == CDAT_SEND_OK,
			     "a message is refused");
		sim_run(sim, sim->now + SIM_SEC);
	}
	sim_run(sim, sim->now + 2 * SIM_SEC);
	story_expect(sim, sim_order_idle(sim), "messages do not go by way of n%u", bridge + 1);
	story_expect(sim, sim_view_of(&sim->hosts[0])->epoch == epoch, "the view does not last");
}

static void components(struct sim *sim, uint32_t bridge)
{
	static const uint8_t halves[NODES] = {0,0,0,0,0,0,0,0,0,0,0,0,1,1,1,1,1,1,1,1,1,1,1,1};

	sim_partition(sim, halves, 3);
	sim_run(sim, sim->now + 25 * SIM_SEC);
	story_expect(sim, sim_view_of(&sim->hosts[0])->count == NODES / 2 &&
		     sim_view_of(&sim->hosts[NODES - 1])->count == NODES / 2, "no partition");
	sim_heal(sim);
	bridge_only(sim, NODES / 2, NODES - 1, bridge);
	expect_one(sim, bridge);
	sim_heal(sim);
	sim_expect_convergence(sim, SETTLE);
}

bool story_bridge(uint64_t seed, int verbose, char *why, size_t len)
{
	struct sim *sim = story_new(seed, NODES, verbose);

	story_form(sim);
	components(sim, 1);		/* of the component that takes in */
	components(sim, NODES - 2);	/* of the one that offers */
	components(sim, NODES - 1);
	sim_expect_service(sim);
	return story_end(sim, "", why, len);
}

bool story_bridge_start(uint64_t seed, int verbose, char *why, size_t len)
{
	struct sim *sim = story_new(seed, 5, verbose);

	story_form(sim);
	sim_host_crash(&sim->hosts[4], SIM_STATE_NEW);
	sim_run(sim, sim->now + 25 * SIM_SEC);
	bridge_only(sim, 4, 4, 2);
	sim_host_start(&sim->hosts[4]);
	expect_one(sim, 2);
	sim_heal(sim);
	sim_expect_convergence(sim, SETTLE);
	sim_expect_service(sim);
	return story_end(sim, "", why, len);
}
