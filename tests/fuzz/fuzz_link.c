/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a member with the key could say to a link.  Two links come to a session; then the
 * input is read as records (type, delay in ms, length in two octets, body), each sealed
 * as the next datagram of node 2 to node 1.  Besides not crashing: messages are delivered
 * within their bounds, what node 1 holds for its own messages stays bounded, and its
 * timers always advance.
 */
#include "oracle.h"

#include <stdlib.h>
#include <string.h>

#include "core/link.h"
#include "datagram_key.h"
#include "fuzz_link.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define BOOT(node)	(1000u + (node))
#define QUEUE		65536u
#define EMITTED_MAX	64u

struct emitted { uint8_t to, *data; size_t len; };

struct bench {
	struct cdat_link *link[3];
	struct emitted queue[EMITTED_MAX];
	unsigned n;
	bool open;		/* what is emitted is kept to be carried over */
	uint64_t now;
	struct cdat_writer *tape;	/* records of what node 2 says; NULL: none */
};

static struct bench *bench;
static struct cdat_keyring *ring;
static uint8_t sealed[CDAT_DATAGRAM_MAX];

static struct cdat_addr addr_of(unsigned node, unsigned adapter)
{
	return (struct cdat_addr){ .family = CDAT_AF_IPV4, .port = CDAT_PORT_DEFAULT,
				   .octets = { 10, (uint8_t)adapter, 0, (uint8_t)node } };
}

static void op_emit(void *ctx, uint8_t local, const struct cdat_addr *to, uint8_t dscp,
		    const uint8_t *data, size_t len)
{
	struct emitted *e = &bench->queue[bench->n];

	(void)ctx;
	(void)local;
	(void)dscp;
	ORACLE(len <= CDAT_DATAGRAM_MAX);
	if (!bench->open || bench->n == EMITTED_MAX)
		return;
	bench->n++;
	*e = (struct emitted){ to->octets[3], malloc(len), len };
	ORACLE(e->data);
	memcpy(e->data, data, len);
}

static void op_deliver(void *ctx, uint16_t node, unsigned channel, struct cdat_view data)
{
	volatile uint8_t sum = 0;

	(void)ctx;
	ORACLE(node == 1 || node == 2);
	ORACLE(channel <= CDAT_LINK_DATA && data.len <= CDAT_LINK_MESSAGE_MAX);
	for (size_t i = 0; i < data.len; i++)
		sum ^= data.data[i];
	(void)sum;			/* each octet is read */
}

static void op_beat_take(void *ctx, uint16_t node, struct cdat_view payload)
{
	(void)ctx;
	(void)node;
	ORACLE(payload.len <= CDAT_BEAT_MAX);
}

static const struct cdat_link_ops ops = { .emit = op_emit, .deliver = op_deliver,
					  .beat_take = op_beat_take };

static void start(unsigned node)
{
	struct cdat_link_config config = { .keys = ring, .cluster = DATAGRAM_CLUSTER,
					   .boot = BOOT(node), .seed = node, .version = "fuzz",
					   .queue_max = QUEUE };
	struct cdat_link_addr mine[2], other[2];

	for (unsigned i = 0; i < 2; i++) {
		mine[i] = (struct cdat_link_addr){ .adapter = (uint8_t)(i + 1), .mtu = 1500,
						   .threshold = 3, .prefix = 24,
						   .addr = addr_of(node, i + 1) };
		other[i] = mine[i];
		other[i].addr = addr_of(3 - node, i + 1);
	}
	bench->link[node] = cdat_link_new(&config, &ops, NULL, bench->now);
	ORACLE(bench->link[node]);
	ORACLE(cdat_link_local(bench->link[node], (uint16_t)node, mine, 2, bench->now));
	ORACLE(cdat_link_peer(bench->link[node], (uint16_t)(3 - node), other, 2, bench->now));
}

/* Appends the datagram as a record of the input. */
static void record(const struct emitted *e)
{
	struct cdat_header h;
	struct cdat_view body;

	ORACLE(cdat_unseal(ring, (struct cdat_view){ e->data, e->len }, &h, sealed, sizeof(sealed),
			   &body) == CDAT_OPEN_OK);
	cdat_put_uint(bench->tape, h.type, 1);
	cdat_put_uint(bench->tape, 1, 1);
	cdat_put_uint(bench->tape, body.len, 2);
	cdat_put(bench->tape, body.data, body.len);
}

