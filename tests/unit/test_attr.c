/* SPDX-License-Identifier: BSD-2-Clause */
/* Attributes: rows against CDAT-MIB, values, and each error line word by word. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/attr.h"
#include "wire/number.h"

static void test_rows_ascend(void **state)
{
	size_t count;
	const struct cdat_attr_row *rows = cdat_attr_rows(&count);

	(void)state;
	assert_int_equal(count, 4 + 12 + 5 + 11);
	for (size_t i = 0; i < count; i++) {
		assert_true(i == 0 || rows[i].attr > rows[i - 1].attr);
		assert_ptr_equal(cdat_attr_find((enum cdat_attr)rows[i].attr), &rows[i]);
		assert_ptr_equal(cdat_attr_by_word((enum cdat_attr_scope)rows[i].scope, rows[i].word),
				 rows[i].fact ? NULL : &rows[i]);
		if (rows[i].type == CDAT_AT_NUMBER || rows[i].type == CDAT_AT_ENUM)
			assert_true(cdat_attr_in_range(&rows[i], rows[i].deflt));
	}
	assert_null(cdat_attr_find(CDAT_A_NONE));
	assert_null(cdat_attr_find((enum cdat_attr)255));
	assert_null(cdat_attr_by_word(CDAT_SCOPE_NODE, "mtu"));
	assert_null(cdat_attr_by_word(CDAT_SCOPE_ADAPTER, "mtu-reported"));
	assert_int_equal(cdat_attr_by_word(CDAT_SCOPE_PARAM, "retry-threshold")->attr,
			 CDAT_A_RETRY_DEFAULT);
}

/* SYNTAX and DEFVAL as they stand in the MIB. */
static void test_ranges_and_defaults_of_the_mib(void **state)
{
	static const struct { int attr; const char *object, *syntax, *defval; } table[] = {
		{ CDAT_A_HEARTBEAT, "cdatConfigHeartbeatInterval", "(10..60000)", "200" },
		{ CDAT_A_SILENCE, "cdatConfigSilenceLimit", "(2..100)", "3" },
		{ CDAT_A_RETRY_DEFAULT, "cdatConfigRetryThreshold", "(1..255)", "3" },
		{ CDAT_A_RESPONSE_MIN, "cdatConfigResponseMin", "(1..60000)", "10" },
		{ CDAT_A_RESPONSE_MAX, "cdatConfigResponseMax", "(1..60000)", "3000" },
		{ CDAT_A_CONSENSUS, "cdatConfigConsensusTime", "(10..60000)", "200" },
		{ CDAT_A_PROBE, "cdatConfigProbeInterval", "(0 | 100..3600000)", "1000" },
		{ CDAT_A_CHANGE_TIMEOUT, "cdatConfigChangeTimeout", "(100..30000)", "800" },
		{ CDAT_A_PREFERENCE, "cdatAdapterPreference", "(1..65535)", "100" },
		{ CDAT_A_PREFIX_LEN, "cdatAdapterPrefixLength", "(0..128)", "0" },
		{ CDAT_A_MTU, "cdatAdapterMtu", "(0 | 576..65535)", "0" },
		{ CDAT_A_RETRY, "cdatAdapterRetryThreshold", "(0..255)", "0" },
	};
	const char *top = getenv("top_srcdir");
	static char mib[1 << 20], path[4096];

	(void)state;
	snprintf(path, sizeof(path), "%s/mib/CDAT-MIB.txt", top ? top : ".");
	FILE *f = fopen(path, "r");

	if (!f)
		fail_msg("cannot open %s", path);
	assert_true(fread(mib, 1, sizeof(mib) - 1, f) > 1000);
	fclose(f);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const struct cdat_attr_row *row = cdat_attr_find((enum cdat_attr)table[i].attr);
		char want[128], *at, *end;

		snprintf(want, sizeof(want), "\n%s OBJECT-TYPE", table[i].object);
		at = strstr(mib, want);
		assert_non_null(at);
		end = strstr(at, "::=");
		snprintf(want, sizeof(want), "(%s%lld..%lld)", row->zero_ok ? "0 | " : "",
			 (long long)row->min, (long long)row->max);
		assert_string_equal(table[i].syntax, want);
		assert_non_null(memmem(at, (size_t)(end - at), want, strlen(want)));
		snprintf(want, sizeof(want), "DEFVAL      { %lld }", (long long)row->deflt);
		assert_non_null(memmem(at, (size_t)(end - at), want, strlen(want)));
		assert_int_equal(row->deflt, atoi(table[i].defval));
	}
}

