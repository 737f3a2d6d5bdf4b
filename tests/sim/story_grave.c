/* SPDX-License-Identifier: BSD-2-Clause */
/* Directed scenarios: what is removed stays removed. */
#include "story.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Roles of these stories; those of the simulated table have lower numbers. */
enum { UNTOUCHED = 10, REMOVED_LATER, CHANGED_LATER, PUT_AGAIN, CANDIDATE_GONE };

static char conflicts[8][CDAT_TEXT_MAX + 1];

static void note_event(struct sim *sim, struct sim_host *host, const struct cdat_event *event)
{
	if (event->kind == CDAT_EV_NODE_UNREACHABLE)
		sim->user[U_UNREACHABLE]++;
	if (event->kind != CDAT_EV_CHANGE_CONFLICT)
		return;
	if (host->idx == 0 && sim->user[U_CONFLICT] < 8)
		strcpy(conflicts[sim->user[U_CONFLICT]], event->text);
	sim->user[U_CONFLICT] += host->idx == 0;
}

static void note_outcome(struct sim *sim, struct sim_host *host, const struct cdat_output *out)
{
	(void)host;
	if (out->cookie >= SIM_COOKIE_STORY && !out->prepared)
		sim->user[U_MARK] += out->outcome->result == CDAT_RES_COMMITTED;
}

static struct sim *grave_story(uint64_t seed, uint32_t nodes, int verbose)
{
	struct sim_options opt = { .seed = seed, .nodes = nodes, .subnets = 2, .verbose = verbose,
				   .quorum = CDAT_QUORUM_NONE };
	struct sim *sim = sim_new(&opt);

	sim->on_event = note_event;
	sim->on_outcome = note_outcome;
	story_form(sim);
	return sim;
}

/* One change of one operation, which must be committed. */
static void change(struct sim *sim, uint32_t host, const struct cdat_op *op)
{
	uint64_t done = sim->user[U_MARK];

	sim_change(&sim->hosts[host], op, SIM_COOKIE_STORY + sim->user[U_COUNT]++, false, 0);
	sim_run(sim, sim->now + 200 * SIM_MS);
	story_expect(sim, sim->user[U_MARK] == done + 1, "a change of kind %u at n%u is not committed",
		     op->kind, host + 1);
}

static void role_put(struct sim *sim, uint32_t host, uint16_t role, uint16_t candidate)
{
	struct cdat_op op = { .kind = CDAT_OP_ROLE_PUT, .index = 1 };

	op.role.role = role;
	op.role.policy = CDAT_POLICY_ORDERED;
	snprintf(op.role.name, sizeof(op.role.name), "role%u", role);
	op.role.candidates[op.role.ncandidates++] = candidate;
	change(sim, host, &op);
}

static void role_remove(struct sim *sim, uint32_t host, uint16_t role)
{
	struct cdat_op op = { .kind = CDAT_OP_ROLE_REMOVE, .index = 1, .role = { .role = role } };

	change(sim, host, &op);
}

static void node_remove(struct sim *sim, uint32_t host, uint16_t node)
{
	struct cdat_op op = { .kind = CDAT_OP_NODE_DESTROY, .index = 1, .node = node };

	change(sim, host, &op);
}

/* The role in the table of a host; NULL: none. */
static const struct cdat_role *role_at(struct sim *sim, uint32_t host, uint16_t role)
{
	const struct cdat_role *roles = NULL;
	size_t n = sim->hosts[host].core
	    ? cdat_table_roles(cdat_core_table(sim->hosts[host].core), &roles) : 0;

	for (size_t i = 0; i < n; i++)
		if (roles[i].role == role)
			return &roles[i];
	return NULL;
}

