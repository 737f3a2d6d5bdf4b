/* SPDX-License-Identifier: BSD-2-Clause */
/* Directed scenarios: changes, partitions, restarts, size. */
#include "story.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- partition and merge ------------------------------------------------------------- */

static uint64_t prefer(struct sim_host *host, uint16_t node, int64_t value, uint64_t cookie)
{
	struct cdat_op op = { .kind = CDAT_OP_ADAPTER_SET, .index = 1, .node = node, .adapter = 2,
			      .attr = CDAT_A_CLASS, .number = value };

	sim_change(host, &op, cookie, false, 0);
	return cookie;
}

static bool sides_seen(struct sim *sim)
{
	for (uint32_t i = 0; i < 5; i++) {
		if (sim_view_of(&sim->hosts[i])->count != (i < 2 ? 2u : 3u) ||
		    sim_view_of(&sim->hosts[i])->state != CDAT_CS_OPERATIONAL)
			return false;
	}
	return true;
}

static void expect_time(struct sim *sim, uint64_t since, uint64_t limit, const char *what)
{
	story_expect(sim, sim->now - since <= limit, "%s took %" PRIu64 " ms", what,
		     (uint64_t)((sim->now - since) / SIM_MS));
}

static struct sim *partition_story(uint64_t seed, int verbose, uint8_t quorum)
{
	struct sim_options opt = { .seed = seed, .nodes = 5, .subnets = 2, .verbose = verbose,
				   .quorum = quorum };
	static const uint8_t group[5] = { 0, 0, 1, 1, 1 };
	struct sim *sim = sim_new(&opt);

	story_form(sim);
	sim_run(sim, sim->now + 2 * SIM_SEC);
	uint64_t t = sim->now;

	sim_trace(sim, 1, NULL, "partition 2 + 3");
	sim_partition(sim, group, 3);
	if (!sim_run_until(sim, t + 5 * SIM_SEC, 5 * SIM_MS, sides_seen))
		sim_fail(sim, "the partition is not seen");
	expect_time(sim, t, SIM_SEC, "to see the partition");
	sim_load(sim, 50, 0, sim->now + SIM_SEC);
	sim_run(sim, sim->now + SIM_SEC);
	return sim;
}

static void count_merges(struct sim *sim, struct sim_host *host, const struct cdat_event *event)
{
	(void)host;
	if (event->kind == CDAT_EV_MERGED)
		sim->user[U_MERGED]++;
	if (event->kind == CDAT_EV_CHANGE_CONFLICT)
		sim->user[U_CONFLICT]++;
}

static void heal_and_merge(struct sim *sim)
{
	uint64_t t = sim->now;
	uint32_t epoch = sim_view_of(&sim->hosts[0])->epoch, other = sim_view_of(&sim->hosts[4])->epoch;

	if (other > epoch)
		epoch = other;
	sim->on_event = count_merges;
	sim_trace(sim, 1, NULL, "heal");
	sim_heal(sim);
	sim_run_until(sim, t + 10 * SIM_SEC, 5 * SIM_MS, sim_one_view);
	expect_time(sim, t, 1500 * SIM_MS, "to merge");
	sim_expect_convergence(sim, 20 * SIM_SEC);
	story_expect(sim, sim->user[U_MERGED] == 5, "%" PRIu64 " merged events for 5 members",
		     sim->user[U_MERGED]);
	story_expect(sim, sim_view_of(&sim->hosts[0])->epoch - epoch <= 2, "the merge took %u views",
		     sim_view_of(&sim->hosts[0])->epoch - epoch);
}

bool story_partition_majority(uint64_t seed, int verbose, char *why, size_t len)
{
	struct sim *sim = partition_story(seed, verbose, CDAT_QUORUM_MAJORITY);

	story_expect(sim, sim_view_of(&sim->hosts[0])->standing == CDAT_MINORITY &&
		     sim_view_of(&sim->hosts[4])->standing == CDAT_MAJORITY, "standing is wrong");
	uint64_t small = sim_work_put(&sim->hosts[0], false, 0);
	uint64_t large = sim_work_put(&sim->hosts[4], false, 0);

	sim_run(sim, sim->now + SIM_SEC);
	story_expect(sim, sim_work_result(sim, small) == CDAT_RES_NOT_PRIMARY,
		     "a change in the minority ends with %u", sim_work_result(sim, small));
	story_expect(sim, sim_work_result(sim, large) == CDAT_RES_COMMITTED,
		     "a change in the majority ends with %u", sim_work_result(sim, large));
	heal_and_merge(sim);
	sim_expect_service(sim);
	return story_end(sim, "", why, len);
}

