/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libcdat against a servicer in a thread: messages, waiting and pipelined; handlers that
 * call back; a servicer that does not read.
 */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "seen.h"

struct sends {
	struct cdat_c_send last;
	char data[16];
	unsigned count;
	uint8_t refuse;			/* error of the first answer */
	uint8_t give_up;		/* error of the second one */
	unsigned full;			/* so many times: the window is full */
	bool no_receipt;		/* the second answer never comes */
	pthread_mutex_t *gate;		/* held: answers wait */
};

static bool answer_send(struct servicer *s, enum cdat_verb verb, uint32_t tag,
			struct cdat_view body)
{
	struct sends *x = s->ctx;
	struct cdat_c_sent sent = { .error = x->refuse };

	if (x->gate) {
		pthread_mutex_lock(x->gate);
		pthread_mutex_unlock(x->gate);
	}
	if (verb != CDAT_V_SEND || cdat_decode(body, cdat_verb_msg(verb), &x->last) != CDAT_DEC_OK)
		return false;
	snprintf(x->data, sizeof(x->data), "%.*s", (int)x->last.data.len,
		 (const char *)x->last.data.data);
	x->count++;
	if (x->full) {
		x->full--;
		sent.error = CDAT_SEND_QUEUE_FULL;
	}
	servicer_reply(s, CDAT_V_SENT, tag, &sent);
	if (sent.error || !x->last.receipt || x->no_receipt)
		return true;
	sent.error = x->give_up;
	sent.delivered = !x->give_up;
	servicer_reply(s, CDAT_V_SENT, tag, &sent);
	return true;
}

static void test_send(void **state)
{
	const uint16_t several[] = { 2, 3 };
	struct sends x = { 0 };
	struct servicer s;
	struct seen seen;
	cdat_t *c;

	(void)state;
	servicer_start(&s, answer_send, &x);
	c = seen_open(&s, &seen);
	assert_int_equal(cdat_send(c, 2, NULL, "hello", 5, PATIENCE), 0);
	assert_int_equal(x.last.node, 2);
	assert_true(x.last.receipt);
	assert_false(x.last.all);
	assert_string_equal(x.data, "hello");
	assert_int_equal(cdat_send(c, 0, "nodeB", "", 0, PATIENCE), 0);
	assert_string_equal(x.last.name, "nodeB");
	assert_int_equal(x.last.data.len, 0);
	assert_int_equal(cdat_send(c, 0, NULL, "all", 3, PATIENCE), 0);
	assert_true(x.last.all);
	assert_int_equal(cdat_send_several(c, several, 2, "two", 3, PATIENCE), 0);
	assert_int_equal(x.last.nnodes, 2);
	assert_int_equal(x.last.nodes[1], 3);
	x.no_receipt = true;
	assert_int_equal(cdat_send(c, 2, NULL, "now", 3, 0), 0);
	assert_false(x.last.receipt);
	assert_int_equal(cdat_send(c, 2, NULL, "lost", 4, 30), CDAT_ERR_TIMEOUT);
	cdat_close(c);
	servicer_stop(&s);
}

static void test_refusals(void **state)
{
	static const struct { enum cdat_send_error error; const char *text; } want[] = {
		{ CDAT_SEND_UNKNOWN_NODE, "no node of that name or number in the table" },
		{ CDAT_SEND_TOO_LONG, "message is longer than 65536 octets" },
		{ CDAT_SEND_NOT_MEMBER, "destination is not a member now" },
		{ CDAT_SEND_NO_VIEW, "this node is in no cluster yet" },
		{ CDAT_SEND_UNREACHABLE, "all addresses of the destination are exhausted" },
		{ CDAT_SEND_LOST_PEER, "destination restarted or was removed before it acknowledged" },
		{ CDAT_SEND_NO_MEMORY, "servicer is out of memory" },
	};
	struct sends x = { 0 };
	struct servicer s;
	struct seen seen;
	cdat_t *c;
	size_t i;

	(void)state;
	servicer_start(&s, answer_send, &x);
	c = seen_open(&s, &seen);
	for (i = 0; i < 2 * sizeof(want) / sizeof(want[0]); i++) {
		x.refuse = i % 2 ? want[i / 2].error : 0;
		x.give_up = i % 2 ? 0 : want[i / 2].error;
		assert_int_equal(cdat_send(c, 2, NULL, "x", 1, PATIENCE), CDAT_ERR_SEND);
		assert_int_equal(cdat_send_reason(c), want[i / 2].error);
		assert_string_equal(cdat_errtext(c), want[i / 2].text);
	}
	assert_string_equal(cdat_send_error_text(CDAT_SEND_OK), "delivered");
	assert_string_equal(cdat_send_error_text((enum cdat_send_error)99), "unknown error");
	cdat_close(c);
	servicer_stop(&s);
}

