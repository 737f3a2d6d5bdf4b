/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The codec: properties over every message table of the records, the control protocol and the
 * core's protocol, and each reject path by octets written out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/proto.h"
#include "fill.h"
#include "wire/codec.h"

#define ROUNDS	60

static struct fill fill;
static uint8_t buf[1 << 17], again[1 << 17];
static uint8_t first[FILL_STRUCT_MAX] __attribute__((aligned(16)));
static uint8_t second[FILL_STRUCT_MAX] __attribute__((aligned(16)));

static struct cdat_view encoded(const struct cdat_msg *msg, const void *src, uint8_t *out)
{
	struct cdat_writer w;

	cdat_writer_init(&w, out, sizeof(buf));
	assert_true(cdat_encode(&w, msg, src));
	return cdat_written(&w);
}

static const struct cdat_msg *every(size_t i)
{
	size_t n = 0;

	while (fill_all(n))
		n++;
	return i < n ? fill_all(i) : i - n < CDAT_P_LAST ? cdat_proto_msg((enum cdat_proto)(i - n + 1)) :
		NULL;
}

/* A struct of every message: calls `check` with the message and its random struct. */
static void for_all(unsigned rounds, void (*check)(const struct cdat_msg *msg))
{
	const struct cdat_msg *msg;

	for (size_t i = 0; (msg = every(i)); i++) {
		assert_true(msg->size <= FILL_STRUCT_MAX);
		for (unsigned round = 0; round < rounds; round++) {
			fill.seed = (i + 1) * 1000003 + round;
			fill.used = 0;
			fill_msg(&fill, msg, first);
			check(msg);
		}
	}
	assert_true(every(70) != NULL);
}

/* ---- properties -------------------------------------------------------------------- */

static size_t type_size(const struct cdat_field *f)
{
	static const size_t sizes[] = {
		[CDAT_T_U8] = 1, [CDAT_T_U16] = 2, [CDAT_T_U32] = 4, [CDAT_T_U64] = 8,
		[CDAT_T_I8] = 1, [CDAT_T_I64] = 8, [CDAT_T_BOOL] = sizeof(bool),
		[CDAT_T_ADDR] = sizeof(struct cdat_addr), [CDAT_T_BYTES] = sizeof(struct cdat_view),
		[CDAT_T_LIST] = sizeof(struct cdat_view),
	};

	if (f->type == CDAT_T_MSG)
		return f->sub->size;
	if (f->type == CDAT_T_FIXED || f->type == CDAT_T_TEXT || f->type == CDAT_T_U16ARRAY)
		return f->size;
	return sizes[f->type];
}

static void check_table(const struct cdat_msg *msg)
{
	unsigned last = 0;

	for (unsigned k = 0; k < msg->nfields; k++) {
		const struct cdat_field *f = &msg->fields[k];

		if (f->tag <= last || f->tag > 127 || f->size != type_size(f) ||
		    f->offset + f->size > msg->size || (int64_t)f->min > (int64_t)f->max)
			fail_msg("%s.%s: bad row", msg->name, f->name);
		if (f->type == CDAT_T_U16ARRAY && (f->size / 2 > 255 || f->aux >= msg->size))
			fail_msg("%s.%s: bad array", msg->name, f->name);
		last = f->tag;
		if (f->sub)
			check_table(f->sub);
	}
}

static void test_tables_fit_their_structs(void **state)
{
	const struct cdat_msg *msg;

	(void)state;
	for (size_t i = 0; (msg = every(i)); i++)
		check_table(msg);
}

static void check_round_trip(const struct cdat_msg *msg)
{
	struct cdat_view out = encoded(msg, first, buf), back;
	enum cdat_decode d = cdat_decode(out, msg, second);

	if (d != CDAT_DEC_OK)
		fail_msg("%s: %s", msg->name, cdat_decode_name(d));
	assert_int_equal(cdat_decode(out, msg, NULL), CDAT_DEC_OK);
	if (!fill_equal(msg, first, second))
		fail_msg("%s: differs after decode", msg->name);
	back = encoded(msg, second, again);
	assert_int_equal(back.len, out.len);
	assert_memory_equal(back.data, out.data, out.len);
}

static void test_round_trip(void **state)
{
	(void)state;
	for_all(ROUNDS, check_round_trip);
}

