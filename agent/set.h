/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SETs.  All variables of one PDU are one change of the cluster's table
 * (set-semantics: RESERVE1 checks what can be told from the variable alone, RESERVE2
 * prepares the change on all members, ACTION commits it).  The phases of one SET are
 * known by the transaction number of its PDU, so that a TestSet that the master repeats
 * is the same change.
 */
#ifndef AGENT_SET_H
#define AGENT_SET_H

#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>
#include <net-snmp/agent/net-snmp-agent-includes.h>

#include "agent/agent.h"

/* One variable of a SET, understood. */
struct set_var {
	const struct mib_table *table;
	const struct mib_column *column;
	struct cdat_key key;
	uint16_t index;			/* position in the PDU, 1.. */
	u_char asn;			/* as received */
	size_t len;			/* octets of the value as received */
	int64_t number;			/* value of a number */
	char text[CDAT_NAME_MAX + 1];	/* value of a name */
	uint8_t octets[16];		/* value of an address */
};

/* A value of cdatNotify or cdatEventLimit. */
struct set_local { uint8_t what, kind; int64_t number, old; };

/* What a SET asks for. */
struct set_plan {
	struct set_var *vars;
	size_t nvars;
	struct cdat_op *ops;		/* one for each variable at most */
	size_t nops;
	struct set_local *locals;
	size_t nlocals;
};

/* Why it is refused: an SNMP error, the variable to blame (0: none), and what
 * cdatChangeLast* will tell. */
struct set_error {
	int snmp;			/* SNMP_ERR_*; SNMP_ERR_NOERROR: it is not refused */
	uint16_t index;
	struct cdat_outcome outcome;	/* result 0: cdatChangeLast* stays as it is */
};

/* set_check.c: what can be told of one variable alone: access, type, length, value, index. */
void set_check(const struct mib_data *data, const oid *suffix, size_t len,
	       const netsnmp_variable_list *vb, struct set_var *var, struct set_error *error);

/* set_plan.c: makes the operations of all variables; *error tells if they contradict. */
void set_plan(const struct mib_data *data, struct set_plan *plan, struct set_error *error);

/* The SNMP error of an outcome of cdatd. */
int set_snmp_error(const struct cdat_outcome *outcome);

__attribute__((format(printf, 4, 5)))
void set_refuse(struct set_error *error, int snmp, enum cdat_result result, const char *fmt, ...);

/* set.c */
struct set_engine *set_engine_new(struct agent *agent);		/* NULL: no memory */
void set_engine_free(struct set_engine *engine);
int set_handle(struct agent *agent, netsnmp_mib_handler *handler, netsnmp_handler_registration *reg,
	       netsnmp_agent_request_info *info, netsnmp_request_info *requests);
void set_servicer_lost(struct agent *agent);	/* what waits for it is answered */
void set_master_lost(struct agent *agent);	/* nobody will ask for the end: abort */
void set_tick(struct agent *agent, uint64_t now);
uint64_t set_deadline(const struct agent *agent);	/* of the next tick; UINT64_MAX none */

#endif
