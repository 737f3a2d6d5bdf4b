/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The inside of the control service.
 */
#ifndef DAEMON_CONTROL_INT_H
#define DAEMON_CONTROL_INT_H

#include <sys/types.h>

#include "daemon/control.h"
#include "daemon/recv.h"
#include "wire/control.h"

enum {
	CLIENTS_MAX = 256,
	CHANGES_MAX = 16,	/* in flight for one client */
	QUEUE_LOW = 256 * 1024, /* octets: snapshot and events go on below */
	QUEUE_ROWS = 4 << 20,	/* rows are dropped above */
	QUEUE_MAX = 16 << 20,	/* the client is put off above */
	READS = 16,		/* packets that one wake-up takes from a client */
	SPARES = 16,		/* packets that are kept for the next */
	FULL_SLOTS = 64		/* destinations, by number */
};

/* What is to be written at once: a frame, or several for a client that takes batches. */
struct packet {
	struct packet *next;
	struct cdat_batch batch;
	uint8_t data[];
};

/* A change of a client that the core has not ended. */
struct in_flight {
	struct in_flight *next;
	uint64_t cookie, key;
	uint32_t tag; /* of the latest request for it */
	bool hold, prepared;
	struct cdat_outcome outcome; /* once prepared */
};

/* Ops of a change that comes in parts, as far as it is here. */
struct change_parts {
	uint64_t key; /* 0: none */
	uint8_t *data;
	size_t len;
	bool failed; /* longer than it may be */
};

struct paging { /* a snapshot under way */
	bool active;
	uint32_t tag, kinds;
	unsigned kind;
	bool started; /* within the kind */
	struct cdat_key key;
};

struct client {
	struct client *next;
	struct control *control;
	int fd;
	uid_t uid;
	pid_t pid;
	uint32_t serial; /* never used again */
	uint8_t access;	 /* enum cdat_access; 0 none */
	bool hello, dead, batch;
	struct recv_mode mode;
	char program[64];
	ev_io readable, writable;
	struct packet *head, *last;
	size_t queued; /* octets of the queue */
	uint32_t kinds;
	bool events, messages, resync;
	uint32_t event_next; /* number of the next event to push */
	struct paging page;
	bool agent[CDAT_AGENT_KINDS + 1]; /* by `what` of CDAT_V_AGENT */
	struct in_flight *changes;
	struct change_parts parts;
	unsigned nchanges;
	uint64_t full;		      /* refusals for a full queue; from 1 on */
	uint64_t full_at[FULL_SLOTS]; /* the last to the node; 0: to all and several */
};

struct control {
	struct ev_loop *loop;
	struct control_host host;
	char *path;
	int fd;
	ev_io acceptable;
	gid_t gid_read, gid_admin; /* (gid_t)-1: no such group */
	struct client *clients;
	unsigned nclients;
	uint32_t serial;
	uint64_t row_number, cookie;
	unsigned agents[CDAT_AGENT_KINDS + 1]; /* clients that have each mark */
	struct packet *spare;
	unsigned spares;
	uint8_t record[16384], frame[CDAT_FRAME_MAX];
};

/* control_queue.c */

/* Queues one frame; false: it does not fit or no memory, and the client is put off. */
bool client_put(struct client *cl, enum cdat_verb verb, uint32_t tag, const void *src);
/* Queues an encoded frame. */
bool client_put_frame(struct client *cl, const uint8_t *data, size_t len);
void client_error(struct client *cl, uint32_t tag, enum cdat_error_code code, const char *text);
void client_flush(struct client *cl);
void client_drop_queue(struct client *cl);
void queue_free_spares(struct control *c);
void client_put_off(struct client *cl, const char *why);

/* control_push.c */
void client_pump(
	struct client *cl); /* goes on with snapshot, events and resync while there is room */

/* wire/control.h, by verb */
union request {
	struct cdat_c_hello hello;
	struct cdat_c_snapshot snapshot;
	struct cdat_c_subscribe subscribe;
	struct cdat_c_change change;
	struct cdat_c_decide decide;
	struct cdat_c_send send;
	struct cdat_c_local_set local_set;
	struct cdat_c_notified notified;
	struct cdat_c_agent agent;
	struct cdat_c_key key;
};

/* control_verbs.c */
/* True: it held a key, or what is not known, and is to be wiped. */
bool client_request(struct client *cl, struct cdat_view frame);
/* An answer of the core is to come for that request: its cookie.  NULL: too many, or no memory. */
struct in_flight *client_expects(struct client *cl, uint32_t tag);
/* Whose it is, and not expected any more; NULL: gone. */
struct client *control_asker(struct control *c, uint64_t cookie, uint32_t *tag);
void client_gone(struct client *cl); /* undoes what the core knows of it */

/* control_keys.c */
void verb_key(struct client *cl, uint32_t tag, const union request *r);

#endif
