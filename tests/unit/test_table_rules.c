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


static void own_prefix_v6(void **state)
{
	struct cdat_table *t = fig5();
	(void)state;

	refused(t, OPS(AD_IP(1, 2, 2, "2001:db8::"), AD_NUM(2, 2, 2, CDAT_A_PREFIX_LEN, 64)), INCONS,
		CDAT_RES_BAD_ADDRESS, 1,
		"nodeB/2 address 2001:db8::: the network address of its own prefix /64");
	/* IPv6 has no broadcast, and /127 no subnet-router address */
	change(&t, OPS(AD_IP(1, 2, 2, "2001:db8::ffff:ffff:ffff:ffff"),
		       AD_NUM(2, 2, 2, CDAT_A_PREFIX_LEN, 64)));
	change(&t, OPS(AD_IP(1, 2, 2, "2001:db8::"), AD_NUM(2, 2, 2, CDAT_A_PREFIX_LEN, 127)));
	cdat_table_free(t);
}

/* The prefix in force is the reported one where none is configured; facts go with
 * their address, and stay with a new one within that prefix only. */
static void reported_prefix(void **state)
{
	struct cdat_table *t = fig5();
	(void)state;

	rules.facts_ok = true;
	change(&t, OPS(AD_NUM(1, 2, 1, CDAT_A_PREFIX_LEN, 0), AD_NUM(2, 2, 1, CDAT_A_FACT_PREFIX, 24),
		       AD_NUM(3, 2, 1, CDAT_A_FACT_MTU, 9000), AD_NUM(4, 2, 1, CDAT_A_FACT_MULTICAST, 1),
		       AD_NUM(5, 2, 1, CDAT_A_FACT_TYPE, CDAT_IFT_ETHERNET),
		       AD_TEXT(6, 2, 1, CDAT_A_FACT_IFNAME, "eth0")));
	rules.facts_ok = false;
	refused(t, OPS(AD_IP(1, 2, 1, "9.1.1.255")), INCONS, CDAT_RES_BAD_ADDRESS, 1,
		"nodeB/1 address 9.1.1.255: the broadcast address of its own prefix /24");
	change(&t, OPS(AD_IP(1, 2, 1, "9.1.1.22")));
	assert_int_equal(adapter(t, 2, 1)->prefix_reported, 24);
	assert_int_equal(adapter(t, 2, 1)->mtu_reported, 9000);
	assert_string_equal(adapter(t, 2, 1)->ifname, "eth0");
	change(&t, OPS(AD_IP(1, 2, 1, "9.2.1.2"), AD_IP(2, 2, 2, "9.1.1.22")));
	assert_string_equal(adapter(t, 2, 2)->ifname, "eth0");
	assert_int_equal(adapter(t, 2, 2)->mtu_reported, 9000);
	assert_string_equal(adapter(t, 2, 1)->ifname, "");
	change(&t, OPS(AD_IP(1, 2, 2, "9.2.1.2"), AD_IP(2, 2, 1, "9.1.1.22")));
	assert_string_equal(adapter(t, 2, 1)->ifname, "eth0");
	change(&t, OPS(AD_IP(1, 2, 1, "9.7.1.255")));
	assert_int_equal(adapter(t, 2, 1)->prefix_reported, 0);
	assert_int_equal(adapter(t, 2, 1)->mtu_reported, 0);
	assert_int_equal(adapter(t, 2, 1)->type_reported, 0);
	assert_false(adapter(t, 2, 1)->multicast);
	assert_string_equal(adapter(t, 2, 1)->ifname, "");
	refused(t, OPS(AD_NUM(3, 2, 1, CDAT_A_FACT_MTU, 1500)), WRONG, CDAT_RES_OTHER, 3,
		"nodeB/1 mtu-reported: told by the node itself, cannot be set");
	cdat_table_free(t);
}

