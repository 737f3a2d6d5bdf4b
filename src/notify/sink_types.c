/* SPDX-License-Identifier: BSD-2-Clause */
/* How each type of sink begins to send and what the answer means. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "notify/kind.h"
#include "notify/sink_int.h"

#define REPEAT_MOST	100u		/* alerts in one request */
#define ALIVE_ROUNDS	3u		/* that may be missed before an alert ends by itself */
#define ALIVE_LEAST_S	30u

/* Posts a text, and frees it. */
static bool post(struct sink *sink, const char *path, const char *type, char *body, bool sign,
		 char *why, size_t whylen)
{
	struct http_request request = { .conf = sink->conf, .path = path, .content_type = type,
					.body = body, .sign = sign };
	bool ok;

	if (body == NULL) {
		snprintf(why, whylen, "not enough memory");
		return false;
	}
	request.len = strlen(body);
	ok = http_post(sink->call, &request, why, whylen);
	free(body);
	return ok;
}

static bool begin_webhook(struct sink *sink, char *why, size_t whylen)
{
	return post(sink, "", "application/cloudevents+json; charset=utf-8",
		    payload_cloudevent(&sink->note), true, why, whylen);
}

static bool begin_icinga(struct sink *sink, char *why, size_t whylen)
{
	return post(sink, "/v1/actions/process-check-result", "application/json",
		    payload_icinga(sink->conf, &sink->note), false, why, whylen);
}

static bool post_alerts(struct sink *sink, json_t *array, char *why, size_t whylen)
{
	char *body = array != NULL ? json_dumps(array, JSON_COMPACT) : NULL;

	json_decref(array);
	return post(sink, "/api/v2/alerts", "application/json", body, false, why, whylen);
}

/* Until when an alert is to fire that is told again every `resend`. */
static uint64_t alive_until(const struct sink *sink)
{
	uint64_t s = (uint64_t)sink->conf->resend_s * ALIVE_ROUNDS;

	return wall_now() + (s > ALIVE_LEAST_S ? s : ALIVE_LEAST_S) * 1000000;
}

/* When the alert of the note ends; in the past: it is resolved. */
static uint64_t ends(const struct sink *sink, const struct kind_row *row)
{
	const bool cleared = strcmp(sink->note.severity, "cleared") == 0;

	if (row->effect == KIND_CLEARS || (row->effect == KIND_BY_SEVERITY && cleared))
		return sink->note.wall;
	if (row->effect == KIND_POINT)
		return sink->note.wall + (uint64_t)sink->conf->hold_s * 1000000;
	return alive_until(sink);
}

static bool begin_alertmanager(struct sink *sink, char *why, size_t whylen)
{
	const struct kind_row *row = kind_row(kind_of_word(sink->note.kind));

	return post_alerts(sink, json_pack("[o]", payload_alert(&sink->note, sink->note.wall,
								ends(sink, row))), why, whylen);
}

bool sink_repeat(struct sink *sink, char *why, size_t whylen)
{
	json_t *array = alerts_json(sink->alerts, sink->repeat_from, REPEAT_MOST,
				    alive_until(sink));

	if (json_array_size(array) == 0) {
		json_decref(array);
		return false;
	}
	sink->repeat_from += REPEAT_MOST;
	if (post_alerts(sink, array, why, whylen))
		return true;
	sink->repeat_from = ALERTS_MAX;
	return false;
}

static bool begin_exec(struct sink *sink, char *why, size_t whylen)
{
	return job_start(sink->job, sink->conf, &sink->note, why, whylen);
}

const struct sink_type sink_types[] = {
	[SINK_WEBHOOK] = { begin_webhook, NULL },
	[SINK_ICINGA2] = { begin_icinga, payload_icinga_answer },
	[SINK_ALERTMANAGER] = { begin_alertmanager, NULL },
	[SINK_EXEC] = { begin_exec, NULL },
};

/* The reason that a receiver gives, on one line and cut. */
static void status_text(const struct http_answer *answer, char *why, size_t whylen)
{
	size_t len = answer->len < 120 ? answer->len : 120;

	len = strnlen(answer->body, len);
	snprintf(why, whylen, "HTTP status %ld%s%.*s", answer->status, len > 0 ? ": " : "",
		 (int)len, answer->body);
	why[strcspn(why, "\r\n")] = '\0';
	if (answer->status >= 300 && answer->status < 400)
		snprintf(why, whylen, "HTTP status %ld: no redirect is followed; write the address "
			 "that it leads to", answer->status);
}

void sink_answered(void *ctx, const struct http_answer *answer)
{
	struct sink *sink = ctx;
	const struct sink_type *type = &sink_types[sink->conf->type];
	char why[SINK_WHY_LEN];
	enum sink_result result;

	sink->retry_after_s = answer->retry_after_s;
	if (answer->error != NULL) {
		sink_done(sink, SINK_RETRY, answer->error);
		return;
	}
	status_text(answer, why, sizeof(why));
	result = payload_verdict(answer->status);
	if (type->judge != NULL)
		result = type->judge(answer->status, answer->body, answer->len, why, sizeof(why));
	sink_done(sink, result, why);
}

void sink_job_ended(void *ctx, const struct job_end *end)
{
	struct sink *sink = ctx;
	const char *colon = end->output[0] != '\0' ? ": " : "";
	char why[SINK_WHY_LEN + JOB_OUTPUT_KEPT];

	sink->retry_after_s = 0;
	if (!end->in_time)
		snprintf(why, sizeof(why), "not finished within %u s%s%s", sink->conf->timeout_s,
			 colon, end->output);
	else if (end->code < 0)
		snprintf(why, sizeof(why), "ended by signal %d%s%s", end->signal, colon, end->output);
	else
		snprintf(why, sizeof(why), "exit code %d%s%s", end->code, colon, end->output);
	sink_done(sink, end->in_time && end->code == 0 ? SINK_SENT : SINK_RETRY, why);
}
