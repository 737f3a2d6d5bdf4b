/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The state file, STATE-DIR/cdat.state: what the core wants kept (the table, epochs)
 * and the incarnation, which grows with each start.  Magic, format version, length and
 * a BLAKE2b digest frame it; a torn or foreign file is refused and never overwritten.
 * It is replaced as a whole: temporary file, fsync, rename, fsync of the directory.
 */
#ifndef DAEMON_STATE_H
#define DAEMON_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/codec.h"

#define STATE_FILE     "cdat.state"
#define STATE_FILE_MAX (64u << 20)

struct state_image {
	char cluster[CDAT_NAME_MAX + 1];
	uint32_t incarnation;
	struct cdat_view core; /* as given by cdat_core_state() */
};

/* Encodes into malloc()ed octets; NULL: no memory. */
uint8_t *state_encode(const struct state_image *image, size_t *len);

/* Decodes; the image borrows from `in`.  False with what is wrong. */
bool state_decode(struct cdat_view in, struct state_image *image, const char **what);

/* Reads DIR/cdat.state.  0: read, *buf is to be freed and image borrows from it; 1: there is
 * none; -1: refused, with one line in err that tells the remedy. */
int state_read(const char *dir, const char *cluster, struct state_image *image, uint8_t **buf,
	       char *err, size_t errlen);

/* Replaces DIR/cdat.state.  Blocks on the disk.  False with one line in err. */
bool state_write(const char *dir, const struct state_image *image, char *err, size_t errlen);

#endif
