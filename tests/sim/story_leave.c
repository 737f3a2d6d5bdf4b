/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Directed scenarios: a member asks to leave, and at each moment of the view without it
 * the others hear the coordinator no more, which then ends; or they had gone on without the
 * coordinator already.  The member stays until all others know: its end is told as
 * nodeLeft, by none as nodeUnreachable.
 */
#include "story.h"

#include <inttypes.h>

#define NODES 5u
#define LEAVER (NODES - 1)
#define STEP 20u			/* us from one moment to the next */
#define STEPS_MIN 10u			/* as many at least fall into the change of view */
#define TELL_MAX (2900 * SIM_MS)	/* after 3 s the leaver goes untold */
#define TELL_SOON (250 * SIM_MS)	/* before it asks again */
#define LINGER (5 * SIM_MS)		/* the coordinator's, with the leaver alone */

static void count(struct sim *sim, struct sim_host *host, const struct cdat_event *event)
{
	if (event->node != LEAVER + 1 || host->idx == 0)
		return;
	if (event->kind == CDAT_EV_NODE_LEFT)
		sim->user[U_COUNT]++;
	else if (event->kind == CDAT_EV_NODE_UNREACHABLE)
		sim->user[U_UNREACHABLE]++;
}

static bool has_left(struct sim *sim)
{
	return sim->hosts[LEAVER].left;
}

/* Those that run have one view, of them alone. */
static bool rest_agrees(struct sim *sim)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < LEAVER; i++)
		n += sim_host_up(&sim->hosts[i]);
	for (uint32_t i = 0; i < LEAVER; i++) {
		const struct sim_view *v = sim_view_of(&sim->hosts[i]);

		if (sim_host_up(&sim->hosts[i]) &&
		    (v->count != n || v->state != CDAT_CS_OPERATIONAL))
			return false;
	}
	return true;
}

static void ask_to_leave(struct sim *sim)
{
	struct sim_host *leaver = &sim->hosts[LEAVER];

	sim->on_event = count;
	sim->user[U_COUNT] = sim->user[U_UNREACHABLE] = 0;
	cdat_core_leave(sim_enter(leaver), sim_host_now(leaver));
	sim_exit();
	sim_host_drain(leaver);
}

/* The leaver is told before it would go untold, and goes; then all have it as one that left. */
static void expect_left(struct sim *sim, uint64_t asked, const char *what, uint64_t at)
{
	story_expect(sim, sim_run_until(sim, asked + TELL_MAX, SIM_MS, has_left),
		     "%s after %" PRIu64 " us: the leaver is not told", what, at);
	sim_host_crash(&sim->hosts[LEAVER], SIM_STATE_NEW);
	story_expect(sim, sim_run_until(sim, sim->now + 5 * SIM_SEC, 5 * SIM_MS, rest_agrees),
		     "%s after %" PRIu64 " us: no view of the others", what, at);
	story_expect(sim, !sim->user[U_UNREACHABLE] && sim->user[U_COUNT] >= 2,
		     "%s after %" PRIu64 " us: %" PRIu64 " tell that the node left, %" PRIu64
		     " that it is unreachable", what, at, sim->user[U_COUNT],
		     sim->user[U_UNREACHABLE]);
}

/* Whether the leaver was not told yet. */
static bool dumb_at(struct sim *sim, uint64_t at)
{
	uint64_t asked = sim->now;
	bool told;

	ask_to_leave(sim);
	sim_run(sim, asked + at);
	for (uint32_t i = 1; i < LEAVER; i++)
		sim_cut(sim, 0, i, UINT8_MAX, true);
	sim_run(sim, sim->now + LINGER);
	told = has_left(sim);
	sim_host_crash(&sim->hosts[0], SIM_STATE_KEPT);
	expect_left(sim, asked, "the coordinator is dumb", at);
	if (told)
		story_expect(sim, at / STEP >= STEPS_MIN, "told after %" PRIu64 " us", at);
	return !told;
}

static bool goes_on(struct sim *sim)
{
	return sim_view_of(&sim->hosts[1])->state == CDAT_CS_RECONFIGURING;
}

/* The leaver alone still hears the coordinator and asks it, in vain, just as the others go
 * on without it and count the leaver in: it has to tell them. */
static bool deaf(struct sim *sim, uint64_t at)
{
	uint64_t asked;

	for (uint32_t i = 1; i < LEAVER; i++) {
		sim_cut(sim, 0, i, UINT8_MAX, true);
		sim_cut(sim, i, 0, UINT8_MAX, true);
	}
	sim_run(sim, sim->now + at);
	for (uint32_t i = 0; i < 2; i++)
		sim_cut(sim, LEAVER, i, UINT8_MAX, true);
	story_expect(sim, sim_run_until(sim, sim->now + SIM_SEC, STEP, goes_on),
		     "the coordinator is not missed");
	sim_cut(sim, LEAVER, 1, UINT8_MAX, false);
	asked = sim->now;
	ask_to_leave(sim);
	story_expect(sim, sim_run_until(sim, asked + TELL_SOON, SIM_MS, has_left),
		     "the leaver holds up a view that it is not to be in");
	sim_host_crash(&sim->hosts[0], SIM_STATE_KEPT);
	expect_left(sim, asked, "the coordinator is deaf", at);
	return false;
}

static bool at_each_moment(uint64_t seed, int verbose, bool (*leave)(struct sim *, uint64_t),
			   uint64_t from, uint64_t step, char *why, size_t len)
{
	bool more = true, ok = true;

	for (uint64_t at = from; more && ok; at += step) {
		struct sim *sim = story_new(seed, NODES, verbose);

		story_form(sim);
		sim_run(sim, sim->now + 2 * SIM_SEC);
		more = leave(sim, at);
		ok = story_end(sim, "", why, len);
	}
	return ok;
}

bool story_leave(uint64_t seed, int verbose, char *why, size_t len)
{
	return at_each_moment(seed, verbose, dumb_at, 0, STEP, why, len) &&
		at_each_moment(seed, verbose, deaf, 500 * SIM_MS, STEP, why, len);
}
