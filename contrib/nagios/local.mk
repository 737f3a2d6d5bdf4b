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
