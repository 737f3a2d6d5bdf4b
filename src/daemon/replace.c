/* SPDX-License-Identifier: BSD-2-Clause */
/* Files that are replaced as a whole; see replace.h. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/replace.h"

enum { PATH_LEN = 4200 };

/* Writes all and makes it durable. */
static int write_all(int fd, const uint8_t *data, size_t len)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = write(fd, data + done, len - done);

		if (n < 0 && errno != EINTR)
			return errno;
		done += n > 0 ? (size_t)n : 0;
	}
	return fsync(fd) == 0 ? 0 : errno;
}

static int sync_dir(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), error;

	if (fd < 0)
		return errno;
	error = fsync(fd) == 0 ? 0 : errno;
	close(fd);
	return error;
}

int replace_file(const char *path, const void *data, size_t len, uid_t uid, gid_t gid,
		 int *renamed)
{
	char dir[PATH_LEN], temp[PATH_LEN + 16];
	const char *slash = strrchr(path, '/'), *name = slash != NULL ? slash + 1 : path;
	int fd, error = 0;

	*renamed = 0;
	if (strlen(path) >= sizeof(dir))
		return ENAMETOOLONG;
	snprintf(dir, sizeof(dir), "%.*s", slash != NULL ? (int)(name - path) : 2,
		 slash != NULL ? path : "./");
	snprintf(temp, sizeof(temp), "%s.%s.XXXXXX", dir, name);
	fd = mkostemp(temp, O_CLOEXEC); /* O_EXCL, mode 0600, name not to be guessed */
	if (fd < 0)
		return errno;
	if ((uid != (uid_t)-1 || gid != (gid_t)-1) && fchown(fd, uid, gid) != 0)
		error = errno;
	if (error == 0)
		error = write_all(fd, data, len);
	if (close(fd) != 0 && error == 0)
		error = errno;
	if (error == 0 && rename(temp, path) != 0)
		error = errno;
	if (error != 0) {
		unlink(temp);
		return error;
	}
	*renamed = 1;
	return sync_dir(dir);
}
