# SPDX-License-Identifier: BSD-2-Clause
# cdatd: libdaemon holds all but main, for the unit tests; libconf reads cdat.yaml, for
# cdatctl too.
noinst_LTLIBRARIES += libconf.la libdaemon.la
libconf_la_SOURCES = \
	src/daemon/conf.c \
	src/daemon/conf.h \
	src/daemon/conf_int.h \
	src/daemon/conf_notify.c \
	src/daemon/conf_table.c
libconf_la_CFLAGS = $(AM_CFLAGS) $(YAML_CFLAGS)
libconf_la_LIBADD = libhost.la

libdaemon_la_SOURCES = \
	src/daemon/args.c \
	src/daemon/args.h \
	src/daemon/compare.c \
	src/daemon/compare.h \
	src/daemon/control.c \
	src/daemon/control.h \
	src/daemon/control_int.h \
	src/daemon/control_keys.c \
	src/daemon/control_push.c \
	src/daemon/control_queue.c \
	src/daemon/control_verbs.c \
	src/daemon/daemon.c \
	src/daemon/daemon.h \
	src/daemon/deadline.c \
	src/daemon/deadline.h \
	src/daemon/drain.c \
	src/daemon/keyfile.c \
	src/daemon/keyfile.h \
	src/daemon/keysave.c \
	src/daemon/keysave.h \
	src/daemon/loop.c \
	src/daemon/loop.h \
	src/daemon/loop_int.h \
	src/daemon/netlink.c \
	src/daemon/netlink.h \
	src/daemon/netlink_parse.c \
	src/daemon/netlink_parse.h \
	src/daemon/ready.c \
	src/daemon/ready.h \
	src/daemon/realtime.c \
	src/daemon/realtime.h \
	src/daemon/reload.c \
	src/daemon/routes.c \
	src/daemon/recv.h src/daemon/routes.h \
	src/daemon/sockaddr.h \
	src/daemon/state.c \
	src/daemon/state.h \
	src/daemon/store.c \
	src/daemon/store.h \
	src/daemon/udp.c \
	src/daemon/udp.h \
	src/daemon/udp_int.h \
	src/daemon/udp_send.c
libdaemon_la_CFLAGS = $(AM_CFLAGS) $(YAML_CFLAGS) $(SODIUM_CFLAGS) $(MNL_CFLAGS) -pthread
libdaemon_la_LIBADD = libconf.la libcore.la $(SODIUM_LIBS) $(MNL_LIBS) $(EV_LIBS) -lpthread

sbin_PROGRAMS += cdatd
cdatd_SOURCES = src/daemon/main.c
cdatd_LDADD = libdaemon.la

dist_man_MANS += src/daemon/cdatd.8 src/daemon/cdat.yaml.5
