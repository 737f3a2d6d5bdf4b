/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The inside of the loop.
 */
#ifndef DAEMON_LOOP_INT_H
#define DAEMON_LOOP_INT_H

#include <ev.h>

#include "core/core.h"
#include "daemon/control.h"
#include "daemon/deadline.h"
#include "daemon/keysave.h"
#include "daemon/loop.h"
#include "daemon/netlink.h"
#include "daemon/routes.h"
#include "daemon/store.h"
#include "daemon/udp.h"

struct loop {
	struct ev_loop *ev;
	struct conf *conf;
	unsigned verbose;
	struct cdat_keyring *keys;
	struct cdat_core *core;
	struct control *control;
	struct netlink *netlink;
	struct store *store;
	struct keysave *keysave;
	struct udp *udp;
	struct deadline deadline; /* of the core */
	ev_timer second, stop;
	ev_prepare prepare;
	ev_signal sigterm, sigint, sighup;
	uint64_t wall_offset;
	uint64_t now; /* never goes back */
	bool due;     /* the core was given something in this turn */
	bool leaving;
	struct cdat_addr *listen; /* as the core last asked */
	size_t nlisten;
	struct routes *routes;
	uint32_t seen_version; /* of the table, when the addresses were read */
	struct cdat_local *locals;
	size_t nlocals;
};

uint64_t loop_now(struct loop *l);

/* Called after each input: before the loop waits again, all that the core wants is carried out
 * and the timer armed. */
void loop_drain(struct loop *l);
void loop_start_drain(struct loop *l);

/* Addresses and routes anew from the kernel. */
void loop_read_host(struct loop *l);

/* Reads the file again: log level and keys (SIGHUP). */
void loop_reload(struct loop *l);

/* loop_drain.c */
void loop_listen(struct loop *l, const struct cdat_addr *addrs, size_t n);

/* reload.c */
struct cdat_c_key;
void loop_key_verb(struct loop *l, const struct cdat_c_key *key, struct cdat_outcome *outcome);

#endif
