/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The log of events, the verdict on the cluster's health, and who tells managers.
 *
 * An event of the cluster has a uid made from the view or commit that it comes from, so
 * it is the same on all members: a member that has told a manager marks it by uid, and
 * the next in line tells what is not marked when that member fails.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/internal.h"
#include "wire/control.h"

#define EVENTS_DEFAULT 256u
#define EVENTS_MIN 16u
#define EVENTS_MAX 65535u
#define HEALTH_SETTLE (1000u * MS)	/* cdatHealthChanged: kept its new value for one second */
#define HEALTH_EVERY (200u * MS)
#define AUTH_INTERVAL (60u * 1000u * MS)/* one authFailure a source and minute */

const char *
node_name(const struct cdat_core *c, uint16_t node)
{
	const struct cdat_tnode *t = c->table != NULL ? cdat_table_node(c->table, node) : NULL;

	return t != NULL ? t->node.name : "?";
}

bool
event_init(struct cdat_core *c)
{
	struct events *e = &c->ev;

	e->ring = calloc(EVENTS_DEFAULT, sizeof *e->ring);
	if (e->ring == NULL)
		return false;
	e->cap = EVENTS_DEFAULT;
	e->all = true;
	e->scope = CDAT_SCOPE_ONE_MEMBER;
	e->window_s = 10;
	e->limit = 50;
	for (unsigned k = 1; k <= CDAT_EV_KINDS; k++)
		e->kinds[k] = (struct cdat_notify){ .kind = (uint8_t)k, .enable = true };
	e->kinds[CDAT_EV_AUTH_FAILURE].min_interval_s = 60;
	return true;
}

static struct cdat_event *
event_at(struct events *e, uint32_t i)
{
	return &e->ring[(e->head + i) % e->cap];
}

void
event_emit(struct cdat_core *c, struct cdat_event *ev)
{
	struct events *e = &c->ev;

	if (++e->last == 0)
		e->last = 1;
	ev->event = e->last;
	ev->mono = c->now;
	ev->wall = c->now + c->wall_offset;
	if (e->n == e->cap) {
		dirty_gone(c, CDAT_K_EVENT, event_at(e, 0)->event, 0);
		e->head = (e->head + 1) % e->cap;
		e->n--;
	}
	*event_at(e, e->n++) = *ev;
	dirty(c, CDAT_K_EVENT, ev->event, 0);
	dirty_cluster(c);
	out_event(c, ev);
}

/* The same on all members: the view, the kind, and what tells apart events of one kind in
 * one view (56 bits).  Mixed, since both sides of a partition may be at the same epoch. */
uint64_t
event_uid(const struct cdat_core *c, uint8_t kind, uint64_t low)
{
	uint64_t view = (uint64_t)c->view.epoch << 16 | c->view.coord;
	uint64_t uid = core_hash(core_hash(view) ^ ((uint64_t)kind << 56 | (low & 0xffffffffffffff)));

	return uid != 0 ? uid : 1;
}

/* An event of the cluster about a node (0: about the cluster itself). */
void
event_node(struct cdat_core *c, enum cdat_event_kind kind, uint8_t severity, uint16_t node,
	   const char *fmt, ...)
{
	struct cdat_event ev = { .kind = (uint8_t)kind, .severity = severity, .node = node };
	va_list ap;

	ev.uid = event_uid(c, (uint8_t)kind, node);
	va_start(ap, fmt);
	vsnprintf(ev.text, sizeof ev.text, fmt, ap);
	va_end(ap);
	event_emit(c, &ev);
}

/* What is refused unauthenticated is told once a source and interval (S12).  Is it time? */
static bool
refusal_due(struct cdat_core *c, const struct cdat_addr *from)
{
	size_t n = sizeof c->ev.auth / sizeof c->ev.auth[0], slot = 0;

	for (size_t i = 0; i < n; i++) {
		if (c->ev.auth[i].at != 0 && cdat_addr_same(&c->ev.auth[i].addr, from)) {
			if (c->now - c->ev.auth[i].at < AUTH_INTERVAL)
				return false;
			slot = i;
			break;
		}
		if (c->ev.auth[i].at < c->ev.auth[slot].at)
			slot = i;
	}
	/* many sources at once are one flood: no more than one event a second then */
	if (c->ev.auth[slot].at != 0 && c->now - c->ev.auth[slot].at < 1000 * MS)
		return false;
	c->ev.auth[slot].addr = *from;
	c->ev.auth[slot].at = c->now != 0 ? c->now : 1;
	return true;
}

