/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libcdat, messages: to one node, to several, to all; waiting or pipelined.
 *
 * The servicer answers twice: accepted or refused, then delivered or given up.  A
 * refusal is the only answer.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/internal.h"

#define RETRY_MS	2	/* until a full window is tried again */

const char *cdat_send_error_text(enum cdat_send_error error)
{
	static const char *const text[] = {
		[CDAT_SEND_OK] = "delivered",
		[CDAT_SEND_UNKNOWN_NODE] = "no node of that name or number in the table",
		[CDAT_SEND_TOO_LONG] = "message is longer than 65536 octets",
		[CDAT_SEND_NOT_MEMBER] = "destination is not a member now",
		[CDAT_SEND_NO_VIEW] = "this node is in no cluster yet",
		[CDAT_SEND_QUEUE_FULL] = "too many messages are on their way; wait and try again",
		[CDAT_SEND_UNREACHABLE] = "all addresses of the destination are exhausted",
		[CDAT_SEND_LOST_PEER] = "destination restarted or was removed before it acknowledged",
		[CDAT_SEND_NO_MEMORY] = "servicer is out of memory",
	};

	if ((unsigned)error >= sizeof(text) / sizeof(text[0]))
		return "unknown error";
	return text[error];
}

enum cdat_send_error cdat_send_reason(const cdat_t *c)
{
	return c->reason;
}

static int refused(cdat_t *c, enum cdat_send_error reason)
{
	c->reason = reason;
	return cdat_fail(c, CDAT_ERR_SEND, "%s", cdat_send_error_text(reason));
}

static bool fill(struct cdat_c_send *msg, uint16_t node, const char *name, const void *data,
		 size_t len)
{
	if (len > CDAT_MESSAGE_MAX || (name && strlen(name) > CDAT_NAME_MAX))
		return false;
	*msg = (struct cdat_c_send){ .node = node, .receipt = true, .data = { data, len } };
	if (name && node == 0)
		memcpy(msg->name, name, strlen(name) + 1);
	return true;
}

/* A call that waits: `receipt` until the end, else only until accepted. */
struct wait { bool receipt; enum cdat_send_error error; };

static void take_sent(cdat_t *c, struct cdat_request *req, enum cdat_verb verb,
		      const union cdat_reply *reply)
{
	struct wait *w = req->result;

	(void)c;
	if (verb != CDAT_V_SENT)
		return;
	w->error = reply->sent.error;
	req->done = w->error != CDAT_SEND_OK || !w->receipt || reply->sent.delivered || req->accepted;
	req->accepted = true;
}

static int send_and_wait(cdat_t *c, struct cdat_c_send *msg, int timeout_ms)
{
	/* accepting is local, but the servicer may be busy */
	int64_t deadline = cdat_now_ms() + (timeout_ms > 0 ? timeout_ms : 1000);
	struct wait w = { .receipt = timeout_ms > 0 };
	int rc;

	msg->receipt = w.receipt;
	do {
		struct cdat_request req = { .answer = take_sent, .result = &w };

		msg->seen = c->full;
		rc = cdat_request(c, &req, CDAT_V_SEND, msg);
		if (rc == 0)
			rc = cdat_await(c, &req, deadline);
		if (rc == 0 && w.error == CDAT_SEND_QUEUE_FULL && timeout_ms > 0) {
			int64_t until = cdat_now_ms() + RETRY_MS;

			while (rc == 0 && cdat_now_ms() < until)
				rc = cdat_wait(c, until);
		}
	} while (rc == 0 && w.error == CDAT_SEND_QUEUE_FULL && cdat_now_ms() < deadline && timeout_ms > 0);
	if (rc == 0 && w.error)
		rc = refused(c, w.error);
	return rc;
}

