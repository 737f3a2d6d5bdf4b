# SPDX-License-Identifier: BSD-2-Clause
# libcore: the cluster as a pure state machine.
noinst_LTLIBRARIES += libcore.la
libcore_la_SOURCES = \
	src/core/arbiter.c \
	src/core/ask.c \
	src/core/change.c \
	src/core/conclude.c \
	src/core/core.c \
	src/core/core.h \
	src/core/doubt.c \
	src/core/event.c \
	src/core/facts.c \
	src/core/group.c \
	src/core/install.c \
	src/core/keyhold.c \
	src/core/link_ops.c \
	src/core/keys.c \
	src/core/internal.h \
	src/core/member.c \
	src/core/offer.c \
	src/core/parts.c \
	src/core/order.c \
	src/core/output.c \
	src/core/prepared.c \
	src/core/propose.c \
	src/core/proto.c \
	src/core/proto.h \
	src/core/read.c \
	src/core/reserve.c \
	src/core/rotate.c \
	src/core/route.c \
	src/core/send.c \
	src/core/start.c \
	src/core/state.c \
	src/core/status.c \
	src/core/sync.c \
	src/core/tell.c \
	src/core/view.c
# links
libcore_la_SOURCES += \
	src/core/link.c \
	src/core/link.h \
	src/core/link_choose.c \
	src/core/link_event.c \
	src/core/link_heap.c \
	src/core/link_input.c \
	src/core/link_int.h \
	src/core/link_output.c \
	src/core/link_probe.c \
	src/core/link_wire.c \
	src/core/link_wire.h \
	src/core/path.c \
	src/core/path.h \
	src/core/pmtu.c \
	src/core/session.c \
	src/core/stream.c \
	src/core/stream.h \
	src/core/stream_loss.c \
	src/core/stream_piece.c \
	src/core/stream_recv.c \
	src/core/stream_send.c \
	src/core/verify.c
# the table and what follows from it
libcore_la_SOURCES += \
	src/core/role.c \
	src/core/role.h \
	src/core/table.c \
	src/core/table.h \
	src/core/table_apply.c \
	src/core/table_entry.c \
	src/core/table_grave.c \
	src/core/table_index.c \
	src/core/table_int.h \
	src/core/table_judge.h \
	src/core/table_lists.c \
	src/core/table_merge.c \
	src/core/table_order.c \
	src/core/table_pool.c \
	src/core/table_pool.h \
	src/core/table_rules.c \
	src/core/table_short.c \
	src/core/table_text.c \
	src/core/table_value.c
libcore_la_LIBADD = libwire.la
