/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Invariants of membership, table and events, looked at after every call into a core.
 *
 * I1 within one view the same version has the same digest.
 * I2 changes: see work.h.
 * I4 no nodeUnreachable about a node that lives, runs and has had a two-way path to the
 *    members that removed it for CHECK_CALM.
 * I5 memory, queue and ticks of each core are bounded.
 * I6 one uid is one event; members that go together from one view to the next have the
 *    same cluster events in the same order; one nodeUnreachable per removal; no two
 *    members have two events in opposite orders.
 * I7 sim_check_converged(): one view of all, standing whole, same table and roles.
 */
#ifndef SIM_CHECK_H
#define SIM_CHECK_H

#include "sim.h"

#define CHECK_CALM	(4 * SIM_SEC)

/* A view as seen by a host; members as bits by host. */
struct sim_view {
	uint32_t epoch;
	uint16_t leader;
	uint8_t state, standing;
	uint32_t version;
	uint64_t digest;
	uint32_t count;
	uint64_t *members;
	uint64_t since;		/* virtual time at which (epoch, leader) was first seen */
	bool has_table;
};

struct sim_check *sim_check_new(struct sim *sim);
void sim_check_free(struct sim *sim);
void sim_check_started(struct sim_host *host);
void sim_check_stopped(struct sim_host *host);
void sim_check_event(struct sim_host *host, const struct cdat_event *event);
/* After outputs were taken: `cluster` when a row of cluster, component or member was dirty. */
void sim_check_after(struct sim_host *host, bool cluster);
const struct sim_view *sim_view_of(const struct sim_host *host);
/* Whether these hosts, or all, have an operational view of just them. */
bool sim_one_view_of(const struct sim *sim, uint32_t first, uint32_t last);
bool sim_one_view(struct sim *sim);
bool sim_view_has(const struct sim_view *view, uint32_t idx);
/* Both up, in the same view, which has both. */
bool sim_together(struct sim *sim, uint32_t a, uint32_t b);
/* Time since which b is in a's view without a break; SIM_NEVER: it is not. */
uint64_t sim_member_since(struct sim *sim, uint32_t a, uint32_t b);

/* I7: NULL when converged, else what is missing (static text). */
const char *sim_check_converged(struct sim *sim);
bool sim_converged(struct sim *sim);
/* At the end of a run: orders of events, and that dirty rows told all changes. */
void sim_check_end(struct sim *sim);

/* ---- order of things over several logs: no cycle --------------------------------- */

/* A graph "a came right before b in some log" whose nodes are numbered from 0. */
struct sim_dag { uint32_t *edge; size_t nedges, cap; uint32_t n; };
void sim_dag_edge(struct sim_dag *dag, uint32_t before, uint32_t after);
bool sim_dag_acyclic(const struct sim_dag *dag, uint32_t n, uint32_t *culprit);
void sim_dag_free(struct sim_dag *dag);

/* ---- map of 64-bit keys (not 0) to 32-bit values ---------------------------------- */

struct sim_map { uint64_t *key; uint32_t *val; size_t n, cap; };
/* The value's place; *added when the key is new (value 0). */
uint32_t *sim_map_at(struct sim_map *map, uint64_t key, bool *added);
void sim_map_free(struct sim_map *map);
uint64_t sim_mix(uint64_t a, uint64_t b);

#endif
