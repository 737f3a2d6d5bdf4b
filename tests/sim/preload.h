/* SPDX-License-Identifier: BSD-2-Clause */
/* Hosts that begin with the table in their state; see preload.c. */
#ifndef SIM_PRELOAD_H
#define SIM_PRELOAD_H

#include "sim.h"

/* Makes the state with which all hosts begin from now on.  No host may be up. */
void sim_preload(struct sim *sim);
/* The same for a host of that name: *len octets, which the caller frees. */
uint8_t *sim_preload_of(const struct sim *sim, const char *name, size_t *len);

#endif