/* In the tables of the first `hosts`: with that candidate first, 0: no candidate, -1: no role. */
static void expect_role(struct sim *sim, uint32_t hosts, uint16_t role, int candidate)
{
	for (uint32_t i = 0; i < hosts && !sim->failed; i++) {
		const struct cdat_role *r = role_at(sim, i, role);
		int first = !r ? -1 : r->ncandidates ? r->candidates[0] : 0;

		story_expect(sim, first == candidate, "n%u has candidate %d of role %u, not %d", i + 1,
			     first, role, candidate);
	}
}

static void expect_conflict(struct sim *sim, const char *line)
{
	for (uint64_t i = 0; i < sim->user[U_CONFLICT]; i++)
		if (!strcmp(conflicts[i], line))
			return;
	sim_fail(sim, "no conflict is told as \"%s\"; the first of %" PRIu64 ": %s", line,
		 sim->user[U_CONFLICT], conflicts[0]);
}

static bool apart(struct sim *sim)
{
	const struct sim_view *a = sim_view_of(&sim->hosts[0]), *b = sim_view_of(&sim->hosts[sim->n - 1]);

	return a->count > 1 && a->count < sim->n && a->state == CDAT_CS_OPERATIONAL &&
	    b->count == sim->n - a->count &&
	    b->state == (b->count > 1 ? CDAT_CS_OPERATIONAL : CDAT_CS_ISOLATED);
}

static void part(struct sim *sim, const uint8_t *group)
{
	sim_trace(sim, 1, NULL, "partition");
	sim_partition(sim, group, 3);
	if (!sim_run_until(sim, sim->now + 5 * SIM_SEC, 5 * SIM_MS, apart))
		sim_fail(sim, "the partition is not seen");
	sim_run(sim, sim->now + SIM_SEC);
}

static size_t graves_at(struct sim *sim, uint32_t host)
{
	return cdat_table_graves(cdat_core_table(sim->hosts[host].core), NULL);
}

static struct sim *remove_and_change(uint64_t seed, int verbose, const uint8_t *group)
{
	struct sim *sim = grave_story(seed, 5, verbose);

	for (uint16_t role = UNTOUCHED; role <= PUT_AGAIN; role++)
		role_put(sim, 0, role, 1);
	part(sim, group);
	/* the side that still has them makes more changes */
	for (unsigned i = 0; i < 2; i++)
		(void)sim_work_put(&sim->hosts[3], false, 0), sim_run(sim, sim->now + 200 * SIM_MS);
	role_put(sim, 3, REMOVED_LATER, 4);
	role_remove(sim, 0, UNTOUCHED);
	role_remove(sim, 0, CHANGED_LATER);
	role_remove(sim, 0, PUT_AGAIN);
	role_put(sim, 1, PUT_AGAIN, 2);
	role_put(sim, 3, CHANGED_LATER, 5);
	role_remove(sim, 1, REMOVED_LATER);
	sim_trace(sim, 1, NULL, "heal");
	sim_heal(sim);
	sim_expect_convergence(sim, 20 * SIM_SEC);
	expect_role(sim, 5, UNTOUCHED, -1);
	expect_role(sim, 5, REMOVED_LATER, -1);
	expect_role(sim, 5, CHANGED_LATER, 5);
	expect_role(sim, 5, PUT_AGAIN, 2);
	story_expect(sim, sim->user[U_CONFLICT] == 2, "%" PRIu64 " conflicts are told, not 2",
		     sim->user[U_CONFLICT]);
	expect_conflict(sim, "role 11: kept its removal (set by n2), dropped 'role11' (set by n4)");
	expect_conflict(sim, "role 12: kept 'role12' (set by n4), dropped its removal (set by n1)");
	sim_expect_service(sim);
	return sim;
}

/* Both sides change, one removes; all by the stamps, and rivals are told.  The larger side takes
 * in the other: once the one that removes, once the one that changes. */
bool story_grave_partition(uint64_t seed, int verbose, char *why, size_t len)
{
	static const uint8_t changer[5] = { 0, 0, 1, 1, 1 }, remover[5] = { 0, 0, 0, 1, 1 };

	return story_end(remove_and_change(seed, verbose, changer), "", why, len) &&
	    story_end(remove_and_change(seed, verbose, remover), "", why, len);
}

