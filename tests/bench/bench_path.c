/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The way of a message through two servicers without a system call, for counting instructions:
 *
 *   bench_path ask COUNT SIZE	sent, delivered, answered, delivered; one after the other
 *   bench_path flow COUNT SIZE	sent as fast as the window takes them
 *   bench_path lookup COUNT	names looked up in a table of two nodes
 *
 * Time is virtual and all that is random is fixed: two runs do the same.  What COUNT more cost
 * is what one costs; tests/check-instructions keeps that.
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/core.h"

enum { NODES = 2, ADAPTERS = 2, ROUND = 100, SETTLED = 3000000, LATEST = 60000000 }; /* us */

struct node {
	struct cdat_core *core;
	struct cdat_addr addr[ADAPTERS];
	bool answers;
	size_t got;
};

static struct node nodes[NODES];
static uint64_t now = 1000000;

static void
die(const char *what)
{
	fprintf(stderr, "bench_path: %s\n", what);
	exit(1);
}

static struct node *
owner(const struct cdat_addr *addr)
{
	for (unsigned i = 0; i < NODES; i++)
		for (unsigned k = 0; k < ADAPTERS; k++)
			if (memcmp(nodes[i].addr[k].octets, addr->octets, 4) == 0)
				return &nodes[i];
	return NULL;
}

static enum cdat_send_error
send_from(const struct node *n, const uint8_t *data, size_t len)
{
	uint16_t to = n == &nodes[0] ? 2 : 1;

	return cdat_core_send(n->core, to, (struct cdat_view){ data, len }, 0, now);
}

static void
carry_out(struct node *n, const struct cdat_output *out)
{
	struct node *to;

	switch (out->type) {
	case CDAT_OUT_DATAGRAM:
		to = owner(&out->to);
		if (to != NULL && to != n)
			cdat_core_datagram(to->core, &out->to, &out->local, out->data.data,
					   out->data.len, now);
		break;
	case CDAT_OUT_STORE:
		cdat_core_stored(n->core, out->cookie, true, now);
		break;
	case CDAT_OUT_MESSAGE:
		n->got++;
		if (n->answers && send_from(n, out->data.data, out->data.len) != CDAT_SEND_OK)
			die("an answer was refused");
		break;
	default:
		break;
	}
}

/* Until nobody has anything to say. */
static void
settle(void)
{
	struct cdat_output out;
	enum cdat_kind kind;
	struct cdat_key key;
	bool gone, any;

	do {
		any = false;
		for (unsigned i = 0; i < NODES; i++) {
			while (cdat_core_next(nodes[i].core, &out)) {
				carry_out(&nodes[i], &out);
				any = true;
			}
			while (cdat_core_dirty(nodes[i].core, &kind, &key, &gone))
				;
		}
	} while (any);
}

static void
pass(uint64_t us)
{
	now += us;
	for (unsigned i = 0; i < NODES; i++)
		if (cdat_core_deadline(nodes[i].core) <= now)
			cdat_core_tick(nodes[i].core, now);
	settle();
}

/* ---- the cluster ---- */

static size_t
table_ops(struct cdat_op *ops)
{
	size_t n = 0;

	for (unsigned i = 0; i < NODES; i++) {
		const uint16_t node = (uint16_t)(i + 1);
		struct cdat_op name = { .kind = CDAT_OP_NODE_SET, .index = 1, .node = node,
					.attr = CDAT_A_NODE_NAME };

		ops[n++] = (struct cdat_op){ .kind = CDAT_OP_NODE_CREATE, .index = 1, .node = node };
		snprintf(name.text, sizeof name.text, "node%u", i + 1);
		ops[n++] = name;
		for (unsigned k = 0; k < ADAPTERS; k++) {
			const uint8_t a = (uint8_t)(k + 1);

			nodes[i].addr[k] = (struct cdat_addr){
				CDAT_AF_IPV4, { 10, a, 0, (uint8_t)(i + 1) }, CDAT_PORT_DEFAULT };
			ops[n++] = (struct cdat_op){ .kind = CDAT_OP_ADAPTER_CREATE, .index = 1,
						     .node = node, .adapter = a };
			ops[n++] = (struct cdat_op){ .kind = CDAT_OP_ADAPTER_SET, .index = 1,
						     .node = node, .adapter = a, .attr = CDAT_A_ADDR,
						     .addr = nodes[i].addr[k] };
		}
	}
	return n;
}

