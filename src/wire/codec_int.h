/* SPDX-License-Identifier: BSD-2-Clause */
/* What the two halves of the codec share; not for other modules. */
#ifndef CDAT_WIRE_CODEC_INT_H
#define CDAT_WIRE_CODEC_INT_H

#include "wire/codec.h"

#define CDAT_TAG_CRITICAL	0x80u
#define CDAT_LENGTH_MAX		0x3fffffffu	/* 30 bits */

/* The octets of the character at `p`; 0 when it is no UTF-8 (RFC 3629), or a control
 * character (C0, DEL, C1). */
unsigned cdat_utf8_len(const uint8_t *p, size_t len);

/* The member of a number field as it is written: signed ones as zigzag. */
uint64_t cdat_member_load(const struct cdat_field *f, const void *src);

#endif
