/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The configure summary as part of every program.
 */
#include "config.h"

#include <stdio.h>

#include "wire/version.h"

void cdat_print_version(const char *program, bool verbose)
{
	printf("%s (%s) %s\n", program, PACKAGE_NAME, PACKAGE_VERSION);
	if (verbose)
		fputs(CDAT_SUMMARY, stdout);
}
