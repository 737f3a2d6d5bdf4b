/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cdatctl listen: messages as they come, or the account of numbered ones.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/live.h"
#include "cli/show.h"
#include "cli/stream.h"

struct listener {
	struct cli *cli;
	struct cli_view view;		/* for names */
	struct cli_streams streams;
	uint64_t messages, unnumbered;
	bool dropped;
};

/* Prints octets so that they cannot harm a terminal. */
static void print_text(const uint8_t *data, size_t len)
{
	json_t *utf8 = json_stringn((const char *)data, len);	/* NULL: it is none */
	size_t i;

	for (i = 0; i < len; i++) {
		uint8_t c = data[i];
		bool c1 = c == 0xc2 && i + 1 < len && data[i + 1] >= 0x80 && data[i + 1] < 0xa0;

		if (c == '\n' && i + 1 == len)
			break;
		if (c < 0x20 || c == 0x7f || c1 || (c >= 0x80 && !utf8))
			printf("\\x%02x", c);
		else
			putchar(c);
		if (c1)
			printf("\\x%02x", data[++i]);
	}
	json_decref(utf8);
	putchar('\n');
	fflush(stdout);
}

static int print_json(const struct listener *l, uint16_t from, bool ordered, uint64_t order,
		      uint32_t epoch, const uint8_t *data, size_t len)
{
	json_t *object = json_object(), *text = json_stringn((const char *)data, len);
	char hex[3];
	size_t i;

	json_object_set_new(object, "from", json_integer(from));
	json_object_set_new(object, "from_name", json_string(cli_name(&l->view, from)));
	json_object_set_new(object, "ordered", json_boolean(ordered));
	json_object_set_new(object, "order", json_integer((json_int_t)order));
	json_object_set_new(object, "epoch", json_integer(epoch));
	json_object_set_new(object, "text", text ? text : json_null());
	if (text == NULL) {		/* no UTF-8 */
		char *all = calloc(2, len + 1);

		for (i = 0; all && i < len; i++) {
			snprintf(hex, sizeof(hex), "%02x", data[i]);
			memcpy(all + 2 * i, hex, 2);
		}
		json_object_set_new(object, "hex", json_string(all ? all : ""));
		free(all);
	}
	return cli_print_json_line(object);
}

static void on_message(void *ctx, uint16_t from, bool ordered, uint64_t order, uint32_t epoch,
		       const void *data, size_t len)
{
	struct listener *l = ctx;
	const struct cli *cli = l->cli;

	if (cli_has(cli, CLI_O_COUNT) && l->messages == cli->count)
		return;			/* came with the last one */
	l->messages++;
	if (cli_has(cli, CLI_O_STATS)) {
		if (!cli_streams_take(&l->streams, from, data, len, cli_live_now()))
			l->unnumbered++;
	} else if (cli_has(cli, CLI_O_JSON)) {
		print_json(l, from, ordered, order, epoch, data, len);
	} else {
		printf("%s: ", cli_name(&l->view, from));
		print_text(data, len);
	}
}

static void on_resync(void *ctx)
{
	((struct listener *)ctx)->dropped = true;
}

static json_t *summary_json(const struct listener *l)
{
	json_t *items = json_array();
	size_t i;

	for (i = 0; i < l->streams.n; i++) {
		const struct cli_stream *s = l->streams.list[i];
		json_t *o = json_object();

		json_object_set_new(o, "from", json_integer(s->from));
		json_object_set_new(o, "from_name", json_string(cli_name(&l->view, s->from)));
		json_object_set_new(o, "received", json_integer((json_int_t)s->received));
		json_object_set_new(o, "sent", json_integer((json_int_t)s->total));
		json_object_set_new(o, "lost", json_integer((json_int_t)cli_stream_lost(s)));
		json_object_set_new(o, "duplicates", json_integer((json_int_t)s->duplicates));
		json_object_set_new(o, "out_of_order", json_integer((json_int_t)s->disordered));
		json_object_set_new(o, "longest_gap_ms", json_real((double)s->gap_ns / 1e6));
		json_array_append_new(items, o);
	}
	return items;
}

static int summary(const struct listener *l)
{
	size_t i;

	if (cli_has(l->cli, CLI_O_JSON))
		return cli_print_json("streams", summary_json(l));
	for (i = 0; i < l->streams.n; i++) {
		const struct cli_stream *s = l->streams.list[i];

		printf("from %s: received %" PRIu64 " of %" PRIu64 ", lost %" PRIu64 ", duplicates %"
		       PRIu64 ", out of order %" PRIu64 ", longest gap %.1f ms\n",
		       cli_name(&l->view, s->from), s->received, s->total, cli_stream_lost(s),
		       s->duplicates, s->disordered, (double)s->gap_ns / 1e6);
	}
	if (l->streams.n == 0)
		puts("received 0");
	if (l->unnumbered)
		printf("and %" PRIu64 " without numbers\n", l->unnumbered);
	return CLI_OK;
}

static int listen_on(struct listener *l)
{
	static const struct cdat_handlers handlers = { .message = on_message, .resync = on_resync };
	struct cli *cli = l->cli;
	const struct cdat_cluster *c = cli_at(&l->view, CDAT_K_CLUSTER, 0);

	cli_live_begin();
	cdat_handle(cli->c, &handlers, l);
	if (cdat_subscribe(cli->c, 0, false, true, 0, cli->timeout_ms))
		return cli_lost(cli);
	fprintf(stderr, "listening on %s; ^C ends\n", c ? c->local_name : "this node");
	while (!cli_live_ended() && !(cli_has(cli, CLI_O_COUNT) && l->messages == cli->count)) {
		if (cli_live_wait(cli, INT64_MAX, -1))
			return cli_lost(cli);
	}
	return CLI_OK;
}

int cli_listen(struct cli *cli, int argc, char **argv)
{
	struct listener l = { .cli = cli };
	int rc = cli_view_take(cli, &l.view, CLI_KIND(CDAT_K_CLUSTER) | CLI_KIND(CDAT_K_NODE)), end;

	(void)argc;
	(void)argv;
	if (rc == CLI_OK) {
		rc = listen_on(&l);
		if (cli_has(cli, CLI_O_STATS)) {
			end = summary(&l);
			rc = rc ? rc : end;
		}
		if (l.dropped)
			rc = cli_error("the servicer dropped messages, since this listener was too slow");
	}
	cli_streams_free(&l.streams);
	cli_view_free(&l.view);
	return rc;
}
