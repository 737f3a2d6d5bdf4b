# SPDX-License-Identifier: BSD-2-Clause
unit_tests += tests/unit/test_check_cdat
tests_unit_test_check_cdat_SOURCES = tests/unit/test_check_cdat.c
tests_unit_test_check_cdat_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)
tests_unit_test_check_cdat_LDADD = libcheck_cdat.la $(CMOCKA_LIBS) -lm
