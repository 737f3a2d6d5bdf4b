/* SPDX-License-Identifier: BSD-2-Clause */
/* The queue of notifications; see notify.h. */
#include "config.h"

#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>
#include <net-snmp/agent/net-snmp-agent-includes.h>

#include <stdlib.h>
#include <string.h>

#include "agent/notify.h"
#include "agent/limit.h"

/* RFC 2741 6.2.10; the number is not in Net-SNMP's installed headers. */
#define AGENTX_NOTIFY	12
/* How long the master may take for one before it is sent again. */
#define ANSWER_S	30
#define RETRY_US	1000000u
/* An event and the rows that it changed arrive one after the other: its notification waits
 * for the rows, so that it has the values that belong to it. */
#define SETTLE_US	30000u
/* A trap is a datagram that nobody repeats, so a burst must not overrun the socket buffer of
 * its receiver (some 150 of them): so many at once, then so many in a turn of that length. */
#define PACE_COUNT	32
#define PACE_US		50000u
#define TRIES_MOST	5	/* of a notification that the master refuses */

struct item {
	struct item *next;
	struct cdat_event event;
	unsigned long id;
	uint64_t not_before;
	unsigned tries;
	bool out;			/* the master has it, unacknowledged */
	bool old;			/* of a servicer that is gone: its number means another event now */
};

struct notifier {
	struct agent *agent;
	netsnmp_session *session;	/* AgentX; NULL: none, or stand-alone */
	struct item *first, *last;
	size_t count, out;
	unsigned long last_id;
	uint32_t last_seen;		/* event number */
	bool fresh;			/* first snapshot of a servicer: its numbers are all new */
	bool overflowed;
	uint64_t pace_since;		/* start of the turn, and how many were sent in it */
	unsigned paced;
	struct limit limit;
};

/* Net-SNMP gives a callback one pointer, which must outlive the item that it was sent
 * for: that is the item's number, and this is the notifier. */
static struct notifier *the_notifier;

struct notifier *notifier_new(struct agent *agent)
{
	struct notifier *n = calloc(1, sizeof(*n));

	if (n)
		n->agent = agent;
	the_notifier = n;
	return n;
}

void notifier_free(struct notifier *n)
{
	the_notifier = NULL;
	while (n && n->first) {
		struct item *item = n->first;

		n->first = item->next;
		free(item);
	}
	free(n);
}

size_t notify_waiting(const struct agent *agent)
{
	return agent->notifier->count;
}

static void unlink_item(struct notifier *n, struct item *item)
{
	struct item **p = &n->first, *before = NULL;

	while (*p != item) {
		before = *p;
		p = &before->next;
	}
	*p = item->next;
	if (n->last == item)
		n->last = before;
	n->count--;
	n->out -= item->out;
	free(item);
}

/* The end of an item: cdatd is told what became of it. */
static void settle(struct notifier *n, struct item *item, bool suppressed)
{
	if (n->agent->cdat && !item->old)
		cdat_notified(n->agent->cdat, CDAT_AGENT_SNMP, &item->event, suppressed);
	unlink_item(n, item);
}

static struct item *find_event(const struct notifier *n, uint32_t event)
{
	struct item *item = n->first;

	while (item && (item->old || item->event.event != event))
		item = item->next;
	return item;
}

static struct item *find_id(const struct notifier *n, unsigned long id)
{
	struct item *item = n->first;

	while (item && item->id != id)
		item = item->next;
	return item;
}

static void add(struct notifier *n, const struct cdat_event *event)
{
	struct item *item;

	if (n->count >= NOTIFY_QUEUE) {
		if (!n->overflowed)
			agent_log("more than %d events wait for the master agent: the oldest are given up",
				  NOTIFY_QUEUE);
		n->overflowed = true;
		settle(n, n->first, true);
	}
	item = calloc(1, sizeof(*item));
	if (!item) {
		agent_log("no memory for a notification; event %u is in cdatEventTable",
			  event->event);
		return;
	}
	item->event = *event;
	item->id = ++n->last_id;
	item->not_before = agent_now() + SETTLE_US;
	if (n->last)
		n->last->next = item;
	else
		n->first = item;
	n->last = item;
	n->count++;
}

