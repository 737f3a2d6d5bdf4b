/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What each kind of event means to a receiver: one row each.  A state that opens and clears
 * is one service of Icinga and one alert of Alertmanager; its severity there is fixed, since
 * it is part of an alert's identity and the event that clears does not know it.
 */
#ifndef NOTIFY_KIND_H
#define NOTIFY_KIND_H

#include "cdat/types.h"

enum kind_effect {
	KIND_NONE,		/* no state: told to webhooks and hooks, no alert */
	KIND_OPENS,
	KIND_CLEARS,
	KIND_BY_SEVERITY,	/* opens, or clears when its severity is "cleared" */
	KIND_POINT		/* an alert that ends by itself */
};

/* What beside the cluster tells apart two states of the same class. */
enum kind_scope {
	KIND_OF_CLUSTER = 0,
	KIND_OF_NODE = 1,
	KIND_OF_ADAPTER = 2,	/* and its node */
	KIND_OF_ROLE = 4,
	KIND_OF_REPORTER = 8	/* each member has its own */
};

struct kind_row {
	const char *class;	/* "node": names the service */
	const char *alert;	/* alertname; NULL none */
	const char *severity;	/* of the alert */
	enum kind_effect effect;
	unsigned scope;		/* enum kind_scope, bits */
};

/* The row of a kind of event (1..CDAT_EV_KINDS); NULL for another number. */
const struct kind_row *kind_row(unsigned kind);

/* Whether only the member that had the event tells it, whoever tells for the cluster. */
bool kind_of_member(unsigned kind);

/* Words of the MIB ("nodeUnreachable", "major") and back; 0 for an unknown word. */
const char *kind_word(unsigned kind);
const char *severity_word(unsigned severity);
unsigned kind_of_word(const char *word);
unsigned severity_of_word(const char *word);

/* 0 (nothing to do) to 4 (critical), to compare severities. */
unsigned severity_rank(unsigned severity);

#endif
