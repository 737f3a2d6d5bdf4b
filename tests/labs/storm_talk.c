/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A client that outlives its servicer, for the storm: sends numbered messages, or hears
 * them, and writes a line of each thing that happened, for storm-judge.py.
 *
 *   storm_talk SOCKET send NODE|0 RATE	to node number NODE; 0: to all members
 *   storm_talk SOCKET hear
 *   storm_talk - metronome	no client: tells when it was itself not run in time
 *
 * Lines (TIME in seconds of CLOCK_MONOTONIC, RUN names one connection of one sender, DEST
 * and FROM are numbers of nodes):
 *   up TIME RUN DEST		connected; for a hearer: from now on none is missed
 *   end TIME			the connection is lost, what is outstanding not known
 *   sent RUN SEQ TIME		acknowledged
 *   not RUN SEQ ERROR		refused, or given up later
 *   got TIME FROM ORDERED RUN SEQ EPOCH PLACE	of a message to all: its place in its view
 *   slow TIME			the servicer dropped messages, since this client was slow
 *   late TIME MS		the metronome was woken so much too late
 */
#include "config.h"

#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "client/cdat.h"

#define HEAD		"storm "
#define OUTSTANDING	64u	/* messages accepted or asked for, not acknowledged */
#define LINGER_NS	20000000000	/* at the end: how long acknowledgements are awaited */
#define PAUSE_NS	100000000	/* between two attempts to connect */
#define TIMEOUT_MS	5000
#define BEAT_NS		10000000	/* of the metronome */
#define LATE_NS		100000000

struct talker {
	cdat_t *c;
	uint32_t run;
	uint64_t seq;
	unsigned outstanding;
	bool lost;
	uint64_t of_tag[OUTSTANDING * 4];	/* number of the message, by tag */
};

static volatile sig_atomic_t ended;

static void on_signal(int sig)
{
	(void)sig;
	ended = 1;
}

static int64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static double now_s(void)
{
	return (double)now_ns() / 1e9;
}

/* Waits until the time, or something arrived that was handled. */
static void wait_until(struct talker *t, int64_t at)
{
	int64_t left = at - now_ns();
	struct timespec ts = { .tv_sec = left / 1000000000, .tv_nsec = left % 1000000000 };
	struct pollfd p = { .fd = t->c ? cdat_fd(t->c) : -1, .events = POLLIN };

	if (left < 0)
		ts = (struct timespec){ 0 };
	if (t->c && cdat_wants_write(t->c))
		p.events |= POLLOUT;
	if (ppoll(&p, 1, &ts, NULL) > 0 && cdat_dispatch(t->c))
		t->lost = true;
}

/* Connects; false: told to end. */
static bool connect_to(struct talker *t, const char *path, const char *program)
{
	t->lost = false;
	while (!ended) {
		t->c = cdat_open(path, program, TIMEOUT_MS);
		if (t->c && !cdat_error(t->c))
			return true;
		cdat_close(t->c);
		t->c = NULL;
		wait_until(t, now_ns() + PAUSE_NS);
	}
	return false;
}

static void disconnect(struct talker *t)
{
	cdat_close(t->c);
	t->c = NULL;
	printf("end %.6f\n", now_s());
	fflush(stdout);
}

/* ---- sending ------------------------------------------------------------------------------- */

static void on_sent(void *ctx, uint32_t tag, enum cdat_send_error error, bool delivered)
{
	struct talker *t = ctx;
	uint64_t seq = t->of_tag[tag % (OUTSTANDING * 4)];

	if (!error && !delivered)
		return;		/* accepted */
	t->outstanding--;
	if (error)
		printf("not %08" PRIx32 " %" PRIu64 " %d\n", t->run, seq, error);
	else
		printf("sent %08" PRIx32 " %" PRIu64 " %.6f\n", t->run, seq, now_s());
}

