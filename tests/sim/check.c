/* SPDX-License-Identifier: BSD-2-Clause */
/* Invariants of membership, table and events; see check.h. */
#include "check.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "order.h"
#include "table.h"
#include "work.h"

#define MEM_BASE	(12ll << 20)	/* octets a core may hold, and per node of its table */
#define MEM_NODE	(96ll << 10)
#define LEAN_READS	64u

struct event_info { uint16_t node, role; uint8_t kind, adapter; };

struct host_check {
	struct sim_view view;
	uint64_t key;			/* of the view; 0 none */
	uint64_t *since;		/* [node]: member of my view since; SIM_NEVER */
	uint8_t *down;			/* [node]: told unreachable, not told back */
	uint8_t *gone;			/* [node]: told left */
	uint32_t *pending;		/* nodes told unreachable in this call */
	uint32_t npending;
	uint64_t event_hash;		/* of cluster events since the view came */
	uint64_t adapter_hash;		/* of those about adapters */
	uint32_t last_event;		/* number of the last cluster event + 1 */
};

struct sim_check {
	struct host_check *host;
	size_t words;
	struct sim_map digest;		/* (view, version) -> place in digests */
	uint64_t *digests;
	size_t ndigests, cap_digests;
	struct sim_map uid;		/* uid -> event number */
	struct event_info *events;
	uint32_t nevents, cap_events;
	struct sim_dag dag;
	struct sim_map passage;		/* (view, next view) -> place in digests, of event_hash */
	struct sim_map seen;		/* (host, incarnation, uid) */
	uint64_t lean_key, *lean;	/* members of the view that was read last */
	uint32_t lean_count;
};

struct sim_check *sim_check_new(struct sim *sim)
{
	struct sim_check *c = calloc(1, sizeof(*c));

	if (!c)
		abort();
	c->host = calloc(sim->n, sizeof(*c->host));
	c->words = (sim->n + 63) / 64;
	c->lean = calloc(c->words, sizeof(*c->lean));
	if (!c->host || !c->lean)
		abort();
	for (uint32_t i = 0; i < sim->n; i++) {
		struct host_check *h = &c->host[i];

		h->view.members = calloc(c->words, sizeof(uint64_t));
		h->since = malloc(sim->n * sizeof(*h->since));
		h->down = calloc(sim->n, 1);
		h->gone = calloc(sim->n, 1);
		h->pending = calloc(sim->n, sizeof(*h->pending));
		if (!h->view.members || !h->since || !h->down || !h->gone || !h->pending)
			abort();
		for (uint32_t k = 0; k < sim->n; k++)
			h->since[k] = SIM_NEVER;
	}
	return c;
}

void sim_check_free(struct sim *sim)
{
	struct sim_check *c = sim->check;

	for (uint32_t i = 0; i < sim->n; i++) {
		free(c->host[i].view.members);
		free(c->host[i].since);
		free(c->host[i].down);
		free(c->host[i].gone);
		free(c->host[i].pending);
	}
	free(c->digests);
	free(c->lean);
	free(c->events);
	sim_map_free(&c->digest);
	sim_map_free(&c->uid);
	sim_map_free(&c->passage);
	sim_map_free(&c->seen);
	sim_dag_free(&c->dag);
	free(c->host);
	free(c);
}

static void host_forget(struct sim *sim, struct host_check *h)
{
	uint64_t *members = h->view.members;

	memset(members, 0, sim->check->words * sizeof(*members));
	memset(&h->view, 0, sizeof(h->view));
	h->view.members = members;
	h->key = 0;
	h->npending = 0;
	h->event_hash = h->adapter_hash = 0;
	h->last_event = 0;
	memset(h->down, 0, sim->n);
	memset(h->gone, 0, sim->n);
	for (uint32_t k = 0; k < sim->n; k++)
		h->since[k] = SIM_NEVER;
}

void sim_check_started(struct sim_host *host)
{
	host_forget(host->sim, &host->sim->check->host[host->idx]);
}

void sim_check_stopped(struct sim_host *host)
{
	host_forget(host->sim, &host->sim->check->host[host->idx]);
}

const struct sim_view *sim_view_of(const struct sim_host *host)
{
	return &host->sim->check->host[host->idx].view;
}

bool sim_one_view_of(const struct sim *sim, uint32_t first, uint32_t last)
{
	for (uint32_t i = first; i <= last; i++) {
		const struct sim_view *v = sim_view_of(&sim->hosts[i]);

		if (v->count != last - first + 1 || v->state != CDAT_CS_OPERATIONAL)
			return false;
	}
	return true;
}

