/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Programs that are run for an event: no shell, an environment of their own, no open file but
 * /dev/null and a pipe, a process group of their own that is ended at the time limit.
 */
#ifndef NOTIFY_JOB_H
#define NOTIFY_JOB_H

#include <ev.h>

#include "notify/conf.h"
#include "notify/note.h"

#define JOB_OUTPUT_KEPT 512u

struct job_end {
	bool in_time;
	int code;			/* exit code; -1: ended by a signal */
	int signal;
	const char *output;		/* what it wrote first, on one line */
};
typedef void job_done(void *ctx, const struct job_end *end);

struct job;
/* loop: the default one, since it waits for children. */
struct job *job_new(struct ev_loop *loop, job_done *done, void *ctx);	/* NULL: no memory */
void job_free(struct job *job);			/* ends what runs, without `done` */

/* Starts the program.  False with one line in `why`. */
bool job_start(struct job *job, const struct sink_conf *conf, const struct note *note, char *why,
	       size_t whylen);

/* The environment for a note, NULL-ended; job_environment_free() it.  NULL: no memory. */
char **job_environment(const struct note *note);
void job_environment_free(char **env);

#endif
