/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one handler of cdatMIB.  A single registration makes Net-SNMP hand over all
 * variables of a PDU in one call, so that a SET is one change; and as a raw handler it
 * answers noSuchObject, noSuchInstance and GETBULK itself.
 */
#include "config.h"

#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>
#include <net-snmp/agent/net-snmp-agent-includes.h>

#include "agent/agent.h"
#include "agent/read.h"
#include "agent/set.h"

static void failed(netsnmp_agent_request_info *info, netsnmp_request_info *request)
{
	netsnmp_set_request_error(info, request, SNMP_ERR_GENERR);
}

/* One step of a walk.  False when there was none; at the end of the MIB the varbind stays as
 * it is, by which Net-SNMP goes on to what lies beyond. */
static bool next(const struct mib_data *data, netsnmp_agent_request_info *info,
		 netsnmp_request_info *request)
{
	const enum read_result result = read_next(data, request->requestvb, request->inclusive,
						  request->range_end, request->range_end_len);

	if (result == READ_FAILED)
		failed(info, request);
	return result == READ_DONE;
}

/* All repetitions of one varbind at once: Net-SNMP would call for each. */
static void bulk(const struct mib_data *data, netsnmp_agent_request_info *info,
		 netsnmp_request_info *request)
{
	while (next(data, info, request) && request->repeat > 0 && request->requestvb->next_variable) {
		const netsnmp_variable_list *done = request->requestvb;

		request->repeat--;
		if (snmp_set_var_objid(done->next_variable, done->name, done->name_length))
			break;
		request->requestvb = done->next_variable;
		request->requestvb->type = ASN_PRIV_RETRY;
		request->inclusive = 0;
	}
}

static int handle(netsnmp_mib_handler *handler, netsnmp_handler_registration *reg,
		  netsnmp_agent_request_info *info, netsnmp_request_info *requests)
{
	struct agent *agent = handler->myvoid;
	const struct mib_data data = agent_data(agent);

	if (info->mode != MODE_GET && info->mode != MODE_GETNEXT && info->mode != MODE_GETBULK)
		return set_handle(agent, handler, reg, info, requests);
	for (netsnmp_request_info *r = requests; r; r = r->next) {
		if (r->processed)
			continue;
		if (info->mode == MODE_GET && read_get(&data, r->requestvb) != READ_DONE)
			failed(info, r);
		else if (info->mode == MODE_GETNEXT)
			next(&data, info, r);
		else if (info->mode == MODE_GETBULK)
			bulk(&data, info, r);
	}
	return SNMP_ERR_NOERROR;
}

bool handler_register(struct agent *agent)
{
	const int modes = HANDLER_CAN_RWRITE | HANDLER_CAN_GETBULK;
	netsnmp_mib_handler *handler = netsnmp_create_handler("cdat", handle);
	netsnmp_handler_registration *reg;

	if (!handler)
		return false;
	handler->myvoid = agent;
	reg = netsnmp_handler_registration_create("cdatMIB", handler, agent->root, agent->root_len,
						  modes);
	if (!reg) {
		netsnmp_handler_free(handler);
		return false;
	}
	if (netsnmp_register_handler(reg) != MIB_REGISTERED_OK) {
		agent_log("cannot register cdatMIB; does another program serve that arc?");
		return false;
	}
	return true;
}