static void duplicate_address(void **state)
{
	struct cdat_table *t = fig5();
	(void)state;

	refused(t, OPS(AD_IP(1, 2, 1, "9.1.1.1")), INCONS, CDAT_RES_DUPLICATE_ADDRESS, 1,
		"nodeB/1 address 9.1.1.1: already that of nodeA/1");
	refused(t, OPS(AD_IP(1, 2, 1, "9.2.1.2")), INCONS, CDAT_RES_DUPLICATE_ADDRESS, 1,
		"nodeB/1 address 9.2.1.2: already that of nodeB/2");
	/* the effective port counts */
	refused(t, OPS(AD_IP(1, 2, 1, "9.1.1.1"), AD_NUM(2, 2, 1, CDAT_A_PORT, CDAT_PORT_DEFAULT)), INCONS,
		CDAT_RES_DUPLICATE_ADDRESS, 1,
		"nodeB/1 address 9.1.1.1:9173: already that of nodeA/1");
	change(&t, OPS(AD_IP(1, 2, 1, "9.1.1.1"), AD_NUM(2, 2, 1, CDAT_A_PORT, 9174)));
	refused(t, OPS(AD_NUM(4, 2, 1, CDAT_A_PORT, 0)), INCONS, CDAT_RES_DUPLICATE_ADDRESS, 4,
		"nodeB/1 address 9.1.1.1: already that of nodeA/1");
	refused(t, OPS(AD_NUM(4, 1, 1, CDAT_A_PORT, 9174)), INCONS, CDAT_RES_DUPLICATE_ADDRESS, 4,
		"nodeA/1 address 9.1.1.1:9174: already that of nodeB/1");
	/* a row out of service keeps its address */
	change(&t, OPS(AD_NUM(1, 1, 1, CDAT_A_ADAPTER_ROW, CDAT_ROW_NOT_IN_SERVICE)));
	refused(t, OPS(AD_NUM(4, 2, 1, CDAT_A_PORT, 0)), INCONS, CDAT_RES_DUPLICATE_ADDRESS, 4,
		"nodeB/1 address 9.1.1.1: already that of nodeA/1");
	/* two new rows with one address: the first in order of index */
	refused(t, OPS(AD_NEW(4, 2, 3, "9.3.1.1", 24), AD_NEW(1, 1, 3, "9.3.1.1", 24)), INCONS,
		CDAT_RES_DUPLICATE_ADDRESS, 1, "nodeA/3 address 9.3.1.1: already that of nodeB/3");
	cdat_table_free(t);
}

/* Judged on the final image, whatever the order of ops. */
static void swaps(void **state)
{
	struct cdat_table *t = fig5(), *first;
	struct cdat_addr a = ip("9.2.1.2");
	(void)state;

	first = cdat_table_copy(t);
	change(&t, OPS(AD_IP(1, 2, 1, "9.2.1.2"), AD_IP(2, 2, 2, "9.1.1.2")));
	assert_int_equal(cdat_table_by_addr(t, &a, CDAT_PORT_DEFAULT)->adapter, 1);
	assert_int_equal(cdat_table_by_addr(first, &a, CDAT_PORT_DEFAULT)->adapter, 2);
	change(&t, OPS(AD_IP(1, 1, 1, "9.2.1.2"), AD_IP(2, 2, 1, "9.1.1.1")));
	assert_int_equal(cdat_table_by_addr(t, &a, CDAT_PORT_DEFAULT)->node, 1);
	change(&t, OPS(AD_IP(1, 1, 1, "9.1.1.1"), AD_IP(2, 2, 1, "9.1.1.2"), AD_IP(2, 2, 2, "9.2.1.2")));
	assert_same_digest(t, first);
	/* names: the rows out of service */
	change(&t, OPS(NODE_NUM(1, 1, CDAT_A_NODE_ROW, 2), NODE_NAME(2, 1, "nodeB"),
		       NODE_NUM(3, 2, CDAT_A_NODE_ROW, 2), NODE_NAME(4, 2, "nodeA")));
	assert_int_equal(cdat_table_by_name(t, "nodeA")->node.node, 2);
	assert_int_equal(cdat_table_by_name(t, "nodeB")->node.node, 1);
	change(&t, OPS(NODE_NUM(1, 1, CDAT_A_NODE_ROW, 1), NODE_NAME(2, 1, "nodeA"),
		       NODE_NUM(3, 2, CDAT_A_NODE_ROW, 1), NODE_NAME(4, 2, "nodeB")));
	assert_same_digest(t, first);
	cdat_table_free(first);
	cdat_table_free(t);
}

