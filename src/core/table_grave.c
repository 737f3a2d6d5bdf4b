/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Graves: which keys were removed, and when.  A removal that leaves nothing behind cannot be
 * told from an entry that was never there, so it is undone by the first table that still has
 * the entry.  Demers et al., "Epidemic algorithms for replicated database maintenance" (1987),
 * name the remedy: a death certificate is spread and compared like an entry.
 *
 * A key has an entry or a grave, never both, and of the two the greater stamp wins (of equal
 * ones the grave).  Graves are part of the digest of the table, since tables that are equal
 * today but differ in them would differ after the next merge.
 *
 * The block of graves is one for all images that share it, as in table_int.h.
 */
#include "core/table_int.h"
#include "wire/attr.h"
#include "wire/digest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GRAVE_OCTETS	32u	/* one grave as octets, at most */
#define GRAVE_MARK	0x80u	/* before its octets in its digest: no kind of entry */

/* ---- the block ----------------------------------------------------------------------- */

void tgraves_unref(struct tgraves *g)
{
	if (g && --g->refs == 0)
		free(g);
}

static bool graves_own(struct cdat_table *table, size_t more)
{
	struct tgraves *old = table->graves, *g;
	uint32_t have = old ? old->n : 0, cap = old ? old->cap : 8;

	while (have + more > cap)
		cap *= 2;
	if (old && old->refs == 1 && cap == old->cap)
		return true;
	g = malloc(sizeof(*g) + cap * sizeof(g->g[0]));
	if (!g)
		return false;
	*g = (struct tgraves){.refs = 1, .n = have, .cap = cap};
	if (have)
		memcpy(g->g, old->g, have * sizeof(g->g[0]));
	tgraves_unref(old);
	table->graves = g;
	return true;
}

static int id_order(struct cdat_entry_id a, struct cdat_entry_id b)
{
	if (a.kind != b.kind)
		return a.kind < b.kind ? -1 : 1;
	return (a.number > b.number) - (a.number < b.number);
}

