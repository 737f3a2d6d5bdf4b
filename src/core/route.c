/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the kernel's routing table does with the addresses of other nodes (FIG. 8): by
 * which router each leaves, whether it is the one that the administrator wants, and
 * whether an alternate leaves the same way as a better address and so is none.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/internal.h"

struct croute *
route_find(struct cdat_core *c, uint16_t node, uint8_t adapter)
{
	size_t lo = 0, hi = c->nroutes;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		const struct cdat_route *r = &c->routes[mid].r;

		if (r->node < node || (r->node == node && r->adapter < adapter))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < c->nroutes && c->routes[lo].r.node == node && c->routes[lo].r.adapter == adapter
	    ? &c->routes[lo] : NULL;
}

static void
wanted_of(const struct cdat_core *c, const struct cdat_addr *to, struct cdat_addr *via)
{
	const struct cdat_wanted *w = NULL;
	size_t n = cdat_table_wanted(c->table, &w);
	unsigned best = 0;

	memset(via, 0, sizeof *via);
	for (size_t i = 0; i < n; i++)
		if (w[i].node == c->self && w[i].prefix_len + 1u > best &&
		    cdat_addr_in_prefix(to, &w[i].subnet, w[i].prefix_len)) {
			*via = w[i].via;
			best = w[i].prefix_len + 1u;
		}
}

static bool
is_way(const struct cdat_core *c, const struct cdat_tnode *t, const struct cdat_adapter *a)
{
	return a->addr.family != CDAT_AF_NONE &&
	    path_exists(c, (struct cdat_key){ t->node.node, a->adapter });
}

/* The addresses of others, to know the way to; returns how many.  Into `out`, where that is
 * not NULL. */
static size_t
routes_wanted(const struct cdat_core *c, struct cdat_addr *out)
{
	size_t n = 0;

	for (size_t i = 0; c->self != 0 && i < cdat_table_count(c->table); i++) {
		const struct cdat_tnode *t = cdat_table_at(c->table, i);

		for (unsigned k = 0; k < t->nadapters; k++) {
			if (!is_way(c, t, &t->adapters[k]))
				continue;
			if (out != NULL)
				out[n] = t->adapters[k].addr;
			n++;
		}
	}
	return n;
}

static uint64_t
addr_hash(uint64_t h, const struct cdat_addr *a)
{
	uint64_t word[2];

	memcpy(word, a->octets, sizeof word);
	return core_hash(core_hash(core_hash(h ^ a->family) ^ word[0]) ^ word[1]);
}

/* Of what the ways depend on in the table: all addresses and what is wanted here. */
static uint64_t
routes_hash(const struct cdat_core *c)
{
	const struct cdat_wanted *w = NULL;
	size_t n = cdat_table_wanted(c->table, &w);
	uint64_t h = c->self;

	for (size_t i = 0; i < cdat_table_count(c->table); i++) {
		const struct cdat_tnode *t = cdat_table_at(c->table, i);

		for (unsigned k = 0; t->node.row == CDAT_ROW_ACTIVE && k < t->nadapters; k++)
			if (t->adapters[k].row == CDAT_ROW_ACTIVE)
				h = addr_hash(h ^ (uint64_t)t->node.node << 16 ^ t->adapters[k].adapter,
					      &t->adapters[k].addr);
	}
	for (size_t i = 0; i < n; i++)
		if (w[i].node == c->self)
			h = addr_hash(addr_hash(h ^ w[i].prefix_len, &w[i].subnet), &w[i].via);
	return h != 0 ? h : 1;
}

/* What we know stays, as far as the address is the same. */
static void
routes_keep(struct cdat_core *c)
{
	size_t keep = 0;

	for (size_t i = 0; i < c->nroutes; i++) {
		struct croute *r = &c->routes[i];
		const struct cdat_tnode *t = cdat_table_node(c->table, r->r.node);
		const struct cdat_adapter *a = t != NULL ? cdat_tnode_adapter(t, r->r.adapter) : NULL;

		if (a == NULL || !path_exists(c, (struct cdat_key){ r->r.node, r->r.adapter }) ||
		    !cdat_addr_same(&a->addr, &r->to))
			continue;
		wanted_of(c, &r->to, &r->r.wanted);
		c->routes[keep++] = *r;
	}
	c->nroutes = keep;
}

