/* SPDX-License-Identifier: BSD-2-Clause */
/* Files that are replaced as a whole; see replace.h. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/replace.h"

enum { PATH_LEN = 4200 };

static int write_all(int fd, const uint8_t *data, size_t len)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = write(fd, data + done, len - done);

		if (n < 0 && errno != EINTR)
			return errno;
		done += n > 0 ? (size_t)n : 0;
	}
	return 0;
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

/* The new file with its content, owner and mode. */
static int fill(int fd, const void *data, size_t len, const struct replace *how)
{
	int error;

	if ((how->uid != (uid_t)-1 || how->gid != (gid_t)-1) && fchown(fd, how->uid, how->gid) != 0)
		return errno;
	error = write_all(fd, data, len);
	if (error == 0 && how->sync != REPLACE_FAST && fsync(fd) != 0)
		error = errno;
	if (error == 0 && fchmod(fd, how->mode) != 0)
		error = errno;
	return error;
}

int replace_file(const char *path, const void *data, size_t len, const struct replace *how,
		 bool *renamed)
{
	char dir[PATH_LEN], temp[PATH_LEN + 16];
	const char *slash = strrchr(path, '/'), *name = slash != NULL ? slash + 1 : path;
	int fd, error;

	*renamed = false;
	if (strlen(path) >= sizeof(dir))
		return ENAMETOOLONG;
	snprintf(dir, sizeof(dir), "%.*s", slash != NULL ? (int)(name - path) : 2,
		 slash != NULL ? path : "./");
	snprintf(temp, sizeof(temp), "%s.%s.XXXXXX", dir, name);
	fd = mkostemp(temp, O_CLOEXEC); /* O_EXCL, mode 0600, name not to be guessed */
	if (fd < 0)
		return errno;
	error = fill(fd, data, len, how);
	if (close(fd) != 0 && error == 0)
		error = errno;
	if (error == 0 && rename(temp, path) != 0)
		error = errno;
	if (error != 0) {
		unlink(temp);
		return error;
	}
	*renamed = true;
	return how->sync == REPLACE_DURABLE ? sync_dir(dir) : 0;
}
