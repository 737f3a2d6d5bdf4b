/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From nothing to the first view.
 *
 * Without a table a node asks the addresses in its file who it is (JOIN); a member answers
 * with its number and the entries needed to talk (WELCOME).  With a table it looks for
 * members and offers itself to their coordinator.  When there are none for a while, the
 * lowest-numbered node that is looking forms a view of its own and the others join it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/internal.h"

#define JOIN_FIRST (200u * MS)
#define JOIN_LAST (1000u * MS)
#define JOIN_BURST 8u			/* addresses asked at one time */
#define LOOK_MIN (500u * MS)
#define LOOK_WAIT (3000u * MS)		/* for a better placed node or a promised welcome */
#define BEAT_FRESH (1500u * MS)
#define JOIN_TELL (5000u * MS)		/* without an answer the log says so */

static uint64_t
look_time(const struct cdat_core *c)
{
	uint64_t t = 3u * MS * core_params(c)->heartbeat_ms;

	return t < LOOK_MIN ? LOOK_MIN : t;
}

/* ---- asking ---- */

static void
join_ask(struct cdat_core *c)
{
	uint8_t buf[CDAT_RAW_MAX], facts[CDAT_RAW_MAX - 128];
	struct p_join p = { .node = c->self };
	struct cdat_writer w;

	if (c->challenge == 0)
		c->challenge = core_random(c) | 1;
	memcpy(p.name, c->name, sizeof p.name);
	p.challenge = c->challenge;
	p.facts = facts_list(c, facts, sizeof facts);
	cdat_writer_init(&w, buf, sizeof buf);
	w.format = c->oldest;
	if (!cdat_encode(&w, &cdat_msg_p_join, &p))
		return;
	for (size_t i = 0; i < c->njoin && i < JOIN_BURST; i++) {
		struct cdat_addr to = c->join[(c->join_next + i) % c->njoin];

		if (to.port == 0)
			to.port = c->port;
		cdat_link_raw(c->link, CDAT_RAW_JOIN, 0, 0, &to, cdat_written(&w), c->now);
	}
	if (c->njoin > 0)
		c->join_next = (c->join_next + JOIN_BURST) % c->njoin;
}

/* Another node that looks too and has the lower number, or members that were heard: wait. */
static bool
others_first(const struct cdat_core *c)
{
	for (size_t i = 0; i < c->nmembers; i++) {
		const struct member *m = c->members[i];
		const struct near *near = near_of(m);

		if (m->node == c->self || near->beat_mono == 0 || c->now - near->beat_mono > BEAT_FRESH)
			continue;
		if (near->beat.phase == CDAT_ST_VIEW)
			return true;
		/* a table that was in a cluster before one that was only in a file */
		if (near->beat.phase == CDAT_ST_LOOKING &&
		    (near->beat.fresh != c->fresh ? c->fresh : m->node < c->self))
			return true;
	}
	return false;
}

/* Somebody is heard, and if it is in a view we know the coordinator to whom we offer. */
static bool
hears_any(const struct cdat_core *c)
{
	for (size_t i = 0; i < c->nmembers; i++) {
		const struct member *m = c->members[i];

		if (near_of(m)->beat_mono != 0 && c->now - near_of(m)->beat_mono <= BEAT_FRESH &&
		    (near_of(m)->beat.phase != CDAT_ST_VIEW || member_find(c, near_of(m)->beat.coord) != NULL))
			return true;
	}
	return false;
}

/* Who gets no answer is told why that may be, once: members do not answer a wrong key. */
static void
join_unanswered(struct cdat_core *c)
{
	if (c->table != NULL || c->njoin == 0 || c->join_since == UINT64_MAX)
		return;
	if (c->join_since == 0)
		c->join_since = c->now;
	if (c->now - c->join_since < JOIN_TELL)
		return;
	c->join_since = UINT64_MAX;
	out_log(c, "no answer to join from any address yet: none of them is a member of cluster %s, or "
		"the key is not theirs, or this node is not in their table, or they are of a version "
		"too old for it", c->cluster);
}

