/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From events to notifications.  Each event that cdatd tells is queued until it is
 * settled: taken by the master agent, suppressed, marked by another member, or too old.
 * While the master is away the queue waits; at most NOTIFY_OUTSTANDING are on their way
 * unacknowledged, since a master that is flooded without being read dead-locks.
 */
#ifndef AGENT_NOTIFY_H
#define AGENT_NOTIFY_H

#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>

#include "agent/agent.h"

#define NOTIFY_OUTSTANDING	32
#define NOTIFY_QUEUE		8192	/* events; past it the oldest are given up */
#define NOTIFY_OLD_US		300000000ull	/* older ones are read from cdatEventTable */

struct notifier *notifier_new(struct agent *agent);	/* NULL: no memory */
void notifier_free(struct notifier *notifier);

void notify_event(struct agent *agent, const struct cdat_event *event);	/* cdatd tells one */
void notify_row(struct agent *agent, const struct cdat_event *event);	/* a row of cdatEventTable */
void notify_new_servicer(struct agent *agent);		/* event numbers begin anew */
void notify_snapshot_end(struct agent *agent);
void notify_servicer_lost(struct agent *agent);
void notify_master(struct agent *agent, netsnmp_session *session);	/* NULL: it is gone */
void notify_tick(struct agent *agent, uint64_t now);
uint64_t notify_deadline(const struct agent *agent);	/* of the next tick; UINT64_MAX none */
size_t notify_waiting(const struct agent *agent);

/* trap.c: the variables of a notification: sysUpTime.0, snmpTrapOID.0, then its objects,
 * by the functions that answer GETs. NULL: no memory. */
netsnmp_variable_list *trap_variables(const struct mib_data *data, const struct cdat_event *event);

/* The objects of a kind, for the test that compares them with the module: the i-th
 * descriptor, NULL past the last. */
const char *trap_object(enum cdat_event_kind kind, size_t i);

#endif
