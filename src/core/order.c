/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages of applications.  To one node: the data channel of its link.  To all or
 * several: one order for all by a fixed sequencer, the coordinator (Defago et al. 2004,
 * "fixed sequencer, unicast-broadcast"), with view synchrony: messages are kept until
 * every member has them, so that members that go together into the next view can first
 * fetch from each other what one of them has (Birman, Joseph 1987).
 *
 * A message that its sender did not see delivered when its view ended was delivered to
 * nobody who is in the next view with it, and is sent there again.
 */
#include <stdlib.h>
#include <string.h>

#include "core/internal.h"

#define WINDOW_MSGS 1024u		/* ordered and not yet with all */
#define WINDOW_OCTETS (1536u * 1024u)
#define ACK_EVERY 32u
#define FETCH_AGAIN (500u * MS)		/* what was asked for did not come: no memory there */
#define GAP_LATE 3u			/* so many came before one that is missing: it is lost */

static bool order_came(struct cdat_core *c, struct cdat_view raw, const struct p_ordered *p,
		       uint64_t sent);

/* ---- the coordinator numbers ---- */

static bool
window_open(const struct cdat_core *c)
{
	const struct order *o = &c->order;

	return o->next - 1 - o->stable < WINDOW_MSGS && o->bytes < WINDOW_OCTETS && group_room(c);
}

static bool
order_number(struct cdat_core *c, uint16_t origin, uint64_t msgid, struct cdat_view nodes,
	     struct cdat_view data)
{
	struct p_ordered p = {
		.epoch = c->view.epoch, .coord = c->self, .origin = origin, .seq = c->order.next,
		.msgid = msgid, .nodes = nodes, .data = data,
	};
	size_t cap = data.len + nodes.len + 128;
	uint8_t *buf = malloc(cap);
	struct inmsg self = { .from = c->self };
	struct cdat_writer w;
	bool group;

	if (buf == NULL)
		return false;
	cdat_writer_init(&w, buf, cap);
	w.format = c->view.format;
	cdat_put_uint(&w, CDAT_P_ORDERED, 1);
	if (cdat_encode(&w, cdat_proto_msg(CDAT_P_ORDERED), &p)) {
		c->order.next++;
		cdat_link_count_multicast(c->link);
		group = group_send(c, cdat_written(&w));
		for (size_t i = 0; i < c->view.n && !group; i++)
			if (c->view.nodes[i] != c->self)
				core_tell_raw(c, c->view.nodes[i], CDAT_LINK_DATA, w.data, w.len);
		if (!order_came(c, (struct cdat_view){ w.data + 1, w.len - 1 }, &p,
				group ? c->now : 0))
			(void)reserve_in(c, &self, w.data, w.len);
	}
	free(buf);
	return true;
}

/* A message that is numbered is ours too, and our own acknowledgement of it ends here again: the
 * outer call goes on with what the inner one leaves. */
static void
wait_pump(struct cdat_core *c)
{
	struct order *o = &c->order;

	if (o->pumping)
		return;
	o->pumping = true;
	while (o->wait_head != NULL && c->view.stable && window_open(c)) {
		struct owait *w = o->wait_head;

		if (!order_number(c, w->origin, w->msgid, w->nodes, w->body))
			break;
		o->wait_head = w->next;
		if (o->wait_head == NULL)
			o->wait_tail = NULL;
		free(w);
	}
	o->pumping = false;
}

bool
order_asked(struct cdat_core *c, uint16_t from, const struct p_order_ask *p)
{
	struct order *o = &c->order;
	struct owait *w;

	/* of another view, or between views: the sender asks again in the next one */
	if (!am_coord(c) || p->epoch != c->view.epoch || c->promised != c->view.epoch)
		return true;
	if (o->wait_head == NULL && c->view.stable && window_open(c))
		return order_number(c, from, p->msgid, p->nodes, p->data);
	w = malloc(sizeof *w + p->nodes.len + p->data.len);
	if (w == NULL)
		return false;
	*w = (struct owait){ .origin = from, .msgid = p->msgid };
	if (p->nodes.len > 0)
		memcpy(w->data, p->nodes.data, p->nodes.len);
	if (p->data.len > 0)
		memcpy(w->data + p->nodes.len, p->data.data, p->data.len);
	w->nodes = (struct cdat_view){ w->data, p->nodes.len };
	w->body = (struct cdat_view){ w->data + p->nodes.len, p->data.len };
	if (o->wait_tail != NULL)
		o->wait_tail->next = w;
	else
		o->wait_head = w;
	o->wait_tail = w;
	return true;
}

