/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The queue of one sink on disk; see queue.h.
 *   octets 0..3   magic "CDq1"
 *          4      state: 'w' waits, 'd' done
 *          5..7   length of the text, big-endian
 *          8..15  first octets of the BLAKE2b of the length and the text
 *          16..   text
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "notify/queue.h"

enum { HEAD = 16, STATE_AT = 4, COMPACT_MIN = 64 * 1024, FILE_LIMIT = 1 << 30 };

static const uint8_t magic[4] = { 'C', 'D', 'q', '1' };

struct entry {
	uint32_t offset, len;
	uint64_t id;
};

struct queue {
	char *path;
	int fd;
	struct entry *ring;	/* `most` of them and one more, for the held one */
	size_t cap, head, n;
	size_t most, most_octets;
	uint32_t end;		/* of the file */
	uint64_t settled;
	bool held, unsynced;
	struct queue_counts counts;
};

static void hash(const uint8_t *octets, size_t len, uint8_t out[8])
{
	uint8_t digest[crypto_generichash_BYTES_MIN];

	crypto_generichash(digest, sizeof(digest), octets, len, NULL, 0);
	memcpy(out, digest, 8);
}

static void sum(const uint8_t *record, uint32_t len, uint8_t out[8])
{
	uint8_t octets[3 + QUEUE_TEXT_MAX];

	memcpy(octets, record + 5, 3);
	memcpy(octets + 3, record + HEAD, len);
	hash(octets, 3 + (size_t)len, out);
}

static uint32_t record_len(const uint8_t *head)
{
	return (uint32_t)head[5] << 16 | (uint32_t)head[6] << 8 | head[7];
}

/* Whether a whole record begins at `p`, with `left` octets after it. */
static bool record_ok(const uint8_t *p, size_t left)
{
	uint8_t check[8];
	uint32_t len;

	if (left < HEAD || memcmp(p, magic, sizeof(magic)) != 0)
		return false;
	len = record_len(p);
	if ((p[STATE_AT] != 'w' && p[STATE_AT] != 'd') || len == 0 || len > QUEUE_TEXT_MAX ||
	    len > left - HEAD)
		return false;
	sum(p, len, check);
	return memcmp(check, p + 8, sizeof(check)) == 0;
}

static struct entry *at(const struct queue *q, size_t i)
{
	return &q->ring[(q->head + i) % q->cap];
}

static uint64_t id_of(const char *text, size_t len)
{
	uint8_t octets[8];
	uint64_t id;

	hash((const uint8_t *)text, len, octets);
	memcpy(&id, octets, sizeof(id));
	return id;
}

/* The hash of a record that was found in the file: of the value of "id" in its text, which is
 * what stands between the first `"id":"` and the next quote. */
static uint64_t id_in(const uint8_t *text, uint32_t len)
{
	static const char key[] = "\"id\":\"";
	const uint8_t *p = memmem(text, len, key, sizeof(key) - 1), *end;

	if (p == NULL)
		return 0;
	p += sizeof(key) - 1;
	end = memchr(p, '"', len - (size_t)(p - text));
	return end != NULL ? id_of((const char *)p, (size_t)(end - p)) : 0;
}

uint64_t queue_id(const char *id)
{
	return id_of(id, strlen(id));
}

static void forget_oldest(struct queue *q, size_t i)
{
	uint8_t done = 'd';

	/* When this write fails it is sent once more after a restart; nothing is lost. */
	if (pwrite(q->fd, &done, 1, at(q, i)->offset + STATE_AT) != 1)
		q->counts.failed++;
	q->counts.octets -= at(q, i)->len + HEAD;
	if (i == 1)
		*at(q, 1) = *at(q, 0);
	q->head = (q->head + 1) % q->cap;
	q->n--;
	q->settled++;
}

/* Gives up the oldest that is not held. */
static void drop(struct queue *q)
{
	if (q->n <= (q->held ? 1u : 0u))
		return;
	forget_oldest(q, q->held ? 1 : 0);
	q->counts.dropped++;
}

