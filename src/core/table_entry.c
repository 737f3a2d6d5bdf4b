/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Entries as octets: one octet of kind, then the message of that kind.  All messages
 * begin with the stamp; the digest of an entry is that of the same octets without it.
 * Nodes have a shorter form (table_short.c), which is what is written; both are read.
 */
#include "core/table_int.h"
#include "wire/attr.h"
#include "wire/digest.h"
#include "wire/records.h"

#include <string.h>

/* clang-format off */
/* With all fields as long as they can be an adapter takes 141 octets, the rest of a node's
 * entry 120, a role 170. */
#define LIST_MAX	(CDAT_NODE_ADAPTERS * 176)
#define ENTRY_MAX	(LIST_MAX + 256)

#define STAMP_ROWS(st) \
	CDAT_ROW(st, stamp.version, 1, CDAT_T_U32), \
	CDAT_ROW(st, stamp.epoch, 2, CDAT_T_U32), \
	CDAT_ROW(st, stamp.editor, 3, CDAT_T_U16)

/* `high` rides with the parameters but is no content: it is what was, not what is. */
struct w_meta { struct cdat_stamp stamp; struct cdat_params params; uint32_t lock; uint16_t high; };
struct w_node { struct cdat_stamp stamp; struct cdat_node node; struct cdat_view adapters; };
struct w_role { struct cdat_stamp stamp; struct cdat_role role; };
struct w_wanted { struct cdat_stamp stamp; struct cdat_wanted wanted; };
/* clang-format on */

static const struct cdat_field meta_rows[] = {
	STAMP_ROWS(struct w_meta),
	CDAT_ROW_SUB(struct w_meta, params, 4, CDAT_T_MSG, &cdat_msg_params),
	CDAT_ROW_RANGE(struct w_meta, lock, 5, CDAT_T_U32, 0, INT32_MAX),
	CDAT_ROW(struct w_meta, high, 6, CDAT_T_U16),
};
static const struct cdat_field node_rows[] = {
	STAMP_ROWS(struct w_node),
	CDAT_ROW_SUB(struct w_node, node, 4, CDAT_T_MSG, &cdat_msg_node_conf),
	CDAT_ROW_SUB(struct w_node, adapters, 5, CDAT_T_LIST, &cdat_msg_adapter_conf),
};
static const struct cdat_field role_rows[] = {
	STAMP_ROWS(struct w_role),
	CDAT_ROW_SUB(struct w_role, role, 4, CDAT_T_MSG, &cdat_msg_role_conf),
};
static const struct cdat_field wanted_rows[] = {
	STAMP_ROWS(struct w_wanted),
	CDAT_ROW_SUB(struct w_wanted, wanted, 4, CDAT_T_MSG, &cdat_msg_wanted),
};
static CDAT_MSG_DEF(meta_msg, struct w_meta, meta_rows);
static CDAT_MSG_DEF(node_msg, struct w_node, node_rows);
static CDAT_MSG_DEF(role_msg, struct w_role, role_rows);
static CDAT_MSG_DEF(wanted_msg, struct w_wanted, wanted_rows);

static bool put_entry(struct cdat_writer *w, uint8_t kind, const struct cdat_msg *msg,
		      const void *src)
{
	cdat_put(w, &kind, 1);
	return !w->failed && cdat_encode(w, msg, src);
}

static bool put_node(struct cdat_writer *w, const struct cdat_tnode *t, struct cdat_stamp stamp)
{
	uint8_t list[LIST_MAX];
	struct cdat_writer lw;
	struct w_node src = {.stamp = stamp, .node = t->node};

	cdat_writer_init(&lw, list, sizeof(list));
	for (size_t i = 0; i < t->nadapters; i++)
		if (!cdat_list_add(&lw, &cdat_msg_adapter_conf, &t->adapters[i]))
			return false;
	src.adapters = cdat_written(&lw);
	return put_entry(w, CDAT_ENT_NODE, &node_msg, &src);
}

