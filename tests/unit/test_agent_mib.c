/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The columns without snmpd: the whole walk of a replica with known rows is compared with
 * agent_walk.txt, which was checked by eye against CDAT-MIB; then the order of a walk, and
 * exact finding, over all instances.
 *
 * With an argument the program prints instead: "walk" the walk, "columns" each column with
 * its OID, type and access, "traps" the objects of each notification.  tests/check-columns
 * compares these with the module.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/notify.h"
#include "tests/unit/agent_fixture.h"

static const char *type_name(u_char asn)
{
	switch (asn) {
	case ASN_INTEGER:
		return "INTEGER";
	case ASN_UNSIGNED:
		return "Unsigned32";
	case ASN_COUNTER:
		return "Counter32";
	case ASN_COUNTER64:
		return "Counter64";
	case ASN_TIMETICKS:
		return "TimeTicks";
	case ASN_OCTET_STR:
		return "OCTETS";
	default:
		return asn == ASN_OBJECT_ID ? "OID" : "?";
	}
}

static void show_octets(FILE *out, const u_char *o, size_t len)
{
	bool text = true;

	for (size_t i = 0; i < len; i++)
		text = text && o[i] >= ' ' && o[i] < 127;
	if (text) {
		fprintf(out, "\"%.*s\"", (int)len, (const char *)o);
		return;
	}
	for (size_t i = 0; i < len; i++)
		fprintf(out, "%02x", o[i]);
}

static void show_oid(FILE *out, const struct mib_data *data, const oid *o, size_t len)
{
	size_t i = 0;

	if (len > data->root_len && !memcmp(o, data->root, data->root_len * sizeof(oid))) {
		fputs("cdatMIB", out);
		i = data->root_len;
	}
	for (; i < len; i++)
		fprintf(out, ".%lu", (unsigned long)o[i]);
}

static void show_value(FILE *out, const struct mib_data *data, const struct mib_value *v)
{
	const struct counter64 *c64 = v->data;

	fprintf(out, "%s ", type_name(v->asn));
	switch (v->asn) {
	case ASN_INTEGER:
		fprintf(out, "%ld", *(const long *)v->data);
		break;
	case ASN_COUNTER64:
		fprintf(out, "%llu", (unsigned long long)c64->high << 32 | c64->low);
		break;
	case ASN_OCTET_STR:
		show_octets(out, v->data, v->len);
		break;
	case ASN_OBJECT_ID:
		show_oid(out, data, v->data, v->len / sizeof(oid));
		break;
	default:
		fprintf(out, "%lu", *(const u_long *)v->data);
	}
}

static void print_walk(FILE *out, const struct mib_data *data)
{
	struct mib_instance inst;
	struct mib_value value;
	oid suffix[MIB_SUFFIX_MAX];
	size_t len = 0;

	while (mib_next(data, suffix, len, false, &inst)) {
		len = mib_suffix(&inst, suffix);
		fprintf(out, "%s", inst.column->name);
		for (size_t i = inst.table->prefix_len + 1u; i < len; i++)
			fprintf(out, ".%lu", (unsigned long)suffix[i]);
		mib_value(data, &inst, &value);
		assert_int_equal(value.asn, inst.column->asn);
		fputs(" = ", out);
		show_value(out, data, &value);
		fputc('\n', out);
	}
}

static void print_columns(FILE *out)
{
	static const char *const access[] = { "read-only", "read-write", "read-create" };

	for (size_t i = 0; i < mib_ntables; i++) {
		const struct mib_table *t = mib_tables[i];

		for (size_t j = 0; j < t->ncolumns; j++) {
			fprintf(out, "%s ", t->columns[j].name);
			for (size_t k = 0; k < t->prefix_len; k++)
				fprintf(out, "%lu.", (unsigned long)t->prefix[k]);
			fprintf(out, "%u %s %s\n", t->columns[j].number,
				type_name(t->columns[j].asn), access[t->columns[j].access]);
		}
	}
}

static void print_traps(FILE *out)
{
	for (unsigned k = 1; k <= CDAT_EV_KINDS; k++) {
		fprintf(out, "%u", k);
		for (size_t i = 0; trap_object((enum cdat_event_kind)k, i); i++)
			fprintf(out, " %s", trap_object((enum cdat_event_kind)k, i));
		fputc('\n', out);
	}
}

