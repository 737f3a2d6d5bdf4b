/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libcdat: talk to the cluster servicer (cdatd) of this host.  Needs nothing but libc.
 *
 * A client opens a connection, and then either asks and waits (cdat_snapshot,
 * cdat_change, cdat_send with CDAT_WAIT), or registers handlers and calls
 * cdat_dispatch() whenever cdat_fd() is readable.  No call blocks for longer than the
 * timeout it is given; a handle is used by one thread at a time.
 *
 * Calls that return int give 0 or a negative enum cdat_error; cdat_errtext() has one line
 * about the last failure of the handle.
 */
#ifndef CDAT_H
#define CDAT_H

#include "cdat/types.h"

#ifdef __cplusplus
extern "C" {
#endif

#define CDAT_SOCKET_DEFAULT "/run/cdat/cdatd.sock"

typedef struct cdat cdat_t;

enum cdat_error {
	CDAT_ERR_NONE = 0,
	CDAT_ERR_CONNECT = -1,		/* no servicer at that socket */
	CDAT_ERR_LOST = -2,		/* the connection ended */
	CDAT_ERR_TIMEOUT = -3,
	CDAT_ERR_ACCESS = -4,		/* this user may not do that */
	CDAT_ERR_PROTOCOL = -5,		/* the servicer speaks another version */
	CDAT_ERR_MEMORY = -6,
	CDAT_ERR_INVALID = -7,		/* an argument makes no sense */
	CDAT_ERR_SEND = -8		/* see cdat_send_reason() */
};

/* Handlers; each may be NULL.  They run inside cdat_dispatch() and inside calls that wait.
 * Pointers live during the call.  A handler may make any call, also one that waits (what then
 * arrives is handled inside it), and may close the handle. */
struct cdat_handlers {
	/* A row is new or changed (record of that kind, see cdat/types.h), or gone (record NULL).
	 * During a snapshot it is called for each row. */
	void (*row)(void *ctx, enum cdat_kind kind, struct cdat_key key, const void *record);
	void (*event)(void *ctx, const struct cdat_event *event);
	void (*message)(void *ctx, uint16_t from, bool ordered, uint64_t order, uint32_t epoch,
			const void *data, size_t len);
	/* Rows were dropped since this client was slow: take a new snapshot. */
	void (*resync)(void *ctx);
	/* The connection ended. */
	void (*lost)(void *ctx);
};

/* Opens; path NULL: CDAT_SOCKET_DEFAULT.  `program` names the client in the servicer's log.
 * Waits at most timeout_ms.  NULL: no memory; else check cdat_error(). */
cdat_t *cdat_open(const char *path, const char *program, int timeout_ms);
void cdat_close(cdat_t *c);			/* NULL is allowed; frees */
int cdat_error(const cdat_t *c);
const char *cdat_errtext(const cdat_t *c);
bool cdat_may_change(const cdat_t *c);		/* this user may change and send */
const char *cdat_servicer_version(const cdat_t *c);

void cdat_handle(cdat_t *c, const struct cdat_handlers *handlers, void *ctx);
int cdat_fd(const cdat_t *c);
/* Takes all that has arrived; also flushes what could not be written.  Does not block. */
int cdat_dispatch(cdat_t *c);
bool cdat_wants_write(const cdat_t *c);	/* poll for writing too; cdat_dispatch() writes */

/* Asks for all rows of the kinds in the mask (1u << kind ...); they arrive by handlers->row.
 * Returns when the last has come, or CDAT_ERR_TIMEOUT. */
int cdat_snapshot(cdat_t *c, uint32_t kinds, int timeout_ms);
/* From now on changed rows (kinds), events (from number `since` + 1 on, 0: new ones only) and
 * messages are pushed. */
int cdat_subscribe(cdat_t *c, uint32_t kinds, bool events, bool messages, uint32_t since,
		   int timeout_ms);
/* The configured table with the wanted routes, as ops that would make it. Caller frees *ops. */
int cdat_table(cdat_t *c, struct cdat_op **ops, size_t *nops, int timeout_ms);

/* Proposes a change and waits for its outcome at most timeout_ms, which should exceed the
 * cluster's change timeout: until that the servicer answers in any case.  0: *outcome says how
 * it went, refusal included.  CDAT_ERR_TIMEOUT, CDAT_ERR_LOST: not known; read the table. */
int cdat_change(cdat_t *c, const struct cdat_op *ops, size_t nops, struct cdat_outcome *outcome,
		int timeout_ms);

/* The same in two phases, without waiting: `done` is called by cdat_dispatch() with prepared
 * true when all members hold it ready (or with the refusal), then after cdat_decide() with the
 * end.  key: the caller's number of the change, not 0; a repeat of the key is the same change. */
typedef void (*cdat_outcome_fn)(void *ctx, uint64_t key, bool prepared,
				const struct cdat_outcome *outcome);
int cdat_prepare(cdat_t *c, uint64_t key, const struct cdat_op *ops, size_t nops,
		 uint32_t timeout_ms, cdat_outcome_fn done, void *ctx);
int cdat_decide(cdat_t *c, uint64_t key, bool commit);

/* Sends a message.  node 0 and name NULL: to all members in the one order.
 * timeout_ms > 0: waits until it is delivered to the destination's servicer (to all: until
 * ordered and delivered here); while the window is full it waits too.
 * timeout_ms 0: returns when the servicer accepted or refused it. */
int cdat_send(cdat_t *c, uint16_t node, const char *name, const void *data, size_t len,
	      int timeout_ms);
int cdat_send_several(cdat_t *c, const uint16_t *nodes, size_t nnodes, const void *data, size_t len,
		      int timeout_ms);
/* Pipelined: returns at once; `done` is called by cdat_dispatch() with CDAT_SEND_OK and delivered
 * false when accepted; then once more, with delivered true or with the error why it was refused
 * or given up.  When the connection ends first it is not called.  done NULL: nobody asks what
 * becomes of the message, and the servicer does not tell.
 * CDAT_SEND_QUEUE_FULL keeps the order: what was sent to the same destination before `done` told
 * of it is refused for that too, though there may be room again.  (One node is a destination; all
 * and several are one together.  Now and then a message to another one is refused with them.)
 * Let a moment pass until `done` was called for all of them, then send them again in the order in
 * which they were refused, before anything new.  Messages without `done` are not held to that: one
 * is lost when it finds no room, and those behind it go.
 * Messages sent while earlier ones are not accepted yet are gathered and handed over together,
 * at the latest by the next cdat_dispatch(); see cdat_wants_write(). */
typedef void (*cdat_sent_fn)(void *ctx, uint32_t tag, enum cdat_send_error error, bool delivered);
int cdat_send_async(cdat_t *c, uint16_t node, const char *name, bool all,
		    const void *data, size_t len,
		    cdat_sent_fn done, void *ctx, uint32_t *tag);
enum cdat_send_error cdat_send_reason(const cdat_t *c);
const char *cdat_send_error_text(enum cdat_send_error error);

/* For agents and notifiers.  cdat_local_set: cdatNotify* and cdatEventLimit of CDAT-MIB (`what`:
 * enum cdat_local_what of the control protocol).  The last two tell about a receiver of the kind
 * `what` (enum cdat_agent_kind) and are not answered.  cdat_notified: it has taken the notification
 * of the event, or it was held back.  cdat_agent_alive: whether it lives. */
int cdat_local_set(cdat_t *c, uint8_t what, uint8_t kind, int64_t number,
		   struct cdat_outcome *outcome, int timeout_ms);
int cdat_notified(cdat_t *c, uint8_t what, const struct cdat_event *event, bool suppressed);
int cdat_agent_alive(cdat_t *c, uint8_t what, bool alive);

struct cdat_key_info { uint8_t id; bool current; uint64_t fingerprint; uint32_t members; };
int cdat_keys(cdat_t *c, struct cdat_key_info *keys, size_t max, size_t *n, int timeout_ms);
/* One key that a node of the table holds; id 0: the node is away, or did not answer. */
struct cdat_key_holder { uint16_t node; uint8_t id; bool current; uint64_t fingerprint; };
/* Which node holds which keys, by rising node: at most max, *n of them. */
int cdat_key_holders(cdat_t *c, struct cdat_key_holder *holders, size_t max, size_t *n,
		     int timeout_ms);
/* Moves the whole cluster over to a new key, or goes on with a rotation that did not reach all
 * nodes; outcome->text says what was reached.  Waits for the members as long as timeout_ms. */
int cdat_key_rotate(cdat_t *c, struct cdat_outcome *outcome, int timeout_ms);
int cdat_key_verb(cdat_t *c, uint8_t verb, uint8_t id, const uint8_t key[32],
		  struct cdat_outcome *outcome, int timeout_ms);

#ifdef __cplusplus
}
#endif

#endif