static void creation(void **state)
{
	struct cdat_table *t = fig5();
	(void)state;

	/* as the agent sends it: columns before the row, adapter before the node */
	change(&t, OPS(AD_IP(1, 3, 1, "9.1.1.3"), AD_NUM(2, 3, 1, CDAT_A_PREFIX_LEN, 24), AD_ADD(3, 3, 1),
		       NODE_NAME(4, 3, "nodeC"), NODE_ADD(5, 3)));
	assert_string_equal(cdat_table_node(t, 3)->node.name, "nodeC");
	assert_int_equal(cdat_table_node(t, 3)->node.admin, CDAT_ADMIN_UP);
	assert_int_equal(cdat_table_node(t, 3)->node.storage, CDAT_STORE_NONVOLATILE);
	assert_int_equal(cdat_table_node(t, 3)->node.row, CDAT_ROW_ACTIVE);
	assert_int_equal(adapter(t, 3, 1)->preference, 100);
	assert_int_equal(adapter(t, 3, 1)->dscp, -1);
	assert_int_equal(adapter(t, 3, 1)->class_, CDAT_CLASS_UNSPECIFIED);
	assert_int_equal(adapter(t, 3, 1)->type, CDAT_IFT_OTHER);
	assert_int_equal(adapter(t, 3, 1)->node, 3);
	refused(t, OPS(NODE_NAME(1, 4, "nodeD"), NODE_ADD(2, 4)), INCONS, CDAT_RES_ROW_INCOMPLETE, 2,
		"nodeD: an active node needs an active adapter in the same change");
	refused(t, OPS(NODE_ADD(1, 4), AD_NEW(2, 4, 1, "9.1.1.4", 24)), INCONS, CDAT_RES_ROW_INCOMPLETE, 1,
		"node 4: an active node needs a name in the same change");
	refused(t, OPS(AD_ADD(1, 2, 3)), INCONS, CDAT_RES_ROW_INCOMPLETE, 1,
		"nodeB/3: an adapter needs an address in the same change");
	refused(t, OPS(NODE_NAME(1, 4, "nodeB"), NODE_ADD(2, 4), AD_NEW(3, 4, 1, "9.1.1.4", 24)), INCONS,
		CDAT_RES_DUPLICATE_NAME, 1, "node 4 name nodeB: already the name of node 2");
	refused(t, OPS(AD_ADD(1, 2, 1)), INCONS, CDAT_RES_OTHER, 1, "nodeB/1: exists already");
	refused(t, OPS(NODE_ADD(1, 2)), INCONS, CDAT_RES_OTHER, 1, "nodeB: exists already");
	/* a node out of service needs no adapter until it becomes active */
	change(&t, OPS(NODE_ADD(1, 4), NODE_NAME(2, 4, "nodeD"), NODE_NUM(3, 4, CDAT_A_NODE_ROW, 2)));
	refused(t, OPS(NODE_NUM(1, 4, CDAT_A_NODE_ROW, 1)), INCONS, CDAT_RES_ROW_INCOMPLETE, 1,
		"nodeD: an active node needs an active adapter in the same change");
	change(&t, OPS(NODE_NUM(1, 4, CDAT_A_NODE_ROW, 1), AD_NEW(2, 4, 1, "9.1.1.4", 24)));
	cdat_table_free(t);
}

static void missing_rows(void **state)
{
	struct cdat_table *t = fig5();
	(void)state;

	refused(t, OPS(AD_IP(1, 9, 1, "9.1.1.9"), AD_ADD(2, 9, 1)), NONAME, CDAT_RES_UNKNOWN_NODE, 1,
		"node 9/1: there is no node 9");
	refused(t, OPS(AD_NUM(1, 9, 1, CDAT_A_ADAPTER_ROW, 1)), NONAME, CDAT_RES_UNKNOWN_NODE, 1,
		"node 9/1: there is no node 9");
	refused(t, OPS(AD_NUM(1, 2, 7, CDAT_A_MTU, 1500)), NONAME, CDAT_RES_OTHER, 1,
		"nodeB/7: there is no such row, and it is not created");
	refused(t, OPS(NODE_NUM(1, 9, CDAT_A_NODE_ADMIN, 1)), NONAME, CDAT_RES_OTHER, 1,
		"node 9: there is no such row, and it is not created");
	refused(t, OPS(AD_NUM(1, 2, 7, CDAT_A_ADAPTER_ROW, 1)), INCONS, CDAT_RES_OTHER, 1,
		"nodeB/7: there is no such row; create it");
	refused(t, OPS(NODE_NUM(1, 9, CDAT_A_NODE_ROW, 2)), INCONS, CDAT_RES_OTHER, 1,
		"node 9: there is no such row; create it");
	assert_int_equal(outcome.cause, CDAT_CAUSE_UNKNOWN_ROW);
	refused(t, OPS(AD_NUM(1, 2, 7, CDAT_A_MTU, 1500)), NONAME, CDAT_RES_OTHER, 1,
		"nodeB/7: there is no such row, and it is not created");
	assert_int_equal(outcome.cause, CDAT_CAUSE_UNKNOWN_ADAPTER);
	refused(t, OPS(NODE_NAME(1, 0, "x")), CDAT_FAULT_NO_CREATION, CDAT_RES_OTHER, 1,
		"node 0: numbers of nodes are 1 to 65535");
	refused(t, OPS(AD_ADD(1, 2, 0)), CDAT_FAULT_NO_CREATION, CDAT_RES_OTHER, 1,
		"adapter 0: numbers of adapters are 1 to 255");
	/* destroy of what is not there is no error, and a version all the same */
	change(&t, OPS(AD_DEL(1, 2, 7), AD_DEL(2, 9, 1), NODE_DEL(3, 9)));
	assert_int_equal(outcome.result, CDAT_RES_COMMITTED);
	assert_int_equal(outcome.version, 2);
	cdat_table_free(t);
}

