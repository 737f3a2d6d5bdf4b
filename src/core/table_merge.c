/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tables of two components become one.  The outcome for an entry depends on the two
 * entries alone: stamps first, then digests, which are a total order, so any number
 * of tables merged in any order give the same content.
 */
#include "core/table_int.h"
#include "wire/attr.h"
#include "wire/records.h"

#include <stdio.h>
#include <string.h>

/* ---- what differs, in words ---------------------------------------------------------- */

/* The first difference of two entries, and how many there are. */
struct diff {
	const char *row;
	char what[CDAT_NAME_MAX + 1], kept[128], dropped[128];
	unsigned n;
};

static uint64_t field_number(const struct cdat_field *f, const void *record)
{
	const uint8_t *p = (const uint8_t *)record + f->offset;
	uint64_t v64;
	uint32_t v32;
	uint16_t v16;

	switch (f->size) {
	case sizeof(v64):
		memcpy(&v64, p, sizeof(v64));
		return v64;
	case sizeof(v32):
		memcpy(&v32, p, sizeof(v32));
		return v32;
	case sizeof(v16):
		memcpy(&v16, p, sizeof(v16));
		return v16;
	default:
		return *p;
	}
}

static void field_text(const char *record_name, const struct cdat_field *f, const void *record,
		       char *buf, size_t len)
{
	const uint8_t *p = (const uint8_t *)record + f->offset;
	uint64_t number;
	const char *word;

	switch (f->type) {
	case CDAT_T_TEXT:
		snprintf(buf, len, "'%s'", (const char *)p);
		return;
	case CDAT_T_ADDR:
		cdat_addr_port_text((const struct cdat_addr *)(const void *)p, buf, len);
		return;
	case CDAT_T_BOOL:
		snprintf(buf, len, "%s", *p ? "true" : "false");
		return;
	case CDAT_T_I8:
		snprintf(buf, len, "%d", (int8_t)*p);
		return;
	case CDAT_T_U16ARRAY:
		buf[0] = 0;
		for (size_t i = 0, at = 0; i < ((const uint8_t *)record)[f->aux] && at < len; i++) {
			uint16_t v;

			memcpy(&v, p + i * sizeof(v), sizeof(v));
			at += (size_t)snprintf(buf + at, len - at, "%s%u", i ? " " : "", v);
		}
		return;
	default:
		number = field_number(f, record);
		word = cdat_enum_word(record_name, f->name, (unsigned)number);
		if (word)
			snprintf(buf, len, "%s", word);
		else
			snprintf(buf, len, "%llu", (unsigned long long)number);
	}
}

static bool field_same(const struct cdat_field *f, const void *a, const void *b)
{
	size_t count = f->size;

	if (f->type == CDAT_T_U16ARRAY) {
		count = ((const uint8_t *)a)[f->aux];
		if (count != ((const uint8_t *)b)[f->aux])
			return false;
		count *= sizeof(uint16_t);
	}
	if (f->type == CDAT_T_TEXT)
		return !strcmp((const char *)a + f->offset, (const char *)b + f->offset);
	if (f->type == CDAT_T_ADDR) {
		const struct cdat_addr *x = (const void *)((const uint8_t *)a + f->offset);
		const struct cdat_addr *y = (const void *)((const uint8_t *)b + f->offset);

		return cdat_addr_port_same(x, y);
	}
	return !memcmp((const uint8_t *)a + f->offset, (const uint8_t *)b + f->offset, count);
}

/* Facts are no administrator's value. */
static bool is_fact(const struct cdat_msg *msg, const struct cdat_field *f)
{
	static const size_t facts[] = {
		offsetof(struct cdat_adapter, prefix_reported), offsetof(struct cdat_adapter, type_reported),
		offsetof(struct cdat_adapter, mtu_reported), offsetof(struct cdat_adapter, multicast),
		offsetof(struct cdat_adapter, ifname),
	};

	for (size_t i = 0; msg == &cdat_msg_adapter_conf && i < sizeof(facts) / sizeof(facts[0]); i++)
		if (f->offset == facts[i])
			return true;
	return false;
}

