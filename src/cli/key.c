/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cdatctl key: makes key files, and moves the ring of the cluster over to a new key.
 *
 * A key file has one key a line: its number 1..255, a space, 64 hexadecimal digits.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/live.h"
#include "cli/show.h"
#include "wire/control.h"

#define KEY_LEN		32
#define KEYS_MAX	64
#define LINE_MAX_	(4 + 2 * KEY_LEN + 2)
#define POLL_NS		50000000

static int random_key(uint8_t key[KEY_LEN])
{
	if (getrandom(key, KEY_LEN, 0) != KEY_LEN)
		return cli_error("cannot get random octets: %s", strerror(errno));
	return CLI_OK;
}

/* Appends one line to a new file. */
static int write_key(const char *path, unsigned id, const uint8_t key[KEY_LEN])
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600), n, i;
	char line[LINE_MAX_];
	bool ok;

	if (fd < 0 && errno == EEXIST)
		return cli_error("%s exists; name another file, a key is never overwritten", path);
	if (fd < 0)
		return cli_error("cannot make %s: %s", path, strerror(errno));
	n = snprintf(line, sizeof(line), "%u ", id);
	for (i = 0; i < KEY_LEN; i++)
		n += snprintf(line + n, sizeof(line) - (size_t)n, "%02x", key[i]);
	line[n++] = '\n';
	/* the umask may have taken rights, never added any */
	ok = write(fd, line, (size_t)n) == n && fsync(fd) == 0;
	explicit_bzero(line, sizeof(line));
	if (close(fd) || !ok) {
		int e = errno;

		unlink(path);
		return cli_error("cannot write %s: %s", path, strerror(e));
	}
	return CLI_OK;
}

static int generate(struct cli *cli, const char *path)
{
	uint8_t key[KEY_LEN];
	int rc = random_key(key);

	(void)cli;
	if (rc == CLI_OK)
		rc = write_key(path, 1, key);
	explicit_bzero(key, sizeof(key));
	if (rc == CLI_OK)
		printf("%s: new key 1; copy it to every node, owner root or cdat, mode 0600\n", path);
	return rc;
}

static int take_status(struct cli *cli, struct cdat_key_info keys[KEYS_MAX], size_t *n)
{
	if (cli->c == NULL && cli_connect(cli))
		return CLI_FAILED;
	return cdat_keys(cli->c, keys, KEYS_MAX, n, cli->timeout_ms) ? cli_lost(cli) : CLI_OK;
}

static int status_json(const struct cdat_key_info *keys, size_t n)
{
	json_t *items = json_array();
	char print[24];
	size_t i;

	for (i = 0; i < n; i++) {
		json_t *o = json_object();

		snprintf(print, sizeof(print), "%016" PRIx64, keys[i].fingerprint);
		json_object_set_new(o, "id", json_integer(keys[i].id));
		json_object_set_new(o, "current", json_boolean(keys[i].current));
		json_object_set_new(o, "fingerprint", json_string(print));
		json_object_set_new(o, "members", json_integer(keys[i].members));
		json_array_append_new(items, o);
	}
	return cli_print_json("keys", items);
}

static int status(struct cli *cli, const char *unused)
{
	struct cdat_key_info keys[KEYS_MAX] = { 0 };
	size_t i, n;
	int rc = take_status(cli, keys, &n);

	(void)unused;
	if (rc)
		return rc;
	if (cli_has(cli, CLI_O_JSON))
		return status_json(keys, n);
	if (!cli_has(cli, CLI_O_NO_HEADINGS))
		puts("KEY IN-USE FINGERPRINT      MEMBERS");
	for (i = 0; i < n; i++)
		printf("%3u %-6s %016" PRIx64 " %7" PRIu32 "\n", keys[i].id, keys[i].current ? "yes" : "no",
		       keys[i].fingerprint, keys[i].members);
	return CLI_OK;
}

