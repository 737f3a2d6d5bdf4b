/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SETs as far as the agent judges them itself: each rule of set-semantics that one variable
 * or RowStatus can break, with its SNMP error and what cdatChangeLastResult will tell; and
 * the operations that a SET becomes.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/set.h"
#include "tests/unit/agent_fixture.h"
#include "wire/control.h"

static struct replica *rep;
static struct change_log changes;
static struct mib_data data;

static int setup(void **state)
{
	(void)state;
	rep = fixture_replica();
	fixture_changes(&changes);
	data = fixture_data(rep, &changes);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	replica_free(rep);
	return 0;
}

/* One variable: an object by name, its index, and a value. */
struct given {
	const char *object;
	oid index[2];
	size_t nindex;
	u_char asn;
	long number;
	const char *octets;
	size_t len;
};

#define INT(obj, n, ...)	{ obj, { __VA_ARGS__ }, sizeof((oid[]){ __VA_ARGS__ }) / sizeof(oid), \
				  ASN_INTEGER, n, NULL, 0 }
#define UNS(obj, n, ...)	{ obj, { __VA_ARGS__ }, sizeof((oid[]){ __VA_ARGS__ }) / sizeof(oid), \
				  ASN_UNSIGNED, n, NULL, 0 }
#define OCT(obj, s, ...)	{ obj, { __VA_ARGS__ }, sizeof((oid[]){ __VA_ARGS__ }) / sizeof(oid), \
				  ASN_OCTET_STR, 0, s, sizeof(s) - 1 }

static void check(const struct given *g, struct set_var *var, struct set_error *error)
{
	const struct mib_table *table;
	const struct mib_column *col = mib_by_name(g->object, &table);
	netsnmp_variable_list *vb = NULL;
	oid name[MIB_SUFFIX_MAX];
	size_t len;

	assert_non_null(col);
	len = table->prefix_len;
	memcpy(name, table->prefix, len * sizeof(oid));
	name[len++] = col->number;
	memcpy(name + len, g->index, g->nindex * sizeof(oid));
	len += g->nindex;
	if (g->asn == ASN_OCTET_STR)
		snmp_varlist_add_variable(&vb, name, len, g->asn, g->octets, g->len);
	else
		snmp_varlist_add_variable(&vb, name, len, g->asn, &g->number, sizeof(g->number));
	set_check(&data, name, len, vb, var, error);
	snmp_free_varbind(vb);
}

