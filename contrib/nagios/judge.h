/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is checked: a mode reads some objects of one member and judges them.
 */
#ifndef CHECK_CDAT_JUDGE_H
#define CHECK_CDAT_JUDGE_H

#include "query.h"
#include "result.h"

/* What each mode knows of the member that is asked, from the first GET. */
struct survey {
	struct value health, reason, cluster, state, partition, local_node, local_name;
	struct value nodes, nodes_up, nodes_down, adapters, adapters_down, single_path;
	struct value version, digest, servicer;
};

struct check {
	struct query *query;
	struct result *result;
	struct survey survey;
	const char *node;	/* --node; NULL: all */
	const char *role;	/* --role */
	const char *digest;	/* --digest; NULL: any table will do */
};

struct mode {
	const char *option;	/* long option without "--"; "" for the whole cluster */
	const char *help;
	struct {
		const char *label, *unit;
	} metrics[RESULT_METRICS];
	bool takes_node;	/* --node is a filter */
	/* False: query_error() or, if that is empty, the result tells why. */
	bool (*judge)(struct check *check);
};

extern const struct mode modes[];
extern const size_t n_modes;

/* Values of CDAT-MIB. */
enum { HEALTH_OK = 1, HEALTH_UNKNOWN = 4 };
enum { CLUSTER_OPERATIONAL = 3, CLUSTER_RECONFIGURING, CLUSTER_ISOLATED, CLUSTER_STOPPING };
enum { PARTITION_WHOLE = 1, PARTITION_MAJORITY, PARTITION_MINORITY, PARTITION_UNKNOWN };
enum { NODE_MEMBER = 1, NODE_SUSPECT, NODE_UNREACHABLE, NODE_INACTIVE, NODE_JOINING,
       NODE_LEAVING, NODE_DISABLED };
enum { REACH_UP = 1, REACH_SUSPECT, REACH_DOWN, REACH_UNKNOWN, REACH_DISABLED };

/* The first GET.  False: as for judge. */
bool survey(struct check *check);
/* The member is alone, or with too few: what it tells of the others counts for little. */
bool survey_cut_off(const struct survey *survey);
/* Adds that as a problem, if it is so. */
void judge_standing(struct check *check);
/* For judge: the object is hidden from this user. */
bool judge_half(struct check *check, enum object object);
/* The number of the node of that name; 0: there is none, the result tells which are, or
 * query_error(). */
uint32_t judge_node_number(struct check *check, const char *name);

/* The modes that are in files of their own. */
bool judge_paths(struct check *check);
bool judge_adapters(struct check *check);
bool judge_routes(struct check *check);
bool judge_role(struct check *check);
bool judge_roles(struct check *check);

#endif