/* A packet of a format that we do not know: not yet, or not any more. */
void
event_format(struct cdat_core *c, const struct cdat_addr *from, uint8_t format)
{
	char text[64];

	if (!refusal_due(c, from))
		return;
	cdat_addr_port_text(from, text, sizeof text);
	if (format > c->format)
		out_log(c, "packet from %s has format %u, newer than %u; update this node", text, format,
			c->format);
	else
		out_log(c, "packet from %s has format %u, older than %u, the oldest that this node "
			"speaks; update that node", text, format, c->oldest);
}

/* A packet that failed authentication. */
void
event_auth(struct cdat_core *c, const struct cdat_addr *from)
{
	struct cdat_event ev = { .kind = CDAT_EV_AUTH_FAILURE, .severity = CDAT_SEV_WARNING };
	char text[64];

	if (!refusal_due(c, from))
		return;
	ev.addr = *from;
	snprintf(ev.text, sizeof ev.text, "packet from %s failed authentication: wrong key or no member",
		 cdat_addr_port_text(from, text, sizeof text));
	event_emit(c, &ev);
}

/* ---- health (cdatHealth) ---- */

struct verdict { uint8_t worst; char *reason; size_t len; };

static void __attribute__((format(printf, 3, 4)))
verdict_add(struct verdict *v, uint8_t level, const char *fmt, ...)
{
	char line[CDAT_TEXT_MAX + 1];
	va_list ap;

	if (v->worst < level)
		v->worst = level;
	va_start(ap, fmt);
	vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	if (v->len + strlen(line) + 3 > CDAT_TEXT_MAX)
		return;
	v->len += (size_t)snprintf(v->reason + v->len, CDAT_TEXT_MAX + 1 - v->len, "%s%s",
				   v->len > 0 ? "; " : "", line);
}

/* Whether one more line can be said about a node. */
static bool
verdict_room(const struct verdict *v)
{
	return v->len + sizeof "; node x unreachable" <= CDAT_TEXT_MAX;
}

static void
health_critical(struct cdat_core *c, struct verdict *v, const struct cdat_cluster *s)
{
	if (s->standing == CDAT_MINORITY)
		verdict_add(v, CDAT_CRITICAL, "this side has no majority");
	if (s->state == CDAT_CS_ISOLATED)
		verdict_add(v, CDAT_CRITICAL, "this node is alone");
	for (size_t i = 0; s->nodes_down > 0 && i < c->nmembers && verdict_room(v); i++)
		if (c->members[i]->state == CDAT_UNREACHABLE)
			verdict_add(v, CDAT_CRITICAL, "node %s unreachable",
				    node_name(c, c->members[i]->node));
}

static void
health_warning(struct cdat_core *c, struct verdict *v, const struct cdat_cluster *s)
{
	size_t n;
	struct member **list = members_attended(c, &n);

	/* of those whom we do not watch we know nothing of the kind */
	for (size_t i = 0; i < n; i++) {
		const struct member *m = list[i];

		if (m->state == CDAT_MEMBER_SUSPECT)
			verdict_add(v, CDAT_WARNING, "node %s suspect", node_name(c, m->node));
		if (m->in_view && sync_of(c, m) == CDAT_OUT_OF_SYNC)
			verdict_add(v, CDAT_WARNING, "node %s has an outdated table",
				    node_name(c, m->node));
	}
	if (s->adapters_down > 0)
		verdict_add(v, CDAT_WARNING, "%u adapter%s down", s->adapters_down,
			    s->adapters_down == 1 ? "" : "s");
	if (s->nodes_single_path > 0)
		verdict_add(v, CDAT_WARNING, "%u node%s by one path only", s->nodes_single_path,
			    s->nodes_single_path == 1 ? "" : "s");
	if (s->state == CDAT_CS_RECONFIGURING)
		verdict_add(v, CDAT_WARNING, "the component is changing");
	if (!c->sealed)
		verdict_add(v, CDAT_WARNING, "messages are not sealed (security: none)");
}

