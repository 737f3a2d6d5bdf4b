/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For the tests of libcdat: a handle whose handlers note what they saw.
 */
#ifndef TESTS_UNIT_SEEN_H
#define TESTS_UNIT_SEEN_H

#include "client/cdat.h"
#include "servicer.h"

#define PATIENCE	20000	/* ms; a deadline that a busy machine keeps */

struct seen {
	cdat_t *c;
	unsigned rows, gone, events, messages, resyncs, losts;
	struct cdat_key key;
	struct cdat_node node;
	struct cdat_event event;
	uint64_t order;
	char text[64];
	bool answer, close;
	int rc;
};

/* Opens at the servicer with the handlers. */
cdat_t *seen_open(struct servicer *s, struct seen *seen);
/* Dispatches until *count reaches `wanted`. */
void seen_until(cdat_t *c, const unsigned *count, unsigned wanted);
struct cdat_node seen_node(uint16_t number);

#endif
