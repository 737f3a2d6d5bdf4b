/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Log lines: level, token, rate; see log.h.
 */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "host/log.h"

enum { LINE_MAX_LEN = 2048 };

const char *const log_level_words[] = {"error", "warning", "notice", "info", "debug", NULL};

static const int priorities[] = {LOG_ERR, LOG_WARNING, LOG_NOTICE, LOG_INFO, LOG_DEBUG};

static struct {
	enum log_sink sink;
	enum log_level level;
	bool journal;
	char program[32];
	char tokens[256]; /* " udp control ", or empty */
} logger = {.level = LOG_LEVEL_NOTICE, .program = "cdatd"};

void log_open(const char *program, enum log_sink sink)
{
	snprintf(logger.program, sizeof(logger.program), "%s", program);
	logger.sink = sink;
	logger.journal = getenv("JOURNAL_STREAM") != NULL && !isatty(STDERR_FILENO);
	if (sink == LOG_TO_SYSLOG)
		openlog(logger.program, LOG_PID | LOG_NDELAY, LOG_DAEMON);
}

void log_set_level(enum log_level level)
{
	logger.level = level;
}

void log_set_tokens(const char *tokens)
{
	if (tokens == NULL || *tokens == '\0')
		logger.tokens[0] = '\0';
	else
		snprintf(logger.tokens, sizeof(logger.tokens), " %s ", tokens);
}

bool log_wants(enum log_level level, const char *token)
{
	char word[40];

	if (level > logger.level)
		return false;
	if (level < LOG_LEVEL_DEBUG || logger.tokens[0] == '\0')
		return true;
	snprintf(word, sizeof(word), " %s ", token);
	return strstr(logger.tokens, word) != NULL;
}

void log_escape(const char *in, char *out, size_t cap)
{
	static const char hex[] = "0123456789abcdef";
	size_t n = 0;

	for (; *in != '\0' && n + 5 < cap; in++) {
		unsigned char c = (unsigned char)*in;

		if (c >= 0x20 && c != 0x7f && c != '\\') {
			out[n++] = *in;
			continue;
		}
		out[n++] = '\\';
		out[n++] = 'x';
		out[n++] = hex[c >> 4];
		out[n++] = hex[c & 15];
	}
	if (cap > 0)
		out[n] = '\0';
}

static void to_stderr(enum log_level level, const char *token, const char *text)
{
	struct timespec ts;
	struct tm tm;
	char date[32];

	if (logger.journal) {
		fprintf(stderr, "<%d>%s: %s\n", priorities[level], token, text);
		return;
	}
	clock_gettime(CLOCK_REALTIME, &ts);
	gmtime_r(&ts.tv_sec, &tm);
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm);
	fprintf(stderr, "%s.%06ldZ %s %s %s: %s\n", date, ts.tv_nsec / 1000, logger.program,
		log_level_words[level], token, text);
}

void log_line(enum log_level level, const char *token, const char *format, ...)
{
	char raw[LINE_MAX_LEN / 2], text[LINE_MAX_LEN];
	va_list ap;

	if (!log_wants(level, token))
		return;
	va_start(ap, format);
	vsnprintf(raw, sizeof(raw), format, ap);
	va_end(ap);
	log_escape(raw, text, sizeof(text));
	if (logger.sink == LOG_TO_SYSLOG)
		syslog(priorities[level], "%s: %s", token, text);
	else
		to_stderr(level, token, text);
}

bool log_rate_ok(struct log_rate *rate, unsigned long long now_us)
{
	if (now_us < rate->next_us) {
		rate->held++;
		return false;
	}
	rate->next_us = now_us + 1000000;
	rate->told = rate->held;
	rate->held = 0;
	return true;
}

const char *log_rate_text(struct log_rate *rate)
{
	if (rate->told == 0)
		rate->text[0] = '\0';
	else
		snprintf(rate->text, sizeof(rate->text), " (and %lu before)", rate->told);
	return rate->text;
}
