/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The least subagent: AgentX (RFC 2741) on a bare socket.  A read, an answer of one integer
 * for each name asked for, a write, and nothing else: without a loop, a timer, a view or
 * Net-SNMP.  No subagent can make a master answer faster, so the rate of GETs through this
 * one is the bound of what any can reach.
 *
 *   least_subagent SOCKET
 *
 * Its arc is the second one after cdatMIB.
 */
#include "config.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* RFC 2741 6.1 */
enum { OPEN = 1, REGISTER = 3, GET = 5, GETNEXT = 6, RESPONSE = 18 };
#define NETWORK_ORDER	0x10
#define HEADER		20
#define AT_TYPE		1
#define AT_FLAGS	2
#define AT_SESSION	4
#define AT_LENGTH	16
#define ROOM		4096
#define INTEGER		2		/* types of a VarBind */
#define END_OF_MIB_VIEW	130

static const uint32_t root[] = { CDAT_MIB_ROOT_OID };
#define ROOT_LEN (sizeof(root) / sizeof(root[0]))

/* A PDU that is written, in network order or this machine's. */
struct out { uint8_t data[ROOM]; size_t len; bool net; };

static void put(struct out *o, const void *data, size_t len)
{
	if (o->len + len > sizeof(o->data))
		return;
	memcpy(o->data + o->len, data, len);
	o->len += len;
}

static void put_u16(struct out *o, uint16_t n)
{
	n = o->net ? htons(n) : n;
	put(o, &n, sizeof(n));
}

static void put_u32(struct out *o, uint32_t n)
{
	n = o->net ? htonl(n) : n;
	put(o, &n, sizeof(n));
}

static void start(struct out *o, uint8_t type, bool net)
{
	o->len = 0;
	o->net = net;
	put(o, (const uint8_t[]){ 1, type, net ? NETWORK_ORDER : 0, 0 }, 4);
	put(o, (const uint8_t[HEADER - 4]){ 0 }, HEADER - 4);
}

static bool finish(int fd, struct out *o)
{
	const size_t len = o->len;

	o->len = AT_LENGTH;
	put_u32(o, (uint32_t)(len - HEADER));
	return write(fd, o->data, len) == (ssize_t)len;
}

static bool is_net(const uint8_t *pdu) { return pdu[AT_FLAGS] & NETWORK_ORDER; }

static size_t length_of(const uint8_t *pdu)
{
	uint32_t n;

	memcpy(&n, pdu + AT_LENGTH, sizeof(n));
	return HEADER + (size_t)(is_net(pdu) ? ntohl(n) : n);
}

/* What came and was not looked at yet: a read may bring several PDUs, or part of one. */
struct in { uint8_t data[ROOM]; size_t at, len; };

/* The next PDU, whole; NULL at the end. */
static const uint8_t *receive(int fd, struct in *in)
{
	const uint8_t *pdu;
	ssize_t n;

	while (in->len - in->at < HEADER || in->len - in->at < length_of(in->data + in->at)) {
		memmove(in->data, in->data + in->at, in->len - in->at);
		in->len -= in->at;
		in->at = 0;
		n = read(fd, in->data + in->len, ROOM - in->len);
		if (n <= 0)
			return NULL;
		in->len += (size_t)n;
	}
	pdu = in->data + in->at;
	in->at += length_of(pdu);
	return pdu;
}

/* Length of an OID as AgentX has it (RFC 2741 5.1). */
static size_t oid_len(const uint8_t *at) { return 4 + 4 * (size_t)at[0]; }

/* Each search range of a Get: its start with the value 1.  A walk finds nothing. */
static bool answer(int fd, const uint8_t *request)
{
	const uint8_t *at = request + HEADER, *end = request + length_of(request);
	const bool get = request[AT_TYPE] == GET;
	struct out o;

	start(&o, RESPONSE, is_net(request));
	memcpy(o.data + AT_SESSION, request + AT_SESSION, AT_LENGTH - AT_SESSION);
	put(&o, (const uint8_t[8]){ 0 }, 8);	/* sysUpTime, error, index */
	while (at + 4 <= end && at + oid_len(at) + 4 <= end) {
		put_u16(&o, get ? INTEGER : END_OF_MIB_VIEW);
		put_u16(&o, 0);
		put(&o, at, oid_len(at));
		if (get)
			put_u32(&o, 1);
		at += oid_len(at);
		at += oid_len(at);
	}
	return finish(fd, &o);
}

/* Opens the session and registers the arc. */
static bool attach(int fd, struct in *in)
{
	static const char name[] = "less";
	const uint8_t *opened;
	uint8_t session[4];
	struct out o;

	start(&o, OPEN, true);
	put_u32(&o, 0);				/* timeout, and an id that is null */
	put_u32(&o, 0);
	put_u32(&o, sizeof(name) - 1);
	put(&o, name, sizeof(name) - 1);
	opened = finish(fd, &o) ? receive(fd, in) : NULL;
	if (!opened)
		return false;
	memcpy(session, opened + AT_SESSION, sizeof(session));
	start(&o, REGISTER, true);
	memcpy(o.data + AT_SESSION, session, sizeof(session));
	put(&o, (const uint8_t[]){ 0, 127, 0, 0 }, 4);
	put(&o, (const uint8_t[]){ ROOT_LEN, 0, 0, 0 }, 4);
	for (size_t i = 0; i < ROOT_LEN; i++)
		put_u32(&o, root[i] + (i == ROOT_LEN - 1 ? 2 : 0));
	return finish(fd, &o) && receive(fd, in);
}

int main(int argc, char **argv)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	const uint8_t *pdu;
	static struct in in;

	if (argc != 2 || strlen(argv[1]) >= sizeof(sun.sun_path))
		return 2;
	memcpy(sun.sun_path, argv[1], strlen(argv[1]));
	if (fd < 0 || connect(fd, (struct sockaddr *)&sun, sizeof(sun)) || !attach(fd, &in)) {
		perror("least_subagent");
		return 1;
	}
	while ((pdu = receive(fd, &in))) {
		if ((pdu[AT_TYPE] == GET || pdu[AT_TYPE] == GETNEXT) && !answer(fd, pdu))
			return 1;
	}
	return 0;
}
