/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CDAT-MIB as data: one row for each object.  A row says where the value lies in its
 * record, so that reading, walking, testing a SET and filling a notification are
 * written once, and an object is added by adding its row.
 *
 * Nothing here knows a session, a PDU or a handler of Net-SNMP: only the type octets of
 * its ASN.1 header and the type `oid`.
 */
#ifndef AGENT_MIB_H
#define AGENT_MIB_H

#include <net-snmp/net-snmp-config.h>
#include <net-snmp/types.h>
#include <net-snmp/library/asn1.h>

#include "agent/replica.h"

#define MIB_PREFIX_MAX	5	/* sub-identifiers of a column below cdatMIB */
#define MIB_INDEX_MAX	(CDAT_NAME_MAX + 1)
#define MIB_SUFFIX_MAX	(MIB_PREFIX_MAX + MIB_INDEX_MAX)

/* The outcome of the last change through this agent, and their counts (cdatChange). */
struct change_log {
	struct cdat_outcome last;
	oid object[MAX_OID_LEN];	/* instance to blame */
	size_t object_len;		/* 0: none */
	uint64_t wall;			/* 0: there was no change */
	uint32_t committed_version;
	uint32_t committed, refused, aborted;
};

/* All that a value is computed from. */
struct mib_data {
	const struct replica *rep;
	const struct change_log *changes;
	const oid *root;		/* of cdatMIB */
	size_t root_len;
	uint64_t now_mono;		/* of this request, microseconds */
	int64_t agent_start;		/* CLOCK_MONOTONIC at which sysUpTime was 0, microseconds */
};

/* A value ready for a varbind: `data` points into the struct, the record or constants. */
struct mib_value {
	u_char asn;
	const void *data;
	size_t len;
	union {
		long integer;
		u_long number;
		struct counter64 c64;
		oid oids[MAX_OID_LEN];
		char text[CDAT_TEXT_MAX + 1];
		u_char octets[16];
	} u;
};

/* How the member of a record becomes a value. */
enum mib_form {
	MIB_NUMBER,		/* unsigned member of `size` octets, as `asn` says */
	MIB_SIGNED,		/* int8_t */
	MIB_TRUTH,		/* bool: TruthValue */
	MIB_TEXT,		/* char array with NUL */
	MIB_STAMP,		/* *_mono: TimeStamp */
	MIB_DATE,		/* *_wall: DateAndTime of 11 octets, 8 zero octets when not known */
	MIB_SILENCE,		/* *_mono: milliseconds since, 4294967295 for never */
	MIB_ADDR_TYPE, MIB_ADDR, MIB_ADDR_TEXT, MIB_ADDR_PORT,	/* struct cdat_addr */
	MIB_CALL		/* by the function of the row */
};

enum mib_access { MIB_RO, MIB_RW, MIB_CREATE };

enum mib_index {
	MIB_SCALAR,		/* .0 */
	MIB_ONE,		/* key.a */
	MIB_TWO,		/* key.a, key.b */
	MIB_NAME		/* length and octets of a node's name */
};

struct mib_column {
	const char *name;		/* descriptor in CDAT-MIB */
	uint8_t number;
	u_char asn;
	uint8_t form;			/* enum mib_form */
	uint8_t access;			/* enum mib_access */
	uint8_t attr;			/* enum cdat_attr of a SET; 0 none */
	uint8_t local;			/* enum cdat_local_what of a SET; 0 none */
	bool always;			/* has a value without a servicer (record NULL) */
	uint16_t offset, size;		/* of the member of the record */
	void (*call)(const struct mib_data *data, const void *record, struct mib_value *value);
};

struct mib_table {
	const char *name;
	uint8_t prefix_len;
	oid prefix[MIB_PREFIX_MAX - 1];	/* below cdatMIB */
	uint8_t index;			/* enum mib_index */
	uint8_t kind;			/* enum cdat_kind of its rows */
	uint32_t max_a, max_b;		/* largest indexes; the least is 1 */
	const struct mib_column *columns;	/* ascending by number */
	size_t ncolumns;
};

