/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cdatctl send: one message, or a stream of numbered ones at a rate.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "cli/live.h"
#include "cli/show.h"
#include "cli/stream.h"

#define NODES_MAX	64
#define RETRY_NS	10000000	/* a full window is tried again after that, or when room is told */
#define NS		1000000000

struct target { bool all; size_t n; uint16_t nodes[NODES_MAX]; const char *text; };

/* The words that name nodes, then at most one of text. */
static int read_target(const struct cli *cli, const struct cli_view *view, int argc, char **argv,
		       struct target *t)
{
	const struct cdat_node *node;
	int i = 0;

	t->all = cli_has(cli, CLI_O_ALL);
	while (!t->all && i < argc && (node = cli_node(view, argv[i])) != NULL) {
		if (t->n == NODES_MAX)
			return cli_misuse(cli, "more than %d nodes; write --all", NODES_MAX);
		t->nodes[t->n++] = node->node;
		i++;
	}
	if (!t->all && t->n == 0)
		return argc ? cli_fail(CLI_UNKNOWN, "%s: no such node in the table; see cdatctl nodes", argv[0])
			    : cli_misuse(cli, "no NODE and no --all");
	if (argc - i > 1)
		return cli_misuse(cli, "\"%s\" is no node, and the text is one word; quote it", argv[i]);
	t->text = i < argc ? argv[i] : NULL;
	return CLI_OK;
}

/* ---- one message --------------------------------------------------------------------------- */

static int read_input(char *buf, size_t cap, size_t *len)
{
	ssize_t n = 0;

	*len = 0;
	while (*len < cap && (n = read(STDIN_FILENO, buf + *len, cap - *len)) != 0) {
		if (n < 0 && errno != EINTR)
			return cli_error("cannot read the standard input: %s", strerror(errno));
		*len += n > 0 ? (size_t)n : 0;
	}
	if (*len > CDAT_MESSAGE_MAX)
		return cli_fail(CLI_DATA, "message is longer than %u octets; send it in parts", CDAT_MESSAGE_MAX);
	return CLI_OK;
}

static int send_data(struct cli *cli, const struct target *t, const void *data, size_t len)
{
	int rc;

	if (t->n > 1)
		rc = cdat_send_several(cli->c, t->nodes, t->n, data, len, cli->timeout_ms);
	else
		rc = cdat_send(cli->c, t->all ? 0 : t->nodes[0], NULL, data, len, cli->timeout_ms);
	return rc ? cli_lost(cli) : CLI_OK;
}

static int send_one(struct cli *cli, const struct target *t)
{
	char *buf;
	size_t len;
	int rc;

	if (t->text && strlen(t->text) > CDAT_MESSAGE_MAX)
		return cli_fail(CLI_DATA, "message is longer than %u octets; send it in parts", CDAT_MESSAGE_MAX);
	if (t->text)
		return send_data(cli, t, t->text, strlen(t->text));
	buf = malloc(CDAT_MESSAGE_MAX + 1);
	if (buf == NULL)
		return cli_error("out of memory");
	rc = read_input(buf, CDAT_MESSAGE_MAX + 1, &len);
	if (rc == CLI_OK)
		rc = send_data(cli, t, buf, len);
	free(buf);
	return rc;
}

/* ---- a stream ------------------------------------------------------------------------------ */

struct sender {
	struct cli *cli;
	const struct target *target;
	uint64_t run, sent, delivered, given_up;
	uint32_t tag;			/* of the message not yet accepted; 0 none */
	enum cdat_send_error error;	/* of its refusal */
	enum cdat_send_error last;	/* of the last one given up */
	char *data;
	size_t len;
};

static void on_sent(void *ctx, uint32_t tag, enum cdat_send_error error, bool delivered)
{
	struct sender *s = ctx;

	if (tag == s->tag) {
		s->tag = 0;
		s->error = error;
		if (error == CDAT_SEND_OK)
			s->sent++;
		else
			return;
	}
	if (delivered) {
		s->delivered++;
	} else if (error) {
		s->given_up++;
		s->last = error;
	}
}

/* Hands one message over; asks again while the window is full, so that order is kept. */
static int hand_over(struct sender *s)
{
	struct cli *cli = s->cli;
	const struct target *t = s->target;
	uint32_t tag;
	int rc;

	do {
		rc = cdat_send_async(cli->c, t->all ? 0 : t->nodes[0], NULL, t->all, s->data, s->len,
				     on_sent, s, &tag);
		if (rc)
			return cli_lost(cli);
		s->tag = tag;
		while (s->tag && !cli_live_ended()) {
			if (cli_live_wait(cli, INT64_MAX, -1))
				return cli_lost(cli);
		}
		if (s->error == CDAT_SEND_QUEUE_FULL && cli_live_wait(cli, cli_live_now() + RETRY_NS, -1))
			return cli_lost(cli);
	} while (s->error == CDAT_SEND_QUEUE_FULL && !cli_live_ended());
	if (s->error && s->error != CDAT_SEND_QUEUE_FULL)
		return cli_fail(cli_code_of_send(s->error), "message %" PRIu64 ": %s", s->sent + 1,
				cdat_send_error_text(s->error));
	return CLI_OK;
}

