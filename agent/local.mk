# SPDX-License-Identifier: BSD-2-Clause
# cdat-agentx: CDAT-MIB for managers.  libagent: all of it but main, so that it can be
# tested without a master agent.
AGENT_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)
AGENT_CFLAGS = $(AM_CFLAGS) $(NETSNMP_CFLAGS)
AGENT_LIBS = libcdat.la libcodec.la -lnetsnmpmibs $(NETSNMP_AGENT_LIBS)

noinst_LTLIBRARIES += libagent.la
libagent_la_SOURCES = \
	agent/agent.h \
	agent/agentx.c \
	agent/agentx.h \
	agent/columns_cluster.c \
	agent/columns_table.c \
	agent/columns_view.c \
	agent/handler.c \
	agent/limit.c \
	agent/limit.h \
	agent/loop.c \
	agent/master.c \
	agent/mib.c \
	agent/mib.h \
	agent/notify.c \
	agent/notify.h \
	agent/read.c \
	agent/read.h \
	agent/replica.c \
	agent/replica.h \
	agent/rowset.c \
	agent/rowset.h \
	agent/servicer.c \
	agent/set.c \
	agent/set.h \
	agent/set_check.c \
	agent/set_plan.c \
	agent/shortcut.c \
	agent/shortcut.h \
	agent/standalone.c \
	agent/trap.c \
	agent/value.c
libagent_la_CPPFLAGS = $(AGENT_CPPFLAGS)
libagent_la_CFLAGS = $(AGENT_CFLAGS)

sbin_PROGRAMS += cdat-agentx
cdat_agentx_SOURCES = agent/main.c
cdat_agentx_CPPFLAGS = $(AGENT_CPPFLAGS)
cdat_agentx_CFLAGS = $(AGENT_CFLAGS)
cdat_agentx_LDADD = libagent.la $(AGENT_LIBS)
EXTRA_DIST += tests/check-columns
dist_man_MANS += agent/cdat-agentx.8

# Samples for the host's own programs.
snmpdsampledir = $(docdir)/snmpd
dist_snmpdsample_DATA = \
	contrib/snmpd/cdat.conf \
	contrib/snmpd/snmptrapd.conf \
	contrib/snmpd/standalone.conf
nodist_snmpdsample_DATA = contrib/snmpd/snmptt.conf
EXTRA_DIST += contrib/snmpd/make-snmptt
CLEANFILES += contrib/snmpd/snmptt.conf
contrib/snmpd/snmptt.conf: mib/CDAT-MIB.txt contrib/snmpd/make-snmptt config.status
	$(AM_V_GEN)$(MKDIR_P) contrib/snmpd && \
	$(AWK) -v root=.$(CDAT_MIB_ROOT) -f $(top_srcdir)/contrib/snmpd/make-snmptt \
		$(top_srcdir)/mib/CDAT-MIB.txt >$@.tmp && \
	mv $@.tmp $@

check_PROGRAMS += tests/bench/bench_snmp
tests_bench_bench_snmp_SOURCES = tests/bench/bench_snmp.c
tests_bench_bench_snmp_CPPFLAGS = $(AGENT_CPPFLAGS)
tests_bench_bench_snmp_CFLAGS = $(AGENT_CFLAGS)
tests_bench_bench_snmp_LDADD = $(NETSNMP_LIBS)
check_PROGRAMS += tests/bench/least_subagent
tests_bench_least_subagent_SOURCES = tests/bench/least_subagent.c
check_PROGRAMS += tests/bench/least_agent
tests_bench_least_agent_SOURCES = tests/bench/least_agent.c
tests_bench_least_agent_CPPFLAGS = $(AGENT_CPPFLAGS)
tests_bench_least_agent_CFLAGS = $(AGENT_CFLAGS)
tests_bench_least_agent_LDADD = -lnetsnmpmibs $(NETSNMP_AGENT_LIBS)
EXTRA_DIST += tests/bench/snmp
