/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How fast an agent answers: a walk of all columns of cdatAdapterTable by GETBULK, ten at a
 * time, or single GETs of cdatHealth beside those of sysUpTime in the same run.
 *
 *   bench_snmp AGENT walk ARCS-ON REPETITIONS [PID...]
 *	prints: variables, microseconds for each by the clock, and of the processor time of PIDs
 *   bench_snmp AGENT get ARCS-ON COUNT [WINDOW]
 *	WINDOW (1) of them on their way at once; prints: GETs a second, those of sysUpTime, and
 *	the ratio
 *
 * ARCS-ON 0: the agent of this project; 1: least_agent, whose arc is the next one; 2:
 * least_subagent.
 */
#include "config.h"

#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>

#include <malloc.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define COLUMNS 10		/* of one GETBULK */
#define FIRST_COLUMN 2
#define LAST_COLUMN 25
#define GET_BLOCK 250u		/* GETs of one object before those of the other */

static oid root[] = { CDAT_MIB_ROOT_OID };
#define ROOT_LEN OID_LENGTH(root)

static double seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* Processor time that the processes have had, in seconds. */
static double processor(char **pids)
{
	unsigned long long ns, sum = 0;
	char path[64];

	for (; *pids; pids++) {
		snprintf(path, sizeof(path), "/proc/%.20s/schedstat", *pids);
		FILE *f = fopen(path, "re");

		if (f && fscanf(f, "%llu", &ns) == 1)
			sum += ns;
		if (f)
			fclose(f);
	}
	return (double)sum / 1e9;
}

static netsnmp_pdu *ask(netsnmp_session *s, netsnmp_pdu *pdu)
{
	netsnmp_pdu *answer = NULL;

	if (snmp_synch_response(s, pdu, &answer) != STAT_SUCCESS || answer->errstat) {
		fprintf(stderr, "bench_snmp: no answer\n");
		exit(1);
	}
	return answer;
}

/* Where a walk of some columns side by side is. */
struct walk {
	oid first;
	size_t columns;
	oid at[COLUMNS][MAX_OID_LEN];
	size_t len[COLUMNS];
	unsigned long count;
};

/* Goes on from the last row of the answer.  False at the end of the table. */
static bool go_on(struct walk *w, const netsnmp_pdu *answer)
{
	size_t n = 0;

	for (const netsnmp_variable_list *v = answer->variables; v; v = v->next_variable) {
		const size_t c = n++ % w->columns;

		if (v->type == SNMP_ENDOFMIBVIEW || v->name_length <= ROOT_LEN + 4 ||
		    v->name[ROOT_LEN + 4] != w->first + c || v->name[ROOT_LEN + 1] != 4)
			return false;
		memcpy(w->at[c], v->name, v->name_length * sizeof(oid));
		w->len[c] = v->name_length;
		w->count++;
	}
	return n > 0;
}

/* Returns the number of variables. */
static unsigned long walk(netsnmp_session *s, oid first, size_t columns, long repetitions)
{
	struct walk w = { .first = first, .columns = columns };
	bool more = true;

	for (size_t c = 0; c < columns; c++) {
		memcpy(w.at[c], root, sizeof(root));
		memcpy(w.at[c] + ROOT_LEN, (oid[]){ 1, 4, 1, 1, first + c }, 5 * sizeof(oid));
		w.len[c] = ROOT_LEN + 5;
	}
	while (more) {
		netsnmp_pdu *pdu = snmp_pdu_create(SNMP_MSG_GETBULK), *answer;

		pdu->non_repeaters = 0;
		pdu->max_repetitions = repetitions;
		for (size_t c = 0; c < columns; c++)
			snmp_add_null_var(pdu, w.at[c], w.len[c]);
		answer = ask(s, pdu);
		more = go_on(&w, answer);
		snmp_free_pdu(answer);
	}
	return w.count;
}

