/* SPDX-License-Identifier: BSD-2-Clause */
/* cdat-agentx: CDAT-MIB for managers.  See cdat-agentx(8). */
#include "config.h"

#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>
#include <net-snmp/agent/net-snmp-agent-includes.h>

#include <getopt.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/agent.h"
#include "agent/notify.h"
#include "agent/set.h"
#include "wire/version.h"

#define STANDALONE_DEFAULT "udp:127.0.0.1:1161"

/* Net-SNMP takes more than a kilobyte for each variable of an answer, and returns it: that
 * the kernel gets it back and gives it again each time costs more than the answer. */
#define HEAP_KEPT (4 << 20)

static const oid mib_root[] = { CDAT_MIB_ROOT_OID };

static const char usage[] =
	"usage: cdat-agentx [-fv] [-s SOCKET] [-x ADDRESS]\n"
	"       cdat-agentx --standalone[=ADDRESS] [-fv] [-s SOCKET] [-c FILE]\n"
	"  -s, --socket=SOCKET     of cdatd (" CDAT_SOCKET_DEFAULT ")\n"
	"  -x, --agentx=ADDRESS    of the master agent (/var/agentx/master)\n"
	"      --standalone[=ADDR] be the SNMP agent itself (" STANDALONE_DEFAULT ")\n"
	"  -c, --config=FILE       stand-alone: users, views and receivers, as in snmpd.conf(5)\n"
	"  -f, --foreground        do not detach (the default; accepted for scripts)\n"
	"  -v, --verbose           say more on stderr; with --version: how it was built\n"
	"      --version           print the version\n"
	"  -h, --help              print this\n";

enum { OPT_STANDALONE = 256, OPT_VERSION };

static const struct option longopts[] = {
	{ "socket", required_argument, NULL, 's' },
	{ "agentx", required_argument, NULL, 'x' },
	{ "standalone", optional_argument, NULL, OPT_STANDALONE },
	{ "config", required_argument, NULL, 'c' },
	{ "foreground", no_argument, NULL, 'f' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ "help", no_argument, NULL, 'h' },
	{ 0 }
};

/* Returns -1 to go on, else the exit code. */
static int parse(int argc, char **argv, struct agent *agent)
{
	bool version = false;
	int c;

	while ((c = getopt_long(argc, argv, "s:x:c:fvh", longopts, NULL)) != -1) {
		switch (c) {
		case 's':
			agent->socket = optarg;
			break;
		case 'x':
			agent->agentx = optarg;
			break;
		case 'c':
			agent->config = optarg;
			break;
		case OPT_STANDALONE:
			agent->standalone = true;
			agent->address = optarg ? optarg : STANDALONE_DEFAULT;
			break;
		case 'f':
			break;
		case 'v':
			agent->verbose = true;
			break;
		case OPT_VERSION:
			version = true;
			break;
		case 'h':
			fputs(usage, stdout);
			return 0;
		default:
			fputs(usage, stderr);
			return 2;
		}
	}
	if (version) {
		cdat_print_version("cdat-agentx", agent->verbose);
		return 0;
	}
	if (optind < argc) {
		agent_log("\"%s\" is no option; see cdat-agentx --help", argv[optind]);
		return 2;
	}
	if (agent->config && !agent->standalone) {
		agent_log("-c belongs to --standalone: with AgentX, users and receivers are in snmpd.conf");
		return 2;
	}
	return -1;
}

static bool prepare(struct agent *agent)
{
	memcpy(agent->root, mib_root, sizeof(mib_root));
	agent->root_len = OID_LENGTH(mib_root);
	agent->rep = replica_new();
	agent->sets = set_engine_new(agent);
	agent->notifier = notifier_new(agent);
	if (agent->rep && agent->sets && agent->notifier)
		return true;
	agent_log("no memory");
	return false;
}

int main(int argc, char **argv)
{
	static struct agent agent;
	int status = parse(argc, argv, &agent);

	if (status >= 0)
		return status;
	signal(SIGPIPE, SIG_IGN);
	mallopt(M_TRIM_THRESHOLD, HEAP_KEPT);
	mallopt(M_MMAP_THRESHOLD, HEAP_KEPT);
	/* No MIB files are read: the columns know their OIDs. */
	setenv("MIBS", "", 1);
	/* Nor is anything kept: a place where no directory can be made. */
	setenv("SNMP_PERSISTENT_DIR", "/proc/cdat-agentx", 0);
	snmp_enable_stderrlog();
	if (!prepare(&agent))
		return 1;
	if (!(agent.standalone ? standalone_start(&agent) : master_start(&agent)))
		return 1;
	status = loop_run(&agent);
	servicer_close(&agent);
	snmp_shutdown("cdat-agentx");
	set_engine_free(agent.sets);
	notifier_free(agent.notifier);
	replica_free(agent.rep);
	return status;
}
