/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * HTTP(S) requests without waiting: libcurl's multi interface on the loop of libev.
 *
 * Certificates are always verified; only http and https are spoken; no redirect is followed;
 * no cookie, .netrc or proxy of the environment is used; time and the octets of an answer are
 * bounded.
 */
#ifndef NOTIFY_HTTP_H
#define NOTIFY_HTTP_H

#include <ev.h>

#include "notify/conf.h"

#define HTTP_ANSWER_KEPT	16384u		/* octets of the answer that are looked at */
#define HTTP_ANSWER_MAX		(1u << 20)	/* past it the answer is broken off */

struct http;		/* the client of the process */
struct http_call;	/* one request at a time, again and again */

struct http_answer {
	long status;			/* 0: there was no whole answer, see `error` */
	const char *body;
	size_t len;			/* at most HTTP_ANSWER_KEPT */
	uint32_t retry_after_s;		/* 0: not told */
	const char *error;
};

typedef void http_done(void *ctx, const struct http_answer *answer);

struct http *http_new(struct ev_loop *loop);	/* NULL: no memory */
void http_free(struct http *http);		/* after all its calls */

struct http_call *http_call_new(struct http *http, http_done *done, void *ctx);
void http_call_free(struct http_call *call);	/* ends what is under way, without `done` */

struct http_request {
	const struct sink_conf *conf;	/* credentials, certificates, time limit */
	const char *path;		/* appended to conf->url; "" none */
	const char *content_type;
	const char *body;		/* copied */
	size_t len;
	bool sign;			/* conf->hmac: X-Cdat-Signature */
};

/* Begins a POST; `done` is called later.  False with one line in `why`: it could not begin. */
bool http_post(struct http_call *call, const struct http_request *request, char *why,
	       size_t whylen);

#endif
