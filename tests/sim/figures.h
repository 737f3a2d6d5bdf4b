/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Figures of large clusters, in virtual time: what a real core would need on a network with a
 * round trip of 0.2 ms and disks that take 0.1 to 2 ms, sealed datagrams with IP and UDP
 * headers counted.  One line each, "figure NAME-NODES VALUE UNIT":
 *
 *   join-time, join-octets   from the start of the first of all hosts (all within 0.5 s) to
 *                            one view of all; octets of all hosts together
 *   idle                     octets that a node sends in a second, of ten after a minute; of a
 *                            lean cluster with churn, before it, of two after five
 *   change                   from the command to its committed outcome, median of seven
 *   memory                   most that one core ever held
 * with churn (1 % of the nodes go and come each minute, half of them without a word):
 *   churn-views, churn-load, churn-load-most   views of that time; octets sent in a second by
 *                            a node on average, and by the busiest
 */
#ifndef SIM_FIGURES_H
#define SIM_FIGURES_H

#include "sim.h"

/* churn: seconds of it, 0 none.  lean: see sim.h, and the cluster starts as after a power cut,
 * with the table in all states ("restart" in the place of "join"); always so above 1,000 nodes.
 * False: an invariant was violated; told on standard output. */
bool sim_figures(uint64_t seed, uint32_t nodes, unsigned churn, bool lean, int verbose);

#endif