/* A cut encoding is refused, or is itself an encoding: nothing in between. */
static void check_truncated(const struct cdat_msg *msg)
{
	struct cdat_view out = encoded(msg, first, buf), back;
	size_t step = out.len > 2000 ? 97 : 1;

	for (size_t cut = 0; cut < out.len; cut += step) {
		uint8_t *exact = malloc(cut ? cut : 1);

		memcpy(exact, buf, cut);
		if (cdat_decode((struct cdat_view){ exact, cut }, msg, second) == CDAT_DEC_OK) {
			back = encoded(msg, second, again);
			assert_int_equal(back.len, cut);
			assert_memory_equal(back.data, exact, cut);
		}
		free(exact);
	}
}

static void test_truncation(void **state)
{
	(void)state;
	for_all(6, check_truncated);
}

/* Any flipped bit: refused, or canonical but for what an unknown field held. */
static void check_flipped(const struct cdat_msg *msg)
{
	struct cdat_view out = encoded(msg, first, buf);
	struct cdat_view back;

	if (out.len > 1500)
		return;
	for (size_t bit = 0; bit < out.len * 8; bit++) {
		buf[bit / 8] ^= (uint8_t)(1 << bit % 8);
		if (cdat_decode(out, msg, second) == CDAT_DEC_OK) {
			back = encoded(msg, second, again);
			assert_true(back.len <= out.len);
			assert_int_equal(cdat_decode(back, msg, first), CDAT_DEC_OK);
			assert_true(fill_equal(msg, first, second));
			if (back.len == out.len)
				assert_memory_equal(back.data, out.data, out.len);
		} else {
			for (size_t i = 0; i < msg->size; i++)
				assert_int_equal(second[i], 0);
		}
		buf[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}

static void test_flipped_bits(void **state)
{
	(void)state;
	for_all(3, check_flipped);
}

/* A writer that is too small fails, says so, and writes nothing past its end; one that is
 * just large enough does not. */
static void check_no_room(const struct cdat_msg *msg)
{
	size_t len = encoded(msg, first, buf).len;
	struct cdat_writer just;

	cdat_writer_init(&just, again, len);
	assert_true(cdat_encode(&just, msg, first));
	assert_int_equal(just.len, len);
	for (size_t cap = 0; cap < len; cap += len > 2000 ? 101 : 1) {
		struct cdat_writer w;
		uint8_t *exact = malloc(cap ? cap : 1);

		cdat_writer_init(&w, exact, cap);
		assert_false(cdat_encode(&w, msg, first));
		assert_true(w.failed);
		assert_true(w.len <= cap);
		cdat_put(&w, "x", 1);
		cdat_put_uint(&w, 1, 1);
		assert_false(cdat_encode(&w, msg, first));
		assert_false(cdat_list_add(&w, msg, first));
		assert_true(w.len <= cap);
		free(exact);
	}
}

static void test_no_room(void **state)
{
	(void)state;
	for_all(4, check_no_room);
}

/* ---- by octets --------------------------------------------------------------------- */

struct inner { uint8_t n; };
struct sample {
	uint8_t u8;
	uint16_t u16;
	uint32_t u32;
	uint64_t u64;
	int8_t i8;
	int64_t i64;
	bool truth;
	uint8_t fixed[3];
	char text[6];
	struct cdat_addr addr;
	uint8_t count;
	uint16_t array[3];
	struct cdat_view bytes, list;
	struct inner inner;
};

static const struct cdat_field inner_rows[] = {
	CDAT_ROW_REQ(struct inner, n, 2, CDAT_T_U8, 1, 9),
};
static CDAT_MSG_DEF(inner_msg, struct inner, inner_rows);

#define ROW struct sample
static const struct cdat_field sample_rows[] = {
	CDAT_ROW_RANGE(ROW, u8, 1, CDAT_T_U8, 2, 200),
	CDAT_ROW(ROW, u16, 2, CDAT_T_U16),
	CDAT_ROW(ROW, u32, 3, CDAT_T_U32),
	CDAT_ROW(ROW, u64, 4, CDAT_T_U64),
	CDAT_ROW_RANGE(ROW, i8, 5, CDAT_T_I8, (uint64_t)-3, 3),
	CDAT_ROW(ROW, i64, 6, CDAT_T_I64),
	CDAT_ROW(ROW, truth, 7, CDAT_T_BOOL),
	CDAT_ROW(ROW, fixed, 8, CDAT_T_FIXED),
	CDAT_ROW_RANGE(ROW, text, 9, CDAT_T_TEXT, 2, 5),
	CDAT_ROW(ROW, addr, 10, CDAT_T_ADDR),
	CDAT_ROW_ARRAY(ROW, array, count, 11, 1, 1000),
	CDAT_ROW_RANGE(ROW, bytes, 12, CDAT_T_BYTES, 2, 20000),
	{ .tag = 13, .type = CDAT_T_LIST, .offset = offsetof(ROW, list),
	  .size = sizeof(struct cdat_view), .min = 1, .max = 2, .sub = &inner_msg, .name = "list" },
	CDAT_ROW_SUB(ROW, inner, 20, CDAT_T_MSG, &inner_msg),
	CDAT_ROW_(struct sample, u8, 127, CDAT_T_U8, CDAT_FF_CRITICAL, 0, 0, NULL),
};
#undef ROW
/* The last row shares the member of the first; it is there for its flag. */
static CDAT_MSG_DEF(sample_msg, struct sample, sample_rows);

static const struct cdat_msg need_msg = { "need", sizeof(struct inner), inner_rows, 1 };

#define OCTETS(...)	((struct cdat_view){ (const uint8_t[]){ __VA_ARGS__ }, \
					     sizeof((const uint8_t[]){ __VA_ARGS__ }) })

