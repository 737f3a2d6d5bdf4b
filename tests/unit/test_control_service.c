/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The control service over a real socket: who may do what, verb by verb; what is not
 * understood; snapshots in pages; a client that does not read; a client that dies.
 */
#include "config.h"

#include <grp.h>
#include <sodium.h>

#include "control_fixture.h"

/* Connects with the credentials of another user. */
static int connect_as(uid_t uid, gid_t gid, gid_t supplementary)
{
	int fd;

	assert_int_equal(setgroups(supplementary != 0, &supplementary), 0);
	assert_int_equal(setegid(gid), 0);
	assert_int_equal(seteuid(uid), 0);
	fd = connect_to(fixture_path("sock"));
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(setegid(0), 0);
	assert_int_equal(setgroups(0, NULL), 0);
	return fd;
}

/* ---- access ---- */

static const struct cdat_c_hello rq_hello = {.program = "test"};
static const struct cdat_c_snapshot rq_snapshot = {1u << CDAT_K_CLUSTER};
static const struct cdat_c_subscribe rq_subscribe = {.kinds = 0};
static const struct cdat_c_change rq_change = {.key = 1};
static const struct cdat_c_decide rq_decide = {.key = 99};
static const struct cdat_c_send rq_send = {.node = 999};
static const struct cdat_c_local_set rq_local = {CDAT_L_NOTIFY_LIMIT, 0, 100};
static const struct cdat_c_notified rq_notified = {.event = 99999, .what = 1};
static const struct cdat_c_agent rq_agent = {false, 1};
static const struct cdat_c_key rq_key = {.verb = CDAT_KEY_STATUS};

/* Each verb: what a user with full access gets (0: nothing). */
static const struct {
	uint8_t verb, access, answer;
	const void *request;
} verbs[] = {
	{CDAT_V_HELLO, CDAT_ACCESS_READ, CDAT_V_HELLO, &rq_hello},
	{CDAT_V_SNAPSHOT, CDAT_ACCESS_READ, CDAT_V_ROW, &rq_snapshot},
	{CDAT_V_SUBSCRIBE, CDAT_ACCESS_READ, CDAT_V_DONE, &rq_subscribe},
	{CDAT_V_TABLE, CDAT_ACCESS_READ, CDAT_V_ROW, NULL},
	{CDAT_V_CHANGE, CDAT_ACCESS_ADMIN, CDAT_V_OUTCOME, &rq_change},
	{CDAT_V_DECIDE, CDAT_ACCESS_ADMIN, CDAT_V_OUTCOME, &rq_decide},
	{CDAT_V_SEND, CDAT_ACCESS_ADMIN, CDAT_V_SENT, &rq_send},
	{CDAT_V_LOCAL_SET, CDAT_ACCESS_ADMIN, CDAT_V_OUTCOME, &rq_local},
	{CDAT_V_NOTIFIED, CDAT_ACCESS_ADMIN, 0, &rq_notified},
	{CDAT_V_AGENT, CDAT_ACCESS_ADMIN, 0, &rq_agent},
	{CDAT_V_KEY, CDAT_ACCESS_ADMIN, CDAT_V_KEYS, &rq_key},
};

/* Asks each verb on a connection of its own and compares the answers with the access. */
static void ask_all(uid_t uid, gid_t gid, gid_t supplementary, uint8_t access)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++) {
		int fd = uid == 0 ? connect_to(fixture_path("sock"))
				  : connect_as(uid, gid, supplementary);
		union answer a;
		uint32_t tag;

		put(fd, CDAT_V_HELLO, 1, &rq_hello);
		assert_int_equal(get(fd, &tag, &a), access ? CDAT_V_HELLO : CDAT_V_ERROR);
		put(fd, verbs[i].verb, 2, verbs[i].request);
		if (verbs[i].access > access) {
			assert_int_equal(get(fd, &tag, &a), CDAT_V_ERROR);
			/* Who may not read stays unknown: HELLO was refused too. */
			assert_int_equal(a.error.code, access ? CDAT_E_ACCESS
						       : verbs[i].verb == CDAT_V_HELLO
							       ? CDAT_E_ACCESS
							       : CDAT_E_PROTOCOL);
		} else if (verbs[i].answer != 0) {
			assert_int_equal(get(fd, &tag, &a), verbs[i].answer);
			assert_int_equal(tag, 2);
		}
		close(fd);
		ev_run(fx.loop, EVRUN_NOWAIT);
	}
}

static void test_access_own_user(void **state)
{
	(void)state;
	ask_all(0, 0, 0, CDAT_ACCESS_ADMIN);
}