/* After each change of the table: asks the edge for the ways, if they are to other addresses
 * than before or wanted to be other ones. */
void
route_update(struct cdat_core *c)
{
	uint64_t hash = routes_hash(c);
	struct cdat_addr *ask;
	size_t n;

	routes_keep(c);
	if (hash == c->routes_hash)
		return;
	n = routes_wanted(c, NULL);
	ask = n > 0 ? calloc(n, sizeof *ask) : NULL;
	if (ask == NULL)
		return;
	(void)routes_wanted(c, ask);
	out_addrs(c, CDAT_OUT_ROUTES, ask, n);
	c->routes_hash = hash;
	free(ask);
}

/* ---- answers ---- */

static const struct cdat_kernel_route *
answer_for(const struct cdat_addr *to, const struct cdat_kernel_route *k, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (cdat_addr_same(&k[i].to, to))
			return &k[i];
	return NULL;
}

static void
route_source(struct cdat_core *c, struct croute *way, const struct cdat_addr *source)
{
	const struct cdat_route *r = &way->r;
	const struct cdat_tnode *me = cdat_table_node(c->table, c->self);
	uint8_t local = 0;

	for (unsigned k = 0; me != NULL && k < me->nadapters; k++)
		if (me->adapters[k].row == CDAT_ROW_ACTIVE &&
		    cdat_addr_same(&me->adapters[k].addr, source))
			local = me->adapters[k].adapter;
	/* the kernel may prefer an address that is not ours in the table: one on that interface is */
	for (unsigned k = 0; local == 0 && me != NULL && k < me->nadapters; k++)
		for (size_t i = 0; i < c->nlocals; i++)
			if (c->locals[i].ifindex == r->ifindex && r->ifindex != 0 &&
			    cdat_addr_same(&c->locals[i].addr, &me->adapters[k].addr))
				local = me->adapters[k].adapter;
	way->local = local;
	cdat_link_source(c->link, r->node, r->adapter, local);
}

/* Our adapter that the kernel uses towards an address; 0: not known. */
uint8_t
route_local(struct cdat_core *c, uint16_t node, uint8_t adapter)
{
	const struct croute *r = route_find(c, node, adapter);

	return r != NULL ? r->local : 0;
}

static bool
same_way(const struct croute *a, const struct croute *b)
{
	if (a->r.state == CDAT_ROUTE_ABSENT || b->r.state == CDAT_ROUTE_ABSENT)
		return false;
	if (a->r.hop.family != CDAT_AF_NONE || b->r.hop.family != CDAT_AF_NONE)
		return cdat_addr_same(&a->r.hop, &b->r.hop);
	return a->r.ifindex == b->r.ifindex;
}

/* The better-ranked adapter of the node whose packets leave the same way. */
static uint8_t
route_shared(struct cdat_core *c, const struct croute *r)
{
	const struct cdat_tnode *t = cdat_table_node(c->table, r->r.node);
	uint8_t order[CDAT_NODE_ADAPTERS];
	size_t n = t != NULL ? cdat_tnode_order(t, order) : 0;

	for (size_t i = 0; i < n && order[i] != r->r.adapter; i++) {
		const struct croute *other = route_find(c, r->r.node, order[i]);

		if (other != NULL && same_way(other, r))
			return order[i];
	}
	return 0;
}

