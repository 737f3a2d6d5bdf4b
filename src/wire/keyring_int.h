/* SPDX-License-Identifier: BSD-2-Clause */
/* The inside of a key ring, for seal.c; not for other modules. */
#ifndef CDAT_WIRE_KEYRING_INT_H
#define CDAT_WIRE_KEYRING_INT_H

#include "wire/seal.h"

#define CDAT_CLUSTER_MAX	255	/* octets of a cluster name that enter the key */

struct cdat_key_slot {
	bool used;
	uint8_t id;
	uint8_t key[CDAT_KEY_LEN];	/* derived: see cdat_key_derive() */
	uint8_t given[CDAT_KEY_LEN];	/* as in the key file; zero for id 0 */
	uint64_t fingerprint;		/* of the key as given */
};

/* The first step of XChaCha20 makes a key from ours and the first 16 octets of the nonce
 * (draft-irtf-cfrg-xchacha, 2.3), which are the same for 65,536 datagrams of a sender. */
#define CDAT_SUBKEYS		64
#define CDAT_SUBKEY_NONCE	16

struct cdat_subkey {
	const struct cdat_key_slot *slot;	/* NULL: none */
	uint8_t nonce[CDAT_SUBKEY_NONCE];
	uint8_t key[CDAT_KEY_LEN];
};

/* Lives in memory of sodium_malloc(): not swapped, not dumped, wiped when freed. */
struct cdat_keyring {
	uint32_t tag;
	const struct cdat_key_slot *current;	/* NULL: none yet */
	char cluster[CDAT_CLUSTER_MAX + 1];
	struct cdat_key_slot slot[CDAT_KEYS_MAX];
	struct cdat_subkey *subkeys;		/* `made`, which change as datagrams come and go */
	struct cdat_subkey made[CDAT_SUBKEYS];
};

/* keyring.c: what seals under `use`, from a key as given; keywrap.c has a use of its own. */
bool cdat_key_derive(uint8_t out[CDAT_KEY_LEN], const char *cluster, const uint8_t *key,
		     const char *use);
const struct cdat_key_slot *cdat_keyring_find(const struct cdat_keyring *ring, uint8_t id);

#endif
