/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Responsibilities: who holds each role, computed by every member alone and in the
 * same way from the table, the view and the agreed adapter status, so it needs no
 * messages (description 1a: primary and backups; claim 18).
 *
 * Holder: the first candidate that is a member and not suspect; with policy
 * best-class the one whose best usable adapter has the highest class, then the first.
 * Sticky: the present holder keeps the role while it is eligible.
 */
#ifndef CDAT_CORE_ROLE_H
#define CDAT_CORE_ROLE_H

#include "core/table.h"

struct cdat_role_view {
	bool (*eligible)(void *ctx, uint16_t node);	/* member and not suspect */
	uint8_t (*best_class)(void *ctx, uint16_t node);/* best class among its usable adapters */
	void *ctx;
	bool majority;					/* standing is whole or majority */
};

/* Fills state, holder, backups of `role` (its `holder` on entry is the present one).
 * True when the holder changed (then `moves` was incremented). */
bool cdat_role_assign(struct cdat_role *role, const struct cdat_role_view *view);

#endif
