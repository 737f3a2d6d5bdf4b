/* SPDX-License-Identifier: BSD-2-Clause */
/* Directed scenarios: what a change of the table does elsewhere. */
#include "story.h"

/* ---- parameters and the links -------------------------------------------------------- */

#define THRESHOLD 9

/* A parameter alone is changed; no entry of a node is touched. */
bool story_threshold(uint64_t seed, int verbose, char *why, size_t len)
{
	struct sim *sim = story_new(seed, 3, verbose);
	struct cdat_op op = { .kind = CDAT_OP_PARAM_SET, .index = 1, .attr = CDAT_A_RETRY_DEFAULT,
			      .number = THRESHOLD };

	story_form(sim);
	cdat_core_change(sim_enter(&sim->hosts[1]), &op, 1, SIM_COOKIE_STORY, false, 0,
			 sim_host_now(&sim->hosts[1]));
	sim_exit();
	sim_host_drain(&sim->hosts[1]);
	sim_run(sim, sim->now + SIM_SEC);
	for (uint32_t i = 0; i < sim->n; i++) {
		struct sim_host *h = &sim->hosts[i];
		struct cdat_key key = { 0, 0 };
		union cdat_record rec;

		while (cdat_core_next_key(h->core, CDAT_K_PATH, &key)) {
			story_expect(sim, cdat_core_read(h->core, CDAT_K_PATH, key, &rec,
							 sim_host_now(h)) &&
				     rec.path.threshold == THRESHOLD,
				     "%s tries n%u/%u %u times", h->name, key.a, key.b,
				     rec.path.threshold);
			sim->user[U_COUNT]++;
		}
	}
	story_expect(sim, sim->user[U_COUNT] == 3 * 2 * 2, "not all paths are there");
	sim_expect_service(sim);
	return story_end(sim, "", why, len);
}
