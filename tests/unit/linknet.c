/* SPDX-License-Identifier: BSD-2-Clause */
/* The network in memory of linknet.h. */
#include "linknet.h"

#include <stdlib.h>
#include <string.h>

unsigned net_own_code = 1;

uint64_t net_random(struct net *net)
{
	uint64_t z = net->seed += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	z ^= z >> 31;
	return z ? z : 1;
}

struct cdat_addr net_addr(uint16_t node, unsigned adapter)
{
	return (struct cdat_addr){ .family = CDAT_AF_IPV4, .port = CDAT_PORT_DEFAULT,
				   .octets = { 10, (uint8_t)adapter, 0, (uint8_t)node } };
}

/* ---- the queue ----------------------------------------------------------------------------- */

static bool earlier(const struct net_packet *a, const struct net_packet *b)
{
	return a->at != b->at ? a->at < b->at : a->order < b->order;
}

static void put(struct net *net, struct net_packet packet)
{
	size_t i = net->nqueue++;

	if (net->nqueue > net->cap) {
		net->cap = net->cap ? net->cap * 2 : 64;
		net->queue = realloc(net->queue, net->cap * sizeof(*net->queue));
		assert_non_null(net->queue);
	}
	packet.order = net->order++;
	for (; i && earlier(&packet, &net->queue[(i - 1) / 2]); i = (i - 1) / 2)
		net->queue[i] = net->queue[(i - 1) / 2];
	net->queue[i] = packet;
}

static struct net_packet take(struct net *net)
{
	struct net_packet first = net->queue[0], last = net->queue[--net->nqueue];
	size_t i = 0;

	for (size_t c; (c = 2 * i + 1) < net->nqueue; i = c) {
		if (c + 1 < net->nqueue && earlier(&net->queue[c + 1], &net->queue[c]))
			c++;
		if (!earlier(&net->queue[c], &last))
			break;
		net->queue[i] = net->queue[c];
	}
	net->queue[i] = last;
	return first;
}

/* ---- what the link calls ----------------------------------------------------------------- */

static uint8_t *copy(const uint8_t *data, size_t len)
{
	uint8_t *p = malloc(len + 1);

	assert_non_null(p);
	memcpy(p, data, len);
	return p;
}

static void carry(void *ctx, uint8_t local, const struct cdat_addr *to, const uint8_t *data,
		  size_t len)
{
	struct net_node *n = ctx;
	struct net *net = n->net;
	unsigned adapter = to->octets[1];
	const struct net_wire *w = &net->wires[n->node][to->octets[3]][adapter];
	struct net_packet p = { .to = *to, .len = len };

	net->sent++;
	net->octets += len;
	p.from = net_addr(n->node, local ? local : adapter);
	p.data = copy(data, len);
	if (net->capture && net->ncaptured < NET_CAPTURE) {
		net->captured[net->ncaptured] = p;
		net->captured[net->ncaptured++].data = copy(data, len);
	}
	if (w->cut || (w->mtu && len + 28 > w->mtu) || net_random(net) % 1000 < w->loss) {
		free(p.data);
		return;
	}
	p.at = net->now + w->delay + (w->jitter ? net_random(net) % w->jitter : 0);
	if (net_random(net) % 1000 < w->twice) {
		struct net_packet again = p;

		again.data = copy(data, len);
		again.at += w->delay + net_random(net) % 1000;
		put(net, again);
	}
	put(net, p);
}

static void op_emit(void *ctx, uint8_t local, const struct cdat_addr *to, uint8_t dscp,
		    const uint8_t *data, size_t len)
{
	(void)dscp;
	net_own_code++;
	carry(ctx, local, to, data, len);
	net_own_code--;
}

