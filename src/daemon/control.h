/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Serves clients (libcdat) over AF_UNIX SOCK_SEQPACKET with the protocol of
 * wire/control.h.  Peer credentials decide: members of group `cdat` read; root, the
 * servicer's own user and members of `cdat-admin` also change and send.  No client can
 * delay the core: every queue has a cap, a slow client loses rows (and is told so by
 * RESYNC), and one that takes nothing at all is put off.
 */
#ifndef DAEMON_CONTROL_H
#define DAEMON_CONTROL_H

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/core.h"

struct control;
struct cdat_c_key;

struct control_host {
	struct cdat_core *core;
	struct cdat_keyring *keys;
	uint64_t (*now)(void *ctx); /* monotonic microseconds */
	void (*after)(void *ctx);   /* an input was given to the core: take its outputs */
	/* Performs a KEY verb on the ring of this servicer alone. */
	void (*key_verb)(void *ctx, const struct cdat_c_key *key, struct cdat_outcome *outcome);
	void *ctx;
};

/* Opens the socket.  NULL with one line in err: path not usable, or another cdatd listens there. */
struct control *control_new(struct ev_loop *loop, const char *path, const struct control_host *host,
			    char *err, size_t errlen);
void control_free(struct control *c);

/* Outputs of the core for clients. */
void control_outcome(struct control *c, const struct cdat_output *out);
void control_holders(struct control *c, const struct cdat_output *out);
void control_sent(struct control *c, const struct cdat_output *out);
void control_message(struct control *c, const struct cdat_output *out);
void control_event(struct control *c);
void control_dirty(struct control *c, enum cdat_kind kind, struct cdat_key key, bool gone);

/* Sends what is queued; called after each round of outputs.  True when the core was told of the
 * end of clients: take its outputs again. */
bool control_flush(struct control *c);

#endif
