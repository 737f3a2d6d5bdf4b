/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who settles doubts about a node: the longest-serving member that we do not doubt.  In a large
 * view we watch only some, so one that serves longer may be as silent as those in doubt, as after
 * a partition, and nobody would tell us.  So we look at those that we do not watch: at a few, at
 * twice as many when they are silent too.  Whom we find silent that way is told as those in doubt
 * are.
 */
#include "core/internal.h"

#define SEEK_FIRST 4u

/* We looked at it of late, and it did not answer. */
static bool
mute(const struct cdat_core *c, const struct member *m)
{
	uint64_t at = m->near != NULL ? m->near->mute_mono : 0;

	return at != 0 && c->now - at < 2 * limit_us(c) && cdat_link_heard(c->link, m->node) < at;
}

bool
doubted(const struct cdat_core *c, uint16_t node)
{
	const struct member *m = member_find(c, node);

	return m == NULL || m->doubt || m->departed || mute(c, m) || is_gone(c, node);
}

static uint16_t
arbiter(const struct cdat_core *c, uint16_t node)
{
	for (size_t i = 0; i < c->view.n; i++) {
		uint16_t n = c->view.nodes[i];

		if (n == c->self || (n != node && !doubted(c, n)))
			return n;
	}
	return c->self;
}

static uint32_t
seek_width(const struct cdat_core *c)
{
	return c->seek != 0 ? c->seek : SEEK_FIRST;
}

/* Looks at the first of those that may settle doubts and that we do not watch. */
static void
seek(struct cdat_core *c)
{
	uint32_t left = seek_width(c);

	for (size_t i = 0; i < c->view.n && c->view.nodes[i] != c->self && left > 0; i++) {
		struct member *m = member_find(c, c->view.nodes[i]);

		if (m == NULL || doubted(c, m->node))
			continue;
		if (!m->watched && m->nasks == 0)
			ask_note(c, m, c->self, SEEK_ROUND);
		left--;
	}
}

void
arbiter_answer(struct cdat_core *c, struct member *m, uint8_t state)
{
	if (state == CDAT_UP || m->near == NULL) {
		c->seek = 0;
		return;
	}
	m->near->mute_mono = c->now;
	c->arbiter_lost |= m->node == c->arbiter;
	if (!c->arbiter_lost)
		arbiter_tell(c, m, UINT64_MAX);
}

void
arbiter_tell(struct cdat_core *c, struct member *m, uint64_t silence)
{
	uint64_t ms = silence / MS;
	struct p_suspect p = { m->node, ms < UINT32_MAX ? (uint32_t)ms : UINT32_MAX };
	uint16_t to = arbiter(c, m->node);

	m->near->told_mono = c->now;
	c->arbiter = to;
	if (to == c->self) {
		doubt_suspect(c, c->self, &p);
		return;
	}
	core_tell(c, to, CDAT_P_SUSPECT, &p);
	seek(c);
}

/* The one that we told is silent: all that is in doubt goes to the next. */
void
arbiter_again(struct cdat_core *c)
{
	c->arbiter_lost = false;
	c->seek = seek_width(c) * 2;
	if (c->seek > c->view.n)
		c->seek = c->view.n;
	for (size_t i = 0; i < c->view.n; i++) {
		struct member *m = member_find(c, c->view.nodes[i]);

		if (m != NULL && m->node != c->self && (mute(c, m) || (m->doubt && m->near != NULL)))
			arbiter_tell(c, m, UINT64_MAX);
	}
}
