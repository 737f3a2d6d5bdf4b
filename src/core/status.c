/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The agreed status of adapters (cdatAdapterOperStatus) and the holders of roles.
 *
 * Watchers report to the coordinator when a path of theirs comes up or goes down.  An
 * adapter is down when all watchers of its node say so, for as long as a dead node would
 * need to be found out: the death of a node is one event, not one for each address.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/internal.h"

#define ROWS_MAX ((ALL_WATCH + 1) * CDAT_NODE_ADAPTERS * STATUS_ROW)

struct adapter_state *
status_of(struct member *m, uint8_t adapter)
{
	for (unsigned i = 0; m != NULL && i < m->nadapters; i++)
		if (m->adapters[i].adapter == adapter)
			return &m->adapters[i];
	return NULL;
}

void
status_free(struct member *m)
{
	for (unsigned i = 0; i < m->nadapters; i++)
		free(m->adapters[i].votes);
	free(m->adapters);
	m->adapters = NULL;
	m->nadapters = 0;
}

/* Rows as the table has them; what stays keeps its state. */
void
status_rows(struct cdat_core *c, struct member *m)
{
	const struct cdat_tnode *t = cdat_table_node(c->table, m->node);
	size_t size = t->nadapters * sizeof(struct adapter_state);
	struct adapter_state *rows = calloc(1, size != 0 ? size : 1);

	if (rows == NULL)
		return;
	for (unsigned k = 0; k < t->nadapters; k++) {
		struct adapter_state *old = status_of(m, t->adapters[k].adapter);

		if (old != NULL) {
			rows[k] = *old;
			old->votes = NULL;
			continue;
		}
		rows[k].adapter = t->adapters[k].adapter;
		rows[k].oper = CDAT_REACH_UNKNOWN;
		rows[k].changed_mono = c->now;
	}
	tally_stale(c);
	status_free(m);
	m->adapters = rows;
	m->nadapters = t->nadapters;
}

static void
oper_put(struct cdat_core *c, struct member *m, struct adapter_state *a, uint8_t oper)
{
	if (a->oper == oper)
		return;
	if (oper == CDAT_DOWN)
		a->down_count++;
	a->oper = oper;
	a->changed_mono = c->now;
	tally_stale(c);
	dirty(c, CDAT_K_ADAPTER, m->node, a->adapter);
	dirty(c, CDAT_K_NODE, m->node, 0);
	dirty_cluster(c);
}

/* All adapters of a node at once, without events: it came or went as a whole. */
void
status_set(struct cdat_core *c, struct member *m, uint8_t oper)
{
	for (unsigned i = 0; i < m->nadapters; i++)
		oper_put(c, m, &m->adapters[i], oper);
}

/* ---- reports ---- */

static bool
row_next(struct cdat_view *rows, uint16_t *node, uint8_t *adapter, uint8_t *state)
{
	const uint8_t *d = rows->data;

	if (rows->len < STATUS_ROW)
		return false;
	*node = (uint16_t)(d[0] << 8 | d[1]);
	*adapter = d[2];
	*state = d[3];
	rows->data += STATUS_ROW;
	rows->len -= STATUS_ROW;
	return true;
}

static void
row_put(struct cdat_writer *w, uint16_t node, uint8_t adapter, uint8_t state)
{
	cdat_put_uint(w, node, 2);
	cdat_put_uint(w, adapter, 1);
	cdat_put_uint(w, state, 1);
}

void
status_path(struct cdat_core *c, uint16_t node, uint8_t adapter, uint8_t to)
{
	uint8_t row[STATUS_ROW];
	const struct member *m = member_find(c, node);
	struct cdat_writer w;
	struct p_paths p;

	if (m == NULL || !m->in_view || !m->watched || (to != CDAT_UP && to != CDAT_DOWN))
		return;
	cdat_writer_init(&w, row, sizeof row);
	row_put(&w, node, adapter, to);
	p.rows = cdat_written(&w);
	core_tell(c, c->view.coord, CDAT_P_PATH_REPORT, &p);
}

/* False: no memory to note it. */
static bool
vote(struct cdat_core *c, uint16_t from, uint16_t node, uint8_t adapter, uint8_t state)
{
	struct member *m = member_find(c, node);
	struct adapter_state *a = status_of(m, adapter);
	struct adapter_votes *v;
	unsigned i = 0;

	if (a == NULL || !m->in_view)
		return true;
	if (a->votes == NULL)
		a->votes = calloc(1, sizeof *a->votes);
	v = a->votes;
	if (v == NULL)
		return false;
	while (i < v->down && v->voters[i] != from)
		i++;
	if (state == CDAT_DOWN) {
		if (i == v->down && i < sizeof v->voters / sizeof v->voters[0])
			v->voters[v->down++] = from;
		return true;
	}
	v->up_seen = true;
	if (i < v->down)
		v->voters[i] = v->voters[--v->down];
	return true;
}