static void remember(struct queue *q, uint32_t offset, uint32_t len, uint64_t id)
{
	while (q->n > (q->held ? 1u : 0u) &&
	       (q->n >= q->most || q->counts.octets + len + HEAD > q->most_octets))
		drop(q);
	*at(q, q->n++) = (struct entry){ offset, len, id };
	q->counts.octets += len + HEAD;
	q->counts.pushed++;
}

/* Takes the records of the file's text; what is none is passed over. */
static void scan(struct queue *q, const uint8_t *file, size_t size)
{
	size_t p = 0;

	while (p < size) {
		if (!record_ok(file + p, size - p)) {
			p++;
			q->counts.lost_octets++;
			continue;
		}
		if (file[p + STATE_AT] == 'w')
			remember(q, (uint32_t)p, record_len(file + p),
				 id_in(file + p + HEAD, record_len(file + p)));
		p += HEAD + record_len(file + p);
	}
	q->end = (uint32_t)size;
}

static bool load(struct queue *q, char *err, size_t errlen)
{
	struct stat st;
	uint8_t *file;
	size_t got = 0;
	ssize_t n = 1;

	if (fstat(q->fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > FILE_LIMIT) {
		snprintf(err, errlen, "queue %s: it is no queue of cdat-notify; move it away",
			 q->path);
		return false;
	}
	file = malloc((size_t)st.st_size + 1);
	for (; file != NULL && n > 0 && got < (size_t)st.st_size; got += (size_t)(n > 0 ? n : 0))
		n = pread(q->fd, file + got, (size_t)st.st_size - got, (off_t)got);
	if (file == NULL || n < 0) {
		snprintf(err, errlen, "queue %s: %s; let the user of cdat-notify read it", q->path,
			 strerror(errno));
		free(file);
		return false;
	}
	scan(q, file, got);
	free(file);
	return true;
}

struct queue *queue_open(const char *dir, const char *name, size_t most, size_t most_octets,
			 char *err, size_t errlen)
{
	struct queue *q = calloc(1, sizeof(*q));

	if (q == NULL || asprintf(&q->path, "%s/%s.queue", dir, name) < 0) {
		snprintf(err, errlen, "queue %s: not enough memory; free some", name);
		free(q);
		return NULL;
	}
	q->most = most;
	q->most_octets = most_octets;
	q->cap = most + 2;
	q->ring = calloc(q->cap, sizeof(*q->ring));
	q->fd = open(q->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	if (q->ring == NULL || q->fd < 0) {
		snprintf(err, errlen, "queue %s: %s; %s", q->path,
			 errno == ELOOP ? "it is a link" : strerror(errno),
			 errno == ELOOP ? "put the file itself there"
					: "let the user of cdat-notify write into the directory");
		queue_close(q);
		return NULL;
	}
	if (!load(q, err, errlen)) {
		queue_close(q);
		return NULL;
	}
	return q;
}

void queue_close(struct queue *queue)
{
	if (queue == NULL)
		return;
	if (queue->fd >= 0) {
		queue_sync(queue);
		close(queue->fd);
	}
	free(queue->ring);
	free(queue->path);
	free(queue);
}

static bool write_at(int fd, const uint8_t *data, size_t len, off_t offset)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = pwrite(fd, data + done, len - done, offset + (off_t)done);

		if (n < 0 && errno != EINTR)
			return false;
		done += n > 0 ? (size_t)n : 0;
	}
	return true;
}

/* Copies what waits into `fd`, from its start; new offsets go to the ring only on success. */
static bool copy_waiting(struct queue *q, int fd)
{
	uint8_t record[HEAD + QUEUE_TEXT_MAX];
	uint32_t end = 0;

	for (size_t i = 0; i < q->n; i++) {
		size_t len = HEAD + (size_t)at(q, i)->len;

		if (pread(q->fd, record, len, at(q, i)->offset) != (ssize_t)len ||
		    !write_at(fd, record, len, end))
			return false;
		end += (uint32_t)len;
	}
	return fsync(fd) == 0;
}

