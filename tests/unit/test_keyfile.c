/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The key file: who may read it, each error word by word, and that no error shows a key
 * (S6 of the security requirements).
 */
#include "config.h"

#include <sodium.h>

#include "daemon/keyfile.h"
#include "daemon/keysave.h"
#include "daemon_fixture.h"

#define KEY1 "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define KEY2 "ff0102030405060708090A0B0C0D0E0F101112131415161718191a1b1c1d1e1f"
#define REMEDY                                                                                     \
	"write a line such as \"1 HEX\" with 64 hexadecimal digits, as from cdatctl key generate " \
	"FILE"

static struct conf conf = {.file = (char *)"cdat.yaml", .sealed = true, .key_place = {3, 11}};

static bool load(struct cdat_keyring *ring, const char *path, char *err)
{
	err[0] = '\0';
	conf.key_file = (char *)(uintptr_t)path;
	return keyfile_load(&conf, ring, err, CONF_ERROR_LEN);
}

static void test_good(void **state)
{
	static const char text[] = "# keys\n\n1 " KEY1 "\n  2\t" KEY2 " use # now\n";
	static const char plain[] = "7 " KEY1;
	struct cdat_keyring *ring = cdat_keyring_new("c");
	char err[CONF_ERROR_LEN];

	(void)state;
	assert_true(load(ring, fixture_write("key", text, strlen(text), 0600), err));
	assert_true(cdat_keyring_has(ring, 1));
	assert_true(cdat_keyring_has(ring, 2));
	assert_int_equal(cdat_keyring_current(ring), 2);
	/* Read again: what the file does not have any more goes. */
	assert_true(load(ring, fixture_write("key", plain, strlen(plain), 0400), err));
	assert_false(cdat_keyring_has(ring, 1));
	assert_false(cdat_keyring_has(ring, 2));
	assert_int_equal(cdat_keyring_current(ring), 7);
	cdat_keyring_free(ring);
}

static const struct {
	const char *text, *error;
} bad[] = {
	{"", "1:1: there is no key in it; " REMEDY},
	{"# only words\n", "1:1: there is no key in it; " REMEDY},
	{"\nx " KEY1 "\n", "2:1: the number of the key is not 1 to 255; " REMEDY},
	{"0 " KEY1 "\n", "1:1: the number of the key is not 1 to 255; " REMEDY},
	{"256 " KEY1 "\n", "1:1: the number of the key is not 1 to 255; " REMEDY},
	{"1 0011\n", "1:3: the key is not 64 hexadecimal digits; " REMEDY},
	{"1 " KEY1 "00\n", "1:3: the key is not 64 hexadecimal digits; " REMEDY},
	{"1 " KEY1 " used\n", "1:68: something follows the key; end the line there, or write use"},
	{"1 " KEY1 "\n1 " KEY2 "\n", "2:1: this number has a key already; keep one of the lines"},
	{"1 " KEY1 " use\n2 " KEY2 " use\n",
	 "2:1: another key is marked use already; keep one of the lines"},
	{"1 " KEY1 "\n2 " KEY1 "\n3 " KEY1 "\n4 " KEY1 "\n5 " KEY1 "\n6 " KEY1 "\n7 " KEY1
	 "\n8 " KEY1 "\n9 " KEY1 "\n",
	 "9:1: there are more than 8 keys; take out those not in use"},
};

static void test_errors(void **state)
{
	struct cdat_keyring *ring = cdat_keyring_new("c");
	char err[CONF_ERROR_LEN], expected[CONF_ERROR_LEN];

	(void)state;
	assert_true(load(ring, fixture_write("key", "3 " KEY1, 66, 0600), err));
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		const char *path = fixture_write("key", bad[i].text, strlen(bad[i].text), 0600);

		snprintf(expected, sizeof(expected), "%s:%s", path, bad[i].error);
		assert_false(load(ring, path, err));
		assert_string_equal(err, expected);
		assert_null(strstr(err, "0001020304"));
		/* What was in force stays so. */
		assert_int_equal(cdat_keyring_current(ring), 3);
		assert_false(cdat_keyring_has(ring, 1));
	}
	cdat_keyring_free(ring);
}

