/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is known of the cluster beside its events: names of nodes, addresses of adapters,
 * holders of roles.  The rows that cdatd tells, in the order of their keys.
 */
#ifndef NOTIFY_VIEW_H
#define NOTIFY_VIEW_H

#include "notify/note.h"

#define VIEW_KINDS (1u << CDAT_K_CLUSTER | 1u << CDAT_K_NODE | 1u << CDAT_K_ADAPTER | \
		    1u << CDAT_K_ROLE)

struct view;
struct view *view_new(void);			/* NULL: no memory */
void view_free(struct view *view);
void view_clear(struct view *view);

/* A row of one of VIEW_KINDS, or its end (record NULL).  False: no memory. */
bool view_row(struct view *view, enum cdat_kind kind, struct cdat_key key, const void *record);

/* NULL before the first row of the cluster. */
const struct cdat_cluster *view_cluster(const struct view *view);
const char *view_node_name(const struct view *view, uint16_t node);	/* "" for none */

/* Fills a note from an event. */
void view_note(const struct view *view, const struct cdat_event *event, struct note *note);

/* Whether the rows agree that what the note opened is open; true where they do not tell. */
bool view_confirms(const struct view *view, const struct note *note);
/* Calls `found` for each node that is unreachable and each adapter that is down by the rows. */
void view_faults(const struct view *view, void (*found)(void *ctx, const struct note *note),
		 void *ctx);

#endif