static void expect_sample(struct cdat_view in, enum cdat_decode want, int line)
{
	struct sample s;
	uint8_t *exact = malloc(in.len ? in.len : 1);
	enum cdat_decode got;

	memcpy(exact, in.data, in.len);
	in.data = exact;
	got = cdat_decode(in, &sample_msg, &s);
	if (got != want)
		fail_msg("line %d: %s instead of %s", line, cdat_decode_name(got), cdat_decode_name(want));
	free(exact);
}
#define EXPECT(want, ...)	expect_sample(OCTETS(__VA_ARGS__), CDAT_DEC_##want, __LINE__)

static void s11_doubled_and_disordered(void **state)
{
	(void)state;
	EXPECT(SHORT, 2);
	EXPECT(SHORT, 2, 1);
	EXPECT(SHORT, 2, 2, 1);
	EXPECT(SHORT, 2, 0x80);
	EXPECT(SHORT, 2, 0xc0, 0, 0x40);
	EXPECT(SHORT, 2, 0xff, 0xff, 0xff, 0xff);
	EXPECT(SHORT, 99, 5, 1, 1);		/* an unknown field is counted too */
	EXPECT(ORDER, 0, 0);
	EXPECT(ORDER, 2, 1, 5, 2, 1, 5);	/* doubled (S11) */
	EXPECT(ORDER, 3, 1, 5, 2, 1, 5);
	EXPECT(ORDER, 99, 0, 99, 0);		/* also unknown ones */
	EXPECT(ORDER, 2, 1, 5, 0x82, 1, 5);
}

static void s09_reject_numbers(void **state)
{
	(void)state;
	EXPECT(OK, 1, 1, 2);
	EXPECT(OK, 1, 1, 200);
	EXPECT(RANGE, 1, 1, 1);
	EXPECT(RANGE, 1, 1, 201);
	EXPECT(LENGTH, 1, 2, 1, 1);
	EXPECT(LENGTH, 2, 0);
	EXPECT(RANGE, 2, 1, 0);			/* zero is not written */
	EXPECT(RANGE, 2, 2, 0, 7);		/* leading zero octet */
	EXPECT(LENGTH, 2, 3, 1, 0, 0);
	EXPECT(OK, 3, 4, 255, 255, 255, 255);
	EXPECT(LENGTH, 3, 5, 1, 0, 0, 0, 0);
	EXPECT(OK, 4, 8, 255, 255, 255, 255, 255, 255, 255, 255);
	EXPECT(LENGTH, 4, 9, 1, 0, 0, 0, 0, 0, 0, 0, 0);
	EXPECT(OK, 5, 1, 5);			/* -3 */
	EXPECT(OK, 5, 1, 6);			/* 3 */
	EXPECT(RANGE, 5, 1, 7);			/* -4 */
	EXPECT(RANGE, 5, 1, 8);
	EXPECT(LENGTH, 5, 2, 1, 0);
	EXPECT(OK, 6, 8, 255, 255, 255, 255, 255, 255, 255, 255);
	EXPECT(OK, 7, 1, 1);
	EXPECT(RANGE, 7, 1, 2);
	EXPECT(RANGE, 7, 1, 0);
	EXPECT(LENGTH, 2, 0x80, 0x01, 5);	/* not the shortest length */
	EXPECT(LENGTH, 2, 0xc0, 0, 0, 1, 5);
}

