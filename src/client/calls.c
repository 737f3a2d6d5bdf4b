/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libcdat, the calls that read and change: snapshot, subscription, changes in one and
 * in two phases, local settings, keys, and what agents and notifiers tell.
 */
#include <stdlib.h>
#include <string.h>

#include "client/internal.h"

int cdat_snapshot(cdat_t *c, uint32_t kinds, int timeout_ms)
{
	const struct cdat_c_snapshot msg = { kinds };
	struct cdat_request req = { 0 };

	return cdat_ask(c, &req, CDAT_V_SNAPSHOT, &msg, timeout_ms);
}

int cdat_subscribe(cdat_t *c, uint32_t kinds, bool events, bool messages, uint32_t since,
		   int timeout_ms)
{
	const struct cdat_c_subscribe msg = { kinds, events, messages, since };
	struct cdat_request req = { 0 };

	return cdat_ask(c, &req, CDAT_V_SUBSCRIBE, &msg, timeout_ms);
}

#define PART_MAX (CDAT_FRAME_MAX - 1024u) /* octets of ops in one frame */

/* Encodes the ops of a change into an allocated list. */
static int encode_ops(cdat_t *c, const struct cdat_op *ops, size_t nops, struct cdat_writer *w)
{
	uint8_t *buf;
	size_t i;

	if (nops == 0)
		return cdat_fail(c, CDAT_ERR_INVALID, "a change has at least one operation");
	buf = malloc(CDAT_CHANGE_MAX);
	if (buf == NULL)
		return cdat_fail(c, CDAT_ERR_MEMORY, "out of memory");
	cdat_writer_init(w, buf, CDAT_CHANGE_MAX);
	for (i = 0; i < nops; i++) {
		if (!cdat_list_add(w, &cdat_msg_op, &ops[i])) {
			free(buf);
			return cdat_fail(c, CDAT_ERR_INVALID, "%zu operations do not fit one change; "
					 "split it", nops);
		}
	}
	return 0;
}

/* As much of a list as fits one frame; the rest stays in *list. */
static struct cdat_view take_part(struct cdat_view *list)
{
	struct cdat_view rest = *list, part = *list;
	struct cdat_op op;

	if (list->len > PART_MAX) {
		part.len = 0;
		while (cdat_list_next(&rest, &cdat_msg_op, &op) &&
		       (size_t)(rest.data - part.data) <= PART_MAX)
			part.len = (size_t)(rest.data - part.data);
	}
	list->data += part.len;
	list->len -= part.len;
	return part;
}

/* Sends all parts of a change but the last, which is left in msg->ops. */
static int send_parts(cdat_t *c, struct cdat_c_change *msg, struct cdat_view ops)
{
	int rc = 0;

	msg->ops = take_part(&ops);
	cdat_enter(c);
	while (rc == 0 && ops.len > 0) {
		msg->more = true;
		rc = cdat_post(c, CDAT_V_CHANGE, 0, msg);
		msg->ops = take_part(&ops);
	}
	msg->more = false;
	return cdat_leave(c, rc);
}

/* An older servicer tells none, and where there is nothing to add. */
static void cause_fill(struct cdat_outcome *outcome)
{
	if (outcome->cause == 0)
		outcome->cause = outcome->result;
}

static void take_outcome(cdat_t *c, struct cdat_request *req, enum cdat_verb verb,
			 const union cdat_reply *reply)
{
	struct cdat_outcome *outcome = req->result;

	(void)c;
	if (verb != CDAT_V_OUTCOME)
		return;
	if (outcome) {
		*outcome = reply->outcome;
		cause_fill(outcome);
	}
	req->done = true;
}

int cdat_change(cdat_t *c, const struct cdat_op *ops, size_t nops, struct cdat_outcome *outcome,
		int timeout_ms)
{
	/* The top bit keeps these keys apart from those of cdat_prepare(). */
	struct cdat_c_change msg = { .key = ++c->key | 1ull << 63 };
	struct cdat_request req = { .answer = take_outcome, .result = outcome };
	struct cdat_writer w = { .data = NULL };
	int rc = encode_ops(c, ops, nops, &w);

	if (rc)
		return rc;
	rc = send_parts(c, &msg, cdat_written(&w));
	if (rc == 0)
		rc = cdat_ask(c, &req, CDAT_V_CHANGE, &msg, timeout_ms);
	free(w.data);
	return rc;
}

