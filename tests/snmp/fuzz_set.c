/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sends SETs of random objects, types, lengths, values, indexes and combinations to an agent.
 * Each must be answered as the model allows (set_model.h); then what was answered is counted.
 *
 *   fuzz_set AGENT SEED COUNT
 */
#include "config.h"

#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/snmp/set_model.h"

#define REPAIR_EACH 100

static const oid root[] = { CDAT_MIB_ROOT_OID };
#define ROOT_LEN (sizeof(root) / sizeof(root[0]))

/* Columns to aim at: group, the rest of the prefix, columns, how many indexes. */
static const struct { oid prefix[4]; size_t len; unsigned columns, indexes; } targets[] = {
	{ { 1, 3, 2, 1 }, 4, 21, 1 },	/* cdatNodeTable */
	{ { 1, 4, 1, 1 }, 4, 26, 2 },	/* cdatAdapterTable; most often */
	{ { 1, 4, 1, 1 }, 4, 26, 2 },
	{ { 1, 4, 1, 1 }, 4, 26, 2 },
	{ { 1, 2 }, 2, 12, 0 },		/* cdatConfig */
	{ { 1, 10, 6, 1 }, 4, 8, 1 },	/* cdatNotifyTable */
	{ { 1, 10 }, 2, 5, 0 },
	{ { 1, 11 }, 2, 2, 0 },
	{ { 1, 1 }, 2, 28, 0 },		/* cdatCluster, cdatSpinLock among it */
	{ { 1, 5, 1, 1 }, 4, 23, 2 },
};

static unsigned seed;

static unsigned below(unsigned n)
{
	return (unsigned)rand_r(&seed) % n;
}

static long number(void)
{
	static const long edges[] = { 0, 1, 2, 3, 4, 5, 6, 7, 16, 24, 63, 64, 65, 128, 129, 255, 256,
		575, 576, 1279, 1280, 1400, 1500, 9173, 65535, 65536, 2147483647, 4294967295 };

	if (below(8) == 0)
		return -(long)below(300);
	return edges[below(sizeof(edges) / sizeof(edges[0]))];
}

static size_t octets(u_char *o)
{
	static const size_t lengths[] = { 4, 4, 4, 4, 16, 16, 0, 1, 3, 5, 15, 17, 63, 64, 200 };
	const size_t len = lengths[below(sizeof(lengths) / sizeof(lengths[0]))];
	const unsigned kind = below(3);

	for (size_t i = 0; i < len; i++)
		o[i] = (u_char)(kind ? 'a' + below(26) : below(256));
	if (len == 4 && kind) {		/* mostly an address that could be one of the table's */
		o[0] = 9;
		o[1] = (u_char)(1 + below(2));
		o[2] = 1;
		o[3] = (u_char)below(20);
	}
	if (len == 16 && kind) {
		memset(o, 0, 15);
		memcpy(o, "\x20\x01\x0d\xb8", 4);
		o[15] = (u_char)below(8);
	}
	return len;
}

/* Writable columns with their type; four of five variables are of these. */
static const struct { u_char target, column, type; } writable[] = {
	{ 0, 2, ASN_OCTET_STR }, { 0, 3, ASN_INTEGER }, { 0, 19, ASN_INTEGER }, { 0, 20, ASN_INTEGER },
	{ 1, 3, ASN_UNSIGNED }, { 1, 5, ASN_INTEGER }, { 1, 6, ASN_OCTET_STR }, { 1, 6, ASN_OCTET_STR },
	{ 1, 7, ASN_UNSIGNED }, { 1, 8, ASN_UNSIGNED }, { 1, 9, ASN_INTEGER }, { 1, 10, ASN_INTEGER },
	{ 1, 11, ASN_INTEGER }, { 1, 12, ASN_UNSIGNED }, { 1, 15, ASN_UNSIGNED }, { 1, 16, ASN_INTEGER },
	{ 1, 23, ASN_INTEGER }, { 1, 24, ASN_INTEGER }, { 1, 24, ASN_INTEGER }, { 4, 1, ASN_UNSIGNED },
	{ 4, 3, ASN_UNSIGNED }, { 4, 8, ASN_INTEGER }, { 4, 10, ASN_UNSIGNED }, { 5, 3, ASN_INTEGER },
	{ 5, 4, ASN_UNSIGNED }, { 6, 3, ASN_UNSIGNED }, { 7, 1, ASN_UNSIGNED }, { 8, 15, ASN_INTEGER },
};

