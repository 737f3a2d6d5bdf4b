# SPDX-License-Identifier: BSD-2-Clause
unit_tests += tests/unit/test_agent_mib
tests_unit_test_agent_mib_SOURCES = tests/unit/test_agent_mib.c \
	tests/unit/agent_fixture.c tests/unit/agent_fixture.h
tests_unit_test_agent_mib_CPPFLAGS = $(AGENT_CPPFLAGS)
tests_unit_test_agent_mib_CFLAGS = $(AGENT_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_agent_mib_LDADD = libagent.la $(AGENT_LIBS) $(CMOCKA_LIBS)
EXTRA_DIST += tests/unit/agent_walk.txt

unit_tests += tests/unit/test_agent_rowset
tests_unit_test_agent_rowset_SOURCES = tests/unit/test_agent_rowset.c
tests_unit_test_agent_rowset_CPPFLAGS = $(AGENT_CPPFLAGS)
tests_unit_test_agent_rowset_CFLAGS = $(AGENT_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_agent_rowset_LDADD = libagent.la $(AGENT_LIBS) $(CMOCKA_LIBS)

unit_tests += tests/unit/test_agent_set
tests_unit_test_agent_set_SOURCES = tests/unit/test_agent_set.c \
	tests/unit/agent_fixture.c tests/unit/agent_fixture.h
tests_unit_test_agent_set_CPPFLAGS = $(AGENT_CPPFLAGS)
tests_unit_test_agent_set_CFLAGS = $(AGENT_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_agent_set_LDADD = libagent.la $(AGENT_LIBS) $(CMOCKA_LIBS)

unit_tests += tests/unit/test_agent_shortcut
tests_unit_test_agent_shortcut_SOURCES = tests/unit/test_agent_shortcut.c \
	tests/unit/agent_fixture.c tests/unit/agent_fixture.h
tests_unit_test_agent_shortcut_CPPFLAGS = $(AGENT_CPPFLAGS)
tests_unit_test_agent_shortcut_CFLAGS = $(AGENT_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_agent_shortcut_LDADD = libagent.la $(AGENT_LIBS) $(CMOCKA_LIBS)
