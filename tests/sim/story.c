/* SPDX-License-Identifier: BSD-2-Clause */
/* Directed scenarios: paths, silence, messages.  Names and order in sim_stories[]. */
#include "story.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct sim_story sim_stories[] = {
	{ "three nodes join (FIG. 2)", story_join, false },
	{ "failover of a stream of 1 ms", story_failover, false },
	{ "death is declared within 900 ms", story_death, false },
	{ "freeze and return", story_freeze, false },
	{ "a process pause is forgiven", story_pause, false },
	{ "one-way cut, a third reaches both", story_oneway, false },
	{ "two-way cut, a third reaches both", story_apart, false },
	{ "two components meet by one member alone", story_bridge, false },
	{ "a node starts that hears one member alone", story_bridge_start, false },
	{ "halves of 24 part twice", story_halves, false },
	{ "4 of 80 are left", story_few_left, false },
	{ "80 fall into parts, again and again", story_parts, false },
	{ "loss of 20 % for 60 s", story_loss, false },
	{ "loss of 10 % for 60 s, heartbeat 20 ms", story_loss_fast, false },
	{ "silent coordinator is succeeded", story_succession, false },
	{ "who leaves is told when all know", story_leave, false },
	{ "messages of 64 KiB over MTU 1280", story_big_messages, false },
	{ "one order under loss and crashes", story_order, false },
	{ "one datagram to all by multicast, else to each", story_group, false },
	{ "partition 2+3, majority", story_partition_majority, false },
	{ "partition 2+3, quorum none", story_partition_none, false },
	{ "coordinator dies at each step of a change", story_coordinator_dies, false },
	{ "asked coordinator dies at each step", story_coordinator_asked_dies, false },
	{ "two changes at once", story_two_changes, false },
	{ "cold restart", story_cold_restart, false },
	{ "rolling restart", story_rolling_restart, false },
	{ "return with an older state", story_old_state, false },
	{ "state of another cluster", story_foreign_state, false },
	{ "a change that fails is told by its asker", story_change_failed, false },
	{ "a new default threshold reaches all links", story_threshold, false },
	{ "upgrade of one after the other", story_upgrade, false },
	{ "halves of two versions part and merge", story_upgrade_apart, false },
	{ "one of an unknown version is refused", story_newer, false },
	{ "removed and changed on two sides, quorum none", story_grave_partition, false },
	{ "removed while one is away, quorum none", story_grave_return, false },
	{ "a node that lives is removed on the other side", story_grave_node, false },
	{ "graves beside a member of the format before", story_grave_formats, false },
	{ "graves go when all have seen them", story_grave_age, false },
	{ "rotation of keys", story_rotate, false },
	{ "rows told dirty are all that changed", story_replica, false },
	{ "each kind of agent has its teller and its marks", story_agents, false },
	{ "64 nodes start", story_start_64, false },
	{ "1,000 nodes start", story_start_1000, true },
	{ "one order for a million messages", story_order_long, true },
};
const size_t sim_nstories = sizeof(sim_stories) / sizeof(*sim_stories);

static void count_event(struct sim *sim, struct sim_host *host, const struct cdat_event *event)
{
	static const struct { uint8_t kind, slot; } slots[] = {
		{ CDAT_EV_NODE_UNREACHABLE, U_UNREACHABLE }, { CDAT_EV_NODE_JOINED, U_JOINED },
		{ CDAT_EV_MERGED, U_MERGED }, { CDAT_EV_CHANGE_CONFLICT, U_CONFLICT },
	};

	(void)host;
	for (size_t i = 0; i < sizeof(slots) / sizeof(*slots); i++) {
		if (event->kind == slots[i].kind)
			sim->user[slots[i].slot]++;
	}
}

struct sim *story_new(uint64_t seed, uint32_t nodes, int verbose)
{
	struct sim_options opt = { .seed = seed, .nodes = nodes, .subnets = 2, .verbose = verbose };
	struct sim *sim = sim_new(&opt);

	sim->on_event = count_event;
	return sim;
}

