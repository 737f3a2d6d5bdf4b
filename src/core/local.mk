# SPDX-License-Identifier: BSD-2-Clause
# libcore: the cluster as a pure state machine.
noinst_LTLIBRARIES += libcore.la
libcore_la_SOURCES = \
	src/core/core.h \
	src/core/link.h \
	src/core/role.h \
	src/core/table.h
libcore_la_LIBADD = libwire.la
