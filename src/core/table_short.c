/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The shorter form of a node's entry, in which nodes travel between members and lie in the
 * state file: half of the long one, whose digest tells entries apart.
 *
 * The same records are written after flip(), which turns what a member mostly holds (the
 * default, or the next adapter number) into zero, and zero is not written.  It is its own
 * inverse and loses no value, so what may stand in a record is judged after it.  From format 2
 * on relate_adapter() and relate_stamps() do the same to what mostly follows from other fields.
 */
#include "core/table_int.h"
#include "wire/attr.h"
#include "wire/records.h"

#include <string.h>

#define LIST_MAX	(CDAT_NODE_ADAPTERS * 176)
#define MTU_MOSTLY	1500u
#define PREFERENCE	100u	/* default of cdatAdapterPreference */

struct w_short {
	struct cdat_stamp stamp, facts;
	struct cdat_node node;
	struct cdat_view adapters;
};

static const struct cdat_field adapter_rows[] = {
	CDAT_ROW(struct cdat_adapter, adapter, 1, CDAT_T_U8),
	CDAT_ROW(struct cdat_adapter, preference, 2, CDAT_T_U16),
	CDAT_ROW(struct cdat_adapter, addr, 3, CDAT_T_ADDR),
	CDAT_ROW(struct cdat_adapter, prefix_len, 4, CDAT_T_U8),
	CDAT_ROW(struct cdat_adapter, type, 5, CDAT_T_U16),
	CDAT_ROW(struct cdat_adapter, class_, 6, CDAT_T_U8),
	CDAT_ROW(struct cdat_adapter, dscp, 7, CDAT_T_I8),
	CDAT_ROW(struct cdat_adapter, mtu, 8, CDAT_T_U16),
	CDAT_ROW(struct cdat_adapter, retry_threshold, 9, CDAT_T_U8),
	CDAT_ROW(struct cdat_adapter, admin, 10, CDAT_T_U8),
	CDAT_ROW(struct cdat_adapter, storage, 11, CDAT_T_U8),
	CDAT_ROW(struct cdat_adapter, row, 12, CDAT_T_U8),
	CDAT_ROW(struct cdat_adapter, prefix_reported, 13, CDAT_T_U8),
	CDAT_ROW(struct cdat_adapter, type_reported, 14, CDAT_T_U16),
	CDAT_ROW(struct cdat_adapter, mtu_reported, 15, CDAT_T_U16),
	CDAT_ROW(struct cdat_adapter, multicast, 16, CDAT_T_BOOL),
	CDAT_ROW(struct cdat_adapter, ifname, 17, CDAT_T_TEXT),
};
static CDAT_MSG_DEF(adapter_msg, struct cdat_adapter, adapter_rows);

static const struct cdat_field short_rows[] = {
	CDAT_ROW(struct w_short, stamp.version, 1, CDAT_T_U32),
	CDAT_ROW(struct w_short, stamp.epoch, 2, CDAT_T_U32),
	CDAT_ROW(struct w_short, stamp.editor, 3, CDAT_T_U16),
	CDAT_ROW(struct w_short, node.node, 4, CDAT_T_U16),
	CDAT_ROW(struct w_short, node.name, 5, CDAT_T_TEXT),
	CDAT_ROW(struct w_short, node.admin, 6, CDAT_T_U8),
	CDAT_ROW(struct w_short, node.storage, 7, CDAT_T_U8),
	CDAT_ROW(struct w_short, node.row, 8, CDAT_T_U8),
	CDAT_ROW_SUB(struct w_short, adapters, 9, CDAT_T_LIST, &adapter_msg),
	CDAT_ROW(struct w_short, facts.version, 10, CDAT_T_U32),
	CDAT_ROW(struct w_short, facts.epoch, 11, CDAT_T_U32),
	CDAT_ROW(struct w_short, facts.editor, 12, CDAT_T_U16),
};
static CDAT_MSG_DEF(short_msg, struct w_short, short_rows);