static struct replica *rep;
static struct change_log changes;

static int setup(void **state)
{
	(void)state;
	rep = fixture_replica();
	fixture_changes(&changes);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	replica_free(rep);
	return 0;
}

static char *slurp(const char *path)
{
	FILE *f = fopen(path, "r");
	char *text = calloc(1, 1 << 20);

	if (!f || !text)
		fail_msg("%s cannot be read", path);
	assert_true(fread(text, 1, (1 << 20) - 1, f) > 0);
	fclose(f);
	return text;
}

static void test_walk_is_as_expected(void **state)
{
	const struct mib_data data = fixture_data(rep, &changes);
	const char *top = getenv("top_srcdir");
	char path[1024], *want, *got = NULL, *w, *g, *wsave, *gsave;
	size_t len;
	FILE *out = open_memstream(&got, &len);

	(void)state;
	snprintf(path, sizeof(path), "%s/tests/unit/agent_walk.txt", top ? top : ".");
	want = slurp(path);
	print_walk(out, &data);
	fclose(out);
	w = strtok_r(want, "\n", &wsave);
	g = strtok_r(got, "\n", &gsave);
	while (w || g) {
		assert_string_equal(g ? g : "(end of the walk)", w ? w : "(end of the file)");
		w = strtok_r(NULL, "\n", &wsave);
		g = strtok_r(NULL, "\n", &gsave);
	}
	free(want);
	free(got);
}

static int cmp(const oid *a, size_t alen, const oid *b, size_t blen)
{
	for (size_t i = 0; i < alen && i < blen; i++) {
		if (a[i] != b[i])
			return a[i] < b[i] ? -1 : 1;
	}
	return alen < blen ? -1 : alen > blen;
}

/* Each step goes forward, is found exactly and, inclusively, from itself and from each of its
 * beginnings no later than itself. */
static void test_walk_goes_forward(void **state)
{
	const struct mib_data data = fixture_data(rep, &changes);
	oid name[MIB_SUFFIX_MAX], before[MIB_SUFFIX_MAX];
	struct mib_instance inst, other;
	size_t len = 0, n, steps = 0;

	(void)state;
	while (mib_next(&data, name, len, false, &inst)) {
		memcpy(before, name, sizeof(before));
		n = len;
		len = mib_suffix(&inst, name);
		assert_true(cmp(name, len, before, n) > 0);
		assert_int_equal(mib_find(&data, name, len, &other), MIB_FOUND);
		assert_ptr_equal(other.record, inst.record);
		assert_ptr_equal(other.column, inst.column);
		assert_true(mib_next(&data, name, len, true, &other));
		assert_ptr_equal(other.column, inst.column);
		assert_int_equal(other.key.a, inst.key.a);
		for (n = 0; n < len; n++) {
			assert_true(mib_next(&data, name, n, false, &other));
			assert_true(cmp(before, mib_suffix(&other, before), name, len) <= 0);
		}
		steps++;
	}
	assert_true(steps > 400);
}

static void test_what_is_not_there(void **state)
{
	static const struct { oid name[6]; size_t len; enum mib_found found; } cases[] = {
		{ { 1, 1, 28, 0 }, 4, MIB_NO_OBJECT },
		{ { 1, 1, 1 }, 3, MIB_NO_INDEX },
		{ { 1, 1, 1, 1 }, 4, MIB_NO_INDEX },
		{ { 1, 14, 1, 0 }, 4, MIB_NO_OBJECT },
		{ { 1, 3, 2, 1, 1, 1 }, 6, MIB_NO_OBJECT },	/* not-accessible */
		{ { 1, 3, 2, 1, 2, 3 }, 6, MIB_NO_INSTANCE },
		{ { 1, 3, 2, 1, 2, 0 }, 6, MIB_NO_INDEX },
		{ { 1, 3, 2, 1, 2, 65536 }, 6, MIB_NO_INDEX },
		{ { 1, 3, 2, 1, 2 }, 5, MIB_NO_INDEX },
		{ { 1, 4, 1, 1, 3, 1 }, 6, MIB_NO_INDEX },
		{ { 1, 10, 6, 1, 3, 18 }, 6, MIB_NO_INDEX },
		{ { 0, 1 }, 2, MIB_NO_OBJECT },
	};
	const struct mib_data data = fixture_data(rep, &changes);
	struct mib_instance inst;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(mib_find(&data, cases[i].name, cases[i].len, &inst), cases[i].found);
}