static void other_outcome(struct sim *sim, struct sim_host *host, const struct cdat_output *out)
{
	(void)host;
	if (out->cookie >= 1000000 && out->outcome->result == CDAT_RES_COMMITTED)
		sim->user[U_MARK]++;
}

bool story_partition_none(uint64_t seed, int verbose, char *why, size_t len)
{
	struct sim *sim = partition_story(seed, verbose, CDAT_QUORUM_NONE);
	uint8_t value = 0;

	sim->on_outcome = other_outcome;
	uint64_t a = sim_work_put(&sim->hosts[0], false, 0), b = sim_work_put(&sim->hosts[4], false, 0);

	sim_run(sim, sim->now + SIM_SEC);
	story_expect(sim, sim_work_result(sim, a) == CDAT_RES_COMMITTED &&
		     sim_work_result(sim, b) == CDAT_RES_COMMITTED, "changes on both sides end with %u"
		     " and %u", sim_work_result(sim, a), sim_work_result(sim, b));
	/* The same value changed on both sides. */
	prefer(&sim->hosts[1], 3, CDAT_CLASS_BULK, 1000001);
	prefer(&sim->hosts[3], 3, CDAT_CLASS_CONTROL, 1000002);
	sim_run(sim, sim->now + SIM_SEC);
	story_expect(sim, sim->user[U_MARK] == 2, "two conflicting changes are not both committed");
	heal_and_merge(sim);
	story_expect(sim, sim->user[U_CONFLICT] == 5, "%" PRIu64 " conflict events for 5 members",
		     sim->user[U_CONFLICT]);
	for (uint32_t i = 0; i < 5 && !sim->failed; i++) {
		const struct cdat_tnode *t = cdat_table_node(cdat_core_table(sim->hosts[i].core), 3);
		uint8_t v = t ? cdat_tnode_adapter(t, 2)->class_ : 0;

		story_expect(sim, (v == CDAT_CLASS_BULK || v == CDAT_CLASS_CONTROL) &&
			     (!i || v == value), "n%u keeps class %u", i + 1, v);
		value = v;
	}
	sim_expect_service(sim);
	return story_end(sim, "", why, len);
}

/* ---- the coordinator dies ------------------------------------------------------------ */

static void crash_leader(struct sim *sim, uint64_t fate)
{
	sim_host_crash(&sim->hosts[0], (enum sim_state_fate)fate);
}

/* Counts the coordinator's datagrams; from the user[U_MARK]-th on it is dead. */
static bool dying(struct sim *sim, struct sim_host *from, struct sim_host *to, const uint8_t *data,
		  size_t len)
{
	(void)to;
	(void)data;
	(void)len;
	if (from->idx)
		return true;
	if (++sim->user[U_COUNT] == sim->user[U_MARK])
		sim_at(sim, sim->now, crash_leader, sim->user[U_LAST]);
	return sim->user[U_COUNT] < sim->user[U_MARK];
}

/* One run: true while the change takes more than k datagrams. */
static bool die_at(uint64_t seed, int verbose, uint32_t asker, uint64_t k, bool between, char *why,
		   size_t len, bool *more)
{
	struct sim *sim = story_new(seed + k, 4, verbose);
	uint64_t change;

	story_form(sim);
	sim_run(sim, sim->now + SIM_SEC);
	sim->user[U_MARK] = k;
	sim->user[U_LAST] = k % 2 ? SIM_STATE_KEPT : SIM_STATE_NEW;
	sim->filter = dying;
	change = sim_work_put(&sim->hosts[asker], false, 0);
	sim_run(sim, sim->now + 100 * SIM_MS);
	*more = !sim->hosts[0].core;
	sim->filter = NULL;
	sim_run(sim, sim->now + 5 * SIM_SEC);
	if (asker && !sim->failed)
		story_expect(sim, sim_work_result(sim, change), "the change is not answered");
	/* Once with, once without a change before the old coordinator is back. */
	if (between) {
		uint64_t second = sim_work_put(&sim->hosts[2], false, 0);

		sim_run(sim, sim->now + 2 * SIM_SEC);
		story_expect(sim, sim_work_result(sim, second) == CDAT_RES_COMMITTED,
			     "the next change ends with %u", sim_work_result(sim, second));
	}
	sim_host_start(&sim->hosts[0]);
	sim_expect_convergence(sim, SETTLE);
	sim_expect_service(sim);
	if (sim->failed) {
		char text[512];

		snprintf(text, sizeof(text), "%s", sim->why);
		story_end(sim, "", why, len);
		snprintf(why, len, "coordinator dies at its datagram %" PRIu64 ": %.400s", k, text);
		return false;
	}
	return story_end(sim, "", why, len);
}

