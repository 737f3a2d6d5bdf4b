/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The reader of the codec.  All input passes through one cursor, whose take() is the only
 * place that advances; a value is judged before it is stored, and `dst` NULL judges only.
 */
#include "wire/codec.h"
#include "wire/codec_int.h"

#include <string.h>

/* The unread rest of the input. */
struct cursor { const uint8_t *p; size_t left; };

static const uint8_t *take(struct cursor *c, size_t len)
{
	if (len > c->left)
		return NULL;
	const uint8_t *p = c->p;

	c->p += len;
	c->left -= len;
	return p;
}

static uint64_t load_be(const uint8_t *p, size_t octets)
{
	uint64_t v = 0;

	while (octets--)
		v = v << 8 | *p++;
	return v;
}

/* A length and the octets it counts. */
static enum cdat_decode take_counted(struct cursor *c, struct cdat_view *value)
{
	const uint8_t *p = take(c, 1);

	if (!p)
		return CDAT_DEC_SHORT;
	size_t len = *p;

	if (len >= 0x80) {
		unsigned more = len >= 0xc0 ? 3 : 1;
		size_t least = len >= 0xc0 ? 0x4000 : 0x80;

		if (!take(c, more))
			return CDAT_DEC_SHORT;
		len = load_be(p, more + 1) & (more == 3 ? 0x3fffffffu : 0x3fffu);
		if (len < least)
			return CDAT_DEC_LENGTH;
	}
	value->len = len;
	value->data = take(c, len);
	return value->data ? CDAT_DEC_OK : CDAT_DEC_SHORT;
}

static bool in_range(const struct cdat_field *f, uint64_t v)
{
	return (!f->min && !f->max) || (v >= f->min && v <= f->max);
}

/* ---- values ------------------------------------------------------------------------ */

static unsigned number_width(uint8_t type)
{
	switch (type) {
	case CDAT_T_U16:
		return 2;
	case CDAT_T_U32:
		return 4;
	case CDAT_T_U64:
	case CDAT_T_I64:
		return 8;
	default:
		return 1;
	}
}

static enum cdat_decode get_signed(const struct cdat_field *f, uint64_t raw, uint8_t *dst)
{
	int64_t v = (int64_t)(raw >> 1) ^ -(int64_t)(raw & 1);

	if ((f->min || f->max) && (v < (int64_t)f->min || v > (int64_t)f->max))
		return CDAT_DEC_RANGE;
	if (!dst)
		return CDAT_DEC_OK;
	if (f->type == CDAT_T_I64)
		memcpy(dst, &v, sizeof(v));
	else
		*(int8_t *)dst = (int8_t)v;
	return CDAT_DEC_OK;
}

static enum cdat_decode get_number(const struct cdat_field *f, struct cdat_view in, uint8_t *dst)
{
	if (!in.len || in.len > number_width(f->type))
		return CDAT_DEC_LENGTH;
	if (!in.data[0])
		return CDAT_DEC_RANGE;	/* leading zero octet, or a zero that is not to be written */
	uint64_t v = load_be(in.data, in.len);
	uint16_t v16 = (uint16_t)v;
	uint32_t v32 = (uint32_t)v;

	if (f->type == CDAT_T_I8 || f->type == CDAT_T_I64)
		return get_signed(f, v, dst);
	if (!in_range(f, v) || (f->type == CDAT_T_BOOL && v != 1))
		return CDAT_DEC_RANGE;
	if (!dst)
		return CDAT_DEC_OK;
	if (f->type == CDAT_T_U16)
		memcpy(dst, &v16, sizeof(v16));
	else if (f->type == CDAT_T_U32)
		memcpy(dst, &v32, sizeof(v32));
	else if (f->type == CDAT_T_U64)
		memcpy(dst, &v, sizeof(v));
	else
		*dst = (uint8_t)v;
	return CDAT_DEC_OK;
}