static void send_next(struct talker *t, uint16_t node)
{
	char text[64];
	uint32_t tag;
	int n = snprintf(text, sizeof(text), HEAD "%08" PRIx32 " %" PRIu64, t->run, ++t->seq);

	if (cdat_send_async(t->c, node, NULL, node == 0, text, (size_t)n, on_sent, t, &tag)) {
		t->lost = true;
		return;
	}
	t->of_tag[tag % (OUTSTANDING * 4)] = t->seq;
	t->outstanding++;
}

static void send_run(struct talker *t, uint16_t node, double rate)
{
	int64_t interval = (int64_t)(1e9 / rate), due = now_ns(), limit;

	if (getrandom(&t->run, sizeof(t->run), 0) != sizeof(t->run))
		abort();
	t->seq = t->outstanding = 0;
	printf("up %.6f %08" PRIx32 " %u\n", now_s(), t->run, node);
	while (!ended && !t->lost) {
		if (now_ns() >= due && t->outstanding < OUTSTANDING) {
			send_next(t, node);
			due += interval;
			if (due < now_ns())
				due = now_ns();	/* what was missed is not made up for */
		}
		wait_until(t, t->outstanding < OUTSTANDING ? due : now_ns() + PAUSE_NS);
	}
	limit = now_ns() + LINGER_NS;
	while (!t->lost && t->outstanding && now_ns() < limit)
		wait_until(t, limit);
	if (t->outstanding && !t->lost)
		fprintf(stderr, "storm_talk: %u messages without an answer\n", t->outstanding);
}

/* ---- hearing ------------------------------------------------------------------------------- */

static void on_message(void *ctx, uint16_t from, bool ordered, uint64_t order, uint32_t epoch,
		       const void *data, size_t len)
{
	char text[64] = "";

	(void)ctx;
	memcpy(text, data, len < sizeof(text) ? len : sizeof(text) - 1);
	if (!strncmp(text, HEAD, strlen(HEAD)))
		printf("got %.6f %u %d %s %" PRIu32 " %" PRIu64 "\n", now_s(), from, ordered,
		       text + strlen(HEAD), epoch, order);
}

static void on_resync(void *ctx)
{
	(void)ctx;
	printf("slow %.6f\n", now_s());
}

static void hear_run(struct talker *t)
{
	static const struct cdat_handlers handlers = { .message = on_message, .resync = on_resync };

	cdat_handle(t->c, &handlers, t);
	if (cdat_subscribe(t->c, 0, false, true, 0, TIMEOUT_MS))
		return;
	printf("up %.6f 0 0\n", now_s());
	while (!ended && !t->lost)
		wait_until(t, now_ns() + PAUSE_NS);
}

/* ---- the host ------------------------------------------------------------------------------ */

/* On a host that runs nobody in time a member's silence is no fault of cdat's. */
static int metronome(void)
{
	const struct timespec ts = { .tv_nsec = BEAT_NS };

	while (!ended) {
		int64_t begin = now_ns(), late;

		nanosleep(&ts, NULL);
		late = now_ns() - begin - BEAT_NS;
		if (late < LATE_NS)
			continue;
		printf("late %.6f %" PRId64 "\n", now_s(), late / 1000000);
		fflush(stdout);
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct sigaction act = { .sa_handler = on_signal };
	bool hears = argc == 3 && !strcmp(argv[2], "hear");
	struct talker t = { 0 };

	sigaction(SIGTERM, &act, NULL);
	sigaction(SIGINT, &act, NULL);
	if (argc == 3 && !strcmp(argv[2], "metronome"))
		return metronome();
	if (!hears && (argc != 5 || strcmp(argv[2], "send") != 0 || atof(argv[4]) <= 0)) {
		fprintf(stderr, "usage: storm_talk SOCKET send NODE|0 RATE | "
			"SOCKET hear | - metronome\n");
		return 2;
	}
	while (!ended && connect_to(&t, argv[1], "storm_talk")) {
		if (hears)
			hear_run(&t);
		else
			send_run(&t, (uint16_t)atoi(argv[3]), atof(argv[4]));
		disconnect(&t);
	}
	return 0;
}