/* One comes back with the state of before the removal and has changed something alone since;
 * those who removed were restarted meanwhile. */
bool story_grave_return(uint64_t seed, int verbose, char *why, size_t len)
{
	static const uint8_t group[3] = { 0, 0, 1 };
	struct sim *sim = grave_story(seed, 3, verbose);

	role_put(sim, 0, UNTOUCHED, 1);
	sim_run(sim, sim->now + SIM_SEC);
	sim_host_crash(&sim->hosts[2], SIM_STATE_KEPT);
	sim_run(sim, sim->now + 3 * SIM_SEC);
	role_remove(sim, 0, UNTOUCHED);
	for (uint32_t i = 0; i < 2; i++)
		sim_host_crash(&sim->hosts[i], SIM_STATE_KEPT);
	sim_partition(sim, group, 3);
	sim_start_all(sim, SIM_MS);
	if (!sim_run_until(sim, sim->now + 10 * SIM_SEC, 5 * SIM_MS, apart))
		sim_fail(sim, "no two sides");
	expect_role(sim, 2, UNTOUCHED, -1);
	story_expect(sim, role_at(sim, 2, UNTOUCHED), "n3 has not the old state");
	for (unsigned i = 0; i < 4; i++)
		(void)sim_work_put(&sim->hosts[2], false, 0), sim_run(sim, sim->now + 200 * SIM_MS);
	sim_heal(sim);
	sim_expect_convergence(sim, 20 * SIM_SEC);
	expect_role(sim, 3, UNTOUCHED, -1);
	story_expect(sim, graves_at(sim, 2) == 1, "n3 has %zu graves, not 1", graves_at(sim, 2));
	sim_expect_service(sim);
	return story_end(sim, "", why, len);
}

static bool without_fifth(struct sim *sim)
{
	for (uint32_t i = 0; i < 4; i++)
		if (sim_view_of(&sim->hosts[i])->count != 4 ||
		    sim_view_of(&sim->hosts[i])->state != CDAT_CS_OPERATIONAL ||
		    sim_view_of(&sim->hosts[i])->digest != sim_view_of(&sim->hosts[0])->digest)
			return false;
	return true;
}

/* A node is removed on one side while it lives on the other, where a role is given to it. */
static struct sim *node_removed(uint64_t seed, int verbose, const uint8_t *group)
{
	struct sim *sim = grave_story(seed, 5, verbose);

	role_put(sim, 0, CANDIDATE_GONE, 5);
	part(sim, group);
	sim->user[U_UNREACHABLE] = 0;
	node_remove(sim, 0, 5);
	expect_role(sim, 1, CANDIDATE_GONE, 0);
	for (unsigned i = 0; i < 2; i++)
		(void)sim_work_put(&sim->hosts[3], false, 0), sim_run(sim, sim->now + 200 * SIM_MS);
	role_put(sim, 3, CANDIDATE_GONE, 5);
	sim_trace(sim, 1, NULL, "heal");
	sim_heal(sim);
	sim_run_until(sim, sim->now + 20 * SIM_SEC, 5 * SIM_MS, without_fifth);
	story_expect(sim, without_fifth(sim), "the four are not one: n1 has %u, n4 %u",
		     sim_view_of(&sim->hosts[0])->count, sim_view_of(&sim->hosts[3])->count);
	sim_run(sim, sim->now + 5 * SIM_SEC);
	for (uint32_t i = 0; i < 4 && !sim->failed; i++)
		story_expect(sim, !cdat_table_node(cdat_core_table(sim->hosts[i].core), 5),
			     "n%u has node 5 again", i + 1);
	expect_role(sim, 4, CANDIDATE_GONE, 0);
	expect_conflict(sim, "role role14: node 5 is no candidate any more: it was removed");
	return sim;
}