static bool put_rec(struct cdat_writer *w, uint8_t kind, const void *rec, struct cdat_stamp stamp)
{
	struct w_role role = {.stamp = stamp};
	struct w_wanted wanted = {.stamp = stamp};

	if (kind == CDAT_ENT_ROLE) {
		memcpy(&role.role, rec, sizeof(role.role));
		return put_entry(w, kind, &role_msg, &role);
	}
	memcpy(&wanted.wanted, rec, sizeof(wanted.wanted));
	return put_entry(w, kind, &wanted_msg, &wanted);
}

static bool seal(const struct cdat_writer *w, bool written, uint8_t digest[CDAT_DIGEST_LEN])
{
	if (written)
		cdat_digest(cdat_written(w), digest);
	return written;
}

bool tent_seal(struct tent *e)
{
	uint8_t buf[ENTRY_MAX];
	struct cdat_writer w;

	cdat_writer_init(&w, buf, sizeof(buf));
	return e->t.nadapters <= CDAT_NODE_ADAPTERS &&
	       seal(&w, put_node(&w, &e->t, (struct cdat_stamp){0}), e->digest);
}

void rec_seal(uint8_t kind, const void *rec, struct tmark *mark)
{
	uint8_t buf[ENTRY_MAX];
	struct cdat_writer w;

	cdat_writer_init(&w, buf, sizeof(buf));
	(void)seal(&w, put_rec(&w, kind, rec, (struct cdat_stamp){0}), mark->digest);
}

void meta_seal(const struct cdat_params *params, uint32_t lock, struct tmark *mark)
{
	uint8_t buf[ENTRY_MAX];
	struct cdat_writer w;
	struct w_meta src = {.params = *params, .lock = lock};

	cdat_writer_init(&w, buf, sizeof(buf));
	(void)seal(&w, put_entry(&w, CDAT_ENT_META, &meta_msg, &src), mark->digest);
}

/* ---- listing and writing ------------------------------------------------------------ */

bool table_mark(const struct cdat_table *table, struct cdat_entry_id id, struct tmark *mark)
{
	const struct tent *e;
	const struct tlist *l;
	size_t at;

	switch (id.kind) {
	case CDAT_ENT_META:
		*mark = table->meta;
		return true;
	case CDAT_ENT_NODE:
		e = table_ent(table, id.number);
		if (!e)
			return false;
		mark->stamp = e->t.stamp;
		memcpy(mark->digest, e->digest, sizeof(mark->digest));
		return true;
	case CDAT_ENT_ROLE:
	case CDAT_ENT_WANTED:
		l = id.kind == CDAT_ENT_ROLE ? table->roles : table->wanted;
		if (!tlist_find(l, id.number, &at))
			return false;
		*mark = l->marks[at];
		return true;
	default:
		return false;
	}
}

bool cdat_table_stamp(const struct cdat_table *table, struct cdat_entry_id id,
		      struct cdat_stamp *stamp)
{
	struct tmark mark;

	if (!table_mark(table, id, &mark))
		return false;
	*stamp = mark.stamp;
	return true;
}

static struct cdat_entry_id id_at(const struct cdat_table *table, size_t i)
{
	struct cdat_entry_id id = {CDAT_ENT_META, 0};

	if (i == 0)
		return id;
	i--;
	if (i < table->count)
		return (struct cdat_entry_id){CDAT_ENT_NODE, cdat_table_at(table, i)->node.node};
	i -= table->count;
	for (id.kind = CDAT_ENT_ROLE; id.kind <= CDAT_ENT_WANTED; id.kind++) {
		const struct tlist *l = id.kind == CDAT_ENT_ROLE ? table->roles : table->wanted;

		if (l && i < l->n) {
			memcpy(&id.number, tlist_rec(l, i), sizeof(id.number));
			return id;
		}
		i -= l ? l->n : 0;
	}
	return (struct cdat_entry_id){0, 0};
}

bool cdat_table_next_sum(const struct cdat_table *table, size_t *i, struct cdat_entry_sum *sum)
{
	struct tmark mark;

	sum->id = id_at(table, *i);
	if (!table_mark(table, sum->id, &mark))
		return false;
	sum->digest = digest_lane(mark.digest, 0);
	++*i;
	return true;
}

