/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libcdat, the connection: opening, framing, the queue towards the servicer, and
 * handing what arrives to requests and handlers.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "config.h"
#include "client/internal.h"

#define UNREADABLE	"the servicer sent a frame that cannot be read; " \
			"install the same version of cdatd and libcdat"
#define CDAT_ROOM	(CDAT_FRAME_MAX + CDAT_BATCH_HEAD)
#define DISPATCH_MAX	256	/* packets that one cdat_dispatch() handles, so that it ends */

int cdat_fail(cdat_t *c, int error, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(c->text, sizeof(c->text), fmt, ap);
	va_end(ap);
	c->error = error;
	return error;
}

int64_t cdat_now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void cdat_enter(cdat_t *c)
{
	c->depth++;
}

static void release(cdat_t *c)
{
	struct cdat_pending *p;

	if (c->fd >= 0)
		close(c->fd);
	while ((p = c->out) != NULL) {
		c->out = p->next;
		free(p);
	}
	cdat_request_end(c, 0);
	cdat_request_drop_spares(c);
	free(c->spare_buffer);
	free(c->room);
	free(c);
}

int cdat_leave(cdat_t *c, int rc)
{
	if (--c->depth > 0 || !c->closing)
		return rc;
	release(c);
	return CDAT_ERR_LOST;
}

void cdat_close(cdat_t *c)
{
	if (c == NULL)
		return;
	c->closing = true;
	if (c->depth == 0)
		release(c);
}

/* The answer of every call once the connection is over. */
static int not_open(cdat_t *c)
{
	return c->ended ? c->ended : cdat_fail(c, CDAT_ERR_LOST, "not connected to the servicer");
}

/* The connection is over: those who wait learn it, nothing more is sent. */
static int lost(cdat_t *c, int error, const char *why)
{
	if (c->fd < 0)
		return c->ended;
	close(c->fd);
	c->fd = -1;
	c->ended = cdat_fail(c, error, "%s", why);
	cdat_request_end(c, error);
	if (c->handlers.lost)
		c->handlers.lost(c->ctx);
	return error;
}