static void walks(netsnmp_session *s, long repetitions, char **pids)
{
	const double cpu = processor(pids), start = seconds();
	unsigned long count = 0;
	double n;

	for (oid first = FIRST_COLUMN; first <= LAST_COLUMN; first += COLUMNS) {
		const oid left = LAST_COLUMN + 1 - first;

		count += walk(s, first, left < COLUMNS ? left : COLUMNS, repetitions);
	}
	n = (double)count / 1e6;
	printf("%lu %.3f %.3f\n", count, (seconds() - start) / n, (processor(pids) - cpu) / n);
}

/* GETs of one object that are sent, and those that came back. */
struct flight { const oid *name; size_t len; unsigned sent, done; };

static void send_get(netsnmp_session *s, struct flight *f);

static int on_get(int op, netsnmp_session *s, int reqid, netsnmp_pdu *answer, void *magic)
{
	struct flight *f = magic;

	(void)reqid;
	if (op != NETSNMP_CALLBACK_OP_RECEIVED_MESSAGE || answer->errstat) {
		fprintf(stderr, "bench_snmp: no answer\n");
		exit(1);
	}
	f->done++;
	if (f->sent < GET_BLOCK)
		send_get(s, f);
	return 1;
}

static void send_get(netsnmp_session *s, struct flight *f)
{
	netsnmp_pdu *pdu = snmp_pdu_create(SNMP_MSG_GET);

	snmp_add_null_var(pdu, f->name, f->len);
	f->sent++;
	if (!snmp_async_send(s, pdu, on_get, f))
		exit(1);
}

/* Seconds for some GETs of one object, `window` at once. */
static double gets(netsnmp_session *s, const oid *name, size_t len, unsigned window)
{
	struct flight f = { .name = name, .len = len };
	const double start = seconds();

	while (f.sent < window)
		send_get(s, &f);
	while (f.done < GET_BLOCK) {
		struct timeval wait = { 10, 0 };
		int nfds = 0, block = 0;
		fd_set fds;

		FD_ZERO(&fds);
		snmp_select_info(&nfds, &fds, &wait, &block);
		if (select(nfds, &fds, NULL, NULL, &wait) > 0)
			snmp_read(&fds);
		else
			snmp_timeout();
	}
	return seconds() - start;
}

/* In turns, since other programs of the machine disturb both. */
static void rates(netsnmp_session *s, unsigned long count, unsigned window)
{
	static const oid uptime[] = { 1, 3, 6, 1, 2, 1, 1, 3, 0 };
	oid health[ROOT_LEN + 4];
	double own = 0, reference = 0;
	unsigned long done = 0;

	memcpy(health, root, sizeof(root));
	memcpy(health + ROOT_LEN, (oid[]){ 1, 1, 1, 0 }, 4 * sizeof(oid));
	while (done < count) {
		reference += gets(s, uptime, OID_LENGTH(uptime), window);
		own += gets(s, health, ROOT_LEN + 4, window);
		done += GET_BLOCK;
	}
	printf("%.0f %.0f %.2f\n", (double)done / own, (double)done / reference, reference / own);
}

int main(int argc, char **argv)
{
	netsnmp_session session, *s;

	if (argc < 5)
		return 2;
	mallopt(M_TRIM_THRESHOLD, 4 << 20);
	setenv("MIBS", "", 1);
	init_snmp("bench_snmp");
	snmp_sess_init(&session);
	session.version = SNMP_VERSION_2c;
	session.peername = argv[1];
	session.community = (u_char *)"public";
	session.community_len = 6;
	session.timeout = 10000000;
	session.rcvMsgMaxSize = 65507;
	root[ROOT_LEN - 1] += strtoul(argv[3], NULL, 10);
	s = snmp_open(&session);
	if (!s)
		return 1;
	if (!strcmp(argv[2], "walk"))
		walks(s, atol(argv[4]), argv + 5);
	else
		rates(s, strtoul(argv[4], NULL, 10), argc > 5 ? (unsigned)atoi(argv[5]) : 1);
	snmp_close(s);
	return 0;
}
