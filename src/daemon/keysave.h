/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes the key ring to the key file beside the loop, so that no heartbeat waits for the
 * disk: the file is replaced as a whole, keeps its owner and its lines of comment, and has
 * mode 0600.
 */
#ifndef DAEMON_KEYSAVE_H
#define DAEMON_KEYSAVE_H

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

#include "wire/seal.h"

struct keysave;

/* why: what is wrong with the remedy; NULL: it is written.  Told in the order of the calls. */
typedef void keysave_done(void *ctx, uint64_t ticket, const char *why);

struct keysave *keysave_new(struct ev_loop *loop, keysave_done *done, void *ctx);
void keysave_free(struct keysave *s);	/* waits for the write under way */
void keysave_put(struct keysave *s, const char *path, const struct cdat_keyring *ring,
		 uint64_t ticket);

/* The same at once, for who may wait for the disk.  False with one line in err. */
bool keyfile_save(const char *path, const struct cdat_keyring *ring, char *err, size_t errlen);

#endif
