/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The program as an administrator meets it: each wrong configuration gives one line and
 * exit code 1 and changes nothing on disk; a good one comes up, tells its manager, and
 * ends in order.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>

#include "daemon_fixture.h"

#define KEY "1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n"

static char program[4096];

/* Starts cdatd with its output in the file "err". */
static pid_t start(const char *option, const char *file)
{
	char *argv[] = {program, (char *)(uintptr_t) "-c", (char *)(uintptr_t)file,
			(char *)(uintptr_t)option, NULL};
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		int fd = open(fixture_path("err"), O_WRONLY | O_CREAT | O_TRUNC, 0600);

		dup2(fd, 1);
		dup2(fd, 2);
		execv(program, argv);
		_exit(127);
	}
	return pid;
}

static int ended(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* Names and contents of the directory without "err", as one checksum-like text. */
static char *snapshot(void)
{
	static const char *const names[] = {"cdat.yaml", "key", "state", "state/cdat.state",
					    "sock"};
	char *all = calloc(1, 1 << 16);
	size_t n = 0;

	assert_non_null(all);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct stat st;
		size_t len = 0;
		char *text;

		if (lstat(fixture_path(names[i]), &st) != 0)
			continue;
		text = S_ISREG(st.st_mode) ? fixture_read(fixture_path(names[i]), &len) : NULL;
		n += (size_t)snprintf(all + n, (1 << 16) - n, "%s %o %lld %s\n", names[i],
				      st.st_mode, (long long)st.st_mtim.tv_nsec, text ? text : "");
		free(text);
	}
	return all;
}

/* The text with the directory for each DIR. */
static size_t expand(const char *text, char *full, size_t cap)
{
	size_t n = 0;

	for (const char *p = text; *p != '\0' && n < cap - 1; p++) {
		if (strncmp(p, "DIR", 3) == 0) {
			n += (size_t)snprintf(full + n, cap - n, "%s", fixture_dir);
			p += 2;
		} else {
			full[n++] = *p;
		}
	}
	full[n] = '\0';
	return n;
}

static const char *configure(const char *text)
{
	char full[4096];
	size_t n = expand(text, full, sizeof(full));

	return fixture_write("cdat.yaml", full, n, 0600);
}

#define HEAD                                                                                  \
	"cluster: c\nnode: a\nstate-dir: DIR/state\nsocket: DIR/sock\nallow-loopback: true\n" \
	"port: 29174\n"
#define SEALED	    HEAD "key-file: DIR/key\n"
#define TABLE(rows) SEALED "table:\n  nodes:\n" rows
#define ROW_A	    "    - {name: a, adapters: [{address: 127.0.0.1/8}]}\n"

/* Each cause of the list in cdat.yaml(5). */
static const struct {
	const char *text, *error;
	mode_t key_mode;
} bad[] = {
	{SEALED "statedir: /x\n",
	 "DIR/cdat.yaml:8:1: unknown key \"statedir\" in the file; write "
	 "\"state-dir\"\n",
	 0600},
	{TABLE("    - {name: a, adapters: [{address: 127.0.0.256}]}\n"),
	 "DIR/cdat.yaml:10:38: address \"127.0.0.256\" is no numeric address; write one such as "
	 "192.0.2.1 or 2001:db8::1 (names are not looked up)\n",
	 0600},
	{TABLE(ROW_A "    - {name: b, adapters: [{address: 127.0.0.1/8}]}\n"),
	 "DIR/cdat.yaml:11:38: address 127.0.0.1 port 29174 is used already, on line 10; give each "
	 "adapter its own address\n",
	 0600},
	{TABLE(ROW_A "    - {name: a, adapters: [{address: 127.0.0.2/8}]}\n"),
	 "DIR/cdat.yaml:11:14: node name a is used already, on line 10; give each node its own "
	 "name\n",
	 0600},
	{TABLE("    - {name: a, adapters: [{address: 127.0.0.1/8, mtu: 100}]}\n"),
	 "DIR/cdat.yaml:10:56: mtu 100 is out of range; write a whole number from 576 to 65535 "
	 "(octets), or 0\n",
	 0600},
	{SEALED "table: {nodes: []}\n",
	 "DIR/cdat.yaml:8:16: the list \"nodes\" is empty; write nodes: [{name: NAME, adapters: "
	 "[{address: 9.1.1.1/24}]}]\n",
	 0600},
	{TABLE("    - {name: b, adapters: [{address: 127.0.0.1/8}]}\n"),
	 "DIR/cdat.yaml:2:7: this node, \"a\", is not in the table; add it to the nodes, or write "
	 "node: with one of their names\n",
	 0600},
	{TABLE(ROW_A),
	 "DIR/cdat.yaml:7:11: key file DIR/key can be read or written by others "
	 "(mode 0644); chmod 0600 it\n",
	 0644},
	{HEAD "key-file: DIR/nokey\n",
	 "DIR/cdat.yaml:7:11: key file DIR/nokey No such file or directory; name a file that the "
	 "user of cdatd may read\n",
	 0600},
};

static void judge(const char *option, size_t i)
{
	char expected[1024], *err, *before, *after;
	size_t len = 0;
	const char *file;

	fixture_write("key", KEY, strlen(KEY), bad[i].key_mode);
	file = configure(bad[i].text);
	before = snapshot();
	assert_int_equal(ended(start(option, file)), 1);
	after = snapshot();
	err = fixture_read(fixture_path("err"), &len);
	expand(bad[i].error, expected, sizeof(expected));
	assert_string_equal(err, expected);
	assert_string_equal(after, before);
	free(err);
	free(before);
	free(after);
}

static void test_wrong_configuration(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		judge(NULL, i);
		judge("-t", i);
	}
}

