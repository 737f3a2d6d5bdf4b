/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cdatctl: each error of its command line, word by word, with its exit code; nothing is
 * sent to the servicer then, and nothing goes to the standard output.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/cli.h"
#include "cluster.h"

struct line { const char *words; int code; const char *err; };

#define USAGE(w, e)	{ w, CLI_USAGE, "cdatctl: " e "\n" }
#define CODE(code, w, e)	{ w, CLI_##code, "cdatctl: " e "\n" }

static void check(struct cluster *c, const struct line *lines, size_t n)
{
	const char *out, *err;
	size_t i;
	int rc;

	for (i = 0; i < n; i++) {
		rc = cluster_run(c, lines[i].words, &out, &err);
		if (strcmp(err, lines[i].err) != 0 || rc != lines[i].code || out[0])
			print_message("cdatctl %s: exit %d\n%s%s", lines[i].words, rc, out, err);
		assert_string_equal(err, lines[i].err);
		assert_int_equal(rc, lines[i].code);
		assert_string_equal(out, "");
	}
	if (c)
		assert_int_equal(c->nops + c->sends + c->nkeys, 0);
}

#define CHECK(c, lines)	check(c, lines, sizeof(lines) / sizeof((lines)[0]))

/* Found before there is a connection. */
static void test_usage(void **state)
{
	static const struct line lines[] = {
		USAGE("", "no verb; see cdatctl help"),
		USAGE("frobnicate", "no verb \"frobnicate\"; see cdatctl help"),
		USAGE("help frobnicate", "help: no verb \"frobnicate\"; see cdatctl help help"),
		USAGE("--frobnicate", "no option --frobnicate; see cdatctl help"),
		USAGE("-x nodes", "no option -x; see cdatctl help"),
		USAGE("nodes --json=1", "option --json=1 takes no value; see cdatctl help"),
		USAGE("nodes --columns", "option --columns needs a value; see cdatctl help"),
		USAGE("nodes --rate 5", "nodes: option --rate is not for this verb; see cdatctl help nodes"),
		USAGE("nodes nodeA", "nodes: too many arguments; see cdatctl help nodes"),
		USAGE("show", "show: too few arguments; see cdatctl help show"),
		USAGE("set", "set: too few arguments; see cdatctl help set"),
		USAGE("send --rate 0 x", "--rate=0 is no number from 1 to 1000000000; see cdatctl help"),
		USAGE("send --rate 5/m x", "--rate=5/m is no number from 1 to 1000000000; see cdatctl help"),
		USAGE("send --count -4 x", "--count=-4 is no number from 1 to 1000000000; see cdatctl help"),
		USAGE("send --count 1e3 x", "--count=1e3 is no number from 1 to 1000000000; see cdatctl help"),
		USAGE("send --size 65537 x", "--size=65537 is more than 65536 octets; see cdatctl help"),
		USAGE("status --timeout 0", "--timeout=0 is no number of seconds from 1 to 86400; see "
		      "cdatctl help"),
		USAGE("status --timeout 99999", "--timeout=99999 is no number of seconds from 1 to 86400; "
		      "see cdatctl help"),
		USAGE("key frob", "key: \"frob\" is none of generate, status, add, use, remove, rotate; "
		      "see cdatctl help key"),
		USAGE("key generate", "key: generate needs one argument; see cdatctl help key"),
		USAGE("key status x", "key: status takes no argument; see cdatctl help key"),
		CODE(DATA, "key use x",
		     "key \"x\" is no number from 1 to 255; see cdatctl key status"),
		CODE(DATA, "key remove 256",
		     "key \"256\" is no number from 1 to 255; see cdatctl key status"),
		CODE(NO_INPUT, "key add /dev/null/k", "cannot read /dev/null/k: Not a directory"),
		CODE(CANT_CREATE, "key generate /dev/null/k",
		     "cannot make /dev/null/k: Not a directory"),
		CODE(UNAVAILABLE, "--socket /dev/null/s nodes", "no servicer at /dev/null/s (Not a "
		       "directory); is cdatd running?"),
		{ "--socket /dev/null/s status", 3, "cdatctl: no servicer at /dev/null/s (Not a "
		  "directory); is cdatd running?\n" },
	};

	(void)state;
	CHECK(NULL, lines);
}

