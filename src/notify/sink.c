/* SPDX-License-Identifier: BSD-2-Clause */
/* The life of a sink; see sink.h. */
#include "config.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "notify/backoff.h"
#include "notify/kind.h"
#include "notify/sink_int.h"

#define TELL_AGAIN	10	/* failures in a row between two lines of the log */

static void kick(struct sink *sink);

static bool waiting(const struct sink *sink)
{
	return ev_is_active(&sink->retry);
}

/* ---- results ---- */

static void wait_to_retry(struct sink *sink)
{
	uint32_t ms = backoff_ms(sink->failures, sink->conf->retry_min_s * 1000,
				 sink->conf->retry_max_s * 1000, randombytes_random());
	uint32_t told = sink->retry_after_s;

	if (told > sink->conf->retry_max_s)
		told = sink->conf->retry_max_s;
	if (ms < told * 1000)
		ms = told * 1000;
	ev_timer_stop(sink->host.loop, &sink->retry);
	ev_timer_set(&sink->retry, (double)ms / 1000.0, 0.0);
	ev_timer_start(sink->host.loop, &sink->retry);
}

static void works(struct sink *sink)
{
	if (sink->failures > 0)
		log_notice(sink->conf->name, "works again after %u failures", sink->failures);
	sink->failures = 0;
	sink->error[0] = '\0';
	sink->counts.last_sent = wall_now();
}

static void fails(struct sink *sink, const char *why)
{
	sink->failures++;
	sink->counts.failures++;
	sink->counts.last_failed = wall_now();
	snprintf(sink->error, sizeof(sink->error), "%s", why);
	if (sink->failures % TELL_AGAIN == 1)
		log_warning(sink->conf->name, "failed (%u in a row): %s; trying again",
			    sink->failures, why);
	wait_to_retry(sink);
}

static void give_up(struct sink *sink, uint64_t *count, const char *why)
{
	(*count)++;
	snprintf(sink->error, sizeof(sink->error), "%s", why);
	if (log_rate_ok(&sink->rate, wall_now()))
		log_warning(sink->conf->name, "gives up event %s (%s): %s%s", sink->note.id,
			    sink->note.kind, why, log_rate_text(&sink->rate));
	sink->tries = 0;
	sink->verdicts++;
	queue_pop(sink->queue, true);
}

static void note_done(struct sink *sink, enum sink_result result, const char *why)
{
	switch (result) {
	case SINK_SENT:
		works(sink);
		sink->tries = 0;
		sink->counts.sent++;
		queue_pop(sink->queue, false);
		break;
	case SINK_REFUSED:
		sink->failures = 0;	/* it answers */
		sink->counts.last_failed = wall_now();
		give_up(sink, &sink->counts.refused, why);
		break;
	case SINK_RETRY:
		sink->tries++;
		fails(sink, why);
		if (sink->conf->attempts != 0 && sink->tries >= sink->conf->attempts)
			give_up(sink, &sink->counts.gave_up, why);
		else
			queue_release(sink->queue);
		break;
	}
}

/* A round of repeating goes on, or ends; it is not queued, the next one says the same. */
static void repeat_done(struct sink *sink, enum sink_result result, const char *why)
{
	sink->repeating = false;
	if (result == SINK_RETRY) {
		fails(sink, why);
	} else if (result == SINK_REFUSED) {
		log_warning(sink->conf->name, "refuses to repeat alerts: %s", why);
	} else {
		works(sink);
		ev_feed_event(sink->host.loop, &sink->resend, EV_CUSTOM);
	}
}

void sink_done(struct sink *sink, enum sink_result result, const char *why)
{
	sink->busy = false;
	if (sink->tested != NULL) {
		sink_tested *tested = sink->tested;

		sink->tested = NULL;
		tested(sink->tested_ctx, result, why);
		return;
	}
	if (sink->repeating)
		repeat_done(sink, result, why);
	else
		note_done(sink, result, why);
	kick(sink);
}

/* ---- sending ---- */