static void test_defaults(void **state)
{
	struct cdat_params p;
	struct cdat_node n;
	struct cdat_adapter a;

	(void)state;
	memset(&p, 0xff, sizeof(p));
	memset(&n, 0x7f, sizeof(n));
	memset(&a, 0x7f, sizeof(a));
	*(uint8_t *)&p.auto_failback = *(uint8_t *)&p.pmtu_discovery = 0;
	cdat_attr_defaults(CDAT_SCOPE_PARAM, &p);
	assert_int_equal(p.heartbeat_ms, 200);
	assert_int_equal(p.response_max_ms, 3000);
	assert_true(p.auto_failback);
	assert_true(p.pmtu_discovery);
	assert_int_equal(p.quorum, CDAT_QUORUM_MAJORITY);
	cdat_attr_defaults(CDAT_SCOPE_NODE, &n);
	assert_int_equal(n.node, 0x7f7f);	/* not an attribute */
	assert_string_equal(n.name, "");
	assert_int_equal(n.admin, CDAT_ADMIN_UP);
	assert_int_equal(n.storage, CDAT_STORE_NONVOLATILE);
	assert_int_equal(n.row, CDAT_ROW_ACTIVE);
	cdat_attr_defaults(CDAT_SCOPE_ADAPTER, &a);
	assert_int_equal(a.preference, 100);
	assert_int_equal(a.addr.family, CDAT_AF_NONE);
	assert_int_equal(a.addr.port, 0);
	assert_int_equal(a.type, CDAT_IFT_OTHER);
	assert_int_equal(a.class_, CDAT_CLASS_UNSPECIFIED);
	assert_int_equal(a.dscp, -1);
	assert_int_equal(a.mtu, 0);
	assert_false(a.multicast);
	assert_string_equal(a.ifname, "");
}

static void test_get_and_put(void **state)
{
	union { struct cdat_node n; struct cdat_adapter a; struct cdat_params p; } record;
	size_t count;
	const struct cdat_attr_row *row = cdat_attr_rows(&count);

	(void)state;
	for (; count--; row++) {
		memset(&record, 0, sizeof(record));
		if (row->type > CDAT_AT_TRUTH) {
			cdat_attr_put(row, &record, 1);
			assert_int_equal(cdat_attr_get(row, &record), 0);
			continue;
		}
		cdat_attr_put(row, &record, row->min);
		assert_int_equal(cdat_attr_get(row, &record), row->min);
		cdat_attr_put(row, &record, row->max);
		assert_int_equal(cdat_attr_get(row, &record), row->max);
		assert_true(cdat_attr_in_range(row, row->min));
		assert_true(cdat_attr_in_range(row, row->max));
		assert_false(cdat_attr_in_range(row, row->min - 1) && !(row->zero_ok && row->min == 1));
		assert_false(cdat_attr_in_range(row, row->max + 1));
	}
	assert_true(cdat_attr_in_range(cdat_attr_find(CDAT_A_MTU), 0));
	assert_false(cdat_attr_in_range(cdat_attr_find(CDAT_A_MTU), 575));
	assert_false(cdat_attr_in_range(cdat_attr_find(CDAT_A_HEARTBEAT), 0));
}

