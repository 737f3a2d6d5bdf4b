/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The numbering is a line at the head of the message, so that any program can make one.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/stream.h"

#define MAGIC	"cdat-stream"

void cli_stream_write(char *buf, size_t len, uint64_t run, uint64_t seq, uint64_t total)
{
	char head[CLI_STREAM_MIN + 1];
	int n = snprintf(head, sizeof(head), MAGIC " %08" PRIx64 " %" PRIu64 " %" PRIu64 "\n",
			 run & UINT32_MAX, seq, total);

	memset(buf, '.', len);
	memcpy(buf, head, (size_t)n < len ? (size_t)n : len);
}

static bool read_head(const void *data, size_t len, uint64_t *run, uint64_t *seq, uint64_t *total)
{
	char head[CLI_STREAM_MIN + 1];

	if (len > CLI_STREAM_MIN)
		len = CLI_STREAM_MIN;
	memcpy(head, data, len);
	head[len] = '\0';
	return sscanf(head, MAGIC " %8" SCNx64 " %19" SCNu64 " %19" SCNu64, run, seq, total) == 3 &&
		*seq >= 1 && *seq <= *total && *total <= CLI_STREAM_MAX;
}

static struct cli_stream *stream_of(struct cli_streams *s, uint16_t from, uint64_t run,
				    uint64_t total, int64_t now_ns)
{
	struct cli_stream *st;
	size_t i;

	for (i = s->n; i-- > 0;) {
		if (s->list[i]->from == from && s->list[i]->run == run)
			return s->list[i];
	}
	st = s->n < CLI_STREAMS_MAX ? calloc(1, sizeof(*st)) : NULL;
	if (st == NULL)
		return NULL;
	st->seen = calloc(1, total / 8 + 1);
	if (st->seen == NULL) {
		free(st);
		return NULL;
	}
	st->total = total;
	st->from = from;
	st->run = run;
	st->last_ns = now_ns;
	s->list[s->n++] = st;
	return st;
}

bool cli_streams_take(struct cli_streams *streams, uint16_t from, const void *data, size_t len,
		      int64_t now_ns)
{
	uint64_t run, seq, total;
	struct cli_stream *st;
	uint8_t bit;

	if (!read_head(data, len, &run, &seq, &total))
		return false;
	st = stream_of(streams, from, run, total, now_ns);
	if (st == NULL || st->total != total)
		return false;
	bit = (uint8_t)(1u << (seq % 8));
	if (st->seen[seq / 8] & bit) {
		st->duplicates++;
		return true;
	}
	st->seen[seq / 8] |= bit;
	st->received++;
	if (seq < st->highest)
		st->disordered++;
	else
		st->highest = seq;
	if (now_ns - st->last_ns > st->gap_ns)
		st->gap_ns = now_ns - st->last_ns;
	st->last_ns = now_ns;
	return true;
}

uint64_t cli_stream_lost(const struct cli_stream *st)
{
	return st->highest - st->received;
}

void cli_streams_free(struct cli_streams *s)
{
	size_t i;

	for (i = 0; i < s->n; i++) {
		free(s->list[i]->seen);
		free(s->list[i]);
	}
	s->n = 0;
}
