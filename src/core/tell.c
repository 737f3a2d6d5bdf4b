/* SPDX-License-Identifier: BSD-2-Clause */
/* What members tell each other: sending a message, to ourselves too, and the handler of
 * each type. */
#include <stdlib.h>
#include <string.h>

#include "core/internal.h"

bool
inbox_add(struct cdat_core *c, const struct inmsg *head, const uint8_t *data, size_t len)
{
	struct inmsg *m = malloc(sizeof *m + len);

	if (m == NULL)
		return false;
	*m = *head;
	m->next = NULL;
	m->len = len;
	if (len > 0)
		memcpy(m->data, data, len);
	if (c->in_tail != NULL)
		c->in_tail->next = m;
	else
		c->in_head = m;
	c->in_tail = m;
	return true;
}

/* What waits in the reserve comes first. */
bool
inbox_put(struct cdat_core *c, const struct inmsg *head, const uint8_t *data, size_t len)
{
	return (c->reserve.nin == 0 && inbox_add(c, head, data, len)) ||
	    reserve_in(c, head, data, len);
}

/* Whether the link took a message, or never will: a node that is no peer. */
bool
link_take(struct cdat_core *c, uint16_t node, unsigned channel, const uint8_t *data, size_t len)
{
	enum cdat_send_error e = cdat_link_send(c->link, node, channel,
						(struct cdat_view){ data, len }, 0, c->now);

	return e != CDAT_SEND_NO_MEMORY && e != CDAT_SEND_QUEUE_FULL;
}

bool
core_tell_raw(struct cdat_core *c, uint16_t node, unsigned channel, const uint8_t *data,
	      size_t len)
{
	struct inmsg self = { .from = c->self };

	if (node == c->self)
		return inbox_put(c, &self, data, len);
	if (!reserve_waits(c, node, channel) && link_take(c, node, channel, data, len))
		return true;
	if (reserve_out(c, node, channel, data, len))
		return true;
	if (channel != CDAT_LINK_CONTROL)	/* it is fetched when the next one comes */
		return false;
	out_log(c, "no memory for a message to %s, which is given up", node_name(c, node));
	doubt_gone(c, node, CDAT_GONE_UNREACHABLE);
	return false;
}

uint8_t
core_format_both(const struct cdat_core *c, uint16_t node)
{
	uint8_t theirs = node == c->self ? c->format : cdat_link_format(c->link, node);

	if (theirs == 0)
		return c->oldest;
	return theirs < c->format ? theirs : c->format;
}

uint8_t
core_format(const struct cdat_core *c, uint16_t node)
{
	return c->view.epoch != 0 && in_view(c, node) ? c->view.format : core_format_both(c, node);
}

static size_t
tell_encode(struct cdat_core *c, uint8_t format, enum cdat_proto type, const void *msg)
{
	struct cdat_writer w;

	cdat_writer_init(&w, c->scratch, CDAT_LINK_MESSAGE_MAX);
	w.format = format;
	cdat_put_uint(&w, type, 1);
	return cdat_encode(&w, cdat_proto_msg(type), msg) ? w.len : 0;
}

bool
core_tell_as(struct cdat_core *c, uint8_t format, uint16_t node, enum cdat_proto type,
	     const void *msg)
{
	size_t len = tell_encode(c, format, type, msg);

	return len > 0 && core_tell_raw(c, node, CDAT_LINK_CONTROL, c->scratch, len);
}

bool
core_tell(struct cdat_core *c, uint16_t node, enum cdat_proto type, const void *msg)
{
	return core_tell_as(c, core_format(c, node), node, type, msg);
}

void
core_tell_all(struct cdat_core *c, enum cdat_proto type, const void *msg)
{
	size_t len = tell_encode(c, c->view.format, type, msg);

	cdat_link_count_multicast(c->link);
	for (size_t i = 0; len > 0 && i < c->view.n; i++)
		if (c->view.nodes[i] != c->self)
			core_tell_raw(c, c->view.nodes[i], CDAT_LINK_CONTROL, c->scratch, len);
}

typedef void (*handler)(struct cdat_core *, uint16_t, const void *);
/* h_FN takes the decoded message without its type, as a row of the table below needs it. */
#define HANDLER(fn) \
	static void h_##fn(struct cdat_core *c, uint16_t from, const void *msg) \
	{ \
		fn(c, from, msg); \
	}
#define H(fn) h_##fn
static void on_complete(struct cdat_core *c, uint16_t f, const struct p_change_id *p)
{
	change_complete(c, f, p->id);
}
static void on_complete_ack(struct cdat_core *c, uint16_t f, const struct p_change_id *p)
{
	change_complete_ack(c, f, p->id);
}
static void on_abort(struct cdat_core *c, uint16_t f, const struct p_change_id *p)
{
	change_abort(c, f, p->id);
}
static void on_abort_ack(struct cdat_core *c, uint16_t f, const struct p_change_id *p)
{
	change_abort_ack(c, f, p->id);
}
static void on_noted(struct cdat_core *c, uint16_t f, const struct p_noted *p)
{
	(void)f;
	event_mark(c, p->uid, (enum cdat_agent_kind)p->what);
}
static void on_leave(struct cdat_core *c, uint16_t f, const struct p_leave *p)
{
	(void)p;
	doubt_gone(c, f, CDAT_GONE_LEFT);
}
static void on_left(struct cdat_core *c, uint16_t f, const struct p_leave *p)
{
	(void)f;
	(void)p;
	core_leave_now(c);
}
static void on_join(struct cdat_core *c, uint16_t f, const struct p_join *p)
{
	(void)f;
	start_forward(c, p);
}

