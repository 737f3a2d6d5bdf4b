/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Small parts of the daemon: the log, the comparison of tables, the rules of the cluster
 * told with their place in the file.
 */
#include "config.h"

#include <fcntl.h>
#include <sodium.h>

#include "daemon/compare.h"
#include "daemon/conf.h"
#include "host/log.h"
#include "daemon/loop.h"
#include "daemon_fixture.h"

/* ---- log ---- */

static void test_escape(void **state)
{
	char out[64], small[8];

	(void)state;
	log_escape("a\nb\033[1m\\ \x7f \xc3\xa9", out, sizeof(out));
	assert_string_equal(out, "a\\x0ab\\x1b[1m\\x5c \\x7f \xc3\xa9");
	log_escape("\n\n\n\n", small, sizeof(small));
	assert_string_equal(small, "\\x0a");
}

static void s12_rate_of_the_log(void **state)
{
	struct log_rate rate = {0};

	(void)state;
	assert_true(log_rate_ok(&rate, 5000000));
	assert_string_equal(log_rate_text(&rate), "");
	for (unsigned i = 0; i < 7; i++)
		assert_false(log_rate_ok(&rate, 5000001 + i * 100000));
	assert_true(log_rate_ok(&rate, 6000000));
	assert_string_equal(log_rate_text(&rate), " (and 7 before)");
	assert_true(log_rate_ok(&rate, 7000000));
	assert_string_equal(log_rate_text(&rate), "");
}

static void test_level_and_tokens(void **state)
{
	(void)state;
	log_set_level(LOG_LEVEL_NOTICE);
	assert_true(log_wants(LOG_LEVEL_WARNING, "udp"));
	assert_false(log_wants(LOG_LEVEL_INFO, "udp"));
	log_set_level(LOG_LEVEL_DEBUG);
	assert_true(log_wants(LOG_LEVEL_DEBUG, "udp"));
	log_set_tokens("control netlink");
	assert_false(log_wants(LOG_LEVEL_DEBUG, "udp"));
	assert_false(log_wants(LOG_LEVEL_DEBUG, "net"));
	assert_true(log_wants(LOG_LEVEL_DEBUG, "netlink"));
	assert_true(log_wants(LOG_LEVEL_INFO, "udp"));
	log_set_tokens(NULL);
	log_set_level(LOG_LEVEL_NOTICE);
}

/* One line on stderr, with nothing that a peer sent left as a control character. */
static void s12_line_of_the_log(void **state)
{
	const char *path = fixture_path("log");
	int saved = dup(2), fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	size_t len = 0;
	char *text;

	(void)state;
	dup2(fd, 2);
	log_notice("core", "from %s", "x\n<0>forged");
	fflush(stderr);
	dup2(saved, 2);
	close(fd);
	close(saved);
	text = fixture_read(path, &len);
	assert_non_null(strstr(text, " notice core: from x\\x0a<0>forged\n"));
	assert_ptr_equal(strchr(text, '\n'), text + len - 1);
	free(text);
}

/* ---- tables ---- */

#define HEAD "cluster: c\nsecurity: none\ntable:\n"
#define NODES                                                                                   \
	"  nodes:\n    - {name: a, adapters: [{address: 9.1.1.1/24}, {address: 9.2.1.1/24}]}\n" \
	"    - {name: b, adapters: [{address: 9.1.1.2/24, mtu: 1400}]}\n"
#define ROLES  "  roles: [{name: r, candidates: [a, b]}]\n"
#define ROUTES "  routes: [{node: a, subnet: 9.3.1.0/24, via: 9.1.1.254}]\n"

static struct cdat_table *table_of(const char *text)
{
	const struct cdat_rules rules = {
		.initial = true, .default_port = 9173, .max_nodes = CDAT_NODE_MAX};
	char err[CONF_ERROR_LEN] = "";
	struct conf *c = conf_parse("f", text, strlen(text), CONF_SERVICER, err, sizeof(err));
	struct cdat_table *empty = cdat_table_new(0), *table;
	struct cdat_outcome outcome = {0};