static void test_options(void **state)
{
	static const struct {
		const char *option, *output;
		int code;
	} rows[] = {
		{"--version", "cdatd (cdat) " PACKAGE_VERSION "\n", 0},
		{"nonsense", "cdatd: \"nonsense\" is no option; see cdatd --help\n", 2},
	};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		size_t len = 0;
		char *out;

		assert_int_equal(ended(start(rows[i].option, "/nowhere")), rows[i].code);
		out = fixture_read(fixture_path("err"), &len);
		assert_string_equal(out, rows[i].output);
		free(out);
	}
	assert_int_equal(ended(start(NULL, "/nowhere")), 1);
}

/* Waits for a datagram at the manager's socket that begins with `word`, at most 20 s. */
static void await_word(int fd, const char *word)
{
	char text[256];
	ssize_t n;

	do {
		n = recv(fd, text, sizeof(text) - 1, 0);
		assert_true(n > 0);
		text[n] = '\0';
	} while (strncmp(text, word, strlen(word)) != 0);
}

static int manager(void)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	const struct timeval patience = {.tv_sec = 20};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", fixture_path("manager"));
	unlink(sun.sun_path);
	assert_int_equal(bind(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setenv("NOTIFY_SOCKET", sun.sun_path, 1);
	return fd;
}

/* READY=1, SIGHUP with a bad file changes nothing, a second servicer is refused, SIGTERM ends it
 * in order; the incarnation in the state file grows. */
static void test_life(void **state)
{
	int fd = manager(), grown = 0;
	char *out, *first = NULL;
	size_t len = 0, first_len = 0;
	const char *file;
	pid_t pid;

	(void)state;
	fixture_write("key", KEY, strlen(KEY), 0600);
	for (int i = 0; i < 2; i++) {
		struct stat st;

		file = configure(TABLE(ROW_A));
		pid = start(NULL, file);
		await_word(fd, "READY=1");
		assert_int_equal(stat(fixture_path("sock"), &st), 0);
		assert_int_equal(stat(fixture_path("state"), &st), 0);
		assert_int_equal(st.st_mode & 0777, 0700);
		rename(fixture_path("err"), fixture_path("err1"));
		assert_int_equal(ended(start(NULL, file)), 1);
		out = fixture_read(fixture_path("err"), &len);
		assert_non_null(strstr(out, "/state is in use by another cdatd; end that one or "
					    "name another directory\n"));
		free(out);
		configure("cluster: c\n");
		kill(pid, SIGHUP);
		kill(pid, SIGTERM);
		await_word(fd, "STOPPING=1");
		assert_int_equal(ended(pid), 0);
		assert_int_not_equal(stat(fixture_path("sock"), &st), 0);
		out = fixture_read(fixture_path("state/cdat.state"), &len);
		grown = first != NULL && (len != first_len || memcmp(out, first, len) != 0);
		free(first);
		first = out;
		first_len = len;
	}
	assert_true(grown);
	free(first);
	close(fd);
	unsetenv("NOTIFY_SOCKET");
}

/* A state file of something else stops the start and stays as it is. */
static void test_foreign_state(void **state)
{
	static const char foreign[] = "not a state of cdatd";
	char expected[512], *out;
	size_t len = 0;
	const char *path;

	(void)state;
	fixture_write("key", KEY, strlen(KEY), 0600);
	path = fixture_write("state/cdat.state", foreign, strlen(foreign), 0600);
	assert_int_equal(ended(start(NULL, configure(TABLE(ROW_A)))), 1);
	out = fixture_read(fixture_path("err"), &len);
	snprintf(expected, sizeof(expected),
		 "state file %s: it is no state file of cdatd; move it away to start without it, "
		 "or put the right one back\n",
		 path);
	assert_string_equal(out, expected);
	free(out);
	out = fixture_read(fixture_path("state/cdat.state"), &len);
	assert_string_equal(out, foreign);
	free(out);
}

/* In the background: returns when clients can connect, and with the error when they cannot. */
static void test_detach(void **state)
{
	int fd = manager();
	char *out;
	size_t len = 0;
	struct ucred peer;
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	socklen_t peer_len = sizeof(peer);
	int client = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	const char *file;

	(void)state;
	fixture_write("key", KEY, strlen(KEY), 0600);
	remove(fixture_path("state/cdat.state"));
	file = configure(TABLE(ROW_A));
	assert_int_equal(ended(start("-d", file)), 0);
	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", fixture_path("sock"));
	assert_int_equal(connect(client, (struct sockaddr *)&sun, sizeof(sun)), 0);
	assert_int_equal(getsockopt(client, SOL_SOCKET, SO_PEERCRED, &peer, &peer_len), 0);
	assert_int_equal(ended(start("-d", file)), 1);
	out = fixture_read(fixture_path("err"), &len);
	assert_non_null(strstr(out, "is in use by another cdatd"));
	free(out);
	assert_int_equal(kill(peer.pid, SIGTERM), 0);
	await_word(fd, "STOPPING=1");
	close(client);
	close(fd);
	unsetenv("NOTIFY_SOCKET");
	/* Its socket goes with it. */
	for (unsigned i = 0; i < 2000 && access(fixture_path("sock"), F_OK) == 0; i++)
		usleep(10000);
	assert_int_not_equal(access(fixture_path("sock"), F_OK), 0);
}

int main(void)
{
	/* The last one leaves a process behind that is still ending. */
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_wrong_configuration),
		cmocka_unit_test(test_life),
		cmocka_unit_test(test_foreign_state),
		cmocka_unit_test(test_detach),
	};
	const char *build = getenv("top_builddir");

	snprintf(program, sizeof(program), "%s/cdatd", build ? build : ".");
	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
