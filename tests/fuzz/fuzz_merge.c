/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Entries of two components as octets.  Input: entries, each after two octets, of which
 * the top bit says whose it is (0 ours, 1 theirs) and the rest is the length.  Each side
 * becomes a table; then the laws of merging must hold: the same content whoever merges,
 * nothing new from a second merge, and settling comes to an end with no name and no
 * active address shared.
 */
#include <stdlib.h>
#include <string.h>

#include "core/table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
	if (!ok)
		abort();
}

static bool same(const struct cdat_table *a, const struct cdat_table *b)
{
	uint8_t da[CDAT_DIGEST_LEN], db[CDAT_DIGEST_LEN];

	cdat_table_digest(a, da);
	cdat_table_digest(b, db);
	return !memcmp(da, db, sizeof(da));
}

/* Merges `from` into a copy of `into`; each entry of it must be a good one. */
static struct cdat_table *merged(const struct cdat_table *into, const struct cdat_table *from)
{
	struct cdat_table *t = cdat_table_copy(into);
	char text[CDAT_TEXT_MAX + 1];
	struct cdat_entry_sum sum;
	uint8_t buf[4096];
	size_t i = 0;

	must(t != NULL);
	while (cdat_table_next_sum(from, &i, &sum)) {
		struct cdat_writer w;
		bool conflict;

		cdat_writer_init(&w, buf, sizeof(buf));
		must(cdat_table_put_entry(from, sum.id, &w));
		must(cdat_table_merge_entry(t, cdat_written(&w), 0, &conflict, text) !=
		     CDAT_MERGE_BAD);
		must(conflict == (text[0] != 0) && strlen(text) <= CDAT_TEXT_MAX);
	}
	return t;
}

static void settle(struct cdat_table *t)
{
	char text[CDAT_TEXT_MAX + 1];
	size_t rounds = 0, most = cdat_table_count(t) * (CDAT_NODE_ADAPTERS + 1) + 1 +
	    cdat_table_roles(t, NULL) * CDAT_ROLE_CANDIDATES + cdat_table_wanted(t, NULL);

	while (cdat_table_settle(t, CDAT_PORT_DEFAULT, text))
		must(text[0] && ++rounds < most);
	for (size_t i = 0; i < cdat_table_count(t); i++) {
		const struct cdat_tnode *n = cdat_table_at(t, i);

		must(cdat_table_by_name(t, n->node.name) == n);
		for (size_t k = 0; k < n->nadapters; k++)
			must(n->adapters[k].row != CDAT_ROW_ACTIVE ||
			     n->adapters[k].addr.family == CDAT_AF_NONE ||
			     cdat_table_by_addr(t, &n->adapters[k].addr, CDAT_PORT_DEFAULT) ==
				     &n->adapters[k]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cdat_table *side[2] = { cdat_table_new(1), cdat_table_new(1) }, *ab, *ba, *again;

	must(side[0] && side[1]);
	while (size >= 2) {
		size_t len = (size_t)(data[0] & 0x7f) << 8 | data[1];
		struct cdat_table *t = side[data[0] >> 7];
		struct cdat_entry_id id;

		if (len > size - 2)
			len = size - 2;
		(void)!cdat_table_take_entry(t, (struct cdat_view){ data + 2, len }, &id);
		data += 2 + len;
		size -= 2 + len;
	}
	ab = merged(side[0], side[1]);
	ba = merged(side[1], side[0]);
	must(same(ab, ba));
	again = merged(ab, side[1]);
	must(same(again, ab));
	settle(ab);
	settle(ba);
	must(same(ab, ba));
	cdat_table_free(again);
	cdat_table_free(ab);
	cdat_table_free(ba);
	cdat_table_free(side[0]);
	cdat_table_free(side[1]);
	return 0;
}
