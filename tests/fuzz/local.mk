# SPDX-License-Identifier: BSD-2-Clause
# Fuzz targets.  Each has LLVMFuzzerTestOneInput() and a corpus in
# tests/fuzz/corpus/NAME/.  By default "make check" replays the corpora; with
# --enable-fuzzers (CC=clang) the targets are libFuzzer programs: "make fuzz".
# A target is four lines in the fragment of its area:
#   fuzz_targets += tests/fuzz/fuzz_codec
#   tests_fuzz_fuzz_codec_SOURCES = tests/fuzz/fuzz_codec.c
#   tests_fuzz_fuzz_codec_LDADD = $(FUZZ_LIBS) libwire.la
#   tests_fuzz_fuzz_codec_LDFLAGS = $(AM_LDFLAGS) $(fuzz_ldflags)
fuzz_targets =
include tests/fuzz/wire.mk
include tests/fuzz/core.mk
include tests/fuzz/daemon.mk
if BUILD_AGENT
include tests/fuzz/agent.mk
endif
if HAVE_CURL
include tests/fuzz/notify.mk
endif
EXTRA_DIST += tests/fuzz/corpus tests/fuzz/RESULTS

if ENABLE_FUZZERS
FUZZ_LIBS =
fuzz_ldflags = -fsanitize=fuzzer
noinst_PROGRAMS += $(fuzz_targets)
FUZZ_SECONDS = 60
fuzz: $(fuzz_targets)
	for t in $(fuzz_targets); do \
		new=tests/fuzz/found/$${t##*/fuzz_}; $(MKDIR_P) $$new && \
		./$$t -max_total_time=$(FUZZ_SECONDS) $$new $(top_srcdir)/tests/fuzz/corpus/$${t##*/fuzz_} || exit 1; \
	done
else
FUZZ_LIBS = libreplay.la
fuzz_ldflags =
check_LTLIBRARIES += libreplay.la
libreplay_la_SOURCES = tests/fuzz/replay.c
check_PROGRAMS += $(fuzz_targets)
TESTS += $(fuzz_targets)
endif
.PHONY: fuzz