static const struct line target_lines[] = {
	USAGE("set mtu=1400", "set: \"mtu=1400\" comes before any target; see cdatctl help set"),
	USAGE("set nodeA", "set: nodeA has no ATTRIBUTE=VALUE after it; see cdatctl help set"),
	USAGE("set nodeA nodeB/1 mtu=1400", "set: nodeA has no ATTRIBUTE=VALUE after it; see cdatctl "
	      "help set"),
	CODE(UNKNOWN, "set nodeX/1 mtu=1400",
	     "nodeX/1: no such node in the table; see cdatctl nodes"),
	CODE(DATA, "set nodeA/x mtu=1400",
	     "nodeA/x: adapter \"x\" is no number from 1 to 255; see cdatctl "
	       "adapters"),
	CODE(DATA, "set nodeA/256 mtu=1400",
	     "nodeA/256: adapter \"256\" is no number from 1 to 255; see "
	       "cdatctl adapters"),
	CODE(UNKNOWN, "set nodeA/9 mtu=1400",
	     "nodeA/9: no such adapter in the table; see cdatctl "
	     "adapters"),
	CODE(UNKNOWN, "remove nodeA/9",
	     "nodeA/9: no such adapter in the table; see cdatctl adapters"),
	CODE(UNKNOWN, "remove 9", "9: no such node in the table; see cdatctl nodes"),
	CODE(UNKNOWN, "set nodeA mtu=1400",
	     "nodeA: no attribute \"mtu\" of a node; there are: name, admin, "
	       "storage, row"),
	CODE(UNKNOWN, "set nodeA/1 name=x",
	     "nodeA/1: no attribute \"name\" of an adapter; there are: "
	       "preference, address, prefix-length, port, type, class, dscp, mtu, retry-threshold, "
	       "admin, storage, row"),
	CODE(UNKNOWN, "set nodeA/1 interface=x",
	     "nodeA/1: no attribute \"interface\" of an adapter; there are: "
	       "preference, address, prefix-length, port, type, class, dscp, mtu, retry-threshold, "
	       "admin, storage, row"),
	CODE(UNKNOWN, "set cluster mtu=1",
	     "cluster: no attribute \"mtu\" of the cluster; there are: "
	       "heartbeat-ms, silence-limit, retry-threshold, response-min-ms, response-max-ms, "
	       "consensus-ms, probe-ms, auto-failback, path-mtu-discovery, change-timeout-ms, quorum"),
	CODE(UNKNOWN, "set nodeA/1 =5",
	     "nodeA/1: no attribute \"\" of an adapter; there are: "
	       "preference, address, prefix-length, port, type, class, dscp, mtu, retry-threshold, "
	       "admin, storage, row"),
	CODE(DATA, "set nodeA/1 mtu=100",
	     "nodeA/1: mtu 100 is out of range; write a whole number from 576 "
	       "to 65535 (octets), or 0"),
	CODE(DATA, "set nodeA/1 address=nodeB",
	     "nodeA/1: address \"nodeB\" is no numeric address; write "
	       "one such as 192.0.2.1 or 2001:db8::1 (names are not looked up)"),
	CODE(DATA, "set nodeA/1 class=best",
	     "nodeA/1: class \"best\" is not known; write one of "
	       "unspecified, bulk, standard, interactive, control"),
	/* one bad word, and nothing of the whole change is asked for */
	CODE(DATA, "set nodeB/1 mtu=1400 nodeA/1 mtu=x",
	     "nodeA/1: mtu \"x\" is not a number; write a whole "
	       "number from 576 to 65535 (octets), or 0"),
	CODE(UNKNOWN, "remove nodeX",
	     "nodeX: no such node in the table; see cdatctl nodes"),
	USAGE("remove cluster", "remove: the cluster cannot be removed; see cdatctl help remove"),
	CODE(UNKNOWN, "remove role mail", "no role \"mail\"; see cdatctl roles"),
	CODE(UNKNOWN, "remove route nodeA 9.9.0.0/16",
	     "nodeA: no wanted route to 9.9.0.0/16; see cdatctl "
	       "routes"),
	CODE(UNKNOWN, "show nodeX", "no node \"nodeX\"; see cdatctl nodes"),
	CODE(UNKNOWN, "adapters nodeX", "no node \"nodeX\"; see cdatctl nodes"),
	USAGE("roles -o name,x", "roles: no column \"x\"; columns: name,state,holder,candidates,policy,"
	      "backups,moves,changed,sticky,needs-majority,role; see cdatctl help roles"),
};

static void test_targets(void **state)
{
	struct cluster c;

	(void)state;
	cluster_start(&c);
	CHECK(&c, target_lines);
	cluster_stop(&c);
}