bool sim_one_view(struct sim *sim)
{
	return sim_one_view_of(sim, 0, sim->n - 1);
}

bool sim_view_has(const struct sim_view *view, uint32_t idx)
{
	return view->members[idx / 64] >> (idx % 64) & 1;
}

bool sim_together(struct sim *sim, uint32_t a, uint32_t b)
{
	const struct host_check *x = &sim->check->host[a], *y = &sim->check->host[b];

	return x->key && x->key == y->key && sim_view_has(&x->view, b) && sim_view_has(&y->view, a);
}

uint64_t sim_member_since(struct sim *sim, uint32_t a, uint32_t b)
{
	return sim->check->host[a].since[b];
}

/* ---- I6: events --------------------------------------------------------------------- */

static uint32_t event_number(struct sim *sim, struct sim_host *host, const struct cdat_event *e)
{
	struct sim_check *c = sim->check;
	bool added;
	uint32_t *at = sim_map_at(&c->uid, e->uid, &added);
	struct event_info info = { .node = e->node, .role = e->role, .kind = e->kind,
				   .adapter = e->adapter };

	if (added) {
		if (c->nevents == c->cap_events) {
			c->cap_events = c->cap_events ? c->cap_events * 2 : 256;
			c->events = realloc(c->events, c->cap_events * sizeof(*c->events));
			if (!c->events)
				abort();
		}
		*at = c->nevents;
		c->events[c->nevents++] = info;
	} else {
		const struct event_info *o = &c->events[*at];

		if (o->kind != info.kind || o->node != info.node || o->role != info.role ||
		    o->adapter != info.adapter)
			sim_fail(sim, "I6: uid %" PRIx64 " is kind %u node %u at %s, elsewhere kind"
				 " %u node %u", e->uid, e->kind, e->node, host->name, o->kind,
				 o->node);
	}
	return *at;
}

static void event_of_node(struct sim_host *host, struct host_check *h, const struct cdat_event *e)
{
	uint32_t x = e->node - 1u;

	if (!e->node || x >= host->sim->n)
		return;
	if (e->kind == CDAT_EV_NODE_UNREACHABLE) {
		if (h->down[x])
			sim_fail(host->sim, "I6: %s tells n%u unreachable twice", host->name, x + 1);
		h->down[x] = 1;
		if (h->npending < host->sim->n)
			h->pending[h->npending++] = x;
	} else if (e->kind == CDAT_EV_NODE_REACHABLE || e->kind == CDAT_EV_NODE_JOINED) {
		h->down[x] = h->gone[x] = 0;
	} else if (e->kind == CDAT_EV_NODE_LEFT) {
		h->gone[x] = 1;
		h->down[x] = 0;
	}
}

void sim_check_event(struct sim_host *host, const struct cdat_event *e)
{
	struct sim *sim = host->sim;
	struct host_check *h = &sim->check->host[host->idx];
	bool added;

	sim_trace(sim, 1, host, "event %u kind %u node %u uid %" PRIx64 ": %s", e->event, e->kind,
		  e->node, e->uid, e->text);
	event_of_node(host, h, e);
	if (!e->uid)
		return;
	uint32_t number = event_number(sim, host, e);

	sim_map_at(&sim->check->seen, sim_mix(sim_mix(host->idx, host->incarnation), e->uid),
		   &added);
	if (!added)
		sim_fail(sim, "I6: %s has event uid %" PRIx64 " twice", host->name, e->uid);
	if (h->last_event)
		sim_dag_edge(&sim->check->dag, h->last_event - 1, number);
	h->last_event = number + 1;
	if (e->kind == CDAT_EV_ADAPTER_DOWN || e->kind == CDAT_EV_ADAPTER_UP)
		h->adapter_hash = sim_mix(h->adapter_hash, e->uid);
	else
		h->event_hash = sim_mix(h->event_hash, e->uid);
}

/* ---- I4: no false removal ---------------------------------------------------------- */

static bool calm_host(const struct sim_host *h, uint64_t from)
{
	return h->core && !h->paused && h->run_since <= from && !h->alloc_fail;
}

static bool calm_pair(const struct sim *sim, uint32_t a, uint32_t b, uint64_t from)
{
	return a == b || sim_good_since(sim, a, b) <= from;
}

