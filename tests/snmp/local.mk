# SPDX-License-Identifier: BSD-2-Clause
# Tests with the real snmpd and snmptrapd; contrib/check runs them.
if BUILD_AGENT
check_PROGRAMS += tests/snmp/fake_servicer
tests_snmp_fake_servicer_SOURCES = tests/snmp/fake_servicer.c tests/snmp/fake_rows.c \
	tests/snmp/fake_rows.h
tests_snmp_fake_servicer_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)
tests_snmp_fake_servicer_LDADD = libcore.la libcodec.la
endif
