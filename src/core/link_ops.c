/* SPDX-License-Identifier: BSD-2-Clause */
/* What the links ask of the core and tell it. */
#include <stdio.h>
#include <string.h>

#include "core/internal.h"

static void
op_emit(void *ctx, uint8_t local, const struct cdat_addr *to, uint8_t dscp, const uint8_t *data,
	size_t len)
{
	struct cdat_core *c = ctx;
	const struct cdat_tnode *t = c->table != NULL ? cdat_table_node(c->table, c->self) : NULL;
	const struct cdat_adapter *a = t != NULL && local != 0 ? cdat_tnode_adapter(t, local) : NULL;
	struct cdat_addr from;

	if (a != NULL) {
		from = a->addr;
		if (from.port == 0)
			from.port = c->port;
	}
	out_datagram(c, a != NULL ? &from : NULL, to, dscp, data, len);
}

/* Application messages touch no link and are taken at once; the rest waits until the link
 * is done with its datagram. */
static void
op_deliver(void *ctx, uint16_t node, unsigned channel, struct cdat_view data)
{
	struct cdat_core *c = ctx;
	struct inmsg m = { .from = node };

	if (channel == CDAT_LINK_DATA && !c->pend.active && c->reserve.nin == 0)
		core_handle(c, node, data);
	else if (!inbox_put(c, &m, data.data, data.len))
		/* a control message must not be lost alone: the peer's streams start anew */
		doubt_gone(c, node, CDAT_GONE_UNREACHABLE);
}

static void
op_done(void *ctx, uint16_t node, uint64_t cookie, bool delivered)
{
	(void)node;
	out_sent(ctx, cookie, delivered ? CDAT_SEND_OK : CDAT_SEND_LOST_PEER);
}

static void
op_beat_fill(void *ctx, uint16_t node, struct cdat_writer *w)
{
	struct p_beat b;

	beat_make(ctx, node, &b);
	w->format = core_format(ctx, node);
	(void)cdat_encode(w, &cdat_msg_p_beat, &b);
}

static void
op_beat_take(void *ctx, uint16_t node, struct cdat_view payload)
{
	struct p_beat b;

	if (cdat_decode(payload, &cdat_msg_p_beat, &b) == CDAT_DEC_OK)
		beat_took(ctx, node, &b);
}

static void
op_session_up(void *ctx, uint16_t node)
{
	struct cdat_core *c = ctx;
	struct member *m = member_find(c, node);

	dirty(c, CDAT_K_NODE, node, 0);
	/* the start that was in our view is not the one that speaks now */
	if (m != NULL && m->in_view && node != c->self && m->boot != cdat_link_boot(c->link, node))
		doubt_gone(c, node, CDAT_GONE_RESTARTED);
}

static void
op_session_lost(void *ctx, uint16_t node, enum cdat_link_loss why)
{
	struct cdat_core *c = ctx;
	struct member *m = member_find(c, node);

	sync_forget(c, node);
	reserve_forget(c, node);
	if (why != CDAT_LOSS_RESTART || m == NULL)
		return;
	offer_drop(c, node);
	if (m->near != NULL)
		m->near->beat_mono = 0;
	/* what was lost may be the start before the one that is in the view */
	if (m->in_view && m->boot != cdat_link_boot(c->link, node))
		doubt_gone(c, node, CDAT_GONE_RESTARTED);
}

static void
op_path_state(void *ctx, uint16_t node, uint8_t adapter, uint8_t from, uint8_t to)
{
	struct cdat_core *c = ctx;

	(void)from;
	dirty(c, CDAT_K_PATH, node, adapter);
	if (persp_own(c, node))
		dirty(c, CDAT_K_PERSP, node, c->self);
	dirty_cluster(c);
	status_path(c, node, adapter, to);
}