int cdat_send(cdat_t *c, uint16_t node, const char *name, const void *data, size_t len,
	      int timeout_ms)
{
	struct cdat_c_send msg;

	if (!fill(&msg, node, name, data, len))
		return refused(c, len > CDAT_MESSAGE_MAX ? CDAT_SEND_TOO_LONG : CDAT_SEND_UNKNOWN_NODE);
	msg.all = node == 0 && name == NULL;
	cdat_enter(c);
	return cdat_leave(c, send_and_wait(c, &msg, timeout_ms));
}

int cdat_send_several(cdat_t *c, const uint16_t *nodes, size_t nnodes, const void *data, size_t len,
		      int timeout_ms)
{
	struct cdat_c_send msg;

	if (!fill(&msg, 0, NULL, data, len))
		return refused(c, CDAT_SEND_TOO_LONG);
	if (nnodes == 0 || nnodes > sizeof(msg.nodes) / sizeof(msg.nodes[0]))
		return cdat_fail(c, CDAT_ERR_INVALID, "a message goes to 1..%zu nodes, or to all",
				 sizeof(msg.nodes) / sizeof(msg.nodes[0]));
	msg.nnodes = (uint8_t)nnodes;
	memcpy(msg.nodes, nodes, nnodes * sizeof(nodes[0]));
	cdat_enter(c);
	return cdat_leave(c, send_and_wait(c, &msg, timeout_ms));
}

static void take_async(cdat_t *c, struct cdat_request *req, enum cdat_verb verb,
		       const union cdat_reply *reply)
{
	enum cdat_send_error error;
	bool delivered;

	if (verb == CDAT_V_ERROR)
		error = CDAT_SEND_NO_VIEW;
	else if (verb == CDAT_V_SENT)
		error = reply->sent.error;
	else
		return;
	if (!req->accepted && c->unanswered > 0)
		c->unanswered--;
	req->done = error != CDAT_SEND_OK || reply->sent.delivered || req->accepted;
	delivered = req->done && error == CDAT_SEND_OK;
	req->accepted = true;
	req->fn.sent(req->ctx, req->tag, error, delivered);
}

/* Nobody asks what becomes of it: no request waits, and an answer finds none.  It is never sent
 * again, so no later one waits for it (`seen` 0). */
static int send_untold(cdat_t *c, struct cdat_c_send *msg, uint32_t *tag)
{
	msg->receipt = false;
	msg->quiet = true;
	if (++c->tag == 0)
		c->tag = 1;
	if (tag)
		*tag = c->tag;
	return cdat_post(c, CDAT_V_SEND, c->tag, msg);
}

static int send_told(cdat_t *c, struct cdat_c_send *msg, cdat_sent_fn done, void *ctx,
		     uint32_t *tag)
{
	struct cdat_request *req = cdat_request_new(c);
	int rc;

	if (req == NULL)
		return cdat_fail(c, CDAT_ERR_MEMORY, "out of memory");
	req->answer = take_async;
	req->fn.sent = done;
	req->ctx = ctx;
	msg->seen = c->full;
	rc = cdat_request(c, req, CDAT_V_SEND, msg);
	if (rc) {
		cdat_request_free(c, req);
		return rc;
	}
	c->unanswered++;
	if (tag)
		*tag = req->tag;
	return 0;
}

int cdat_send_async(cdat_t *c, uint16_t node, const char *name, bool all,
		    const void *data, size_t len, cdat_sent_fn done, void *ctx, uint32_t *tag)
{
	struct cdat_c_send msg;

	if (!fill(&msg, node, name, data, len))
		return refused(c, len > CDAT_MESSAGE_MAX ? CDAT_SEND_TOO_LONG : CDAT_SEND_UNKNOWN_NODE);
	if (all == (node || name))
		return cdat_fail(c, CDAT_ERR_INVALID, "a message goes to one node or to all");
	msg.all = all;
	cdat_enter(c);
	return cdat_leave(c, done ? send_told(c, &msg, done, ctx, tag) : send_untold(c, &msg, tag));
}
