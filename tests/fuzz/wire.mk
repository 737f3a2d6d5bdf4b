# SPDX-License-Identifier: BSD-2-Clause
oracle = tests/fuzz/oracle.c tests/fuzz/oracle.h
fuzz_wire_cppflags = $(AM_CPPFLAGS) -I$(top_srcdir)/tests $(SODIUM_CFLAGS)

fuzz_targets += tests/fuzz/fuzz_records
tests_fuzz_fuzz_records_CPPFLAGS = $(fuzz_wire_cppflags)
tests_fuzz_fuzz_records_SOURCES = tests/fuzz/fuzz_records.c $(oracle) $(wire_fill)
tests_fuzz_fuzz_records_LDADD = $(FUZZ_LIBS) libcodec.la
tests_fuzz_fuzz_records_LDFLAGS = $(AM_LDFLAGS) $(fuzz_ldflags)

fuzz_targets += tests/fuzz/fuzz_frame
tests_fuzz_fuzz_frame_CPPFLAGS = $(fuzz_wire_cppflags)
tests_fuzz_fuzz_frame_SOURCES = tests/fuzz/fuzz_frame.c $(oracle)
tests_fuzz_fuzz_frame_LDADD = $(FUZZ_LIBS) libcodec.la
tests_fuzz_fuzz_frame_LDFLAGS = $(AM_LDFLAGS) $(fuzz_ldflags)

# with the tables of the core's messages, and nothing else of the core
fuzz_targets += tests/fuzz/fuzz_datagram
tests_fuzz_fuzz_datagram_CPPFLAGS = $(fuzz_wire_cppflags)
tests_fuzz_fuzz_datagram_SOURCES = tests/fuzz/fuzz_datagram.c tests/fuzz/datagram_key.h $(oracle) \
	src/core/proto.c
tests_fuzz_fuzz_datagram_LDADD = $(FUZZ_LIBS) libwire.la
tests_fuzz_fuzz_datagram_LDFLAGS = $(AM_LDFLAGS) $(fuzz_ldflags)

# built with the tests, so that it does not rot; run by hand
check_PROGRAMS += tests/fuzz/wire_corpus
tests_fuzz_wire_corpus_CPPFLAGS = $(fuzz_wire_cppflags)
tests_fuzz_wire_corpus_SOURCES = tests/fuzz/wire_corpus.c tests/fuzz/datagram_key.h $(wire_fill) \
	src/core/proto.c
tests_fuzz_wire_corpus_LDADD = libwire.la
wire-corpus: tests/fuzz/wire_corpus
	tests/fuzz/wire_corpus $(top_srcdir)/tests/fuzz/corpus
.PHONY: wire-corpus
