/* SPDX-License-Identifier: BSD-2-Clause */
/* The records: kinds, keys, what their tables refuse, and the words of CDAT-MIB. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fill.h"
#include "wire/attr.h"
#include "wire/records.h"

static struct fill fill = { .seed = 7 };
static uint8_t buf[1 << 17];

static enum cdat_decode reread(const struct cdat_msg *msg, const void *src, void *dst)
{
	struct cdat_writer w;

	cdat_writer_init(&w, buf, sizeof(buf));
	assert_true(cdat_encode(&w, msg, src));
	return cdat_decode(cdat_written(&w), msg, dst);
}

static void test_kinds(void **state)
{
	(void)state;
	assert_null(cdat_record_msg((enum cdat_kind)0));
	assert_null(cdat_record_msg((enum cdat_kind)(CDAT_K_LAST + 1)));
	assert_null(cdat_record_msg((enum cdat_kind)-1));
	for (int k = 1; k <= CDAT_K_LAST; k++) {
		assert_non_null(cdat_record_msg((enum cdat_kind)k));
		assert_true(cdat_record_msg((enum cdat_kind)k)->size <= sizeof(union cdat_record));
	}
	assert_string_equal(cdat_record_msg(CDAT_K_PERSP)->name, "persp");
	assert_int_equal(cdat_record_msg(CDAT_K_ADAPTER)->size, sizeof(struct cdat_adapter));
}

static void assert_key(enum cdat_kind kind, const void *record, uint32_t a, uint32_t b)
{
	struct cdat_key key = cdat_record_key(kind, record);

	assert_int_equal(key.a, a);
	assert_int_equal(key.b, b);
}

static void test_keys(void **state)
{
	(void)state;
	assert_key(CDAT_K_CLUSTER, &(struct cdat_cluster){ .local_node = 3 }, 0, 0);
	assert_key(CDAT_K_PARAMS, &(struct cdat_params){ .heartbeat_ms = 3 }, 0, 0);
	assert_key(CDAT_K_STATS, &(struct cdat_stats){ .msgs_sent = 3 }, 0, 0);
	assert_key(CDAT_K_NODE, &(struct cdat_node){ .node = 300 }, 300, 0);
	assert_key(CDAT_K_ADAPTER, &(struct cdat_adapter){ .node = 300, .adapter = 2 }, 300, 2);
	assert_key(CDAT_K_PATH, &(struct cdat_path){ .node = 65535, .adapter = 255 }, 65535, 255);
	assert_key(CDAT_K_COMPONENT, &(struct cdat_component){ .component = 4 }, 4, 0);
	assert_key(CDAT_K_MEMBER, &(struct cdat_member){ .component = 4, .node = 9 }, 4, 9);
	assert_key(CDAT_K_PERSP, &(struct cdat_persp){ .node = 4, .reporter = 9 }, 4, 9);
	assert_key(CDAT_K_ROLE, &(struct cdat_role){ .role = 5 }, 5, 0);
	assert_key(CDAT_K_ROUTE, &(struct cdat_route){ .node = 4, .adapter = 1 }, 4, 1);
	assert_key(CDAT_K_EVENT, &(struct cdat_event){ .event = 70000 }, 70000, 0);
	assert_key(CDAT_K_NOTIFY, &(struct cdat_notify){ .kind = 17 }, 17, 0);
	assert_key(CDAT_K_WANTED, &(struct cdat_wanted){ .wanted = 8 }, 8, 0);
	assert_key((enum cdat_kind)0, &(struct cdat_node){ .node = 1 }, 0, 0);
	assert_key((enum cdat_kind)99, &(struct cdat_node){ .node = 1 }, 0, 0);
}

/* The configured part carries what is configured and nothing else. */
static void test_configured_parts(void **state)
{
	struct cdat_node node, node_back;
	struct cdat_adapter adapter, adapter_back;
	struct cdat_role role, role_back;

	(void)state;
	fill_msg(&fill, &cdat_msg_node, &node);
	assert_int_equal(reread(&cdat_msg_node_conf, &node, &node_back), CDAT_DEC_OK);
	assert_string_equal(node_back.name, node.name);
	assert_int_equal(node_back.row, node.row);
	assert_int_equal(node_back.state, 0);
	assert_int_equal(node_back.sync, 0);

	fill_msg(&fill, &cdat_msg_adapter, &adapter);
	strcpy(adapter.ifname, "eth7");
	adapter.mtu_reported = 1500;
	assert_int_equal(reread(&cdat_msg_adapter_conf, &adapter, &adapter_back), CDAT_DEC_OK);
	assert_int_equal(adapter_back.row, adapter.row);
	assert_string_equal(adapter_back.ifname, "eth7");
	assert_int_equal(adapter_back.mtu_reported, 1500);
	assert_int_equal(adapter_back.oper, 0);
	assert_int_equal(adapter_back.ifindex, 0);

	fill_msg(&fill, &cdat_msg_role, &role);
	assert_int_equal(reread(&cdat_msg_role_conf, &role, &role_back), CDAT_DEC_OK);
	assert_int_equal(role_back.ncandidates, role.ncandidates);
	assert_memory_equal(role_back.candidates, role.candidates, sizeof(role.candidates));
	assert_int_equal(role_back.state, 0);
}

