/* SPDX-License-Identifier: BSD-2-Clause */
/* See fake_rows.h. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/snmp/fake_rows.h"
#include "wire/attr.h"

#define LIMIT_FIRST 256

struct fake fake;

/* ---- rows of the table with made-up state ---- */

uint8_t fake_state(const struct cdat_node *n)
{
	if (n->admin == CDAT_ADMIN_DOWN)
		return CDAT_NODE_DISABLED;
	if (fake.node_state[n->node])
		return fake.node_state[n->node];
	return n->node <= fake.first_nodes ? CDAT_MEMBER : CDAT_INACTIVE;
}

static struct cdat_node node_row(const struct cdat_tnode *t)
{
	struct cdat_node n = t->node;
	uint8_t order[CDAT_NODE_ADAPTERS];
	const size_t norder = cdat_tnode_order(t, order);

	n.state = fake_state(&n);
	n.primary = norder ? order[0] : 0;
	n.current = n.node == fake.cluster.local_node ? 0 : n.primary;
	n.adapters = t->nadapters;
	n.adapters_down = fake.flipped[n.node];
	n.votes_reachable = 1;
	n.heard_mono = now_us(CLOCK_MONOTONIC);
	n.rtt_us = n.node == fake.cluster.local_node ? 0 : 250;
	n.incarnation = 1;
	n.component = 1;
	n.sync = CDAT_IN_SYNC;
	strcpy(n.version, "test");
	n.changed_mono = fake.cluster.start_mono;
	return n;
}

static struct cdat_adapter adapter_row(const struct cdat_tnode *t, size_t i)
{
	struct cdat_adapter a = t->adapters[i];
	uint8_t order[CDAT_NODE_ADAPTERS];
	const size_t norder = cdat_tnode_order(t, order);

	for (size_t k = 0; k < norder; k++) {
		if (order[k] == a.adapter)
			a.rank = (uint8_t)(k + 1);
	}
	a.mtu_oper = cdat_adapter_mtu(&a);
	a.oper = i == 0 && fake.flipped[a.node] ? CDAT_DOWN : CDAT_UP;
	a.ifindex = a.node == fake.cluster.local_node ? a.adapter + 1u : 0;
	a.changed_mono = fake.cluster.start_mono;
	return a;
}

static struct cdat_path path_row(const struct cdat_adapter *a)
{
	return (struct cdat_path){
		.node = a->node, .adapter = a->adapter, .state = a->oper, .current = a->rank == 1,
		.srtt_us = 250, .rttvar_us = 100, .rtt_last_us = 260, .timeout_us = 10000,
		.mtu = 1500, .max_message = 1400,
		.threshold = cdat_adapter_threshold(a, cdat_table_params(fake.table)),
		.msgs_sent = 5000000000u + a->adapter, .msgs_received = 7,
		.heard_mono = now_us(CLOCK_MONOTONIC), .changed_mono = fake.cluster.start_mono,
		.discontinuity_mono = fake.cluster.start_mono,
	};
}

static struct cdat_route route_row(const struct cdat_adapter *a)
{
	struct cdat_route r = { .node = a->node, .adapter = a->adapter, .state = CDAT_ROUTE_GATEWAY,
				.ifindex = 2, .ifname = "eth0" };

	cdat_addr_parse("9.1.1.254", &r.hop);
	if (a->adapter == 2)
		r.shared = 1;
	return r;
}

static void refresh_cluster(void)
{
	fake.cluster.version = cdat_table_version(fake.table);
	fake.cluster.spin_lock = cdat_table_lock(fake.table);
	cdat_table_digest(fake.table, fake.cluster.digest);
	fake.cluster.nodes_total = fake.cluster.nodes_up = (uint32_t)cdat_table_count(fake.table);
	fake.cluster.adapters_total = 0;
	for (size_t i = 0; i < cdat_table_count(fake.table); i++)
		fake.cluster.adapters_total += cdat_table_at(fake.table, i)->nadapters;
	fake.cluster.next_node = cdat_table_next_node(fake.table);
	fake.cluster.event_last = fake.nevents;
}