static int stream(struct sender *s)
{
	struct cli *cli = s->cli;
	int64_t begin = cli_live_now(), due, end;
	uint64_t seq;
	int rc = CLI_OK;

	for (seq = 1; seq <= cli->count && rc == CLI_OK && !cli_live_ended(); seq++) {
		due = cli->rate ? begin + (int64_t)((seq - 1) * NS / cli->rate) : 0;
		while (cli_live_now() < due && !cli_live_ended()) {
			if (cli_live_wait(cli, due, -1))
				return cli_lost(cli);
		}
		cli_stream_write(s->data, s->len, s->run, seq, cli->count);
		rc = hand_over(s);
	}
	end = cli_live_now() + (int64_t)cli->timeout_ms * 1000000;
	while (rc == CLI_OK && s->delivered + s->given_up < s->sent && cli_live_now() < end &&
	       !cli_live_ended()) {
		if (cli_live_wait(cli, end, -1))
			return cli_lost(cli);
	}
	return rc;
}

static void account(const struct sender *s, int64_t ns)
{
	double seconds = (double)ns / 1e9;

	if (cli_has(s->cli, CLI_O_JSON)) {
		json_t *items = json_array(), *o = json_object();

		json_object_set_new(o, "sent", json_integer((json_int_t)s->sent));
		json_object_set_new(o, "delivered", json_integer((json_int_t)s->delivered));
		json_object_set_new(o, "given_up", json_integer((json_int_t)s->given_up));
		json_object_set_new(o, "seconds", json_real(seconds));
		json_array_append_new(items, o);
		cli_print_json("sent", items);
		return;
	}
	printf("sent %" PRIu64 ", delivered %" PRIu64 ", given up %" PRIu64 ", in %.2f s\n", s->sent,
	       s->delivered, s->given_up, seconds);
}

static int send_stream(struct cli *cli, const struct target *t)
{
	size_t len = cli->size > CLI_STREAM_MIN ? cli->size : CLI_STREAM_MIN;
	struct sender s = { .cli = cli, .target = t, .len = len };
	int64_t begin = cli_live_now();
	int rc;

	if (t->text)
		return cli_misuse(cli, "with --count the messages are numbers, not \"%s\"", t->text);
	if (t->n > 1)
		return cli_misuse(cli, "with --count give one NODE or --all");
	if (cli->count > CLI_STREAM_MAX)
		return cli_misuse(cli, "--count is more than %u", CLI_STREAM_MAX);
	if (getrandom(&s.run, sizeof(s.run), 0) != sizeof(s.run))
		return cli_error("cannot get a random number: %s", strerror(errno));
	s.data = malloc(s.len);
	if (s.data == NULL)
		return cli_error("out of memory");
	cli_live_begin();
	cdat_handle(cli->c, NULL, NULL);
	rc = stream(&s);
	account(&s, cli_live_now() - begin);
	free(s.data);
	if (rc == CLI_OK && s.given_up)
		rc = cli_fail(cli_code_of_send(s.last), "%" PRIu64 " messages were given up: %s", s.given_up,
			       cdat_send_error_text(s.last));
	if (rc == CLI_OK && s.delivered < s.sent)
		rc = cli_fail(CLI_AGAIN, "%" PRIu64 " messages were not acknowledged in time",
			      s.sent - s.delivered);
	return rc;
}

int cli_send(struct cli *cli, int argc, char **argv)
{
	struct cli_view view = { 0 };
	struct target t = { 0 };
	int rc = cli_view_take(cli, &view, CLI_KIND(CDAT_K_NODE));

	if (rc == CLI_OK)
		rc = read_target(cli, &view, argc, argv, &t);
	if (rc == CLI_OK && !cdat_may_change(cli->c))
		rc = cli_denied();
	if (rc == CLI_OK && !cli_has(cli, CLI_O_COUNT) && (cli->rate || cli->size))
		rc = cli_misuse(cli, "--rate and --size go with --count");
	if (rc == CLI_OK)
		rc = cli_has(cli, CLI_O_COUNT) ? send_stream(cli, &t) : send_one(cli, &t);
	cli_view_free(&view);
	return rc;
}