static void
node_make(unsigned i, struct cdat_keyring *keys, const struct cdat_op *ops, size_t nops)
{
	struct cdat_local locals[ADAPTERS];
	struct cdat_core_config cf = {
		.cluster = "bench", .node = i == 0 ? "node1" : "node2", .version = "bench", .keys = keys,
		.sealed = true, .boot = i + 1, .seed = i + 1, .incarnation = 1,
		.table = ops, .ntable = nops,
	};
	char err[256];

	nodes[i].core = cdat_core_new(&cf, now, err, sizeof err);
	if (nodes[i].core == NULL)
		die(err);
	for (unsigned k = 0; k < ADAPTERS; k++) {
		locals[k] = (struct cdat_local){ .addr = nodes[i].addr[k], .prefix_len = 24,
						 .type = CDAT_IFT_ETHERNET, .mtu = 1500,
						 .ifindex = k + 1 };
		snprintf(locals[k].ifname, sizeof locals[k].ifname, "eth%u", k);
	}
	cdat_core_locals(nodes[i].core, locals, ADAPTERS, now);
}

static void
cluster_make(struct cdat_keyring *keys)
{
	struct cdat_op ops[NODES * (2 + 2 * ADAPTERS)];
	size_t nops = table_ops(ops);

	for (unsigned i = 0; i < NODES; i++)
		node_make(i, keys, ops, nops);
	settle();
	while (send_from(&nodes[0], (const uint8_t *)"x", 1) != CDAT_SEND_OK && now < LATEST)
		pass(1000);
	for (uint64_t end = now + SETTLED; now < end;)
		pass(1000);
	if (nodes[1].got == 0)
		die("the nodes do not come together");
	nodes[1].got = 0;
}

/* ---- what is counted ---- */

static void
ask(size_t count, const uint8_t *data, size_t len)
{
	nodes[1].answers = true;
	for (size_t i = 0; i < count; i++) {
		if (send_from(&nodes[0], data, len) != CDAT_SEND_OK)
			die("a request was refused");
		settle();
		if (nodes[0].got != i + 1)
			die("a request has no answer");
		pass(ROUND);
	}
}

static void
flow(size_t count, const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < count;) {
		while (i < count && send_from(&nodes[0], data, len) == CDAT_SEND_OK)
			i++;
		settle();
		pass(ROUND);
	}
	for (uint64_t end = now + LATEST; nodes[1].got < count && now < end;)
		pass(ROUND);
	if (nodes[1].got != count)
		die("messages are lost");
}

static void
lookup(size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (cdat_core_resolve(nodes[0].core, i & 1 ? "node1" : "node2") != 2 - (i & 1))
			die("a name is not found");
}

int
main(int argc, char **argv)
{
	static const uint8_t key[CDAT_KEY_LEN] = { 1 };
	static uint8_t data[CDAT_MESSAGE_MAX];
	const char *what = argc > 2 ? argv[1] : "";
	size_t count = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
	size_t len = argc > 3 ? strtoul(argv[3], NULL, 10) : 0;
	struct cdat_keyring *keys = sodium_init() >= 0 ? cdat_keyring_new("bench") : NULL;

	if (keys == NULL || !cdat_keyring_add(keys, 1, key) || !cdat_keyring_use(keys, 1))
		die("no key ring");
	if (len > sizeof data)
		die("a message is too long");
	cluster_make(keys);
	if (strcmp(what, "ask") == 0)
		ask(count, data, len);
	else if (strcmp(what, "flow") == 0)
		flow(count, data, len);
	else if (strcmp(what, "lookup") == 0)
		lookup(count);
	else
		die("usage: see the head of tests/bench/bench_path.c");
	for (unsigned i = 0; i < NODES; i++)
		cdat_core_free(nodes[i].core);
	cdat_keyring_free(keys);
	return 0;
}
