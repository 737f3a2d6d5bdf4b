/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cdat.yaml: each error word by word with its place, and what a good file gives.
 */
#include "config.h"

#include "daemon/conf.h"
#include "host/log.h"
#include "daemon_fixture.h"

#define HEAD "cluster: c\nkey-file: /k\n"
#define NODE "table:\n  nodes:\n    - name: a\n      adapters: [{address: 9.1.1.1/24}]\n"

static const struct {
	const char *text, *error;
} bad[] = {
	{HEAD "clustr: x\n", "f:3:1: unknown key \"clustr\" in the file; write \"cluster\""},
	{HEAD "frobnicate: x\n",
	 "f:3:1: unknown key \"frobnicate\" in the file; the keys are cluster, node, port, "
	 "key-file, security, state-dir, socket, join, listen, multicast, allow-loopback, "
	 "allow-unlisted, scheduling, log, notify, events-limit, table"},
	{HEAD "cluster: d\n",
	 "f:3:1: key \"cluster\" is there already, on line 1; keep one of them"},
	{HEAD "? [a]\n: b\n", "f:3:3: a key of the file is no word; write KEY: VALUE"},
	{"key-file: /k\n", "f:1:1: the file has no \"cluster\"; write cluster: NAME"},
	{"cluster: c\n", "f:1:1: there is no key; write key-file: "
	 "/etc/cdat/keys/cluster.key, or security: none "
			 "for a cluster that anyone on the network may join"},
	{HEAD "security: none\n",
	 "f:3:11: security: none and a key-file exclude each other; take one of them out"},
	{"cluster: c\nsecurity: maybe\n",
	 "f:2:11: security \"maybe\" is not known; write none, or take it out and name a key-file"},
	{HEAD "port: 70000\n",
	 "f:3:7: port \"70000\" is not a number of 1 to 65535; write port: 9173"},
	{HEAD "port: 9x\n", "f:3:7: port \"9x\" is not a number of 1 to 65535; write port: 9173"},
	{HEAD "port: [1]\n", "f:3:7: \"port\" takes one value; write port: 9173"},
	{"cluster:\nkey-file: /k\n", "f:1:9: \"cluster\" has no value; write cluster: NAME"},
	{HEAD "node: -x\n", "f:3:7: node \"-x\" is no name; write 1 to 63 letters, digits, '-', "
			    "'_' or '.', the first a letter or digit"},
	{HEAD "node: \"a\\nb\"\n",
	 "f:3:7: node \"a\\x0ab\" is no name; write 1 to 63 letters, digits, '-', '_' or '.', the "
	 "first a letter or digit"},
	{HEAD "state-dir: state\n", "f:3:12: state-dir \"state\" does not begin with '/'; write "
				    "the whole path, as " CDAT_STATEDIR},
	{HEAD "join: 9.1.1.1\n", "f:3:7: \"join\" takes a list; write join: [9.1.1.1, 9.1.1.2]"},
	{HEAD "join: []\n", "f:3:7: the list \"join\" is empty; write join: [9.1.1.1, 9.1.1.2]"},
	{HEAD "join: [host1]\n", "f:3:8: join \"host1\" is no address; write one as 9.1.1.1, "
				 "9.1.1.1:9173 or [2001:db8::1]:9173"},
	{HEAD "multicast: 9.1.1.1\n", "f:3:12: multicast \"9.1.1.1\" is no IPv4 group; write one as "
				      "239.192.91.73, or none"},
	{HEAD "multicast: [none]\n",
	 "f:3:12: \"multicast\" takes one value; write multicast: 239.192.91.73"},
	{HEAD "allow-loopback: yes\n", "f:3:17: allow-loopback \"yes\" is neither true nor false; "
				       "write allow-loopback: true"},
	{HEAD "scheduling: fast\n",
	 "f:3:13: scheduling \"fast\" is not known; write realtime or normal"},
	{HEAD "log: loud\n", "f:3:6: log \"loud\" is no level; write error, warning, notice, info "
			     "or debug"},
	{HEAD "events-limit: 3\n", "f:3:15: events-limit \"3\" is not a number of 16 to 65535; "
				   "write events-limit: 1000"},
	{HEAD "notify: {kinds: {failover: {enable: maybe}}}\n",
	 "f:3:37: enable \"maybe\" is neither true nor false; write enable: true"},
	{HEAD "notify: {kinds: {failovr: {enable: true}}}\n",
	 "f:3:18: unknown key \"failovr\" in kinds; write \"failover\""},
	{HEAD "notify: {scope: all}\n",
	 "f:3:17: scope \"all\" is not known; write everyMember or oneMember"},
	{HEAD "notify: {window: 4000}\n",
	 "f:3:18: window \"4000\" is not a number of 0 to 3600; write window: 10"},
	/* structure */
	{"", "f:1:1: the file is empty; write at least cluster: NAME and key-file: "
	 "/etc/cdat/keys/cluster.key"},
	{"- a\n", "f:1:1: the file is not written as keys with values; write cluster: ... for it"},
	{HEAD "---\ncluster: d\n", "f:4:1: a second document begins here; keep one"},
	{HEAD "table:\n  nodes:\n    - {name: a\n",
	 "f:6:1: this is not YAML: did not find expected ',' or '}' while parsing a flow mapping "
	 "from line 5; close what is open and indent with spaces"},
	{HEAD "node: \"a\n", "f:4:1: this is not YAML: found unexpected end of stream while "
			     "scanning a quoted scalar from line 3; close what is open and "
			     "indent with spaces"},
	{HEAD "table:\n\tnodes: 3\n",
	 "f:4:1: this is not YAML: found character that cannot start any token while scanning for "
	 "the next token from line 4; close what is open and indent with spaces"},
	{HEAD "node: \377\n",
	 "f:3:7: this is not YAML: invalid leading UTF-8 octet; save the file as UTF-8"},
	{HEAD "table:\n  nodes:\n    - name: a\n      adapters: &x [{address: 9.1.1.1/24}]\n"
	      "    - name: b\n      adapters: *x\n",
	 "f:6:17: this value is used again through an alias; write the value out at each place"},
	/* the table */
	{HEAD "table:\n", "f:3:7: the table is not written as keys with values; write nodes: ... "
			  "for it"},
	{HEAD "table: {}\n", "f:3:8: the table has no \"nodes\"; write nodes: [{name: NAME, "
			     "adapters: [{address: 9.1.1.1/24}]}]"},
	{HEAD "table:\n  nodes: []\n", "f:4:10: the list \"nodes\" is empty; write nodes: [{name: "
				       "NAME, adapters: [{address: 9.1.1.1/24}]}]"},
	{HEAD "table:\n  nodes:\n    - name: a\n",
	 "f:5:7: a node has no \"adapters\"; write adapters: [{address: 9.1.1.1/24}]"},
	{HEAD "table:\n  nodes:\n    - adapters: [{address: 9.1.1.1/24}]\n",
	 "f:5:7: a node has no \"name\"; write name: NAME"},
	{HEAD "table:\n  nodes:\n    - name: a\n      adapters: [{mtu: 1400}]\n",
	 "f:6:18: an adapter has no \"address\"; write address: 9.1.1.1/24"},
	{HEAD "table:\n  nodes:\n    - name: a\n      adapters:\n        - address: 9.1.1.1/24\n"
	      "          mtu: 100\n",
	 "f:8:16: mtu 100 is out of range; write a whole number from 576 to 65535 (octets), or 0"},
	{HEAD "table:\n  nodes:\n    - name: a\n      adapters: [{address: 9.1.1.300/24}]\n",
	 "f:6:28: address \"9.1.1.300/24\" is no numeric address; write one such as 192.0.2.1 or "
	 "2001:db8::1 (names are not looked up)"},
	{HEAD "table:\n  nodes:\n    - name: a\n      adapters: [{address: 9.1.1.1/24, "
	      "class: fast}]\n",
	 "f:6:47: class \"fast\" is not known; write one of unspecified, bulk, standard, "
	 "interactive, control"},
	{HEAD NODE "    - name: b\n      adapters: [{address: 9.1.1.1/24}]\n",
	 "f:8:28: address 9.1.1.1 port 9173 is used already, on line 6; give each adapter its own "
	 "address"},
	{HEAD NODE "    - name: a\n      adapters: [{address: 9.1.1.2/24}]\n",
	 "f:7:13: node name a is used already, on line 5; give each node its own name"},
	{HEAD NODE "    - name: b\n      id: 1\n      adapters: [{address: 9.1.1.2/24}]\n",
	 "f:7:7: node number 1 is used already, on line 5; give each node its own id"},
	{HEAD "table:\n  nodes:\n    - name: a\n      adapters: [{address: 9.1.1.1}, {id: 1, "
	      "address: 9.1.1.2}]\n",
	 "f:6:38: adapter number 1 is used already, on line 6; give each adapter of a node its own "
	 "id"},
	{HEAD NODE "  roles:\n    - name: r\n      candidates: [a, zz]\n",
	 "f:9:23: candidate \"zz\" is no node of this table; write the name of one"},
	{HEAD NODE "  roles:\n    - name: r\n      candidates: [a, a]\n",
	 "f:9:23: candidate \"a\" stands in this list already; take it out"},
	{HEAD NODE "  roles:\n    - {name: r, candidates: [a]}\n    - {name: r, candidates: [a]}\n",
	 "f:9:7: role name r is used already, on line 8; give each role its own name"},
	{HEAD NODE "  roles:\n    - name: r\n      candidates: [a]\n      policy: best\n",
	 "f:10:15: policy \"best\" is not known; write ordered or best-class"},
	{HEAD NODE "  routes:\n    - {node: a, subnet: 9.2.2.1/24, via: 9.1.1.254}\n",
	 "f:8:25: subnet \"9.2.2.1/24\" has bits set beyond its prefix of 24; set them to 0"},
	{HEAD NODE "  routes:\n    - {node: a, subnet: 9.2.2.0, via: 9.1.1.254}\n",
	 "f:8:25: subnet \"9.2.2.0\" is no subnet; write 9.2.2.0/24"},
	{HEAD NODE "  routes:\n    - {node: a, subnet: 9.2.2.0/24, via: 2001:db8::1}\n",
	 "f:8:42: via \"2001:db8::1\" is no address of the family of the subnet; write the address "
	 "of the router"},
	{HEAD NODE "  parameters:\n    heartbeat-ms: 1\n",
	 "f:8:19: heartbeat-ms 1 is out of range; write a whole number from 10 to 60000 "
	 "(milliseconds)"},
	{HEAD NODE "  parameters:\n    heartbeat-m: 200\n",
	 "f:8:5: unknown key \"heartbeat-m\" in the parameters; write \"heartbeat-ms\""},
};