/* x reaches, directly and through calm hosts only, the leader of the view and the teller. */
static void check_removal(struct sim_host *host, struct host_check *h, uint32_t x)
{
	struct sim *sim = host->sim;
	uint32_t leader = h->view.leader - 1u;

	if (sim->now < CHECK_CALM || !h->view.leader || leader >= sim->n)
		return;
	uint64_t from = sim->now - CHECK_CALM;

	if (!calm_host(&sim->hosts[x], from) || !calm_host(host, from) ||
	    !calm_host(&sim->hosts[leader], from) || !calm_pair(sim, host->idx, leader, from))
		return;
	/* who was removed from its table is not talked to any more */
	const struct cdat_table *table = cdat_core_table(sim->hosts[x].core);

	if (table && !cdat_table_node(table, host->node))
		return;
	for (uint32_t y = 0; y < sim->n; y++) {
		if (y == x || !sim_view_has(&h->view, y) || !calm_host(&sim->hosts[y], from))
			continue;
		if (calm_pair(sim, x, y, from) && calm_pair(sim, y, leader, from) &&
		    calm_pair(sim, y, host->idx, from)) {
			sim_fail(sim, "I4: %s tells n%u unreachable, which lives and has heard n%u"
				 " for %u s", host->name, x + 1, y + 1,
				 (unsigned)(CHECK_CALM / SIM_SEC));
			return;
		}
	}
}

/* ---- views ------------------------------------------------------------------------ */

static void read_members(struct sim_host *host, uint64_t *members, uint32_t *count,
			 uint16_t component)
{
	struct sim *sim = host->sim;
	struct cdat_key key = { 0, 0 };
	union cdat_record rec;

	memset(members, 0, sim->check->words * sizeof(*members));
	*count = 0;
	sim_enter(host);
	while (cdat_core_next_key(host->core, CDAT_K_MEMBER, &key)) {
		if (key.a != component || !key.b || key.b > sim->n)
			continue;
		if (!cdat_core_read(host->core, CDAT_K_MEMBER, key, &rec, sim_host_now(host)))
			continue;
		if (rec.member.part == CDAT_PART_JOINING)
			continue;
		members[(key.b - 1) / 64] |= 1ull << ((key.b - 1) % 64);
		(*count)++;
	}
	sim_exit();
}

/* A pass from view to view: same cluster events at all that make it.  Those about adapters
 * are the coordinator's word, which its end can leave half told. */
static void check_passage(struct sim_host *host, struct host_check *h, uint64_t key,
			  bool same_leader)
{
	struct sim_check *c = host->sim->check;
	bool added;
	uint32_t *at = sim_map_at(&c->passage, sim_mix(h->key, key), &added);
	uint64_t hash = sim_mix(h->event_hash, same_leader ? h->adapter_hash : 0);

	if (added) {
		if (c->ndigests == c->cap_digests) {
			c->cap_digests = c->cap_digests ? c->cap_digests * 2 : 256;
			c->digests = realloc(c->digests, c->cap_digests * sizeof(*c->digests));
			if (!c->digests)
				abort();
		}
		*at = (uint32_t)c->ndigests;
		c->digests[c->ndigests++] = hash;
	} else if (c->digests[*at] != hash) {
		sim_fail(host->sim, "I6: %s went from one view to epoch %u leader %u with other"
			 " cluster events than another member", host->name, h->view.epoch,
			 h->view.leader);
	}
}

static void members_changed(struct sim_host *host, struct host_check *h, const uint64_t *before,
			    uint32_t before_count)
{
	struct sim *sim = host->sim;
	bool subset = before_count && h->view.count < before_count;

	for (size_t w = 0; w < sim->check->words && subset; w++)
		subset = !(h->view.members[w] & ~before[w]);
	for (uint32_t k = 0; k < sim->n; k++) {
		if (sim->opt.lean && k % 64 == 0 && before[k / 64] == h->view.members[k / 64]) {
			k += 63;
			continue;
		}
		bool was = before[k / 64] >> (k % 64) & 1, is = sim_view_has(&h->view, k);

		if (is && !was)
			h->since[k] = sim->now;
		if (!is)
			h->since[k] = SIM_NEVER;
		if (is && h->down[k])
			sim_fail(sim, "I6: at %s n%u is a member again, but no event tells so",
				 host->name, k + 1);
		if (was && !is && subset && k != host->idx && !h->down[k] && !h->gone[k])
			sim_fail(sim, "I6: %s removed n%u without nodeUnreachable", host->name,
				 k + 1);
	}
}

