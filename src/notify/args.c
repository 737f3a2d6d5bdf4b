/* SPDX-License-Identifier: BSD-2-Clause */
/* cdat-notify from its command line to its exit code. */
#include "config.h"

#include <curl/curl.h>
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "host/log.h"
#include "notify/notifier.h"
#include "wire/version.h"

#define CONF_DEFAULT CDAT_SYSCONFDIR "/notify.yaml"

static const char usage[] =
	"usage: cdat-notify [-v] [-c FILE] [-s SOCKET]\n"
	"       cdat-notify --check | --test SINK | --status [--json] [-c FILE]\n"
	"  -c, --config=FILE     configuration (" CONF_DEFAULT ")\n"
	"  -s, --socket=SOCKET   of cdatd, instead of that of the file\n"
	"      --check           judge the file and what it names, and end\n"
	"      --test=SINK       send one test event by that sink, and tell how it went\n"
	"      --status          show what the running cdat-notify does; exit code 0: all is well,\n"
	"                        1: a sink fails or has given events up, 3: it does not run\n"
	"      --json            the status as JSON\n"
	"  -v, --verbose         log more; with --version: how it was built\n"
	"      --version         print the version\n"
	"  -h, --help            print this\n";

enum { OPT_CHECK = 256, OPT_TEST, OPT_STATUS, OPT_JSON, OPT_VERSION };

static const struct option longopts[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "socket", required_argument, NULL, 's' },
	{ "check", no_argument, NULL, OPT_CHECK },
	{ "test", required_argument, NULL, OPT_TEST },
	{ "status", no_argument, NULL, OPT_STATUS },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "verbose", no_argument, NULL, 'v' },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ "help", no_argument, NULL, 'h' },
	{ 0 }
};

struct args {
	const char *config, *socket, *test;
	bool check, status, json, verbose, version;
};

/* Returns -1 to go on, else the exit code. */
static int parse(int argc, char **argv, struct args *a)
{
	int c;

	while ((c = getopt_long(argc, argv, "c:s:vh", longopts, NULL)) != -1) {
		switch (c) {
		case 'c': a->config = optarg; break;
		case 's': a->socket = optarg; break;
		case 'v': a->verbose = true; break;
		case OPT_CHECK: a->check = true; break;
		case OPT_TEST: a->test = optarg; break;
		case OPT_STATUS: a->status = true; break;
		case OPT_JSON: a->json = true; break;
		case OPT_VERSION: a->version = true; break;
		case 'h':
			fputs(usage, stdout);
			return 0;
		default:
			fputs(usage, stderr);
			return 2;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "cdat-notify: \"%s\" is no option; see cdat-notify --help\n",
			argv[optind]);
		return 2;
	}
	if (a->check + a->status + (a->test != NULL) > 1) {
		fprintf(stderr, "cdat-notify: --check, --test and --status exclude each other; give "
			"one\n");
		return 2;
	}
	if (a->version)
		cdat_print_version("cdat-notify", a->verbose);
	return a->version ? 0 : -1;
}

/* Secrets shall not end in a core file, nor be read by a debugger of the same user. */
static void protect(void)
{
	const struct rlimit none = { 0, 0 };

	if (setrlimit(RLIMIT_CORE, &none) != 0 || prctl(PR_SET_DUMPABLE, 0) != 0)
		log_warning("main", "core files cannot be turned off: %s", strerror(errno));
	signal(SIGPIPE, SIG_IGN);
}

static int run(const struct args *a, struct notify_conf *conf)
{
	struct notifier n = { .conf = conf, .conf_path = conf->file, .socket = a->socket };
	char path[4096];
	int code;

	snprintf(path, sizeof(path), "%s", conf->file);	/* outlives the configuration */
	n.conf_path = path;
	log_open("cdat-notify", LOG_TO_STDERR);
	if (a->verbose)
		log_set_level(LOG_LEVEL_DEBUG);
	else if (conf->log_level >= 0)
		log_set_level((enum log_level)conf->log_level);
	protect();
	code = notifier_run(&n);
	notify_conf_free(n.conf);
	return code;
}

int notifier_main(int argc, char **argv)
{
	struct args a = { .config = CONF_DEFAULT };
	char err[CONF_ERROR_LEN];
	struct notify_conf *conf;
	int code = parse(argc, argv, &a);

	if (code >= 0)
		return code;
	if (sodium_init() < 0 || curl_global_init(CURL_GLOBAL_DEFAULT) != 0) {
		fprintf(stderr, "cdat-notify: libsodium or libcurl cannot start\n");
		return 1;
	}
	conf = notify_conf_load(a.config, err, sizeof(err));
	/* whoever looks at the status need not be able to read the secrets */
	if (conf == NULL || (!a.status && !notify_conf_check_files(conf, err, sizeof(err)))) {
		fprintf(stderr, "%s\n", err);
		code = 1;
	} else if (a.status) {
		code = status_print(conf, a.json);
	} else if (a.test != NULL) {
		code = notifier_test(conf, a.test);
	} else if (a.check) {
		printf("%s: good, %zu sinks\n", conf->file, conf->nsinks);
		code = 0;
	} else {
		code = run(&a, conf);
		conf = NULL;
	}
	notify_conf_free(conf);
	curl_global_cleanup();
	return code;
}
