/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The state file: what is written is read; a torn, altered or foreign file is refused
 * with its remedy and stays as it is; nothing is left behind; a slow store keeps order.
 */
#include "config.h"

#include <dirent.h>
#include <sodium.h>

#include "daemon/conf.h"
#include "daemon/state.h"
#include "daemon/store.h"
#include "daemon_fixture.h"

static const uint8_t content[] = {1, 2, 3, 0, 255, 6, 7};
static const struct state_image image = {
	.cluster = "north", .incarnation = 41, .core = {content, sizeof(content)}};

static void write_image(void)
{
	char err[CONF_ERROR_LEN] = "";

	assert_true(state_write(fixture_dir, &image, err, sizeof(err)));
	assert_string_equal(err, "");
}

static unsigned files_in_dir(void)
{
	DIR *d = opendir(fixture_dir);
	unsigned n = 0;

	assert_non_null(d);
	for (struct dirent *e = readdir(d); e != NULL; e = readdir(d))
		n += e->d_name[0] != '.' || strlen(e->d_name) > 2;
	closedir(d);
	return n;
}

static void test_round_trip(void **state)
{
	char err[CONF_ERROR_LEN] = "";
	struct state_image read;
	struct stat st;
	uint8_t *buf;

	(void)state;
	assert_int_equal(state_read(fixture_dir, "north", &read, &buf, err, sizeof(err)), 1);
	write_image();
	write_image();
	assert_int_equal(state_read(fixture_dir, "north", &read, &buf, err, sizeof(err)), 0);
	assert_string_equal(read.cluster, "north");
	assert_int_equal(read.incarnation, 41);
	assert_int_equal(read.core.len, sizeof(content));
	assert_memory_equal(read.core.data, content, sizeof(content));
	free(buf);
	assert_int_equal(stat(fixture_path(STATE_FILE), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(files_in_dir(), 1);
}

/* Puts octets in place of the state and expects a refusal that leaves them there. */
static void refused(const void *data, size_t len, const char *cluster, const char *what)
{
	const char *path = fixture_write(STATE_FILE, data, len, 0600);
	char err[CONF_ERROR_LEN] = "", expected[CONF_ERROR_LEN], *after;
	struct state_image read;
	uint8_t *buf = NULL;
	size_t n = 0;

	snprintf(expected, sizeof(expected),
		 "state file %s: %s; move it away to start without it, or put the right one back",
		 path, what);
	assert_int_equal(state_read(fixture_dir, cluster, &read, &buf, err, sizeof(err)), -1);
	assert_string_equal(err, expected);
	assert_null(buf);
	after = fixture_read(path, &n);
	assert_int_equal(n, len);
	if (len > 0)
		assert_memory_equal(after, data, len);
	free(after);
}

static void test_torn_and_altered(void **state)
{
	size_t len, junk_len = 30;
	uint8_t *file = state_encode(&image, &len);

	(void)state;
	assert_non_null(file);
	for (size_t cut = 8; cut < len; cut++)
		refused(file, cut, "north", "it is torn");
	for (size_t bit = 0; bit < 8 * len; bit++) {
		const char *what = bit < 64   ? "it is no state file of cdatd"
				   : bit < 96 && bit != 88 ? "it was written by a newer version of cdatd, which can "
						"read it"
					      : "it is torn";

		file[bit / 8] ^= (uint8_t)(1u << (bit % 8));
		refused(file, len, "north", what);
		file[bit / 8] ^= (uint8_t)(1u << (bit % 8));
	}
	refused("", 0, "north", "it is no state file of cdatd");
	refused("something of another program, long enough", junk_len, "north",
		"it is no state file of cdatd");
	refused(file, len, "south", "it is of the cluster \"north\", not \"south\"");
	free(file);
}

/* A digest over nonsense is still nonsense. */
static void test_bad_body(void **state)
{
	crypto_generichash_state st;
	size_t len;
	uint8_t *file = state_encode(&image, &len);

	(void)state;
	assert_non_null(file);
	file[48] ^= 0x55;
	crypto_generichash_init(&st, NULL, 0, 32);
	crypto_generichash_update(&st, file, 16);
	crypto_generichash_update(&st, file + 48, len - 48);
	crypto_generichash_final(&st, file + 16, 32);
	refused(file, len, "north", "its content cannot be read");
	free(file);
}

static void s19_link(void **state)
{
	char err[CONF_ERROR_LEN] = "", expected[CONF_ERROR_LEN];
	const char *path = fixture_path(STATE_FILE);
	struct state_image read;
	uint8_t *buf;

	(void)state;
	remove(path);
	assert_int_equal(symlink("/etc/passwd", path), 0);
	assert_int_equal(state_read(fixture_dir, "north", &read, &buf, err, sizeof(err)), -1);
	snprintf(expected, sizeof(expected),
		 "state file %s: it is a link; put the file itself there", path);
	assert_string_equal(err, expected);
	remove(path);
}

static void test_unwritable(void **state)
{
	char err[CONF_ERROR_LEN] = "";

	(void)state;
	assert_false(state_write("/nowhere", &image, err, sizeof(err)));
	assert_string_equal(err, "state file /nowhere/" STATE_FILE ": No such file or directory; "
				 "let the user of cdatd write into the directory");
}

/* ---- the thread ---- */

struct told {
	uint64_t ticket[8];
	bool ok[8];
	unsigned n, want;
	struct ev_loop *loop;
};

static void on_done(void *ctx, uint64_t ticket, bool ok)
{
	struct told *t = ctx;

	assert_in_range(t->n, 0, 7);
	t->ticket[t->n] = ticket;
	t->ok[t->n++] = ok;
	if (t->n == t->want)
		ev_break(t->loop, EVBREAK_ALL);
}

/* All tickets are told in order; the newest state is what lies there. */
static void run_store(const char *dir, bool ok)
{
	struct told told = {.want = 4, .loop = ev_loop_new(0)};
	struct store *s = store_new(told.loop, dir, "north", 42, on_done, &told);

	assert_non_null(s);
	ev_ref(told.loop);
	for (uint8_t i = 1; i <= 4; i++) {
		uint8_t *one = malloc(1);

		assert_non_null(one);
		*one = i;
		store_put(s, one, 1, 100u + i);
	}
	ev_run(told.loop, 0);
	ev_unref(told.loop);
	store_free(s);
	ev_loop_destroy(told.loop);
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(told.ticket[i], 101 + i);
		assert_int_equal(told.ok[i], ok);
	}
}

static void test_store(void **state)
{
	char err[CONF_ERROR_LEN] = "";
	struct state_image read;
	uint8_t *buf;

	(void)state;
	remove(fixture_path(STATE_FILE));
	run_store(fixture_dir, true);
	assert_int_equal(state_read(fixture_dir, "north", &read, &buf, err, sizeof(err)), 0);
	assert_int_equal(read.incarnation, 42);
	assert_int_equal(read.core.len, 1);
	assert_int_equal(read.core.data[0], 4);
	free(buf);
	run_store("/nowhere", false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip), cmocka_unit_test(test_torn_and_altered),
		cmocka_unit_test(test_bad_body),   cmocka_unit_test(s19_link),
		cmocka_unit_test(test_unwritable), cmocka_unit_test(test_store),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
