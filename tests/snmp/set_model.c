/* SPDX-License-Identifier: BSD-2-Clause */
/* What a SET may be answered; see set_model.h. */
#include "config.h"

#include "tests/snmp/set_model.h"

#include <string.h>

static const oid root[] = { CDAT_MIB_ROOT_OID };
#define ROOT_LEN OID_LENGTH(root)
#define PREFIX_MOST 4
/* Past it a master agent may have given up on its subagent: genErr, outcome unknown. */
#define MASTER_PATIENCE 0.9

enum what { RANGE, OR_ZERO, ROW_STATUS, NAME, ADDRESS };

/* The objects that can be written, with their SYNTAX. */
static const struct object {
	oid prefix[PREFIX_MOST];
	size_t prefix_len;
	oid column;
	u_char asn;
	enum what what;
	long long min, max;
	unsigned indexes;
	oid most[2];			/* largest indexes */
} objects[] = {
#define CONFIG(no, asn, what, min, max)	{ { 1, 2 }, 2, no, asn, what, min, max, 0, { 0, 0 } }
#define NODE(no, asn, what, min, max) \
	{ { 1, 3, 2, 1 }, 4, no, asn, what, min, max, 1, { 65535, 0 } }
#define ADAPTER(no, asn, what, min, max) \
	{ { 1, 4, 1, 1 }, 4, no, asn, what, min, max, 2, { 65535, 255 } }
	{ { 1, 1 }, 2, 15, ASN_INTEGER, RANGE, 0, 2147483647, 0, { 0, 0 } },	/* cdatSpinLock */
	CONFIG(1, ASN_UNSIGNED, RANGE, 10, 60000),	/* heartbeat interval */
	CONFIG(2, ASN_UNSIGNED, RANGE, 2, 100),		/* silence limit */
	CONFIG(3, ASN_UNSIGNED, RANGE, 1, 255),		/* retry threshold */
	CONFIG(4, ASN_UNSIGNED, RANGE, 1, 60000),	/* response, least */
	CONFIG(5, ASN_UNSIGNED, RANGE, 1, 60000),	/* and most */
	CONFIG(6, ASN_UNSIGNED, RANGE, 10, 60000),	/* consensus */
	CONFIG(7, ASN_UNSIGNED, OR_ZERO, 100, 3600000),	/* probe interval */
	CONFIG(8, ASN_INTEGER, RANGE, 1, 2),		/* failback */
	CONFIG(9, ASN_INTEGER, RANGE, 1, 2),		/* path MTU discovery */
	CONFIG(10, ASN_UNSIGNED, RANGE, 100, 30000),	/* change timeout */
	NODE(2, ASN_OCTET_STR, NAME, 1, 63),
	NODE(3, ASN_INTEGER, RANGE, 1, 2),		/* admin status */
	NODE(19, ASN_INTEGER, RANGE, 1, 5),		/* storage type */
	NODE(20, ASN_INTEGER, ROW_STATUS, 0, 0),
	ADAPTER(3, ASN_UNSIGNED, RANGE, 1, 65535),	/* preference */
	ADAPTER(5, ASN_INTEGER, RANGE, 1, 2),		/* ipv4, ipv6 */
	ADAPTER(6, ASN_OCTET_STR, ADDRESS, 0, 0),
	ADAPTER(7, ASN_UNSIGNED, RANGE, 0, 128),	/* prefix length */
	ADAPTER(8, ASN_UNSIGNED, RANGE, 0, 65535),	/* port */
	ADAPTER(9, ASN_INTEGER, RANGE, 1, 303),		/* IANAifType */
	ADAPTER(10, ASN_INTEGER, RANGE, 1, 5),		/* class */
	ADAPTER(11, ASN_INTEGER, RANGE, -1, 63),	/* DSCP */
	ADAPTER(12, ASN_UNSIGNED, OR_ZERO, 576, 65535),	/* MTU */
	ADAPTER(15, ASN_UNSIGNED, RANGE, 0, 255),	/* retry threshold */
	ADAPTER(16, ASN_INTEGER, RANGE, 1, 2),		/* admin status */
	ADAPTER(23, ASN_INTEGER, RANGE, 1, 5),		/* storage type */
	ADAPTER(24, ASN_INTEGER, ROW_STATUS, 0, 0),
	{ { 1, 10 }, 2, 1, ASN_INTEGER, RANGE, 1, 2, 0, { 0, 0 } },
	{ { 1, 10 }, 2, 2, ASN_INTEGER, RANGE, 1, 2, 0, { 0, 0 } },
	{ { 1, 10 }, 2, 3, ASN_UNSIGNED, RANGE, 0, 3600, 0, { 0, 0 } },
	{ { 1, 10 }, 2, 4, ASN_UNSIGNED, RANGE, 1, 10000, 0, { 0, 0 } },
	{ { 1, 10, 6, 1 }, 4, 3, ASN_INTEGER, RANGE, 1, 2, 1, { 17, 0 } },
	{ { 1, 10, 6, 1 }, 4, 4, ASN_UNSIGNED, RANGE, 0, 3600, 1, { 17, 0 } },
	{ { 1, 11 }, 2, 1, ASN_UNSIGNED, RANGE, 16, 65535, 0, { 0, 0 } },
};

