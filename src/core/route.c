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

static struct croute *
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

/* The addresses to know of, after each change of the table; asks the edge for them. */
void
route_update(struct cdat_core *c)
{
	size_t n = 0, cap = 0;
	struct croute *routes = NULL;
	struct cdat_addr *ask;

	for (size_t i = 0; i < cdat_table_count(c->table); i++) {
		const struct cdat_tnode *t = cdat_table_at(c->table, i);

		if (t->node.node == c->self || t->node.row != CDAT_ROW_ACTIVE || c->self == 0)
			continue;
		for (unsigned k = 0; k < t->nadapters; k++) {
			const struct cdat_adapter *a = &t->adapters[k];
			struct croute *old = route_find(c, a->node, a->adapter);

			if (a->row != CDAT_ROW_ACTIVE || a->addr.family == CDAT_AF_NONE)
				continue;
			if (!grow((void **)&routes, &cap, n + 1, sizeof *routes))
				goto done;
			memset(&routes[n], 0, sizeof routes[n]);
			if (old != NULL && cdat_addr_same(&old->to, &a->addr))
				routes[n] = *old;
			routes[n].to = a->addr;
			routes[n].r.node = a->node;
			routes[n].r.adapter = a->adapter;
			wanted_of(c, &a->addr, &routes[n].r.wanted);
			n++;
		}
	}
done:
	free(c->routes);
	c->routes = routes;
	c->nroutes = n;
	ask = n > 0 ? calloc(n, sizeof *ask) : NULL;
	for (size_t i = 0; ask != NULL && i < n; i++)
		ask[i] = routes[i].to;
	if (ask != NULL)
		out_addrs(c, CDAT_OUT_ROUTES, ask, n);
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
route_source(struct cdat_core *c, const struct cdat_route *r, const struct cdat_addr *source)
{
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
	cdat_link_source(c->link, r->node, r->adapter, local);
}

static bool
same_way(const struct croute *a, const struct croute *b)
{
	if (!a->known || !b->known || a->r.state == CDAT_ROUTE_ABSENT || b->r.state == CDAT_ROUTE_ABSENT)
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
	r->known = true;
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
		route_source(c, &r->r, &k->source);
}

void
route_take(struct cdat_core *c, const struct cdat_kernel_route *routes, size_t n)
{
	for (size_t i = 0; i < c->nroutes; i++) {
		/* answers come in the order of the question; else they are looked for */
		const struct cdat_kernel_route *k = n == c->nroutes &&
		    cdat_addr_same(&routes[i].to, &c->routes[i].to) ? &routes[i]
		    : answer_for(&c->routes[i].to, routes, n);

		if (k != NULL)
			route_set(c, &c->routes[i], k);
	}
	for (size_t i = 0; i < c->nroutes; i++) {
		struct croute *r = &c->routes[i];

		r->r.shared = r->known ? route_shared(c, r) : 0;
		dirty(c, CDAT_K_ROUTE, r->r.node, r->r.adapter);
		if (r->known)
			route_event(c, r);
	}
}
