/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Asks an SNMP agent for objects of CDAT-MIB, by number: no module file is needed.  All
 * within one deadline.  What goes wrong is told in one line that names the remedy.
 */
#ifndef CHECK_CDAT_QUERY_H
#define CHECK_CDAT_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Objects that are read; the table in query.c has their names and numbers. */
enum object {
	O_HEALTH, O_HEALTH_REASON, O_CLUSTER_NAME, O_CLUSTER_STATE, O_PARTITION_STATE,
	O_LOCAL_NODE, O_LOCAL_NAME, O_TABLE_VERSION, O_TABLE_DIGEST, O_NODES_TOTAL, O_NODES_UP,
	O_NODES_DOWN, O_ADAPTERS_TOTAL, O_ADAPTERS_DOWN, O_SINGLE_PATH, O_SERVICER_VERSION,
	O_NODE_BY_NAME,
	O_NODE_NAME, O_NODE_STATE, O_NODE_PRIMARY, O_NODE_CURRENT, O_NODE_ADAPTERS,
	O_NODE_ADAPTERS_DOWN, O_NODE_SILENCE, O_NODE_RTT, O_NODE_SYNC, O_NODE_ROW_STATUS,
	O_ADAPTER_LABEL, O_ADAPTER_STATUS,
	O_PATH_STATE, O_PATH_CURRENT, O_PATH_SRTT,
	O_ROLE_NAME, O_ROLE_STATE, O_ROLE_HOLDER_NAME, O_ROLE_CANDIDATES, O_ROLE_BACKUPS,
	O_ROLE_MOVES,
	O_ROUTE_STATE, O_ROUTE_SHARED,
	OBJECTS
};

enum { QUERY_ERROR = 512, VALUE_TEXT = 256, QUERY_HOSTS = 16, QUERY_WANTS = 16, KEY_MAX = 65 };

struct value {
	bool there;		/* false: the agent has no such object or row */
	bool is_text;
	uint64_t number;
	char text[VALUE_TEXT];	/* octets that are no text are in hexadecimal */
};

/* How to ask; the strings outlive the query.  NULL: Net-SNMP's default (snmp.conf). */
struct query_options {
	const char *hosts[QUERY_HOSTS];
	size_t n_hosts;
	const char *port;
	long version;			/* SNMP_VERSION_1, _2c, _3 */
	const char *community;
	const char *level, *user, *context;
	const char *auth, *auth_pass, *priv, *priv_pass;
	bool ipv6;
	int seconds;			/* for all that the check asks */
	int retries;			/* of one request */
	bool verbose;			/* each value is printed on standard error */
};

struct query;

struct query *query_new(const struct query_options *options);	/* NULL: no memory */
void query_free(struct query *query);

/* Opens a session to a host of the options.  False: query_error() tells why. */
bool query_open(struct query *query, size_t host);
/* Allows so many seconds, from now, for what follows. */
void query_allow(struct query *query, double seconds);
double query_left(const struct query *query);
const char *query_error(const struct query *query);
const char *query_host(const struct query *query);

/* One GET of at most QUERY_WANTS objects, each with the index (n = 0: scalars).  An object
 * that is not there is no error. */
bool query_get(struct query *query, const enum object *objects, size_t n_objects,
	       const uint32_t *index, size_t n_index, struct value *values);

/* A row has the index of its table (at most two numbers) and a value for each column. */
struct row {
	uint32_t index[2];
	struct value *values;
};
struct rows {
	struct row *rows;
	size_t n, cap, columns;
};

/* Reads columns of a table.  Rows are those of the first column, in its order; the caller
 * frees them.  False: there are none to free. */
bool query_rows(struct query *query, const enum object *columns, size_t n_columns,
		struct rows *rows);
void rows_free(struct rows *rows);
const struct row *rows_find(const struct rows *rows, uint32_t index0, uint32_t index1);

const char *object_name(enum object object);

#endif