static void s25_one_variable(void **state)
{
	static const char name64[] = "a123456789012345678901234567890123456789012345678901234567890123";
	static const struct { struct given g; int snmp, result; } cases[] = {
		{ UNS("cdatAdapterMtu", 1400, 2, 1), SNMP_ERR_NOERROR, 0 },
		{ UNS("cdatAdapterMtu", 0, 2, 1), SNMP_ERR_NOERROR, 0 },
		{ UNS("cdatAdapterMtu", 575, 2, 1), SNMP_ERR_WRONGVALUE, CDAT_RES_MTU_TOO_SMALL },
		{ UNS("cdatAdapterMtu", 65536, 2, 1), SNMP_ERR_WRONGVALUE, CDAT_RES_MTU_TOO_SMALL },
		{ INT("cdatAdapterMtu", 1400, 2, 1), SNMP_ERR_WRONGTYPE, 0 },
		{ UNS("cdatAdapterMtu", 1400, 0, 1), SNMP_ERR_NOCREATION, 0 },
		{ UNS("cdatAdapterMtu", 1400, 70000, 1), SNMP_ERR_NOCREATION, 0 },
		{ UNS("cdatAdapterMtu", 1400, 2, 256), SNMP_ERR_NOCREATION, 0 },
		{ UNS("cdatAdapterMtu", 1400, 2), SNMP_ERR_NOCREATION, 0 },
		{ UNS("cdatAdapterMtu", 1400, 9, 1), SNMP_ERR_NOERROR, 0 },	/* the table judges */
		{ UNS("cdatAdapterPreference", 0, 2, 1), SNMP_ERR_WRONGVALUE, CDAT_RES_OTHER },
		{ UNS("cdatAdapterPrefixLength", 129, 2, 1), SNMP_ERR_WRONGVALUE,
		  CDAT_RES_BAD_PREFIX_LENGTH },
		{ INT("cdatAdapterDscp", 64, 2, 1), SNMP_ERR_WRONGVALUE, CDAT_RES_OTHER },
		{ INT("cdatAdapterDscp", -1, 2, 1), SNMP_ERR_NOERROR, 0 },
		{ INT("cdatAdapterDscp", -2, 2, 1), SNMP_ERR_WRONGVALUE, CDAT_RES_OTHER },
		{ INT("cdatAdapterClass", 6, 2, 1), SNMP_ERR_WRONGVALUE, CDAT_RES_OTHER },
		{ INT("cdatAdapterAddrType", 4, 2, 1), SNMP_ERR_WRONGVALUE, CDAT_RES_BAD_ADDRESS },
		{ INT("cdatAdapterAddrType", 16, 2, 1), SNMP_ERR_WRONGVALUE, CDAT_RES_BAD_ADDRESS },
		{ OCT("cdatAdapterAddr", "", 2, 1), SNMP_ERR_WRONGLENGTH, CDAT_RES_BAD_ADDRESS },
		{ OCT("cdatAdapterAddr", "\x09\x01\x01", 2, 1), SNMP_ERR_WRONGLENGTH,
		  CDAT_RES_BAD_ADDRESS },
		{ OCT("cdatAdapterAddr", "\x09\x01\x01\x09", 2, 1), SNMP_ERR_NOERROR, 0 },
		{ OCT("cdatNodeName", "", 2), SNMP_ERR_WRONGLENGTH, CDAT_RES_BAD_NAME },
		{ OCT("cdatNodeName", name64, 2), SNMP_ERR_WRONGLENGTH, CDAT_RES_BAD_NAME },
		{ OCT("cdatNodeName", "a b", 2), SNMP_ERR_WRONGVALUE, CDAT_RES_BAD_NAME },
		{ OCT("cdatNodeName", "a\0b", 2), SNMP_ERR_WRONGVALUE, CDAT_RES_BAD_NAME },
		{ OCT("cdatNodeName", "x", 70000), SNMP_ERR_NOCREATION, 0 },
		{ INT("cdatNodeRowStatus", 0, 2), SNMP_ERR_WRONGVALUE, CDAT_RES_OTHER },
		{ INT("cdatNodeRowStatus", 3, 2), SNMP_ERR_WRONGVALUE, CDAT_RES_OTHER },
		{ INT("cdatNodeRowStatus", 5, 2), SNMP_ERR_WRONGVALUE, CDAT_RES_OTHER },
		{ INT("cdatNodeRowStatus", 7, 2), SNMP_ERR_WRONGVALUE, CDAT_RES_OTHER },
		{ INT("cdatNodeRowStatus", 6, 2), SNMP_ERR_NOERROR, 0 },
		{ INT("cdatHealth", 1, 0), SNMP_ERR_NOTWRITABLE, 0 },
		{ UNS("cdatAdapterRank", 1, 2, 1), SNMP_ERR_NOTWRITABLE, 0 },
		{ INT("cdatSpinLock", -1, 0), SNMP_ERR_WRONGVALUE, CDAT_RES_OTHER },
		{ INT("cdatSpinLock", 9, 1), SNMP_ERR_NOCREATION, 0 },
		{ UNS("cdatConfigHeartbeatInterval", 9, 0), SNMP_ERR_WRONGVALUE, CDAT_RES_OTHER },
		{ UNS("cdatConfigProbeInterval", 0, 0), SNMP_ERR_NOERROR, 0 },
		{ INT("cdatConfigQuorumPolicy", 1, 0), SNMP_ERR_NOTWRITABLE, 0 },
		{ INT("cdatNotifyEnable", 3, 5), SNMP_ERR_WRONGVALUE, CDAT_RES_OTHER },
		{ INT("cdatNotifyEnable", 2, 18), SNMP_ERR_NOCREATION, 0 },
		{ INT("cdatNotifyScope", 0, 0), SNMP_ERR_WRONGVALUE, CDAT_RES_OTHER },
		{ UNS("cdatNotifyLimit", 0, 0), SNMP_ERR_WRONGVALUE, CDAT_RES_OTHER },
		{ UNS("cdatEventLimit", 15, 0), SNMP_ERR_WRONGVALUE, CDAT_RES_OTHER },
		{ UNS("cdatEventLimit", 65535, 0), SNMP_ERR_NOERROR, 0 },
	};
	struct set_error error;
	struct set_var var;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		check(&cases[i].g, &var, &error);
		if (error.snmp != cases[i].snmp || error.outcome.result != cases[i].result)
			fail_msg("case %zu, %s: error %d result %d", i, cases[i].g.object, error.snmp,
				 error.outcome.result);
		assert_true((error.outcome.result != 0) == (error.outcome.text[0] != 0));
	}
}

