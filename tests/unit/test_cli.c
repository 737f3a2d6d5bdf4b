/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cdatctl: what it shows, and what its changes ask for.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "cli/cli.h"
#include "cluster.h"

static struct cluster c;
static const char *out, *err;

static int setup(void **state)
{
	(void)state;
	cluster_start(&c);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	cluster_stop(&c);
	return 0;
}

static void run(const char *words, int code)
{
	int rc = cluster_run(&c, words, &out, &err);

	if (rc != code)
		print_message("cdatctl %s: exit %d\n%s%s", words, rc, out, err);
	assert_int_equal(rc, code);
}

/* ---- reading --------------------------------------------------------------------------- */

static void test_status(void **state)
{
	static const int codes[] = { [CDAT_OK] = 0, [CDAT_WARNING] = 1, [CDAT_CRITICAL] = 2,
				     [CDAT_UNKNOWN] = 3 };
	static const char *const words[] = { [CDAT_OK] = "lab: ok", [CDAT_WARNING] = "lab: warning",
					     [CDAT_CRITICAL] = "lab: critical",
					     [CDAT_UNKNOWN] = "lab: unknown" };
	uint8_t i;

	(void)state;
	for (i = CDAT_OK; i <= CDAT_UNKNOWN; i++) {
		c.status.health = i;
		run("status", codes[i]);
		assert_non_null(strstr(out, words[i]));
		run("status --json", codes[i]);
		run("check", codes[i]);
	}
	run("status", 3);
	assert_string_equal(out,
		"cluster    lab: unknown\n"
		"node       nodeA (1), operational, standing majority\n"
		"leader     nodeA (1), epoch 5\n"
		"table      version 7, digest deadbeef0102..., changed never\n"
		"nodes      2 of 3 up\n"
		"members    nodeA nodeB\n"
		"adapters   4 of 5 up, 1 nodes on a single path\n"
		"servicer   0.1.0, port 9173, since -\n"
		"reason     nodeC is unreachable\n");
	run("status -v", 3);
	assert_non_null(strstr(out, "\nformat     2\n"));
	c.status.format = 1;		/* which nodeB alone knows */
	run("status", 3);
	assert_non_null(strstr(out, "\nformat     1; others could speak a later one, not nodeB\n"));
	c.status.format = 2;
	c.status.sealed = false;
	c.status.health = CDAT_WARNING;
	run("status", 1);
	assert_non_null(strstr(out, "warning    messages are not sealed (security: none); anyone on the "
			       "network can forge them; make a key with cdatctl key generate\n"));
	run("check", 1);
	assert_string_equal(out, "CDAT WARNING - lab: nodeC is unreachable | nodes_up=2;;;0;3 "
			    "adapters_down=1;;;0;5 single_path=1;;;0;3\n");
}

static void test_html(void **state)
{
	(void)state;
	snprintf(c.status.health_reason, sizeof(c.status.health_reason), "<b> & \"c\"");
	run("status --html", 1);
	assert_non_null(strstr(out, "<title>lab: warning</title>"));
	assert_non_null(strstr(out, "&lt;b&gt; &amp; &quot;c&quot;"));
	assert_non_null(strstr(out, "<td>nodeC<td class=r>3<td>unreachable"));
	assert_non_null(strstr(out, "<td>nodeC is unreachable\n"));
	assert_null(strstr(out, "<b>"));
}