static bool take_next(struct sink *sink)
{
	char text[QUEUE_TEXT_MAX + 1];
	size_t len;

	while ((len = queue_hold(sink->queue, text)) > 0) {
		if (note_parse(text, len, &sink->note))
			return true;
		log_warning(sink->conf->name, "gives up what is no event in its queue");
		queue_pop(sink->queue, true);
	}
	return false;
}

static void begin(struct sink *sink)
{
	char why[SINK_WHY_LEN] = "";

	sink->busy = true;
	sink->retry_after_s = 0;
	if (!sink_types[sink->conf->type].begin(sink, why, sizeof(why)))
		sink_done(sink, SINK_RETRY, why);
}

/* begin() may fail at once, which waits: so this does not recur without end. */
static void kick(struct sink *sink)
{
	if (!sink->busy && !waiting(sink) && sink->queue != NULL && take_next(sink))
		begin(sink);
}

static void on_retry(struct ev_loop *loop, ev_timer *timer, int events)
{
	(void)loop;
	(void)events;
	kick(timer->data);
}

/* A new round, or (EV_CUSTOM) the next part of one. */
static void on_resend(struct ev_loop *loop, ev_timer *timer, int events)
{
	struct sink *sink = timer->data;
	char why[SINK_WHY_LEN] = "";

	(void)loop;
	if (!(events & EV_CUSTOM)) {
		sink->repeat_from = 0;
		sink->host.refresh(sink->host.ctx, sink->alerts);
	}
	if (sink->busy || waiting(sink) || !sink->host.telling(sink->host.ctx))
		return;
	sink->repeating = sink->busy = sink_repeat(sink, why, sizeof(why));
	if (!sink->busy && why[0] != '\0')
		fails(sink, why);
}

/* ---- birth and end ---- */

static bool open_means(struct sink *sink)
{
	if (sink->conf->type == SINK_EXEC)
		sink->job = job_new(sink->host.loop, sink_job_ended, sink);
	else
		sink->call = http_call_new(sink->host.http, sink_answered, sink);
	if (sink->conf->type == SINK_ALERTMANAGER)
		sink->alerts = alerts_new();
	return (sink->job != NULL || sink->call != NULL) &&
	       (sink->conf->type != SINK_ALERTMANAGER || sink->alerts != NULL);
}

struct sink *sink_new(const struct sink_conf *conf, const struct sink_host *host, const char *dir,
		      char *err, size_t errlen)
{
	struct sink *sink = calloc(1, sizeof(*sink));
	struct queue_counts counts;

	snprintf(err, errlen, "sink %s: not enough memory; free some", conf->name);
	if (sink == NULL)
		return NULL;
	sink->conf = conf;
	sink->host = *host;
	ev_init(&sink->retry, on_retry);
	ev_init(&sink->resend, on_resend);
	sink->retry.data = sink->resend.data = sink;
	if (dir != NULL)
		sink->queue = queue_open(dir, conf->name, conf->queue_events, conf->queue_octets,
					 err, errlen);
	if ((dir != NULL && sink->queue == NULL) || !open_means(sink)) {
		sink_free(sink);
		return NULL;
	}
	if (dir == NULL)
		return sink;
	queue_count(sink->queue, &counts);
	if (counts.lost_octets > 0)
		log_warning(conf->name, "its queue was torn: %llu octets are passed over",
			    (unsigned long long)counts.lost_octets);
	if (sink->alerts != NULL) {
		ev_timer_set(&sink->resend, (double)conf->resend_s, (double)conf->resend_s);
		ev_timer_start(host->loop, &sink->resend);
	}
	return sink;
}

void sink_free(struct sink *sink)
{
	if (sink == NULL)
		return;
	ev_timer_stop(sink->host.loop, &sink->retry);
	ev_timer_stop(sink->host.loop, &sink->resend);
	http_call_free(sink->call);
	job_free(sink->job);
	alerts_free(sink->alerts);
	queue_close(sink->queue);
	free(sink);
}