/* Sends one packet.  1 sent, 0 the socket is full, else a negative cdat_error. */
static int push(cdat_t *c, const uint8_t *data, size_t len)
{
	ssize_t n;

	do
		n = send(c->fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (n >= 0)
		return 1;
	if (errno == EAGAIN || errno == ENOBUFS)
		return 0;
	if (errno == EMSGSIZE)
		return cdat_fail(c, CDAT_ERR_INVALID, "request of %zu octets does not fit the socket", len);
	return lost(c, CDAT_ERR_LOST, "the servicer ended the connection");
}

static int flush(cdat_t *c)
{
	while (c->fd >= 0 && c->out) {
		struct cdat_pending *p = c->out;
		int rc = push(c, p->data, p->len);

		if (rc == 0)
			return 0;
		if (rc == CDAT_ERR_LOST)
			return rc;
		c->out = p->next;
		c->out_len -= p->len;
		if (c->out == NULL)
			c->out_tail = &c->out;
		free(p);
	}
	return 0;
}

static int enqueue(cdat_t *c, const struct cdat_view frame)
{
	struct cdat_pending *p;

	if (c->out_len + frame.len > CDAT_OUT_MAX) {
		c->reason = CDAT_SEND_QUEUE_FULL;
		return cdat_fail(c, CDAT_ERR_SEND, "%s", cdat_send_error_text(CDAT_SEND_QUEUE_FULL));
	}
	p = malloc(sizeof(*p) + frame.len);
	if (p == NULL)
		return cdat_fail(c, CDAT_ERR_MEMORY, "out of memory");
	p->next = NULL;
	p->len = frame.len;
	memcpy(p->data, frame.data, frame.len);
	*c->out_tail = p;
	c->out_tail = &p->next;
	c->out_len += p->len;
	return 0;
}

/* Sends what was gathered, or queues it while the socket is full.  After a failure it is
 * still there. */
static int send_gathered(cdat_t *c)
{
	struct cdat_view packet;
	int rc;

	if (c->packet.frames == 0 || c->fd < 0)
		return 0;
	packet = cdat_batch_packet(&c->packet);
	rc = c->out ? 0 : push(c, packet.data, packet.len);
	if (rc == 0)
		rc = enqueue(c, packet);
	if (rc < 0)
		return rc;
	cdat_batch_init(&c->packet, c->room, CDAT_ROOM);
	return 0;
}

/* All that waits here goes to the socket, as far as it takes it. */
static int send_all(cdat_t *c)
{
	int rc = flush(c);

	if (rc == 0)
		rc = send_gathered(c);
	return rc == CDAT_ERR_LOST ? rc : 0;
}

int cdat_post(cdat_t *c, enum cdat_verb verb, uint32_t tag, const void *msg)
{
	struct cdat_batch before;
	int rc;

	if (c->fd < 0)
		return not_open(c);
	before = c->packet;
	if (!cdat_batch_add(&c->packet, verb, tag, msg)) {
		rc = send_gathered(c);
		if (rc)
			return rc;
		before = c->packet;
		if (!cdat_batch_add(&c->packet, verb, tag, msg))
			return cdat_fail(c, CDAT_ERR_INVALID, "request is longer than %u octets; "
					 "split it", CDAT_FRAME_MAX);
	}
	rc = c->batch && c->unanswered ? 0 : send_gathered(c);
	if (rc)
		c->packet = before;
	return rc;
}

int cdat_request(cdat_t *c, struct cdat_request *req, enum cdat_verb verb, const void *msg)
{
	int rc;

	if (++c->tag == 0)
		c->tag = 1;		/* 0 is for what is pushed */
	req->tag = c->tag;
	rc = cdat_post(c, verb, req->tag, msg);
	if (rc == 0)
		cdat_request_add(c, req);
	return rc;
}

static int push_row(cdat_t *c, const struct cdat_c_row *row)
{
	const struct cdat_msg *msg = cdat_record_msg(row->kind);
	struct cdat_key key = { row->a, row->b };
	union cdat_record record;

	if (msg == NULL || c->handlers.row == NULL)
		return 0;		/* a kind newer than this library */
	if (!row->gone && cdat_decode(row->record, msg, &record) != CDAT_DEC_OK)
		return lost(c, CDAT_ERR_PROTOCOL, UNREADABLE);
	c->handlers.row(c->ctx, row->kind, key, row->gone ? NULL : &record);
	return 0;
}

static int pushed(cdat_t *c, enum cdat_verb verb, const union cdat_reply *reply)
{
	const struct cdat_handlers *h = &c->handlers;
	const struct cdat_c_message *m = &reply->message;

	if (verb == CDAT_V_ROW)
		return push_row(c, &reply->row);
	if (verb == CDAT_V_EVENT && h->event)
		h->event(c->ctx, &reply->event);
	else if (verb == CDAT_V_MESSAGE && h->message)
		h->message(c->ctx, m->from, m->ordered, m->order, m->epoch, m->data.data, m->data.len);
	else if (verb == CDAT_V_RESYNC && h->resync)
		h->resync(c->ctx);
	else if (verb == CDAT_V_ERROR)
		cdat_fail(c, CDAT_ERR_PROTOCOL, "%s", reply->error.text);
	return 0;
}

static int answered(cdat_t *c, uint32_t tag, enum cdat_verb verb, const union cdat_reply *reply)
{
	struct cdat_request *r = cdat_request_find(c, tag);

	if (verb == CDAT_V_SENT && reply->sent.full > c->full)
		c->full = reply->sent.full;
	if (r == NULL)
		return 0;		/* nobody waits for it any more */
	if (verb == CDAT_V_ROW && r->answer == NULL)
		return push_row(c, &reply->row);
	if (verb == CDAT_V_ERROR) {
		r->done = true;
		r->error = reply->error.code == CDAT_E_ACCESS ? CDAT_ERR_ACCESS : CDAT_ERR_PROTOCOL;
		cdat_fail(c, r->error, "%s", reply->error.text);
		if (r->heap && r->answer)
			r->answer(c, r, verb, reply);
	} else if (r->answer) {
		r->answer(c, r, verb, reply);
	} else if (verb == CDAT_V_DONE) {
		r->done = true;
	}
	if (c->fd < 0)
		return 0;		/* a handler lost the connection, and with it the request */
	if (r->heap && r->done) {
		cdat_request_remove(c, r);
		cdat_request_free(c, r);
	}
	return 0;
}

static int handle(cdat_t *c, struct cdat_view frame)
{
	union cdat_reply reply;
	const struct cdat_msg *msg;
	struct cdat_view body;
	enum cdat_verb verb;
	enum cdat_decode d;
	uint32_t tag;

	d = cdat_frame_read(frame, &verb, &tag, &body);
	if (d == CDAT_DEC_TYPE && frame.data[1] == CDAT_CONTROL_VERSION)
		return 0;		/* a verb newer than this library */
	if (d != CDAT_DEC_OK)
		return lost(c, CDAT_ERR_PROTOCOL, "the servicer speaks another version of the "
			    "protocol; install the same version of cdatd and libcdat");
	msg = cdat_verb_msg(verb);
	if (msg && msg->size > sizeof(reply))
		return 0;		/* a request, not an answer */
	if (msg && cdat_decode(body, msg, &reply) != CDAT_DEC_OK)
		return lost(c, CDAT_ERR_PROTOCOL, UNREADABLE);
	return tag ? answered(c, tag, verb, &reply) : pushed(c, verb, &reply);
}

static int handle_packet(cdat_t *c, struct cdat_view packet)
{
	struct cdat_view frames, frame;
	int rc = 0;

	if (!cdat_batch_open(packet, &frames))
		return handle(c, packet);
	while (rc == 0 && c->fd >= 0 && !c->closing && cdat_batch_next(&frames, &frame))
		rc = handle(c, frame);
	if (rc == 0 && c->fd >= 0 && !c->closing && frames.len > 0)
		rc = lost(c, CDAT_ERR_PROTOCOL, UNREADABLE);
	return rc;
}

/* Handles one packet.  1 handled, 0 none is there, else a negative cdat_error. */
static int receive(cdat_t *c)
{
	uint8_t *buf = c->spare_buffer;
	ssize_t n;
	int rc;

	/* A handler may wait for an answer while its own frame is still in use. */
	c->spare_buffer = NULL;
	if (buf == NULL)
		buf = malloc(CDAT_FRAME_MAX);
	if (buf == NULL)
		return cdat_fail(c, CDAT_ERR_MEMORY, "out of memory");
	do
		n = recv(c->fd, buf, CDAT_FRAME_MAX, MSG_DONTWAIT | MSG_TRUNC);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN)
		rc = 0;
	else if (n <= 0)
		rc = lost(c, CDAT_ERR_LOST, "the servicer ended the connection");
	else if ((size_t)n > CDAT_FRAME_MAX)
		rc = lost(c, CDAT_ERR_PROTOCOL, "the servicer sent a frame that is too long");
	else
		rc = handle_packet(c, (struct cdat_view){ buf, (size_t)n });
	if (c->spare_buffer == NULL)
		c->spare_buffer = buf;
	else
		free(buf);
	return rc < 0 ? rc : n > 0;
}

