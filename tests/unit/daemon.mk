# SPDX-License-Identifier: BSD-2-Clause
noinst_HEADERS += tests/unit/daemon_fixture.h

unit_tests += tests/unit/test_conf
tests_unit_test_conf_SOURCES = tests/unit/test_conf.c
tests_unit_test_conf_LDADD = libconf.la $(CMOCKA_LIBS)

unit_tests += tests/unit/test_state
tests_unit_test_state_SOURCES = tests/unit/test_state.c
tests_unit_test_state_LDADD = libdaemon.la $(CMOCKA_LIBS)

unit_tests += tests/unit/test_keyfile
tests_unit_test_keyfile_SOURCES = tests/unit/test_keyfile.c
tests_unit_test_keyfile_LDADD = libdaemon.la $(CMOCKA_LIBS)

unit_tests += tests/unit/test_control_service
tests_unit_test_control_service_SOURCES = tests/unit/test_control_service.c \
	tests/unit/control_fixture.h
tests_unit_test_control_service_LDADD = libdaemon.la $(CMOCKA_LIBS)

unit_tests += tests/unit/test_control_full
tests_unit_test_control_full_SOURCES = tests/unit/test_control_full.c tests/unit/control_fixture.h
tests_unit_test_control_full_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=cdat_core_send
tests_unit_test_control_full_LDADD = libdaemon.la $(CMOCKA_LIBS)

unit_tests += tests/unit/test_net
tests_unit_test_net_SOURCES = tests/unit/test_net.c
tests_unit_test_net_LDADD = libdaemon.la $(CMOCKA_LIBS)

# Runs the program itself.
unit_tests += tests/unit/test_cdatd
tests_unit_test_cdatd_SOURCES = tests/unit/test_cdatd.c
tests_unit_test_cdatd_LDADD = $(CMOCKA_LIBS)

unit_tests += tests/unit/test_daemon_parts
tests_unit_test_daemon_parts_SOURCES = tests/unit/test_daemon_parts.c
tests_unit_test_daemon_parts_LDADD = libdaemon.la $(CMOCKA_LIBS)