/* Without a servicer there are the scalars that are the agent's own, and nothing else. */
static void test_without_servicer(void **state)
{
	struct mib_data data = fixture_data(rep, &changes);
	struct replica *empty = replica_new();
	char *got = NULL;
	size_t len;
	FILE *out = open_memstream(&got, &len);

	(void)state;
	data.rep = empty;
	print_walk(out, &data);
	fclose(out);
	assert_non_null(strstr(got, "cdatHealth.0 = INTEGER 4\ncdatHealthReason.0 = OCTETS \"the "
			       "cluster servicer does not answer the agent\"\ncdatChangeLastResult.0"));
	assert_null(strstr(got, "cdatNode"));
	free(got);
	replica_free(empty);
}

/* Names are ordered by length first; a node that is renamed is found by the new name only. */
static void test_names(void **state)
{
	static const oid b[] = { 1, 'b' }, longer[] = { 2, 'a', 'a' }, again[] = { 1, 'c' };
	struct replica *r = replica_new();
	struct cdat_node node = { .node = 1, .name = "aa" };

	(void)state;
	assert_true(replica_put(r, CDAT_K_NODE, (struct cdat_key){ 1, 0 }, &node));
	node = (struct cdat_node){ .node = 2, .name = "b" };
	assert_true(replica_put(r, CDAT_K_NODE, (struct cdat_key){ 2, 0 }, &node));
	assert_int_equal(replica_next_name(r, NULL, 0, true)->node, 2);
	assert_int_equal(replica_next_name(r, b, 2, false)->node, 1);
	assert_null(replica_next_name(r, longer, 3, false));
	strcpy(node.name, "c");
	assert_true(replica_put(r, CDAT_K_NODE, (struct cdat_key){ 2, 0 }, &node));
	assert_null(replica_by_name(r, b, 2));
	assert_int_equal(replica_by_name(r, again, 2)->node, 2);
	assert_true(replica_put(r, CDAT_K_NODE, (struct cdat_key){ 2, 0 }, NULL));
	assert_null(replica_by_name(r, again, 2));
	replica_free(r);
}

/* The notification's own values are those of the columns. */
static void test_trap_variables(void **state)
{
	const struct mib_data data = fixture_data(rep, &changes);
	const struct cdat_event *e = replica_get(rep, CDAT_K_EVENT, (struct cdat_key){ 19, 0 });
	netsnmp_variable_list *vars = trap_variables(&data, e), *v = vars;
	size_t n = 0;

	(void)state;
	assert_non_null(vars);
	assert_int_equal(*v->val.integer, 50);		/* sysUpTime of the event */
	v = v->next_variable;
	assert_int_equal(v->val.objid[v->val_len / sizeof(oid) - 1], CDAT_EV_FAILOVER);
	for (v = v->next_variable; v; v = v->next_variable) {
		if (n == 1)
			assert_memory_equal(v->val.string, "nodeB by 9.2.1.2", v->val_len);
		if (n == 6)
			assert_memory_equal(v->val.string, "nodeB/1 9.1.1.2", v->val_len);
		if (n == 7)
			assert_memory_equal(v->val.string, "nodeB/2 9.2.1.2", v->val_len);
		if (n == 8)
			assert_int_equal(*v->val.integer, 4);	/* failures of the event */
		n++;
	}
	assert_int_equal(n, 9);
	snmp_free_varbind(vars);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_walk_is_as_expected),
		cmocka_unit_test(test_walk_goes_forward),
		cmocka_unit_test(test_what_is_not_there),
		cmocka_unit_test(test_without_servicer),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_trap_variables),
	};

	setenv("TZ", "UTC", 1);
	if (argc > 1) {
		setup(NULL);
		if (!strcmp(argv[1], "walk")) {
			const struct mib_data data = fixture_data(rep, &changes);

			print_walk(stdout, &data);
		} else if (!strcmp(argv[1], "columns")) {
			print_columns(stdout);
		} else {
			print_traps(stdout);
		}
		teardown(NULL);
		return 0;
	}
	return cmocka_run_group_tests(tests, setup, teardown);
}
