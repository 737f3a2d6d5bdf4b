/* SPDX-License-Identifier: BSD-2-Clause */
/* I3: application messages; see order.h. */
#include "order.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"

#define ALL		UINT32_MAX
#define HEAD		16u	/* octets of a message: its number, its check */
#define BATCH		512u

enum { PENDING, TOLD_OK, TOLD_FAILED };

struct message {
	uint32_t from, inc, to, prev;	/* prev: number + 1 of the sender's message before it */
	uint64_t several, sent_at;
	uint32_t len;
	uint8_t state, error;
	bool delivered;			/* at least once; of a message to one: at its receiver */
};

/* An ordered message taken from a core in this call, not judged yet. */
struct arrival { uint32_t number, epoch; uint64_t order; };

struct host_order {
	uint32_t *last_ordered, *last_single;	/* [sender]: number + 1 of the last delivered */
	uint64_t last_place;			/* order number in this view */
	uint64_t set;				/* of messages to all delivered in this view */
	uint32_t set_count;
	uint64_t key;				/* of the view */
	uint32_t epoch;
	struct arrival batch[BATCH];
	uint32_t nbatch;
};

struct sim_order {
	struct message *msg;
	uint32_t n, cap;
	struct host_order *host;
	uint32_t *last_sent;			/* [host]: number + 1 */
	struct sim_map place;			/* (view, order) -> number + 1 */
	struct sim_map passage;			/* (view, next view) -> index of sets */
	uint64_t *sets;
	uint32_t nsets, cap_sets;
	uint64_t delivered;
};

struct sim_order *sim_order_new(struct sim *sim)
{
	struct sim_order *o = calloc(1, sizeof(*o));

	if (!o)
		abort();
	o->host = calloc(sim->n, sizeof(*o->host));
	o->last_sent = calloc(sim->n, sizeof(*o->last_sent));
	if (!o->host || !o->last_sent)
		abort();
	for (uint32_t i = 0; i < sim->n; i++) {
		o->host[i].last_ordered = calloc(sim->n, sizeof(uint32_t));
		o->host[i].last_single = calloc(sim->n, sizeof(uint32_t));
		if (!o->host[i].last_ordered || !o->host[i].last_single)
			abort();
	}
	return o;
}

void sim_order_free(struct sim *sim)
{
	struct sim_order *o = sim->order;

	for (uint32_t i = 0; i < sim->n; i++) {
		free(o->host[i].last_ordered);
		free(o->host[i].last_single);
	}
	free(o->host);
	free(o->last_sent);
	free(o->msg);
	free(o->sets);
	sim_map_free(&o->place);
	sim_map_free(&o->passage);
	free(o);
}

void sim_order_started(struct sim_host *host)
{
	struct sim_order *o = host->sim->order;
	struct host_order *h = &o->host[host->idx];

	memset(h->last_ordered, 0, host->sim->n * sizeof(uint32_t));
	memset(h->last_single, 0, host->sim->n * sizeof(uint32_t));
	h->set_count = h->nbatch = h->epoch = 0;
	h->last_place = h->set = h->key = 0;
	o->last_sent[host->idx] = 0;
}

/* ---- sending ------------------------------------------------------------------------ */

static void fill(uint8_t *data, uint32_t number, size_t len)
{
	uint64_t x = sim_mix(number + 1u, len);

	memset(data, 0, HEAD);
	memcpy(data, &number, sizeof(number));
	memcpy(data + 8, &x, sizeof(x));
	for (size_t i = HEAD; i < len; i++)
		data[i] = (uint8_t)(x >> (i % 8 * 8)) ^ (uint8_t)i;
}

