# SPDX-License-Identifier: BSD-2-Clause
# libcdat against a servicer in a thread.
check_LTLIBRARIES += libservicer.la
libservicer_la_SOURCES = \
	tests/unit/seen.c \
	tests/unit/seen.h \
	tests/unit/servicer.c \
	tests/unit/servicer.h
libservicer_la_LIBADD = -lpthread

client_test_libs = libservicer.la libcdat.la libcodec.la $(CMOCKA_LIBS)
unit_tests += tests/unit/test_client tests/unit/test_client_send tests/unit/test_client_table
tests_unit_test_client_SOURCES = tests/unit/test_client.c
tests_unit_test_client_LDADD = $(client_test_libs)
tests_unit_test_client_send_SOURCES = tests/unit/test_client_send.c
tests_unit_test_client_send_LDADD = $(client_test_libs)
tests_unit_test_client_table_SOURCES = tests/unit/test_client_table.c
tests_unit_test_client_table_LDADD = $(client_test_libs)
