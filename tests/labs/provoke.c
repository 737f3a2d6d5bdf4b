/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * provoke SOCKET CASE: makes one mistake through libcdat and prints what the library says of
 * it: "change RESULT CAUSE FAULT CULPRIT: TEXT", "send ERROR REASON: TEXT", or "error ERROR:
 * TEXT".  For tests/labs/errors.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/cdat.h"

#define PATIENCE 10000

static char longest[CDAT_MESSAGE_MAX + 1];

/* ---- changes ---- */

#define ADDR4(a, b, c, d)	{ CDAT_AF_IPV4, { a, b, c, d }, 0 }
#define ROUTE_OP(k, n, net, gw)	{ .kind = k, .index = 1, .wanted = { .wanted = n, .node = 1, \
	.subnet = net, .prefix_len = 24, .via = gw } }

static const struct { const char *name; struct cdat_op ops[4]; size_t n; } changes[] = {
	{ "unknown-node", { { .kind = CDAT_OP_ADAPTER_SET, .index = 1, .node = 99, .adapter = 1,
			      .attr = CDAT_A_MTU, .number = 1400 } }, 1 },
	{ "unknown-row", { { .kind = CDAT_OP_NODE_SET, .index = 1, .node = 99,
			     .attr = CDAT_A_NODE_ADMIN, .number = 2 } }, 1 },
	{ "removed-node", { { .kind = CDAT_OP_ADAPTER_SET, .index = 1, .node = 4, .adapter = 1,
			      .attr = CDAT_A_MTU, .number = 1400 } }, 1 },
	{ "unknown-adapter", { { .kind = CDAT_OP_ADAPTER_SET, .index = 1, .node = 1, .adapter = 9,
				 .attr = CDAT_A_MTU, .number = 1400 } }, 1 },
	{ "unknown-role", { { .kind = CDAT_OP_ROLE_REMOVE, .index = 1, .role.role = 77 } }, 1 },
	{ "unknown-route", { { .kind = CDAT_OP_WANTED_REMOVE, .index = 1, .wanted.wanted = 77 } }, 1 },
	{ "unknown-attribute", { { .kind = CDAT_OP_NODE_SET, .index = 1, .node = 1,
				   .attr = CDAT_A_MTU, .number = 1400 } }, 1 },
	{ "exists", { { .kind = CDAT_OP_NODE_CREATE, .index = 1, .node = 2 } }, 1 },
	{ "duplicate-name", { { .kind = CDAT_OP_NODE_CREATE, .index = 1, .node = 9 },
			      { .kind = CDAT_OP_NODE_SET, .index = 2, .node = 9,
				.attr = CDAT_A_NODE_NAME, .text = "B" },
			      { .kind = CDAT_OP_ADAPTER_CREATE, .index = 3, .node = 9, .adapter = 1 },
			      { .kind = CDAT_OP_ADAPTER_SET, .index = 4, .node = 9, .adapter = 1,
				.attr = CDAT_A_ADDR, .addr = ADDR4(9, 1, 1, 99) } }, 4 },
	{ "duplicate-address", { { .kind = CDAT_OP_ADAPTER_SET, .index = 1, .node = 3, .adapter = 1,
				   .attr = CDAT_A_ADDR, .addr = ADDR4(9, 1, 1, 2) } }, 1 },
	{ "last-address", { { .kind = CDAT_OP_ADAPTER_DESTROY, .index = 1, .node = 2, .adapter = 1 } },
	  1 },
	{ "other-family", { ROUTE_OP(CDAT_OP_WANTED_PUT, 5, ADDR4(9, 7, 0, 0),
				     ((struct cdat_addr){ CDAT_AF_IPV6, { 0x20, 1, [15] = 1 }, 0 })) },
	  1 },
	{ "out-of-range", { { .kind = CDAT_OP_PARAM_SET, .index = 1, .attr = CDAT_A_QUORUM,
			      .number = 3 } }, 1 },
	{ "good", { { .kind = CDAT_OP_PARAM_SET, .index = 1, .attr = CDAT_A_PROBE,
		      .number = 900 } }, 1 },
};

static int change(cdat_t *c, const struct cdat_op *ops, size_t n)
{
	struct cdat_outcome o = { 0 };

	if (cdat_change(c, ops, n, &o, PATIENCE)) {
		printf("error %d: %s\n", cdat_error(c), cdat_errtext(c));
		return 1;
	}
	printf("change %u %u %u %u: %s\n", o.result, o.cause, o.fault, o.culprit, o.text);
	return o.result != CDAT_RES_COMMITTED;
}

/* ---- messages ---- */

static int sent(cdat_t *c, int rc)
{
	if (rc)
		printf("send %d %d: %s\n", cdat_error(c), (int)cdat_send_reason(c), cdat_errtext(c));
	else
		puts("sent");
	return rc != 0;
}

static void on_sent(void *ctx, uint32_t tag, enum cdat_send_error error, bool delivered)
{
	enum cdat_send_error *first = ctx;

	(void)tag;
	(void)delivered;
	if (*first == CDAT_SEND_OK)
		*first = error;
}

/* As many as go to a node that takes none. */
static int fill(cdat_t *c, const char *node)
{
	enum cdat_send_error error = CDAT_SEND_OK;
	uint32_t tag;

	for (unsigned i = 0; i < 4096 && error == CDAT_SEND_OK; i++) {
		struct pollfd fd = { cdat_fd(c), POLLIN, 0 };

		if (cdat_send_async(c, 0, node, false, longest, CDAT_MESSAGE_MAX, on_sent, &error, &tag) &&
		    cdat_send_reason(c) != CDAT_SEND_QUEUE_FULL)
			return sent(c, -1);
		if (cdat_wants_write(c))
			fd.events |= POLLOUT;
		(void)poll(&fd, 1, 100);
		if (cdat_dispatch(c))
			return sent(c, -1);
	}
	printf("send %d %d: %s\n", CDAT_ERR_SEND, (int)error, cdat_send_error_text(error));
	return error != CDAT_SEND_OK;
}

static int message(cdat_t *c, const char *word)
{
	if (strcmp(word, "to-unknown-name") == 0)
		return sent(c, cdat_send(c, 0, "nobody", "x", 1, PATIENCE));
	if (strcmp(word, "to-unknown-number") == 0)
		return sent(c, cdat_send(c, 99, NULL, "x", 1, PATIENCE));
	if (strcmp(word, "too-long") == 0)
		return sent(c, cdat_send(c, 0, NULL, longest, sizeof(longest), PATIENCE));
	if (strcmp(word, "to-all") == 0)
		return sent(c, cdat_send(c, 0, NULL, "x", 1, PATIENCE));
	if (strncmp(word, "to=", 3) == 0)
		return sent(c, cdat_send(c, 0, word + 3, "x", 1, PATIENCE));
	if (strncmp(word, "fill=", 5) == 0)
		return fill(c, word + 5);
	fprintf(stderr, "provoke: no case %s\n", word);
	return 64;
}

int main(int argc, char **argv)
{
	cdat_t *c = argc == 3 ? cdat_open(argv[1], "provoke", PATIENCE) : NULL;
	int rc = -1;

	if (!c || cdat_error(c)) {
		printf("error %d: %s\n", c ? cdat_error(c) : 0, c ? cdat_errtext(c) : "usage");
		cdat_close(c);
		return 2;
	}
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++)
		if (strcmp(changes[i].name, argv[2]) == 0)
			rc = change(c, changes[i].ops, changes[i].n);
	if (rc < 0)
		rc = message(c, argv[2]);
	cdat_close(c);
	return rc;
}
