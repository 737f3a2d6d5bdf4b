/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Directed scenario: messages to all go as one datagram of multicast where all hear it;
 * what is lost is repaired; where a subnet carries none another one is taken, and where
 * none does each gets its own.
 */
#include "story.h"

#include <inttypes.h>

#define NODES 5u
#define PROBES_MAX 12u	/* in the time of one burst: one a second, one more a new proof */

static void count(struct sim *sim, struct sim_host *host, const struct cdat_output *out)
{
	(void)host;
	sim->user[U_COUNT] += out->ordered;
}

/* n messages to all; every member gets each.  Returns how many multicasts were sent. */
static uint64_t burst(struct sim *sim, unsigned n, uint64_t every_us)
{
	uint64_t before = sim->multicasts, had = sim->user[U_COUNT];

	for (unsigned i = 0; i < n && !sim->failed; i++) {
		story_expect(sim, sim_order_send(&sim->hosts[i % 4], UINT32_MAX, 0, 200) ==
			     CDAT_SEND_OK, "a message to all is refused");
		sim_run(sim, sim->now + every_us);
	}
	sim_run(sim, sim->now + SIM_SEC);
	story_expect(sim, sim_order_idle(sim), "messages to all do not arrive");
	story_expect(sim, sim->user[U_COUNT] - had == (uint64_t)n * NODES,
		     "%" PRIu64 " deliveries of %u messages to %u", sim->user[U_COUNT] - had, n,
		     NODES);
	return sim->multicasts - before;
}

static void no_multicast(struct sim *sim, uint8_t subnets)
{
	sim->unicast_only = subnets;
	(void)burst(sim, 20, 10 * SIM_MS);	/* across the fault: late, not lost */
	sim_run(sim, sim->now + 10 * SIM_SEC);
}

bool story_group(uint64_t seed, int verbose, char *why, size_t len)
{
	struct sim_options opt = { .seed = seed, .nodes = NODES, .subnets = 2, .verbose = verbose,
				   .multicast = true };
	struct sim *sim = sim_new(&opt);
	uint64_t sent;

	sim->on_message = count;
	story_form(sim);
	sim_run(sim, sim->now + 2 * SIM_SEC);
	sent = burst(sim, 200, 5 * SIM_MS);
	story_expect(sim, sent >= 200 && sent <= 200 + PROBES_MAX,
		     "200 messages to all are %" PRIu64 " multicasts", sent);
	sent = burst(sim, 150, 0);
	story_expect(sim, sent >= 150, "150 at once are %" PRIu64 " multicasts", sent);

	for (unsigned s = 0; s < 2; s++)
		sim->net[s].loss = 1000;
	sim_net_changed(sim);
	sent = burst(sim, 500, 5 * SIM_MS);
	story_expect(sim, sent >= 100, "under loss only %" PRIu64 " multicasts", sent);
	(void)burst(sim, 400, 0);	/* more than may be under way: the rest waits its turn */
	sim_heal(sim);
	sim_run(sim, sim->now + 5 * SIM_SEC);

	no_multicast(sim, 1);
	sent = burst(sim, 100, 5 * SIM_MS);
	story_expect(sim, sent >= 100, "the other subnet is not taken: %" PRIu64, sent);
	no_multicast(sim, 3);
	sent = burst(sim, 100, 5 * SIM_MS);
	story_expect(sim, sent <= PROBES_MAX, "%" PRIu64 " multicasts that nobody hears", sent);
	sim_heal(sim);
	sim_run(sim, sim->now + 5 * SIM_SEC);
	sent = burst(sim, 100, 5 * SIM_MS);
	story_expect(sim, sent >= 100, "multicast is not taken up again: %" PRIu64, sent);
	sim_expect_service(sim);
	return story_end(sim, "", why, len);
}
