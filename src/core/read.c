/* SPDX-License-Identifier: BSD-2-Clause */
/* Records for those who look: each reader fills the record of one kind, each iterator
 * gives its keys in order. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/internal.h"

typedef bool (*reader)(struct cdat_core *, struct cdat_key, union cdat_record *);

/* ---- nodes, adapters, paths ---- */

uint8_t
sync_of(const struct cdat_core *c, const struct member *m)
{
	uint8_t digest[CDAT_DIGEST_LEN];
	uint64_t mine;

	if (c->view.epoch == 0 || c->table == NULL || (m->node != c->self && !m->in_view))
		return CDAT_SYNC_UNKNOWN;
	if (m->node == c->self)
		return CDAT_IN_SYNC;
	if (c->prep.id != 0 || c->promised != c->view.epoch || !c->view.stable ||
	    near_of(m)->beat_mono == 0 || m->doubt)
		return CDAT_SYNC_PENDING;
	cdat_table_digest(c->table, digest);
	memcpy(&mine, digest, sizeof mine);
	if (near_of(m)->beat.version == cdat_table_version(c->table) && near_of(m)->beat.digest == mine &&
	    near_of(m)->beat.epoch == c->view.epoch)
		return CDAT_IN_SYNC;
	/* a beat from before the last change or view says nothing yet */
	uint64_t since = c->table_mono > c->view.since_mono ? c->table_mono : c->view.since_mono;
	/* in a large view only neighbours on the ring tell; all have acknowledged the last one */
	if (!m->watched && near_of(m)->beat_mono < since)
		return CDAT_IN_SYNC;
	return c->now - since < 3u * MS * core_params(c)->heartbeat_ms ? CDAT_SYNC_PENDING
								       : CDAT_OUT_OF_SYNC;
}

static void
votes(const struct cdat_core *c, const struct member *m, struct cdat_node *out)
{
	bool own = false;

	for (size_t i = 0; i < c->npersps; i++) {
		const struct p_persp *p = &c->persps[i].p;

		if (p->node != m->node)
			continue;
		own |= p->reporter == c->self;
		out->votes_reachable += p->state == CDAT_UP;
		out->votes_unreachable += p->state == CDAT_DOWN;
	}
	if (!own && m->node != c->self && m->in_view)
		out->votes_reachable += !m->doubt;
}

static bool
read_node(struct cdat_core *c, struct cdat_key k, union cdat_record *out)
{
	const struct cdat_tnode *t = c->table != NULL ? cdat_table_node(c->table, (uint16_t)k.a) : NULL;
	const struct member *m = member_find(c, (uint16_t)k.a);
	struct cdat_node *n = &out->node;
	uint8_t order[CDAT_NODE_ADAPTERS];

	if (t == NULL || m == NULL)
		return false;
	*n = t->node;
	n->state = m->state;
	n->primary = cdat_tnode_order(t, order) > 0 ? order[0] : 0;
	for (unsigned i = 0; i < t->nadapters; i++) {
		if (t->adapters[i].row != CDAT_ROW_ACTIVE)
			continue;
		n->adapters++;
		n->adapters_down += i < m->nadapters && m->adapters[i].oper == CDAT_DOWN;
	}
	n->component = component_of(c, m);
	n->sync = sync_of(c, m);
	n->down_count = m->down_count;
	n->changed_mono = m->changed_mono;
	votes(c, m, n);
	if (m->node == c->self) {
		n->heard_mono = c->now;
		n->incarnation = c->incarnation;
		memcpy(n->version, c->version, sizeof n->version);
		n->format = c->format;
		return true;
	}
	n->current = cdat_link_current(c->link, m->node);
	n->heard_mono = cdat_link_heard(c->link, m->node);
	n->incarnation = cdat_link_incarnation(c->link, m->node);
	snprintf(n->version, sizeof n->version, "%s", cdat_link_version(c->link, m->node));
	n->format = cdat_link_format(c->link, m->node);
	struct cdat_path p;
	if (n->current != 0 && cdat_link_path(c->link, m->node, n->current, &p))
		n->rtt_us = p.srtt_us;
	return true;
}

static const struct cdat_local *
local_of(const struct cdat_core *c, const struct cdat_addr *a)
{
	for (size_t i = 0; i < c->nlocals; i++)
		if (cdat_addr_same(&c->locals[i].addr, a))
			return &c->locals[i];
	return NULL;
}

