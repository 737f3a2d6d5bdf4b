/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a table is stored; for the files table*.c alone.
 *
 * Everything that grows with the cluster is shared between images by reference counts:
 * nodes hang in pages of 64 by number, and the indexes by name and by address and the
 * lists of roles and wanted routes are one block each.  Who changes a block first makes
 * its own copy (the *_own calls), so a copied table costs a reference per page, and a
 * change of one node costs one page.  Counts are not atomic: a core has one thread.
 */
#ifndef CDAT_CORE_TABLE_INT_H
#define CDAT_CORE_TABLE_INT_H

#include "core/table.h"

#define PAGE_NODES	64u

/* The entry of a node.  Immutable once it is in a table. */
struct tent {
	uint32_t refs;
	uint8_t digest[CDAT_DIGEST_LEN];
	struct cdat_tnode t;
};

struct tpage {
	uint32_t refs;
	uint64_t map;			/* bit i: node[i] is there */
	struct tent *node[PAGE_NODES];
};

/* Open addressing with linear probing.  A slot keeps the hash, so that most misses and
 * all moves do without the keys; several slots may have one key (until settled). */
struct tslot { uint32_t hash, id; };	/* id 0: empty */
struct tindex {
	uint32_t refs, mask, used;
	struct tslot slot[];
};

struct tmark { struct cdat_stamp stamp; uint8_t digest[CDAT_DIGEST_LEN]; };

/* One of the four numbers that a digest stands for. */
static inline uint64_t digest_lane(const uint8_t digest[CDAT_DIGEST_LEN], size_t lane)
{
	uint64_t v = 0;

	for (size_t i = 0; i < 8; i++)
		v = v << 8 | digest[lane * 8 + i];
	return v;
}

/* Records that begin with their number, ascending by it, each with its mark. */
struct tlist {
	uint32_t refs, n, cap, size;
	struct tmark *marks;
	uint8_t *recs;
};

/* Ascending by key (table_grave.c). */
struct tgraves {
	uint32_t refs, n, cap;
	struct cdat_grave g[];
};

struct cdat_table {
	uint32_t version, npages;
	size_t count;
	struct tpage **pages;		/* by number / 64; NULL: no node there */
	uint16_t *before;		/* nodes in lower pages */
	struct tindex *names, *addrs;	/* id: node; node << 8 | adapter */
	struct tlist *roles, *wanted;
	struct tgraves *graves;
	struct cdat_params params;
	uint32_t lock;
	uint16_t high;			/* highest node number there ever was; not in the digest */
	struct tmark meta;
	uint64_t sum[4];		/* of the digests of all entries and graves */
};

/* ---- table_index.c ---- */
uint32_t tindex_hash(const void *key, size_t len);
/* Makes *ix private with room for `more` ids.  False: no memory, *ix as before. */
bool tindex_own(struct tindex **ix, size_t more);
void tindex_unref(struct tindex *ix);
void tindex_add(struct tindex *ix, uint32_t hash, uint32_t id);
void tindex_del(struct tindex *ix, uint32_t hash, uint32_t id);

/* The ids of a hash one after the other: *pos starts as the hash; 0 at the end. */
static inline uint32_t tindex_next(const struct tindex *ix, uint32_t hash, uint32_t *pos)
{
	for (;;) {
		const struct tslot *s = &ix->slot[(*pos)++ & ix->mask];

		if (s->id == 0 || s->hash == hash)
			return s->id;
	}
}

bool tlist_own(struct tlist **l, size_t size, size_t more);
void tlist_unref(struct tlist *l);
/* Where `number` is, or has to go (false). */
bool tlist_find(const struct tlist *l, uint16_t number, size_t *at);
static inline void *tlist_rec(const struct tlist *l, size_t i)
{
	return l->recs + i * l->size;
}

/* ---- table.c ---- */
struct tent *tent_new(uint8_t nadapters);
struct tent *tent_clone(const struct cdat_tnode *t, uint8_t room);
void tent_unref(struct tent *e);
const struct tent *table_ent(const struct cdat_table *table, uint16_t node);
/* Puts `e` (NULL: nothing) in the place of `node`; the reference moves to the table.  A grave
 * of the key goes; who removes digs one (cdat_table_bury).  False: no memory, nothing changed,
 * `e` is still the caller's. */