static void test_tables(void **state)
{
	(void)state;
	run("nodes", 0);
	assert_string_equal(out,
		"NODE  ID STATE       IN USE      UP   RTT HEARD TABLE  NOTE\n"
		"nodeA  1 member      -          2/2     - never inSync leader, here\n"
		"nodeB  2 member      1: 9.1.1.2 2/2 250us never inSync \n"
		"nodeC  3 unreachable -          0/1     - never inSync \n");
	run("adapters nodeB", 0);
	assert_string_equal(out,
		"ADAPTER ADDRESS    STATE RANK PREF CLASS     MTU TYPE\n"
		"nodeB/1 9.1.1.2/24 up       1  100 standard 1500 ethernetCsmacd\n"
		"nodeB/2 9.2.1.2/24 up       2  100 standard 1500 ethernetCsmacd\n");
	run("paths", 0);
	assert_string_equal(out,
		"TO      ADDRESS USE STATE   RTT TIMEOUT  MTU FAILED RESENT HEARD\n"
		"nodeB/1 9.1.1.2 *   up    250us  10.0ms 1500    0/3      4 never\n");
	run("nodes --no-headings -o name,state", 0);
	assert_string_equal(out, "nodeA member\nnodeB member\nnodeC unreachable\n");
	run("roles -o name,holder,candidates", 0);
	assert_string_equal(out, "ROLE HOLDER CANDIDATES\ndb   nodeB  nodeB,nodeA\n");
	run("events -n 1 --no-headings -o event,severity,kind,text,node", 0);
	assert_string_equal(out, " 8 critical nodeUnreachable nodeC is unreachable nodeC\n");
	run("routes", 0);
	assert_string_equal(out, "");
	assert_string_equal(err, "no routes\n");
	run("views", 0);
	assert_string_equal(out,
		"view 1 (here) (primary): epoch 5, 2 members, leader nodeA, observed, for never\n"
		"  nodeB                    member   for never\n");
	run("stats", 0);
	assert_non_null(strstr(out, "msgs-sent              42\n"));
	run("params", 0);
	assert_non_null(strstr(out, "heartbeat-ms           200\n"));
	run("show nodeB", 0);
	assert_non_null(strstr(out, "\nadapter nodeB/2\n"));
	assert_non_null(strstr(out, "\npath nodeB/1\n"));
}

static void test_follow(void **state)
{
	static const struct cdat_event event = { .event = 9, .wall = 3500000,
						 .kind = CDAT_EV_NODE_REACHABLE,
						 .severity = CDAT_SEV_CLEARED, .text = "nodeC is back" };

	(void)state;
	c.event = &event;
	run("events -f -n 1", CLI_UNAVAILABLE);
	assert_string_equal(out,
		"8 1970-01-01 00:00:02.000 critical nodeUnreachable: nodeC is unreachable\n"
		"9 1970-01-01 00:00:03.500 cleared nodeReachable: nodeC is back\n");
	assert_string_equal(err, "cdatctl: the servicer ended the connection\n");
	run("watch --json", CLI_UNAVAILABLE);	/* no terminal: the same, all of it, as objects */
	assert_non_null(strstr(out, "\"event\":7,"));
	assert_non_null(strstr(out, "\"time\":\"1970-01-01T00:00:03.500Z\""));
	assert_non_null(strstr(out, "\"schema\":\"cdat/1\"}\n"));
}

/* Every reading verb gives an object with the schema and one array, of that length. */
static void test_json(void **state)
{
	static const struct { const char *words, *key; size_t n; } verbs[] = {
		{ "status", "status", 1 }, { "nodes", "nodes", 3 }, { "adapters", "adapters", 5 },
		{ "adapters nodeC", "adapters", 1 }, { "paths", "paths", 1 }, { "routes", "routes", 0 },
		{ "roles", "roles", 1 }, { "views", "views", 1 }, { "persp", "perspectives", 0 },
		{ "events", "events", 2 }, { "stats", "stats", 1 }, { "params", "params", 1 },
		{ "notify", "notifications", 0 }, { "show nodeB", "nodes", 1 }, { "key status", "keys", 1 },
	};
	char words[64];
	json_t *top;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		snprintf(words, sizeof(words), "%s --json", verbs[i].words);
		run(words, strcmp(verbs[i].words, "status") == 0 ? 1 : 0);
		top = json_loads(out, JSON_REJECT_DUPLICATES, NULL);
		assert_non_null(top);
		assert_string_equal(json_string_value(json_object_get(top, "schema")), "cdat/1");
		assert_true(json_is_array(json_object_get(top, verbs[i].key)));
		assert_int_equal(json_array_size(json_object_get(top, verbs[i].key)), verbs[i].n);
		assert_int_equal(json_object_size(top), 2);
		json_decref(top);
	}
}

static json_t *first(const char *words, const char *key, int code)
{
	json_t *top, *item;

	run(words, code);
	top = json_loads(out, 0, NULL);
	assert_non_null(top);
	item = json_incref(json_array_get(json_object_get(top, key), 0));
	assert_non_null(item);
	json_decref(top);
	return item;
}

static const char *text(const json_t *object, const char *key)
{
	const char *t = json_string_value(json_object_get(object, key));

	return t ? t : "(no text)";
}

