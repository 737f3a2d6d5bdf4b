/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How fast an agent answers: a walk of cdatAdapterTable, ten columns and R repetitions in a
 * GETBULK, and single GETs of cdatHealth beside those of sysUpTime in the same run.
 *
 *   bench_snmp AGENT [REPETITIONS [GETS]]
 */
#include "config.h"

#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define COLUMNS 10
#define FIRST_COLUMN 3

static const oid root[] = { CDAT_MIB_ROOT_OID };
#define ROOT_LEN (sizeof(root) / sizeof(root[0]))

static double seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
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

/* Goes on from the last row of the answer.  False at the end of the table. */
static bool go_on(const netsnmp_pdu *answer, oid at[COLUMNS][MAX_OID_LEN], size_t len[COLUMNS],
		  unsigned long *count)
{
	size_t n = 0;

	for (const netsnmp_variable_list *v = answer->variables; v; v = v->next_variable) {
		const size_t c = n++ % COLUMNS;

		if (v->type == SNMP_ENDOFMIBVIEW || v->name_length <= ROOT_LEN + 4 ||
		    v->name[ROOT_LEN + 4] != FIRST_COLUMN + c || v->name[ROOT_LEN + 1] != 4)
			return false;
		memcpy(at[c], v->name, v->name_length * sizeof(oid));
		len[c] = v->name_length;
		++*count;
	}
	return n > 0;
}

static void walk(netsnmp_session *s, long repetitions)
{
	oid at[COLUMNS][MAX_OID_LEN];
	size_t len[COLUMNS];
	unsigned long count = 0;
	const double start = seconds();
	double took;
	bool more = true;

	for (size_t c = 0; c < COLUMNS; c++) {
		memcpy(at[c], root, sizeof(root));
		memcpy(at[c] + ROOT_LEN, (oid[]){ 1, 4, 1, 1, FIRST_COLUMN + c }, 5 * sizeof(oid));
		len[c] = ROOT_LEN + 5;
	}
	while (more) {
		netsnmp_pdu *pdu = snmp_pdu_create(SNMP_MSG_GETBULK), *answer;

		pdu->non_repeaters = 0;
		pdu->max_repetitions = repetitions;
		for (size_t c = 0; c < COLUMNS; c++)
			snmp_add_null_var(pdu, at[c], len[c]);
		answer = ask(s, pdu);
		more = go_on(answer, at, len, &count);
		snmp_free_pdu(answer);
	}
	took = seconds() - start;
	printf("walk: %lu variables in %.2f s, %.2f us each (R=%ld, %d columns)\n", count, took,
	       took * 1e6 / (double)count, repetitions, COLUMNS);
}

static double gets(netsnmp_session *s, const oid *name, size_t len, unsigned long n)
{
	const double start = seconds();

	for (unsigned long i = 0; i < n; i++) {
		netsnmp_pdu *pdu = snmp_pdu_create(SNMP_MSG_GET);

		snmp_add_null_var(pdu, name, len);
		snmp_free_pdu(ask(s, pdu));
	}
	return (double)n / (seconds() - start);
}

int main(int argc, char **argv)
{
	static const oid uptime[] = { 1, 3, 6, 1, 2, 1, 1, 3, 0 };
	const unsigned long n = argc > 3 ? strtoul(argv[3], NULL, 10) : 5000;
	oid health[ROOT_LEN + 4];
	netsnmp_session session, *s;
	double own, reference;

	if (argc < 2)
		return 2;
	setenv("MIBS", "", 1);
	init_snmp("bench_snmp");
	snmp_sess_init(&session);
	session.version = SNMP_VERSION_2c;
	session.peername = argv[1];
	session.community = (u_char *)"public";
	session.community_len = 6;
	session.timeout = 10000000;
	session.rcvMsgMaxSize = 65507;
	s = snmp_open(&session);
	if (!s)
		return 1;
	memcpy(health, root, sizeof(root));
	memcpy(health + ROOT_LEN, (oid[]){ 1, 1, 1, 0 }, 4 * sizeof(oid));
	walk(s, argc > 2 ? atol(argv[2]) : 50);
	reference = gets(s, uptime, OID_LENGTH(uptime), n);
	own = gets(s, health, ROOT_LEN + 4, n);
	printf("get: cdatHealth %.0f/s, sysUpTime %.0f/s, ratio %.2f\n", own, reference,
	       own / reference);
	snmp_close(s);
	return 0;
}
