/* SPDX-License-Identifier: BSD-2-Clause */
/* Variables of GET and GETNEXT; see read.h. */
#include "config.h"

#include "agent/read.h"

#include <string.h>

bool read_is_below(const struct mib_data *data, const oid *name, size_t len)
{
	return len >= data->root_len && !memcmp(name, data->root, data->root_len * sizeof(oid));
}

static bool fill(const struct mib_data *data, const struct mib_instance *inst,
		 netsnmp_variable_list *vb)
{
	struct mib_value value;

	mib_value(data, inst, &value);
	return snmp_set_var_typed_value(vb, value.asn, value.data, value.len) == 0;
}

enum read_result read_get(const struct mib_data *data, netsnmp_variable_list *vb)
{
	enum mib_found found = MIB_NO_OBJECT;
	struct mib_instance inst;

	if (read_is_below(data, vb->name, vb->name_length))
		found = mib_find(data, vb->name + data->root_len, vb->name_length - data->root_len,
				 &inst);
	if (found == MIB_FOUND)
		return fill(data, &inst, vb) ? READ_DONE : READ_FAILED;
	snmp_set_var_typed_value(vb, found == MIB_NO_OBJECT ? SNMP_NOSUCHOBJECT : SNMP_NOSUCHINSTANCE,
				 NULL, 0);
	return READ_DONE;
}

enum read_result read_next(const struct mib_data *data, netsnmp_variable_list *vb, bool inclusive,
			   const oid *end, size_t end_len)
{
	const bool below = read_is_below(data, vb->name, vb->name_length);
	struct mib_instance inst;
	oid name[MAX_OID_LEN];
	size_t n;

	/* A name before the root has the first instance after it. */
	if (!below && snmp_oid_compare(vb->name, vb->name_length, data->root, data->root_len) > 0)
		return READ_END;
	if (!mib_next(data, below ? vb->name + data->root_len : NULL,
		      below ? vb->name_length - data->root_len : 0, below && inclusive, &inst))
		return READ_END;
	memcpy(name, data->root, data->root_len * sizeof(oid));
	n = data->root_len + mib_suffix(&inst, name + data->root_len);
	if (end_len && snmp_oid_compare(name, n, end, end_len) >= 0)
		return READ_END;
	return snmp_set_var_objid(vb, name, n) || !fill(data, &inst, vb) ? READ_FAILED : READ_DONE;
}