void sink_keep(struct sink *sink, struct sink_kept *kept)
{
	struct queue_counts queue;

	snprintf(kept->name, sizeof(kept->name), "%s", sink->conf->name);
	sink_count(sink, &kept->counts, &queue);
	kept->alerts = sink->alerts;
	sink->alerts = NULL;
}

void sink_inherit(struct sink *sink, struct sink_kept *kept)
{
	sink->counts = kept->counts;
	if (sink->alerts == NULL || kept->alerts == NULL)
		return;
	alerts_free(sink->alerts);
	sink->alerts = kept->alerts;
	kept->alerts = NULL;
}

/* ---- events ---- */

static bool names(char *const *list, const char *name)
{
	for (; *list != NULL; list++)
		if (strcmp(*list, name) == 0)
			return true;
	return false;
}

bool sink_wants(const struct sink *sink, const struct note *note)
{
	const struct sink_conf *c = sink->conf;
	const unsigned kind = kind_of_word(note->kind), severity = severity_of_word(note->severity);

	if (c->kinds != 0 && !(c->kinds & 1u << kind))
		return false;
	/* what clears passes, or a problem that was told would stay for ever */
	if (severity != CDAT_SEV_CLEARED && severity_rank(severity) < severity_rank(c->severity))
		return false;
	if (c->nodes != NULL && !names(c->nodes, note->node))
		return false;
	return c->type != SINK_ALERTMANAGER || kind_row(kind)->alert != NULL;
}

/* One line each time that the queue begins to overflow. */
static void tell_full(struct sink *sink, uint64_t dropped_before)
{
	struct queue_counts counts;

	queue_count(sink->queue, &counts);
	if (counts.dropped != dropped_before && !sink->full)
		log_warning(sink->conf->name, "its queue is full (%zu events): the oldest are given up",
			    counts.waiting);
	sink->full = counts.dropped != dropped_before || (sink->full && counts.waiting > 0);
}

uint64_t sink_push(struct sink *sink, const struct note *note, bool again)
{
	const uint64_t id = queue_id(note->id);
	struct queue_counts counts;
	char *text;
	bool ok;

	queue_count(sink->queue, &counts);
	if (again && queue_has(sink->queue, id))
		return counts.pushed;	/* settled when all that waits now is */
	text = note_text(note);
	ok = text != NULL && queue_push(sink->queue, id, text, strlen(text));
	free(text);
	tell_full(sink, counts.dropped);
	if (!ok)
		log_error(sink->conf->name, "event %s cannot be kept: the disk is full or fails",
			  note->id);
	return ok ? counts.pushed + 1 : 0;
}

void sink_flush(struct sink *sink)
{
	queue_sync(sink->queue);
	kick(sink);
}

bool sink_settled(const struct sink *sink, uint64_t number)
{
	return number <= queue_settled(sink->queue) ||
	       (sink->failures > 0 && queue_synced(sink->queue));
}

void sink_observe(struct sink *sink, const struct note *note)
{
	if (sink->alerts != NULL && sink_wants(sink, note))
		alerts_observe(sink->alerts, note);
}

struct alerts *sink_alerts(struct sink *sink)
{
	return sink->alerts;
}

const struct sink_conf *sink_conf(const struct sink *sink)
{
	return sink->conf;
}

const char *sink_state(const struct sink *sink)
{
	return sink->failures > 0 ? "retrying" : sink->busy ? "sending" : "idle";
}

const char *sink_error(const struct sink *sink)
{
	return sink->error;
}

void sink_count(const struct sink *sink, struct sink_counts *counts, struct queue_counts *queue)
{
	*counts = sink->counts;
	queue_count(sink->queue, queue);
	/* the queue knows those that it gave up itself, past those that a verdict gave up */
	counts->overflowed += queue->failed + queue->dropped - sink->verdicts;
}

void sink_test(struct sink *sink, const struct note *note, sink_tested *done, void *ctx)
{
	sink->tested = done;
	sink->tested_ctx = ctx;
	sink->note = *note;
	begin(sink);
}
