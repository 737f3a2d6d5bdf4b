/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table in force: putting another image in its place, telling the links and the
 * readers what that changes, and the state that outlives the process.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/internal.h"

#define STATE_PREFIX 4u

/* The state: names it must match, and the entries of the table. */
struct s_state {
	uint32_t format;		/* what a reader must know of to lose nothing of it */
	char cluster[CDAT_NAME_MAX + 1], name[CDAT_NAME_MAX + 1];
	uint32_t epoch, version;
	bool fresh;
	struct cdat_view entries;	/* p_entry */
	uint32_t view;			/* epoch of the last view */
	struct cdat_view nodes;		/* p_node: its members */
	uint32_t seen_epoch, seen_version;
	struct cdat_view graves;	/* cdat_msg_grave; a reader that skips them loses nothing else */
};

static const struct cdat_field state_rows[] = {
	CDAT_ROW(struct s_state, format, 1, CDAT_T_U32),
	CDAT_ROW(struct s_state, cluster, 2, CDAT_T_TEXT),
	CDAT_ROW(struct s_state, name, 3, CDAT_T_TEXT),
	CDAT_ROW(struct s_state, epoch, 4, CDAT_T_U32),
	CDAT_ROW(struct s_state, version, 5, CDAT_T_U32),
	CDAT_ROW(struct s_state, fresh, 6, CDAT_T_BOOL),
	CDAT_ROW_SUB(struct s_state, entries, 7, CDAT_T_LIST, &cdat_msg_p_entry),
	CDAT_ROW(struct s_state, view, 8, CDAT_T_U32),
	CDAT_ROW_SUB(struct s_state, nodes, 9, CDAT_T_LIST, &cdat_msg_p_node),
	CDAT_ROW(struct s_state, seen_epoch, 10, CDAT_T_U32),
	CDAT_ROW(struct s_state, seen_version, 11, CDAT_T_U32),
	CDAT_ROW_SUB(struct s_state, graves, 12, CDAT_T_LIST, &cdat_msg_grave),
};
static CDAT_MSG_DEF(msg_state, struct s_state, state_rows);

static bool
state_entries(struct cdat_core *c, const struct s_state *s, char *err, size_t errlen)
{
	struct cdat_table *t = s->graves.len == 0 ? cdat_table_pool_read(c->pool, s->entries) : NULL;
	struct cdat_view list = s->entries;
	bool known = t != NULL;
	struct p_entry e;

	if (!known)
		t = cdat_table_new(0);
	if (t == NULL)
		return snprintf(err, errlen, "out of memory"), false;
	while (!known && cdat_list_next(&list, &cdat_msg_p_entry, &e)) {
		struct cdat_entry_id id;
		enum cdat_decode d = cdat_table_take_entry(t, e.entry, &id);

		if (d != CDAT_DEC_OK) {
			snprintf(err, errlen, "the saved table is damaged (%s)", cdat_decode_name(d));
			cdat_table_free(t);
			return false;
		}
	}
	if (!known && !cdat_table_take_graves(t, s->graves)) {
		cdat_table_free(t);
		return snprintf(err, errlen, "out of memory"), false;
	}
	if (!known && s->graves.len == 0)
		cdat_table_pool_note(c->pool, s->entries, t);
	cdat_table_set_version(t, s->version);
	table_put(c, t);
	return true;
}

static bool
base_take(struct cdat_core *c, struct cdat_view list)
{
	size_t n = cdat_list_count(list);
	struct p_node p;

	c->base_nodes = calloc(n + 1, sizeof *c->base_nodes);
	if (c->base_nodes == NULL)
		return false;
	while (c->nbase_nodes < n && cdat_list_next(&list, &cdat_msg_p_node, &p))
		c->base_nodes[c->nbase_nodes++] = p.node;
	return true;
}

/* The state is its length (4 octets) and one TLV message: all fields of that could be left
 * out, so a state cut between two of them would pass for a smaller one. */
static bool
state_whole(struct cdat_view *state)
{
	size_t len = 0;

	if (state->len < STATE_PREFIX)
		return false;
	for (unsigned i = 0; i < STATE_PREFIX; i++)
		len = len << 8 | state->data[i];
	state->data += STATE_PREFIX;
	state->len -= STATE_PREFIX;
	return len == state->len;
}

