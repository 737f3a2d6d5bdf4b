/* SPDX-License-Identifier: BSD-2-Clause */
/* A packet of the control socket: frame, message, and the record or ops in it. */
#include "oracle.h"

#include <string.h>

#include "wire/control.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t room[ORACLE_STRUCT_MAX] __attribute__((aligned(16)));
static union cdat_record record;

static void check_frame_again(struct cdat_view frame, enum cdat_verb verb, uint32_t tag,
			      const void *src)
{
	uint8_t *out = malloc(frame.len);
	struct cdat_writer w;

	ORACLE(out);
	cdat_writer_init(&w, out, frame.len);
	ORACLE(cdat_frame_write(&w, verb, tag, src));
	ORACLE(w.len <= frame.len);
	ORACLE(!memcmp(out, frame.data, CDAT_FRAME_HEADER));
	if (w.len == frame.len)
		ORACLE(!memcmp(out, frame.data, frame.len));
	free(out);
}

static void check_frame(struct cdat_view frame)
{
	struct cdat_view body;
	enum cdat_verb verb;
	uint32_t tag;

	if (cdat_frame_read(frame, &verb, &tag, &body) != CDAT_DEC_OK) {
		ORACLE(body.len == 0);
		return;
	}
	ORACLE(body.len + CDAT_FRAME_HEADER == frame.len);
	if (!oracle_codec(body, cdat_verb_msg(verb), room))
		return;
	check_frame_again(frame, verb, tag, room);
	if (verb == CDAT_V_ROW) {
		const struct cdat_c_row *row = (const void *)room;
		const struct cdat_msg *msg = cdat_record_msg((enum cdat_kind)row->kind);

		ORACLE(msg);
		if (oracle_codec(row->record, msg, &record))
			cdat_record_key((enum cdat_kind)row->kind, &record);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cdat_view packet = { data, size }, frames, frame;
	size_t octets = CDAT_FRAME_HEADER;

	if (!cdat_batch_open(packet, &frames)) {
		check_frame(packet);
		return 0;
	}
	while (cdat_batch_next(&frames, &frame)) {
		ORACLE(frame.data >= data && frame.data + frame.len <= data + size);
		octets += 4 + frame.len;
		check_frame(frame);
	}
	ORACLE(octets + frames.len == size);
	return 0;
}
