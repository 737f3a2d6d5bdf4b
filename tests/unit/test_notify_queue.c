/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The queue of a sink on disk: order, cap, crash at any point, torn and foreign files.
 */
#include "config.h"

#include <sodium.h>

#include "daemon_fixture.h"
#include "notify/queue.h"

static struct queue *open_queue(size_t most, size_t octets)
{
	char err[400] = "";
	struct queue *q = queue_open(fixture_dir, "q", most, octets, err, sizeof(err));

	assert_string_equal(err, "");
	assert_non_null(q);
	return q;
}

static const char *path(void)
{
	static char buf[128];

	snprintf(buf, sizeof(buf), "%s/q.queue", fixture_dir);
	return buf;
}

static void push(struct queue *q, unsigned i)
{
	char id[32], text[400];
	int len;

	snprintf(id, sizeof(id), "event-%u", i);
	len = snprintf(text, sizeof(text), "{\"id\":\"%s\",\"pad\":\"%*s\"}", id, (int)(i % 300), "");
	assert_true(queue_push(q, queue_id(id), text, (size_t)len));
}

/* Takes the oldest, which must be that one. */
static void expect(struct queue *q, unsigned i)
{
	char text[QUEUE_TEXT_MAX + 1], head[40];

	assert_true(queue_hold(q, text) > 0);
	snprintf(head, sizeof(head), "{\"id\":\"event-%u\",", i);
	assert_memory_equal(text, head, strlen(head));
	queue_pop(q, false);
}

static struct queue_counts counts(const struct queue *q)
{
	struct queue_counts c;

	queue_count(q, &c);
	return c;
}

static void test_order(void **state)
{
	struct queue *q = open_queue(100000, 1 << 29);
	struct stat st;
	unsigned in = 0, out = 0;

	(void)state;
	/* never empty, so that the file must be written anew, again and again */
	while (in < 5000) {
		for (int i = 0; i < 7; i++)
			push(q, in++);
		for (int i = 0; i < 6; i++)
			expect(q, out++);
		if (in % 1001 == 0) {
			queue_close(q);
			q = open_queue(100000, 1 << 29);
		}
	}
	assert_int_equal(counts(q).waiting, in - out);
	assert_true(queue_has(q, queue_id("event-4999")));
	assert_false(queue_has(q, queue_id("event-3")));
	assert_int_equal(stat(path(), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_true((size_t)st.st_size < 2 * counts(q).octets + 65536);
	while (out < in)
		expect(q, out++);
	assert_int_equal(stat(path(), &st), 0);
	assert_int_equal(st.st_size, 0);
	queue_close(q);
}

static void test_cap(void **state)
{
	struct queue *q = open_queue(10, 1 << 29);
	char text[QUEUE_TEXT_MAX + 1];

	(void)state;
	for (unsigned i = 0; i < 10; i++)
		push(q, i);
	assert_true(queue_hold(q, text) > 0);	/* 0 is being sent: it is spared */
	for (unsigned i = 10; i < 15; i++)
		push(q, i);
	assert_int_equal(counts(q).waiting, 10);
	assert_int_equal(counts(q).dropped, 5);
	assert_int_equal(queue_settled(q), 5);
	queue_release(q);
	expect(q, 0);
	for (unsigned i = 6; i < 15; i++)
		expect(q, i);
	assert_int_equal(counts(q).popped, 10);
	assert_int_equal(queue_settled(q), 15);
	queue_close(q);
}

static void test_cap_of_one(void **state)
{
	struct queue *q = open_queue(1, 1 << 29);
	char text[QUEUE_TEXT_MAX + 1];

	(void)state;
	push(q, 1);
	assert_true(queue_hold(q, text) > 0);
	push(q, 2);
	push(q, 3);
	queue_pop(q, false);
	expect(q, 3);
	assert_int_equal(counts(q).dropped, 1);
	queue_close(q);
}

static void test_octets(void **state)
{
	struct queue *q = open_queue(100000, 65536);

	(void)state;
	for (unsigned i = 0; i < 1000; i++)
		push(q, i);
	assert_true(counts(q).octets <= 65536);
	assert_true(counts(q).octets > 60000);
	assert_int_equal(counts(q).waiting + counts(q).dropped, 1000);
	expect(q, (unsigned)counts(q).dropped);
	queue_close(q);
	q = open_queue(5, 65536);	/* the cap was made smaller: the newest stay */
	assert_int_equal(counts(q).waiting, 5);
	expect(q, 995);
	queue_close(q);
}

/* The file is cut at each octet of its last record, and each octet of it is spoilt. */
static void test_torn(void **state)
{
	uint8_t file[2000];
	size_t len, last;
	FILE *f;

	(void)state;
	struct queue *q = open_queue(100, 65536);
	push(q, 1);
	push(q, 2);
	last = counts(q).octets;
	push(q, 3);
	queue_close(q);
	f = fopen(path(), "rb");
	assert_non_null(f);
	len = fread(file, 1, sizeof(file), f);
	fclose(f);
	assert_true(len > last && len < sizeof(file));
	for (size_t cut = last; cut < len; cut++) {
		fixture_write("q.queue", (const char *)file, cut, 0600);
		q = open_queue(100, 65536);
		assert_int_equal(counts(q).waiting, 2);
		assert_int_equal(counts(q).lost_octets, cut - last);
		push(q, 4);
		queue_close(q);
		q = open_queue(100, 65536);
		expect(q, 1);
		expect(q, 2);
		expect(q, 4);
		queue_close(q);
	}
	for (size_t i = 0; i < last; i++) {
		file[i] ^= 0x10;
		fixture_write("q.queue", (const char *)file, len, 0600);
		file[i] ^= 0x10;
		q = open_queue(100, 65536);
		assert_int_equal(counts(q).waiting, 2);	/* the others are found behind it */
		queue_close(q);
	}
}

static void test_refused(void **state)
{
	char err[400], expected[400], text[QUEUE_TEXT_MAX + 1] = "";
	struct queue *q;

	(void)state;
	memset(text, 'x', QUEUE_TEXT_MAX);
	q = open_queue(10, 65536);
	assert_true(queue_push(q, 1, text, QUEUE_TEXT_MAX));
	assert_false(queue_push(q, 1, text, QUEUE_TEXT_MAX + 1));
	assert_false(queue_push(q, 1, text, 0));
	assert_int_equal(counts(q).failed, 2);
	queue_close(q);

	assert_int_equal(unlink(path()), 0);
	assert_int_equal(symlink("/etc/passwd", path()), 0);
	assert_null(queue_open(fixture_dir, "q", 10, 65536, err, sizeof(err)));
	snprintf(expected, sizeof(expected), "queue %s: it is a link; put the file itself there", path());
	assert_string_equal(err, expected);
	assert_int_equal(unlink(path()), 0);
	assert_int_equal(mkfifo(path(), 0600), 0);
	assert_null(queue_open(fixture_dir, "q", 10, 65536, err, sizeof(err)));
	snprintf(expected, sizeof(expected), "queue %s: it is no queue of cdat-notify; move it away",
		 path());
	assert_string_equal(err, expected);
	assert_null(queue_open("/nowhere", "q", 10, 65536, err, sizeof(err)));
	assert_string_equal(err, "queue /nowhere/q.queue: No such file or directory; let the user of "
			    "cdat-notify write into the directory");
}

static int setup(void **state)
{
	return sodium_init() < 0 || fixture_setup(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, fixture_teardown)
		T(test_order), T(test_cap), T(test_cap_of_one), T(test_octets), T(test_torn),
		T(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
