/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A servicer for tests of the agent without a cluster: it serves the control protocol
 * with the two nodes of FIG. 5, applies changes by the real table, and obeys lines on
 * its standard input.  What its client tells is printed, a line each.
 *
 *   fake_servicer SOCKET [NODES [ADAPTERS]]
 *   event KIND NODE ADAPTER OTHER UID TEXT...	an event happens now
 *   state NODE VALUE		cdatNodeState
 *   mark EVENT			another member's agent has notified it
 *   notifier NODE		who sends notifications of the cluster
 *   hold MS			answers to changes come so much later; -1 never
 *   refuse RESULT FAULT	the next change is refused by a member
 *   drop			ends all connections
 *   quit
 */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "core/table.h"
#include "wire/attr.h"
#include "wire/control.h"

#define CLIENTS 4
#define EVENTS 65536
#define LIMIT_FIRST 256

struct client {
	int fd;
	bool subscribed;
	bool held;			/* a change waits for DECIDE */
	uint32_t held_tag;
	uint64_t held_key;
	struct cdat_table *image;
};

static struct client clients[CLIENTS];
static struct cdat_table *table;
static struct cdat_cluster cluster;
static struct cdat_notify notify[CDAT_EV_KINDS + 1];
static struct cdat_event *events;
static uint8_t node_state[CDAT_NODE_MAX + 1];
static uint32_t nevents;
static long hold_ms;
static int refuse_result, refuse_fault;
static uint64_t row_number;

/* One answer that is put off by `hold`. */
static struct { struct client *c; uint64_t at; uint32_t tag; struct cdat_outcome outcome; } later;

static uint64_t now_us(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

__attribute__((format(printf, 1, 2), noreturn))
static void die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(1);
}

static void post(struct client *c, enum cdat_verb verb, uint32_t tag, const void *msg)
{
	static uint8_t buf[CDAT_FRAME_MAX];
	struct cdat_writer w;

	cdat_writer_init(&w, buf, sizeof(buf));
	if (!cdat_frame_write(&w, verb, tag, msg))
		die("frame of verb %d does not fit", verb);
	if (c->fd >= 0 && send(c->fd, buf, w.len, MSG_NOSIGNAL) < 0) {
		close(c->fd);
		c->fd = -1;
	}
}

static void post_row(struct client *c, uint32_t tag, enum cdat_kind kind, const void *record,
		     bool gone)
{
	static uint8_t buf[CDAT_FRAME_MAX];
	const struct cdat_key key = cdat_record_key(kind, record);
	struct cdat_c_row row = { .kind = kind, .gone = gone, .a = key.a, .b = key.b,
				  .number = ++row_number };
	struct cdat_writer w;

	cdat_writer_init(&w, buf, sizeof(buf));
	if (!gone && !cdat_encode(&w, cdat_record_msg(kind), record))
		die("record of kind %d does not fit", kind);
	if (!gone)
		row.record = cdat_written(&w);
	post(c, CDAT_V_ROW, tag, &row);
}

static void push_row(enum cdat_kind kind, const void *record, bool gone)
{
	for (size_t i = 0; i < CLIENTS; i++) {
		if (clients[i].fd >= 0 && clients[i].subscribed)
			post_row(&clients[i], 0, kind, record, gone);
	}
}

/* ---- rows of the table with made-up state ---- */

static struct cdat_node node_row(const struct cdat_tnode *t)
{
	struct cdat_node n = t->node;
	uint8_t order[CDAT_NODE_ADAPTERS];
	const size_t norder = cdat_tnode_order(t, order);

	n.state = node_state[n.node] ? node_state[n.node] : CDAT_MEMBER;
	n.primary = norder ? order[0] : 0;
	n.current = n.node == cluster.local_node ? 0 : n.primary;
	n.adapters = t->nadapters;
	n.votes_reachable = 1;
	n.heard_mono = now_us(CLOCK_MONOTONIC);
	n.rtt_us = n.node == cluster.local_node ? 0 : 250;
	n.incarnation = 1;
	n.component = 1;
	n.sync = CDAT_IN_SYNC;
	strcpy(n.version, "test");
	n.changed_mono = cluster.start_mono;
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
	a.oper = CDAT_UP;
	a.ifindex = a.node == cluster.local_node ? a.adapter + 1u : 0;
	a.changed_mono = cluster.start_mono;
	return a;
}

