/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A servicer for tests of the agent and of cdat-notify without a cluster: it serves the
 * control protocol with the two nodes of FIG. 5, applies changes by the real table, and
 * obeys lines on its standard input.  What its client tells is printed, a line each.
 *
 *   fake_servicer SOCKET [NODES [ADAPTERS]]
 *   event KIND NODE ADAPTER OTHER UID TEXT...	an event happens now
 *   state NODE VALUE		cdatNodeState
 *   flip NODE			the state of its first address goes down or up: the rows that a
 *				servicer sends then, and no others
 *   mark EVENT			another member's agent has notified it
 *   destroy NODE, create NODE	a node goes from the table, or comes with one address
 *   notifier NODE		who sends notifications of the cluster
 *   poster NODE		the same by HTTP
 *   scope N			cdatNotifyScope
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

#include "tests/snmp/fake_rows.h"
#include "wire/attr.h"
#include "wire/control.h"

#define CLIENTS 4

struct client {
	int fd;
	bool subscribed;
	bool held;			/* a change waits for DECIDE */
	uint32_t held_tag;
	uint64_t held_key;
	struct cdat_table *image;
};

static struct client clients[CLIENTS];
static long hold_ms;
static int refuse_result, refuse_fault;
static uint64_t row_number;

/* One answer that is put off by `hold`. */
static struct { struct client *c; uint64_t at; uint32_t tag; struct cdat_outcome outcome; } later;

uint64_t now_us(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

void die(const char *fmt, ...)
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
	const struct cdat_tnode *t = cdat_table_node(fake.table, node);

	(void)ctx;
	return t && fake_state(&t->node) == CDAT_MEMBER;
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
		const struct cdat_tnode *n = cdat_table_node(fake.table, t->node.node);

		for (size_t k = 0; k < t->nadapters; k++) {
			const struct cdat_adapter *a = &t->adapters[k];

			if (n && cdat_tnode_adapter(n, a->adapter))
				continue;
			push_row(CDAT_K_ADAPTER, a, true);
			push_row(CDAT_K_PATH, &(struct cdat_path){ .node = a->node, .adapter = a->adapter }, true);
			push_row(CDAT_K_ROUTE, &(struct cdat_route){ .node = a->node, .adapter = a->adapter }, true);
		}
		if (n)
			continue;
		push_row(CDAT_K_NODE, &t->node, true);
		push_row(CDAT_K_MEMBER, &(struct cdat_member){ 1, t->node.node, 0, 0 }, true);
		for (uint16_t r = 1; r < 3; r++)
			push_row(CDAT_K_PERSP, &(struct cdat_persp){ .node = t->node.node,
								     .reporter = r }, true);
	}
}

static void commit(struct client *c, uint32_t tag)
{
	struct cdat_outcome outcome = { .result = CDAT_RES_COMMITTED, .involved = true };
	struct cdat_table *old = fake.table;

	fake.table = c->image;
	c->image = NULL;
	c->held = false;
	outcome.version = cdat_table_version(fake.table);
	fake.cluster.changed_mono = now_us(CLOCK_MONOTONIC);
	fake.cluster.changed_wall = now_us(CLOCK_REALTIME);
	fake_rows(push_each, NULL);
	push_gone(old);
	cdat_table_free(old);
	printf("committed %u\n", outcome.version);
	outcome_later(c, tag, &outcome);
}

static void change(struct client *c, uint32_t tag, const struct cdat_c_change *msg)
{
	const struct cdat_rules rules = { .asker = fake.cluster.local_node, .is_member = is_member,
		.default_port = CDAT_PORT_DEFAULT, .max_nodes = CDAT_NODE_MAX };
	const struct cdat_stamp stamp = { cdat_table_version(fake.table) + 1, fake.cluster.epoch,
					  fake.cluster.local_node };
	struct cdat_outcome outcome = { 0 };
	struct cdat_view list = msg->ops;
	static struct cdat_op ops[4096];
	size_t n = 0;

	while (n < 4096 && cdat_list_next(&list, &cdat_msg_op, &ops[n]))
		n++;
	printf("change %llu of %zu ops\n", (unsigned long long)msg->key, n);
	cdat_table_free(c->image);
	c->image = cdat_table_apply(fake.table, ops, n, &rules, stamp, &outcome);
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
		fake.cluster.notify_all = msg->number == 1;
		break;
	case CDAT_L_NOTIFY_SCOPE:
		fake.cluster.notify_scope = (uint8_t)msg->number;
		break;
	case CDAT_L_NOTIFY_WINDOW:
		fake.cluster.notify_window_s = (uint32_t)msg->number;
		break;
	case CDAT_L_NOTIFY_LIMIT:
		fake.cluster.notify_limit = (uint32_t)msg->number;
		break;
	case CDAT_L_NOTIFY_ENABLE:
		fake.notify[msg->kind].enable = msg->number == 1;
		break;
	case CDAT_L_NOTIFY_MIN_INTERVAL:
		fake.notify[msg->kind].min_interval_s = (uint32_t)msg->number;
		break;
	default:
		fake.cluster.event_limit = (uint32_t)msg->number;
	}
	if (msg->kind)
		push_row(CDAT_K_NOTIFY, &fake.notify[msg->kind], false);
	push_row(CDAT_K_CLUSTER, &fake.cluster, false);
	post(c, CDAT_V_OUTCOME, tag, &outcome);
}

