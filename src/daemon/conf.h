/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The configuration file, cdat.yaml(5): read whole, judged whole, then given as one
 * struct.  Used by cdatd, and by cdatctl for `load` and `diff`.  Nothing here changes
 * anything on disk or knows the daemon.
 *
 * An error is one line "FILE:LINE:COLUMN: what is wrong; what to write instead", the
 * first of the file.
 */
#ifndef DAEMON_CONF_H
#define DAEMON_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cdat/types.h"
#include "host/place.h"
#include "wire/control.h"

struct conf {
	char *file;
	char cluster[CDAT_NAME_MAX + 1];
	char node[CDAT_NAME_MAX + 1];	 /* empty: not given */
	uint16_t port;			 /* UDP */
	bool sealed;			 /* false: "security: none" */
	char *key_file;			 /* NULL when not sealed */
	char *state_dir, *socket;	 /* NULL: the default */
	struct cdat_addr *join, *listen; /* ports filled in */
	size_t njoin, nlisten;
	struct cdat_addr multicast;	 /* IPv4 group, port filled in; no family: none */
	bool loopback_ok, allow_unlisted;
	bool ordinary; /* "scheduling: normal" */
	int log_level; /* enum log_level of daemon/log.h; -1: not given */
	char log_tokens[CDAT_TEXT_MAX + 1];
	struct cdat_c_local_set *settings; /* of notify and events-limit */
	size_t nsettings;
	bool has_table;
	struct cdat_op *ops; /* of table: what would make it; index by conf_op_place() */
	size_t nops;
	struct conf_place *places; /* of each op */
	struct conf_place node_place, key_place, state_place, socket_place, table_place;
};

/* Which keys are needed: a servicer's file, or only its `table` (other keys are still judged). */
enum conf_use { CONF_SERVICER, CONF_TABLE };

/* Reads FILE.  NULL with one line in `err` (CONF_ERROR_LEN octets).  conf_free() it. */
struct conf *conf_load(const char *file, enum conf_use use, char *err, size_t errlen);

/* The same for a text in memory; `file` names it in errors. */
struct conf *conf_parse(const char *file, const char *text, size_t len, enum conf_use use,
			char *err, size_t errlen);
void conf_free(struct conf *conf);
/* Frees the ops, which are large: has_table and the settings stay. */
void conf_forget_table(struct conf *conf);

/* The place of the op with that cdat_op.index (cdat_outcome.culprit); that of the table when 0. */
struct conf_place conf_op_place(const struct conf *conf, uint16_t index);

/* Writes "FILE:LINE:COLUMN: text" into `err`; returns false. */
bool conf_error(const struct conf *conf, struct conf_place place, char *err, size_t errlen,
		const char *format, ...) __attribute__((format(printf, 5, 6)));

#endif