/* ---- verbs that the servicer does ---------------------------------------------------------- */

static int ask(struct cli *cli, uint8_t verb, unsigned id, const uint8_t *key)
{
	struct cdat_outcome o = { 0 };

	if (cli->c == NULL && cli_connect(cli))
		return CLI_FAILED;
	if (!cdat_may_change(cli->c))
		return cli_error("this user may only read; be root or in group cdat-admin");
	if (cdat_key_verb(cli->c, verb, (uint8_t)id, key, &o, cli->timeout_ms))
		return cli_lost(cli);
	if (o.result != CDAT_RES_COMMITTED)
		return cli_error("key %u: %s", id, o.text[0] ? o.text
						  : cli_word("outcome", "result", o.result));
	return CLI_OK;
}

static int read_id(const char *word, unsigned *id)
{
	char *end;
	unsigned long n = strtoul(word, &end, 10);

	if (*word < '0' || *word > '9' || *end || n < 1 || n > 255)
		return cli_error("key \"%s\" is no number from 1 to 255; see cdatctl key status", word);
	*id = (unsigned)n;
	return CLI_OK;
}

static int use(struct cli *cli, const char *word)
{
	unsigned id;
	int rc = read_id(word, &id);

	return rc ? rc : ask(cli, CDAT_KEY_USE, id, NULL);
}

static int remove_key(struct cli *cli, const char *word)
{
	unsigned id;
	int rc = read_id(word, &id);

	return rc ? rc : ask(cli, CDAT_KEY_REMOVE, id, NULL);
}

static bool parse_line(const char *line, unsigned *id, uint8_t key[KEY_LEN])
{
	char hex[2 * KEY_LEN + 1];
	unsigned octet;
	size_t i;
	int end = 0;

	if (sscanf(line, "%3u %64[0-9a-fA-F]%n", id, hex, &end) != 2 || strlen(hex) != 2 * KEY_LEN ||
	    line[end + (int)strspn(line + end, " \r\n")] || *id < 1 || *id > 255)
		return false;
	for (i = 0; i < KEY_LEN; i++) {
		if (sscanf(hex + 2 * i, "%2x", &octet) != 1)
			return false;
		key[i] = (uint8_t)octet;
	}
	explicit_bzero(hex, sizeof(hex));
	return true;
}

static int add(struct cli *cli, const char *path)
{
	FILE *f = fopen(path, "re");
	char line[256];
	uint8_t key[KEY_LEN];
	unsigned id, number = 0, added = 0;
	int rc = CLI_OK;

	if (f == NULL)
		return cli_error("cannot read %s: %s", path, strerror(errno));
	while (rc == CLI_OK && fgets(line, sizeof(line), f)) {
		number++;
		if (line[strspn(line, " \t\r\n")] == '\0' || line[0] == '#')
			continue;
		if (!parse_line(line, &id, key))
			rc = cli_error("%s:%u: no key; write a number from 1 to 255, a space and 64 "
				       "hexadecimal digits", path, number);
		else
			rc = ask(cli, CDAT_KEY_ADD, id, key);
		added += rc == CLI_OK;
	}
	fclose(f);
	explicit_bzero(line, sizeof(line));
	explicit_bzero(key, sizeof(key));
	if (rc == CLI_OK && added == 0)
		rc = cli_error("%s: no key in it; make one with cdatctl key generate", path);
	return rc;
}

/* Waits until the key is held by all members, or is the one in use. */
static int await(struct cli *cli, unsigned id, uint32_t members)
{
	int64_t end = cli_live_now() + (int64_t)cli->timeout_ms * 1000000;
	struct cdat_key_info keys[KEYS_MAX] = { 0 };
	size_t i, n;
	int rc;

	for (;;) {
		rc = take_status(cli, keys, &n);
		for (i = 0; rc == CLI_OK && i < n; i++) {
			if (keys[i].id == id && keys[i].members >= members)
				return CLI_OK;
		}
		if (rc)
			return rc;
		if (cli_live_now() > end)
			return cli_error("key %u is not with all %" PRIu32 " members yet; the old key stays in "
					 "use; see cdatctl key status", id, members);
		if (cli_live_wait(cli, cli_live_now() + POLL_NS, -1))
			return cli_lost(cli);
	}
}