static void test_window(void **state)
{
	struct sends x = { .full = 3 };
	struct servicer s;
	struct seen seen;
	cdat_t *c;

	(void)state;
	servicer_start(&s, answer_send, &x);
	c = seen_open(&s, &seen);
	assert_int_equal(cdat_send(c, 2, NULL, "x", 1, PATIENCE), 0);
	assert_int_equal(x.count, 4);		/* asked again until there was room */
	x.full = 1;
	assert_int_equal(cdat_send(c, 2, NULL, "x", 1, 0), CDAT_ERR_SEND);
	assert_int_equal(cdat_send_reason(c), CDAT_SEND_QUEUE_FULL);
	x.full = 1000000;
	assert_int_equal(cdat_send(c, 2, NULL, "x", 1, 20), CDAT_ERR_SEND);
	assert_int_equal(cdat_send_reason(c), CDAT_SEND_QUEUE_FULL);
	cdat_close(c);
	servicer_stop(&s);
}

static void test_arguments(void **state)
{
	static const uint16_t nodes[65];
	char *big = calloc(1, CDAT_MESSAGE_MAX + 1);
	char name[CDAT_NAME_MAX + 2];
	struct sends x = { 0 };
	struct servicer s;
	struct seen seen;
	uint32_t tag;
	cdat_t *c;

	(void)state;
	assert_non_null(big);
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	servicer_start(&s, answer_send, &x);
	c = seen_open(&s, &seen);
	assert_int_equal(cdat_send(c, 2, NULL, big, CDAT_MESSAGE_MAX, PATIENCE), 0);
	assert_int_equal(cdat_send(c, 2, NULL, big, CDAT_MESSAGE_MAX + 1, PATIENCE), CDAT_ERR_SEND);
	assert_int_equal(cdat_send_reason(c), CDAT_SEND_TOO_LONG);
	assert_int_equal(cdat_send(c, 0, name, big, 1, PATIENCE), CDAT_ERR_SEND);
	assert_int_equal(cdat_send_reason(c), CDAT_SEND_UNKNOWN_NODE);
	assert_int_equal(cdat_send_several(c, nodes, 0, big, 1, PATIENCE), CDAT_ERR_INVALID);
	assert_int_equal(cdat_send_several(c, nodes, 65, big, 1, PATIENCE), CDAT_ERR_INVALID);
	assert_string_equal(cdat_errtext(c), "a message goes to 1..64 nodes, or to all");
	assert_int_equal(cdat_send_async(c, 2, NULL, true, big, 1, NULL, NULL, &tag), CDAT_ERR_INVALID);
	assert_int_equal(cdat_send_async(c, 0, NULL, false, big, 1, NULL, NULL, &tag), CDAT_ERR_INVALID);
	assert_int_equal(x.count, 1);
	cdat_close(c);
	servicer_stop(&s);
	free(big);
}

struct tally { unsigned accepted, delivered, failed, calls; uint32_t last; bool ordered; };

static void on_sent(void *ctx, uint32_t tag, enum cdat_send_error error, bool delivered)
{
	struct tally *t = ctx;

	t->calls++;
	if (error)
		t->failed++;
	else if (delivered)
		t->delivered++;
	else
		t->accepted++;
	if (delivered) {
		t->ordered = t->ordered && tag > t->last;
		t->last = tag;
	}
}