/* ---- all take ---- */

static void
omsg_free(struct omsg **head)
{
	while (*head != NULL) {
		struct omsg *m = *head;

		*head = m->next;
		free(m);
	}
}

static void
olds_free(struct order *o)
{
	for (unsigned i = 0; i < OLD_ORDERS; i++)
		omsg_free(&o->old[i].head);
}

static void
stable_to(struct order *o, uint64_t seq)
{
	if (seq > o->got)
		seq = o->got;
	if (seq > o->stable)
		o->stable = seq;
	while (o->head != NULL && o->head->seq <= o->stable) {
		struct omsg *m = o->head;

		o->head = m->next;
		if (o->head == NULL)
			o->tail = NULL;
		o->bytes -= m->len;
		o->ngroup -= m->sent != 0;
		free(m);
	}
}

static bool
nodes_have(struct cdat_view nodes, uint16_t node)
{
	struct p_node n;

	if (nodes.len == 0)
		return true;
	while (cdat_list_next(&nodes, &cdat_msg_p_node, &n))
		if (n.node == node)
			return true;
	return false;
}

/* Our own message came back in the order.  One to all is delivered here then; one to
 * several is delivered when all members have it. */
static void
out_seen(struct cdat_core *c, uint64_t msgid, uint64_t seq)
{
	struct order *o = &c->order;

	while (o->out_head != NULL && o->out_head->msgid <= msgid) {
		struct osend *s = o->out_head;

		o->out_head = s->next;
		if (o->out_head == NULL)
			o->out_tail = NULL;
		o->nout--;
		o->out_bytes -= s->body.len;
		if (s->nodes.len > 0) {
			s->seq = seq;
			s->next = o->seen;
			o->seen = s;
			continue;
		}
		out_sent(c, s->cookie, CDAT_SEND_OK);
		free(s);
	}
}

static bool
nodes_stay(const struct cdat_core *c, struct cdat_view nodes)
{
	struct p_node n;

	while (cdat_list_next(&nodes, &cdat_msg_p_node, &n))
		if (!in_view(c, n.node))
			return false;
	return true;
}

/* Messages to several that all have now; `last`: the view ended, what is left is decided
 * by who goes on with us. */
static void
seen_check(struct cdat_core *c, bool last)
{
	struct osend **at = &c->order.seen;

	while (*at != NULL) {
		struct osend *s = *at;

		if (s->seq > c->order.stable && !last) {
			at = &s->next;
			continue;
		}
		*at = s->next;
		out_sent(c, s->cookie, s->seq <= c->order.stable || nodes_stay(c, s->nodes)
			 ? CDAT_SEND_OK : CDAT_SEND_LOST_PEER);
		free(s);
	}
}

static void
ack_send(struct cdat_core *c)
{
	struct order *o = &c->order;
	struct p_order_ack p = { o->epoch, o->coord, o->got };

	o->acked = o->got;
	if (am_coord(c))
		order_ack(c, c->self, &p);
	else
		core_tell(c, o->coord, CDAT_P_ORDER_ACK, &p);
}

/* Of our order, not taken yet, and not of a time when our part in it has ended. */
static bool
wanted(const struct cdat_core *c, const struct p_ordered *p)
{
	if (p->epoch != c->order.epoch || p->coord != c->order.coord || p->seq <= c->order.got)
		return false;
	/* promised to a new view: only what its install says belongs to this one */
	return c->promised == c->view.epoch || (c->pend.active && p->seq <= c->pend.flush_last);
}

/* Before its turn: what was lost of a multicast comes later.  The window bounds how many. */
static void
hold(struct order *o, struct omsg *m)
{
	struct omsg **at = &o->held;

	while (*at != NULL && (*at)->seq < m->seq)
		at = &(*at)->next;
	if ((*at != NULL && (*at)->seq == m->seq) || m->seq - o->got > 2 * WINDOW_MSGS) {
		free(m);
		return;
	}
	m->next = *at;
	*at = m;
	o->nheld++;
}

