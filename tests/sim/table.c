/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of a simulated cluster as the operations of its file. */
#include "table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FACTS	5u

static struct cdat_op *add(struct cdat_op *ops, size_t *n, uint8_t kind)
{
	struct cdat_op *op = &ops[*n];

	memset(op, 0, sizeof(*op));
	op->kind = kind;
	op->index = (uint16_t)(*n % 65535u + 1u);
	(*n)++;
	return op;
}

/* What the host will tell of its interface (host.c): a table of a cluster that was up. */
static void add_facts(struct cdat_op *ops, size_t *n, uint32_t host, unsigned subnet)
{
	static const struct { uint8_t attr; uint16_t number; } facts[FACTS] = {
		{ CDAT_A_FACT_PREFIX, 16 }, { CDAT_A_FACT_TYPE, CDAT_IFT_ETHERNET },
		{ CDAT_A_FACT_MTU, 1500 }, { CDAT_A_FACT_MULTICAST, 1 }, { CDAT_A_FACT_IFNAME, 1 },
	};

	for (unsigned i = 0; i < FACTS; i++) {
		struct cdat_op *op = add(ops, n, CDAT_OP_ADAPTER_SET);

		op->node = (uint16_t)(host + 1);
		op->adapter = (uint8_t)(subnet + 1);
		op->attr = facts[i].attr;
		op->number = facts[i].number;
		if (op->attr == CDAT_A_FACT_IFNAME)
			snprintf(op->text, sizeof(op->text), "eth%u", subnet);
	}
}

static void add_adapter(const struct sim *sim, struct cdat_op *ops, size_t *n, uint32_t host,
			unsigned subnet)
{
	struct cdat_op *op = add(ops, n, CDAT_OP_ADAPTER_CREATE);

	op->node = (uint16_t)(host + 1);
	op->adapter = (uint8_t)(subnet + 1);
	op = add(ops, n, CDAT_OP_ADAPTER_SET);
	op->node = (uint16_t)(host + 1);
	op->adapter = (uint8_t)(subnet + 1);
	op->attr = CDAT_A_ADDR;
	op->addr = sim_addr(sim, host, subnet, false);
	op = add(ops, n, CDAT_OP_ADAPTER_SET);
	op->node = (uint16_t)(host + 1);
	op->adapter = (uint8_t)(subnet + 1);
	op->attr = CDAT_A_PREFERENCE;
	op->number = 10 * ((int)subnet + 1);
	if (sim->opt.lean)
		add_facts(ops, n, host, subnet);
}

static void add_roles(const struct sim *sim, struct cdat_op *ops, size_t *n)
{
	static const char *const names[SIM_ROLES] = { "master", "standby" };

	for (unsigned r = 0; r < SIM_ROLES; r++) {
		struct cdat_op *op = add(ops, n, CDAT_OP_ROLE_PUT);

		op->role.role = (uint16_t)(r + 1);
		strcpy(op->role.name, names[r]);
		op->role.policy = r ? CDAT_POLICY_BEST_CLASS : CDAT_POLICY_ORDERED;
		op->role.sticky = !r;
		op->role.needs_majority = r;
		for (uint32_t i = 0; i < sim->n && i < 3; i++)
			op->role.candidates[op->role.ncandidates++] =
				(uint16_t)((i + r) % sim->n + 1);
	}
}

struct cdat_op *sim_table_ops(const struct sim *sim, size_t *nops)
{
	size_t cap = sim->n * (2 + (3 + FACTS) * (size_t)sim->opt.subnets) + 8, n = 0;
	struct cdat_op *ops = calloc(cap, sizeof(*ops)), *op;

	if (!ops)
		abort();
	for (uint32_t i = 0; i < sim->n; i++) {
		add(ops, &n, CDAT_OP_NODE_CREATE)->node = (uint16_t)(i + 1);
		op = add(ops, &n, CDAT_OP_NODE_SET);
		op->node = (uint16_t)(i + 1);
		op->attr = CDAT_A_NODE_NAME;
		snprintf(op->text, sizeof(op->text), "n%u", i + 1);
		for (unsigned s = 0; s < sim->opt.subnets; s++)
			add_adapter(sim, ops, &n, i, s);
	}
	if (!sim->opt.quiet_roles)
		add_roles(sim, ops, &n);
	if (sim->opt.quorum) {
		op = add(ops, &n, CDAT_OP_PARAM_SET);
		op->attr = CDAT_A_QUORUM;
		op->number = sim->opt.quorum;
	}
	if (sim->opt.heartbeat_ms) {
		op = add(ops, &n, CDAT_OP_PARAM_SET);
		op->attr = CDAT_A_HEARTBEAT;
		op->number = sim->opt.heartbeat_ms;
	}
	*nops = n;
	return ops;
}
