# SPDX-License-Identifier: BSD-2-Clause
unit_tests += tests/unit/test_version
tests_unit_test_version_SOURCES = tests/unit/test_version.c
tests_unit_test_version_LDADD = libwire.la $(CMOCKA_LIBS)
