/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The key file: one key a line, "ID HEX64", optionally followed by the word "use" for
 * the key to send with (else the first); '#' begins a comment.  It is refused when it is
 * a link, when it belongs to another user than root or ours, or when group or others
 * can read it.  Keys are never logged and are wiped after use.
 */
#ifndef DAEMON_KEYFILE_H
#define DAEMON_KEYFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "daemon/conf.h"
#include "wire/seal.h"

/* Reads the keys of conf->key_file into `ring`; keys of the ring that the file does not have
 * are removed, and the key to send with is set.  With "security: none" the ring gets the key
 * made from the name.  False with one line in `err`; the ring is then as it was. */
bool keyfile_load(const struct conf *conf, struct cdat_keyring *ring, char *err, size_t errlen);

#endif
