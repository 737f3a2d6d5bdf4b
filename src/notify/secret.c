/* SPDX-License-Identifier: BSD-2-Clause */
/* Files of secrets; see secret.h. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "notify/secret.h"

static bool refuse(char *err, size_t errlen, const char *path, const char *what,
		   const char *remedy)
{
	snprintf(err, errlen, "%s: %s; %s", path, what, remedy);
	return false;
}

static bool judge(int fd, const char *path, char *err, size_t errlen)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return refuse(err, errlen, path, strerror(errno), "name a file that can be read");
	if (!S_ISREG(st.st_mode))
		return refuse(err, errlen, path, "it is no regular file", "name the file itself");
	if (st.st_uid != 0 && st.st_uid != geteuid())
		return refuse(err, errlen, path, "it belongs to another user",
			      "chown it to root or the user of cdat-notify");
	if (st.st_mode & (S_IRWXG | S_IRWXO))
		return refuse(err, errlen, path, "it can be read or written by others",
			      "chmod 0600 it");
	return true;
}

static int open_file(const char *path, char *err, size_t errlen)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	if (fd < 0)
		refuse(err, errlen, path, errno == ELOOP ? "it is a link" : strerror(errno),
		       errno == ELOOP ? "name the file itself"
				      : "name a file that the user of cdat-notify may read");
	return fd;
}

bool secret_check(const char *path, char *err, size_t errlen)
{
	int fd = open_file(path, err, errlen);
	bool ok = fd >= 0 && judge(fd, path, err, errlen);

	if (fd >= 0)
		close(fd);
	return ok;
}

static bool judge_text(struct secret *s, const char *path, char *err, size_t errlen)
{
	if (s->len > SECRET_MAX)
		return refuse(err, errlen, path, "it is longer than 8192 octets",
			      "name a file that holds the secret alone");
	while (s->len > 0 && (s->text[s->len - 1] == '\n' || s->text[s->len - 1] == '\r'))
		s->len--;
	s->text[s->len] = '\0';
	if (s->len == 0)
		return refuse(err, errlen, path, "it is empty", "write the secret into it");
	if (strcspn(s->text, "\r\n") != s->len)
		return refuse(err, errlen, path, "it has several lines, or a NUL",
			      "write the secret alone into it, on one line");
	return true;
}

bool secret_read(const char *path, struct secret *secret, char *err, size_t errlen)
{
	int fd = open_file(path, err, errlen);
	bool ok = fd >= 0 && judge(fd, path, err, errlen);
	ssize_t n = ok ? read(fd, secret->text, SECRET_MAX + 1) : 0;

	if (n < 0)
		ok = refuse(err, errlen, path, strerror(errno), "name a file that can be read");
	if (fd >= 0)
		close(fd);
	secret->len = n > 0 ? (size_t)n : 0;
	ok = ok && judge_text(secret, path, err, errlen);
	if (!ok)
		secret_wipe(secret);
	return ok;
}

void secret_wipe(struct secret *secret)
{
	sodium_memzero(secret, sizeof(*secret));
}
