/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts share that read notify.yaml. */
#ifndef NOTIFY_CONF_INT_H
#define NOTIFY_CONF_INT_H

#include "host/schema.h"
#include "notify/conf.h"

/* Takes the mapping of one sink into *sink. */
bool conf_take_sink(struct conf_parser *p, yaml_node_t *map, struct sink_conf *sink);
void sink_conf_free(struct sink_conf *sink);

#endif
