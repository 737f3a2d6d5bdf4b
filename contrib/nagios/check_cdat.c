/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * check_cdat: a monitoring plugin that asks a member of a cluster, by SNMP, for the health
 * of the cluster, a node, a role, the paths.  Options as those of check_snmp.
 */
#include "config.h"

#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>

#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "judge.h"

enum { SECONDS_MAX = 3600, RETRIES_MAX = 20 };

struct settings {
	struct query_options query;
	struct result result;
	const struct mode *mode;
	const char *node, *role, *digest;
	const char *warning, *critical;
};

static char prefix[64] = "CDAT";
static char timeout_line[160];
static size_t timeout_length;

/* An error in the options: in a monitoring system it is what the service shows. */
__attribute__((format(printf, 1, 2))) static bool wrong(const char *format, ...)
{
	va_list args;

	printf("%s UNKNOWN - ", prefix);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf(" (check_cdat --help)\n");
	return false;
}

static void help(void)
{
	printf("check_cdat %s\n"
	       "Usage: check_cdat -H HOST[,HOST...] [MODE] [-w RANGE,...] [-c RANGE,...]\n"
	       "       [-p PORT] [-P 1|2c|3] [-C COMMUNITY] [-L noAuthNoPriv|authNoPriv|authPriv]\n"
	       "       [-U USER] [-a MD5|SHA|SHA-224...512] [-A PHRASE] [-x DES|AES] [-X PHRASE]\n"
	       "       [-N CONTEXT] [-t SECONDS] [-e RETRIES] [-l PREFIX] [-4|-6] [-v]\n\n"
	       "Asks the first HOST that answers, and is not cut off from the others.\n"
	       "Modes, with the values that -w and -c are for, in order:\n", PACKAGE_VERSION);
	for (size_t i = 0; i < n_modes; i++) {
		const struct mode *mode = &modes[i];
		bool named = strcmp(mode->option, "node") == 0 || strcmp(mode->option, "role") == 0;

		printf("  %s%s%s%*s%s:", mode->option[0] ? "--" : "(none)", mode->option,
		       named ? " NAME" : "",
		       (int)(mode->option[0] ? 15 - strlen(mode->option) - (named ? 5 : 0) : 11), "",
		       mode->help);
		for (size_t k = 0; k < RESULT_METRICS && mode->metrics[k].label; k++)
			printf("%s %s", k ? "," : "", mode->metrics[k].label);
		printf("\n");
	}
	printf("--node NAME also limits --paths, --peers and --adapters to one node.\n"
	       "--digest HEX with --table: WARNING unless the table has this digest.\n"
	       "A RANGE is [@]start:end.  Exit code: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.\n"
	       "See check_cdat(1).\n");
}

/* The first has no option. */
static const struct mode *mode_of(const char *option)
{
	size_t i = n_modes - 1;

	while (i > 0 && strcmp(modes[i].option, option) != 0)
		i--;
	return &modes[i];
}

/* ---- options ---- */
enum { OPT_MODE = 256, OPT_NODE, OPT_ROLE, OPT_DIGEST };
static const struct option long_options[] = {
	{ "hostname", required_argument, NULL, 'H' },
	{ "port", required_argument, NULL, 'p' },
	{ "protocol", required_argument, NULL, 'P' },
	{ "community", required_argument, NULL, 'C' },
	{ "seclevel", required_argument, NULL, 'L' },
	{ "secname", required_argument, NULL, 'U' },
	{ "authproto", required_argument, NULL, 'a' },
	{ "authpasswd", required_argument, NULL, 'A' },
	{ "privproto", required_argument, NULL, 'x' },
	{ "privpasswd", required_argument, NULL, 'X' },
	{ "context", required_argument, NULL, 'N' },
	{ "timeout", required_argument, NULL, 't' },
	{ "retries", required_argument, NULL, 'e' },
	{ "warning", required_argument, NULL, 'w' },
	{ "critical", required_argument, NULL, 'c' },
	{ "label", required_argument, NULL, 'l' },
	{ "use-ipv4", no_argument, NULL, '4' },
	{ "use-ipv6", no_argument, NULL, '6' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "version", no_argument, NULL, 'V' },
	{ "help", no_argument, NULL, 'h' },
	{ "node", required_argument, NULL, OPT_NODE },
	{ "role", required_argument, NULL, OPT_ROLE },
	{ "digest", required_argument, NULL, OPT_DIGEST },
	{ "nodes", no_argument, NULL, OPT_MODE },
	{ "adapters", no_argument, NULL, OPT_MODE },
	{ "paths", no_argument, NULL, OPT_MODE },
	{ "peers", no_argument, NULL, OPT_MODE },
	{ "routes", no_argument, NULL, OPT_MODE },
	{ "roles", no_argument, NULL, OPT_MODE },
	{ "table", no_argument, NULL, OPT_MODE },
	{ "agent", no_argument, NULL, OPT_MODE },
	{ NULL, 0, NULL, 0 },
};

