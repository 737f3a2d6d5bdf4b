/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the parts share that read cdat.yaml: the struct conf being built, and the takers of
 * its sections.
 */
#ifndef DAEMON_CONF_INT_H
#define DAEMON_CONF_INT_H

#include "daemon/conf.h"
#include "host/schema.h"

struct conf_build {
	struct conf *conf;
	size_t ops_cap, settings_cap;
	uint16_t op_node; /* what an op is stamped with */
	uint8_t op_adapter, op_kind;
	struct conf_uniq *addrs;
};

static inline struct conf_build *build_of(const struct conf_parser *p)
{
	return p->owner;
}

/* The section `table`: see conf_table.c. */
conf_take conf_take_table;
/* The section `notify`: see conf_notify.c. */
conf_take conf_take_notify;
bool conf_setting_add(struct conf_parser *p, uint8_t what, uint8_t kind, int64_t number);

#endif