static bool
read_adapter(struct cdat_core *c, struct cdat_key k, union cdat_record *out)
{
	const struct cdat_tnode *t = c->table != NULL ? cdat_table_node(c->table, (uint16_t)k.a) : NULL;
	const struct cdat_adapter *a =
	    t != NULL && k.b <= CDAT_ADAPTER_MAX ? cdat_tnode_adapter(t, (uint8_t)k.b) : NULL;
	const struct adapter_state *s = status_of(member_find(c, (uint16_t)k.a), (uint8_t)k.b);
	struct cdat_adapter *o = &out->adapter;
	uint8_t order[CDAT_NODE_ADAPTERS];
	const struct cdat_local *l;

	if (a == NULL)
		return false;
	*o = *a;
	for (size_t i = cdat_tnode_order(t, order); i > 0; i--)
		if (order[i - 1] == a->adapter)
			o->rank = (uint8_t)i;
	o->mtu_oper = cdat_adapter_mtu(a);
	o->oper = s != NULL ? s->oper : CDAT_REACH_UNKNOWN;
	if (a->row != CDAT_ROW_ACTIVE || a->admin == CDAT_ADMIN_DOWN)
		o->oper = CDAT_DISABLED;
	o->down_count = s != NULL ? s->down_count : 0;
	o->changed_mono = s != NULL ? s->changed_mono : 0;
	if (a->node == c->self && (l = local_of(c, &a->addr)) != NULL)
		o->ifindex = l->ifindex;
	return true;
}

bool
path_exists(const struct cdat_core *c, struct cdat_key k)
{
	const struct cdat_tnode *t = c->table != NULL ? cdat_table_node(c->table, (uint16_t)k.a) : NULL;
	const struct cdat_adapter *a =
	    t != NULL && k.b <= CDAT_ADAPTER_MAX ? cdat_tnode_adapter(t, (uint8_t)k.b) : NULL;

	return a != NULL && k.a != c->self && t->node.row == CDAT_ROW_ACTIVE &&
	    a->row == CDAT_ROW_ACTIVE;
}

static bool
read_path(struct cdat_core *c, struct cdat_key k, union cdat_record *out)
{
	if (!path_exists(c, k))
		return false;
	if (cdat_link_path(c->link, (uint16_t)k.a, (uint8_t)k.b, &out->path))
		return true;
	/* in the table, but administratively not used: the link has no path for it */
	const struct cdat_adapter *a = cdat_tnode_adapter(cdat_table_node(c->table, (uint16_t)k.a),
							  (uint8_t)k.b);
	out->path = (struct cdat_path){ .node = (uint16_t)k.a, .adapter = (uint8_t)k.b,
		.state = CDAT_DISABLED, .threshold = cdat_adapter_threshold(a, core_params(c)) };
	return true;
}

static bool
read_route(struct cdat_core *c, struct cdat_key k, union cdat_record *out)
{
	if (!path_exists(c, k))
		return false;
	const struct croute *r = route_find(c, (uint16_t)k.a, (uint8_t)k.b);

	if (r != NULL)
		out->route = r->r;
	return r != NULL;
}

/* ---- the cluster ---- */

static uint8_t
cluster_state(const struct cdat_core *c)
{
	size_t others = 0;

	if (c->leaving)
		return CDAT_CS_STOPPING;
	if (c->view.epoch == 0)
		return c->table == NULL ? CDAT_CS_STARTING : CDAT_CS_JOINING;
	if (c->promised != c->view.epoch || !c->view.stable)
		return CDAT_CS_RECONFIGURING;
	for (size_t i = 0; c->view.n < 2 && others == 0 && i < cdat_table_count(c->table); i++)
		others += cdat_table_at(c->table, i)->node.row == CDAT_ROW_ACTIVE &&
		    cdat_table_at(c->table, i)->node.node != c->self;
	return c->view.n < 2 && others > 0 ? CDAT_CS_ISOLATED : CDAT_CS_OPERATIONAL;
}

static unsigned
adapters_in_use(const struct cdat_tnode *t)
{
	unsigned n = 0;

	for (unsigned k = 0; k < t->nadapters; k++)
		n += t->adapters[k].row == CDAT_ROW_ACTIVE && t->adapters[k].admin == CDAT_ADMIN_UP;
	return n;
}