static int drain(cdat_t *c)
{
	int i, rc = send_all(c);

	for (i = 0; rc == 0 && i < DISPATCH_MAX && c->fd >= 0 && !c->closing; i++) {
		rc = receive(c);
		if (rc == 0)
			return 0;
		if (rc > 0)
			rc = send_all(c);	/* what handlers sent, together */
	}
	return rc;
}

int cdat_wait(cdat_t *c, int64_t deadline)
{
	struct pollfd p = { .fd = c->fd };
	int64_t left = deadline - cdat_now_ms();
	int rc;

	if (c->fd < 0)
		return not_open(c);
	rc = send_all(c);
	if (rc)
		return rc;
	p.events = POLLIN | (c->out ? POLLOUT : 0);
	if (left < 0)
		left = 0;
	if (poll(&p, 1, left > INT_MAX ? INT_MAX : (int)left) < 0 && errno != EINTR)
		return lost(c, CDAT_ERR_LOST, "cannot wait for the servicer");
	return drain(c);
}

int cdat_await(cdat_t *c, struct cdat_request *req, int64_t deadline)
{
	int rc = 0;

	while (!req->done && rc == 0 && !c->closing) {
		rc = cdat_wait(c, deadline);
		if (!req->done && rc == 0 && cdat_now_ms() >= deadline)
			rc = cdat_fail(c, CDAT_ERR_TIMEOUT, "the servicer did not answer in time");
	}
	cdat_request_remove(c, req);
	if (req->done)
		return req->error;
	return c->closing ? CDAT_ERR_LOST : rc;
}

