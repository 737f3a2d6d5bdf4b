/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cdat-notify --test SINK: sends one event past the queue and tells how it went.  It is a
 * change of health to "cleared", which opens nothing anywhere.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "notify/kind.h"
#include "notify/notifier.h"

struct test {
	struct ev_loop *loop;
	const char *name;
	int code;
	bool done;
};

static void on_tested(void *ctx, enum sink_result result, const char *why)
{
	struct test *t = ctx;

	t->code = result == SINK_SENT ? 0 : 1;
	t->done = true;
	if (result == SINK_SENT)
		printf("%s: taken (%s)\n", t->name, why);
	else
		printf("%s: %s: %s\n", t->name,
		       result == SINK_RETRY ? "FAILED, would be tried again" : "REFUSED", why);
	ev_break(t->loop, EVBREAK_ALL);
}

static void fill(struct note *note)
{
	char host[CDAT_NAME_MAX + 1] = "";

	memset(note, 0, sizeof(*note));
	gethostname(host, sizeof(host) - 1);
	note->wall = wall_now();
	note->test = true;
	snprintf(note->id, sizeof(note->id), "test-%s-%llx", host, (unsigned long long)note->wall);
	snprintf(note->kind, sizeof(note->kind), "%s", kind_word(CDAT_EV_HEALTH_CHANGED));
	snprintf(note->class, sizeof(note->class), "%s", kind_row(CDAT_EV_HEALTH_CHANGED)->class);
	snprintf(note->severity, sizeof(note->severity), "%s", severity_word(CDAT_SEV_CLEARED));
	snprintf(note->cluster, sizeof(note->cluster), "test");
	snprintf(note->reporter, sizeof(note->reporter), "%s", host);
	snprintf(note->text, sizeof(note->text), "test of cdat-notify, no event of a cluster");
}

static bool never(void *ctx)
{
	(void)ctx;
	return false;
}

int notifier_test(struct notify_conf *conf, const char *name)
{
	struct test t = { .loop = ev_default_loop(0), .name = name, .code = 1 };
	struct http *http = t.loop != NULL ? http_new(t.loop) : NULL;
	const struct sink_host host = { .loop = t.loop, .http = http, .telling = never };
	char err[CONF_ERROR_LEN] = "not enough memory; free some";
	struct sink *sink = NULL;
	struct note note;
	size_t i = 0;

	while (i < conf->nsinks && strcmp(conf->sinks[i].name, name) != 0)
		i++;
	if (i == conf->nsinks) {
		fprintf(stderr, "cdat-notify: %s has no sink \"%s\"; name one of its sinks\n",
			conf->file, name);
		http_free(http);
		return 2;
	}
	if (http != NULL)
		sink = sink_new(&conf->sinks[i], &host, NULL, err, sizeof(err));
	if (sink == NULL) {
		fprintf(stderr, "cdat-notify: %s\n", err);
	} else {
		fill(&note);
		sink_test(sink, &note, on_tested, &t);
		if (!t.done)	/* it may fail at once */
			ev_run(t.loop, 0);
	}
	sink_free(sink);
	http_free(http);
	return t.code;
}
