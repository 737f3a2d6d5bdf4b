/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * notify.yaml: each error word by word with its place, what a good file gives, and the files
 * that it names.
 */
#include "config.h"

#include <sodium.h>

#include "daemon_fixture.h"
#include "notify/conf.h"
#include "notify/secret.h"

#define WEB	"sinks:\n  - name: w\n    type: webhook\n    url: https://h/p\n"
#define EXEC	"sinks:\n  - name: x\n    type: exec\n"

static const struct {
	const char *text, *error;
} bad[] = {
	{ "", "f:1:1: the file is empty; write at least sinks: [{name: NAME, type: webhook, url: "
	      "...}]" },
	{ "log: notice\n", "f:1:1: the file has no \"sinks\"; write sinks: [{name: NAME, type: "
			   "webhook, url: ...}]" },
	{ "sinks: []\n", "f:1:8: the list \"sinks\" is empty; write sinks: [{name: NAME, type: "
			 "webhook, url: ...}]" },
	{ "sinks: [x]\n", "f:1:9: a sink is not written as keys with values; write name: ... for it" },
	{ "sinks: [{name: w}]\n", "f:1:9: a sink has no \"type\"; write type: webhook" },
	{ "sinks: [{type: mail}]\n", "f:1:16: type \"mail\" is not known; write webhook, icinga2, "
				     "alertmanager or exec" },
	{ "sinks: [{type: [a]}]\n", "f:1:16: \"type\" takes one value; write type: webhook" },
	{ "sinks: [{type: webhook, url: \"http://h\"}]\n",
	  "f:1:9: a sink has no \"name\"; write name: NAME" },
	{ "sinks: [{type: webhook, name: w}]\n",
	  "f:1:9: a sink has no \"url\"; write url: https://monitor.example/path" },
	{ "sinks: [{type: exec, name: w}]\n", "f:1:9: an exec sink has no \"command\"; write command: "
					      "[/usr/local/bin/hook, argument]" },
	{ "sinks: [{type: webhook, name: ../w, url: \"http://h\"}]\n",
	  "f:1:31: name \"../w\" is no name; write 1 to 63 letters, digits, '-', '_' or '.', the "
	  "first a letter or digit" },
	{ WEB "  - {name: w, type: webhook, url: \"http://h\"}\n",
	  "f:5:5: name w is used already, on line 2; give each sink its own name" },
	{ WEB "    urll: x\n", "f:5:5: unknown key \"urll\" in a sink; write \"url\"" },
	{ WEB "    command: [/x]\n",
	  "f:5:5: unknown key \"command\" in a sink; the keys are name, type, kinds, severity, nodes, "
	  "queue-events, queue-size, retry-min, retry-max, attempts, timeout, url, username, "
	  "password-file, bearer-file, ca-file, cert-file, key-file, hmac-file" },
	{ WEB "    kinds: [nodeDown]\n", "f:5:13: \"nodeDown\" is no kind of event; write one as "
					 "nodeUnreachable or adapterDown, see notify.yaml(5)" },
	{ WEB "    kinds: []\n", "f:5:12: the list \"kinds\" is empty; write kinds: [nodeUnreachable, "
				 "nodeReachable]" },
	{ WEB "    severity: cleared\n", "f:5:15: severity \"cleared\" is not known; write warning, "
					 "minor, major or critical" },
	{ WEB "    severity: bad\n", "f:5:15: severity \"bad\" is not known; write warning, minor, "
				     "major or critical" },
	{ WEB "    nodes: a\n", "f:5:12: \"nodes\" takes a list; write nodes: [nodeA, nodeB]" },
	{ WEB "    queue-events: 0\n", "f:5:19: queue-events \"0\" is not a number of 1 to 100000; "
				       "write queue-events: 10000" },
	{ WEB "    queue-size: 100\n", "f:5:17: queue-size \"100\" is not a number of 65536 to "
				       "536870912; write queue-size: 16777216" },
	{ WEB "    timeout: 900\n", "f:5:14: timeout \"900\" is not a number of 1 to 300; write "
				    "timeout: 10" },
	{ WEB "    retry-min: 9\n    retry-max: 3\n", "f:2:5: sink w has a retry-max below its "
						      "retry-min; write a larger one" },
	{ WEB "    hmac-file: hmac\n", "f:5:16: hmac-file \"hmac\" does not begin with '/'; write the "
				       "whole path, as /etc/cdat/hmac" },
	{ WEB "    username: u\n", "f:2:5: sink w has only one of username and password-file; write "
				   "both" },
	{ WEB "    username: u:v\n    password-file: /p\n",
	  "f:5:15: username has a ':' in it; write one without" },
	{ WEB "    username: \"u\\nX-Evil: 1\"\n    password-file: /p\n",
	  "f:5:15: username has a control character in it; write username: NAME" },
	{ WEB "    username: u\n    password-file: /p\n    bearer-file: /b\n",
	  "f:2:5: sink w has a password and a bearer-file; take one of them out" },
	{ WEB "    cert-file: /c\n", "f:2:5: sink w has only one of cert-file and key-file; write "
				     "both" },
	{ "sinks: [{name: w, type: webhook, url: \"ftp://h/\"}]\n",
	  "f:1:39: url is no http or https address; write one as https://monitor.example:443/path" },
	{ "sinks: [{name: w, type: webhook, url: \"file:///etc/passwd\"}]\n",
	  "f:1:39: url is no http or https address; write one as https://monitor.example:443/path" },
	{ "sinks: [{name: w, type: webhook, url: \"https://h/a b\"}]\n",
	  "f:1:39: url is no http or https address; write one as https://monitor.example:443/path" },
	{ "sinks: [{name: w, type: webhook, url: \"https://u:secret@h/\"}]\n",
	  "f:1:39: url holds a user or password, which would show in listings; take it out and "
	  "write username and password-file" },
	{ "sinks: [{name: w, type: webhook, url: \"http://h/\", bearer-file: /b}]\n",
	  "f:1:39: credentials would go in clear by http; write https://, or take them out" },
	{ EXEC "    command: [hook]\n",
	  "f:4:14: command \"hook\" does not begin with '/'; write the whole path of the program, as "
	  "[/usr/local/bin/hook, argument]" },
	{ EXEC "    command: []\n", "f:4:14: the list \"command\" is empty; write command: "
				    "[/usr/local/bin/hook, argument]" },
	{ "sinks: [{name: i, type: icinga2, url: \"https://h\", service: \"\"}]\n",
	  "f:1:61: \"service\" has no value; write service: \"cdat {class}\"" },
	{ "log: loud\n" WEB, "f:1:6: log \"loud\" is no level; write error, warning, notice, info or "
			     "debug" },
	{ "max-age: 0\n" WEB, "f:1:10: max-age \"0\" is not a number of 1 to 604800; write max-age: "
			      "3600" },
};