bool table_put_node(struct cdat_table *table, uint16_t node, struct tent *e);
/* The same for a role or wanted route by its number; `rec` NULL removes. */
bool table_put_rec(struct cdat_table *table, uint8_t kind, uint16_t number, const void *rec,
		   const struct tmark *mark);
void table_put_meta(struct cdat_table *table, const struct cdat_params *params, uint32_t lock,
		    struct cdat_stamp stamp);
void table_sum_add(struct cdat_table *table, const uint8_t digest[CDAT_DIGEST_LEN], bool minus);
struct tlist **table_list(struct cdat_table *table, uint8_t kind);
size_t rec_size(uint8_t kind);
bool adapter_same_key(const struct cdat_adapter *a, const struct cdat_adapter *b);
/* The lowest other node of that name; 0: none. */
uint16_t table_name_other(const struct cdat_table *table, const char *name, uint16_t node);
/* The lowest other adapter with the same address and effective port; NULL: none. */
const struct cdat_adapter *table_addr_other(const struct cdat_table *table,
					    const struct cdat_adapter *a, uint16_t default_port,
					    bool active_only);
bool adapter_usable(const struct cdat_adapter *a);	/* active and up */

/* ---- table_grave.c ---- */
void tgraves_unref(struct tgraves *g);
/* The key has an entry again.  False: no memory, nothing changed. */
bool table_unbury(struct cdat_table *table, struct cdat_entry_id id);
/* `rec`: the entry's struct cdat_node, cdat_role or cdat_wanted. */
void grave_conflict_text(const struct cdat_table *table, const struct cdat_grave *grave,
			 const void *rec, struct cdat_stamp entry, char text[CDAT_TEXT_MAX + 1]);

/* ---- table_apply.c ---- */
void adapter_copy_facts(struct cdat_adapter *to, const struct cdat_adapter *from);

/* ---- table_entry.c ---- */
/* Digests of content. False: too many adapters to be encoded. */
bool tent_seal(struct tent *e);
void rec_seal(uint8_t kind, const void *rec, struct tmark *mark);
void meta_seal(const struct cdat_params *params, uint32_t lock, struct tmark *mark);

/* ---- table_short.c ---- */
/* First octets of the shorter forms, beside enum cdat_entry_kind. */
#define ENT_NODE_SHORT		5u
#define ENT_NODE_SHORTER	6u	/* since format 2 */
bool tshort_put(struct cdat_writer *w, const struct cdat_tnode *t, struct cdat_stamp stamp);
/* *out is the caller's reference also when it is refused; NULL: none. */
__attribute__((warn_unused_result))
enum cdat_decode tshort_decode(struct cdat_view in, bool related, struct tent **out);

/* ---- table_entry.c ---- */
/* A decoded entry. */
struct tentry {
	struct cdat_entry_id id;
	struct tmark mark;		/* stamp and digest */
	struct tent *node;		/* the caller's reference */
	struct cdat_role role;
	struct cdat_wanted wanted;
	struct cdat_params params;
	uint32_t lock;
	uint16_t high;
};
__attribute__((warn_unused_result))
enum cdat_decode tentry_decode(struct cdat_view in, struct tentry *e);
/* The mark of our entry; false: absent. */
bool table_mark(const struct cdat_table *table, struct cdat_entry_id id, struct tmark *mark);
/* Puts it into the table; takes e->node.  False: no memory. */
bool table_put_tentry(struct cdat_table *table, struct tentry *e);

/* ---- table_text.c ---- */
#define ROW_TEXT (CDAT_NAME_MAX + 8)
/* "nodeB/2"; adapter 0: "nodeB".  A node that no table knows is "node 9". */
const char *row_text(const struct cdat_table *table, const struct cdat_table *or_else,
		     uint16_t node, uint8_t adapter, char buf[ROW_TEXT]);
struct cdat_attr_row;
const char *attr_text(const struct cdat_attr_row *row, int64_t number, char *buf, size_t len);

#endif
