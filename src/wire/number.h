/* SPDX-License-Identifier: BSD-2-Clause */
/* Strict decimal numbers. */
#ifndef CDAT_WIRE_NUMBER_H
#define CDAT_WIRE_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/* A whole decimal number, '-' allowed; no sign '+', blanks, leading zeros or other bases,
 * so that no two texts are the same number.  False when it is none or too large. */
bool cdat_number_parse(const char *text, int64_t *number);

#endif
