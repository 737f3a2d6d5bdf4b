# SPDX-License-Identifier: BSD-2-Clause
# Benches: figures for people, each with its reference in the same run.  Built with the
# tests, run by "make bench"; nothing asserts speed.
benches =
benches += tests/bench/bench_wire
tests_bench_bench_wire_CPPFLAGS = $(AM_CPPFLAGS) $(SODIUM_CFLAGS)
tests_bench_bench_wire_SOURCES = tests/bench/bench_wire.c
tests_bench_bench_wire_LDADD = libwire.la $(SODIUM_LIBS)
benches += tests/bench/bench_core
tests_bench_bench_core_CPPFLAGS = $(AM_CPPFLAGS) $(SODIUM_CFLAGS)
tests_bench_bench_core_SOURCES = tests/bench/bench_core.c
tests_bench_bench_core_LDADD = libcore.la libwire.la $(SODIUM_LIBS)
if BUILD_AGENT
benches += tests/bench/bench_replica
tests_bench_bench_replica_SOURCES = tests/bench/bench_replica.c
tests_bench_bench_replica_CPPFLAGS = $(AGENT_CPPFLAGS)
tests_bench_bench_replica_CFLAGS = $(AGENT_CFLAGS)
tests_bench_bench_replica_LDADD = libagent.la $(AGENT_LIBS)
check_PROGRAMS += tests/bench/bench_get
tests_bench_bench_get_SOURCES = tests/bench/bench_get.c
tests_bench_bench_get_CPPFLAGS = $(AGENT_CPPFLAGS)
tests_bench_bench_get_CFLAGS = $(AGENT_CFLAGS)
tests_bench_bench_get_LDADD = libagent.la $(AGENT_LIBS)
endif
# Parts of tests/bench/run, all figures in one table; no benches by themselves.
bench_parts = tests/bench/bench_messages tests/bench/bench_path
tests_bench_bench_path_CPPFLAGS = $(AM_CPPFLAGS) $(SODIUM_CFLAGS)
tests_bench_bench_path_SOURCES = tests/bench/bench_path.c
tests_bench_bench_path_LDADD = libcore.la libwire.la $(SODIUM_LIBS)
tests_bench_bench_messages_SOURCES = tests/bench/bench_messages.c
tests_bench_bench_messages_LDADD = libcdat.la libhost.la -lpthread
check_PROGRAMS += $(benches) $(bench_parts)
EXTRA_DIST += tests/bench/plots/load.data tests/bench/plots/load.svg tests/bench/plots/detection.data \
	tests/bench/plots/detection.svg
EXTRA_DIST += tests/bench/README tests/bench/run tests/bench/lib.sh tests/bench/RESULTS tests/bench/scale.figures \
	tests/bench/cluster.sh tests/bench/host.sh tests/bench/plots.sh tests/bench/peers tests/bench/peer_knet.c \
	tests/bench/peer_cpg.c tests/bench/peer_stream.h tests/bench/INSTRUCTIONS \
	tests/check-instructions
bench: $(benches)
	for b in $(benches); do ./$$b || exit 1; done
.PHONY: bench