static void s17_access_of_others(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(chmod(fixture_path("sock"), 0666), 0);
	ask_all(STRANGER, STRANGER, 0, 0);
	ask_all(STRANGER, GROUP_READ, 0, CDAT_ACCESS_READ);
	ask_all(STRANGER, STRANGER, GROUP_READ, CDAT_ACCESS_READ);
	ask_all(STRANGER, STRANGER, GROUP_ADMIN, CDAT_ACCESS_ADMIN);
}

/* Made under umask: at no moment open to others. */
static void s17_socket_mode(void **state)
{
	char err[CONF_ERROR_LEN] = "", expected[CONF_ERROR_LEN];
	const struct control_host host = fx.control->host;
	mode_t before = umask(0);
	struct control *c;
	struct stat st;

	(void)state;
	c = control_new(fx.loop, fixture_path("sock2"), &host, err, sizeof(err));
	umask(before);
	assert_non_null(c);
	assert_int_equal(stat(fixture_path("sock2"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0660);
	/* A second servicer does not take the socket away. */
	assert_null(control_new(fx.loop, fixture_path("sock2"), &host, err, sizeof(err)));
	snprintf(expected, sizeof(expected),
		 "control socket %s: another cdatd serves it; end that one or name another path",
		 fixture_path("sock2"));
	assert_string_equal(err, expected);
	control_free(c);
	assert_int_not_equal(stat(fixture_path("sock2"), &st), 0);
	/* Nor does it remove what is no socket. */
	fixture_write("file", "x", 1, 0600);
	assert_null(control_new(fx.loop, fixture_path("file"), &host, err, sizeof(err)));
	snprintf(expected, sizeof(expected),
		 "control socket %s: something else is there; move it away or name another path",
		 fixture_path("file"));
	assert_string_equal(err, expected);
	assert_int_equal(stat(fixture_path("file"), &st), 0);
}

/* ---- what is not understood ---- */

static void test_bad_frames(void **state)
{
	static const uint8_t frames[][8] = {
		{CDAT_V_SNAPSHOT, CDAT_CONTROL_VERSION, 0, 0, 0, 9},	/* before HELLO */
		{200, CDAT_CONTROL_VERSION, 0, 0, 0, 9},		/* no such verb */
		{CDAT_V_ROW, CDAT_CONTROL_VERSION, 0, 0, 0, 9, 1, 0},	/* not a client's */
		{CDAT_V_HELLO, 77, 0, 0, 0, 9},				/* another version */
		{CDAT_V_HELLO, CDAT_CONTROL_VERSION, 0, 0, 0, 9, 1, 9}, /* cut */
	};
	static const uint8_t lens[] = {6, 6, 8, 6, 8};
	static const uint8_t codes[] = {CDAT_E_PROTOCOL, CDAT_E_VERB, CDAT_E_VERB, CDAT_E_VERSION,
					CDAT_E_PROTOCOL};
	int fd = connect_to(fixture_path("sock"));
	union answer a;
	uint32_t tag;

	(void)state;
	for (size_t i = 0; i < sizeof(lens); i++) {
		assert_int_equal(send(fd, frames[i], lens[i], 0), lens[i]);
		assert_int_equal(get(fd, &tag, &a), CDAT_V_ERROR);
		assert_int_equal(a.error.code, codes[i]);
		assert_int_equal(tag, 9);
		assert_true(a.error.text[0] != '\0');
	}
	close(fd);
}

/* Requests in one packet are answered in one; a quiet message by nothing unless refused. */
static void test_batch(void **state)
{
	const struct cdat_c_hello h = {.protocol = CDAT_CONTROL_VERSION, .batch = true};
	const struct cdat_c_send refused = {.node = 999, .quiet = true};
	const struct cdat_c_send quiet = {.node = 1, .quiet = true}, told = {.node = 1};
	static uint8_t room[CDAT_BATCH_MAX], in[CDAT_BATCH_MAX];
	static const uint8_t bad[] = {CDAT_V_BATCH, CDAT_CONTROL_VERSION, 0, 0, 0, 0, 9};
	int fd = connect_to(fixture_path("sock"));
	struct cdat_view packet, frames, frame, body = {0};
	enum cdat_verb verb;
	struct cdat_batch b;
	union answer a;
	uint32_t tags[] = {2, 4}, tag;
	ssize_t n = -1;

	(void)state;
	for (unsigned i = 0; cdat_core_send(fx.core, 1, body, 0, now_us(NULL)) != CDAT_SEND_OK; i++) {
		assert_true(i < 5000);
		usleep(1000);
		cdat_core_tick(fx.core, now_us(NULL));
		drain(NULL);
	}
	put(fd, CDAT_V_HELLO, 1, &h);
	assert_int_equal(get(fd, &tag, &a), CDAT_V_HELLO);
	assert_true(a.hello.batch);
	cdat_batch_init(&b, room, sizeof(room));
	assert_true(cdat_batch_add(&b, CDAT_V_SEND, 2, &refused));
	assert_true(cdat_batch_add(&b, CDAT_V_SEND, 3, &quiet));
	assert_true(cdat_batch_add(&b, CDAT_V_SEND, 4, &told));
	packet = cdat_batch_packet(&b);
	assert_int_equal(send(fd, packet.data, packet.len, 0), packet.len);
	for (unsigned i = 0; n < 0 && i < 5000; i++) {
		ev_run(fx.loop, EVRUN_NOWAIT);
		n = recv(fd, in, sizeof(in), MSG_DONTWAIT);
		if (n < 0)
			usleep(1000);
	}
	assert_true(cdat_batch_open((struct cdat_view){in, (size_t)n}, &frames));
	for (unsigned i = 0; i < 2; i++) {
		assert_true(cdat_batch_next(&frames, &frame));
		assert_int_equal(cdat_frame_read(frame, &verb, &tag, &body), CDAT_DEC_OK);
		assert_int_equal(verb, CDAT_V_SENT);
		assert_int_equal(tag, tags[i]);
	}
	assert_int_equal(frames.len, 0);
	assert_int_equal(send(fd, bad, sizeof(bad), 0), sizeof(bad));
	assert_int_equal(get(fd, &tag, &a), 0);
	close(fd);
}

/* ---- rows ---- */

static void test_snapshot(void **state)
{
	const struct cdat_c_snapshot all = {1u << CDAT_K_NODE | 1u << CDAT_K_CLUSTER |
					    1u << CDAT_K_ADAPTER};
	int fd = hello(CDAT_ACCESS_ADMIN);
	unsigned rows[CDAT_K_LAST + 1] = {0};
	enum cdat_verb verb;
	union answer a;
	uint32_t tag;

	(void)state;
	put(fd, CDAT_V_SNAPSHOT, 3, &all);
	put(fd, CDAT_V_SNAPSHOT, 4, &all);
	while ((verb = get(fd, &tag, &a)) == CDAT_V_ROW || tag == 4) {
		if (tag == 4)
			assert_int_equal(a.error.code, CDAT_E_BUSY);
		else
			rows[a.row.kind]++;
	}
	assert_int_equal(verb, CDAT_V_DONE);
	assert_int_equal(tag, 3);
	assert_int_equal(rows[CDAT_K_CLUSTER], 1);
	assert_int_equal(rows[CDAT_K_NODE], NODES);
	assert_int_equal(rows[CDAT_K_ADAPTER], NODES);
	close(fd);
}

/* Numbers grow; a client that does not read loses rows, is told so, and costs no more than its
 * cap; the others get all. */
static void s13_slow_client(void **state)
{
	const struct cdat_c_subscribe nodes = {.kinds = 1u << CDAT_K_NODE};
	int slow = hello(CDAT_ACCESS_ADMIN), quick = hello(CDAT_ACCESS_ADMIN);
	unsigned got = 0, sent = 0, resyncs = 0;
	bool dropped = false;
	uint64_t last = 0;
	enum cdat_verb verb;
	union answer a;
	uint32_t tag;

	(void)state;
	put(slow, CDAT_V_SUBSCRIBE, 1, &nodes);
	put(quick, CDAT_V_SUBSCRIBE, 1, &nodes);
	assert_int_equal(get(slow, &tag, &a), CDAT_V_DONE);
	assert_int_equal(get(quick, &tag, &a), CDAT_V_DONE);
	while (!dropped && sent < 200000) {
		control_dirty(fx.control, CDAT_K_NODE, (struct cdat_key){1 + sent % NODES, 0},
			      false);
		control_flush(fx.control);
		sent++;
		assert_int_equal(get(quick, &tag, &a), CDAT_V_ROW);
		assert_true(a.row.number > last);
		last = a.row.number;
		for (const struct client *cl = fx.control->clients; cl != NULL; cl = cl->next) {
			assert_true(cl->queued <= QUEUE_ROWS + CDAT_FRAME_MAX);
			dropped = dropped || cl->resync;
		}
	}
	assert_true(dropped);
	/* After the mark nothing was dropped: the next row is the next number. */
	while (resyncs == 0 && (verb = get(slow, &tag, &a)) != 0) {
		got += verb == CDAT_V_ROW;
		resyncs += verb == CDAT_V_RESYNC;
	}
	assert_int_equal(resyncs, 1);
	assert_in_range(got, 1000, sent - 1);
	control_dirty(fx.control, CDAT_K_NODE, (struct cdat_key){1, 0}, false);
	control_flush(fx.control);
	assert_int_equal(get(slow, &tag, &a), CDAT_V_ROW);
	assert_true(a.row.number > last);
	close(slow);
	close(quick);
}

/* ---- ends ---- */

static void test_dead_client(void **state)
{
	const struct cdat_c_agent alive = {true, 1};
	struct cdat_op op = {CDAT_OP_ADAPTER_SET, 1, 2, 1, CDAT_A_PREFERENCE, .number = 7};
	uint8_t room[512];
	struct cdat_writer w;
	struct cdat_c_change change = {.hold = true, .key = 44};
	int fd = hello(CDAT_ACCESS_ADMIN);
	union answer a;
	uint32_t tag;

	(void)state;
	put(fd, CDAT_V_AGENT, 0, &alive);
	cdat_writer_init(&w, room, sizeof(room));
	assert_true(cdat_list_add(&w, &cdat_msg_op, &op));
	change.ops = cdat_written(&w);
	put(fd, CDAT_V_CHANGE, 8, &change);
	put(fd, CDAT_V_CHANGE, 9, &change);
	ev_run(fx.loop, EVRUN_NOWAIT);
	assert_int_equal(fx.control->agents[1], 1);
	/* Answered to whichever request was the last: the same change. */
	assert_int_equal(get(fd, &tag, &a), CDAT_V_OUTCOME);
	close(fd);
	for (unsigned i = 0; i < 100 && fx.control->nclients > 0; i++)
		ev_run(fx.loop, EVRUN_NOWAIT);
	assert_int_equal(fx.control->nclients, 0);
	assert_int_equal(fx.control->agents[1], 0);
}

static void put_part(int fd, struct cdat_c_change part, struct cdat_op op, unsigned times)
{
	static uint8_t room[CDAT_FRAME_MAX - 1024];
	struct cdat_writer w = {.data = room, .cap = sizeof(room)};

	while (times-- > 0 && cdat_list_add(&w, &cdat_msg_op, &op)) {}
	part.ops = cdat_written(&w);
	put(fd, CDAT_V_CHANGE, part.more ? 7 : 9, &part);
	ev_run(fx.loop, EVRUN_NOWAIT);
}

/* Parts are one change, and it is the end that is answered; too long a one is none. */
static void test_change_parts(void **state)
{
	const struct cdat_op good = {.kind = CDAT_OP_NODE_CREATE, .index = 8, .node = 77};
	const struct cdat_op bad = {CDAT_OP_ADAPTER_SET, 3, 999, 1, CDAT_A_MTU, .number = 1400};
	int fd = hello(CDAT_ACCESS_ADMIN);
	union answer a;
	uint32_t tag;

	(void)state;
	put_part(fd, (struct cdat_c_change){.key = 45, .more = true}, bad, 1);
	put_part(fd, (struct cdat_c_change){.key = 45}, good, 1);
	assert_true(get(fd, &tag, &a) == CDAT_V_OUTCOME && tag == 9 && a.outcome.culprit == 3);
	for (unsigned i = 0; i < 40; i++)
		put_part(fd, (struct cdat_c_change){.key = 46, .more = i < 39}, good, UINT_MAX);
	assert_int_equal(get(fd, &tag, &a), CDAT_V_OUTCOME);
	assert_string_equal(a.outcome.text, "the change is too long for this servicer; split it");
	close(fd);
}

static void test_keys(void **state)
{
	const struct cdat_c_key rotate = {.verb = CDAT_KEY_ROTATE};
	const struct cdat_c_key status = {.verb = CDAT_KEY_STATUS}, use = {.verb = CDAT_KEY_USE};
	int fd = hello(CDAT_ACCESS_ADMIN);
	struct cdat_c_keyrow row;
	union answer a;
	uint32_t tag;

	(void)state;
	put(fd, CDAT_V_KEY, 1, &status);
	assert_int_equal(get(fd, &tag, &a), CDAT_V_KEYS);
	assert_true(cdat_list_next(&a.keys.rows, &cdat_msg_c_keyrow, &row));
	assert_int_equal(row.id, 0);
	assert_true(row.current);
	put(fd, CDAT_V_KEY, 2, &use);
	assert_int_equal(get(fd, &tag, &a), CDAT_V_OUTCOME);
	assert_int_equal(fx.key_verbs, 1);
	put(fd, CDAT_V_KEY, 3, &rotate);
	assert_int_equal(get(fd, &tag, &a), CDAT_V_OUTCOME);
	assert_int_equal(tag, 3);
	assert_string_equal(a.outcome.text, "this cluster has no keys (security: none)");
	assert_int_equal(fx.key_verbs, 1);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_access_own_user), cmocka_unit_test(s17_access_of_others),
		cmocka_unit_test(s17_socket_mode), cmocka_unit_test(test_bad_frames),
		cmocka_unit_test(test_batch), cmocka_unit_test(test_snapshot),
		cmocka_unit_test(s13_slow_client), cmocka_unit_test(test_change_parts),
		cmocka_unit_test(test_dead_client), cmocka_unit_test(test_keys),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, setup, teardown);
}