static bool set_number(const char *text, int least, int most, const char *what, int *number)
{
	char *end;
	long value = strtol(text, &end, 10);

	if (*text == '\0' || *end != '\0' || value < least || value > most)
		return wrong("%s: '%s' is no number from %d to %d", what, text, least, most);
	*number = (int)value;
	return true;
}

/* HOST[,HOST...]; the text is cut up. */
static bool set_hosts(struct query_options *query, char *text)
{
	char *rest = NULL;

	query->n_hosts = 0;
	for (char *host = strtok_r(text, ", ", &rest); host; host = strtok_r(NULL, ", ", &rest)) {
		if (query->n_hosts == QUERY_HOSTS)
			return wrong("-H: more than %d hosts", QUERY_HOSTS);
		query->hosts[query->n_hosts++] = host;
	}
	return query->n_hosts > 0 || wrong("-H: no host");
}

static bool set_version(struct query_options *query, const char *text)
{
	if (strcmp(text, "1") == 0)
		query->version = SNMP_VERSION_1;
	else if (strcmp(text, "2c") == 0)
		query->version = SNMP_VERSION_2c;
	else if (strcmp(text, "3") == 0)
		query->version = SNMP_VERSION_3;
	else
		return wrong("-P: '%s' is not 1, 2c or 3", text);
	return true;
}

static bool set_mode(struct settings *s, const char *option)
{
	if (s->mode && strcmp(s->mode->option, option) != 0)
		return wrong("--%s and --%s exclude each other", s->mode->option, option);
	s->mode = mode_of(option);
	return true;
}

static bool set_port(struct query_options *query, const char *text)
{
	int number;

	query->port = text;
	return set_number(text, 1, 65535, "-p", &number);
}

static bool set_option(struct settings *s, int option, const char *name, char *arg)
{
	struct query_options *q = &s->query;

	switch (option) {
	case 'H': return set_hosts(q, arg);
	case 'P': return set_version(q, arg);
	case 'p': return set_port(q, arg);
	case 't': return set_number(arg, 1, SECONDS_MAX, "-t", &q->seconds);
	case 'e': return set_number(arg, 0, RETRIES_MAX, "-e", &q->retries);
	case 'C': q->community = arg; return true;
	case 'L': q->level = arg; return true;
	case 'U': q->user = arg; return true;
	case 'a': q->auth = arg; return true;
	case 'A': q->auth_pass = arg; return true;
	case 'x': q->priv = arg; return true;
	case 'X': q->priv_pass = arg; return true;
	case 'N': q->context = arg; return true;
	case 'w': s->warning = arg; return true;
	case 'c': s->critical = arg; return true;
	case 'l': snprintf(prefix, sizeof(prefix), "%s", arg); return true;
	case '4': q->ipv6 = false; return true;
	case '6': q->ipv6 = true; return true;
	case 'v': q->verbose = true; return true;
	case OPT_NODE: s->node = arg; return true;
	case OPT_ROLE: s->role = arg; return set_mode(s, "role");
	case OPT_DIGEST: s->digest = arg; return true;
	case OPT_MODE: return set_mode(s, name);
	default: return false;
	}
}

/* Options that depend on each other. */
static bool settle(struct settings *s)
{
	struct query_options *q = &s->query;

	if (q->n_hosts == 0)
		return wrong("no host (-H)");
	if (q->version == -1)
		q->version = q->user || q->level ? SNMP_VERSION_3 : SNMP_VERSION_2c;
	if (q->version != SNMP_VERSION_3 && (q->user || q->level))
		return wrong("-U and -L need SNMPv3 (-P 3)");
	if (q->level && strcasecmp(q->level, "noAuthNoPriv") != 0 &&
	    strcasecmp(q->level, "authNoPriv") != 0 && strcasecmp(q->level, "authPriv") != 0)
		return wrong("-L: '%s' is not noAuthNoPriv, authNoPriv or authPriv", q->level);
	if (usm_lookup_auth_type(q->auth) <= 0)
		return wrong("-a: Net-SNMP here knows no '%s'", q->auth);
	if (usm_lookup_priv_type(q->priv) <= 0)
		return wrong("-x: Net-SNMP here knows no '%s'", q->priv);
	if (!s->mode)
		s->mode = mode_of(s->node ? "node" : "");
	if (s->node && !s->mode->takes_node)
		return wrong("--node does not go with --%s", s->mode->option);
	if (s->node && (s->node[0] == '\0' || strlen(s->node) >= KEY_MAX - 1))
		return wrong("--node: a name has 1 to %d characters", KEY_MAX - 2);
	if (s->digest && strcmp(s->mode->option, "table") != 0)
		return wrong("--digest needs --table");
	return true;
}