static void take(struct notifier *n, const struct cdat_event *event)
{
	const bool seen = !n->fresh && event->event <= n->last_seen;

	if (n->agent->mute || event->kind < 1 || event->kind > CDAT_EV_KINDS)
		return;
	if (event->event > n->last_seen)
		n->last_seen = event->event;
	if (event->notified) {
		struct item *item = find_event(n, event->event);

		/* Another member's agent was first. */
		if (item && !item->out && item->event.uid == event->uid)
			unlink_item(n, item);
		return;
	}
	if (seen || (n->fresh && find_event(n, event->event)))
		return;
	if (agent_now() < event->mono + NOTIFY_OLD_US)
		add(n, event);
}

void notify_event(struct agent *agent, const struct cdat_event *event)
{
	take(agent->notifier, event);
}

void notify_row(struct agent *agent, const struct cdat_event *event)
{
	take(agent->notifier, event);
}

void notify_new_servicer(struct agent *agent)
{
	agent->notifier->fresh = true;
	agent->notifier->last_seen = 0;
	for (struct item *item = agent->notifier->first; item; item = item->next)
		item->old = true;
}

void notify_snapshot_end(struct agent *agent)
{
	agent->notifier->fresh = false;
}

void notify_servicer_lost(struct agent *agent)
{
	agent->notifier->fresh = false;
}

static void on_answer_of(struct notifier *n, struct item *item, int op, const netsnmp_pdu *pdu)
{
	item->out = false;
	n->out--;
	if (op == NETSNMP_CALLBACK_OP_RECEIVED_MESSAGE && pdu && pdu->errstat == 0) {
		settle(n, item, false);
		return;
	}
	item->not_before = agent_now() + RETRY_US;
	if (op != NETSNMP_CALLBACK_OP_RECEIVED_MESSAGE || ++item->tries < TRIES_MOST)
		return;
	agent_log("the master agent refuses notification of event %u (error %ld)",
		  item->event.event, pdu ? pdu->errstat : 0);
	settle(n, item, true);
}

static int on_answer(int op, netsnmp_session *session, int reqid, netsnmp_pdu *pdu, void *magic)
{
	struct notifier *n = the_notifier;
	struct item *item = n ? find_id(n, (unsigned long)(uintptr_t)magic) : NULL;

	(void)session;
	(void)reqid;
	if (item && item->out)
		on_answer_of(n, item, op, pdu);
	return 1;
}

/* ---- whether and when ---- */

static bool of_member_concerned(const struct cdat_event *event)
{
	switch (event->kind) {
	case CDAT_EV_FAILOVER:
	case CDAT_EV_FAILBACK:
	case CDAT_EV_AUTH_FAILURE:
	case CDAT_EV_HEALTH_CHANGED:
	case CDAT_EV_CHANGE_FAILED:
		return true;
	default:
		return event->uid == 0;		/* only this member knows it */
	}
}

/* cdatNotifyScope: whether this member is the one to send it. */
static bool ours(const struct cdat_cluster *c, const struct cdat_event *event)
{
	return of_member_concerned(event) || c->notify_scope == CDAT_SCOPE_EVERY_MEMBER ||
	       c->notifier == c->local_node;
}

/* cdatNotifyEnable, MinInterval, Window and Limit. */
static bool allowed(struct notifier *n, const struct cdat_cluster *c,
		    const struct cdat_event *event, uint64_t now)
{
	const struct cdat_notify *kind = replica_get(n->agent->rep, CDAT_K_NOTIFY,
						     (struct cdat_key){ event->kind, 0 });

	if (!c->notify_all || (kind && !kind->enable))
		return false;
	if (kind && !limit_interval(&n->limit, event, now, kind->min_interval_s))
		return false;
	return limit_window(&n->limit, now, c->notify_window_s, c->notify_limit) ||
	       event->severity == CDAT_SEV_CRITICAL;
}

