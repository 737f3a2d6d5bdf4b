/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A datagram before and after its seal.  Before: the input as it comes from the network; if
 * it opens under the fixed key, sealing what came out gives the same octets.  After: the
 * input is a message type and a body as a member with the key could send it; sealed it must
 * open, with any bit flipped it must not, and its message is judged by the codec's oracle.
 */
#include "oracle.h"

#include <string.h>

#include "core/proto.h"
#include "datagram_key.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct cdat_keyring *ring;
static uint8_t sealed[CDAT_DATAGRAM_MAX], plain[CDAT_DATAGRAM_MAX];
static uint8_t room[ORACLE_STRUCT_MAX] __attribute__((aligned(16)));

static void check_message(uint8_t type, struct cdat_view body)
{
	const struct cdat_msg *msg = cdat_proto_msg((enum cdat_proto)type);

	if (msg && msg->nfields)
		oracle_codec(body, msg, room);
}

/* Field by field: what lies between them is not given. */
static bool same_header(const struct cdat_header *a, const struct cdat_header *b)
{
	return a->version == b->version && a->type == b->type && a->key_id == b->key_id &&
	       a->format == b->format && a->cluster == b->cluster && a->src_node == b->src_node &&
	       a->src_adapter == b->src_adapter && a->dst_adapter == b->dst_adapter &&
	       a->dst_node == b->dst_node && a->boot == b->boot && a->seq == b->seq;
}

static void before_the_seal(struct cdat_view in)
{
	struct cdat_header header;
	struct cdat_view body;

	if (cdat_unseal(ring, in, &header, plain, sizeof(plain), &body) != CDAT_OPEN_OK) {
		ORACLE(body.len == 0);
		return;
	}
	ORACLE(body.len + CDAT_HEADER_LEN + CDAT_SEAL_LEN == in.len);
	check_message(header.type, body);
	ORACLE(cdat_keyring_use(ring, header.key_id));
	ORACLE(cdat_seal(ring, &header, body, sealed, sizeof(sealed)) == in.len);
	ORACLE(!memcmp(sealed, in.data, in.len));
}

static void after_the_seal(const uint8_t *data, size_t size)
{
	struct cdat_header header = { .type = data[0], .format = CDAT_FORMAT_OLDEST, .src_node = 1,
				      .dst_node = 2, .boot = 3, .seq = size }, read;
	struct cdat_view in = { data + 1, size - 1 }, body;
	size_t len = cdat_seal(ring, &header, in, sealed, sizeof(sealed));

	if (!header.type || in.len > CDAT_BODY_MAX) {
		ORACLE(!len);
		return;
	}
	ORACLE(cdat_unseal(ring, (struct cdat_view){ sealed, len }, &read, plain, sizeof(plain), &body) ==
	       CDAT_OPEN_OK);
	ORACLE(same_header(&read, &header));
	ORACLE(body.len == in.len && (!in.len || !memcmp(body.data, in.data, in.len)));
	check_message(header.type, body);
	sealed[size * 31 % len] ^= (uint8_t)(1 << size % 8);
	ORACLE(cdat_unseal(ring, (struct cdat_view){ sealed, len }, &read, plain, sizeof(plain), &body) !=
	       CDAT_OPEN_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!ring) {
		ring = cdat_keyring_new(DATAGRAM_CLUSTER);
		ORACLE(ring && cdat_keyring_add(ring, 1, datagram_key));
	}
	before_the_seal((struct cdat_view){ data, size });
	if (size)
		after_the_seal(data, size);
	return 0;
}
