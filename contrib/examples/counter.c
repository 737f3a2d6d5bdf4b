/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A replicated counter, as an example of libcdat(3): run it on each node; each number that is
 * typed on one is added on all, and all print the same values in the same order, since messages
 * to all have one order.
 *
 *   cc counter.c $(pkg-config --cflags --libs cdat) -o counter && ./counter [SOCKET]
 *
 * One that starts says "hello" to all.  At that place of the order the others tell it their
 * value; what is added after it waits until that has come.
 */
#include <cdat.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define WAIT_MS	1000	/* for an answer to hello; after that we are the first */

struct counter {
	cdat_t *c;
	char hello[32];		/* ours */
	bool placed;		/* our hello has its place in the order */
	bool known;		/* the value is */
	bool lost;
	long value;		/* until known: what was added after our hello */
};

static int tell(struct counter *s, uint16_t node, const char *text)
{
	int e = cdat_send(s->c, node, NULL, text, strlen(text), 0);

	if (e)
		fprintf(stderr, "counter: %s\n", cdat_errtext(s->c));
	return e;
}

static void show(const struct counter *s)
{
	printf("%ld\n", s->value);
	fflush(stdout);
}

static void on_message(void *ctx, uint16_t from, bool ordered, uint64_t order, uint32_t epoch,
		       const void *data, size_t len)
{
	struct counter *s = ctx;
	char text[64] = "", answer[64];
	long n;

	(void)order, (void)epoch;
	memcpy(text, data, len < sizeof(text) ? len : sizeof(text) - 1);
	if (ordered && !strcmp(text, s->hello)) {
		s->placed = true;
	} else if (ordered && !strncmp(text, "hello", 5) && s->known) {
		snprintf(answer, sizeof(answer), "value %ld", s->value);
		tell(s, from, answer);
	} else if (ordered && s->placed && sscanf(text, "add %ld", &n) == 1) {
		s->value += n;
		if (s->known)
			show(s);
	} else if (!ordered && s->placed && !s->known && sscanf(text, "value %ld", &n) == 1) {
		s->value += n;
		s->known = true;
		show(s);
	}
}

static void on_lost(void *ctx)
{
	((struct counter *)ctx)->lost = true;
}

int main(int argc, char **argv)
{
	static const struct cdat_handlers handlers = { .message = on_message, .lost = on_lost };
	struct counter s = { .c = cdat_open(argc > 1 ? argv[1] : NULL, "counter", 1000) };
	char line[32], text[64];
	bool typing = true;

	setvbuf(stdin, NULL, _IONBF, 0);	/* poll() sees what stdin would have taken in */
	snprintf(s.hello, sizeof(s.hello), "hello %ld.%ld", (long)getpid(), (long)time(NULL));
	if (s.c != NULL)
		cdat_handle(s.c, &handlers, &s);
	if (s.c == NULL || cdat_error(s.c) || cdat_subscribe(s.c, 0, false, true, 0, 1000) ||
	    tell(&s, 0, s.hello)) {
		fprintf(stderr, "counter: %s\n", s.c ? cdat_errtext(s.c) : "no memory");
		return 1;
	}
	while (!s.lost) {
		struct pollfd fds[] = { { cdat_fd(s.c), POLLIN, 0 },
					{ typing ? STDIN_FILENO : -1, POLLIN, 0 } };

		if (poll(fds, 2, s.known ? -1 : WAIT_MS) == 0 && s.placed && !s.known) {
			s.known = true;
			show(&s);
		}
		if (cdat_dispatch(s.c))
			break;
		if (fds[1].revents == 0)
			continue;
		typing = fgets(line, sizeof(line), stdin) != NULL;
		if (typing && snprintf(text, sizeof(text), "add %ld", strtol(line, NULL, 10)) > 0)
			tell(&s, 0, text);
	}
	fprintf(stderr, "counter: the servicer is gone\n");
	cdat_close(s.c);
	return 1;
}