void
start_tick(struct cdat_core *c)
{
	if (c->view.epoch != 0 || c->leaving)
		return;
	if (c->now - c->join_mono >= c->join_wait && !hears_any(c)) {
		c->join_mono = c->now;
		c->join_wait = c->join_wait == 0 ? JOIN_FIRST
		    : c->join_wait * 3 / 2 < JOIN_LAST ? c->join_wait * 3 / 2 : JOIN_LAST;
		join_ask(c);
		join_unanswered(c);
	}
	if (c->self == 0 || c->table == NULL || c->partial || !member_enabled(c, c->self))
		return;
	if (c->start_deadline == 0)
		c->start_deadline = c->now + look_time(c);
	if (c->now < c->start_deadline ||
	    (others_first(c) && c->now < c->start_deadline + LOOK_WAIT) || c->pend.active)
		return;
	c->start_deadline = c->now + look_time(c);
	if (!c->prop.active)
		view_lone(c);
}

/* ---- answering ---- */

static bool
has_address(const struct cdat_tnode *t, const struct cdat_addr *a)
{
	for (unsigned k = 0; k < t->nadapters; k++)
		if (cdat_addr_same(&t->adapters[k].addr, a))
			return true;
	return false;
}

static void
welcome_add(struct cdat_core *c, struct cdat_writer *list, uint8_t kind, uint16_t number)
{
	uint8_t one[2048];
	struct cdat_writer w;
	struct p_entry e;

	cdat_writer_init(&w, one, sizeof one);
	w.format = c->oldest;
	if (!cdat_table_put_entry(c->table, (struct cdat_entry_id){ kind, number }, &w))
		return;
	e.entry = cdat_written(&w);
	(void)cdat_list_add(list, &cdat_msg_p_entry, &e);
}

static void
welcome(struct cdat_core *c, uint16_t node, uint64_t challenge, uint8_t local_adapter,
	const struct cdat_addr *to)
{
	uint8_t buf[CDAT_RAW_MAX], list[CDAT_RAW_MAX - 64];
	struct p_welcome p = { .challenge = challenge, .node = node, .sender = c->self,
			       .coord = c->view.coord };
	struct cdat_writer w, l;

	cdat_writer_init(&l, list, sizeof list);
	welcome_add(c, &l, CDAT_ENT_META, 0);
	welcome_add(c, &l, CDAT_ENT_NODE, node);
	welcome_add(c, &l, CDAT_ENT_NODE, c->self);
	if (c->view.coord != c->self)
		welcome_add(c, &l, CDAT_ENT_NODE, c->view.coord);
	p.entries = cdat_written(&l);
	cdat_writer_init(&w, buf, sizeof buf);
	w.format = c->oldest;
	if (cdat_encode(&w, &cdat_msg_p_welcome, &p))
		cdat_link_raw(c->link, CDAT_RAW_WELCOME, 0, local_adapter, to, cdat_written(&w), c->now);
}

static void
join_take(struct cdat_core *c, uint8_t local_adapter, const struct cdat_addr *from,
	  const struct p_join *p)
{
	const struct cdat_tnode *t;

	if (c->view.epoch == 0 || !cdat_name_ok(p->name))
		return;
	t = cdat_table_by_name(c->table, p->name);
	if (t != NULL && t->node.node != c->self && has_address(t, from)) {
		welcome(c, t->node.node, p->challenge, local_adapter, from);
		return;
	}
	if (t != NULL || !c->allow_unlisted)
		return;
	if (am_coord(c))
		start_forward(c, p);
	else
		core_tell(c, c->view.coord, CDAT_P_JOIN_FORWARD, p);
}

/* A node that the table does not have, where that is allowed: the coordinator adds it; it
 * is welcomed when it asks again. */
