/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cdat.yaml: any text is taken or refused with one line that names its place; what is
 * taken holds together.
 */
#include "config.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/conf.h"
#include "wire/attr.h"
#include "require.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_conf(const struct conf *c, enum conf_use use)
{
	require(c->node[0] == '\0' || cdat_name_ok(c->node));
	require(use == CONF_TABLE || c->sealed == (c->key_file != NULL));
	require(!c->has_table || c->nops >= 3);
	for (size_t i = 0; i < c->nops; i++) {
		const struct cdat_op *op = &c->ops[i];

		require(op->index == i + 1 && conf_op_place(c, op->index).line >= 1);
		require(op->kind > CDAT_OP_NODE_SET || op->node != 0);
		require(op->kind != CDAT_OP_ADAPTER_SET || op->adapter != 0);
	}
	for (size_t i = 0; i < c->njoin; i++)
		require(c->join[i].family != CDAT_AF_NONE && c->join[i].port != 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum conf_use uses[] = {CONF_SERVICER, CONF_TABLE};

	for (size_t i = 0; i < 2; i++) {
		char err[CONF_ERROR_LEN] = "";
		struct conf *c =
			conf_parse("f", (const char *)data, size, uses[i], err, sizeof(err));

		if (c == NULL)
			check_error(err);
		else
			check_conf(c, uses[i]);
		conf_free(c);
	}
	return 0;
}
