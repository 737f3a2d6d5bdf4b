/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The stand-alone role: this program is the SNMP agent.  It reads its own file only,
 * keeps no state and registers, beside CDAT-MIB, the system group that managers expect.
 */
#include "config.h"

#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>
#include <net-snmp/agent/net-snmp-agent-includes.h>

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "agent/agent.h"

/* Of libnetsnmpmibs; no installed header declares them. */
void init_vacm_vars(void);
void init_usmUser(void);
void init_system_mib(void);
void init_sysORTable(void);
void init_snmp_mib(void);

/* 2026-01-01 UTC: engine boots are seconds since then, so they grow with each start without
 * a file to keep them in (RFC 3414 2.2.2 wants them to grow, and to stay below 2^31). */
#define BOOTS_EPOCH 1767225600

static uint64_t fnv(uint64_t hash, const char *text)
{
	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 0x100000001b3u;
	return hash;
}

/* An engine id that stays the same for this agent of this host, without a file either:
 * from the machine id, the servicer's socket and the address. */
static void engine_lines(const struct agent *agent, bool named)
{
	char machine[64] = "", line[96];
	FILE *f = fopen("/etc/machine-id", "re");
	uint64_t a, b;

	if (f) {
		if (!fgets(machine, sizeof(machine), f))
			machine[0] = 0;
		fclose(f);
	}
	a = fnv(fnv(0xcbf29ce484222325u, machine), agent->address);
	b = fnv(fnv(a ^ 0x5555, agent->socket ? agent->socket : CDAT_SOCKET_DEFAULT), machine);
	/* Net-SNMP's enterprise number with the top bit, format 5: octets (RFC 3411). */
	snprintf(line, sizeof(line), "exactEngineID 0x80001f8805%016llx%016llx",
		 (unsigned long long)a, (unsigned long long)b);
	if (!named)
		netsnmp_config_remember(line);
	snprintf(line, sizeof(line), "engineBoots %lld", (long long)time(NULL) - BOOTS_EPOCH);
	netsnmp_config_remember(line);
}

/* Whether a line of the file begins with that word, or one of those. */
static bool begins(const char *line, const char *const *words)
{
	line += strspn(line, " \t");
	for (; *words; words++) {
		const size_t len = strlen(*words);

		if (!strncasecmp(line, *words, len) && (!line[len] || strchr(" \t\r\n", line[len])))
			return true;
	}
	return false;
}

/* Looks through the own file, which Net-SNMP will read: passwords are in it; it may set an
 * engine id, which the one made here must not override; and it names the receivers of
 * notifications, or does not. */
static bool config_usable(const char *path, bool *engine, bool *receivers)
{
	static const char *const engines[] = { "exactEngineID", "engineID", NULL };
	static const char *const sinks[] = { "trapsink", "trap2sink", "informsink", "trapsess", NULL };

	FILE *f = fopen(path, "re");
	char line[1024];
	struct stat st;

	if (!f) {
		agent_log("%s: %s", path, strerror(errno));
		return false;
	}
	if (!fstat(fileno(f), &st) && st.st_mode & S_IRWXO)
		agent_log("%s can be read by others; if it holds passwords: chmod o= %s", path, path);
	while (fgets(line, sizeof(line), f)) {
		*engine = *engine || begins(line, engines);
		*receivers = *receivers || begins(line, sinks);
	}
	fclose(f);
	return true;
}

/* Net-SNMP shares a UDP port with whoever has it already, and each would get a part of the
 * requests: so the addresses are tried first.  Names and other transports are left to it. */
static bool port_free(const char *one)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_DGRAM,
					.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV };
	struct addrinfo *ai = NULL;
	char host[64], *port;
	bool taken = false;
	int fd;

	if (strncmp(one, "udp:", 4) != 0 && strncmp(one, "udp6:", 5) != 0)
		return true;
	snprintf(host, sizeof(host), "%s", strchr(one, ':') + (strchr(one, '[') ? 2 : 1));
	port = strrchr(host, ':');
	if (!port || port == host)
		return true;
	port[port[-1] == ']' ? -1 : 0] = 0;
	if (getaddrinfo(host, port + 1, &hints, &ai))
		return true;
	fd = socket(ai->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd >= 0) {
		taken = bind(fd, ai->ai_addr, ai->ai_addrlen) && errno == EADDRINUSE;
		close(fd);
	}
	freeaddrinfo(ai);
	if (taken)
		agent_log("%s: another program listens there; give another address, or end it", one);
	return !taken;
}

static bool ports_free(const char *addresses)
{
	char list[512], *save, *one;

	snprintf(list, sizeof(list), "%s", addresses);
	for (one = strtok_r(list, ",", &save); one; one = strtok_r(NULL, ",", &save)) {
		if (!port_free(one))
			return false;
	}
	return true;
}

static void options(const struct agent *agent)
{
	netsnmp_ds_set_boolean(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_ROLE, 0);
	netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_READ_CONFIGS, 1);
	netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_PERSIST_STATE, 1);
	netsnmp_ds_set_boolean(NETSNMP_DS_APPLICATION_ID,
			       NETSNMP_DS_AGENT_DONT_LOG_TCPWRAPPERS_CONNECTS, 1);
	netsnmp_ds_set_int(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_MAX_GETBULKRESPONSES, 1000);
	netsnmp_ds_set_string(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_PORTS, agent->address);
	if (agent->config)
		netsnmp_ds_set_string(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_OPTIONALCONFIG,
				      agent->config);
	netsnmp_set_mib_directory("");
	/* Without these it would listen on TCP 199 and open the AgentX socket. */
	add_to_init_list((char *)"-smux");
}

bool standalone_start(struct agent *agent)
{
	bool engine = false, receivers = false;

	if (agent->config && !config_usable(agent->config, &engine, &receivers))
		return false;
	agent->mute = !receivers;
	if (!ports_free(agent->address))
		return false;
	options(agent);
	if (init_agent("cdat-agentx")) {
		agent_log("Net-SNMP could not be initialised");
		return false;
	}
	init_system_mib();
	init_sysORTable();
	init_snmp_mib();
	init_vacm_vars();
	init_usmUser();
	if (!handler_register(agent))
		return false;
	engine_lines(agent, engine);
	if (!agent->config) {
		netsnmp_config_remember((char *)(uintptr_t)"rocommunity public 127.0.0.1");
		netsnmp_config_remember((char *)(uintptr_t)"rocommunity6 public ::1");
	}
	init_snmp("cdat-agentx");
	if (init_master_agent()) {
		agent_log("cannot listen on %s; is another agent there?", agent->address);
		return false;
	}
	agent->master = true;
	return true;
}
