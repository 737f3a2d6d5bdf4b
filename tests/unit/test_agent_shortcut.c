/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads of the master agent over a socket, cut into pieces of every sort: those of CDAT-MIB are
 * answered, and Net-SNMP gets each octet of all else, in order.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "agent/agentx.h"
#include "agent/shortcut.h"
#include "tests/unit/agent_fixture.h"

#define PING		13
#define CONTEXT		0x08
#define NETWORK		0x10
#define RESPONSE_HEAD	(AGENTX_HEADER + 8)

static const oid root[] = { CDAT_MIB_ROOT_OID };
#define ROOT_LEN OID_LENGTH(root)

struct stream { uint8_t data[8192]; size_t len; };

static void put(struct stream *s, const void *data, size_t len)
{
	assert_true(s->len + len <= sizeof(s->data));
	memcpy(s->data + s->len, data, len);
	s->len += len;
}

static void put_u32(struct stream *s, uint32_t n)
{
	put(s, &n, sizeof(n));
}

/* A PDU in this machine's order with so many octets in it; its packet number is `id`. */
static void put_pdu(struct stream *s, uint8_t type, uint8_t flags, uint32_t id,
		    const struct stream *body)
{
	put(s, (const uint8_t[]){ 1, type, flags, 0 }, 4);
	put_u32(s, 7);
	put_u32(s, 8);
	put_u32(s, id);
	put_u32(s, (uint32_t)body->len);
	put(s, body->data, body->len);
}

/* A range from the name below the root (or outside of it), without an end. */
static void put_range(struct stream *s, oid first, const oid *rest, size_t n, bool outside)
{
	put(s, (const uint8_t[]){ (uint8_t)(ROOT_LEN + 1 + n), 0, 0, 0 }, 4);
	for (size_t i = 0; i < ROOT_LEN; i++)
		put_u32(s, (uint32_t)(root[i] + (outside && i == ROOT_LEN - 1)));
	put_u32(s, (uint32_t)first);
	for (size_t i = 0; i < n; i++)
		put_u32(s, (uint32_t)rest[i]);
	put_u32(s, 0);
}

struct lab { struct agent agent; struct change_log changes; netsnmp_transport t; int master; };

