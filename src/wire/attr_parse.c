/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an operator writes for an attribute.  Each refusal is one line: the attribute, the
 * word as written, what is wrong; then what to write instead.
 */
#include "wire/attr.h"
#include "wire/codec_int.h"
#include "wire/number.h"
#include "wire/words.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define SHOWN_MAX	64	/* octets of a word that an error line repeats */

/* The word so that it cannot harm a terminal or a log: '?' for what is no text. */
static const char *shown(const char *word, char buf[SHOWN_MAX + 4])
{
	size_t len = strnlen(word, SHOWN_MAX + 1), at = 0;
	bool cut = len > SHOWN_MAX;

	while (at < len && at < SHOWN_MAX) {
		unsigned n = cdat_utf8_len((const uint8_t *)word + at, len - at);

		if (n && at + n > SHOWN_MAX)
			break;
		if (n)
			memcpy(buf + at, word + at, n);
		else
			buf[at] = '?';
		at += n ? n : 1;
	}
	strcpy(buf + at, cut ? "..." : "");
	return buf;
}

/* "a whole number from 576 to 65535 (octets), or 0" */
static const char *number_wanted(const struct cdat_attr_row *row, char *buf, size_t len)
{
	snprintf(buf, len, "a whole number from %" PRId64 " to %" PRId64 "%s%s%s%s", row->min, row->max,
		 row->unit ? " (" : "", row->unit ? row->unit : "", row->unit ? ")" : "",
		 row->zero_ok ? ", or 0" : "");
	return buf;
}

static bool parse_number(const struct cdat_attr_row *row, const char *word, struct cdat_op *op,
			 char *err, size_t errlen)
{
	char seen[SHOWN_MAX + 4], wanted[96];

	number_wanted(row, wanted, sizeof(wanted));
	if (!cdat_number_parse(word, &op->number))
		snprintf(err, errlen, "%s \"%s\" is not a number; write %s", row->word,
			 shown(word, seen), wanted);
	else if (!cdat_attr_in_range(row, op->number))
		snprintf(err, errlen, "%s %s is out of range; write %s", row->word, shown(word, seen),
			 wanted);
	else
		return true;
	return false;
}

/* "one of a, b, c" */
static void enum_wanted(const struct cdat_attr_row *row, char *buf, size_t len)
{
	size_t at = (size_t)snprintf(buf, len, "one of ");

	for (int64_t i = 0; i < row->max && at < len; i++)
		at += (size_t)snprintf(buf + at, len - at, "%s%s", i ? ", " : "", row->words[i]);
}

/* Names in daily use for some of IANAifType. */
static const struct { const char *word; uint16_t type; } iftype_alias[] = {
	{ "ethernet", CDAT_IFT_ETHERNET }, { "token-ring", CDAT_IFT_TOKENRING },
	{ "loopback", CDAT_IFT_LOOPBACK },
};

static bool parse_iftype(const char *word, struct cdat_op *op)
{
	for (size_t i = 0; i < sizeof(iftype_alias) / sizeof(iftype_alias[0]); i++) {
		if (strcmp(word, iftype_alias[i].word) != 0)
			continue;
		op->number = iftype_alias[i].type;
		return true;
	}
	return cdat_number_parse(word, &op->number) && op->number >= 1 &&
		op->number <= CDAT_IFTYPE_MAX;
}

static bool parse_enum(const struct cdat_attr_row *row, const char *word, struct cdat_op *op,
		       char *err, size_t errlen)
{
	char seen[SHOWN_MAX + 4], wanted[128];
	bool iftype = row->words == cdat_words_iftype;

	for (int64_t i = 0; i < row->max && *word; i++) {
		if (strcmp(row->words[i], word) != 0)
			continue;
		op->number = i + 1;
		return true;
	}
	if (iftype && parse_iftype(word, op))
		return true;
	op->number = 0;
	if (iftype)
		snprintf(wanted, sizeof(wanted), "a word of IANAifType such as ethernet, infiniband "
			 "or ppp, or its number from 1 to %d", CDAT_IFTYPE_MAX);
	else
		enum_wanted(row, wanted, sizeof(wanted));
	snprintf(err, errlen, "%s \"%s\" is not known; write %s", row->word, shown(word, seen), wanted);
	return false;
}