/* Where the key's grave is, or has to go (false). */
static bool grave_find(const struct cdat_table *table, struct cdat_entry_id id, size_t *at)
{
	size_t lo = 0, hi = table->graves ? table->graves->n : 0;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		int order = id_order(table->graves->g[mid].id, id);

		if (order == 0) {
			*at = mid;
			return true;
		}
		if (order < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	*at = lo;
	return false;
}

static void grave_digest(const struct cdat_grave *grave, uint8_t digest[CDAT_DIGEST_LEN])
{
	uint8_t buf[GRAVE_OCTETS];
	struct cdat_writer w;

	cdat_writer_init(&w, buf, sizeof(buf));
	cdat_put_uint(&w, GRAVE_MARK, 1);
	(void)cdat_encode(&w, &cdat_msg_grave, grave);
	cdat_digest(cdat_written(&w), digest);
}

static void grave_sum(struct cdat_table *table, const struct cdat_grave *grave, bool minus)
{
	uint8_t digest[CDAT_DIGEST_LEN];

	grave_digest(grave, digest);
	table_sum_add(table, digest, minus);
}

/* The block is ours. */
static void grave_del(struct cdat_table *table, size_t at)
{
	struct tgraves *g = table->graves;

	grave_sum(table, &g->g[at], true);
	g->n--;
	memmove(&g->g[at], &g->g[at + 1], (g->n - at) * sizeof(g->g[0]));
}

bool table_unbury(struct cdat_table *table, struct cdat_entry_id id)
{
	size_t at;

	if (!grave_find(table, id, &at))
		return true;
	if (!graves_own(table, 0))
		return false;
	grave_del(table, at);
	return true;
}

/* The one that goes when there are too many: the oldest, of equal ones the first. */
static size_t grave_oldest(const struct tgraves *g)
{
	size_t oldest = 0;

	for (size_t i = 1; i < g->n; i++)
		if (cdat_stamp_order(g->g[i].stamp, g->g[oldest].stamp) < 0)
			oldest = i;
	return oldest;
}

bool cdat_table_bury(struct cdat_table *table, const struct cdat_grave *grave)
{
	struct tgraves *g;
	size_t at;
	bool have = grave_find(table, grave->id, &at);

	if (have && cdat_stamp_order(table->graves->g[at].stamp, grave->stamp) >= 0)
		return true;
	if (!graves_own(table, !have))
		return false;
	g = table->graves;
	if (have) {
		grave_sum(table, &g->g[at], true);
	} else {
		memmove(&g->g[at + 1], &g->g[at], (g->n - at) * sizeof(g->g[0]));
		g->n++;
	}
	/* all octets: no padding of the caller's is kept */
	memset(&g->g[at], 0, sizeof(g->g[at]));
	g->g[at].id = grave->id;
	g->g[at].stamp = grave->stamp;
	grave_sum(table, grave, false);
	if (g->n > CDAT_GRAVES_MAX)
		grave_del(table, grave_oldest(g));
	return true;
}

/* ---- for others ---------------------------------------------------------------------- */

size_t cdat_table_graves(const struct cdat_table *table, const struct cdat_grave **graves)
{
	if (graves)
		*graves = table->graves ? table->graves->g : NULL;
	return table->graves ? table->graves->n : 0;
}

bool cdat_table_grave(const struct cdat_table *table, struct cdat_entry_id id,
		      struct cdat_stamp *stamp)
{
	size_t at;

	if (!grave_find(table, id, &at))
		return false;
	*stamp = table->graves->g[at].stamp;
	return true;
}

uint64_t cdat_table_graves_sum(const struct cdat_table *table)
{
	uint64_t sum = 0;

	for (size_t i = 0; table->graves && i < table->graves->n; i++) {
		uint8_t digest[CDAT_DIGEST_LEN];

		grave_digest(&table->graves->g[i], digest);
		sum += digest_lane(digest, 0);
	}
	return sum;
}

bool cdat_table_put_graves(const struct cdat_table *table, struct cdat_writer *w)
{
	for (size_t i = 0; table->graves && i < table->graves->n; i++)
		if (!cdat_list_add(w, &cdat_msg_grave, &table->graves->g[i]))
			return false;
	return true;
}

bool cdat_table_take_graves(struct cdat_table *table, struct cdat_view list)
{
	struct cdat_grave grave;

	for (size_t i = 0; table->graves && i < table->graves->n; i++)
		grave_sum(table, &table->graves->g[i], true);
	tgraves_unref(table->graves);
	table->graves = NULL;
	while (cdat_list_next(&list, &cdat_msg_grave, &grave)) {
		struct tmark mark;

		if (!table_mark(table, grave.id, &mark) && !cdat_table_bury(table, &grave))
			return false;
	}
	return true;
}

bool cdat_table_grave_of_node(const struct cdat_table *table)
{
	/* they are the first by kind */
	return table->graves && table->graves->n > 0 && table->graves->g[0].id.kind == CDAT_ENT_NODE;
}

bool cdat_table_forget(struct cdat_table *table, uint32_t epoch)
{
	bool any = false;

	for (size_t i = 0; table->graves && i < table->graves->n; i++)
		any |= table->graves->g[i].stamp.epoch < epoch;
	if (!any)
		return true;
	if (!graves_own(table, 0))
		return false;
	for (size_t i = table->graves->n; i-- > 0;)
		if (table->graves->g[i].stamp.epoch < epoch)
			grave_del(table, i);
	return true;
}

/* ---- an entry beside a grave ---------------------------------------------------------- */

#define VALUE_TEXT (2 * CDAT_NAME_MAX + 16)

static void value_text(uint8_t kind, const void *rec, char buf[VALUE_TEXT])
{
	const struct cdat_wanted *w = rec;
	char subnet[64], via[64];

	if (kind == CDAT_ENT_NODE)
		snprintf(buf, VALUE_TEXT, "'%s'", ((const struct cdat_node *)rec)->name);
	else if (kind == CDAT_ENT_ROLE)
		snprintf(buf, VALUE_TEXT, "'%s'", ((const struct cdat_role *)rec)->name);
	else
		snprintf(buf, VALUE_TEXT, "%s/%u via %s",
			 cdat_addr_text(&w->subnet, subnet, sizeof(subnet)), w->prefix_len,
			 cdat_addr_text(&w->via, via, sizeof(via)));
}

/* "role 3: kept its removal (set by nodeA), dropped 'web' (set by nodeC)". */
void grave_conflict_text(const struct cdat_table *table, const struct cdat_grave *grave,
			 const void *rec, struct cdat_stamp entry, char text[CDAT_TEXT_MAX + 1])
{
	static const char *const kinds[] = {
		[CDAT_ENT_NODE] = "node", [CDAT_ENT_ROLE] = "role", [CDAT_ENT_WANTED] = "wanted route"};
	char value[VALUE_TEXT], remover[ROW_TEXT], setter[ROW_TEXT];
	bool removed = cdat_stamp_order(entry, grave->stamp) <= 0;

	value_text(grave->id.kind, rec, value);
	row_text(table, NULL, grave->stamp.editor, 0, remover);
	row_text(table, NULL, entry.editor, 0, setter);
	snprintf(text, CDAT_TEXT_MAX + 1, "%s %u: kept %.80s (set by %.40s), dropped %.80s (set by %.40s)",
		 kinds[grave->id.kind], grave->id.number, removed ? "its removal" : value,
		 removed ? remover : setter, removed ? value : "its removal",
		 removed ? setter : remover);
}

static const void *rec_of(const struct cdat_table *table, struct cdat_entry_id id)
{
	const struct tlist *l = id.kind == CDAT_ENT_ROLE ? table->roles : table->wanted;
	size_t at;

	if (id.kind == CDAT_ENT_NODE)
		return &cdat_table_node(table, id.number)->node;
	(void)tlist_find(l, id.number, &at);
	return tlist_rec(l, at);
}

enum cdat_merge cdat_table_merge_grave(struct cdat_table *table, const struct cdat_grave *grave,
				       uint32_t common_epoch, bool *conflict,
				       char text[CDAT_TEXT_MAX + 1])
{
	struct cdat_stamp there;
	struct tmark ours;

	*conflict = false;
	text[0] = 0;
	if (!table_mark(table, grave->id, &ours)) {
		if (cdat_table_grave(table, grave->id, &there) && cdat_stamp_order(there, grave->stamp) >= 0)
			return CDAT_MERGE_SAME;
		return cdat_table_bury(table, grave) ? CDAT_MERGE_TAKEN : CDAT_MERGE_BAD;
	}
	*conflict = grave->stamp.epoch > common_epoch && ours.stamp.epoch > common_epoch;
	if (*conflict)
		grave_conflict_text(table, grave, rec_of(table, grave->id), ours.stamp, text);
	if (cdat_stamp_order(ours.stamp, grave->stamp) > 0)
		return CDAT_MERGE_KEPT;
	if (!cdat_table_bury(table, grave))
		return CDAT_MERGE_BAD;
	if (cdat_table_drop_entry(table, grave->id))
		return CDAT_MERGE_TAKEN;
	(void)table_unbury(table, grave->id);	/* needs no memory: the block is ours */
	return CDAT_MERGE_BAD;
}
