# SPDX-License-Identifier: BSD-2-Clause
# libhost: what the programs share that run by themselves on a host - the log, the schema
# mechanism of their configuration files, and files that are replaced as a whole.
noinst_LTLIBRARIES += libhost.la
libhost_la_SOURCES = \
	src/host/document.c \
	src/host/log.c \
	src/host/log.h \
	src/host/place.h \
	src/host/replace.c \
	src/host/replace.h \
	src/host/schema.c \
	src/host/schema.h \
	src/host/schema_uniq.c
libhost_la_CFLAGS = $(AM_CFLAGS) $(YAML_CFLAGS)
libhost_la_LIBADD = libcodec.la $(YAML_LIBS)
