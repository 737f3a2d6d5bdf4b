/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What must hold of any input to the codec, beyond not crashing.  A broken promise ends the
 * program with abort().
 */
#ifndef CDAT_TESTS_ORACLE_H
#define CDAT_TESTS_ORACLE_H

#include <stdio.h>
#include <stdlib.h>

#include "wire/codec.h"

#define ORACLE(cond) \
	((cond) ? (void)0 : (fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #cond), abort()))

/* Decodes `in` by `msg`.  When it is taken: encoded again it is the same octets, but for
 * fields that `msg` does not know, whose octets account for the whole difference; lists give
 * as many items as they count.  When refused: `dst` is zero.  `dst` has room for the struct. */
bool oracle_codec(struct cdat_view in, const struct cdat_msg *msg, void *dst);

/* Room for a struct of any message. */
#define ORACLE_STRUCT_MAX	8192u

#endif
