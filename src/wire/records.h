/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Field tables of the records of cdat/types.h, and the codec's message for each
 * kind.  The names in these rows are the keys of `cdatctl --json`.
 */
#ifndef CDAT_WIRE_RECORDS_H
#define CDAT_WIRE_RECORDS_H

#include "wire/codec.h"

extern const struct cdat_msg cdat_msg_cluster, cdat_msg_params, cdat_msg_node, cdat_msg_adapter,
	cdat_msg_path, cdat_msg_component, cdat_msg_member, cdat_msg_persp, cdat_msg_stats,
	cdat_msg_role, cdat_msg_route, cdat_msg_event, cdat_msg_notify, cdat_msg_wanted,
	cdat_msg_op, cdat_msg_outcome;

/* The configured (replicated) part of a record: what the table digest covers and
 * what is sent between nodes and kept in the state file.  Same structs, fewer rows. */
extern const struct cdat_msg cdat_msg_node_conf, cdat_msg_adapter_conf, cdat_msg_role_conf;

/* The name of each of these messages is the word of the record: "node", "adapter", ...
 * An enum that knows no zero is required: a record in which it was left unset is refused
 * by its reader. */

/* The message of a kind; NULL for an unknown kind. */
const struct cdat_msg *cdat_record_msg(enum cdat_kind kind);

/* The key of a record of that kind. */
struct cdat_key cdat_record_key(enum cdat_kind kind, const void *record);

/* Room for any record. */
union cdat_record {
	struct cdat_cluster cluster;
	struct cdat_params params;
	struct cdat_node node;
	struct cdat_adapter adapter;
	struct cdat_path path;
	struct cdat_component component;
	struct cdat_member member;
	struct cdat_persp persp;
	struct cdat_stats stats;
	struct cdat_role role;
	struct cdat_route route;
	struct cdat_event event;
	struct cdat_notify notify;
	struct cdat_wanted wanted;
};

/* The result (enum cdat_result) that stands for a cause (enum cdat_cause). */
uint8_t cdat_cause_result(unsigned cause);
/* Words for the values of an enum member of a record ("up", "suspect", ...), for
 * text and JSON: the labels of the MIB.  `record` and `field` are names of a message and
 * of one of its rows.  NULL when `field` is no enum, "?" for a value without a label. */
const char *cdat_enum_word(const char *record, const char *field, unsigned value);

#endif