static void test_json_values(void **state)
{
	json_t *o;

	(void)state;
	o = first("status --json", "status", 1);
	assert_string_equal(text(o, "health"), "warning");
	assert_string_equal(text(o, "digest"),
			    "deadbeef01020300000000000000000000000000000000000000000000000000");
	assert_string_equal(text(o, "leader_name"), "nodeA");
	assert_int_equal(json_array_size(json_object_get(o, "members")), 2);
	assert_int_equal(json_array_size(json_object_get(o, "warnings")), 0);
	assert_true(json_is_null(json_object_get(o, "start")));
	json_decref(o);
	o = first("adapters --json nodeB", "adapters", 0);
	assert_string_equal(text(o, "addr"), "9.1.1.2");
	assert_string_equal(text(o, "class"), "standard");
	assert_string_equal(text(o, "node_name"), "nodeB");
	assert_int_equal(json_integer_value(json_object_get(o, "dscp")), -1);
	assert_true(json_is_false(json_object_get(o, "multicast")));
	json_decref(o);
	o = first("events -n 1 --json", "events", 0);
	assert_string_equal(text(o, "time"), "1970-01-01T00:00:02.000Z");
	assert_string_equal(text(o, "uid"), "000000000000abcd");
	assert_string_equal(text(o, "kind"), "nodeUnreachable");
	assert_string_equal(text(o, "node_name"), "nodeC");
	assert_true(json_is_null(json_object_get(o, "addr")));
	json_decref(o);
	o = first("roles --json", "roles", 0);
	assert_string_equal(json_string_value(json_array_get(json_object_get(o, "candidates_names"), 0)),
			    "nodeB");
	assert_int_equal(json_array_size(json_object_get(o, "candidates")), 2);
	json_decref(o);
}

/* ---- changing ----------------------------------------------------------------------------- */

struct want { uint8_t kind, attr; uint16_t node; uint8_t adapter; int64_t number; uint16_t index; };

static void check_ops(const char *words, const struct want *want, size_t n)
{
	size_t i;

	run(words, 0);
	assert_string_equal(out, "committed: table version 8\n");
	assert_string_equal(err, "");
	assert_int_equal(c.nops, n);
	for (i = 0; i < n; i++) {
		assert_int_equal(c.ops[i].kind, want[i].kind);
		assert_int_equal(c.ops[i].attr, want[i].attr);
		assert_int_equal(c.ops[i].node, want[i].node);
		assert_int_equal(c.ops[i].adapter, want[i].adapter);
		assert_int_equal(c.ops[i].number, want[i].number);
		assert_int_equal(c.ops[i].index, want[i].index);
	}
}

#define CHECK(words, ...) do { \
	const struct want want_[] = { __VA_ARGS__ }; \
	check_ops(words, want_, sizeof(want_) / sizeof(want_[0])); \
} while (0)

static void test_set(void **state)
{
	(void)state;
	/* two addresses change places in one step */
	CHECK("set nodeB/1 address=9.2.1.2 nodeB/2 address=9.1.1.2/16",
	      { CDAT_OP_ADAPTER_SET, CDAT_A_ADDR, 2, 1, 0, 2 },
	      { CDAT_OP_ADAPTER_SET, CDAT_A_ADDR, 2, 2, 0, 4 },
	      { CDAT_OP_ADAPTER_SET, CDAT_A_PREFIX_LEN, 2, 2, 16, 4 });
	assert_int_equal(c.ops[0].addr.octets[1], 2);
	assert_int_equal(c.ops[1].addr.octets[1], 1);
	CHECK("set 3/1 mtu=1400 class=control dscp=-1 cluster heartbeat-ms=50 auto-failback=false",
	      { CDAT_OP_ADAPTER_SET, CDAT_A_MTU, 3, 1, 1400, 2 },
	      { CDAT_OP_ADAPTER_SET, CDAT_A_CLASS, 3, 1, CDAT_CLASS_CONTROL, 3 },
	      { CDAT_OP_ADAPTER_SET, CDAT_A_DSCP, 3, 1, -1, 4 },
	      { CDAT_OP_PARAM_SET, CDAT_A_HEARTBEAT, 0, 0, 50, 6 },
	      { CDAT_OP_PARAM_SET, CDAT_A_FAILBACK, 0, 0, 2, 7 });
	CHECK("set nodeC name=nodeD admin=disabled",
	      { CDAT_OP_NODE_SET, CDAT_A_NODE_NAME, 3, 0, 0, 2 },
	      { CDAT_OP_NODE_SET, CDAT_A_NODE_ADMIN, 3, 0, 2, 3 });
	assert_string_equal(c.ops[0].text, "nodeD");
	c.nops = 0;
	run("set --dry-run nodeB/2 mtu=1400 cluster quorum=none", 0);
	assert_string_equal(out, "set nodeB/2 mtu=1400\nset cluster quorum=none\n");
	assert_int_equal(c.nops, 0);
	run("set --json nodeB/2 mtu=1400", 0);
	assert_non_null(strstr(out, "\"result\": \"committed\""));
}