/* False: no memory to note it; a report is not repeated, so it is to be handled again. */
bool
status_report(struct cdat_core *c, uint16_t from, const struct p_paths *p)
{
	struct cdat_view rows = p->rows;
	uint8_t adapter, state;
	bool noted = true;
	uint16_t node;

	if (!am_coord(c) || !in_view(c, from))
		return true;
	while (row_next(&rows, &node, &adapter, &state))
		if (state == CDAT_UP || state == CDAT_DOWN)
			noted &= vote(c, from, node, adapter, state);
	return noted;
}

/* ---- the coordinator agrees ---- */

static unsigned
watchers(const struct cdat_core *c)
{
	return c->view.n <= ALL_WATCH ? c->view.n - 1u : RING_WATCH;
}

static uint8_t
oper_judge(struct cdat_core *c, const struct member *m, struct adapter_state *a)
{
	uint64_t hold = (uint64_t)core_params(c)->heartbeat_ms * MS * core_params(c)->silence_limit;
	struct adapter_votes *v = a->votes;

	if (v == NULL)
		return a->oper;
	if (v->down < watchers(c) || watchers(c) == 0) {
		v->down_since = 0;
		return v->up_seen ? CDAT_UP : a->oper;
	}
	if (v->down_since == 0)
		v->down_since = c->now;
	return c->now - v->down_since >= hold && !m->doubt ? CDAT_DOWN : a->oper;
}

/* What changed, to all. */
static void
status_changes(struct cdat_core *c, struct cdat_writer *w)
{
	struct p_status s = { .serial = c->status_serial };

	for (size_t i = 0; i < c->nmembers; i++) {
		struct member *m = c->members[i];

		for (unsigned k = 0; m->in_view && k < m->nadapters; k++) {
			struct adapter_state *a = &m->adapters[k];
			uint8_t oper = oper_judge(c, m, a);

			if (oper != a->oper && (oper == CDAT_UP || oper == CDAT_DOWN))
				row_put(w, m->node, a->adapter, oper);
		}
	}
	if (w->len == 0)
		return;
	c->status_serial++;
	s.rows = cdat_written(w);
	core_tell_all(c, CDAT_P_STATUS, &s);
	core_tell(c, c->self, CDAT_P_STATUS, &s);
}

/* All there is, to those who have no or another coordinator's word of it. */
static void
status_all(struct cdat_core *c, struct cdat_writer *w)
{
	struct p_status s = { .full = true };

	for (size_t i = 0; i < c->nmembers; i++) {
		const struct member *m = c->members[i];

		for (unsigned k = 0; m->in_view && k < m->nadapters; k++)
			if (c->status_unknown || m->adapters[k].oper != CDAT_REACH_UNKNOWN)
				row_put(w, m->node, m->adapters[k].adapter, m->adapters[k].oper);
	}
	s.rows = cdat_written(w);
	for (size_t i = 0; i < c->nmembers; i++) {
		struct member *m = c->members[i];

		if (m->status_due && m->in_view && w->len > 0)
			core_tell(c, m->node, CDAT_P_STATUS, &s);
		m->status_due = false;
	}
	c->status_full = c->status_unknown = false;
}

void
status_tick(struct cdat_core *c)
{
	struct cdat_writer w;
	size_t cap = 0;
	uint8_t *buf;

	if (!am_coord(c) || !c->view.stable)
		return;
	for (size_t i = 0; i < c->nmembers; i++)
		cap += c->members[i]->nadapters * (size_t)STATUS_ROW;
	buf = malloc(cap + 1);
	if (buf == NULL)
		return;
	cdat_writer_init(&w, buf, cap);
	if (c->status_full)
		status_all(c, &w);
	else
		status_changes(c, &w);
	free(buf);
}

/* ---- all take it ---- */

