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

#include "cli/show.h"
#include "wire/control.h"

#define KEY_LEN		32
#define KEYS_MAX	64
#define LINE_MAX_	(4 + 2 * KEY_LEN + 2)

static int random_key(uint8_t key[KEY_LEN])
{
	if (getrandom(key, KEY_LEN, 0) != KEY_LEN)
		return cli_error("cannot get random octets: %s", strerror(errno));
	return CLI_OK;
}

/* Made by root in the folder of another user (cdatd's) it is to be that user's, else cdatd could
 * not read it. */
static void give_away(int fd, const char *path)
{
	const char *slash = strrchr(path, '/');
	char dir[4096] = ".";
	struct stat st;

	if (slash != NULL)
		snprintf(dir, sizeof(dir), "%.*s", (int)(slash - path) + 1, path);
	/* where it fails the file is root's, as without this */
	if (geteuid() == 0 && stat(dir, &st) == 0 && st.st_uid != 0 && fchown(fd, st.st_uid, st.st_gid))
		cli_error("%s stays with root: %s", path, strerror(errno));
}

/* Appends one line to a new file. */
static int write_key(const char *path, unsigned id, const uint8_t key[KEY_LEN])
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600), n, i;
	char line[LINE_MAX_];
	bool ok;

	if (fd < 0 && errno == EEXIST)
		return cli_fail(CLI_CANT_CREATE, "%s exists; name another file, a key is never overwritten",
				path);
	if (fd < 0)
		return cli_fail(CLI_CANT_CREATE, "cannot make %s: %s", path, strerror(errno));
	n = snprintf(line, sizeof(line), "%u ", id);
	for (i = 0; i < KEY_LEN; i++)
		n += snprintf(line + n, sizeof(line) - (size_t)n, "%02x", key[i]);
	line[n++] = '\n';
	give_away(fd, path);
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

#define HOLDERS_MAX	(2 * CDAT_NODE_MAX)

struct status {
	struct cdat_key_info keys[KEYS_MAX];
	struct cdat_key_holder *holders;	/* by rising node */
	size_t nkeys, nholders;
	struct cli_view view;			/* names of nodes */
};

static int take_status(struct cli *cli, struct status *s)
{
	int rc = cli_view_take(cli, &s->view, CLI_KIND(CDAT_K_NODE));

	s->holders = calloc(HOLDERS_MAX, sizeof(*s->holders));
	if (rc == CLI_OK && s->holders == NULL)
		rc = cli_error("not enough memory");
	if (rc == CLI_OK && (cdat_keys(cli->c, s->keys, KEYS_MAX, &s->nkeys, cli->timeout_ms) ||
			     cdat_key_holders(cli->c, s->holders, HOLDERS_MAX, &s->nholders,
					      cli->timeout_ms)))
		rc = cli_lost(cli);
	return rc;
}

static int status_json(const struct status *s)
{
	json_t *items = json_array();
	char print[24];
	size_t i, k;

	for (i = 0; i < s->nkeys; i++) {
		json_t *o = json_object(), *on = json_array();

		snprintf(print, sizeof(print), "%016" PRIx64, s->keys[i].fingerprint);
		json_object_set_new(o, "id", json_integer(s->keys[i].id));
		json_object_set_new(o, "current", json_boolean(s->keys[i].current));
		json_object_set_new(o, "fingerprint", json_string(print));
		json_object_set_new(o, "members", json_integer(s->keys[i].members));
		for (k = 0; k < s->nholders; k++) {
			const struct cdat_key_holder *h = &s->holders[k];

			if (h->id != s->keys[i].id || h->fingerprint != s->keys[i].fingerprint)
				continue;
			json_t *m = json_object();

			json_object_set_new(m, "node", json_integer(h->node));
			json_object_set_new(m, "node_name", json_string(cli_name(&s->view, h->node)));
			json_object_set_new(m, "current", json_boolean(h->current));
			json_array_append_new(on, m);
		}
		json_object_set_new(o, "holders", on);
		json_array_append_new(items, o);
	}
	return cli_print_json("keys", items);
}

/* One line a node: the key that it sends with, and all that it accepts. */
static void print_holders(const struct status *s, bool headings)
{
	size_t i = 0;

	if (headings && s->nholders > 0)
		puts("NODE                 IN-USE ACCEPTS");
	while (i < s->nholders) {
		uint16_t node = s->holders[i].node;
		char accepts[64] = "";
		unsigned current = 0;
		size_t len = 0;

		for (; i < s->nholders && s->holders[i].node == node; i++) {
			if (s->holders[i].id != 0 && len < sizeof(accepts) - 8)
				len += (size_t)snprintf(accepts + len, sizeof(accepts) - len, "%s%u",
							len ? ", " : "", s->holders[i].id);
			if (s->holders[i].current)
				current = s->holders[i].id;
		}
		if (len == 0)
			printf("%-20s      - away\n", cli_name(&s->view, node));
		else
			printf("%-20s %6u %s\n", cli_name(&s->view, node), current, accepts);
	}
}