static void test_errors(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		char err[CONF_ERROR_LEN] = "";
		struct conf *c = conf_parse("f", bad[i].text, strlen(bad[i].text), CONF_SERVICER,
					    err, sizeof(err));

		assert_string_equal(err, bad[i].error);
		assert_null(c);
	}
}

static void test_unreadable(void **state)
{
	char err[CONF_ERROR_LEN] = "", expected[CONF_ERROR_LEN];

	(void)state;
	assert_null(conf_load("/nowhere/cdat.yaml", CONF_SERVICER, err, sizeof(err)));
	assert_string_equal(err, "/nowhere/cdat.yaml: cannot be read: No such file or directory; "
				 "name a file that this user may read");
	assert_null(conf_load(fixture_dir, CONF_SERVICER, err, sizeof(err)));
	snprintf(expected, sizeof(expected),
		 "%s: cannot be read: it is no regular file; name a file that this user may read",
		 fixture_dir);
	assert_string_equal(err, expected);
}

static const char whole[] =
	"table:\n"
	"  parameters: {heartbeat-ms: 100, quorum: none, auto-failback: false}\n"
	"  routes: [{node: b, subnet: 9.2.2.0/24, via: 9.1.1.254}]\n"
	"  roles: [{name: db, id: 7, candidates: [b, a], policy: best-class, sticky: true}]\n"
	"  nodes:\n"
	"    - {name: a, id: 5, adapters: [{address: 9.1.1.1/24, preference: 10, mtu: 9000}]}\n"
	"    - name: b\n"
	"      admin: disabled\n"
	"      adapters: [{address: 2001:db8::2/64, id: 3, port: 9999, class: control, dscp: 46,\n"
	"                  retry-threshold: 5, type: ethernetCsmacd}]\n"
	"port: 5000\n"
	"join: [9.1.1.1, '[2001:db8::2]:6000']\n"
	"listen: [9.1.1.7]\n"
	"multicast: 239.1.2.3\n"
	"allow-unlisted: true\n"
	"scheduling: normal\n"
	"log: debug udp control\n"
	"events-limit: 100\n"
	"notify: {all: false, scope: everyMember, kinds: {failover: {enable: true,\n"
	"         min-interval: 60}}}\n"
	"state-dir: /s\n"
	"socket: /r/s\n"
	"security: none\n"
	"cluster: c\n";