static void ranges(void **state)
{
	struct cdat_table *t = fig5();
	(void)state;

	refused(t, OPS(AD_NUM(1, 2, 1, CDAT_A_PREFIX_LEN, 129)), WRONG, CDAT_RES_BAD_PREFIX_LENGTH, 1,
		"nodeB/1 prefix-length 129: must be 0 to 128");
	refused(t, OPS(AD_NUM(1, 2, 1, CDAT_A_PREFIX_LEN, 33)), INCONS, CDAT_RES_BAD_PREFIX_LENGTH, 1,
		"nodeB/1 prefix length 33: at most 32 for an ipv4 address");
	refused(t, OPS(AD_NUM(1, 2, 1, CDAT_A_MTU, 100)), WRONG, CDAT_RES_MTU_TOO_SMALL, 1,
		"nodeB/1 mtu 100: must be 0 or 576 to 65535");
	refused(t, OPS(AD_NUM(1, 2, 1, CDAT_A_MTU, 65536)), WRONG, CDAT_RES_MTU_TOO_SMALL, 1,
		"nodeB/1 mtu 65536: must be 0 or 576 to 65535");
	refused(t, OPS(AD_NUM(1, 2, 1, CDAT_A_DSCP, 64)), WRONG, CDAT_RES_OTHER, 1,
		"nodeB/1 dscp 64: must be -1 to 63");
	refused(t, OPS(AD_NUM(1, 2, 1, CDAT_A_PREFERENCE, 0)), WRONG, CDAT_RES_OTHER, 1,
		"nodeB/1 preference 0: must be 1 to 65535");
	refused(t, OPS(AD_NUM(1, 2, 1, CDAT_A_CLASS, 6)), WRONG, CDAT_RES_OTHER, 1,
		"nodeB/1 class 6: must be 1 to 5");
	refused(t, OPS(AD_NUM(1, 2, 1, CDAT_A_ADAPTER_ROW, 3)), WRONG, CDAT_RES_OTHER, 1,
		"nodeB/1 row 3: must be 1 to 2");
	refused(t, OPS(AD_NUM(1, 2, 1, CDAT_A_ADAPTER_ROW, 5)), WRONG, CDAT_RES_OTHER, 1,
		"nodeB/1 row 5: must be 1 to 2");
	refused(t, OPS(NODE_NAME(1, 2, "-x")), WRONG, CDAT_RES_BAD_NAME, 1,
		"nodeB name: 1 to 63 letters, digits, '-', '.', '_', the first a letter or digit");
	refused(t, OPS(PARAM(1, CDAT_A_HEARTBEAT, 9)), WRONG, CDAT_RES_OTHER, 1,
		"heartbeat-ms 9: must be 10 to 60000");
	refused(t, OPS(PARAM(1, CDAT_A_MTU, 1500)), WRONG, CDAT_RES_OTHER, 1,
		"attribute 23 does not belong to this kind of row");
	refused(t, OPS({ .index = 1, .kind = 77 }), WRONG, CDAT_RES_OTHER, 1, "unknown operation 77");
	/* an address of the other family makes the rest of the row wrong */
	refused(t, OPS(AD_NUM(1, 2, 1, CDAT_A_PREFERENCE, 5), AD_NUM(2, 2, 1, CDAT_A_MTU, 1279),
		       AD_IP(3, 2, 1, "2001:db8::2")), INCONS, CDAT_RES_MTU_TOO_SMALL, 2,
		"nodeB/1 mtu 1279: at least 1280 for an ipv6 address");
	change(&t, OPS(AD_NUM(1, 2, 1, CDAT_A_MTU, 1000)));
	refused(t, OPS(AD_IP(1, 2, 1, "2001:db8::2"), AD_NUM(2, 2, 1, CDAT_A_PREFIX_LEN, 64)), INCONS,
		CDAT_RES_MTU_TOO_SMALL, 1, "nodeB/1 mtu 1000: at least 1280 for an ipv6 address");
	change(&t, OPS(AD_IP(1, 2, 1, "2001:db8::2"), AD_NUM(2, 2, 1, CDAT_A_PREFIX_LEN, 64),
		       AD_NUM(3, 2, 1, CDAT_A_MTU, 0)));
	refused(t, OPS(AD_IP(5, 2, 1, "9.1.1.2")), INCONS, CDAT_RES_BAD_PREFIX_LENGTH, 5,
		"nodeB/1 prefix length 64: at most 32 for an ipv4 address");
	cdat_table_free(t);
}

