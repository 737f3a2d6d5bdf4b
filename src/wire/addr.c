/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses as text and in prefixes; names. */
#include "wire/attr.h"
#include "wire/number.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

/* Where the longest run of two or more zero groups starts, the first of equals
 * (RFC 5952, 4.2); *len is 0 when there is none. */
static unsigned longest_zeros(const uint16_t group[8], unsigned *len)
{
	unsigned start = 0;

	*len = 0;
	for (unsigned i = 0; i < 8; i++) {
		unsigned n = 0;

		while (i + n < 8 && !group[i + n])
			n++;
		if (n >= 2 && n > *len) {
			start = i;
			*len = n;
		}
		i += n;
	}
	return start;
}

static void text_v6(const uint8_t octets[16], char *buf, size_t len)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	uint16_t group[8];
	unsigned zeros, start, at = 0;
	char text[40];

	if (!memcmp(octets, mapped, sizeof(mapped))) {		/* RFC 5952, 5 */
		snprintf(buf, len, "::ffff:%u.%u.%u.%u", octets[12], octets[13], octets[14], octets[15]);
		return;
	}
	for (unsigned i = 0; i < 8; i++)
		group[i] = (uint16_t)(octets[2 * i] << 8 | octets[2 * i + 1]);
	start = longest_zeros(group, &zeros);
	for (unsigned i = 0; i < 8; ) {
		if (zeros && i == start) {
			at += (unsigned)sprintf(text + at, "::");
			i += zeros;
			continue;
		}
		const char *colon = i && !(zeros && i == start + zeros) ? ":" : "";

		at += (unsigned)sprintf(text + at, "%s%x", colon, group[i++]);
	}
	snprintf(buf, len, "%s", text);
}

const char *cdat_addr_text(const struct cdat_addr *addr, char *buf, size_t len)
{
	const uint8_t *o = addr->octets;

	if (addr->family == CDAT_AF_IPV4)
		snprintf(buf, len, "%u.%u.%u.%u", o[0], o[1], o[2], o[3]);
	else if (addr->family == CDAT_AF_IPV6)
		text_v6(o, buf, len);
	else if (len)
		buf[0] = 0;
	return buf;
}

const char *cdat_addr_port_text(const struct cdat_addr *addr, char *buf, size_t len)
{
	char text[64];

	cdat_addr_text(addr, text, sizeof(text));
	if (!addr->port || !text[0])
		snprintf(buf, len, "%s", text);
	else if (addr->family == CDAT_AF_IPV6)
		snprintf(buf, len, "[%s]:%u", text, addr->port);
	else
		snprintf(buf, len, "%s:%u", text, addr->port);
	return buf;
}

bool cdat_number_parse(const char *text, int64_t *number)
{
	bool minus = *text == '-';
	const char *p = text + minus;
	int64_t v = 0;

	if (!*p || (*p == '0' && (p[1] || minus)))
		return false;
	for (; *p; p++) {
		if (*p < '0' || *p > '9' || __builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, *p - '0', &v))
			return false;
	}
	*number = minus ? -v : v;
	return true;
}

/* Cuts ":port" off `text` if it has one.  `plain` is set for an address without. */
static bool cut_port(char *text, uint16_t *port, char **plain)
{
	char *colon = strrchr(text, ':');
	bool bracket = text[0] == '[';
	int64_t number;

	*port = 0;
	*plain = text;
	if (!bracket && (!colon || strchr(text, ':') != colon))
		return true;		/* IPv4 alone, IPv6 alone, or nothing that we know */
	if (bracket) {
		if (!colon || colon[-1] != ']')
			return false;
		colon[-1] = 0;
		*plain = text + 1;
	}
	*colon = 0;
	if (!cdat_number_parse(colon + 1, &number) || number < 1 || number > UINT16_MAX)
		return false;
	*port = (uint16_t)number;
	return true;
}

bool cdat_addr_parse(const char *text, struct cdat_addr *addr)
{
	char copy[64], *plain;
	size_t len = strlen(text);
	uint16_t port;

	memset(addr, 0, sizeof(*addr));
	if (len >= sizeof(copy))
		return false;
	memcpy(copy, text, len + 1);
	if (!cut_port(copy, &port, &plain))
		return false;
	if (copy[0] != '[' && inet_pton(AF_INET, plain, addr->octets) == 1) {
		addr->family = CDAT_AF_IPV4;
	} else if ((copy[0] == '[' || !port) && inet_pton(AF_INET6, plain, addr->octets) == 1) {
		addr->family = CDAT_AF_IPV6;
	} else {
		memset(addr, 0, sizeof(*addr));
		return false;
	}
	addr->port = port;
	return true;
}

static unsigned family_bits(uint8_t family)
{
	return family == CDAT_AF_IPV4 ? 32 : family == CDAT_AF_IPV6 ? 128 : 0;
}

bool cdat_addr_same(const struct cdat_addr *a, const struct cdat_addr *b)
{
	return a->family == b->family && !memcmp(a->octets, b->octets, family_bits(a->family) / 8);
}

bool cdat_addr_port_same(const struct cdat_addr *a, const struct cdat_addr *b)
{
	return a->port == b->port && cdat_addr_same(a, b);
}

bool cdat_addr_in_prefix(const struct cdat_addr *a, const struct cdat_addr *net, unsigned bits)
{
	if (a->family != net->family || !family_bits(a->family) || bits > family_bits(a->family))
		return false;
	if (memcmp(a->octets, net->octets, bits / 8) != 0)
		return false;
	uint8_t mask = (uint8_t)(0xff00 >> bits % 8);

	return !(bits % 8) || !((a->octets[bits / 8] ^ net->octets[bits / 8]) & mask);
}

bool cdat_name_ok(const char *name)
{
	static const char alnum[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
	size_t len = strnlen(name, CDAT_NAME_MAX + 1);

	if (!len || len > CDAT_NAME_MAX || !strchr(alnum, name[0]))
		return false;
	for (size_t i = 0; i < len; i++)
		if (!strchr(alnum, name[i]) && !strchr("-._", name[i]))
			return false;
	return true;
}