static void s09_reject_strings(void **state)
{
	(void)state;
	EXPECT(OK, 8, 3, 0, 0, 1);
	EXPECT(RANGE, 8, 3, 0, 0, 0);
	EXPECT(LENGTH, 8, 2, 1, 1);
	EXPECT(LENGTH, 8, 4, 1, 1, 1, 1);
	EXPECT(OK, 9, 5, 'a', 'b', 'c', 'd', 'e');
	EXPECT(LENGTH, 9, 6, 'a', 'b', 'c', 'd', 'e', 'f');
	EXPECT(LENGTH, 9, 0);
	EXPECT(RANGE, 9, 1, 'a');
	EXPECT(TEXT, 9, 2, 'a', 0);
	EXPECT(TEXT, 9, 2, 'a', '\n');
	EXPECT(TEXT, 9, 2, 'a', 0x7f);
	EXPECT(TEXT, 9, 2, 0xc2, 0x85);		/* C1 control */
	EXPECT(TEXT, 9, 2, 0xc0, 0xaf);		/* overlong */
	EXPECT(TEXT, 9, 3, 0xed, 0xa0, 0x80);	/* surrogate */
	EXPECT(TEXT, 9, 4, 0xf4, 0x90, 0x80, 0x80);
	EXPECT(TEXT, 9, 2, 0xe2, 0x82);		/* cut */
	EXPECT(TEXT, 9, 2, 0xff, 'a');
	EXPECT(TEXT, 9, 3, 0xe2, 'a', 'b');
	EXPECT(OK, 9, 4, 0xf0, 0x9f, 0x98, 0x80);
	EXPECT(LENGTH, 12, 0);
	EXPECT(RANGE, 12, 1, 0);
	EXPECT(OK, 12, 2, 0, 0);
}