/* Each required member, left zero, is missed; each ranged one, one past its range, refused. */
static void test_impossible_values_are_refused(void **state)
{
	const struct cdat_msg *msg;
	static uint8_t good[FILL_STRUCT_MAX] __attribute__((aligned(16)));
	static uint8_t bad[FILL_STRUCT_MAX] __attribute__((aligned(16)));
	static uint8_t back[FILL_STRUCT_MAX] __attribute__((aligned(16)));
	unsigned missed = 0, refused = 0;

	(void)state;
	for (size_t i = 0; (msg = fill_all(i)); i++) {
		fill.used = 0;
		fill_msg(&fill, msg, good);
		for (unsigned k = 0; k < msg->nfields; k++) {
			const struct cdat_field *f = &msg->fields[k];
			uint16_t past = (uint16_t)(f->max + 1);

			memcpy(bad, good, msg->size);
			memset(bad + f->offset, 0, f->size);
			if (f->flags & CDAT_FF_REQUIRED) {
				assert_int_equal(reread(msg, bad, back), CDAT_DEC_MISSING);
				missed++;
			}
			if (!f->max || f->max >= 255 || (f->type != CDAT_T_U8 && f->type != CDAT_T_U16))
				continue;
			memcpy(bad + f->offset, &past, f->size);
			assert_int_equal(reread(msg, bad, back), CDAT_DEC_RANGE);
			refused++;
		}
	}
	assert_true(missed > 60);
	assert_true(refused > 30);
}

/* The same ranges stand in the tables of the wire and in the rows for operators. */
static void test_params_agree_with_attributes(void **state)
{
	struct cdat_params params, back;
	const struct cdat_attr_row *row;
	size_t count, seen = 0;

	(void)state;
	row = cdat_attr_rows(&count);
	for (; count--; row++) {
		if (row->scope != CDAT_SCOPE_PARAM)
			continue;
		cdat_attr_defaults(CDAT_SCOPE_PARAM, &params);
		assert_int_equal(reread(&cdat_msg_params, &params, &back), CDAT_DEC_OK);
		cdat_attr_put(row, &params, row->min);
		assert_int_equal(reread(&cdat_msg_params, &params, &back), CDAT_DEC_OK);
		cdat_attr_put(row, &params, row->max);
		assert_int_equal(reread(&cdat_msg_params, &params, &back), CDAT_DEC_OK);
		seen++;
		if (row->type == CDAT_AT_TRUTH)
			continue;
		cdat_attr_put(row, &params, row->max + 1);
		assert_int_equal(reread(&cdat_msg_params, &params, &back), CDAT_DEC_RANGE);
		cdat_attr_put(row, &params, row->min - 1);
		assert_int_equal(reread(&cdat_msg_params, &params, &back),
				 row->min == 1 ? CDAT_DEC_MISSING : CDAT_DEC_RANGE);
	}
	assert_int_equal(seen, 11);
}

/* An op names a role or a wanted route by its number alone when it removes it. */
static void test_op_of_removal(void **state)
{
	struct cdat_op op = { .kind = CDAT_OP_ROLE_REMOVE, .index = 1, .role.role = 4 }, back;

	(void)state;
	assert_int_equal(reread(&cdat_msg_op, &op, &back), CDAT_DEC_OK);
	assert_int_equal(back.role.role, 4);
	op = (struct cdat_op){ .kind = CDAT_OP_WANTED_REMOVE, .wanted.wanted = 5 };
	assert_int_equal(reread(&cdat_msg_op, &op, &back), CDAT_DEC_OK);
	assert_int_equal(back.wanted.wanted, 5);
	op = (struct cdat_op){ .kind = CDAT_OP_PARAM_SET, .number = INT64_MIN };
	assert_int_equal(reread(&cdat_msg_op, &op, &back), CDAT_DEC_OK);
	assert_true(back.number == INT64_MIN);
	op.kind = CDAT_OP_LOCK + 1;
	assert_int_equal(reread(&cdat_msg_op, &op, &back), CDAT_DEC_RANGE);
	op.kind = 0;
	assert_int_equal(reread(&cdat_msg_op, &op, &back), CDAT_DEC_MISSING);
}

/* ---- words ------------------------------------------------------------------------- */

