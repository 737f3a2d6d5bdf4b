/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sends SETs of random objects, types, lengths, values, indexes and combinations to an agent,
 * and among them some that make sense: rows made, taken out of service, changed and destroyed,
 * several in one PDU, and the spin lock with its value.  Each must be answered as the model
 * allows (set_model.h); then what was answered is counted, and each object that can be written
 * but never was is named, with how often it was tried.
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
	{ { 1, 6, 1, 1 }, 4, 9, 1 },
	{ { 1, 7, 1, 1 }, 4, 6, 2 },
	{ { 1, 8 }, 2, 23, 0 },
	{ { 1, 9 }, 2, 11, 0 },
	{ { 1, 11, 3, 1 }, 4, 12, 1 },
	{ { 1, 12, 1, 1 }, 4, 11, 1 },	/* cdatRoleTable, cdatRouteTable: nothing there is written */
	{ { 1, 13, 1, 1 }, 4, 9, 2 },
};

#define OBJECTS_MOST 64
static unsigned long tried[OBJECTS_MOST], done[OBJECTS_MOST];	/* of the model's objects */
static long lock = -1;			/* cdatSpinLock, as far as known */

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

/* Nodes 1 to 3 are neither disabled nor removed, or there would soon be no cluster. */
static long spare_members(const oid *name, size_t len, long n)
{
	const oid *below = name + ROOT_LEN;
	const bool node = len == ROOT_LEN + 6 && !memcmp(below, (oid[]){ 1, 3, 2, 1 }, 4 * sizeof(oid));

	if (node && below[5] <= 3 && (below[4] == 3 || below[4] == 20) && (n == 2 || n == 6))
		return 1;
	return n;
}

