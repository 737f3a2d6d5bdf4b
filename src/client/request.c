/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libcdat, the requests that wait for answers: found by their tags in a hash, since thousands
 * of pipelined messages may wait at a time; those of the heap are kept for the next.
 */
#include <stdlib.h>
#include <string.h>

#include "client/internal.h"

struct cdat_request *cdat_request_new(cdat_t *c)
{
	struct cdat_request *r = c->spare;

	if (r == NULL) {
		r = calloc(1, sizeof(*r));
	} else {
		c->spare = r->next;
		c->spares--;
		memset(r, 0, sizeof(*r));
	}
	if (r != NULL)
		r->heap = true;
	return r;
}

void cdat_request_free(cdat_t *c, struct cdat_request *req)
{
	if (c->spares >= CDAT_SPARES) {
		free(req);
		return;
	}
	req->next = c->spare;
	c->spare = req;
	c->spares++;
}

void cdat_request_drop_spares(cdat_t *c)
{
	struct cdat_request *r;

	while ((r = c->spare) != NULL) {
		c->spare = r->next;
		free(r);
	}
	c->spares = 0;
}

void cdat_request_add(cdat_t *c, struct cdat_request *req)
{
	struct cdat_request **bucket = &c->requests[req->tag % CDAT_BUCKETS];

	req->next = *bucket;
	*bucket = req;
}

struct cdat_request *cdat_request_find(const cdat_t *c, uint32_t tag)
{
	struct cdat_request *r = c->requests[tag % CDAT_BUCKETS];

	while (r && r->tag != tag)
		r = r->next;
	return r;
}

void cdat_request_remove(cdat_t *c, const struct cdat_request *req)
{
	struct cdat_request **link = &c->requests[req->tag % CDAT_BUCKETS];

	while (*link && *link != req)
		link = &(*link)->next;
	if (*link)
		*link = req->next;
}

void cdat_request_end(cdat_t *c, int error)
{
	struct cdat_request *r, *next;

	c->unanswered = 0;
	for (unsigned i = 0; i < CDAT_BUCKETS; i++) {
		for (r = c->requests[i]; r; r = next) {
			next = r->next;
			r->done = true;
			r->error = error;
			if (!r->heap)
				continue;
			cdat_request_remove(c, r);
			cdat_request_free(c, r);
		}
	}
}
