# SPDX-License-Identifier: BSD-2-Clause
# lib.sh is the harness.  Labs in network namespaces; contrib/check runs them (root).
EXTRA_DIST += tests/labs/lib.sh tests/labs/wan.sh tests/labs/harness \
	tests/labs/fig4 tests/labs/fig5 tests/labs/fig6 tests/labs/fig7 tests/labs/fig8 \
	tests/labs/counter tests/labs/examples tests/labs/multicast tests/labs/rotate tests/labs/servicer
EXTRA_DIST += tests/labs/RESULTS tests/labs/floods tests/labs/security tests/labs/storm tests/labs/upgrade \
	tests/labs/storm-judge.py

EXTRA_DIST += tests/labs/errors

check_PROGRAMS += tests/labs/storm_talk tests/labs/flood tests/labs/provoke
tests_labs_provoke_SOURCES = tests/labs/provoke.c
tests_labs_provoke_LDADD = libcdat.la
tests_labs_storm_talk_SOURCES = tests/labs/storm_talk.c
tests_labs_storm_talk_LDADD = libcdat.la
tests_labs_flood_SOURCES = tests/labs/flood.c
tests_labs_flood_LDADD = -lpthread