/* The verdict of cdatHealth with its reasons, worst first.  `s` must be filled but for it. */
void
health_judge(struct cdat_core *c, struct cdat_cluster *s)
{
	struct verdict v = { CDAT_OK, s->health_reason, 0 };

	s->health_reason[0] = '\0';
	health_critical(c, &v, s);
	health_warning(c, &v, s);
	if (v.worst == CDAT_OK && (s->state == CDAT_CS_STARTING || s->state == CDAT_CS_JOINING ||
				   s->state == CDAT_CS_STOPPING)) {
		verdict_add(&v, CDAT_UNKNOWN, "%s", s->state == CDAT_CS_STARTING ? "no table yet" :
			    s->state == CDAT_CS_JOINING ? "joining" : "stopping");
	}
	s->health = v.worst;
}

void
event_health(struct cdat_core *c)
{
	static const uint8_t severity[] = { 0, CDAT_SEV_CLEARED, CDAT_SEV_WARNING,
		CDAT_SEV_CRITICAL, CDAT_SEV_INDETERMINATE };
	struct events *e = &c->ev;
	struct cdat_event ev = { .kind = CDAT_EV_HEALTH_CHANGED };
	union cdat_record r;

	if (c->now - c->health_mono < HEALTH_EVERY)
		return;
	c->health_mono = c->now;
	if (!cdat_core_read(c, CDAT_K_CLUSTER, (struct cdat_key){ 0, 0 }, &r, c->now))
		return;
	if (r.cluster.health != e->health_seen) {
		e->health_seen = r.cluster.health;
		e->health_since = c->now;
		dirty_cluster(c);
	}
	if (e->health_seen == e->health || c->now - e->health_since < HEALTH_SETTLE)
		return;
	bool first = e->health == 0;
	e->health = e->health_seen;
	/* from nothing to unknown or ok is the start, not a change */
	if (first && e->health != CDAT_CRITICAL && e->health != CDAT_WARNING)
		return;
	ev.severity = severity[e->health];
	ev.number = e->health;
	snprintf(ev.text, sizeof ev.text, "health is %s%s%.200s",
		 cdat_enum_word("cluster", "health", e->health),
		 r.cluster.health_reason[0] != '\0' ? ": " : "", r.cluster.health_reason);
	event_emit(c, &ev);
}

/* ---- notifications ---- */

/* The longest-serving member with a living agent of that kind (cdatNotifyScope). */
uint16_t
event_notifier(struct cdat_core *c, enum cdat_agent_kind what)
{
	if (!c->notifier_known)
		memset(c->notifier, 0, sizeof c->notifier);
	for (size_t i = 0; !c->notifier_known && i < c->view.n; i++) {
		const struct member *m = member_find(c, c->view.nodes[i]);
		uint8_t agents = c->view.nodes[i] == c->self ? c->agents :
		    m != NULL && near_of(m)->beat_mono != 0 && !m->doubt ? near_of(m)->beat.agents : 0;

		for (unsigned k = 0; k < CDAT_AGENT_KINDS; k++)
			if (c->notifier[k] == 0 && (agents & 1u << k))
				c->notifier[k] = c->view.nodes[i];
	}
	c->notifier_known = true;
	return c->notifier[what - 1];
}

static bool *
event_marked(struct cdat_event *ev, uint8_t what)
{
	return what == CDAT_AGENT_HTTP ? &ev->posted : &ev->notified;
}

/* Another member's agent has told it.  Where every member tells, that is no reason to be silent. */
void
event_mark(struct cdat_core *c, uint64_t uid, enum cdat_agent_kind what)
{
	struct events *e = &c->ev;

	if (e->scope == CDAT_SCOPE_EVERY_MEMBER)
		return;
	for (uint32_t i = 0; uid != 0 && i < e->n; i++) {
		struct cdat_event *ev = event_at(e, e->n - 1 - i);
		bool *marked = event_marked(ev, what);

		if (ev->uid == uid && !*marked) {
			*marked = true;
			dirty(c, CDAT_K_EVENT, ev->event, 0);
		}
	}
}