static enum cdat_decode get_fixed(const struct cdat_field *f, struct cdat_view in, uint8_t *dst)
{
	size_t zero = 0;

	if (in.len != f->size)
		return CDAT_DEC_LENGTH;
	while (zero < in.len && !in.data[zero])
		zero++;
	if (zero == in.len)
		return CDAT_DEC_RANGE;
	if (dst)
		memcpy(dst, in.data, in.len);
	return CDAT_DEC_OK;
}

static enum cdat_decode get_text(const struct cdat_field *f, struct cdat_view in, uint8_t *dst)
{
	if (!in.len || in.len >= f->size)
		return CDAT_DEC_LENGTH;
	if (!in_range(f, in.len))
		return CDAT_DEC_RANGE;
	for (size_t i = 0; i < in.len; ) {
		unsigned n = cdat_utf8_len(in.data + i, in.len - i);

		if (!n)
			return CDAT_DEC_TEXT;
		i += n;
	}
	if (dst)
		memcpy(dst, in.data, in.len);
	return CDAT_DEC_OK;
}

static enum cdat_decode get_addr(struct cdat_view in, uint8_t *dst)
{
	struct cdat_addr addr = { 0 };
	size_t octets = in.len & ~(size_t)2;	/* without a port */

	if (in.len == 2)
		octets = 0;
	else if (octets == 4)
		addr.family = CDAT_AF_IPV4;
	else if (octets == 16)
		addr.family = CDAT_AF_IPV6;
	else
		return CDAT_DEC_LENGTH;
	memcpy(addr.octets, in.data, octets);
	if (in.len > octets) {
		addr.port = (uint16_t)load_be(in.data + octets, 2);
		if (!addr.port)
			return CDAT_DEC_RANGE;
	}
	if (dst)
		memcpy(dst, &addr, sizeof(addr));
	return CDAT_DEC_OK;
}

static enum cdat_decode get_array(const struct cdat_field *f, struct cdat_view in, uint8_t *base)
{
	if (!in.len || in.len % 2 || in.len > f->size || in.len / 2 > UINT8_MAX)
		return CDAT_DEC_LENGTH;
	for (size_t i = 0; i < in.len; i += 2) {
		uint16_t v = (uint16_t)load_be(in.data + i, 2);

		if (!in_range(f, v))
			return CDAT_DEC_RANGE;
		if (base)
			memcpy(base + f->offset + i, &v, sizeof(v));
	}
	if (base)
		base[f->aux] = (uint8_t)(in.len / 2);
	return CDAT_DEC_OK;
}

/* ---- structure --------------------------------------------------------------------- */

static enum cdat_decode get_fields(struct cdat_view in, const struct cdat_msg *msg, uint8_t *base,
				   unsigned depth);

static enum cdat_decode check_list(const struct cdat_field *f, struct cdat_view in, unsigned depth)
{
	struct cursor c = { in.data, in.len };
	struct cdat_view item;
	uint64_t count = 0;

	for (; c.left; count++) {
		enum cdat_decode d = take_counted(&c, &item);

		if (!d)
			d = get_fields(item, f->sub, NULL, depth);
		if (d)
			return d;
	}
	return in_range(f, count) ? CDAT_DEC_OK : CDAT_DEC_RANGE;
}

static enum cdat_decode get_field(const struct cdat_field *f, struct cdat_view in, uint8_t *base,
				  unsigned depth)
{
	uint8_t *dst = base ? base + f->offset : NULL;
	enum cdat_decode d = CDAT_DEC_OK;

	switch (f->type) {
	case CDAT_T_FIXED:
		return get_fixed(f, in, dst);
	case CDAT_T_TEXT:
		return get_text(f, in, dst);
	case CDAT_T_ADDR:
		return get_addr(in, dst);
	case CDAT_T_U16ARRAY:
		return get_array(f, in, base);
	case CDAT_T_MSG:
		return in.len ? get_fields(in, f->sub, dst, depth + 1) : CDAT_DEC_LENGTH;
	case CDAT_T_LIST:
	case CDAT_T_BYTES:
		if (!in.len)
			return CDAT_DEC_LENGTH;
		if (f->type == CDAT_T_LIST)
			d = check_list(f, in, depth + 1);
		else if (!in_range(f, in.len))
			d = CDAT_DEC_RANGE;
		if (!d && dst)
			memcpy(dst, &in, sizeof(in));
		return d;
	default:
		return get_number(f, in, dst);
	}
}