static void test_words_that_are_taken(void **state)
{
	static const struct { int attr; const char *word; int64_t number; } table[] = {
		{ CDAT_A_MTU, "1400", 1400 }, { CDAT_A_MTU, "0", 0 }, { CDAT_A_MTU, "576", 576 },
		{ CDAT_A_DSCP, "-1", -1 }, { CDAT_A_DSCP, "63", 63 },
		{ CDAT_A_CLASS, "interactive", CDAT_CLASS_INTERACTIVE },
		{ CDAT_A_NODE_ADMIN, "disabled", CDAT_ADMIN_DOWN },
		{ CDAT_A_ADAPTER_ADMIN, "down", CDAT_ADMIN_DOWN },
		{ CDAT_A_NODE_STORAGE, "volatile", CDAT_STORE_VOLATILE },
		{ CDAT_A_ADAPTER_ROW, "notInService", CDAT_ROW_NOT_IN_SERVICE },
		{ CDAT_A_TYPE, "ethernetCsmacd", 6 }, { CDAT_A_TYPE, "ethernet", 6 },
		{ CDAT_A_TYPE, "token-ring", 9 }, { CDAT_A_TYPE, "loopback", 24 },
		{ CDAT_A_TYPE, "other", 1 }, { CDAT_A_TYPE, "199", 199 }, { CDAT_A_TYPE, "300", 300 },
		{ CDAT_A_FAILBACK, "true", 1 }, { CDAT_A_FAILBACK, "false", 2 },
		{ CDAT_A_QUORUM, "none", CDAT_QUORUM_NONE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct cdat_op op = { 0 };
		char err[256] = "x";

		assert_true(cdat_attr_parse(cdat_attr_find((enum cdat_attr)table[i].attr), table[i].word,
					    &op, NULL, err, sizeof(err)));
		assert_int_equal(op.number, table[i].number);
		assert_int_equal(op.attr, table[i].attr);
		assert_string_equal(err, "");
	}
}

static void test_addresses_that_are_taken(void **state)
{
	static const struct { const char *word, *text; int prefix; } table[] = {
		{ "192.0.2.1", "192.0.2.1", -1 }, { "192.0.2.1/24", "192.0.2.1", 24 },
		{ "192.0.2.1/32", "192.0.2.1", 32 }, { "2001:DB8::1/64", "2001:db8::1", 64 },
		{ "2001:db8::1/128", "2001:db8::1", 128 },
	};
	const struct cdat_attr_row *row = cdat_attr_find(CDAT_A_ADDR);

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct cdat_op op = { 0 };
		char err[256], text[64];
		int prefix = 99;

		assert_true(cdat_attr_parse(row, table[i].word, &op, &prefix, err, sizeof(err)));
		assert_string_equal(cdat_addr_text(&op.addr, text, sizeof(text)), table[i].text);
		assert_int_equal(prefix, table[i].prefix);
	}
}

#define X63 "x23456789012345678901234567890123456789012345678901234567890123"