static bool each_step(uint64_t seed, int verbose, uint32_t asker, char *why, size_t len)
{
	bool more = true;
	uint64_t k;

	for (k = 1; more && k < 200; k++) {
		if (!die_at(seed, verbose, asker, k, false, why, len, &more) ||
		    !die_at(seed, verbose, asker, k, true, why, len, &more))
			return false;
	}
	snprintf(why, len, "%u steps", (unsigned)k - 1);
	return true;
}

bool story_coordinator_dies(uint64_t seed, int verbose, char *why, size_t len)
{
	return each_step(seed, verbose, 1, why, len);
}

bool story_coordinator_asked_dies(uint64_t seed, int verbose, char *why, size_t len)
{
	return each_step(seed + 1000, verbose, 0, why, len);
}

bool story_two_changes(uint64_t seed, int verbose, char *why, size_t len)
{
	struct sim *sim = story_new(seed, 5, verbose);

	story_form(sim);
	for (unsigned i = 0; i < 20 && !sim->failed; i++) {
		uint64_t a = sim_work_put(&sim->hosts[i % 5], false, 0);
		uint64_t b = sim_work_put(&sim->hosts[(i * 2 + 1) % 5], false, 0);

		sim_run(sim, sim->now + 500 * SIM_MS);
		uint8_t ra = sim_work_result(sim, a), rb = sim_work_result(sim, b);

		story_expect(sim, (ra == CDAT_RES_COMMITTED && rb == CDAT_RES_CHANGE_IN_FLIGHT) ||
			     (rb == CDAT_RES_COMMITTED && ra == CDAT_RES_CHANGE_IN_FLIGHT),
			     "two changes at once end with %u and %u", ra, rb);
	}
	sim_expect_convergence(sim, SETTLE);
	sim_expect_service(sim);
	return story_end(sim, "", why, len);
}

/* ---- restarts ------------------------------------------------------------------------ */

static void commit_some(struct sim *sim, unsigned n)
{
	while (n-- && !sim->failed) {
		uint64_t c = 0;

		for (uint32_t i = 0; i < sim->n && !c; i++)
			c = sim_work_put(&sim->hosts[(n + i) % sim->n], false, 0);
		sim_run(sim, sim->now + 200 * SIM_MS);
		story_expect(sim, sim_work_result(sim, c) == CDAT_RES_COMMITTED, "a change ends with %u",
			     sim_work_result(sim, c));
	}
}

bool story_cold_restart(uint64_t seed, int verbose, char *why, size_t len)
{
	for (unsigned round = 0; round < 6; round++) {
		struct sim *sim = story_new(seed + round, 5, verbose);

		story_form(sim);
		commit_some(sim, 4);
		uint32_t version = sim_view_of(&sim->hosts[0])->version;

		for (uint32_t i = 0; i < 5; i++)
			sim_host_crash(&sim->hosts[i], SIM_STATE_KEPT);
		sim_run(sim, sim->now + SIM_SEC);
		sim_start_all(sim, round * 700 * SIM_MS);
		sim_expect_convergence(sim, 20 * SIM_SEC);
		story_expect(sim, sim_view_of(&sim->hosts[0])->version >= version,
			     "version %u after %u", sim_view_of(&sim->hosts[0])->version, version);
		sim_expect_service(sim);
		if (!story_end(sim, "", why, len))
			return false;
	}
	return true;
}

bool story_rolling_restart(uint64_t seed, int verbose, char *why, size_t len)
{
	struct sim *sim = story_new(seed, 5, verbose);

	story_form(sim);
	for (uint32_t i = 0; i < 5 && !sim->failed; i++) {
		struct sim_host *h = &sim->hosts[i];

		sim->user[U_UNREACHABLE] = 0;
		if (i % 2) {
			cdat_core_leave(sim_enter(h), sim_host_now(h));
			sim_exit();
			sim_host_drain(h);
			sim_run(sim, sim->now + SIM_SEC);
			story_expect(sim, h->left, "n%u does not get away", i + 1);
		}
		sim_host_crash(h, SIM_STATE_NEW);
		sim_run(sim, sim->now + 2 * SIM_SEC);
		commit_some(sim, 1);
		story_expect(sim, sim->user[U_UNREACHABLE] == (i % 2 ? 0u : 4u),
			     "%" PRIu64 " unreachable events for the restart of n%u",
			     sim->user[U_UNREACHABLE], i + 1);
		sim_host_start(h);
		sim_expect_convergence(sim, 10 * SIM_SEC);
	}
	sim_expect_service(sim);
	return story_end(sim, "", why, len);
}

