/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads the key file; see keyfile.h.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/keyfile.h"

enum { KEYFILE_MAX = 16384 };

struct key {
	uint8_t id;
	bool use;
	uint32_t line;
	uint8_t octets[CDAT_KEY_LEN];
};
struct keys {
	unsigned n;
	struct key key[CDAT_KEYS_MAX];
};

static const char remedy_file[] =
	"write a line such as \"1 HEX\" with 64 hexadecimal digits, as from "
	"cdatctl key generate FILE";

static bool fail_at(const char *file, unsigned line, size_t column, char *err, size_t errlen,
		    const char *what, const char *remedy)
{
	snprintf(err, errlen, "%s:%u:%zu: %s; %s", file, line, column, what, remedy);
	return false;
}

/* Takes one line, which may be empty or a comment.  Nothing of the key goes into `err`. */
static bool take_line(struct keys *keys, char *text, unsigned line, const char *file, char *err,
		      size_t errlen)
{
	char *at = text + strspn(text, " \t"), *end;
	struct key key = {.line = line};
	unsigned long id;
	size_t got, digits;

	if (*at == '\0' || *at == '#')
		return true;
	id = strtoul(at, &end, 10);
	if (*at < '0' || *at > '9' || id < 1 || id > 255 || (*end != ' ' && *end != '\t'))
		return fail_at(file, line, (size_t)(at - text) + 1, err, errlen,
			       "the number of the key is not 1 to 255", remedy_file);
	key.id = (uint8_t)id;
	at = end + strspn(end, " \t");
	digits = strspn(at, "0123456789abcdefABCDEF");
	if (digits != 2 * CDAT_KEY_LEN ||
	    sodium_hex2bin(key.octets, sizeof(key.octets), at, digits, NULL, &got, NULL) != 0)
		return fail_at(file, line, (size_t)(at - text) + 1, err, errlen,
			       "the key is not 64 hexadecimal digits", remedy_file);
	at += digits;
	at += strspn(at, " \t");
	key.use = strncmp(at, "use", 3) == 0 && strchr(" \t#", at[3]) != NULL;
	at += key.use ? 3 + strspn(at + 3, " \t") : 0;
	if (*at != '\0' && *at != '#')
		return fail_at(file, line, (size_t)(at - text) + 1, err, errlen,
			       "something follows the key", "end the line there, or write use");
	for (unsigned i = 0; i < keys->n; i++)
		if (keys->key[i].id == key.id || (key.use && keys->key[i].use))
			return fail_at(file, line, 1, err, errlen,
				       keys->key[i].id == key.id
					       ? "this number has a key already"
					       : "another key is marked use already",
				       "keep one of the lines");
	if (keys->n == CDAT_KEYS_MAX)
		return fail_at(file, line, 1, err, errlen, "there are more than 8 keys",
			       "take out those not in use");
	keys->key[keys->n++] = key;
	sodium_memzero(&key, sizeof(key));
	return true;
}

static bool take_text(struct keys *keys, char *text, const char *file, char *err, size_t errlen)
{
	char *line = text;

	for (unsigned number = 1; line != NULL; number++) {
		char *next = strchr(line, '\n');

		if (next != NULL)
			*next++ = '\0';
		if (!take_line(keys, line, number, file, err, errlen))
			return false;
		line = next;
	}
	return keys->n > 0 ||
	       fail_at(file, 1, 1, err, errlen, "there is no key in it", remedy_file);
}

/* Whether the open file may hold keys; the reason and remedy go to `err`. */
static bool check_owner(const struct conf *conf, int fd, char *err, size_t errlen)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return conf_error(conf, conf->key_place, err, errlen,
				  "key file %s: %s; name a file that can be read", conf->key_file,
				  strerror(errno));
	if (!S_ISREG(st.st_mode))
		return conf_error(conf, conf->key_place, err, errlen,
				  "key file %s is no regular file; name the file itself",
				  conf->key_file);
	if (st.st_uid != 0 && st.st_uid != geteuid())
		return conf_error(conf, conf->key_place, err, errlen,
				  "key file %s belongs to another user; chown it to root or the "
				  "user of cdatd",
				  conf->key_file);
	if (st.st_mode & (S_IRWXG | S_IRWXO))
		return conf_error(
			conf, conf->key_place, err, errlen,
			"key file %s can be read or written by others (mode %04o); chmod 0600 it",
			conf->key_file, (unsigned)st.st_mode & 07777);
	return true;
}

static bool read_keys(const struct conf *conf, struct keys *keys, char *err, size_t errlen)
{
	int fd = open(conf->key_file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	char text[KEYFILE_MAX];
	ssize_t len;
	bool ok;

	if (fd < 0)
		return conf_error(conf, conf->key_place, err, errlen, "key file %s %s; %s",
				  conf->key_file, errno == ELOOP ? "is a link" : strerror(errno),
				  errno == ELOOP ? "name the file itself"
						 : "name a file that the user of cdatd may read");
	ok = check_owner(conf, fd, err, errlen);
	len = ok ? read(fd, text, sizeof(text) - 1) : 0;
	if (len < 0)
		ok = conf_error(conf, conf->key_place, err, errlen,
				"key file %s: %s; name a file that can be read", conf->key_file,
				strerror(errno));
	close(fd);
	text[ok ? len : 0] = '\0';
	ok = ok && take_text(keys, text, conf->key_file, err, errlen);
	sodium_memzero(text, sizeof(text));
	return ok;
}

static bool fill(struct cdat_keyring *ring, const struct keys *keys)
{
	uint8_t use = keys->key[0].id;

	/* Add first, remove after: at no time is there no key to accept with. */
	for (unsigned id = 1; id <= 255; id++) {
		bool kept = false;

		for (unsigned i = 0; i < keys->n; i++)
			kept = kept || keys->key[i].id == id;
		if (!kept && id != cdat_keyring_current(ring))
			cdat_keyring_remove(ring, (uint8_t)id);
	}
	for (unsigned i = 0; i < keys->n; i++) {
		if (!cdat_keyring_add(ring, keys->key[i].id, keys->key[i].octets))
			return false;
		if (keys->key[i].use)
			use = keys->key[i].id;
	}
	if (!cdat_keyring_use(ring, use))
		return false;
	for (unsigned id = 1; id <= 255; id++) {
		bool kept = false;

		for (unsigned i = 0; i < keys->n; i++)
			kept = kept || keys->key[i].id == id;
		if (!kept)
			cdat_keyring_remove(ring, (uint8_t)id);
	}
	return true;
}

bool keyfile_load(const struct conf *conf, struct cdat_keyring *ring, char *err, size_t errlen)
{
	struct keys keys = {0};
	bool ok;

	if (!conf->sealed) {
		if (cdat_keyring_add_none(ring))
			return true;
		return conf_error(conf, conf->key_place, err, errlen,
				  "the key ring is full; restart cdatd");
	}
	ok = read_keys(conf, &keys, err, errlen);
	if (ok && !fill(ring, &keys))
		ok = conf_error(conf, conf->key_place, err, errlen,
				"key file %s has too many keys; take out those not "
				"in use",
				conf->key_file);
	sodium_memzero(&keys, sizeof(keys));
	return ok;
}