static void last_address(void **state)
{
	struct cdat_table *t = fig5();
	(void)state;

	refused(t, OPS(AD_DEL(1, 2, 1), AD_DEL(2, 2, 2)), INCONS, CDAT_RES_LAST_ADDRESS, 1,
		"nodeB/1: the last usable address of an active node");
	change(&t, OPS(AD_NUM(1, 2, 1, CDAT_A_ADAPTER_ADMIN, 2)));
	refused(t, OPS(AD_DEL(1, 2, 1), AD_NUM(2, 2, 2, CDAT_A_ADAPTER_ROW, 2)), INCONS,
		CDAT_RES_LAST_ADDRESS, 2, "nodeB/2: the last usable address of an active node");
	refused(t, OPS(AD_NUM(3, 2, 2, CDAT_A_ADAPTER_ADMIN, 2)), INCONS, CDAT_RES_LAST_ADDRESS, 3,
		"nodeB/2: the last usable address of an active node");
	change(&t, OPS(AD_DEL(1, 2, 1)));
	/* replaced in the same change, or the node goes with it */
	change(&t, OPS(AD_DEL(1, 2, 2), AD_NEW(2, 2, 7, "9.2.1.2", 24)));
	assert_null(adapter(t, 2, 2));
	change(&t, OPS(AD_NUM(1, 2, 7, CDAT_A_ADAPTER_ROW, 2), NODE_NUM(2, 2, CDAT_A_NODE_ROW, 2)));
	change(&t, OPS(AD_DEL(1, 2, 7), NODE_DEL(2, 2)));
	assert_int_equal(cdat_table_count(t), 1);
	/* a new node whose only adapter is down */
	refused(t, OPS(NODE_ADD(1, 3), NODE_NAME(2, 3, "nodeC"), AD_NEW(3, 3, 1, "9.1.1.3", 24),
		       AD_NUM(6, 3, 1, CDAT_A_ADAPTER_ADMIN, 2)), INCONS, CDAT_RES_LAST_ADDRESS, 6,
		"nodeC/1: the last usable address of an active node");
	cdat_table_free(t);
}

static bool node2_is_member(void *ctx, uint16_t node)
{
	(void)ctx;
	return node == 2;
}

static void members_and_names(void **state)
{
	struct cdat_table *t = fig5();
	(void)state;

	rules.asker = 1;
	rules.is_member = node2_is_member;
	refused(t, OPS(NODE_DEL(1, 1)), INCONS, CDAT_RES_LOCAL_NODE, 1,
		"nodeA: this node cannot take itself out; ask another member");
	refused(t, OPS(NODE_NUM(1, 1, CDAT_A_NODE_ADMIN, 2)), INCONS, CDAT_RES_LOCAL_NODE, 1,
		"nodeA: this node cannot take itself out; ask another member");
	refused(t, OPS(NODE_NUM(1, 1, CDAT_A_NODE_ROW, 2)), INCONS, CDAT_RES_LOCAL_NODE, 1,
		"nodeA: this node cannot take itself out; ask another member");
	refused(t, OPS(NODE_DEL(1, 2)), INCONS, CDAT_RES_NODE_IN_USE, 1,
		"nodeB: is a member; disable it first");
	refused(t, OPS(NODE_NUM(1, 2, CDAT_A_NODE_ROW, 2)), INCONS, CDAT_RES_NODE_IN_USE, 1,
		"nodeB: is a member; disable it first");
	change(&t, OPS(NODE_NUM(1, 2, CDAT_A_NODE_ADMIN, 2)));
	rules.asker = 0;
	rules.is_member = NULL;
	refused(t, OPS(NODE_NAME(1, 2, "other")), INCONS, CDAT_RES_OTHER, 1,
		"nodeB: the name of an active row cannot be changed; set it notInService first");
	change(&t, OPS(NODE_NAME(1, 2, "nodeB")));
	change(&t, OPS(NODE_NUM(1, 2, CDAT_A_NODE_ROW, 2), NODE_NAME(2, 2, "other")));
	assert_null(cdat_table_by_name(t, "nodeB"));
	change(&t, OPS(NODE_DEL(1, 2)));
	change(&t, OPS(NODE_DEL(1, 2)));
	cdat_table_free(t);
}

static void protection(void **state)
{
	struct cdat_table *t = fig5();
	(void)state;

	refused(t, OPS(AD_NUM(1, 2, 1, CDAT_A_ADAPTER_STORAGE, 4)), WRONG, CDAT_RES_ROW_PROTECTED, 1,
		"nodeB/1 storage: permanent and readOnly come from the configuration file alone");
	refused(t, OPS(NODE_NUM(1, 2, CDAT_A_NODE_STORAGE, 5)), WRONG, CDAT_RES_ROW_PROTECTED, 1,
		"nodeB storage: permanent and readOnly come from the configuration file alone");
	rules.initial = true;
	change(&t, OPS(AD_NUM(1, 2, 1, CDAT_A_ADAPTER_STORAGE, 4), NODE_NUM(2, 1, CDAT_A_NODE_STORAGE, 5),
		       AD_NUM(3, 1, 2, CDAT_A_ADAPTER_STORAGE, 5)));
	rules.initial = false;
	refused(t, OPS(AD_NUM(1, 2, 1, CDAT_A_ADAPTER_STORAGE, 3)), WRONG, CDAT_RES_ROW_PROTECTED, 1,
		"nodeB/1 storage: permanent and readOnly come from the configuration file alone");
	change(&t, OPS(AD_NUM(1, 2, 1, CDAT_A_MTU, 1400)));
	refused(t, OPS(AD_DEL(1, 2, 1)), INCONS, CDAT_RES_ROW_PROTECTED, 1,
		"nodeB/1: is permanent or readOnly, cannot be removed; change the configuration file");
	refused(t, OPS(NODE_DEL(1, 2)), INCONS, CDAT_RES_ROW_PROTECTED, 1,
		"nodeB: is permanent or readOnly, cannot be removed; change the configuration file");
	refused(t, OPS(AD_NUM(1, 1, 2, CDAT_A_MTU, 1400)), INCONS, CDAT_RES_ROW_PROTECTED, 1,
		"nodeA/2: is readOnly; change the configuration file");
	refused(t, OPS(NODE_NUM(1, 1, CDAT_A_NODE_ADMIN, 1)), INCONS, CDAT_RES_ROW_PROTECTED, 1,
		"nodeA: is readOnly; change the configuration file");
	rules.facts_ok = true;		/* facts are not the administrator's */
	change(&t, OPS(AD_NUM(1, 1, 2, CDAT_A_FACT_MTU, 1500)));
	rules.facts_ok = false;
	cdat_table_free(t);
}

