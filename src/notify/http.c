/* SPDX-License-Identifier: BSD-2-Clause */
/* libcurl on libev; see http.h. */
#include "config.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "notify/http.h"
#include "notify/payload.h"
#include "notify/secret.h"

#define CONNECT_MOST_MS		5000L
#define HEADERS_MAX		65536u

struct http {
	struct ev_loop *loop;
	CURLM *multi;
	ev_timer timer;
};

struct http_call {
	struct http *http;
	CURL *easy;
	bool busy;
	http_done *done;
	void *ctx;
	struct curl_slist *headers;
	char body[HTTP_ANSWER_KEPT + 1];
	size_t len, total, header_octets;
	char error[CURL_ERROR_SIZE];
};

struct watched {
	struct http *http;
	ev_io io;
};

/* ---- the loop ---- */

static void finish(struct http *http, CURL *easy, CURLcode code)
{
	struct http_call *call = NULL;
	struct http_answer answer = { 0 };
	curl_off_t after = 0;

	curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&call);
	curl_multi_remove_handle(http->multi, easy);
	call->busy = false;
	call->body[call->len] = '\0';
	answer.body = call->body;
	answer.len = call->len;
	if (code == CURLE_OK) {
		curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &answer.status);
		curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &after);
		answer.retry_after_s = after < 0 || after > 86400 ? 0 : (uint32_t)after;
	} else if (call->total > HTTP_ANSWER_MAX || call->header_octets > HEADERS_MAX) {
		answer.error = "the answer has no end";
	} else {
		answer.error = call->error[0] != '\0' ? call->error : curl_easy_strerror(code);
	}
	call->done(call->ctx, &answer);
}

static void look(struct http *http)
{
	const CURLMsg *msg;
	int left;

	while ((msg = curl_multi_info_read(http->multi, &left)) != NULL)
		if (msg->msg == CURLMSG_DONE)
			finish(http, msg->easy_handle, msg->data.result);
}

static void act(struct http *http, curl_socket_t fd, int what)
{
	int running;

	curl_multi_socket_action(http->multi, fd, what, &running);
	look(http);
}

static void on_io(struct ev_loop *loop, ev_io *io, int events)
{
	struct watched *w = io->data;

	(void)loop;
	act(w->http, io->fd, (events & EV_READ ? CURL_CSELECT_IN : 0) |
	    (events & EV_WRITE ? CURL_CSELECT_OUT : 0));
}

static void on_timer(struct ev_loop *loop, ev_timer *timer, int events)
{
	struct http *http = timer->data;

	(void)loop;
	(void)events;
	act(http, CURL_SOCKET_TIMEOUT, 0);
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *ctx, void *own)
{
	struct http *http = ctx;
	struct watched *w = own;

	(void)easy;
	if (w != NULL)
		ev_io_stop(http->loop, &w->io);
	if (what == CURL_POLL_REMOVE) {
		free(w);
		curl_multi_assign(http->multi, fd, NULL);
		return 0;
	}
	if (w == NULL) {
		w = calloc(1, sizeof(*w));
		if (w == NULL)
			return -1;
		w->http = http;
		curl_multi_assign(http->multi, fd, w);
	}
	ev_io_init(&w->io, on_io, fd, (what & CURL_POLL_IN ? EV_READ : 0) |
		   (what & CURL_POLL_OUT ? EV_WRITE : 0));
	w->io.data = w;
	ev_io_start(http->loop, &w->io);
	return 0;
}

static int on_deadline(CURLM *multi, long ms, void *ctx)
{
	struct http *http = ctx;

	(void)multi;
	ev_timer_stop(http->loop, &http->timer);
	if (ms < 0)
		return 0;
	/* never from here: libcurl must not be called from inside itself */
	ev_timer_set(&http->timer, (double)ms / 1000.0, 0.0);
	ev_timer_start(http->loop, &http->timer);
	return 0;
}

