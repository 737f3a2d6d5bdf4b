/* SPDX-License-Identifier: BSD-2-Clause */
/* Who holds a role: a function of table, view and adapter status alone. */
#include "core/role.h"

static bool may_hold(const struct cdat_role_view *view, uint16_t node)
{
	return node != 0 && view->eligible(view->ctx, node);
}

static bool is_candidate(const struct cdat_role *role, uint16_t node)
{
	for (size_t i = 0; i < role->ncandidates; i++)
		if (role->candidates[i] == node)
			return true;
	return false;
}

/* The candidate that is to hold the role, its present holder not regarded; 0 none. */
static uint16_t choose(const struct cdat_role *role, const struct cdat_role_view *view)
{
	uint8_t best = 0;
	uint16_t chosen = 0;

	for (size_t i = 0; i < role->ncandidates; i++) {
		uint16_t node = role->candidates[i];
		uint8_t class_;

		if (!may_hold(view, node))
			continue;
		if (role->policy != CDAT_POLICY_BEST_CLASS)
			return node;
		class_ = view->best_class(view->ctx, node);
		if (chosen == 0 || class_ > best) {
			chosen = node;
			best = class_;
		}
	}
	return chosen;
}

bool cdat_role_assign(struct cdat_role *role, const struct cdat_role_view *view)
{
	bool suspended = role->needs_majority && !view->majority;
	uint16_t was = role->holder, holder = 0;

	if (!suspended)
		holder = role->sticky && is_candidate(role, was) && may_hold(view, was)
				 ? was
				 : choose(role, view);
	role->holder = holder;
	role->backups = 0;
	for (size_t i = 0; !suspended && i < role->ncandidates; i++)
		role->backups +=
			role->candidates[i] != holder && may_hold(view, role->candidates[i]);
	if (suspended)
		role->state = CDAT_ROLE_SUSPENDED;
	else if (holder == 0)
		role->state = CDAT_ROLE_VACANT;
	else
		role->state =
			holder == role->candidates[0] ? CDAT_ROLE_PREFERRED : CDAT_ROLE_BACKUP;
	if (holder == was)
		return false;
	role->moves++;
	role->agreed++;
	return true;
}