static bool parse_truth(const struct cdat_attr_row *row, const char *word, struct cdat_op *op,
			char *err, size_t errlen)
{
	char seen[SHOWN_MAX + 4];

	op->number = !strcmp(word, "true") ? 1 : !strcmp(word, "false") ? 2 : 0;
	if (!op->number)
		snprintf(err, errlen, "%s \"%s\" is neither true nor false; write true or false",
			 row->word, shown(word, seen));
	return op->number;
}

static bool parse_name(const struct cdat_attr_row *row, const char *word, struct cdat_op *op,
		       char *err, size_t errlen)
{
	char seen[SHOWN_MAX + 4];

	if (!cdat_name_ok(word)) {
		snprintf(err, errlen, "%s \"%s\" is not allowed; write 1 to %d letters, digits, '-', "
			 "'.' or '_', the first a letter or digit", row->word, shown(word, seen),
			 CDAT_NAME_MAX);
		return false;
	}
	strcpy(op->text, word);
	return true;
}

static bool parse_prefix(const char *word, const char *slash, const struct cdat_addr *addr,
			 int *prefix, char *err, size_t errlen)
{
	char seen[SHOWN_MAX + 4];
	int64_t bits, most = addr->family == CDAT_AF_IPV4 ? 32 : 128;

	if (!prefix)
		snprintf(err, errlen, "address \"%s\" has a prefix length; write %.*s", shown(word, seen),
			 (int)(slash - word), word);
	else if (!cdat_number_parse(slash + 1, &bits) || bits < 1 || bits > most)
		snprintf(err, errlen, "address \"%s\" has a bad prefix length; write a number from 1 to "
			 "%" PRId64 " after the slash, or no slash", shown(word, seen), most);
	else {
		*prefix = (int)bits;
		return true;
	}
	return false;
}

static bool parse_addr(const char *word, struct cdat_op *op, int *prefix, char *err, size_t errlen)
{
	char seen[SHOWN_MAX + 4], copy[64];
	const char *slash = strchr(word, '/');
	size_t len = slash ? (size_t)(slash - word) : strlen(word);

	if (prefix)
		*prefix = -1;
	snprintf(copy, sizeof(copy), "%.*s", len < sizeof(copy) ? (int)len : 0, word);
	if (!cdat_addr_parse(copy, &op->addr)) {
		snprintf(err, errlen, "address \"%s\" is no numeric address; write one such as "
			 "192.0.2.1 or 2001:db8::1 (names are not looked up)", shown(word, seen));
		return false;
	}
	if (op->addr.port) {
		unsigned port = op->addr.port;

		op->addr.port = 0;
		cdat_addr_text(&op->addr, copy, sizeof(copy));
		snprintf(err, errlen, "address \"%s\" has a port; write %s, and port %u apart",
			 shown(word, seen), copy, port);
		return false;
	}
	return !slash || parse_prefix(word, slash, &op->addr, prefix, err, errlen);
}

bool cdat_attr_parse(const struct cdat_attr_row *row, const char *word, struct cdat_op *op,
		     int *prefix, char *err, size_t errlen)
{
	op->attr = row->attr;
	if (errlen)
		err[0] = 0;
	switch (row->type) {
	case CDAT_AT_NUMBER:
		return parse_number(row, word, op, err, errlen);
	case CDAT_AT_ENUM:
		return parse_enum(row, word, op, err, errlen);
	case CDAT_AT_TRUTH:
		return parse_truth(row, word, op, err, errlen);
	case CDAT_AT_NAME:
		return parse_name(row, word, op, err, errlen);
	case CDAT_AT_ADDR:
		return parse_addr(word, op, prefix, err, errlen);
	default:
		snprintf(err, errlen, "%s is told by the owner of the adapter; leave it out", row->word);
		return false;
	}
}
