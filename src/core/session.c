/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sessions: whom we believe (link.h).  HELLO carries a challenge, HELLO_ACK echoes it.
 * An echo proves that the peer is alive now under its boot id, so its sequence numbers
 * from that one on are fresh; whatever it or a listener sent before stays refused.
 *
 * HELLO itself proves nothing (it may be a replay), so it is only answered, at a bounded
 * rate; the answer carries our own challenge when we do not know the sender's boot.
 */
#include "core/link_int.h"

#include <string.h>

#include "core/stream.h"

bool session_retired(const struct session *s, uint64_t boot)
{
	for (unsigned i = 0; i < RETIRED_BOOTS; i++)
		if (s->retired[i] && s->retired[i] == boot)
			return true;
	return false;
}

static void hello_fill(struct cdat_link *link, struct session *s, struct link_hello *m, bool ask)
{
	memset(m, 0, sizeof(*m));
	if (ask && !s->challenge)
		s->challenge = link_random(link);
	m->challenge = ask ? s->challenge : 0;
	m->stamp = link_stamp(link->now);
	m->token = s->token_in;
	m->incarnation = link->incarnation;
	memcpy(m->version, link->version, sizeof(m->version));
}

bool session_hello(struct cdat_link *link, struct peer *peer, struct path *path)
{
	struct link_hello m;

	hello_fill(link, &peer->live->session, &m, true);
	if (path)
		path_attempt(path, link->now);
	return link_send_msg(link, peer, path, LINK_HELLO, &link_msg_hello, &m);
}

/* At most one unasked HELLO to a peer in response-min. */
void session_hello_asked(struct cdat_link *link, struct peer *peer, const struct input *in)
{
	struct session *s = &peer->live->session;
	struct link_hello m;

	if (s->hello_sent && link->now - s->hello_sent < link->params.response_min_ms * MS)
		return;
	s->hello_sent = link->now;
	hello_fill(link, s, &m, true);
	link_reply_msg(link, in, LINK_HELLO, &link_msg_hello, &m);
}

/* A HELLO by each address of ours within response-min, and one to spare. */
static bool may_answer(struct cdat_link *link, struct session *s)
{
	if (!s->answers_since || link->now - s->answers_since >= link->params.response_min_ms * MS) {
		s->answers_since = link->now;
		s->answers = 0;
	}
	if (s->answers > link->nlocal)
		return false;
	s->answers++;
	return true;
}

static void answer(struct cdat_link *link, struct input *in, const struct link_hello *asked,
		   bool known)
{
	struct session *s = &in->peer->live->session;
	struct link_hello m;

	if (!may_answer(link, s))
		return;
	hello_fill(link, s, &m, !known);
	m.echo = asked->challenge;
	m.echo_stamp = asked->stamp;
	link_reply_msg(link, in, LINK_HELLO_ACK, &link_msg_hello, &m);
}

/* ---- what the peer told of itself ----------------------------------------------------------- */

/* The peer's token for us; another one: it forgot us, so our streams to it start anew. */
static void token_take(struct cdat_link *link, struct peer *peer, uint32_t token, uint64_t seq)
{
	struct session *s = &peer->live->session;
	bool lost = s->token_out && s->token_out != token;

	if (s->token_out && seq <= s->token_seq)
		return;
	s->token_seq = seq;
	s->token_out = token;
	if (!lost)
		return;
	stream_restart(link, peer);
	peer->why = CDAT_LOSS_RESET;
	link_tell(link, peer, TELL_LOST | TELL_UP);
}

static void retire(struct session *s)
{
	if (!s->boot)
		return;
	memmove(s->retired + 1, s->retired, sizeof(s->retired) - sizeof(s->retired[0]));
	s->retired[0] = s->boot;
}

/* The peer is alive under `h->boot`. */
static void establish(struct cdat_link *link, struct peer *peer, const struct cdat_header *h,
		      const struct link_hello *m)
{
	struct session *s = &peer->live->session;
	bool restarted = s->up && s->boot != h->boot;

	if (s->up && !restarted) {
		token_take(link, peer, m->token, h->seq);
		return;
	}
	if (restarted) {
		retire(s);
		stream_forget(link, peer);
		do
			s->token_in = (uint32_t)link_random(link);
		while (!s->token_in);
		peer->why = CDAT_LOSS_RESTART;
		link_tell(link, peer, TELL_LOST);
	}
	s->up = true;
	s->boot = h->boot;
	cdat_replay_start(&s->replay, h->seq);
	s->token_out = m->token;
	s->token_seq = h->seq;
	s->incarnation = m->incarnation;
	s->format = h->format;
	memcpy(s->version, m->version, sizeof(s->version));
	link_tell(link, peer, TELL_UP);
}

/* ---- input ----------------------------------------------------------------------------------- */

static void arrived(struct cdat_link *link, struct input *in)
{
	struct live *live = in->peer->live;

	if (in->via) {
		live->relayed_by = in->via;
		live->relayed_at = link->now;
		return;
	}
	live->heard = link->now;
	in->path->heard = link->now;
	in->path->received++;
	in->path->octets_received += in->len;
}

void session_hello_take(struct cdat_link *link, struct input *in, bool known)
{
	struct link_hello m;

	if (cdat_decode(in->body, &link_msg_hello, &m) != CDAT_DEC_OK || !m.challenge) {
		link->stats.bad_format++;
		return;
	}
	if (known) {
		arrived(link, in);
		token_take(link, in->peer, m.token, in->header.seq);
	}
	answer(link, in, &m, known);
}

void session_hello_ack_take(struct cdat_link *link, struct input *in, bool known)
{
	struct peer *peer = in->peer;
	struct session *s = &peer->live->session;
	struct link_hello m;
	uint64_t sent;
	bool proven;

	if (cdat_decode(in->body, &link_msg_hello, &m) != CDAT_DEC_OK) {
		link->stats.bad_format++;
		return;
	}
	proven = s->challenge && m.echo == s->challenge;
	if (!proven && !known) {
		link->stats.replays++;
		return;
	}
	if (proven) {
		s->challenge = 0;
		establish(link, peer, &in->header, &m);
	} else {
		token_take(link, peer, m.token, in->header.seq);
	}
	arrived(link, in);
	if (m.challenge)		/* before what waits: the peer has to believe us first */
		answer(link, in, &m, true);
	sent = link_unstamp(m.echo_stamp, link->now);
	if (in->path && sent)
		link_answered(link, peer, in->path, sent, 0, false);
	stream_push(link, peer);
}

/* ---- the end of it --------------------------------------------------------------------------- */

void session_drop(struct cdat_link *link, struct peer *peer, enum cdat_link_loss why)
{
	struct session *s = &peer->live->session;

	stream_forget(link, peer);
	if (!s->up)
		return;
	peer->why = (uint8_t)why;
	s->up = false;
	retire(s);
	link_tell(link, peer, TELL_LOST);
}

void cdat_link_reset(struct cdat_link *link, uint16_t node, uint64_t now)
{
	struct peer *peer = link_find(link, node);

	if (!peer || !peer->live)
		return;
	link_enter(link, now);
	stream_restart(link, peer);
	if (peer->live->session.up) {
		peer->why = CDAT_LOSS_RESET;
		link_tell(link, peer, TELL_LOST | TELL_UP);
	}
	link_rearm(link, peer);
	link_leave(link);
}
