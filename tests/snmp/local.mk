# SPDX-License-Identifier: BSD-2-Clause
# Tests with the real snmpd and snmptrapd; contrib/check runs them.
if BUILD_AGENT
check_PROGRAMS += tests/snmp/fake_servicer
tests_snmp_fake_servicer_SOURCES = tests/snmp/fake_servicer.c tests/snmp/fake_rows.c \
	tests/snmp/fake_rows.h
tests_snmp_fake_servicer_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)
tests_snmp_fake_servicer_LDADD = libcore.la libcodec.la
endif
EXTRA_DIST += \
	tests/snmp/lib.sh \
	tests/snmp/commands.sh \
	tests/snmp/traps-agent \
	tests/snmp/sets-agent \
	tests/snmp/walks \
	tests/snmp/walk.pl \
	tests/snmp/walk.py