/* One field of the input.  *next is the first row that it may belong to, *last the tag before. */
static enum cdat_decode get_next(struct cursor *c, const struct cdat_msg *msg, unsigned *next,
				 unsigned *last, uint8_t *base, unsigned depth)
{
	const uint8_t *p = take(c, 1);
	struct cdat_view value;

	if (!p)
		return CDAT_DEC_SHORT;
	unsigned tag = *p & ~CDAT_TAG_CRITICAL;
	bool critical = *p & CDAT_TAG_CRITICAL;

	if (tag <= *last)
		return CDAT_DEC_ORDER;
	*last = tag;
	enum cdat_decode d = take_counted(c, &value);

	if (d)
		return d;
	for (; *next < msg->nfields && msg->fields[*next].tag < tag; ++*next)
		if (msg->fields[*next].flags & CDAT_FF_REQUIRED)
			return CDAT_DEC_MISSING;
	if (*next == msg->nfields || msg->fields[*next].tag != tag)
		return critical ? CDAT_DEC_CRITICAL : CDAT_DEC_OK;
	const struct cdat_field *f = &msg->fields[(*next)++];

	if (critical != !!(f->flags & CDAT_FF_CRITICAL))
		return CDAT_DEC_RANGE;
	return get_field(f, value, base, depth);
}

static enum cdat_decode get_fields(struct cdat_view in, const struct cdat_msg *msg, uint8_t *base,
				   unsigned depth)
{
	struct cursor c = { in.data, in.len };
	unsigned next = 0, last = 0;

	if (depth > CDAT_DEPTH_MAX)
		return CDAT_DEC_RANGE;
	while (c.left) {
		enum cdat_decode d = get_next(&c, msg, &next, &last, base, depth);

		if (d)
			return d;
	}
	for (; next < msg->nfields; next++)
		if (msg->fields[next].flags & CDAT_FF_REQUIRED)
			return CDAT_DEC_MISSING;
	return CDAT_DEC_OK;
}

enum cdat_decode cdat_decode(struct cdat_view in, const struct cdat_msg *msg, void *dst)
{
	if (dst)
		memset(dst, 0, msg->size);
	enum cdat_decode d = get_fields(in, msg, dst, 1);

	if (d && dst)
		memset(dst, 0, msg->size);
	return d;
}

bool cdat_list_next(struct cdat_view *list, const struct cdat_msg *msg, void *item)
{
	struct cursor c = { list->data, list->len };
	struct cdat_view octets;

	if (!c.left || take_counted(&c, &octets) || cdat_decode(octets, msg, item))
		return false;
	*list = (struct cdat_view){ c.p, c.left };
	return true;
}

size_t cdat_list_count(struct cdat_view list)
{
	struct cursor c = { list.data, list.len };
	struct cdat_view item;
	size_t count = 0;

	while (c.left && !take_counted(&c, &item))
		count++;
	return count;
}

bool cdat_numbers_ok(const struct cdat_msg *msg, const void *src)
{
	for (uint8_t i = 0; i < msg->nfields; i++) {
		const struct cdat_field *f = &msg->fields[i];

		if (f->type > CDAT_T_U64)
			continue;
		uint64_t v = cdat_member_load(f, src);

		if (v ? !in_range(f, v) : (f->flags & CDAT_FF_REQUIRED) != 0)
			return false;
	}
	return true;
}
