# SPDX-License-Identifier: BSD-2-Clause
# Tests with the real snmpd and snmptrapd; contrib/check runs them.
if BUILD_AGENT
check_PROGRAMS += tests/snmp/fake_servicer
tests_snmp_fake_servicer_SOURCES = tests/snmp/fake_servicer.c tests/snmp/fake_rows.c \
	tests/snmp/fake_rows.h
tests_snmp_fake_servicer_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)
tests_snmp_fake_servicer_LDADD = libcore.la libcodec.la

check_PROGRAMS += tests/snmp/fuzz_set
tests_snmp_fuzz_set_SOURCES = tests/snmp/fuzz_set.c tests/snmp/set_model.c \
	tests/snmp/set_model.h
tests_snmp_fuzz_set_CPPFLAGS = $(AGENT_CPPFLAGS)
tests_snmp_fuzz_set_CFLAGS = $(AGENT_CFLAGS)
tests_snmp_fuzz_set_LDADD = $(NETSNMP_LIBS)
endif
EXTRA_DIST += \
	tests/snmp/cluster \
	tests/snmp/burst \
	tests/snmp/beats.py \
	tests/snmp/changes.pl \
	tests/snmp/rows.pl \
	tests/snmp/commands \
	tests/snmp/lib.sh \
	tests/snmp/commands.sh \
	tests/snmp/RESULTS \
	tests/snmp/traps-agent \
	tests/snmp/notifications \
	tests/snmp/objects \
	tests/snmp/objects.list \
	tests/snmp/objects.py \
	tests/snmp/operators \
	tests/snmp/receivers \
	tests/snmp/sets-agent \
	tests/snmp/sets-fuzz \
	tests/snmp/samples \
	tests/snmp/sets-fuzz-cluster \
	tests/snmp/managers.sh \
	tests/snmp/walks \
	tests/snmp/walks-cluster \
	tests/snmp/walk.pl \
	tests/snmp/walk.js \
	tests/snmp/walk.py