static void
route_event(struct cdat_core *c, struct croute *r)
{
	struct cdat_event ev = { .kind = CDAT_EV_ROUTE_SHARED, .severity = CDAT_SEV_WARNING,
				 .node = r->r.node, .adapter = r->r.adapter, .addr = r->to };
	bool bad = r->r.shared != 0 || r->r.state == CDAT_ROUTE_MISMATCH ||
		   r->r.state == CDAT_ROUTE_ABSENT;
	char to[64], hop[64];

	if (!bad || r->told) {
		r->told = bad;
		return;
	}
	r->told = true;
	cdat_addr_text(&r->to, to, sizeof to);
	cdat_addr_text(&r->r.hop, hop, sizeof hop);
	if (r->r.state == CDAT_ROUTE_ABSENT)
		snprintf(ev.text, sizeof ev.text, "no route to %s of %s", to, node_name(c, r->r.node));
	else if (r->r.state == CDAT_ROUTE_MISMATCH)
		snprintf(ev.text, sizeof ev.text, "%s of %s leaves by %s, not by the wanted router", to,
			 node_name(c, r->r.node), r->r.hop.family != CDAT_AF_NONE ? hop : "the subnet");
	else
		snprintf(ev.text, sizeof ev.text, "%s of %s leaves the same way as adapter %u", to,
			 node_name(c, r->r.node), r->r.shared);
	event_emit(c, &ev);
}

static void
route_set(struct cdat_core *c, struct croute *r, const struct cdat_kernel_route *k)
{
	r->r.hop = k->via;
	r->r.ifindex = k->absent ? 0 : k->ifindex;
	snprintf(r->r.ifname, sizeof r->r.ifname, "%s", k->absent ? "" : k->ifname);
	if (k->absent)
		r->r.state = CDAT_ROUTE_ABSENT;
	else if (r->r.wanted.family != CDAT_AF_NONE && !cdat_addr_same(&r->r.wanted, &k->via))
		r->r.state = CDAT_ROUTE_MISMATCH;
	else
		r->r.state = k->via.family == CDAT_AF_NONE ? CDAT_ROUTE_DIRECT : CDAT_ROUTE_GATEWAY;
	if (!k->absent)
		route_source(c, r, &k->source);
}

/* Rows of all ways that are known, by rising node and adapter. */
static size_t
routes_fill(struct cdat_core *c, struct croute *rows, const struct cdat_kernel_route *answers,
	    size_t n, bool in_order)
{
	size_t at = 0, filled = 0;

	for (size_t i = 0; c->self != 0 && i < cdat_table_count(c->table); i++) {
		const struct cdat_tnode *t = cdat_table_at(c->table, i);

		for (unsigned k = 0; k < t->nadapters; k++) {
			const struct cdat_adapter *a = &t->adapters[k];
			const struct cdat_kernel_route *is;
			const struct croute *old;
			struct croute *r = &rows[filled];

			if (!is_way(c, t, a))
				continue;
			/* answers come in the order of the question; else they are looked for */
			is = in_order && cdat_addr_same(&answers[at].to, &a->addr) ? &answers[at]
			    : answer_for(&a->addr, answers, n);
			at++;
			old = route_find(c, a->node, a->adapter);
			if (is == NULL && old == NULL)
				continue;
			*r = old != NULL ? *old : (struct croute){ .to = a->addr };
			r->r.node = a->node;
			r->r.adapter = a->adapter;
			wanted_of(c, &a->addr, &r->r.wanted);
			if (is != NULL)
				route_set(c, r, is);
			filled++;
		}
	}
	return filled;
}

void
route_take(struct cdat_core *c, const struct cdat_kernel_route *routes, size_t n)
{
	size_t ways = c->table != NULL ? routes_wanted(c, NULL) : 0;
	struct croute *rows = ways > 0 ? calloc(ways, sizeof *rows) : NULL;

	if (rows == NULL)
		return;
	ways = routes_fill(c, rows, routes, n, n == ways);
	free(c->routes);
	c->routes = rows;
	c->nroutes = ways;
	for (size_t i = 0; i < c->nroutes; i++) {
		struct croute *r = &c->routes[i];

		r->r.shared = route_shared(c, r);
		dirty(c, CDAT_K_ROUTE, r->r.node, r->r.adapter);
		route_event(c, r);
	}
}