/* Calls `each` for every row that a snapshot has. */
void fake_rows(void (*each)(void *ctx, enum cdat_kind kind, const void *record), void *ctx)
{
	const struct cdat_component comp = { 1, true, true, 1, 2, 3, CDAT_BASIS_OBSERVED,
					     fake.cluster.start_mono };
	const struct cdat_stats stats = { .msgs_sent = 10, .auth_failures = 3 };
	const struct cdat_role *roles;
	const size_t nroles = cdat_table_roles(fake.table, &roles);
	const uint32_t limit = fake.cluster.event_limit;
	const uint32_t first = fake.nevents > limit ? fake.nevents - limit + 1 : 1;

	refresh_cluster();
	each(ctx, CDAT_K_CLUSTER, &fake.cluster);
	each(ctx, CDAT_K_PARAMS, cdat_table_params(fake.table));
	for (size_t i = 0; i < cdat_table_count(fake.table); i++) {
		const struct cdat_tnode *t = cdat_table_at(fake.table, i);
		const struct cdat_node node = node_row(t);
		const struct cdat_member m = { 1, node.node, node.node == 1 ? CDAT_PART_LEADER
					       : CDAT_PART_MEMBER, fake.cluster.start_mono };
		const struct cdat_persp p = { node.node, node.node == 1 ? 2 : 1, CDAT_UP,
					      t->nadapters, 12, fake.cluster.start_mono };

		each(ctx, CDAT_K_NODE, &node);
		each(ctx, CDAT_K_MEMBER, &m);
		if (i < 2)
			each(ctx, CDAT_K_PERSP, &p);
		for (size_t k = 0; k < t->nadapters; k++) {
			const struct cdat_adapter a = adapter_row(t, k);
			const struct cdat_path path = path_row(&a);
			const struct cdat_route route = route_row(&a);

			each(ctx, CDAT_K_ADAPTER, &a);
			if (a.node == fake.cluster.local_node)
				continue;
			each(ctx, CDAT_K_PATH, &path);
			each(ctx, CDAT_K_ROUTE, &route);
		}
	}
	each(ctx, CDAT_K_COMPONENT, &comp);
	each(ctx, CDAT_K_STATS, &stats);
	for (size_t i = 0; i < nroles; i++) {
		struct cdat_role r = roles[i];

		r.state = CDAT_ROLE_PREFERRED;
		r.holder = r.candidates[0];
		r.backups = 1;
		each(ctx, CDAT_K_ROLE, &r);
	}
	for (uint32_t e = first; e <= fake.nevents; e++)
		each(ctx, CDAT_K_EVENT, &fake.events[e]);
	for (size_t k = 1; k <= CDAT_EV_KINDS; k++)
		each(ctx, CDAT_K_NOTIFY, &fake.notify[k]);
}

void fake_flip(unsigned node, void (*each)(void *ctx, enum cdat_kind kind, const void *record),
	       void *ctx)
{
	const struct cdat_tnode *t = cdat_table_node(fake.table, (uint16_t)node);
	struct cdat_adapter a;
	struct cdat_node n;
	struct cdat_path p;

	if (!t || !t->nadapters)
		return;
	fake.flipped[node] = !fake.flipped[node];
	n = node_row(t);
	a = adapter_row(t, 0);
	p = path_row(&a);
	each(ctx, CDAT_K_NODE, &n);
	each(ctx, CDAT_K_ADAPTER, &a);
	each(ctx, CDAT_K_PATH, &p);
	each(ctx, CDAT_K_CLUSTER, &fake.cluster);
}

/* ---- the fake.table ---- */

struct cdat_table *fake_changed(unsigned node, bool create)
{
	const struct cdat_rules rules = { .default_port = CDAT_PORT_DEFAULT,
					  .max_nodes = CDAT_NODE_MAX };
	const struct cdat_stamp stamp = { cdat_table_version(fake.table) + 1, 3, 1 };
	struct cdat_op ops[4] = { { .kind = CDAT_OP_NODE_DESTROY, .node = (uint16_t)node } };
	struct cdat_outcome outcome;
	char text[32];

	if (create) {
		for (size_t i = 0; i < 4; i++)
			ops[i] = (struct cdat_op){ .node = (uint16_t)node, .adapter = i > 1 };
		ops[0].kind = CDAT_OP_NODE_CREATE;
		ops[1].kind = CDAT_OP_NODE_SET;
		ops[1].attr = CDAT_A_NODE_NAME;
		snprintf(ops[1].text, sizeof(ops[1].text), "made%u", node);
		ops[2].kind = CDAT_OP_ADAPTER_CREATE;
		ops[3].kind = CDAT_OP_ADAPTER_SET;
		ops[3].attr = CDAT_A_ADDR;
		snprintf(text, sizeof(text), "9.9.%u.1", node);
		cdat_addr_parse(text, &ops[3].addr);
	}
	return cdat_table_apply(fake.table, ops, create ? 4 : 1, &rules, stamp, &outcome);
}

