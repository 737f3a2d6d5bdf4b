/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Places in a file, and the one form of errors about them.
 */
#ifndef HOST_PLACE_H
#define HOST_PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONF_ERROR_LEN 512

/* A place in the file, from 1; line 0: none. */
struct conf_place {
	uint32_t line, column;
};

/* Writes "FILE:LINE:COLUMN: text" into `err`; returns false. */
bool conf_error_at(const char *file, struct conf_place place, char *err, size_t errlen,
		   const char *format, ...) __attribute__((format(printf, 5, 6)));

#endif
