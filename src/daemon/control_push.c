/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What clients get beyond answers: snapshots page by page, changed rows, events and
 * messages.
 *
 * Rows of a snapshot are read when they are written, so a client that subscribed before
 * misses nothing: what changes behind the page is pushed, what changes ahead of it is read.
 * Events are pushed from the core's ring by number, so a slow client gets them late, and
 * loses only what the ring itself has forgotten.
 */
#include "config.h"

#include <string.h>

#include "daemon/control_int.h"
#include "host/log.h"

/* Encodes the row into c->frame; 0: it cannot be (gone meanwhile, or too long). */
static size_t encode_row(struct control *c, uint32_t tag, enum cdat_kind kind, struct cdat_key key,
			 bool gone)
{
	struct cdat_c_row row = {.kind = (uint8_t)kind,
				 .gone = gone,
				 .a = key.a,
				 .b = key.b,
				 .number = c->row_number};
	union cdat_record record;
	struct cdat_writer w;

	if (!gone) {
		if (!cdat_core_read(c->host.core, kind, key, &record, c->host.now(c->host.ctx)))
			return 0;
		cdat_writer_init(&w, c->record, sizeof(c->record));
		if (!cdat_encode(&w, cdat_record_msg(kind), &record)) {
			log_error("control", "a row of kind %d is too long", kind);
			return 0;
		}
		row.record = cdat_written(&w);
	}
	cdat_writer_init(&w, c->frame, sizeof(c->frame));
	return cdat_frame_write(&w, CDAT_V_ROW, tag, &row) ? w.len : 0;
}

static bool is_scalar(unsigned kind)
{
	return kind == CDAT_K_CLUSTER || kind == CDAT_K_PARAMS || kind == CDAT_K_STATS;
}

/* Moves to the next key of the page's kind; false at its end. */
static bool page_next(struct control *c, struct paging *p)
{
	if (is_scalar(p->kind)) {
		bool first = !p->started;

		p->key = (struct cdat_key){0, 0};
		p->started = true;
		return first;
	}
	if (!p->started)
		p->key = (struct cdat_key){0, 0};
	p->started = true;
	return cdat_core_next_key(c->host.core, (enum cdat_kind)p->kind, &p->key);
}

static void pump_page(struct client *cl)
{
	struct control *c = cl->control;
	struct paging *p = &cl->page;
	size_t len;

	while (p->active && !cl->dead && cl->queued < QUEUE_LOW) {
		if (p->kind > CDAT_K_LAST) {
			struct cdat_c_done done = {c->row_number};

			p->active = false;
			client_put(cl, CDAT_V_DONE, p->tag, &done);
			break;
		}
		if (!(p->kinds & 1u << p->kind) || !page_next(c, p)) {
			p->kind++;
			p->started = false;
			continue;
		}
		len = encode_row(c, p->tag, (enum cdat_kind)p->kind, p->key, false);
		if (len > 0)
			client_put_frame(cl, c->frame, len);
	}
}

static void pump_events(struct client *cl)
{
	struct control *c = cl->control;
	union cdat_record record;
	struct cdat_key key;

	while (cl->events && !cl->dead && cl->queued < QUEUE_LOW) {
		/* The ring may have forgotten some: go to the first that is there. */
		key = (struct cdat_key){cl->event_next > 0 ? cl->event_next - 1 : 0, 0};
		if (!cdat_core_next_key(c->host.core, CDAT_K_EVENT, &key) ||
		    !cdat_core_read(c->host.core, CDAT_K_EVENT, key, &record,
				    c->host.now(c->host.ctx)))
			break;
		cl->event_next = key.a + 1;
		client_put(cl, CDAT_V_EVENT, 0, &record.event);
	}
}

void client_pump(struct client *cl)
{
	if (cl->resync && !cl->dead && cl->queued < QUEUE_LOW) {
		cl->resync = false;
		client_put(cl, CDAT_V_RESYNC, 0, NULL);
	}
	pump_page(cl);
	pump_events(cl);
}

void control_event(struct control *c)
{
	for (struct client *cl = c->clients; cl != NULL; cl = cl->next)
		pump_events(cl);
}

void control_dirty(struct control *c, enum cdat_kind kind, struct cdat_key key, bool gone)
{
	size_t len = 0;

	c->row_number++;
	for (struct client *cl = c->clients; cl != NULL; cl = cl->next) {
		if (!(cl->kinds & 1u << kind) || cl->dead || cl->resync)
			continue;
		if (cl->queued > QUEUE_ROWS) {
			cl->resync = true;
			continue;
		}
		if (len == 0)
			len = encode_row(c, 0, kind, key, gone);
		if (len == 0) /* it went before it was read */
			len = encode_row(c, 0, kind, key, true);
		client_put_frame(cl, c->frame, len);
	}
}

void control_message(struct control *c, const struct cdat_output *out)
{
	struct cdat_c_message m = {.from = out->from,
				   .ordered = out->ordered,
				   .order = out->order,
				   .epoch = out->epoch,
				   .data = out->data};

	for (struct client *cl = c->clients; cl != NULL; cl = cl->next)
		if (cl->messages && !cl->dead)
			client_put(cl, CDAT_V_MESSAGE, 0, &m);
}