static void s09_reject_addresses_and_arrays(void **state)
{
	(void)state;
	EXPECT(OK, 10, 4, 0, 0, 0, 0);
	EXPECT(OK, 10, 6, 1, 2, 3, 4, 0, 1);
	EXPECT(OK, 10, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
	EXPECT(OK, 10, 2, 1, 0);
	EXPECT(RANGE, 10, 2, 0, 0);		/* port 0 is not written */
	EXPECT(RANGE, 10, 6, 1, 2, 3, 4, 0, 0);
	EXPECT(LENGTH, 10, 0);
	EXPECT(LENGTH, 10, 3, 1, 2, 3);
	EXPECT(LENGTH, 10, 5, 1, 2, 3, 4, 5);
	EXPECT(LENGTH, 10, 7, 1, 2, 3, 4, 5, 6, 7);
	EXPECT(LENGTH, 10, 17, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
	EXPECT(LENGTH, 10, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
	EXPECT(OK, 11, 6, 0, 1, 0, 2, 3, 0xe8);
	EXPECT(LENGTH, 11, 0);
	EXPECT(LENGTH, 11, 3, 0, 1, 2);
	EXPECT(LENGTH, 11, 8, 0, 1, 0, 1, 0, 1, 0, 1);
	EXPECT(RANGE, 11, 4, 0, 1, 0, 0);
	EXPECT(RANGE, 11, 4, 0, 1, 3, 0xe9);
}

static void s09_reject_structure(void **state)
{
	struct inner inner;

	(void)state;
	EXPECT(OK, 13, 4, 3, 2, 1, 5);
	EXPECT(OK, 13, 8, 3, 2, 1, 5, 3, 2, 1, 6);
	EXPECT(RANGE, 13, 12, 3, 2, 1, 5, 3, 2, 1, 6, 3, 2, 1, 7);	/* three items */
	EXPECT(LENGTH, 13, 0);
	EXPECT(MISSING, 13, 1, 0);		/* an item without its required field */
	EXPECT(SHORT, 13, 2, 3, 2);
	EXPECT(RANGE, 13, 4, 3, 2, 1, 10);
	EXPECT(RANGE, 13, 8, 3, 2, 1, 5, 3, 2, 1, 10);	/* to the last item */
	EXPECT(OK, 20, 3, 2, 1, 5);
	EXPECT(LENGTH, 20, 0);
	EXPECT(RANGE, 20, 3, 2, 1, 10);
	EXPECT(MISSING, 20, 2, 9, 0);
	EXPECT(OK, 99, 3, 1, 2, 3);		/* unknown, may be skipped */
	EXPECT(OK, 2, 1, 7, 14, 0, 20, 3, 2, 1, 5, 99, 0);
	EXPECT(CRITICAL, 0x80 | 99, 3, 1, 2, 3);
	EXPECT(CRITICAL, 20, 5, 2, 1, 5, 0x83, 0);
	EXPECT(RANGE, 0x82, 1, 7);		/* known, but not marked by us */
	EXPECT(OK, 0xff, 1, 7);
	EXPECT(RANGE, 0x7f, 1, 7);
	assert_int_equal(cdat_decode(OCTETS(2, 1, 1), &need_msg, &inner), CDAT_DEC_OK);
	assert_int_equal(cdat_decode((struct cdat_view){ 0 }, &need_msg, &inner), CDAT_DEC_MISSING);
	assert_int_equal(cdat_decode(OCTETS(3, 0), &need_msg, &inner), CDAT_DEC_MISSING);
	assert_int_equal(cdat_decode((struct cdat_view){ 0 }, &sample_msg, NULL), CDAT_DEC_OK);
}

/* A table that holds itself: only the bound ends it. */
struct deep { struct cdat_view list; };
extern const struct cdat_msg deep_msg;
static const struct cdat_field deep_rows[] = {
	CDAT_ROW_SUB(struct deep, list, 1, CDAT_T_LIST, &deep_msg),
};
CDAT_MSG_DEF(deep_msg, struct deep, deep_rows);

static void test_depth_is_bounded(void **state)
{
	struct deep deep = { 0 };
	struct cdat_writer w;

	(void)state;
	for (unsigned level = 1; level <= 12; level++) {
		cdat_writer_init(&w, level % 2 ? buf : again, sizeof(buf));
		assert_true(cdat_list_add(&w, &deep_msg, &deep));
		deep.list = cdat_written(&w);
		enum cdat_decode want = level < CDAT_DEPTH_MAX ? CDAT_DEC_OK : CDAT_DEC_RANGE;
		struct deep out;

		cdat_writer_init(&w, level % 2 ? again : buf, sizeof(buf));
		assert_true(cdat_encode(&w, &deep_msg, &deep));
		assert_int_equal(cdat_decode(cdat_written(&w), &deep_msg, &out), want);
	}
}

struct nest { struct inner unused; };
extern const struct cdat_msg nest_msg;
static const struct cdat_field nest_rows[] = {
	{ .tag = 1, .type = CDAT_T_MSG, .size = sizeof(struct nest), .sub = &nest_msg, .name = "nest" },
};
CDAT_MSG_DEF(nest_msg, struct nest, nest_rows);

static void test_encoder_depth_is_bounded(void **state)
{
	struct nest nest = { { 0 } };
	struct cdat_writer w;

	(void)state;
	cdat_writer_init(&w, buf, sizeof(buf));
	assert_false(cdat_encode(&w, &nest_msg, &nest));
	assert_true(w.failed);
}

static void test_length_forms(void **state)
{
	static const size_t lengths[] = { 2, 127, 128, 16383, 16384, 20000 };
	static const size_t heads[] = { 2, 2, 3, 3, 5, 5 };
	static uint8_t data[20000];
	struct sample s = { 0 }, back;

	(void)state;
	for (unsigned i = 0; i < 6; i++) {
		s.bytes = (struct cdat_view){ data, lengths[i] };
		struct cdat_view out = encoded(&sample_msg, &s, buf);

		assert_int_equal(out.len, lengths[i] + heads[i]);
		assert_int_equal(cdat_decode(out, &sample_msg, &back), CDAT_DEC_OK);
		assert_int_equal(back.bytes.len, lengths[i]);
	}
}

/* What a reader would refuse in a text is written as '?', so that a line cut inside a
 * character does not cost the whole record. */
static void test_text_is_made_readable(void **state)
{
	struct sample s = { .text = "a\nb\xe2\x82" }, back;

	(void)state;
	assert_int_equal(cdat_decode(encoded(&sample_msg, &s, buf), &sample_msg, &back), CDAT_DEC_OK);
	assert_string_equal(back.text, "a?b??");
	memset(s.text, 'x', sizeof(s.text));	/* no NUL: cut at the member's size */
	assert_int_equal(cdat_decode(encoded(&sample_msg, &s, buf), &sample_msg, &back), CDAT_DEC_OK);
	assert_string_equal(back.text, "xxxxx");
}

static void s08_array_count_is_bounded(void **state)
{
	struct sample s = { .count = 4 };
	struct cdat_writer w;

	(void)state;
	cdat_writer_init(&w, buf, sizeof(buf));
	assert_false(cdat_encode(&w, &sample_msg, &s));
	assert_true(w.failed);
}

static void s08_lists(void **state)
{
	struct inner item = { 0 };
	struct cdat_writer w;
	struct cdat_view list;
	size_t n = 0;

	(void)state;
	cdat_writer_init(&w, buf, 4 * 10 + 3);
	for (item.n = 1; cdat_list_add(&w, &inner_msg, &item); n++)
		item.n = (uint8_t)(1 + n % 9);
	assert_int_equal(n, 10);
	assert_false(w.failed);
	list = cdat_written(&w);
	assert_int_equal(list.len, 40);
	assert_int_equal(cdat_list_count(list), 10);
	for (n = 0; cdat_list_next(&list, &inner_msg, &item); n++)
		assert_in_range(item.n, 1, 9);
	assert_int_equal(n, 10);
	assert_int_equal(list.len, 0);
	/* of an unchecked list, what is bad ends it */
	list = OCTETS(3, 2, 1, 5, 9, 9);
	assert_int_equal(cdat_list_count(list), 1);
	assert_true(cdat_list_next(&list, &inner_msg, &item));
	assert_false(cdat_list_next(&list, &inner_msg, &item));
}

static void test_raw_writer(void **state)
{
	struct cdat_writer w;

	(void)state;
	cdat_writer_init(&w, buf, 9);
	cdat_put_uint(&w, 0x0102030405060708, 8);
	assert_memory_equal(buf, "\1\2\3\4\5\6\7\10", 8);
	cdat_put_uint(&w, 1, 2);
	assert_true(w.failed);
	assert_int_equal(w.len, 8);
	cdat_writer_init(&w, buf, 20);
	cdat_put_uint(&w, 1, 9);
	assert_true(w.failed);
	cdat_writer_init(&w, NULL, 0);
	cdat_put(&w, NULL, 0);
	assert_false(w.failed);
}

static void test_names_of_results(void **state)
{
	static const char *const want[] = { "ok", "short", "order", "length", "range", "missing",
		"critical", "text", "type", "no memory", "?" };

	(void)state;
	for (int i = 0; i < 11; i++)
		assert_string_equal(cdat_decode_name((enum cdat_decode)i), want[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tables_fit_their_structs),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_truncation),
		cmocka_unit_test(test_flipped_bits),
		cmocka_unit_test(test_no_room),
		cmocka_unit_test(s11_doubled_and_disordered),
		cmocka_unit_test(s09_reject_numbers),
		cmocka_unit_test(s09_reject_strings),
		cmocka_unit_test(s09_reject_addresses_and_arrays),
		cmocka_unit_test(s09_reject_structure),
		cmocka_unit_test(test_depth_is_bounded),
		cmocka_unit_test(test_encoder_depth_is_bounded),
		cmocka_unit_test(test_length_forms),
		cmocka_unit_test(test_text_is_made_readable),
		cmocka_unit_test(s08_array_count_is_bounded),
		cmocka_unit_test(s08_lists),
		cmocka_unit_test(test_raw_writer),
		cmocka_unit_test(test_names_of_results),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
