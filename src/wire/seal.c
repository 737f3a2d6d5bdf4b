/* SPDX-License-Identifier: BSD-2-Clause */
/* Sealing and opening of datagrams; keys are in keyring.c. */
#include "wire/seal.h"
#include "wire/keyring_int.h"

#include <sodium.h>
#include <string.h>

_Static_assert(CDAT_SEAL_LEN == crypto_aead_xchacha20poly1305_ietf_ABYTES, "length of the seal");
_Static_assert(CDAT_KEY_LEN == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "length of a key");

#define NONCE_LEN	crypto_aead_xchacha20poly1305_ietf_NPUBBYTES

static uint64_t load_be(const uint8_t *p, unsigned octets)
{
	uint64_t v = 0;

	while (octets--)
		v = v << 8 | *p++;
	return v;
}

static void put_header(const struct cdat_header *h, uint8_t out[CDAT_HEADER_LEN])
{
	struct cdat_writer w;

	cdat_writer_init(&w, out, CDAT_HEADER_LEN);
	cdat_put_uint(&w, CDAT_WIRE_MAGIC, 2);
	cdat_put_uint(&w, h->version, 1);
	cdat_put_uint(&w, h->type, 1);
	cdat_put_uint(&w, h->key_id, 1);
	cdat_put_uint(&w, h->format > 1 ? h->format : 0, 1);
	cdat_put_uint(&w, h->src_adapter, 1);
	cdat_put_uint(&w, h->dst_adapter, 1);
	cdat_put_uint(&w, h->cluster, 4);
	cdat_put_uint(&w, h->src_node, 2);
	cdat_put_uint(&w, h->dst_node, 2);
	cdat_put_uint(&w, h->boot, 8);
	cdat_put_uint(&w, h->seq, 8);
}

static void get_header(const uint8_t *p, struct cdat_header *h)
{
	h->version = p[2];
	h->type = p[3];
	h->key_id = p[4];
	h->format = p[5] != 0 ? p[5] : 1;
	h->src_adapter = p[6];
	h->dst_adapter = p[7];
	h->cluster = (uint32_t)load_be(p + 8, 4);
	h->src_node = (uint16_t)load_be(p + 12, 2);
	h->dst_node = (uint16_t)load_be(p + 14, 2);
	h->boot = load_be(p + 16, 8);
	h->seq = load_be(p + 24, 8);
}

/* (sender, boot, sequence), then zeros: the header's octets 12, 13 and 16 to 31. */
static void make_nonce(const uint8_t *header, uint8_t nonce[NONCE_LEN])
{
	memset(nonce, 0, NONCE_LEN);
	memcpy(nonce, header + 12, 2);
	memcpy(nonce + 2, header + 16, 16);
}

/* ---- XChaCha20-Poly1305 in its two steps, the first only where it was not made before ---- */

#define NONCE_REST	crypto_aead_chacha20poly1305_ietf_NPUBBYTES

_Static_assert(CDAT_SUBKEY_NONCE == crypto_core_hchacha20_INPUTBYTES, "nonce of the first step");
_Static_assert(CDAT_KEY_LEN == crypto_core_hchacha20_OUTPUTBYTES, "key of the second step");

/* Where the key of that nonce is kept, if it is. */
static struct cdat_subkey *subkey_place(const struct cdat_keyring *ring, const uint8_t *nonce)
{
	return &ring->subkeys[nonce[1] % CDAT_SUBKEYS];	/* nonce[1]: of the sender's number */
}

static bool subkey_is(const struct cdat_subkey *sub, const struct cdat_key_slot *slot,
		      const uint8_t *nonce)
{
	return sub->slot == slot && memcmp(sub->nonce, nonce, CDAT_SUBKEY_NONCE) == 0;
}

static void subkey_make(struct cdat_subkey *sub, const struct cdat_key_slot *slot,
			const uint8_t *nonce)
{
	sub->slot = slot;
	memcpy(sub->nonce, nonce, CDAT_SUBKEY_NONCE);
	crypto_core_hchacha20(sub->key, nonce, slot->key, NULL);
}

static void nonce_rest(const uint8_t *nonce, uint8_t rest[NONCE_REST])
{
	memset(rest, 0, NONCE_REST - (NONCE_LEN - CDAT_SUBKEY_NONCE));
	memcpy(rest + NONCE_REST - (NONCE_LEN - CDAT_SUBKEY_NONCE), nonce + CDAT_SUBKEY_NONCE,
	       NONCE_LEN - CDAT_SUBKEY_NONCE);
}

