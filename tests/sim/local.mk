# SPDX-License-Identifier: BSD-2-Clause
# Simulation of whole clusters in one process: link with libcore.la.
check_PROGRAMS += tests/sim/sim
tests_sim_sim_SOURCES = \
	tests/sim/alloc.c \
	tests/sim/check.c \
	tests/sim/check.h \
	tests/sim/figures.c \
	tests/sim/figures.h \
	tests/sim/host.c \
	tests/sim/main.c \
	tests/sim/map.c \
	tests/sim/net.c \
	tests/sim/order.c \
	tests/sim/order.h \
	tests/sim/preload.c \
	tests/sim/preload.h \
	tests/sim/scenario.c \
	tests/sim/scenario.h \
	tests/sim/sim.c \
	tests/sim/sim.h \
	tests/sim/story.c \
	tests/sim/story_agents.c \
	tests/sim/story_bridge.c \
	tests/sim/story.h \
	tests/sim/story_change.c \
	tests/sim/story_format.c \
	tests/sim/story_grave.c \
	tests/sim/story_group.c \
	tests/sim/story_leave.c \
	tests/sim/story_keys.c \
	tests/sim/story_large.c \
	tests/sim/story_replica.c \
	tests/sim/story_table.c \
	tests/sim/table.c \
	tests/sim/table.h \
	tests/sim/work.c \
	tests/sim/work.h
tests_sim_sim_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/sim
tests_sim_sim_CFLAGS = $(AM_CFLAGS) $(SODIUM_CFLAGS)
tests_sim_sim_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc \
	-Wl,--wrap=free,--wrap=strdup
tests_sim_sim_LDADD = libcore.la libwire.la $(SODIUM_LIBS)

TESTS += tests/sim/sim
EXTRA_DIST += tests/sim/mutate tests/sim/mutations.sh tests/sim/README.md tests/sim/RESULTS

sim-long: tests/sim/sim
	$(builddir)/tests/sim/sim --long
.PHONY: sim-long
