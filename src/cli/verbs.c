/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The verbs and options of cdatctl, one row each, and the reading of the command line.
 */
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "wire/version.h"

#define O(x)	(1u << CLI_O_##x)
#define TABLE	(O(JSON) | O(NO_HEADINGS) | O(COLUMNS))
#define GENERAL	(O(SOCKET) | O(TIMEOUT) | O(HELP) | O(VERSION) | O(VERBOSE))

static int help(struct cli *cli, int argc, char **argv);

static const struct cli_verb verbs[] = {
	{ "status", "", "the cluster as this node sees it; exit 0 ok, 1 warning, 2 critical, 3 unknown",
	  cli_status, O(JSON) | O(HTML) | O(WAIT), 0, 0 },
	{ "check", "", "the same as one line for monitoring", cli_check, 0, 0, 0 },
	{ "nodes", "", "the nodes of the table", cli_list, TABLE, 0, 0 },
	{ "adapters", "[NODE]", "their addresses, the primary first in rank", cli_list, TABLE, 0, 1 },
	{ "show", "NODE", "all that is known of a node", cli_show, O(JSON), 1, 1 },
	{ "paths", "[NODE]", "the ways to each address: response time, failures", cli_list, TABLE, 0, 1 },
	{ "routes", "[NODE]", "router and interface to each address, and alternates that share a way",
	  cli_routes, TABLE | O(APPLY) | O(REMOVE), 0, 1 },
	{ "roles", "", "responsibilities, their holders and candidates", cli_list, TABLE, 0, 0 },
	{ "views", "", "components of the cluster and their members", cli_views, O(JSON), 0, 0 },
	{ "persp", "[NODE]", "how members see nodes in doubt", cli_list, TABLE, 0, 1 },
	{ "events", "", "the log of events", cli_events, TABLE | O(FOLLOW) | O(NUMBER), 0, 0 },
	{ "watch", "", "live view; events a line when not on a terminal", cli_watch, O(JSON), 0, 0 },
	{ "stats", "", "counters of messages", cli_values, O(JSON), 0, 0 },
	{ "params", "", "parameters of the cluster", cli_values, O(JSON), 0, 0 },
	{ "notify", "", "which events are told to managers", cli_list, TABLE, 0, 0 },
	{ "set", "TARGET ATTRIBUTE=VALUE... [TARGET ...]",
	  "change NODE, NODE/ADAPTER or cluster; all in one step or nothing",
	  cli_set, O(JSON) | O(DRY_RUN), 1, -1 },
	{ "add", "node NAME [id=N] address=A/P [address=...] | adapter NODE[/N] address=A/P ... |\n"
	  "             role NAME candidates=NODE,... [policy=...] | route NODE subnet=A/P via=A",
	  "add to the table", cli_add, O(JSON) | O(DRY_RUN), 2, -1 },
	{ "remove", "NODE[/ADAPTER]... | role NAME | route NODE A/P", "remove from the table",
	  cli_remove, O(JSON) | O(DRY_RUN), 1, -1 },
	{ "diff", "FILE", "what load would change; exit 0 nothing, 2 something", cli_diff, O(JSON), 1, 1 },
	{ "load", "FILE", "make the table that of the file, in one step or nothing", cli_load,
	  O(JSON) | O(DRY_RUN), 1, 1 },
	{ "send", "--all [TEXT] | NODE... [TEXT]", "send a message, or the standard input",
	  cli_send, O(JSON) | O(RATE) | O(COUNT) | O(SIZE) | O(ALL), 0, -1 },
	{ "listen", "", "print messages as they come", cli_listen, O(JSON) | O(COUNT) | O(STATS), 0, 0 },
	{ "key", "generate FILE | status | add FILE | use ID | remove ID | rotate",
	  "keys that seal the datagrams", cli_key, TABLE, 1, 2 },
	{ "help", "[VERB]", "this list, or one verb", help, 0, 0, 1 },
};

