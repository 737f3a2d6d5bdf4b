/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Replaces a file as a whole: whoever reads it finds the old content or the new one,
 * after a crash as well.
 */
#ifndef DAEMON_REPLACE_H
#define DAEMON_REPLACE_H

#include <stddef.h>
#include <sys/types.h>

/* Writes `data` to a new file beside `path`, mode 0600 and of the owner given (-1: ours), makes
 * it durable and renames it.  Blocks for the disk.  0, or errno: the old content is there
 * still; but where *renamed is set only the directory could not be made durable. */
int replace_file(const char *path, const void *data, size_t len, uid_t uid, gid_t gid,
		 int *renamed);

#endif