static void test_pipelined(void **state)
{
	struct tally t = { .ordered = true };
	struct sends x = { 0 };
	struct servicer s;
	struct seen seen;
	uint32_t tag;
	unsigned i;
	cdat_t *c;

	(void)state;
	servicer_start(&s, answer_send, &x);
	c = seen_open(&s, &seen);
	for (i = 0; i < 500; i++)
		assert_int_equal(cdat_send_async(c, 2, NULL, false, "x", 1, on_sent, &t, &tag), 0);
	seen_until(c, &t.delivered, 500);
	assert_int_equal(t.accepted, 500);
	assert_true(t.ordered);
	assert_int_equal(t.last, tag);
	x.refuse = CDAT_SEND_NOT_MEMBER;
	assert_int_equal(cdat_send_async(c, 0, "nodeB", false, "x", 1, on_sent, &t, &tag), 0);
	seen_until(c, &t.failed, 1);
	x.refuse = 0;
	x.give_up = CDAT_SEND_UNREACHABLE;
	assert_int_equal(cdat_send_async(c, 0, NULL, true, "x", 1, on_sent, &t, &tag), 0);
	seen_until(c, &t.failed, 2);
	assert_int_equal(t.accepted, 501);
	assert_int_equal(t.calls, 1003);
	cdat_close(c);
	servicer_stop(&s);
}

/* What is sent while earlier messages are not accepted yet goes together, in order, without a
 * call but cdat_dispatch() when the descriptor is readable. */
static void test_gathered(void **state)
{
	pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
	struct tally t = { .ordered = true };
	struct sends x = { .gate = &gate };
	struct servicer s;
	struct seen seen;
	uint32_t tag;
	unsigned i;
	cdat_t *c;

	(void)state;
	servicer_start(&s, answer_send, &x);
	s.batch = true;
	c = seen_open(&s, &seen);
	assert_true(s.client.batch);
	pthread_mutex_lock(&gate);
	assert_int_equal(cdat_send_async(c, 2, NULL, false, "x", 1, on_sent, &t, &tag), 0);
	assert_false(cdat_wants_write(c));	/* the first does not wait */
	for (i = 1; i < 500; i++)
		assert_int_equal(cdat_send_async(c, 2, NULL, false, "x", 1, on_sent, &t, &tag), 0);
	assert_true(cdat_wants_write(c));
	pthread_mutex_unlock(&gate);
	seen_until(c, &t.delivered, 500);
	assert_int_equal(t.accepted, 500);
	assert_true(t.ordered);
	assert_int_equal(t.last, tag);
	assert_int_equal(x.count, 500);
	assert_in_range(s.batches, 1, 10);
	assert_false(cdat_wants_write(c));
	/* a call that waits takes with it what was gathered, before itself */
	pthread_mutex_lock(&gate);
	for (i = 0; i < 3; i++)
		assert_int_equal(cdat_send_async(c, 2, NULL, false, "x", 1, on_sent, &t, &tag), 0);
	pthread_mutex_unlock(&gate);
	assert_int_equal(cdat_send(c, 2, NULL, "last", 4, PATIENCE), 0);
	assert_string_equal(x.data, "last");
	assert_int_equal(x.count, 504);
	assert_int_equal(t.delivered, 503);
	cdat_close(c);
	servicer_stop(&s);
}

/* Nobody asks what becomes of it: the servicer is told so, its answers go nowhere. */
static void test_untold(void **state)
{
	struct sends x = { 0 };
	struct servicer s;
	struct seen seen;
	uint32_t tag = 0;
	cdat_t *c;

	(void)state;
	servicer_start(&s, answer_send, &x);
	s.batch = true;
	c = seen_open(&s, &seen);
	assert_int_equal(cdat_send_async(c, 2, NULL, false, "x", 1, NULL, NULL, &tag), 0);
	assert_int_not_equal(tag, 0);
	assert_int_equal(cdat_send_async(c, 2, NULL, false, "y", 1, NULL, NULL, NULL), 0);
	assert_int_equal(cdat_send(c, 2, NULL, "z", 1, PATIENCE), 0);
	assert_int_equal(x.count, 3);
	assert_false(x.last.quiet);
	cdat_close(c);
	servicer_stop(&s);
}