static void test_add(void **state)
{
	(void)state;
	CHECK("add node nodeD address=9.1.1.4/24 class=bulk address=9.2.1.4",
	      { CDAT_OP_NODE_CREATE, 0, 4, 0, 0, 1 },
	      { CDAT_OP_NODE_SET, CDAT_A_NODE_NAME, 4, 0, 0, 1 },
	      { CDAT_OP_ADAPTER_CREATE, 0, 4, 1, 0, 1 },
	      { CDAT_OP_ADAPTER_SET, CDAT_A_ADDR, 4, 1, 0, 1 },
	      { CDAT_OP_ADAPTER_SET, CDAT_A_PREFIX_LEN, 4, 1, 24, 1 },
	      { CDAT_OP_ADAPTER_SET, CDAT_A_CLASS, 4, 1, CDAT_CLASS_BULK, 2 },
	      { CDAT_OP_ADAPTER_CREATE, 0, 4, 2, 0, 3 },
	      { CDAT_OP_ADAPTER_SET, CDAT_A_ADDR, 4, 2, 0, 3 });
	CHECK("add node nodeD id=77 address=2001:db8::4",
	      { CDAT_OP_NODE_CREATE, 0, 77, 0, 0, 1 },
	      { CDAT_OP_NODE_SET, CDAT_A_NODE_NAME, 77, 0, 0, 1 },
	      { CDAT_OP_ADAPTER_CREATE, 0, 77, 1, 0, 2 },
	      { CDAT_OP_ADAPTER_SET, CDAT_A_ADDR, 77, 1, 0, 2 });
	CHECK("add adapter nodeB address=9.3.1.2",		/* the lowest free number */
	      { CDAT_OP_ADAPTER_CREATE, 0, 2, 3, 0, 1 },
	      { CDAT_OP_ADAPTER_SET, CDAT_A_ADDR, 2, 3, 0, 1 });
	CHECK("add adapter nodeB/9 address=9.3.1.2",
	      { CDAT_OP_ADAPTER_CREATE, 0, 2, 9, 0, 1 },
	      { CDAT_OP_ADAPTER_SET, CDAT_A_ADDR, 2, 9, 0, 1 });
	CHECK("add role mail candidates=nodeC,nodeA policy=best-class sticky=true",
	      { CDAT_OP_ROLE_PUT, 0, 0, 0, 0, 1 });
	assert_int_equal(c.ops[0].role.role, 2);
	assert_string_equal(c.ops[0].role.name, "mail");
	assert_int_equal(c.ops[0].role.policy, CDAT_POLICY_BEST_CLASS);
	assert_true(c.ops[0].role.sticky);
	assert_int_equal(c.ops[0].role.ncandidates, 2);
	assert_int_equal(c.ops[0].role.candidates[0], 3);
	CHECK("add role db needs-majority=true", { CDAT_OP_ROLE_PUT, 0, 0, 0, 0, 1 });
	assert_int_equal(c.ops[0].role.role, 1);	/* the same role, its candidates kept */
	assert_int_equal(c.ops[0].role.ncandidates, 2);
	CHECK("add route nodeA subnet=9.9.0.0/16 via=9.1.1.253", { CDAT_OP_WANTED_PUT, 0, 0, 0, 0, 1 });
	assert_int_equal(c.ops[0].wanted.wanted, 1);
	CHECK("add route nodeA subnet=9.7.0.0/16 via=9.1.1.253", { CDAT_OP_WANTED_PUT, 0, 0, 0, 0, 1 });
	assert_int_equal(c.ops[0].wanted.wanted, 4);	/* the entry of that subnet */
}

