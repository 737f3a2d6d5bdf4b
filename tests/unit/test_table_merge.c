/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Merging: the outcome does not depend on who merges and in which order, what is dropped
 * is told, and what two nodes then share is settled in the same way everywhere.
 */
#include "table_fixture.h"

static struct cdat_stamp stamp = { 0, 1, 1 };

static void change_by(struct cdat_table **t, uint32_t epoch, uint16_t editor,
		      const struct cdat_op *ops, size_t nops)
{
	struct cdat_stamp s = { 0, epoch, editor };
	struct cdat_table *n = cdat_table_apply(*t, ops, nops, &rules, s, &outcome);

	if (!n)
		fail_msg("refused: %s", outcome.text);
	cdat_table_free(*t);
	*t = n;
}

/* A conflict has its line, which is kept in `line`; 1 or 0. */
static unsigned told(bool conflict, const char *text, char *line)
{
	assert_int_equal(conflict, text[0] != 0);
	if (conflict && line)
		strcpy(line, text);
	return conflict;
}

/* Graves first, as the proposer of a view does.  The line of the last conflict is kept. */
static unsigned merge_graves(struct cdat_table *t, const struct cdat_table *from, uint32_t common,
			     char *line)
{
	const struct cdat_grave *graves;
	char text[CDAT_TEXT_MAX + 1];
	unsigned conflicts = 0;
	size_t n = cdat_table_graves(from, &graves);

	for (size_t i = 0; i < n; i++) {
		bool conflict;

		assert_int_not_equal(cdat_table_merge_grave(t, &graves[i], common, &conflict, text),
				     CDAT_MERGE_BAD);
		conflicts += told(conflict, text, line);
	}
	return conflicts;
}

/* Merges all of `from`; the number of conflicts and the line of the last. */
static unsigned merge(struct cdat_table *t, const struct cdat_table *from, uint32_t common,
		      char *line)
{
	struct cdat_entry_sum sum;
	char text[CDAT_TEXT_MAX + 1];
	unsigned conflicts = merge_graves(t, from, common, line);
	uint8_t buf[4096];
	size_t i = 0;

	while (cdat_table_next_sum(from, &i, &sum)) {
		struct cdat_writer w;
		bool conflict;

		cdat_writer_init(&w, buf, sizeof(buf));
		assert_true(cdat_table_put_entry(from, sum.id, &w));
		assert_int_not_equal(cdat_table_merge_entry(t, cdat_written(&w), common, &conflict, text),
				     CDAT_MERGE_BAD);
		conflicts += told(conflict, text, line);
	}
	return conflicts;
}

static struct cdat_table *merged(const struct cdat_table *a, const struct cdat_table *b)
{
	struct cdat_table *t = cdat_table_copy(a);

	merge(t, b, 0, NULL);
	return t;
}

static void same_entries(const struct cdat_table *a, const struct cdat_table *b)
{
	struct cdat_entry_sum sa, sb;
	struct cdat_stamp ta, tb;
	size_t i = 0, k = 0;

	assert_same_digest(a, b);
	same_graves(a, b);
	while (cdat_table_next_sum(a, &i, &sa)) {
		assert_true(cdat_table_next_sum(b, &k, &sb));
		assert_memory_equal(&sa.id.number, &sb.id.number, sizeof(sa.id.number));
		assert_true(cdat_table_stamp(a, sa.id, &ta) && cdat_table_stamp(b, sb.id, &tb));
		assert_memory_equal(&ta, &tb, offsetof(struct cdat_stamp, editor) + sizeof(ta.editor));
	}
}

/* ---- conflicts -------------------------------------------------------------------------- */