bool story_grave_node(uint64_t seed, int verbose, char *why, size_t len)
{
	static const uint8_t larger[5] = { 0, 0, 0, 1, 1 }, smaller[5] = { 0, 0, 1, 1, 1 };

	/* its component offers itself to those who removed it, and takes them in */
	return story_end(node_removed(seed, verbose, larger), "", why, len) &&
	    story_end(node_removed(seed, verbose, smaller), "", why, len);
}

/* Graves go when they have done their work, by the next change. */
bool story_grave_age(uint64_t seed, int verbose, char *why, size_t len)
{
	struct sim *sim = grave_story(seed, 3, verbose);

	role_put(sim, 0, UNTOUCHED, 1);
	role_remove(sim, 0, UNTOUCHED);
	/* one has not been there since */
	sim_host_crash(&sim->hosts[2], SIM_STATE_KEPT);
	sim_run(sim, sim->now + 70 * SIM_SEC);
	role_put(sim, 0, PUT_AGAIN, 1);
	story_expect(sim, graves_at(sim, 0) == 1, "%zu graves while one is away", graves_at(sim, 0));
	sim_host_start(&sim->hosts[2]);
	sim_expect_convergence(sim, 20 * SIM_SEC);
	/* all were told, but its disk may be slow */
	role_put(sim, 0, PUT_AGAIN, 2);
	story_expect(sim, graves_at(sim, 2) == 1, "%zu graves at once", graves_at(sim, 2));
	sim_run(sim, sim->now + 61 * SIM_SEC);
	role_remove(sim, 0, PUT_AGAIN);
	for (uint32_t i = 0; i < 3; i++)
		story_expect(sim, graves_at(sim, i) == 1 &&
			     !cdat_table_grave(cdat_core_table(sim->hosts[i].core),
					       (struct cdat_entry_id){ CDAT_ENT_ROLE, UNTOUCHED },
					       &(struct cdat_stamp){ 0 }),
			     "n%u has %zu graves, not only the last", i + 1, graves_at(sim, i));
	sim_expect_service(sim);
	return story_end(sim, "", why, len);
}

static void expect_graves(struct sim *sim, size_t n, const char *when)
{
	for (uint32_t i = 0; i < sim->n && !sim->failed; i++)
		story_expect(sim, graves_at(sim, i) == n, "%s n%u has %zu graves, not %zu", when, i + 1,
			     graves_at(sim, i), n);
}

static void restart_as(struct sim *sim, uint32_t host, uint8_t format)
{
	sim_host_crash(&sim->hosts[host], SIM_STATE_NEW);
	sim->hosts[host].format = format;
	sim_run(sim, sim->now + 2 * SIM_SEC);
	sim_host_start(&sim->hosts[host]);
	sim_expect_convergence(sim, 10 * SIM_SEC);
}

/* Beside a member of the format before there are none: equal digests come first. */
bool story_grave_formats(uint64_t seed, int verbose, char *why, size_t len)
{
	struct sim *sim = grave_story(seed, 3, verbose);

	role_put(sim, 0, UNTOUCHED, 1);
	role_put(sim, 0, PUT_AGAIN, 1);
	role_remove(sim, 0, UNTOUCHED);
	expect_graves(sim, 1, "among equals");
	/* its state has a grave, which it skips */
	restart_as(sim, 2, 1);
	story_expect(sim, !sim->hosts[2].refusal[0], "n3 refuses its state: %s", sim->hosts[2].refusal);
	expect_graves(sim, 0, "with one of format 1");
	role_remove(sim, 2, PUT_AGAIN);
	expect_graves(sim, 0, "after a removal with one of format 1");
	expect_role(sim, 3, UNTOUCHED, -1);
	expect_role(sim, 3, PUT_AGAIN, -1);
	restart_as(sim, 2, 0);
	role_put(sim, 1, UNTOUCHED, 1);
	role_remove(sim, 2, UNTOUCHED);
	expect_graves(sim, 1, "among equals again");
	sim_expect_service(sim);
	return story_end(sim, "", why, len);
}