static void trace_view(struct sim_host *host, const struct sim_view *v)
{
	char text[256];
	size_t len = 0;

	if (host->sim->opt.verbose < 1)
		return;
	text[0] = 0;
	for (uint32_t k = 0; k < host->sim->n && len < sizeof(text) - 8; k++) {
		if (sim_view_has(v, k))
			len += (size_t)snprintf(text + len, sizeof(text) - len, " %u", k + 1);
	}
	sim_trace(host->sim, 1, host, "view epoch %u leader %u members%s; state %u standing %u"
		  " version %u digest %08x", v->epoch, v->leader, text, v->state, v->standing,
		  v->version, (unsigned)v->digest);
}

/* Who is in a view.  In a lean simulation one host in LEAN_READS reads it from its core and is
 * held against the others that did; the others are only held to the same number. */
static void view_members(struct sim_host *host, struct host_check *h, uint64_t key,
			 const struct cdat_cluster *cl)
{
	struct sim *sim = host->sim;
	struct sim_check *c = sim->check;
	bool known = sim->opt.lean && key && c->lean_key == key;
	size_t size = c->words * sizeof(*c->lean);

	if (known && host->idx % LEAN_READS && cl->nodes_up == c->lean_count) {
		memcpy(h->view.members, c->lean, size);
		h->view.count = c->lean_count;
		return;
	}
	read_members(host, h->view.members, &h->view.count, cl->component);
	if (!sim->opt.lean || !key)
		return;
	if (known && memcmp(h->view.members, c->lean, size) != 0)
		sim_fail(sim, "I1: %s has other members in epoch %u leader %u than another member",
			 host->name, cl->epoch, cl->leader);
	c->lean_key = key;
	c->lean_count = h->view.count;
	memcpy(c->lean, h->view.members, size);
}

static void new_view(struct sim_host *host, struct host_check *h, const struct cdat_cluster *cl)
{
	struct sim *sim = host->sim;
	uint64_t before[(SIM_NODES_MAX + 63) / 64];
	uint32_t before_count = h->view.count, prev_epoch = h->view.epoch;
	bool same_leader = h->view.leader == cl->leader;
	uint64_t key = cl->epoch ? sim_mix(cl->epoch, cl->leader) : 0;
	bool moved = key != h->key;

	if (!moved)
		return;
	memcpy(before, h->view.members, sim->check->words * sizeof(*before));
	h->view.since = sim->now;
	h->view.epoch = cl->epoch;
	h->view.leader = cl->leader;
	view_members(host, h, key, cl);
	members_changed(host, h, before, before_count);
	if (h->key && key)
		check_passage(host, h, key, same_leader);
	if (h->key && cl->epoch <= prev_epoch)
		sim_fail(sim, "I1: %s went from epoch %u back to %u", host->name, prev_epoch,
			 cl->epoch);
	sim_order_view(host, h->key, key);
	h->event_hash = h->adapter_hash = 0;
	h->key = key;
}

/* ---- I1: tables -------------------------------------------------------------------- */

static void check_table(struct sim_host *host, struct host_check *h)
{
	struct sim_check *c = host->sim->check;
	bool added;

	if (!h->key || !h->view.has_table || !sim_view_has(&h->view, host->idx))
		return;
	uint32_t *at = sim_map_at(&c->digest, sim_mix(h->key, h->view.version), &added);

	if (added) {
		*at = (uint32_t)h->view.digest;
	} else if (*at != (uint32_t)h->view.digest) {
		sim_fail(host->sim, "I1: %s epoch %u leader %u version %u digest %08x, elsewhere %08x",
			 host->name, h->view.epoch, h->view.leader, h->view.version,
			 (unsigned)h->view.digest, *at);
	}
}

