# SPDX-License-Identifier: BSD-2-Clause
fuzz_targets += tests/fuzz/fuzz_config
tests_fuzz_fuzz_config_SOURCES = tests/fuzz/fuzz_config.c tests/fuzz/require.h
tests_fuzz_fuzz_config_LDADD = $(FUZZ_LIBS) libconf.la
tests_fuzz_fuzz_config_LDFLAGS = $(AM_LDFLAGS) $(fuzz_ldflags)

fuzz_targets += tests/fuzz/fuzz_state
tests_fuzz_fuzz_state_SOURCES = tests/fuzz/fuzz_state.c
tests_fuzz_fuzz_state_LDADD = $(FUZZ_LIBS) libdaemon.la
tests_fuzz_fuzz_state_LDFLAGS = $(AM_LDFLAGS) $(fuzz_ldflags)

fuzz_targets += tests/fuzz/fuzz_netlink
tests_fuzz_fuzz_netlink_SOURCES = tests/fuzz/fuzz_netlink.c
tests_fuzz_fuzz_netlink_LDADD = $(FUZZ_LIBS) libdaemon.la
tests_fuzz_fuzz_netlink_LDFLAGS = $(AM_LDFLAGS) $(fuzz_ldflags)