/* While the servicer does not read, frames wait in a bounded queue, then go in order. */
static void test_slow_servicer(void **state)
{
	pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
	struct tally t = { .ordered = true };
	struct sends x = { .gate = &gate };
	char *data = calloc(1, 60000);
	struct pollfd p;
	struct servicer s;
	struct seen seen;
	unsigned sent = 0;
	uint32_t tag;
	int rc = 0;
	cdat_t *c;

	(void)state;
	assert_non_null(data);
	servicer_start(&s, answer_send, &x);
	c = seen_open(&s, &seen);
	pthread_mutex_lock(&gate);
	while (sent < 1000 && rc == 0) {
		rc = cdat_send_async(c, 2, NULL, false, data, 60000, on_sent, &t, &tag);
		sent += rc == 0;
	}
	assert_int_equal(rc, CDAT_ERR_SEND);
	assert_int_equal(cdat_send_reason(c), CDAT_SEND_QUEUE_FULL);
	assert_true(sent > 100);
	assert_true(cdat_wants_write(c));
	pthread_mutex_unlock(&gate);
	p = (struct pollfd){ .fd = cdat_fd(c) };
	while (cdat_wants_write(c)) {
		p.events = POLLIN | POLLOUT;
		assert_true(poll(&p, 1, PATIENCE) > 0);
		assert_int_equal(cdat_dispatch(c), 0);
	}
	seen_until(c, &t.delivered, sent);
	assert_true(t.ordered);
	assert_int_equal(x.count, sent);
	cdat_close(c);
	servicer_stop(&s);
	free(data);
}

/* ---- a full queue --------------------------------------------------------------------------- */

enum { NUMBERS = 100 };

/* A servicer that has no room for some, once each, and then keeps what was sent behind them out
 * until the client knows. */
struct narrow {
	uint64_t full, full_at;
	bool was_full[NUMBERS];
	unsigned taken, order[NUMBERS], refused;
};

static bool answer_narrow(struct servicer *s, enum cdat_verb verb, uint32_t tag,
			  struct cdat_view body)
{
	struct cdat_c_sent sent = { 0 };
	struct narrow *x = s->ctx;
	struct cdat_c_send m;
	unsigned i;

	if (verb != CDAT_V_SEND || cdat_decode(body, cdat_verb_msg(verb), &m) != CDAT_DEC_OK ||
	    m.seen == 0 || m.data.len != sizeof(i))
		return false;
	memcpy(&i, m.data.data, sizeof(i));
	if (m.seen < x->full_at || (i % 7 == 3 && !x->was_full[i])) {
		if (m.seen >= x->full_at) {
			x->was_full[i] = true;
			x->full_at = ++x->full;
		}
		sent.error = CDAT_SEND_QUEUE_FULL;
		sent.full = x->full_at;
		x->refused++;
	} else {
		x->order[x->taken++] = i;
	}
	servicer_reply(s, CDAT_V_SENT, tag, &sent);
	if (sent.error == 0) {
		sent.delivered = true;
		servicer_reply(s, CDAT_V_SENT, tag, &sent);
	}
	return true;
}

struct again { uint32_t first; unsigned answered, n, refused[NUMBERS], numbers[NUMBERS]; };

static void on_narrow(void *ctx, uint32_t tag, enum cdat_send_error error, bool delivered)
{
	struct again *a = ctx;

	if (error == CDAT_SEND_QUEUE_FULL)
		a->refused[a->n++] = a->numbers[tag - a->first];
	else
		assert_int_equal(error, CDAT_SEND_OK);
	a->answered += !delivered;
}

/* All are sent at once, and the refused ones again as they were refused, until all are taken:
 * they arrive as they were first sent. */
