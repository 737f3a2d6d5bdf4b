/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cdat-agentx: the state that its parts share, and what each part offers.
 *
 * One thread, one loop.  The servicer (cdatd) feeds the replica; the handler answers
 * GETs from it; a SET becomes a change request; events become notifications.  The other
 * side is either the host's master agent (AgentX) or managers themselves (stand-alone).
 */
#ifndef AGENT_AGENT_H
#define AGENT_AGENT_H

#include "agent/mib.h"
#include "client/cdat.h"

struct set_engine;
struct notifier;

struct agent {
	/* options */
	const char *socket;		/* of cdatd; NULL: the default */
	const char *agentx;		/* of the master agent; NULL: the default */
	const char *address;		/* stand-alone: where to listen */
	const char *config;		/* stand-alone: own file of snmpd.conf syntax; NULL: none */
	bool standalone;
	bool verbose;

	struct replica *rep;
	struct change_log changes;
	oid root[MAX_OID_LEN];
	size_t root_len;
	int64_t agent_start;		/* CLOCK_MONOTONIC at sysUpTime 0, microseconds */
	bool master;			/* an AgentX session is open, or stand-alone */
	bool mute;			/* stand-alone without receivers of notifications: they are left to
					 * another member */

	cdat_t *cdat;			/* NULL: no servicer now */
	uint64_t servicer_start;	/* cdat_cluster.start_mono of the servicer last seen */
	uint64_t retry_at;		/* next try to connect, monotonic */
	uint64_t retry_wait;
	bool resync;			/* rows were dropped: a snapshot is due */
	bool complained;		/* that there is no servicer was said */

	struct set_engine *sets;
	struct notifier *notifier;
};

uint64_t agent_now(void);			/* CLOCK_MONOTONIC, microseconds */
uint64_t agent_wall(void);			/* microseconds since 1970 */
__attribute__((format(printf, 1, 2)))
void agent_log(const char *fmt, ...);		/* one line on stderr */

/* What values are computed from, now. */
struct mib_data agent_data(struct agent *agent);

/* handler.c: registers cdatMIB once; all requests come there. False with a line logged. */
bool handler_register(struct agent *agent);

/* servicer.c: the connection to cdatd. */
void servicer_tick(struct agent *agent, uint64_t now);	/* connects when it is time */
void servicer_read(struct agent *agent);		/* its descriptor is ready */
void servicer_close(struct agent *agent);
void servicer_tell_master(struct agent *agent);		/* whether an agent with a master is here */
uint64_t servicer_deadline(const struct agent *agent);	/* of the next tick; UINT64_MAX none */

/* master.c, standalone.c: the two roles. False with a line logged. */
bool master_start(struct agent *agent);
bool standalone_start(struct agent *agent);

/* loop.c: runs until a signal asks it to end. */
int loop_run(struct agent *agent);

#endif
