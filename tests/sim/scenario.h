/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scenarios.  A random one follows from its seed alone: a cluster forms, faults of all
 * kinds come and go under load, then they stop and convergence is demanded (I7), then a
 * change and messages must succeed.  A directed one is a story with a name.
 */
#ifndef SIM_SCENARIO_H
#define SIM_SCENARIO_H

#include "sim.h"

#define SETTLE	(45 * SIM_SEC)	/* all must be one again within this after the last fault */

/* nodes 0: by the seed.  memory: it is short at times.
 * True: held; else sim->why. Fills line with numbers of the run. */
bool sim_random(uint64_t seed, uint32_t nodes, bool memory, int verbose, char *why, size_t len);

struct sim_story {
	const char *name;
	bool (*run)(uint64_t seed, int verbose, char *why, size_t len);
	bool is_long;			/* only in sim-long */
};
extern const struct sim_story sim_stories[];
extern const size_t sim_nstories;

/* All hosts start within `spread` us of now. */
void sim_start_all(struct sim *sim, uint64_t spread);
/* Convergence within `within`, else a violation that says what is missing. */
bool sim_expect_convergence(struct sim *sim, uint64_t within);
/* After convergence: a change through each of two hosts and messages among all succeed;
 * then all end checks. */
bool sim_expect_service(struct sim *sim);
void sim_end_checks(struct sim *sim);

#endif