void story_form(struct sim *sim)
{
	sim_host_start(&sim->hosts[0]);
	sim_run(sim, sim->now + 200 * SIM_MS);
	for (uint32_t i = 1; i < sim->n; i++)
		sim_host_start(&sim->hosts[i]);
	sim_expect_convergence(sim, 30 * SIM_SEC);
	story_expect(sim, sim_view_of(&sim->hosts[0])->leader == 1, "node 1 does not lead");
}

bool story_end(struct sim *sim, const char *note, char *why, size_t len)
{
	bool ok = !sim->failed;

	snprintf(why, len, "%s", ok ? note : sim->why);
	sim_free(sim);
	return ok;
}

/* ---- FIG. 2 ---------------------------------------------------------------------- */

bool story_join(uint64_t seed, int verbose, char *why, size_t len)
{
	struct sim *sim = story_new(seed, 3, verbose);

	story_form(sim);
	story_expect(sim, sim->user[U_JOINED] >= 4, "%" PRIu64 " events tell of two joins",
		     sim->user[U_JOINED]);
	for (uint32_t i = 0; i < 3 && !sim->failed; i++) {
		for (uint16_t k = 1; k <= 3; k++) {
			const struct cdat_tnode *t =
				cdat_table_node(cdat_core_table(sim->hosts[i].core), k);

			for (uint8_t a = 0; t && a < t->nadapters; a++)
				story_expect(sim, t->adapters[a].type_reported == CDAT_IFT_ETHERNET &&
					     t->adapters[a].mtu_reported == 1500 &&
					     t->adapters[a].prefix_reported == 16,
					     "n%u lacks the facts of adapter %u of n%u", i + 1, a + 1, k);
			story_expect(sim, t && t->nadapters == 2, "n%u lacks n%u", i + 1, k);
		}
	}
	sim_expect_service(sim);
	return story_end(sim, "", why, len);
}

/* ---- FIG. 3 ---------------------------------------------------------------------- */

static void stream_arrives(struct sim *sim, struct sim_host *host, const struct cdat_output *out)
{
	(void)host;
	(void)out;
	uint64_t gap = sim->now - sim->user[U_LAST];

	if (sim->user[U_COUNT]++ && gap > sim->user[U_GAP])
		sim->user[U_GAP] = gap;
	sim->user[U_LAST] = sim->now;
}

static void stream_send(struct sim *sim, uint64_t until)
{
	if (sim->now >= until)
		return;
	enum cdat_send_error e = sim_order_send(&sim->hosts[0], 1, 0, 64);

	story_expect(sim, e == CDAT_SEND_OK, "message of the stream refused: %d", (int)e);
	sim_at(sim, sim->now + SIM_MS, stream_send, until);
}

static void cut_primary(struct sim *sim, uint64_t arg)
{
	uint8_t group[SIM_NODES_MAX];

	(void)arg;
	for (uint32_t i = 0; i < sim->n; i++)
		group[i] = (uint8_t)i;
	sim_trace(sim, 1, NULL, "the primary subnet is cut");
	sim_partition(sim, group, 1);
}

bool story_failover(uint64_t seed, int verbose, char *why, size_t len)
{
	struct sim *sim = story_new(seed, 5, verbose);
	char note[64];

	story_form(sim);
	sim->on_message = stream_arrives;
	stream_send(sim, sim->now + 4 * SIM_SEC);
	sim_at(sim, sim->now + 2 * SIM_SEC, cut_primary, 0);
	sim_run(sim, sim->now + 5 * SIM_SEC);
	story_expect(sim, sim->user[U_COUNT] == 4000, "%" PRIu64 " of 4000 messages arrived",
		     sim->user[U_COUNT]);
	story_expect(sim, sim->user[U_GAP] <= 25 * SIM_MS, "longest gap %" PRIu64 " us",
		     sim->user[U_GAP]);
	story_expect(sim, !sim->user[U_UNREACHABLE], "a node was removed");
	snprintf(note, sizeof(note), "longest gap %.1f ms", (double)sim->user[U_GAP] / 1e3);
	sim_heal(sim);
	sim_expect_convergence(sim, SETTLE);
	sim_expect_service(sim);
	return story_end(sim, note, why, len);
}

/* ---- death, freeze, pause -------------------------------------------------------- */

