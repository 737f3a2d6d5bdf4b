/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbered messages: what `cdatctl send --count` writes into each, and the account that
 * `cdatctl listen --stats` keeps of them, one stream a sender and run.
 */
#ifndef CDAT_CLI_STREAM_H
#define CDAT_CLI_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CLI_STREAM_MIN		64u		/* octets that the numbering can take */
#define CLI_STREAM_MAX		(1u << 27)	/* messages of a stream that are accounted */
#define CLI_STREAMS_MAX	64		/* streams that are told apart */

struct cli_stream {
	uint16_t from;
	uint64_t run;
	uint64_t total;			/* as the sender says */
	uint64_t received, duplicates, disordered;	/* received: each number once */
	uint64_t highest;
	int64_t last_ns, gap_ns;	/* gap: longest time between two arrivals */
	uint8_t *seen;			/* a bit for each number up to total */
};

struct cli_streams { struct cli_stream *list[CLI_STREAMS_MAX]; size_t n; };

/* Writes message `seq` (1..) of `total` into buf, padded to len (at least CLI_STREAM_MIN). */
void cli_stream_write(char *buf, size_t len, uint64_t run, uint64_t seq, uint64_t total);

/* Accounts a message that came at `now_ns`; false: it is not numbered, or no room. */
bool cli_streams_take(struct cli_streams *streams, uint16_t from, const void *data, size_t len,
		      int64_t now_ns);
/* Numbers missing up to the highest that came. */
uint64_t cli_stream_lost(const struct cli_stream *stream);
void cli_streams_free(struct cli_streams *streams);

#endif
