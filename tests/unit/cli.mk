# SPDX-License-Identifier: BSD-2-Clause
# cdatctl in the process of the test, at a servicer in a thread.
check_LTLIBRARIES += libcluster.la
libcluster_la_SOURCES = tests/unit/cluster.c tests/unit/cluster.h
libcluster_la_LIBADD = libservicer.la

cli_test_libs = libcluster.la libcli.la $(CMOCKA_LIBS)
unit_tests += tests/unit/test_cli tests/unit/test_cli_errors tests/unit/test_cli_messages
tests_unit_test_cli_SOURCES = tests/unit/test_cli.c
tests_unit_test_cli_LDADD = $(cli_test_libs) $(JANSSON_LIBS)
tests_unit_test_cli_errors_SOURCES = tests/unit/test_cli_errors.c
tests_unit_test_cli_errors_LDADD = $(cli_test_libs)
tests_unit_test_cli_messages_SOURCES = tests/unit/test_cli_messages.c
tests_unit_test_cli_messages_LDADD = $(cli_test_libs) $(JANSSON_LIBS)
