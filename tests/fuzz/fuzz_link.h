/* SPDX-License-Identifier: BSD-2-Clause */
/* For the maker of the corpus of fuzz_link: a true conversation as input; 0: no room. */
#ifndef CDAT_TESTS_FUZZ_LINK_H
#define CDAT_TESTS_FUZZ_LINK_H

#include <stddef.h>
#include <stdint.h>

size_t fuzz_link_record(uint8_t *out, size_t cap);

#endif
