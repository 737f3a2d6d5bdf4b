/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The configuration of cdat-notify, notify.yaml(5): read whole, judged whole.  The first
 * error of the file is one line "FILE:LINE:COLUMN: what is wrong; what to write instead".
 */
#ifndef NOTIFY_CONF_H
#define NOTIFY_CONF_H

#include "cdat/types.h"
#include "host/place.h"

#define SINKS_MAX 16

enum sink_type_id { SINK_WEBHOOK = 1, SINK_ICINGA2, SINK_ALERTMANAGER, SINK_EXEC };

/* A file named in the configuration; path NULL: none. */
struct conf_file {
	char *path;
	struct conf_place place;
};

struct sink_conf {
	char name[CDAT_NAME_MAX + 1];
	uint8_t type;			/* enum sink_type_id */
	struct conf_place place;
	/* filters */
	uint32_t kinds;			/* bit (1 << enum cdat_event_kind); 0: all */
	uint8_t severity;		/* at least; enum cdat_severity, 0: all */
	char **nodes;			/* NULL-ended; NULL: all */
	/* queue and retry */
	uint32_t queue_events, queue_octets;
	uint32_t retry_min_s, retry_max_s, attempts;	/* attempts 0: no end */
	uint32_t timeout_s;
	/* HTTP */
	char *url;
	struct conf_place url_place;
	char *username;
	struct conf_file password, bearer, hmac, ca, cert, key;
	char *node_host, *cluster_host, *service;	/* Icinga 2: templates */
	uint32_t resend_s, hold_s;			/* Alertmanager */
	char **command;					/* exec: NULL-ended */
};

struct notify_conf {
	char *file;
	char *socket;			/* NULL: the default */
	char *state_dir;		/* NULL: NOTIFY_STATE_DIR */
	int log_level;			/* enum log_level; -1: not given */
	uint32_t max_age_s;		/* older events are not told */
	struct sink_conf *sinks;
	size_t nsinks;
};

#define NOTIFY_STATE_DIR CDAT_STATEDIR "-notify"

const char *sink_type_word(uint8_t type);
const char *notify_state_dir(const struct notify_conf *conf);

/* NULL with one line in `err` (CONF_ERROR_LEN octets).  notify_conf_free() it. */
struct notify_conf *notify_conf_load(const char *file, char *err, size_t errlen);
struct notify_conf *notify_conf_parse(const char *file, const char *text, size_t len, char *err,
				      size_t errlen);
void notify_conf_free(struct notify_conf *conf);

/* Judges what the file names: secrets, certificates, programs.  False with the first error. */
bool notify_conf_check_files(const struct notify_conf *conf, char *err, size_t errlen);

#endif