/* ---- sending ---- */

static bool send_agentx(struct notifier *n, struct item *item, netsnmp_variable_list *vars)
{
	netsnmp_pdu *pdu = snmp_pdu_create(AGENTX_NOTIFY);

	if (!pdu) {
		snmp_free_varbind(vars);
		return false;
	}
	pdu->version = n->session->version;
	pdu->sessid = n->session->sessid;
	pdu->variables = vars;
	pdu->flags |= UCD_MSG_FLAG_PDU_TIMEOUT;
	pdu->time = ANSWER_S;
	item->out = true;
	n->out++;
	if (snmp_async_send(n->session, pdu, on_answer, (void *)(uintptr_t)item->id))
		return true;
	snmp_free_pdu(pdu);
	item->out = false;
	n->out--;
	return false;
}

/* True: it is settled or on its way. */
static bool send_item(struct notifier *n, struct item *item, uint64_t now)
{
	const struct mib_data data = agent_data(n->agent);
	netsnmp_variable_list *vars = trap_variables(&data, &item->event);

	if (!vars)
		return false;
	if (!item->tries)
		limit_sent(&n->limit, &item->event, now);
	if (n->session)
		return send_agentx(n, item, vars);
	send_v2trap(vars);
	snmp_free_varbind(vars);
	settle(n, item, false);
	return true;
}

/* Whether one more may be sent in this turn. */
static bool paced(struct notifier *n, uint64_t now)
{
	if (now - n->pace_since >= PACE_US) {
		n->pace_since = now;
		n->paced = 0;
	}
	if (n->paced == PACE_COUNT)
		return false;
	n->paced++;
	return true;
}

/* Does what is due for one item.  False: nothing more can be sent now. */
static bool advance(struct notifier *n, const struct cdat_cluster *c, struct item *item,
		    uint64_t now)
{
	if (item->out || item->not_before > now)
		return true;
	if (!item->old && !ours(c, &item->event)) {
		if (item->event.mono + NOTIFY_OLD_US < now)
			unlink_item(n, item);
		return true;
	}
	if (!item->tries && !allowed(n, c, &item->event, now)) {
		settle(n, item, true);
		return true;
	}
	if (n->out >= NOTIFY_OUTSTANDING || !paced(n, now))
		return false;
	if (send_item(n, item, now))
		return true;
	item->not_before = now + RETRY_US;
	return false;
}

void notify_tick(struct agent *agent, uint64_t now)
{
	const struct cdat_cluster *c = replica_cluster(agent->rep);
	struct notifier *n = agent->notifier;
	struct item *next;

	if (!agent->master || !c)
		return;
	for (struct item *item = n->first; item; item = next) {
		next = item->next;
		if (!advance(n, c, item, now))
			break;
	}
	if (!n->first)
		n->overflowed = false;
}

uint64_t notify_deadline(const struct agent *agent)
{
	const struct cdat_cluster *c = replica_cluster(agent->rep);
	const struct notifier *n = agent->notifier;

	if (!agent->master || !c || n->out >= NOTIFY_OUTSTANDING)
		return UINT64_MAX;
	for (const struct item *item = n->first; item; item = item->next) {
		if (item->out || !(item->old || ours(c, &item->event)))
			continue;
		if (n->paced == PACE_COUNT && n->pace_since + PACE_US > item->not_before)
			return n->pace_since + PACE_US;
		return item->not_before;
	}
	return UINT64_MAX;
}

void notify_master(struct agent *agent, netsnmp_session *session)
{
	struct notifier *n = agent->notifier;

	n->session = session;
	/* What was on its way may or may not have been taken: it is sent again. */
	for (struct item *item = n->first; item; item = item->next)
		item->out = false;
	n->out = 0;
}
