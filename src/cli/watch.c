/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cdatctl watch: status, nodes and the last events, drawn again when something was
 * pushed, at most five times a second; the heard-ages once a second.  Without a
 * terminal: events, a line each.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "cli/live.h"
#include "cli/show.h"
#include "wire/attr.h"

#define DRAW_NS		200000000
#define AGE_NS		1000000000
#define LAST		32		/* events kept */
#define KINDS		(CLI_KIND(CDAT_K_CLUSTER) | CLI_KIND(CDAT_K_NODE) | CLI_KIND(CDAT_K_ADAPTER))

struct watch {
	struct cli_view view;
	struct cdat_event last[LAST];	/* a ring */
	size_t events;
	uint32_t newest;
	bool quit;
};

static void on_event(void *ctx, const struct cdat_event *event)
{
	struct watch *w = ctx;

	if (event->event <= w->newest)
		return;			/* both in the snapshot and pushed */
	w->newest = event->event;
	w->last[w->events++ % LAST] = *event;
	w->view.changed = true;
}

static void on_row(void *ctx, enum cdat_kind kind, struct cdat_key key, const void *record)
{
	struct watch *w = ctx;

	if (kind != CDAT_K_EVENT)
		cli_view_row(&w->view, kind, key, record);
	else if (record)
		on_event(ctx, record);
}

static void on_resync(void *ctx)
{
	((struct watch *)ctx)->view.resync = true;
}

static const struct cdat_handlers handlers = {
	.row = on_row, .event = on_event, .resync = on_resync,
};

static void size_of_terminal(unsigned *rows, unsigned *columns)
{
	struct winsize ws = { 0 };

	*rows = 24;
	*columns = 80;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) == 0 && ws.ws_row && ws.ws_col) {
		*rows = ws.ws_row;
		*columns = ws.ws_col;
	}
}

