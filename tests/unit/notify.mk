# SPDX-License-Identifier: BSD-2-Clause
# cdat-notify
unit_tests += tests/unit/test_notify_conf tests/unit/test_notify_queue \
	tests/unit/test_notify_payload
notify_test_cflags = $(AM_CFLAGS) $(CURL_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_notify_conf_SOURCES = tests/unit/test_notify_conf.c
tests_unit_test_notify_conf_CFLAGS = $(notify_test_cflags)
tests_unit_test_notify_conf_LDADD = libnotify.la $(CMOCKA_LIBS)
tests_unit_test_notify_queue_SOURCES = tests/unit/test_notify_queue.c
tests_unit_test_notify_queue_CFLAGS = $(notify_test_cflags)
tests_unit_test_notify_queue_LDADD = libnotify.la $(CMOCKA_LIBS)
tests_unit_test_notify_payload_SOURCES = tests/unit/test_notify_payload.c
tests_unit_test_notify_payload_CFLAGS = $(notify_test_cflags)
tests_unit_test_notify_payload_LDADD = libnotify.la $(CMOCKA_LIBS)