bool
state_take(struct cdat_core *c, struct cdat_view state, char *err, size_t errlen)
{
	struct s_state s;
	enum cdat_decode d;

	if (!state_whole(&state))
		return snprintf(err, errlen, "the saved state is torn"), false;
	d = cdat_decode(state, &msg_state, &s);
	if (d != CDAT_DEC_OK)
		return snprintf(err, errlen, "the saved state is damaged (%s)", cdat_decode_name(d)),
		    false;
	if (s.format > c->format)
		return snprintf(err, errlen, "the saved state has format %u, newer than %u, the latest of "
				"this version; go back to the newer version, or move the state file away "
				"and this node learns the table from the others", s.format, c->format),
		    false;
	if (strcmp(s.cluster, c->cluster) != 0)
		return snprintf(err, errlen, "the saved state is of cluster \"%s\", not of \"%s\"",
				s.cluster, c->cluster), false;
	if (strcmp(s.name, c->name) != 0)
		return snprintf(err, errlen, "the saved state is of node \"%s\", not of \"%s\"",
				s.name, c->name), false;
	c->max_epoch = c->promised = s.epoch;
	c->base = (struct place){ s.view, s.version };
	c->seen = (struct place){ s.seen_epoch, s.seen_version };
	c->fresh = s.fresh;
	if (!base_take(c, s.nodes))
		return snprintf(err, errlen, "out of memory"), false;
	return state_entries(c, &s, err, errlen);
}

static bool
state_encode(const struct cdat_table *image, struct cdat_writer *list, struct cdat_writer *one)
{
	struct cdat_entry_sum sum;
	size_t i = 0;

	list->len = 0;
	while (cdat_table_next_sum(image, &i, &sum)) {
		struct p_entry e;

		one->len = 0;
		if (!cdat_table_put_entry(image, sum.id, one))
			return false;
		e.entry = cdat_written(one);
		if (!cdat_list_add(list, &cdat_msg_p_entry, &e))
			return false;
	}
	return true;
}

/* The last view: ours, or as long as we are in none the one that was saved. */
static struct cdat_view
state_nodes(const struct cdat_core *c, struct s_state *s, uint8_t *buf, size_t cap)
{
	const uint16_t *nodes = c->view.epoch != 0 ? c->view.nodes : c->base_nodes;
	size_t n = c->view.epoch != 0 ? c->view.n : c->nbase_nodes;
	struct cdat_writer w;

	s->view = c->view.epoch != 0 ? c->view.epoch : c->base.epoch;
	cdat_writer_init(&w, buf, cap);
	for (size_t i = 0; i < n; i++) {
		struct p_node p = { nodes[i] };

		(void)cdat_list_add(&w, &cdat_msg_p_node, &p);
	}
	return cdat_written(&w);
}

/* Writes the whole, whose entries need the format `needs`. */
static bool
state_write(struct cdat_writer *w, struct s_state *s, uint8_t needs)
{
	struct cdat_writer head;

	if (s->format < needs)
		s->format = needs;
	cdat_put_uint(w, 0, STATE_PREFIX);
	if (!cdat_encode(w, &msg_state, s))
		return false;
	if (w->needs > s->format) {	/* told by the first field */
		w->len = 0;
		return state_write(w, s, w->needs);
	}
	cdat_writer_init(&head, w->data, STATE_PREFIX);
	cdat_put_uint(&head, w->len - STATE_PREFIX, STATE_PREFIX);
	return !head.failed;
}

uint64_t
state_store(struct cdat_core *c, const struct cdat_table *image)
{
	if (image == NULL || !out_store(c, c->store_ticket + 1))
		return 0;
	c->store_change = image == c->prep.image ? c->prep.id : 0;
	return ++c->store_ticket;
}

/* The table to be kept: that of a change that is prepared, once it has come so far. */
static const struct cdat_table *
state_image(const struct cdat_core *c, struct place *seen)
{
	bool prepared = c->store_change != 0 && c->store_change == c->prep.id;

	*seen = prepared ? c->prep.place : c->seen;
	return prepared ? c->prep.image : c->table;
}

