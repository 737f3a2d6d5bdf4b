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

#include <string.h>

#include "agent/agent.h"
#include "agent/set.h"

/* Where the OID of a varbind begins below the root: *len of it; NULL: it is not below. */
static const oid *below(const struct mib_data *data, const netsnmp_variable_list *vb, size_t *len)
{
	if (vb->name_length < data->root_len ||
	    memcmp(vb->name, data->root, data->root_len * sizeof(oid)))
		return NULL;
	*len = vb->name_length - data->root_len;
	return vb->name + data->root_len;
}

static bool fill(const struct mib_data *data, const struct mib_instance *inst,
		 netsnmp_variable_list *vb)
{
	struct mib_value value;

	mib_value(data, inst, &value);
	return snmp_set_var_typed_value(vb, value.asn, value.data, value.len) == 0;
}

static void get(const struct mib_data *data, netsnmp_agent_request_info *info,
		netsnmp_request_info *request)
{
	struct mib_instance inst;
	size_t len;
	const oid *suffix = below(data, request->requestvb, &len);

	switch (suffix ? mib_find(data, suffix, len, &inst) : MIB_NO_OBJECT) {
	case MIB_FOUND:
		if (!fill(data, &inst, request->requestvb))
			netsnmp_set_request_error(info, request, SNMP_ERR_GENERR);
		break;
	case MIB_NO_OBJECT:
		netsnmp_set_request_error(info, request, SNMP_NOSUCHOBJECT);
		break;
	default:
		netsnmp_set_request_error(info, request, SNMP_NOSUCHINSTANCE);
	}
}

/* One step of a walk.  False at the end of the MIB: the varbind stays as it is, by which
 * Net-SNMP goes on to what lies beyond. */
static bool next(const struct mib_data *data, netsnmp_agent_request_info *info,
		 netsnmp_request_info *request)
{
	netsnmp_variable_list *vb = request->requestvb;
	struct mib_instance inst;
	oid name[MAX_OID_LEN];
	size_t len = 0, n;
	const oid *suffix = below(data, vb, &len);

	/* A name before the root has the first instance after it. */
	if (!suffix && snmp_oid_compare(vb->name, vb->name_length, data->root, data->root_len) > 0)
		return false;
	if (!mib_next(data, suffix, len, suffix && request->inclusive, &inst))
		return false;
	memcpy(name, data->root, data->root_len * sizeof(oid));
	n = data->root_len + mib_suffix(&inst, name + data->root_len);
	if (snmp_oid_compare(name, n, request->range_end, request->range_end_len) >= 0)
		return false;
	if (snmp_set_var_objid(vb, name, n) || !fill(data, &inst, vb)) {
		netsnmp_set_request_error(info, request, SNMP_ERR_GENERR);
		return false;
	}
	return true;
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
		if (info->mode == MODE_GET)
			get(&data, info, r);
		else if (info->mode == MODE_GETNEXT)
			next(&data, info, r);
		else
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
