/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cdatctl: messages and keys.
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
#include <jansson.h>

#include "cli/cli.h"
#include "cli/stream.h"
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

static const char *text(const json_t *object, const char *key)
{
	const char *t = json_string_value(json_object_get(object, key));

	return t ? t : "(no text)";
}

static void write_file(const char *path, const char *text_)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text_, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

/* ---- messages -------------------------------------------------------------------------------- */

static void test_send(void **state)
{
	(void)state;
	run("send nodeB hello", 0);
	assert_string_equal(c.text, "hello");
	assert_int_equal(c.sent.node, 2);
	assert_string_equal(out, "");
	run("send --all hello", 0);
	assert_true(c.sent.all);
	run("send nodeB nodeA hello", 0);
	assert_int_equal(c.sent.nnodes, 2);
	assert_int_equal(c.sent.nodes[1], 1);
	c.sends = 0;
	run("send nodeB --count 20 --size 100 --rate 5000/s", 0);
	assert_int_equal(c.sends, 20);
	assert_int_equal(c.sent.data.len, 100);
	assert_non_null(strstr(out, "sent 20, delivered 20, given up 0, in "));
	c.send_error = CDAT_SEND_NOT_MEMBER;
	run("send nodeB --count 20", CLI_UNAVAILABLE);
	assert_string_equal(err, "cdatctl: message 1: destination is not a member now\n");
}

static void test_listen(void **state)
{
	static const char bad[] = "a\x1b[1mb\n";
	/* static: the servicer may still be sending them when the test is over */
	static const struct cdat_c_message messages[] = {
		{ .from = 2, .data = { (const uint8_t *)"hello\n", 6 } },
		{ .from = 3, .ordered = true, .order = 9, .epoch = 5,
		  .data = { (const uint8_t *)bad, sizeof(bad) - 1 } },
		{ .from = 9, .data = { (const uint8_t *)"\xff", 1 } },
	};
	json_t *o;

	(void)state;
	c.messages = messages;
	c.nmessages = 3;
	run("listen --count 3", 0);
	assert_string_equal(out, "nodeB: hello\nnodeC: a\\x1b[1mb\n#9: \\xff\n");
	assert_string_equal(err, "listening on nodeA; ^C ends\n");
	run("listen --count 1 --json", 0);
	o = json_loads(out, 0, NULL);
	assert_string_equal(text(o, "schema"), "cdat/1");
	assert_string_equal(text(o, "from_name"), "nodeB");
	assert_string_equal(text(o, "text"), "hello\n");
	json_decref(o);
}

static void test_listen_stats(void **state)
{
	static const unsigned order[] = { 1, 2, 4, 3, 3, 6 };
	struct cdat_c_message messages[7];
	char data[7][CLI_STREAM_MIN];
	size_t i;

	(void)state;
	for (i = 0; i < 6; i++) {
		cli_stream_write(data[i], sizeof(data[i]), 0xabc, order[i], 10);
		messages[i] = (struct cdat_c_message){
			.from = 2, .data = { (const uint8_t *)data[i], sizeof(data[i]) } };
	}
	messages[6] = (struct cdat_c_message){ .from = 2, .data = { (const uint8_t *)"x", 1 } };
	c.messages = messages;
	c.nmessages = 7;
	run("listen --count 7 --stats", 0);
	assert_non_null(strstr(out, "from nodeB: received 5 of 10, lost 1, duplicates 1, out of order 1, "
			       "longest gap "));
	assert_non_null(strstr(out, "and 1 without numbers\n"));
	run("listen --count 7 --stats --json", 0);
	assert_non_null(strstr(out, "\"out_of_order\": 1"));
}

static void test_stream(void **state)
{
	struct cli_streams s = { 0 };
	char data[CLI_STREAM_MIN];
	uint64_t i;

	(void)state;
	for (i = 1; i <= 100000; i++) {
		cli_stream_write(data, sizeof(data), 7, i, 100000);
		assert_true(cli_streams_take(&s, 2, data, sizeof(data), (int64_t)i * 1000000 +
					     (i > 500 ? 40000000 : 0)));
	}
	assert_int_equal(s.n, 1);
	assert_int_equal(s.list[0]->received, 100000);
	assert_int_equal(cli_stream_lost(s.list[0]), 0);
	assert_int_equal(s.list[0]->gap_ns, 41000000);
	assert_false(cli_streams_take(&s, 2, "hello", 5, 0));
	assert_false(cli_streams_take(&s, 2, "", 0, 0));
	cli_stream_write(data, sizeof(data), 7, 11, 10);	/* beyond its total */
	assert_false(cli_streams_take(&s, 2, data, sizeof(data), 0));
	cli_stream_write(data, sizeof(data), 8, 1, 10);		/* another run */
	assert_true(cli_streams_take(&s, 2, data, sizeof(data), 0));
	assert_int_equal(s.n, 2);
	cli_streams_free(&s);
}