/* The next in order; `m` is ours then.  False: no memory to hand it out. */
static bool
accept(struct cdat_core *c, struct omsg *m, const struct p_ordered *p)
{
	struct order *o = &c->order;

	if (nodes_have(p->nodes, c->self) &&
	    !out_message(c, p->origin, true, p->seq, p->epoch, p->data))
		return false;
	m->next = NULL;
	if (o->tail != NULL)
		o->tail->next = m;
	else
		o->head = m;
	o->tail = m;
	o->bytes += m->len;
	o->ngroup += m->sent != 0;
	o->got = p->seq;
	if (p->origin == c->self)
		out_seen(c, p->msgid, p->seq);
	if (o->got - o->acked >= ACK_EVERY && !c->pend.active)
		ack_send(c);
	if (c->pend.active)
		install_go(c);
	return true;
}

/* What came before its turn and has it now. */
static void
held_go(struct cdat_core *c)
{
	struct order *o = &c->order;
	struct p_ordered next;
	struct omsg *m;

	while ((m = o->held) != NULL && m->seq <= o->got + 1) {
		struct cdat_view data = { m->data, m->len };
		struct omsg *after = m->next;
		bool of_use = cdat_decode(data, cdat_proto_msg(CDAT_P_ORDERED), &next) == CDAT_DEC_OK &&
		    wanted(c, &next);

		/* what it makes happen may end this order: it is out of the list before */
		o->held = after;
		o->nheld--;
		if (of_use && accept(c, m, &next))
			continue;
		if (!of_use) {
			free(m);
			continue;
		}
		m->next = after;
		o->held = m;
		o->nheld++;
		return;
	}
}

static bool
order_came(struct cdat_core *c, struct cdat_view raw, const struct p_ordered *p, uint64_t sent)
{
	struct order *o = &c->order;
	struct omsg *m;

	if (!wanted(c, p))
		return true;
	m = malloc(sizeof *m + raw.len);
	if (m == NULL)
		return false;
	m->next = NULL;
	m->seq = p->seq;
	m->sent = sent;
	m->len = raw.len;
	memcpy(m->data, raw.data, raw.len);
	if (p->seq != o->got + 1) {
		hold(o, m);
		return true;
	}
	if (!accept(c, m, p)) {
		free(m);
		return false;
	}
	held_go(c);
	return true;
}

/* Asks for what is missing before what we hold: at once when it is late by some messages,
 * else when it still lacks at the next tick. */
static void
order_gap(struct cdat_core *c, bool tick)
{
	struct order *o = &c->order;
	struct p_order_fetch p = { o->epoch, o->coord, o->got + 1, 0 };

	if (o->held == NULL || c->pend.active || am_coord(c) ||
	    (o->held->seq - 1 <= o->asked && c->now - o->asked_mono < FETCH_AGAIN))
		return;
	if (o->nheld < GAP_LATE && !(tick && o->gap == o->got + 1)) {
		if (tick)
			o->gap = o->got + 1;
		return;
	}
	p.to = o->asked = o->held->seq - 1;
	o->asked_mono = c->now;
	core_tell(c, o->coord, CDAT_P_ORDER_REPAIR, &p);
}

bool
order_take(struct cdat_core *c, uint16_t from, struct cdat_view raw, const struct p_ordered *p)
{
	bool taken = order_came(c, raw, p, 0);

	(void)from;
	order_gap(c, false);
	return taken;
}

void
order_ack(struct cdat_core *c, uint16_t from, const struct p_order_ack *p)
{
	struct order *o = &c->order;
	struct member *m = member_find(c, from);
	uint64_t least = o->got;

	if (!am_coord(c) || p->epoch != o->epoch || p->coord != c->self || m == NULL || !m->in_view ||
	    o->acks == NULL)
		return;
	if (p->seq > o->acks[m->rank])
		o->acks[m->rank] = p->seq;
	for (size_t i = 0; i < c->view.n; i++)
		if (o->acks[i] < least && c->view.nodes[i] != c->self)
			least = o->acks[i];
	stable_to(o, least);
	seen_check(c, false);
	if (o->stable - o->told >= ACK_EVERY) {
		struct p_order_ack s = { o->epoch, o->coord, o->stable };

		o->told = o->stable;
		core_tell_all(c, CDAT_P_ORDER_STABLE, &s);
	}
	wait_pump(c);
}