static void test_errors(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		char err[CONF_ERROR_LEN] = "";
		struct notify_conf *c = notify_conf_parse("f", bad[i].text, strlen(bad[i].text), err,
							  sizeof(err));

		assert_string_equal(err, bad[i].error);
		assert_null(c);
	}
}

static void test_too_many(void **state)
{
	char text[2048] = "sinks:\n", err[CONF_ERROR_LEN] = "";

	(void)state;
	for (int i = 0; i <= SINKS_MAX; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			 "  - {name: w%d, type: webhook, url: \"http://h\"}\n", i);
	assert_null(notify_conf_parse("f", text, strlen(text), err, sizeof(err)));
	assert_string_equal(err, "f:2:3: there are more than 16 sinks; take some out");
}

static const char whole[] =
	"socket: /run/s\nstate-dir: /var/x\nlog: debug\nmax-age: 60\n"
	"sinks:\n"
	"  - {name: w, type: webhook, url: \"https://h:8443/p\", hmac-file: /h, username: u,\n"
	"     password-file: /p, kinds: [nodeUnreachable, nodeReachable], severity: major,\n"
	"     nodes: [a, b], queue-events: 5, queue-size: 70000, retry-min: 2, retry-max: 3,\n"
	"     attempts: 4, timeout: 6, ca-file: /ca, cert-file: /c, key-file: /k}\n"
	"  - {name: i, type: icinga2, url: \"https://h:5665\", service: none, node-host: \"{node}.x\"}\n"
	"  - {name: a, type: alertmanager, url: \"http://127.0.0.1:9093\", bearer-file: /b, resend: 9}\n"
	"  - {name: x, type: exec, command: [/bin/true, -x, \"a b\"]}\n";

static void test_whole(void **state)
{
	char err[CONF_ERROR_LEN] = "";
	struct notify_conf *c = notify_conf_parse("f", whole, strlen(whole), err, sizeof(err));
	const struct sink_conf *s;

	(void)state;
	assert_string_equal(err, "");
	assert_non_null(c);
	assert_string_equal(c->socket, "/run/s");
	assert_string_equal(notify_state_dir(c), "/var/x");
	assert_int_equal(c->max_age_s, 60);
	assert_int_equal(c->nsinks, 4);
	s = &c->sinks[0];
	assert_int_equal(s->type, SINK_WEBHOOK);
	assert_int_equal(s->kinds, 1 << CDAT_EV_NODE_UNREACHABLE | 1 << CDAT_EV_NODE_REACHABLE);
	assert_int_equal(s->severity, CDAT_SEV_MAJOR);
	assert_string_equal(s->nodes[1], "b");
	assert_null(s->nodes[2]);
	assert_int_equal(s->queue_events, 5);
	assert_int_equal(s->queue_octets, 70000);
	assert_int_equal(s->attempts, 4);
	assert_int_equal(s->timeout_s, 6);
	assert_string_equal(s->password.path, "/p");
	assert_int_equal(s->password.place.line, 7);
	assert_int_equal(s->password.place.column, 21);
	s = &c->sinks[1];
	assert_string_equal(s->service, "none");
	assert_int_equal(s->timeout_s, 10);
	assert_int_equal(s->attempts, 0);
	assert_int_equal(s->retry_max_s, 300);
	assert_int_equal(c->sinks[2].resend_s, 9);
	s = &c->sinks[3];
	assert_string_equal(s->command[2], "a b");
	assert_null(s->command[3]);
	assert_int_equal(s->attempts, 3);
	assert_int_equal(s->timeout_s, 30);
	notify_conf_free(c);
}

