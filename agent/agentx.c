/* SPDX-License-Identifier: BSD-2-Clause */
/* Get, GetNext and their answers on the wire; see agentx.h.  Sections are those of RFC 2741. */
#include "config.h"

#include "agent/agentx.h"

#include <arpa/inet.h>
#include <string.h>

#include <net-snmp/net-snmp-includes.h>

#define AGENTX_VERSION	1
/* 6.1 */
enum { AT_TYPE = 1, AT_FLAGS = 2, AT_IDS = 4, AT_LENGTH = 16 };
#define FLAG_CONTEXT	0x08
#define FLAG_NETWORK	0x10

static const oid internet[] = { 1, 3, 6, 1 };	/* what a prefix stands for, 5.1 */

static uint32_t u32_of(const uint8_t *at, bool net)
{
	uint32_t n;

	memcpy(&n, at, sizeof(n));
	return net ? ntohl(n) : n;
}

bool agentx_header(const uint8_t *pdu, struct agentx_header *header)
{
	header->type = pdu[AT_TYPE];
	header->context = pdu[AT_FLAGS] & FLAG_CONTEXT;
	header->net = pdu[AT_FLAGS] & FLAG_NETWORK;
	header->len = AGENTX_HEADER + (size_t)u32_of(pdu + AT_LENGTH, header->net);
	return pdu[0] == AGENTX_VERSION;
}

bool agentx_take_oid(struct agentx_in *in, oid name[MAX_OID_LEN], size_t *len, bool *include)
{
	size_t n, count = 0;

	if (in->end - in->at < 4)
		return false;
	n = in->at[0];
	*include = in->at[2];
	if ((size_t)(in->end - in->at) < 4 + 4 * n || n + OID_LENGTH(internet) + 1 > MAX_OID_LEN)
		return false;
	if (in->at[1]) {
		memcpy(name, internet, sizeof(internet));
		name[OID_LENGTH(internet)] = in->at[1];
		count = OID_LENGTH(internet) + 1;
	}
	in->at += 4;
	for (size_t i = 0; i < n; i++, in->at += 4)
		name[count++] = u32_of(in->at, in->net);
	*len = count;
	return true;
}

static void put(struct agentx_out *out, const void *data, size_t len)
{
	if (out->room - out->len < len) {
		out->full = true;
		return;
	}
	if (len)
		memcpy(out->data + out->len, data, len);
	out->len += len;
}

static void put_u16(struct agentx_out *out, uint16_t n)
{
	n = out->net ? htons(n) : n;
	put(out, &n, sizeof(n));
}

static void put_u32(struct agentx_out *out, uint32_t n)
{
	n = out->net ? htonl(n) : n;
	put(out, &n, sizeof(n));
}

static void put_oid(struct agentx_out *out, const oid *name, size_t len)
{
	put(out, (const uint8_t[]){ (uint8_t)len, 0, 0, 0 }, 4);
	for (size_t i = 0; i < len; i++)
		put_u32(out, (uint32_t)name[i]);
}

/* 5.3: padded to four octets. */
static void put_octets(struct agentx_out *out, const void *octets, size_t len)
{
	put_u32(out, (uint32_t)len);
	put(out, octets, len);
	put(out, (const uint8_t[3]){ 0 }, -len & 3);
}

static void put_u64(struct agentx_out *out, const struct counter64 *n)
{
	const uint32_t high = (uint32_t)n->high, low = (uint32_t)n->low;
	const bool high_first = out->net || htonl(1) == 1;

	put_u32(out, high_first ? high : low);
	put_u32(out, high_first ? low : high);
}

void agentx_begin(struct agentx_out *out, const uint8_t *request,
		  const struct agentx_header *header)
{
	out->len = 0;
	out->net = header->net;
	out->full = false;
	put(out, (const uint8_t[]){ AGENTX_VERSION, AGENTX_RESPONSE,
				    header->net ? FLAG_NETWORK : 0, 0 }, 4);
	put(out, request + AT_IDS, AGENTX_HEADER - AT_IDS);
	put_u32(out, 0);		/* 6.2.16: sysUpTime; the master knows its own */
	put_u16(out, 0);		/* no error */
	put_u16(out, 0);
}

void agentx_put(struct agentx_out *out, const oid *name, size_t name_len, u_char asn,
		const void *value, size_t len)
{
	put_u16(out, asn);
	put_u16(out, 0);
	put_oid(out, name, name_len);
	switch (asn) {
	case ASN_INTEGER:
		put_u32(out, (uint32_t)*(const long *)value);
		return;
	case ASN_COUNTER: case ASN_GAUGE: case ASN_TIMETICKS:
		put_u32(out, (uint32_t)*(const u_long *)value);
		return;
	case ASN_COUNTER64:
		put_u64(out, value);
		return;
	case ASN_OBJECT_ID:
		put_oid(out, value, len / sizeof(oid));
		return;
	case ASN_OCTET_STR:
		put_octets(out, value, len);
		return;
	default:			/* noSuchObject and so on have no value */
		return;
	}
}

void agentx_end(struct agentx_out *out)
{
	const size_t len = out->len;

	if (out->full)
		return;
	out->len = AT_LENGTH;
	put_u32(out, (uint32_t)(len - AGENTX_HEADER));
	out->len = len;
}
