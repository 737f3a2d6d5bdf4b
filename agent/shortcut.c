/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A shortcut for what the master agent reads.
 *
 * Net-SNMP hands a request of the master to an agent inside this program, through two pipes
 * and with four copies of the PDU; the answer goes back the same way.  That is most of the
 * time that a GET takes.  So the callback of the AgentX session is taken over: Get and
 * GetNext of CDAT-MIB are answered in it, by the functions that the handler uses, and all
 * else - SETs, other registrations, contexts, the end of the session - goes on to Net-SNMP.
 */
#include "config.h"

#include <string.h>

#include "agent/shortcut.h"

#include "agent/read.h"

/* RFC 2741 6.1, 6.2; not in Net-SNMP's installed headers. */
enum { AGENTX_GET = 5, AGENTX_GETNEXT = 6, AGENTX_RESPONSE = 18 };
#define AGENTX_OTHER_CONTEXT	0x08	/* flag of the header */
/* How Net-SNMP's parser marks a search range whose start is included. */
#define RANGE_INCLUDES_START	ASN_PRIV_INCL_RANGE

static struct agent *the_agent;		/* the session has one pointer, and Net-SNMP uses it */
static snmp_callback net_snmps;		/* the callback that was there */

static bool is_ours(const struct mib_data *data, const netsnmp_pdu *pdu)
{
	const netsnmp_variable_list *vb = pdu->variables;

	if ((pdu->command != AGENTX_GET && pdu->command != AGENTX_GETNEXT) ||
	    pdu->flags & AGENTX_OTHER_CONTEXT || !vb)
		return false;
	for (; vb; vb = vb->next_variable) {
		if (!read_is_below(data, vb->name, vb->name_length))
			return false;
	}
	return true;
}

/* A range of the master: from the name of the variable to the OID that is its value (0.0:
 * without an end).  RFC 2741 7.2.3.2: past the end, endOfMibView under the name it began at. */
static enum read_result next(const struct mib_data *data, netsnmp_variable_list *vb)
{
	const size_t given = vb->val_len / sizeof(oid);
	const size_t len = given == 2 && !vb->val.objid[0] && !vb->val.objid[1] ? 0 : given;
	oid end[MAX_OID_LEN];
	enum read_result result;

	if (len > MAX_OID_LEN)
		return READ_FAILED;
	memcpy(end, vb->val.objid, len * sizeof(oid));
	result = read_next(data, vb, vb->type == RANGE_INCLUDES_START, end, len);
	if (result != READ_END)
		return result;
	snmp_set_var_typed_value(vb, SNMP_ENDOFMIBVIEW, NULL, 0);
	return READ_DONE;
}

static void answer(const struct mib_data *data, netsnmp_session *session, netsnmp_pdu *request)
{
	netsnmp_pdu *pdu = snmp_pdu_create(AGENTX_RESPONSE);
	long index = 0;

	if (!pdu)
		return;		/* the master asks again, or gives up */
	pdu->version = session->version;
	pdu->flags = request->flags;
	pdu->sessid = request->sessid;
	pdu->transid = request->transid;
	pdu->reqid = request->reqid;
	pdu->msgid = request->msgid;
	pdu->errstat = SNMP_ERR_NOERROR;
	pdu->errindex = 0;
	pdu->variables = request->variables;
	request->variables = NULL;
	for (netsnmp_variable_list *vb = pdu->variables; vb; vb = vb->next_variable) {
		index++;
		if ((request->command == AGENTX_GET ? read_get(data, vb) : next(data, vb)) == READ_DONE)
			continue;
		pdu->errstat = SNMP_ERR_GENERR;
		pdu->errindex = index;
		break;
	}
	if (!snmp_send(session, pdu))
		snmp_free_pdu(pdu);
}

static int on_packet(int op, netsnmp_session *session, int reqid, netsnmp_pdu *pdu, void *magic)
{
	if (op == NETSNMP_CALLBACK_OP_RECEIVED_MESSAGE && pdu) {
		const struct mib_data data = agent_data(the_agent);

		if (is_ours(&data, pdu)) {
			answer(&data, session, pdu);
			return 1;
		}
	}
	return net_snmps(op, session, reqid, pdu, magic);
}

void shortcut_install(struct agent *agent, netsnmp_session *session)
{
	if (session->callback == on_packet)
		return;
	the_agent = agent;
	net_snmps = session->callback;
	session->callback = on_packet;
}