static void spin_lock(void **state)
{
	struct cdat_table *t = fig5(), *top;
	(void)state;

	refused(t, OPS(LOCK(1, 0), AD_NUM(2, 2, 1, CDAT_A_MTU, 1400)), INCONS, CDAT_RES_LOCK_MISMATCH, 1,
		"spin lock is 4711, not 0");
	refused(t, OPS(LOCK(1, -1)), WRONG, CDAT_RES_OTHER, 1, "spin lock -1: must be 0 to 2147483647");
	change(&t, OPS(LOCK(1, 4711), AD_IP(2, 2, 1, "9.1.1.22")));
	assert_int_equal(cdat_table_lock(t), 4712);
	change(&t, OPS(AD_IP(2, 2, 1, "9.1.1.2")));
	assert_int_equal(cdat_table_lock(t), 4712);
	top = cdat_table_new(INT32_MAX);
	change(&top, OPS(LOCK(1, INT32_MAX)));
	assert_int_equal(cdat_table_lock(top), 0);
	cdat_table_free(top);
	cdat_table_free(t);
}

/* The order of checks: wrongValue before inconsistentName before the lock before the
 * image; within one the lowest index. */
static void order_of_checks(void **state)
{
	struct cdat_table *t = fig5();
	const struct cdat_op all[] = {
		AD_IP(1, 2, 1, "9.1.1.1"), LOCK(2, 1), AD_NUM(3, 2, 9, CDAT_A_MTU, 1500),
		AD_NUM(4, 2, 1, CDAT_A_MTU, 10), AD_NUM(5, 2, 2, CDAT_A_DSCP, 99)
	};
	(void)state;

	refused(t, all, 5, WRONG, CDAT_RES_MTU_TOO_SMALL, 4, "nodeB/1 mtu 10: must be 0 or 576 to 65535");
	refused(t, all, 3, NONAME, CDAT_RES_OTHER, 3,
		"nodeB/9: there is no such row, and it is not created");
	refused(t, all, 2, INCONS, CDAT_RES_LOCK_MISMATCH, 2, "spin lock is 4711, not 1");
	refused(t, all, 1, INCONS, CDAT_RES_DUPLICATE_ADDRESS, 1,
		"nodeB/1 address 9.1.1.1: already that of nodeA/1");
	refused(t, OPS(AD_NUM(1, 2, 1, CDAT_A_MTU, 1400), AD_NUM(2, 2, 2, CDAT_A_MTU, 10)), WRONG,
		CDAT_RES_MTU_TOO_SMALL, 2, "nodeB/2 mtu 10: must be 0 or 576 to 65535");
	/* two rules broken by ops in the wrong order in memory */
	refused(t, OPS(AD_NUM(8, 2, 2, CDAT_A_PREFIX_LEN, 40), AD_IP(3, 2, 1, "9.1.1.1")), INCONS,
		CDAT_RES_DUPLICATE_ADDRESS, 3, "nodeB/1 address 9.1.1.1: already that of nodeA/1");
	cdat_table_free(t);
}