/* Nodes 1 to 3 are neither disabled nor removed, or there would soon be no cluster. */
static long spare_members(const oid *name, size_t len, long n)
{
	const oid *below = name + ROOT_LEN;
	const bool node = len == ROOT_LEN + 6 && !memcmp(below, (oid[]){ 1, 3, 2, 1 }, 4 * sizeof(oid));

	if (node && below[5] <= 3 && (below[4] == 3 || below[4] == 20) && (n == 2 || n == 6))
		return 1;
	return n;
}

static void add_variable(netsnmp_pdu *pdu)
{
	static const u_char types[] = { ASN_INTEGER, ASN_INTEGER, ASN_UNSIGNED, ASN_UNSIGNED,
		ASN_OCTET_STR, ASN_OCTET_STR, ASN_COUNTER, ASN_TIMETICKS, ASN_OBJECT_ID, ASN_NULL };
	const unsigned w = below(sizeof(writable) / sizeof(writable[0]));
	const bool aimed = below(5) > 0;
	const unsigned t = aimed ? writable[w].target : below(sizeof(targets) / sizeof(targets[0]));
	const u_char type = aimed ? writable[w].type : types[below(sizeof(types))];
	size_t len = ROOT_LEN, indexes = targets[t].indexes;
	oid name[MAX_OID_LEN];
	u_char data[256];
	/* half of those aimed at have a value that most objects can have */
	long n = aimed && below(2) ? 1 + (long)below(2) : number();

	memcpy(name, root, sizeof(root));
	memcpy(name + len, targets[t].prefix, targets[t].len * sizeof(oid));
	len += targets[t].len;
	name[len++] = aimed ? writable[w].column : below(targets[t].columns + 1);
	if (!indexes)
		name[len++] = below(20) == 0;
	if (below(30) == 0)
		indexes += below(4);
	for (size_t i = 0; i < indexes; i++)
		name[len++] = below(20) ? 1 + below(i ? 3 : 5) : (oid)number() & 0xffffffff;
	switch (type) {
	case ASN_OCTET_STR:
		snmp_pdu_add_variable(pdu, name, len, type, data, octets(data));
		break;
	case ASN_OBJECT_ID:
		snmp_pdu_add_variable(pdu, name, len, type, root, sizeof(root));
		break;
	case ASN_NULL:
		snmp_pdu_add_variable(pdu, name, len, type, NULL, 0);
		break;
	case ASN_INTEGER:
		n = spare_members(name, len, (int)n);
		snmp_pdu_add_variable(pdu, name, len, type, &n, sizeof(n));
		break;
	default:
		n &= 0xffffffff;
		snmp_pdu_add_variable(pdu, name, len, type, &n, sizeof(n));
	}
}

/* What keeps the cluster together whatever was set: parameters as they are by default, and
 * nodes 1 to 3 enabled.  Its outcome does not matter. */