static bool set_thresholds(struct settings *s)
{
	struct range warning[RESULT_METRICS] = { 0 }, critical[RESULT_METRICS] = { 0 };
	struct result *res = &s->result;
	const char *error;

	while (res->n_metrics < RESULT_METRICS && s->mode->metrics[res->n_metrics].label) {
		res->metrics[res->n_metrics].label = s->mode->metrics[res->n_metrics].label;
		res->metrics[res->n_metrics].unit = s->mode->metrics[res->n_metrics].unit;
		res->n_metrics++;
	}
	error = s->warning ? range_parse_list(s->warning, warning, res->n_metrics) : NULL;
	if (error)
		return wrong("-w: '%s': %s", s->warning, error);
	error = s->critical ? range_parse_list(s->critical, critical, res->n_metrics) : NULL;
	if (error)
		return wrong("-c: '%s': %s", s->critical, error);
	for (size_t i = 0; i < res->n_metrics; i++) {
		res->metrics[i].warning = warning[i];
		res->metrics[i].critical = critical[i];
	}
	return true;
}

/* False: the exit code is in *code. */
static bool read_options(struct settings *s, int argc, char **argv, int *code)
{
	int option, index = 0;

	*code = STATE_UNKNOWN;
	opterr = 0;
	while ((option = getopt_long(argc, argv, ":H:p:P:C:L:U:a:A:x:X:N:t:e:w:c:l:46vVh",
				     long_options, &index)) != -1) {
		if (option == 'V') {
			printf("check_cdat v%s (cdat %s)\n", PACKAGE_VERSION, PACKAGE_VERSION);
			return false;
		}
		if (option == 'h') {
			help();
			return false;
		}
		if (option == ':')
			return wrong("option %s needs a value", argv[optind - 1]);
		if (option == '?')
			return wrong("unknown option %s", argv[optind - 1]);
		if (!set_option(s, option, long_options[index].name, optarg))
			return false;
	}
	if (optind < argc)
		return wrong("what is '%s'?", argv[optind]);
	return settle(s) && set_thresholds(s);
}

/* ---- the check ---- */

/* Asks the hosts in order.  One that is cut off from its cluster serves only if no other
 * does better.  False: why each failed is in the result. */
static bool find_member(struct check *check, const struct query_options *options)
{
	struct result failures = *check->result;
	size_t fallback = options->n_hosts;
	double left = options->seconds;

	for (size_t i = 0; i < options->n_hosts; i++) {
		struct result before = *check->result;
		double share = left / (double)(options->n_hosts - i);
		bool answers;

		query_allow(check->query, share);
		answers = query_open(check->query, i) && survey(check);
		left -= share - query_left(check->query);
		if (answers) {
			query_allow(check->query, left);
			if (!survey_cut_off(&check->survey))
				return true;
			if (fallback == options->n_hosts)
				fallback = i;
			continue;
		}
		if (query_error(check->query)[0])
			result_add(&failures, STATE_UNKNOWN, "%s", query_error(check->query));
		else
			result_add(&failures, STATE_UNKNOWN, "%s",
				   check->result->problems[STATE_UNKNOWN]);
		*check->result = before;
	}
	if (fallback < options->n_hosts && query_open(check->query, fallback) && survey(check))
		return true;
	*check->result = failures;
	return false;
}

static void too_long(int number)
{
	(void)number;
	if (write(STDOUT_FILENO, timeout_line, timeout_length) < 0)
		_exit(STATE_UNKNOWN);
	_exit(STATE_UNKNOWN);
}

/* A name service that hangs is not bound by the deadline of the requests. */
static void set_alarm(int seconds)
{
	timeout_length = (size_t)snprintf(timeout_line, sizeof(timeout_line),
					  "%s UNKNOWN - not finished within %d s\n", prefix, seconds);
	signal(SIGALRM, too_long);
	alarm((unsigned)seconds + 1);
}

int main(int argc, char **argv)
{
	static struct settings s;
	static struct check check;
	int code;

	s.query = (struct query_options){ .port = "161", .version = -1, .auth = "MD5",
					  .priv = "DES", .seconds = 10, .retries = 1 };
	if (!read_options(&s, argc, argv, &code))
		return code;
	set_alarm(s.query.seconds);
	s.result.prefix = prefix;
	check = (struct check){ .result = &s.result, .node = s.node, .role = s.role,
				.digest = s.digest };
	check.query = query_new(&s.query);
	if (!check.query) {
		printf("%s UNKNOWN - no memory\n", prefix);
		return STATE_UNKNOWN;
	}
	if (find_member(&check, &s.query) && !s.mode->judge(&check) &&
	    query_error(check.query)[0])
		result_add(&s.result, STATE_UNKNOWN, "%s", query_error(check.query));
	result_print(&s.result, stdout);
	query_free(check.query);
	return s.result.state;
}
