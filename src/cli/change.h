/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The verbs that change the table: arguments become the operations of one change.
 */
#ifndef CDAT_CLI_CHANGE_H
#define CDAT_CLI_CHANGE_H

#include "cli/cli.h"
#include "wire/attr.h"

struct cli_change {
	struct cdat_op *ops;
	size_t n, cap;
	bool failed;		/* out of memory */
};

/* Rows that the verbs need to know names by. */
#define CLI_CHANGE_KINDS	(CLI_KIND(CDAT_K_CLUSTER) | CLI_KIND(CDAT_K_NODE) | \
				 CLI_KIND(CDAT_K_ADAPTER) | CLI_KIND(CDAT_K_ROLE) | \
				 CLI_KIND(CDAT_K_WANTED))

/* Appends an operation and gives it to be filled; a spare one when memory is short. */
struct cdat_op *cli_change_op(struct cli_change *change, uint8_t kind, unsigned node,
			      unsigned adapter);

/* "NODE", "NODE/ADAPTER" or "cluster". */
struct cli_target {
	enum cdat_attr_scope scope;
	uint16_t node;
	uint8_t adapter;
	const char *word;	/* as written */
};

/* What is to be set or removed is there; says what is wrong.  The number of a node that the table
 * does not have is left to the servicer, which knows what was removed. */
int cli_target_row(const struct cli_view *view, const char *word, struct cli_target *target);
/* The same but for the adapter, which need not be there; a node must. */
int cli_target(const struct cli_view *view, const char *word, struct cli_target *target);

/* Appends the operations of one ATTRIBUTE=VALUE for the target (an address with a prefix
 * is two); index: to be told as culprit.  Says what is wrong. */
int cli_assign(struct cli_change *change, const struct cli_target *target, const char *word,
	       unsigned index);

/* The arguments of each verb as a change; says what is wrong. */
int cli_parse_set(const struct cli *cli, const struct cli_view *view, int argc, char **argv,
		  struct cli_change *change);
int cli_parse_add(const struct cli *cli, const struct cli_view *view, int argc, char **argv,
		  struct cli_change *change);
int cli_parse_remove(const struct cli *cli, const struct cli_view *view, int argc, char **argv,
		     struct cli_change *change);

/* Proposes the change and tells its outcome. */
int cli_change_run(struct cli *cli, const struct cli_view *view, const struct cli_change *change);

/* Tells the outcome of a change; gives the exit code. */
int cli_tell(const struct cli *cli, const struct cdat_outcome *outcome);

/* "set nodeB/2 mtu=1400" */
void cli_op_text(const struct cli_view *view, const struct cdat_op *op, char *buf, size_t len);

#endif
