/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows for tests of the agent: the two nodes of FIG. 5 with a value of its own in each member,
 * so that a column that reads its neighbour is seen. */
#ifndef AGENT_FIXTURE_H
#define AGENT_FIXTURE_H

#include "agent/mib.h"

/* Monotonic time of the reader, and of the agent's start: sysUpTime is 1000 s. */
#define FIXTURE_NOW	2000000000u
#define FIXTURE_START	1000000000

struct replica *fixture_replica(void);
struct mib_data fixture_data(const struct replica *rep, const struct change_log *changes);
void fixture_changes(struct change_log *changes);

#endif
