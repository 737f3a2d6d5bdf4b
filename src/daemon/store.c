/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The thread that writes the state file; see store.h.
 */
#include "config.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/conf.h"
#include "host/log.h"
#include "daemon/state.h"
#include "daemon/store.h"

struct job {
	struct job *next;
	uint64_t ticket;
	bool ok;
	size_t len;
	uint8_t *data; /* NULL: a later one is written instead */
};

struct store {
	struct ev_loop *loop;
	ev_async async;
	char *dir;
	struct state_image image;
	store_done *done;
	void *ctx;
	pthread_t thread;
	pthread_mutex_t lock; /* of all below */
	pthread_cond_t more;
	struct job *waiting, **waiting_end;
	struct job *finished, **finished_end;
	char err[CONF_ERROR_LEN]; /* of the last failure; empty: told or none */
	bool end;
};

static void job_free(struct job *j)
{
	free(j->data);
	free(j);
}

/* Writes the newest of a chain; all of it shares the result. */
static void write_chain(struct store *s, struct job *chain)
{
	struct state_image image = s->image;
	char err[CONF_ERROR_LEN] = "";
	struct job *last = chain;
	bool ok;

	while (last->next != NULL)
		last = last->next;
	image.core = (struct cdat_view){last->data, last->len};
	ok = state_write(s->dir, &image, err, sizeof(err));
	free(last->data);
	last->data = NULL;
	for (struct job *j = chain; j != NULL; j = j->next)
		j->ok = ok;
	pthread_mutex_lock(&s->lock);
	if (!ok)
		memcpy(s->err, err, sizeof(s->err));
	*s->finished_end = chain;
	s->finished_end = &last->next;
	pthread_mutex_unlock(&s->lock);
	ev_async_send(s->loop, &s->async);
}

static void *run(void *arg)
{
	struct store *s = arg;
	struct job *chain;

	for (;;) {
		pthread_mutex_lock(&s->lock);
		while (s->waiting == NULL && !s->end)
			pthread_cond_wait(&s->more, &s->lock);
		chain = s->waiting;
		s->waiting = NULL;
		s->waiting_end = &s->waiting;
		pthread_mutex_unlock(&s->lock);
		if (chain == NULL)
			return NULL;
		write_chain(s, chain);
	}
}

static void on_async(struct ev_loop *loop, ev_async *w, int revents)
{
	struct store *s = w->data;
	char err[CONF_ERROR_LEN];
	struct job *chain;

	(void)loop;
	(void)revents;
	pthread_mutex_lock(&s->lock);
	chain = s->finished;
	s->finished = NULL;
	s->finished_end = &s->finished;
	memcpy(err, s->err, sizeof(err));
	s->err[0] = '\0';
	pthread_mutex_unlock(&s->lock);
	if (err[0] != '\0')
		log_error("state", "%s", err);
	while (chain != NULL) {
		struct job *next = chain->next;

		s->done(s->ctx, chain->ticket, chain->ok);
		job_free(chain);
		chain = next;
	}
}

struct store *store_new(struct ev_loop *loop, const char *dir, const char *cluster,
			uint32_t incarnation, store_done *done, void *ctx)
{
	struct store *s = calloc(1, sizeof(*s));
	sigset_t all, before;
	int failed;

	if (s == NULL || (s->dir = strdup(dir)) == NULL) {
		free(s);
		return NULL;
	}
	s->loop = loop;
	s->done = done;
	s->ctx = ctx;
	s->image.incarnation = incarnation;
	memcpy(s->image.cluster, cluster, strnlen(cluster, CDAT_NAME_MAX));
	s->waiting_end = &s->waiting;
	s->finished_end = &s->finished;
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->more, NULL);
	ev_async_init(&s->async, on_async);
	s->async.data = s;
	/* Signals are for the loop. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	failed = pthread_create(&s->thread, NULL, run, s);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (failed) {
		free(s->dir);
		free(s);
		return NULL;
	}
	ev_async_start(loop, &s->async);
	ev_unref(loop);
	return s;
}

void store_put(struct store *s, uint8_t *state, size_t len, uint64_t ticket)
{
	struct job *j = state != NULL ? malloc(sizeof(*j)) : NULL;

	if (j == NULL) {
		free(state);
		s->done(s->ctx, ticket, false);
		return;
	}
	*j = (struct job){.ticket = ticket, .len = len, .data = state};
	pthread_mutex_lock(&s->lock);
	for (struct job *old = s->waiting; old != NULL; old = old->next) {
		free(old->data);
		old->data = NULL;
	}
	*s->waiting_end = j;
	s->waiting_end = &j->next;
	pthread_cond_signal(&s->more);
	pthread_mutex_unlock(&s->lock);
}

void store_free(struct store *s)
{
	if (s == NULL)
		return;
	pthread_mutex_lock(&s->lock);
	s->end = true;
	pthread_cond_signal(&s->more);
	pthread_mutex_unlock(&s->lock);
	pthread_join(s->thread, NULL);
	ev_ref(s->loop);
	ev_async_stop(s->loop, &s->async);
	if (s->err[0] != '\0')
		log_error("state", "%s", s->err);
	while (s->finished != NULL) {
		struct job *next = s->finished->next;

		job_free(s->finished);
		s->finished = next;
	}
	pthread_cond_destroy(&s->more);
	pthread_mutex_destroy(&s->lock);
	free(s->dir);
	free(s);
}