static void flip_adapter(struct cdat_adapter *a, uint8_t next)
{
	a->adapter ^= next;
	a->preference ^= PREFERENCE;
	a->type ^= CDAT_IFT_OTHER;
	a->class_ ^= CDAT_CLASS_UNSPECIFIED;
	a->dscp = (int8_t)~a->dscp;
	a->admin ^= CDAT_ADMIN_UP;
	a->storage ^= CDAT_STORE_NONVOLATILE;
	a->row ^= CDAT_ROW_ACTIVE;
	a->type_reported ^= CDAT_IFT_ETHERNET;
	a->mtu_reported ^= MTU_MOSTLY;
	a->multicast = !a->multicast;
}

static void flip_node(struct cdat_node *n)
{
	n->admin ^= CDAT_ADMIN_UP;
	n->storage ^= CDAT_STORE_NONVOLATILE;
	n->row ^= CDAT_ROW_ACTIVE;
}

/* What an adapter mostly has where the one before it has `last`: the prefix length of the
 * interface is the configured one, else that of its neighbour; preferences are all the default
 * or go by tens.  What they are made from is written as it is, or known before. */
static void relate_adapter(struct cdat_adapter *a, const struct cdat_adapter *last)
{
	a->prefix_reported ^= a->prefix_len != 0 ? a->prefix_len : last->prefix_reported;
	if (last->preference != PREFERENCE)
		a->preference ^= PREFERENCE ^ (uint16_t)(last->preference + 10);
}

/* Facts are told by the node itself; most entries are of the first version, the file's. */
static void relate_stamps(struct w_short *s)
{
	s->stamp.version ^= 1;
	if (s->facts.version != 0)
		s->facts.editor ^= s->node.node;
}

bool tshort_put(struct cdat_writer *w, const struct cdat_tnode *t, struct cdat_stamp stamp)
{
	const bool related = w->format >= 2;
	const uint8_t kind = related ? ENT_NODE_SHORTER : ENT_NODE_SHORT;
	uint8_t list[LIST_MAX], next = 1;
	const struct cdat_adapter none = {.preference = PREFERENCE};
	struct w_short src = {.stamp = stamp, .facts = t->facts, .node = t->node};
	struct cdat_writer lw;

	cdat_writer_init(&lw, list, sizeof(list));
	for (size_t i = 0; i < t->nadapters; i++) {
		struct cdat_adapter a = t->adapters[i];

		flip_adapter(&a, next);
		if (related)
			relate_adapter(&a, i > 0 ? &t->adapters[i - 1] : &none);
		next = (uint8_t)(t->adapters[i].adapter + 1);
		if (!cdat_list_add(&lw, &adapter_msg, &a))
			return false;
	}
	flip_node(&src.node);
	if (related)
		relate_stamps(&src);
	src.adapters = cdat_written(&lw);
	cdat_put(w, &kind, 1);
	return !w->failed && cdat_encode(w, &short_msg, &src);
}

enum cdat_decode tshort_decode(struct cdat_view in, bool related, struct tent **out)
{
	const struct cdat_adapter none = {.preference = PREFERENCE};
	struct w_short src;
	struct cdat_adapter a;
	enum cdat_decode d = cdat_decode(in, &short_msg, &src);
	size_t count = d == CDAT_DEC_OK ? cdat_list_count(src.adapters) : 0, n = 0;
	uint8_t next = 1;

	*out = NULL;
	if (d != CDAT_DEC_OK)
		return d;
	flip_node(&src.node);
	if (related)
		relate_stamps(&src);
	if (count > CDAT_NODE_ADAPTERS || !cdat_numbers_ok(&cdat_msg_node_conf, &src.node))
		return CDAT_DEC_RANGE;
	*out = tent_new((uint8_t)count);
	if (!*out)
		return CDAT_DEC_NO_MEMORY;
	(*out)->t.node = src.node;
	(*out)->t.stamp = src.stamp;
	(*out)->t.facts = src.facts;
	while (cdat_list_next(&src.adapters, &adapter_msg, &a)) {
		if (related)
			relate_adapter(&a, n > 0 ? &(*out)->t.adapters[n - 1] : &none);
		flip_adapter(&a, next);
		a.node = src.node.node;
		if (!cdat_numbers_ok(&cdat_msg_adapter_conf, &a))
			return CDAT_DEC_RANGE;
		next = (uint8_t)(a.adapter + 1);
		(*out)->t.adapters[n++] = a;
	}
	(*out)->t.nadapters = (uint8_t)n;
	return CDAT_DEC_OK;
}
