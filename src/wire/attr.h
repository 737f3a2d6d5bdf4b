/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The writable attributes of the table, one row each: the word an operator writes
 * in cdat.yaml and for `cdatctl set`, its type, range and default, and where it
 * lies in its record.  The table checks, the configuration, the CLI and the agent
 * all read these rows.
 */
#ifndef CDAT_WIRE_ATTR_H
#define CDAT_WIRE_ATTR_H

#include "cdat/types.h"

enum cdat_attr_scope { CDAT_SCOPE_NODE = 1, CDAT_SCOPE_ADAPTER, CDAT_SCOPE_PARAM };
enum cdat_attr_type {
	CDAT_AT_NUMBER, CDAT_AT_ENUM, CDAT_AT_TRUTH, CDAT_AT_NAME, CDAT_AT_ADDR,
	CDAT_AT_TEXT	/* facts only */
};

struct cdat_attr_row {
	uint8_t attr;			/* enum cdat_attr */
	uint8_t scope, type;
	const char *word;		/* "mtu", "heartbeat-ms" */
	int64_t min, max;
	bool zero_ok;			/* 0 is allowed though it lies outside min..max */
	int64_t deflt;
	uint16_t offset, size;		/* of the member of cdat_node, cdat_adapter or cdat_params */
	bool fact;			/* told by the owner, not by administrators */
	const char *const *words;	/* CDAT_AT_ENUM: word of value 1.., NULL-ended; "" for a hole */
	const char *unit;
};

/* All rows, ascending by attr; `*count` of them. */
const struct cdat_attr_row *cdat_attr_rows(size_t *count);
const struct cdat_attr_row *cdat_attr_find(enum cdat_attr attr);
/* Facts are not found by word: administrators do not write them. */
const struct cdat_attr_row *cdat_attr_by_word(enum cdat_attr_scope scope, const char *word);

/* Whether `number` is in the range of the row. */
bool cdat_attr_in_range(const struct cdat_attr_row *row, int64_t number);

/* Reads and writes the member of a number, enum or truth attribute (truth: 1 true, 2 false). */
int64_t cdat_attr_get(const struct cdat_attr_row *row, const void *record);
void cdat_attr_put(const struct cdat_attr_row *row, void *record, int64_t number);

/* Sets all members that have a row of `scope` to their defaults (names empty, no address). */
void cdat_attr_defaults(enum cdat_attr_scope scope, void *record);

/* Parses an operator's word for the attribute ("1400", "interactive", "true") into `op`
 * (attr, and number, text or addr; a prefix "/24" on an address goes to *prefix, -1 if none;
 * `prefix` NULL: none is allowed).  Whole numbers are decimal without leading zeros.
 * False with one line in `err` that says what is wrong and what to write instead. */
bool cdat_attr_parse(const struct cdat_attr_row *row, const char *word, struct cdat_op *op,
		     int *prefix, char *err, size_t errlen);

/* Address text: RFC 5952 for IPv6; `buf` of at least 64 octets. With port: "a:p", "[a]:p",
 * "a" where the port is 0.  Without an address: "". Both return `buf`. */
const char *cdat_addr_text(const struct cdat_addr *addr, char *buf, size_t len);
const char *cdat_addr_port_text(const struct cdat_addr *addr, char *buf, size_t len);
/* Numeric text only; no name service, no zone.  False when it is none (*addr is zero then).
 * Accepts "a", "a:p", "[v6]:p"; the port is 1..65535, 0 in *addr when not given. */
bool cdat_addr_parse(const char *text, struct cdat_addr *addr);
bool cdat_addr_same(const struct cdat_addr *a, const struct cdat_addr *b);	/* without port */
bool cdat_addr_port_same(const struct cdat_addr *a, const struct cdat_addr *b);
bool cdat_addr_in_prefix(const struct cdat_addr *a, const struct cdat_addr *net, unsigned bits);
bool cdat_name_ok(const char *name);	/* CdatName of the MIB */

#endif
