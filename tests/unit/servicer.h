/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A servicer for tests of its clients: a thread that speaks the control protocol on a
 * socket of its own and answers as the test says.  One client at a time.
 */
#ifndef TESTS_UNIT_SERVICER_H
#define TESTS_UNIT_SERVICER_H

#include <pthread.h>
#include <stdatomic.h>

#include "wire/control.h"

struct servicer;

/* Answers one frame (HELLO is answered already); false ends the connection. */
typedef bool (*servicer_fn)(struct servicer *s, enum cdat_verb verb, uint32_t tag,
			    struct cdat_view body);

struct servicer {
	char dir[64], path[96];
	uint8_t access;			/* told in HELLO */
	enum { HELLO_ANSWER, HELLO_SILENT, HELLO_REFUSE, HELLO_GARBAGE } hello;
	bool batch;			/* takes batches; told in HELLO */
	struct cdat_c_hello client;	/* what the last client said */
	void *ctx;			/* of the test */
	atomic_uint frames;		/* handled, HELLO not counted */
	atomic_uint batches;		/* packets of several frames */
	/* inside */
	servicer_fn fn;
	int listener, fd, wake[2];
	pthread_t thread;
};

void servicer_start(struct servicer *s, servicer_fn fn, void *ctx);
void servicer_stop(struct servicer *s);		/* joins and cleans up */

/* For servicer_fn. */
void servicer_reply(struct servicer *s, enum cdat_verb verb, uint32_t tag, const void *msg);
void servicer_row(struct servicer *s, uint32_t tag, enum cdat_kind kind, uint32_t a, uint32_t b,
		  const void *record);		/* NULL: gone */
void servicer_raw(struct servicer *s, const void *data, size_t len);
void servicer_error(struct servicer *s, uint32_t tag, uint8_t code, const char *text);
void servicer_outcome(struct servicer *s, uint32_t tag, uint8_t result, uint8_t fault,
		      uint16_t culprit, const char *text);

#endif
