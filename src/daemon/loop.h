/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The loop: feeds the core with datagrams, time, addresses and commands, and carries out
 * what it answers.  One timer stands for all deadlines of the core.
 */
#ifndef DAEMON_LOOP_H
#define DAEMON_LOOP_H

#include "daemon/conf.h"

struct loop;

/* Makes core, sockets and control service from a judged configuration: reads the state, counts
 * the incarnation.  Takes `conf` over in any case.  NULL with one line in err. */
struct loop *loop_new(struct conf *conf, unsigned verbose, char *err, size_t errlen);

/* Runs until SIGTERM or SIGINT, then leaves the cluster in order. */
void loop_run(struct loop *l);
void loop_free(struct loop *l);

/* The table of the file, judged by the rules of the cluster.  False with the place in err. */
bool loop_check_table(const struct conf *conf, char *err, size_t errlen);

/* The name of this node, which must be in the table: that of the file, else the host's, which is
 * then put into `conf`.  False with the place in err. */
bool loop_check_node(struct conf *conf, char *err, size_t errlen);

/* The level of the log: that of the file, made louder by -v. */
void loop_set_log(const struct conf *conf, unsigned verbose);

#endif
