/* SPDX-License-Identifier: BSD-2-Clause */
/* What must hold of what a configuration is told to be wrong, and how that is demanded. */
#ifndef CDAT_TESTS_REQUIRE_H
#define CDAT_TESTS_REQUIRE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define require(condition)        \
	do {                      \
		if (!(condition)) \
			abort();  \
	} while (0)

/* One line with the place in the file "f", what is wrong and what to write instead. */
static inline void check_error(const char *err)
{
	unsigned line, column;
	int n = 0;

	require(sscanf(err, "f:%u:%u: %n", &line, &column, &n) == 2 && n > 0);
	require(line >= 1 && column >= 1 && err[n] != '\0');
	require(strchr(err, '\n') == NULL && strchr(err, ';') != NULL);
}

#endif