/* ---- files ---- */

static void test_secret(void **state)
{
	static const struct { const char *text; unsigned mode; const char *error; } files[] = {
		{ "tok\n", 0640, "it can be read or written by others; chmod 0600 it" },
		{ "tok\n", 0602, "it can be read or written by others; chmod 0600 it" },
		{ "\n", 0600, "it is empty; write the secret into it" },
		{ "a\nb\n", 0600, "it has several lines, or a NUL; write the secret alone into it, on one "
				  "line" },
	};
	struct secret secret;
	char err[400], expected[400], link[128];
	const char *path;

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		path = fixture_write("s", files[i].text, strlen(files[i].text), files[i].mode);
		assert_false(secret_read(path, &secret, err, sizeof(err)));
		snprintf(expected, sizeof(expected), "%s: %s", path, files[i].error);
		assert_string_equal(err, expected);
	}
	path = fixture_write("s", "s3cret\r\n", 8, 0400);
	assert_true(secret_read(path, &secret, err, sizeof(err)));
	assert_string_equal(secret.text, "s3cret");
	secret_wipe(&secret);
	assert_int_equal(secret.text[0], 0);
	snprintf(link, sizeof(link), "%s/link", fixture_dir);
	assert_int_equal(symlink(path, link), 0);
	assert_false(secret_read(link, &secret, err, sizeof(err)));
	snprintf(expected, sizeof(expected), "%s: it is a link; name the file itself", link);
	assert_string_equal(err, expected);
	assert_false(secret_check(fixture_dir, err, sizeof(err)));
	snprintf(expected, sizeof(expected), "%s: it is no regular file; name the file itself",
		 fixture_dir);
	assert_string_equal(err, expected);
	assert_false(secret_check("/nowhere", err, sizeof(err)));
	assert_string_equal(err, "/nowhere: No such file or directory; name a file that the user of "
			    "cdat-notify may read");
}

static void check_files(const char *text, const char *expected)
{
	char err[CONF_ERROR_LEN] = "";
	struct notify_conf *c = notify_conf_parse("f", text, strlen(text), err, sizeof(err));

	assert_string_equal(err, "");
	assert_int_equal(notify_conf_check_files(c, err, sizeof(err)), expected == NULL);
	assert_string_equal(err, expected != NULL ? expected : "");
	notify_conf_free(c);
}

static void test_named_files(void **state)
{
	const char *open = fixture_write("open", "x\n", 2, 0666);
	char text[600], expected[600];

	(void)state;
	snprintf(text, sizeof(text), WEB "    bearer-file: %s\n", open);
	snprintf(expected, sizeof(expected), "f:5:18: %s: it can be read or written by others; chmod "
		 "0600 it", open);
	check_files(text, expected);
	snprintf(text, sizeof(text), WEB "    cert-file: /c\n    key-file: %s\n", open);
	snprintf(expected, sizeof(expected), "f:6:15: %s: it can be read or written by others; chmod "
		 "0600 it", open);
	check_files(text, expected);
	check_files(WEB "    ca-file: /nowhere/ca\n", "f:5:14: /nowhere/ca: No such file or directory; "
		    "name a file that the user of cdat-notify may read");
	check_files(EXEC "    command: [/nowhere/hook]\n", "f:2:5: sink x: /nowhere/hook: No such file or "
		    "directory; name a program that the user of cdat-notify may run");
	check_files(EXEC "    command: [/tmp]\n", "f:2:5: sink x: /tmp is no regular file; name the "
		    "program itself");
	snprintf(text, sizeof(text), EXEC "    command: [%s]\n",
		 fixture_write("hook", "#!/bin/sh\n", 10, 0777));
	snprintf(expected, sizeof(expected), "f:2:5: sink x: %s/hook can be written by everyone; chmod "
		 "o-w it", fixture_dir);
	check_files(text, expected);
	check_files(EXEC "    command: [/bin/sh]\n", NULL);
}

static int setup(void **state)
{
	return sodium_init() < 0 || fixture_setup(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_whole),
		cmocka_unit_test_setup_teardown(test_secret, setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_named_files, setup, fixture_teardown),
	};

	umask(0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
