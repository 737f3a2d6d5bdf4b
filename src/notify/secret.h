/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files that hold a password, a token or a key.  They are judged as the key file of cdatd
 * is: refused when they are a link, belong to another user than root or ours, or when group
 * or others can read them.  They are read anew for each request, so that one that is
 * replaced counts at once, and never kept, logged or told.
 */
#ifndef NOTIFY_SECRET_H
#define NOTIFY_SECRET_H

#include <stdbool.h>
#include <stddef.h>

#define SECRET_MAX 8192

struct secret {
	char text[SECRET_MAX + 1];	/* without the end of its line */
	size_t len;
};

/* Reads PATH.  False with "PATH: what is wrong; remedy" in `err`.  secret_wipe() it. */
bool secret_read(const char *path, struct secret *secret, char *err, size_t errlen);
void secret_wipe(struct secret *secret);
/* The same judgement, but for what is in it: for files that a library reads itself. */
bool secret_check(const char *path, char *err, size_t errlen);

#endif
