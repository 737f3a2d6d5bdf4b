/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One variable of a GET or a GETNEXT, answered from the replica; for the handler, which
 * Net-SNMP calls, and for the shortcut past it.
 */
#ifndef AGENT_READ_H
#define AGENT_READ_H

#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>

#include "agent/mib.h"

enum read_result {
	READ_DONE,		/* the variable has its value, or tells that there is none */
	READ_END,		/* GETNEXT: nothing follows before the end; it is as it was */
	READ_FAILED		/* no memory */
};

/* Whether a name lies below cdatMIB. */
bool read_is_below(const struct mib_data *data, const oid *name, size_t len);

/* The value of an instance, or why there is none. */
enum mib_found read_value(const struct mib_data *data, const oid *name, size_t len,
			  struct mib_value *value);

/* The first instance after `name`, or at it when `inclusive`, that comes before `end` (end_len
 * 0: no end), with its value.  False: there is none. */
bool read_after(const struct mib_data *data, const oid *name, size_t len, bool inclusive,
		const oid *end, size_t end_len, oid found[MAX_OID_LEN], size_t *found_len,
		struct mib_value *value);

/* GET: the value, noSuchObject or noSuchInstance. */
enum read_result read_get(const struct mib_data *data, netsnmp_variable_list *vb);

/* GETNEXT: name and value of the first instance after the variable's name, or at it when
 * `inclusive`, that comes before `end` (end_len 0: no end). */
enum read_result read_next(const struct mib_data *data, netsnmp_variable_list *vb, bool inclusive,
			   const oid *end, size_t end_len);

#endif
