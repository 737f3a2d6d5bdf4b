# SPDX-License-Identifier: BSD-2-Clause
# cdat-notify: events to HTTP(S) and programs; built only if HAVE_CURL.  libnotify: all of
# it but main, for the tests.
if HAVE_CURL
noinst_LTLIBRARIES += libnotify.la
libnotify_la_SOURCES = \
	src/notify/alerts.c \
	src/notify/alerts.h \
	src/notify/args.c \
	src/notify/backoff.c \
	src/notify/backoff.h \
	src/notify/conf.c \
	src/notify/conf.h \
	src/notify/conf_int.h \
	src/notify/conf_sink.c \
	src/notify/feed.c \
	src/notify/http.c \
	src/notify/http.h \
	src/notify/job.c \
	src/notify/job.h \
	src/notify/kind.c \
	src/notify/kind.h \
	src/notify/note.c \
	src/notify/note.h \
	src/notify/notifier.c \
	src/notify/notifier.h \
	src/notify/outbox.c \
	src/notify/payload.c \
	src/notify/payload.h \
	src/notify/progress.c \
	src/notify/progress.h \
	src/notify/queue.c \
	src/notify/queue.h \
	src/notify/reload.c \
	src/notify/secret.c \
	src/notify/secret.h \
	src/notify/sink.c \
	src/notify/sink.h \
	src/notify/sink_int.h \
	src/notify/sink_types.c \
	src/notify/status.c \
	src/notify/test.c \
	src/notify/view.c \
	src/notify/view.h
libnotify_la_CFLAGS = $(AM_CFLAGS) $(CURL_CFLAGS) $(JANSSON_CFLAGS) $(SODIUM_CFLAGS) $(YAML_CFLAGS)
libnotify_la_LIBADD = libhost.la libcdat.la libcodec.la $(CURL_LIBS) $(JANSSON_LIBS) $(SODIUM_LIBS) \
	$(EV_LIBS)

sbin_PROGRAMS += cdat-notify
cdat_notify_SOURCES = src/notify/main.c
cdat_notify_LDADD = libnotify.la

dist_man_MANS += src/notify/cdat-notify.8 src/notify/notify.yaml.5
notifysampledir = $(docdir)/notify
dist_notifysample_DATA = \
	contrib/notify/alertmanager.yaml \
	contrib/notify/exec.yaml \
	contrib/notify/icinga2.yaml \
	contrib/notify/webhook.yaml
endif