enum cdat_send_error sim_order_send(struct sim_host *from, uint32_t to, uint64_t several,
				    size_t len)
{
	static uint8_t data[CDAT_MESSAGE_MAX];
	struct sim *sim = from->sim;
	struct sim_order *o = sim->order;
	struct cdat_view v = { data, len < HEAD ? HEAD : len };
	uint32_t number = o->n;
	enum cdat_send_error e;
	uint16_t nodes[64];
	size_t nnodes = 0;

	if (!from->core || from->paused)
		return CDAT_SEND_NO_VIEW;
	if (o->n == o->cap) {
		o->cap = o->cap ? o->cap * 2 : 1024;
		o->msg = realloc(o->msg, o->cap * sizeof(*o->msg));
		if (!o->msg)
			abort();
	}
	o->msg[number] = (struct message){ .from = from->idx, .inc = from->incarnation, .to = to,
		.prev = o->last_sent[from->idx], .several = several, .sent_at = sim->now,
		.len = (uint32_t)v.len };
	o->n++;
	fill(data, number, v.len);
	for (uint32_t i = 0; i < 64 && i < sim->n; i++) {
		if (several >> i & 1)
			nodes[nnodes++] = (uint16_t)(i + 1);
	}
	sim_enter(from);
	if (to == ALL)
		e = cdat_core_send_all(from->core, nnodes ? nodes : NULL, nnodes, v, number + 1u,
				       sim_host_now(from));
	else
		e = cdat_core_send(from->core, (uint16_t)(to + 1), v, number + 1u,
				   sim_host_now(from));
	sim_exit();
	if (e == CDAT_SEND_OK) {
		o->last_sent[from->idx] = number + 1;
	} else {
		o->msg[number].state = TOLD_FAILED;
		o->msg[number].error = (uint8_t)e;
	}
	sim_trace(sim, 2, from, "send %u to %u: %d", number, to == ALL ? 0 : to + 1, (int)e);
	sim_host_drain(from);
	return e;
}

void sim_order_sent(struct sim_host *host, uint64_t cookie, uint8_t error)
{
	struct sim *sim = host->sim;
	struct sim_order *o = sim->order;

	if (!cookie || cookie > o->n) {
		sim_fail(sim, "I3: %s answers a message with cookie %llu that was never sent",
			 host->name, (unsigned long long)cookie);
		return;
	}
	struct message *m = &o->msg[cookie - 1];

	sim_trace(sim, 2, host, "sent %llu: %u", (unsigned long long)cookie - 1, error);
	if (m->from != host->idx || m->inc != host->incarnation || m->state != PENDING) {
		sim_fail(sim, "I3: %s answers message %u twice or for another", host->name,
			 (unsigned)cookie - 1);
		return;
	}
	m->state = error ? TOLD_FAILED : TOLD_OK;
	m->error = error;
	/* To several: it has its place in the order; check_reached() sees that it came. */
	if (!error && !m->delivered && !m->several)
		sim_fail(sim, "I3: %s is told that message %u was delivered, it was not",
			 host->name, (unsigned)cookie - 1);
}

/* ---- delivery ---------------------------------------------------------------------- */

static bool addressed(const struct message *m, uint32_t host)
{
	if (m->to != ALL)
		return m->to == host;
	return !m->several || (host < 64 && (m->several >> host & 1));
}

/* Looks back from message `number` for one to this host that was left out. */
static void check_gap(struct sim_host *host, uint32_t number, uint32_t last, bool ordered)
{
	struct sim *sim = host->sim;
	struct sim_order *o = sim->order;
	uint32_t sender = o->msg[number].from;
	uint64_t a = sim_member_since(sim, host->idx, sender);
	uint64_t b = sim_member_since(sim, sender, host->idx);
	uint64_t since = a > b ? a : b;

	for (uint32_t k = o->msg[number].prev; k > last; k = o->msg[k - 1].prev) {
		const struct message *m = &o->msg[k - 1];

		if (m->state == TOLD_FAILED || (m->to == ALL) != ordered ||
		    !addressed(m, host->idx) || m->sent_at < host->up_since)
			continue;
		if (ordered && m->sent_at < since)
			continue;	/* they were apart: the other view's message */
		sim_fail(sim, "I3: %s delivers message %u of n%u without %u before it", host->name,
			 number, sender + 1, k - 1);
		return;
	}
}

