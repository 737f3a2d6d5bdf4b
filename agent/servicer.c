/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The connection to cdatd: snapshot, then deltas and events.  While it is away the
 * replica is empty: an agent that cannot know says so instead of showing old values.
 */
#include "config.h"

#include "agent/agent.h"
#include "agent/notify.h"
#include "agent/set.h"

#define OPEN_WAIT_MS		500
#define SNAPSHOT_WAIT_MS	10000
#define SUBSCRIBE_WAIT_MS	2000
#define RETRY_FIRST_US		200000u
#define RETRY_MOST_US		5000000u

static const uint32_t all_kinds = (2u << CDAT_K_NOTIFY) - 2;

/* Counters of changes go back to zero with the servicer's own (cdatStatsDiscontinuityTime). */
static void new_servicer(struct agent *agent, const struct cdat_cluster *cluster)
{
	if (agent->servicer_start && agent->servicer_start != cluster->start_mono) {
		agent->changes.committed = 0;
		agent->changes.refused = 0;
		agent->changes.aborted = 0;
	}
	if (agent->servicer_start != cluster->start_mono)
		notify_new_servicer(agent);
	agent->servicer_start = cluster->start_mono;
}

static void on_row(void *ctx, enum cdat_kind kind, struct cdat_key key, const void *record)
{
	struct agent *agent = ctx;

	if (!replica_put(agent->rep, kind, key, record)) {
		agent_log("no memory for a row; the snapshot will be taken again");
		agent->resync = true;
		return;
	}
	if (kind == CDAT_K_CLUSTER && record)
		new_servicer(agent, record);
	if (kind == CDAT_K_EVENT && record)
		notify_row(agent, record);
}

static void on_event(void *ctx, const struct cdat_event *event)
{
	notify_event(ctx, event);
}

static void on_resync(void *ctx)
{
	struct agent *agent = ctx;

	agent->resync = true;
}

static const struct cdat_handlers handlers = {
	.row = on_row, .event = on_event, .resync = on_resync,
};

void servicer_close(struct agent *agent)
{
	if (!agent->cdat)
		return;
	cdat_close(agent->cdat);
	agent->cdat = NULL;
	agent->retry_wait = RETRY_FIRST_US;
	agent->retry_at = agent_now() + agent->retry_wait;
	replica_clear(agent->rep);
	set_servicer_lost(agent);
	notify_servicer_lost(agent);
}

static void lost(struct agent *agent, const char *what)
{
	agent_log("%s: %s; trying again", what, cdat_errtext(agent->cdat));
	servicer_close(agent);
}

static bool snapshot(struct agent *agent)
{
	agent->resync = false;
	replica_refresh_begin(agent->rep);
	if (cdat_snapshot(agent->cdat, all_kinds, SNAPSHOT_WAIT_MS)) {
		lost(agent, "snapshot from the servicer");
		return false;
	}
	replica_refresh_end(agent->rep);
	notify_snapshot_end(agent);
	return true;
}

static bool connect_servicer(struct agent *agent)
{
	agent->cdat = cdat_open(agent->socket, "cdat-agentx", OPEN_WAIT_MS);
	if (agent->cdat && !cdat_error(agent->cdat))
		return true;
	if (!agent->complained)
		agent_log("%s; trying until it is there",
			  agent->cdat ? cdat_errtext(agent->cdat) : "no memory");
	agent->complained = true;
	cdat_close(agent->cdat);
	agent->cdat = NULL;
	return false;
}

void servicer_tell_master(struct agent *agent)
{
	if (agent->cdat)
		cdat_agent_alive(agent->cdat, CDAT_AGENT_SNMP, agent->master && !agent->mute);
}

void servicer_tick(struct agent *agent, uint64_t now)
{
	if (agent->cdat) {
		if (agent->resync)
			snapshot(agent);
		return;
	}
	if (now < agent->retry_at)
		return;
	if (!connect_servicer(agent)) {
		agent->retry_wait = agent->retry_wait ? agent->retry_wait * 2 : RETRY_FIRST_US;
		if (agent->retry_wait > RETRY_MOST_US)
			agent->retry_wait = RETRY_MOST_US;
		agent->retry_at = agent_now() + agent->retry_wait;
		return;
	}
	cdat_handle(agent->cdat, &handlers, agent);
	/* Subscribed first: what changes while the snapshot is sent comes after it. */
	if (cdat_subscribe(agent->cdat, all_kinds, true, false, 0, SUBSCRIBE_WAIT_MS)) {
		lost(agent, "subscribing at the servicer");
		return;
	}
	if (!snapshot(agent))
		return;
	agent->complained = false;
	agent->retry_wait = 0;
	if (!cdat_may_change(agent->cdat))
		agent_log("this user may not change the table: every SET will be refused");
	servicer_tell_master(agent);
	if (agent->verbose)
		agent_log("connected to the servicer, %zu nodes, %zu adapters",
			  replica_count(agent->rep, CDAT_K_NODE),
			  replica_count(agent->rep, CDAT_K_ADAPTER));
}

void servicer_read(struct agent *agent)
{
	if (agent->cdat && cdat_dispatch(agent->cdat))
		lost(agent, "connection to the servicer");
}

uint64_t servicer_deadline(const struct agent *agent)
{
	if (agent->cdat)
		return agent->resync ? 0 : UINT64_MAX;
	return agent->retry_at;
}