static void add_value(netsnmp_pdu *pdu, const oid *name, size_t len, u_char type, long n)
{
	u_char data[256];

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

/* Four of five variables are of objects that can be written, with their type. */
static void add_variable(netsnmp_pdu *pdu)
{
	static const u_char types[] = { ASN_INTEGER, ASN_INTEGER, ASN_UNSIGNED, ASN_UNSIGNED,
		ASN_OCTET_STR, ASN_OCTET_STR, ASN_COUNTER, ASN_TIMETICKS, ASN_OBJECT_ID, ASN_NULL };
	const bool aimed = below(5) > 0;
	struct model_object object;
	size_t objects = 0, len = ROOT_LEN;
	oid name[MAX_OID_LEN];

	while (model_object(objects, &object))
		objects++;
	if (aimed) {
		model_object(below((unsigned)objects), &object);
	} else {
		const unsigned t = below(sizeof(targets) / sizeof(targets[0]));

		object.len = targets[t].len;
		memcpy(object.name, targets[t].prefix, sizeof(targets[t].prefix));
		object.name[object.len++] = below(targets[t].columns + 1);
		object.asn = types[below(sizeof(types))];
		object.indexes = targets[t].indexes;
	}
	memcpy(name, root, sizeof(root));
	memcpy(name + len, object.name, object.len * sizeof(oid));
	len += object.len;
	if (!object.indexes)
		name[len++] = below(20) == 0;
	if (below(30) == 0)
		object.indexes += below(4);
	for (size_t i = 0; i < object.indexes; i++)
		name[len++] = below(20) ? 1 + below(i ? 3 : 5) : (oid)number() & 0xffffffff;
	/* half of those aimed at have a value that most objects can have */
	add_value(pdu, name, len, object.asn, aimed && below(2) ? 1 + (long)below(2) : number());
}

/* ---- SETs that make sense ---- */

enum { NODE = 3, ADAPTER = 4 };
enum { NODE_NAME = 2, NODE_ADMIN = 3, NODE_STORAGE = 19, NODE_ROW = 20, ADDR_TYPE = 5, ADDR = 6,
       PREFIX_LENGTH = 7, MTU = 12, ADAPTER_STORAGE = 23, ADAPTER_ROW = 24 };
enum { ACTIVE = 1, NOT_IN_SERVICE = 2, CREATE_AND_GO = 4, CREATE_AND_WAIT = 5, DESTROY = 6 };
#define SPARE 4u			/* the first node that is no member */
#define SPARES 3u

/* A column of a node, or of adapter `adapter` of it. */
static void add_cell(netsnmp_pdu *pdu, unsigned column, unsigned node, unsigned adapter,
		     u_char asn, const void *value, size_t size)
{
	oid name[MAX_OID_LEN];
	size_t len = ROOT_LEN;

	memcpy(name, root, sizeof(root));
	memcpy(name + len, (oid[]){ 1, adapter ? ADAPTER : NODE, adapter ? 1 : 2, 1, column, node,
				    adapter }, 7 * sizeof(oid));
	len += adapter ? 7 : 6;
	snmp_pdu_add_variable(pdu, name, len, asn, value, size);
}

static void add_number(netsnmp_pdu *pdu, unsigned column, unsigned node, unsigned adapter,
		       u_char asn, long n)
{
	add_cell(pdu, column, node, adapter, asn, &n, sizeof(n));
}

static void make_adapter(netsnmp_pdu *pdu, unsigned node, unsigned adapter)
{
	u_char v4[4] = { 9, (u_char)adapter, 1, (u_char)(10 * node + below(3)) };
	u_char v6[16] = { 0x20, 1, 0x0d, 0xb8, [14] = (u_char)node, [15] = (u_char)adapter };

	add_number(pdu, ADAPTER_ROW, node, adapter, ASN_INTEGER,
		   below(8) ? CREATE_AND_GO : CREATE_AND_WAIT);
	if (below(3)) {
		add_cell(pdu, ADDR, node, adapter, ASN_OCTET_STR, v4, sizeof(v4));
	} else {
		add_number(pdu, ADDR_TYPE, node, adapter, ASN_INTEGER, 2);
		add_cell(pdu, ADDR, node, adapter, ASN_OCTET_STR, v6, sizeof(v6));
		add_number(pdu, PREFIX_LENGTH, node, adapter, ASN_UNSIGNED, 64);
	}
}

static void make_node(netsnmp_pdu *pdu, unsigned node)
{
	char name[16];

	snprintf(name, sizeof(name), "spare%u", node);
	add_cell(pdu, NODE_NAME, node, 0, ASN_OCTET_STR, name, strlen(name));
	add_number(pdu, NODE_ROW, node, 0, ASN_INTEGER, CREATE_AND_GO);
	for (unsigned a = 1 + below(2); a; a--)
		make_adapter(pdu, node, a);
}

/* What an administrator does with a node that is no member, or one of its adapters. */
static void sensible(netsnmp_pdu *pdu)
{
	const unsigned node = SPARE + below(SPARES), adapter = 1 + below(2);
	char name[16];

	switch (below(11)) {
	case 10:
		add_number(pdu, MTU, 1 + below(3), adapter, ASN_UNSIGNED, 1400);
		break;
	case 0: case 1:
		make_node(pdu, node);
		break;
	case 2:
		make_adapter(pdu, node, adapter);
		break;
	case 3:
		add_number(pdu, NODE_ROW, node, 0, ASN_INTEGER, below(2) ? DESTROY : ACTIVE);
		break;
	case 4:
		add_number(pdu, ADAPTER_ROW, node, adapter, ASN_INTEGER, below(2) ? DESTROY : ACTIVE);
		break;
	case 5:				/* its name can be changed while it is out of service */
		snprintf(name, sizeof(name), "other%u", node);
		add_number(pdu, NODE_ROW, node, 0, ASN_INTEGER, NOT_IN_SERVICE);
		add_cell(pdu, NODE_NAME, node, 0, ASN_OCTET_STR, name, strlen(name));
		break;
	case 6:
		add_number(pdu, ADAPTER_ROW, node, adapter, ASN_INTEGER, NOT_IN_SERVICE);
		break;
	case 7:
		add_number(pdu, NODE_ADMIN, node, 0, ASN_INTEGER, 1 + (long)below(2));
		break;
	default:
		if (below(2))
			add_number(pdu, NODE_STORAGE, node, 0, ASN_INTEGER, 2 + (long)below(2));
		else
			add_number(pdu, ADAPTER_STORAGE, node, adapter, ASN_INTEGER, 2 + (long)below(2));
	}
}

static const oid lock_name[] = { CDAT_MIB_ROOT_OID, 1, 1, 15, 0 };

/* TestAndIncr with the value that it has, as far as that is known. */
static void add_lock(netsnmp_pdu *pdu)
{
	snmp_pdu_add_variable(pdu, lock_name, OID_LENGTH(lock_name), ASN_INTEGER, &lock, sizeof(lock));
}

static void read_lock(netsnmp_session *s)
{
	netsnmp_pdu *answer = NULL, *pdu = snmp_pdu_create(SNMP_MSG_GET);

	snmp_add_null_var(pdu, lock_name, OID_LENGTH(lock_name));
	if (snmp_synch_response(s, pdu, &answer) == STAT_SUCCESS && !answer->errstat &&
	    answer->variables->type == ASN_INTEGER)
		lock = *answer->variables->val.integer;
	snmp_free_pdu(answer);
}

/* One in five makes sense, in up to three rows; one in ten has the lock first. */
static netsnmp_pdu *random_set(netsnmp_session *s)
{
	netsnmp_pdu *pdu = snmp_pdu_create(SNMP_MSG_SET);

	if (below(10) == 0) {
		read_lock(s);
		add_lock(pdu);
	}
	if (below(5) == 0) {
		for (unsigned n = 1 + below(3) * below(2); n; n--)
			sensible(pdu);
	} else {
		for (unsigned n = 1 + below(4) * below(3); n; n--)
			add_variable(pdu);
	}
	return pdu;
}

/* Which objects were in it. */
static void count_objects(const netsnmp_variable_list *vb, bool committed)
{
	for (; vb; vb = vb->next_variable) {
		const int o = model_number(vb);

		if (o < 0 || o >= OBJECTS_MOST)
			continue;
		tried[o]++;
		done[o] += committed;
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
	netsnmp_pdu *pdu, *answer = NULL;
	netsnmp_variable_list *sent;
	double start;
	int status;
	bool good;

	seed = number;
	pdu = random_set(s);
	sent = snmp_clone_varbind(pdu->variables);
	start = seconds();
	status = snmp_synch_response(s, pdu, &answer);
	good = status == STAT_SUCCESS && answer->errstat >= 0 &&
	       answer->errstat <= SNMP_ERR_INCONSISTENTNAME &&
	       model_allows(sent, answer->errstat, answer->errindex, seconds() - start);
	if (good) {
		seen[answer->errstat]++;
		count_objects(sent, answer->errstat == SNMP_ERR_NOERROR);
	} else if (status == STAT_SUCCESS) {
		printf("seed %u: %s on %ld\n", number, snmp_errstring((int)answer->errstat),
		       answer->errindex);
	} else {
		printf("seed %u: no answer\n", number);
	}
	for (const netsnmp_variable_list *vb = sent; vb && !good; vb = vb->next_variable)
		print_variable(vb->name, vb->name_length, vb);
	snmp_free_varbind(sent);
	snmp_free_pdu(answer);
	return good;
}

static void tell(const unsigned long seen[])
{
	struct model_object object;
	unsigned covered = 0, objects = 0;

	for (size_t i = 0; i <= SNMP_ERR_INCONSISTENTNAME; i++) {
		if (seen[i])
			printf("%s %lu\n", snmp_errstring((int)i), seen[i]);
	}
	for (; model_object(objects, &object) && objects < OBJECTS_MOST; objects++) {
		covered += done[objects] > 0;
		if (done[objects])
			continue;
		printf("never set:");
		for (size_t k = 0; k < object.len; k++)
			printf(".%lu", (unsigned long)object.name[k]);
		printf(" (tried %lu times)\n", tried[objects]);
	}
	printf("%u of %u objects that can be written were\n", covered, objects);
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
	tell(seen);
	snmp_close(s);
	return 0;
}