uint8_t *
cdat_core_state(struct cdat_core *c, size_t *len)
{
	struct place seen;
	const struct cdat_table *image = state_image(c, &seen);
	size_t cap = image == NULL ? 0 : 4096 + cdat_table_count(image) * 2600u +
	    (cdat_table_roles(image, NULL) + cdat_table_wanted(image, NULL)) * 512u;
	size_t ncap = 16 + 8 * ((size_t)c->view.n + c->nbase_nodes), gcap = CDAT_GRAVES_OCTETS;
	uint8_t *buf = malloc(cap + gcap), *out = malloc(cap + gcap + ncap + 512),
		*nodes = malloc(ncap), one[8192];
	struct cdat_writer list, w, ow, graves;
	struct s_state s = { .format = 1 };
	bool ok = image != NULL && buf != NULL && out != NULL && nodes != NULL;

	cdat_writer_init(&ow, one, sizeof one);
	if (ok) {
		cdat_writer_init(&list, buf, cap);
		cdat_writer_init(&w, out, cap + gcap + ncap + 512);
		cdat_writer_init(&graves, buf + cap, gcap);
		snprintf(s.cluster, sizeof s.cluster, "%s", c->cluster);
		snprintf(s.name, sizeof s.name, "%s", c->name);
		s.epoch = c->max_epoch;
		s.version = cdat_table_version(image);
		s.fresh = c->fresh;
		s.nodes = state_nodes(c, &s, nodes, ncap);
		s.seen_epoch = seen.epoch;
		s.seen_version = seen.version;
		ok = state_encode(image, &list, &ow) && cdat_table_put_graves(image, &graves);
		s.entries = cdat_written(&list);
		s.graves = cdat_written(&graves);
		ok = ok && state_write(&w, &s, list.needs > ow.needs ? list.needs : ow.needs);
		*len = w.len;
	}
	free(buf);
	free(nodes);
	if (!ok) {
		free(out);
		return NULL;
	}
	/* it was made for the longest names there can be */
	buf = realloc(out, *len);
	return buf != NULL ? buf : out;
}

/* ---- another table in force ---- */

static void
rows_gone(struct cdat_core *c, const struct cdat_table *old, const struct cdat_table *image)
{
	for (size_t i = 0; old != NULL && i < cdat_table_count(old); i++) {
		const struct cdat_tnode *t = cdat_table_at(old, i);
		const struct cdat_tnode *n = cdat_table_node(image, t->node.node);

		if (n == t)
			continue;
		for (unsigned k = 0; k < t->nadapters; k++) {
			uint8_t a = t->adapters[k].adapter;

			if (n != NULL && cdat_tnode_adapter(n, a) != NULL)
				continue;
			dirty_gone(c, CDAT_K_ADAPTER, t->node.node, a);
			dirty_gone(c, CDAT_K_PATH, t->node.node, a);
			dirty_gone(c, CDAT_K_ROUTE, t->node.node, a);
		}
		if (n != NULL)
			continue;
		dirty_gone(c, CDAT_K_NODE, t->node.node, 0);
		if (t->node.node != c->self)
			cdat_link_peer_remove(c->link, t->node.node);
		member_drop(c, t->node.node);
	}
}

/* The addresses of a node as the link uses them, in the order of trying; none of one that is
 * not active. */
size_t
table_addrs(const struct cdat_core *c, const struct cdat_tnode *t, struct cdat_link_addr *out)
{
	uint8_t order[CDAT_NODE_ADAPTERS];
	size_t n = t->node.row == CDAT_ROW_ACTIVE ? cdat_tnode_order(t, order) : 0;

	for (size_t i = 0; i < n; i++) {
		const struct cdat_adapter *a = cdat_tnode_adapter(t, order[i]);

		out[i].adapter = a->adapter;
		out[i].addr = a->addr;
		if (out[i].addr.port == 0)
			out[i].addr.port = c->port;
		out[i].dscp = cdat_adapter_dscp(a);
		out[i].threshold = cdat_adapter_threshold(a, core_params(c));
		out[i].mtu = cdat_adapter_mtu(a);
		out[i].prefix = cdat_adapter_prefix(a);
	}
	return n;
}

static void
node_rows(struct cdat_core *c, const struct cdat_tnode *t)
{
	dirty(c, CDAT_K_NODE, t->node.node, 0);
	for (unsigned k = 0; k < t->nadapters; k++) {
		dirty(c, CDAT_K_ADAPTER, t->node.node, t->adapters[k].adapter);
		if (t->node.node != c->self) {
			dirty(c, CDAT_K_PATH, t->node.node, t->adapters[k].adapter);
			dirty(c, CDAT_K_ROUTE, t->node.node, t->adapters[k].adapter);
		}
	}
}

static void
node_put(struct cdat_core *c, const struct cdat_tnode *t)
{
	struct cdat_link_addr addrs[CDAT_NODE_ADAPTERS];
	struct member *m = member_make(c, t->node.node);
	size_t n = table_addrs(c, t, addrs);

	if (m == NULL)
		return;
	status_rows(c, m);
	if (!member_enabled(c, m->node) && !m->in_view)
		member_state(c, m, t->node.admin == CDAT_ADMIN_DOWN ? CDAT_NODE_DISABLED
								    : CDAT_INACTIVE);
	else if (m->state == CDAT_NODE_DISABLED)
		member_state(c, m, CDAT_INACTIVE);
	if (t->node.node == c->self)
		cdat_link_local(c->link, c->self, addrs, n, c->now);
	else if (cdat_link_knows(c->link, t->node.node))
		cdat_link_peer(c->link, t->node.node, addrs, n, c->now);
	node_rows(c, t);
}