bool cdat_table_put_entry(const struct cdat_table *table, struct cdat_entry_id id,
			  struct cdat_writer *w)
{
	struct w_meta meta = {table->meta.stamp, table->params, table->lock, table->high};
	const struct tlist *l = id.kind == CDAT_ENT_ROLE ? table->roles : table->wanted;
	struct tmark mark;
	size_t at;

	if (!table_mark(table, id, &mark))
		return false;
	if (id.kind == CDAT_ENT_META)
		return put_entry(w, id.kind, &meta_msg, &meta);
	if (id.kind == CDAT_ENT_NODE)
		return tshort_put(w, cdat_table_node(table, id.number), mark.stamp);
	return tlist_find(l, id.number, &at) && put_rec(w, id.kind, tlist_rec(l, at), mark.stamp);
}

/* ---- reading ------------------------------------------------------------------------ */

/* What the codec's rows cannot say: the ranges of operators' attributes. */
static bool values_ok(enum cdat_attr_scope scope, const void *record)
{
	size_t n;
	const struct cdat_attr_row *rows = cdat_attr_rows(&n);

	for (size_t i = 0; i < n; i++)
		if (rows[i].scope == scope && rows[i].type <= CDAT_AT_TRUTH &&
		    !cdat_attr_in_range(&rows[i], cdat_attr_get(&rows[i], record)))
			return false;
	return true;
}

/* The last step of both forms: what no row of the codec can say, and the digest. */
static enum cdat_decode node_finish(struct tentry *e)
{
	const struct cdat_tnode *t = &e->node->t;

	if (t->node.node == 0 || !cdat_name_ok(t->node.name) ||
	    !values_ok(CDAT_SCOPE_NODE, &t->node))
		return CDAT_DEC_RANGE;
	for (size_t i = 0; i < t->nadapters; i++)
		if (t->adapters[i].node != t->node.node ||
		    !values_ok(CDAT_SCOPE_ADAPTER, &t->adapters[i]) ||
		    (i && t->adapters[i].adapter <= t->adapters[i - 1].adapter))
			return CDAT_DEC_RANGE;
	if (!tent_seal(e->node))
		return CDAT_DEC_RANGE;
	e->id = (struct cdat_entry_id){CDAT_ENT_NODE, t->node.node};
	e->mark.stamp = t->stamp;
	memcpy(e->mark.digest, e->node->digest, sizeof(e->mark.digest));
	return CDAT_DEC_OK;
}

static enum cdat_decode short_decode(struct cdat_view in, struct tentry *e)
{
	enum cdat_decode d = tshort_decode(in, e->id.kind == ENT_NODE_SHORTER, &e->node);

	e->id.kind = CDAT_ENT_NODE;
	return d == CDAT_DEC_OK ? node_finish(e) : d;
}

static enum cdat_decode node_decode(struct cdat_view in, struct tentry *e)
{
	struct w_node src;
	struct cdat_adapter a;
	enum cdat_decode d = cdat_decode(in, &node_msg, &src);
	size_t n = 0, count;

	if (d != CDAT_DEC_OK)
		return d;
	count = cdat_list_count(src.adapters);
	if (count > CDAT_NODE_ADAPTERS)
		return CDAT_DEC_RANGE;
	e->node = tent_new((uint8_t)count);
	if (!e->node)
		return CDAT_DEC_NO_MEMORY;
	e->node->t.node = src.node;
	e->node->t.stamp = src.stamp;
	while (cdat_list_next(&src.adapters, &cdat_msg_adapter_conf, &a))
		e->node->t.adapters[n++] = a;
	e->node->t.nadapters = (uint8_t)n;
	return node_finish(e);
}

static enum cdat_decode meta_decode(struct cdat_view in, struct tentry *e)
{
	struct w_meta src;
	enum cdat_decode d = cdat_decode(in, &meta_msg, &src);

	if (d != CDAT_DEC_OK)
		return d;
	if (!values_ok(CDAT_SCOPE_PARAM, &src.params))
		return CDAT_DEC_RANGE;
	e->params = src.params;
	e->lock = src.lock;
	e->high = src.high;
	e->mark.stamp = src.stamp;
	meta_seal(&e->params, e->lock, &e->mark);
	return CDAT_DEC_OK;
}