bool story_death(uint64_t seed, int verbose, char *why, size_t len)
{
	uint64_t worst = 0;
	char note[64];

	for (uint32_t victim = 0; victim < 5; victim++) {
		struct sim *sim = story_new(seed + victim, 5, verbose);

		story_form(sim);
		sim_run(sim, sim->now + SIM_SEC + sim_rng_below(&sim->rng, 400 * SIM_MS));
		uint64_t t = sim->now;

		sim_host_crash(&sim->hosts[victim], SIM_STATE_KEPT);
		while (sim->user[U_UNREACHABLE] < 4 && sim->now < t + 5 * SIM_SEC &&
		       sim_run(sim, sim->now + SIM_MS))
			;
		if (sim->now - t > worst)
			worst = sim->now - t;
		story_expect(sim, sim->now - t <= 900 * SIM_MS, "n%u declared after %" PRIu64 " ms by %"
			     PRIu64 " of 4", victim + 1, (uint64_t)((sim->now - t) / SIM_MS),
			     sim->user[U_UNREACHABLE]);
		sim_run(sim, sim->now + 3 * SIM_SEC);
		story_expect(sim, sim->user[U_UNREACHABLE] == 4, "%" PRIu64 " events of one death",
			     sim->user[U_UNREACHABLE]);
		sim_host_start(&sim->hosts[victim]);
		sim_expect_convergence(sim, SETTLE);
		sim_expect_service(sim);
		if (!story_end(sim, "", why, len))
			return false;
	}
	snprintf(note, sizeof(note), "at most %u ms", (unsigned)(worst / SIM_MS));
	snprintf(why, len, "%s", note);
	return true;
}

bool story_freeze(uint64_t seed, int verbose, char *why, size_t len)
{
	struct sim *sim = story_new(seed, 5, verbose);

	story_form(sim);
	sim_host_pause(&sim->hosts[2]);
	sim_run(sim, sim->now + 5 * SIM_SEC);
	story_expect(sim, sim->user[U_UNREACHABLE] == 4, "%" PRIu64 " events of a frozen node",
		     sim->user[U_UNREACHABLE]);
	sim_host_resume(&sim->hosts[2]);
	sim_expect_convergence(sim, 10 * SIM_SEC);
	story_expect(sim, sim_view_of(&sim->hosts[0])->leader == 1, "the leader was displaced");
	sim_expect_service(sim);
	return story_end(sim, "", why, len);
}

bool story_pause(uint64_t seed, int verbose, char *why, size_t len)
{
	struct sim *sim = story_new(seed, 5, verbose);

	story_form(sim);
	for (uint32_t i = 0; i < 5 && !sim->failed; i++) {
		sim_host_pause(&sim->hosts[i]);
		sim_run(sim, sim->now + 350 * SIM_MS);
		sim_host_resume(&sim->hosts[i]);
		sim_run(sim, sim->now + 2 * SIM_SEC);
		story_expect(sim, !sim->user[U_UNREACHABLE], "a pause of 350 ms of n%u removed a node",
			     i + 1);
	}
	/* All stop for longer than the silence limit, as a suspended host of virtual machines. */
	for (uint32_t i = 0; i < 5; i++)
		sim_host_pause(&sim->hosts[i]);
	sim_run(sim, sim->now + 3 * SIM_SEC);
	for (uint32_t i = 0; i < 5; i++)
		sim_host_resume(&sim->hosts[i]);
	sim_run(sim, sim->now + 3 * SIM_SEC);
	story_expect(sim, !sim->user[U_UNREACHABLE], "a pause of all removed a node");
	sim_expect_convergence(sim, 10 * SIM_SEC);
	sim_expect_service(sim);
	return story_end(sim, "", why, len);
}

/* ---- non-transitive reachability -------------------------------------------------- */

