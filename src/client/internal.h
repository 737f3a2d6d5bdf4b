/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inside libcdat: the connection and the requests that wait for answers.
 *
 * Each request has a tag of its own, so answers find it among what is pushed.  A
 * request of a call that waits lives on that call's stack; a pipelined one lives on
 * the heap and goes when its last answer has come.  Answers to a request that nobody
 * waits for any more (it timed out) are dropped.
 *
 * Frames are gathered into one packet (wire/control.h, BATCH) while pipelined messages wait to
 * be accepted: their answers make the descriptor readable, and cdat_dispatch() sends what was
 * gathered, so nothing waits for a call that need not come.  A frame that finds nothing on its
 * way is sent at once.
 */
#ifndef CDAT_CLIENT_INTERNAL_H
#define CDAT_CLIENT_INTERNAL_H

#include "client/cdat.h"
#include "wire/control.h"

#define CDAT_OUT_MAX	(8u * 1024u * 1024u)	/* octets that may wait for the socket */
#define CDAT_BUCKETS	1024u			/* of requests by tag */
#define CDAT_SPARES	64u			/* requests kept for the next */

/* A decoded frame from the servicer. */
union cdat_reply {
	struct cdat_c_hello hello;
	struct cdat_c_row row;
	struct cdat_c_done done;
	struct cdat_event event;
	struct cdat_c_message message;
	struct cdat_outcome outcome;
	struct cdat_c_sent sent;
	struct cdat_c_keys keys;
	struct cdat_c_error error;
};

struct cdat_request;

/* Takes an answer; sets req->done (and req->error) with the last one. */
typedef void (*cdat_answer_fn)(cdat_t *c, struct cdat_request *req, enum cdat_verb verb,
			       const union cdat_reply *reply);

struct cdat_request {
	struct cdat_request *next;
	uint32_t tag;
	uint64_t key;			/* of a held change */
	bool done, heap, accepted;
	int error;			/* enum cdat_error */
	cdat_answer_fn answer;
	void *result;			/* of the call that waits */
	union {
		cdat_outcome_fn outcome;
		cdat_sent_fn sent;
	} fn;
	void *ctx;
};

/* A frame that the socket did not take yet. */
struct cdat_pending {
	struct cdat_pending *next;
	size_t len;
	uint8_t data[];
};

struct cdat {
	int fd;
	int error;			/* of the last failure */
	int ended;			/* why the connection is over; 0 it is not */
	enum cdat_send_error reason;
	uint8_t access;
	unsigned depth;			/* public calls that may run handlers, nested */
	bool closing;			/* cdat_close() was called inside a handler */
	uint32_t tag;
	uint64_t key;
	uint64_t full;			/* highest of SENT that was read (wire/control.h); from 1 on */
	struct cdat_handlers handlers;
	void *ctx;
	struct cdat_request *requests[CDAT_BUCKETS];	/* by tag; in a bucket the newest first */
	struct cdat_request *spare;	/* pipelined ones for the next */
	unsigned spares, unanswered;	/* unanswered: pipelined messages, not yet accepted */
	bool batch;			/* the servicer takes several frames in a packet */
	struct cdat_batch packet;	/* frames that are not sent yet */
	struct cdat_pending *out, **out_tail;
	size_t out_len;
	uint8_t *spare_buffer;		/* to receive into, when no frame is being handled */
	uint8_t *room;			/* of the packet */
	char servicer[64];
	char text[CDAT_TEXT_MAX + 1];
};

/* Notes a failure and its line; gives `error` back. */
__attribute__((format(printf, 3, 4)))
int cdat_fail(cdat_t *c, int error, const char *fmt, ...);

/* Monotonic milliseconds. */
int64_t cdat_now_ms(void);

/* Sends one frame, or queues it while the socket is full, or gathers it.  0 or a negative
 * cdat_error. */
int cdat_post(cdat_t *c, enum cdat_verb verb, uint32_t tag, const void *msg);

/* Gives the request a tag, posts it and registers it. */
int cdat_request(cdat_t *c, struct cdat_request *req, enum cdat_verb verb, const void *msg);

/* A pipelined request, zeroed; NULL: no memory. */
struct cdat_request *cdat_request_new(cdat_t *c);
void cdat_request_free(cdat_t *c, struct cdat_request *req);
void cdat_request_add(cdat_t *c, struct cdat_request *req);
struct cdat_request *cdat_request_find(const cdat_t *c, uint32_t tag);
void cdat_request_remove(cdat_t *c, const struct cdat_request *req);
/* The connection is over: who waits learns it, pipelined ones are freed. */
void cdat_request_end(cdat_t *c, int error);
void cdat_request_drop_spares(cdat_t *c);

/* Dispatches until the request is done, or the deadline (cdat_now_ms() scale); then
 * unregisters it.  0 or the request's error. */
int cdat_await(cdat_t *c, struct cdat_request *req, int64_t deadline);

/* cdat_request() and cdat_await() in one, bracketed by cdat_enter() and cdat_leave(). */
int cdat_ask(cdat_t *c, struct cdat_request *req, enum cdat_verb verb, const void *msg,
	     int timeout_ms);

/* Waits for traffic at most until the deadline and handles it. */
int cdat_wait(cdat_t *c, int64_t deadline);

/* Bracket of the public calls that run handlers; a handle closed inside is freed at the
 * last cdat_leave(). */
void cdat_enter(cdat_t *c);
int cdat_leave(cdat_t *c, int rc);

#endif