static void refuses(const char *path, const char *what)
{
	struct cdat_keyring *ring = cdat_keyring_new("c");
	char err[CONF_ERROR_LEN], expected[CONF_ERROR_LEN];

	snprintf(expected, sizeof(expected), "cdat.yaml:3:11: key file %s %s", path, what);
	assert_false(load(ring, path, err));
	assert_string_equal(err, expected);
	assert_false(cdat_keyring_has(ring, 1));
	cdat_keyring_free(ring);
}

static void s06_who_can_read(void **state)
{
	static const mode_t modes[] = {0640, 0604, 0620, 0602, 0610, 0601};
	char what[120];

	(void)state;
	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		snprintf(what, sizeof(what),
			 "can be read or written by others (mode %04o); chmod 0600 it",
			 (unsigned)modes[i]);
		refuses(fixture_write("key", "1 " KEY1, 66, modes[i]), what);
	}
}

static void s06_link_and_others(void **state)
{
	const char *link = fixture_path("link"), *path;

	(void)state;
	path = fixture_write("key", "1 " KEY1, 66, 0600);
	assert_int_equal(symlink(path, link), 0);
	refuses(link, "is a link; name the file itself");
	refuses(fixture_path("none"),
		"No such file or directory; name a file that the user of cdatd may read");
	refuses(fixture_dir, "is no regular file; name the file itself");
	if (geteuid() != 0)
		skip();
	assert_int_equal(chown(path, 12345, (gid_t)-1), 0);
	refuses(path, "belongs to another user; chown it to root or the user of cdatd");
}

static void test_none(void **state)
{
	struct conf open = {.file = (char *)"cdat.yaml", .sealed = false};
	struct cdat_keyring *ring = cdat_keyring_new("c");
	char err[CONF_ERROR_LEN];

	(void)state;
	assert_true(keyfile_load(&open, ring, err, sizeof(err)));
	assert_int_equal(cdat_keyring_current(ring), 0);
	cdat_keyring_free(ring);
}

/* What a rotation writes is what a restart reads. */
static void test_save(void **state)
{
	static const char text[] = "# first\n7 " KEY1 " use\n  # second\n8 " KEY2 "\n";
	struct cdat_keyring *ring = cdat_keyring_new("c"), *again = cdat_keyring_new("c");
	const char *path = fixture_write("key", text, strlen(text), 0600);
	char err[CONF_ERROR_LEN] = "", *after;
	struct stat st;
	size_t len;

	(void)state;
	assert_true(load(ring, path, err));
	assert_true(cdat_keyring_use(ring, 8));
	assert_true(keyfile_save(path, ring, err, sizeof(err)));
	after = fixture_read(path, &len);
	assert_int_equal(len, strlen(text));
	assert_memory_equal(after, "# first\n  # second\n7 " KEY1 "\n8 ff01", 18 + 67 + 6);
	assert_memory_equal(after + len - 5, " use\n", 5);
	free(after);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_true(load(again, path, err));
	assert_int_equal(cdat_keyring_current(again), 8);
	assert_true(cdat_keyring_fingerprint(again, 7) == cdat_keyring_fingerprint(ring, 7));
	assert_false(keyfile_save("/nowhere/key", ring, err, sizeof(err)));
	assert_string_equal(err, "key file /nowhere/key: No such file or directory; let the user of "
				 "cdatd write into its directory");
	cdat_keyring_free(ring);
	cdat_keyring_free(again);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(s06_who_can_read),
		cmocka_unit_test(s06_link_and_others),
		cmocka_unit_test(test_save),
		cmocka_unit_test(test_none),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
