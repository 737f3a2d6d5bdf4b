/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads of the master agent, answered without the way through Net-SNMP's inner agent. */
#ifndef AGENT_SHORTCUT_H
#define AGENT_SHORTCUT_H

#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>

#include "agent/agent.h"

/* Takes over the callback of an AgentX session that was opened. */
void shortcut_install(struct agent *agent, netsnmp_session *session);

#endif
