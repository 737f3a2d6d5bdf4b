# SPDX-License-Identifier: BSD-2-Clause

# the table
unit_tests += tests/unit/test_table tests/unit/test_table_rules tests/unit/test_table_merge \
	tests/unit/test_table_entry tests/unit/test_table_grave \
	tests/unit/test_role tests/unit/test_core_peers
noinst_HEADERS += tests/unit/table_fixture.h
tests_unit_test_table_SOURCES = tests/unit/test_table.c
tests_unit_test_table_LDADD = libcore.la $(CMOCKA_LIBS)
tests_unit_test_table_entry_SOURCES = tests/unit/test_table_entry.c
tests_unit_test_table_entry_LDADD = libcore.la $(CMOCKA_LIBS)
tests_unit_test_table_entry_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc
tests_unit_test_table_grave_SOURCES = tests/unit/test_table_grave.c
tests_unit_test_table_grave_LDADD = libcore.la $(CMOCKA_LIBS)
tests_unit_test_table_rules_SOURCES = tests/unit/test_table_rules.c
tests_unit_test_table_rules_LDADD = libcore.la $(CMOCKA_LIBS)
tests_unit_test_table_merge_SOURCES = tests/unit/test_table_merge.c
tests_unit_test_table_merge_LDADD = libcore.la $(CMOCKA_LIBS)
tests_unit_test_core_peers_SOURCES = tests/unit/test_core_peers.c
tests_unit_test_core_peers_LDADD = libcore.la $(CMOCKA_LIBS)
tests_unit_test_role_SOURCES = tests/unit/test_role.c
tests_unit_test_role_LDADD = libcore.la $(CMOCKA_LIBS)

# links
noinst_HEADERS += tests/unit/linknet.h tests/unit/linkpair.h
linknet_sources = tests/unit/linknet.c tests/unit/linkpair.c
unit_tests += tests/unit/test_link tests/unit/test_link_memory tests/unit/test_link_path \
	tests/unit/test_link_refuse tests/unit/test_link_stream tests/unit/test_path \
	tests/unit/test_format
tests_unit_test_format_SOURCES = tests/unit/test_format.c $(linknet_sources)
tests_unit_test_format_LDADD = libcore.la $(CMOCKA_LIBS)
tests_unit_test_link_SOURCES = tests/unit/test_link.c $(linknet_sources)
tests_unit_test_link_LDADD = libcore.la $(CMOCKA_LIBS)
tests_unit_test_link_memory_SOURCES = tests/unit/test_link_memory.c $(linknet_sources)
tests_unit_test_link_memory_LDADD = libcore.la $(CMOCKA_LIBS)
tests_unit_test_link_memory_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc
tests_unit_test_link_path_SOURCES = tests/unit/test_link_path.c $(linknet_sources)
tests_unit_test_link_path_LDADD = libcore.la $(CMOCKA_LIBS)
tests_unit_test_link_refuse_SOURCES = tests/unit/test_link_refuse.c $(linknet_sources)
tests_unit_test_link_refuse_LDADD = libcore.la $(CMOCKA_LIBS)
tests_unit_test_link_stream_SOURCES = tests/unit/test_link_stream.c $(linknet_sources)
tests_unit_test_link_stream_LDADD = libcore.la $(CMOCKA_LIBS)
tests_unit_test_path_SOURCES = tests/unit/test_path.c
tests_unit_test_path_LDADD = libcore.la $(CMOCKA_LIBS)