static void one_side_changed(void **state)
{
	struct cdat_table *a = fig5(), *b = cdat_table_copy(a), *m;
	char line[CDAT_TEXT_MAX + 1];
	(void)state;

	change_by(&b, 2, 2, OPS(AD_NUM(1, 2, 1, CDAT_A_MTU, 1400), NODE_ADD(2, 3), NODE_NAME(3, 3, "c"),
				AD_NEW(4, 3, 1, "9.1.1.3", 24)));
	m = cdat_table_copy(a);
	assert_int_equal(merge(m, b, 1, line), 0);
	same_entries(m, b);
	assert_string_equal(cdat_table_by_name(m, "c")->node.name, "c");
	cdat_table_free(m);
	m = cdat_table_copy(b);
	assert_int_equal(merge(m, a, 1, line), 0);
	same_entries(m, b);
	cdat_table_free(m);
	cdat_table_free(a);
	cdat_table_free(b);
}

/* Both sides say the same, whichever merges; only the changes since the common epoch count. */
static void conflict(const struct cdat_table *base, const struct cdat_op *ours, size_t nours,
		     const struct cdat_op *theirs, size_t ntheirs, const char *expect)
{
	struct cdat_table *a = cdat_table_copy(base), *b = cdat_table_copy(base), *m;
	char line[CDAT_TEXT_MAX + 1], other[CDAT_TEXT_MAX + 1];

	change_by(&a, 2, 1, ours, nours);
	change_by(&b, 2, 2, theirs, ntheirs);	/* equal version and epoch: the higher editor wins */
	m = cdat_table_copy(a);
	assert_int_equal(merge(m, b, 1, line), 1);
	assert_string_equal(line, expect);
	same_entries(m, b);
	assert_int_equal(merge(m, b, 1, line), 0);
	cdat_table_free(m);
	m = cdat_table_copy(b);
	assert_int_equal(merge(m, a, 1, other), 1);
	assert_string_equal(other, expect);
	same_entries(m, b);
	assert_int_equal(merge(m, a, 2, other), 0);	/* not since epoch 2 */
	cdat_table_free(m);
	cdat_table_free(a);
	cdat_table_free(b);
}

static void conflicts(void **state)
{
	struct cdat_table *t = fig5();
	(void)state;

	change(&t, OPS(ROLE(1, 7, .name = "web", .policy = 1), WANT(2, 3, 2, "9.5.0.0", 16, "9.1.1.1")));
	conflict(t, OPS(AD_NUM(1, 2, 2, CDAT_A_MTU, 1400)), OPS(AD_NUM(1, 2, 2, CDAT_A_MTU, 1500)),
		 "nodeB/2 mtu: kept 1500 (set by nodeB), dropped 1400 (set by nodeA)");
	conflict(t, OPS(AD_NUM(1, 2, 2, CDAT_A_CLASS, 4), AD_IP(2, 2, 1, "9.1.1.7"),
			AD_NEW(3, 2, 3, "9.3.1.2", 24)),
		 OPS(AD_NUM(1, 2, 2, CDAT_A_DSCP, 3)),
		 "nodeB/1 addr: kept 9.1.1.2 (set by nodeB), dropped 9.1.1.7 (set by nodeA), and 3 more");
	conflict(t, OPS(AD_DEL(1, 2, 2)), OPS(NODE_NUM(1, 2, CDAT_A_NODE_ADMIN, 1)),
		 "nodeB/2: kept the adapter (set by nodeB), dropped its absence (set by nodeA)");
	conflict(t, OPS(AD_NEW(3, 2, 3, "9.3.1.2", 24)), OPS(NODE_NUM(1, 2, CDAT_A_NODE_ADMIN, 1)),
		 "nodeB/3: kept its absence (set by nodeB), dropped the adapter (set by nodeA)");
	conflict(t, OPS(NODE_NUM(1, 2, CDAT_A_NODE_ADMIN, 2)), OPS(NODE_NUM(1, 2, CDAT_A_NODE_ADMIN, 1)),
		 "nodeB admin: kept enabled (set by nodeB), dropped disabled (set by nodeA)");
	conflict(t, OPS(PARAM(1, CDAT_A_PROBE, 500)), OPS(PARAM(1, CDAT_A_FAILBACK, 2)),
		 "parameters probe_ms: kept 1000 (set by nodeB), dropped 500 (set by nodeA), and 1 more");
	conflict(t, OPS(LOCK(1, 4711)), OPS(PARAM(1, CDAT_A_PROBE, 500)),
		 "parameters spin_lock: kept 4711 (set by nodeB), dropped 4712 (set by nodeA), and 1 more");
	conflict(t, OPS(ROLE(1, 7, .name = "web", .policy = 1, .ncandidates = 2, .candidates = { 1, 2 })),
		 OPS(ROLE(1, 7, .name = "web", .policy = 1, .ncandidates = 2, .candidates = { 2, 1 })),
		 "role 7 candidates: kept 2 1 (set by nodeB), dropped 1 2 (set by nodeA)");
	conflict(t, OPS(ROLE(1, 7, .name = "db", .policy = 1, .sticky = true)),
		 OPS(ROLE(1, 7, .name = "www", .policy = 2)),
		 "role 7 name: kept 'www' (set by nodeB), dropped 'db' (set by nodeA), and 2 more");
	conflict(t, OPS(WANT(1, 3, 2, "9.5.0.0", 16, "9.1.1.3")),
		 OPS(WANT(1, 3, 2, "9.5.0.0", 16, "9.1.1.4")),
		 "wanted route 3 via: kept 9.1.1.4 (set by nodeB), dropped 9.1.1.3 (set by nodeA)");
	cdat_table_free(t);
}

