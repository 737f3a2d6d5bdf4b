/* SPDX-License-Identifier: BSD-2-Clause */
/* Directed scenarios: what a change of the table does elsewhere. */
#include "story.h"

#include <string.h>

/* ---- parameters and the links -------------------------------------------------------- */

#define THRESHOLD 9

/* A parameter alone is changed; no entry of a node is touched. */
bool story_threshold(uint64_t seed, int verbose, char *why, size_t len)
{
	struct sim *sim = story_new(seed, 3, verbose);
	struct cdat_op op = { .kind = CDAT_OP_PARAM_SET, .index = 1, .attr = CDAT_A_RETRY_DEFAULT,
			      .number = THRESHOLD };

	story_form(sim);
	sim_change(&sim->hosts[1], &op, SIM_COOKIE_STORY, false, 0);
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

/* ---- a change that fails --------------------------------------------------------------- */

#define NO_ADDRESS "n2/1: no interface of n2 has 10.0.0.250; add it there first"

/* At the asker alone, with the words of the outcome and the result for a number. */
static void note_failed(struct sim *sim, struct sim_host *host, const struct cdat_event *e)
{
	if (e->kind != CDAT_EV_CHANGE_FAILED)
		return;
	story_expect(sim, host->idx == 2 && e->node == 3, "%s tells changeFailed of node %u",
		     host->name, e->node);
	story_expect(sim, e->number == CDAT_RES_ADDRESS_NOT_VERIFIED, "changeFailed has number %u",
		     e->number);
	story_expect(sim, !strcmp(e->text, NO_ADDRESS), "changeFailed says \"%s\"", e->text);
	story_expect(sim, e->severity == CDAT_SEV_MAJOR, "changeFailed has severity %u", e->severity);
	sim->user[U_COUNT]++;
}

static void note_refused(struct sim *sim, struct sim_host *host, const struct cdat_output *out)
{
	(void)host;
	if (out->cookie != SIM_COOKIE_STORY)
		return;
	story_expect(sim, out->outcome->result == CDAT_RES_ADDRESS_NOT_VERIFIED &&
		     !strcmp(out->outcome->text, NO_ADDRESS), "the change ends with %u: %s",
		     out->outcome->result, out->outcome->text);
	sim->user[U_MARK]++;
}

bool story_change_failed(uint64_t seed, int verbose, char *why, size_t len)
{
	struct sim *sim = story_new(seed, 3, verbose);
	struct cdat_op op = { .kind = CDAT_OP_ADAPTER_SET, .index = 1, .node = 2, .adapter = 1,
			      .attr = CDAT_A_ADDR,
			      .addr = { CDAT_AF_IPV4, { 10, 0, 0, 250 }, 0 } };

	story_form(sim);
	sim->on_event = note_failed;
	sim->on_outcome = note_refused;
	sim_change(&sim->hosts[2], &op, SIM_COOKIE_STORY, false, 0);
	sim_run(sim, sim->now + 3 * SIM_SEC);
	story_expect(sim, sim->user[U_MARK] == 1 && sim->user[U_COUNT] == 1,
		     "%u outcomes and %u events of the failure", (unsigned)sim->user[U_MARK],
		     (unsigned)sim->user[U_COUNT]);
	sim_expect_service(sim);
	return story_end(sim, "", why, len);
}
