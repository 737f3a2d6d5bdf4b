/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The TLV codec: one bounds-checked cursor, and messages described by tables of
 * fields.  A struct is written and read by walking its table, so a wire field is
 * one row and no message has code of its own.
 *
 * Format.  A message is a sequence of fields in strictly ascending order of tag:
 *   tag     1 octet, 1..127; the top bit marks a field that an older reader may
 *           not skip (CDAT_FF_CRITICAL)
 *   length  0..127 in one octet; else 2 octets 10xxxxxx xxxxxxxx (128..16383);
 *           else 4 octets 11xxxxxx ... (16384..2^30-1); the shortest form only
 *   value   big-endian; unsigned numbers without leading zero octets, signed ones
 *           as zigzag; zero, false, empty text and empty lists are not written.
 *           An address is its 4 or 16 octets, then its port in two octets unless that is
 *           0; without a family, only the port.
 * An encoding is canonical: whatever decodes re-encodes to the same octets, but for
 * unknown skippable fields.  A doubled, unordered, overlong or non-shortest field
 * is refused.  Nested messages and list items are themselves such sequences; a
 * list is its items, each preceded by a length.
 *
 * Nothing here allocates: octet strings and lists of a decoded struct point into
 * the input, which must outlive it.
 */
#ifndef CDAT_WIRE_CODEC_H
#define CDAT_WIRE_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cdat/types.h"

/* A borrowed run of octets; for a list, its encoded items. */
struct cdat_view { const uint8_t *data; size_t len; };

/* Output: writes up to `cap` octets; past that `failed` is set and nothing more is written.
 * format: fields that came after it are left out (0: none are); needs: the latest `since` of what
 * was written, so the format that a reader must know to lose nothing (0: any does). */
struct cdat_writer { uint8_t *data; size_t len, cap; bool failed; uint8_t format, needs; };

enum cdat_decode {
	CDAT_DEC_OK = 0,
	CDAT_DEC_SHORT,		/* ends inside a field */
	CDAT_DEC_ORDER,		/* tag doubled or out of order */
	CDAT_DEC_LENGTH,	/* length impossible for the type, or not the shortest form */
	CDAT_DEC_RANGE,		/* value outside the row's range, or not canonical */
	CDAT_DEC_MISSING,	/* a required field is absent */
	CDAT_DEC_CRITICAL,	/* unknown field that may not be skipped */
	CDAT_DEC_TEXT,		/* text with NUL, control characters or bad UTF-8 */
	CDAT_DEC_TYPE,		/* unknown message type or version (frames) */
	CDAT_DEC_NO_MEMORY	/* never by the codec itself: by decoders that keep what they read */
};

enum cdat_ftype {
	CDAT_T_U8, CDAT_T_U16, CDAT_T_U32, CDAT_T_U64,
	CDAT_T_I8, CDAT_T_I64, CDAT_T_BOOL,
	CDAT_T_FIXED,		/* octet array of `size`, written whole unless all zero */
	CDAT_T_TEXT,		/* char array of `size` with NUL; written without it, and with '?'
				 * for each octet that a reader would refuse (CDAT_DEC_TEXT) */
	CDAT_T_ADDR,		/* struct cdat_addr */
	CDAT_T_U16ARRAY,	/* uint16_t[size/2]; the count is the uint8_t at `aux` */
	CDAT_T_BYTES,		/* struct cdat_view */
	CDAT_T_MSG,		/* nested struct of `sub` */
	CDAT_T_LIST		/* struct cdat_view of items of `sub` */
};

/* REQUIRED: a message without the field is refused; since zero is not written, the
 * member must not be zero.  CRITICAL: a reader that does not know it must refuse. */
enum { CDAT_FF_REQUIRED = 1, CDAT_FF_CRITICAL = 2 };

#define CDAT_DEPTH_MAX	8	/* messages within messages */

struct cdat_msg;

struct cdat_field {
	uint8_t tag;
	uint8_t type;			/* enum cdat_ftype */
	uint8_t flags;			/* CDAT_FF_* */
	uint16_t offset;		/* of the member */
	uint16_t size;			/* of the member */
	uint16_t aux;			/* CDAT_T_U16ARRAY: offset of the count */
	/* What a present field may hold; both 0: all.  Numbers: the value (signed types: both
	 * as int64_t), arrays: each value, text and octets: the length, lists: the items.  An
	 * absent field is 0 and not judged by this. */
	uint64_t min, max;
	const struct cdat_msg *sub;
	const char *name;		/* for people and JSON: the member's name */
	uint8_t since;			/* format that first had it (wire/seal.h); 0: the first */
};

