/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command line of cdatd.
 */
#ifndef DAEMON_ARGS_H
#define DAEMON_ARGS_H

#include <stdbool.h>

struct args {
	const char *file; /* of the configuration */
	bool detach, test, help, version;
	unsigned verbose; /* each makes the log one level louder */
};

/* False with one line on stderr. */
bool args_parse(struct args *args, int argc, char **argv);
void args_usage(void);

#endif