static void full(void **state)
{
	struct cdat_table *t = fig5();
	struct cdat_op ops[3 * 17];
	(void)state;

	for (uint8_t i = 0; i < 17; i++) {
		char addr[16];

		snprintf(addr, sizeof(addr), "9.3.1.%u", i + 1);
		ops[i] = (struct cdat_op)AD_ADD(i + 1u, 2, (uint8_t)(100 + i));
		ops[17 + i] = (struct cdat_op)AD_IP(20, 2, (uint8_t)(100 + i), addr);
		ops[34 + i] = (struct cdat_op)AD_NUM(20, 2, (uint8_t)(100 + i), CDAT_A_PREFIX_LEN, 24);
	}
	refused(t, ops, 51, FULL, CDAT_RES_TABLE_FULL, 15, "nodeB/114: a node can have 16 adapters");
	/* room is made by the same change */
	ops[14] = (struct cdat_op)AD_DEL(1, 2, 1);
	ops[15] = (struct cdat_op)AD_DEL(1, 2, 2);
	ops[31] = ops[48] = ops[32] = ops[49] = ops[16] = ops[33] = ops[50] = ops[14];
	change(&t, ops, 51);
	assert_int_equal(cdat_table_node(t, 2)->nadapters, 14);
	rules.max_nodes = 3;
	refused(t, OPS(NODE_ADD(1, 3), NODE_NAME(2, 3, "c"), AD_NEW(3, 3, 1, "9.1.1.3", 24),
		       NODE_ADD(6, 4), NODE_NAME(7, 4, "d"), AD_NEW(8, 4, 1, "9.1.1.4", 24)),
		FULL, CDAT_RES_TABLE_FULL, 6, "d: the table can have 3 nodes");
	change(&t, OPS(NODE_ADD(1, 3), NODE_NAME(2, 3, "c"), AD_NEW(3, 3, 1, "9.1.1.3", 24)));
	assert_string_equal(cdat_table_node(t, 3)->node.name, "c");
	refused(t, OPS(NODE_ADD(6, 4), NODE_NAME(7, 4, "d"), AD_NEW(8, 4, 1, "9.1.1.4", 24)),
		FULL, CDAT_RES_TABLE_FULL, 6, "d: the table can have 3 nodes");
	change(&t, OPS(NODE_ADD(6, 4), NODE_NAME(7, 4, "d"), AD_NEW(8, 4, 1, "9.1.1.4", 24),
		       NODE_DEL(9, 3)));
	rules.max_nodes = 0;
	cdat_table_free(t);
}

static void params(void **state)
{
	struct cdat_table *t = fig5();
	(void)state;

	refused(t, OPS(PARAM(1, CDAT_A_HEARTBEAT, 500), PARAM(2, CDAT_A_RESPONSE_MIN, 4000)), INCONS,
		CDAT_RES_OTHER, 2, "response-min-ms 4000 exceeds response-max-ms 3000");
	change(&t, OPS(PARAM(2, CDAT_A_RESPONSE_MIN, 4000), PARAM(3, CDAT_A_RESPONSE_MAX, 4000)));
	refused(t, OPS(PARAM(3, CDAT_A_RESPONSE_MAX, 3999)), INCONS, CDAT_RES_OTHER, 3,
		"response-min-ms 4000 exceeds response-max-ms 3999");
	change(&t, OPS(PARAM(1, CDAT_A_FAILBACK, 2), PARAM(2, CDAT_A_PROBE, 0)));
	assert_false(cdat_table_params(t)->auto_failback);
	assert_int_equal(cdat_table_params(t)->probe_ms, 0);
	cdat_table_free(t);
}

