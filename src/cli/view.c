/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The view: rows of each kind, ascending by key, kept up to date by what is pushed.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/cli.h"
#include "wire/records.h"

static uint64_t micros(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

void cli_view_now(struct cli_view *view)
{
	view->mono = micros(CLOCK_MONOTONIC);
	view->wall = micros(CLOCK_REALTIME);
}

void cli_view_free(struct cli_view *view)
{
	unsigned k;

	for (k = 0; k <= CDAT_K_LAST; k++) {
		free(view->kinds[k].keys);
		free(view->kinds[k].data);
	}
	memset(view, 0, sizeof(*view));
}

static int compare(struct cdat_key x, struct cdat_key y)
{
	if (x.a != y.a)
		return x.a < y.a ? -1 : 1;
	return x.b == y.b ? 0 : x.b < y.b ? -1 : 1;
}

/* The place of the key, or where it would be. */
static size_t place(const struct cli_rows *rows, struct cdat_key key, bool *found)
{
	size_t lo = 0, hi = rows->n;

	*found = false;
	if (hi && compare(rows->keys[hi - 1], key) < 0)
		return hi;		/* a snapshot comes in order */
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c = compare(rows->keys[mid], key);

		if (c == 0) {
			*found = true;
			return mid;
		}
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static bool grow(struct cli_rows *rows)
{
	size_t cap = rows->cap ? rows->cap * 2 : 16;
	struct cdat_key *keys = reallocarray(rows->keys, cap, sizeof(*keys));
	char *data;

	if (keys == NULL)
		return false;
	rows->keys = keys;
	data = reallocarray(rows->data, cap, rows->size);
	if (data == NULL)
		return false;
	rows->data = data;
	rows->cap = cap;
	return true;
}

void cli_view_row(void *ctx, enum cdat_kind kind, struct cdat_key key, const void *record)
{
	struct cli_view *view = ctx;
	struct cli_rows *rows;
	bool found;
	size_t i;

	if ((unsigned)kind > CDAT_K_LAST)
		return;
	rows = &view->kinds[kind];
	rows->size = cdat_record_msg(kind)->size;
	i = place(rows, key, &found);
	view->changed = true;
	if (record == NULL) {
		if (!found)
			return;
		rows->n--;
		memmove(rows->keys + i, rows->keys + i + 1, (rows->n - i) * sizeof(*rows->keys));
		memmove(rows->data + i * rows->size, rows->data + (i + 1) * rows->size,
			(rows->n - i) * rows->size);
		return;
	}
	if (!found) {
		if (rows->n == rows->cap && !grow(rows)) {
			view->failed = true;
			return;
		}
		memmove(rows->keys + i + 1, rows->keys + i, (rows->n - i) * sizeof(*rows->keys));
		memmove(rows->data + (i + 1) * rows->size, rows->data + i * rows->size,
			(rows->n - i) * rows->size);
		rows->keys[i] = key;
		rows->n++;
	}
	memcpy(rows->data + i * rows->size, record, rows->size);
}

int cli_view_take(struct cli *cli, struct cli_view *view, uint32_t kinds)
{
	const struct cdat_handlers handlers = { .row = cli_view_row };
	int rc = cli->c ? CLI_OK : cli_connect(cli);

	if (rc)
		return rc;
	cli_view_free(view);
	cdat_handle(cli->c, &handlers, view);
	if (cdat_snapshot(cli->c, kinds, cli->timeout_ms))
		return cli_lost(cli);
	if (view->failed)
		return cli_error("out of memory; the table is larger than this host can show");
	cli_view_now(view);
	return CLI_OK;
}

size_t cli_count(const struct cli_view *view, enum cdat_kind kind)
{
	return view->kinds[kind].n;
}

const void *cli_at(const struct cli_view *view, enum cdat_kind kind, size_t i)
{
	return i < view->kinds[kind].n ? view->kinds[kind].data + i * view->kinds[kind].size : NULL;
}

const void *cli_find(const struct cli_view *view, enum cdat_kind kind, uint32_t a, uint32_t b)
{
	bool found;
	size_t i = place(&view->kinds[kind], (struct cdat_key){ a, b }, &found);

	return found ? cli_at(view, kind, i) : NULL;
}

const struct cdat_node *cli_node(const struct cli_view *view, const char *word)
{
	const struct cdat_node *node;
	unsigned long number;
	char *end;
	size_t i;

	for (i = 0; (node = cli_at(view, CDAT_K_NODE, i)) != NULL; i++) {
		if (strcmp(node->name, word) == 0)
			return node;
	}
	number = strtoul(word, &end, 10);
	if (*word < '0' || *word > '9' || *end || number > CDAT_NODE_MAX)
		return NULL;
	return cli_find(view, CDAT_K_NODE, (uint32_t)number, 0);
}

const char *cli_name(const struct cli_view *view, unsigned node)
{
	static char number[4][16];
	static unsigned turn;
	const struct cdat_node *n = cli_find(view, CDAT_K_NODE, node, 0);

	if (node == 0)
		return "-";
	if (n && n->name[0])
		return n->name;
	turn = (turn + 1) % 4;
	snprintf(number[turn], sizeof(number[turn]), "#%u", node);
	return number[turn];
}
