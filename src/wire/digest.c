/* SPDX-License-Identifier: BSD-2-Clause */
/* BLAKE2b of libsodium, so that who needs a digest need not know the library. */
#include "wire/digest.h"

#include <sodium.h>

void cdat_digest(struct cdat_view octets, uint8_t digest[CDAT_DIGEST_LEN])
{
	/* refuses only lengths that are not these */
	(void)crypto_generichash_blake2b(digest, CDAT_DIGEST_LEN, octets.data, octets.len, NULL, 0);
}