int cdat_ask(cdat_t *c, struct cdat_request *req, enum cdat_verb verb, const void *msg,
	     int timeout_ms)
{
	int64_t deadline = cdat_now_ms() + (timeout_ms > 0 ? timeout_ms : 0);
	int rc;

	cdat_enter(c);
	rc = cdat_request(c, req, verb, msg);
	if (rc == 0)
		rc = cdat_await(c, req, deadline);
	return cdat_leave(c, rc);
}

static void take_hello(cdat_t *c, struct cdat_request *req, enum cdat_verb verb,
		       const union cdat_reply *reply)
{
	if (verb != CDAT_V_HELLO)
		return;
	c->access = reply->hello.access;
	c->batch = reply->hello.batch;
	snprintf(c->servicer, sizeof(c->servicer), "%s", reply->hello.version);
	req->done = true;
}

static int reach(cdat_t *c, const char *path, int timeout_ms)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	struct timeval tv = { timeout_ms / 1000, timeout_ms % 1000 * 1000 + 1 };

	if (strlen(path) >= sizeof(sa.sun_path))
		return cdat_fail(c, CDAT_ERR_INVALID, "socket path is longer than %zu octets",
				 sizeof(sa.sun_path) - 1);
	memcpy(sa.sun_path, path, strlen(path) + 1);
	c->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (c->fd < 0)
		return cdat_fail(c, CDAT_ERR_CONNECT, "cannot make a socket: %s", strerror(errno));
	/* bounds connect() while the servicer's backlog is full */
	setsockopt(c->fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
	if (connect(c->fd, (struct sockaddr *)&sa, sizeof(sa)) < 0) {
		int e = errno;

		close(c->fd);
		c->fd = -1;
		if (e == EACCES)
			return cdat_fail(c, CDAT_ERR_ACCESS,
					 "no access to %s; be root or in group cdat", path);
		return cdat_fail(c, CDAT_ERR_CONNECT, "no servicer at %s (%s); is cdatd running?",
				 path, strerror(e == EAGAIN ? ETIMEDOUT : e));
	}
	fcntl(c->fd, F_SETFL, fcntl(c->fd, F_GETFL) | O_NONBLOCK);
	return 0;
}

cdat_t *cdat_open(const char *path, const char *program, int timeout_ms)
{
	struct cdat_c_hello hello = { .protocol = CDAT_CONTROL_VERSION, .batch = true };
	struct cdat_request req = { .answer = take_hello };
	cdat_t *c = calloc(1, sizeof(*c));
	int rc;

	if (c == NULL)
		return NULL;
	c->fd = -1;
	c->full = 1;
	c->out_tail = &c->out;
	c->room = malloc(CDAT_ROOM);
	c->spare_buffer = malloc(CDAT_FRAME_MAX);
	if (c->room == NULL || c->spare_buffer == NULL) {
		cdat_close(c);
		return NULL;
	}
	cdat_batch_init(&c->packet, c->room, CDAT_ROOM);
	if (timeout_ms < 0)
		timeout_ms = 0;
	rc = reach(c, path ? path : CDAT_SOCKET_DEFAULT, timeout_ms);
	if (rc)
		return c;
	snprintf(hello.program, sizeof(hello.program), "%s", program ? program : "");
	snprintf(hello.version, sizeof(hello.version), "%s", PACKAGE_VERSION);
	rc = cdat_ask(c, &req, CDAT_V_HELLO, &hello, timeout_ms);
	if (rc && c->fd >= 0) {
		close(c->fd);
		c->fd = -1;
	}
	return c;
}

int cdat_error(const cdat_t *c)
{
	return c->error;
}

const char *cdat_errtext(const cdat_t *c)
{
	return c->text;
}

bool cdat_may_change(const cdat_t *c)
{
	return c->access == CDAT_ACCESS_ADMIN;
}

const char *cdat_servicer_version(const cdat_t *c)
{
	return c->servicer;
}

void cdat_handle(cdat_t *c, const struct cdat_handlers *handlers, void *ctx)
{
	if (handlers)
		c->handlers = *handlers;
	else
		memset(&c->handlers, 0, sizeof(c->handlers));
	c->ctx = ctx;
}

int cdat_fd(const cdat_t *c)
{
	return c->fd;
}

int cdat_dispatch(cdat_t *c)
{
	if (c->fd < 0)
		return not_open(c);
	cdat_enter(c);
	return cdat_leave(c, drain(c));
}

bool cdat_wants_write(const cdat_t *c)
{
	return c->out != NULL || c->packet.frames > 0;
}