static const struct option_row {
	const char *name;
	char letter;		/* 0: none */
	const char *arg;	/* NULL: none */
	const char *help;
} options[CLI_O_END] = {
	[CLI_O_SOCKET] = { "socket", 's', "PATH", "of the servicer; default $CDAT_SOCKET or "
			   CDAT_SOCKET_DEFAULT },
	[CLI_O_TIMEOUT] = { "timeout", 't', "SECONDS", "wait that long for an answer; default 5" },
	[CLI_O_HELP] = { "help", 'h', NULL, "what the verb does and takes" },
	[CLI_O_VERSION] = { "version", 'V', NULL, "version; with -v how it was built" },
	[CLI_O_VERBOSE] = { "verbose", 'v', NULL, "more of it" },
	[CLI_O_JSON] = { "json", 0, NULL, "as JSON, schema " CLI_SCHEMA },
	[CLI_O_NO_HEADINGS] = { "no-headings", 0, NULL, "table without its first line" },
	[CLI_O_COLUMNS] = { "columns", 'o', "LIST", "columns by name, with commas" },
	[CLI_O_FOLLOW] = { "follow", 'f', NULL, "go on with new ones" },
	[CLI_O_NUMBER] = { "number", 'n', "N", "the last N" },
	[CLI_O_RATE] = { "rate", 0, "N/s", "messages a second" },
	[CLI_O_COUNT] = { "count", 0, "N", "that many messages, numbered" },
	[CLI_O_SIZE] = { "size", 0, "N", "octets of each message" },
	[CLI_O_ALL] = { "all", 0, NULL, "to all members, in the one order" },
	[CLI_O_STATS] = { "stats", 0, NULL, "count only: lost, doubled, out of order, longest gap" },
	[CLI_O_APPLY] = { "apply", 0, NULL, "install the wanted routes (root)" },
	[CLI_O_REMOVE] = { "remove", 0, NULL, "take them away again" },
	[CLI_O_HTML] = { "html", 0, NULL, "one static page" },
	[CLI_O_DRY_RUN] = { "dry-run", 0, NULL, "only show what would be changed" },
	[CLI_O_WAIT] = { "wait", 0, "SECONDS", "until the cluster is well, at most so long" },
};

static int tell(int code, const char *fmt, va_list ap)
{
	fflush(stdout);
	fputs("cdatctl: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	return code;
}

int cli_error(const char *fmt, ...)
{
	va_list ap;
	int code;

	va_start(ap, fmt);
	code = tell(CLI_FAILED, fmt, ap);
	va_end(ap);
	return code;
}

int cli_fail(int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)tell(code, fmt, ap);
	va_end(ap);
	return code;
}

int cli_misuse(const struct cli *cli, const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	fputs("cdatctl: ", stderr);
	if (cli->verb)
		fprintf(stderr, "%s: ", cli->verb->word);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "; see cdatctl help%s%s\n", cli->verb ? " " : "",
		cli->verb ? cli->verb->word : "");
	return CLI_USAGE;
}

/* ---- exit codes ---- */

struct code { int number, code; };

static const struct code errors[] = {
	{ CDAT_ERR_CONNECT, CLI_UNAVAILABLE }, { CDAT_ERR_LOST, CLI_UNAVAILABLE },
	{ CDAT_ERR_TIMEOUT, CLI_AGAIN }, { CDAT_ERR_ACCESS, CLI_DENIED },
};

static const struct code causes[] = {
	{ CDAT_RES_BAD_ADDRESS, CLI_DATA }, { CDAT_RES_BAD_PREFIX_LENGTH, CLI_DATA },
	{ CDAT_RES_MTU_TOO_SMALL, CLI_DATA }, { CDAT_RES_BAD_NAME, CLI_DATA },
	{ CDAT_RES_ROW_INCOMPLETE, CLI_DATA }, { CDAT_CAUSE_OUT_OF_RANGE, CLI_DATA },
	{ CDAT_CAUSE_OTHER_FAMILY, CLI_DATA },
	{ CDAT_RES_UNKNOWN_NODE, CLI_UNKNOWN }, { CDAT_CAUSE_REMOVED_NODE, CLI_UNKNOWN },
	{ CDAT_CAUSE_UNKNOWN_ROW, CLI_UNKNOWN }, { CDAT_CAUSE_UNKNOWN_ADAPTER, CLI_UNKNOWN },
	{ CDAT_CAUSE_UNKNOWN_ROLE, CLI_UNKNOWN }, { CDAT_CAUSE_UNKNOWN_ROUTE, CLI_UNKNOWN },
	{ CDAT_CAUSE_UNKNOWN_ATTRIBUTE, CLI_UNKNOWN },
	{ CDAT_RES_NOT_PRIMARY, CLI_UNAVAILABLE }, { CDAT_CAUSE_NO_COMPONENT, CLI_UNAVAILABLE },
	{ CDAT_RES_CHANGE_IN_FLIGHT, CLI_AGAIN }, { CDAT_RES_MEMBER_REFUSED, CLI_AGAIN },
	{ CDAT_RES_MEMBER_TIMEOUT, CLI_AGAIN },
};

