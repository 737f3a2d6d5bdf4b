/* SPDX-License-Identifier: BSD-2-Clause */
/* Variables of GET and GETNEXT; see read.h. */
#include "config.h"

#include "agent/read.h"

#include <string.h>

bool read_is_below(const struct mib_data *data, const oid *name, size_t len)
{
	return len >= data->root_len && !memcmp(name, data->root, data->root_len * sizeof(oid));
}

enum mib_found read_value(const struct mib_data *data, const oid *name, size_t len,
			  struct mib_value *value)
{
	struct mib_instance inst;
	enum mib_found found;

	if (!read_is_below(data, name, len))
		return MIB_NO_OBJECT;
	found = mib_find(data, name + data->root_len, len - data->root_len, &inst);
	if (found == MIB_FOUND)
		mib_value(data, &inst, value);
	return found;
}

bool read_after(const struct mib_data *data, const oid *name, size_t len, bool inclusive,
		const oid *end, size_t end_len, oid found[MAX_OID_LEN], size_t *found_len,
		struct mib_value *value)
{
	const bool below = read_is_below(data, name, len);
	struct mib_instance inst;

	/* A name before the root has the first instance after it. */
	if (!below && snmp_oid_compare(name, len, data->root, data->root_len) > 0)
		return false;
	if (!mib_next(data, below ? name + data->root_len : NULL, below ? len - data->root_len : 0,
		      below && inclusive, &inst))
		return false;
	memcpy(found, data->root, data->root_len * sizeof(oid));
	*found_len = data->root_len + mib_suffix(&inst, found + data->root_len);
	if (end_len && snmp_oid_compare(found, *found_len, end, end_len) >= 0)
		return false;
	mib_value(data, &inst, value);
	return true;
}

static bool fill(netsnmp_variable_list *vb, const struct mib_value *value)
{
	return snmp_set_var_typed_value(vb, value->asn, value->data, value->len) == 0;
}

enum read_result read_get(const struct mib_data *data, netsnmp_variable_list *vb)
{
	struct mib_value value;
	const enum mib_found found = read_value(data, vb->name, vb->name_length, &value);

	if (found == MIB_FOUND)
		return fill(vb, &value) ? READ_DONE : READ_FAILED;
	snmp_set_var_typed_value(vb, found == MIB_NO_OBJECT ? SNMP_NOSUCHOBJECT : SNMP_NOSUCHINSTANCE,
				 NULL, 0);
	return READ_DONE;
}

enum read_result read_next(const struct mib_data *data, netsnmp_variable_list *vb, bool inclusive,
			   const oid *end, size_t end_len)
{
	struct mib_value value;
	oid name[MAX_OID_LEN];
	size_t n;

	if (!read_after(data, vb->name, vb->name_length, inclusive, end, end_len, name, &n, &value))
		return READ_END;
	return snmp_set_var_objid(vb, name, n) || !fill(vb, &value) ? READ_FAILED : READ_DONE;
}