static void diff_record(struct diff *d, const struct cdat_msg *msg, const void *kept,
			const void *dropped)
{
	for (size_t i = 0; i < msg->nfields; i++) {
		const struct cdat_field *f = &msg->fields[i];

		if (is_fact(msg, f) || field_same(f, kept, dropped) || d->n++)
			continue;
		snprintf(d->what, sizeof(d->what), " %s", f->name);
		field_text(msg->name, f, kept, d->kept, sizeof(d->kept));
		field_text(msg->name, f, dropped, d->dropped, sizeof(d->dropped));
	}
}

static void diff_presence(struct diff *d, uint8_t adapter, bool kept_has)
{
	if (d->n++)
		return;
	snprintf(d->what, sizeof(d->what), "/%u", adapter);
	snprintf(d->kept, sizeof(d->kept), kept_has ? "the adapter" : "its absence");
	snprintf(d->dropped, sizeof(d->dropped), kept_has ? "its absence" : "the adapter");
}

static void diff_node(struct diff *d, const struct cdat_tnode *kept,
		      const struct cdat_tnode *dropped)
{
	char word[CDAT_NAME_MAX + 1];

	diff_record(d, &cdat_msg_node_conf, &kept->node, &dropped->node);
	for (size_t i = 0; i < kept->nadapters; i++) {
		const struct cdat_adapter *a = &kept->adapters[i];
		const struct cdat_adapter *b = cdat_tnode_adapter(dropped, a->adapter);
		bool first = d->n == 0;

		if (!b) {
			diff_presence(d, a->adapter, true);
			continue;
		}
		diff_record(d, &cdat_msg_adapter_conf, a, b);
		if (first && d->n) {
			memcpy(word, d->what, sizeof(word));
			snprintf(d->what, sizeof(d->what), "/%u%.40s", a->adapter, word);
		}
	}
	for (size_t i = 0; i < dropped->nadapters; i++)
		if (!cdat_tnode_adapter(kept, dropped->adapters[i].adapter))
			diff_presence(d, dropped->adapters[i].adapter, false);
}

/* Our entry beside theirs, the kept one first. */
static void diff_entry(struct diff *d, const struct cdat_table *table, const struct tentry *theirs,
		       bool keep_ours, char row[ROW_TEXT])
{
	const struct cdat_msg *msg;
	const void *ours, *their;
	size_t at;

	switch (theirs->id.kind) {
	case CDAT_ENT_NODE:
		row_text(table, NULL, theirs->id.number, 0, row);
		diff_node(d,
			  keep_ours ? cdat_table_node(table, theirs->id.number) : &theirs->node->t,
			  keep_ours ? &theirs->node->t : cdat_table_node(table, theirs->id.number));
		return;
	case CDAT_ENT_META:
		snprintf(row, ROW_TEXT, "parameters");
		if (table->lock != theirs->lock) {
			d->n = 1;
			snprintf(d->what, sizeof(d->what), " spin_lock");
			snprintf(d->kept, sizeof(d->kept), "%u",
				 keep_ours ? table->lock : theirs->lock);
			snprintf(d->dropped, sizeof(d->dropped), "%u",
				 keep_ours ? theirs->lock : table->lock);
		}
		msg = &cdat_msg_params;
		ours = &table->params;
		their = &theirs->params;
		break;
	case CDAT_ENT_ROLE:
		snprintf(row, ROW_TEXT, "role %u", theirs->id.number);
		msg = &cdat_msg_role_conf;
		(void)tlist_find(table->roles, theirs->id.number, &at);
		ours = tlist_rec(table->roles, at);
		their = &theirs->role;
		break;
	default:
		snprintf(row, ROW_TEXT, "wanted route %u", theirs->id.number);
		msg = &cdat_msg_wanted;
		(void)tlist_find(table->wanted, theirs->id.number, &at);
		ours = tlist_rec(table->wanted, at);
		their = &theirs->wanted;
	}
	diff_record(d, msg, keep_ours ? ours : their, keep_ours ? their : ours);
}

/* "nodeB/2 mtu: kept 1400 (set by nodeA), dropped 1500 (set by nodeC), and 2 more".  False: they
 * differ in nothing that administrators set. */