bool story_old_state(uint64_t seed, int verbose, char *why, size_t len)
{
	struct sim *sim = story_new(seed, 5, verbose);

	story_form(sim);
	commit_some(sim, 2);
	sim_host_crash(&sim->hosts[4], SIM_STATE_KEPT);
	sim_run(sim, sim->now + 2 * SIM_SEC);
	commit_some(sim, 5);
	sim_host_start(&sim->hosts[4]);
	sim_expect_convergence(sim, 10 * SIM_SEC);
	/* The only one that has the newest: the others stop first. */
	for (uint32_t i = 0; i < 2; i++)
		sim_host_crash(&sim->hosts[i], SIM_STATE_KEPT);
	sim_run(sim, sim->now + 2 * SIM_SEC);
	commit_some(sim, 3);
	for (uint32_t i = 2; i < 5; i++)
		sim_host_crash(&sim->hosts[i], SIM_STATE_KEPT);
	for (uint32_t i = 0; i < 5; i++) {
		sim_host_start(&sim->hosts[i]);
		sim_run(sim, sim->now + SIM_SEC);
	}
	sim_expect_convergence(sim, SETTLE);
	sim_expect_service(sim);
	return story_end(sim, "", why, len);
}

bool story_foreign_state(uint64_t seed, int verbose, char *why, size_t len)
{
	struct sim *sim = story_new(seed, 3, verbose);
	char err[512] = "";

	story_form(sim);
	sim_run(sim, sim->now + SIM_SEC);
	struct sim_host *h = &sim->hosts[1];
	struct cdat_core_config config = {
		.cluster = "another", .node = h->name, .version = "sim", .port = SIM_PORT,
		.keys = h->keys, .sealed = true, .boot = 5, .seed = 6, .incarnation = 1,
		.state = { h->stored, h->stored_len },
	};
	story_expect(sim, h->stored_len, "no state was stored");
	struct cdat_core *core = cdat_core_new(&config, 1000, err, sizeof(err));

	story_expect(sim, !core && err[0], "the state of another cluster is taken");
	cdat_core_free(core);
	for (size_t cut = 0; cut < h->stored_len && !sim->failed; cut += 1 + h->stored_len / 50) {
		config.cluster = "sim";
		config.state.len = cut ? cut : 1;
		core = cdat_core_new(&config, 1000, err, sizeof(err));
		story_expect(sim, !core, "a state torn at %zu of %zu is taken", cut, h->stored_len);
		cdat_core_free(core);
	}
	sim_expect_service(sim);
	return story_end(sim, "", why, len);
}

/* ---- size ---------------------------------------------------------------------------- */

static bool start_story(uint64_t seed, int verbose, uint32_t nodes, uint64_t within, char *why,
			size_t len)
{
	struct sim *sim = story_new(seed, nodes, verbose);
	char note[128];
	uint64_t peak = 0;

	sim_start_all(sim, 500 * SIM_MS);
	sim_run_until(sim, 60 * SIM_SEC, 50 * SIM_MS, sim_one_view);
	story_expect(sim, sim->now <= within, "%u nodes are one view after %" PRIu64 " ms", nodes,
		     (uint64_t)(sim->now / SIM_MS));
	uint64_t t = sim->now, octets = sim->octets;

	sim_run(sim, sim->now + 3 * SIM_SEC);
	double idle = (double)(sim->octets - octets) / 3 / nodes;

	for (uint32_t i = 0; i < nodes; i++)
		peak = (uint64_t)sim->hosts[i].mem_peak > peak ? (uint64_t)sim->hosts[i].mem_peak : peak;
	sim_expect_convergence(sim, SETTLE);
	story_expect(sim, octets <= 120000000, "%" PRIu64 " octets on the wire", octets);
	story_expect(sim, idle <= 30000, "%.0f octets a second per idle node", idle);
	if (nodes <= 64)
		sim_expect_service(sim);
	snprintf(note, sizeof(note), "%.2f s, %.1f MB on the wire, idle %.1f kB/s a node, %.1f MiB at"
		 " most", (double)t / 1e6, (double)octets / 1e6, idle / 1e3, (double)peak / (1 << 20));
	return story_end(sim, note, why, len);
}

bool story_start_64(uint64_t seed, int verbose, char *why, size_t len)
{
	return start_story(seed, verbose, 64, 10 * SIM_SEC, why, len);
}

bool story_start_1000(uint64_t seed, int verbose, char *why, size_t len)
{
	return start_story(seed, verbose, 1000, 10 * SIM_SEC, why, len);
}
