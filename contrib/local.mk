# SPDX-License-Identifier: BSD-2-Clause
dist_doc_DATA = contrib/TRAPS
EXTRA_DIST += contrib/make-traps
EXTRA_DIST += .ci/run contrib/build contrib/check contrib/install-deps contrib/packages \
	contrib/packages-monitoring contrib/packages-bench contrib/quickstart \
	contrib/systemd/cdat-agentx.service.in contrib/systemd/cdatd.service.in \
	contrib/systemd/cdat-notify.service.in \
	tests/check-budgets tests/check-layers tests/check-mib tests/check-units
EXTRA_DIST += tests/check-plain tests/check-security tests/check-static tests/check-coverage \
	tests/analyzer.supp .clang-tidy tests/cppcheck.supp \
	tests/valgrind.supp

systemdunitdir = $(prefix)/lib/systemd/system
nodist_systemdunit_DATA = contrib/systemd/cdatd.service contrib/systemd/cdat-agentx.service
if HAVE_CURL
nodist_systemdunit_DATA += contrib/systemd/cdat-notify.service
endif
CLEANFILES += $(nodist_systemdunit_DATA)
sysusersdir = $(prefix)/lib/sysusers.d
dist_sysusers_DATA = contrib/systemd/cdat.conf

.service.in.service:
	$(AM_V_GEN)$(MKDIR_P) $(@D) && \
	sed 's|@sbindir[@]|$(sbindir)|g; s|@sysconfdir[@]|$(sysconfdir)|g' $< >$@.tmp && mv $@.tmp $@

# Debian's packages; contrib/package makes them.
EXTRA_DIST += contrib/package contrib/packages-debian contrib/debian/changelog contrib/debian/control \
	contrib/debian/copyright contrib/debian/rules contrib/debian/source/format \
	contrib/debian/cdat.dirs contrib/debian/cdat.install contrib/debian/cdat.postrm contrib/debian/cdat-agent.install contrib/debian/cdat-mib.install \
	contrib/debian/cdat-monitoring.install \
	contrib/debian/cdat-notify.install \
	contrib/debian/libcdat0.install contrib/debian/libcdat0.symbols contrib/debian/libcdat-dev.install

tmpfilesdir = $(prefix)/lib/tmpfiles.d
dist_tmpfiles_DATA = contrib/systemd/tmpfiles/cdat.conf contrib/systemd/tmpfiles/cdat-agentx.conf

# Overview, tutorial and handbooks.
dist_man_MANS += contrib/man/cdat.7 contrib/man/cdat-admin.7 contrib/man/cdat-snmp.7 \
	contrib/man/cdat-tutorial.7
EXTRA_DIST += tests/packages/dist tests/packages/lib.sh tests/packages/tutorial

# An example of libcdat, built with the tests.
check_PROGRAMS += contrib/examples/counter
contrib_examples_counter_SOURCES = contrib/examples/counter.c
contrib_examples_counter_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/src/client
contrib_examples_counter_LDADD = libcdat.la
exampledir = $(docdir)/examples
dist_example_DATA = contrib/examples/counter.c
EXTRA_DIST += tests/check-manuals
