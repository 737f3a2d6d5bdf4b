/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages to all as one datagram of IP multicast, where that is proved to reach all.
 *
 * Proof.  Each probe interval the coordinator sends a probe, as large as the largest
 * message, to the group.  A member tells when it first hears those of a round, and when
 * it hears none any more; so a proof costs a message a change and not one an interval.
 * While one of the others did not tell, messages go to each alone, and another of our
 * adapters is tried.
 *
 * Repair.  A member that sees a gap asks; for one that stays silent the coordinator does
 * not wait long (it may have missed the last one).  Both get by their link what they
 * lack, each message at most once.  A silent one also voids the proof: with multicast
 * cut, messages are late once and then go to each alone.
 *
 * The order itself (numbers, stability, flush at a view's end) is that of order.c.
 */
#include <stdlib.h>
#include <string.h>

#include "core/internal.h"

#define GROUP_MIN 3u			/* members: with two there is nothing to win */
#define GROUP_TRIES 3u			/* probes before another adapter is tried, or one is deaf */
#define GROUP_WINDOW 96u		/* on their way: they fit a socket's usual buffer */
#define GROUP_PATIENCE (60u * MS)	/* past the response timeout: acknowledging waits a tick */
#define GROUP_BODY_MAX 8900u
#define IP_UDP 28u			/* octets of IPv4 and UDP headers */
#define PROBE_SPARE 8u			/* of the field that pads it */
#define PROBE_DEFAULT_MS 1000u

static uint64_t
interval(const struct cdat_core *c)
{
	uint32_t ms = core_params(c)->probe_ms;

	return (uint64_t)(ms != 0 ? ms : PROBE_DEFAULT_MS) * MS;
}

static void
round_new(struct group *g)
{
	g->round++;
	g->ready = false;
	g->tries = 0;
	g->probe_due = 0;
}

/* ---- the coordinator's adapter ---- */

static bool
can_multicast(const struct cdat_core *c, const struct cdat_adapter *a)
{
	if (a->addr.family != CDAT_AF_IPV4 || a->row != CDAT_ROW_ACTIVE ||
	    a->admin != CDAT_ADMIN_UP)
		return false;
	for (size_t i = 0; i < c->nlocals; i++)
		if (c->locals[i].multicast && cdat_addr_same(&c->locals[i].addr, &a->addr))
			return true;
	return false;
}

/* The one after the present one, in the order of the table, round and round; 0: none. */
static uint8_t
adapter_next(const struct cdat_core *c)
{
	const struct cdat_tnode *t = cdat_table_node(c->table, c->self);
	unsigned at = 0;

	if (t == NULL)
		return 0;
	for (unsigned i = 0; i < t->nadapters; i++)
		if (t->adapters[i].adapter == c->group.adapter)
			at = i + 1;
	for (unsigned i = 0; i < t->nadapters; i++) {
		const struct cdat_adapter *a = &t->adapters[(at + i) % t->nadapters];

		if (can_multicast(c, a))
			return a->adapter;
	}
	return 0;
}

static bool
adapter_good(const struct cdat_core *c)
{
	const struct cdat_tnode *t = cdat_table_node(c->table, c->self);
	const struct cdat_adapter *a = t != NULL ? cdat_tnode_adapter(t, c->group.adapter) : NULL;

	return a != NULL && can_multicast(c, a);
}

/* Octets of a body that fit the least MTU of the members. */
static size_t
body_limit(const struct cdat_core *c)
{
	size_t least = GROUP_BODY_MAX + IP_UDP + CDAT_HEADER_LEN + CDAT_SEAL_LEN;

	for (size_t i = 0; i < c->view.n; i++) {
		const struct cdat_tnode *t = cdat_table_node(c->table, c->view.nodes[i]);

		for (unsigned k = 0; t != NULL && k < t->nadapters; k++) {
			const struct cdat_adapter *a = &t->adapters[k];
			size_t mtu = a->mtu != 0 ? a->mtu : a->mtu_reported;

			if (mtu == 0)
				mtu = 1500;
			if (a->multicast && a->addr.family == CDAT_AF_IPV4 && mtu < least)
				least = mtu;
		}
	}
	least -= least < 576 ? least : IP_UDP + CDAT_HEADER_LEN + CDAT_SEAL_LEN;
	return least;
}

/* ---- proof ---- */

static void
probe(struct cdat_core *c)
{
	static const uint8_t zeros[GROUP_BODY_MAX];
	struct group *g = &c->group;
	struct p_group p = { c->view.epoch, c->view.coord, 0, { zeros, 0 } };
	size_t limit = body_limit(c);
	struct cdat_writer w;

	if (!adapter_good(c) || (!g->ready && g->tries >= GROUP_TRIES)) {
		uint8_t other = adapter_next(c);

		if (other != g->adapter || limit != g->limit)
			round_new(g);
		g->adapter = other;
		g->tries = 0;
	} else if (limit != g->limit) {
		round_new(g);
	}
	g->limit = limit;
	g->probe_due = c->now + interval(c);
	p.round = g->round;
	cdat_writer_init(&w, c->scratch, CDAT_LINK_MESSAGE_MAX);
	cdat_put_uint(&w, CDAT_P_GROUP_PROBE, 1);
	if (g->adapter == 0 || limit == 0 ||
	    !cdat_encode(&w, cdat_proto_msg(CDAT_P_GROUP_PROBE), &p))
		return;
	p.padding.len = limit > w.len + PROBE_SPARE ? limit - w.len - PROBE_SPARE : 0;
	cdat_writer_init(&w, c->scratch, CDAT_LINK_MESSAGE_MAX);
	cdat_put_uint(&w, CDAT_P_GROUP_PROBE, 1);
	if (!cdat_encode(&w, cdat_proto_msg(CDAT_P_GROUP_PROBE), &p))
		return;
	g->room = w.len;
	g->tries += g->tries < GROUP_TRIES;
	cdat_link_group(c->link, g->adapter, &g->addr, cdat_written(&w), c->now);
}

static void
tell_heard(struct cdat_core *c, uint32_t round)
{
	struct p_group p = { .epoch = c->view.epoch, .coord = c->view.coord, .round = round };

	c->group.told = round;
	core_tell(c, c->view.coord, CDAT_P_GROUP_HEARD, &p);
}

/* At a member. */
void
group_probed(struct cdat_core *c, uint16_t from, const struct p_group *p)
{
	if (from != c->view.coord || p->epoch != c->view.epoch || p->coord != from ||
	    from == c->self || p->round == 0)
		return;
	c->group.heard_mono = c->now;
	if (p->round != c->group.told)
		tell_heard(c, p->round);
}

void
group_heard(struct cdat_core *c, uint16_t from, const struct p_group *p)
{
	struct member *m = member_find(c, from);
	struct group *g = &c->group;

	if (!am_coord(c) || p->epoch != c->view.epoch || p->coord != c->self || m == NULL ||
	    !m->in_view || m->group_heard == p->round)
		return;
	m->group_heard = p->round;
	g->ready = c->view.n >= GROUP_MIN;
	for (size_t i = 0; i < c->view.n && g->ready; i++)
		if (c->view.nodes[i] != c->self)
			g->ready = member_find(c, c->view.nodes[i])->group_heard == g->round;
	g->tries = g->ready ? 0 : g->tries;
}

/* ---- messages ---- */

bool
group_send(struct cdat_core *c, struct cdat_view data)
{
	const struct group *g = &c->group;

	if (!g->ready || data.len > g->room || !adapter_good(c))
		return false;
	cdat_link_group(c->link, g->adapter, &g->addr, data, c->now);
	return true;
}

bool
group_room(const struct cdat_core *c)
{
	return !c->group.ready || c->order.ngroup < GROUP_WINDOW;
}

/* To one alone what went to all, from `first` to `last`, unless it went there already. */
static void
fix(struct cdat_core *c, struct member *to, uint64_t first, uint64_t last)
{
	if (first <= to->group_fixed)
		first = to->group_fixed + 1;
	for (const struct omsg *m = c->order.head; m != NULL && m->seq <= last; m = m->next) {
		uint8_t *buf;

		if (m->seq < first)
			continue;
		buf = m->sent != 0 ? malloc(m->len + 1) : NULL;
		if (m->sent != 0 && buf == NULL)
			return;
		to->group_fixed = m->seq;
		if (m->sent == 0)
			continue;
		buf[0] = CDAT_P_ORDERED;
		memcpy(buf + 1, m->data, m->len);
		core_tell_raw(c, to->node, CDAT_LINK_DATA, buf, m->len + 1);
		free(buf);
	}
}

/* A member sees a gap. */
void
group_repair(struct cdat_core *c, uint16_t from, const struct p_order_fetch *p)
{
	struct member *m = member_find(c, from);

	if (am_coord(c) && p->epoch == c->order.epoch && p->coord == c->self && m != NULL &&
	    m->in_view)
		fix(c, m, p->from, p->to);
}

/* The first that the member did not acknowledge is late. */
static bool
late(const struct cdat_core *c, const struct member *m)
{
	uint64_t have = c->order.acks[m->rank];
	const struct omsg *o = c->order.head;
	struct cdat_path path;
	uint64_t since;

	if (have < m->group_fixed)
		have = m->group_fixed;
	while (o != NULL && (o->seq <= have || o->sent == 0))
		o = o->next;
	if (o == NULL)
		return false;
	since = o->sent > c->forgiven_mono ? o->sent : c->forgiven_mono;
	if (c->now - since < GROUP_PATIENCE)
		return false;
	return !cdat_link_path(c->link, m->node, cdat_link_current(c->link, m->node), &path) ||
	       c->now - since >= GROUP_PATIENCE + path.timeout_us;
}

static void
late_tick(struct cdat_core *c)
{
	bool any = false;

	for (size_t i = 0; c->order.ngroup > 0 && c->order.acks != NULL && i < c->view.n; i++) {
		struct member *m = member_find(c, c->view.nodes[i]);

		if (m->node == c->self || !late(c, m))
			continue;
		fix(c, m, c->order.acks[m->rank] + 1, c->order.got);
		any = true;
	}
	if (any)
		round_new(&c->group);
}

/* ---- views and time ---- */

void
group_view(struct cdat_core *c)
{
	struct group *g = &c->group;

	*g = (struct group){ .addr = g->addr, .adapter = g->adapter, .round = 1 };
	for (size_t i = 0; i < c->nmembers; i++) {
		c->members[i]->group_heard = 0;
		c->members[i]->group_fixed = 0;
	}
}

void
group_tick(struct cdat_core *c)
{
	struct group *g = &c->group;
	uint64_t heard = g->heard_mono > c->forgiven_mono ? g->heard_mono : c->forgiven_mono;

	if (g->addr.family == CDAT_AF_NONE || c->table == NULL)
		return;
	if (!am_coord(c)) {
		if (g->told != 0 && c->now - heard > GROUP_TRIES * interval(c) + interval(c) / 2)
			tell_heard(c, 0);
		return;
	}
	late_tick(c);
	if (c->view.stable && c->view.n >= GROUP_MIN && c->now >= g->probe_due)
		probe(c);
}
