/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Silence, perspectives and verdicts (description 1a; SWIM's indirect probes with
 * suspicion, Das et al. 2002).
 *
 * A watched member that is silent for silence-limit heartbeats is in doubt: all its
 * addresses are probed at once and the arbiter is told, who is the longest-serving member
 * not in doubt itself.  The arbiter asks the other watchers; each answers "up" as soon as
 * it hears the node after the question, or "down" when half the consensus time brought
 * nothing.  One "up" keeps the node, and those who cannot hear it send by the reporter.
 * No "up": the node is gone.  Verdicts wait for each other and for members that are
 * about to be in doubt, so that a partition is one new view.
 */
#include <stdlib.h>
#include <string.h>

#include "core/internal.h"

#define ASK_MORE 3u	/* members asked besides the watchers */

static uint64_t
interval_us(const struct cdat_core *c)
{
	return (uint64_t)core_params(c)->heartbeat_ms * MS;
}

uint64_t
limit_us(const struct cdat_core *c)
{
	return interval_us(c) * core_params(c)->silence_limit;
}

static uint64_t
consensus_us(const struct cdat_core *c)
{
	return (uint64_t)core_params(c)->consensus_ms * MS;
}

/* For how long the member is silent, not counting what a pause of ours or its recent
 * coming into the view explains. */
static uint64_t
silence_of(const struct cdat_core *c, const struct member *m)
{
	uint64_t heard = cdat_link_heard(c->link, m->node);

	if (heard < c->forgiven_mono)
		heard = c->forgiven_mono;
	if (heard < m->since_mono)
		heard = m->since_mono;
	return c->now > heard ? c->now - heard : 0;
}

static struct round *
round_find(struct cdat_core *c, uint16_t node)
{
	for (size_t i = 0; i < c->nrounds; i++)
		if (c->rounds[i].node == node)
			return &c->rounds[i];
	return NULL;
}

static void
round_end(struct cdat_core *c, struct round *r)
{
	size_t i = (size_t)(r - c->rounds);

	free(r->asked);
	c->nrounds--;
	memmove(r, r + 1, (c->nrounds - i) * sizeof *r);
}

void
doubt_clear(struct cdat_core *c)
{
	while (c->nrounds > 0)
		round_end(c, &c->rounds[0]);
	free(c->rounds);
	c->rounds = NULL;
}

/* ---- perspectives at hand ---- */

void
persp_note(struct cdat_core *c, const struct p_persp *p)
{
	size_t i = 0;

	while (i < c->npersps &&
	       (c->persps[i].p.node != p->node || c->persps[i].p.reporter != p->reporter))
		i++;
	if (i == c->npersps) {
		struct persp_row *rows = realloc(c->persps, (i + 1) * sizeof *rows);

		if (rows == NULL)
			return;
		c->persps = rows;
		c->npersps++;
	}
	c->persps[i] = (struct persp_row){ *p, c->now };
	dirty(c, CDAT_K_PERSP, p->node, p->reporter);
	dirty(c, CDAT_K_NODE, p->node, 0);
}

/* It has a row while we watch the node, and when it was told before the node was taken out. */
void
persp_own_dirty(struct cdat_core *c, uint16_t node)
{
	bool has = persp_own(c, node);

	for (size_t i = 0; i < c->npersps && !has; i++)
		has = c->persps[i].p.node == node && c->persps[i].p.reporter == c->self;
	if (has)
		dirty(c, CDAT_K_PERSP, node, c->self);
	else
		dirty_gone(c, CDAT_K_PERSP, node, c->self);
}

/* ---- asking ---- */

void
ask_note(struct cdat_core *c, struct member *m, uint16_t asker, uint32_t round)
{
	struct near *near = near_make(m);
	uint8_t i = 0;

	if (near == NULL)
		return;
	while (i < m->nasks && near->asks[i].asker != asker)
		i++;
	if (i == sizeof near->asks / sizeof near->asks[0])
		return;
	near->asks[i] = (struct persp_ask){ asker, round, c->now };
	if (i == m->nasks)
		m->nasks++;
	c->attended_stale = true;
	cdat_link_watch(c->link, m->node, CDAT_WATCH_DOUBT, c->now);
}

static void
round_start(struct cdat_core *c, uint16_t node)
{
	struct member *m = member_find(c, node);
	struct p_persp_ask ask = { node, ++c->round_number };
	struct round *r = m != NULL ? realloc(c->rounds, (c->nrounds + 1) * sizeof *r) : NULL;
	unsigned more = 0;

	if (r == NULL)
		return;
	c->rounds = r;
	r = &c->rounds[c->nrounds];
	*r = (struct round){ .node = node, .number = ask.round, .deadline = c->now + consensus_us(c) };
	r->asked = calloc(c->view.n, sizeof *r->asked);
	if (r->asked == NULL)
		return;
	c->nrounds++;
	for (size_t i = 0; i < c->view.n; i++) {
		uint16_t n = c->view.nodes[i];

		if (n == node || n == c->self || doubted(c, n))
			continue;
		if (!is_watcher(c, n, node) && more++ >= ASK_MORE)
			continue;
		r->asked[r->nasked++] = n;
		core_tell(c, n, CDAT_P_PERSP_ASK, &ask);
	}
	r->asked[r->nasked++] = c->self;
	ask_note(c, m, c->self, ask.round);
}

