# SPDX-License-Identifier: BSD-2-Clause
# cdatctl, the tool of the operator: libcli holds all but main, for the unit tests.
noinst_LTLIBRARIES += libcli.la
libcli_la_SOURCES = \
	src/cli/add.c \
	src/cli/change.c \
	src/cli/change.h \
	src/cli/cli.h \
	src/cli/colour.c \
	src/cli/field.c \
	src/cli/html.c \
	src/cli/key.c \
	src/cli/listen.c \
	src/cli/listing.c \
	src/cli/lists.c \
	src/cli/live.c \
	src/cli/live.h \
	src/cli/load.c \
	src/cli/read.c \
	src/cli/routes.c \
	src/cli/send.c \
	src/cli/show.h \
	src/cli/status.c \
	src/cli/stream.c \
	src/cli/stream.h \
	src/cli/verbs.c \
	src/cli/view.c \
	src/cli/wait.c \
	src/cli/watch.c
libcli_la_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(MNL_CFLAGS) $(SMARTCOLS_CFLAGS)
libcli_la_LIBADD = libcdat.la libconf.la $(JANSSON_LIBS) $(MNL_LIBS) \
	$(SMARTCOLS_LIBS)

bin_PROGRAMS += cdatctl
cdatctl_SOURCES = src/cli/main.c
cdatctl_LDADD = libcli.la
dist_man_MANS += src/cli/cdatctl.8

bashcompletiondir = $(datadir)/bash-completion/completions
dist_bashcompletion_DATA = contrib/completion/cdatctl
EXTRA_DIST += tests/check-client
