/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What operators see of cdat-notify: a file of JSON in the state directory, written anew when
 * something changed and at most once a second, which --status shows.  Addresses and secrets
 * are not in it.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/log.h"
#include "host/replace.h"
#include "notify/notifier.h"
#include "notify/progress.h"

#define SCHEMA		1

static json_t *time_json(uint64_t wall)
{
	char text[NOTE_TIME_LEN];

	return wall != 0 ? json_string(note_time(wall, text)) : json_null();
}

static json_t *sink_json(struct sink *sink)
{
	struct sink_counts c;
	struct queue_counts q;

	sink_count(sink, &c, &q);
	return json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:s}",
			 "name", sink_conf(sink)->name,
			 "type", sink_type_word(sink_conf(sink)->type),
			 "state", sink_state(sink),
			 "waiting", (json_int_t)q.waiting,
			 "waiting-octets", (json_int_t)q.octets,
			 "sent", (json_int_t)c.sent,
			 "failures", (json_int_t)c.failures,
			 "refused", (json_int_t)c.refused,
			 "gave-up", (json_int_t)c.gave_up,
			 "overflowed", (json_int_t)c.overflowed,
			 "alerts", (json_int_t)(sink_alerts(sink) != NULL
						? alerts_count(sink_alerts(sink)) : 0),
			 "last-sent", time_json(c.last_sent),
			 "last-failed", time_json(c.last_failed),
			 "error", sink_error(sink));
}

static json_t *status_json(const struct notifier *n)
{
	const struct cdat_cluster *c = view_cluster(n->view);
	json_t *sinks = json_array();

	for (size_t i = 0; i < n->nsinks; i++)
		json_array_append_new(sinks, sink_json(n->sinks[i]));
	return json_pack("{s:i, s:i, s:s, s:o, s:b, s:s, s:s, s:s, s:b, s:I, s:o}",
			 "schema", SCHEMA, "pid", (int)getpid(), "version", PACKAGE_VERSION,
			 "started", time_json(n->started),
			 "connected", n->cdat != NULL,
			 "cluster", c != NULL ? c->name : "", "node", c != NULL ? c->local_name : "",
			 "teller", c != NULL ? view_node_name(n->view, c->poster) : "",
			 "telling", n->cdat != NULL && outbox_telling(n->outbox),
			 "waiting", (json_int_t)outbox_waiting(n->outbox),
			 "sinks", sinks);
}

void status_write(struct notifier *n)
{
	static const struct replace how = { (uid_t)-1, (gid_t)-1, 0644, REPLACE_FAST };
	json_t *status = status_json(n);
	char path[4200], *text = status != NULL ? json_dumps(status, JSON_INDENT(2)) : NULL;

	bool renamed;

	json_decref(status);
	if (text == NULL || (n->status_text != NULL && strcmp(text, n->status_text) == 0)) {
		free(text);
		return;
	}
	snprintf(path, sizeof(path), "%s/" STATUS_FILE, notify_state_dir(n->conf));
	if (replace_file(path, text, strlen(text), &how, &renamed) != 0) {
		free(text);
		return;
	}
	free(n->status_text);
	n->status_text = text;
}

void status_log(const struct notifier *n)
{
	log_notice("status", "%s, %s, %zu events wait to be handed over",
		   n->cdat != NULL ? "connected" : "not connected",
		   outbox_telling(n->outbox) ? "tells for the cluster" : "another member tells",
		   outbox_waiting(n->outbox));
	for (size_t i = 0; i < n->nsinks; i++) {
		struct sink_counts c;
		struct queue_counts q;

		sink_count(n->sinks[i], &c, &q);
		log_notice("status", "%s: %s, %zu wait, %" PRIu64 " sent, %" PRIu64 " failures, %"
			   PRIu64 " refused, %" PRIu64 " gave up, %" PRIu64 " overflowed%s%s",
			   sink_conf(n->sinks[i])->name, sink_state(n->sinks[i]), q.waiting, c.sent,
			   c.failures, c.refused, c.gave_up, c.overflowed,
			   *sink_error(n->sinks[i]) != '\0' ? "; " : "", sink_error(n->sinks[i]));
	}
}

/* ---- --status ---- */

static long long number(const json_t *object, const char *key)
{
	return (long long)json_integer_value(json_object_get(object, key));
}

static const char *text(const json_t *object, const char *key)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value != NULL ? value : "";
}

static bool running(const json_t *status)
{
	const pid_t pid = (pid_t)number(status, "pid");

	return pid > 0 && (kill(pid, 0) == 0 || errno == EPERM);
}

/* Nothing fails and nothing was given up. */
static bool well(const json_t *status)
{
	const json_t *sink;
	size_t i;

	json_array_foreach(json_object_get(status, "sinks"), i, sink) {
		if (strcmp(text(sink, "state"), "retrying") == 0 || number(sink, "refused") != 0 ||
		    number(sink, "gave-up") != 0 || number(sink, "overflowed") != 0)
			return false;
	}
	return json_is_true(json_object_get(status, "connected"));
}

static void print_table(const json_t *status)
{
	const json_t *sinks = json_object_get(status, "sinks"), *sink;
	size_t i;

	printf("cdat-notify %s on %s, cluster %s: %s; %s\n", text(status, "version"),
	       text(status, "node"), text(status, "cluster"),
	       json_is_true(json_object_get(status, "connected")) ? "connected to cdatd"
								   : "NOT connected to cdatd",
	       json_is_true(json_object_get(status, "telling"))
		       ? "this member tells"
		       : *text(status, "teller") != '\0' ? "another member tells" : "nobody tells");
	printf("%-20s %-12s %-8s %7s %8s %8s %7s %7s %8s  %s\n", "SINK", "TYPE", "STATE", "WAITING",
	       "SENT", "FAILURES", "REFUSED", "GAVE UP", "OVERFLOW", "ERROR");
	json_array_foreach(sinks, i, sink)
		printf("%-20s %-12s %-8s %7lld %8lld %8lld %7lld %7lld %8lld  %s\n",
		       text(sink, "name"), text(sink, "type"), text(sink, "state"),
		       number(sink, "waiting"), number(sink, "sent"), number(sink, "failures"),
		       number(sink, "refused"), number(sink, "gave-up"), number(sink, "overflowed"),
		       text(sink, "error"));
}

int status_print(const struct notify_conf *conf, bool json)
{
	char path[4200];
	json_t *status;
	int code;

	snprintf(path, sizeof(path), "%s/" STATUS_FILE, notify_state_dir(conf));
	status = json_load_file(path, 0, NULL);
	if (!json_is_object(status) || !running(status)) {
		fprintf(stderr, "cdat-notify: it does not run with state-dir %s; start it, or look "
			"into its log\n", notify_state_dir(conf));
		json_decref(status);
		return 3;
	}
	if (json) {
		json_dumpf(status, stdout, JSON_INDENT(2));
		putchar('\n');
	} else {
		print_table(status);
	}
	code = well(status) ? 0 : 1;
	json_decref(status);
	return code;
}
