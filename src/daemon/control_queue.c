/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What waits to be written to a client: a bounded queue of frames.
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

bool client_put_frame(struct client *cl, const uint8_t *data, size_t len)
{
	struct frame *f;

	if (cl->dead)
		return false;
	if (cl->queued + len > QUEUE_MAX) {
		client_put_off(cl, "it does not take what it asked for");
		return false;
	}
	f = malloc(sizeof(*f) + len);
	if (f == NULL) {
		client_put_off(cl, "no memory");
		return false;
	}
	f->next = NULL;
	f->len = len;
	memcpy(f->data, data, len);
	*cl->tail = f;
	cl->tail = &f->next;
	cl->queued += len + sizeof(*f);
	return true;
}

bool client_put(struct client *cl, enum cdat_verb verb, uint32_t tag, const void *src)
{
	struct control *c = cl->control;
	struct cdat_writer w;

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
	struct frame *f = cl->head;

	cl->head = f->next;
	if (cl->head == NULL)
		cl->tail = &cl->head;
	cl->queued -= f->len + sizeof(*f);
	free(f);
}

void client_drop_queue(struct client *cl)
{
	while (cl->head != NULL)
		drop_first(cl);
}

/* Writes up to BATCH frames; the number written, or -1 with errno. */
static int write_batch(struct client *cl)
{
	struct mmsghdr msgs[BATCH];
	struct iovec iov[BATCH];
	unsigned n = 0;
	int done;

	memset(msgs, 0, sizeof(msgs));
	for (struct frame *f = cl->head; f != NULL && n < BATCH; f = f->next, n++) {
		iov[n] = (struct iovec){f->data, f->len};
		msgs[n].msg_hdr.msg_iov = &iov[n];
		msgs[n].msg_hdr.msg_iovlen = 1;
	}
	done = sendmmsg(cl->fd, msgs, n, MSG_DONTWAIT | MSG_NOSIGNAL);
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