static const struct { int attr; const char *word, *err; } refused[] = {
	{ CDAT_A_MTU, "100", "mtu 100 is out of range; "
	  "write a whole number from 576 to 65535 (octets), or 0" },
	{ CDAT_A_MTU, "big", "mtu \"big\" is not a number; "
	  "write a whole number from 576 to 65535 (octets), or 0" },
	{ CDAT_A_MTU, "01400", "mtu \"01400\" is not a number; "
	  "write a whole number from 576 to 65535 (octets), or 0" },
	{ CDAT_A_MTU, "", "mtu \"\" is not a number; "
	  "write a whole number from 576 to 65535 (octets), or 0" },
	{ CDAT_A_PREFERENCE, "0", "preference 0 is out of range; "
	  "write a whole number from 1 to 65535" },
	{ CDAT_A_DSCP, "-2", "dscp -2 is out of range; write a whole number from -1 to 63" },
	{ CDAT_A_HEARTBEAT, "5", "heartbeat-ms 5 is out of range; "
	  "write a whole number from 10 to 60000 (milliseconds)" },
	{ CDAT_A_SILENCE, "99999999999999999999", "silence-limit \"99999999999999999999\" "
	  "is not a number; write a whole number from 2 to 100 (intervals)" },
	{ CDAT_A_CLASS, "fast", "class \"fast\" is not known; "
	  "write one of unspecified, bulk, standard, interactive, control" },
	{ CDAT_A_CLASS, "Bulk", "class \"Bulk\" is not known; "
	  "write one of unspecified, bulk, standard, interactive, control" },
	{ CDAT_A_CLASS, "", "class \"\" is not known; "
	  "write one of unspecified, bulk, standard, interactive, control" },
	{ CDAT_A_NODE_ADMIN, "up", "admin \"up\" is not known; write one of enabled, disabled" },
	{ CDAT_A_ADAPTER_ADMIN, "enabled", "admin \"enabled\" is not known; "
	  "write one of up, down" },
	{ CDAT_A_NODE_ROW, "notReady", "row \"notReady\" is not known; "
	  "write one of active, notInService" },
	{ CDAT_A_TYPE, "wifi", "type \"wifi\" is not known; write a word of IANAifType such as "
	  "ethernet, infiniband or ppp, or its number from 1 to 303" },
	{ CDAT_A_TYPE, "304", "type \"304\" is not known; write a word of IANAifType such as "
	  "ethernet, infiniband or ppp, or its number from 1 to 303" },
	{ CDAT_A_TYPE, "", "type \"\" is not known; write a word of IANAifType such as "
	  "ethernet, infiniband or ppp, or its number from 1 to 303" },
	{ CDAT_A_FAILBACK, "yes", "auto-failback \"yes\" is neither true nor false; "
	  "write true or false" },
	{ CDAT_A_NODE_NAME, "a b", "name \"a b\" is not allowed; write 1 to 63 letters, digits, "
	  "'-', '.' or '_', the first a letter or digit" },
	{ CDAT_A_NODE_NAME, "", "name \"\" is not allowed; write 1 to 63 letters, digits, "
	  "'-', '.' or '_', the first a letter or digit" },
	{ CDAT_A_NODE_NAME, X63 "4", "name \"" X63 "4\" is not allowed; write 1 to 63 letters, "
	  "digits, '-', '.' or '_', the first a letter or digit" },
	{ CDAT_A_NODE_NAME, X63 "45", "name \"" X63 "4...\" is not allowed; write 1 to 63 "
	  "letters, digits, '-', '.' or '_', the first a letter or digit" },
	{ CDAT_A_NODE_NAME, "\33[31m\xff\xc3\xa4", "name \"?[31m?\xc3\xa4\" is not allowed; write "
	  "1 to 63 letters, digits, '-', '.' or '_', the first a letter or digit" },
	{ CDAT_A_ADDR, "host", "address \"host\" is no numeric address; write one such as "
	  "192.0.2.1 or 2001:db8::1 (names are not looked up)" },
	{ CDAT_A_ADDR, "192.0.2.1/33", "address \"192.0.2.1/33\" has a bad prefix length; "
	  "write a number from 1 to 32 after the slash, or no slash" },
	{ CDAT_A_ADDR, "2001:db8::1/0", "address \"2001:db8::1/0\" has a bad prefix length; "
	  "write a number from 1 to 128 after the slash, or no slash" },
	{ CDAT_A_ADDR, "192.0.2.1/024", "address \"192.0.2.1/024\" has a bad prefix length; "
	  "write a number from 1 to 32 after the slash, or no slash" },
	{ CDAT_A_ADDR, "192.0.2.1:99", "address \"192.0.2.1:99\" has a port; "
	  "write 192.0.2.1, and port 99 apart" },
	{ CDAT_A_FACT_IFNAME, "eth0", "interface is told by the owner of the adapter; "
	  "leave it out" },
};

