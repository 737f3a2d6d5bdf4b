/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The writer of the codec, and what both directions share.  The reader is in decode.c.
 */
#include "wire/codec.h"
#include "wire/codec_int.h"

#include <string.h>

void cdat_writer_init(struct cdat_writer *w, void *buf, size_t cap)
{
	*w = (struct cdat_writer){ .data = buf, .cap = cap };
}

struct cdat_view cdat_written(const struct cdat_writer *w)
{
	return (struct cdat_view){ w->data, w->len };
}

/* Makes room for `len` octets at the end; NULL when there is none. */
static uint8_t *writer_room(struct cdat_writer *w, size_t len)
{
	if (w->failed || len > w->cap - w->len) {
		w->failed = true;
		return NULL;
	}
	uint8_t *p = w->data + w->len;

	w->len += len;
	return p;
}

void cdat_put(struct cdat_writer *w, const void *data, size_t len)
{
	uint8_t *p = writer_room(w, len);

	if (p && len)
		memcpy(p, data, len);
}

static void put_octet(struct cdat_writer *w, uint8_t value)
{
	uint8_t *p = writer_room(w, 1);

	if (p)
		*p = value;
}

static void store_be(uint8_t *p, uint64_t value, unsigned octets)
{
	for (; octets; value >>= 8)
		p[--octets] = (uint8_t)value;
}

void cdat_put_uint(struct cdat_writer *w, uint64_t value, unsigned octets)
{
	uint8_t *p = octets <= 8 ? writer_room(w, octets) : NULL;

	if (p)
		store_be(p, value, octets);
	if (octets > 8)
		w->failed = true;
}

/* ---- values ------------------------------------------------------------------------ */