void
doubt_suspect(struct cdat_core *c, uint16_t from, const struct p_suspect *p)
{
	struct member *m = member_find(c, p->node);
	struct round *r = round_find(c, p->node);

	/* one that is in our view no more, but does not know: our beat tells it */
	if (!in_view(c, from)) {
		cdat_link_beat(c->link, from, c->now);
		return;
	}
	if (m == NULL || !m->in_view || p->node == c->self || m->departed)
		return;
	if (r == NULL && c->now >= near_of(m)->quiet_until)
		round_start(c, p->node);
}

void
doubt_ask(struct cdat_core *c, uint16_t from, const struct p_persp_ask *p)
{
	struct member *m = member_find(c, p->node);

	if (m != NULL && in_view(c, from) && p->node != c->self)
		ask_note(c, m, from, p->round);
}

static void
ask_answer(struct cdat_core *c, struct member *m, const struct persp_ask *a, uint8_t state)
{
	uint64_t heard = cdat_link_heard(c->link, m->node);
	struct p_persp p = {
		.node = m->node, .reporter = c->self, .round = a->round, .state = state,
		.adapters_up = (uint8_t)cdat_link_paths(c->link, m->node, CDAT_UP),
		.silence_ms = heard == 0 ? UINT32_MAX : (uint32_t)((c->now - heard) / MS),
	};

	if (a->asker == c->self && a->round == SEEK_ROUND)
		arbiter_answer(c, m, state);
	else if (a->asker == c->self)
		doubt_persp(c, c->self, &p);
	else
		core_tell(c, a->asker, CDAT_P_PERSP, &p);
}

/* What speaks is not the start of the node that is in the view: that one is gone. */
static bool
other_start(const struct cdat_core *c, const struct member *m)
{
	return m->departed ||
	    (cdat_link_has_session(c->link, m->node) && cdat_link_boot(c->link, m->node) != m->boot);
}

static void
asks_tick(struct cdat_core *c, struct member *m)
{
	struct persp_ask due[4];
	uint8_t states[4], ndue = 0, keep = 0;
	uint64_t heard = cdat_link_heard(c->link, m->node);

	struct near *near = m->near;

	for (uint8_t i = 0; near != NULL && i < m->nasks; i++) {
		struct persp_ask *ask = &near->asks[i];
		uint64_t since = ask->at > c->forgiven_mono ? ask->at : c->forgiven_mono;

		if (heard > ask->at && !other_start(c, m))
			states[ndue] = CDAT_UP;
		else if (c->now - since >= consensus_us(c) / 2)
			states[ndue] = CDAT_DOWN;
		else {
			near->asks[keep++] = *ask;
			continue;
		}
		due[ndue++] = *ask;
	}
	m->nasks = keep;
	for (uint8_t i = 0; i < ndue; i++)
		ask_answer(c, m, &due[i], states[i]);
	if (ndue > 0 && keep == 0 && !m->doubt)
		cdat_link_watch(c->link, m->node, m->watched ? CDAT_WATCH_BEAT : CDAT_WATCH_NONE, c->now);
}

/* ---- answers ---- */

static bool
heard(const struct cdat_core *c, uint16_t node)
{
	const struct member *m = member_find(c, node);

	return node != c->self && m != NULL && m->in_view && !m->doubt;
}

/* Whom we hear that is said to hear `m`, else one after the other of those that we hear. */
static uint16_t
relay_else(const struct cdat_core *c, const struct member *m)
{
	const struct member *was = member_find(c, m->via);
	uint16_t at = was != NULL && was->in_view ? was->rank + 1 : 0;

	for (size_t i = 0; i < c->npersps; i++)
		if (c->persps[i].p.node == m->node && c->persps[i].p.state == CDAT_UP &&
		    heard(c, c->persps[i].p.reporter))
			return c->persps[i].p.reporter;
	for (uint16_t i = 0; i < c->view.n; i++) {
		uint16_t node = c->view.nodes[(at + i) % c->view.n];

		if (heard(c, node))
			return node;
	}
	return 0;
}

/* `via` is the word of the one that asked all; we may not hear that one either. */
static void
relay_by(struct cdat_core *c, uint16_t node, uint16_t via)
{
	struct member *m = member_find(c, node);

	if (m == NULL || !m->doubt || via == c->self)
		return;
	if (!heard(c, via))
		via = relay_else(c, m);
	if (via == 0 || m->via == via)
		return;
	m->via = via;
	cdat_link_relay(c->link, node, via);
}