#define PLAN_MOST 8

/* The plan of up to PLAN_MOST variables, each of which must pass by itself. */
static void plan(const struct given *g, size_t n, struct set_plan *p, struct set_error *error)
{
	static struct set_var vars[PLAN_MOST];
	static struct cdat_op ops[PLAN_MOST];
	static struct set_local locals[PLAN_MOST];

	*p = (struct set_plan){ .vars = vars, .nvars = n, .ops = ops, .locals = locals };
	for (size_t i = 0; i < n; i++) {
		check(&g[i], &vars[i], error);
		assert_int_equal(error->snmp, SNMP_ERR_NOERROR);
		vars[i].index = (uint16_t)(i + 1);
	}
	set_plan(&data, p, error);
}

/* Rows are made before they are filled and removed last, whatever the order in the PDU; each
 * operation knows its variable. */
static void test_order_of_operations(void **state)
{
	static const struct given g[] = {
		OCT("cdatAdapterAddr", "\x09\x01\x01\x03", 3, 1),
		INT("cdatAdapterRowStatus", 6, 2, 2),
		INT("cdatAdapterRowStatus", 4, 3, 1),
		OCT("cdatNodeName", "nodeC", 3),
		INT("cdatNodeRowStatus", 4, 3),
		INT("cdatSpinLock", 9, 0),
		UNS("cdatConfigHeartbeatInterval", 500, 0),
	};
	static const struct { uint8_t kind, index; } want[] = {
		{ CDAT_OP_LOCK, 6 }, { CDAT_OP_NODE_CREATE, 5 }, { CDAT_OP_ADAPTER_CREATE, 3 },
		{ CDAT_OP_ADAPTER_SET, 1 }, { CDAT_OP_NODE_SET, 4 }, { CDAT_OP_PARAM_SET, 7 },
		{ CDAT_OP_ADAPTER_DESTROY, 2 },
	};
	struct set_error error;
	struct set_plan p;

	(void)state;
	plan(g, sizeof(g) / sizeof(g[0]), &p, &error);
	assert_int_equal(error.snmp, SNMP_ERR_NOERROR);
	assert_int_equal(p.nops, sizeof(want) / sizeof(want[0]));
	for (size_t i = 0; i < p.nops; i++) {
		assert_int_equal(p.ops[i].kind, want[i].kind);
		assert_int_equal(p.ops[i].index, want[i].index);
	}
	assert_int_equal(p.ops[0].number, 9);
	assert_int_equal(p.ops[3].addr.family, CDAT_AF_IPV4);
	assert_memory_equal(p.ops[3].addr.octets, "\x09\x01\x01\x03", 4);
	assert_string_equal(p.ops[4].text, "nodeC");
}

