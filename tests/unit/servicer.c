/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The thread of the servicer for tests.  Asserts belong to the thread of the test: here
 * a failure that cannot be ends the program.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "servicer.h"

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "servicer: %s: %s\n", what, strerror(errno));
	abort();
}

void servicer_raw(struct servicer *s, const void *data, size_t len)
{
	ssize_t n = send(s->fd, data, len, MSG_NOSIGNAL);

	must(n == (ssize_t)len || errno == EPIPE || errno == ECONNRESET, "send");
}

void servicer_reply(struct servicer *s, enum cdat_verb verb, uint32_t tag, const void *msg)
{
	uint8_t *buf = malloc(CDAT_FRAME_MAX);
	struct cdat_writer w;

	must(buf != NULL, "malloc");
	cdat_writer_init(&w, buf, CDAT_FRAME_MAX);
	must(cdat_frame_write(&w, verb, tag, msg), "frame");
	servicer_raw(s, w.data, w.len);
	free(buf);
}

void servicer_row(struct servicer *s, uint32_t tag, enum cdat_kind kind, uint32_t a, uint32_t b,
		  const void *record)
{
	struct cdat_c_row row = { .kind = kind, .gone = record == NULL, .a = a, .b = b, .number = 1 };
	uint8_t buf[4096];
	struct cdat_writer w;

	cdat_writer_init(&w, buf, sizeof(buf));
	if (record)
		must(cdat_encode(&w, cdat_record_msg(kind), record), "record");
	row.record = cdat_written(&w);
	servicer_reply(s, CDAT_V_ROW, tag, &row);
}

void servicer_error(struct servicer *s, uint32_t tag, uint8_t code, const char *text)
{
	struct cdat_c_error e = { .code = code };

	snprintf(e.text, sizeof(e.text), "%s", text);
	servicer_reply(s, CDAT_V_ERROR, tag, &e);
}

void servicer_outcome(struct servicer *s, uint32_t tag, uint8_t result, uint8_t fault,
		      uint16_t culprit, const char *text)
{
	struct cdat_outcome o = { .result = result, .fault = fault, .culprit = culprit };

	o.version = result == CDAT_RES_COMMITTED ? 8 : 0;
	snprintf(o.text, sizeof(o.text), "%s", text);
	servicer_reply(s, CDAT_V_OUTCOME, tag, &o);
}

static bool greet(struct servicer *s, uint32_t tag, struct cdat_view body)
{
	struct cdat_c_hello hello = { .program = "cdatd", .version = "9.8.7", .access = s->access,
				      .protocol = CDAT_CONTROL_VERSION, .batch = s->batch };

	must(cdat_decode(body, cdat_verb_msg(CDAT_V_HELLO), &s->client) == CDAT_DEC_OK, "hello");
	if (s->hello == HELLO_ANSWER)
		servicer_reply(s, CDAT_V_HELLO, tag, &hello);
	else if (s->hello == HELLO_REFUSE)
		servicer_error(s, tag, CDAT_E_VERSION, "protocol 1 is not spoken here");
	else if (s->hello == HELLO_GARBAGE)
		servicer_raw(s, "\x01\x77zzzzzzzz", 10);
	return true;
}

static bool serve_frame(struct servicer *s, struct cdat_view frame)
{
	struct cdat_view body;
	enum cdat_verb verb;
	uint32_t tag;
	bool go_on;

	must(cdat_frame_read(frame, &verb, &tag, &body) == CDAT_DEC_OK, "frame of the client");
	if (verb == CDAT_V_HELLO)
		return greet(s, tag, body);
	go_on = s->fn && s->fn(s, verb, tag, body);
	atomic_fetch_add(&s->frames, 1);
	return go_on;
}

/* One packet of the client; false: it is gone. */
static bool serve(struct servicer *s)
{
	uint8_t *buf = malloc(CDAT_FRAME_MAX);
	struct cdat_view frames, frame;
	bool go_on = false;
	ssize_t n;

	must(buf != NULL, "malloc");
	n = recv(s->fd, buf, CDAT_FRAME_MAX, 0);
	if (n > 0 && cdat_batch_open((struct cdat_view){ buf, (size_t)n }, &frames)) {
		must(s->batch, "a batch that was not offered");
		atomic_fetch_add(&s->batches, 1);
		for (go_on = true; go_on && cdat_batch_next(&frames, &frame);)
			go_on = serve_frame(s, frame);
		must(frames.len == 0, "a malformed batch");
	} else if (n > 0) {
		go_on = serve_frame(s, (struct cdat_view){ buf, (size_t)n });
	}
	free(buf);
	return go_on;
}

static void *run(void *arg)
{
	struct servicer *s = arg;

	for (;;) {
		struct pollfd fds[2] = {
			{ .fd = s->wake[0], .events = POLLIN },
			{ .fd = s->fd < 0 ? s->listener : s->fd, .events = POLLIN },
		};

		must(poll(fds, 2, -1) >= 0 || errno == EINTR, "poll");
		if (fds[0].revents)
			return NULL;
		if (fds[1].revents && s->fd < 0) {
			s->fd = accept(s->listener, NULL, NULL);
		} else if (fds[1].revents && !serve(s)) {
			close(s->fd);
			s->fd = -1;
		}
	}
}

void servicer_start(struct servicer *s, servicer_fn fn, void *ctx)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	const char *tmp = getenv("TMPDIR");

	memset(s, 0, sizeof(*s));
	s->access = CDAT_ACCESS_ADMIN;
	s->fn = fn;
	s->ctx = ctx;
	s->fd = -1;
	snprintf(s->dir, sizeof(s->dir), "%s/cdat-unit-XXXXXX", tmp && strlen(tmp) < 32 ? tmp : "/tmp");
	must(mkdtemp(s->dir) != NULL, "mkdtemp");
	snprintf(s->path, sizeof(s->path), "%s/sock", s->dir);
	memcpy(sa.sun_path, s->path, strlen(s->path) + 1);
	s->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	must(s->listener >= 0, "socket");
	must(bind(s->listener, (struct sockaddr *)&sa, sizeof(sa)) == 0, "bind");
	must(listen(s->listener, 8) == 0, "listen");
	must(pipe(s->wake) == 0, "pipe");
	must(pthread_create(&s->thread, NULL, run, s) == 0, "thread");
}

void servicer_stop(struct servicer *s)
{
	must(write(s->wake[1], "x", 1) == 1, "wake");
	must(pthread_join(s->thread, NULL) == 0, "join");
	if (s->fd >= 0)
		close(s->fd);
	close(s->listener);
	close(s->wake[0]);
	close(s->wake[1]);
	unlink(s->path);
	rmdir(s->dir);
}
