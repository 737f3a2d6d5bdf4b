/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each row of the error matrix that can be judged from a table: fault, result, the op to
 * blame, and the line for people.  The changes are those of the sample commands.
 */
#include "table_fixture.h"

/* Refused so, and the table is as before. */
static void refused(const struct cdat_table *t, const struct cdat_op *ops, size_t nops,
		    enum cdat_fault fault, enum cdat_result result, uint16_t culprit, const char *text)
{
	struct cdat_table *before = cdat_table_copy(t);

	assert_null(apply(t, ops, nops));
	assert_string_equal(outcome.text, text);
	assert_int_equal(outcome.fault, fault);
	assert_int_equal(outcome.result, result);
	assert_int_equal(outcome.culprit, culprit);
	assert_int_equal(outcome.version, 0);
	assert_same_digest(t, before);
	cdat_table_free(before);
}

#define WRONG	CDAT_FAULT_WRONG_VALUE
#define INCONS	CDAT_FAULT_INCONSISTENT_VALUE
#define NONAME	CDAT_FAULT_INCONSISTENT_NAME
#define FULL	CDAT_FAULT_RESOURCE_UNAVAILABLE

static void bad_addresses(void **state)
{
	static const struct { const char *addr, *what; } bad[] = {
		{ "224.0.0.1", "a multicast address" },
		{ "239.255.255.255", "a multicast address" },
		{ "0.0.0.0", "an unspecified address" },
		{ "0.1.2.3", "an unspecified address" },
		{ "127.0.0.1", "a loopback address" },
		{ "255.255.255.255", "the limited broadcast address" },
		{ "240.0.0.1", "a reserved address" },
		{ "::", "the unspecified address" },
		{ "::1", "the loopback address" },
		{ "fe80::1", "a link-local address" },
		{ "febf::1", "a link-local address" },
		{ "::ffff:9.1.1.9", "an IPv4-mapped address" },
		{ "ff02::1", "a multicast address" },
	};
	struct cdat_table *t = fig5();
	char line[128], canon[64];
	(void)state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct cdat_addr a = ip(bad[i].addr);

		snprintf(line, sizeof(line), "nodeB/1 address %s: %s",
			 cdat_addr_text(&a, canon, sizeof(canon)), bad[i].what);
		refused(t, OPS(AD_IP(1, 2, 1, bad[i].addr)), WRONG, CDAT_RES_BAD_ADDRESS, 1, line);
	}
	refused(t, OPS({ .index = 1, .kind = CDAT_OP_ADAPTER_SET, .node = 2, .adapter = 1,
			 .attr = CDAT_A_ADDR, .addr = { .family = 4 } }), WRONG, CDAT_RES_BAD_ADDRESS, 1,
		"nodeB/1 address : neither ipv4 nor ipv6");
	rules.loopback_ok = true;
	change(&t, OPS(AD_IP(1, 2, 1, "127.0.0.2")));
	change(&t, OPS(AD_IP(1, 2, 1, "::1"), AD_NUM(2, 2, 1, CDAT_A_PREFIX_LEN, 128)));
	rules.loopback_ok = false;
	cdat_table_free(t);
}

static void own_prefix(void **state)
{
	struct cdat_table *t = fig5();
	(void)state;

	refused(t, OPS(AD_IP(1, 2, 1, "9.1.1.255")), INCONS, CDAT_RES_BAD_ADDRESS, 1,
		"nodeB/1 address 9.1.1.255: the broadcast address of its own prefix /24");
	refused(t, OPS(AD_IP(1, 2, 1, "9.1.1.0")), INCONS, CDAT_RES_BAD_ADDRESS, 1,
		"nodeB/1 address 9.1.1.0: the network address of its own prefix /24");
	/* the prefix alone makes it so; the op of the prefix is to blame */
	change(&t, OPS(AD_IP(1, 2, 1, "9.1.1.3")));
	refused(t, OPS(AD_NUM(7, 2, 1, CDAT_A_PREFIX_LEN, 30)), INCONS, CDAT_RES_BAD_ADDRESS, 7,
		"nodeB/1 address 9.1.1.3: the broadcast address of its own prefix /30");
	change(&t, OPS(AD_NUM(1, 2, 1, CDAT_A_PREFIX_LEN, 31)));
	change(&t, OPS(AD_NUM(1, 2, 1, CDAT_A_PREFIX_LEN, 32)));
	cdat_table_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_addresses),
		cmocka_unit_test(own_prefix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
