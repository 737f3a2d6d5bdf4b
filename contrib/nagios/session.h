/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One session with one agent, for query.c.
 */
#ifndef CHECK_CDAT_SESSION_H
#define CHECK_CDAT_SESSION_H

#include "query.h"

struct snmp_pdu;

const struct query_options *query_options_of(const struct query *query);

/* Sends the PDU, which it takes, and waits for the answer, which the caller frees.  For
 * SNMPv1 variables that are not there are left out of it.  False: query_error(). */
bool session_ask(struct query *query, struct snmp_pdu *pdu, struct snmp_pdu **answer);

/* Notes what went wrong, behind the name of the host; false. */
bool session_failed(struct query *query, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