/* Nothing that was removed comes back, whoever merges: decided and told as for two changes. */
static void removed(void **state)
{
	struct cdat_table *t = fig5();
	(void)state;

	change(&t, OPS(ROLE(1, 7, .name = "web", .policy = 1), WANT(2, 3, 2, "9.5.0.0", 16, "9.1.1.1"),
		       NODE_ADD(3, 4), NODE_NAME(4, 4, "nodeD"), AD_NEW(5, 4, 1, "9.1.1.4", 24)));
	conflict(t, OPS(ROLE_DEL(1, 7)), OPS(ROLE(1, 7, .name = "www", .policy = 1)),
		 "role 7: kept 'www' (set by nodeB), dropped its removal (set by nodeA)");
	conflict(t, OPS(ROLE(1, 7, .name = "www", .policy = 1)), OPS(ROLE_DEL(1, 7)),
		 "role 7: kept its removal (set by nodeB), dropped 'www' (set by nodeA)");
	conflict(t, OPS(WANT_DEL(1, 3)), OPS(WANT(1, 3, 2, "9.5.0.0", 16, "9.1.1.3")),
		 "wanted route 3: kept 9.5.0.0/16 via 9.1.1.3 (set by nodeB), dropped its removal "
		 "(set by nodeA)");
	conflict(t, OPS(WANT(1, 3, 2, "9.5.0.0", 16, "9.1.1.3")), OPS(WANT_DEL(1, 3)),
		 "wanted route 3: kept its removal (set by nodeB), dropped 9.5.0.0/16 via 9.1.1.3 "
		 "(set by nodeA)");
	conflict(t, OPS(NODE_DEL(1, 4)), OPS(NODE_NUM(1, 4, CDAT_A_NODE_ADMIN, 2)),
		 "node 4: kept 'nodeD' (set by nodeB), dropped its removal (set by nodeA)");
	conflict(t, OPS(NODE_NUM(1, 4, CDAT_A_NODE_ADMIN, 2)), OPS(NODE_DEL(1, 4)),
		 "node 4: kept its removal (set by nodeB), dropped 'nodeD' (set by nodeA)");
	cdat_table_free(t);
}

/* One side removes, the other has not touched the entry but made more changes; and one that was
 * created again is newer than its grave. */