/* Answers to CHANGE with hold: prepared or refused, then the end. */
static void take_held(cdat_t *c, struct cdat_request *req, enum cdat_verb verb,
		      const union cdat_reply *reply)
{
	struct cdat_outcome refused = {
		.result = CDAT_RES_OTHER, .fault = CDAT_FAULT_RESOURCE_UNAVAILABLE,
	};
	struct cdat_outcome outcome = reply->outcome;
	bool prepared;

	(void)c;
	if (verb == CDAT_V_ERROR) {
		memcpy(refused.text, reply->error.text, sizeof(refused.text));
		outcome = refused;
	} else if (verb != CDAT_V_OUTCOME) {
		return;
	}
	cause_fill(&outcome);
	prepared = verb == CDAT_V_OUTCOME && !req->accepted && outcome.result == CDAT_RES_NONE;
	req->accepted = prepared || req->accepted;
	req->done = !prepared;
	if (req->fn.outcome)
		req->fn.outcome(req->ctx, req->key, prepared, &outcome);
}

int cdat_prepare(cdat_t *c, uint64_t key, const struct cdat_op *ops, size_t nops,
		 uint32_t timeout_ms, cdat_outcome_fn done, void *ctx)
{
	struct cdat_c_change msg = { .hold = true, .key = key, .timeout_ms = timeout_ms };
	struct cdat_request *req;
	struct cdat_writer w = { .data = NULL };
	int rc;

	if (key == 0 || key >> 63)
		return cdat_fail(c, CDAT_ERR_INVALID, "the key of a change is 1..2^63-1");
	rc = encode_ops(c, ops, nops, &w);
	if (rc)
		return rc;
	req = cdat_request_new(c);
	if (req == NULL) {
		free(w.data);
		return cdat_fail(c, CDAT_ERR_MEMORY, "out of memory");
	}
	req->key = key;
	req->answer = take_held;
	req->fn.outcome = done;
	req->ctx = ctx;
	rc = send_parts(c, &msg, cdat_written(&w));
	cdat_enter(c);
	if (rc == 0)
		rc = cdat_request(c, req, CDAT_V_CHANGE, &msg);
	if (rc)
		cdat_request_free(c, req);
	free(w.data);
	return cdat_leave(c, rc);
}

/* Posts what has no answer, or whose answer finds an earlier request by `tag`. */
static int tell(cdat_t *c, enum cdat_verb verb, uint32_t tag, const void *msg)
{
	cdat_enter(c);
	return cdat_leave(c, cdat_post(c, verb, tag, msg));
}

int cdat_decide(cdat_t *c, uint64_t key, bool commit)
{
	const struct cdat_c_decide msg = { key, commit };
	struct cdat_request *r = NULL;

	for (unsigned i = 0; i < CDAT_BUCKETS && r == NULL; i++)
		for (r = c->requests[i]; r && !(r->heap && r->answer == take_held && r->key == key);)
			r = r->next;
	if (r == NULL)
		return cdat_fail(c, CDAT_ERR_INVALID, "no change of that key is prepared");
	return tell(c, CDAT_V_DECIDE, r->tag, &msg);
}

int cdat_local_set(cdat_t *c, uint8_t what, uint8_t kind, int64_t number,
		   struct cdat_outcome *outcome, int timeout_ms)
{
	const struct cdat_c_local_set msg = { what, kind, number };
	struct cdat_request req = { .answer = take_outcome, .result = outcome };

	return cdat_ask(c, &req, CDAT_V_LOCAL_SET, &msg, timeout_ms);
}

int cdat_notified(cdat_t *c, uint8_t what, const struct cdat_event *event, bool suppressed)
{
	const struct cdat_c_notified msg = { event->event, event->uid, suppressed, what };

	return tell(c, CDAT_V_NOTIFIED, 0, &msg);
}