/* Whose column the name is, and where its indexes begin; NULL: of no object to be written. */
static const struct object *object_of(const netsnmp_variable_list *vb, size_t *at)
{
	if (vb->name_length < ROOT_LEN || memcmp(vb->name, root, sizeof(root)))
		return NULL;
	for (size_t i = 0; i < sizeof(objects) / sizeof(objects[0]); i++) {
		const struct object *o = &objects[i];
		const oid *below = vb->name + ROOT_LEN;

		if (vb->name_length <= ROOT_LEN + o->prefix_len || below[o->prefix_len] != o->column ||
		    memcmp(below, o->prefix, o->prefix_len * sizeof(oid)))
			continue;
		*at = ROOT_LEN + o->prefix_len + 1;
		return o;
	}
	return NULL;
}

bool model_object(size_t i, struct model_object *object)
{
	const struct object *o = &objects[i];

	if (i >= sizeof(objects) / sizeof(objects[0]))
		return false;
	*object = (struct model_object){ .len = o->prefix_len + 1, .asn = o->asn, .indexes = o->indexes };
	memcpy(object->name, o->prefix, o->prefix_len * sizeof(oid));
	object->name[o->prefix_len] = o->column;
	return true;
}

int model_number(const netsnmp_variable_list *vb)
{
	size_t at;
	const struct object *o = object_of(vb, &at);

	return o ? (int)(o - objects) : -1;
}

static bool name_good(const netsnmp_variable_list *vb)
{
	static const char first[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

	for (size_t i = 0; i < vb->val_len; i++) {
		const u_char c = vb->val.string[i];

		if (!c || (!strchr(first, c) && (i == 0 || !strchr("-._", c))))
			return false;
	}
	return true;
}

static int value_error(const struct object *o, const netsnmp_variable_list *vb)
{
	const long long n = o->asn == ASN_OCTET_STR ? 0 : o->asn == ASN_INTEGER
		? *vb->val.integer : (long long)(*vb->val.integer & 0xffffffff);
	bool good;

	switch (o->what) {
	case ADDRESS:
		return vb->val_len == 4 || vb->val_len == 16 ? SNMP_ERR_NOERROR : SNMP_ERR_WRONGLENGTH;
	case NAME:
		if (vb->val_len < 1 || vb->val_len > 63)
			return SNMP_ERR_WRONGLENGTH;
		good = name_good(vb);
		break;
	case ROW_STATUS:
		good = n == 1 || n == 2 || n == 4 || n == 6;
		break;
	default:
		good = (n >= o->min && n <= o->max) || (o->what == OR_ZERO && n == 0);
	}
	return good ? SNMP_ERR_NOERROR : SNMP_ERR_WRONGVALUE;
}

static bool index_good(const struct object *o, const oid *index, size_t n)
{
	if (!o->indexes)
		return n == 1 && index[0] == 0;
	if (n != o->indexes)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (index[i] < 1 || index[i] > o->most[i])
			return false;
	}
	return true;
}

int model_variable(const netsnmp_variable_list *vb)
{
	size_t at;
	const struct object *o = object_of(vb, &at);
	int error;

	if (!o)
		return SNMP_ERR_NOTWRITABLE;
	if (vb->type != o->asn)
		return SNMP_ERR_WRONGTYPE;
	error = value_error(o, vb);
	if (error == SNMP_ERR_NOERROR && !index_good(o, vb->name + at, vb->name_length - at))
		error = SNMP_ERR_NOCREATION;
	return error;
}

/* Addresses and StorageType have values that are wrong by what the table holds. */
static bool value_may_be_wrong(const struct object *o)
{
	return o->what == ADDRESS || (o->indexes && o->min == 1 && o->max == 5 &&
				      (o->column == 19 || o->column == 23));
}

/* Net-SNMP looks through all variables for one without a value before it asks any handler. */
static long first_null(const netsnmp_variable_list *vars)
{
	long count = 0;

	for (; vars; vars = vars->next_variable) {
		count++;
		if (vars->type == ASN_NULL)
			return count;
	}
	return 0;
}

bool model_allows(const netsnmp_variable_list *vars, long error, long index, double seconds)
{
	const long null = first_null(vars);
	bool rows = false, wrong_value = false;
	long count = 0;

	if (null)
		return error == SNMP_ERR_WRONGTYPE && index == null;
	for (const netsnmp_variable_list *vb = vars; vb; vb = vb->next_variable) {
		const int must = model_variable(vb);
		const struct object *o;
		size_t at;

		count++;
		if (must != SNMP_ERR_NOERROR)
			return error == must && index == count;
		o = object_of(vb, &at);
		rows = rows || o->indexes;
		wrong_value = wrong_value || value_may_be_wrong(o);
	}
	if (error != SNMP_ERR_NOERROR && (index < 1 || index > count))
		return false;
	switch (error) {
	case SNMP_ERR_NOERROR: case SNMP_ERR_INCONSISTENTVALUE: case SNMP_ERR_RESOURCEUNAVAILABLE:
	case SNMP_ERR_COMMITFAILED:
		return true;
	case SNMP_ERR_INCONSISTENTNAME:
		return rows;
	case SNMP_ERR_WRONGVALUE:
		return wrong_value;
	case SNMP_ERR_GENERR:
		return seconds > MASTER_PATIENCE;
	default:
		return false;
	}
}
