/* SPDX-License-Identifier: BSD-2-Clause */
/* The file of the hooks' progress; see progress.h. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/log.h"
#include "notify/progress.h"

#define PROGRESS_FILE "hooks"

static bool write_whole(int fd, const char *text, size_t len)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = write(fd, text + done, len - done);

		if (n < 0 && errno != EINTR)
			return false;
		done += n > 0 ? (size_t)n : 0;
	}
	return true;
}

bool file_replace(const char *dir, const char *name, const char *text, size_t len, unsigned mode,
		  bool durable)
{
	char path[4200], temp[4200];
	int fd;
	bool ok;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	snprintf(temp, sizeof(temp), "%s/.%s.XXXXXX", dir, name);
	fd = mkostemp(temp, O_CLOEXEC);	/* O_EXCL, mode 0600, name not to be guessed */
	if (fd < 0)
		return false;
	ok = write_whole(fd, text, len) && (!durable || fsync(fd) == 0) &&
	     fchmod(fd, (mode_t)mode) == 0;
	ok = close(fd) == 0 && ok && rename(temp, path) == 0;
	if (!ok)
		unlink(temp);
	return ok;
}

void progress_read(const char *dir, struct progress *progress)
{
	char path[4200], text[64] = "";
	ssize_t n = -1;
	int fd;

	*progress = (struct progress){ 0 };
	snprintf(path, sizeof(path), "%s/" PROGRESS_FILE, dir);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd >= 0) {
		n = read(fd, text, sizeof(text) - 1);
		close(fd);
	}
	if (n > 0 && sscanf(text, "%" SCNu64 " %" SCNu64, &progress->servicer,
			    &progress->event) != 2)
		*progress = (struct progress){ 0 };
}

bool progress_has(const struct progress *progress, const struct cdat_cluster *cluster,
		  uint32_t event)
{
	return progress->servicer == cluster->start_mono && event <= progress->event;
}

void progress_write(const char *dir, struct progress *progress, const struct cdat_cluster *cluster,
		    uint32_t event)
{
	char text[64];
	int len;

	*progress = (struct progress){ cluster->start_mono, event };
	len = snprintf(text, sizeof(text), "%" PRIu64 " %" PRIu64 "\n", progress->servicer,
		       progress->event);
	if (!file_replace(dir, PROGRESS_FILE, text, (size_t)len, 0600, true))
		log_error("outbox", "%s/" PROGRESS_FILE ": %s; hooks may run again after a restart",
			  dir, strerror(errno));
}
