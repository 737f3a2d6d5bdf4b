/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Replaces a file as a whole: whoever reads it finds the old content or the new one,
 * after a crash as well.
 */
#ifndef HOST_REPLACE_H
#define HOST_REPLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum replace_sync {
	REPLACE_FAST,		/* after a crash the new content may be lost or torn */
	REPLACE_WHOLE,		/* after a crash it is the old one or the new one */
	REPLACE_DURABLE		/* it is the new one as soon as this returns */
};

struct replace {
	uid_t uid;		/* owner of the new file; -1: ours */
	gid_t gid;
	mode_t mode;
	enum replace_sync sync;
};

/* Writes `data` to a new file beside `path` and renames it.  Blocks for the disk, but for
 * REPLACE_FAST.  0, or errno: the old content is there still; but where *renamed is set only the
 * directory could not be made durable. */
int replace_file(const char *path, const void *data, size_t len, const struct replace *how,
		 bool *renamed);

#endif