static void test_error_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		const struct cdat_attr_row *row = cdat_attr_find((enum cdat_attr)refused[i].attr);
		struct cdat_op op = { 0 };
		char err[256] = "";
		int prefix;

		assert_false(cdat_attr_parse(row, refused[i].word, &op, &prefix, err, sizeof(err)));
		assert_string_equal(err, refused[i].err);
	}
}

static void test_prefix_where_none_is_allowed(void **state)
{
	struct cdat_op op = { 0 };
	char err[256];

	(void)state;
	assert_false(cdat_attr_parse(cdat_attr_find(CDAT_A_ADDR), "192.0.2.1/24", &op, NULL, err,
				     sizeof(err)));
	assert_string_equal(err, "address \"192.0.2.1/24\" has a prefix length; write 192.0.2.1");
}

/* ---- addresses, numbers, names ------------------------------------------------------ */

/* RFC 5952, 4 and its examples. */
static void test_address_text(void **state)
{
	static const char *const table[][2] = {
		{ "0.0.0.0", "0.0.0.0" }, { "255.255.255.255", "255.255.255.255" },
		{ "2001:0db8::0001", "2001:db8::1" }, { "2001:db8:0:0:0:0:2:1", "2001:db8::2:1" },
		{ "2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1" },
		{ "2001:0:0:1:0:0:0:1", "2001:0:0:1::1" },
		{ "2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1" },
		{ "2001:DB8:AAAA:BBBB:CCCC:DDDD:EEEE:AAAA", "2001:db8:aaaa:bbbb:cccc:dddd:eeee:aaaa" },
		{ "::", "::" }, { "::1", "::1" }, { "1::", "1::" }, { "0:0:1::", "0:0:1::" },
		{ "::1:2", "::1:2" }, { "::ffff:192.0.2.1", "::ffff:192.0.2.1" },
		{ "fe80:0:0:0:0:0:0:1", "fe80::1" }, { "1:2:3:4:5:6:0:0", "1:2:3:4:5:6::" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct cdat_addr addr, back;
		char text[64];

		assert_true(cdat_addr_parse(table[i][0], &addr));
		assert_string_equal(cdat_addr_text(&addr, text, sizeof(text)), table[i][1]);
		assert_true(cdat_addr_parse(text, &back));
		assert_true(cdat_addr_same(&addr, &back));
	}
	struct cdat_addr none = { .port = 7 };
	char text[64] = "x";

	assert_string_equal(cdat_addr_text(&none, text, sizeof(text)), "");
	assert_string_equal(cdat_addr_port_text(&none, text, sizeof(text)), "");
}

static void test_address_with_port(void **state)
{
	static const char *const good[] = { "192.0.2.1:9173", "[2001:db8::1]:1", "10.0.0.1:65535" };
	static const char *const bad[] = { "", ":", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.256",
		"1.2.3.4 ", " 1.2.3.4", "0x1.2.3.4", "1.2.3.4:", "1.2.3.4:0", "1.2.3.4:65536",
		"1.2.3.4:099", "1.2.3.4:+9", "1.2.3.4:-9", "[1.2.3.4]:9", "[::1]", "[::1]9", "[::1]:",
		"[::1]:x", "[::1", "::1]:9", "fe80::1%eth0", "::g", "1::2::3", ":::", "host:9",
		"localhost", "1:2:3:4:5:6:7:8:9", "[]:9", "12345678901234567890123456789012345678901234567"
		"89012345678901234567890" };
	struct cdat_addr addr, zero = { 0 };
	char text[64];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(cdat_addr_parse(good[i], &addr));
		assert_string_equal(cdat_addr_port_text(&addr, text, sizeof(text)), good[i]);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (cdat_addr_parse(bad[i], &addr))
			fail_msg("\"%s\" is taken for an address", bad[i]);
		assert_memory_equal(&addr, &zero, sizeof(zero));
	}
	assert_true(cdat_addr_parse("192.0.2.1", &addr));
	assert_int_equal(addr.port, 0);
	assert_string_equal(cdat_addr_port_text(&addr, text, sizeof(text)), "192.0.2.1");
}

