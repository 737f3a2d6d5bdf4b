/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of a simulated cluster as the operations of its file. */
#ifndef SIM_TABLE_H
#define SIM_TABLE_H

#include "sim.h"

#define SIM_ROLES 2	/* "master" (ordered, sticky), "standby" (best-class, needs majority) */

/* Nodes with an adapter per subnet (preference 10, 20, ...), roles, parameters. */
struct cdat_op *sim_table_ops(const struct sim *sim, size_t *nops);

#endif
