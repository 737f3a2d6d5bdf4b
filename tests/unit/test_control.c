/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames of the control protocol. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "fill.h"
#include "wire/control.h"

static struct fill fill;
static uint8_t buf[2 * CDAT_FRAME_MAX];
static uint8_t first[FILL_STRUCT_MAX] __attribute__((aligned(16)));
static uint8_t second[FILL_STRUCT_MAX] __attribute__((aligned(16)));

static void test_every_verb_round_trips(void **state)
{
	unsigned verbs = 0;

	(void)state;
	for (unsigned v = 0; v < 256; v++) {
		const struct cdat_msg *msg = cdat_verb_msg((enum cdat_verb)v);
		struct cdat_writer w;
		enum cdat_verb verb;
		struct cdat_view body;
		uint32_t tag;

		if (!msg) {
			assert_string_equal(cdat_verb_name((enum cdat_verb)v), "?");
			continue;
		}
		verbs++;
		assert_string_not_equal(cdat_verb_name((enum cdat_verb)v), "?");
		for (unsigned round = 1; round < 20; round++) {
			fill.seed = v * 100 + round;
			fill.used = 0;
			fill_msg(&fill, msg, first);
			cdat_writer_init(&w, buf, sizeof(buf));
			assert_true(cdat_frame_write(&w, (enum cdat_verb)v, 0x80000000u + round,
						     msg->nfields ? first : NULL));
			assert_int_equal(cdat_frame_read(cdat_written(&w), &verb, &tag, &body),
					 CDAT_DEC_OK);
			assert_int_equal(verb, v);
			assert_int_equal(tag, 0x80000000u + round);
			assert_int_equal(cdat_decode(body, msg, msg->nfields ? second : NULL),
					 CDAT_DEC_OK);
			assert_true(fill_equal(msg, first, second));
		}
	}
	assert_int_equal(verbs, 20);
}

static void test_names(void **state)
{
	(void)state;
	assert_string_equal(cdat_verb_name(CDAT_V_LOCAL_SET), "local-set");
	assert_string_equal(cdat_verb_name(CDAT_V_TABLE), "table");
	assert_ptr_equal(cdat_verb_msg(CDAT_V_OUTCOME), &cdat_msg_outcome);
	assert_ptr_equal(cdat_verb_msg(CDAT_V_EVENT), &cdat_msg_event);
	assert_null(cdat_verb_msg((enum cdat_verb)0));
	assert_null(cdat_verb_msg((enum cdat_verb)63));
	assert_null(cdat_verb_msg((enum cdat_verb)-1));
}

static void expect(const uint8_t *data, size_t len, enum cdat_decode want, unsigned want_verb,
		   uint32_t want_tag)
{
	uint8_t *exact = malloc(len ? len : 1);
	enum cdat_verb verb = CDAT_V_ERROR;
	struct cdat_view body = { data, 99 };
	uint32_t tag = 99;

	memcpy(exact, data, len);
	assert_int_equal(cdat_frame_read((struct cdat_view){ exact, len }, &verb, &tag, &body), want);
	assert_int_equal(verb, want_verb);
	assert_int_equal(tag, want_tag);
	assert_int_equal(body.len, want ? 0 : len - CDAT_FRAME_HEADER);
	free(exact);
}

static void s09_reject_paths(void **state)
{
	static const uint8_t frame[] = { CDAT_V_DONE, 1, 1, 2, 3, 4, 1, 1, 9 };
	static uint8_t other[CDAT_FRAME_MAX + 1];

	(void)state;
	expect(frame, sizeof(frame), CDAT_DEC_OK, CDAT_V_DONE, 0x01020304);
	expect(frame, CDAT_FRAME_HEADER, CDAT_DEC_OK, CDAT_V_DONE, 0x01020304);
	for (size_t len = 0; len < CDAT_FRAME_HEADER; len++)
		expect(frame, len, CDAT_DEC_SHORT, 0, 0);
	memcpy(other, frame, sizeof(frame));
	other[0] = 0;
	expect(other, sizeof(frame), CDAT_DEC_TYPE, 0, 0x01020304);
	other[0] = 200;
	expect(other, sizeof(frame), CDAT_DEC_TYPE, 200, 0x01020304);
	other[0] = CDAT_V_HELLO;
	other[1] = 2;
	expect(other, sizeof(frame), CDAT_DEC_TYPE, CDAT_V_HELLO, 0x01020304);
	other[1] = 1;
	expect(other, CDAT_FRAME_MAX, CDAT_DEC_OK, CDAT_V_HELLO, 0x01020304);
	expect(other, CDAT_FRAME_MAX + 1, CDAT_DEC_LENGTH, CDAT_V_HELLO, 0x01020304);
}