/* The number that an op gives to an attribute; fails the test when there is none. */
static int64_t value_of(const struct conf *c, uint8_t attr, uint16_t node, uint8_t adapter)
{
	for (size_t i = 0; i < c->nops; i++)
		if (c->ops[i].attr == attr && c->ops[i].node == node &&
		    c->ops[i].adapter == adapter)
			return c->ops[i].number;
	fail_msg("no op for attribute %u of %u/%u", attr, node, adapter);
	return 0;
}

static void test_settings(void **state)
{
	char err[CONF_ERROR_LEN] = "";
	struct conf *c = conf_parse("f", whole, strlen(whole), CONF_SERVICER, err, sizeof(err));

	(void)state;
	assert_string_equal(err, "");
	assert_non_null(c);
	assert_string_equal(c->cluster, "c");
	assert_int_equal(c->port, 5000);
	assert_false(c->sealed);
	assert_true(c->allow_unlisted);
	assert_true(c->ordinary);
	assert_false(c->loopback_ok);
	assert_string_equal(c->state_dir, "/s");
	assert_string_equal(c->socket, "/r/s");
	assert_int_equal(c->log_level, LOG_LEVEL_DEBUG);
	assert_string_equal(c->log_tokens, "udp control");
	assert_int_equal(c->njoin, 2);
	assert_int_equal(c->join[0].port, 5000);
	assert_int_equal(c->join[1].port, 6000);
	assert_int_equal(c->join[1].family, CDAT_AF_IPV6);
	assert_int_equal(c->nlisten, 1);
	assert_int_equal(c->multicast.octets[3], 3);
	assert_int_equal(c->multicast.port, 5000);
	assert_int_equal(c->nsettings, 5);
	assert_int_equal(c->settings[0].what, CDAT_L_EVENT_LIMIT);
	assert_int_equal(c->settings[0].number, 100);
	assert_int_equal(c->settings[1].what, CDAT_L_NOTIFY_ALL);
	assert_int_equal(c->settings[1].number, 2);
	assert_int_equal(c->settings[2].number, CDAT_SCOPE_EVERY_MEMBER);
	assert_int_equal(c->settings[3].kind, CDAT_EV_FAILOVER);
	assert_int_equal(c->settings[3].number, 1);
	assert_int_equal(c->settings[4].what, CDAT_L_NOTIFY_MIN_INTERVAL);
	assert_int_equal(c->settings[4].number, 60);
	conf_free(c);
}