static void test_address_and_type(void **state)
{
	static const char v6[] = "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x02";
	static const struct { struct given g[2]; size_t n; int snmp; uint16_t index; size_t nops; }
	cases[] = {
		{ { OCT("cdatAdapterAddr", "\x09\x01\x01\x16", 2, 1) }, 1, SNMP_ERR_NOERROR, 0, 1 },
		{ { OCT("cdatAdapterAddr", v6, 2, 1) }, 1, SNMP_ERR_INCONSISTENTVALUE, 1, 0 },
		{ { OCT("cdatAdapterAddr", "\x09\x01\x01\x16", 1, 2) }, 1, SNMP_ERR_INCONSISTENTVALUE,
		  1, 0 },
		{ { INT("cdatAdapterAddrType", 2, 2, 1) }, 1, SNMP_ERR_INCONSISTENTVALUE, 1, 0 },
		{ { INT("cdatAdapterAddrType", 1, 2, 1) }, 1, SNMP_ERR_NOERROR, 0, 0 },
		{ { INT("cdatAdapterAddrType", 2, 2, 1), OCT("cdatAdapterAddr", v6, 2, 1) }, 2,
		  SNMP_ERR_NOERROR, 0, 1 },
		{ { OCT("cdatAdapterAddr", v6, 2, 1), INT("cdatAdapterAddrType", 2, 2, 1) }, 2,
		  SNMP_ERR_NOERROR, 0, 1 },
		{ { INT("cdatAdapterAddrType", 1, 2, 1), OCT("cdatAdapterAddr", v6, 2, 1) }, 2,
		  SNMP_ERR_INCONSISTENTVALUE, 2, 0 },
		/* the type of another row is not that of this one */
		{ { INT("cdatAdapterAddrType", 1, 2, 2), OCT("cdatAdapterAddr", v6, 2, 1) }, 2,
		  SNMP_ERR_INCONSISTENTVALUE, 2, 0 },
	};
	struct set_error error;
	struct set_plan p;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		plan(cases[i].g, cases[i].n, &p, &error);
		if (error.snmp != cases[i].snmp || error.index != cases[i].index)
			fail_msg("case %zu: error %d index %u", i, error.snmp, error.index);
		if (error.snmp)
			assert_int_equal(error.outcome.result, CDAT_RES_BAD_ADDRESS);
		else
			assert_int_equal(p.nops, cases[i].nops);
	}
}

static void test_row_status(void **state)
{
	static const struct { struct given g; int snmp, kind; } cases[] = {
		{ INT("cdatAdapterRowStatus", 1, 2, 1), SNMP_ERR_NOERROR, CDAT_OP_ADAPTER_SET },
		{ INT("cdatAdapterRowStatus", 2, 2, 1), SNMP_ERR_NOERROR, CDAT_OP_ADAPTER_SET },
		{ INT("cdatAdapterRowStatus", 4, 2, 1), SNMP_ERR_INCONSISTENTVALUE, 0 },
		{ INT("cdatAdapterRowStatus", 6, 2, 1), SNMP_ERR_NOERROR, CDAT_OP_ADAPTER_DESTROY },
		{ INT("cdatAdapterRowStatus", 1, 2, 7), SNMP_ERR_INCONSISTENTVALUE, 0 },
		{ INT("cdatAdapterRowStatus", 2, 2, 7), SNMP_ERR_INCONSISTENTVALUE, 0 },
		{ INT("cdatAdapterRowStatus", 4, 2, 7), SNMP_ERR_NOERROR, CDAT_OP_ADAPTER_CREATE },
		{ INT("cdatAdapterRowStatus", 6, 2, 7), SNMP_ERR_NOERROR, 0 },
		{ INT("cdatNodeRowStatus", 4, 9), SNMP_ERR_NOERROR, CDAT_OP_NODE_CREATE },
		{ INT("cdatNodeRowStatus", 6, 2), SNMP_ERR_NOERROR, CDAT_OP_NODE_DESTROY },
	};
	struct set_error error;
	struct set_plan p;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		plan(&cases[i].g, 1, &p, &error);
		assert_int_equal(error.snmp, cases[i].snmp);
		if (error.snmp)
			continue;
		assert_int_equal(p.nops, cases[i].kind ? 1 : 0);
		if (p.nops)
			assert_int_equal(p.ops[0].kind, cases[i].kind);
	}
}

static void test_local_objects(void **state)
{
	static const struct given g[] = {
		INT("cdatNotifyEnable", 2, 5), UNS("cdatNotifyWindow", 60, 0),
	};
	struct set_error error;
	struct set_plan p;

	(void)state;
	plan(g, 2, &p, &error);
	assert_int_equal(p.nops, 0);
	assert_int_equal(p.nlocals, 2);
	assert_int_equal(p.locals[0].what, CDAT_L_NOTIFY_ENABLE);
	assert_int_equal(p.locals[0].kind, 5);
	assert_int_equal(p.locals[0].old, 1);
	assert_int_equal(p.locals[1].kind, 0);
	assert_int_equal(p.locals[1].number, 60);
	assert_int_equal(p.locals[1].old, 22);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(s25_one_variable),
		cmocka_unit_test(test_order_of_operations),
		cmocka_unit_test(test_address_and_type),
		cmocka_unit_test(test_row_status),
		cmocka_unit_test(test_local_objects),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
