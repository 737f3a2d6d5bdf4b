/* SPDX-License-Identifier: BSD-2-Clause */
/* Random structs by field tables; see fill.h. */
#include "fill.h"

#include "wire/control.h"
#include "wire/records.h"

#include <stdlib.h>
#include <string.h>

uint64_t fill_next(struct fill *f)
{
	/* xorshift64* */
	f->seed ^= f->seed >> 12;
	f->seed ^= f->seed << 25;
	f->seed ^= f->seed >> 27;
	return f->seed * 0x2545f4914f6cdd1dull;
}

uint64_t fill_below(struct fill *f, uint64_t n)
{
	return fill_next(f) % n;
}

static uint64_t pick(struct fill *f, uint64_t min, uint64_t max)
{
	switch (fill_below(f, 4)) {
	case 0:
		return min;
	case 1:
		return max;
	default:
		return max - min == UINT64_MAX ? fill_next(f) : min + fill_below(f, max - min + 1);
	}
}

static void store(void *dst, size_t size, uint64_t v)
{
	uint8_t v8 = (uint8_t)v;
	uint16_t v16 = (uint16_t)v;
	uint32_t v32 = (uint32_t)v;

	memcpy(dst, size == 1 ? (void *)&v8 : size == 2 ? (void *)&v16 : size == 4 ? (void *)&v32 :
	       (void *)&v, size);
}

static void fill_number(struct fill *f, const struct cdat_field *row, uint8_t *dst)
{
	bool is_signed = row->type == CDAT_T_I8 || row->type == CDAT_T_I64;
	bool ranged = row->min || row->max;
	uint64_t all = row->size == 8 ? UINT64_MAX : (UINT64_C(1) << 8 * row->size) - 1;
	bool required = row->flags & CDAT_FF_REQUIRED;

	if (!required && !fill_below(f, 4))
		return;
	if (row->type == CDAT_T_BOOL)
		*(bool *)dst = true;
	else if (is_signed && !ranged)
		store(dst, row->size, fill_next(f) >> fill_below(f, 64));
	else if (is_signed)	/* min + 0..span in two's complement */
		store(dst, row->size, row->min + pick(f, 0, row->max - row->min));
	else if (ranged)
		store(dst, row->size, pick(f, row->min, row->max));
	else
		store(dst, row->size, pick(f, required, all >> fill_below(f, 8 * row->size)));
}

static void fill_text(struct fill *f, const struct cdat_field *row, char *dst)
{
	static const char *const some[] = { "a", "Z", "0", "-", "_", " ", "~", "\"", "\xc3\xa4",
		"\xc2\xa0", "\xe2\x82\xac", "\xed\x9f\xbf", "\xf0\x9f\x98\x80", "\xf4\x8f\xbf\xbf" };
	size_t most = row->size - 1u, len, at = 0;

	if (row->max && row->max < most)
		most = row->max;
	len = pick(f, row->flags & CDAT_FF_REQUIRED ? 1 : 0, most);
	while (at < len) {
		const char *s = some[fill_below(f, 14)];

		if (at + strlen(s) > len)
			s = "x";
		memcpy(dst + at, s, strlen(s));
		at += strlen(s);
	}
}

static void fill_octets(struct fill *f, uint8_t *dst, size_t len)
{
	while (len--)
		*dst++ = (uint8_t)fill_next(f);
}

static void fill_addr(struct fill *f, bool required, struct cdat_addr *addr)
{
	addr->family = (uint8_t)(required ? 1 + fill_below(f, 2) : fill_below(f, 3));
	fill_octets(f, addr->octets, addr->family == 1 ? 4 : addr->family == 2 ? 16 : 0);
	addr->port = fill_below(f, 2) ? (uint16_t)fill_next(f) : 0;
}

static void fill_array(struct fill *f, const struct cdat_field *row, uint8_t *base)
{
	size_t count = pick(f, 0, row->size / 2u);

	base[row->aux] = (uint8_t)count;
	for (size_t i = 0; i < count; i++)
		store(base + row->offset + 2 * i, 2, pick(f, row->min, row->max ? row->max : UINT16_MAX));
}

