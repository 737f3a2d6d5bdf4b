/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The AgentX role (RFC 2741): a subagent of the host's master agent.
 *
 * Net-SNMP's administrative exchanges (open, register, ping) are synchronous, so their
 * timeout is kept at one second without retries: that is the longest for which a master
 * that does not answer holds up this program.
 */
#include "config.h"

#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>
#include <net-snmp/agent/net-snmp-agent-includes.h>
#include <net-snmp/agent/agent_callbacks.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/agent.h"
#include "agent/notify.h"
#include "agent/set.h"
#include "agent/shortcut.h"

#define PING_S		5
#define EXCHANGE_S	1
#define SOCKET_DEFAULT	"/var/agentx/master"
#define DUPLICATE	263	/* RFC 2741 6.2.16: duplicateRegistration */
/* A SET that is being prepared may take as long as cdatConfigChangeTimeout allows; the
 * session inside this program must not give up before. */
#define INSIDE_US	60000000L

/* Net-SNMP's session between its AgentX side and the handlers; exported, in no header. */
extern netsnmp_session *agentx_callback_sess;

/* Net-SNMP frees what a callback is registered with when it shuts down, so the callbacks
 * get nothing and find the agent here. */
static struct agent *the_agent;

/* init_snmp() overwrites what was set before it. */
static int set_timeouts(int major, int minor, void *server, void *client)
{
	(void)major;
	(void)minor;
	(void)server;
	(void)client;
	netsnmp_ds_set_int(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_RETRIES, 0);
	netsnmp_ds_set_int(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_TIMEOUT, EXCHANGE_S);
	return SNMPERR_SUCCESS;
}

static int on_connected(int major, int minor, void *server, void *client)
{
	struct agent *agent = the_agent;

	(void)major;
	(void)minor;
	(void)client;
	if (agentx_callback_sess)
		agentx_callback_sess->timeout = INSIDE_US;
	agent->master = true;
	agent_log("connected to the master agent");
	shortcut_install(agent, server);
	notify_master(agent, server);
	servicer_tell_master(agent);
	return SNMPERR_SUCCESS;
}

static int on_disconnected(int major, int minor, void *server, void *client)
{
	struct agent *agent = the_agent;

	(void)major;
	(void)minor;
	(void)server;
	(void)client;
	if (agent->master)
		agent_log("lost the master agent; %zu notifications wait", notify_waiting(agent));
	agent->master = false;
	notify_master(agent, NULL);
	set_master_lost(agent);
	servicer_tell_master(agent);
	return SNMPERR_SUCCESS;
}

/* Net-SNMP tells of a registration that the master refuses in its log alone. */
static int on_log(int major, int minor, void *server, void *client)
{
	static const char refused[] = "registering pdu failed: ";
	const struct snmp_log_message *m = server;
	const char *code = m && m->msg ? strstr(m->msg, refused) : NULL;

	(void)major;
	(void)minor;
	(void)client;
	if (code && atoi(code + strlen(refused)) == DUPLICATE)
		agent_log("the master agent has another subagent for cdatMIB, whose answers it prefers: "
			  "end that one, or restart this one after it");
	else if (code)
		agent_log("the master agent refuses to register cdatMIB (AgentX error %d)",
			  atoi(code + strlen(refused)));
	return SNMPERR_SUCCESS;
}

/* Why there is no master, as far as its socket tells. */
static void tell_absence(const struct agent *agent)
{
	const char *path = agent->agentx ? agent->agentx : SOCKET_DEFAULT;

	if (path[0] == '/' && access(path, R_OK | W_OK) && errno == EACCES)
		agent_log("%s: may not be opened by this user: agentXPerms in snmpd.conf must let its "
			  "group in; trying every %d s", path, PING_S);
	else
		agent_log("%s: no master agent: is snmpd running, with \"master agentx\" in snmpd.conf? "
			  "trying every %d s", path, PING_S);
}

bool master_start(struct agent *agent)
{
	the_agent = agent;
	netsnmp_enable_subagent();
	netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_READ_CONFIGS, 1);
	netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_PERSIST_STATE, 1);
	netsnmp_ds_set_boolean(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_NO_CONNECTION_WARNINGS,
			       !agent->verbose);
	if (agent->agentx)
		netsnmp_ds_set_string(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_X_SOCKET,
				      agent->agentx);
	netsnmp_set_mib_directory("");
	snmp_register_callback(SNMP_CALLBACK_LIBRARY, SNMP_CALLBACK_POST_PREMIB_READ_CONFIG,
			       set_timeouts, NULL);
	snmp_register_callback(SNMP_CALLBACK_APPLICATION, SNMPD_CALLBACK_INDEX_START, on_connected,
			       NULL);
	snmp_register_callback(SNMP_CALLBACK_APPLICATION, SNMPD_CALLBACK_INDEX_STOP, on_disconnected,
			       NULL);
	netsnmp_register_loghandler(NETSNMP_LOGHANDLER_CALLBACK, LOG_ERR);
	snmp_register_callback(SNMP_CALLBACK_LIBRARY, SNMP_CALLBACK_LOGGING, on_log, NULL);
	if (init_agent("cdat-agentx")) {
		agent_log("Net-SNMP could not be initialised");
		return false;
	}
	/* After init_agent(), which sets 15, and before init_snmp(), which reads it. */
	netsnmp_ds_set_int(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_AGENTX_PING_INTERVAL, PING_S);
	if (!handler_register(agent))
		return false;
	init_snmp("cdat-agentx");
	if (!agent->master)
		tell_absence(agent);
	return true;
}