static char *mib_text(void)
{
	const char *top = getenv("top_srcdir");
	char path[4096];
	FILE *f;
	char *text = calloc(1, 1 << 20);

	snprintf(path, sizeof(path), "%s/mib/CDAT-MIB.txt", top ? top : ".");
	f = fopen(path, "r");
	if (!f)
		fail_msg("cannot open %s", path);
	assert_true(fread(text, 1, (1 << 20) - 1, f) > 1000);
	fclose(f);
	return text;
}

/* The words of a member are the labels after the definition of `object` in the MIB. */
static void test_words_are_the_labels_of_the_mib(void **state)
{
	static const struct { const char *record, *field, *object; unsigned count; } table[] = {
		{ "cluster", "health", "CdatVerdict ::=", 4 },
		{ "cluster", "state", "cdatClusterState OBJECT-TYPE", 6 },
		{ "cluster", "standing", "cdatPartitionState OBJECT-TYPE", 4 },
		{ "cluster", "change_state", "cdatChangeState OBJECT-TYPE", 4 },
		{ "cluster", "notify_scope", "cdatNotifyScope OBJECT-TYPE", 2 },
		{ "params", "quorum", "cdatConfigQuorumPolicy OBJECT-TYPE", 2 },
		{ "node", "admin", "cdatNodeAdminStatus OBJECT-TYPE", 2 },
		{ "node", "state", "CdatMembership ::=", 7 },
		{ "node", "sync", "cdatNodeSync OBJECT-TYPE", 4 },
		{ "adapter", "class", "CdatClassOfService ::=", 5 },
		{ "adapter", "admin", "cdatAdapterAdminStatus OBJECT-TYPE", 2 },
		{ "adapter", "oper", "CdatReachability ::=", 5 },
		{ "path", "state", "CdatReachability ::=", 5 },
		{ "persp", "state", "CdatReachability ::=", 5 },
		{ "component", "basis", "cdatComponentBasis OBJECT-TYPE", 3 },
		{ "member", "part", "cdatMemberRole OBJECT-TYPE", 3 },
		{ "role", "state", "cdatRoleState OBJECT-TYPE", 4 },
		{ "route", "state", "cdatRouteState OBJECT-TYPE", 4 },
		{ "event", "kind", "CdatEventKind ::=", 17 },
		{ "notify", "kind", "CdatEventKind ::=", 17 },
		{ "event", "severity", "CdatSeverity ::=", 6 },
		{ "outcome", "result", "CdatChangeResult ::=", 24 },
	};
	char *mib = mib_text();

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const char *at = strstr(mib, table[i].object);
		const char *from = at ? strstr(at, "INTEGER {") : NULL;
		const char *end = from ? strchr(from, '}') : NULL;

		if (!end)
			fail_msg("the MIB lacks %s", table[i].object);
		for (unsigned v = 1; v <= table[i].count; v++) {
			char label[64];
			int n = snprintf(label, sizeof(label), " %s(%u)",
					 cdat_enum_word(table[i].record, table[i].field, v), v);
			const char *found = memmem(from, (size_t)(end - from), label, (size_t)n);

			if (!found)
				fail_msg("%s has no%s", table[i].object, label);
		}
		assert_string_equal(cdat_enum_word(table[i].record, table[i].field,
						   table[i].count + 1), "?");
		assert_string_equal(cdat_enum_word(table[i].record, table[i].field, 0), "?");
	}
	free(mib);
}

static void test_other_words(void **state)
{
	(void)state;
	assert_string_equal(cdat_enum_word("node", "storage", 3), "nonVolatile");
	assert_string_equal(cdat_enum_word("adapter", "storage", 5), "readOnly");
	assert_string_equal(cdat_enum_word("adapter", "row", 2), "notInService");
	assert_string_equal(cdat_enum_word("adapter", "type", CDAT_IFT_ETHERNET), "ethernetCsmacd");
	assert_string_equal(cdat_enum_word("adapter", "type", CDAT_IFT_INFINIBAND), "infiniband");
	assert_string_equal(cdat_enum_word("adapter", "type", CDAT_IFT_TUNNEL), "tunnel");
	assert_string_equal(cdat_enum_word("adapter", "type", 65000), "?");
	assert_string_equal(cdat_enum_word("adapter", "type_reported", 0), "unknown");
	assert_string_equal(cdat_enum_word("role", "policy", 2), "best-class");
	assert_string_equal(cdat_enum_word("outcome", "fault", 0), "noError");
	assert_string_equal(cdat_enum_word("outcome", "fault", 6), "commitFailed");
	assert_null(cdat_enum_word("node", "primary", 1));
	assert_null(cdat_enum_word("nothing", "state", 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_configured_parts),
		cmocka_unit_test(test_impossible_values_are_refused),
		cmocka_unit_test(test_params_agree_with_attributes),
		cmocka_unit_test(test_op_of_removal),
		cmocka_unit_test(test_words_are_the_labels_of_the_mib),
		cmocka_unit_test(test_other_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