struct cdat_msg {
	const char *name;
	size_t size;			/* of the struct */
	const struct cdat_field *fields;	/* ascending tags */
	uint8_t nfields;
};

/* Rows.  The type of the member is given, the rest is taken from the struct. */
#define CDAT_ROW_(st, m, tg, ty, fl, mn, mx, sb) \
	{ .tag = (tg), .type = (ty), .flags = (fl), .offset = offsetof(st, m), \
	  .size = sizeof(((st *)0)->m), .min = (mn), .max = (mx), .sub = (sb), .name = #m }
#define CDAT_ROW(st, m, tg, ty)			CDAT_ROW_(st, m, tg, ty, 0, 0, 0, NULL)
#define CDAT_ROW_RANGE(st, m, tg, ty, mn, mx)	CDAT_ROW_(st, m, tg, ty, 0, mn, mx, NULL)
#define CDAT_ROW_REQ(st, m, tg, ty, mn, mx)	CDAT_ROW_(st, m, tg, ty, CDAT_FF_REQUIRED, mn, mx, NULL)
#define CDAT_ROW_SUB(st, m, tg, ty, sb)		CDAT_ROW_(st, m, tg, ty, 0, 0, 0, sb)
/* A field that came with a later format; older readers skip it, and are not sent it where the
 * writer knows them. */
#define CDAT_ROW_SINCE(st, m, tg, ty, sb, snc) \
	{ .tag = (tg), .type = (ty), .offset = offsetof(st, m), .size = sizeof(((st *)0)->m), \
	  .sub = (sb), .name = #m, .since = (snc) }
/* An array of uint16_t `m` with its count in the uint8_t member `cnt`. */
#define CDAT_ROW_ARRAY(st, m, cnt, tg, mn, mx) \
	{ .tag = (tg), .type = CDAT_T_U16ARRAY, .offset = offsetof(st, m), \
	  .size = sizeof(((st *)0)->m), .aux = offsetof(st, cnt), .min = (mn), .max = (mx), \
	  .name = #m }
#define CDAT_MSG_NAMED(id, nm, st, rows, n)	const struct cdat_msg id = { nm, sizeof(st), rows, n }
#define CDAT_MSG_DEF(id, st, rows) \
	CDAT_MSG_NAMED(id, #st, st, rows, sizeof(rows) / sizeof((rows)[0]))

/* Starts a writer on a buffer of the caller. */
void cdat_writer_init(struct cdat_writer *w, void *buf, size_t cap);

/* Appends raw octets; used for headers outside the TLV part. */
void cdat_put(struct cdat_writer *w, const void *data, size_t len);
void cdat_put_uint(struct cdat_writer *w, uint64_t value, unsigned octets);

/* Appends the fields of `src`.  False when the buffer is full or an array's count is
 * beyond its size (w->failed). */
bool cdat_encode(struct cdat_writer *w, const struct cdat_msg *msg, const void *src);

/* Appends one item to a list under construction in `w` (a writer of its own, whose
 * octets then become the cdat_view of the list member).  False when full: the list
 * is as it was before the call, and w->failed is not set. */
bool cdat_list_add(struct cdat_writer *w, const struct cdat_msg *msg, const void *item);

/* The octets written so far, as a view. */
struct cdat_view cdat_written(const struct cdat_writer *w);

/* Reads `in` whole into `dst` (zeroed first).  Lists are checked to the last item,
 * so a message is taken whole or refused whole.  `dst` borrows from `in`.  When refused,
 * `dst` is zero.  `dst` NULL: only checks. */
__attribute__((warn_unused_result))
enum cdat_decode cdat_decode(struct cdat_view in, const struct cdat_msg *msg, void *dst);

/* Whether the unsigned numbers of a struct are such as cdat_decode() takes. */
bool cdat_numbers_ok(const struct cdat_msg *msg, const void *src);

/* Takes the next item off the front of a list that cdat_decode() has checked.
 * False at its end. */
bool cdat_list_next(struct cdat_view *list, const struct cdat_msg *msg, void *item);

/* The number of items of a checked list. */
size_t cdat_list_count(struct cdat_view list);

/* A word for a decode result, for logs. */
const char *cdat_decode_name(enum cdat_decode d);

#endif
