# SPDX-License-Identifier: BSD-2-Clause

fuzz_targets += tests/fuzz/fuzz_merge
tests_fuzz_fuzz_merge_SOURCES = tests/fuzz/fuzz_merge.c
tests_fuzz_fuzz_merge_LDADD = $(FUZZ_LIBS) libcore.la
tests_fuzz_fuzz_merge_LDFLAGS = $(AM_LDFLAGS) $(fuzz_ldflags)

# built with the tests, so that it does not rot; run by hand
check_PROGRAMS += tests/fuzz/merge_corpus
tests_fuzz_merge_corpus_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_fuzz_merge_corpus_SOURCES = tests/fuzz/merge_corpus.c
tests_fuzz_merge_corpus_LDADD = libcore.la $(CMOCKA_LIBS)
merge-corpus: tests/fuzz/merge_corpus
	tests/fuzz/merge_corpus $(top_srcdir)/tests/fuzz/corpus
.PHONY: merge-corpus

fuzz_targets += tests/fuzz/fuzz_link
fuzz_link_sources = tests/fuzz/fuzz_link.c tests/fuzz/fuzz_link.h tests/fuzz/datagram_key.h \
	tests/fuzz/oracle.h
tests_fuzz_fuzz_link_SOURCES = $(fuzz_link_sources)
tests_fuzz_fuzz_link_LDADD = $(FUZZ_LIBS) libcore.la
tests_fuzz_fuzz_link_LDFLAGS = $(AM_LDFLAGS) $(fuzz_ldflags)

# built with the tests, so that it does not rot; run by hand
check_PROGRAMS += tests/fuzz/link_corpus
tests_fuzz_link_corpus_SOURCES = tests/fuzz/link_corpus.c $(fuzz_link_sources)
tests_fuzz_link_corpus_LDADD = libcore.la