static int status(struct cli *cli, const char *unused)
{
	static struct status s;
	bool headings = !cli_has(cli, CLI_O_NO_HEADINGS);
	int rc;

	(void)unused;
	memset(&s, 0, sizeof(s));
	rc = take_status(cli, &s);
	if (rc == CLI_OK && cli_has(cli, CLI_O_JSON)) {
		rc = status_json(&s);
	} else if (rc == CLI_OK) {
		if (headings)
			puts("KEY IN-USE FINGERPRINT      MEMBERS");
		for (size_t i = 0; i < s.nkeys; i++)
			printf("%3u %-6s %016" PRIx64 " %7" PRIu32 "\n", s.keys[i].id,
			       s.keys[i].current ? "yes" : "no", s.keys[i].fingerprint,
			       s.keys[i].members);
		print_holders(&s, headings);
	}
	cli_view_free(&s.view);
	free(s.holders);
	return rc;
}

/* ---- verbs that the servicer does ---------------------------------------------------------- */

static int ask(struct cli *cli, uint8_t verb, unsigned id, const uint8_t *key)
{
	struct cdat_outcome o = { 0 };
	int rc = cli->c ? CLI_OK : cli_connect(cli);

	if (rc)
		return rc;
	if (!cdat_may_change(cli->c))
		return cli_denied();
	if (cdat_key_verb(cli->c, verb, (uint8_t)id, key, &o, cli->timeout_ms))
		return cli_lost(cli);
	if (o.result != CDAT_RES_COMMITTED)
		return cli_fail(cli_code_of_cause(o.cause), "key %u: %s", id, o.text[0] ? o.text
				: cli_word("outcome", "result", o.result));
	return CLI_OK;
}

static int read_id(const char *word, unsigned *id)
{
	char *end;
	unsigned long n = strtoul(word, &end, 10);

	if (*word < '0' || *word > '9' || *end || n < 1 || n > 255)
		return cli_fail(CLI_DATA, "key \"%s\" is no number from 1 to 255; see cdatctl key status", word);
	*id = (unsigned)n;
	return CLI_OK;
}

static int use(struct cli *cli, const char *word)
{
	unsigned id = 0;
	int rc = read_id(word, &id);

	return rc ? rc : ask(cli, CDAT_KEY_USE, id, NULL);
}

static int remove_key(struct cli *cli, const char *word)
{
	unsigned id = 0;
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
		return cli_fail(CLI_NO_INPUT, "cannot read %s: %s", path, strerror(errno));
	while (rc == CLI_OK && fgets(line, sizeof(line), f)) {
		number++;
		if (line[strspn(line, " \t\r\n")] == '\0' || line[0] == '#')
			continue;
		if (!parse_line(line, &id, key))
			rc = cli_fail(CLI_DATA, "%s:%u: no key; write a number from 1 to 255, a space and 64 "
				       "hexadecimal digits", path, number);
		else
			rc = ask(cli, CDAT_KEY_ADD, id, key);
		added += rc == CLI_OK;
	}
	fclose(f);
	explicit_bzero(line, sizeof(line));
	explicit_bzero(key, sizeof(key));
	if (rc == CLI_OK && added == 0)
		rc = cli_fail(CLI_DATA, "%s: no key in it; make one with cdatctl key generate", path);
	return rc;
}

/* A new key to all, in use on all, the old one away. */
static int rotate(struct cli *cli, const char *unused)
{
	struct cdat_outcome o = { 0 };
	int rc = cli->c ? CLI_OK : cli_connect(cli);

	(void)unused;
	if (rc)
		return rc;
	if (!cdat_may_change(cli->c))
		return cli_denied();
	if (cdat_key_rotate(cli->c, &o, cli->timeout_ms))
		return cli_lost(cli);
	if (o.result != CDAT_RES_COMMITTED)
		return cli_fail(cli_code_of_cause(o.cause), "%s", o.text[0] ? o.text
				: cli_word("outcome", "result", o.result));
	printf("%s\n", o.text);
	return CLI_OK;
}

int cli_key(struct cli *cli, int argc, char **argv)
{
	static const struct {
		const char *word;
		int args;
		int (*run)(struct cli *cli, const char *arg);
	} verbs[] = {
		{ "generate", 1, generate }, { "status", 0, status }, { "add", 1, add }, { "use", 1, use },
		{ "remove", 1, remove_key }, { "rotate", 0, rotate },
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