static void repair(netsnmp_session *s)
{
	static const struct { oid prefix[5]; size_t len; u_char type; long value; } sane[] = {
		{ { 1, 2, 1, 0 }, 4, ASN_UNSIGNED, 200 }, { { 1, 2, 2, 0 }, 4, ASN_UNSIGNED, 3 },
		{ { 1, 2, 3, 0 }, 4, ASN_UNSIGNED, 3 }, { { 1, 2, 7, 0 }, 4, ASN_UNSIGNED, 1000 },
		{ { 1, 2, 10, 0 }, 4, ASN_UNSIGNED, 800 },
	};
	netsnmp_pdu *answer = NULL, *pdu = snmp_pdu_create(SNMP_MSG_SET);
	oid name[MAX_OID_LEN];

	memcpy(name, root, sizeof(root));
	for (size_t i = 0; i < sizeof(sane) / sizeof(sane[0]); i++) {
		memcpy(name + ROOT_LEN, sane[i].prefix, sane[i].len * sizeof(oid));
		snmp_pdu_add_variable(pdu, name, ROOT_LEN + sane[i].len, sane[i].type, &sane[i].value,
				      sizeof(sane[i].value));
	}
	snmp_synch_response(s, pdu, &answer);
	snmp_free_pdu(answer);
	for (oid node = 1; node <= 3; node++) {
		const long enabled = 1;

		answer = NULL;
		pdu = snmp_pdu_create(SNMP_MSG_SET);
		memcpy(name + ROOT_LEN, (oid[]){ 1, 3, 2, 1, 3, node }, 6 * sizeof(oid));
		snmp_pdu_add_variable(pdu, name, ROOT_LEN + 6, ASN_INTEGER, &enabled, sizeof(enabled));
		snmp_synch_response(s, pdu, &answer);
		snmp_free_pdu(answer);
	}
}

static double seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* One random SET.  False, with a line printed, when its answer is not among those it may get. */
static bool one(netsnmp_session *s, unsigned number, unsigned long seen[])
{
	netsnmp_pdu *pdu = snmp_pdu_create(SNMP_MSG_SET), *answer = NULL;
	netsnmp_variable_list *sent;
	const double start = seconds();
	int status;
	bool good;

	seed = number;
	for (unsigned n = 1 + below(4) * below(3); n; n--)
		add_variable(pdu);
	sent = snmp_clone_varbind(pdu->variables);
	status = snmp_synch_response(s, pdu, &answer);
	good = status == STAT_SUCCESS && answer->errstat >= 0 &&
	       answer->errstat <= SNMP_ERR_INCONSISTENTNAME &&
	       model_allows(sent, answer->errstat, answer->errindex, seconds() - start);
	if (good)
		seen[answer->errstat]++;
	else if (status == STAT_SUCCESS)
		printf("seed %u: %s on %ld\n", number, snmp_errstring((int)answer->errstat),
		       answer->errindex);
	else
		printf("seed %u: no answer\n", number);
	for (const netsnmp_variable_list *vb = sent; vb && !good; vb = vb->next_variable)
		print_variable(vb->name, vb->name_length, vb);
	snmp_free_varbind(sent);
	snmp_free_pdu(answer);
	return good;
}

int main(int argc, char **argv)
{
	unsigned long seen[SNMP_ERR_INCONSISTENTNAME + 1] = { 0 };
	netsnmp_session session, *s;
	unsigned first, count;

	if (argc != 4)
		return 2;
	first = (unsigned)strtoul(argv[2], NULL, 10);
	count = (unsigned)strtoul(argv[3], NULL, 10);
	setenv("MIBS", "", 1);
	init_snmp("fuzz_set");
	snmp_sess_init(&session);
	session.version = SNMP_VERSION_2c;
	session.peername = argv[1];
	session.community = (u_char *)"private";
	session.community_len = 7;
	session.retries = 0;
	session.timeout = 40000000;	/* cdatConfigChangeTimeout may be 30 s */
	s = snmp_open(&session);
	if (!s)
		return 2;
	for (unsigned i = 0; i < count; i++) {
		if (i % REPAIR_EACH == REPAIR_EACH - 1)
			repair(s);
		if (!one(s, first + i, seen))
			return 1;
	}
	repair(s);
	for (size_t i = 0; i <= SNMP_ERR_INCONSISTENTNAME; i++) {
		if (seen[i])
			printf("%s %lu\n", snmp_errstring((int)i), seen[i]);
	}
	snmp_close(s);
	return 0;
}
