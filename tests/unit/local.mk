# SPDX-License-Identifier: BSD-2-Clause
# Unit tests: one cmocka program per module, no root, no network but loopback.
# A test is three lines in the fragment of its area:
#   unit_tests += tests/unit/test_codec
#   tests_unit_test_codec_SOURCES = tests/unit/test_codec.c
#   tests_unit_test_codec_LDADD = libwire.la $(CMOCKA_LIBS)
unit_tests =
include tests/unit/wire.mk
include tests/unit/core.mk
include tests/unit/daemon.mk
include tests/unit/client.mk
include tests/unit/cli.mk
if HAVE_CURL
include tests/unit/notify.mk
endif
if BUILD_AGENT
include tests/unit/agent.mk
include tests/unit/contrib.mk
endif
check_PROGRAMS += $(unit_tests)
TESTS += $(unit_tests)