static void test_table(void **state)
{
	char err[CONF_ERROR_LEN] = "";
	struct conf *c = conf_parse("f", whole, strlen(whole), CONF_TABLE, err, sizeof(err));
	const struct cdat_op *last;

	(void)state;
	assert_non_null(c);
	assert_true(c->has_table);
	for (size_t i = 0; i < c->nops; i++)
		assert_int_equal(c->ops[i].index, i + 1);
	assert_int_equal(c->ops[0].kind, CDAT_OP_NODE_CREATE);
	assert_int_equal(c->ops[0].node, 5);
	assert_int_equal(value_of(c, CDAT_A_PREFERENCE, 5, 1), 10);
	assert_int_equal(value_of(c, CDAT_A_MTU, 5, 1), 9000);
	assert_int_equal(value_of(c, CDAT_A_PREFIX_LEN, 5, 1), 24);
	assert_int_equal(value_of(c, CDAT_A_NODE_ADMIN, 2, 0), CDAT_ADMIN_DOWN);
	assert_int_equal(value_of(c, CDAT_A_PREFIX_LEN, 2, 3), 64);
	assert_int_equal(value_of(c, CDAT_A_PORT, 2, 3), 9999);
	assert_int_equal(value_of(c, CDAT_A_CLASS, 2, 3), CDAT_CLASS_CONTROL);
	assert_int_equal(value_of(c, CDAT_A_DSCP, 2, 3), 46);
	assert_int_equal(value_of(c, CDAT_A_RETRY, 2, 3), 5);
	assert_int_equal(value_of(c, CDAT_A_TYPE, 2, 3), CDAT_IFT_ETHERNET);
	assert_int_equal(value_of(c, CDAT_A_HEARTBEAT, 0, 0), 100);
	assert_int_equal(value_of(c, CDAT_A_QUORUM, 0, 0), CDAT_QUORUM_NONE);
	assert_int_equal(value_of(c, CDAT_A_FAILBACK, 0, 0), 2);
	last = &c->ops[c->nops - 1];
	assert_int_equal(last->kind, CDAT_OP_WANTED_PUT);
	assert_int_equal(last->wanted.node, 2);
	assert_int_equal(last->wanted.prefix_len, 24);
	assert_int_equal(last[-1].kind, CDAT_OP_ROLE_PUT);
	assert_int_equal(last[-1].role.role, 7);
	assert_int_equal(last[-1].role.ncandidates, 2);
	assert_int_equal(last[-1].role.candidates[0], 2);
	assert_int_equal(last[-1].role.policy, CDAT_POLICY_BEST_CLASS);
	assert_true(last[-1].role.sticky);
	assert_int_equal(conf_op_place(c, 1).line, 6);
	assert_int_equal(conf_op_place(c, 0).line, 2);
	conf_free(c);
}