HANDLER(doubt_suspect)
HANDLER(doubt_ask)
HANDLER(doubt_persp)
HANDLER(doubt_share)
HANDLER(view_prepare)
HANDLER(view_state)
HANDLER(view_refuse)
HANDLER(view_ack)
HANDLER(view_stable)
HANDLER(change_ask)
HANDLER(change_prepare)
HANDLER(change_vote)
HANDLER(on_complete)
HANDLER(on_complete_ack)
HANDLER(on_abort)
HANDLER(on_abort_ack)
HANDLER(change_end)
HANDLER(change_decide)
HANDLER(sync_sums)
HANDLER(sync_entries)
HANDLER(offer_take)
HANDLER(offer_redirect)
HANDLER(offer_told)
HANDLER(order_ack)
HANDLER(order_stable)
HANDLER(order_fetch)
HANDLER(on_leave)
HANDLER(on_left)
HANDLER(status_take)
HANDLER(on_noted)
HANDLER(on_join)
HANDLER(facts_take)
HANDLER(group_probed)
HANDLER(group_heard)
HANDLER(group_repair)
HANDLER(keyhold_asked)
HANDLER(rotate_told)

static const handler handlers[CDAT_P_LAST + 1] = {
	[CDAT_P_SUSPECT] = H(doubt_suspect),
	[CDAT_P_PERSP_ASK] = H(doubt_ask),
	[CDAT_P_PERSP] = H(doubt_persp),
	[CDAT_P_PERSP_SHARE] = H(doubt_share),
	[CDAT_P_VIEW_PREPARE] = H(view_prepare),
	[CDAT_P_VIEW_STATE] = H(view_state),
	[CDAT_P_VIEW_REFUSE] = H(view_refuse),
	[CDAT_P_VIEW_ACK] = H(view_ack),
	[CDAT_P_VIEW_STABLE] = H(view_stable),
	[CDAT_P_CHANGE_ASK] = H(change_ask),
	[CDAT_P_PREPARE] = H(change_prepare),
	[CDAT_P_VOTE] = H(change_vote),
	[CDAT_P_COMPLETE] = H(on_complete),
	[CDAT_P_COMPLETE_ACK] = H(on_complete_ack),
	[CDAT_P_ABORT] = H(on_abort),
	[CDAT_P_ABORT_ACK] = H(on_abort_ack),
	[CDAT_P_CHANGE_END] = H(change_end),
	[CDAT_P_DECIDE] = H(change_decide),
	[CDAT_P_SUMS] = H(sync_sums),
	[CDAT_P_ENTRIES] = H(sync_entries),
	[CDAT_P_OFFER] = H(offer_take),
	[CDAT_P_OFFER_REDIRECT] = H(offer_redirect),
	[CDAT_P_CONTACT] = H(offer_told),
	[CDAT_P_ORDER_ACK] = H(order_ack),
	[CDAT_P_ORDER_STABLE] = H(order_stable),
	[CDAT_P_ORDER_FETCH] = H(order_fetch),
	[CDAT_P_LEAVE] = H(on_leave),
	[CDAT_P_LEFT] = H(on_left),
	[CDAT_P_STATUS] = H(status_take),
	[CDAT_P_NOTED] = H(on_noted),
	[CDAT_P_JOIN_FORWARD] = H(on_join),
	[CDAT_P_FACTS] = H(facts_take),
	[CDAT_P_GROUP_PROBE] = H(group_probed),
	[CDAT_P_GROUP_HEARD] = H(group_heard),
	[CDAT_P_ORDER_REPAIR] = H(group_repair),
	[CDAT_P_KEY_ASK] = H(keyhold_asked),
	[CDAT_P_KEY_TOLD] = H(rotate_told),
};

void
core_handle(struct cdat_core *c, uint16_t from, struct cdat_view data)
{
	_Alignas(max_align_t) uint8_t msg[CDAT_PROTO_MAX];
	struct inmsg again = { .from = from };
	const struct cdat_msg *def;
	bool taken = true;
	uint8_t type;

	if (data.len < 1 || c->left)
		return;
	type = data.data[0];
	def = cdat_proto_msg(type);
	/* a type of a newer version: skipped, as an unknown field would be */
	if (def == NULL || def->size > sizeof msg)
		return;
	data.data++;
	data.len--;
	if (cdat_decode(data, def, msg) != CDAT_DEC_OK) {
		out_log(c, "message %s of node %u does not decode; ignored", def->name, from);
		return;
	}
	if (type == CDAT_P_VIEW_INSTALL)
		taken = view_install(c, from, data, (const struct p_view_install *)(const void *)msg);
	else if (type == CDAT_P_PATH_REPORT)
		taken = status_report(c, from, (const struct p_paths *)(const void *)msg);
	else if (type == CDAT_P_ORDERED)
		taken = order_take(c, from, data, (const struct p_ordered *)(const void *)msg);
	else if (type == CDAT_P_ORDER_ASK)
		taken = order_asked(c, from, (const struct p_order_ask *)(const void *)msg);
	else if (type == CDAT_P_DIRECT)
		taken = direct_take(c, from, (const struct p_direct *)(const void *)msg);
	else if (handlers[type] != NULL)
		handlers[type](c, from, msg);
	if (!taken && !reserve_in(c, &again, data.data - 1, data.len + 1))
		out_log(c, "no memory for a message of %s; it is lost", node_name(c, from));
}