/* Messages of the data channel begin with their number; the rest repeats its low octet. */
static void check(struct net_node *n, struct cdat_view data)
{
	uint32_t number;

	assert_true(data.len >= sizeof(number));
	memcpy(&number, data.data, sizeof(number));
	n->wrong += number != n->next_number;
	n->next_number = number + 1;
	for (size_t i = sizeof(number); i < data.len; i++)
		if (data.data[i] != (uint8_t)(number + i)) {
			n->wrong++;
			break;
		}
}

static void op_deliver(void *ctx, uint16_t node, unsigned channel, struct cdat_view data)
{
	struct net_node *n = ctx;

	n->delivered++;
	n->last_len = data.len;
	if (channel == CDAT_LINK_DATA) {
		check(n, data);
		if (n->last_at && n->net->now - n->last_at > n->longest_gap)
			n->longest_gap = n->net->now - n->last_at;
		n->last_at = n->net->now;
	}
	if (n->on_deliver)
		n->on_deliver(n, node, channel, data);
}

static void op_done(void *ctx, uint16_t node, uint64_t cookie, bool delivered)
{
	struct net_node *n = ctx;

	(void)node;
	assert_int_not_equal(cookie, 0);
	if (delivered)
		n->done_ok++;
	else
		n->done_bad++;
}

static void op_beat_fill(void *ctx, uint16_t node, struct cdat_writer *w)
{
	(void)ctx;
	cdat_put_uint(w, node, 2);
	cdat_put(w, "payload", 7);
}

static void op_beat_take(void *ctx, uint16_t node, struct cdat_view payload)
{
	struct net_node *n = ctx;

	(void)node;
	assert_int_equal(payload.len, 9);
	assert_int_equal(payload.data[1], n->node);
	n->beats++;
}

static void op_up(void *ctx, uint16_t node)
{
	struct net_node *n = ctx;

	n->ups++;
	assert_true(cdat_link_has_session(n->link, node));
	assert_int_equal(cdat_link_boot(n->link, node), n->net->nodes[node].boot);
	assert_string_equal(cdat_link_version(n->link, node), "0.1-test");
	assert_int_equal(cdat_link_incarnation(n->link, node), 7);
}

static void op_lost(void *ctx, uint16_t node, enum cdat_link_loss why)
{
	struct net_node *n = ctx;

	(void)node;
	if (why == CDAT_LOSS_RESTART)
		n->lost_restart++;
	else
		n->lost_reset++;
}

static void op_path(void *ctx, uint16_t node, uint8_t adapter, uint8_t from, uint8_t to)
{
	struct net_node *n = ctx;
	struct cdat_path p;

	assert_int_not_equal(from, to);
	assert_true(cdat_link_path(n->link, node, adapter, &p));
	assert_int_equal(p.state, to);
	n->path_changes++;
}

static void op_moved(void *ctx, uint16_t node, uint8_t from, uint8_t to, uint32_t failures,
		     bool back)
{
	struct net_node *n = ctx;

	(void)node;
	assert_int_not_equal(from, to);
	n->moves += !back && to;
	n->backs += back;
	n->to_none += !to;
	n->moved_to = to;
	n->moved_failures = failures;
}

static void op_raw(void *ctx, uint8_t type, const struct cdat_header *header, uint8_t adapter,
		   const struct cdat_addr *local, const struct cdat_addr *from, struct cdat_view body)
{
	struct net_node *n = ctx;

	(void)header;
	(void)adapter;
	(void)local;
	(void)from;
	assert_int_equal(type, CDAT_RAW_PRESENCE);
	assert_int_equal(body.len, 5);
	n->raws++;
}

static void op_refused(void *ctx, const struct cdat_addr *from, enum cdat_open seal,
		       uint8_t version)
{
	struct net_node *n = ctx;

	(void)from;
	n->refusals++;
	if (seal == CDAT_OPEN_VERSION)
		n->bad_format = version;
	n->auth_refusals += seal == CDAT_OPEN_AUTH;
}

static void op_touched(void *ctx, uint16_t node)
{
	(void)ctx;
	assert_int_not_equal(node, 0);
}

