/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The alerts that are open, as the events tell.  Alertmanager forgets an alert that is not
 * told again before its end, so the member that tells repeats them; every member keeps the
 * list, so that the next in line can go on.
 */
#ifndef NOTIFY_ALERTS_H
#define NOTIFY_ALERTS_H

#include "notify/note.h"

#define ALERTS_MAX 4096

struct alerts;

struct alerts *alerts_new(void);		/* NULL: no memory */
void alerts_free(struct alerts *alerts);
void alerts_clear(struct alerts *alerts);

/* An event opens or closes an alert, or neither. */
void alerts_observe(struct alerts *alerts, const struct note *note);
size_t alerts_count(const struct alerts *alerts);
/* The i-th, or NULL past the last. */
const struct note *alerts_at(const struct alerts *alerts, size_t i);
/* Drops those that `keep` is false for. */
void alerts_keep(struct alerts *alerts, bool (*keep)(void *ctx, const struct note *note),
		 void *ctx);
/* Whether an alert of the kind that `note` opens is open for the same subject. */
bool alerts_has(const struct alerts *alerts, const struct note *note);

/* Alertmanager's JSON of up to `most` open ones from the `from`-th on, firing until then. */
json_t *alerts_json(const struct alerts *alerts, size_t from, size_t most, uint64_t ends_wall);

#endif