	assert_string_equal(err, "");
	table = cdat_table_apply(empty, c->ops, c->nops, &rules, (struct cdat_stamp){1, 0, 0},
				 &outcome);
	assert_string_equal(outcome.text, "");
	assert_non_null(table);
	cdat_table_free(empty);
	conf_free(c);
	return table;
}

static const struct {
	const char *text, *first;
	size_t n;
} others[] = {
	{HEAD NODES ROLES ROUTES, "", 0},
	{HEAD NODES ROLES ROUTES "  parameters: {heartbeat-ms: 300}\n", "the parameters", 1},
	{HEAD "  nodes:\n    - {name: a, adapters: [{address: 9.1.1.1/24}, {address: "
	      "9.2.1.1/24}]}\n    - {name: b, adapters: [{address: 9.1.1.2/24, mtu: "
	      "1401}]}\n" ROLES ROUTES,
	 "node b", 1},
	{HEAD "  nodes:\n    - {name: a, adapters: [{address: 9.1.1.1/24}]}\n"
	      "    - {name: b, adapters: [{address: 9.1.1.3/24, mtu: 1400}]}\n" ROLES ROUTES,
	 "node a", 2},
	{HEAD NODES "    - {name: z, adapters: [{address: 9.1.1.9/24}]}\n" ROLES ROUTES, "node z",
	 1},
	{HEAD NODES "  roles: [{name: r, candidates: [b, a]}]\n" ROUTES, "role r", 1},
	{HEAD NODES ROUTES, "role r", 1},
	{HEAD NODES ROLES, "route to 9.3.1.0", 1},
	{HEAD NODES ROLES "  routes: [{node: b, subnet: 9.3.1.0/24, via: 9.1.1.254}]\n",
	 "route to 9.3.1.0", 1},
};

static void test_compare(void **state)
{
	struct cdat_table *ours = table_of(HEAD NODES ROLES ROUTES);

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		struct cdat_table *theirs = table_of(others[i].text);
		char first[100], back[100];

		assert_int_equal(compare_tables(ours, theirs, first, sizeof(first)), others[i].n);
		assert_string_equal(first, others[i].first);
		assert_int_equal(compare_tables(theirs, ours, back, sizeof(back)), others[i].n);
		cdat_table_free(theirs);
	}
	cdat_table_free(ours);
}

/* What only the whole table shows has its place too. */
static const struct {
	const char *text, *error;
} wrong[] = {
	{HEAD "  nodes:\n    - {name: a, adapters: [{address: 9.1.1.255/24}]}\n",
	 "f:5:38: a/1 address 9.1.1.255: the broadcast address of its own prefix /24; write "
	 "another "
	 "value or take it out"},
	{HEAD "  nodes:\n    - {name: a, adapters: [{address: 127.0.0.1/8}]}\n",
	 "f:5:38: node 1/1 address 127.0.0.1: a loopback address; write another value or take it "
	 "out"},
	{HEAD "  nodes:\n    - {name: a, adapters: [{address: 9.1.1.1, admin: down}]}\n",
	 "f:5:54: a/1: the last usable address of an active node; write another value or take it "
	 "out"},
};

static void test_rules(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		char err[CONF_ERROR_LEN] = "";
		struct conf *c = conf_parse("f", wrong[i].text, strlen(wrong[i].text),
					    CONF_SERVICER, err, sizeof(err));

		assert_non_null(c);
		assert_false(loop_check_table(c, err, sizeof(err)));
		conf_free(c);
		assert_string_equal(err, wrong[i].error);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_escape),		 cmocka_unit_test(s12_rate_of_the_log),
		cmocka_unit_test(test_level_and_tokens), cmocka_unit_test(s12_line_of_the_log),
		cmocka_unit_test(test_compare),		 cmocka_unit_test(test_rules),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
