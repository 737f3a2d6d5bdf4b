/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keys.  The key that seals is derived from the key of the file and the cluster's name by
 * keyed BLAKE2b, so one key file used for two clusters opens nothing across them.
 */
#include "wire/seal.h"
#include "wire/keyring_int.h"

#include <sodium.h>
#include <string.h>

/* BLAKE2b personalisation: one for each use, 16 octets. */
static const char use_datagram[] = "cdat-datagram-1\0";
static const char use_none[] = "cdat-no-key-1\0\0\0";
static const char use_tag[] = "cdat-cluster-1\0\0";

_Static_assert(sizeof(use_datagram) == 17 && sizeof(use_none) == 17 && sizeof(use_tag) == 17,
	       "16 octets and the NUL of the literal");

bool cdat_key_derive(uint8_t out[CDAT_KEY_LEN], const char *cluster, const uint8_t *key,
		     const char *use)
{
	return !crypto_generichash_blake2b_salt_personal(out, CDAT_KEY_LEN, (const uint8_t *)cluster,
							 strlen(cluster), key, key ? CDAT_KEY_LEN : 0,
							 NULL, (const uint8_t *)use);
}

uint32_t cdat_cluster_tag(const char *cluster)
{
	uint8_t hash[CDAT_KEY_LEN] = { 0 };

	cdat_key_derive(hash, cluster, NULL, use_tag);
	return (uint32_t)hash[0] << 24 | (uint32_t)hash[1] << 16 | (uint32_t)hash[2] << 8 | hash[3];
}

struct cdat_keyring *cdat_keyring_new(const char *cluster)
{
	if (sodium_init() < 0 || strlen(cluster) > CDAT_CLUSTER_MAX)
		return NULL;
	struct cdat_keyring *ring = sodium_malloc(sizeof(*ring));

	if (!ring)
		return NULL;
	memset(ring, 0, sizeof(*ring));
	strcpy(ring->cluster, cluster);
	ring->tag = cdat_cluster_tag(cluster);
	ring->subkeys = ring->made;
	return ring;
}

void cdat_keyring_free(struct cdat_keyring *ring)
{
	sodium_free(ring);	/* wipes */
}

const struct cdat_key_slot *cdat_keyring_find(const struct cdat_keyring *ring, uint8_t id)
{
	for (unsigned i = 0; i < CDAT_KEYS_MAX; i++)
		if (ring->slot[i].used && ring->slot[i].id == id)
			return &ring->slot[i];
	return NULL;
}

/* The slot of `id`, or a free one; NULL: the ring is full. */
static struct cdat_key_slot *slot_for(struct cdat_keyring *ring, uint8_t id)
{
	struct cdat_key_slot *free_slot = NULL;

	for (unsigned i = 0; i < CDAT_KEYS_MAX; i++) {
		struct cdat_key_slot *s = &ring->slot[i];

		if (s->used && s->id == id)
			return s;
		if (!s->used && !free_slot)
			free_slot = s;
	}
	return free_slot;
}

/* A key goes or is another one: what was made from it goes too. */
static void forget_made(struct cdat_keyring *ring)
{
	sodium_memzero(ring->made, sizeof(ring->made));
}

static bool put_key(struct cdat_keyring *ring, uint8_t id, const uint8_t *key, const char *use)
{
	struct cdat_key_slot *s = slot_for(ring, id);
	uint8_t hash[CDAT_KEY_LEN];

	if (!s || !cdat_key_derive(s->key, ring->cluster, key, use))
		return false;
	forget_made(ring);
	/* A key from the name is no secret: its fingerprint is that of the derived key. */
	crypto_generichash(hash, sizeof(hash), key ? key : s->key, CDAT_KEY_LEN, NULL, 0);
	s->fingerprint = 0;
	for (unsigned i = 0; i < 8; i++)
		s->fingerprint = s->fingerprint << 8 | hash[i];
	if (key)
		memcpy(s->given, key, CDAT_KEY_LEN);
	s->id = id;
	s->used = true;
	if (!ring->current)
		ring->current = s;
	return true;
}

bool cdat_keyring_add(struct cdat_keyring *ring, uint8_t id, const uint8_t key[CDAT_KEY_LEN])
{
	return id && put_key(ring, id, key, use_datagram);
}

bool cdat_keyring_add_none(struct cdat_keyring *ring)
{
	return put_key(ring, 0, NULL, use_none);
}

void cdat_keyring_remove(struct cdat_keyring *ring, uint8_t id)
{
	for (unsigned i = 0; i < CDAT_KEYS_MAX; i++) {
		struct cdat_key_slot *s = &ring->slot[i];

		if (!s->used || s->id != id)
			continue;
		if (ring->current == s)
			ring->current = NULL;
		sodium_memzero(s, sizeof(*s));
		forget_made(ring);
	}
}

bool cdat_keyring_use(struct cdat_keyring *ring, uint8_t id)
{
	const struct cdat_key_slot *s = cdat_keyring_find(ring, id);

	if (s)
		ring->current = s;
	return s;
}

uint8_t cdat_keyring_current(const struct cdat_keyring *ring)
{
	return ring->current ? ring->current->id : 0;
}

bool cdat_keyring_has(const struct cdat_keyring *ring, uint8_t id)
{
	return cdat_keyring_find(ring, id);
}

uint64_t cdat_keyring_fingerprint(const struct cdat_keyring *ring, uint8_t id)
{
	const struct cdat_key_slot *s = cdat_keyring_find(ring, id);

	return s ? s->fingerprint : 0;
}

bool cdat_keyring_given(const struct cdat_keyring *ring, uint8_t id, uint8_t key[CDAT_KEY_LEN])
{
	const struct cdat_key_slot *s = id ? cdat_keyring_find(ring, id) : NULL;

	if (s)
		memcpy(key, s->given, CDAT_KEY_LEN);
	return s;
}

/* Numbers count on from 255 to 1; the one that is reached in less than half the circle is newer
 * (RFC 1982). */
bool cdat_key_newer(uint8_t a, uint8_t b)
{
	unsigned ahead = (255u + a - b) % 255;

	return ahead > 0 && ahead < 128;
}