static bool cut_story(uint64_t seed, int verbose, bool both, char *why, size_t len)
{
	struct sim *sim = story_new(seed, 3, verbose);

	/* A is node 2, B node 3, C the coordinator; then A is the coordinator. */
	for (uint32_t a = 1; a < 2 && !sim->failed; a--) {
		uint32_t b = 2;

		if (a == 1)
			story_form(sim);
		sim_trace(sim, 1, NULL, "cut n%u -> n%u%s", a + 1, b + 1, both ? ", both ways" : "");
		sim_cut(sim, a, b, 3, true);
		sim_cut(sim, b, a, 3, both);
		sim_run(sim, sim->now + 3 * SIM_SEC);
		for (int i = 0; i < 50 && !sim->failed; i++) {
			story_expect(sim, sim_order_send(&sim->hosts[a], b, 0, 100) == CDAT_SEND_OK &&
				     sim_order_send(&sim->hosts[b], a, 0, 100) == CDAT_SEND_OK &&
				     sim_order_send(&sim->hosts[b], UINT32_MAX, 0, 100) == CDAT_SEND_OK,
				     "a message is refused");
			sim_run(sim, sim->now + 100 * SIM_MS);
		}
		sim_run(sim, sim->now + 2 * SIM_SEC);
		story_expect(sim, sim_order_idle(sim), "messages are not relayed");
		story_expect(sim, sim_work_put(&sim->hosts[b], false, 0) && sim_run(sim, sim->now +
			     2 * SIM_SEC) && sim_work_committed(sim) == 2 - a,
			     "no change while two members do not hear each other");
		story_expect(sim, !sim->user[U_UNREACHABLE], "a node was removed");
		sim_heal(sim);
		sim_expect_convergence(sim, SETTLE);
	}
	sim_expect_service(sim);
	return story_end(sim, "", why, len);
}

bool story_oneway(uint64_t seed, int verbose, char *why, size_t len)
{
	return cut_story(seed, verbose, false, why, len);
}

bool story_apart(uint64_t seed, int verbose, char *why, size_t len)
{
	return cut_story(seed, verbose, true, why, len);
}

/* ---- loss ------------------------------------------------------------------------- */

static bool loss_story(uint64_t seed, int verbose, uint16_t loss, uint32_t heartbeat, char *why,
		       size_t len)
{
	struct sim_options opt = { .seed = seed, .nodes = 5, .subnets = 2, .verbose = verbose,
				   .heartbeat_ms = heartbeat };
	struct sim *sim = sim_new(&opt);

	sim->on_event = count_event;
	story_form(sim);
	for (unsigned s = 0; s < 2; s++)
		sim->net[s].loss = loss;
	sim_net_changed(sim);
	sim_run(sim, sim->now + 60 * SIM_SEC);
	story_expect(sim, !sim->user[U_UNREACHABLE], "%" PRIu64 " false deaths",
		     sim->user[U_UNREACHABLE]);
	sim_heal(sim);
	sim_expect_convergence(sim, SETTLE);
	sim_expect_service(sim);
	return story_end(sim, "", why, len);
}

bool story_loss(uint64_t seed, int verbose, char *why, size_t len)
{
	return loss_story(seed, verbose, 2000, 0, why, len);
}

bool story_loss_fast(uint64_t seed, int verbose, char *why, size_t len)
{
	return loss_story(seed, verbose, 1000, 20, why, len);
}

/* ---- succession -------------------------------------------------------------------- */

bool story_succession(uint64_t seed, int verbose, char *why, size_t len)
{
	struct sim *sim = story_new(seed, 5, verbose);

	/* One after the other, so that their seniority is known. */
	for (uint32_t i = 0; i < 5; i++) {
		sim_host_start(&sim->hosts[i]);
		sim_run(sim, sim->now + 2 * SIM_SEC);
	}
	sim_expect_convergence(sim, 10 * SIM_SEC);
	for (uint32_t i = 0; i < 3 && !sim->failed; i++) {
		sim_host_crash(&sim->hosts[i], SIM_STATE_KEPT);
		sim_run(sim, sim->now + 2 * SIM_SEC);
		for (uint32_t k = i + 1; k < 5; k++)
			story_expect(sim, sim_view_of(&sim->hosts[k])->leader == i + 2,
				     "after the end of n%u n%u follows n%u", i + 1, k + 1,
				     sim_view_of(&sim->hosts[k])->leader);
	}
	for (uint32_t i = 0; i < 3; i++)
		sim_host_start(&sim->hosts[i]);
	sim_expect_convergence(sim, SETTLE);
	story_expect(sim, sim_view_of(&sim->hosts[0])->leader == 4, "a joiner displaced the leader");
	sim_expect_service(sim);
	return story_end(sim, "", why, len);
}