static bool conflict_text(const struct cdat_table *table, const struct tentry *theirs,
			  const struct tmark *ours, bool keep_ours, char text[CDAT_TEXT_MAX + 1])
{
	uint16_t kept = keep_ours ? ours->stamp.editor : theirs->mark.stamp.editor;
	uint16_t dropped = keep_ours ? theirs->mark.stamp.editor : ours->stamp.editor;
	char row[ROW_TEXT], by[ROW_TEXT], not_by[ROW_TEXT], more[24] = "";
	struct diff d = {0};

	diff_entry(&d, table, theirs, keep_ours, row);
	if (d.n == 0)
		return false;
	if (d.n > 1)
		snprintf(more, sizeof(more), ", and %u more", d.n - 1);
	snprintf(text, CDAT_TEXT_MAX + 1, "%s%s: kept %.*s (set by %s), dropped %.*s (set by %s)%s",
		 row, d.what, 40, d.kept, row_text(table, NULL, kept, 0, by), 40, d.dropped,
		 row_text(table, NULL, dropped, 0, not_by), more);
	return true;
}

/* ---- merging ------------------------------------------------------------------------- */

static void later(struct cdat_stamp *stamp, struct cdat_stamp other)
{
	if (cdat_stamp_order(*stamp, other) < 0)
		*stamp = other;
}

/* Ours stays; only what it is, not what it was, is compared. */
static enum cdat_merge keep(struct cdat_table *table, struct tentry *e, enum cdat_merge as)
{
	tent_unref(e->node);
	if (e->high > table->high)
		table->high = e->high;
	return as;
}

/* The same content: the greater stamps, so that later merges see the same on both sides. */
static enum cdat_merge merge_same(struct cdat_table *table, struct tentry *e,
				  const struct tmark *ours)
{
	const struct cdat_tnode *mine = e->node ? cdat_table_node(table, e->id.number) : NULL;
	bool newer = cdat_stamp_order(e->mark.stamp, ours->stamp) > 0;

	if (mine) {
		newer |= cdat_stamp_order(e->node->t.facts, mine->facts) > 0;
		later(&e->node->t.facts, mine->facts);
		later(&e->node->t.stamp, mine->stamp);
	}
	if (!newer)
		return keep(table, e, CDAT_MERGE_SAME);
	return table_put_tentry(table, e) ? CDAT_MERGE_SAME : CDAT_MERGE_BAD;
}

/* Facts of `from` into the rows of `to` that have the same addresses. */
static void overlay_facts(struct cdat_tnode *to, const struct cdat_tnode *from)
{
	for (size_t i = 0; i < to->nadapters; i++)
		for (size_t k = 0; k < from->nadapters; k++)
			if (to->adapters[i].addr.family != CDAT_AF_NONE &&
			    cdat_addr_same(&to->adapters[i].addr, &from->adapters[k].addr))
				adapter_copy_facts(&to->adapters[i], &from->adapters[k]);
	to->facts = from->facts;
}

/* One side has the later word of the administrators, the other the later facts.  order: of the
 * administrators' part, theirs against ours. */
static enum cdat_merge merge_parts(struct cdat_table *table, struct tentry *e, int order)
{
	const struct cdat_tnode *mine = cdat_table_node(table, e->id.number);
	struct tent *mixed = order < 0 ? tent_clone(mine, mine->nadapters) : e->node;

	if (!mixed) {
		tent_unref(e->node);
		return CDAT_MERGE_BAD;
	}
	overlay_facts(&mixed->t, order < 0 ? &e->node->t : mine);
	if (mixed != e->node)
		tent_unref(e->node);
	e->node = mixed;
	if (tent_seal(mixed))
		return table_put_tentry(table, e) ? CDAT_MERGE_TAKEN : CDAT_MERGE_BAD;
	tent_unref(mixed);
	return CDAT_MERGE_BAD;
}

/* Of an entry that we have not: whether the grave that we have in its place stays. */
static bool stays_buried(const struct cdat_table *table, const struct tentry *e,
			 uint32_t common_epoch, bool *conflict, char text[CDAT_TEXT_MAX + 1])
{
	struct cdat_grave grave = {.id = e->id};
	const void *rec = e->id.kind == CDAT_ENT_NODE	? (const void *)&e->node->t.node
			  : e->id.kind == CDAT_ENT_ROLE ? (const void *)&e->role
							: (const void *)&e->wanted;

	if (!cdat_table_grave(table, e->id, &grave.stamp))
		return false;
	*conflict = e->mark.stamp.epoch > common_epoch && grave.stamp.epoch > common_epoch;
	if (*conflict)
		grave_conflict_text(table, &grave, rec, e->mark.stamp, text);
	return cdat_stamp_order(e->mark.stamp, grave.stamp) <= 0;
}