static void adapter_event(struct cdat_core *c, const struct member *m, uint8_t adapter, bool down,
			  uint32_t serial)
{
	const struct cdat_tnode *t = cdat_table_node(c->table, m->node);
	const struct cdat_adapter *a = t != NULL ? cdat_tnode_adapter(t, adapter) : NULL;
	uint8_t order[CDAT_NODE_ADAPTERS];
	struct cdat_event ev = { .node = m->node, .adapter = adapter };
	char text[64];

	if (a == NULL)
		return;
	bool primary = cdat_tnode_order(t, order) > 0 && order[0] == adapter;
	ev.kind = down ? CDAT_EV_ADAPTER_DOWN : CDAT_EV_ADAPTER_UP;
	ev.severity = !down ? CDAT_SEV_CLEARED : primary ? CDAT_SEV_MAJOR : CDAT_SEV_MINOR;
	ev.addr = a->addr;
	if (ev.addr.port == 0)
		ev.addr.port = c->port;
	ev.uid = event_uid(c, ev.kind,
			   (uint64_t)serial << 24 | (uint64_t)m->node << 8 | adapter);
	snprintf(ev.text, sizeof ev.text, "%s/%u %s %s: %s", t->node.name, adapter,
		 cdat_addr_text(&a->addr, text, sizeof text), down ? "down" : "up",
		 down ? "no member reaches the node by it" : "answers again");
	event_emit(c, &ev);
}

void
status_take(struct cdat_core *c, uint16_t from, const struct p_status *s)
{
	struct cdat_view rows = s->rows;
	uint8_t adapter, state;
	uint16_t node;

	if (from != c->view.coord)
		return;
	while (row_next(&rows, &node, &adapter, &state)) {
		struct member *m = member_find(c, node);
		struct adapter_state *a = status_of(m, adapter);
		uint8_t was = a != NULL ? a->oper : 0;

		if (a == NULL || !m->in_view || was == state || state < CDAT_UP ||
		    state > CDAT_REACH_UNKNOWN)
			continue;
		oper_put(c, m, a, state);
		if (s->full)	/* what was agreed before we came, and told by those who were there */
			continue;
		if (state == CDAT_DOWN)
			adapter_event(c, m, adapter, true, s->serial);
		else if (state == CDAT_UP && was == CDAT_DOWN)
			adapter_event(c, m, adapter, false, s->serial);
	}
	c->roles_stale = true;
}

/* A new view: votes start anew.  Those who come new are told all states, and all are when
 * the coordinator is another: the last word of the one before may have reached only some. */
void
status_view(struct cdat_core *c)
{
	bool other = c->status_coord != c->view.coord;

	c->status_coord = c->view.coord;
	c->status_unknown |= other || c->pend.in.merged;
	for (size_t i = 0; i < c->nmembers; i++) {
		struct member *m = c->members[i];

		m->status_due = m->in_view && m->node != c->self &&
		    (m->status_due || other || m->since_mono == c->view.since_mono);
		for (unsigned k = 0; k < m->nadapters; k++) {
			free(m->adapters[k].votes);
			m->adapters[k].votes = NULL;
		}
	}
	c->status_full = true;
}

/* The view is stable, so its coordinator counts for it: every member tells what its paths are. */
void
status_tell(struct cdat_core *c)
{
	uint8_t buf[ROWS_MAX];
	size_t n;
	struct member **list = members_attended(c, &n);
	struct cdat_writer w;
	struct cdat_path path;
	struct p_paths p;

	cdat_writer_init(&w, buf, sizeof buf);
	for (size_t i = 0; i < n; i++) {
		const struct member *m = list[i];

		for (unsigned k = 0; m->in_view && m->watched && k < m->nadapters; k++)
			if (cdat_link_path(c->link, m->node, m->adapters[k].adapter, &path) &&
			    (path.state == CDAT_UP || path.state == CDAT_DOWN))
				row_put(&w, m->node, m->adapters[k].adapter, path.state);
	}
	p.rows = cdat_written(&w);
	if (w.len > 0 && !w.failed)
		core_tell(c, c->view.coord, CDAT_P_PATH_REPORT, &p);
}

/* ---- roles ---- */

static bool
role_eligible(void *ctx, uint16_t node)
{
	const struct cdat_core *c = ctx;
	const struct member *m = member_find(c, node);

	if (node == c->self)
		return c->view.epoch != 0;
	/* agreed membership only: doubt is this member's own and would tell them apart */
	return m != NULL && m->in_view;
}

static uint8_t
role_class(void *ctx, uint16_t node)
{
	const struct cdat_core *c = ctx;
	const struct cdat_tnode *t = cdat_table_node(c->table, node);
	struct member *m = member_find(c, node);
	uint8_t best = 0;

	for (unsigned k = 0; t != NULL && k < t->nadapters; k++) {
		const struct cdat_adapter *a = &t->adapters[k];
		const struct adapter_state *s = status_of(m, a->adapter);

		if (a->row == CDAT_ROW_ACTIVE && a->admin == CDAT_ADMIN_UP &&
		    (s == NULL || s->oper != CDAT_DOWN) && a->class_ > best)
			best = a->class_;
	}
	return best;
}