static void roles_and_routes(void **state)
{
	struct cdat_table *t = fig5();
	const struct cdat_role *roles;
	const struct cdat_wanted *wanted;
	(void)state;

	change(&t, OPS(ROLE(1, 7, .name = "web", .policy = 1, .ncandidates = 2, .candidates = { 2, 1 }),
		       WANT(2, 3, 2, "9.5.0.0", 16, "9.1.1.1"),
		       WANT(3, 1, 1, "2001:db8:1::", 48, "2001:db8::1")));
	assert_int_equal(cdat_table_roles(t, &roles), 1);
	assert_string_equal(roles[0].name, "web");
	assert_int_equal(cdat_table_wanted(t, &wanted), 2);
	assert_int_equal(wanted[0].wanted, 1);
	refused(t, OPS(ROLE(1, 8, .name = "web", .policy = 1)), INCONS, CDAT_RES_DUPLICATE_NAME, 1,
		"role 8 name web: already the name of role 7");
	refused(t, OPS(ROLE(1, 8, .name = "w", .policy = 1, .ncandidates = 1, .candidates = { 9 })),
		INCONS, CDAT_RES_UNKNOWN_NODE, 1, "role w: there is no node 9 for a candidate");
	refused(t, OPS(ROLE(1, 8, .name = "w", .policy = 1, .ncandidates = 2, .candidates = { 1, 1 })),
		WRONG, CDAT_RES_OTHER, 1, "role w: candidate 1 is named twice");
	refused(t, OPS(ROLE(1, 8, .name = "w", .policy = 3)), WRONG, CDAT_RES_OTHER, 1,
		"role w: unknown policy 3");
	refused(t, OPS(ROLE(1, 8, .name = "w", .policy = 1, .ncandidates = 33)), WRONG, CDAT_RES_OTHER, 1,
		"role w: at most 32 candidates");
	refused(t, OPS(ROLE(1, 0, .name = "w", .policy = 1)), CDAT_FAULT_NO_CREATION, CDAT_RES_OTHER, 1,
		"role 0: numbers of roles are 1 to 65535");
	refused(t, OPS(WANT(1, 4, 2, "9.5.0.0", 16, "9.1.1.3")), INCONS, CDAT_RES_DUPLICATE_ADDRESS, 1,
		"wanted route 4: nodeB has the router of 9.5.0.0/16 from wanted route 3");
	refused(t, OPS(WANT(1, 4, 9, "9.6.0.0", 16, "9.1.1.3")), INCONS, CDAT_RES_UNKNOWN_NODE, 1,
		"wanted route 4: there is no node 9");
	refused(t, OPS(WANT(1, 4, 2, "9.6.0.0", 33, "9.1.1.3")), WRONG, CDAT_RES_BAD_PREFIX_LENGTH, 1,
		"wanted route 4 prefix length 33: must be 1 to 32");
	refused(t, OPS(WANT(1, 4, 2, "224.0.0.0", 4, "9.1.1.3")), WRONG, CDAT_RES_BAD_ADDRESS, 1,
		"wanted route 4 subnet 224.0.0.0: a multicast address");
	refused(t, OPS(WANT(1, 4, 2, "9.6.0.0", 16, "2001:db8::1")), WRONG, CDAT_RES_BAD_ADDRESS, 1,
		"wanted route 4 router 2001:db8::1: not of the family of the subnet");
	refused(t, OPS(WANT(1, 0, 2, "9.6.0.0", 16, "9.1.1.1")), CDAT_FAULT_NO_CREATION, CDAT_RES_OTHER, 1,
		"wanted route 0: numbers of wanted routes are 1 to 65535");
	change(&t, OPS(WANT(1, 9, 1, "0.0.0.0", 0, "9.1.1.3")));
	/* a removed node is no candidate and wants no route */
	change(&t, OPS(NODE_DEL(1, 2)));
	assert_int_equal(cdat_table_roles(t, &roles), 1);
	assert_int_equal(roles[0].ncandidates, 1);
	assert_int_equal(roles[0].candidates[0], 1);
	assert_int_equal(cdat_table_wanted(t, &wanted), 2);
	assert_int_equal(wanted[0].node, 1);
	refused(t, OPS(ROLE_DEL(1, 7), ROLE_DEL(2, 70)), NONAME, CDAT_RES_OTHER, 2, "there is no role 70");
	assert_int_equal(outcome.cause, CDAT_CAUSE_UNKNOWN_ROLE);
	refused(t, OPS(WANT_DEL(1, 2)), NONAME, CDAT_RES_OTHER, 1, "there is no wanted route 2");
	assert_int_equal(outcome.cause, CDAT_CAUSE_UNKNOWN_ROUTE);
	change(&t, OPS(ROLE_DEL(1, 7), WANT_DEL(2, 1), WANT_DEL(3, 9)));
	assert_int_equal(cdat_table_roles(t, NULL) + cdat_table_wanted(t, NULL), 0);
	cdat_table_free(t);
}

/* "destroy" and "create" of one row in one change is a fresh row, in any order. */
static void replaced_rows(void **state)
{
	struct cdat_table *t = fig5();
	(void)state;

	change(&t, OPS(AD_NUM(1, 2, 1, CDAT_A_MTU, 1400)));
	change(&t, OPS(AD_NEW(1, 2, 1, "9.1.1.2", 24), AD_DEL(4, 2, 1)));
	assert_int_equal(adapter(t, 2, 1)->mtu, 0);
	change(&t, OPS(NODE_DEL(1, 2), NODE_ADD(2, 2), NODE_NAME(3, 2, "new"),
		       AD_NEW(4, 2, 5, "9.1.1.2", 24)));
	assert_string_equal(cdat_table_node(t, 2)->node.name, "new");
	assert_int_equal(cdat_table_node(t, 2)->nadapters, 1);
	/* columns of a row that goes are of no effect */
	change(&t, OPS(AD_NUM(1, 2, 5, CDAT_A_MTU, 1400), NODE_NUM(2, 2, CDAT_A_NODE_ADMIN, 2),
		       NODE_DEL(3, 2)));
	assert_null(cdat_table_node(t, 2));
	cdat_table_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_addresses), cmocka_unit_test(own_prefix),
		cmocka_unit_test(own_prefix_v6), cmocka_unit_test(reported_prefix),
		cmocka_unit_test(duplicate_address), cmocka_unit_test(swaps),
		cmocka_unit_test(creation), cmocka_unit_test(missing_rows),
		cmocka_unit_test(ranges), cmocka_unit_test(last_address),
		cmocka_unit_test(members_and_names), cmocka_unit_test(protection),
		cmocka_unit_test(spin_lock), cmocka_unit_test(order_of_checks),
		cmocka_unit_test(full), cmocka_unit_test(params),
		cmocka_unit_test(roles_and_routes), cmocka_unit_test(replaced_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