static void removed_alone(void **state)
{
	struct cdat_table *base = fig5(), *a, *b, *ab, *ba;
	const struct cdat_role *roles;
	(void)state;

	change(&base, OPS(ROLE(1, 7, .name = "web", .policy = 1), ROLE(2, 8, .name = "db", .policy = 1)));
	a = cdat_table_copy(base);
	b = cdat_table_copy(base);
	change_by(&a, 2, 1, OPS(ROLE_DEL(1, 7), ROLE_DEL(2, 8)));
	change_by(&a, 2, 1, OPS(ROLE(1, 8, .name = "new", .policy = 1)));
	for (unsigned i = 0; i < 3; i++)
		change_by(&b, 2, 2, OPS(PARAM(1, CDAT_A_PROBE, 100 + i)));
	assert_int_equal(cdat_table_graves(a, NULL), 1);
	ab = cdat_table_copy(a);
	ba = cdat_table_copy(b);
	assert_int_equal(merge(ab, b, 1, NULL), 0);
	assert_int_equal(merge(ba, a, 1, NULL), 0);
	same_entries(ab, ba);
	assert_int_equal(cdat_table_roles(ab, &roles), 1);
	assert_string_equal(roles[0].name, "new");
	/* and a third with the old table, later */
	assert_int_equal(merge(ab, base, 1, NULL), 0);
	same_entries(ab, ba);
	cdat_table_free(ab);
	cdat_table_free(ba);
	cdat_table_free(a);
	cdat_table_free(b);
	cdat_table_free(base);
}

/* What the other side has of a node that was removed goes with it. */
static void settles_lists(void **state)
{
	struct cdat_table *base = fig5(), *a, *b;
	char text[CDAT_TEXT_MAX + 1];
	const struct cdat_role *roles;
	(void)state;

	a = cdat_table_copy(base);
	b = cdat_table_copy(base);
	change_by(&a, 2, 1, OPS(NODE_DEL(1, 2)));
	change_by(&b, 2, 2, OPS(WANT(1, 3, 2, "9.5.0.0", 16, "9.1.1.1"),
				ROLE(2, 7, .name = "web", .policy = 1, .sticky = true, .ncandidates = 2,
				     .candidates = { 2, 1 })));
	merge(a, b, 1, NULL);
	assert_true(cdat_table_settle(a, CDAT_PORT_DEFAULT, text));
	assert_string_equal(text, "role web: node 2 is no candidate any more: it was removed");
	assert_true(cdat_table_settle(a, CDAT_PORT_DEFAULT, text));
	assert_string_equal(text, "wanted route 3 goes with node 2, which was removed");
	assert_false(cdat_table_settle(a, CDAT_PORT_DEFAULT, text));
	assert_int_equal(cdat_table_roles(a, &roles), 1);
	assert_true(roles[0].ncandidates == 1 && roles[0].candidates[0] == 1 && roles[0].sticky);
	assert_int_equal(cdat_table_wanted(a, NULL), 0);
	merge(a, b, 1, NULL);
	assert_int_equal(cdat_table_wanted(a, NULL), 0);
	cdat_table_free(a);
	cdat_table_free(b);
	cdat_table_free(base);
}

/* The owner tells facts on one side later than an administrator changes the node on the other:
 * both stay, wherever and in whichever order it is merged, and it is no conflict. */