unsigned cdat_utf8_len(const uint8_t *p, size_t len)
{
	static const struct { uint8_t mask, lead; uint32_t least; } form[] = {
		{ 0x80, 0x00, 0 }, { 0xe0, 0xc0, 0x80 }, { 0xf0, 0xe0, 0x800 }, { 0xf8, 0xf0, 0x10000 },
	};

	for (unsigned n = 0; n < 4 && n < len; n++) {
		if ((p[0] & form[n].mask) != form[n].lead)
			continue;
		uint32_t c = p[0] & (uint8_t)~form[n].mask;

		for (unsigned i = 1; i <= n; i++) {
			if ((p[i] & 0xc0) != 0x80)
				return 0;
			c = c << 6 | (p[i] & 0x3f);
		}
		if (c < form[n].least || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
			return 0;
		if (c < 0x20 || (c >= 0x7f && c < 0xa0))
			return 0;
		return n + 1;
	}
	return 0;
}

uint64_t cdat_member_load(const struct cdat_field *f, const void *src)
{
	const uint8_t *p = (const uint8_t *)src + f->offset;
	uint16_t v16;
	uint32_t v32;
	uint64_t v64;
	int64_t i64;

	switch (f->type) {
	case CDAT_T_U16:
		memcpy(&v16, p, sizeof(v16));
		return v16;
	case CDAT_T_U32:
		memcpy(&v32, p, sizeof(v32));
		return v32;
	case CDAT_T_U64:
		memcpy(&v64, p, sizeof(v64));
		return v64;
	case CDAT_T_I8:
		i64 = (int8_t)*p;
		break;
	case CDAT_T_I64:
		memcpy(&i64, p, sizeof(i64));
		break;
	default:
		return *p;
	}
	return (uint64_t)i64 << 1 ^ (i64 < 0 ? UINT64_MAX : 0);	/* zigzag */
}

/* ---- fields ------------------------------------------------------------------------ */

static unsigned length_size(size_t len)
{
	return len < 0x80 ? 1 : len < 0x4000 ? 2 : 4;
}

static void put_length(struct cdat_writer *w, size_t len)
{
	if (len < 0x80)
		put_octet(w, (uint8_t)len);
	else if (len < 0x4000)
		cdat_put_uint(w, 0x8000 | len, 2);
	else if (len <= CDAT_LENGTH_MAX)
		cdat_put_uint(w, 0xc0000000 | len, 4);
	else
		w->failed = true;
}

static uint8_t tag_of(const struct cdat_field *f)
{
	return (uint8_t)(f->tag | (f->flags & CDAT_FF_CRITICAL ? CDAT_TAG_CRITICAL : 0));
}

static void put_head(struct cdat_writer *w, const struct cdat_field *f, size_t len)
{
	put_octet(w, tag_of(f));
	put_length(w, len);
}

static void put_octets(struct cdat_writer *w, const struct cdat_field *f, const void *data,
		       size_t len)
{
	if (!len)
		return;
	put_head(w, f, len);
	cdat_put(w, data, len);
}

static void put_number(struct cdat_writer *w, const struct cdat_field *f, const void *src)
{
	uint64_t value = cdat_member_load(f, src);
	unsigned octets = 0;
	uint8_t *p;

	for (uint64_t v = value; v; v >>= 8)
		octets++;
	p = octets ? writer_room(w, 2 + octets) : NULL;
	if (!p)
		return;
	p[0] = tag_of(f);
	p[1] = (uint8_t)octets;
	store_be(p + 2, value, octets);
}

static void put_fixed(struct cdat_writer *w, const struct cdat_field *f, const uint8_t *p)
{
	for (size_t i = 0; i < f->size; i++) {
		if (!p[i])
			continue;
		put_octets(w, f, p, f->size);
		return;
	}
}

static void put_text(struct cdat_writer *w, const struct cdat_field *f, const char *text)
{
	size_t len = strnlen(text, f->size - 1u);

	if (!len)
		return;
	put_head(w, f, len);
	uint8_t *p = writer_room(w, len);

	if (!p)
		return;
	memcpy(p, text, len);
	for (size_t i = 0; i < len; ) {
		unsigned n = cdat_utf8_len(p + i, len - i);

		if (!n)
			p[i] = '?';
		i += n ? n : 1;
	}
}

static void put_addr(struct cdat_writer *w, const struct cdat_field *f, const void *src)
{
	struct cdat_addr addr;

	memcpy(&addr, src, sizeof(addr));
	size_t octets = addr.family == CDAT_AF_IPV4 ? 4 : addr.family == CDAT_AF_IPV6 ? 16 : 0;

	if (!octets && !addr.port)
		return;
	put_head(w, f, octets + (addr.port ? 2 : 0));
	cdat_put(w, addr.octets, octets);
	if (addr.port)
		cdat_put_uint(w, addr.port, 2);
}

static void put_array(struct cdat_writer *w, const struct cdat_field *f, const uint8_t *base)
{
	size_t count = base[f->aux];

	if (count > f->size / 2u) {
		w->failed = true;
		return;
	}
	if (!count)
		return;
	put_head(w, f, 2 * count);
	for (size_t i = 0; i < count; i++) {
		uint16_t v;

		memcpy(&v, base + f->offset + 2 * i, sizeof(v));
		cdat_put_uint(w, v, 2);
	}
}

static void put_fields(struct cdat_writer *w, const struct cdat_msg *msg, const void *src,
		       unsigned depth);

/* Puts the tag of `f` (NULL: none) and the length before what was written since `start`. */
static void insert_head(struct cdat_writer *w, size_t start, const struct cdat_field *f)
{
	size_t len = w->len - start;
	unsigned size = (f ? 1 : 0) + length_size(len);

	if (len > CDAT_LENGTH_MAX)
		w->failed = true;
	if (!writer_room(w, size))
		return;
	memmove(w->data + start + size, w->data + start, len);
	w->len = start;
	if (f)
		put_octet(w, tag_of(f));
	put_length(w, len);
	w->len += len;
}

static void put_nested(struct cdat_writer *w, const struct cdat_field *f, const void *src,
		       unsigned depth)
{
	size_t start = w->len;

	put_fields(w, f->sub, src, depth);
	if (!w->failed && w->len > start)	/* all zero: not written */
		insert_head(w, start, f);
}

static void put_field(struct cdat_writer *w, const struct cdat_field *f, const uint8_t *base,
		      unsigned depth)
{
	const uint8_t *p = base + f->offset;
	struct cdat_view view;

	switch (f->type) {
	case CDAT_T_FIXED:
		put_fixed(w, f, p);
		break;
	case CDAT_T_TEXT:
		put_text(w, f, (const char *)p);
		break;
	case CDAT_T_ADDR:
		put_addr(w, f, p);
		break;
	case CDAT_T_U16ARRAY:
		put_array(w, f, base);
		break;
	case CDAT_T_BYTES:
	case CDAT_T_LIST:
		memcpy(&view, p, sizeof(view));
		put_octets(w, f, view.data, view.len);
		break;
	case CDAT_T_MSG:
		put_nested(w, f, p, depth + 1);
		break;
	default:
		put_number(w, f, base);
	}
}

static void put_fields(struct cdat_writer *w, const struct cdat_msg *msg, const void *src,
		       unsigned depth)
{
	if (depth > CDAT_DEPTH_MAX)
		w->failed = true;
	for (unsigned i = 0; i < msg->nfields && !w->failed; i++) {
		const struct cdat_field *f = &msg->fields[i];
		size_t before = w->len;

		if (w->format && f->since > w->format)
			continue;
		put_field(w, f, src, depth);
		if (w->len > before && f->since > w->needs)
			w->needs = f->since;
	}
}

bool cdat_encode(struct cdat_writer *w, const struct cdat_msg *msg, const void *src)
{
	put_fields(w, msg, src, 1);
	return !w->failed;
}

bool cdat_list_add(struct cdat_writer *w, const struct cdat_msg *msg, const void *item)
{
	size_t start = w->len;

	if (w->failed)
		return false;
	put_fields(w, msg, item, 1);
	if (!w->failed)
		insert_head(w, start, NULL);
	if (!w->failed)
		return true;
	w->failed = false;
	w->len = start;
	return false;
}

const char *cdat_decode_name(enum cdat_decode d)
{
	static const char *const names[] = {
		[CDAT_DEC_OK] = "ok", [CDAT_DEC_SHORT] = "short", [CDAT_DEC_ORDER] = "order",
		[CDAT_DEC_LENGTH] = "length", [CDAT_DEC_RANGE] = "range",
		[CDAT_DEC_MISSING] = "missing", [CDAT_DEC_CRITICAL] = "critical",
		[CDAT_DEC_TEXT] = "text", [CDAT_DEC_TYPE] = "type",
		[CDAT_DEC_NO_MEMORY] = "no memory",
	};

	return (size_t)d < sizeof(names) / sizeof(names[0]) ? names[d] : "?";
}
