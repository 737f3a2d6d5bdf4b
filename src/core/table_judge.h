/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A change under judgement.  Its ops are judged in stages, the order of checks of
 * set-semantics.md; in a stage every op is judged by every rule of the stage, and of
 * the ops that break one the lowest index is to blame.
 *
 * The touched nodes are drafts until all ops are applied.  Rows are first destroyed, then
 * created, then set, so the order of ops does not matter, and "destroy and create" of a
 * row is a fresh row.
 */
#ifndef CDAT_CORE_TABLE_JUDGE_H
#define CDAT_CORE_TABLE_JUDGE_H

#include "core/table_int.h"

enum stage {
	STAGE_VALUE = 1,	/* 4: wrongValue: of the op alone */
	STAGE_NAME,		/* 5: noCreation, inconsistentName */
	STAGE_LOCK,		/* 6 */
	STAGE_ROOM,		/* 8, what an image could not even hold */
	STAGE_RULES		/* 8, on the final image */
};

struct draft {
	uint16_t node;
	uint8_t room;			/* adapters that `ent` has place for */
	uint16_t creates;		/* adapters created so far, while judging */
	bool destroyed, created, owned;	/* owned: `ent` is not in the image yet */
	bool facts_only;		/* no administrator's value is touched */
	uint8_t made[32], gone[32], told[32];	/* adapters created, destroyed, with facts told */
	struct tent *ent;		/* as it will be; NULL: no such node */
};

struct judge {
	const struct cdat_table *base;
	struct cdat_table *image;	/* NULL before STAGE_RULES */
	const struct cdat_op *ops;
	size_t nops, ndrafts;
	const struct cdat_rules *rules;
	struct cdat_stamp stamp;
	struct draft *drafts;		/* ascending by node */
	struct cdat_params params;
	size_t room;			/* nodes that may still be created */
	bool meta, lock, unsealed, failed;
	struct cdat_outcome *outcome;
};

struct rule {
	enum stage stage;
	bool (*broken)(struct judge *j, const struct cdat_op *op);
};

/* cause: enum cdat_result, or enum cdat_cause where that says more.
 * Blames `op` unless one of a lower index is to blame already; true. */
__attribute__((format(printf, 5, 6)))
bool judge_fail(struct judge *j, const struct cdat_op *op, unsigned cause,
		enum cdat_fault fault, const char *fmt, ...);
/* "nodeB/2" of the op; with text longer than any row. */
const char *judge_row(const struct judge *j, const struct cdat_op *op, char buf[ROW_TEXT]);

bool op_of_node(const struct cdat_op *op);
bool op_of_adapter(const struct cdat_op *op);
static inline bool op_sets(const struct cdat_op *op, enum cdat_attr attr)
{
	return (op->kind == CDAT_OP_NODE_SET || op->kind == CDAT_OP_ADAPTER_SET ||
		op->kind == CDAT_OP_PARAM_SET) && op->attr == attr;
}
static inline bool bit_is(const uint8_t *bits, uint8_t i)
{
	return bits[i / 8] >> i % 8 & 1;
}
static inline void bit_set(uint8_t *bits, uint8_t i)
{
	bits[i / 8] = (uint8_t)(bits[i / 8] | 1u << i % 8);
}

struct draft *judge_draft(const struct judge *j, uint16_t node);
/* The row of the op before and after the change; NULL: none. */
const struct cdat_tnode *node_was(const struct judge *j, const struct cdat_op *op);
const struct cdat_tnode *node_now(const struct judge *j, const struct cdat_op *op);
const struct cdat_adapter *adapter_was(const struct judge *j, const struct cdat_op *op);
const struct cdat_adapter *adapter_now(const struct judge *j, const struct cdat_op *op);

/* The rules, by file; each list ends with a row without function. */
extern const struct rule table_value_rules[], table_row_rules[], table_list_rules[];

/* table_apply.c: digs a grave in the image, where that is wanted.  False: no memory. */
bool judge_bury(struct judge *j, uint8_t kind, uint16_t number);

/* table_lists.c: puts and removes roles and wanted routes in the image, and takes
 * destroyed nodes out of them.  False: no memory. */
bool lists_apply(struct judge *j);

#endif