static bool within(const char *a, const char *net, unsigned bits)
{
	struct cdat_addr x, y;

	assert_true(cdat_addr_parse(a, &x) && cdat_addr_parse(net, &y));
	return cdat_addr_in_prefix(&x, &y, bits);
}

static void test_prefixes(void **state)
{
	struct cdat_addr none = { 0 };

	(void)state;
	assert_true(within("10.1.2.3", "10.1.0.0", 16));
	assert_false(within("10.2.2.3", "10.1.0.0", 16));
	assert_true(within("10.1.2.130", "10.1.2.128", 25));
	assert_false(within("10.1.2.127", "10.1.2.128", 25));
	assert_true(within("10.1.2.3", "99.0.0.0", 0));
	assert_true(within("10.1.2.3", "10.1.2.3", 32));
	assert_false(within("10.1.2.3", "10.1.2.2", 32));
	assert_false(within("10.1.2.3", "10.1.2.3", 33));
	assert_true(within("2001:db8::1", "2001:db8::", 127));
	assert_false(within("2001:db8::1", "2001:db8::", 128));
	assert_false(within("::1", "0.0.0.0", 0));
	assert_false(cdat_addr_in_prefix(&none, &none, 0));
}

static void test_same_address(void **state)
{
	struct cdat_addr a, b;

	(void)state;
	assert_true(cdat_addr_parse("10.0.0.1:5", &a) && cdat_addr_parse("10.0.0.1:6", &b));
	assert_true(cdat_addr_same(&a, &b));
	assert_false(cdat_addr_port_same(&a, &b));
	b.port = 5;
	assert_true(cdat_addr_port_same(&a, &b));
	b.octets[3] = 2;
	assert_false(cdat_addr_same(&a, &b));
	assert_false(cdat_addr_port_same(&a, &b));
	b = a;
	b.family = CDAT_AF_IPV6;
	assert_false(cdat_addr_same(&a, &b));
}

static void test_numbers(void **state)
{
	static const char *const bad[] = { "", "-", "+1", " 1", "1 ", "01", "-0", "00", "0x1", "1.0",
		"9223372036854775808", "1e3", "-01" };
	int64_t n;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (cdat_number_parse(bad[i], &n))
			fail_msg("\"%s\" is taken for a number", bad[i]);
	assert_true(cdat_number_parse("9223372036854775807", &n) && n == INT64_MAX);
	assert_true(cdat_number_parse("-17", &n) && n == -17);
	assert_true(cdat_number_parse("0", &n) && n == 0);
}

static void test_names(void **state)
{
	(void)state;
	assert_true(cdat_name_ok("a"));
	assert_true(cdat_name_ok("9node-B.example_1"));
	assert_true(cdat_name_ok(X63));
	assert_false(cdat_name_ok(X63 "4"));
	assert_false(cdat_name_ok(""));
	assert_false(cdat_name_ok("-a"));
	assert_false(cdat_name_ok("a/b"));
	assert_false(cdat_name_ok("n\xc3\xa4me"));
	assert_false(cdat_name_ok("a\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows_ascend),
		cmocka_unit_test(test_ranges_and_defaults_of_the_mib),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_get_and_put),
		cmocka_unit_test(test_words_that_are_taken),
		cmocka_unit_test(test_addresses_that_are_taken),
		cmocka_unit_test(test_error_lines),
		cmocka_unit_test(test_prefix_where_none_is_allowed),
		cmocka_unit_test(test_address_text),
		cmocka_unit_test(test_address_with_port),
		cmocka_unit_test(test_prefixes),
		cmocka_unit_test(test_same_address),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