/* A line cut at the width, the rest of the old one wiped. */
__attribute__((format(printf, 2, 3)))
static void line(unsigned columns, const char *fmt, ...)
{
	char buf[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	printf("%.*s\033[K\n", (int)columns - 1, buf);
}

static void draw_events(const struct watch *w, unsigned rows, unsigned columns)
{
	size_t show = w->events < LAST ? w->events : LAST, i;
	char when[40];

	if (show > rows)
		show = rows;
	for (i = w->events - show; i < w->events; i++) {
		const struct cdat_event *e = &w->last[i % LAST];

		cli_wall(e->wall, when, sizeof(when));
		line(columns, "%s %-9s %s", when + (strlen(when) > 11 ? 11 : 0),
		     cli_word("event", "severity", e->severity), e->text);
	}
}

/* Worst first where not all fit. */
static void draw_nodes(const struct watch *w, unsigned room, unsigned columns)
{
	const struct cdat_node *n;
	size_t i, shown = 0, count = cli_count(&w->view, CDAT_K_NODE);
	char heard[32], rtt[32], via[64];
	int pass;

	line(columns, "%-20s %5s %-12s %-4s %8s %8s  %s", "NODE", "ID", "STATE", "UP", "RTT", "HEARD",
	     "IN USE");
	for (pass = count > room ? 0 : 2; pass < 3 && shown < room; pass++) {
		for (i = 0; shown < room && (n = cli_at(&w->view, CDAT_K_NODE, i)) != NULL; i++) {
			const struct cdat_adapter *a = cli_find(&w->view, CDAT_K_ADAPTER, n->node,
								n->current);
			bool bad = n->state != CDAT_MEMBER || n->adapters_down;

			if (pass < 2 && bad != (pass == 0))
				continue;
			cli_age(&w->view, n->heard_mono, heard, sizeof(heard));
			cli_duration(n->rtt_us, rtt, sizeof(rtt));
			line(columns, "%-20s %5u %-12s %d/%d  %8s %8s  %s", n->name, n->node,
			     cli_word("node", "state", n->state), n->adapters - n->adapters_down,
			     n->adapters, n->rtt_us ? rtt : "-", n->heard_mono ? heard : "-",
			     a ? cdat_addr_text(&a->addr, via, sizeof(via)) : "-");
			shown++;
		}
		if (pass == 1)
			break;
	}
	if (shown < count)
		line(columns, "... and %zu more", count - shown);
}

static void draw(struct watch *w)
{
	const struct cdat_cluster *c = cli_at(&w->view, CDAT_K_CLUSTER, 0);
	unsigned rows, columns, events;
	size_t nodes = cli_count(&w->view, CDAT_K_NODE);

	cli_view_now(&w->view);
	size_of_terminal(&rows, &columns);
	fputs("\033[H", stdout);
	if (c) {
		line(columns, "%s: %s   %s: %s, standing %s   leader %s   epoch %" PRIu32, c->name,
		     cli_word("cluster", "health", c->health), c->local_name,
		     cli_word("cluster", "state", c->state), cli_word("cluster", "standing", c->standing),
		     cli_name(&w->view, c->leader), c->epoch);
		line(columns, "table version %" PRIu32 " digest %02x%02x%02x%02x   nodes %" PRIu32 "/%" PRIu32
		     " up   %s%s", c->version, c->digest[0], c->digest[1], c->digest[2], c->digest[3],
		     c->nodes_up, c->nodes_total, c->health_reason,
		     c->sealed ? "" : "   NOT SEALED (security: none)");
	}
	events = rows > 12 ? 6 : 2;
	if (nodes + 6 < rows)
		events = rows - (unsigned)nodes - 5;
	draw_nodes(w, rows - events - 5, columns);
	line(columns, "%s", "");
	draw_events(w, events, columns);
	fputs("\033[J", stdout);
	fflush(stdout);
	w->view.changed = false;
}

static int snapshot(struct cli *cli, struct watch *w)
{
	cli_view_free(&w->view);
	if (cdat_snapshot(cli->c, KINDS | CLI_KIND(CDAT_K_EVENT), cli->timeout_ms))
		return cli_lost(cli);
	return CLI_OK;
}

/* q, or the end of the input, ends. */
static void read_keys(struct watch *w)
{
	char c;

	if (read(STDIN_FILENO, &c, 1) == 1)
		w->quit = c == 'q' || c == 'Q';
}

static bool key_waits(void)
{
	int n = 0;

	return ioctl(STDIN_FILENO, FIONREAD, &n) == 0 && n > 0;
}

static int loop(struct cli *cli, struct watch *w)
{
	int in = isatty(STDIN_FILENO) ? STDIN_FILENO : -1;
	int64_t drawn = 0;
	int rc = CLI_OK;

	while (!cli_live_ended() && !w->quit) {
		int64_t now = cli_live_now(), due = drawn + (w->view.changed ? DRAW_NS : AGE_NS);

		if (now >= due) {
			draw(w);
			drawn = now;
			continue;
		}
		if (cli_live_wait(cli, due, in))
			return cli_lost(cli);
		if (in >= 0 && key_waits())
			read_keys(w);
		if (w->view.resync)
			rc = snapshot(cli, w);
		if (rc)
			return rc;
	}
	return CLI_OK;
}

static int on_terminal(struct cli *cli)
{
	struct watch *w = calloc(1, sizeof(*w));
	struct termios old, raw;
	bool keys;
	int rc;

	if (w == NULL)
		return cli_error("out of memory");
	keys = tcgetattr(STDIN_FILENO, &old) == 0;
	raw = old;
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	cdat_handle(cli->c, &handlers, w);
	cli_live_begin();
	if (keys)
		tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	fputs("\033[?1049h\033[?25l", stdout);
	rc = cdat_subscribe(cli->c, KINDS, true, false, 0, cli->timeout_ms) ? cli_lost(cli) : CLI_OK;
	if (rc == CLI_OK)
		rc = snapshot(cli, w);
	if (rc == CLI_OK)
		rc = loop(cli, w);
	fputs("\033[?25h\033[?1049l", stdout);
	fflush(stdout);
	if (keys)
		tcsetattr(STDIN_FILENO, TCSANOW, &old);
	cli_view_free(&w->view);
	free(w);
	return rc;
}

int cli_watch(struct cli *cli, int argc, char **argv)
{
	int rc;

	if (!isatty(STDOUT_FILENO) || cli_has(cli, CLI_O_JSON)) {
		cli->given |= 1u << CLI_O_FOLLOW;
		return cli_events(cli, argc, argv);
	}
	rc = cli_connect(cli);
	return rc ? rc : on_terminal(cli);
}
