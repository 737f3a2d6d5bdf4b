/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The servicer as a process: what main() runs.
 */
#ifndef DAEMON_DAEMON_H
#define DAEMON_DAEMON_H

/* Runs cdatd with this command line; returns the exit code. */
int daemon_main(int argc, char **argv);

#endif