/* A number that no key has, 0: none. */
static unsigned free_id(const struct cdat_key_info *keys, size_t n)
{
	bool taken[256] = { true };
	unsigned id;
	size_t i;

	for (i = 0; i < n; i++)
		taken[keys[i].id] = true;
	for (id = 1; id < 256 && taken[id]; id++)
		;
	return id < 256 ? id : 0;
}

/* Whether the servicer hands keys to the others: then it counts who has them. */
static bool spreads(const struct cdat_key_info *keys, size_t n, unsigned id)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (keys[i].id == id)
			return keys[i].members > 0;
	}
	return false;
}

/* A new key: to all, then in use, then the old one away.  FILE keeps it for restarts. */
static int rotate(struct cli *cli, const char *path)
{
	struct cdat_key_info keys[KEYS_MAX] = { 0 };
	const struct cdat_cluster *c;
	struct cli_view view = { 0 };
	uint8_t key[KEY_LEN];
	unsigned id, old = 0;
	uint32_t members = 0;
	size_t i, n = 0;
	int rc = cli_view_take(cli, &view, CLI_KIND(CDAT_K_CLUSTER));

	c = cli_at(&view, CDAT_K_CLUSTER, 0);
	if (c)
		members = c->nodes_up;
	cli_view_free(&view);
	if (rc == CLI_OK)
		rc = take_status(cli, keys, &n);
	for (i = 0; i < n; i++) {
		if (keys[i].current)
			old = keys[i].id;
	}
	id = free_id(keys, n);
	if (rc == CLI_OK && id == 0)
		rc = cli_error("all key numbers are taken; see cdatctl key remove");
	if (rc == CLI_OK)
		rc = random_key(key);
	if (rc == CLI_OK)
		rc = write_key(path, id, key);
	if (rc == CLI_OK)
		rc = ask(cli, CDAT_KEY_ADD, id, key);
	explicit_bzero(key, sizeof(key));
	if (rc == CLI_OK)
		rc = take_status(cli, keys, &n);
	if (rc == CLI_OK && !spreads(keys, n, id)) {
		printf("key %u is accepted on this node; now on every other: cdatctl key add %s; then on "
		       "each: cdatctl key use %u; then on each: cdatctl key remove %u, with %s in place of "
		       "the key file\n", id, path, id, old, path);
		return CLI_OK;
	}
	cli_live_begin();
	if (rc == CLI_OK)
		rc = await(cli, id, members);
	if (rc == CLI_OK)
		rc = ask(cli, CDAT_KEY_USE, id, NULL);
	if (rc == CLI_OK)
		printf("key %u is in use on %" PRIu32 " members; put %s in place of the key file on each, "
		       "then: cdatctl key remove %u\n", id, members, path, old);
	return rc;
}

int cli_key(struct cli *cli, int argc, char **argv)
{
	static const struct {
		const char *word;
		int args;
		int (*run)(struct cli *cli, const char *arg);
	} verbs[] = {
		{ "generate", 1, generate }, { "status", 0, status }, { "add", 1, add }, { "use", 1, use },
		{ "remove", 1, remove_key }, { "rotate", 1, rotate },
	};
	size_t i;

	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(argv[0], verbs[i].word) != 0)
			continue;
		if (argc - 1 != verbs[i].args)
			return cli_misuse(cli, verbs[i].args ? "%s needs one argument" : "%s takes no argument",
					  argv[0]);
		return verbs[i].run(cli, argv[1]);
	}
	return cli_misuse(cli, "\"%s\" is none of generate, status, add, use, remove, rotate", argv[0]);
}
