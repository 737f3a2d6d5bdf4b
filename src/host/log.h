/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one way of logging of the programs that run by themselves: a line has a level, a
 * token (the area it comes from) and a text.  It goes to stderr (with the priority
 * prefix of sd-daemon(3) when that is the journal) or to syslog.  Control characters of
 * the text are escaped, so nothing that comes from the network can forge a line.
 */
#ifndef HOST_LOG_H
#define HOST_LOG_H

#include <stdbool.h>
#include <stddef.h>

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARNING,
	LOG_LEVEL_NOTICE,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG
};

/* Words of the levels, in order, NULL-ended. */
extern const char *const log_level_words[];

enum log_sink { LOG_TO_STDERR, LOG_TO_SYSLOG };

void log_open(const char *program, enum log_sink sink);
void log_set_level(enum log_level level);
/* Debug lines only of these tokens ("udp control"); NULL or empty: of all.  Copied. */
void log_set_tokens(const char *tokens);
bool log_wants(enum log_level level, const char *token);

void log_line(enum log_level level, const char *token, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#define log_error(token, ...)	log_line(LOG_LEVEL_ERROR, token, __VA_ARGS__)
#define log_warning(token, ...) log_line(LOG_LEVEL_WARNING, token, __VA_ARGS__)
#define log_notice(token, ...)	log_line(LOG_LEVEL_NOTICE, token, __VA_ARGS__)
#define log_info(token, ...)	log_line(LOG_LEVEL_INFO, token, __VA_ARGS__)
#define log_debug(token, ...)	log_line(LOG_LEVEL_DEBUG, token, __VA_ARGS__)

/*
 * At most one line a second for one reason (a static object of the caller); what was
 * held back is counted and told with the next line.
 *   static struct log_rate rate;
 *   if (log_rate_ok(&rate, now_us)) log_warning("udp", "...%s", log_rate_text(&rate));
 */
struct log_rate {
	unsigned long long next_us;
	unsigned long held, told;
	char text[48];
};
bool log_rate_ok(struct log_rate *rate, unsigned long long now_us);
const char *log_rate_text(struct log_rate *rate);

/* Escapes control characters and backslashes of `in` as \xHH; always ends `out`. */
void log_escape(const char *in, char *out, size_t cap);

#endif
