# SPDX-License-Identifier: BSD-2-Clause
# libcdat, the client library (installed, versioned; link it with shared_ldflags).
# Only the names of libcdat.sym are visible; the codec is inside.
lib_LTLIBRARIES += libcdat.la
libcdat_la_SOURCES = \
	src/client/calls.c \
	src/client/cdat.h \
	src/client/connection.c \
	src/client/internal.h \
	src/client/request.c \
	src/client/send.c \
	src/client/table.c
libcdat_la_LIBADD = libcodec.la
libcdat_la_LDFLAGS = $(shared_ldflags) -version-info 0:0:0 -no-undefined \
	-export-symbols $(top_srcdir)/src/client/libcdat.sym
EXTRA_libcdat_la_DEPENDENCIES = src/client/libcdat.sym
EXTRA_DIST += src/client/libcdat.sym
include_HEADERS += src/client/cdat.h
cdatincludedir = $(includedir)/cdat
cdatinclude_HEADERS = src/cdat/types.h
pkgconfig_DATA += src/client/cdat.pc
dist_man_MANS += src/client/libcdat.3

# man cdat_send and so on: a page each, which sends on to libcdat(3)
install-data-hook: libcdat-pages
uninstall-hook: no-libcdat-pages
libcdat-pages:
	for call in `cat $(top_srcdir)/src/client/libcdat.sym`; do \
		echo '.so man3/libcdat.3' >$(DESTDIR)$(man3dir)/$$call.3 || exit 1; done
no-libcdat-pages:
	for call in `cat $(top_srcdir)/src/client/libcdat.sym`; do \
		rm -f $(DESTDIR)$(man3dir)/$$call.3; done
.PHONY: libcdat-pages no-libcdat-pages
