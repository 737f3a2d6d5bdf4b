/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The reliable channels with one peer, inside the link layer.
 *
 * Sender.  A message is cut into segments, numbered from 1 in each stream; several small
 * ones share a datagram.  A segment that was sent is in the list `flight` of its channel
 * by the time it was last sent, or in `lost`, or acknowledged.  It is lost when
 *   - something sent later by the same path was answered (RFC 8985), or
 *   - an attempt by its path expired, or
 *   - it was not acknowledged within the path's timeout (doubled while nothing is).
 * What is lost goes out first, by link_route(): by both paths while the current one is in
 * doubt.  The window is in octets: slow start, halved on loss, never under WINDOW_LEAST.
 *
 * Receiver.  What arrives in order is delivered at once; at most STREAM_SPAN segments
 * ahead are held.  Acknowledged at once when something is missing, doubled or new, else
 * each fourth datagram or after ACK_DELAY.
 */
#ifndef CDAT_CORE_STREAM_H
#define CDAT_CORE_STREAM_H

#include "core/link_int.h"

#define STREAM_SPAN	1024u		/* segments from the first not acknowledged; power of 2 */
#define STREAM_HELD_MAX	(4u << 20)	/* octets held out of order, per channel */
#define STREAM_PIECES	4u		/* bodies in pieces that are put together at a time */
#define ACK_DELAY	2000u		/* us: an acknowledgement waits no longer */
#define NO_SLOT		0xffffu

struct message {
	struct message *next;
	uint64_t cookie;
	uint32_t len, cut;		/* octets; cut into segments so far */
	bool delivered;
	uint8_t data[];
};

enum { SEG_FLIGHT = 1, SEG_LOST, SEG_ACKED };

/* A segment from its first sending until all before it are acknowledged.  Links hold the
 * low bits of a sequence number, so they survive growth of the ring. */
struct tx_segment {
	struct message *message;
	uint64_t sent;
	uint32_t offset;
	uint16_t len, prev, next;
	uint8_t path, state;
	bool last, again;		/* last of its message; sent before */
};

struct tx_list { uint16_t first, last; };

struct tx_channel {
	struct message *head, *cut, *tail;	/* not acknowledged; to be cut next */
	size_t queued, unsent;		/* octets, each message with MESSAGE_COST more */
	struct tx_segment *ring;
	uint32_t cap;
	uint64_t una, nxt;		/* first not acknowledged, next to be used */
	struct tx_list flight, lost;
	uint32_t in_flight;		/* segments */
};

struct rx_segment { uint8_t *data; uint32_t len, room, total; uint8_t kind; bool used; };

struct rx_channel {
	uint64_t next, top;		/* first missing; greatest held */
	struct rx_segment *ring;
	uint32_t cap, held;
	size_t held_octets;
	uint8_t have[STREAM_SPAN / 8];	/* bit seq % STREAM_SPAN: held */
	uint8_t *whole;			/* message under assembly */
	uint32_t whole_len, whole_total;
};

struct stream {
	uint32_t id;			/* ours */
	struct tx_channel tx[2];
	uint32_t window, threshold, flight;	/* octets */
	uint32_t backoff;		/* expiries with no progress */
	uint64_t recover;		/* losses of what was sent before are one event */
	size_t largest;			/* segment that was ever cut */
	uint64_t flush_due;		/* a datagram not full waits so long; 0 none */

	uint32_t rx_id;			/* the peer's; 0 none yet */
	uint32_t generation;		/* of the receiving side */
	struct rx_channel rx[2];
	uint32_t echo_stamp;		/* latest stamp of the peer */
	uint64_t echo_at;
	uint16_t ack_via;		/* the way of the acknowledgement */
	uint8_t ack_path, ack_local;
	uint8_t ack_count;		/* datagrams not acknowledged */
	bool ack_now;
	uint64_t ack_due;
	uint32_t acked_once;		/* datagrams acknowledged at once after the start */

	uint32_t piece_id;		/* of ours */
	struct rx_pieces { uint32_t id, len, total; uint8_t *data; } pieces[STREAM_PIECES];
};

#define MESSAGE_COST	64u		/* of a message beyond its octets, against queue_max */
#define SEGMENT_COST	28u		/* octets of a segment in a datagram beyond its data */
#define DATA_COST	80u		/* octets of the other fields of a DATA body */

/* stream.c */
struct stream *stream_of(struct cdat_link *link, struct peer *peer);	/* makes it */
void stream_free(struct stream *stream);
void message_free(struct message *message);
void message_free_list(struct message *message);
void message_finished(struct cdat_link *link, struct peer *peer, struct message *message,
		      bool delivered);
void stream_restart(struct cdat_link *link, struct peer *peer);	/* the sending side */
void stream_forget(struct cdat_link *link, struct peer *peer);		/* both sides */
bool stream_busy(const struct peer *peer);	/* something is to be sent or acknowledged by the peer */

/* stream_send.c */
void stream_push(struct cdat_link *link, struct peer *peer);
void stream_due(struct cdat_link *link, struct peer *peer);
uint64_t stream_deadline(const struct cdat_link *link, const struct peer *peer);

/* stream_loss.c */
struct tx_segment *tx_at(const struct tx_channel *tx, uint64_t seq);
void tx_unlink(struct tx_channel *tx, struct tx_list *list, uint64_t seq);
void tx_append(struct tx_channel *tx, struct tx_list *list, uint64_t seq);
void stream_acked(struct cdat_link *link, struct peer *peer, const struct link_data *d);
/* Something sent at `sent` by `path` was answered. */
void stream_answered(struct cdat_link *link, struct peer *peer, const struct path *path,
		     uint64_t sent);
/* An address answers again: what waits goes out now, not when a long timeout is over. */
void stream_revive(struct cdat_link *link, struct peer *peer);
/* An attempt by `path` expired: what is in flight by it is lost. */
void stream_path_failed(struct cdat_link *link, struct peer *peer, const struct path *path);
void stream_expire(struct cdat_link *link, struct peer *peer);
uint64_t stream_timeout(const struct cdat_link *link, const struct peer *peer, uint8_t adapter);
void stream_forgive(struct cdat_link *link, struct peer *peer, uint64_t gap);
void stream_window_init(struct stream *s);

/* stream_recv.c */
void stream_take(struct cdat_link *link, struct input *in);
void stream_rx_free(struct stream *stream);
bool stream_ack_fill(struct cdat_link *link, struct stream *s, struct link_data *d,
		     struct cdat_writer *w, bool gaps);
void stream_ack_sent(struct stream *s);
void stream_ack_send(struct cdat_link *link, struct peer *peer);

/* stream_piece.c */
void stream_piece_take(struct cdat_link *link, struct input *in);
bool stream_pieces(struct cdat_link *link, struct peer *peer, struct path *path,
		   struct cdat_view body);
void stream_data(struct cdat_link *link, struct input *in, struct cdat_view body);

#endif
