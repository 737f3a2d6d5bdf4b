/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a SET may be answered, by CDAT-MIB and the order of RFC 3416 4.2.5 alone: the model
 * that random SETs are judged by.  It shares no table with the agent.
 */
#ifndef TESTS_SNMP_SET_MODEL_H
#define TESTS_SNMP_SET_MODEL_H

#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>

#include <stdbool.h>

/* The objects that can be written, for aiming at each of them: the i-th one's name below
 * cdatMIB without its indexes.  False past the last. */
struct model_object { oid name[8]; size_t len; u_char asn; unsigned indexes; };
bool model_object(size_t i, struct model_object *object);

/* The number of the object that a variable is of; -1: of none. */
int model_number(const netsnmp_variable_list *vb);

/* The error that one variable must get whatever the table holds; SNMP_ERR_NOERROR when that
 * depends on the table. */
int model_variable(const netsnmp_variable_list *vb);

/* Whether the answer to a SET of these variables may be that error on that index, of a
 * SET that took so many seconds. */
bool model_allows(const netsnmp_variable_list *vars, long error, long index, double seconds);

#endif
