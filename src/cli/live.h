/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Verbs that go on until a signal: waiting for the servicer, the clock or SIGINT and
 * SIGTERM, whichever comes first.
 */
#ifndef CDAT_CLI_LIVE_H
#define CDAT_CLI_LIVE_H

#include "cli/cli.h"

/* From now on SIGINT and SIGTERM only end the waiting. */
void cli_live_begin(void);
bool cli_live_ended(void);

/* CLOCK_MONOTONIC in ns. */
int64_t cli_live_now(void);

/* Waits until something came from the servicer (and handles it), the time `until`
 * (cli_live_now() scale; INT64_MAX: none), or a signal.  `in`: also until that descriptor is
 * readable, -1: none.  0 or what cdat_dispatch() gave. */
int cli_live_wait(struct cli *cli, int64_t until, int in);

#endif
