/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether a node answers at an address that is not in its list yet (FIG. 2 step 240: "they
 * exchange messages to ensure that the new addressing information is correct").  VERIFY
 * with a random challenge goes to that address alone, so whoever echoes the challenge got
 * it there; the address from which the echo comes does not matter.
 */
#include "core/link_int.h"

#include <stdlib.h>

static void ask(struct cdat_link *link, struct verify *v)
{
	struct link_verify m = { .challenge = v->challenge };
	uint64_t max = link->params.response_max_ms * MS;

	link_send_addr(link, v->node, &v->addr, LINK_VERIFY, &link_msg_verify, &m);
	v->due = link->now + v->wait;
	v->wait = v->wait * 2 < max ? v->wait * 2 : max;
}

uint32_t cdat_link_verify(struct cdat_link *link, uint16_t node, const struct cdat_addr *addr,
			  uint64_t now)
{
	struct verify *v = calloc(1, sizeof(*v));

	if (!v)
		return 0;
	if (now > link->now)
		link->now = now;
	if (!++link->verify_token)
		++link->verify_token;
	v->token = link->verify_token;
	v->node = node;
	v->addr = *addr;
	v->challenge = link_random(link);
	v->wait = 2 * link->params.response_min_ms * MS;
	v->next = link->verifies;
	link->verifies = v;
	ask(link, v);
	return v->token;
}

int cdat_link_verified(const struct cdat_link *link, uint32_t token)
{
	for (const struct verify *v = link->verifies; v; v = v->next)
		if (v->token == token)
			return v->answered;
	return -1;
}

void cdat_link_verify_drop(struct cdat_link *link, uint32_t token)
{
	for (struct verify **at = &link->verifies; *at; at = &(*at)->next) {
		struct verify *v = *at;

		if (v->token != token)
			continue;
		*at = v->next;
		free(v);
		return;
	}
}

void verify_free(struct cdat_link *link)
{
	while (link->verifies)
		cdat_link_verify_drop(link, link->verifies->token);
}

void verify_due(struct cdat_link *link)
{
	for (struct verify *v = link->verifies; v; v = v->next)
		if (!v->answered && link->now >= v->due)
			ask(link, v);
}

uint64_t verify_deadline(const struct cdat_link *link)
{
	uint64_t due = NO_DEADLINE;

	for (const struct verify *v = link->verifies; v; v = v->next)
		if (!v->answered && v->due < due)
			due = v->due;
	return due;
}

void verify_take(struct cdat_link *link, const struct input *in)
{
	struct link_verify m;

	if (cdat_decode(in->body, &link_msg_verify, &m) != CDAT_DEC_OK)
		link->stats.bad_format++;
	else if (!in->via)
		link_reply_msg(link, in, LINK_VERIFY_ACK, &link_msg_verify, &m);
}

void verify_ack_take(struct cdat_link *link, const struct input *in)
{
	struct link_verify m;

	if (in->via || cdat_decode(in->body, &link_msg_verify, &m) != CDAT_DEC_OK) {
		link->stats.bad_format++;
		return;
	}
	for (struct verify *v = link->verifies; v; v = v->next) {
		if (v->node != in->header.src_node || v->challenge != m.challenge)
			continue;
		v->answered = true;
		return;
	}
	link->stats.replays++;
}
