/* SPDX-License-Identifier: BSD-2-Clause */
/* The cluster and key of the datagrams in the corpus. */
#ifndef CDAT_TESTS_DATAGRAM_KEY_H
#define CDAT_TESTS_DATAGRAM_KEY_H

#include "wire/seal.h"

#define DATAGRAM_CLUSTER	"fuzz"

static const uint8_t datagram_key[CDAT_KEY_LEN] = "a key that is known to everybody";

#endif
