/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keeps the state file up to date from a thread of its own, so that a slow disk delays
 * no heartbeat.  States that wait together are written once: the newest, which holds
 * all that the others do.
 */
#ifndef DAEMON_STORE_H
#define DAEMON_STORE_H

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

#include "wire/codec.h"

struct store;

/* Called in the loop's thread for each ticket. */
typedef void store_done(void *ctx, uint64_t ticket, bool ok);

/* NULL: no memory or no thread. */
struct store *store_new(struct ev_loop *loop, const char *dir, const char *cluster,
			uint32_t incarnation, store_done *done, void *ctx);

/* Has a state written, which it takes over.  NULL, or out of memory: done(ticket, false) at
 * once.  Of those that wait only the newest is written; all share its result. */
void store_put(struct store *s, uint8_t *state, size_t len, uint64_t ticket);

/* Writes what waits, ends the thread. */
void store_free(struct store *s);

#endif