static int setup(void **state)
{
	struct lab *lab = calloc(1, sizeof(*lab));
	int sv[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	memcpy(lab->agent.root, root, sizeof(root));
	lab->agent.root_len = ROOT_LEN;
	lab->agent.rep = fixture_replica();
	lab->t.sock = sv[0];
	lab->master = sv[1];
	shortcut_take_over(&lab->agent, &lab->t);
	*state = lab;
	return 0;
}

static int teardown(void **state)
{
	struct lab *lab = *state;

	close(lab->t.sock);
	close(lab->master);
	replica_free(lab->agent.rep);
	free(lab);
	return 0;
}

/* Sends the stream in pieces of `piece` octets; what Net-SNMP is given, and what the master is. */
static void exchange(struct lab *lab, const struct stream *sent, size_t piece,
		     struct stream *given, struct stream *answered)
{
	for (size_t at = 0; at < sent->len; at += piece) {
		const size_t n = sent->len - at < piece ? sent->len - at : piece;
		void *opaque = lab;
		int len, opaque_len = 1;
		ssize_t got;

		assert_int_equal(send(lab->master, sent->data + at, n, 0), n);
		len = lab->t.f_recv(&lab->t, given->data + given->len, 65536, &opaque, &opaque_len);
		assert_true(len >= 0);
		assert_null(opaque);
		assert_int_equal(len == 0, (lab->t.flags & NETSNMP_TRANSPORT_FLAG_EMPTY_PKT) != 0);
		lab->t.flags = 0;
		given->len += (size_t)len;
		got = recv(lab->master, answered->data + answered->len,
			   sizeof(answered->data) - answered->len, MSG_DONTWAIT);
		answered->len += got > 0 ? (size_t)got : 0;
	}
}

/* The next answer: its packet number; `at` goes behind it. */
static uint32_t answer_at(const struct stream *answered, size_t *at, struct agentx_header *header)
{
	uint32_t id;

	assert_true(answered->len - *at >= RESPONSE_HEAD);
	assert_true(agentx_header(answered->data + *at, header));
	assert_int_equal(header->type, AGENTX_RESPONSE);
	memcpy(&id, answered->data + *at + 12, sizeof(id));
	*at += header->len;
	return id;
}

static void test_sorted(void **state)
{
	static const oid health[] = { 1, 1, 0 }, no_object[] = { 1, 99, 0 };
	static const oid no_row[] = { 3, 2, 1, 2, 9999 };
	struct stream get = { .len = 0 }, next = { .len = 0 }, other = { .len = 0 }, sent = { .len = 0 },
		      ping = { .len = 0 }, bad = { .len = 0 }, pings = { .len = 0 };

	put_range(&get, 1, health, 3, false);
	put_range(&get, 1, no_object, 3, false);
	put_range(&get, 1, no_row, 5, false);
	put_range(&next, 1, NULL, 0, false);
	put_range(&next, 2, NULL, 0, false);		/* past the last: endOfMibView */
	put_range(&other, 1, health, 3, true);
	put(&bad, (const uint8_t[]){ 200, 0, 0, 0, 1, 2, 3, 4 }, 8);
	put_pdu(&sent, AGENTX_GET, 0, 1, &get);
	put_pdu(&sent, PING, 0, 2, &ping);
	put_pdu(&sent, AGENTX_GETNEXT, 0, 3, &next);
	put_pdu(&sent, AGENTX_GET, CONTEXT, 4, &get);
	put_pdu(&sent, AGENTX_GET, 0, 5, &other);
	put_pdu(&sent, AGENTX_GET, 0, 6, &bad);
	put_pdu(&sent, AGENTX_GET, 0, 7, &ping);	/* of nothing */
	put_pdu(&sent, AGENTX_GET, 0, 8, &get);
	put_pdu(&pings, PING, 0, 2, &ping);
	put_pdu(&pings, AGENTX_GET, CONTEXT, 4, &get);
	put_pdu(&pings, AGENTX_GET, 0, 5, &other);
	put_pdu(&pings, AGENTX_GET, 0, 6, &bad);
	put_pdu(&pings, AGENTX_GET, 0, 7, &ping);
	for (size_t piece = 1; piece <= sent.len; piece += piece < 64 ? 1 : 61) {
		struct stream given = { .len = 0 }, answered = { .len = 0 };
		struct agentx_header header;
		size_t at = 0, len;
		uint16_t type;

		exchange(*state, &sent, piece, &given, &answered);
		assert_int_equal(given.len, pings.len);
		assert_memory_equal(given.data, pings.data, pings.len);
		assert_int_equal(answer_at(&answered, &at, &header), 1);
		/* the first value is an INTEGER, the last two are missing */
		memcpy(&type, answered.data + RESPONSE_HEAD, sizeof(type));
		assert_int_equal(type, ASN_INTEGER);
		len = 4 + 4 + 4 * (ROOT_LEN + 4) + 4;
		memcpy(&type, answered.data + RESPONSE_HEAD + len, sizeof(type));
		assert_int_equal(type, SNMP_NOSUCHOBJECT);
		len += 4 + 4 + 4 * (ROOT_LEN + 4);
		memcpy(&type, answered.data + RESPONSE_HEAD + len, sizeof(type));
		assert_int_equal(type, SNMP_NOSUCHINSTANCE);
		assert_int_equal(answer_at(&answered, &at, &header), 3);
		memcpy(&type, answered.data + at - 4 - 4 - 4 * (ROOT_LEN + 1), sizeof(type));
		assert_int_equal(type, SNMP_ENDOFMIBVIEW);
		assert_int_equal(answer_at(&answered, &at, &header), 8);
		assert_int_equal(at, answered.len);
	}
}

/* Random octets: nothing is answered that is no whole Get, and none is lost. */
static void test_random(void **state)
{
	struct lab *lab = *state;

	for (unsigned seed = 1; seed < 3000; seed++) {
		struct stream sent = { .len = 0 }, body = { .len = 0 }, given = { .len = 0 },
			      answered = { .len = 0 };

		srand(seed);
		body.len = (size_t)rand() % 64 * 4;
		for (size_t i = 0; i < body.len; i++)
			body.data[i] = (uint8_t)(rand() % 3 ? rand() % 16 : rand());
		put_pdu(&sent, rand() % 2 ? AGENTX_GET : AGENTX_GETNEXT, rand() % 2 ? NETWORK : 0, seed,
			&body);
		shortcut_take_over(&lab->agent, &lab->t);
		exchange(lab, &sent, 1 + (size_t)rand() % 90, &given, &answered);
		assert_true(given.len == 0 || !memcmp(given.data, sent.data, given.len));
	}
}

/* The end of the connection is told as such. */
static void test_end(void **state)
{
	struct lab *lab = *state;
	uint8_t room[16];
	void *opaque;
	int len;

	shutdown(lab->master, SHUT_RDWR);
	assert_int_equal(lab->t.f_recv(&lab->t, room, 65536, &opaque, &len), 0);
	assert_int_equal(lab->t.flags & NETSNMP_TRANSPORT_FLAG_EMPTY_PKT, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_sorted, setup, teardown),
		cmocka_unit_test_setup_teardown(test_random, setup, teardown),
		cmocka_unit_test_setup_teardown(test_end, setup, teardown),
	};

	return cmocka_run_group_tests_name("shortcut", tests, NULL, NULL);
}
