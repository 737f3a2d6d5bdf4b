# SPDX-License-Identifier: BSD-2-Clause

# the table
unit_tests += tests/unit/test_table_rules
noinst_HEADERS += tests/unit/table_fixture.h
tests_unit_test_table_rules_SOURCES = tests/unit/test_table_rules.c
tests_unit_test_table_rules_LDADD = libcore.la $(CMOCKA_LIBS)

# links
unit_tests += tests/unit/test_link
noinst_HEADERS += tests/unit/linknet.h
tests_unit_test_link_SOURCES = tests/unit/test_link.c tests/unit/linknet.c
tests_unit_test_link_LDADD = libcore.la $(CMOCKA_LIBS)
