/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command line of cdatd; see args.h.
 */
#include "config.h"

#include <getopt.h>
#include <stdio.h>

#include "daemon/args.h"

/* One row per option: getopt and --help both read it. */
static const struct {
	char letter;
	const char *word, *arg, *help;
} options[] = {
	{'c', "config", "FILE", "configuration (default " CDAT_SYSCONFDIR "/cdat.yaml)"},
	{'d', "detach", NULL, "run in the background and log to syslog; returns when ready"},
	{'v', "verbose", NULL, "log more; twice: all.  With --version: how it was built"},
	{'t', "test", NULL, "judge the configuration and end; nothing is changed"},
	{'V', "version", NULL, "show the version"},
	{'h', "help", NULL, "show this"},
};

enum { OPTIONS = sizeof(options) / sizeof(*options) };

void args_usage(void)
{
	printf("Usage: cdatd [OPTION]...\nThe servicer of a cdat cluster: one per node.\n\n");
	for (int i = 0; i < OPTIONS; i++) {
		char left[40];

		snprintf(left, sizeof(left), "-%c, --%s%s%s", options[i].letter, options[i].word,
			 options[i].arg ? " " : "", options[i].arg ? options[i].arg : "");
		printf("  %-20s %s\n", left, options[i].help);
	}
	printf("\nSee cdatd(8), cdat.yaml(5) and cdatctl(8).\n");
}

static void take(struct args *args, int letter, const char *value)
{
	switch (letter) {
	case 'c':
		args->file = value;
		break;
	case 'd':
		args->detach = true;
		break;
	case 'v':
		args->verbose++;
		break;
	case 't':
		args->test = true;
		break;
	case 'V':
		args->version = true;
		break;
	default:
		args->help = true;
		break;
	}
}

bool args_parse(struct args *args, int argc, char **argv)
{
	struct option table[OPTIONS + 1] = {{0}};
	char letters[2 * OPTIONS + 1];
	int n = 0, letter;

	for (int i = 0; i < OPTIONS; i++) {
		table[i] = (struct option){options[i].word, options[i].arg != NULL, NULL,
					   options[i].letter};
		letters[n++] = options[i].letter;
		if (options[i].arg != NULL)
			letters[n++] = ':';
	}
	letters[n] = '\0';
	*args = (struct args){.file = CDAT_SYSCONFDIR "/cdat.yaml"};
	optind = 1;
	while ((letter = getopt_long(argc, argv, letters, table, NULL)) != -1) {
		if (letter == '?') {
			fprintf(stderr, "cdatd: see cdatd --help\n");
			return false;
		}
		take(args, letter, optarg);
	}
	if (optind == argc)
		return true;
	fprintf(stderr, "cdatd: \"%s\" is no option; see cdatd --help\n", argv[optind]);
	return false;
}
