/* SPDX-License-Identifier: BSD-2-Clause */
/* The promises of the codec, checked by a second reading of the format; see oracle.h. */
#include "oracle.h"

#include <string.h>

static const struct cdat_field *row_of(const struct cdat_msg *msg, unsigned tag)
{
	for (unsigned i = 0; i < msg->nfields; i++)
		if (msg->fields[i].tag == tag)
			return &msg->fields[i];
	return NULL;
}

/* The length at *at of a message that was taken; moves *at past it. */
static size_t length_at(const uint8_t *p, size_t *at)
{
	size_t len = p[(*at)++];

	if (len >= 0xc0) {
		len = (len & 0x3f) << 24 | (size_t)p[*at] << 16 | (size_t)p[*at + 1] << 8 | p[*at + 2];
		*at += 3;
	} else if (len >= 0x80) {
		len = (len & 0x3f) << 8 | p[(*at)++];
	}
	return len;
}

/* Copies a taken message without the fields that `msg` does not know, from inside out: a
 * nested message that held nothing else goes too.  Returns the octets written. */
static size_t strip(const uint8_t *p, size_t len, const struct cdat_msg *msg, uint8_t *out)
{
	size_t at = 0, n = 0;

	while (at < len) {
		uint8_t head = p[at++];
		size_t size = length_at(p, &at);
		const struct cdat_field *row = row_of(msg, head & 0x7f);
		uint8_t *inner = row ? malloc(size ? size : 1) : NULL;
		size_t kept = size;

		ORACLE(!row || inner);
		if (row && row->type == CDAT_T_MSG)
			kept = strip(p + at, size, row->sub, inner);
		else if (row)
			memcpy(inner, p + at, size);
		at += size;
		if (row && kept) {
			out[n++] = head;
			if (kept >= 0x4000) {
				out[n++] = (uint8_t)(0xc0 | kept >> 24);
				out[n++] = (uint8_t)(kept >> 16);
				out[n++] = (uint8_t)(kept >> 8);
			} else if (kept >= 0x80) {
				out[n++] = (uint8_t)(0x80 | kept >> 8);
			}
			out[n++] = (uint8_t)kept;
			memcpy(out + n, inner, kept);
			n += kept;
		}
		free(inner);
	}
	return n;
}

static void check_lists(const struct cdat_msg *msg, const uint8_t *base)
{
	for (unsigned i = 0; i < msg->nfields; i++) {
		const struct cdat_field *row = &msg->fields[i];
		struct cdat_view list;
		size_t count = 0;
		void *item;

		if (row->type == CDAT_T_MSG)
			check_lists(row->sub, base + row->offset);
		if (row->type != CDAT_T_LIST)
			continue;
		memcpy(&list, base + row->offset, sizeof(list));
		size_t want = cdat_list_count(list);

		item = malloc(row->sub->size + 1);
		ORACLE(item);
		for (; cdat_list_next(&list, row->sub, item); count++)
			check_lists(row->sub, item);
		ORACLE(list.len == 0);
		ORACLE(count == want);
		free(item);
	}
}

bool oracle_codec(struct cdat_view in, const struct cdat_msg *msg, void *dst)
{
	enum cdat_decode d = cdat_decode(in, msg, dst);
	uint8_t *out, *known;
	struct cdat_writer w;

	ORACLE(msg->size <= ORACLE_STRUCT_MAX);
	ORACLE(d == cdat_decode(in, msg, NULL));
	if (d != CDAT_DEC_OK) {
		for (size_t i = 0; i < msg->size; i++)
			ORACLE(((const uint8_t *)dst)[i] == 0);
		return false;
	}
	out = malloc(in.len + 1);
	known = malloc(in.len + 1);
	ORACLE(out && known);
	cdat_writer_init(&w, out, in.len);
	ORACLE(cdat_encode(&w, msg, dst));
	ORACLE(w.len == strip(in.data, in.len, msg, known));
	ORACLE(!w.len || !memcmp(out, known, w.len));
	check_lists(msg, dst);
	free(out);
	free(known);
	return true;
}
