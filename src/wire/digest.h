/* SPDX-License-Identifier: BSD-2-Clause */
/* The digest of octets: BLAKE2b with 256 bits and no key (RFC 7693). */
#ifndef CDAT_WIRE_DIGEST_H
#define CDAT_WIRE_DIGEST_H

#include "wire/codec.h"

/* Needs no cdat_keyring_new() or other start before. */
void cdat_digest(struct cdat_view octets, uint8_t digest[CDAT_DIGEST_LEN]);

#endif
