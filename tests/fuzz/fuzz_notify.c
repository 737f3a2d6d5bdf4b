/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What cdat-notify reads, by the first octet of the input: 'c' notify.yaml, 'n' a note,
 * 'i' an answer of Icinga 2, 'q' the file of a queue.  Any input is taken or refused; what is
 * taken holds together.
 */
#include "config.h"

#include <sodium.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "notify/conf.h"
#include "notify/kind.h"
#include "notify/note.h"
#include "notify/payload.h"
#include "notify/queue.h"
#include "require.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_sink(const struct sink_conf *s)
{
	require(s->name[0] != '\0' && strchr(s->name, '/') == NULL && s->name[0] != '.');
	require(s->type >= SINK_WEBHOOK && s->type <= SINK_EXEC);
	require((s->type == SINK_EXEC) == (s->command != NULL && s->command[0][0] == '/'));
	require((s->type == SINK_EXEC) == (s->url == NULL));
	require((s->username == NULL) == (s->password.path == NULL));
	require(s->queue_events >= 1 && s->retry_min_s <= s->retry_max_s && s->timeout_s >= 1);
	if (s->username != NULL)
		require(strcspn(s->username, ":\r\n") == strlen(s->username));
	if (s->url != NULL)
		require(strcspn(s->url, "\r\n") == strlen(s->url));
}

static void run_conf(const char *text, size_t len)
{
	char err[CONF_ERROR_LEN] = "";
	struct notify_conf *c = notify_conf_parse("f", text, len, err, sizeof(err));

	if (c == NULL)
		check_error(err);
	for (size_t i = 0; c != NULL && i < c->nsinks; i++)
		check_sink(&c->sinks[i]);
	require(c == NULL || (c->nsinks >= 1 && c->nsinks <= SINKS_MAX));
	notify_conf_free(c);
}

/* What is taken is the same after it was written and read; and every receiver gets a body. */
static void run_note(const char *text, size_t len)
{
	const struct sink_conf conf = { .type = SINK_ICINGA2 };
	struct note note, again;
	char *body;

	if (!note_parse(text, len, &note))
		return;
	body = note_text(&note);
	require(body != NULL && strchr(body, '\n') == NULL);
	require(note_parse(body, strlen(body), &again));
	require(memcmp(&note, &again, sizeof(note)) == 0);
	free(body);
	body = payload_cloudevent(&note);
	require(body != NULL && strncmp(body, "{\"specversion\":\"1.0\",", 21) == 0);
	free(body);
	body = payload_icinga(&conf, &note);
	require(body != NULL);
	free(body);
	json_decref(payload_alert(&note, note.wall, note.wall));
}

static void run_answer(const char *text, size_t len)
{
	static const long statuses[] = { 200, 404, 500 };
	char why[100];

	for (size_t i = 0; i < 3; i++) {
		enum sink_result r = payload_icinga_answer(statuses[i], text, len, why, sizeof(why));

		/* no answer makes an error a success */
		require(r != SINK_SENT || statuses[i] == 200);
		require(r == SINK_SENT || why[0] != '\0');
	}
}

/* Made for each run and taken away after it, so that nothing stays behind. */
static void run_queue_in(const char *dir, const uint8_t *data, size_t len);

static void run_queue(const uint8_t *data, size_t len)
{
	char dir[] = "/tmp/cdat-fuzz-queue-XXXXXX";

	require(sodium_init() >= 0 && mkdtemp(dir) != NULL);
	run_queue_in(dir, data, len);
	require(rmdir(dir) == 0);
}

static void run_queue_in(const char *dir, const uint8_t *data, size_t len)
{
	char path[100], err[300], text[QUEUE_TEXT_MAX + 1];
	struct queue_counts counts;
	struct queue *q;
	FILE *f;

	snprintf(path, sizeof(path), "%s/q.queue", dir);
	f = fopen(path, "wb");
	require(f != NULL && fwrite(data, 1, len, f) == len && fclose(f) == 0);
	q = queue_open(dir, "q", 8, 65536, err, sizeof(err));
	require(q != NULL);
	queue_count(q, &counts);
	require(counts.waiting <= 8 && counts.lost_octets <= len);
	require(counts.octets + counts.lost_octets <= len);
	require(queue_push(q, 1, "{}", 2));
	while (queue_hold(q, text) > 0)
		queue_pop(q, false);
	queue_close(q);
	q = queue_open(dir, "q", 8, 65536, err, sizeof(err));
	require(q != NULL);
	queue_count(q, &counts);
	require(counts.waiting == 0 && counts.lost_octets == 0);
	queue_close(q);
	require(unlink(path) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data + 1;

	if (size == 0)
		return 0;
	switch (data[0]) {
	case 'c': run_conf(text, size - 1); break;
	case 'n': run_note(text, size - 1); break;
	case 'i': run_answer(text, size - 1); break;
	case 'q': run_queue(data + 1, size - 1); break;
	default: break;
	}
	return 0;
}