static void op_group(void *ctx, uint16_t node, struct cdat_view body)
{
	struct net_node *n = ctx;

	assert_int_equal(node, 1);
	assert_int_equal(body.len, 5);
	n->groups++;
}

static const struct cdat_link_ops ops = {
	op_emit, op_deliver, op_done, op_beat_fill, op_beat_take, op_up, op_lost, op_path,
	op_moved, op_raw, op_refused, op_touched, op_group, NULL, NULL
};

/* ---- nodes ------------------------------------------------------------------------------- */

struct net *net_new(unsigned adapters, uint64_t seed)
{
	struct net *net = calloc(1, sizeof(*net));
	const uint8_t key[CDAT_KEY_LEN] = { 1, 2, 3 };

	assert_non_null(net);
	net->now = 1000000;
	net->seed = seed;
	net->adapters = adapters;
	net->mtu = 1500;
	net->params = (struct cdat_params){
		.heartbeat_ms = 200, .silence_limit = 3, .retry_threshold = 3,
		.response_min_ms = 10, .response_max_ms = 3000, .consensus_ms = 200,
		.probe_ms = 1000, .auto_failback = true, .pmtu_discovery = false,
		.change_timeout_ms = 2000, .quorum = CDAT_QUORUM_MAJORITY };
	net->keys = cdat_keyring_new("test");
	assert_non_null(net->keys);
	assert_true(cdat_keyring_add(net->keys, 1, key));
	assert_true(cdat_keyring_use(net->keys, 1));
	for (unsigned a = 0; a <= NET_NODES; a++)
		for (unsigned b = 0; b <= NET_NODES; b++)
			for (unsigned i = 0; i <= NET_ADAPTERS; i++)
				net->wires[a][b][i].delay = 100;
	return net;
}

void net_free(struct net *net)
{
	for (unsigned i = 1; i <= NET_NODES; i++)
		cdat_link_free(net->nodes[i].link);
	for (size_t i = 0; i < net->nqueue; i++)
		free(net->queue[i].data);
	for (size_t i = 0; i < net->ncaptured; i++)
		free(net->captured[i].data);
	cdat_keyring_free(net->keys);
	free(net->queue);
	free(net);
}

void net_addrs(const struct net *net, uint16_t node, struct cdat_link_addr *out)
{
	for (unsigned i = 0; i < net->adapters; i++)
		out[i] = (struct cdat_link_addr){ .adapter = (uint8_t)(i + 1), .threshold = 3,
						  .addr = net_addr(node, i + 1), .mtu = net->mtu,
						  .prefix = 24 };
}

void net_start(struct net *net, uint16_t node)
{
	struct net_node *n = &net->nodes[node];
	struct cdat_link_addr addrs[NET_ADAPTERS];
	struct cdat_link_config config = {
		.keys = net->keys, .cluster = "test", .incarnation = 7, .version = "0.1-test",
		.format = net->formats[node].latest, .oldest = net->formats[node].oldest,
		.boot = net_random(net), .seed = net_random(net),
	};

	net_stop(net, node);
	n->net = net;
	n->node = node;
	n->boot = config.boot;
	n->link = cdat_link_new(&config, &ops, n, net->now);
	assert_non_null(n->link);
	net_addrs(net, node, addrs);
	cdat_link_params(n->link, &net->params);
	assert_true(cdat_link_local(n->link, node, addrs, net->adapters, net->now));
}

void net_stop(struct net *net, uint16_t node)
{
	struct net_node *n = &net->nodes[node];

	cdat_link_free(n->link);
	n->link = NULL;
}

void net_meet(struct net *net)
{
	struct cdat_link_addr addrs[NET_ADAPTERS];

	for (uint16_t a = 1; a <= NET_NODES; a++)
		for (uint16_t b = 1; b <= NET_NODES; b++) {
			if (a == b || !net->nodes[a].link || !net->nodes[b].boot)
				continue;
			net_addrs(net, b, addrs);
			assert_true(cdat_link_peer(net->nodes[a].link, b, addrs, net->adapters,
						   net->now));
		}
}

