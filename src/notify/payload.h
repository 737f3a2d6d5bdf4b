/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the receivers are sent, and what their answers mean.  Pure functions; texts that they
 * return are freed by the caller and NULL when there is no memory.
 */
#ifndef NOTIFY_PAYLOAD_H
#define NOTIFY_PAYLOAD_H

#include "notify/conf.h"
#include "notify/note.h"

enum sink_result {
	SINK_SENT,
	SINK_RETRY,		/* the receiver may take it later */
	SINK_REFUSED		/* it never will */
};

/* What the status of an HTTP answer means. */
enum sink_result payload_verdict(long status);

/* CloudEvents 1.0, structured mode, application/cloudevents+json. */
char *payload_cloudevent(const struct note *note);

/* "sha256=HEX": HMAC-SHA256 (RFC 2104) of the body. */
#define HMAC_TEXT_LEN (7 + 64 + 1)
void payload_hmac(const char *key, size_t keylen, const char *body, size_t len,
		  char out[HMAC_TEXT_LEN]);

/* "{node}" and so on replaced by the note's values; what is no such name stays. */
char *payload_expand(const char *pattern, const struct note *note);

/* Icinga 2: the body of /v1/actions/process-check-result. */
char *payload_icinga(const struct sink_conf *conf, const struct note *note);
/* The meaning of its answer; `why` has one line unless it is SINK_SENT. */
enum sink_result payload_icinga_answer(long status, const char *body, size_t len, char *why,
				       size_t whylen);

/* Alertmanager v2: the alert of a note, firing until `ends_wall` or ended then.  NULL: no memory,
 * or the kind has no alert. */
json_t *payload_alert(const struct note *note, uint64_t starts_wall, uint64_t ends_wall);

#endif
