# SPDX-License-Identifier: BSD-2-Clause
# Simulation of whole clusters in one process: link with libcore.la.
EXTRA_DIST += \
	tests/sim/alloc.c \
	tests/sim/check.c \
	tests/sim/check.h \
	tests/sim/host.c \
	tests/sim/main.c \
	tests/sim/map.c \
	tests/sim/net.c \
	tests/sim/order.c \
	tests/sim/order.h \
	tests/sim/scenario.c \
	tests/sim/scenario.h \
	tests/sim/sim.c \
	tests/sim/sim.h \
	tests/sim/story.c \
	tests/sim/story.h \
	tests/sim/story_change.c \
	tests/sim/story_replica.c \
	tests/sim/table.c \
	tests/sim/table.h \
	tests/sim/work.c \
	tests/sim/work.h