/* Number, addresses and roles of ourselves first: the links need them for the others. */
static void
table_self(struct cdat_core *c)
{
	const struct cdat_tnode *me = cdat_table_by_name(c->table, c->name);

	if (me != NULL)
		c->self = me->node.node;
	else if (c->self != 0 && cdat_table_node(c->table, c->self) == NULL)
		c->self = 0;
	if (c->self != 0)
		node_put(c, cdat_table_node(c->table, c->self));
}

void
table_put(struct cdat_core *c, struct cdat_table *image)
{
	struct cdat_table *old = c->table;
	uint16_t was = c->self;
	bool all;

	if (image == old)
		return;
	image = cdat_table_pool_share(c->pool, image);
	/* an adapter without a threshold of its own has that of the parameters */
	all = old == NULL || cdat_table_params(old)->retry_threshold !=
	    cdat_table_params(image)->retry_threshold;
	c->table = image;
	tally_stale(c);
	rows_gone(c, old, image);
	cdat_link_params(c->link, core_params(c));
	table_self(c);
	for (size_t i = 0; i < cdat_table_count(image); i++) {
		const struct cdat_tnode *t = cdat_table_at(image, i);

		/* entries are shared between images: the same pointer is the same content */
		if (t->node.node != c->self &&
		    (all || was != c->self || cdat_table_node(old, t->node.node) != t))
			node_put(c, t);
	}
	/* facts of an address that is new to us follow at once */
	if (old != NULL && c->self != 0 &&
	    cdat_table_node(old, c->self) != cdat_table_node(image, c->self)) {
		c->facts_mono = 0;
		c->next_tick = c->now;
	}
	cdat_table_free(old);
	c->table_mono = c->now;
	c->roles_stale = true;
	if (c->phase == CDAT_ST_STARTING && c->self != 0)
		c->phase = CDAT_ST_LOOKING;
	dirty(c, CDAT_K_PARAMS, 0, 0);
	dirty_cluster(c);
	listen_update(c);
	watch_update(c);
	route_update(c);
}

/* ---- addresses to receive at ---- */

static bool
is_loopback(const struct cdat_addr *a)
{
	static const uint8_t one[16] = { [15] = 1 };

	return a->family == CDAT_AF_IPV4 ? a->octets[0] == 127 : memcmp(a->octets, one, sizeof one) == 0;
}

/* Whether an interface of this host has the address.  The host has all of 127.0.0.0/8,
 * though its interfaces name only one of them. */
bool
local_has(const struct cdat_core *c, const struct cdat_addr *a)
{
	for (size_t i = 0; i < c->nlocals; i++)
		if (cdat_addr_same(&c->locals[i].addr, a))
			return true;
	return c->loopback_ok && is_loopback(a);
}

static size_t
listen_add(const struct cdat_core *c, struct cdat_addr *out, size_t n, const struct cdat_table *t)
{
	const struct cdat_tnode *me = t != NULL && c->self != 0 ? cdat_table_node(t, c->self) : NULL;

	for (unsigned k = 0; me != NULL && k < me->nadapters; k++) {
		struct cdat_addr a = me->adapters[k].addr;
		size_t i = 0;

		if (a.family == CDAT_AF_NONE || !local_has(c, &a))
			continue;
		if (a.port == 0)
			a.port = c->port;
		while (i < n && !cdat_addr_port_same(&out[i], &a))
			i++;
		if (i == n)
			out[n++] = a;
	}
	return n;
}

/* Our addresses in the table, those of a change that is being prepared, and without a
 * table all addresses of this host. */
void
listen_update(struct cdat_core *c)
{
	size_t cap = 2 * CDAT_NODE_ADAPTERS + c->nlocals, n = 0, same = 0;
	struct cdat_addr *list = calloc(cap + 1, sizeof *list);

	if (list == NULL)
		return;
	n = listen_add(c, list, n, c->table);
	n = listen_add(c, list, n, c->prep.image);
	for (size_t i = 0; c->self == 0 && i < c->nlocals; i++) {
		const struct cdat_addr *a = &c->locals[i].addr;
		if (is_loopback(a) && !c->loopback_ok)
			continue;
		list[n] = *a;
		list[n++].port = c->port;
	}
	for (size_t i = 0; i < n && i < c->nlisten; i++)
		same += cdat_addr_port_same(&list[i], &c->listen[i]);
	if (n == c->nlisten && same == n) {
		free(list);
		return;
	}
	free(c->listen);
	c->listen = list;
	c->nlisten = n;
	out_addrs(c, CDAT_OUT_LISTEN, list, n);
}
