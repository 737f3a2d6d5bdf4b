/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of the fake servicer and the rows that a cluster in good health would show. */
#ifndef FAKE_ROWS_H
#define FAKE_ROWS_H

#include <time.h>

#include "core/table.h"

#define EVENTS 65536

struct fake {
	struct cdat_table *table;
	struct cdat_cluster cluster;
	struct cdat_notify notify[CDAT_EV_KINDS + 1];
	struct cdat_event *events;		/* by number; 0 is not used */
	uint32_t nevents;
	unsigned first_nodes;			/* they are members; those made later are not */
	uint8_t node_state[CDAT_NODE_MAX + 1];	/* by order; 0: none was given */
	bool flipped[CDAT_NODE_MAX + 1];	/* the node's first address is down */
};

extern struct fake fake;

__attribute__((format(printf, 1, 2), noreturn))
void die(const char *fmt, ...);
uint64_t now_us(clockid_t clock);

/* FIG. 5 for two nodes; else nodes 1.. of that many adapters each. */
void fake_make(unsigned nodes, unsigned adapters);

uint8_t fake_state(const struct cdat_node *node);	/* cdatNodeState */

/* Calls `each` for every row of the snapshot. */
void fake_rows(void (*each)(void *ctx, enum cdat_kind kind, const void *record), void *ctx);

/* What cdatd sends when the first address of a node goes down, or up again: few rows, however
 * many there are. */
void fake_flip(unsigned node, void (*each)(void *ctx, enum cdat_kind kind, const void *record),
	       void *ctx);

/* The table with a node made, with one address, or destroyed; NULL when that cannot be. */
struct cdat_table *fake_changed(unsigned node, bool create);

#endif
