/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The queue of one sink: a file of records in order, which survives a crash at any point.
 *
 * A record is 16 octets of head (magic, state, length, checksum) and its text.  Adding appends
 * one; taking away overwrites its state in place.  A file that is all taken away is cut to
 * nothing, one that is mostly taken away is written anew and renamed.  What a crash tore is
 * passed over when the file is opened, with the octets counted.
 *
 * Past the cap the oldest is given up, since the newest state matters most; one that is
 * held (being sent) is spared.  In memory there are 16 octets a record, no text.
 */
#ifndef NOTIFY_QUEUE_H
#define NOTIFY_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QUEUE_TEXT_MAX	8192u

struct queue;

struct queue_counts {
	uint64_t pushed, popped, dropped;	/* since it was opened; pushed counts all that came */
	uint64_t lost_octets;			/* passed over at the opening */
	size_t waiting, octets;			/* now; octets of the file that wait */
	uint64_t failed;			/* could not be written: given up */
};

/* Opens or makes DIR/NAME.queue, mode 0600.  NULL with one line in `err`. */
struct queue *queue_open(const char *dir, const char *name, size_t most, size_t most_octets,
			 char *err, size_t errlen);
void queue_close(struct queue *queue);		/* NULL is allowed */

/* The hash of an id, as queue_push() takes it; the same that a record found in the file gets by the
 * member "id" of its text. */
uint64_t queue_id(const char *id);

/* Adds.  `id`: a hash by which queue_has() finds it again.  False: it could not be written, and
 * is counted. */
bool queue_push(struct queue *queue, uint64_t id, const char *text, size_t len);
/* Whether one with that hash waits. */
bool queue_has(const struct queue *queue, uint64_t id);
/* Makes what was added durable. */
bool queue_sync(struct queue *queue);
bool queue_synced(const struct queue *queue);

/* The oldest, to be sent: it is held until queue_pop() or queue_release().  0: none; else its
 * length.  buf: QUEUE_TEXT_MAX + 1 octets.  One that cannot be read any more is given up. */
size_t queue_hold(struct queue *queue, char *buf);
void queue_pop(struct queue *queue, bool dropped);	/* the held one is settled */
void queue_release(struct queue *queue);		/* it stays the oldest */

/* How many are settled, in the order of adding, counted as queue_counts.pushed is: the n-th that
 * was pushed (1..) waits no more when n <= this. */
uint64_t queue_settled(const struct queue *queue);
void queue_count(const struct queue *queue, struct queue_counts *counts);

#endif
