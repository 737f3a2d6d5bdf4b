/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Asks the kernel for routes, a portion each turn of the loop; see routes.h.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "host/log.h"
#include "daemon/routes.h"
#include "wire/attr.h"

enum { PORTION = 64 };		   /* questions in a turn: well under a millisecond */
static const double PAUSE = 0.001; /* seconds between turns, for what else there is to do */

struct routes {
	struct ev_loop *loop;
	struct netlink *netlink;
	routes_done *done;
	void *ctx;
	struct cdat_addr *to;
	struct cdat_kernel_route *found;
	size_t n, next;
	ev_timer turn;
};

static void on_turn(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct routes *r = w->data;
	size_t n = r->n - r->next < PORTION ? r->n - r->next : PORTION;

	(void)revents;
	netlink_routes(r->netlink, r->to + r->next, n, r->found + r->next);
	r->next += n;
	if (r->next < r->n)
		return;
	ev_timer_stop(loop, &r->turn);
	r->done(r->ctx, r->found, r->n);
}

struct routes *routes_new(struct ev_loop *loop, struct netlink *netlink, routes_done *done,
			  void *ctx)
{
	struct routes *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->loop = loop;
	r->netlink = netlink;
	r->done = done;
	r->ctx = ctx;
	ev_timer_init(&r->turn, on_turn, 0., PAUSE);
	r->turn.data = r;
	return r;
}

void routes_free(struct routes *r)
{
	if (r == NULL)
		return;
	ev_timer_stop(r->loop, &r->turn);
	free(r->to);
	free(r->found);
	free(r);
}

static void turn_soon(struct routes *r)
{
	if (r->n == 0 || ev_is_active(&r->turn))
		return;
	ev_timer_set(&r->turn, 0., PAUSE);
	ev_timer_start(r->loop, &r->turn);
}

/* The same as last time, and answered. */
static bool known(const struct routes *r, const struct cdat_addr *to, size_t n)
{
	size_t i = 0;

	while (i < n && i < r->n && cdat_addr_port_same(&to[i], &r->to[i]))
		i++;
	return i == n && n == r->n && r->next == n;
}

void routes_ask(struct routes *r, const struct cdat_addr *to, size_t n)
{
	struct cdat_addr *copy;
	struct cdat_kernel_route *found;

	if (known(r, to, n)) {
		turn_soon(r);
		return;
	}
	copy = calloc(n ? n : 1, sizeof(*copy));
	found = calloc(n ? n : 1, sizeof(*found));
	if (copy == NULL || found == NULL) {
		log_error("netlink", "not enough memory for the routes to %zu addresses", n);
		free(copy);
		free(found);
		return;
	}
	if (n > 0)
		memcpy(copy, to, n * sizeof(*copy));
	free(r->to);
	free(r->found);
	r->to = copy;
	r->found = found;
	r->n = n;
	routes_again(r);
}

void routes_again(struct routes *r)
{
	r->next = 0;
	turn_soon(r);
}
