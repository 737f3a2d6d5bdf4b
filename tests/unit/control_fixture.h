/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For tests of the control service: a core without a network, its service on a real socket, and
 * a client that writes and reads frames.  To be included once, in the .c file of a program.
 */
#ifndef TESTS_UNIT_CONTROL_FIXTURE_H
#define TESTS_UNIT_CONTROL_FIXTURE_H

#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#include "daemon/conf.h"
#include "daemon/control_int.h"
#include "daemon_fixture.h"

enum { GROUP_READ = 40001, GROUP_ADMIN = 40002, STRANGER = 40003, NODES = 300 };

static struct fixture {
	struct ev_loop *loop;
	struct cdat_keyring *keys;
	struct cdat_core *core;
	struct control *control;
	struct conf *conf;
	unsigned key_verbs;
} fx;

static uint64_t now_us(void *ctx)
{
	struct timespec ts;

	(void)ctx;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000u + (uint64_t)ts.tv_nsec / 1000u;
}

/* As the loop of the daemon does, without a network; states are durable at once. */
static void drain(void *ctx)
{
	struct cdat_output out;
	enum cdat_kind kind;
	struct cdat_key key;
	bool gone;

	(void)ctx;
	while (cdat_core_next(fx.core, &out)) {
		if (out.type == CDAT_OUT_STORE)
			cdat_core_stored(fx.core, out.cookie, true, now_us(NULL));
		else if (out.type == CDAT_OUT_OUTCOME)
			control_outcome(fx.control, &out);
		else if (out.type == CDAT_OUT_HOLDERS)
			control_holders(fx.control, &out);
		else if (out.type == CDAT_OUT_SENT)
			control_sent(fx.control, &out);
		else if (out.type == CDAT_OUT_MESSAGE)
			control_message(fx.control, &out);
		else if (out.type == CDAT_OUT_EVENT)
			control_event(fx.control);
	}
	while (cdat_core_dirty(fx.core, &kind, &key, &gone))
		control_dirty(fx.control, kind, key, gone);
	control_flush(fx.control);
}

static void key_verb(void *ctx, const struct cdat_c_key *key, struct cdat_outcome *outcome)
{
	(void)ctx;
	(void)key;
	(void)outcome;
	fx.key_verbs++;
}

static struct conf *big_conf(void)
{
	char err[CONF_ERROR_LEN] = "", *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	struct conf *c;

	assert_non_null(f);
	fputs("table:\n  nodes:\n    - {name: a, adapters: [{address: 127.0.0.1}]}\n", f);
	for (unsigned i = 2; i <= NODES; i++)
		fprintf(f, "    - {name: n%u, adapters: [{address: 10.0.%u.%u}]}\n", i, i >> 8,
			i & 255);
	fclose(f);
	c = conf_parse("f", text, len, CONF_TABLE, err, sizeof(err));
	assert_string_equal(err, "");
	free(text);
	return c;
}

static int setup(void **state)
{
	const struct control_host host = {NULL, NULL, now_us, drain, key_verb, NULL};
	struct control_host made = host;
	struct cdat_core_config config = {.cluster = "c",
					  .node = "a",
					  .version = "1",
					  .port = 9173,
					  .boot = 7,
					  .seed = 9,
					  .incarnation = 1,
					  .loopback_ok = true};
	const struct cdat_local local = {.addr = {CDAT_AF_IPV4, {127, 0, 0, 1}, 0},
					 .prefix_len = 8,
					 .type = CDAT_IFT_LOOPBACK,
					 .mtu = 65535,
					 .ifindex = 1,
					 .ifname = "lo"};
	char err[CONF_ERROR_LEN] = "";

	if (fixture_setup(state) != 0 || chmod(fixture_dir, 0755) != 0)
		return 1;
	fx.conf = big_conf();
	fx.keys = cdat_keyring_new("c");
	cdat_keyring_add_none(fx.keys);
	config.keys = fx.keys;
	config.table = fx.conf->ops;
	config.ntable = fx.conf->nops;
	fx.core = cdat_core_new(&config, now_us(NULL), err, sizeof(err));
	assert_string_equal(err, "");
	fx.loop = ev_loop_new(0);
	made.core = fx.core;
	made.keys = fx.keys;
	fx.control = control_new(fx.loop, fixture_path("sock"), &made, err, sizeof(err));
	assert_string_equal(err, "");
	fx.control->gid_read = GROUP_READ;
	fx.control->gid_admin = GROUP_ADMIN;
	cdat_core_locals(fx.core, &local, 1, now_us(NULL));
	drain(NULL);
	return 0;
}

static int teardown(void **state)
{
	control_free(fx.control);
	cdat_core_free(fx.core);
	cdat_keyring_free(fx.keys);
	conf_free(fx.conf);
	ev_loop_destroy(fx.loop);
	return fixture_teardown(state);
}

/* ---- a client ---- */

static int connect_to(const char *path)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	memcpy(sun.sun_path, path, strlen(path));
	assert_int_equal(connect(fd, (const struct sockaddr *)&sun, sizeof(sun)), 0);
	return fd;
}

static void put(int fd, enum cdat_verb verb, uint32_t tag, const void *src)
{
	static uint8_t frame[CDAT_FRAME_MAX];
	struct cdat_writer w;

	cdat_writer_init(&w, frame, sizeof(frame));
	assert_true(cdat_frame_write(&w, verb, tag, src));
	assert_int_equal(send(fd, w.data, w.len, MSG_NOSIGNAL), w.len);
}

/* Lets the service run until a frame is there; its verb, decoded into `into`.  0: the end. */
static enum cdat_verb get(int fd, uint32_t *tag, void *into)
{
	static uint8_t frame[CDAT_FRAME_MAX];
	enum cdat_verb verb;
	struct cdat_view body;
	ssize_t n = -1;

	for (unsigned i = 0; n < 0 && i < 5000; i++) {
		ev_run(fx.loop, EVRUN_NOWAIT);
		n = recv(fd, frame, sizeof(frame), MSG_DONTWAIT);
		if (n < 0)
			usleep(1000);
	}
	assert_true(n >= 0);
	if (n == 0)
		return 0;
	assert_int_equal(cdat_frame_read((struct cdat_view){frame, (size_t)n}, &verb, tag, &body),
			 CDAT_DEC_OK);
	if (cdat_verb_msg(verb) != NULL)
		assert_int_equal(cdat_decode(body, cdat_verb_msg(verb), into), CDAT_DEC_OK);
	return verb;
}

union answer {
	struct cdat_c_hello hello;
	struct cdat_c_row row;
	struct cdat_c_done done;
	struct cdat_c_error error;
	struct cdat_c_sent sent;
	struct cdat_c_keys keys;
	struct cdat_c_message message;
	struct cdat_outcome outcome;
	struct cdat_event event;
};

static int hello(uint8_t access)
{
	const struct cdat_c_hello h = {.program = "test", .protocol = CDAT_CONTROL_VERSION};
	int fd = connect_to(fixture_path("sock"));
	union answer a;
	uint32_t tag;

	put(fd, CDAT_V_HELLO, 5, &h);
	assert_int_equal(get(fd, &tag, &a), CDAT_V_HELLO);
	assert_int_equal(tag, 5);
	assert_int_equal(a.hello.access, access);
	return fd;
}

#endif
