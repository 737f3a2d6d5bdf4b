/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What of AgentX (RFC 2741) is read and written here: Get and GetNext, and their answers.
 * All else of the protocol is Net-SNMP's.  Nothing here blocks or allocates; what is read is
 * checked against its bounds.
 */
#ifndef AGENT_AGENTX_H
#define AGENT_AGENTX_H

#include <net-snmp/net-snmp-config.h>
#include <net-snmp/types.h>
#include <net-snmp/library/asn1.h>

#include <stdbool.h>
#include <stdint.h>

#define AGENTX_HEADER	20	/* octets */

enum agentx_type { AGENTX_GET = 5, AGENTX_GETNEXT = 6, AGENTX_RESPONSE = 18 };

struct agentx_header {
	uint8_t type;
	bool context;			/* another context than the default one is named */
	bool net;			/* numbers in network order */
	size_t len;			/* octets of the PDU, with its header */
};

/* Of AGENTX_HEADER octets.  False: of another version of the protocol. */
bool agentx_header(const uint8_t *pdu, struct agentx_header *header);

struct agentx_in { const uint8_t *at, *end; bool net; };

/* The next OID.  False: the PDU is malformed. */
bool agentx_take_oid(struct agentx_in *in, oid name[MAX_OID_LEN], size_t *len, bool *include);

struct agentx_out {
	uint8_t *data;
	size_t len, room;
	bool net;
	bool full;			/* it did not fit: nothing of it counts */
};

/* An answer without an error: begin, a name and a value for each variable, end. */
void agentx_begin(struct agentx_out *out, const uint8_t *request,
		  const struct agentx_header *header);
void agentx_put(struct agentx_out *out, const oid *name, size_t name_len, u_char asn,
		const void *value, size_t len);		/* as snmp_set_var_typed_value() has them */
void agentx_end(struct agentx_out *out);

#endif