static void arrive_single(struct sim_host *host, uint32_t number)
{
	struct sim *sim = host->sim;
	struct message *m = &sim->order->msg[number];
	uint32_t *last = &sim->order->host[host->idx].last_single[m->from];

	if (m->to != host->idx)
		sim_fail(sim, "I3: %s delivers message %u, which is for n%u", host->name, number,
			 m->to + 1);
	else if (m->delivered)
		sim_fail(sim, "I3: %s delivers message %u twice", host->name, number);
	else if (number + 1 <= *last)
		sim_fail(sim, "I3: %s delivers message %u of n%u after %u", host->name, number,
			 m->from + 1, *last - 1);
	else
		check_gap(host, number, *last, false);
	m->delivered = true;
	*last = number + 1;
}

void sim_order_message(struct sim_host *host, const struct cdat_output *out)
{
	struct sim *sim = host->sim;
	struct sim_order *o = sim->order;
	struct host_order *h = &o->host[host->idx];
	static uint8_t want[CDAT_MESSAGE_MAX];
	uint32_t number;

	if (out->data.len < HEAD) {
		sim_fail(sim, "I3: %s delivers a message that was never sent", host->name);
		return;
	}
	memcpy(&number, out->data.data, sizeof(number));
	if (number >= o->n || o->msg[number].len != out->data.len ||
	    o->msg[number].from + 1u != out->from || (o->msg[number].to == ALL) != out->ordered) {
		sim_fail(sim, "I3: %s delivers a message %u of n%u that was not sent so",
			 host->name, number, out->from);
		return;
	}
	fill(want, number, out->data.len);
	if (memcmp(want, out->data.data, out->data.len))
		sim_fail(sim, "I3: message %u is damaged at %s", number, host->name);
	sim_trace(sim, 2, host, "message %u of n%u%s epoch %u order %llu", number, out->from,
		  out->ordered ? " to all" : "", out->epoch, (unsigned long long)out->order);
	o->delivered++;
	if (!out->ordered) {
		arrive_single(host, number);
		return;
	}
	o->msg[number].delivered = true;
	if (h->nbatch == BATCH) {
		sim_fail(sim, "I5: %s delivers more than %u messages in one call", host->name, BATCH);
		return;
	}
	h->batch[h->nbatch++] = (struct arrival){ number, out->epoch, out->order };
}

static void judge(struct sim_host *host, struct host_order *h, const struct arrival *a)
{
	struct sim *sim = host->sim;
	struct sim_order *o = sim->order;
	struct message *m = &o->msg[a->number];
	uint32_t *last = &h->last_ordered[m->from];
	bool added;

	if (!addressed(m, host->idx))
		sim_fail(sim, "I3: %s delivers message %u, which is not for it", host->name,
			 a->number);
	if (a->number + 1 <= *last)
		sim_fail(sim, "I3: %s delivers message %u of n%u after %u", host->name, a->number,
			 m->from + 1, *last - 1);
	if (a->order <= h->last_place)
		sim_fail(sim, "I3: %s delivers order %llu after %llu of epoch %u", host->name,
			 (unsigned long long)a->order, (unsigned long long)h->last_place, a->epoch);
	check_gap(host, a->number, *last, true);
	uint32_t *at = sim_map_at(&o->place, sim_mix(h->key, a->order), &added);

	if (added)
		*at = a->number + 1;
	else if (*at != a->number + 1)
		sim_fail(sim, "I3: epoch %u order %llu is message %u at %s, elsewhere %u", a->epoch,
			 (unsigned long long)a->order, a->number, host->name, *at - 1);
	h->last_place = a->order;
	*last = a->number + 1;
	if (!m->several) {
		h->set += sim_mix(a->number + 1u, 7);
		h->set_count++;
	}
}

