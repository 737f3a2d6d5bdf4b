/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes the corpus of fuzz_merge: two tables of FIG. 5 that went apart. */
#include "unit/table_fixture.h"

static void put(FILE *f, const struct cdat_table *t, bool theirs)
{
	struct cdat_entry_sum sum;
	uint8_t buf[4096];
	size_t i = 0;

	while (cdat_table_next_sum(t, &i, &sum)) {
		struct cdat_writer w;

		cdat_writer_init(&w, buf, sizeof(buf));
		assert_true(cdat_table_put_entry(t, sum.id, &w));
		fputc((theirs ? 0x80 : 0) | (int)(w.len >> 8), f);
		fputc((int)(w.len & 0xff), f);
		assert_int_equal(fwrite(buf, 1, w.len, f), w.len);
	}
}

static void both(const char *dir, const char *name, const struct cdat_table *a,
		 const struct cdat_table *b)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/merge/%s", dir, name);
	f = fopen(path, "wb");
	assert_non_null(f);
	put(f, a, false);
	put(f, b, true);
	assert_int_equal(fclose(f), 0);
}

int main(int argc, char **argv)
{
	struct cdat_table *base, *a, *b;

	if (argc != 2)
		return 2;
	base = fig5();
	a = cdat_table_copy(base);
	b = cdat_table_copy(base);
	both(argv[1], "same", a, b);
	change(&a, OPS(AD_NUM(1, 2, 1, CDAT_A_MTU, 1400), NODE_ADD(2, 3), NODE_NAME(3, 3, "new"),
		       AD_NEW(4, 3, 1, "9.1.1.3", 24)));
	both(argv[1], "one-side", a, b);
	change(&b, OPS(AD_NUM(1, 2, 1, CDAT_A_MTU, 1500), NODE_ADD(2, 4), NODE_NAME(3, 4, "new"),
		       AD_NEW(4, 4, 1, "9.1.1.3", 24), PARAM(7, CDAT_A_PROBE, 500)));
	both(argv[1], "twins", a, b);
	change(&a, OPS({ .index = 1, .kind = CDAT_OP_ROLE_PUT, .role = { .role = 5, .name = "web",
			 .policy = 2, .sticky = true, .ncandidates = 2, .candidates = { 2, 1 } } },
		       { .index = 2, .kind = CDAT_OP_WANTED_PUT, .wanted = { .wanted = 3, .node = 1,
			 .subnet = ip("9.9.0.0"), .prefix_len = 16, .via = ip("9.1.1.2") } }));
	change(&b, OPS({ .index = 1, .kind = CDAT_OP_ROLE_PUT, .role = { .role = 5, .name = "db",
			 .policy = 1, .ncandidates = 1, .candidates = { 1 } } },
		       AD_IP(2, 1, 2, "2001:db8::1"), AD_NUM(3, 1, 2, CDAT_A_PREFIX_LEN, 64),
		       LOCK(4, 4711)));
	both(argv[1], "roles", a, b);
	cdat_table_free(base);
	cdat_table_free(a);
	cdat_table_free(b);
	return 0;
}
