/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keys on their way between members.  A key is sealed once more, under a key made from the
 * current one for this use alone, so that it stands in clear in no queue, buffer or trace
 * of the message that carries it.
 */
#include "wire/keyring_int.h"

#include <sodium.h>
#include <string.h>

static const char use_wrap[] = "cdat-key-wrap-1\0";

_Static_assert(sizeof(use_wrap) == 17, "16 octets and the NUL of the literal");
_Static_assert(CDAT_WRAP_NONCE == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, "nonce");
_Static_assert(CDAT_SEAL_LEN == crypto_aead_xchacha20poly1305_ietf_ABYTES, "seal");

static bool wrap_key(const struct cdat_keyring *ring, const struct cdat_key_slot *slot,
		     uint8_t out[CDAT_KEY_LEN])
{
	return slot && slot->id && cdat_key_derive(out, ring->cluster, slot->given, use_wrap);
}

/* The current key; of that itself, any other that is still accepted. */
static const struct cdat_key_slot *sealing(const struct cdat_keyring *ring, uint8_t id)
{
	if (!ring->current || ring->current->id != id)
		return ring->current;
	for (unsigned i = 0; i < CDAT_KEYS_MAX; i++)
		if (ring->slot[i].used && ring->slot[i].id != id)
			return &ring->slot[i];
	return NULL;
}

bool cdat_keyring_wrap(const struct cdat_keyring *ring, uint8_t id,
		       const uint8_t nonce[CDAT_WRAP_NONCE], uint8_t out[CDAT_WRAP_LEN])
{
	const struct cdat_key_slot *slot = id ? cdat_keyring_find(ring, id) : NULL;
	const struct cdat_key_slot *by = sealing(ring, id);
	uint8_t key[CDAT_KEY_LEN], *body = out + 1 + CDAT_WRAP_NONCE;
	unsigned long long len;
	bool ok = slot && wrap_key(ring, by, key);

	if (ok) {
		out[0] = by->id;
		memcpy(out + 1, nonce, CDAT_WRAP_NONCE);
		ok = crypto_aead_xchacha20poly1305_ietf_encrypt(body, &len, slot->given, CDAT_KEY_LEN,
								&id, 1, NULL, nonce, key) == 0;
	}
	sodium_memzero(key, sizeof(key));
	return ok;
}

bool cdat_keyring_unwrap(struct cdat_keyring *ring, uint8_t id, struct cdat_view wrapped)
{
	uint8_t key[CDAT_KEY_LEN], given[CDAT_KEY_LEN];
	unsigned long long len;
	bool ok = id && wrapped.len == CDAT_WRAP_LEN &&
		  wrap_key(ring, cdat_keyring_find(ring, wrapped.data[0]), key);

	ok = ok && crypto_aead_xchacha20poly1305_ietf_decrypt(
			   given, &len, NULL, wrapped.data + 1 + CDAT_WRAP_NONCE,
			   CDAT_KEY_LEN + CDAT_SEAL_LEN, &id, 1, wrapped.data + 1, key) == 0;
	ok = ok && cdat_keyring_add(ring, id, given);
	sodium_memzero(key, sizeof(key));
	sodium_memzero(given, sizeof(given));
	return ok;
}