/* Writes the file anew without what is done.  On failure it stays as it is. */
static void compact(struct queue *q)
{
	char *temp = NULL;
	uint32_t end = 0;
	int fd;

	if (asprintf(&temp, "%s.XXXXXX", q->path) < 0)
		return;
	fd = mkostemp(temp, O_CLOEXEC);
	if (fd < 0 || !copy_waiting(q, fd) || rename(temp, q->path) != 0) {
		if (fd >= 0) {
			unlink(temp);
			close(fd);
		}
		free(temp);
		return;
	}
	free(temp);
	close(q->fd);
	q->fd = fd;
	for (size_t i = 0; i < q->n; i++) {
		at(q, i)->offset = end;
		end += HEAD + at(q, i)->len;
	}
	q->end = end;
}

static void tidy(struct queue *q)
{
	if (q->n == 0 && q->end > 0 && ftruncate(q->fd, 0) == 0)
		q->end = 0;
	if (q->end > COMPACT_MIN && q->counts.octets < q->end / 2)
		compact(q);
}

bool queue_push(struct queue *queue, uint64_t id, const char *text, size_t len)
{
	uint8_t record[HEAD + QUEUE_TEXT_MAX];
	bool ok = len > 0 && len <= QUEUE_TEXT_MAX &&
		  queue->end + HEAD + len < (size_t)FILE_LIMIT;

	if (ok) {
		memcpy(record, magic, sizeof(magic));
		record[STATE_AT] = 'w';
		record[5] = (uint8_t)(len >> 16);
		record[6] = (uint8_t)(len >> 8);
		record[7] = (uint8_t)len;
		memcpy(record + HEAD, text, len);
		sum(record, (uint32_t)len, record + 8);
		ok = write_at(queue->fd, record, HEAD + len, queue->end);
		/* half a record would be passed over; but then the next begins at its place */
	}
	if (!ok) {
		queue->counts.failed++;
		return false;
	}
	remember(queue, queue->end, (uint32_t)len, id);
	queue->end += (uint32_t)(HEAD + len);
	queue->unsynced = true;
	tidy(queue);
	return true;
}

bool queue_has(const struct queue *queue, uint64_t id)
{
	for (size_t i = 0; i < queue->n; i++)
		if (at(queue, i)->id == id)
			return true;
	return false;
}

bool queue_sync(struct queue *queue)
{
	if (!queue->unsynced)
		return true;
	queue->unsynced = false;
	return fdatasync(queue->fd) == 0;
}

bool queue_synced(const struct queue *queue)
{
	return !queue->unsynced;
}

size_t queue_hold(struct queue *queue, char *buf)
{
	uint8_t record[HEAD + QUEUE_TEXT_MAX];

	while (queue->n > 0) {
		const struct entry *e = at(queue, 0);
		size_t len = HEAD + (size_t)e->len;

		queue->held = true;
		if (pread(queue->fd, record, len, e->offset) == (ssize_t)len &&
		    record_ok(record, len)) {
			memcpy(buf, record + HEAD, e->len);
			buf[e->len] = '\0';
			return e->len;
		}
		queue_pop(queue, true);
	}
	return 0;
}

void queue_pop(struct queue *queue, bool dropped)
{
	if (!queue->held)
		return;
	queue->held = false;
	forget_oldest(queue, 0);
	queue->counts.popped += !dropped;
	queue->counts.dropped += dropped;
	tidy(queue);
}

void queue_release(struct queue *queue)
{
	queue->held = false;
}

uint64_t queue_settled(const struct queue *queue)
{
	return queue->settled;
}

void queue_count(const struct queue *queue, struct queue_counts *counts)
{
	*counts = queue->counts;
	counts->waiting = queue->n;
}
