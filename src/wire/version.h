/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The answer of every program to --version and --version -v.
 */
#ifndef WIRE_VERSION_H
#define WIRE_VERSION_H

#include <stdbool.h>

/*
 * Prints "PROGRAM (cdat) VERSION" to stdout; if `verbose`, then also what configure
 * found and chose, a line each.
 */
void cdat_print_version(const char *program, bool verbose);

#endif
