# SPDX-License-Identifier: BSD-2-Clause
# check_cdat, the plugin for Nagios, Icinga and their kin; libcheck_cdat: what can be
# tested without an agent.
noinst_LTLIBRARIES += libcheck_cdat.la
libcheck_cdat_la_SOURCES = contrib/nagios/range.c contrib/nagios/range.h \
	contrib/nagios/result.c contrib/nagios/result.h

nagiosplugindir = $(libexecdir)/nagios/plugins
nagiosplugin_PROGRAMS = check_cdat
check_cdat_SOURCES = \
	contrib/nagios/check_cdat.c \
	contrib/nagios/judge.c \
	contrib/nagios/judge.h \
	contrib/nagios/judge_links.c \
	contrib/nagios/judge_role.c \
	contrib/nagios/query.c \
	contrib/nagios/query.h \
	contrib/nagios/session.c \
	contrib/nagios/session.h
check_cdat_CFLAGS = $(AM_CFLAGS) $(NETSNMP_CFLAGS)
check_cdat_LDADD = libcheck_cdat.la $(NETSNMP_LIBS) -lm
dist_man_MANS += contrib/nagios/check_cdat.1

# Object files, and the chain that makes passive results of traps.
nagiossampledir = $(docdir)/nagios
dist_nagiossample_DATA = contrib/nagios/README contrib/nagios/cdat.cfg contrib/nagios/cdat-cluster.cfg \
	contrib/nagios/cdat-passive contrib/nagios/cdat-snmptt.ini contrib/nagios/passive.conf
nodist_nagiossample_DATA = contrib/nagios/cdat-snmptt.conf
CLEANFILES += contrib/nagios/cdat-snmptt.conf
contrib/nagios/cdat-snmptt.conf: mib/CDAT-MIB.txt contrib/snmpd/make-snmptt config.status
	$(AM_V_GEN)$(MKDIR_P) contrib/nagios && \
	$(AWK) -v root=.$(CDAT_MIB_ROOT) -v exec=/usr/local/sbin/cdat-passive \
		-f $(top_srcdir)/contrib/snmpd/make-snmptt $(top_srcdir)/mib/CDAT-MIB.txt >$@.tmp && \
	mv $@.tmp $@