/* ---- messages ---------------------------------------------------------------------- */

bool story_big_messages(uint64_t seed, int verbose, char *why, size_t len)
{
	struct sim *sim = story_new(seed, 3, verbose);

	sim->net[0].mtu = 1280;	/* smaller than the adapters say, and no ICMP tells */
	story_form(sim);
	sim->net[0].loss = 100;
	sim_net_changed(sim);
	for (int i = 0; i < 20 && !sim->failed; i++) {
		uint32_t to = i % 3 ? (uint32_t)(i % 3) : UINT32_MAX;

		story_expect(sim, sim_order_send(&sim->hosts[0], to, 0, CDAT_MESSAGE_MAX) ==
			     CDAT_SEND_OK, "a message of 64 KiB is refused");
		sim_run(sim, sim->now + 300 * SIM_MS);
	}
	sim_run(sim, sim->now + 10 * SIM_SEC);
	story_expect(sim, sim_order_idle(sim), "messages of 64 KiB do not arrive");
	story_expect(sim, !sim->user[U_UNREACHABLE], "a node was removed");
	sim->net[0].loss = 0;
	sim->net[0].mtu = 1500;
	sim_expect_convergence(sim, SETTLE);
	sim_expect_service(sim);
	return story_end(sim, "", why, len);
}

static void restart_any(struct sim *sim, uint64_t until)
{
	if (sim->now >= until)
		return;
	uint32_t victim = (uint32_t)sim_rng_below(&sim->rng, sim->n);

	for (uint32_t i = 0; i < sim->n; i++)
		sim_host_start(&sim->hosts[i]);
	sim_host_crash(&sim->hosts[victim], SIM_STATE_KEPT);
	if (sim_rng_chance(&sim->rng, 3000)) {
		uint8_t group[SIM_NODES_MAX];

		for (uint32_t i = 0; i < sim->n; i++)
			group[i] = (uint8_t)sim_rng_below(&sim->rng, 2);
		sim_partition(sim, group, 3);
	} else {
		sim_heal(sim);
		for (unsigned s = 0; s < 2; s++)
			sim->net[s].loss = 500;
		sim_net_changed(sim);
	}
	sim_at(sim, sim->now + sim_rng_range(&sim->rng, SIM_SEC, 6 * SIM_SEC), restart_any, until);
}

static bool order_story(uint64_t seed, int verbose, uint64_t seconds, unsigned rate, uint64_t least,
			char *why, size_t len)
{
	struct sim *sim = story_new(seed, 5, verbose);
	char note[64];

	for (uint32_t i = 0; i < sim->n; i++)
		sim->hosts[i].join_all = true;
	story_form(sim);
	for (unsigned s = 0; s < 2; s++)
		sim->net[s].loss = 500;
	sim_net_changed(sim);
	uint64_t end = sim->now + seconds * SIM_SEC;

	sim_load(sim, rate, 0, end);
	sim_at(sim, sim->now + 2 * SIM_SEC, restart_any, end);
	sim_run(sim, end);
	sim_heal(sim);
	for (uint32_t i = 0; i < sim->n && !sim->failed; i++)
		sim_host_start(&sim->hosts[i]);
	sim_expect_convergence(sim, SETTLE);
	sim_expect_service(sim);
	story_expect(sim, sim_order_delivered(sim) >= least, "only %" PRIu64 " messages delivered",
		     sim_order_delivered(sim));
	snprintf(note, sizeof(note), "%" PRIu64 " delivered", sim_order_delivered(sim));
	return story_end(sim, note, why, len);
}

bool story_order(uint64_t seed, int verbose, char *why, size_t len)
{
	return order_story(seed, verbose, 20, 500, 10000, why, len);
}

bool story_order_long(uint64_t seed, int verbose, char *why, size_t len)
{
	return order_story(seed, verbose, 450, 2000, 1000000, why, len);
}
