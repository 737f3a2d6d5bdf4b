/* SPDX-License-Identifier: BSD-2-Clause */
/* The state machine's frame: birth, inputs, the one deadline, and the dispatch of what
 * members tell each other. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/internal.h"

#define TICK_MAX (25u * MS)
#define TICK_MIN (2u * MS)
#define PAUSE_MIN (50u * MS)	/* a tick later than that was not scheduled in time */
#define LEAVE_AGAIN (300u * MS)
#define LEAVE_MAX (3000u * MS)	/* then we go, told or not */

_Static_assert(sizeof(struct member) <= 512, "5,000 members of 5,000 nodes must fit in 24 GiB");

/* splitmix64 */
uint64_t
core_hash(uint64_t x)
{
	x += 0x9e3779b97f4a7c15u;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

uint64_t
core_random(struct cdat_core *c)
{
	c->rng += 0x9e3779b97f4a7c15u;
	return core_hash(c->rng);
}

bool
grow(void **array, size_t *cap, size_t need, size_t size)
{
	size_t to = *cap != 0 ? *cap : 8;
	void *p;

	if (need <= *cap)
		return true;
	while (to < need)
		to *= 2;
	p = realloc(*array, to * size);
	if (p == NULL)
		return false;
	*array = p;
	*cap = to;
	return true;
}

const struct cdat_params *
core_params(const struct cdat_core *c)
{
	static const struct cdat_params defaults = {
		200, 3, 3, 10, 3000, 200, 1000, true, true, 800, CDAT_QUORUM_MAJORITY
	};

	return c->table != NULL ? cdat_table_params(c->table) : &defaults;
}

/* ---- birth ---- */

static bool
core_first_table(struct cdat_core *c, const struct cdat_core_config *cf, char *err, size_t errlen)
{
	struct cdat_rules rules = {
		.loopback_ok = cf->loopback_ok, .initial = true, .facts_ok = true,
		.default_port = cf->port, .max_nodes = CDAT_NODE_MAX,
	};
	struct cdat_outcome o;
	struct cdat_table *empty = cdat_table_new((uint32_t)core_random(c) & 0x3fffffff), *t;

	if (empty == NULL)
		return snprintf(err, errlen, "out of memory"), false;
	t = cdat_table_apply(empty, cf->table, cf->ntable, &rules, (struct cdat_stamp){ 0 }, &o);
	cdat_table_free(empty);
	if (t == NULL)
		return snprintf(err, errlen, "%s", o.text), false;
	c->fresh = true;
	table_put(c, t);
	return true;
}

static bool
core_setup(struct cdat_core *c, const struct cdat_core_config *cf, char *err, size_t errlen)
{
	struct cdat_link_config lc = {
		.keys = cf->keys, .cluster = c->cluster, .boot = cf->boot,
		.seed = core_random(c) | 1, .incarnation = cf->incarnation, .version = c->version,
		.format = c->format, .oldest = c->oldest,
	};

	c->scratch = malloc(CDAT_LINK_MESSAGE_MAX);
	c->link = cdat_link_new(&lc, &core_link_ops, c, c->now);
	if (c->scratch == NULL || c->link == NULL || !event_init(c) || !reserve_init(c) ||
	    !out_init(c))
		return snprintf(err, errlen, "out of memory"), false;
	if (cf->njoin > 0) {
		c->join = calloc(cf->njoin, sizeof *c->join);
		if (c->join == NULL)
			return snprintf(err, errlen, "out of memory"), false;
		memcpy(c->join, cf->join, cf->njoin * sizeof *c->join);
		c->njoin = cf->njoin;
	}
	if (cf->state.len > 0)
		return state_take(c, cf->state, err, errlen);
	if (cf->ntable > 0)
		return core_first_table(c, cf, err, errlen);
	listen_update(c);
	return true;
}

struct cdat_core *
cdat_core_new(const struct cdat_core_config *cf, uint64_t now, char *err, size_t errlen)
{
	struct cdat_core *c = calloc(1, sizeof *c);

	if (c == NULL) {
		snprintf(err, errlen, "out of memory");
		return NULL;
	}
	snprintf(c->cluster, sizeof c->cluster, "%s", cf->cluster);
	snprintf(c->name, sizeof c->name, "%s", cf->node);
	snprintf(c->version, sizeof c->version, "%s", cf->version != NULL ? cf->version : "");
	c->port = cf->port != 0 ? cf->port : CDAT_PORT_DEFAULT;
	c->format = cf->format != 0 ? cf->format : CDAT_FORMAT;
	c->oldest = cf->oldest != 0 ? cf->oldest : CDAT_FORMAT_OLDEST;
	c->keys = cf->keys;
	c->pool = cf->pool;
	c->group.addr = cf->multicast;
	c->sealed = cf->sealed;
	c->boot = cf->boot;
	c->rng = cf->seed;
	c->incarnation = cf->incarnation;
	c->loopback_ok = cf->loopback_ok;
	c->allow_unlisted = cf->allow_unlisted;
	c->now = c->start_mono = c->forgiven_mono = now;
	c->wall_offset = cf->wall_offset;
	if (!core_setup(c, cf, err, errlen)) {
		cdat_core_free(c);
		return NULL;
	}
	c->next_tick = now;
	return c;
}

void
cdat_core_free(struct cdat_core *c)
{
	if (c == NULL)
		return;
	change_free(c);
	order_free(c);
	propose_free(c);
	install_free(c);
	offer_free(c);
	sync_free(c);
	rotate_free(c);
	doubt_clear(c);
	cdat_link_free(c->link);
	out_free(c);
	while (c->in_head != NULL) {
		struct inmsg *m = c->in_head;

		c->in_head = m->next;
		free(m);
	}
	free(c->parts);
	while (c->nmembers > 0)
		member_drop(c, c->members[c->nmembers - 1]->node);
	free(c->members);
	for (size_t i = 0; i < sizeof c->pages / sizeof c->pages[0]; i++)
		free(c->pages[i]);
	free(c->attended);
	free(c->ring);
	free(c->locals);
	free(c->join);
	free(c->view.nodes);
	free(c->gone);
	free(c->persps);
	free(c->ev.ring);
	free(c->roles);
	free(c->role_base);
	free(c->role_next);
	free(c->base_nodes);
	free(c->routes);
	free(c->listen);
	free(c->scratch);
	reserve_free(c);
	cdat_table_free(c->table);
	free(c);
}

/* ---- inputs ---- */

/* A gap past the deadline that we asked for was a pause of this process: what it made
 * look silent is not blamed on anybody. */
static void
input_begin(struct cdat_core *c, uint64_t now)
{
	uint64_t due = cdat_core_deadline(c);

	if (now < c->now)
		now = c->now;
	if (due < now && now - due > PAUSE_MIN && c->now > c->start_mono) {
		c->pauses++;
		cdat_link_forgive(c->link, now - c->now, now);
		c->forgiven_mono = now;
		dirty_cluster(c);
	}
	c->now = now;
}

void
core_settle(struct cdat_core *c)
{
	if (c->reserve.len > 0)
		reserve_flush(c);
	while (c->in_head != NULL) {
		struct inmsg *m = c->in_head;
		struct cdat_view data = { m->data, m->len };

		c->in_head = m->next;
		if (c->in_head == NULL)
			c->in_tail = NULL;
		if (m->raw != 0)
			start_raw(c, m->raw, m->local_adapter, &m->addr, data);
		else
			core_handle(c, m->from, data);
		free(m);
	}
	if (c->roles_stale)
		roles_update(c);
	if (c->parts_stale)
		parts_update(c);
}

void
cdat_core_datagram(struct cdat_core *c, const struct cdat_addr *local, const struct cdat_addr *from,
		   const uint8_t *data, size_t len, uint64_t now)
{
	input_begin(c, now);
	if (!c->left)
		cdat_link_datagram(c->link, local, from, data, len, c->now);
	core_settle(c);
}

/* Rows whose counters grow with traffic: at most once a second. */
static void
touched_flush(struct cdat_core *c)
{
	if (c->now - c->touch_mono < 1000 * MS)
		return;
	c->touch_mono = c->now;
	dirty(c, CDAT_K_STATS, 0, 0);
	for (size_t i = 0; i < c->nmembers; i++) {
		struct member *m = c->members[i];

		if (!m->touched)
			continue;
		m->touched = false;
		dirty(c, CDAT_K_NODE, m->node, 0);
		for (unsigned k = 0; k < m->nadapters; k++)
			dirty(c, CDAT_K_PATH, m->node, m->adapters[k].adapter);
	}
}

static uint64_t
tick_interval(const struct cdat_core *c)
{
	uint64_t t = (uint64_t)core_params(c)->heartbeat_ms * MS / 8;

	return t > TICK_MAX ? TICK_MAX : t < TICK_MIN ? TICK_MIN : t;
}

void
cdat_core_tick(struct cdat_core *c, uint64_t now)
{
	input_begin(c, now);
	if (!c->left) {
		cdat_link_tick(c->link, c->now);
		if (c->now >= c->next_tick) {
			c->next_tick = c->now + tick_interval(c);
			start_tick(c);
			doubt_tick(c);
			change_tick(c);
			offer_tick(c);
			facts_tick(c);
			view_tick(c);
			leave_tick(c);
			order_tick(c);
			status_tick(c);
			sync_check(c);
			rotate_tick(c);
			if (c->now - c->probe_mono > (uint64_t)core_params(c)->probe_ms * MS + MS &&
			    core_params(c)->probe_ms > 0)
				watch_rotate(c);
			event_health(c);
			touched_flush(c);
		}
	}
	core_settle(c);
}

uint64_t
cdat_core_deadline(const struct cdat_core *c)
{
	uint64_t d;

	if (c->left)
		return UINT64_MAX;
	d = cdat_link_deadline(c->link);
	return d < c->next_tick ? d : c->next_tick;
}

void
cdat_core_wall(struct cdat_core *c, uint64_t wall_offset)
{
	c->wall_offset = wall_offset;
}

void
cdat_core_locals(struct cdat_core *c, const struct cdat_local *locals, size_t n, uint64_t now)
{
	struct cdat_local *copy = n > 0 ? calloc(n, sizeof *copy) : NULL;

	input_begin(c, now);
	if (n == 0 || copy != NULL) {
		if (n > 0)
			memcpy(copy, locals, n * sizeof *copy);
		free(c->locals);
		c->locals = copy;
		c->nlocals = n;
		listen_update(c);
		if (c->table != NULL)
			dirty(c, CDAT_K_NODE, c->self, 0);
	}
	core_settle(c);
}

void cdat_core_routes(struct cdat_core *c, const struct cdat_kernel_route *routes, size_t n,
		      uint64_t now)
{
	input_begin(c, now);
	route_take(c, routes, n);
	core_settle(c);
}

void
cdat_core_stored(struct cdat_core *c, uint64_t ticket, bool ok, uint64_t now)
{
	input_begin(c, now);
	change_stored(c, ticket, ok);
	core_settle(c);
}

void
cdat_core_agent(struct cdat_core *c, uint8_t what, bool alive, uint64_t now)
{
	uint8_t bit = (uint8_t)(1u << (what - 1)), was = c->agents;

	input_begin(c, now);
	c->agents = alive ? (uint8_t)(was | bit) : (uint8_t)(was & ~bit);
	c->notifier_known = false;
	/* the others are told at once, not by the next beat in turn */
	for (size_t i = 0; was != c->agents && i < c->view.n; i++)
		if (c->view.nodes[i] != c->self)
			cdat_link_beat(c->link, c->view.nodes[i], c->now);
	dirty_cluster(c);
	core_settle(c);
}

/* Tells the one who is to propose the view without us, again and again: it may be gone. */
void
leave_tick(struct cdat_core *c)
{
	struct p_leave p = { 0 };
	uint16_t to = c->self;

	if (!c->leaving || c->left || c->now - c->leave_mono < LEAVE_AGAIN)
		return;
	c->leave_mono = c->now;
	for (size_t i = 0; i < c->view.n && to == c->self; i++)
		if (c->view.nodes[i] != c->self && !member_find(c, c->view.nodes[i])->doubt)
			to = c->view.nodes[i];
	if (to == c->self || c->now - c->leave_since > LEAVE_MAX)
		core_leave_now(c);
	else
		core_tell(c, to, CDAT_P_LEAVE, &p);
}

void
cdat_core_leave(struct cdat_core *c, uint64_t now)
{
	input_begin(c, now);
	if (!c->leaving) {
		c->leaving = true;
		c->leave_since = c->now;
		c->leave_mono = 0;
		dirty_cluster(c);
		leave_tick(c);
	}
	core_settle(c);
}

/* The others go on without us. */
void
core_leave_now(struct cdat_core *c)
{
	if (!c->leaving || c->left)
		return;
	c->left = true;
	out_left(c);
}

void
cdat_core_send_errors(struct cdat_core *c, uint64_t count)
{
	cdat_link_count_send_errors(c->link, count);
}