enum cdat_merge cdat_table_merge_entry(struct cdat_table *table, struct cdat_view entry,
				       uint32_t common_epoch, bool *conflict,
				       char text[CDAT_TEXT_MAX + 1])
{
	const struct cdat_tnode *mine;
	struct tentry e;
	struct tmark ours;
	int order, facts;

	*conflict = false;
	text[0] = 0;
	if (tentry_decode(entry, &e) != CDAT_DEC_OK)
		return CDAT_MERGE_BAD;
	if (!table_mark(table, e.id, &ours)) {
		if (stays_buried(table, &e, common_epoch, conflict, text))
			return keep(table, &e, CDAT_MERGE_KEPT);
		return table_put_tentry(table, &e) ? CDAT_MERGE_TAKEN : CDAT_MERGE_BAD;
	}
	order = memcmp(e.mark.digest, ours.digest, sizeof(ours.digest));
	if (order == 0)
		return merge_same(table, &e, &ours);
	if (cdat_stamp_order(e.mark.stamp, ours.stamp) != 0)
		order = cdat_stamp_order(e.mark.stamp, ours.stamp);
	if (e.mark.stamp.epoch > common_epoch && ours.stamp.epoch > common_epoch)
		*conflict = conflict_text(table, &e, &ours, order < 0, text);
	mine = e.node ? cdat_table_node(table, e.id.number) : NULL;
	facts = mine ? cdat_stamp_order(e.node->t.facts, mine->facts) : 0;
	if ((order < 0 && facts > 0) || (order > 0 && facts < 0))
		return merge_parts(table, &e, order);
	if (order < 0)
		return keep(table, &e, CDAT_MERGE_KEPT);
	return table_put_tentry(table, &e) ? CDAT_MERGE_TAKEN : CDAT_MERGE_BAD;
}

/* ---- settling ------------------------------------------------------------------------ */

/* Whether node `a` yields to `b`: the lesser stamp, then the higher number. */
static bool node_yields(const struct cdat_tnode *a, const struct cdat_tnode *b)
{
	int order = cdat_stamp_order(a->stamp, b->stamp);

	return order != 0 ? order < 0 : a->node.node > b->node.node;
}

static bool adapter_yields(const struct cdat_table *table, const struct cdat_adapter *a,
			   const struct cdat_adapter *b)
{
	if (a->node == b->node)
		return a->adapter > b->adapter;
	return node_yields(cdat_table_node(table, a->node), cdat_table_node(table, b->node));
}

static bool put_changed(struct cdat_table *table, struct tent *e)
{
	if (tent_seal(e) && table_put_node(table, e->t.node.node, e))
		return true;
	tent_unref(e);
	return false;
}

/* The address stays in the row, for the administrator to see and to change. */
static bool yield_addr(struct cdat_table *table, const struct cdat_adapter *loser,
		       const struct cdat_adapter *winner, char text[CDAT_TEXT_MAX + 1])
{
	const struct cdat_tnode *t = cdat_table_node(table, loser->node);
	char row[ROW_TEXT], other[ROW_TEXT], addr[64];
	struct tent *e = tent_clone(t, t->nadapters);

	if (!e)
		return false;
	snprintf(text, CDAT_TEXT_MAX + 1, "%s set notInService: its address %s is also that of %s",
		 row_text(table, NULL, loser->node, loser->adapter, row),
		 cdat_addr_port_text(&loser->addr, addr, sizeof(addr)),
		 row_text(table, NULL, winner->node, winner->adapter, other));
	((struct cdat_adapter *)cdat_tnode_adapter(&e->t, loser->adapter))->row =
		CDAT_ROW_NOT_IN_SERVICE;
	return put_changed(table, e);
}

