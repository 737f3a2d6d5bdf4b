/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether two tables say the same where an administrator can say something: facts told by
 * the owners do not count.
 */
#ifndef DAEMON_COMPARE_H
#define DAEMON_COMPARE_H

#include "core/table.h"

/* The number of entries (nodes, roles, wanted routes, the parameters) that differ or that one
 * side lacks; `first` names the first of them ("node b"). */
size_t compare_tables(const struct cdat_table *a, const struct cdat_table *b, char *first,
		      size_t len);

#endif
