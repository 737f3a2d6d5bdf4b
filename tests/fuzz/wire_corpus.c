/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes the corpora of fuzz_records, fuzz_frame and fuzz_datagram below the directory given:
 * random structs by the field tables, the same on every run.  "make wire-corpus".
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/proto.h"
#include "datagram_key.h"
#include "unit/fill.h"
#include "wire/control.h"

enum { INPUT_MAX = 700 };	/* octets; the corpora are to stay small */

static const char *top;
static struct fill fill;
static uint8_t body[1 << 17], out[1 << 17];
static uint8_t room[8192] __attribute__((aligned(16)));

static void save(const char *target, const char *name, const uint8_t *data, size_t len)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", top, target);
	if (mkdir(path, 0777) && errno != EEXIST) {
		perror(path);
		exit(1);
	}
	snprintf(path, sizeof(path), "%s/%s/%s", top, target, name);
	f = fopen(path, "wb");
	if (!f || fwrite(data, 1, len, f) != len || fclose(f)) {
		perror(path);
		exit(1);
	}
}

/* A random message of at most INPUT_MAX octets, encoded. */
static struct cdat_view message(const struct cdat_msg *msg, uint64_t seed)
{
	struct cdat_writer w;

	for (fill.seed = seed; ; ) {
		fill.used = 0;
		fill_msg(&fill, msg, room);
		cdat_writer_init(&w, body, sizeof(body));
		if (cdat_encode(&w, msg, room) && w.len <= INPUT_MAX)
			return cdat_written(&w);
	}
}

static void records(void)
{
	const struct cdat_msg *msg;
	char name[128];

	for (unsigned i = 0; (msg = fill_all(i)); i++) {
		struct cdat_view in = message(msg, i + 1);

		out[0] = (uint8_t)i;
		memcpy(out + 1, in.data, in.len);
		snprintf(name, sizeof(name), "%02u-%s", i, msg->name);
		save("records", name, out, in.len + 1);
	}
}

static void frames(void)
{
	struct cdat_writer w;

	for (unsigned verb = 1; verb <= CDAT_V_ERROR; verb++) {
		const struct cdat_msg *msg = cdat_verb_msg((enum cdat_verb)verb);

		if (!msg)
			continue;
		message(msg, verb);
		cdat_writer_init(&w, out, sizeof(out));
		cdat_frame_write(&w, (enum cdat_verb)verb, verb, room);
		save("frame", cdat_verb_name((enum cdat_verb)verb), w.data, w.len);
	}
	for (unsigned kind = 1; kind <= CDAT_K_LAST; kind++) {
		const struct cdat_msg *msg = cdat_record_msg((enum cdat_kind)kind);
		struct cdat_c_row row = { .kind = (uint8_t)kind, .number = kind };
		char name[128];

		row.record = message(msg, kind);
		cdat_writer_init(&w, out, sizeof(out));
		cdat_frame_write(&w, CDAT_V_ROW, 0, &row);
		snprintf(name, sizeof(name), "row-%s", msg->name);
		save("frame", name, w.data, w.len);
	}
}

static void batch(void)
{
	struct cdat_batch b;
	struct cdat_view packet;

	cdat_batch_init(&b, out, sizeof(out));
	for (unsigned verb = CDAT_V_SEND; verb <= CDAT_V_TABLE; verb++) {
		message(cdat_verb_msg((enum cdat_verb)verb), verb);
		cdat_batch_add(&b, (enum cdat_verb)verb, verb, room);
	}
	packet = cdat_batch_packet(&b);
	save("frame", "batch", packet.data, packet.len);
}

static void datagrams(void)
{
	struct cdat_keyring *ring = cdat_keyring_new(DATAGRAM_CLUSTER);

	if (!ring || !cdat_keyring_add(ring, 1, datagram_key))
		exit(1);
	for (unsigned type = 1; type < 256; type++) {
		const struct cdat_msg *msg = cdat_proto_msg((enum cdat_proto)type);
		struct cdat_header header = { .type = (uint8_t)type, .src_node = 1, .src_adapter = 1,
			.dst_node = 2, .dst_adapter = 1, .boot = 77, .seq = type };
		struct cdat_view in;
		char name[64];

		if (!msg)
			continue;
		in = message(msg, type);
		out[0] = (uint8_t)type;
		memcpy(out + 1, in.data, in.len);
		snprintf(name, sizeof(name), "body-%02u", type);
		save("datagram", name, out, in.len + 1);
		snprintf(name, sizeof(name), "sealed-%02u", type);
		if (type % 4 == 1)
			save("datagram", name, out, cdat_seal(ring, &header, in, out, sizeof(out)));
	}
	cdat_keyring_free(ring);
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: %s DIR\n", argv[0]);
		return 1;
	}
	top = argv[1];
	records();
	frames();
	batch();
	datagrams();
	return 0;
}
