/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What waits to be written to a client: a bounded queue of packets, each a frame or, for a
 * client that takes them, a batch of frames.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "daemon/control_int.h"
#include "host/log.h"

enum { BATCH = 32 };

void client_put_off(struct client *cl, const char *why)
{
	if (cl->dead)
		return;
	cl->dead = true;
	log_info("control", "client %s (pid %d) is put off: %s", cl->program[0] ? cl->program : "?",
		 (int)cl->pid, why);
}

/* With room for a frame of `len`; for a client that takes batches, for more of them. */
static struct packet *packet_new(struct client *cl, size_t len)
{
	struct control *c = cl->control;
	size_t cap = len + CDAT_BATCH_HEAD;
	struct packet *p = c->spare;

	if (cl->batch && cap < CDAT_BATCH_MAX)
		cap = CDAT_BATCH_MAX;
	if (cap == CDAT_BATCH_MAX && p != NULL) {
		c->spare = p->next;
		c->spares--;
	} else {
		p = malloc(sizeof(*p) + cap);
		if (p == NULL)
			return NULL;
	}
	p->next = NULL;
	cdat_batch_init(&p->batch, p->data, cap);
	return p;
}

static void packet_free(struct control *c, struct packet *p)
{
	if (p->batch.cap != CDAT_BATCH_MAX || c->spares >= SPARES) {
		free(p);
		return;
	}
	p->next = c->spare;
	c->spare = p;
	c->spares++;
}

void queue_free_spares(struct control *c)
{
	while (c->spare != NULL) {
		struct packet *p = c->spare;

		c->spare = p->next;
		free(p);
	}
}

/* A packet at the end of the queue for a frame of `len`; NULL: the client is put off. */
static struct packet *packet_add(struct client *cl, size_t len)
{
	struct packet *p;

	if (cl->queued + len > QUEUE_MAX) {
		client_put_off(cl, "it does not take what it asked for");
		return NULL;
	}
	p = packet_new(cl, len);
	if (p == NULL) {
		client_put_off(cl, "no memory");
		return NULL;
	}
	if (cl->last != NULL)
		cl->last->next = p;
	else
		cl->head = p;
	cl->last = p;
	cl->queued += p->batch.len;
	return p;
}

bool client_put_frame(struct client *cl, const uint8_t *data, size_t len)
{
	const struct cdat_view frame = {data, len};
	struct packet *p = cl->batch ? cl->last : NULL;

	if (cl->dead)
		return false;
	if (p == NULL || !cdat_batch_add_frame(&p->batch, frame)) {
		p = packet_add(cl, len);
		if (p == NULL)
			return false;
		cdat_batch_add_frame(&p->batch, frame);
	}
	cl->queued += 4 + len;
	return true;
}

bool client_put(struct client *cl, enum cdat_verb verb, uint32_t tag, const void *src)
{
	struct packet *p = cl->batch ? cl->last : NULL;
	struct control *c = cl->control;
	struct cdat_writer w;

	if (cl->dead)
		return false;
	if (p != NULL) {
		size_t before = p->batch.len;

		if (cdat_batch_add(&p->batch, verb, tag, src)) {
			cl->queued += p->batch.len - before;
			return true;
		}
	}
	cdat_writer_init(&w, c->frame, sizeof(c->frame));
	if (!cdat_frame_write(&w, verb, tag, src)) {
		log_error("control", "a %s is too long for a frame", cdat_verb_name(verb));
		return false;
	}
	return client_put_frame(cl, w.data, w.len);
}

void client_error(struct client *cl, uint32_t tag, enum cdat_error_code code, const char *text)
{
	struct cdat_c_error e = {.code = (uint8_t)code};

	strncpy(e.text, text, sizeof(e.text) - 1);
	client_put(cl, CDAT_V_ERROR, tag, &e);
}

static void drop_first(struct client *cl)
{
	struct packet *p = cl->head;

	cl->head = p->next;
	if (cl->head == NULL)
		cl->last = NULL;
	cl->queued -= p->batch.len;
	packet_free(cl->control, p);
}

void client_drop_queue(struct client *cl)
{
	while (cl->head != NULL)
		drop_first(cl);
}

/* Writes up to BATCH packets; the number written, or -1 with errno. */
static int write_batch(struct client *cl)
{
	struct mmsghdr msgs[BATCH];
	struct iovec iov[BATCH];
	const int flags = MSG_DONTWAIT | MSG_NOSIGNAL;
	unsigned n = 0;
	int done;

	for (struct packet *p = cl->head; p != NULL && n < BATCH; p = p->next, n++) {
		struct cdat_view v = cdat_batch_packet(&p->batch);

		iov[n] = (struct iovec){(void *)(uintptr_t)v.data, v.len};
		msgs[n].msg_hdr = (struct msghdr){.msg_iov = &iov[n], .msg_iovlen = 1};
	}
	done = n == 1 ? (sendmsg(cl->fd, &msgs[0].msg_hdr, flags) < 0 ? -1 : 1)
		      : sendmmsg(cl->fd, msgs, n, flags);
	for (int i = 0; i < done; i++)
		drop_first(cl);
	return done;
}

void client_flush(struct client *cl)
{
	while (!cl->dead && cl->head != NULL) {
		if (write_batch(cl) > 0)
			continue;
		if (errno == EAGAIN || errno == EINTR || errno == ENOBUFS)
			break;
		cl->dead = true;
	}
	if (cl->dead || cl->head == NULL)
		ev_io_stop(cl->control->loop, &cl->writable);
	else
		ev_io_start(cl->control->loop, &cl->writable);
	/* Who does not read answers may not ask more. */
	if (cl->dead || cl->queued > QUEUE_ROWS)
		ev_io_stop(cl->control->loop, &cl->readable);
	else
		ev_io_start(cl->control->loop, &cl->readable);
}