static void facts_beside_change(void **state)
{
	struct cdat_table *base = fig5(), *a = cdat_table_copy(base), *b = cdat_table_copy(base);
	struct cdat_table *ab, *ba;
	char line[CDAT_TEXT_MAX + 1];

	(void)state;
	rules.facts_ok = true;
	change_by(&a, 2, 1, OPS(AD_NUM(1, 2, 1, CDAT_A_PREFERENCE, 7)));
	change_by(&b, 3, 2, OPS(AD_NUM(1, 2, 1, CDAT_A_FACT_MTU, 9000)));
	change_by(&b, 3, 2, OPS(AD_NUM(1, 2, 1, CDAT_A_FACT_MTU, 1280),
				AD_NUM(2, 2, 2, CDAT_A_FACT_TYPE, 6)));
	rules.facts_ok = false;
	ab = cdat_table_copy(a);
	ba = cdat_table_copy(b);
	assert_int_equal(merge(ab, b, 1, line), 0);
	assert_int_equal(merge(ba, a, 1, line), 0);
	same_entries(ab, ba);
	assert_int_equal(adapter(ab, 2, 1)->preference, 7);
	assert_int_equal(adapter(ab, 2, 1)->mtu_reported, 1280);
	assert_int_equal(adapter(ab, 2, 2)->type_reported, 6);
	assert_int_equal(merge(ab, b, 1, line), 0);
	same_entries(ab, ba);
	/* an address that was changed has no facts of the one before */
	change_by(&a, 4, 1, OPS(AD_IP(1, 2, 1, "9.7.1.2")));
	assert_int_equal(merge(ab, a, 3, line), 0);
	assert_int_equal(adapter(ab, 2, 1)->mtu_reported, 0);
	assert_int_equal(adapter(ab, 2, 2)->type_reported, 6);
	cdat_table_free(base);
	cdat_table_free(a);
	cdat_table_free(b);
	cdat_table_free(ab);
	cdat_table_free(ba);
}

static void bad_entries(void **state)
{
	struct cdat_table *t = fig5(), *before = cdat_table_copy(t);
	char text[CDAT_TEXT_MAX + 1];
	bool conflict_;
	(void)state;

	assert_int_equal(cdat_table_merge_entry(t, (struct cdat_view){ (const uint8_t *)"\x02zz", 3 }, 0,
						&conflict_, text), CDAT_MERGE_BAD);
	assert_int_equal(cdat_table_merge_entry(t, (struct cdat_view){ (const uint8_t *)"\x09", 1 }, 0,
						&conflict_, text), CDAT_MERGE_BAD);
	assert_int_equal(cdat_table_merge_entry(t, (struct cdat_view){ NULL, 0 }, 0, &conflict_, text),
			 CDAT_MERGE_BAD);
	same_entries(t, before);
	cdat_table_free(t);
	cdat_table_free(before);
}

/* ---- settling --------------------------------------------------------------------------- */

static void settles(void **state)
{
	struct cdat_table *base = fig5(), *a = cdat_table_copy(base), *b = cdat_table_copy(base), *m, *n;
	char text[CDAT_TEXT_MAX + 1];
	struct cdat_addr addr = ip("9.1.1.3");
	(void)state;

	/* each side adds a node: another number, the same name and address */
	change_by(&a, 2, 1, OPS(NODE_ADD(1, 3), NODE_NAME(2, 3, "new"), AD_NEW(3, 3, 1, "9.1.1.3", 24)));
	change_by(&b, 2, 2, OPS(NODE_ADD(1, 4), NODE_NAME(2, 4, "new"), AD_NEW(3, 4, 1, "9.1.1.3", 24),
				AD_NUM(6, 4, 1, CDAT_A_PORT, CDAT_PORT_DEFAULT)));
	m = merged(a, b);
	n = merged(b, a);
	assert_true(cdat_table_settle(m, CDAT_PORT_DEFAULT, text));
	assert_string_equal(text, "node 3 is now new-3: its name new is also that of node 4");
	assert_true(cdat_table_settle(m, CDAT_PORT_DEFAULT, text));
	assert_string_equal(text, "new-3/1 set notInService: its address 9.1.1.3 is also that of new/1");
	assert_false(cdat_table_settle(m, CDAT_PORT_DEFAULT, text));
	while (cdat_table_settle(n, CDAT_PORT_DEFAULT, text))
		;
	same_entries(m, n);
	assert_int_equal(cdat_table_by_addr(m, &addr, CDAT_PORT_DEFAULT)->node, 4);
	assert_int_equal(cdat_table_by_name(m, "new")->node.node, 4);
	assert_int_equal(cdat_table_by_name(m, "new-3")->node.node, 3);
	/* the row out of service can be given an address of its own, not just made active */
	assert_null(apply(m, OPS(AD_NUM(1, 3, 1, CDAT_A_ADAPTER_ROW, 1))));
	assert_int_equal(outcome.result, CDAT_RES_DUPLICATE_ADDRESS);
	change(&m, OPS(AD_NUM(1, 3, 1, CDAT_A_ADAPTER_ROW, 1), AD_IP(2, 3, 1, "9.1.1.33")));
	cdat_table_free(base);
	cdat_table_free(a);
	cdat_table_free(b);
	cdat_table_free(m);
	cdat_table_free(n);
}

