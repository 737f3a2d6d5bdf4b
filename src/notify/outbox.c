/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From events to sinks; see notifier.h.  An event waits here until its rows have come, then
 * until it is ours to tell or another member's mark says that it is told; then until the
 * sinks have taken it or keep it on disk, which is told to cdatd.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "host/log.h"
#include "notify/kind.h"
#include "notify/notifier.h"
#include "notify/progress.h"

#define OUTBOX_MAX	8192	/* events; past it the oldest are given up */
/* An event and the rows that it changed arrive one after the other. */
#define SETTLE_US	30000u
#define IDLE_US		1000000u

struct item {
	struct item *next;
	struct cdat_event event;
	uint64_t not_before;
	bool observed;		/* alerts and hooks of this node have seen it */
	bool handed;		/* to the sinks that want it */
	bool again;		/* it was there when this process began: may be queued already */
	bool stale;		/* of a servicer that is gone: its number means another event now */
	bool suppressed;	/* no sink wanted it */
	uint64_t number[SINKS_MAX];	/* in the sink's queue; 0: not there */
};

struct outbox {
	struct notifier *n;
	struct item *first, *last;
	size_t count;
	uint32_t last_seen;	/* number of the newest event */
	bool fresh;		/* first snapshot of a servicer: its numbers are all new */
	bool first_snapshot;	/* of this process */
	bool overflowed;
	uint64_t due;
	struct progress progress;
};

struct outbox *outbox_new(struct notifier *n)
{
	struct outbox *o = calloc(1, sizeof(*o));

	if (o == NULL)
		return NULL;
	o->n = n;
	o->first_snapshot = true;
	o->due = UINT64_MAX;
	progress_read(notify_state_dir(n->conf), &o->progress);
	return o;
}

static void remove_item(struct outbox *o, struct item *item)
{
	struct item **p = &o->first, *before = NULL;

	while (*p != item) {
		before = *p;
		p = &before->next;
	}
	*p = item->next;
	if (o->last == item)
		o->last = before;
	o->count--;
	free(item);
}

void outbox_free(struct outbox *outbox)
{
	while (outbox != NULL && outbox->first != NULL)
		remove_item(outbox, outbox->first);
	free(outbox);
}

static struct item *find(const struct outbox *o, uint32_t event)
{
	struct item *item = o->first;

	while (item != NULL && (item->stale || item->event.event != event))
		item = item->next;
	return item;
}

static void add(struct outbox *o, const struct cdat_event *event)
{
	struct item *item = calloc(1, sizeof(*item));

	if (o->count >= OUTBOX_MAX) {
		if (!o->overflowed)
			log_warning("outbox", "more than %d events wait: the oldest are given up",
				    OUTBOX_MAX);
		o->overflowed = true;
		remove_item(o, o->first);
	}
	if (item == NULL) {
		log_error("outbox", "no memory for event %u; it is in cdatctl events",
			  event->event);
		return;
	}
	item->event = *event;
	item->again = o->first_snapshot;
	item->not_before = notifier_mono() + SETTLE_US;
	if (o->last != NULL)
		o->last->next = item;
	else
		o->first = item;
	o->last = item;
	o->count++;
	if (o->due > item->not_before)
		o->due = item->not_before;
}

void outbox_event(struct outbox *outbox, const struct cdat_event *event)
{
	const bool seen = event->event <= outbox->last_seen && !outbox->fresh;
	struct item *item = seen || outbox->fresh ? find(outbox, event->event) : NULL;

	if (kind_row(event->kind) == NULL)
		return;
	if (event->event > outbox->last_seen)
		outbox->last_seen = event->event;
	if (item != NULL) {
		item->event.posted |= event->posted;
		outbox->due = 0;
	} else if (!seen) {
		add(outbox, event);
	}
}

void outbox_snapshot_end(struct outbox *outbox)
{
	outbox->fresh = false;
	outbox->first_snapshot = false;
}

/* ---- whose it is ---- */

bool outbox_telling(const struct outbox *outbox)
{
	const struct cdat_cluster *c = view_cluster(outbox->n->view);

	return c != NULL && (c->notify_scope == CDAT_SCOPE_EVERY_MEMBER ||
			     c->poster == c->local_node);
}

static bool ours(const struct outbox *o, const struct cdat_event *event)
{
	return event->uid == 0 || kind_of_member(event->kind) || outbox_telling(o);
}

static bool too_old(const struct outbox *o, const struct cdat_event *event, uint64_t now)
{
	return event->mono + (uint64_t)o->n->conf->max_age_s * 1000000 < now;
}

/* Hooks for a role run on the nodes concerned, whoever tells the event to others. */
static bool is_role_hook(const struct sink *sink, const struct cdat_event *event)
{
	return event->kind == CDAT_EV_ROLE_MOVED && sink_conf(sink)->type == SINK_EXEC;
}

