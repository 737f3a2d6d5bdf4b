/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Handlers that note what they saw.
 */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "seen.h"

static void on_row(void *ctx, enum cdat_kind kind, struct cdat_key key, const void *record)
{
	struct seen *seen = ctx;

	seen->key = key;
	seen->rows++;
	if (record == NULL)
		seen->gone++;
	else if (kind == CDAT_K_NODE)
		seen->node = *(const struct cdat_node *)record;
}

static void on_event(void *ctx, const struct cdat_event *event)
{
	struct seen *seen = ctx;

	seen->events++;
	seen->event = *event;
}

static void on_message(void *ctx, uint16_t from, bool ordered, uint64_t order, uint32_t epoch,
		       const void *data, size_t len)
{
	struct seen *seen = ctx;

	(void)epoch;
	seen->messages++;
	seen->order = ordered ? order : 0;
	snprintf(seen->text, sizeof(seen->text), "%u: %.*s", from, (int)len, (const char *)data);
	if (seen->answer) {
		seen->answer = false;
		seen->rc = cdat_send(seen->c, from, NULL, "pong", 4, PATIENCE);
		/* what was lent to this handler is still there */
		assert_memory_equal(data, "ping", 4);
	}
	if (seen->close)
		cdat_close(seen->c);
}

static void on_resync(void *ctx)
{
	((struct seen *)ctx)->resyncs++;
}

static void on_lost(void *ctx)
{
	((struct seen *)ctx)->losts++;
}

static const struct cdat_handlers handlers = {
	.row = on_row, .event = on_event, .message = on_message, .resync = on_resync, .lost = on_lost,
};

cdat_t *seen_open(struct servicer *s, struct seen *seen)
{
	cdat_t *c = cdat_open(s->path, "test", PATIENCE);

	assert_non_null(c);
	assert_int_equal(cdat_error(c), 0);
	memset(seen, 0, sizeof(*seen));
	seen->c = c;
	cdat_handle(c, &handlers, seen);
	return c;
}

/* Dispatches until *count reaches `wanted`. */
void seen_until(cdat_t *c, const unsigned *count, unsigned wanted)
{
	struct pollfd p = { .fd = cdat_fd(c), .events = POLLIN };
	int turns = 0;

	while (*count < wanted && turns++ < 1000) {
		assert_true(poll(&p, 1, PATIENCE) >= 0);
		if (cdat_dispatch(c))
			break;
	}
	assert_int_equal(*count, wanted);
}

struct cdat_node seen_node(uint16_t number)
{
	struct cdat_node n = { .node = number, .admin = CDAT_ADMIN_UP, .storage = CDAT_STORE_NONVOLATILE,
			       .row = CDAT_ROW_ACTIVE, .state = CDAT_MEMBER, .sync = CDAT_IN_SYNC };

	snprintf(n.name, sizeof(n.name), "node%u", number);
	return n;
}