/* cdatNotifySent and so on count what SNMP agents do. */
static void
event_count(struct cdat_core *c, const struct cdat_event *ev, bool suppressed)
{
	struct events *e = &c->ev;
	struct cdat_notify *k = &e->kinds[ev->kind];

	if (suppressed) {
		k->held++;
		/* cdatNotifySuppressed: for a limit, not for a kind that is disabled */
		if (e->all && k->enable)
			e->suppressed++;
	} else {
		k->sent++;
		k->sent_mono = c->now;
	}
	dirty(c, CDAT_K_NOTIFY, ev->kind, 0);
	dirty_cluster(c);
}

void
cdat_core_notified(struct cdat_core *c, uint8_t what, uint32_t event, bool suppressed,
		   uint64_t now)
{
	struct events *e = &c->ev;

	c->now = now > c->now ? now : c->now;
	for (uint32_t i = 0; i < e->n; i++) {
		struct cdat_event *ev = event_at(e, i);
		struct p_noted p = { ev->uid, what };

		if (ev->event != event || *event_marked(ev, what))
			continue;
		*event_marked(ev, what) = !suppressed;
		if (what == CDAT_AGENT_SNMP)
			event_count(c, ev, suppressed);
		dirty(c, CDAT_K_EVENT, ev->event, 0);
		if (ev->uid != 0)
			core_tell_all(c, CDAT_P_NOTED, &p);
		return;
	}
}

static bool
event_limit(struct cdat_core *c, uint32_t limit)
{
	struct events *e = &c->ev;
	struct cdat_event *ring;
	uint32_t keep;

	if (limit < EVENTS_MIN || limit > EVENTS_MAX)
		return false;
	ring = calloc(limit, sizeof *ring);
	if (ring == NULL)
		return false;
	keep = e->n < limit ? e->n : limit;
	for (uint32_t i = 0; i < e->n - keep; i++)
		dirty_gone(c, CDAT_K_EVENT, event_at(e, i)->event, 0);
	for (uint32_t i = 0; i < keep; i++)
		ring[i] = *event_at(e, e->n - keep + i);
	free(e->ring);
	e->ring = ring;
	e->cap = limit;
	e->n = keep;
	e->head = 0;
	return true;
}

static bool
local_number(uint32_t *to, int64_t number, int64_t min, int64_t max)
{
	if (number < min || number > max)
		return false;
	*to = (uint32_t)number;
	return true;
}

bool
cdat_core_local_set(struct cdat_core *c, uint8_t what, uint8_t kind, int64_t number)
{
	struct events *e = &c->ev;
	struct cdat_notify *k = kind >= 1 && kind <= CDAT_EV_KINDS ? &e->kinds[kind] : NULL;
	bool truth = number == 1 || number == 2, ok = false;

	switch ((enum cdat_local_what)what) {
	case CDAT_L_NOTIFY_ALL:
		ok = truth;
		e->all = ok ? number == 1 : e->all;
		break;
	case CDAT_L_NOTIFY_SCOPE:
		ok = truth;
		e->scope = ok ? (uint8_t)number : e->scope;
		break;
	case CDAT_L_NOTIFY_WINDOW:
		ok = local_number(&e->window_s, number, 0, 3600);
		break;
	case CDAT_L_NOTIFY_LIMIT:
		ok = local_number(&e->limit, number, 1, 10000);
		break;
	case CDAT_L_NOTIFY_ENABLE:
		ok = k != NULL && truth;
		if (ok)
			k->enable = number == 1;
		break;
	case CDAT_L_NOTIFY_MIN_INTERVAL:
		ok = k != NULL && local_number(&k->min_interval_s, number, 0, 3600);
		break;
	case CDAT_L_EVENT_LIMIT:
		ok = number >= 0 && number <= UINT32_MAX && event_limit(c, (uint32_t)number);
		break;
	}
	if (ok && k != NULL)
		dirty(c, CDAT_K_NOTIFY, kind, 0);
	if (ok)
		dirty_cluster(c);
	return ok;
}