int cdat_agent_alive(cdat_t *c, uint8_t what, bool alive)
{
	const struct cdat_c_agent msg = { alive, what };

	return tell(c, CDAT_V_AGENT, 0, &msg);
}

struct key_list { struct cdat_key_info *keys; size_t max, n; };

static void take_keys(cdat_t *c, struct cdat_request *req, enum cdat_verb verb,
		      const union cdat_reply *reply)
{
	struct key_list *l = req->result;
	struct cdat_view rows = reply->keys.rows;
	struct cdat_c_keyrow row;

	(void)c;
	if (verb != CDAT_V_KEYS)
		return;
	while (l->n < l->max && cdat_list_next(&rows, &cdat_msg_c_keyrow, &row))
		l->keys[l->n++] = (struct cdat_key_info){ row.id, row.current, row.fingerprint, row.members };
	req->done = true;
}

/* The servicer stops waiting for members a little before we stop waiting for it. */
static uint32_t patience(int timeout_ms)
{
	return timeout_ms < 0 ? 0 : timeout_ms > 1000 ? (uint32_t)timeout_ms - 500
						      : (uint32_t)timeout_ms / 2 + 1;
}

int cdat_keys(cdat_t *c, struct cdat_key_info *keys, size_t max, size_t *n, int timeout_ms)
{
	const struct cdat_c_key msg = { .verb = CDAT_KEY_STATUS, .timeout_ms = patience(timeout_ms) };
	struct key_list list = { keys, max, 0 };
	struct cdat_request req = { .answer = take_keys, .result = &list };
	int rc = cdat_ask(c, &req, CDAT_V_KEY, &msg, timeout_ms);

	*n = rc ? 0 : list.n;
	return rc;
}

struct holder_list { struct cdat_key_holder *holders; size_t max, n; };

static void take_holders(cdat_t *c, struct cdat_request *req, enum cdat_verb verb,
			 const union cdat_reply *reply)
{
	struct holder_list *l = req->result;
	struct cdat_view rows = reply->keys.holders;
	struct cdat_c_keyholder h;

	(void)c;
	if (verb != CDAT_V_KEYS)
		return;
	while (l->n < l->max && cdat_list_next(&rows, &cdat_msg_c_keyholder, &h))
		l->holders[l->n++] = (struct cdat_key_holder){ h.node, h.id, h.current, h.fingerprint };
	req->done = true;
}

int cdat_key_holders(cdat_t *c, struct cdat_key_holder *holders, size_t max, size_t *n,
		     int timeout_ms)
{
	const struct cdat_c_key msg = { .verb = CDAT_KEY_STATUS, .timeout_ms = patience(timeout_ms) };
	struct holder_list list = { holders, max, 0 };
	struct cdat_request req = { .answer = take_holders, .result = &list };
	int rc = cdat_ask(c, &req, CDAT_V_KEY, &msg, timeout_ms);

	*n = rc ? 0 : list.n;
	return rc;
}

int cdat_key_rotate(cdat_t *c, struct cdat_outcome *outcome, int timeout_ms)
{
	const struct cdat_c_key msg = { .verb = CDAT_KEY_ROTATE, .timeout_ms = patience(timeout_ms) };
	struct cdat_request req = { .answer = take_outcome, .result = outcome };

	return cdat_ask(c, &req, CDAT_V_KEY, &msg, timeout_ms);
}

int cdat_key_verb(cdat_t *c, uint8_t verb, uint8_t id, const uint8_t key[32],
		  struct cdat_outcome *outcome, int timeout_ms)
{
	struct cdat_c_key msg = { .verb = verb, .id = id };
	struct cdat_request req = { .answer = take_outcome, .result = outcome };
	int rc;

	if (key)
		memcpy(msg.key, key, sizeof(msg.key));
	rc = cdat_ask(c, &req, CDAT_V_KEY, &msg, timeout_ms);
	explicit_bzero(&msg, sizeof(msg));
	return rc;
}
