/* SPDX-License-Identifier: BSD-2-Clause */
/* The key file is written; see keysave.h. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/keysave.h"
#include "host/replace.h"

enum { LINE_LEN = 4 + 2 * CDAT_KEY_LEN + 6, TEXT_LEN = CDAT_KEYS_MAX * LINE_LEN, OLD_MAX = 16384 };

struct job {
	struct job *next;
	uint64_t ticket;
	bool ok;
	char path[4096], why[256];
	char text[TEXT_LEN + 1]; /* the lines of keys; wiped */
};

struct keysave {
	struct ev_loop *loop;
	ev_async async;
	keysave_done *done;
	void *ctx;
	pthread_t thread;
	pthread_mutex_t lock; /* of all below */
	pthread_cond_t more;
	struct job *waiting, **waiting_end, *finished, **finished_end;
	bool end;
};

/* ---- content ---- */

static void lines_of(const struct cdat_keyring *ring, char text[TEXT_LEN + 1])
{
	uint8_t key[CDAT_KEY_LEN];
	char hex[2 * CDAT_KEY_LEN + 1];
	size_t len = 0;

	text[0] = '\0';
	for (unsigned id = 1; id <= 255; id++) {
		if (!cdat_keyring_given(ring, (uint8_t)id, key))
			continue;
		sodium_bin2hex(hex, sizeof(hex), key, sizeof(key));
		len += (size_t)snprintf(text + len, TEXT_LEN + 1 - len, "%u %s%s\n", id, hex,
					cdat_keyring_current(ring) == id ? " use" : "");
	}
	sodium_memzero(key, sizeof(key));
	sodium_memzero(hex, sizeof(hex));
}

/* Appends the lines of comment of the file as it is; tells its owner. */
static size_t comments(const char *path, char *out, size_t cap, struct stat *st)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	char old[OLD_MAX + 1], *line = old;
	size_t len = 0;
	ssize_t n;

	st->st_uid = (uid_t)-1;
	st->st_gid = (gid_t)-1;
	if (fd < 0)
		return 0;
	if (fstat(fd, st) != 0 || !S_ISREG(st->st_mode)) {
		st->st_uid = (uid_t)-1;
		st->st_gid = (gid_t)-1;
	}
	n = read(fd, old, OLD_MAX);
	close(fd);
	old[n > 0 ? n : 0] = '\0';
	while (line != NULL && *line != '\0') {
		char *next = strchr(line, '\n');
		size_t size = next != NULL ? (size_t)(next - line) + 1 : strlen(line);

		if (line[strspn(line, " \t")] == '#' && next != NULL && len + size < cap) {
			memcpy(out + len, line, size);
			len += size;
		}
		line = next != NULL ? next + 1 : NULL;
	}
	sodium_memzero(old, sizeof(old));
	return len;
}

/* Only root may give a file to another user; a file of ours stays ours. */
static bool write_lines(const char *path, const char *lines, char *err, size_t errlen)
{
	struct replace how = { (uid_t)-1, (gid_t)-1, 0600, REPLACE_DURABLE };
	char text[OLD_MAX + TEXT_LEN + 1];
	struct stat st;
	size_t len = comments(path, text, OLD_MAX, &st), n = strlen(lines);
	bool renamed;
	int error;

	memcpy(text + len, lines, n);
	if (geteuid() == 0)
		how.uid = st.st_uid, how.gid = st.st_gid;
	error = replace_file(path, text, len + n, &how, &renamed);
	sodium_memzero(text, sizeof(text));
	if (error == 0)
		return true;
	snprintf(err, errlen, "key file %.120s: %.60s; let the user of cdatd write into its directory",
		 path, strerror(error));
	return false;
}

bool keyfile_save(const char *path, const struct cdat_keyring *ring, char *err, size_t errlen)
{
	char lines[TEXT_LEN + 1];
	bool ok;

	lines_of(ring, lines);
	ok = write_lines(path, lines, err, errlen);
	sodium_memzero(lines, sizeof(lines));
	return ok;
}

/* ---- the thread ---- */

static void *run(void *arg)
{
	struct keysave *s = arg;
	struct job *j;

	for (;;) {
		pthread_mutex_lock(&s->lock);
		while (s->waiting == NULL && !s->end)
			pthread_cond_wait(&s->more, &s->lock);
		j = s->waiting;
		if (j != NULL && (s->waiting = j->next) == NULL)
			s->waiting_end = &s->waiting;
		pthread_mutex_unlock(&s->lock);
		if (j == NULL)
			return NULL;
		j->ok = write_lines(j->path, j->text, j->why, sizeof(j->why));
		j->next = NULL;
		sodium_memzero(j->text, sizeof(j->text));
		pthread_mutex_lock(&s->lock);
		*s->finished_end = j;
		s->finished_end = &j->next;
		pthread_mutex_unlock(&s->lock);
		ev_async_send(s->loop, &s->async);
	}
}

static struct job *take_finished(struct keysave *s)
{
	struct job *chain;

	pthread_mutex_lock(&s->lock);
	chain = s->finished;
	s->finished = NULL;
	s->finished_end = &s->finished;
	pthread_mutex_unlock(&s->lock);
	return chain;
}

static void on_async(struct ev_loop *loop, ev_async *w, int revents)
{
	struct keysave *s = w->data;
	struct job *next;

	(void)loop;
	(void)revents;
	for (struct job *j = take_finished(s); j != NULL; j = next) {
		next = j->next;
		s->done(s->ctx, j->ticket, j->ok ? NULL : j->why);
		free(j);
	}
}

struct keysave *keysave_new(struct ev_loop *loop, keysave_done *done, void *ctx)
{
	struct keysave *s = calloc(1, sizeof(*s));
	sigset_t all, before;
	int failed;

	if (s == NULL)
		return NULL;
	s->loop = loop;
	s->done = done;
	s->ctx = ctx;
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
		free(s);
		return NULL;
	}
	ev_async_start(loop, &s->async);
	ev_unref(loop);
	return s;
}

void keysave_put(struct keysave *s, const char *path, const struct cdat_keyring *ring,
		 uint64_t ticket)
{
	struct job *j = calloc(1, sizeof(*j));

	if (j == NULL) {
		s->done(s->ctx, ticket, "not enough memory to write the key file; free some");
		return;
	}
	j->ticket = ticket;
	snprintf(j->path, sizeof(j->path), "%s", path);
	lines_of(ring, j->text);
	pthread_mutex_lock(&s->lock);
	*s->waiting_end = j;
	s->waiting_end = &j->next;
	pthread_cond_signal(&s->more);
	pthread_mutex_unlock(&s->lock);
}

void keysave_free(struct keysave *s)
{
	struct job *next;

	if (s == NULL)
		return;
	pthread_mutex_lock(&s->lock);
	s->end = true;
	pthread_cond_signal(&s->more);
	pthread_mutex_unlock(&s->lock);
	pthread_join(s->thread, NULL);
	ev_ref(s->loop);
	ev_async_stop(s->loop, &s->async);
	for (struct job *j = take_finished(s); j != NULL; j = next) {
		next = j->next;
		free(j);
	}
	pthread_cond_destroy(&s->more);
	pthread_mutex_destroy(&s->lock);
	free(s);
}
