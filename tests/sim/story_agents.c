/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Directed scenario: who carries events out of the cluster.  SNMP agents and HTTP
 * notifiers have their members and their marks each; the next in line takes over when a
 * member dies; where every member tells, nobody's mark silences another.
 */
#include "story.h"

#include "wire/control.h"

#include <inttypes.h>

static void agent(struct sim *sim, uint32_t host, enum cdat_agent_kind what, bool alive)
{
	struct sim_host *h = &sim->hosts[host];

	cdat_core_agent(sim_enter(h), (uint8_t)what, alive, sim_host_now(h));
	sim_host_drain(h);
	sim_exit();
}

/* The newest event of the kind at the host. */
static bool newest(struct sim *sim, uint32_t host, uint8_t kind, struct cdat_event *event)
{
	struct sim_host *h = &sim->hosts[host];
	union cdat_record r;
	bool found = false;

	if (!cdat_core_read(h->core, CDAT_K_CLUSTER, (struct cdat_key){ 0, 0 }, &r, sim_host_now(h)))
		return false;
	for (uint32_t n = r.cluster.event_last; n > 0 && !found; n--) {
		union cdat_record e;

		if (!cdat_core_read(h->core, CDAT_K_EVENT, (struct cdat_key){ n, 0 }, &e,
				    sim_host_now(h)))
			break;
		found = e.event.kind == kind;
		*event = e.event;
	}
	return found;
}

static void tell(struct sim *sim, uint32_t host, enum cdat_agent_kind what, uint32_t event)
{
	struct sim_host *h = &sim->hosts[host];

	cdat_core_notified(sim_enter(h), (uint8_t)what, event, false, sim_host_now(h));
	sim_host_drain(h);
	sim_exit();
}

static void expect_tellers(struct sim *sim, uint32_t host, uint16_t notifier, uint16_t poster)
{
	struct sim_host *h = &sim->hosts[host];
	union cdat_record r = { 0 };

	cdat_core_read(h->core, CDAT_K_CLUSTER, (struct cdat_key){ 0, 0 }, &r, sim_host_now(h));
	story_expect(sim, r.cluster.notifier == notifier && r.cluster.poster == poster,
		     "%s: traps by %u, HTTP by %u; not by %u and %u", h->name, r.cluster.notifier,
		     r.cluster.poster, notifier, poster);
}

static void expect_marks(struct sim *sim, uint32_t host, bool notified, bool posted)
{
	struct cdat_event e = { 0 };
	bool found = newest(sim, host, CDAT_EV_NODE_UNREACHABLE, &e);

	story_expect(sim, found && e.notified == notified && e.posted == posted,
		     "host %u: event %u notified %d, posted %d; not %d, %d", host, e.event, e.notified,
		     e.posted, notified, posted);
}

static void die(struct sim *sim, uint32_t host)
{
	sim_host_crash(&sim->hosts[host], SIM_STATE_KEPT);
	sim_run(sim, sim->now + 3 * SIM_SEC);
}

/* Every member tells: its own mark, and nobody else's, counts for it. */
static void every_member(struct sim *sim, uint32_t a, uint32_t b)
{
	struct cdat_event e = { 0 };

	for (uint32_t h = a; h <= b; h++)
		cdat_core_local_set(sim->hosts[h].core, CDAT_L_NOTIFY_SCOPE, 0,
				    CDAT_SCOPE_EVERY_MEMBER);
	newest(sim, a, CDAT_EV_NODE_UNREACHABLE, &e);
	tell(sim, a, CDAT_AGENT_HTTP, e.event);
	sim_run(sim, sim->now + SIM_SEC);
	expect_marks(sim, a, false, true);
	expect_marks(sim, b, false, false);
}

bool story_agents(uint64_t seed, int verbose, char *why, size_t len)
{
	struct sim *sim = story_new(seed, 5, verbose);
	struct cdat_event e = { 0 };

	story_form(sim);
	agent(sim, 0, CDAT_AGENT_SNMP, true);
	agent(sim, 1, CDAT_AGENT_HTTP, true);
	agent(sim, 2, CDAT_AGENT_HTTP, true);
	sim_run(sim, sim->now + SIM_SEC);
	for (uint32_t h = 0; h < 5; h++)
		expect_tellers(sim, h, 1, 2);

	die(sim, 4);
	for (uint32_t h = 0; h < 4; h++)
		expect_marks(sim, h, false, false);
	story_expect(sim, newest(sim, 1, CDAT_EV_NODE_UNREACHABLE, &e), "no event of a death");
	tell(sim, 1, CDAT_AGENT_HTTP, e.event);
	sim_run(sim, sim->now + SIM_SEC);
	for (uint32_t h = 0; h < 4; h++)
		expect_marks(sim, h, false, true);

	die(sim, 1);			/* the teller of HTTP: the next in line, not marked yet */
	for (uint32_t h = 2; h < 4; h++) {
		expect_tellers(sim, h, 1, 3);
		expect_marks(sim, h, false, false);
	}
	newest(sim, 0, CDAT_EV_NODE_UNREACHABLE, &e);
	tell(sim, 0, CDAT_AGENT_SNMP, e.event);
	sim_run(sim, sim->now + SIM_SEC);
	expect_marks(sim, 3, true, false);

	die(sim, 0);			/* that of SNMP too: nobody is left for it */
	expect_tellers(sim, 3, 0, 3);
	every_member(sim, 2, 3);
	return story_end(sim, "", why, len);
}