struct http *http_new(struct ev_loop *loop)
{
	struct http *http = calloc(1, sizeof(*http));

	if (http == NULL)
		return NULL;
	http->loop = loop;
	http->multi = curl_multi_init();
	if (http->multi == NULL) {
		free(http);
		return NULL;
	}
	ev_timer_init(&http->timer, on_timer, 0.0, 0.0);
	http->timer.data = http;
	curl_multi_setopt(http->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(http->multi, CURLMOPT_SOCKETDATA, http);
	curl_multi_setopt(http->multi, CURLMOPT_TIMERFUNCTION, on_deadline);
	curl_multi_setopt(http->multi, CURLMOPT_TIMERDATA, http);
	curl_multi_setopt(http->multi, CURLMOPT_MAXCONNECTS, (long)SINKS_MAX);
	return http;
}

void http_free(struct http *http)
{
	if (http == NULL)
		return;
	curl_multi_cleanup(http->multi);	/* calls on_socket for those kept open */
	ev_timer_stop(http->loop, &http->timer);
	free(http);
}

/* ---- one request ---- */

static size_t on_body(char *data, size_t size, size_t n, void *ctx)
{
	struct http_call *call = ctx;
	size_t len = size * n, room = HTTP_ANSWER_KEPT - call->len;

	call->total += len;
	if (call->total > HTTP_ANSWER_MAX)
		return 0;
	memcpy(call->body + call->len, data, len < room ? len : room);
	call->len += len < room ? len : room;
	return len;
}

static size_t on_header(char *data, size_t size, size_t n, void *ctx)
{
	struct http_call *call = ctx;

	(void)data;
	call->header_octets += size * n;
	return call->header_octets > HEADERS_MAX ? 0 : size * n;
}

/* A hook that is started must not get it. */
static curl_socket_t on_open(void *ctx, curlsocktype purpose, struct curl_sockaddr *a)
{
	(void)ctx;
	(void)purpose;
	return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

struct http_call *http_call_new(struct http *http, http_done *done, void *ctx)
{
	struct http_call *call = calloc(1, sizeof(*call));

	if (call == NULL)
		return NULL;
	call->http = http;
	call->done = done;
	call->ctx = ctx;
	call->easy = curl_easy_init();
	if (call->easy != NULL)
		return call;
	free(call);
	return NULL;
}

void http_call_free(struct http_call *call)
{
	if (call == NULL)
		return;
	if (call->busy)
		curl_multi_remove_handle(call->http->multi, call->easy);
	curl_easy_cleanup(call->easy);
	curl_slist_free_all(call->headers);
	free(call);
}

static bool add_header(struct http_call *call, const char *name, const char *value)
{
	char line[256];
	struct curl_slist *grown;

	snprintf(line, sizeof(line), *value != '\0' ? "%s: %s" : "%s:", name, value);
	grown = curl_slist_append(call->headers, line);
	if (grown != NULL)
		call->headers = grown;
	return grown != NULL;
}

/* libcurl copies what it is given; here it is wiped at once. */
static bool set_credentials(CURL *e, const struct sink_conf *c, char *why, size_t whylen)
{
	struct secret secret;

	if (c->username != NULL) {
		if (!secret_read(c->password.path, &secret, why, whylen))
			return false;
		curl_easy_setopt(e, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
		curl_easy_setopt(e, CURLOPT_USERNAME, c->username);
		curl_easy_setopt(e, CURLOPT_PASSWORD, secret.text);
		secret_wipe(&secret);
	}
	if (c->bearer.path != NULL) {
		if (!secret_read(c->bearer.path, &secret, why, whylen))
			return false;
		curl_easy_setopt(e, CURLOPT_HTTPAUTH, CURLAUTH_BEARER);
		curl_easy_setopt(e, CURLOPT_XOAUTH2_BEARER, secret.text);
		secret_wipe(&secret);
	}
	return true;
}

static bool set_tls(CURL *e, const struct sink_conf *c, char *why, size_t whylen)
{
	curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(e, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
	if (c->ca.path != NULL) {	/* instead of those of the system, not beside them */
		curl_easy_setopt(e, CURLOPT_CAINFO, c->ca.path);
		curl_easy_setopt(e, CURLOPT_CAPATH, NULL);
	}
	if (c->cert.path == NULL)
		return true;
	curl_easy_setopt(e, CURLOPT_SSLCERT, c->cert.path);
	curl_easy_setopt(e, CURLOPT_SSLKEY, c->key.path);
	return secret_check(c->key.path, why, whylen);
}

static void set_limits(CURL *e, const struct sink_conf *c)
{
	long ms = (long)c->timeout_s * 1000;

	curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(e, CURLOPT_HTTP09_ALLOWED, 0L);
	curl_easy_setopt(e, CURLOPT_NETRC, CURL_NETRC_IGNORED);
	curl_easy_setopt(e, CURLOPT_PROXY, "");
	curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, ms);
	curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, ms < CONNECT_MOST_MS ? ms : CONNECT_MOST_MS);
	curl_easy_setopt(e, CURLOPT_MAXFILESIZE, (long)HTTP_ANSWER_MAX);
}

static bool sign(struct http_call *call, const struct http_request *r, char *why, size_t whylen)
{
	struct secret secret;
	char mac[HMAC_TEXT_LEN];

	if (!r->sign || r->conf->hmac.path == NULL)
		return true;
	if (!secret_read(r->conf->hmac.path, &secret, why, whylen))
		return false;
	payload_hmac(secret.text, secret.len, r->body, r->len, mac);
	secret_wipe(&secret);
	return add_header(call, "X-Cdat-Signature", mac);
}

static bool set_body(struct http_call *call, const struct http_request *r, char *why, size_t whylen)
{
	CURL *e = call->easy;
	size_t len = strlen(r->conf->url);
	char url[2200];

	if (*r->path != '\0' && len > 0 && r->conf->url[len - 1] == '/')
		len--;
	snprintf(url, sizeof(url), "%.*s%s", (int)len, r->conf->url, r->path);
	curl_easy_setopt(e, CURLOPT_URL, url);
	curl_easy_setopt(e, CURLOPT_USERAGENT, "cdat-notify/" PACKAGE_VERSION);
	curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE, (long)r->len);
	if (curl_easy_setopt(e, CURLOPT_COPYPOSTFIELDS, r->body) != CURLE_OK ||
	    !add_header(call, "Content-Type", r->content_type) ||
	    !add_header(call, "Accept", "application/json") || !add_header(call, "Expect", "") ||
	    !sign(call, r, why, whylen))
		return false;
	curl_easy_setopt(e, CURLOPT_HTTPHEADER, call->headers);
	return true;
}

bool http_post(struct http_call *call, const struct http_request *request, char *why, size_t whylen)
{
	CURL *e = call->easy;

	snprintf(why, whylen, "not enough memory");
	curl_easy_reset(e);
	curl_slist_free_all(call->headers);
	call->headers = NULL;
	call->len = call->total = call->header_octets = 0;
	call->error[0] = '\0';
	set_limits(e, request->conf);
	if (!set_body(call, request, why, whylen) || !set_tls(e, request->conf, why, whylen) ||
	    !set_credentials(e, request->conf, why, whylen))
		return false;
	curl_easy_setopt(e, CURLOPT_PRIVATE, call);
	curl_easy_setopt(e, CURLOPT_ERRORBUFFER, call->error);
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(e, CURLOPT_WRITEDATA, call);
	curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(e, CURLOPT_HEADERDATA, call);
	curl_easy_setopt(e, CURLOPT_OPENSOCKETFUNCTION, on_open);
	if (curl_multi_add_handle(call->http->multi, e) != CURLM_OK)
		return false;
	call->busy = true;
	return true;
}
