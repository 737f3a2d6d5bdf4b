# SPDX-License-Identifier: BSD-2-Clause
# libcodec: codec, records, attributes, control frames: all that needs nothing but libc,
# so that libcdat can hold it.
# libwire: the same and sealing.
noinst_LTLIBRARIES += libcodec.la libwire.la
libcodec_la_SOURCES = \
	src/wire/addr.c \
	src/wire/attr.c \
	src/wire/attr.h \
	src/wire/attr_parse.c \
	src/wire/codec.c \
	src/wire/codec.h \
	src/wire/codec_int.h \
	src/wire/control.c \
	src/wire/control.h \
	src/wire/decode.c \
	src/wire/iftype.c \
	src/wire/number.h \
	src/wire/records.c \
	src/wire/records.h \
	src/wire/version.c \
	src/wire/version.h \
	src/wire/words.c \
	src/wire/words.h
libwire_la_SOURCES = \
	src/wire/digest.c \
	src/wire/digest.h \
	src/wire/keyring.c \
	src/wire/keyring_int.h \
	src/wire/keywrap.c \
	src/wire/replay.c \
	src/wire/seal.c \
	src/wire/seal.h
libwire_la_CFLAGS = $(AM_CFLAGS) $(SODIUM_CFLAGS)
libwire_la_LIBADD = libcodec.la $(SODIUM_LIBS)