/* Judges what was delivered in the view of `epoch`. */
static void judge_epoch(struct sim_host *host, struct host_order *h, uint32_t epoch)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < h->nbatch && !host->sim->failed; i++) {
		if (h->batch[i].epoch == epoch)
			judge(host, h, &h->batch[i]);
		else
			h->batch[kept++] = h->batch[i];
	}
	h->nbatch = kept;
}

void sim_order_flush(struct sim_host *host)
{
	struct host_order *h = &host->sim->order->host[host->idx];

	if (!h->nbatch)
		return;
	judge_epoch(host, h, h->epoch);
	if (h->nbatch)
		sim_fail(host->sim, "I3: %s delivers message %u of epoch %u while its epoch is %u",
			 host->name, h->batch[0].number, h->batch[0].epoch, h->epoch);
}

void sim_order_view(struct sim_host *host, uint64_t from, uint64_t to)
{
	struct sim *sim = host->sim;
	struct sim_order *o = sim->order;
	struct host_order *h = &o->host[host->idx];
	bool added;

	judge_epoch(host, h, h->epoch);
	if (from && to) {
		uint32_t *at = sim_map_at(&o->passage, sim_mix(from, to), &added);

		if (added) {
			if (o->nsets == o->cap_sets) {
				o->cap_sets = o->cap_sets ? o->cap_sets * 2 : 256;
				o->sets = realloc(o->sets, o->cap_sets * 2 * sizeof(*o->sets));
				if (!o->sets)
					abort();
			}
			*at = o->nsets;
			o->sets[2 * o->nsets] = h->set;
			o->sets[2 * o->nsets++ + 1] = h->set_count;
		} else if (o->sets[2 * *at] != h->set) {
			sim_fail(sim, "I3: %s left epoch %u with %u messages to all delivered,"
				 " another member that went the same way with %u or others",
				 host->name, h->epoch, h->set_count,
				 (unsigned)o->sets[2 * *at + 1]);
		}
	}
	h->set = h->last_place = h->set_count = 0;
	h->key = to;
	h->epoch = sim_view_of(host)->epoch;
}

/* ---- the end ----------------------------------------------------------------------- */

bool sim_order_idle(struct sim *sim)
{
	struct sim_order *o = sim->order;

	for (uint32_t i = 0; i < o->n; i++) {
		const struct message *m = &o->msg[i];
		const struct sim_host *from = &sim->hosts[m->from];

		if (m->state == PENDING && from->core && from->incarnation == m->inc)
			return false;
	}
	return true;
}

static void check_reached(struct sim *sim, uint32_t number)
{
	struct sim_order *o = sim->order;
	const struct message *m = &o->msg[number];

	for (uint32_t r = 0; r < sim->n; r++) {
		struct sim_host *host = &sim->hosts[r];
		uint64_t a = sim_member_since(sim, r, m->from), b = sim_member_since(sim, m->from, r);

		if (!addressed(m, r) || !host->core || a > m->sent_at || b > m->sent_at)
			continue;
		if (o->host[r].last_ordered[m->from] < number + 1)
			sim_fail(sim, "I3: message %u of n%u to all was told delivered, but not at"
				 " %s", number, m->from + 1, host->name);
	}
}

void sim_order_end(struct sim *sim)
{
	struct sim_order *o = sim->order;
	for (uint32_t i = 0; i < o->n; i++) {
		const struct message *m = &o->msg[i];
		const struct sim_host *from = &sim->hosts[m->from];

		if (!from->core || from->incarnation != m->inc)
			continue;
		if (m->state == PENDING)
			sim_fail(sim, "I3: message %u of %s to n%u is never answered", i, from->name,
				 m->to == ALL ? 0 : m->to + 1);
		else if (m->state == TOLD_OK && m->to == ALL)
			check_reached(sim, i);
	}
}

uint64_t sim_order_delivered(const struct sim *sim)
{
	return sim->order->delivered;
}