static void test_add(void **state)
{
	static const struct line lines[] = {
		USAGE("add thing x", "add: \"thing\" is none of node, adapter, role, route; see cdatctl "
		      "help add"),
		CODE(DATA, "add node -- -x address=9.1.1.9/24",
		     "\"-x\" is no name of a node; write letters, digits, "
		       "- . _ and begin with a letter or digit"),
		USAGE("add node nodeD", "add: no address=A/P is given; see cdatctl help add"),
		USAGE("add node nodeD mtu=1400", "add: \"mtu=1400\" comes before any address=; see "
		      "cdatctl help add"),
		USAGE("add node nodeD 9.1.1.4", "add: \"9.1.1.4\" is no ATTRIBUTE=VALUE; see cdatctl help add"),
		CODE(DATA, "add node nodeD id=0 address=9.1.1.4",
		     "id \"0\" is no number from 1 to 65535"),
		CODE(DATA, "add node nodeD address=9.1.1.4/33",
		     "nodeD: address \"9.1.1.4/33\" has a bad prefix "
		       "length; write a number from 1 to 32 after the slash, or no slash"),
		CODE(UNKNOWN, "add adapter nodeX address=9.3.1.1",
		     "nodeX: no such node in the table; see "
		      "cdatctl nodes"),
		USAGE("add adapter cluster address=9.3.1.1", "add: \"cluster\" is no node; see cdatctl help add"),
		USAGE("add adapter nodeA address=9.3.1.1 address=9.4.1.1", "add: an adapter has one address; see "
		      "cdatctl help add"),
		USAGE("add role mail", "add: role mail has no candidates=NODE,...; see cdatctl help add"),
		CODE(UNKNOWN, "add role mail candidates=nodeA,nodeX",
		     "role mail: candidate \"nodeX\" is no node of the "
		       "table; see cdatctl nodes"),
		CODE(DATA, "add role mail candidates=nodeA policy=x",
		     "role mail: policy \"x\" is not known; write "
		       "ordered or best-class"),
		CODE(DATA, "add role mail candidates=nodeA sticky=1",
		     "role mail: sticky \"1\" is neither true nor "
		       "false; write true or false"),
		USAGE("add role mail order=nodeA", "add: \"order=nodeA\" is none of candidates=, policy=, "
		      "sticky=, needs-majority=; see cdatctl help add"),
		USAGE("add route nodeA subnet=9.9.0.0/16", "add: a route has subnet=A/P and via=A; see cdatctl "
		      "help add"),
		CODE(DATA, "add route nodeA subnet=9.9.0.0 via=9.1.1.254",
		     "subnet \"9.9.0.0\" is none; write one "
		       "such as 192.0.2.0/24"),
		CODE(DATA, "add route nodeA subnet=9.9.0.0/99 via=9.1.1.254",
		     "subnet \"9.9.0.0/99\" has a bad "
		       "prefix length; write 1 to 32 after the slash"),
		CODE(DATA, "add route nodeA subnet=9.9.0.0/16 via=router",
		     "via \"router\" is no numeric address; "
		       "write one such as 192.0.2.1"),
		USAGE("add route nodeA subnet=9.9.0.0/16 dev=eth0", "add: \"dev=eth0\" is none of subnet=, via=; "
		      "see cdatctl help add"),
	};
	struct cluster c;

	(void)state;
	cluster_start(&c);
	CHECK(&c, lines);
	cluster_stop(&c);
}

static void test_messages(void **state)
{
	static const struct line lines[] = {
		USAGE("send", "send: no NODE and no --all; see cdatctl help send"),
		CODE(UNKNOWN, "send nodeX hello",
		     "nodeX: no such node in the table; see cdatctl nodes"),
		USAGE("send nodeB hello world", "send: \"hello\" is no node, and the text is one word; quote it; "
		      "see cdatctl help send"),
		USAGE("send nodeB --rate 5 hello", "send: --rate and --size go with --count; see cdatctl "
		      "help send"),
		USAGE("send nodeB --count 5 hello", "send: with --count the messages are numbers, not \"hello\"; "
		      "see cdatctl help send"),
		USAGE("send nodeA nodeB --count 5", "send: with --count give one NODE or --all; see cdatctl help "
		      "send"),
		USAGE("send --all --count 999999999", "send: --count is more than 134217728; see cdatctl help "
		      "send"),
	};
	static const struct line reader[] = {
		CODE(DENIED, "send nodeB hello",
		     "this user may only read; be root or in group cdat-admin"),
		CODE(DENIED, "set nodeB/1 mtu=1400",
		     "this user may only read; be root or in group cdat-admin"),
		CODE(DENIED, "remove nodeC",
		     "this user may only read; be root or in group cdat-admin"),
		CODE(DENIED, "key use 1",
		     "this user may only read; be root or in group cdat-admin"),
	};
	static const struct line gone[] = {
		CODE(UNAVAILABLE, "nodes", "the servicer ended the connection"),
		CODE(UNAVAILABLE, "set nodeB/1 mtu=1400", "the servicer ended the connection"),
		CODE(UNAVAILABLE, "listen", "the servicer ended the connection"),
	};
	struct cluster c;

	(void)state;
	cluster_start(&c);
	CHECK(&c, lines);
	c.s.access = CDAT_ACCESS_READ;
	CHECK(&c, reader);
	c.s.access = CDAT_ACCESS_ADMIN;
	c.hang_up = true;
	CHECK(&c, gone);
	cluster_stop(&c);
}

