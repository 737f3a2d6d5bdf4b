/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How long to wait before trying again: doubled each time up to a limit, and then a random
 * part of the upper half of it, so that many senders do not come back at once.
 */
#ifndef NOTIFY_BACKOFF_H
#define NOTIFY_BACKOFF_H

#include <stdint.h>

/* Milliseconds, of the failures in a row (1: the first).  random: any 32 random bits. */
uint32_t backoff_ms(unsigned failures, uint32_t first_ms, uint32_t most_ms, uint32_t random);

#endif