static struct cdat_path path_row(const struct cdat_adapter *a)
{
	return (struct cdat_path){
		.node = a->node, .adapter = a->adapter, .state = CDAT_UP, .current = a->rank == 1,
		.srtt_us = 250, .rttvar_us = 100, .rtt_last_us = 260, .timeout_us = 10000,
		.mtu = 1500, .max_message = 1400,
		.threshold = cdat_adapter_threshold(a, cdat_table_params(table)),
		.msgs_sent = 5000000000u + a->adapter, .msgs_received = 7,
		.heard_mono = now_us(CLOCK_MONOTONIC), .changed_mono = cluster.start_mono,
		.discontinuity_mono = cluster.start_mono,
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
	cluster.version = cdat_table_version(table);
	cluster.spin_lock = cdat_table_lock(table);
	cdat_table_digest(table, cluster.digest);
	cluster.nodes_total = cluster.nodes_up = (uint32_t)cdat_table_count(table);
	cluster.adapters_total = 0;
	for (size_t i = 0; i < cdat_table_count(table); i++)
		cluster.adapters_total += cdat_table_at(table, i)->nadapters;
	cluster.next_node = cdat_table_next_node(table);
	cluster.event_last = nevents;
}

/* Calls `each` for every row that a snapshot has. */
static void rows(void (*each)(void *ctx, enum cdat_kind kind, const void *record), void *ctx)
{
	const struct cdat_component comp = { 1, true, true, 1, 2, 3, CDAT_BASIS_OBSERVED,
					     cluster.start_mono };
	const struct cdat_stats stats = { .msgs_sent = 10, .auth_failures = 3 };
	const struct cdat_role *roles;
	const size_t nroles = cdat_table_roles(table, &roles);

	refresh_cluster();
	each(ctx, CDAT_K_CLUSTER, &cluster);
	each(ctx, CDAT_K_PARAMS, cdat_table_params(table));
	for (size_t i = 0; i < cdat_table_count(table); i++) {
		const struct cdat_tnode *t = cdat_table_at(table, i);
		const struct cdat_node node = node_row(t);
		const struct cdat_member m = { 1, node.node, node.node == 1 ? CDAT_PART_LEADER
					       : CDAT_PART_MEMBER, cluster.start_mono };
		const struct cdat_persp p = { node.node, node.node == 1 ? 2 : 1, CDAT_UP,
					      t->nadapters, 12, cluster.start_mono };

		each(ctx, CDAT_K_NODE, &node);
		each(ctx, CDAT_K_MEMBER, &m);
		if (i < 2)
			each(ctx, CDAT_K_PERSP, &p);
		for (size_t k = 0; k < t->nadapters; k++) {
			const struct cdat_adapter a = adapter_row(t, k);
			const struct cdat_path path = path_row(&a);
			const struct cdat_route route = route_row(&a);

			each(ctx, CDAT_K_ADAPTER, &a);
			if (a.node == cluster.local_node)
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
	for (uint32_t e = nevents > cluster.event_limit ? nevents - cluster.event_limit + 1 : 1;
	     e <= nevents; e++)
		each(ctx, CDAT_K_EVENT, &events[e]);
	for (size_t k = 1; k <= CDAT_EV_KINDS; k++)
		each(ctx, CDAT_K_NOTIFY, &notify[k]);
}

struct snapshot { struct client *c; uint32_t tag, kinds; };

static void snapshot_row(void *ctx, enum cdat_kind kind, const void *record)
{
	const struct snapshot *s = ctx;

	if (s->kinds & (1u << kind))
		post_row(s->c, s->tag, kind, record, false);
}

static void push_each(void *ctx, enum cdat_kind kind, const void *record)
{
	(void)ctx;
	if (kind != CDAT_K_EVENT && kind != CDAT_K_NOTIFY)
		push_row(kind, record, false);
}

/* ---- changes ---- */

static bool is_member(void *ctx, uint16_t node)
{
	(void)ctx;
	return node_state[node] == 0 || node_state[node] == CDAT_MEMBER;
}

static void outcome_later(struct client *c, uint32_t tag, const struct cdat_outcome *outcome)
{
	if (hold_ms < 0)
		return;
	if (!hold_ms) {
		post(c, CDAT_V_OUTCOME, tag, outcome);
		return;
	}
	later.c = c;
	later.at = now_us(CLOCK_MONOTONIC) + (uint64_t)hold_ms * 1000;
	later.tag = tag;
	later.outcome = *outcome;
}

/* Rows that are not in the new image are gone. */
static void push_gone(const struct cdat_table *old)
{
	for (size_t i = 0; i < cdat_table_count(old); i++) {
		const struct cdat_tnode *t = cdat_table_at(old, i);
		const struct cdat_tnode *n = cdat_table_node(table, t->node.node);

		for (size_t k = 0; k < t->nadapters; k++) {
			const struct cdat_adapter *a = &t->adapters[k];

			if (n && cdat_tnode_adapter(n, a->adapter))
				continue;
			push_row(CDAT_K_ADAPTER, a, true);
			push_row(CDAT_K_PATH, &(struct cdat_path){ .node = a->node, .adapter = a->adapter }, true);
			push_row(CDAT_K_ROUTE, &(struct cdat_route){ .node = a->node, .adapter = a->adapter }, true);
		}
		if (!n)
			push_row(CDAT_K_NODE, &t->node, true);
	}
}

static void commit(struct client *c, uint32_t tag)
{
	struct cdat_outcome outcome = { .result = CDAT_RES_COMMITTED, .involved = true };
	struct cdat_table *old = table;

	table = c->image;
	c->image = NULL;
	c->held = false;
	outcome.version = cdat_table_version(table);
	cluster.changed_mono = now_us(CLOCK_MONOTONIC);
	cluster.changed_wall = now_us(CLOCK_REALTIME);
	rows(push_each, NULL);
	push_gone(old);
	cdat_table_free(old);
	printf("committed %u\n", outcome.version);
	outcome_later(c, tag, &outcome);
}

static void change(struct client *c, uint32_t tag, const struct cdat_c_change *msg)
{
	const struct cdat_rules rules = { .asker = cluster.local_node, .is_member = is_member,
		.default_port = CDAT_PORT_DEFAULT, .max_nodes = CDAT_NODE_MAX };
	const struct cdat_stamp stamp = { cdat_table_version(table) + 1, cluster.epoch,
					  cluster.local_node };
	struct cdat_outcome outcome = { 0 };
	struct cdat_view list = msg->ops;
	static struct cdat_op ops[4096];
	size_t n = 0;

	while (n < 4096 && cdat_list_next(&list, &cdat_msg_op, &ops[n]))
		n++;
	printf("change %llu of %zu ops\n", (unsigned long long)msg->key, n);
	cdat_table_free(c->image);
	c->image = cdat_table_apply(table, ops, n, &rules, stamp, &outcome);
	if (c->image && refuse_result) {
		outcome = (struct cdat_outcome){ .result = (uint8_t)refuse_result,
			.fault = (uint8_t)refuse_fault, .involved = true, .text = "member 2 said no" };
		refuse_result = 0;
		cdat_table_free(c->image);
		c->image = NULL;
	}
	if (!c->image) {
		outcome_later(c, tag, &outcome);
		return;
	}
	c->held_tag = tag;
	c->held_key = msg->key;
	if (!msg->hold) {
		commit(c, tag);
		return;
	}
	c->held = true;
	outcome = (struct cdat_outcome){ .result = CDAT_RES_NONE };
	outcome_later(c, tag, &outcome);
}

static void decide(struct client *c, const struct cdat_c_decide *msg)
{
	const struct cdat_outcome outcome = { .result = CDAT_RES_OTHER,
		.fault = CDAT_FAULT_COMMIT_FAILED, .text = "aborted by its asker" };

	if (!c->held || c->held_key != msg->key)
		return;
	if (msg->commit) {
		commit(c, c->held_tag);
		return;
	}
	printf("aborted\n");
	c->held = false;
	cdat_table_free(c->image);
	c->image = NULL;
	post(c, CDAT_V_OUTCOME, c->held_tag, &outcome);
}

static void local_set(struct client *c, uint32_t tag, const struct cdat_c_local_set *msg)
{
	const struct cdat_outcome outcome = { .result = CDAT_RES_COMMITTED };

	switch (msg->what) {
	case CDAT_L_NOTIFY_ALL:
		cluster.notify_all = msg->number == 1;
		break;
	case CDAT_L_NOTIFY_SCOPE:
		cluster.notify_scope = (uint8_t)msg->number;
		break;
	case CDAT_L_NOTIFY_WINDOW:
		cluster.notify_window_s = (uint32_t)msg->number;
		break;
	case CDAT_L_NOTIFY_LIMIT:
		cluster.notify_limit = (uint32_t)msg->number;
		break;
	case CDAT_L_NOTIFY_ENABLE:
		notify[msg->kind].enable = msg->number == 1;
		break;
	case CDAT_L_NOTIFY_MIN_INTERVAL:
		notify[msg->kind].min_interval_s = (uint32_t)msg->number;
		break;
	default:
		cluster.event_limit = (uint32_t)msg->number;
	}
	if (msg->kind)
		push_row(CDAT_K_NOTIFY, &notify[msg->kind], false);
	push_row(CDAT_K_CLUSTER, &cluster, false);
	post(c, CDAT_V_OUTCOME, tag, &outcome);
}

static void notified(const struct cdat_c_notified *msg)
{
	struct cdat_event *e;

	if (!msg->event || msg->event > nevents)
		return;
	e = &events[msg->event];
	printf("notified %u%s\n", msg->event, msg->suppressed ? " suppressed" : "");
	e->notified = !msg->suppressed;
	if (msg->suppressed) {
		notify[e->kind].held++;
		cluster.notify_suppressed++;
	} else {
		notify[e->kind].sent++;
		notify[e->kind].sent_mono = now_us(CLOCK_MONOTONIC);
	}
	push_row(CDAT_K_EVENT, e, false);
	push_row(CDAT_K_NOTIFY, &notify[e->kind], false);
	push_row(CDAT_K_CLUSTER, &cluster, false);
}

static void serve_frame(struct client *c, enum cdat_verb verb, uint32_t tag, const void *msg)
{
	struct cdat_c_done done = { row_number };
	const struct cdat_c_hello hello = { .version = "test", .access = CDAT_ACCESS_ADMIN,
					    .protocol = CDAT_CONTROL_VERSION };
	struct snapshot s = { c, tag, 0 };

	switch (verb) {
	case CDAT_V_HELLO:
		post(c, CDAT_V_HELLO, tag, &hello);
		break;
	case CDAT_V_SNAPSHOT:
		s.kinds = ((const struct cdat_c_snapshot *)msg)->kinds;
		rows(snapshot_row, &s);
		done.number = row_number;
		post(c, CDAT_V_DONE, tag, &done);
		break;
	case CDAT_V_SUBSCRIBE:
		c->subscribed = true;
		post(c, CDAT_V_DONE, tag, &done);
		break;
	case CDAT_V_CHANGE:
		change(c, tag, msg);
		break;
	case CDAT_V_DECIDE:
		decide(c, msg);
		break;
	case CDAT_V_LOCAL_SET:
		local_set(c, tag, msg);
		break;
	case CDAT_V_NOTIFIED:
		notified(msg);
		break;
	case CDAT_V_AGENT:
		printf("agent %d\n", ((const struct cdat_c_agent *)msg)->alive);
		break;
	default:
		die("verb %d is not served", verb);
	}
}

static void serve(struct client *c)
{
	static uint8_t buf[CDAT_FRAME_MAX];
	static union { max_align_t align; uint8_t room[4096]; } msg;
	const ssize_t n = recv(c->fd, buf, sizeof(buf), 0);
	struct cdat_view body;
	enum cdat_verb verb;
	uint32_t tag;

	if (n <= 0) {
		close(c->fd);
		c->fd = -1;
		c->subscribed = c->held = false;
		return;
	}
	if (cdat_frame_read((struct cdat_view){ buf, (size_t)n }, &verb, &tag, &body) ||
	    cdat_verb_msg(verb)->size > sizeof(msg) ||
	    cdat_decode(body, cdat_verb_msg(verb), &msg))
		die("bad frame");
	serve_frame(c, verb, tag, &msg);
}

/* ---- orders ---- */

static void event_order(const char *line)
{
	struct cdat_event *e;
	unsigned kind, node, adapter, other, uid;
	int at = 0;

	if (sscanf(line, "event %u %u %u %u %u %n", &kind, &node, &adapter, &other, &uid, &at) < 5 ||
	    !at || nevents + 1 >= EVENTS)
		die("bad order: %s", line);
	e = &events[++nevents];
	*e = (struct cdat_event){
		.event = nevents, .uid = uid, .wall = now_us(CLOCK_REALTIME),
		.mono = now_us(CLOCK_MONOTONIC), .kind = (uint8_t)kind,
		.severity = kind == CDAT_EV_NODE_UNREACHABLE ? CDAT_SEV_CRITICAL : CDAT_SEV_MINOR,
		.node = (uint16_t)node, .adapter = (uint8_t)adapter, .other_adapter = (uint8_t)other,
		.role = kind == CDAT_EV_ROLE_MOVED, .number = 4,
	};
	snprintf(e->text, sizeof(e->text), "%s", line + at);
	if (kind == CDAT_EV_AUTH_FAILURE)
		cdat_addr_parse("192.0.2.7:999", &e->addr);
	cluster.event_last = nevents;
	push_row(CDAT_K_CLUSTER, &cluster, false);
	for (size_t i = 0; i < CLIENTS; i++) {
		if (clients[i].fd >= 0 && clients[i].subscribed)
			post(&clients[i], CDAT_V_EVENT, 0, e);
	}
	push_row(CDAT_K_EVENT, e, false);
	if (nevents > cluster.event_limit)
		push_row(CDAT_K_EVENT, &events[nevents - cluster.event_limit], true);
}

static void order(const char *line)
{
	unsigned a, b;

	if (!strncmp(line, "event ", 6)) {
		event_order(line);
	} else if (sscanf(line, "state %u %u", &a, &b) == 2 && a && a <= CDAT_NODE_MAX) {
		node_state[a] = (uint8_t)b;
		rows(push_each, NULL);
	} else if (sscanf(line, "mark %u", &a) == 1 && a && a <= nevents) {
		events[a].notified = true;
		push_row(CDAT_K_EVENT, &events[a], false);
	} else if (sscanf(line, "notifier %u", &a) == 1) {
		cluster.notifier = (uint16_t)a;
		push_row(CDAT_K_CLUSTER, &cluster, false);
	} else if (sscanf(line, "hold %ld", &hold_ms) == 1) {
		return;
	} else if (sscanf(line, "refuse %d %d", &refuse_result, &refuse_fault) == 2) {
		return;
	} else if (!strncmp(line, "drop", 4)) {
		for (size_t i = 0; i < CLIENTS; i++) {
			if (clients[i].fd >= 0)
				shutdown(clients[i].fd, SHUT_RDWR);
		}
	} else if (!strncmp(line, "quit", 4)) {
		exit(0);
	} else {
		die("bad order: %s", line);
	}
}

/* ---- the table ---- */

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
	table = cdat_table_apply(empty, ops, n, &rules, (struct cdat_stamp){ 1, 1, 1 }, &outcome);
	if (!table)
		die("table: %s", outcome.text);
	cdat_table_free(empty);
	free(ops);
}

static void make_cluster(void)
{
	cluster = (struct cdat_cluster){
		.health = CDAT_OK, .name = "fig5", .state = CDAT_CS_OPERATIONAL, .standing = CDAT_WHOLE,
		.local_node = 1, .local_name = "nodeA", .leader = 1, .component = 1, .epoch = 3,
		.has_table = true, .quorum_size = 2, .port = CDAT_PORT_DEFAULT,
		.start_mono = now_us(CLOCK_MONOTONIC), .start_wall = now_us(CLOCK_REALTIME),
		.servicer_version = "test", .change_state = CDAT_CH_IDLE, .sealed = true,
		.event_limit = LIMIT_FIRST, .notify_all = true, .notify_scope = CDAT_SCOPE_ONE_MEMBER,
		.notify_window_s = 10, .notify_limit = 50, .notifier = 1,
	};
	for (size_t k = 1; k <= CDAT_EV_KINDS; k++)
		notify[k] = (struct cdat_notify){ .kind = (uint8_t)k, .enable = true,
			.min_interval_s = k == CDAT_EV_AUTH_FAILURE ? 60 : 0 };
}

static int listen_at(const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	const int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	int size = 4 << 20;

	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", path);
	unlink(path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&sun, sizeof(sun)) || listen(fd, CLIENTS))
		die("%s: %s", path, strerror(errno));
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	return fd;
}

static void accept_client(int fd)
{
	const int c = accept(fd, NULL, NULL);

	for (size_t i = 0; c >= 0 && i < CLIENTS; i++) {
		if (clients[i].fd >= 0)
			continue;
		cdat_table_free(clients[i].image);
		clients[i] = (struct client){ .fd = c };
		return;
	}
	close(c);
}

static int patience(void)
{
	const uint64_t now = now_us(CLOCK_MONOTONIC);

	if (!later.c)
		return -1;
	return later.at <= now ? 0 : (int)((later.at - now) / 1000) + 1;
}

static void read_orders(void)
{
	static char buf[65536];
	static size_t have;
	const ssize_t n = read(STDIN_FILENO, buf + have, sizeof(buf) - 1 - have);
	char *line = buf, *end;

	if (n <= 0)
		exit(0);
	have += (size_t)n;
	buf[have] = 0;
	while ((end = strchr(line, '\n'))) {
		*end = 0;
		order(line);
		line = end + 1;
	}
	have = strlen(line);
	memmove(buf, line, have);
}

int main(int argc, char **argv)
{
	int fd;

	if (argc < 2)
		die("usage: fake_servicer SOCKET [NODES [ADAPTERS]]");
	setvbuf(stdout, NULL, _IOLBF, 0);
	events = calloc(EVENTS, sizeof(*events));
	make_cluster();
	make_table(argc > 2 ? (unsigned)atoi(argv[2]) : 2, argc > 3 ? (unsigned)atoi(argv[3]) : 2);
	refresh_cluster();
	for (size_t i = 0; i < CLIENTS; i++)
		clients[i].fd = -1;
	fd = listen_at(argv[1]);
	puts("ready");
	for (;;) {
		struct pollfd p[CLIENTS + 2] = { { fd, POLLIN, 0 }, { STDIN_FILENO, POLLIN, 0 } };

		for (size_t i = 0; i < CLIENTS; i++)
			p[i + 2] = (struct pollfd){ clients[i].fd, POLLIN, 0 };
		if (poll(p, CLIENTS + 2, patience()) < 0 && errno != EINTR)
			die("poll: %s", strerror(errno));
		if (later.c && later.at <= now_us(CLOCK_MONOTONIC)) {
			struct client *c = later.c;

			later.c = NULL;
			post(c, CDAT_V_OUTCOME, later.tag, &later.outcome);
		}
		for (size_t i = 0; i < CLIENTS; i++) {
			if (p[i + 2].fd >= 0 && p[i + 2].revents && clients[i].fd == p[i + 2].fd)
				serve(&clients[i]);
		}
		if (p[0].revents)
			accept_client(fd);
		if (p[1].revents)
			read_orders();
	}
}
