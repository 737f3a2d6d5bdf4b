/* SPDX-License-Identifier: BSD-2-Clause */
/* The kinds of events; see kind.h. */
#include "config.h"

#include <string.h>

#include "notify/kind.h"
#include "wire/records.h"

#define NODE	KIND_OF_NODE
#define ADAPTER	(KIND_OF_NODE | KIND_OF_ADAPTER)

static const struct kind_row rows[CDAT_EV_KINDS + 1] = {
	[CDAT_EV_NODE_UNREACHABLE] = { "node", "CdatNodeUnreachable", "critical", KIND_OPENS, NODE },
	[CDAT_EV_NODE_REACHABLE] = { "node", "CdatNodeUnreachable", "critical", KIND_CLEARS, NODE },
	[CDAT_EV_NODE_JOINED] = { "node", "CdatNodeUnreachable", "critical", KIND_CLEARS, NODE },
	/* It said so itself: what was open about it is not a fault any more. */
	[CDAT_EV_NODE_LEFT] = { "node", "CdatNodeUnreachable", "critical", KIND_CLEARS, NODE },
	[CDAT_EV_ADAPTER_DOWN] = { "adapter", "CdatAdapterDown", "warning", KIND_OPENS, ADAPTER },
	[CDAT_EV_ADAPTER_UP] = { "adapter", "CdatAdapterDown", "warning", KIND_CLEARS, ADAPTER },
	[CDAT_EV_FAILOVER] = { "path", "CdatFailover", "warning", KIND_POINT,
			       NODE | KIND_OF_REPORTER },
	[CDAT_EV_FAILBACK] = { "path", NULL, NULL, KIND_NONE, NODE | KIND_OF_REPORTER },
	[CDAT_EV_PARTITIONED] = { "partition", "CdatPartitioned", "critical", KIND_OPENS, 0 },
	[CDAT_EV_MERGED] = { "partition", "CdatPartitioned", "critical", KIND_CLEARS, 0 },
	[CDAT_EV_TABLE_CHANGED] = { "change", NULL, NULL, KIND_NONE, 0 },
	[CDAT_EV_CHANGE_FAILED] = { "change", "CdatChangeFailed", "warning", KIND_POINT,
				    KIND_OF_REPORTER },
	[CDAT_EV_AUTH_FAILURE] = { "security", "CdatAuthFailure", "warning", KIND_POINT,
				   KIND_OF_REPORTER },
	[CDAT_EV_HEALTH_CHANGED] = { "health", "CdatHealth", "warning", KIND_BY_SEVERITY,
				     KIND_OF_REPORTER },
	[CDAT_EV_ROLE_MOVED] = { "role", "CdatRoleNotPreferred", "warning", KIND_BY_SEVERITY,
				 KIND_OF_ROLE },
	[CDAT_EV_ROUTE_SHARED] = { "route", "CdatRouteShared", "warning", KIND_POINT,
				   NODE | KIND_OF_REPORTER },
	[CDAT_EV_CHANGE_CONFLICT] = { "change", "CdatChangeConflict", "warning", KIND_POINT, 0 },
};

const struct kind_row *kind_row(unsigned kind)
{
	return kind >= 1 && kind <= CDAT_EV_KINDS && rows[kind].class != NULL ? &rows[kind] : NULL;
}

bool kind_of_member(unsigned kind)
{
	const struct kind_row *row = kind_row(kind);

	return row != NULL && (row->scope & KIND_OF_REPORTER) != 0;
}

const char *kind_word(unsigned kind)
{
	return cdat_enum_word("event", "kind", kind);
}

const char *severity_word(unsigned severity)
{
	return cdat_enum_word("event", "severity", severity);
}

static unsigned of_word(const char *field, unsigned most, const char *word)
{
	for (unsigned i = 1; i <= most; i++)
		if (strcmp(cdat_enum_word("event", field, i), word) == 0)
			return i;
	return 0;
}

unsigned kind_of_word(const char *word)
{
	return of_word("kind", CDAT_EV_KINDS, word);
}

unsigned severity_of_word(const char *word)
{
	return of_word("severity", CDAT_SEV_WARNING, word);
}

unsigned severity_rank(unsigned severity)
{
	static const uint8_t ranks[] = {
		[CDAT_SEV_CLEARED] = 0, [CDAT_SEV_INDETERMINATE] = 0, [CDAT_SEV_WARNING] = 1,
		[CDAT_SEV_MINOR] = 2, [CDAT_SEV_MAJOR] = 3, [CDAT_SEV_CRITICAL] = 4,
	};

	return severity < sizeof(ranks) ? ranks[severity] : 0;
}