static void test_full_keeps_order(void **state)
{
	struct narrow x = { .full = 1 };
	struct again a = { 0 };
	struct servicer s;
	struct seen seen;
	unsigned left = NUMBERS, i;
	uint32_t tag;
	cdat_t *c;

	(void)state;
	servicer_start(&s, answer_narrow, &x);
	s.batch = true;
	c = seen_open(&s, &seen);
	for (i = 0; i < NUMBERS; i++)
		a.refused[i] = i;
	while (left > 0) {
		memcpy(a.numbers, a.refused, sizeof(a.numbers));
		a.n = a.answered = 0;
		for (i = 0; i < left; i++) {
			assert_int_equal(cdat_send_async(c, 2, NULL, false, &a.numbers[i], sizeof(i),
							 on_narrow, &a, &tag), 0);
			a.first = tag - i;
		}
		seen_until(c, &a.answered, left);
		left = a.n;
	}
	assert_int_equal(x.taken, NUMBERS);
	for (i = 0; i < NUMBERS; i++)
		assert_int_equal(x.order[i], i);
	assert_in_range(x.full, 2, 1 + NUMBERS / 7 + 1);
	assert_true(x.refused > x.full);
	cdat_close(c);
	servicer_stop(&s);
}

/* ---- handlers that call back --------------------------------------------------------------- */

static bool answer_ping(struct servicer *s, enum cdat_verb verb, uint32_t tag,
			struct cdat_view body)
{
	const struct cdat_c_message ping = { .from = 2, .data = { (const uint8_t *)"ping", 4 } };
	const struct cdat_c_message noise = { .from = 3, .data = { (const uint8_t *)"noise", 5 } };
	const struct cdat_c_done done = { 1 };
	const struct cdat_c_sent accepted = { 0 }, delivered = { .delivered = true };

	(void)body;
	if (verb == CDAT_V_SUBSCRIBE) {
		servicer_reply(s, CDAT_V_DONE, tag, &done);
		servicer_reply(s, CDAT_V_MESSAGE, 0, &ping);
		return true;
	}
	servicer_reply(s, CDAT_V_SENT, tag, &accepted);
	servicer_reply(s, CDAT_V_MESSAGE, 0, &noise);	/* meanwhile */
	servicer_reply(s, CDAT_V_SENT, tag, &delivered);
	return verb == CDAT_V_SEND;
}

static void test_call_in_handler(void **state)
{
	struct servicer s;
	struct seen seen;
	cdat_t *c;

	(void)state;
	servicer_start(&s, answer_ping, NULL);
	c = seen_open(&s, &seen);
	seen.answer = true;
	seen.rc = 1;
	assert_int_equal(cdat_subscribe(c, 0, false, true, 0, PATIENCE), 0);
	seen_until(c, &seen.messages, 2);
	assert_int_equal(seen.rc, 0);
	assert_string_equal(seen.text, "3: noise");
	cdat_close(c);
	servicer_stop(&s);
}

static void test_close_in_handler(void **state)
{
	struct servicer s;
	struct seen seen;
	struct pollfd p;
	cdat_t *c;

	(void)state;
	servicer_start(&s, answer_ping, NULL);
	c = seen_open(&s, &seen);
	seen.close = true;
	if (cdat_subscribe(c, 0, false, true, 0, PATIENCE) == 0) {
		/* the message was not yet there: it comes now, and its handler frees c */
		p = (struct pollfd){ .fd = cdat_fd(c), .events = POLLIN };
		assert_int_equal(poll(&p, 1, PATIENCE), 1);
		assert_int_equal(cdat_dispatch(c), CDAT_ERR_LOST);
	}
	assert_int_equal(seen.messages, 1);
	servicer_stop(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_send),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_window),
		cmocka_unit_test(test_arguments),
		cmocka_unit_test(test_pipelined),
		cmocka_unit_test(test_gathered),
		cmocka_unit_test(test_untold),
		cmocka_unit_test(test_slow_servicer),
		cmocka_unit_test(test_full_keeps_order),
		cmocka_unit_test(test_call_in_handler),
		cmocka_unit_test(test_close_in_handler),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
