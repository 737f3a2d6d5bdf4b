/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Facts of adapters (FIG. 2: "adds its adapter facts"): what a node tells of its own
 * interfaces with its offer to join, and while it is a member whenever they or its
 * addresses in the table changed.  They enter the table by a change of the coordinator's.
 */
#include <stdlib.h>
#include <string.h>

#include "core/internal.h"

#define FACTS_EVERY (100u * MS)

struct cdat_view
facts_list(struct cdat_core *c, uint8_t *buf, size_t cap)
{
	struct cdat_writer w;

	cdat_writer_init(&w, buf, cap);
	for (size_t i = 0; i < c->nlocals; i++) {
		const struct cdat_local *l = &c->locals[i];
		struct p_fact f = { l->addr, l->prefix_len, l->type, l->mtu, l->multicast, "" };

		memcpy(f.ifname, l->ifname, sizeof f.ifname);
		if (!cdat_list_add(&w, &cdat_msg_p_fact, &f))
			break;
	}
	return cdat_written(&w);
}

static void
fact_op(struct cdat_op *ops, size_t *n, const struct cdat_adapter *a, uint8_t attr, int64_t have,
	int64_t is)
{
	if (have == is)
		return;
	ops[*n] = (struct cdat_op){ .kind = CDAT_OP_ADAPTER_SET, .index = (uint16_t)(*n + 1),
		.node = a->node, .adapter = a->adapter, .attr = attr, .number = is };
	(*n)++;
}

/* The operations that write what a node told of its adapters into the table; only for
 * addresses that the table gives it. */
struct cdat_op *
facts_ops(const struct cdat_table *t, uint16_t node, struct cdat_view facts, size_t *n)
{
	const struct cdat_tnode *me = cdat_table_node(t, node);
	struct cdat_op *ops = me != NULL ? calloc((size_t)me->nadapters * 5 + 1, sizeof *ops) : NULL;
	struct p_fact f;

	*n = 0;
	while (ops != NULL && cdat_list_next(&facts, &cdat_msg_p_fact, &f)) {
		for (unsigned k = 0; k < me->nadapters; k++) {
			const struct cdat_adapter *a = &me->adapters[k];

			if (!cdat_addr_same(&a->addr, &f.addr) || *n + 5 > (size_t)me->nadapters * 5)
				continue;
			fact_op(ops, n, a, CDAT_A_FACT_PREFIX, a->prefix_reported, f.prefix_len);
			fact_op(ops, n, a, CDAT_A_FACT_TYPE, a->type_reported, f.type);
			fact_op(ops, n, a, CDAT_A_FACT_MTU, a->mtu_reported, f.mtu);
			fact_op(ops, n, a, CDAT_A_FACT_MULTICAST, a->multicast ? 1 : 2,
				f.multicast ? 1 : 2);
			if (strcmp(a->ifname, f.ifname) != 0) {
				fact_op(ops, n, a, CDAT_A_FACT_IFNAME, 0, 1);
				memcpy(ops[*n - 1].text, f.ifname, sizeof ops[0].text);
			}
		}
	}
	return ops;
}

/* A member whose facts in the table are not those of its interfaces tells the coordinator. */
void
facts_tick(struct cdat_core *c)
{
	size_t cap = 64 + c->nlocals * 128, n = 0;
	struct p_facts p;
	struct cdat_op *ops;
	uint8_t *buf;

	if (c->now - c->facts_mono < FACTS_EVERY)
		return;
	c->facts_mono = c->now;
	if (c->view.epoch == 0 || !c->view.stable || c->prep.id != 0 || c->promised != c->view.epoch ||
	    standing(c) == CDAT_MINORITY)
		return;
	buf = malloc(cap);
	if (buf == NULL)
		return;
	p.facts = facts_list(c, buf, cap);
	ops = facts_ops(c->table, c->self, p.facts, &n);
	if (n > 0)
		core_tell(c, c->view.coord, CDAT_P_FACTS, &p);
	free(ops);
	free(buf);
}

void
facts_take(struct cdat_core *c, uint16_t from, const struct p_facts *p)
{
	struct cdat_op *ops;
	size_t n;

	/* told again in a moment when this is no moment for it */
	if (!am_coord(c) || !in_view(c, from) || c->change.phase != CH_NONE || c->prep.id != 0 ||
	    !c->view.stable || standing(c) == CDAT_MINORITY)
		return;
	ops = facts_ops(c->table, from, p->facts, &n);
	if (ops != NULL && n > 0)
		ask_internal(c, ops, n);
	free(ops);
}
