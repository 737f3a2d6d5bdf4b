# SPDX-License-Identifier: BSD-2-Clause
# libwire: codec, sealing, control frames, and what every program shares.
noinst_LTLIBRARIES += libwire.la
libwire_la_SOURCES = \
	src/wire/attr.h \
	src/wire/codec.h \
	src/wire/control.h \
	src/wire/records.h \
	src/wire/seal.h \
	src/wire/version.c \
	src/wire/version.h
libwire_la_CFLAGS = $(AM_CFLAGS) $(SODIUM_CFLAGS)
libwire_la_LIBADD = $(SODIUM_LIBS)
