/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads of the master agent, answered where they come in. */
#ifndef AGENT_SHORTCUT_H
#define AGENT_SHORTCUT_H

#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>
#include <net-snmp/library/snmp_transport.h>

#include "agent/agent.h"

/* Takes over the receiving of an AgentX session that was opened. */
void shortcut_install(struct agent *agent, netsnmp_session *session);

/* The same for its transport, a stream; one at a time. */
void shortcut_take_over(struct agent *agent, netsnmp_transport *transport);

#endif