extern const struct mib_table mib_cluster, mib_config, mib_node_scalars, mib_node, mib_node_name,
	mib_adapter, mib_path, mib_component, mib_member, mib_persp, mib_stats, mib_change,
	mib_notify_scalars, mib_notify, mib_event_scalars, mib_event, mib_role, mib_route;

/* All tables in the order of their OIDs. */
extern const struct mib_table *const mib_tables[];
extern const size_t mib_ntables;

/* One instance: a column of one row. */
struct mib_instance {
	const struct mib_table *table;
	const struct mib_column *column;
	struct cdat_key key;
	const void *record;		/* NULL: no row, or a scalar without a servicer */
};

enum mib_found {
	MIB_FOUND,
	MIB_NO_OBJECT,			/* no such column */
	MIB_NO_INSTANCE,		/* the column has no such row now */
	MIB_NO_INDEX			/* nor can it ever have: length or range of the index */
};

/* What lies at `suffix`, an OID without the root. */
enum mib_found mib_find(const struct mib_data *data, const oid *suffix, size_t len,
			struct mib_instance *inst);

/* The first instance after `suffix` (at it, when `inclusive`).  False at the end of the MIB. */
bool mib_next(const struct mib_data *data, const oid *suffix, size_t len, bool inclusive,
	      struct mib_instance *inst);

/* Writes the OID of the instance without the root; returns its length. */
size_t mib_suffix(const struct mib_instance *inst, oid suffix[MIB_SUFFIX_MAX]);

/* The value of an instance that was found. */
void mib_value(const struct mib_data *data, const struct mib_instance *inst,
	       struct mib_value *value);

/* The column with that descriptor; NULL when there is none. */
const struct mib_column *mib_by_name(const char *name, const struct mib_table **table);

/* The forms of values, for functions of rows. */
void mib_put_integer(struct mib_value *value, long number);
void mib_put_number(struct mib_value *value, u_char asn, u_long number);
void mib_put_text(struct mib_value *value, const char *text);
void mib_put_octets(struct mib_value *value, const void *octets, size_t len);
void mib_put_oid(struct mib_value *value, const oid *name, size_t len);
void mib_put_stamp(struct mib_value *value, const struct mib_data *data, uint64_t mono);
void mib_put_date(struct mib_value *value, uint64_t wall);
void mib_put_silence(struct mib_value *value, const struct mib_data *data, uint64_t mono);

/* TimeStamp of a monotonic time: hundredths of a second, 0 when before the agent's start. */
u_long mib_stamp(const struct mib_data *data, uint64_t mono);

/* Rows.  st: struct of the record, m: its member. */
#define MIB_AT(st, m)	.offset = offsetof(st, m), .size = sizeof(((st *)0)->m)
#define MIB_COL(no, nm, a, f, st, m) \
	{ .name = (nm), .number = (no), .asn = (a), .form = (f), MIB_AT(st, m) }
#define MIB_SET(no, nm, a, f, st, m, acc, at) \
	{ .name = (nm), .number = (no), .asn = (a), .form = (f), MIB_AT(st, m), \
	  .access = (acc), .attr = (at) }
#define MIB_FN(no, nm, a, fn) \
	{ .name = (nm), .number = (no), .asn = (a), .form = MIB_CALL, .call = (fn) }
#define MIB_SET_FN(no, nm, a, fn, acc, at) \
	{ .name = (nm), .number = (no), .asn = (a), .form = MIB_CALL, .call = (fn), \
	  .access = (acc), .attr = (at) }
#define MIB_LOCAL(no, nm, a, f, st, m, what) \
	{ .name = (nm), .number = (no), .asn = (a), .form = (f), MIB_AT(st, m), \
	  .access = MIB_RW, .local = (what) }
#define MIB_ALWAYS(no, nm, a, fn) \
	{ .name = (nm), .number = (no), .asn = (a), .form = MIB_CALL, .call = (fn), .always = true }
#define MIB_COLUMNS(cols)	.columns = (cols), .ncolumns = sizeof(cols) / sizeof((cols)[0])

#endif