static void
role_event(struct cdat_core *c, const struct cdat_role *r, uint16_t before)
{
	struct cdat_event ev = { .kind = CDAT_EV_ROLE_MOVED, .severity = CDAT_SEV_MINOR,
				 .node = r->holder, .role = r->role,
				 .number = before };

	if (r->state == CDAT_ROLE_PREFERRED)
		ev.severity = CDAT_SEV_CLEARED;
	else if (r->holder == 0)
		ev.severity = CDAT_SEV_MAJOR;
	ev.uid = event_uid(c, ev.kind, (uint32_t)(r->agreed & 0x7ff) << 16 | r->role);
	if (r->holder != 0)
		snprintf(ev.text, sizeof ev.text, "role %s is on %s, %u backup%s", r->name,
			 node_name(c, r->holder), r->backups, r->backups == 1 ? "" : "s");
	else
		snprintf(ev.text, sizeof ev.text, "role %s is %s", r->name,
			 r->state == CDAT_ROLE_SUSPENDED ? "suspended: no majority" : "vacant");
	event_emit(c, &ev);
}

static const struct cdat_role *
role_old(const struct cdat_core *c, uint16_t role)
{
	for (size_t i = 0; i < c->nroles; i++)
		if (c->roles[i].role == role)
			return &c->roles[i];
	return NULL;
}

/* A view begins: all its members go on from the holders that its proposer knew, so that the
 * sticky ones stay where they are also for who comes new. */
void
roles_begin(struct cdat_core *c, struct cdat_view list)
{
	c->role_based = true;
	c->nrole_base = 0;
	while (c->nrole_base < c->capbase &&
	       cdat_list_next(&list, &cdat_msg_p_role, &c->role_base[c->nrole_base]))
		c->nrole_base++;
}

bool
roles_reserve(struct cdat_core *c, size_t n)
{
	return grow((void **)&c->role_base, &c->capbase, n, sizeof *c->role_base) &&
	    grow((void **)&c->role_next, &c->capnext, n, sizeof *c->role_next);
}

/* cdatRoleMoves counts what this member saw since it started; what the component has counted
 * tells its events apart, and begins with that of the view's proposer. */
static void
role_basis(const struct cdat_core *c, const struct cdat_role *old, struct cdat_role *r)
{
	r->holder = old != NULL && !c->role_based ? old->holder : 0;
	r->agreed = old != NULL && !c->role_based ? old->agreed : 0;
	r->moves = old != NULL ? old->moves : 0;
	r->changed_mono = old != NULL ? old->changed_mono : 0;
	for (size_t i = 0; c->role_based && i < c->nrole_base; i++)
		if (c->role_base[i].role == r->role) {
			r->holder = c->role_base[i].holder;
			r->agreed = c->role_base[i].moves;
		}
	r->moves += old != NULL && r->holder != old->holder;
}

void
roles_update(struct cdat_core *c)
{
	struct cdat_role_view v = { role_eligible, role_class, c, false };
	const struct cdat_role *conf = NULL;
	size_t n = c->table != NULL ? cdat_table_roles(c->table, &conf) : 0, cap;
	struct cdat_role *roles;

	/* without memory they stay stale, and the next input tries again */
	if (c->view.epoch != 0 && !roles_reserve(c, n))
		return;
	c->roles_stale = false;
	if (c->view.epoch == 0)
		return;
	roles = c->role_next;
	v.majority = standing(c) != CDAT_MINORITY;
	for (size_t i = 0; i < n; i++) {
		const struct cdat_role *old = role_old(c, conf[i].role);

		roles[i] = conf[i];
		role_basis(c, old, &roles[i]);
		(void)cdat_role_assign(&roles[i], &v);
		if (roles[i].holder != (old != NULL ? old->holder : 0)) {
			roles[i].changed_mono = c->now;
			role_event(c, &roles[i], old != NULL ? old->holder : 0);
		}
		dirty(c, CDAT_K_ROLE, roles[i].role, 0);
	}
	for (size_t i = 0; i < c->nroles; i++) {
		size_t k = 0;

		while (k < n && roles[k].role != c->roles[i].role)
			k++;
		if (k == n)
			dirty_gone(c, CDAT_K_ROLE, c->roles[i].role, 0);
	}
	c->role_based = false;
	c->role_next = c->roles;
	c->roles = roles;
	cap = c->capnext;
	c->capnext = c->caproles;
	c->caproles = cap;
	c->nroles = n;
}