static void add_node(struct cdat_op *ops, size_t *n, unsigned node, unsigned adapters, bool fig5)
{
	struct cdat_op op = { .kind = CDAT_OP_NODE_CREATE, .node = (uint16_t)node };

	ops[(*n)++] = op;
	op.kind = CDAT_OP_NODE_SET;
	op.attr = CDAT_A_NODE_NAME;
	if (fig5)
		snprintf(op.text, sizeof(op.text), "node%c", 'A' + (int)node - 1);
	else
		snprintf(op.text, sizeof(op.text), "node%u", node);
	ops[(*n)++] = op;
	for (unsigned a = 1; a <= adapters; a++) {
		char text[32];

		op = (struct cdat_op){ .kind = CDAT_OP_ADAPTER_CREATE, .node = (uint16_t)node,
				       .adapter = (uint8_t)a };
		ops[(*n)++] = op;
		op.kind = CDAT_OP_ADAPTER_SET;
		op.attr = CDAT_A_ADDR;
		snprintf(text, sizeof(text), "9.%u.%u.%u", a, 1 + node / 200, 1 + (node - 1) % 200);
		if (!cdat_addr_parse(text, &op.addr))
			die("%s", text);
		ops[(*n)++] = op;
		op.attr = CDAT_A_PREFIX_LEN;
		op.number = 24;
		ops[(*n)++] = op;
	}
}

static void make_table(unsigned nodes, unsigned adapters)
{
	const struct cdat_rules rules = { .initial = true, .default_port = CDAT_PORT_DEFAULT,
					  .max_nodes = CDAT_NODE_MAX };
	struct cdat_op *ops = calloc((size_t)nodes * (2 + 3 * adapters) + 1, sizeof(*ops));
	struct cdat_outcome outcome;
	struct cdat_table *empty = cdat_table_new(4711);
	size_t n = 0;

	if (!ops || !empty)
		die("no memory");
	for (unsigned node = 1; node <= nodes; node++)
		add_node(ops, &n, node, adapters, nodes == 2);
	ops[n] = (struct cdat_op){ .kind = CDAT_OP_ROLE_PUT, .role = { .role = 1, .name = "dbase",
		.policy = CDAT_POLICY_ORDERED, .ncandidates = 2, .candidates = { 2, 1 } } };
	n++;
	fake.table = cdat_table_apply(empty, ops, n, &rules, (struct cdat_stamp){ 1, 1, 1 }, &outcome);
	if (!fake.table)
		die("table: %s", outcome.text);
	cdat_table_free(empty);
	free(ops);
}

static void make_cluster(void)
{
	fake.cluster = (struct cdat_cluster){
		.health = CDAT_OK, .name = "fig5", .state = CDAT_CS_OPERATIONAL, .standing = CDAT_WHOLE,
		.local_node = 1, .local_name = "nodeA", .leader = 1, .component = 1, .epoch = 3,
		.has_table = true, .quorum_size = 2, .port = CDAT_PORT_DEFAULT,
		.start_mono = now_us(CLOCK_MONOTONIC), .start_wall = now_us(CLOCK_REALTIME),
		.servicer_version = "test", .change_state = CDAT_CH_IDLE, .sealed = true,
		.event_limit = LIMIT_FIRST, .notify_all = true, .notify_scope = CDAT_SCOPE_ONE_MEMBER,
		.notify_window_s = 10, .notify_limit = 50, .notifier = 1, .poster = 1,
	};
	for (size_t k = 1; k <= CDAT_EV_KINDS; k++)
		fake.notify[k] = (struct cdat_notify){ .kind = (uint8_t)k, .enable = true,
			.min_interval_s = k == CDAT_EV_AUTH_FAILURE ? 60 : 0 };
}

void fake_make(unsigned nodes, unsigned adapters)
{
	fake.events = calloc(EVENTS, sizeof(*fake.events));
	if (!fake.events)
		die("no memory");
	fake.first_nodes = nodes;
	make_cluster();
	make_table(nodes, adapters);
	refresh_cluster();
}