static const struct code sends[] = {
	{ CDAT_SEND_UNKNOWN_NODE, CLI_UNKNOWN }, { CDAT_SEND_TOO_LONG, CLI_DATA },
	{ CDAT_SEND_NOT_MEMBER, CLI_UNAVAILABLE }, { CDAT_SEND_NO_VIEW, CLI_UNAVAILABLE },
	{ CDAT_SEND_QUEUE_FULL, CLI_AGAIN }, { CDAT_SEND_UNREACHABLE, CLI_UNAVAILABLE },
	{ CDAT_SEND_LOST_PEER, CLI_AGAIN }, { CDAT_SEND_NO_MEMORY, CLI_AGAIN },
};

static int code_of(const struct code *codes, size_t n, int number)
{
	for (size_t i = 0; i < n; i++)
		if (codes[i].number == number)
			return codes[i].code;
	return CLI_FAILED;
}

#define CODE_OF(codes, number)	code_of(codes, sizeof(codes) / sizeof((codes)[0]), (int)(number))

int cli_code_of_cause(unsigned cause)
{
	return CODE_OF(causes, cause);
}

int cli_code_of_send(enum cdat_send_error error)
{
	return CODE_OF(sends, error);
}

int cli_denied(void)
{
	return cli_fail(CLI_DENIED, "this user may only read; be root or in group cdat-admin");
}

int cli_lost(const struct cli *cli)
{
	int error = cdat_error(cli->c);

	return cli_fail(error == CDAT_ERR_SEND ? cli_code_of_send(cdat_send_reason(cli->c))
					       : CODE_OF(errors, error), "%s", cdat_errtext(cli->c));
}

int cli_connect(struct cli *cli)
{
	cli->c = cdat_open(cli->socket, "cdatctl", cli->timeout_ms);
	if (cli->c == NULL)
		return cli_error("out of memory");
	return cdat_error(cli->c) ? cli_lost(cli) : CLI_OK;
}

static void help_options(uint32_t mask)
{
	unsigned i;

	for (i = 0; i < CLI_O_END; i++) {
		const struct option_row *o = &options[i];
		char left[40];

		if (!(mask >> i & 1))
			continue;
		snprintf(left, sizeof(left), "--%s%s%s", o->name, o->arg ? "=" : "", o->arg ? o->arg : "");
		printf("  %-22s %s\n", left, o->help);
	}
}

static const struct cli_verb *find_verb(const char *word)
{
	size_t i;

	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(verbs[i].word, word) == 0)
			return &verbs[i];
	}
	return NULL;
}

static int help_verb(const struct cli_verb *v)
{
	printf("usage: cdatctl %s%s%s%s\n%c%s.\n", v->word, v->options ? " [OPTION...]" : "",
	       v->args[0] ? " " : "", v->args, toupper((unsigned char)v->help[0]), v->help + 1);
	if (v->options) {
		puts("\noptions:");
		help_options(v->options);
	}
	return CLI_OK;
}

static int help(struct cli *cli, int argc, char **argv)
{
	const struct cli_verb *v;
	size_t i;

	if (argc) {
		v = find_verb(argv[0]);
		return v ? help_verb(v) : cli_misuse(cli, "no verb \"%s\"", argv[0]);
	}
	puts("usage: cdatctl [OPTION...] VERB [ARGUMENT...]\n\nverbs:");
	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		printf("  %-9s %s\n", verbs[i].word, verbs[i].help);
	puts("\noptions of all verbs:");
	help_options(GENERAL);
	puts("\n\"cdatctl help VERB\" tells the rest; so does cdatctl(8).");
	return CLI_OK;
}

/* A number with an optional "/s" after a rate; false: it is none. */
static bool take_number(const char *text, bool rate, uint64_t *number)
{
	char *end;

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	*number = strtoull(text, &end, 10);
	if (rate && strcmp(end, "/s") == 0)
		end += 2;
	return *end == '\0' && errno == 0 && *number > 0 && *number <= 1000000000;
}