static size_t encrypt(const struct cdat_keyring *ring, const struct cdat_key_slot *slot,
		      struct cdat_view body, const uint8_t *nonce, uint8_t *out)
{
	struct cdat_subkey *sub = subkey_place(ring, nonce);
	uint8_t rest[NONCE_REST];
	unsigned long long len;

	if (!subkey_is(sub, slot, nonce))
		subkey_make(sub, slot, nonce);
	nonce_rest(nonce, rest);
	crypto_aead_chacha20poly1305_ietf_encrypt(out + CDAT_HEADER_LEN, &len, body.data, body.len,
						  out, CDAT_HEADER_LEN, NULL, rest, sub->key);
	return (size_t)len;
}

/* What does not verify takes nobody's place. */
static bool decrypt(const struct cdat_keyring *ring, const struct cdat_key_slot *slot,
		    struct cdat_view datagram, const uint8_t *nonce, uint8_t *out, size_t *len)
{
	struct cdat_subkey *kept = subkey_place(ring, nonce), fresh, *sub = kept;
	uint8_t rest[NONCE_REST];
	unsigned long long opened = 0;
	bool ok;

	if (!subkey_is(kept, slot, nonce)) {
		subkey_make(&fresh, slot, nonce);
		sub = &fresh;
	}
	nonce_rest(nonce, rest);
	ok = crypto_aead_chacha20poly1305_ietf_decrypt(out, &opened, NULL,
						       datagram.data + CDAT_HEADER_LEN,
						       datagram.len - CDAT_HEADER_LEN, datagram.data,
						       CDAT_HEADER_LEN, rest, sub->key) == 0;
	if (sub == &fresh) {
		if (ok)
			*kept = fresh;
		sodium_memzero(&fresh, sizeof(fresh));
	}
	*len = (size_t)opened;
	return ok;
}

static bool header_possible(const struct cdat_header *h)
{
	return h->type && h->boot;
}

size_t cdat_seal(const struct cdat_keyring *ring, struct cdat_header *header,
		 struct cdat_view body, uint8_t *out, size_t cap)
{
	const struct cdat_key_slot *slot = ring->current;
	uint8_t nonce[NONCE_LEN];

	if (!slot || !header_possible(header) || body.len > CDAT_BODY_MAX ||
	    cap < CDAT_HEADER_LEN + CDAT_SEAL_LEN + body.len)
		return 0;
	if (!header->version)
		header->version = CDAT_FORMAT_OLDEST;
	header->key_id = slot->id;
	header->cluster = ring->tag;
	put_header(header, out);
	make_nonce(out, nonce);
	return CDAT_HEADER_LEN + encrypt(ring, slot, body, nonce, out);
}

enum cdat_open cdat_unseal(const struct cdat_keyring *ring, struct cdat_view datagram,
			   struct cdat_header *header, uint8_t *out, size_t cap,
			   struct cdat_view *body)
{
	const uint8_t *p = datagram.data;
	uint8_t nonce[NONCE_LEN];
	size_t opened;

	memset(header, 0, sizeof(*header));
	*body = (struct cdat_view){ 0 };
	if (datagram.len < CDAT_HEADER_LEN + CDAT_SEAL_LEN || datagram.len > CDAT_DATAGRAM_MAX ||
	    cap < datagram.len - CDAT_HEADER_LEN - CDAT_SEAL_LEN || load_be(p, 2) != CDAT_WIRE_MAGIC)
		return CDAT_OPEN_FORMAT;
	get_header(p, header);
	if (!header->version || header->version > CDAT_FORMAT)
		return CDAT_OPEN_VERSION;
	if (!header_possible(header))
		return CDAT_OPEN_FORMAT;
	if (header->cluster != ring->tag)
		return CDAT_OPEN_CLUSTER;
	const struct cdat_key_slot *slot = cdat_keyring_find(ring, header->key_id);

	if (!slot)
		return CDAT_OPEN_AUTH;
	make_nonce(p, nonce);
	if (!decrypt(ring, slot, datagram, nonce, out, &opened))
		return CDAT_OPEN_AUTH;
	*body = (struct cdat_view){ out, opened };
	return CDAT_OPEN_OK;
}