/* "web" of node 7 becomes "web-7"; if that is taken too, "web-7.2" and so on. */
static bool yield_name(struct cdat_table *table, const struct cdat_tnode *loser,
		       const struct cdat_tnode *winner, char text[CDAT_TEXT_MAX + 1])
{
	struct tent *e = tent_clone(loser, loser->nadapters);
	char suffix[24], name[CDAT_NAME_MAX + 1];

	if (!e)
		return false;
	for (unsigned k = 1;; k++) {
		int len = k == 1 ? snprintf(suffix, sizeof(suffix), "-%u", loser->node.node)
				 : snprintf(suffix, sizeof(suffix), "-%u.%u", loser->node.node, k);

		snprintf(name, sizeof(name), "%.*s%s", CDAT_NAME_MAX - len, loser->node.name,
			 suffix);
		if (!cdat_table_by_name(table, name))
			break;
	}
	snprintf(text, CDAT_TEXT_MAX + 1, "node %u is now %s: its name %s is also that of node %u",
		 loser->node.node, name, loser->node.name, winner->node.node);
	memset(e->t.node.name, 0, sizeof(e->t.node.name));
	memcpy(e->t.node.name, name, strlen(name));
	return put_changed(table, e);
}

/* A role keeps a candidate, a route its node, when the other side removed that node. */
static bool settle_role(struct cdat_table *table, size_t at, char text[CDAT_TEXT_MAX + 1])
{
	struct tmark mark = table->roles->marks[at];
	const struct cdat_role *role = tlist_rec(table->roles, at);
	struct cdat_role r = {.role = role->role, .policy = role->policy, .sticky = role->sticky,
			      .needs_majority = role->needs_majority};
	uint16_t gone = 0;

	memcpy(r.name, role->name, sizeof(r.name));
	for (size_t i = 0; i < role->ncandidates; i++)
		if (gone || cdat_table_node(table, role->candidates[i]))
			r.candidates[r.ncandidates++] = role->candidates[i];
		else
			gone = role->candidates[i];
	if (!gone)
		return false;
	snprintf(text, CDAT_TEXT_MAX + 1, "role %s: node %u is no candidate any more: it was removed",
		 r.name, gone);
	rec_seal(CDAT_ENT_ROLE, &r, &mark);
	return table_put_rec(table, CDAT_ENT_ROLE, r.role, &r, &mark);
}

static bool settle_wanted(struct cdat_table *table, size_t at, char text[CDAT_TEXT_MAX + 1])
{
	const struct cdat_wanted *w = tlist_rec(table->wanted, at);
	struct cdat_grave grave = {{CDAT_ENT_WANTED, w->wanted}, table->wanted->marks[at].stamp};

	if (cdat_table_node(table, w->node))
		return false;
	snprintf(text, CDAT_TEXT_MAX + 1, "wanted route %u goes with node %u, which was removed",
		 w->wanted, w->node);
	return cdat_table_bury(table, &grave) && cdat_table_drop_entry(table, grave.id);
}

static bool settle_lists(struct cdat_table *table, char text[CDAT_TEXT_MAX + 1])
{
	for (size_t i = 0; table->roles && i < table->roles->n; i++)
		if (settle_role(table, i, text))
			return true;
	for (size_t i = 0; table->wanted && i < table->wanted->n; i++)
		if (settle_wanted(table, i, text))
			return true;
	return false;
}

bool cdat_table_settle(struct cdat_table *table, uint16_t default_port,
		       char text[CDAT_TEXT_MAX + 1])
{
	const struct cdat_tnode *t;

	text[0] = 0;
	for (size_t i = 0; (t = cdat_table_at(table, i)) != NULL; i++) {
		uint16_t twin = table_name_other(table, t->node.name, t->node.node);
		const struct cdat_tnode *other = twin ? cdat_table_node(table, twin) : NULL;

		if (other)
			return node_yields(t, other) ? yield_name(table, t, other, text)
						     : yield_name(table, other, t, text);
		for (size_t k = 0; k < t->nadapters; k++) {
			const struct cdat_adapter *a = &t->adapters[k], *b = NULL;

			if (a->row == CDAT_ROW_ACTIVE && a->addr.family != CDAT_AF_NONE)
				b = table_addr_other(table, a, default_port, true);
			if (b)
				return adapter_yields(table, a, b) ? yield_addr(table, a, b, text)
								   : yield_addr(table, b, a, text);
		}
	}
	return settle_lists(table, text);
}
