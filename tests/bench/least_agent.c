/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The least agent: one raw handler with a table of integers, by which bench_snmp tells what
 * of an answer's time is Net-SNMP's own.  Its OIDs are those of cdatAdapterTable, and of
 * cdatHealth, below the arc after cdatMIB.
 *
 *   least_agent NODES ADAPTERS agentx:SOCKET | udp:ADDRESS
 */
#include "config.h"

#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>
#include <net-snmp/agent/net-snmp-agent-includes.h>

#include <malloc.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static oid root[] = { CDAT_MIB_ROOT_OID };
#define ROOT_LEN OID_LENGTH(root)
#define LAST_COLUMN 25

static const oid entry[] = { 1, 4, 1, 1 };
#define NAME_LEN (ROOT_LEN + OID_LENGTH(entry) + 3)	/* column, node, adapter */

void init_vacm_vars(void);	/* of libnetsnmpmibs; no installed header declares it */
void init_system_mib(void);

static oid nodes, adapters;

/* The instance after a name of the table, into its last three sub-identifiers. */
static bool advance(oid *at, size_t known)
{
	oid *column = &at[NAME_LEN - 3], *node = column + 1, *adapter = column + 2;

	if (known < 1)
		*column = 2;
	if (known < 2)
		*node = 1;
	*adapter = known < 3 ? 1 : *adapter + 1;
	if (*adapter > adapters) {
		*adapter = 1;
		++*node;
	}
	if (*node > nodes) {
		*node = 1;
		++*column;
	}
	return *column <= LAST_COLUMN;
}

static bool next(netsnmp_request_info *r)
{
	netsnmp_variable_list *vb = r->requestvb;
	const size_t head = NAME_LEN - 3;
	oid name[NAME_LEN];
	long value;

	if (vb->name_length < head || vb->name_length > NAME_LEN)
		return false;
	memcpy(name, vb->name, vb->name_length * sizeof(oid));
	if (memcmp(name + ROOT_LEN, entry, sizeof(entry)) || !advance(name, vb->name_length - head))
		return false;
	value = (long)name[NAME_LEN - 2];
	snmp_set_var_objid(vb, name, NAME_LEN);
	snmp_set_var_typed_value(vb, ASN_INTEGER, &value, sizeof(value));
	return true;
}

static void bulk(netsnmp_request_info *r)
{
	while (next(r) && r->repeat > 0 && r->requestvb->next_variable) {
		const netsnmp_variable_list *done = r->requestvb;

		r->repeat--;
		snmp_set_var_objid(done->next_variable, done->name, done->name_length);
		r->requestvb = done->next_variable;
		r->requestvb->type = ASN_PRIV_RETRY;
	}
}

static int handle(netsnmp_mib_handler *handler, netsnmp_handler_registration *reg,
		  netsnmp_agent_request_info *info, netsnmp_request_info *requests)
{
	const long one = 1;

	(void)handler;
	(void)reg;
	for (netsnmp_request_info *r = requests; r; r = r->next) {
		if (info->mode == MODE_GET)
			snmp_set_var_typed_value(r->requestvb, ASN_INTEGER, &one, sizeof(one));
		else if (info->mode == MODE_GETNEXT)
			next(r);
		else
			bulk(r);
	}
	return SNMP_ERR_NOERROR;
}

int main(int argc, char **argv)
{
	const bool sub = argc == 4 && !strncmp(argv[3], "agentx:", 7);

	if (argc != 4)
		return 2;
	nodes = strtoul(argv[1], NULL, 10);
	adapters = strtoul(argv[2], NULL, 10);
	mallopt(M_TRIM_THRESHOLD, 4 << 20);
	setenv("MIBS", "", 1);
	snmp_enable_stderrlog();
	netsnmp_ds_set_boolean(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_ROLE, sub);
	netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_READ_CONFIGS, 1);
	netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_PERSIST_STATE, 1);
	netsnmp_ds_set_int(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_MAX_GETBULKRESPONSES, 1000);
	netsnmp_ds_set_boolean(NETSNMP_DS_APPLICATION_ID,
			       NETSNMP_DS_AGENT_DONT_LOG_TCPWRAPPERS_CONNECTS, 1);
	netsnmp_ds_set_string(NETSNMP_DS_APPLICATION_ID,
			      sub ? NETSNMP_DS_AGENT_X_SOCKET : NETSNMP_DS_AGENT_PORTS,
			      sub ? argv[3] + 7 : argv[3]);
	add_to_init_list((char *)"-smux");
	init_agent("least_agent");
	init_system_mib();
	if (!sub)
		init_vacm_vars();
	root[ROOT_LEN - 1]++;
	netsnmp_register_handler(netsnmp_create_handler_registration(
		"least", handle, root, ROOT_LEN, HANDLER_CAN_RONLY | HANDLER_CAN_GETBULK));
	netsnmp_config_remember((char *)(uintptr_t)"rocommunity public");
	init_snmp("least_agent");
	if (!sub && init_master_agent())
		return 1;
	for (;;)
		agent_check_and_process(1);
}