static const char *
adapter_text(const struct cdat_core *c, uint16_t node, uint8_t adapter, char *buf, size_t len)
{
	const struct cdat_tnode *t = c->table != NULL ? cdat_table_node(c->table, node) : NULL;
	const struct cdat_adapter *a = t != NULL ? cdat_tnode_adapter(t, adapter) : NULL;
	char addr[64];

	snprintf(buf, len, "%s/%u%s%s", node_name(c, node), adapter, a != NULL ? " " : "",
		 a != NULL ? cdat_addr_text(&a->addr, addr, sizeof addr) : "");
	return buf;
}

static void
op_moved(void *ctx, uint16_t node, uint8_t from, uint8_t to, uint32_t failures, bool back)
{
	struct cdat_core *c = ctx;
	struct cdat_event ev = { .node = node, .adapter = to, .other_adapter = from };
	char a[140], b[140];

	dirty(c, CDAT_K_NODE, node, 0);
	dirty(c, CDAT_K_STATS, 0, 0);
	dirty(c, CDAT_K_PATH, node, from);
	dirty(c, CDAT_K_PATH, node, to);
	if (from == 0 || to == 0 || !in_view(c, node))
		return;
	ev.kind = back ? CDAT_EV_FAILBACK : CDAT_EV_FAILOVER;
	ev.severity = back ? CDAT_SEV_CLEARED : CDAT_SEV_WARNING;
	ev.number = failures;
	adapter_text(c, node, from, a, sizeof a);
	adapter_text(c, node, to, b, sizeof b);
	if (back)
		snprintf(ev.text, sizeof ev.text, "%.60s again reaches %.90s instead of %.70s", c->name, b, a);
	else
		snprintf(ev.text, sizeof ev.text, "%.40s reaches %.80s instead of %.80s: %u unanswered",
			 c->name, b, a, failures);
	event_emit(c, &ev);
}

static void
op_raw(void *ctx, uint8_t type, const struct cdat_header *h, uint8_t local_adapter,
       const struct cdat_addr *local, const struct cdat_addr *from, struct cdat_view body)
{
	struct inmsg m = { .raw = type, .local_adapter = local_adapter, .addr = *from };

	(void)local;
	(void)h;
	(void)inbox_put(ctx, &m, body.data, body.len);
}

static void
op_refused(void *ctx, const struct cdat_addr *from, enum cdat_open seal, uint8_t version)
{
	struct cdat_core *c = ctx;

	dirty(c, CDAT_K_STATS, 0, 0);
	if (seal == CDAT_OPEN_AUTH)
		event_auth(c, from);
	else if (seal == CDAT_OPEN_VERSION && version != 0)
		event_format(c, from, version);
}

static void
op_touched(void *ctx, uint16_t node)
{
	struct member *m = member_find(ctx, node);

	if (m != NULL)
		m->touched = true;
}

/* Only what needs no order among datagrams comes by a group: messages that carry their
 * number in the order, and the coordinator's trials. */
static void
op_group(void *ctx, uint16_t node, struct cdat_view body)
{
	struct cdat_core *c = ctx;
	struct inmsg m = { .from = node };

	if (body.len < 1 || node != c->order.coord ||
	    (body.data[0] != CDAT_P_ORDERED && body.data[0] != CDAT_P_GROUP_PROBE))
		return;
	if (!c->pend.active)
		core_handle(c, node, body);
	else
		(void)inbox_put(c, &m, body.data, body.len);
}

static int
op_addrs(void *ctx, uint16_t node, struct cdat_link_addr *out)
{
	const struct cdat_core *c = ctx;
	const struct cdat_tnode *t = c->table != NULL ? cdat_table_node(c->table, node) : NULL;

	return t != NULL ? (int)table_addrs(c, t, out) : -1;
}

static uint8_t
op_source(void *ctx, uint16_t node, uint8_t adapter)
{
	return route_local(ctx, node, adapter);
}

const struct cdat_link_ops core_link_ops = {
	op_emit, op_deliver, op_done, op_beat_fill, op_beat_take, op_session_up, op_session_lost,
	op_path_state, op_moved, op_raw, op_refused, op_touched, op_group, op_addrs, op_source
};
