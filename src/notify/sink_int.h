/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of a sink share: its struct, and how each type begins and judges. */
#ifndef NOTIFY_SINK_INT_H
#define NOTIFY_SINK_INT_H

#include "host/log.h"
#include "notify/job.h"
#include "notify/sink.h"

#define SINK_WHY_LEN 400

struct sink {
	const struct sink_conf *conf;
	struct sink_host host;
	struct queue *queue;		/* NULL: for a test */
	struct http_call *call;
	struct job *job;
	struct alerts *alerts;
	ev_timer retry, resend;
	bool busy;			/* a note, or a round of repeating, is under way */
	bool repeating;
	bool full;			/* that its queue overflows was told */
	size_t repeat_from;
	struct note note;		/* under way; the oldest of the queue */
	unsigned failures;		/* in a row */
	unsigned tries;			/* of that note */
	uint32_t retry_after_s;
	struct sink_counts counts;
	uint64_t verdicts;		/* refused and gave_up of this sink alone */
	char error[SINK_WHY_LEN];
	struct log_rate rate;		/* of lines about what is given up */
	sink_tested *tested;
	void *tested_ctx;
};

struct sink_type {
	/* Begins to send sink->note.  False with `why`: it could not begin. */
	bool (*begin)(struct sink *sink, char *why, size_t whylen);
	/* What an answer means; NULL: by its status alone. */
	enum sink_result (*judge)(long status, const char *body, size_t len, char *why,
				  size_t whylen);
};
extern const struct sink_type sink_types[];	/* by enum sink_type_id */

/* The end of what is under way. */
void sink_done(struct sink *sink, enum sink_result result, const char *why);
/* The call's and the job's callback; ctx is the sink. */
http_done sink_answered;
job_done sink_job_ended;

/* Alertmanager: sends the next part of the open alerts.  False: none is left. */
bool sink_repeat(struct sink *sink, char *why, size_t whylen);

#endif
