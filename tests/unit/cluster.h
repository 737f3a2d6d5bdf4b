/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For the tests of cdatctl: a servicer with a cluster of three nodes, which notes the
 * changes and messages that it is asked for; and running cdatctl in this process.
 */
#ifndef TESTS_UNIT_CLUSTER_H
#define TESTS_UNIT_CLUSTER_H

#include "servicer.h"

#define CLUSTER_OPS	64

struct cluster {
	struct servicer s;
	struct cdat_cluster status;
	struct cdat_outcome outcome;		/* of changes and keys */
	uint8_t send_error;			/* first answer to SEND */
	bool hang_up;				/* at the next verb */
	/* noted */
	struct cdat_op ops[CLUSTER_OPS];
	size_t nops;
	struct cdat_c_send sent;
	char text[256];
	unsigned sends;
	struct cdat_c_key keys[8];
	unsigned nkeys;
	/* pushed after SUBSCRIBE */
	const struct cdat_c_message *messages;
	size_t nmessages;
	const struct cdat_event *event;		/* and then the connection ends */
};

void cluster_start(struct cluster *c);
void cluster_stop(struct cluster *c);

/* Runs "cdatctl WORDS" (split at blanks; an empty word is '') at the servicer of `c`, or without
 * one (NULL).  Gives the exit code; *out and *err live until the next run. */
int cluster_run(struct cluster *c, const char *words, const char **out, const char **err);

#endif
