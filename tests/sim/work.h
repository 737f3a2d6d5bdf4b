/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The load of a simulation and I2: changes.
 *
 * A change puts or removes a wanted route of a number used once, or sets an MTU to a
 * value used once, so a table tells which changes it holds.  Told refused: in no table
 * ever.  Told committed: at once in the table of all that are in the asker's view, never
 * leaves a table it was in, and in all tables at convergence (or overwritten by a later
 * change).  Every change is answered.  Told coordinatorLost
 * on a side without majority: either.
 */
#ifndef SIM_WORK_H
#define SIM_WORK_H

#include "sim.h"

#define SIM_WANTED_MAX	4096u
#define SIM_COOKIE_STORY 1000000u	/* from here on cookies of a story's own changes */

struct sim_work *sim_work_new(struct sim *sim);
void sim_work_free(struct sim *sim);
/* Proposes at a host one of the kinds of change by chance. Returns its cookie. */
uint64_t sim_work_change(struct sim_host *host);
/* Gives a change of one operation to the core of a host. */
void sim_change(struct sim_host *host, const struct cdat_op *op, uint64_t cookie, bool hold,
		uint32_t timeout_ms);
/* A wanted route of a new number; hold as of cdat_core_change(). */
uint64_t sim_work_put(struct sim_host *host, bool hold, uint32_t timeout_ms);
void sim_work_outcome(struct sim_host *host, const struct cdat_output *out);
/* Judges the outcomes of this call. */
void sim_work_after(struct sim_host *host);
void sim_work_started(struct sim_host *host);
void sim_work_stopped(struct sim_host *host);
/* The table of a host has a new version or digest. */
void sim_work_table(struct sim_host *host);
bool sim_work_idle(struct sim *sim);
uint64_t sim_work_committed(const struct sim *sim);
/* Result of a change (enum cdat_result), 0 while not answered. */
uint8_t sim_work_result(const struct sim *sim, uint64_t cookie);
void sim_work_end(struct sim *sim);

/* Random load: messages and changes per virtual second until `until`. */
void sim_load(struct sim *sim, unsigned messages, unsigned changes, uint64_t until);

#endif