void
order_stable(struct cdat_core *c, uint16_t from, const struct p_order_ack *p)
{
	if (p->epoch != c->order.epoch || p->coord != c->order.coord || from != c->order.coord)
		return;
	stable_to(&c->order, p->seq);
	seen_check(c, false);
}

/* Somebody of our old view lacks its last messages. */
void
order_fetch(struct cdat_core *c, uint16_t from, const struct p_order_fetch *p)
{
	struct order *o = &c->order;
	const struct omsg *m = NULL;

	if (p->epoch == o->epoch && p->coord == o->coord)
		m = o->head;
	for (unsigned i = 0; m == NULL && i < OLD_ORDERS; i++)
		if (p->epoch == o->old[i].epoch && p->coord == o->old[i].coord)
			m = o->old[i].head;
	for (; m != NULL && m->seq <= p->to; m = m->next) {
		uint8_t *buf = m->seq >= p->from ? malloc(m->len + 1) : NULL;

		if (buf == NULL)
			continue;
		buf[0] = CDAT_P_ORDERED;
		memcpy(buf + 1, m->data, m->len);
		core_tell_raw(c, from, CDAT_LINK_CONTROL, buf, m->len + 1);
		free(buf);
	}
}

/* ---- views ---- */

void
order_ask(struct cdat_core *c, const struct osend *s)
{
	struct p_order_ask p = { c->view.epoch, s->msgid, s->nodes, s->body };

	core_tell(c, c->view.coord, CDAT_P_ORDER_ASK, &p);
}

/* A new view begins: its order starts at 1. */
void
order_view(struct cdat_core *c)
{
	struct order *o = &c->order;

	seen_check(c, true);
	omsg_free(&o->old[OLD_ORDERS - 1].head);
	memmove(&o->old[1], &o->old[0], sizeof o->old - sizeof o->old[0]);
	o->old[0] = (struct old_order){ o->epoch, o->coord, o->head };
	o->head = o->tail = NULL;
	o->bytes = o->ngroup = o->nheld = 0;
	omsg_free(&o->held);
	o->asked = o->gap = 0;
	o->epoch = c->view.epoch;
	o->coord = c->view.coord;
	o->next = 1;
	o->got = o->stable = o->acked = o->told = 0;
	while (o->wait_head != NULL) {
		struct owait *w = o->wait_head;

		o->wait_head = w->next;
		free(w);
	}
	o->wait_tail = NULL;
	free(o->acks);
	o->acks = am_coord(c) ? calloc(c->view.n, sizeof *o->acks) : NULL;
	group_view(c);
}

/* The view is stable: nobody fetches of the old one any more, and numbering begins.  Only
 * now the coordinator has the view for sure, so what is not seen back is asked for now. */
void
order_go(struct cdat_core *c)
{
	olds_free(&c->order);
	wait_pump(c);
	for (const struct osend *s = c->order.out_head; s != NULL; s = s->next)
		order_ask(c, s);
}

void
order_tick(struct cdat_core *c)
{
	struct order *o = &c->order;

	if (c->view.epoch == 0 || c->pend.active || c->promised != c->view.epoch)
		return;
	held_go(c);
	if (o->got > o->acked)
		ack_send(c);
	order_gap(c, true);
	group_tick(c);
	if (am_coord(c) && o->stable > o->told) {
		struct p_order_ack s = { o->epoch, o->coord, o->stable };

		o->told = o->stable;
		core_tell_all(c, CDAT_P_ORDER_STABLE, &s);
	}
}

void
order_free(struct cdat_core *c)
{
	struct order *o = &c->order;

	omsg_free(&o->head);
	olds_free(o);
	omsg_free(&o->held);
	free(o->acks);
	while (o->wait_head != NULL) {
		struct owait *w = o->wait_head;

		o->wait_head = w->next;
		free(w);
	}
	for (struct osend *s = o->out_head, *next; s != NULL; s = next) {
		next = s->next;
		free(s);
	}
	for (struct osend *s = o->seen, *next; s != NULL; s = next) {
		next = s->next;
		free(s);
	}
}