/* A name of full length is cut for its suffix; a suffix that is taken gets another. */
static void settles_long_names(void **state)
{
	char name[CDAT_NAME_MAX + 1], text[CDAT_TEXT_MAX + 1];
	struct cdat_table *a = cdat_table_new(1), *b = cdat_table_new(1);
	struct cdat_op ops[] = { NODE_ADD(1, 3), NODE_NAME(2, 3, ""), AD_NEW(3, 3, 1, "9.1.1.3", 24),
				 NODE_ADD(4, 9), NODE_NAME(4, 9, ""), AD_NEW(4, 9, 1, "9.1.1.9", 24) };
	(void)state;

	memset(name, 'x', CDAT_NAME_MAX);
	name[CDAT_NAME_MAX] = 0;
	strcpy(ops[1].text, name);
	strcpy(ops[6].text, name);
	strcpy(ops[6].text + CDAT_NAME_MAX - 2, "-4");	/* what node 4 would be called */
	change_by(&a, 2, 2, ops, 10);
	for (size_t i = 0; i < 5; i++)
		ops[i].node = 4;
	ops[3].addr = ip("9.1.1.4");
	change_by(&b, 2, 1, ops, 5);
	merge(a, b, 0, NULL);
	assert_true(cdat_table_settle(a, CDAT_PORT_DEFAULT, text));
	assert_false(cdat_table_settle(a, CDAT_PORT_DEFAULT, text));
	assert_int_equal(cdat_table_by_name(a, name)->node.node, 3);
	strcpy(name + CDAT_NAME_MAX - 2, "-4");
	assert_int_equal(cdat_table_by_name(a, name)->node.node, 9);
	strcpy(name + CDAT_NAME_MAX - 4, "-4.2");
	assert_int_equal(cdat_table_by_name(a, name)->node.node, 4);
	cdat_table_free(a);
	cdat_table_free(b);
}

/* ---- laws -------------------------------------------------------------------------------- */

static uint64_t rnd_state;

static unsigned rnd(unsigned below)
{
	rnd_state ^= rnd_state >> 12;
	rnd_state ^= rnd_state << 25;
	rnd_state ^= rnd_state >> 27;
	return (unsigned)((rnd_state * 0x2545f4914f6cdd1du) >> 33) % below;
}

/* A few changes as one side of a partition would make them. */
static struct cdat_table *side(const struct cdat_table *base, uint32_t epoch)
{
	struct cdat_table *t = cdat_table_copy(base);

