# SPDX-License-Identifier: BSD-2-Clause
fuzz_targets += tests/fuzz/fuzz_notify
tests_fuzz_fuzz_notify_SOURCES = tests/fuzz/fuzz_notify.c tests/fuzz/require.h
tests_fuzz_fuzz_notify_CFLAGS = $(AM_CFLAGS) $(CURL_CFLAGS) $(JANSSON_CFLAGS) $(SODIUM_CFLAGS)
tests_fuzz_fuzz_notify_LDADD = $(FUZZ_LIBS) libnotify.la
tests_fuzz_fuzz_notify_LDFLAGS = $(AM_LDFLAGS) $(fuzz_ldflags)
