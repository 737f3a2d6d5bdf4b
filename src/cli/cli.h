/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cdatctl: what its verbs share.  A verb is a row of the table in verbs.c; it reads a
 * snapshot into a view, and shows it as a listing (table or JSON) or turns its
 * arguments into the operations of one change.
 */
#ifndef CDAT_CLI_CLI_H
#define CDAT_CLI_CLI_H

#include <stdio.h>

#include "client/cdat.h"

/* Exit codes, beyond 3 those of sysexits.h.  What a caller would do else is what tells them
 * apart; the line on stderr says more. */
enum {
	CLI_OK = 0,
	CLI_FAILED = 1,			/* refused as it contradicts the table; any other failure */
	CLI_USAGE = 64,			/* the command line makes no sense */
	CLI_DATA = 65,			/* a value, message or file is not as it must be */
	CLI_NO_INPUT = 66,		/* a file cannot be read */
	CLI_UNKNOWN = 68,		/* nothing of that name or number */
	CLI_UNAVAILABLE = 69,		/* not from here now: no servicer, component, majority, member */
	CLI_CANT_CREATE = 73,		/* a file cannot be made */
	CLI_AGAIN = 75,			/* may succeed when tried again */
	CLI_DENIED = 77,		/* this user may not */
	CLI_CONFIG = 78			/* the file is of another cluster */
};

#define CLI_SCHEMA	"cdat/1"	/* of all JSON; grows when a key changes its meaning */
#define CLI_KIND(k)	(1u << (k))

/* Options; each verb says in its row which it takes. */
enum cli_option {
	CLI_O_SOCKET, CLI_O_TIMEOUT, CLI_O_HELP, CLI_O_VERSION, CLI_O_VERBOSE,
	CLI_O_JSON, CLI_O_NO_HEADINGS, CLI_O_COLUMNS,
	CLI_O_FOLLOW, CLI_O_NUMBER, CLI_O_RATE, CLI_O_COUNT, CLI_O_SIZE, CLI_O_ALL, CLI_O_STATS,
	CLI_O_APPLY, CLI_O_REMOVE, CLI_O_HTML, CLI_O_DRY_RUN, CLI_O_WAIT,
	CLI_O_END
};

struct cli {
	cdat_t *c;			/* NULL until cli_connect() */
	const char *socket;
	int timeout_ms;
	uint32_t given;			/* bit per enum cli_option */
	const char *columns;
	uint64_t number, rate, count, size, seconds;
	const struct cli_verb *verb;
};

struct cli_verb {
	const char *word;
	const char *args;		/* for the usage line */
	const char *help;		/* one line, small letter, no stop */
	int (*run)(struct cli *cli, int argc, char **argv);	/* arguments after the verb */
	uint32_t options;		/* bit per enum cli_option, past those that all take */
	int min_args, max_args;		/* max -1: any */
};

/* The program but for main().  argv[0] is not used for messages. */
int cli_run(int argc, char **argv);

static inline bool cli_has(const struct cli *cli, enum cli_option option)
{
	return cli->given >> option & 1;
}

/* One line to stderr, "cdatctl: ...".  Give CLI_FAILED, `code` and CLI_USAGE. */
__attribute__((format(printf, 1, 2))) int cli_error(const char *fmt, ...);
__attribute__((format(printf, 2, 3))) int cli_fail(int code, const char *fmt, ...);
__attribute__((format(printf, 2, 3))) int cli_misuse(const struct cli *cli, const char *fmt, ...);

/* Connects; CLI_OK, or says why not.  cli_lost: tells the handle's last failure. */
int cli_connect(struct cli *cli);
int cli_lost(const struct cli *cli);
/* Says that this user may not change anything; gives CLI_DENIED. */
int cli_denied(void);
/* The exit code of a refused change or message. */
int cli_code_of_cause(unsigned cause);
int cli_code_of_send(enum cdat_send_error error);

/* ---- view: the rows of a snapshot ------------------------------------------------- */

struct cli_rows { size_t size, n, cap; struct cdat_key *keys; char *data; };

struct cli_view {
	struct cli_rows kinds[CDAT_K_LAST + 1];
	uint64_t mono, wall;		/* µs, when it was taken: to date what is monotonic */
	bool failed;			/* out of memory */
	bool changed;			/* since the flag was last cleared */
	bool resync;
};

void cli_view_free(struct cli_view *view);
void cli_view_now(struct cli_view *view);
/* The handler `row` of struct cdat_handlers; ctx is the view. */
void cli_view_row(void *ctx, enum cdat_kind kind, struct cdat_key key, const void *record);
/* Fills the view with the kinds of the mask; says what failed. */
int cli_view_take(struct cli *cli, struct cli_view *view, uint32_t kinds);

size_t cli_count(const struct cli_view *view, enum cdat_kind kind);
const void *cli_at(const struct cli_view *view, enum cdat_kind kind, size_t i);
const void *cli_find(const struct cli_view *view, enum cdat_kind kind, uint32_t a, uint32_t b);
/* The node of a name, or of a number in digits; NULL: none. */
const struct cdat_node *cli_node(const struct cli_view *view, const char *word);
/* The name of a node number; "#5" when it is not in the table, "-" for 0.  Lives until the
 * fourth call from now. */
const char *cli_name(const struct cli_view *view, unsigned node);

/* ---- verbs ------------------------------------------------------------------------- */

int cli_status(struct cli *cli, int argc, char **argv);
int cli_check(struct cli *cli, int argc, char **argv);
int cli_list(struct cli *cli, int argc, char **argv);	/* all that are one listing */
int cli_views(struct cli *cli, int argc, char **argv);
int cli_events(struct cli *cli, int argc, char **argv);
int cli_routes(struct cli *cli, int argc, char **argv);
int cli_show(struct cli *cli, int argc, char **argv);
int cli_values(struct cli *cli, int argc, char **argv);	/* stats, params */
int cli_watch(struct cli *cli, int argc, char **argv);
int cli_set(struct cli *cli, int argc, char **argv);
int cli_add(struct cli *cli, int argc, char **argv);
int cli_remove(struct cli *cli, int argc, char **argv);
int cli_diff(struct cli *cli, int argc, char **argv);
int cli_load(struct cli *cli, int argc, char **argv);
int cli_send(struct cli *cli, int argc, char **argv);
int cli_listen(struct cli *cli, int argc, char **argv);
int cli_key(struct cli *cli, int argc, char **argv);

#endif
