/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lists of words that operators write and records show alike: NULL-ended, the word of
 * value 1 first, "" for a value without a word.
 */
#ifndef CDAT_WIRE_WORDS_H
#define CDAT_WIRE_WORDS_H

extern const char *const cdat_words_class[], *const cdat_words_storage[], *const cdat_words_row[],
	*const cdat_words_node_admin[], *const cdat_words_adapter_admin[],
	*const cdat_words_quorum[], *const cdat_words_iftype[];

#define CDAT_IFTYPE_MAX	303	/* last value of cdat_words_iftype */

/* The word of `value`, "?" if it has none. */
const char *cdat_word_of(const char *const *words, unsigned value);

#endif