void net_watch_all(struct net *net, enum cdat_watch watch)
{
	for (uint16_t a = 1; a <= NET_NODES; a++)
		for (uint16_t b = 1; b <= NET_NODES; b++)
			if (a != b && net->nodes[a].link && net->nodes[b].boot)
				cdat_link_watch(net->nodes[a].link, b, watch, net->now);
}

bool net_all_up(struct net *net)
{
	for (uint16_t a = 1; a <= NET_NODES; a++)
		for (uint16_t b = 1; b <= NET_NODES; b++)
			if (a != b && net->nodes[a].link && net->nodes[b].link &&
			    (!cdat_link_has_session(net->nodes[a].link, b) ||
			     cdat_link_boot(net->nodes[a].link, b) != net->nodes[b].boot))
				return false;
	return true;
}

/* ---- time -------------------------------------------------------------------------------- */

void net_inject(struct net *net, const struct net_packet *p)
{
	struct net_node *n = &net->nodes[p->to.octets[3]];

	if (!n->link)
		return;
	net_own_code--;
	cdat_link_datagram(n->link, &p->to, &p->from, p->data, p->len, net->now);
	net_own_code++;
}

static uint64_t next_event(const struct net *net)
{
	uint64_t at = net->nqueue ? net->queue[0].at : UINT64_MAX;

	for (unsigned i = 1; i <= NET_NODES; i++)
		if (net->nodes[i].link && cdat_link_deadline(net->nodes[i].link) < at)
			at = cdat_link_deadline(net->nodes[i].link);
	return at;
}

static void step(struct net *net)
{
	net_own_code--;
	for (unsigned i = 1; i <= NET_NODES; i++)
		if (net->nodes[i].link && cdat_link_deadline(net->nodes[i].link) <= net->now)
			cdat_link_tick(net->nodes[i].link, net->now);
	net_own_code++;
	while (net->nqueue && net->queue[0].at <= net->now) {
		struct net_packet p = take(net);

		if (net->mangle)
			net->mangle(net, &p);
		net_inject(net, &p);
		free(p.data);
	}
}

bool net_until(struct net *net, bool (*is)(struct net *net), uint64_t us)
{
	uint64_t end = net->now + us;

	for (;;) {
		uint64_t at = next_event(net);

		if (is && is(net))
			return true;
		if (at > end)
			break;
		if (at > net->now)
			net->now = at;
		step(net);
	}
	net->now = end;
	return false;
}

void net_run(struct net *net, uint64_t us)
{
	net_until(net, NULL, us);
}

void net_cut(struct net *net, uint16_t a, uint16_t b, unsigned adapter, bool cut)
{
	net->wires[a][b][adapter].cut = cut;
	net->wires[b][a][adapter].cut = cut;
}

void net_each(struct net *net, void (*set)(struct net_wire *w, uint64_t arg), uint64_t arg)
{
	for (unsigned a = 0; a <= NET_NODES; a++)
		for (unsigned b = 0; b <= NET_NODES; b++)
			for (unsigned i = 0; i <= NET_ADAPTERS; i++)
				set(&net->wires[a][b][i], arg);
}

enum cdat_send_error net_send(struct net *net, uint16_t from, uint16_t to, uint32_t number,
			      size_t len, uint64_t cookie)
{
	static uint8_t data[1 << 20];
	enum cdat_send_error error;

	memcpy(data, &number, sizeof(number));
	for (size_t i = sizeof(number); i < len; i++)
		data[i] = (uint8_t)(number + i);
	net_own_code--;
	error = cdat_link_send(net->nodes[from].link, to, CDAT_LINK_DATA,
			       (struct cdat_view){ data, len }, cookie, net->now);
	net_own_code++;
	return error;
}