static enum cdat_decode role_decode(struct cdat_view in, struct tentry *e)
{
	struct w_role src;
	enum cdat_decode d = cdat_decode(in, &role_msg, &src);

	if (d != CDAT_DEC_OK)
		return d;
	if (src.role.role == 0 || !cdat_name_ok(src.role.name))
		return CDAT_DEC_RANGE;
	e->role = src.role;
	e->id.number = src.role.role;
	e->mark.stamp = src.stamp;
	rec_seal(CDAT_ENT_ROLE, &e->role, &e->mark);
	return CDAT_DEC_OK;
}

static enum cdat_decode wanted_decode(struct cdat_view in, struct tentry *e)
{
	struct w_wanted src;
	enum cdat_decode d = cdat_decode(in, &wanted_msg, &src);

	if (d != CDAT_DEC_OK)
		return d;
	if (src.wanted.wanted == 0 || src.wanted.subnet.family != src.wanted.via.family)
		return CDAT_DEC_RANGE;
	e->wanted = src.wanted;
	e->id.number = src.wanted.wanted;
	e->mark.stamp = src.stamp;
	rec_seal(CDAT_ENT_WANTED, &e->wanted, &e->mark);
	return CDAT_DEC_OK;
}

enum cdat_decode tentry_decode(struct cdat_view in, struct tentry *e)
{
	static enum cdat_decode (*const decode[])(struct cdat_view, struct tentry *) = {
		[CDAT_ENT_META] = meta_decode,
		[CDAT_ENT_NODE] = node_decode,
		[CDAT_ENT_ROLE] = role_decode,
		[CDAT_ENT_WANTED] = wanted_decode,
		[ENT_NODE_SHORT] = short_decode,
		[ENT_NODE_SHORTER] = short_decode,
	};
	enum cdat_decode d;

	memset(e, 0, sizeof(*e));
	if (in.len == 0)
		return CDAT_DEC_SHORT;
	e->id.kind = in.data[0];
	if (e->id.kind < CDAT_ENT_META || e->id.kind > ENT_NODE_SHORTER)
		return CDAT_DEC_TYPE;
	d = decode[in.data[0]]((struct cdat_view){in.data + 1, in.len - 1}, e);
	if (d != CDAT_DEC_OK) {
		tent_unref(e->node);
		e->node = NULL;
	}
	return d;
}

bool table_put_tentry(struct cdat_table *table, struct tentry *e)
{
	const void *rec = e->id.kind == CDAT_ENT_ROLE ? (const void *)&e->role : &e->wanted;
	bool ok;

	switch (e->id.kind) {
	case CDAT_ENT_META:
		table_put_meta(table, &e->params, e->lock, e->mark.stamp);
		if (e->high > table->high)
			table->high = e->high;
		return true;
	case CDAT_ENT_NODE:
		ok = table_put_node(table, e->id.number, e->node);
		if (!ok)
			tent_unref(e->node);
		e->node = NULL;
		return ok;
	default:
		return table_put_rec(table, e->id.kind, e->id.number, rec, &e->mark);
	}
}

enum cdat_decode cdat_table_take_entry(struct cdat_table *table, struct cdat_view entry,
				       struct cdat_entry_id *id)
{
	struct tentry e;
	enum cdat_decode d = tentry_decode(entry, &e);

	*id = e.id;
	if (d != CDAT_DEC_OK)
		return d;
	return table_put_tentry(table, &e) ? CDAT_DEC_OK : CDAT_DEC_NO_MEMORY;
}

bool cdat_table_drop_entry(struct cdat_table *table, struct cdat_entry_id id)
{
	if (id.kind == CDAT_ENT_NODE)
		return table_put_node(table, id.number, NULL);
	if (id.kind == CDAT_ENT_ROLE || id.kind == CDAT_ENT_WANTED)
		return table_put_rec(table, id.kind, id.number, NULL, NULL);
	return true;
}
