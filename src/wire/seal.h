/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Datagram protection: a header in clear, bound as associated data, and a body
 * sealed by XChaCha20-Poly1305 (libsodium) with the nonce (sender, boot id,
 * sequence), which never repeats under one key since the boot id is 64 random bits
 * per start and the sequence only grows.
 *
 * A cluster with "security: none" uses a key made from its name, which anyone can
 * compute: the format is the same, the protection is not there.
 */
#ifndef CDAT_WIRE_SEAL_H
#define CDAT_WIRE_SEAL_H

#include "wire/codec.h"

#define CDAT_WIRE_MAGIC		0x4344u	/* "CD" */
/*
 * Formats.  What nodes say to each other and keep in their state has a format, counted from 1.
 * A node speaks all from CDAT_FORMAT_OLDEST to CDAT_FORMAT and says so in the header of each
 * datagram.  Peers use the latest that both know; a view uses that of its least member.  A field
 * of a message belongs to the format that its row says (wire/codec.h: since), and is not sent
 * below it.  A new format is made by a new row with the next number, and that number here.
 *
 * The header and HELLO stay as they are in all formats, but for fields that may be skipped.  A
 * sender whose oldest is newer than all we know is refused unread; one whose latest is older
 * than all we know is refused when its seal holds.  Configure --with-format=previous|next moves
 * both numbers, for tests of upgrades.
 *   1  the first
 *   2  members tell their format; tombstones of removed entries
 */
#ifndef CDAT_FORMAT
#define CDAT_FORMAT		2
#define CDAT_FORMAT_OLDEST	1
#endif
#define CDAT_HEADER_LEN		32u
#define CDAT_SEAL_LEN		16u	/* Poly1305 tag */
#define CDAT_DATAGRAM_MAX	65507u
#define CDAT_BODY_MAX		(CDAT_DATAGRAM_MAX - CDAT_HEADER_LEN - CDAT_SEAL_LEN)
#define CDAT_KEY_LEN		32u
#define CDAT_KEYS_MAX		8

struct cdat_header {
	uint8_t version;		/* oldest format that the sender speaks */
	uint8_t type;			/* never 0 */
	uint8_t key_id;
	uint8_t format;			/* latest format that the sender speaks; 1 is 0 on the wire */
	uint32_t cluster;		/* cdat_cluster_tag() of the cluster's name */
	uint16_t src_node;		/* 0: a node that does not know its number yet */
	uint8_t src_adapter, dst_adapter;
	uint16_t dst_node;		/* 0: any */
	uint64_t boot;			/* of the sender; never 0 */
	uint64_t seq;			/* of the sender, over all receivers; grows by at least 1 */
};

/* Keys by id: one to send with, all to accept.  Wiped on free.  The key that seals is made
 * from the given one and the cluster's name, so under another name it opens nothing. */
struct cdat_keyring;

struct cdat_keyring *cdat_keyring_new(const char *cluster);	/* NULL: no memory */
void cdat_keyring_free(struct cdat_keyring *ring);
/* Adds (or replaces) a key, 1..255; false when the ring is full.  The first one is sent with
 * until cdat_keyring_use(); `key` stays the caller's to wipe. */
bool cdat_keyring_add(struct cdat_keyring *ring, uint8_t id, const uint8_t key[CDAT_KEY_LEN]);
/* Without its current key a ring seals nothing. */
void cdat_keyring_remove(struct cdat_keyring *ring, uint8_t id);
/* The key made from the cluster's name, id 0; only for "security: none". */
bool cdat_keyring_add_none(struct cdat_keyring *ring);
bool cdat_keyring_use(struct cdat_keyring *ring, uint8_t id);	/* send with it from now on */
uint8_t cdat_keyring_current(const struct cdat_keyring *ring);
bool cdat_keyring_has(const struct cdat_keyring *ring, uint8_t id);
uint32_t cdat_cluster_tag(const char *cluster);
/* A fingerprint that may be shown: first 8 octets of BLAKE2b-256 of the key as given (of id 0:
 * of the key made from the name); 0 if absent. */
uint64_t cdat_keyring_fingerprint(const struct cdat_keyring *ring, uint8_t id);

/* The key as given, for its file; false: no such key.  The caller wipes it. */
bool cdat_keyring_given(const struct cdat_keyring *ring, uint8_t id, uint8_t key[CDAT_KEY_LEN]);
bool cdat_key_newer(uint8_t a, uint8_t b);	/* by their numbers, which count on from 255 to 1 */

/* A key of the ring sealed under the current one, to be handed to another member (keywrap.c):
 * number of the sealing key, nonce, key and seal.  `nonce` never repeats under one key. */
#define CDAT_WRAP_NONCE	24u
#define CDAT_WRAP_LEN	(1u + CDAT_WRAP_NONCE + CDAT_KEY_LEN + CDAT_SEAL_LEN)
bool cdat_keyring_wrap(const struct cdat_keyring *ring, uint8_t id,
		       const uint8_t nonce[CDAT_WRAP_NONCE], uint8_t out[CDAT_WRAP_LEN]);
/* Adds what was wrapped as `id`.  False: not sealed for it by a key of this ring, or the ring is
 * full. */
bool cdat_keyring_unwrap(struct cdat_keyring *ring, uint8_t id, struct cdat_view wrapped);

enum cdat_open {
	CDAT_OPEN_OK = 0,
	CDAT_OPEN_FORMAT,		/* too short, wrong magic, impossible header */
	CDAT_OPEN_VERSION,		/* of a format that is newer than all we speak, or none */
	CDAT_OPEN_CLUSTER,		/* another cluster's tag */
	CDAT_OPEN_AUTH			/* unknown key id or the seal does not verify */
};

/* Seals `body` under the ring's current key into `out` (room: header + body + seal).
 * Sets header->key_id, cluster, and the version where it is 0.  Returns the length; 0 when
 * there is no room, no key, or type or boot is 0. */
size_t cdat_seal(const struct cdat_keyring *ring, struct cdat_header *header,
		 struct cdat_view body, uint8_t *out, size_t cap);

/* Opens a datagram in place into `out` (room: len).  Nothing of the body is looked at
 * before the seal verifies.  On OK *body lies in `out`. */
__attribute__((warn_unused_result))
enum cdat_open cdat_unseal(const struct cdat_keyring *ring, struct cdat_view datagram,
			   struct cdat_header *header, uint8_t *out, size_t cap,
			   struct cdat_view *body);

/* Replay window per sender and boot: RFC 6479 style sliding bitmap of 1,024 numbers. */
struct cdat_replay { uint64_t top; uint64_t bits[16]; bool started; };
/* Starts at `seq`, which and all before which count as seen: of what was captured before the
 * start nothing is accepted. */
void cdat_replay_start(struct cdat_replay *r, uint64_t seq);
bool cdat_replay_accept(struct cdat_replay *r, uint64_t seq);	/* false: seen or too old */

#endif