	for (unsigned i = rnd(6); i > 0; i--) {
		struct cdat_table *n;
		uint16_t node = (uint16_t)(1 + rnd(8));
		struct cdat_addr addr = ip("9.9.1.1");

		addr.octets[3] = (uint8_t)(1 + rnd(12));
		stamp = (struct cdat_stamp){ 0, epoch + rnd(2), (uint16_t)(1 + rnd(2)) };
		struct cdat_op ops[] = {
			NODE_ADD(1, node), NODE_NAME(2, node, "n"), AD_NEW(3, node, 1, "9.9.1.1", 24),
		};
		struct cdat_op set = AD_NUM(1, node, 1, CDAT_A_MTU, 600 + rnd(3));
		struct cdat_op role = ROLE(1, (uint16_t)(1 + rnd(3)), .name = "r", .policy = 1);
		struct cdat_op par = PARAM(1, CDAT_A_PROBE, 100 + rnd(3));

		snprintf(ops[1].text, sizeof(ops[1].text), "n%u", rnd(6));
		snprintf(role.role.name, sizeof(role.role.name), "r%u", rnd(9));
		ops[3].addr = addr;
		struct cdat_op gone = NODE_DEL(1, node), no_role = ROLE_DEL(1, role.role.role);

		switch (rnd(6)) {
		case 0:
			n = cdat_table_apply(t, ops, 5, &rules, stamp, &outcome);
			break;
		case 1:
			n = cdat_table_apply(t, &set, 1, &rules, stamp, &outcome);
			break;
		case 2:
			n = cdat_table_apply(t, &role, 1, &rules, stamp, &outcome);
			break;
		case 3:
			n = cdat_table_apply(t, &gone, 1, &rules, stamp, &outcome);
			break;
		case 4:
			n = cdat_table_apply(t, &no_role, 1, &rules, stamp, &outcome);
			break;
		default:
			n = cdat_table_apply(t, &par, 1, &rules, stamp, &outcome);
		}
		if (n) {
			cdat_table_free(t);
			t = n;
		}
	}
	return t;
}

static void equal_and_free(struct cdat_table *a, struct cdat_table *b)
{
	same_entries(a, b);
	cdat_table_free(a);
	cdat_table_free(b);
}

static struct cdat_table *settled(struct cdat_table *t)
{
	char text[CDAT_TEXT_MAX + 1];
	unsigned rounds = 0;

	while (cdat_table_settle(t, CDAT_PORT_DEFAULT, text)) {
		assert_true(text[0]);
		assert_true(++rounds < 100);
	}
	for (size_t i = 0; i < cdat_table_count(t); i++) {
		const struct cdat_tnode *n = cdat_table_at(t, i);

		assert_ptr_equal(cdat_table_by_name(t, n->node.name), n);
		for (size_t k = 0; k < n->nadapters; k++)
			if (n->adapters[k].row == CDAT_ROW_ACTIVE)
				assert_ptr_equal(cdat_table_by_addr(t, &n->adapters[k].addr, CDAT_PORT_DEFAULT),
						 &n->adapters[k]);
	}
	return t;
}

static void laws(void **state)
{
	(void)state;

	for (unsigned seed = 1; seed <= 300; seed++) {
		struct cdat_table *base = fig5(), *a, *b, *c, *ab, *bc, *again;

		rnd_state = seed * 0x9e3779b97f4a7c15u;
		a = side(base, 2);
		b = side(base, 2);
		c = side(rnd(2) ? base : a, 3);
		equal_and_free(merged(a, a), cdat_table_copy(a));
		equal_and_free(merged(a, b), merged(b, a));
		ab = merged(a, b);
		bc = merged(b, c);
		equal_and_free(merged(ab, b), cdat_table_copy(ab));
		equal_and_free(merged(ab, c), merged(a, bc));
		again = merged(c, ab);
		equal_and_free(settled(again), settled(merged(bc, a)));
		cdat_table_free(ab);
		cdat_table_free(bc);
		cdat_table_free(a);
		cdat_table_free(b);
		cdat_table_free(c);
		cdat_table_free(base);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_side_changed), cmocka_unit_test(conflicts),
		cmocka_unit_test(facts_beside_change), cmocka_unit_test(removed),
		cmocka_unit_test(removed_alone), cmocka_unit_test(settles_lists),
		cmocka_unit_test(bad_entries), cmocka_unit_test(settles),
		cmocka_unit_test(settles_long_names), cmocka_unit_test(laws),
	};

	rules.graves = true;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
