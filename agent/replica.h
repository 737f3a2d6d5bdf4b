/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The agent's copy of the rows of cdatd: what GETs are answered from.  One ordered set
 * for each kind of record, and one of the nodes by name in the order of
 * cdatNodeNameTable.  Rows come one at a time, in a snapshot or as deltas.
 */
#ifndef AGENT_REPLICA_H
#define AGENT_REPLICA_H

#include "cdat/types.h"

struct replica;

struct replica *replica_new(void);		/* NULL: no memory */
void replica_free(struct replica *rep);
void replica_clear(struct replica *rep);

/* A row is new or changed, or gone (record NULL).  False: no memory, the row is as before. */
bool replica_put(struct replica *rep, enum cdat_kind kind, struct cdat_key key, const void *record);

/* Between these, rows that are not put again are those that went while nobody listened:
 * end drops them.  Readers see the old rows and the new ones meanwhile. */
void replica_refresh_begin(struct replica *rep);
void replica_refresh_end(struct replica *rep);

size_t replica_count(const struct replica *rep, enum cdat_kind kind);

/* The record with that key; NULL when there is none.  Pointers live until the row changes. */
const void *replica_get(const struct replica *rep, enum cdat_kind kind, struct cdat_key key);

/* The first record after *key, or at it when `inclusive`; *key becomes its key. */
const void *replica_next(const struct replica *rep, enum cdat_kind kind, struct cdat_key *key,
			 bool inclusive);

const struct cdat_cluster *replica_cluster(const struct replica *rep);	/* NULL: no servicer */
const struct cdat_params *replica_params(const struct replica *rep);
const struct cdat_node *replica_node(const struct replica *rep, uint16_t node);
const struct cdat_adapter *replica_adapter(const struct replica *rep, uint16_t node,
					   uint8_t adapter);

/* Nodes by name, ordered as an index of variable length is (RFC 2578 7.7): by length, then
 * octets.  `ids` is such an index, or the beginning of one, of `n` sub-identifiers. */
const struct cdat_node *replica_by_name(const struct replica *rep, const unsigned long *ids,
					size_t n);
const struct cdat_node *replica_next_name(const struct replica *rep, const unsigned long *ids,
					  size_t n, bool inclusive);

#endif