static bool take_cluster(struct sim_host *host, struct host_check *h)
{
	union cdat_record rec;
	struct sim_view *v = &h->view;
	struct cdat_key zero = { 0, 0 };
	uint64_t digest;

	sim_enter(host);
	bool ok = cdat_core_read(host->core, CDAT_K_CLUSTER, zero, &rec, sim_host_now(host));

	sim_exit();
	if (!ok) {
		sim_fail(host->sim, "%s has no cluster record", host->name);
		return false;
	}
	const struct cdat_cluster *cl = &rec.cluster;

	memcpy(&digest, cl->digest, sizeof(digest));
	bool view = cl->epoch != v->epoch || cl->leader != v->leader || cl->state != v->state ||
		    cl->standing != v->standing;
	bool table = cl->version != v->version || digest != v->digest ||
		     cl->has_table != v->has_table;

	v->state = cl->state;
	v->standing = cl->standing;
	v->version = cl->version;
	v->digest = digest;
	v->has_table = cl->has_table;
	if (view)
		new_view(host, h, cl);
	if (view || table) {
		trace_view(host, v);
		check_table(host, h);
		if (table)
			sim_work_table(host);
	}
	return view;
}

void sim_check_after(struct sim_host *host, bool cluster)
{
	struct host_check *h = &host->sim->check->host[host->idx];

	if (cluster && !host->sim->failed)
		take_cluster(host, h);
	sim_order_flush(host);
	sim_work_after(host);
	for (uint32_t i = 0; i < h->npending; i++)
		check_removal(host, h, h->pending[i]);
	h->npending = 0;
	if (!host->sim->opt.lean && host->mem > MEM_BASE + MEM_NODE * (int64_t)host->sim->n)
		sim_fail(host->sim, "I5: %s holds %lld octets", host->name, (long long)host->mem);
}

/* ---- I7: convergence --------------------------------------------------------------- */

static const char *same_roles(struct sim *sim, struct sim_host *h)
{
	if (sim->opt.quiet_roles)
		return NULL;
	for (uint32_t r = 1; r <= SIM_ROLES; r++) {
		union cdat_record a, b;
		struct cdat_key key = { r, 0 };
		struct sim_host *h0 = &sim->hosts[0];

		if (!cdat_core_read(h->core, CDAT_K_ROLE, key, &a, sim_host_now(h)) ||
		    !cdat_core_read(h0->core, CDAT_K_ROLE, key, &b, sim_host_now(h0)))
			return "a role is missing";
		if (a.role.holder != b.role.holder || a.role.state != b.role.state)
			return "roles differ";
		if (!a.role.holder)
			return "a role is vacant";
	}
	return NULL;
}

static const char *node_rows(struct sim *sim, struct sim_host *h)
{
	for (uint32_t i = 1; i <= sim->n; i++) {
		union cdat_record rec;
		struct cdat_key key = { i, 0 };

		if (!cdat_core_read(h->core, CDAT_K_NODE, key, &rec, sim_host_now(h)))
			return "a node row is missing";
		if (rec.node.state != CDAT_MEMBER)
			return "a node is not member";
		if (rec.node.adapters_down)
			return "an adapter is down";
	}
	return NULL;
}

const char *sim_check_converged(struct sim *sim)
{
	const struct host_check *h0 = &sim->check->host[0];

	for (uint32_t i = 0; i < sim->n; i++) {
		const struct host_check *h = &sim->check->host[i];

		if (!sim->hosts[i].core || sim->hosts[i].paused)
			return "a host is not running";
		if (!h->key || h->key != h0->key)
			return "not one view";
		if (h->view.state != CDAT_CS_OPERATIONAL)
			return "a state is not operational";
		if (h->view.count != sim->n)
			return "not all are members";
		if (h->view.standing != CDAT_WHOLE)
			return "standing is not whole";
		if (h->view.version != h0->view.version || h->view.digest != h0->view.digest)
			return "tables differ";
	}
	for (uint32_t i = 0; i < sim->n; i++) {
		union cdat_record rec;
		struct cdat_key zero = { 0, 0 };
		struct sim_host *h = &sim->hosts[i];

		if (!cdat_core_read(h->core, CDAT_K_CLUSTER, zero, &rec, sim_host_now(h)) ||
		    rec.cluster.change_state != CDAT_CH_IDLE)
			return "a change is in flight";
		const char *why = same_roles(sim, h);

		if (!why)
			why = node_rows(sim, h);
		if (why)
			return why;
	}
	return NULL;
}

bool sim_converged(struct sim *sim)
{
	return !sim_check_converged(sim);
}

void sim_check_end(struct sim *sim)
{
	struct sim_check *c = sim->check;
	uint32_t culprit = 0;

	if (!sim_dag_acyclic(&c->dag, c->nevents, &culprit))
		sim_fail(sim, "I6: two members have cluster events in opposite orders (kind %u node"
			 " %u)", c->events[culprit].kind, c->events[culprit].node);
}
