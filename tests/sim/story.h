/* SPDX-License-Identifier: BSD-2-Clause */
/* What the stories share: beginning, counting events, ending. */
#ifndef SIM_STORY_H
#define SIM_STORY_H

#include "check.h"
#include "order.h"
#include "scenario.h"
#include "work.h"

/* sim->user[] of a story */
enum { U_UNREACHABLE, U_JOINED, U_MERGED, U_CONFLICT, U_LAST, U_GAP, U_COUNT, U_MARK };

/* A cluster with defaults; tweak may be NULL. */
struct sim *story_new(uint64_t seed, uint32_t nodes, int verbose);
/* Starts all and waits for one view, with the first node as coordinator. */
void story_form(struct sim *sim);
/* Copies the verdict (or the note, when it held) and frees. */
bool story_end(struct sim *sim, const char *note, char *why, size_t len);
/* A violation unless `ok`. */
#define story_expect(sim, ok, ...) do { if (!(ok)) sim_fail(sim, __VA_ARGS__); } while (0)

bool story_join(uint64_t seed, int verbose, char *why, size_t len);
bool story_failover(uint64_t seed, int verbose, char *why, size_t len);
bool story_death(uint64_t seed, int verbose, char *why, size_t len);
bool story_freeze(uint64_t seed, int verbose, char *why, size_t len);
bool story_pause(uint64_t seed, int verbose, char *why, size_t len);
bool story_oneway(uint64_t seed, int verbose, char *why, size_t len);
bool story_apart(uint64_t seed, int verbose, char *why, size_t len);
bool story_bridge(uint64_t seed, int verbose, char *why, size_t len);
bool story_bridge_start(uint64_t seed, int verbose, char *why, size_t len);
bool story_halves(uint64_t seed, int verbose, char *why, size_t len);
bool story_parts(uint64_t seed, int verbose, char *why, size_t len);
bool story_few_left(uint64_t seed, int verbose, char *why, size_t len);
bool story_loss(uint64_t seed, int verbose, char *why, size_t len);
bool story_loss_fast(uint64_t seed, int verbose, char *why, size_t len);
bool story_succession(uint64_t seed, int verbose, char *why, size_t len);
bool story_leave(uint64_t seed, int verbose, char *why, size_t len);
bool story_big_messages(uint64_t seed, int verbose, char *why, size_t len);
bool story_order(uint64_t seed, int verbose, char *why, size_t len);
bool story_order_long(uint64_t seed, int verbose, char *why, size_t len);
bool story_group(uint64_t seed, int verbose, char *why, size_t len);
bool story_agents(uint64_t seed, int verbose, char *why, size_t len);
bool story_replica(uint64_t seed, int verbose, char *why, size_t len);

bool story_partition_majority(uint64_t seed, int verbose, char *why, size_t len);
bool story_partition_none(uint64_t seed, int verbose, char *why, size_t len);
bool story_coordinator_dies(uint64_t seed, int verbose, char *why, size_t len);
bool story_coordinator_asked_dies(uint64_t seed, int verbose, char *why, size_t len);
bool story_two_changes(uint64_t seed, int verbose, char *why, size_t len);
bool story_cold_restart(uint64_t seed, int verbose, char *why, size_t len);
bool story_rolling_restart(uint64_t seed, int verbose, char *why, size_t len);
bool story_old_state(uint64_t seed, int verbose, char *why, size_t len);
bool story_foreign_state(uint64_t seed, int verbose, char *why, size_t len);
bool story_upgrade(uint64_t seed, int verbose, char *why, size_t len);
bool story_upgrade_apart(uint64_t seed, int verbose, char *why, size_t len);
bool story_newer(uint64_t seed, int verbose, char *why, size_t len);
bool story_rotate(uint64_t seed, int verbose, char *why, size_t len);
bool story_change_failed(uint64_t seed, int verbose, char *why, size_t len);
bool story_threshold(uint64_t seed, int verbose, char *why, size_t len);
bool story_grave_partition(uint64_t seed, int verbose, char *why, size_t len);
bool story_grave_return(uint64_t seed, int verbose, char *why, size_t len);
bool story_grave_node(uint64_t seed, int verbose, char *why, size_t len);
bool story_grave_formats(uint64_t seed, int verbose, char *why, size_t len);
bool story_grave_age(uint64_t seed, int verbose, char *why, size_t len);
bool story_start_64(uint64_t seed, int verbose, char *why, size_t len);
bool story_start_1000(uint64_t seed, int verbose, char *why, size_t len);

#endif
