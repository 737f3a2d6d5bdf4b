/* SPDX-License-Identifier: BSD-2-Clause */
/* Running programs; see job.h. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "notify/job.h"

#define KILL_AFTER_S	2.0	/* from SIGTERM to SIGKILL */
#define VARIABLES	32

struct job {
	struct ev_loop *loop;
	job_done *done;
	void *ctx;
	pid_t pid;			/* and its group; 0 none */
	bool late;
	int out;			/* end of the pipe to read from; -1 none */
	ev_child child;
	ev_timer limit;
	ev_io readable;
	char output[JOB_OUTPUT_KEPT + 1];
	size_t len;
};

/* ---- environment ---- */

struct environment { char **list; size_t n; bool failed; };

static void put(struct environment *e, const char *name, const char *value)
{
	if (*value == '\0' || e->failed || e->n >= VARIABLES)
		return;
	if (asprintf(&e->list[e->n], "%s=%s", name, value) < 0) {
		e->list[e->n] = NULL;
		e->failed = true;
		return;
	}
	e->n++;
}

static void put_number(struct environment *e, const char *name, uint64_t number)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)number);
	put(e, name, number != 0 ? text : "");
}

/* What keepalived calls MASTER and BACKUP. */
static const char *role_state(const struct note *note)
{
	if (note->role[0] == '\0')
		return "";
	if (strcmp(note->holder, note->reporter) == 0)
		return "holder";
	return strcmp(note->before, note->reporter) == 0 ? "released" : "other";
}

