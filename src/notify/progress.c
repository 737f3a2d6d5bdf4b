/* SPDX-License-Identifier: BSD-2-Clause */
/* The file of the hooks' progress; see progress.h. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/log.h"
#include "host/replace.h"
#include "notify/progress.h"

#define PROGRESS_FILE "hooks"

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
	static const struct replace how = { (uid_t)-1, (gid_t)-1, 0600, REPLACE_WHOLE };
	char text[64], path[4200];
	bool renamed;
	int len, error;

	*progress = (struct progress){ cluster->start_mono, event };
	len = snprintf(text, sizeof(text), "%" PRIu64 " %" PRIu64 "\n", progress->servicer,
		       progress->event);
	snprintf(path, sizeof(path), "%s/" PROGRESS_FILE, dir);
	error = replace_file(path, text, (size_t)len, &how, &renamed);
	if (error != 0)
		log_error("outbox", "%s: %s; hooks may run again after a restart", path,
			  strerror(error));
}
