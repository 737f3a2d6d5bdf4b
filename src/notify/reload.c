/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Opening the sinks, and changing to another configuration while running: all of it is
 * judged first, and a bad file changes nothing.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "host/log.h"
#include "notify/notifier.h"

/* The open alerts go by what the rows say, where they do. */
static bool confirmed(void *ctx, const struct note *note)
{
	return view_confirms(ctx, note);
}

struct found_for { struct alerts *alerts; struct sink *sink; };

static void on_fault(void *ctx, const struct note *note)
{
	struct found_for *f = ctx;

	if (!alerts_has(f->alerts, note))
		sink_observe(f->sink, note);
}

static void refresh(void *ctx, struct alerts *alerts)
{
	struct notifier *n = ctx;

	if (view_cluster(n->view) == NULL)
		return;
	alerts_keep(alerts, confirmed, n->view);
	for (size_t i = 0; i < n->nsinks; i++)
		if (sink_alerts(n->sinks[i]) == alerts) {
			struct found_for found = { alerts, n->sinks[i] };

			view_faults(n->view, on_fault, &found);
		}
}

/* While cdatd is away nobody knows whether an alert is still true: it ends by itself. */
static bool telling(void *ctx)
{
	const struct notifier *n = ctx;

	return n->cdat != NULL && outbox_telling(n->outbox);
}

bool sinks_open(struct notifier *n, char *err, size_t errlen)
{
	const struct sink_host host = { .loop = n->loop, .http = n->http, .telling = telling,
					.refresh = refresh, .ctx = n };

	for (n->nsinks = 0; n->nsinks < n->conf->nsinks; n->nsinks++) {
		n->sinks[n->nsinks] = sink_new(&n->conf->sinks[n->nsinks], &host,
					       notify_state_dir(n->conf), err, errlen);
		if (n->sinks[n->nsinks] == NULL)
			return false;
	}
	return true;
}

void sinks_close(struct notifier *n)
{
	for (size_t i = 0; i < n->nsinks; i++)
		sink_free(n->sinks[i]);
	n->nsinks = 0;
}

static void inherit(struct notifier *n, struct sink_kept *kept, size_t nkept)
{
	for (size_t i = 0; i < n->nsinks; i++)
		for (size_t k = 0; k < nkept; k++)
			if (strcmp(sink_conf(n->sinks[i])->name, kept[k].name) == 0)
				sink_inherit(n->sinks[i], &kept[k]);
}

static bool same_place(const struct notify_conf *a, const struct notify_conf *b)
{
	return strcmp(notify_state_dir(a), notify_state_dir(b)) == 0 &&
	       strcmp(a->socket != NULL ? a->socket : "", b->socket != NULL ? b->socket : "") == 0;
}

void notifier_reload(struct notifier *n)
{
	struct sink_kept kept[SINKS_MAX];
	const size_t nkept = n->nsinks;
	char err[CONF_ERROR_LEN];
	struct notify_conf *conf = notify_conf_load(n->conf_path, err, sizeof(err));

	if (conf == NULL || !notify_conf_check_files(conf, err, sizeof(err))) {
		log_error("reload", "%s; all stays as it was", err);
		notify_conf_free(conf);
		return;
	}
	if (!same_place(n->conf, conf)) {
		log_error("reload", "%s: socket and state-dir change by a restart only; all stays as "
			  "it was", conf->file);
		notify_conf_free(conf);
		return;
	}
	for (size_t i = 0; i < nkept; i++)
		sink_keep(n->sinks[i], &kept[i]);
	sinks_close(n);
	notify_conf_free(n->conf);
	n->conf = conf;
	if (conf->log_level >= 0)
		log_set_level((enum log_level)conf->log_level);
	if (!sinks_open(n, err, sizeof(err))) {
		log_error("reload", "%s", err);
		ev_break(n->loop, EVBREAK_ALL);
	}
	inherit(n, kept, nkept);
	for (size_t i = 0; i < nkept; i++)
		alerts_free(kept[i].alerts);
	outbox_sinks_changed(n->outbox);
	log_notice("reload", "%s taken, %zu sinks", conf->file, n->nsinks);
}
