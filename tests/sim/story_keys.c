/* SPDX-License-Identifier: BSD-2-Clause */
/* Directed scenarios: the cluster moves over to another key. */
#include "story.h"

#include <stdio.h>
#include <string.h>

static struct { uint8_t result; char text[CDAT_TEXT_MAX + 1]; } ended;

static void take_outcome(struct sim *sim, struct sim_host *host, const struct cdat_output *out)
{
	(void)sim;
	(void)host;
	if (out->cookie < SIM_COOKIE_STORY)
		return;
	ended.result = out->outcome->result;
	snprintf(ended.text, sizeof(ended.text), "%s", out->outcome->text);
}

static bool has_ended(struct sim *sim)
{
	(void)sim;
	return ended.result != 0;
}

static void rotate(struct sim *sim, struct sim_host *h, uint8_t fill)
{
	uint8_t key[CDAT_KEY_LEN];

	memset(key, fill, sizeof(key));
	ended.result = 0;
	cdat_core_key_rotate(sim_enter(h), key, SIM_COOKIE_STORY + fill, 8000, sim_host_now(h));
	sim_exit();
	sim_host_drain(h);
	sim_run_until(sim, sim->now + 10 * SIM_SEC, 10 * SIM_MS, has_ended);
}

static void expect_end(struct sim *sim, uint8_t result, const char *text)
{
	story_expect(sim, ended.result == result && strcmp(ended.text, text) == 0,
		     "rotation ends with %u: %s", ended.result, ended.text);
}

/* Every ring sends with `use`, and accepts `also` (0: nothing else). */
static void expect_rings(struct sim *sim, uint8_t use, uint8_t also)
{
	for (uint32_t i = 0; i < sim->n; i++) {
		const struct cdat_keyring *r = sim->hosts[i].keys;

		if (!sim->hosts[i].core)
			continue;
		story_expect(sim, cdat_keyring_current(r) == use, "n%u sends with key %u", i + 1,
			     cdat_keyring_current(r));
		for (unsigned id = 1; id < 10; id++)
			story_expect(sim, cdat_keyring_has(r, (uint8_t)id) == (id == use || id == also),
				     "n%u %s key %u", i + 1,
				     cdat_keyring_has(r, (uint8_t)id) ? "holds" : "lacks", id);
	}
}

static void lossy(struct sim *sim)
{
	for (unsigned s = 0; s < sim->opt.subnets; s++)
		sim->net[s].loss = 500;
	sim_net_changed(sim);
}

/* Under load and loss: to all; with a member away to nobody, and on when it is back; the one
 * that was asked dies on the way and another goes on. */
bool story_rotate(uint64_t seed, int verbose, char *why, size_t len)
{
	struct sim *sim = story_new(seed, 5, verbose);

	story_form(sim);
	sim->on_outcome = take_outcome;
	lossy(sim);
	sim_load(sim, 100, 3, sim->now + 60 * SIM_SEC);
	rotate(sim, &sim->hosts[1], 0x11);
	expect_end(sim, CDAT_RES_COMMITTED, "key 2 is the only one on 5 nodes");
	expect_rings(sim, 2, 0);
	story_expect(sim, sim->user[U_UNREACHABLE] == 0, "a node is lost by a rotation");

	sim_host_crash(&sim->hosts[3], SIM_STATE_KEPT);
	sim_run(sim, sim->now + 3 * SIM_SEC);
	rotate(sim, &sim->hosts[2], 0x22);
	expect_end(sim, CDAT_RES_MEMBER_TIMEOUT, "key 3 is not with n4 yet, the old one stays in use;"
		   " run key rotate again");
	expect_rings(sim, 2, 3);
	sim_host_start(&sim->hosts[3]);
	sim_expect_convergence(sim, 20 * SIM_SEC);
	sim->user[U_UNREACHABLE] = 0;
	rotate(sim, &sim->hosts[0], 0x33);
	expect_end(sim, CDAT_RES_COMMITTED, "key 3 is the only one on 5 nodes");
	expect_rings(sim, 3, 0);

	/* asked at n3, which dies before all have the key in use */
	ended.result = 0;
	for (unsigned step = 0; step < 40 && !sim->failed; step++) {
		struct sim_host *h = &sim->hosts[2];
		uint8_t key[CDAT_KEY_LEN] = { 1, (uint8_t)step };

		cdat_core_key_rotate(sim_enter(h), key, SIM_COOKIE_STORY, 8000, sim_host_now(h));
		sim_exit();
		sim_host_drain(h);
		sim_run(sim, sim->now + step * 500);
		sim_host_crash(h, SIM_STATE_KEPT);
		sim_run(sim, sim->now + 100 * SIM_MS);
		sim_host_start(h);
		sim_expect_convergence(sim, 30 * SIM_SEC);
		rotate(sim, &sim->hosts[step % 2 ? 2 : 4], (uint8_t)(0x40 + step));
		if (ended.result == CDAT_RES_OTHER && strstr(ended.text, "; run key rotate there"))
			rotate(sim, &sim->hosts[2], (uint8_t)(0x80 + step));
		story_expect(sim, ended.result == CDAT_RES_COMMITTED, "step %u: rotation ends with %u: %s",
			     step, ended.result, ended.text);
	}
	sim_heal(sim);
	sim_expect_convergence(sim, 30 * SIM_SEC);
	sim_expect_service(sim);
	return story_end(sim, "", why, len);
}