static void fill_view(struct fill *f, const struct cdat_field *row, struct cdat_view *view)
{
	struct cdat_writer w;
	uint8_t *item;

	cdat_writer_init(&w, f->arena + f->used, fill_below(f, 8) ? 300 : 20000);
	if (w.cap > FILL_ARENA - f->used)
		w.cap = FILL_ARENA - f->used;
	if (row->type == CDAT_T_BYTES) {
		w.len = fill_below(f, w.cap + 1);
		fill_octets(f, w.data, w.len);
		f->used += w.len;
	} else {
		f->used += w.cap;
		item = calloc(1, row->sub->size);
		for (uint64_t n = fill_below(f, 6); item && n; n--) {
			memset(item, 0, row->sub->size);
			fill_msg(f, row->sub, item);
			cdat_list_add(&w, row->sub, item);
		}
		free(item);
	}
	*view = cdat_written(&w);
}

void fill_msg(struct fill *f, const struct cdat_msg *msg, void *dst)
{
	memset(dst, 0, msg->size);
	for (unsigned i = 0; i < msg->nfields; i++) {
		const struct cdat_field *row = &msg->fields[i];
		uint8_t *p = (uint8_t *)dst + row->offset;

		switch (row->type) {
		case CDAT_T_FIXED:
			if (fill_below(f, 4))
				fill_octets(f, p, row->size);
			break;
		case CDAT_T_TEXT:
			fill_text(f, row, (char *)p);
			break;
		case CDAT_T_ADDR:
			fill_addr(f, row->flags & CDAT_FF_REQUIRED, (struct cdat_addr *)p);
			break;
		case CDAT_T_U16ARRAY:
			fill_array(f, row, dst);
			break;
		case CDAT_T_BYTES:
		case CDAT_T_LIST:
			fill_view(f, row, (struct cdat_view *)p);
			break;
		case CDAT_T_MSG:
			if (fill_below(f, 2))
				fill_msg(f, row->sub, p);
			break;
		default:
			fill_number(f, row, p);
		}
	}
}

bool fill_equal(const struct cdat_msg *msg, const void *a, const void *b)
{
	for (unsigned i = 0; i < msg->nfields; i++) {
		const struct cdat_field *row = &msg->fields[i];
		const uint8_t *p = (const uint8_t *)a + row->offset, *q = (const uint8_t *)b + row->offset;

		if (row->type == CDAT_T_BYTES || row->type == CDAT_T_LIST) {
			const struct cdat_view *v = (const void *)p, *w = (const void *)q;

			if (v->len != w->len || (v->len && memcmp(v->data, w->data, v->len)))
				return false;
		} else if (row->type == CDAT_T_MSG) {
			if (!fill_equal(row->sub, p, q))
				return false;
		} else if (memcmp(p, q, row->size)) {
			return false;
		} else if (row->type == CDAT_T_U16ARRAY &&
			   ((const uint8_t *)a)[row->aux] != ((const uint8_t *)b)[row->aux]) {
			return false;
		}
	}
	return true;
}

const struct cdat_msg *fill_all(size_t i)
{
	static const struct cdat_msg *const others[] = {
		&cdat_msg_op, &cdat_msg_outcome, &cdat_msg_node_conf, &cdat_msg_adapter_conf,
		&cdat_msg_role_conf, &cdat_msg_c_keyrow,
	};
	const size_t nothers = sizeof(others) / sizeof(others[0]);

	if (i < CDAT_K_LAST)
		return cdat_record_msg((enum cdat_kind)(i + 1));
	i -= CDAT_K_LAST;
	if (i < nothers)
		return others[i];
	i -= nothers;
	for (unsigned verb = 1; verb <= CDAT_V_ERROR; verb++)
		if (cdat_verb_msg((enum cdat_verb)verb) && i-- == 0)
			return cdat_verb_msg((enum cdat_verb)verb);
	return NULL;
}