static void carry(void)
{
	for (unsigned i = 0; i < bench->n; i++) {
		struct emitted *e = &bench->queue[i];
		struct cdat_addr to = addr_of(e->to, 1), from = addr_of(3u - e->to, 1);

		bench->now += 100;
		if (bench->tape && e->to == 1)
			record(e);
		cdat_link_datagram(bench->link[e->to], &to, &from, e->data, e->len, bench->now);
		free(e->data);
	}
	bench->n = 0;
}

static void tick(unsigned node, uint64_t until)
{
	unsigned rounds = 0;

	while (cdat_link_deadline(bench->link[node]) <= until) {
		uint64_t at = cdat_link_deadline(bench->link[node]);

		bench->now = at > bench->now ? at : bench->now;
		cdat_link_tick(bench->link[node], bench->now);
		ORACLE(++rounds < 100000);
	}
	bench->now = until;
}

static void say(uint8_t type, uint64_t seq, struct cdat_view body)
{
	struct cdat_header h = { .type = type, .src_node = 2, .dst_node = 1, .src_adapter = 1,
				 .dst_adapter = 1, .boot = BOOT(2), .seq = seq };
	struct cdat_addr to = addr_of(1, 1), from = addr_of(2, 1);
	size_t len = cdat_seal(ring, &h, body, sealed, sizeof(sealed));

	if (len)
		cdat_link_datagram(bench->link[1], &to, &from, sealed, len, bench->now);
}

static void setup(struct cdat_writer *tape)
{
	ring = cdat_keyring_new(DATAGRAM_CLUSTER);
	ORACLE(ring && cdat_keyring_add(ring, 1, datagram_key) && cdat_keyring_use(ring, 1));
	bench = calloc(1, sizeof(*bench));
	ORACLE(bench);
	bench->now = 1000000;
	bench->open = true;
	bench->tape = tape;
	start(1);
	start(2);
	cdat_link_watch(bench->link[1], 2, CDAT_WATCH_BEAT, bench->now);
	tick(1, bench->now);
	for (unsigned i = 0; i < 4; i++)
		carry();
	ORACLE(cdat_link_has_session(bench->link[1], 2));
}

static void teardown(void)
{
	for (unsigned i = 0; i < bench->n; i++)
		free(bench->queue[i].data);
	cdat_link_free(bench->link[1]);
	cdat_link_free(bench->link[2]);
	free(bench);
	cdat_keyring_free(ring);
}

size_t fuzz_link_record(uint8_t *out, size_t cap)
{
	static const size_t sizes[] = { 0, 9, 100, 5000, 30, 1400 };
	struct cdat_writer tape;
	uint8_t message[5000] = { 0 };

	cdat_writer_init(&tape, out, cap);
	setup(&tape);
	for (unsigned round = 0; round < 6; round++) {
		for (unsigned node = 1; node <= 2; node++)
			cdat_link_send(bench->link[node], (uint16_t)(3 - node), round & 1,
				       (struct cdat_view){ message, sizes[round] }, 1, bench->now);
		cdat_link_beat(bench->link[2], 1, bench->now);
		for (unsigned i = 0; i < 6; i++) {
			carry();
			tick(1, bench->now + 3000);
			tick(2, bench->now + 3000);
		}
	}
	teardown();
	return tape.failed ? 0 : tape.len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t seq = 1000000;

	setup(NULL);
	bench->open = false;
	for (unsigned i = 0; i < 20; i++)
		cdat_link_send(bench->link[1], 2, i & 1, (struct cdat_view){ sealed, i * 100 }, i,
			       bench->now);
	while (size >= 4) {
		size_t len = (size_t)data[2] << 8 | data[3];

		len = len < size - 4 ? len : size - 4;
		tick(1, bench->now + data[1] * 1000u);
		say(data[0], seq++, (struct cdat_view){ data + 4, len });
		ORACLE(cdat_link_queued(bench->link[1], 2, CDAT_LINK_DATA) <= QUEUE);
		data += 4 + len;
		size -= 4 + len;
	}
	tick(1, bench->now + 2000000);
	teardown();
	return 0;
}