/* What the servicer refuses. */
static void test_refusals(void **state)
{
	static const char *const sends[] = {
		[CDAT_SEND_UNKNOWN_NODE] = "cdatctl: no node of that name or number in the table\n",
		[CDAT_SEND_NOT_MEMBER] = "cdatctl: destination is not a member now\n",
		[CDAT_SEND_NO_VIEW] = "cdatctl: this node is in no cluster yet\n",
		[CDAT_SEND_UNREACHABLE] = "cdatctl: all addresses of the destination are exhausted\n",
	};
	const char *out, *err;
	struct cluster c;
	uint8_t i;

	(void)state;
	cluster_start(&c);
	c.outcome = (struct cdat_outcome){ .result = CDAT_RES_NOT_PRIMARY, .culprit = 2,
					   .fault = CDAT_FAULT_INCONSISTENT_VALUE, .text = "this side is "
					   "the minority; change the table on the other side" };
	assert_int_equal(cluster_run(&c, "set nodeB/1 mtu=1400", &out, &err), CLI_UNAVAILABLE);
	assert_string_equal(err, "cdatctl: this side is the minority; change the table on the "
			"other side\n");
	assert_string_equal(out, "");
	c.outcome.text[0] = '\0';
	assert_int_equal(cluster_run(&c, "set nodeB/1 mtu=1400", &out, &err), CLI_UNAVAILABLE);
	assert_string_equal(err, "cdatctl: notPrimary\n");
	for (i = 1; i < sizeof(sends) / sizeof(sends[0]); i++) {
		if (sends[i] == NULL)
			continue;
		c.send_error = i;
		assert_int_equal(cluster_run(&c, "send nodeB hello", &out, &err),
				 i == CDAT_SEND_UNKNOWN_NODE ? CLI_UNKNOWN : CLI_UNAVAILABLE);
		assert_string_equal(err, sends[i]);
	}
	cluster_stop(&c);
}

static void put_file(const char *file, const char *text)
{
	FILE *f = fopen(file, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void test_load(void **state)
{
	char dir[] = "/tmp/cdat-unit-XXXXXX", file[64], words[128], want[256];
	const char *out, *err;
	struct cluster c;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(file, sizeof(file), "%s/t.yaml", dir);
	snprintf(words, sizeof(words), "load %s", file);
	cluster_start(&c);
	put_file(file, "cluster: lab\nsecurity: none\ntable:\n  nodes:\n    - name: nodeA\n"
		       "      adapters:\n        - address: 9.1.1.1/24\n          mtu: 100\n");
	assert_int_equal(cluster_run(&c, words, &out, &err), CLI_DATA);
	snprintf(want, sizeof(want), "cdatctl: %s:8:16: mtu 100 is out of range; write a whole "
			"number from "
		 "576 to 65535 (octets), or 0\n", file);
	assert_string_equal(err, want);
	assert_int_equal(c.nops, 0);
	put_file(file, "cluster: lab\nsecurity: none\njoin: [9.1.1.1]\n");
	assert_int_equal(cluster_run(&c, words, &out, &err), CLI_DATA);
	snprintf(want, sizeof(want), "cdatctl: %s:1:1: the file has no \"table\"; write table: {nodes: "
		 "[...]}\n", file);
	assert_string_equal(err, want);
	put_file(file, "cluster: mill\nsecurity: none\ntable:\n  nodes:\n    - name: nodeA\n"
		       "      adapters:\n        - address: 9.1.1.1/24\n");
	assert_int_equal(cluster_run(&c, words, &out, &err), CLI_CONFIG);
	snprintf(want, sizeof(want), "cdatctl: %s: is of the cluster \"mill\", this servicer is of "
		 "\"lab\"; give the file of this cluster\n", file);
	assert_string_equal(err, want);
	assert_int_equal(c.nops, 0);
	unlink(file);
	assert_int_equal(cluster_run(&c, words, &out, &err), CLI_NO_INPUT);
	snprintf(want, sizeof(want), "cdatctl: %s: cannot be read: No such file or directory; name a "
		 "file that this user may read\n", file);
	assert_string_equal(err, want);
	rmdir(dir);
	cluster_stop(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_usage),
		cmocka_unit_test(test_targets),
		cmocka_unit_test(test_add),
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_load),
	};

	unsetenv("CDAT_SOCKET");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