/* ---- keys ------------------------------------------------------------------------------ */

static void test_keys(void **state)
{
	char dir[] = "/tmp/cdat-unit-XXXXXX", file[64], words[128], line[128], want[128];
	struct stat st;
	mode_t mask;
	unsigned id;
	char hex[65];
	FILE *f;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(file, sizeof(file), "%s/key", dir);
	snprintf(words, sizeof(words), "key generate %s", file);
	mask = umask(0);
	run(words, 0);
	umask(mask);
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_size, 67);
	f = fopen(file, "r");
	assert_non_null(f);
	assert_non_null(fgets(line, sizeof(line), f));
	assert_int_equal(sscanf(line, "%u %64[0-9a-f]", &id, hex), 2);
	assert_int_equal(id, 1);
	assert_int_equal(strlen(hex), 64);
	fclose(f);
	run(words, CLI_CANT_CREATE);
	snprintf(want, sizeof(want), "cdatctl: %s exists; name another file, a key is never "
		 "overwritten\n", file);
	assert_string_equal(err, want);
	snprintf(words, sizeof(words), "key add %s", file);
	run(words, 0);
	assert_int_equal(c.nkeys, 1);
	assert_int_equal(c.keys[0].verb, CDAT_KEY_ADD);
	assert_int_equal(c.keys[0].id, 1);
	snprintf(line, sizeof(line), "%02x%02x", c.keys[0].key[0], c.keys[0].key[31]);
	assert_memory_equal(line, hex, 2);
	assert_memory_equal(line + 2, hex + 62, 2);
	write_file(file, "# comment\n\n1 zz\n");
	run(words, CLI_DATA);
	snprintf(want, sizeof(want), "cdatctl: %s:3: no key; write a number from 1 to 255, a space and 64 "
		 "hexadecimal digits\n", file);
	assert_string_equal(err, want);
	unlink(file);
	rmdir(dir);
}

/* Made by root in the folder of another user, whose servicer is to read it: that user's. */
static void test_key_of_another(void **state)
{
	char dir[] = "/tmp/cdat-unit-XXXXXX", file[64], words[128];
	const uid_t uid = 65534;
	const gid_t gid = 65533;
	struct stat st;

	(void)state;
	if (geteuid() != 0) {
		print_message("only root gives files away\n");
		skip();
	}
	assert_non_null(mkdtemp(dir));
	assert_int_equal(chown(dir, uid, gid), 0);
	snprintf(file, sizeof(file), "%s/key", dir);
	snprintf(words, sizeof(words), "key generate %s", file);
	run(words, 0);
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_uid, uid);
	assert_int_equal(st.st_gid, gid);
	unlink(file);
	/* its own folder: it stays root's */
	assert_int_equal(chown(dir, 0, 0), 0);
	run(words, 0);
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_uid, 0);
	unlink(file);
	rmdir(dir);
}

static void test_key_verbs(void **state)
{
	(void)state;
	run("key status", 0);
	assert_string_equal(out, "KEY IN-USE FINGERPRINT      MEMBERS\n"
			    "  1 yes    000000000000feed       2\n"
			    "NODE                 IN-USE ACCEPTS\n"
			    "nodeA                     1 1, 2\n"
			    "nodeB                     1 1\n"
			    "nodeC                     - away\n");
	snprintf(c.outcome.text, sizeof(c.outcome.text), "key 2 is the only one on 3 nodes");
	run("key rotate", 0);
	assert_int_equal(c.nkeys, 1);
	assert_int_equal(c.keys[0].verb, CDAT_KEY_ROTATE);
	assert_in_range(c.keys[0].timeout_ms, 1, 4999);
	assert_string_equal(out, "key 2 is the only one on 3 nodes\n");
	c.outcome.result = CDAT_RES_MEMBER_TIMEOUT;
	snprintf(c.outcome.text, sizeof(c.outcome.text), "key 2 is not with nodeC yet");
	run("key rotate", CLI_AGAIN);
	assert_string_equal(err, "cdatctl: key 2 is not with nodeC yet\n");
	c.outcome.result = CDAT_RES_COMMITTED;
	run("key use 1", 0);
	run("key remove 2", 0);
	assert_int_equal(c.keys[3].verb, CDAT_KEY_REMOVE);
	assert_int_equal(c.keys[3].id, 2);
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_send), TEST(test_listen), TEST(test_listen_stats), TEST(test_stream),
		TEST(test_keys), TEST(test_key_of_another), TEST(test_key_verbs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
