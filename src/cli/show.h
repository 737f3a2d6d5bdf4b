/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How cdatctl shows records: any member as text, any record as JSON, and listings
 * whose columns are rows of a table.
 */
#ifndef CDAT_CLI_SHOW_H
#define CDAT_CLI_SHOW_H

#include <jansson.h>

#include "cli/cli.h"
#include "wire/records.h"

#define CLI_TEXT_MAX	1024

/* ---- members ----------------------------------------------------------------------- */

const struct cdat_field *cli_field(const struct cdat_msg *msg, const char *name);

/* The key of a member in JSON: a time without its clock.  False: not shown, its wall clock twin
 * is. */
bool cli_field_key(const struct cdat_msg *msg, const struct cdat_field *f, char *key, size_t len);

/* A member as people read it: words, ages, names of nodes. */
void cli_field_text(const struct cli_view *view, const struct cdat_msg *msg,
		    const struct cdat_field *field, const void *record, char *buf, size_t len);

/* The record as an object: one key a member, words for enums, RFC 3339 for times (null:
 * never), and "X_name" beside each number of a node. */
json_t *cli_record_json(const struct cli_view *view, const struct cdat_msg *msg,
			const void *record);

/* {"schema": "cdat/1", KEY: items}; prints and frees it. */
int cli_print_json(const char *key, json_t *items);
/* One object on one line, with the schema, at once; frees it. */
int cli_print_json_line(json_t *object);

/* "120 us", "3.2 s", "5m02s", "3d04h". */
void cli_duration(uint64_t us, char *buf, size_t len);
/* How long ago; "never" for 0. */
void cli_age(const struct cli_view *view, uint64_t mono, char *buf, size_t len);
/* The same with " ago". */
void cli_ago(const struct cli_view *view, uint64_t mono, char *buf, size_t len);
/* Local time with milliseconds; "-" for 0.  cli_rfc3339: in UTC. */
void cli_wall(uint64_t wall, char *buf, size_t len);
void cli_rfc3339(uint64_t wall, char *buf, size_t len);
/* "word" of an enum member of a record. */
const char *cli_word(const char *record, const char *field, unsigned value);

/* ---- listings ---------------------------------------------------------------------- */

enum { CLI_C_RIGHT = 1, CLI_C_EXTRA = 2 /* only when asked for by -o */, CLI_C_WRAP = 4 };

struct cli_column {
	const char *id, *heading;
	uint8_t flags;
	/* NULL: the member of the name `id` (hyphens for underscores). */
	void (*text)(const struct cli_view *view, const void *record, char *buf, size_t len);
};

struct cli_listing {
	const char *word;		/* of the verb */
	const char *key;		/* of the JSON array */
	enum cdat_kind kind;
	uint32_t kinds;			/* that its columns need, in a mask */
	const struct cli_column *columns;
	size_t ncolumns;
	const char *empty;		/* said instead of an empty table */
};

const struct cli_listing *cli_listing(const char *word);
/* The text of one cell. */
void cli_cell(const struct cli_column *column, const struct cli_view *view,
	      const struct cdat_msg *msg, const void *record, char *buf, size_t len);
/* Takes the kinds into the view when the cluster is well, or after cli->seconds as it is. */
int cli_wait_ok(struct cli *cli, struct cli_view *view, uint32_t kinds);
/* Whether the standard output is to have colours; the colour of a cell, NULL for none. */
bool cli_colours(void);
const char *cli_colour(const struct cli_column *column, const char *text);
/* One static page. */
void cli_print_html(const struct cli_view *view, const struct cdat_cluster *c);
/* Prints the rows of the view; node not 0: only those that begin with it. */
int cli_print_listing(struct cli *cli, const struct cli_listing *listing,
		      const struct cli_view *view, unsigned node);

#endif