static int take_option(struct cli *cli, unsigned o, const char *arg)
{
	uint64_t *const numbers[CLI_O_END] = {
		[CLI_O_NUMBER] = &cli->number, [CLI_O_RATE] = &cli->rate,
		[CLI_O_COUNT] = &cli->count, [CLI_O_SIZE] = &cli->size,
		[CLI_O_WAIT] = &cli->seconds,
	};
	uint64_t seconds;

	cli->given |= 1u << o;
	if (numbers[o] && !take_number(arg, o == CLI_O_RATE, numbers[o]))
		return cli_misuse(cli, "--%s=%s is no number from 1 to 1000000000", options[o].name, arg);
	if (o == CLI_O_SIZE && cli->size > CDAT_MESSAGE_MAX)
		return cli_misuse(cli, "--size=%s is more than %u octets", arg, CDAT_MESSAGE_MAX);
	if (o == CLI_O_TIMEOUT) {
		if (!take_number(arg, false, &seconds) || seconds > 86400)
			return cli_misuse(cli, "--timeout=%s is no number of seconds from 1 to 86400", arg);
		cli->timeout_ms = (int)(seconds * 1000);
	}
	if (o == CLI_O_SOCKET)
		cli->socket = arg;
	if (o == CLI_O_COLUMNS)
		cli->columns = arg;
	return CLI_OK;
}

/* Fills getopt's tables from the rows.  Codes from 256 on are the rows' numbers. */
static void getopt_tables(struct option longs[CLI_O_END + 1], char *letters, size_t len)
{
	unsigned i;
	size_t n = 0;

	n += (size_t)snprintf(letters, len, ":");
	for (i = 0; i < CLI_O_END; i++) {
		longs[i] = (struct option){ options[i].name, options[i].arg ? required_argument : no_argument,
					    NULL, 256 + (int)i };
		if (options[i].letter)
			n += (size_t)snprintf(letters + n, len - n, "%c%s", options[i].letter,
					      options[i].arg ? ":" : "");
	}
	longs[CLI_O_END] = (struct option){ 0 };
}

static unsigned of_letter(int letter)
{
	unsigned i;

	for (i = 0; i < CLI_O_END; i++) {
		if (options[i].letter == letter)
			break;
	}
	return i;
}

/* Reads all options; the rest is left in argv from optind on. */
static int read_options(struct cli *cli, int argc, char **argv)
{
	struct option longs[CLI_O_END + 1];
	char letters[64];
	int o, rc = CLI_OK;

	getopt_tables(longs, letters, sizeof(letters));
	optind = 0;
	opterr = 0;
	while (rc == CLI_OK && (o = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		const char *word = argv[optind - 1];

		if (o == '?' && optopt && optopt < 256)
			rc = cli_misuse(cli, "no option -%c", optopt);
		else if (o == '?')
			rc = cli_misuse(cli, optopt ? "option %s takes no value" : "no option %s", word);
		else if (o == ':')
			rc = cli_misuse(cli, "option %s needs a value", word);
		else
			rc = take_option(cli, o >= 256 ? (unsigned)o - 256 : of_letter(o), optarg);
	}
	return rc;
}

static int check_use(const struct cli *cli, int argc)
{
	const struct cli_verb *v = cli->verb;
	uint32_t wrong = cli->given & ~(v->options | GENERAL);
	unsigned i;

	for (i = 0; i < CLI_O_END; i++) {
		if (wrong >> i & 1)
			return cli_misuse(cli, "option --%s is not for this verb", options[i].name);
	}
	if (argc < v->min_args)
		return cli_misuse(cli, "too few arguments");
	if (v->max_args >= 0 && argc > v->max_args)
		return cli_misuse(cli, "too many arguments");
	return CLI_OK;
}

static int run_verb(struct cli *cli, int argc, char **argv)
{
	int rc;

	if (cli_has(cli, CLI_O_VERSION)) {
		cdat_print_version("cdatctl", cli_has(cli, CLI_O_VERBOSE));
		return CLI_OK;
	}
	if (argc == 0) {
		if (cli_has(cli, CLI_O_HELP))
			return help(cli, 0, NULL);
		return cli_misuse(cli, "no verb");
	}
	cli->verb = find_verb(argv[0]);
	if (cli->verb == NULL)
		return cli_misuse(cli, "no verb \"%s\"", argv[0]);
	if (cli_has(cli, CLI_O_HELP))
		return help_verb(cli->verb);
	rc = check_use(cli, argc - 1);
	return rc ? rc : cli->verb->run(cli, argc - 1, argv + 1);
}

int cli_run(int argc, char **argv)
{
	struct cli cli = { .socket = getenv("CDAT_SOCKET"), .timeout_ms = 5000 };
	int rc = read_options(&cli, argc, argv);

	if (rc == CLI_OK)
		rc = run_verb(&cli, argc - optind, argv + optind);
	if ((fflush(stdout) || ferror(stdout)) && rc == CLI_OK)
		rc = cli_error("cannot write the output: %s", strerror(errno));
	cdat_close(cli.c);
	return rc;
}