void
start_forward(struct cdat_core *c, const struct p_join *p)
{
	struct cdat_op ops[2 + 3 * CDAT_NODE_ADAPTERS];
	struct cdat_view facts = p->facts;
	size_t n = 0;
	uint16_t node = c->table != NULL ? cdat_table_next_node(c->table) : 0;
	uint8_t adapter = 0;
	struct p_fact f;

	if (!am_coord(c) || !c->allow_unlisted || node == 0 || c->change.phase != CH_NONE ||
	    cdat_table_by_name(c->table, p->name) != NULL)
		return;
	memset(ops, 0, sizeof ops);
	ops[n++] = (struct cdat_op){ .kind = CDAT_OP_NODE_CREATE, .node = node };
	ops[n] = (struct cdat_op){ .kind = CDAT_OP_NODE_SET, .node = node, .attr = CDAT_A_NODE_NAME };
	memcpy(ops[n++].text, p->name, sizeof ops[0].text);
	while (adapter < CDAT_NODE_ADAPTERS && cdat_list_next(&facts, &cdat_msg_p_fact, &f)) {
		if (f.type == CDAT_IFT_LOOPBACK && !c->loopback_ok)
			continue;
		adapter++;
		ops[n++] = (struct cdat_op){ .kind = CDAT_OP_ADAPTER_CREATE, .node = node,
					     .adapter = adapter };
		ops[n++] = (struct cdat_op){ .kind = CDAT_OP_ADAPTER_SET, .node = node,
					     .adapter = adapter, .attr = CDAT_A_ADDR, .addr = f.addr };
		ops[n++] = (struct cdat_op){ .kind = CDAT_OP_ADAPTER_SET, .node = node,
					     .adapter = adapter, .attr = CDAT_A_PREFIX_LEN,
					     .number = f.prefix_len };
	}
	for (size_t i = 0; i < n; i++)
		ops[i].index = (uint16_t)(i + 1);
	if (adapter > 0)
		ask_internal(c, ops, n);
}

/* The entries of a WELCOME into `t`: all of them without a table, else what is newer. */
static bool
welcome_entries(struct cdat_table *t, struct cdat_view list, bool first)
{
	char text[CDAT_TEXT_MAX + 1];
	struct cdat_entry_id id;
	struct p_entry e;
	bool conflict;

	while (cdat_list_next(&list, &cdat_msg_p_entry, &e))
		if (first ? cdat_table_take_entry(t, e.entry, &id) != CDAT_DEC_OK
			  : cdat_table_merge_entry(t, e.entry, UINT32_MAX, &conflict, text) ==
			    CDAT_MERGE_BAD)
			return false;
	return true;
}

static void
welcome_take(struct cdat_core *c, const struct p_welcome *p)
{
	bool first = c->table == NULL;
	struct cdat_table *t;

	if (c->view.epoch != 0 || p->challenge != c->challenge || c->pend.active || c->prop.active ||
	    hears_any(c))
		return;
	t = first ? cdat_table_new(0) : cdat_table_copy(c->table);
	if (t == NULL || !welcome_entries(t, p->entries, first)) {
		cdat_table_free(t);
		return;
	}
	c->challenge = 0;
	c->fresh |= first;
	c->partial |= first;
	table_put(c, t);
	if (c->self != 0 && member_find(c, p->sender) != NULL)
		cdat_link_beat(c->link, p->sender, c->now);
}

void
start_raw(struct cdat_core *c, uint8_t type, uint8_t local_adapter, const struct cdat_addr *from,
	  struct cdat_view body)
{
	union { struct p_join join; struct p_welcome welcome; } u;

	if (type == CDAT_RAW_JOIN && cdat_decode(body, &cdat_msg_p_join, &u.join) == CDAT_DEC_OK)
		join_take(c, local_adapter, from, &u.join);
	else if (type == CDAT_RAW_WELCOME &&
		 cdat_decode(body, &cdat_msg_p_welcome, &u.welcome) == CDAT_DEC_OK)
		welcome_take(c, &u.welcome);
}
