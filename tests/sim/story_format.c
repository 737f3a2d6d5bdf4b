/* SPDX-License-Identifier: BSD-2-Clause */
/* Directed scenarios: members of several versions, an upgrade of one after the other. */
#include "story.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static struct {
	unsigned newer, older, lower, raised;
	char last[512];
} told;

static void take_log(struct sim *sim, struct sim_host *host, const char *text)
{
	(void)sim;
	(void)host;
	if (strstr(text, " has format 3, newer than 2; update this node"))
		told.newer++;
	else if (strstr(text, ", older than 3, the oldest that this node speaks; update that node"))
		told.older++;
	else if (strcmp(text, "the members speak format 1, the latest that all of them know; this node"
			" knows 2") == 0)
		told.lower++;
	else if (strcmp(text, "the members speak format 2 from now on") == 0)
		told.raised++;
	snprintf(told.last, sizeof(told.last), "%s", text);
}

static uint8_t format_of(struct sim_host *h)
{
	union cdat_record r;

	cdat_core_read(sim_enter(h), CDAT_K_CLUSTER, (struct cdat_key){ 0, 0 }, &r, sim_host_now(h));
	sim_exit();
	return r.cluster.format;
}

static uint64_t bad_versions(struct sim_host *h)
{
	union cdat_record r;

	cdat_core_read(sim_enter(h), CDAT_K_STATS, (struct cdat_key){ 0, 0 }, &r, sim_host_now(h));
	sim_exit();
	return r.stats.bad_version;
}

static void expect_format(struct sim *sim, uint8_t format, const char *when)
{
	for (uint32_t i = 0; i < sim->n; i++)
		story_expect(sim, !sim->hosts[i].core || format_of(&sim->hosts[i]) == format,
			     "%s n%u speaks format %u", when, i + 1, format_of(&sim->hosts[i]));
}

/* One leaves, or dies, and comes back with another version. */
static void restart(struct sim *sim, uint32_t i, bool leave, uint8_t format)
{
	struct sim_host *h = &sim->hosts[i];

	if (leave) {
		cdat_core_leave(sim_enter(h), sim_host_now(h));
		sim_exit();
		sim_host_drain(h);
		sim_run(sim, sim->now + SIM_SEC);
	}
	sim_host_crash(h, SIM_STATE_NEW);
	h->format = format;
	sim_run(sim, sim->now + 2 * SIM_SEC);
	sim_host_start(h);
	sim_expect_convergence(sim, 10 * SIM_SEC);
}

static struct sim *mixed_new(uint64_t seed, uint32_t nodes, int verbose)
{
	struct sim *sim = story_new(seed, nodes, verbose);

	memset(&told, 0, sizeof(told));
	sim->on_log = take_log;
	for (uint32_t i = 0; i < nodes; i++)
		sim->hosts[i].format = 1;
	return sim;
}

/* The whole cluster goes over to the newer version under load, the coordinator at a moment of
 * its own in each round; then one goes back and forth. */
static bool upgrade(uint64_t seed, uint32_t first, int verbose, char *why, size_t len)
{
	struct sim *sim = mixed_new(seed, 5, verbose);

	story_form(sim);
	expect_format(sim, 1, "before it all");
	sim_load(sim, 100, 3, SIM_NEVER);
	for (uint32_t k = 0; k < 5 && !sim->failed; k++) {
		expect_format(sim, 1, "until the last");
		restart(sim, (first + k) % 5, k % 2, 2);
	}
	expect_format(sim, 2, "after the last");
	story_expect(sim, told.raised == 4, "%u are told that the format rises", told.raised);

	restart(sim, (first + 2) % 5, true, 1);
	expect_format(sim, 1, "with one that went back");
	story_expect(sim, told.lower >= 4, "%u are told that the format falls", told.lower);
	restart(sim, (first + 2) % 5, false, 2);
	expect_format(sim, 2, "at the end");
	sim_expect_service(sim);
	story_expect(sim, told.newer == 0 && told.older == 0, "one is to be updated: %s", told.last);
	return story_end(sim, "", why, len);
}

bool story_upgrade(uint64_t seed, int verbose, char *why, size_t len)
{
	for (uint32_t first = 0; first < 5; first++)
		if (!upgrade(seed + first, first, verbose, why, len))
			return false;
	return true;
}

/* Halves of different versions part and merge. */
bool story_upgrade_apart(uint64_t seed, int verbose, char *why, size_t len)
{
	static const uint8_t sides[] = { 0, 0, 0, 1, 1 };
	struct sim *sim = mixed_new(seed, 5, verbose);

	for (uint32_t i = 0; i < 3; i++)
		sim->hosts[i].format = 2;
	story_form(sim);
	for (unsigned round = 0; round < 4 && !sim->failed; round++) {
		expect_format(sim, 1, "together");
		sim_partition(sim, sides, UINT8_MAX);
		sim_run(sim, sim->now + 5 * SIM_SEC);
		for (uint32_t i = 0; i < 5; i++)
			story_expect(sim, format_of(&sim->hosts[i]) == (sides[i] ? 1 : 2),
				     "apart n%u speaks format %u", i + 1, format_of(&sim->hosts[i]));
		sim_heal(sim);
		sim_expect_convergence(sim, 20 * SIM_SEC);
	}
	sim_expect_service(sim);
	return story_end(sim, "", why, len);
}

/* One that speaks nothing that the others know: it gets nowhere, all say why, few times. */
bool story_newer(uint64_t seed, int verbose, char *why, size_t len)
{
	struct sim *sim = story_new(seed, 4, verbose);
	struct sim_host *h = &sim->hosts[3];

	memset(&told, 0, sizeof(told));
	sim->on_log = take_log;
	story_form(sim);
	sim_host_crash(h, SIM_STATE_NEW);
	h->format = h->oldest = 3;
	sim_run(sim, sim->now + 2 * SIM_SEC);
	sim_host_start(h);
	sim_run(sim, sim->now + 30 * SIM_SEC);
	/* at most once for each address */
	story_expect(sim, told.newer >= 1 && told.newer <= 3 * 2, "%u lines about a newer one",
		     told.newer);
	story_expect(sim, told.older >= 1 && told.older <= 3 * 2, "%u lines of the newer one",
		     told.older);
	for (uint32_t i = 0; i < 4; i++)
		story_expect(sim, bad_versions(&sim->hosts[i]) > 0, "n%u counts nothing", i + 1);
	story_expect(sim, sim_view_of(&sim->hosts[0])->count == 3 && sim_view_of(h)->count <= 1,
		     "it is in a view of the others");

	/* what it keeps is refused by the version before, which says what to do */
	sim_host_crash(h, SIM_STATE_NEW);
	h->format = h->oldest = 0;
	h->stored[6] = 3;	/* length of the whole, then tag and length of the format */
	sim_host_start(h);
	story_expect(sim, strcmp(h->refusal, "the saved state has format 3, newer than 2, the latest of"
				 " this version; go back to the newer version, or move the state file"
				 " away and this node learns the table from the others") == 0,
		     "the state is refused by: %s", h->refusal);
	sim_expect_convergence(sim, 20 * SIM_SEC);
	sim_expect_service(sim);
	return story_end(sim, "", why, len);
}
