# SPDX-License-Identifier: BSD-2-Clause
unit_tests += tests/unit/test_version
tests_unit_test_version_SOURCES = tests/unit/test_version.c
tests_unit_test_version_LDADD = libwire.la $(CMOCKA_LIBS)

# random structs by field tables, for tests and fuzz corpora
wire_fill = tests/unit/fill.c tests/unit/fill.h
wire_ldadd = libwire.la $(CMOCKA_LIBS) $(SODIUM_LIBS)

# with the tables of the core's messages; own flags, own objects
unit_tests += tests/unit/test_codec
tests_unit_test_codec_CPPFLAGS = $(AM_CPPFLAGS)
tests_unit_test_codec_SOURCES = tests/unit/test_codec.c $(wire_fill) src/core/proto.c
tests_unit_test_codec_LDADD = $(wire_ldadd)

unit_tests += tests/unit/test_records
tests_unit_test_records_SOURCES = tests/unit/test_records.c $(wire_fill)
tests_unit_test_records_LDADD = $(wire_ldadd)

unit_tests += tests/unit/test_attr
tests_unit_test_attr_SOURCES = tests/unit/test_attr.c
tests_unit_test_attr_LDADD = $(wire_ldadd)

unit_tests += tests/unit/test_seal
tests_unit_test_seal_SOURCES = tests/unit/test_seal.c
tests_unit_test_seal_LDADD = $(wire_ldadd)

unit_tests += tests/unit/test_replay
tests_unit_test_replay_SOURCES = tests/unit/test_replay.c
tests_unit_test_replay_LDADD = $(wire_ldadd)

unit_tests += tests/unit/test_control
tests_unit_test_control_SOURCES = tests/unit/test_control.c $(wire_fill)
tests_unit_test_control_LDADD = $(wire_ldadd)

unit_tests += tests/unit/test_digest
tests_unit_test_digest_SOURCES = tests/unit/test_digest.c
tests_unit_test_digest_LDADD = libwire.la $(CMOCKA_LIBS)