static void
cluster_counts(struct cdat_core *c, struct cdat_cluster *o)
{
	const struct tally *y = tally(c);
	size_t n;
	struct member **list = members_attended(c, &n);

	o->nodes_total = (uint32_t)y->nodes;
	o->nodes_up = (uint32_t)y->up;
	o->nodes_down = (uint32_t)y->down;
	o->adapters_total = (uint32_t)y->adapters;
	o->adapters_down = (uint32_t)y->adapters_down;
	o->quorum_size = core_params(c)->quorum == CDAT_QUORUM_NONE ? 0 : (uint16_t)(y->active / 2 + 1);
	for (size_t i = 0; i < n; i++) {
		const struct member *m = list[i];
		const struct cdat_tnode *t = cdat_table_node(c->table, m->node);

		if (t != NULL && t->node.row == CDAT_ROW_ACTIVE && m->in_view && m->watched &&
		    cdat_link_paths(c->link, m->node, CDAT_UP) == 1 &&
		    cdat_link_paths(c->link, m->node, CDAT_REACH_UNKNOWN) == 0 && adapters_in_use(t) >= 2)
			o->nodes_single_path++;
	}
}

static void
cluster_change(const struct cdat_core *c, struct cdat_cluster *o)
{
	o->change_state = CDAT_CH_IDLE;
	if (c->prep.id != 0) {
		o->change_state = CDAT_CH_PREPARING;
		o->change_owner = c->prep.asker;
	}
	if (c->change.phase != CH_NONE) {
		o->change_owner = c->change.asker;
		o->change_state = c->change.phase == CH_ABORTING ? CDAT_CH_ABORTING
		    : c->change.phase >= CH_STORING ? CDAT_CH_COMMITTING : CDAT_CH_PREPARING;
	}
}

static void
cluster_local(struct cdat_core *c, struct cdat_cluster *o)
{
	memcpy(o->name, c->cluster, sizeof o->name);
	memcpy(o->local_name, c->name, sizeof o->local_name);
	memcpy(o->servicer_version, c->version, sizeof o->servicer_version);
	o->local_node = c->self;
	o->port = c->port;
	o->start_mono = c->start_mono;
	o->start_wall = c->start_mono + c->wall_offset;
	o->sealed = c->sealed;
	o->loopback_ok = c->loopback_ok;
	o->key_id = cdat_keyring_current(c->keys);
	o->pauses = c->pauses;
	o->event_last = c->ev.last;
	o->event_limit = c->ev.cap;
	o->notify_all = c->ev.all;
	o->notify_scope = c->ev.scope;
	o->notify_window_s = c->ev.window_s;
	o->notify_limit = c->ev.limit;
	o->notify_suppressed = c->ev.suppressed;
	o->notifier = event_notifier(c, CDAT_AGENT_SNMP);
	o->poster = event_notifier(c, CDAT_AGENT_HTTP);
}

static bool
read_cluster(struct cdat_core *c, struct cdat_key k, union cdat_record *out)
{
	struct cdat_cluster *o = &out->cluster;

	(void)k;
	memset(o, 0, sizeof *o);
	cluster_local(c, o);
	o->standing = standing(c);
	o->leader = c->view.coord;
	o->component = own_component(c);
	o->epoch = c->view.epoch;
	o->format = c->view.format;
	cluster_change(c, o);
	o->state = cluster_state(c);
	if (c->table != NULL && !c->partial) {
		o->has_table = true;
		o->version = cdat_table_version(c->table);
		cdat_table_digest(c->table, o->digest);
		o->changed_mono = c->table_mono;
		o->changed_wall = c->table_mono + c->wall_offset;
		o->spin_lock = cdat_table_lock(c->table);
		o->next_node = cdat_table_next_node(c->table);
		cluster_counts(c, o);
	}
	health_judge(c, o);
	return true;
}

static bool
read_params(struct cdat_core *c, struct cdat_key k, union cdat_record *out)
{
	(void)k;
	out->params = *core_params(c);
	return true;
}

static bool
read_stats(struct cdat_core *c, struct cdat_key k, union cdat_record *out)
{
	(void)k;
	cdat_link_stats(c->link, &out->stats);
	return true;
}

