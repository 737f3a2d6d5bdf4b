/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages of applications at their sender: what is refused and why, and the queues.  Those to
 * all or several are ordered by order.c. */
#include <stdlib.h>
#include <string.h>

#include "core/internal.h"

#define OUT_MSGS 256u			/* of one sender, not yet ordered */
#define OUT_OCTETS (1024u * 1024u)
#define DIRECT_OCTETS \
	(2u * 1024u * 1024u) /* queued to one node; the rest of its queue is for the order */

static enum cdat_send_error
send_refuse(const struct cdat_core *c, uint16_t node)
{
	const struct member *m = member_find(c, node);

	if (c->table == NULL || cdat_table_node(c->table, node) == NULL)
		return CDAT_SEND_UNKNOWN_NODE;
	if (node == c->self || (m != NULL && m->in_view))
		return CDAT_SEND_OK;
	return m != NULL && m->state == CDAT_UNREACHABLE ? CDAT_SEND_UNREACHABLE
							 : CDAT_SEND_NOT_MEMBER;
}

enum cdat_send_error
cdat_core_send_all(struct cdat_core *c, const uint16_t *nodes, size_t nnodes, struct cdat_view data,
		   uint64_t cookie, uint64_t now)
{
	struct order *o = &c->order;
	struct osend *s;
	struct cdat_writer w;
	size_t cap = nnodes * 8;

	c->now = now > c->now ? now : c->now;
	if (data.len > CDAT_MESSAGE_MAX)
		return CDAT_SEND_TOO_LONG;
	if (c->view.epoch == 0)
		return CDAT_SEND_NO_VIEW;
	for (size_t i = 0; i < nnodes; i++) {
		enum cdat_send_error e = send_refuse(c, nodes[i]);

		if (e != CDAT_SEND_OK)
			return e;
	}
	if (o->nout >= OUT_MSGS || o->out_bytes + data.len > OUT_OCTETS)
		return CDAT_SEND_QUEUE_FULL;
	s = malloc(sizeof *s + cap + data.len);
	if (s == NULL)
		return CDAT_SEND_NO_MEMORY;
	cdat_writer_init(&w, s->data, cap);
	for (size_t i = 0; i < nnodes; i++) {
		struct p_node n = { nodes[i] };

		(void)cdat_list_add(&w, &cdat_msg_p_node, &n);
	}
	*s = (struct osend){ .msgid = ++o->msgid, .cookie = cookie, .nodes = cdat_written(&w) };
	s->body = (struct cdat_view){ s->data + cap, data.len };
	if (data.len > 0)
		memcpy(s->data + cap, data.data, data.len);
	if (o->out_tail != NULL)
		o->out_tail->next = s;
	else
		o->out_head = s;
	o->out_tail = s;
	o->nout++;
	o->out_bytes += data.len;
	if (c->view.stable)
		order_ask(c, s);
	core_settle(c);
	return CDAT_SEND_OK;
}

enum cdat_send_error cdat_core_send(struct cdat_core *c, uint16_t node, struct cdat_view data,
				    uint64_t cookie, uint64_t now)
{
	enum cdat_send_error e = send_refuse(c, node);
	struct p_direct p = { data };
	struct cdat_writer w;

	c->now = now > c->now ? now : c->now;
	if (data.len > CDAT_MESSAGE_MAX)
		return CDAT_SEND_TOO_LONG;
	if (e == CDAT_SEND_OK && c->view.epoch == 0)
		e = CDAT_SEND_NO_VIEW;
	if (e != CDAT_SEND_OK) {
		if (e == CDAT_SEND_UNREACHABLE)
			cdat_link_count_undeliverable(c->link);
		return e;
	}
	if (node == c->self) {
		out_message(c, node, false, 0, c->view.epoch, data);
		out_sent(c, cookie, CDAT_SEND_OK);
		return CDAT_SEND_OK;
	}
	if (cdat_link_queued(c->link, node, CDAT_LINK_DATA) + data.len > DIRECT_OCTETS)
		return CDAT_SEND_QUEUE_FULL;
	cdat_writer_init(&w, c->scratch, CDAT_LINK_MESSAGE_MAX);
	w.format = core_format(c, node);
	cdat_put_uint(&w, CDAT_P_DIRECT, 1);
	if (!cdat_encode(&w, cdat_proto_msg(CDAT_P_DIRECT), &p))
		return CDAT_SEND_NO_MEMORY;
	return cdat_link_send(c->link, node, CDAT_LINK_DATA, cdat_written(&w), cookie, c->now);
}

bool
direct_take(struct cdat_core *c, uint16_t from, const struct p_direct *p)
{
	/* a sender may be in the new view a moment before us */
	return member_find(c, from) == NULL ||
	    out_message(c, from, false, 0, c->view.epoch, p->data);
}