static void put_all(struct environment *e, const struct note *note)
{
	char time[NOTE_TIME_LEN];

	put(e, "PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
	put(e, "LANG", "C.UTF-8");
	put(e, "CDAT_NOTIFY_VERSION", PACKAGE_VERSION);
	put(e, "CDAT_ID", note->id);
	put(e, "CDAT_KIND", note->kind);
	put(e, "CDAT_CLASS", note->class);
	put(e, "CDAT_SEVERITY", note->severity);
	put(e, "CDAT_TIME", note_time(note->wall, time));
	put_number(e, "CDAT_TIMESTAMP", note->wall / 1000000);
	put(e, "CDAT_CLUSTER", note->cluster);
	put(e, "CDAT_REPORTER", note->reporter);
	put(e, "CDAT_NODE", note->node);
	put_number(e, "CDAT_NODE_ID", note->node_id);
	put_number(e, "CDAT_ADAPTER", note->adapter);
	put_number(e, "CDAT_OTHER_ADAPTER", note->other_adapter);
	put(e, "CDAT_ADDRESS", note->address);
	put(e, "CDAT_ROLE", note->role);
	put(e, "CDAT_ROLE_HOLDER", note->holder);
	put(e, "CDAT_ROLE_BEFORE", note->before);
	put(e, "CDAT_ROLE_STATE", role_state(note));
	put(e, "CDAT_HEALTH", note->health);
	put(e, "CDAT_STANDING", note->standing);
	put_number(e, "CDAT_MEMBERS", note->members);
	put(e, "CDAT_TEXT", note->text);
	put(e, "CDAT_TEST", note->test ? "1" : "");
}

char **job_environment(const struct note *note)
{
	struct environment e = { .list = calloc(VARIABLES + 1, sizeof(char *)) };

	if (e.list == NULL)
		return NULL;
	put_all(&e, note);
	if (!e.failed)
		return e.list;
	job_environment_free(e.list);
	return NULL;
}

void job_environment_free(char **env)
{
	for (size_t i = 0; env != NULL && env[i] != NULL; i++)
		free(env[i]);
	free(env);
}

/* ---- life ---- */

/* Takes a bounded part of what is there, keeping the first octets.  False: it has ended. */
static bool take_output(struct job *job)
{
	char buf[4096];
	ssize_t n = -1;

	for (int i = 0; i < 16 && job->out >= 0; i++) {
		size_t room = JOB_OUTPUT_KEPT - job->len;

		n = read(job->out, buf, sizeof(buf));
		if (n <= 0)
			break;
		memcpy(job->output + job->len, buf, (size_t)n < room ? (size_t)n : room);
		job->len += (size_t)n < room ? (size_t)n : room;
	}
	return n != 0;
}

static void on_readable(struct ev_loop *loop, ev_io *io, int events)
{
	(void)events;
	if (!take_output(io->data))
		ev_io_stop(loop, io);
}

static void close_output(struct job *job)
{
	ev_io_stop(job->loop, &job->readable);
	if (job->out >= 0)
		close(job->out);
	job->out = -1;
}

/* First line only; what comes from outside must not forge a line of the log. */
static const char *one_line(struct job *job)
{
	job->output[job->len] = '\0';
	job->output[strcspn(job->output, "\r\n")] = '\0';
	return job->output;
}

static void on_child(struct ev_loop *loop, ev_child *child, int events)
{
	struct job *job = child->data;
	struct job_end end = { .in_time = !job->late, .code = -1 };

	(void)events;
	ev_child_stop(loop, child);
	ev_timer_stop(loop, &job->limit);
	take_output(job);
	close_output(job);
	if (job->late)
		kill(-job->pid, SIGKILL);	/* what it left behind */
	job->pid = 0;
	if (WIFEXITED(child->rstatus))
		end.code = WEXITSTATUS(child->rstatus);
	else
		end.signal = WTERMSIG(child->rstatus);
	end.output = one_line(job);
	job->done(job->ctx, &end);
}

static void on_limit(struct ev_loop *loop, ev_timer *timer, int events)
{
	struct job *job = timer->data;

	(void)events;
	kill(-job->pid, job->late ? SIGKILL : SIGTERM);
	job->late = true;
	ev_timer_set(timer, KILL_AFTER_S, 0.0);
	ev_timer_start(loop, timer);
}

struct job *job_new(struct ev_loop *loop, job_done *done, void *ctx)
{
	struct job *job = calloc(1, sizeof(*job));

	if (job == NULL)
		return NULL;
	job->loop = loop;
	job->done = done;
	job->ctx = ctx;
	job->out = -1;
	ev_init(&job->child, on_child);
	ev_init(&job->limit, on_limit);
	ev_init(&job->readable, on_readable);
	job->child.data = job->limit.data = job->readable.data = job;
	return job;
}

void job_free(struct job *job)
{
	if (job == NULL)
		return;
	if (job->pid > 0) {
		kill(-job->pid, SIGKILL);
		ev_child_stop(job->loop, &job->child);
		waitpid(job->pid, NULL, 0);
	}
	ev_timer_stop(job->loop, &job->limit);
	close_output(job);
	free(job);
}

static int spawn(struct job *job, char **command, char **env, int out)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t all, none;
	int error;

	sigfillset(&all);
	sigemptyset(&none);
	posix_spawn_file_actions_init(&files);
	posix_spawnattr_init(&attr);
	posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&files, out, 1);
	posix_spawn_file_actions_adddup2(&files, out, 2);
	posix_spawn_file_actions_addclosefrom_np(&files, 3);
	posix_spawn_file_actions_addchdir_np(&files, "/");
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF |
				 POSIX_SPAWN_SETSIGMASK);
	posix_spawnattr_setpgroup(&attr, 0);
	posix_spawnattr_setsigdefault(&attr, &all);
	posix_spawnattr_setsigmask(&attr, &none);
	error = posix_spawn(&job->pid, command[0], &files, &attr, command, env);
	if (error != 0)
		job->pid = 0;
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attr);
	return error;
}

bool job_start(struct job *job, const struct sink_conf *conf, const struct note *note, char *why,
	       size_t whylen)
{
	char **env = job_environment(note);
	int ends[2], error = env == NULL ? ENOMEM : 0;

	if (error == 0 && pipe2(ends, O_CLOEXEC) != 0)
		error = errno;
	if (error == 0) {
		fcntl(ends[0], F_SETFL, O_NONBLOCK);
		error = spawn(job, conf->command, env, ends[1]);
		close(ends[1]);
		if (error != 0)
			close(ends[0]);
	}
	job_environment_free(env);
	if (error != 0) {
		snprintf(why, whylen, "%s: %s", conf->command[0], strerror(error));
		return false;
	}
	job->out = ends[0];
	job->len = 0;
	job->late = false;
	ev_child_set(&job->child, job->pid, 0);
	ev_child_start(job->loop, &job->child);
	ev_timer_set(&job->limit, (double)conf->timeout_s, 0.0);
	ev_timer_start(job->loop, &job->limit);
	ev_io_set(&job->readable, job->out, EV_READ);
	ev_io_start(job->loop, &job->readable);
	return true;
}