bool
persp_own(const struct cdat_core *c, uint16_t node)
{
	const struct member *m = member_find(c, node);

	return m != NULL && node != c->self && m->watched;
}

static bool
read_persp(struct cdat_core *c, struct cdat_key k, union cdat_record *out)
{
	struct cdat_persp *o = &out->persp;

	for (size_t i = 0; i < c->npersps; i++) {
		const struct p_persp *p = &c->persps[i].p;

		if (p->node != k.a || p->reporter != k.b)
			continue;
		*o = (struct cdat_persp){ p->node, p->reporter, p->state, p->adapters_up, p->silence_ms,
					  c->persps[i].time_mono };
		return true;
	}
	if (k.b != c->self || !persp_own(c, (uint16_t)k.a))
		return false;
	/* our own perspective of those we watch is always at hand */
	uint64_t heard = cdat_link_heard(c->link, (uint16_t)k.a);
	*o = (struct cdat_persp){ (uint16_t)k.a, c->self,
		member_find(c, (uint16_t)k.a)->doubt ? CDAT_SUSPECT : CDAT_UP,
		cdat_link_paths(c->link, (uint16_t)k.a, CDAT_UP),
		heard == 0 ? UINT32_MAX : (uint32_t)((c->now - heard) / MS), c->now };
	return true;
}

static bool
read_role(struct cdat_core *c, struct cdat_key k, union cdat_record *out)
{
	for (size_t i = 0; i < c->nroles; i++)
		if (c->roles[i].role == k.a) {
			out->role = c->roles[i];
			return true;
		}
	return false;
}

static bool
read_wanted(struct cdat_core *c, struct cdat_key k, union cdat_record *out)
{
	const struct cdat_wanted *w = NULL;
	size_t n = c->table != NULL ? cdat_table_wanted(c->table, &w) : 0;

	for (size_t i = 0; i < n; i++)
		if (w[i].wanted == k.a) {
			out->wanted = w[i];
			return true;
		}
	return false;
}

static bool
read_event(struct cdat_core *c, struct cdat_key k, union cdat_record *out)
{
	for (uint32_t i = 0; i < c->ev.n; i++) {
		const struct cdat_event *e = &c->ev.ring[(c->ev.head + i) % c->ev.cap];

		if (e->event == k.a) {
			out->event = *e;
			return true;
		}
	}
	return false;
}

static bool
read_notify(struct cdat_core *c, struct cdat_key k, union cdat_record *out)
{
	if (k.a < 1 || k.a > CDAT_EV_KINDS)
		return false;
	out->notify = c->ev.kinds[k.a];
	return true;
}

static const reader readers[CDAT_K_LAST + 1] = {
	[CDAT_K_CLUSTER] = read_cluster, [CDAT_K_PARAMS] = read_params, [CDAT_K_NODE] = read_node,
	[CDAT_K_ADAPTER] = read_adapter, [CDAT_K_PATH] = read_path,
	[CDAT_K_COMPONENT] = read_component, [CDAT_K_MEMBER] = read_member,
	[CDAT_K_PERSP] = read_persp, [CDAT_K_STATS] = read_stats, [CDAT_K_ROLE] = read_role,
	[CDAT_K_ROUTE] = read_route, [CDAT_K_EVENT] = read_event, [CDAT_K_NOTIFY] = read_notify,
	[CDAT_K_WANTED] = read_wanted,
};

bool cdat_core_read(struct cdat_core *c, enum cdat_kind kind, struct cdat_key key,
		    union cdat_record *out, uint64_t now)
{
	if (now > c->now)
		c->now = now;
	memset(out, 0, sizeof *out);
	return (unsigned)kind <= CDAT_K_LAST && readers[kind] != NULL && readers[kind](c, key, out);
}

const struct cdat_table *
cdat_core_table(const struct cdat_core *c)
{
	return c->table;
}

uint16_t
cdat_core_local_node(const struct cdat_core *c)
{
	return c->self;
}

uint16_t
cdat_core_resolve(const struct cdat_core *c, const char *name)
{
	const struct cdat_tnode *t = c->table != NULL ? cdat_table_by_name(c->table, name) : NULL;

	return t != NULL ? t->node.node : 0;
}