static void test_remove(void **state)
{
	(void)state;
	CHECK("remove nodeC nodeB/2", { CDAT_OP_NODE_DESTROY, 0, 3, 0, 0, 1 },
	      { CDAT_OP_ADAPTER_DESTROY, 0, 2, 2, 0, 2 });
	CHECK("remove role db", { CDAT_OP_ROLE_REMOVE, 0, 0, 0, 0, 1 });
	assert_int_equal(c.ops[0].role.role, 1);
	CHECK("remove route nodeA 9.7.0.0/16", { CDAT_OP_WANTED_REMOVE, 0, 0, 0, 0, 1 });
	assert_int_equal(c.ops[0].wanted.wanted, 4);
}

static void write_file(const char *path, const char *text_)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text_, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

/* The same cluster as that of the servicer, then one that differs. */
static void test_diff_load(void **state)
{
	static const char head[] =
		"cluster: lab\nsecurity: none\ntable:\n  nodes:\n"
		"    - name: nodeC\n      adapters: [{address: 9.1.1.3/24, type: ethernet, class: standard}]\n"
		"    - name: nodeA\n      adapters:\n"
		"        - {address: 9.1.1.1/24, type: ethernet, class: standard}\n"
		"        - {address: 9.2.1.1/24, type: ethernet, class: standard}\n";
	static const char same[] =
		"    - name: nodeB\n      adapters:\n"
		"        - {address: 9.1.1.2/24, type: ethernet, class: standard}\n"
		"        - {address: 9.2.1.2/24, type: ethernet, class: standard}\n"
		"  routes: [{node: nodeA, subnet: 9.7.0.0/16, via: 9.1.1.254}]\n"
		"  roles: [{name: db, candidates: [nodeB, nodeA]}]\n";
	static const char other[] =
		"    - name: nodeX\n      adapters: [{address: 9.1.1.9/24}]\n"
		"  parameters: {heartbeat-ms: 100}\n";
	char dir[] = "/tmp/cdat-unit-XXXXXX", file[64], words[128], all[2048];

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(file, sizeof(file), "%s/t.yaml", dir);
	snprintf(all, sizeof(all), "%s%s", head, same);
	write_file(file, all);
	snprintf(words, sizeof(words), "diff %s", file);
	run(words, 0);
	assert_string_equal(out, "");
	snprintf(words, sizeof(words), "load %s", file);
	run(words, 0);
	assert_string_equal(out, "nothing to change\n");
	assert_int_equal(c.nops, 0);
	snprintf(all, sizeof(all), "%s%s", head, other);
	write_file(file, all);
	snprintf(words, sizeof(words), "diff %s", file);
	run(words, 2);
	assert_string_equal(out, "set cluster heartbeat-ms=100\nremove nodeB\nadd nodeX\n"
			    "set nodeX name=nodeX\nadd nodeX/1\nset nodeX/1 address=9.1.1.9\n"
			    "set nodeX/1 prefix-length=24\nremove role db\n"
			    "remove route nodeA 9.7.0.0/16 via 9.1.1.254\n");
	assert_int_equal(c.nops, 0);
	snprintf(words, sizeof(words), "load %s", file);
	run(words, 0);
	assert_int_equal(c.nops, 9);
	assert_int_equal(c.ops[2].node, 4);	/* 3 is nodeC's: the next that is free */
	c.outcome = (struct cdat_outcome){ .result = CDAT_RES_DUPLICATE_ADDRESS, .culprit = 6,
					   .text = "address 9.1.1.9 is that of nodeZ/1" };
	run(words, 1);
	snprintf(all, sizeof(all), "cdatctl: %s:12:28: address 9.1.1.9 is that of nodeZ/1\n", file);
	assert_string_equal(err, all);
	unlink(file);
	rmdir(dir);
}

static void test_help(void **state)
{
	(void)state;
	assert_int_equal(cluster_run(NULL, "help", &out, &err), 0);
	assert_non_null(strstr(out, "usage: cdatctl [OPTION...] VERB [ARGUMENT...]\n"));
	assert_int_equal(cluster_run(NULL, "set --help", &out, &err), 0);
	assert_non_null(strstr(out, "usage: cdatctl set [OPTION...] TARGET ATTRIBUTE=VALUE..."));
	assert_int_equal(cluster_run(NULL, "--version", &out, &err), 0);
	assert_non_null(strstr(out, "cdatctl (cdat) "));
	assert_string_equal(err, "");
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_status), TEST(test_html), TEST(test_tables), TEST(test_follow),
		TEST(test_json), TEST(test_json_values),
		TEST(test_set), TEST(test_add), TEST(test_remove), TEST(test_diff_load),
		TEST(test_help),
	};

	setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