static void test_writer_limits(void **state)
{
	static uint8_t data[CDAT_FRAME_MAX];
	struct cdat_c_send send = { .all = true };
	struct cdat_writer w;

	(void)state;
	/* header 6, all 3, data 1 + 4 */
	send.data = (struct cdat_view){ data, CDAT_FRAME_MAX - 14 };
	cdat_writer_init(&w, buf, sizeof(buf));
	assert_true(cdat_frame_write(&w, CDAT_V_SEND, 1, &send));
	assert_int_equal(w.len, CDAT_FRAME_MAX);
	send.data.len++;
	cdat_writer_init(&w, buf, sizeof(buf));
	assert_false(cdat_frame_write(&w, CDAT_V_SEND, 1, &send));
	assert_true(w.failed);
	cdat_writer_init(&w, buf, 8);
	assert_false(cdat_frame_write(&w, CDAT_V_DONE, 1, &(struct cdat_c_done){ 7 }));
	cdat_writer_init(&w, buf, 9);
	assert_true(cdat_frame_write(&w, CDAT_V_DONE, 1, &(struct cdat_c_done){ 7 }));
	assert_false(cdat_frame_write(&w, (enum cdat_verb)99, 1, &send));
	assert_true(w.failed);
}

/* A message of the greatest size that an application may send fits a frame. */
static void test_greatest_message_fits(void **state)
{
	static uint8_t data[CDAT_MESSAGE_MAX];
	struct cdat_c_send send = { .data = { data, sizeof(data) }, .nnodes = 64, .receipt = true };
	struct cdat_writer w;

	(void)state;
	for (unsigned i = 0; i < 64; i++)
		send.nodes[i] = (uint16_t)(65535 - i);
	memset(send.name, 'n', CDAT_NAME_MAX);
	cdat_writer_init(&w, buf, sizeof(buf));
	assert_true(cdat_frame_write(&w, CDAT_V_SEND, 1, &send));
}

/* Several frames in a packet: each comes out as it went in; a single one has no wrapping. */
static void test_batch(void **state)
{
	static uint8_t data[CDAT_BATCH_MAX], large[CDAT_FRAME_MAX + CDAT_BATCH_HEAD];
	struct cdat_c_send send = { .node = 7, .data = { data, 100 } };
	struct cdat_view packet, frames, frame, body;
	enum cdat_verb verb;
	struct cdat_batch b;
	uint32_t tag;
	unsigned n = 0;

	(void)state;
	cdat_batch_init(&b, large, sizeof(large));
	assert_true(cdat_batch_add(&b, CDAT_V_SEND, 1, &send));
	packet = cdat_batch_packet(&b);
	assert_false(cdat_batch_open(packet, &frames));
	assert_int_equal(cdat_frame_read(packet, &verb, &tag, &body), CDAT_DEC_OK);
	assert_int_equal(verb, CDAT_V_SEND);
	while (cdat_batch_add(&b, CDAT_V_SEND, b.frames + 1, &send))
		;
	assert_in_range(b.len, CDAT_BATCH_MAX - 200, CDAT_BATCH_MAX);
	packet = cdat_batch_packet(&b);
	assert_int_equal(cdat_frame_read(packet, &verb, &tag, &body), CDAT_DEC_TYPE);
	assert_true(cdat_batch_open(packet, &frames));
	while (cdat_batch_next(&frames, &frame)) {
		assert_int_equal(cdat_frame_read(frame, &verb, &tag, &body), CDAT_DEC_OK);
		assert_int_equal(tag, ++n);
	}
	assert_int_equal(n, b.frames);
	assert_int_equal(frames.len, 0);
	/* alone a frame may be longer than a batch */
	cdat_batch_init(&b, large, sizeof(large));
	send.data = (struct cdat_view){ data, sizeof(data) };
	assert_true(cdat_batch_add(&b, CDAT_V_SEND, 1, &send));
	assert_false(cdat_batch_add(&b, CDAT_V_SEND, 2, &send));
	assert_int_equal(b.frames, 1);
}

static void test_malformed_batch(void **state)
{
	static const uint8_t cut[] = { CDAT_V_BATCH, 1, 0, 0, 0, 0, 0, 0, 0, 6, 1, 1, 0, 0, 0, 1, 0, 0 };
	static const uint8_t liar[] = { CDAT_V_BATCH, 1, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 1 };
	struct cdat_view frames, frame;

	(void)state;
	assert_true(cdat_batch_open((struct cdat_view){ cut, sizeof(cut) }, &frames));
	assert_true(cdat_batch_next(&frames, &frame));
	assert_int_equal(frame.len, 6);
	assert_false(cdat_batch_next(&frames, &frame));
	assert_int_equal(frames.len, 2);
	assert_true(cdat_batch_open((struct cdat_view){ liar, sizeof(liar) }, &frames));
	assert_false(cdat_batch_next(&frames, &frame));
	assert_false(cdat_batch_open((struct cdat_view){ liar, 5 }, &frames));
	assert_true(cdat_batch_open((struct cdat_view){ liar, 6 }, &frames));
	assert_false(cdat_batch_next(&frames, &frame));
	assert_int_equal(frames.len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_verb_round_trips),
		cmocka_unit_test(test_names),
		cmocka_unit_test(s09_reject_paths),
		cmocka_unit_test(test_writer_limits),
		cmocka_unit_test(test_greatest_message_fits),
		cmocka_unit_test(test_batch),
		cmocka_unit_test(test_malformed_batch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