/* A table alone is enough for cdatctl, and only for it. */
static void test_use(void **state)
{
	static const char no_table[] = "cluster: c\n";
	char err[CONF_ERROR_LEN] = "";
	struct conf *c = conf_parse("f", NODE, strlen(NODE), CONF_TABLE, err, sizeof(err));

	(void)state;
	assert_non_null(c);
	assert_int_equal(c->nops, 5);
	conf_free(c);
	assert_null(conf_parse("f", no_table, strlen(no_table), CONF_TABLE, err, sizeof(err)));
	assert_string_equal(err, "f:1:1: the file has no \"table\"; write table: {nodes: [...]}");
}

/* 5,000 nodes: what is doubled is found without comparing each with each. */
static void test_large(void **state)
{
	char err[CONF_ERROR_LEN] = "", *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	struct conf *c;

	(void)state;
	assert_non_null(f);
	fputs("table:\n  nodes:\n", f);
	for (unsigned i = 0; i < 5000; i++)
		fprintf(f, "    - {name: n%u, adapters: [{address: 10.0.%u.%u/16}]}\n", i, i >> 8,
			i & 255);
	fputs("    - {name: n17, adapters: [{address: 10.1.0.1/16}]}\n", f);
	fclose(f);
	c = conf_parse("f", text, len, CONF_TABLE, err, sizeof(err));
	assert_null(c);
	assert_string_equal(err, "f:5003:14: node name n17 is used already, on line 20; give each "
				 "node its own name");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_errors),	 cmocka_unit_test(test_unreadable),
		cmocka_unit_test(test_settings), cmocka_unit_test(test_table),
		cmocka_unit_test(test_use),	 cmocka_unit_test(test_large),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
