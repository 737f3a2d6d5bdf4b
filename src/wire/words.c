/* SPDX-License-Identifier: BSD-2-Clause */
/* The labels of the MIB's enumerations, for text and JSON. */
#include "wire/records.h"
#include "wire/words.h"

#include <string.h>

/* Words of the values 1.., NULL-ended. */
#define WORDS(id, ...) static const char *const id[] = { __VA_ARGS__, NULL }

WORDS(verdict, "ok", "warning", "critical", "unknown");
WORDS(reach, "up", "suspect", "down", "unknown", "disabled");
WORDS(membership, "member", "suspect", "unreachable", "inactive", "joining", "leaving", "disabled");
WORDS(cluster_state, "starting", "joining", "operational", "reconfiguring", "isolated", "stopping");
WORDS(standing, "whole", "majority", "minority", "unknown");
WORDS(severity, "cleared", "indeterminate", "critical", "major", "minor", "warning");
WORDS(event_kind, "nodeUnreachable", "nodeReachable", "nodeJoined", "nodeLeft", "adapterDown",
      "adapterUp", "failover", "failback", "partitioned", "merged", "tableChanged", "changeFailed",
      "authFailure", "healthChanged", "roleMoved", "routeShared", "changeConflict");
#define RESULTS \
	"none", "committed", "badAddress", "duplicateAddress", "addressNotVerified", \
	"badPrefixLength", "mtuTooSmall", "lastAddress", "badName", "duplicateName", "unknownNode", \
	"nodeInUse", "localNode", "rowIncomplete", "rowProtected", "tableFull", "lockMismatch", \
	"notPrimary", "changeInFlight", "memberRefused", "memberTimeout", "coordinatorLost", \
	"storageFailed", "other"
WORDS(result, RESULTS);
WORDS(cause, RESULTS, "unknownRow", "unknownAdapter", "unknownRole", "unknownRoute", "removedNode",
      "unknownAttribute", "exists", "outOfRange", "otherFamily", "noComponent");
/* RFC 3416, error-status */
WORDS(fault, "wrongValue", "inconsistentValue", "inconsistentName", "noCreation",
      "resourceUnavailable", "commitFailed");
WORDS(sync_state, "inSync", "pending", "outOfSync", "unknown");
WORDS(change_state, "idle", "preparing", "committing", "aborting");
WORDS(basis, "observed", "reported", "assumed");
WORDS(part, "leader", "member", "joining");
WORDS(role_state, "preferred", "backup", "vacant", "suspended");
WORDS(policy, "ordered", "best-class");
WORDS(route_state, "direct", "gateway", "mismatch", "absent");
WORDS(scope, "everyMember", "oneMember");

const char *const cdat_words_class[] = {
	"unspecified", "bulk", "standard", "interactive", "control", NULL
};
const char *const cdat_words_storage[] = {
	"other", "volatile", "nonVolatile", "permanent", "readOnly", NULL
};
const char *const cdat_words_row[] = { "active", "notInService", "notReady", NULL };
const char *const cdat_words_node_admin[] = { "enabled", "disabled", NULL };
const char *const cdat_words_adapter_admin[] = { "up", "down", NULL };
const char *const cdat_words_quorum[] = { "majority", "none", NULL };

/* `none` is the word of 0, for members that may be 0. */
static const struct { const char *record, *field, *none; const char *const *words; } enums[] = {
	{ "cluster", "health", NULL, verdict },
	{ "cluster", "state", NULL, cluster_state },
	{ "cluster", "standing", NULL, standing },
	{ "cluster", "change_state", NULL, change_state },
	{ "cluster", "notify_scope", NULL, scope },
	{ "params", "quorum", NULL, cdat_words_quorum },
	{ "node", "admin", NULL, cdat_words_node_admin },
	{ "node", "storage", NULL, cdat_words_storage },
	{ "node", "row", NULL, cdat_words_row },
	{ "node", "state", NULL, membership },
	{ "node", "sync", NULL, sync_state },
	{ "adapter", "type", NULL, cdat_words_iftype },
	{ "adapter", "type_reported", "unknown", cdat_words_iftype },
	{ "adapter", "class", NULL, cdat_words_class },
	{ "adapter", "admin", NULL, cdat_words_adapter_admin },
	{ "adapter", "storage", NULL, cdat_words_storage },
	{ "adapter", "row", NULL, cdat_words_row },
	{ "adapter", "oper", NULL, reach },
	{ "path", "state", NULL, reach },
	{ "component", "basis", NULL, basis },
	{ "member", "part", NULL, part },
	{ "persp", "state", NULL, reach },
	{ "role", "policy", NULL, policy },
	{ "role", "state", NULL, role_state },
	{ "route", "state", NULL, route_state },
	{ "event", "kind", NULL, event_kind },
	{ "event", "severity", NULL, severity },
	{ "notify", "kind", NULL, event_kind },
	{ "outcome", "result", NULL, result },
	{ "outcome", "cause", "none", cause },
	{ "outcome", "fault", "noError", fault },
};

uint8_t cdat_cause_result(unsigned value)
{
	switch (value) {
	case CDAT_CAUSE_REMOVED_NODE:
		return CDAT_RES_UNKNOWN_NODE;
	case CDAT_CAUSE_OTHER_FAMILY:
		return CDAT_RES_BAD_ADDRESS;
	case CDAT_CAUSE_NO_COMPONENT:
		return CDAT_RES_NOT_PRIMARY;
	default:
		return value > CDAT_RES_OTHER ? CDAT_RES_OTHER : (uint8_t)value;
	}
}

const char *cdat_word_of(const char *const *words, unsigned value)
{
	for (unsigned i = 1; value && words[i - 1]; i++)
		if (i == value)
			return words[i - 1][0] ? words[i - 1] : "?";
	return "?";
}

const char *cdat_enum_word(const char *record, const char *field, unsigned value)
{
	for (size_t i = 0; i < sizeof(enums) / sizeof(enums[0]); i++) {
		if (strcmp(enums[i].record, record) != 0 || strcmp(enums[i].field, field) != 0)
			continue;
		if (!value && enums[i].none)
			return enums[i].none;
		return cdat_word_of(enums[i].words, value);
	}
	return NULL;
}
