/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A note: an event with all that a receiver is told of it, as it was when it happened.
 * It is what the queues keep, as one line of JSON, so it needs nothing from the cluster
 * any more when it is sent at last.
 */
#ifndef NOTIFY_NOTE_H
#define NOTIFY_NOTE_H

#include <jansson.h>

#include "cdat/types.h"

struct note {
	char id[CDAT_NAME_MAX + 41];	/* the same at all members for an event of the cluster */
	char kind[32], severity[16], class[16];		/* words */
	uint64_t wall;			/* microseconds since 1970 */
	char cluster[CDAT_NAME_MAX + 1];
	char reporter[CDAT_NAME_MAX + 1];		/* the member that tells it */
	char node[CDAT_NAME_MAX + 1];	/* that it is about; empty: the cluster */
	uint64_t node_id;
	uint64_t adapter, other_adapter;
	char address[64];
	char role[CDAT_NAME_MAX + 1];
	char holder[CDAT_NAME_MAX + 1], before[CDAT_NAME_MAX + 1];	/* of the role; or empty */
	char health[16], standing[16];	/* of the cluster, as the reporter sees it */
	uint64_t members;
	uint64_t event;			/* number at the reporter; 0 for a test */
	char text[CDAT_TEXT_MAX + 1];
	bool test;
};

/* All members that are set, each under its own name.  NULL: no memory. */
json_t *note_json(const struct note *note);
/* One line without its end; caller frees.  NULL: no memory. */
char *note_text(const struct note *note);
/* False: no note.  Only the kinds and severities that are known are taken. */
bool note_parse(const char *text, size_t len, struct note *note);

/* "2026-11-23T21:52:11.204315Z" */
#define NOTE_TIME_LEN 40
const char *note_time(uint64_t wall, char buf[NOTE_TIME_LEN]);
uint64_t wall_now(void);	/* microseconds since 1970 */

#endif