static void notified(const struct cdat_c_notified *msg)
{
	struct cdat_event *e;

	if (!msg->event || msg->event > fake.nevents)
		return;
	e = &fake.events[msg->event];
	if (msg->what == CDAT_AGENT_HTTP) {
		printf("posted %u%s\n", msg->event, msg->suppressed ? " suppressed" : "");
		e->posted = !msg->suppressed;
		push_row(CDAT_K_EVENT, e, false);
		return;
	}
	printf("notified %u%s\n", msg->event, msg->suppressed ? " suppressed" : "");
	e->notified = !msg->suppressed;
	if (msg->suppressed) {
		fake.notify[e->kind].held++;
		fake.cluster.notify_suppressed++;
	} else {
		fake.notify[e->kind].sent++;
		fake.notify[e->kind].sent_mono = now_us(CLOCK_MONOTONIC);
	}
	push_row(CDAT_K_EVENT, e, false);
	push_row(CDAT_K_NOTIFY, &fake.notify[e->kind], false);
	push_row(CDAT_K_CLUSTER, &fake.cluster, false);
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
		fake_rows(snapshot_row, &s);
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
	    !at || fake.nevents + 1 >= EVENTS)
		die("bad order: %s", line);
	e = &fake.events[++fake.nevents];
	*e = (struct cdat_event){
		.event = fake.nevents, .uid = uid, .wall = now_us(CLOCK_REALTIME),
		.mono = now_us(CLOCK_MONOTONIC), .kind = (uint8_t)kind,
		.severity = kind == CDAT_EV_NODE_UNREACHABLE ? CDAT_SEV_CRITICAL : CDAT_SEV_MINOR,
		.node = (uint16_t)node, .adapter = (uint8_t)adapter, .other_adapter = (uint8_t)other,
		.role = kind == CDAT_EV_ROLE_MOVED, .number = 4,
	};
	snprintf(e->text, sizeof(e->text), "%s", line + at);
	if (kind == CDAT_EV_AUTH_FAILURE)
		cdat_addr_parse("192.0.2.7:999", &e->addr);
	fake.cluster.event_last = fake.nevents;
	push_row(CDAT_K_CLUSTER, &fake.cluster, false);
	for (size_t i = 0; i < CLIENTS; i++) {
		if (clients[i].fd >= 0 && clients[i].subscribed)
			post(&clients[i], CDAT_V_EVENT, 0, e);
	}
	push_row(CDAT_K_EVENT, e, false);
	if (fake.nevents > fake.cluster.event_limit)
		push_row(CDAT_K_EVENT, &fake.events[fake.nevents - fake.cluster.event_limit], true);
}

static void change_order(unsigned node, bool create)
{
	struct cdat_table *image = fake_changed(node, create), *old = fake.table;

	if (!image)
		return;
	fake.table = image;
	puts(create ? "created" : "destroyed");
	fake_rows(push_each, NULL);
	push_gone(old);
	cdat_table_free(old);
}

static void order(const char *line)
{
	unsigned a, b;

	if (!strncmp(line, "event ", 6)) {
		event_order(line);
	} else if (sscanf(line, "state %u %u", &a, &b) == 2 && a && a <= CDAT_NODE_MAX) {
		fake.node_state[a] = (uint8_t)b;
		fake_rows(push_each, NULL);
	} else if (sscanf(line, "flip %u", &a) == 1 && a && a <= CDAT_NODE_MAX) {
		fake_flip(a, push_each, NULL);
		puts("flipped");
	} else if (sscanf(line, "mark %u", &a) == 1 && a && a <= fake.nevents) {
		fake.events[a].notified = fake.events[a].posted = true;
		push_row(CDAT_K_EVENT, &fake.events[a], false);
	} else if (sscanf(line, "destroy %u", &a) == 1) {
		change_order(a, false);
	} else if (sscanf(line, "create %u", &a) == 1) {
		change_order(a, true);
	} else if (sscanf(line, "notifier %u", &a) == 1) {
		fake.cluster.notifier = (uint16_t)a;
		push_row(CDAT_K_CLUSTER, &fake.cluster, false);
	} else if (sscanf(line, "poster %u", &a) == 1) {
		fake.cluster.poster = (uint16_t)a;
		push_row(CDAT_K_CLUSTER, &fake.cluster, false);
	} else if (sscanf(line, "scope %u", &a) == 1) {
		fake.cluster.notify_scope = (uint8_t)a;
		push_row(CDAT_K_CLUSTER, &fake.cluster, false);
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
	fake_make(argc > 2 ? (unsigned)atoi(argv[2]) : 2, argc > 3 ? (unsigned)atoi(argv[3]) : 2);
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