static bool concerns_us(const struct cdat_cluster *c, const struct cdat_event *event)
{
	return event->node == c->local_node || event->number == c->local_node;
}

/* ---- handing over ---- */

static void run_role_hooks(struct outbox *o, struct item *item, const struct cdat_cluster *c,
			   const struct note *note)
{
	if (!concerns_us(c, &item->event) || progress_has(&o->progress, c, item->event.event))
		return;
	for (size_t i = 0; i < o->n->nsinks; i++)
		if (is_role_hook(o->n->sinks[i], &item->event) &&
		    sink_wants(o->n->sinks[i], note))
			sink_push(o->n->sinks[i], note, item->again);
	progress_write(notify_state_dir(o->n->conf), &o->progress, c, item->event.event);
}

static void observe(struct outbox *o, struct item *item, const struct cdat_cluster *c, uint64_t now)
{
	struct note note;

	item->observed = true;
	view_note(o->n->view, &item->event, &note);
	for (size_t i = 0; i < o->n->nsinks; i++)
		sink_observe(o->n->sinks[i], &note);
	if (item->event.kind == CDAT_EV_ROLE_MOVED && !too_old(o, &item->event, now))
		run_role_hooks(o, item, c, &note);
}

static void hand_over(struct outbox *o, struct item *item, const struct cdat_cluster *c)
{
	struct note note;

	item->handed = true;
	item->suppressed = true;
	view_note(o->n->view, &item->event, &note);
	for (size_t i = 0; i < o->n->nsinks; i++) {
		struct sink *sink = o->n->sinks[i];

		if (!sink_wants(sink, &note))
			continue;
		item->suppressed = false;
		if (!is_role_hook(sink, &item->event) ||
		    (c->notify_scope == CDAT_SCOPE_EVERY_MEMBER && !concerns_us(c, &item->event)))
			item->number[i] = sink_push(sink, &note, item->again);
	}
}

static bool settled(const struct outbox *o, const struct item *item)
{
	for (size_t i = 0; i < o->n->nsinks; i++)
		if (item->number[i] != 0 && !sink_settled(o->n->sinks[i], item->number[i]))
			return false;
	return true;
}

/* Does what is due for one item; it may be removed. */
static void advance(struct outbox *o, struct item *item, const struct cdat_cluster *c, uint64_t now)
{
	if (item->not_before > now)
		return;
	if (!item->observed)
		observe(o, item, c, now);
	if (!item->handed && (item->event.posted || too_old(o, &item->event, now))) {
		remove_item(o, item);
		return;
	}
	if (!item->handed && ours(o, &item->event))
		hand_over(o, item, c);
	if (!item->handed || !settled(o, item))
		return;
	if (item->stale) {
		remove_item(o, item);
	} else if (o->n->cdat != NULL) {
		cdat_notified(o->n->cdat, CDAT_AGENT_HTTP, &item->event, item->suppressed);
		remove_item(o, item);
	}
}

void outbox_tick(struct outbox *outbox, uint64_t now)
{
	const struct cdat_cluster *c = view_cluster(outbox->n->view);
	struct item *next;

	outbox->due = UINT64_MAX;
	if (c == NULL)
		return;
	for (struct item *item = outbox->first; item != NULL; item = next) {
		next = item->next;
		if (outbox->due > item->not_before && item->not_before > now)
			outbox->due = item->not_before;
		advance(outbox, item, c, now);
	}
	if (outbox->first == NULL)
		outbox->overflowed = false;
	else if (outbox->due > now + IDLE_US)
		outbox->due = now + IDLE_US;
}

/* What is ours is put on disk while its rows are still known. */
void outbox_lost(struct outbox *outbox)
{
	for (struct item *item = outbox->first; item != NULL; item = item->next)
		item->not_before = 0;
	outbox_tick(outbox, notifier_mono());
}

/* What was not ours to tell is told by the member whose it is. */
void outbox_new_servicer(struct outbox *outbox)
{
	struct item *next;

	outbox->fresh = true;
	outbox->last_seen = 0;
	for (struct item *item = outbox->first; item != NULL; item = next) {
		next = item->next;
		item->stale = true;
		if (!item->handed)
			remove_item(outbox, item);
	}
	for (size_t i = 0; i < outbox->n->nsinks; i++)
		if (sink_alerts(outbox->n->sinks[i]) != NULL)
			alerts_clear(sink_alerts(outbox->n->sinks[i]));
}

uint64_t outbox_deadline(const struct outbox *outbox)
{
	return outbox->due;
}

void outbox_sinks_changed(struct outbox *outbox)
{
	for (struct item *item = outbox->first; item != NULL; item = item->next)
		memset(item->number, 0, sizeof(item->number));	/* they are on disk */
}

size_t outbox_waiting(const struct outbox *outbox)
{
	return outbox->count;
}