/* Somebody hears it: it stays, and all are told who. */
static void
round_keep(struct cdat_core *c, struct round *r, uint16_t via)
{
	uint8_t buf[4096];
	struct cdat_writer w;
	struct p_persps share = { .node = r->node, .via = via };
	struct member *m = member_find(c, r->node);

	cdat_writer_init(&w, buf, sizeof buf);
	for (size_t i = 0; i < c->npersps; i++)
		if (c->persps[i].p.node == r->node && c->persps[i].p.round == r->number &&
		    !cdat_list_add(&w, &cdat_msg_p_persp, &c->persps[i].p))
			break;
	share.list = cdat_written(&w);
	relay_by(c, r->node, via);
	if (m->near != NULL)
		m->near->quiet_until = c->now + limit_us(c);
	round_end(c, r);
	core_tell_all(c, CDAT_P_PERSP_SHARE, &share);
}

void
doubt_persp(struct cdat_core *c, uint16_t from, const struct p_persp *p)
{
	struct round *r = round_find(c, p->node);
	bool open = false;

	if (from != p->reporter || !in_view(c, from))
		return;
	persp_note(c, p);
	if (r == NULL || r->number != p->round)
		return;
	if (p->state == CDAT_UP) {
		round_keep(c, r, from);
		return;
	}
	for (uint16_t i = 0; i < r->nasked; i++) {
		if (r->asked[i] == from)
			r->asked[i] = 0;
		open |= r->asked[i] != 0;
	}
	if (!open)
		r->verdict = true;
}

void
doubt_share(struct cdat_core *c, uint16_t from, const struct p_persps *p)
{
	struct cdat_view list = p->list;
	struct p_persp one;

	if (!in_view(c, from))
		return;
	while (cdat_list_next(&list, &cdat_msg_p_persp, &one))
		if (one.reporter != c->self)
			persp_note(c, &one);
	relay_by(c, p->node, p->via);
}

/* ---- verdicts ---- */

/* Records that the node is to be left out of the next view. */
void
doubt_gone(struct cdat_core *c, uint16_t node, uint8_t why)
{
	struct p_gone *g;

	if (!in_view(c, node) || node == c->self || is_gone(c, node))
		return;
	g = realloc(c->gone, (c->ngone + 1) * sizeof *g);
	if (g == NULL)
		return;
	c->gone = g;
	c->gone[c->ngone++] = (struct p_gone){ node, why };
	view_want(c, 0);
}

/* A member whose silence nears the limit while a verdict stands: wait for it, it may be on
 * the other side of the same partition. */
static bool
others_near(struct cdat_core *c)
{
	uint64_t near = limit_us(c) - interval_us(c);
	size_t n;
	struct member **list = members_attended(c, &n);

	for (size_t i = 0; i < n; i++) {
		const struct member *m = list[i];

		if (m->in_view && m->watched && !m->doubt && !m->departed && silence_of(c, m) > near)
			return true;
	}
	return false;
}

static void
rounds_tick(struct cdat_core *c)
{
	bool all = c->nrounds > 0, late = true;

	for (size_t i = 0; i < c->nrounds; i++) {
		struct round *r = &c->rounds[i];

		if (c->now >= r->deadline)
			r->verdict = true;
		all &= r->verdict;
		late &= c->now >= r->deadline + interval_us(c) + consensus_us(c);
	}
	if (!all || (!late && others_near(c)))
		return;
	while (c->nrounds > 0) {
		uint16_t node = c->rounds[0].node;

		round_end(c, &c->rounds[0]);
		doubt_gone(c, node, CDAT_GONE_UNREACHABLE);
	}
}

/* ---- silence ---- */

static void
doubt_begin(struct cdat_core *c, struct member *m)
{
	if (near_make(m) == NULL)
		return;		/* the next tick tries again */
	m->doubt = true;
	m->near->told_mono = 0;
	member_state(c, m, CDAT_MEMBER_SUSPECT);
	cdat_link_watch(c->link, m->node, CDAT_WATCH_DOUBT, c->now);
}

static void
doubt_end(struct cdat_core *c, struct member *m)
{
	struct round *r = round_find(c, m->node);

	m->doubt = false;
	if (m->via != 0)
		cdat_link_relay(c->link, m->node, 0);
	m->via = 0;
	if (r != NULL && !r->verdict)
		round_end(c, r);
	member_state(c, m, CDAT_MEMBER);
	cdat_link_watch(c->link, m->node, m->watched ? CDAT_WATCH_BEAT : CDAT_WATCH_NONE, c->now);
}

void
doubt_tick(struct cdat_core *c)
{
	size_t n;
	struct member **list = members_attended(c, &n);

	for (size_t i = 0; i < n; i++) {
		struct member *m = list[i];
		uint64_t silence;

		if (m->nasks > 0)
			asks_tick(c, m);
		if (!m->in_view || !m->watched || m->node == c->self)
			continue;
		silence = silence_of(c, m);
		if (silence <= limit_us(c)) {
			if (m->doubt)
				doubt_end(c, m);
			continue;
		}
		if (!m->doubt)
			doubt_begin(c, m);
		if (m->doubt && c->now - m->near->told_mono >= limit_us(c) / 2)
			arbiter_tell(c, m, silence);
	}
	if (c->arbiter_lost)
		arbiter_again(c);
	rounds_tick(c);
}
