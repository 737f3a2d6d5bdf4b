/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bodies that receivers get and the meaning of their answers; notes; waiting; open alerts;
 * the environment of hooks.
 */
#include "config.h"

#include <jansson.h>
#include <sodium.h>

#include "daemon_fixture.h"
#include "notify/alerts.h"
#include "notify/backoff.h"
#include "notify/job.h"
#include "notify/kind.h"
#include "notify/payload.h"

static struct note note_of(enum cdat_event_kind kind, enum cdat_severity severity)
{
	struct note n = { .id = "00c0ffee", .wall = 1795555512204315, .cluster = "demo",
			  .reporter = "nodeA", .node = "nodeB", .node_id = 2, .text = "some \"text\"",
			  .event = 7 };

	snprintf(n.kind, sizeof(n.kind), "%s", kind_word(kind));
	snprintf(n.class, sizeof(n.class), "%s", kind_row(kind)->class);
	snprintf(n.severity, sizeof(n.severity), "%s", severity_word(severity));
	return n;
}

static void test_kinds(void **state)
{
	(void)state;
	for (unsigned k = 1; k <= CDAT_EV_KINDS; k++) {
		assert_non_null(kind_row(k));
		assert_int_equal(kind_of_word(kind_word(k)), k);
		assert_int_equal(kind_row(k)->alert == NULL, kind_row(k)->effect == KIND_NONE);
	}
	assert_null(kind_row(0));
	assert_null(kind_row(CDAT_EV_KINDS + 1));
	assert_int_equal(kind_of_word("?"), 0);
	assert_true(severity_rank(CDAT_SEV_CRITICAL) > severity_rank(CDAT_SEV_MAJOR));
	assert_true(severity_rank(CDAT_SEV_MAJOR) > severity_rank(CDAT_SEV_MINOR));
	assert_true(severity_rank(CDAT_SEV_MINOR) > severity_rank(CDAT_SEV_WARNING));
	assert_int_equal(severity_rank(CDAT_SEV_CLEARED), 0);
}

static void test_note(void **state)
{
	struct note n = note_of(CDAT_EV_ADAPTER_DOWN, CDAT_SEV_WARNING), back;
	char *text;

	(void)state;
	n.adapter = 3;
	n.test = true;
	snprintf(n.address, sizeof(n.address), "9.1.1.2");
	text = note_text(&n);
	assert_null(strchr(text, '\n'));
	assert_true(note_parse(text, strlen(text), &back));
	assert_memory_equal(&n, &back, sizeof(n));
	free(text);
	assert_false(note_parse("{}", 2, &back));
	assert_false(note_parse("[", 1, &back));
	text = strdup("{\"id\":\"x\",\"kind\":\"nodeUnreachable\",\"severity\":\"major\","
		      "\"class\":\"path\"}");
	assert_false(note_parse(text, strlen(text), &back));	/* not its class */
	memcpy(strstr(text, "path"), "node", 4);
	assert_true(note_parse(text, strlen(text), &back));
	assert_false(note_parse(text, strlen(text) - 1, &back));
	free(text);
}

static void test_time(void **state)
{
	char buf[NOTE_TIME_LEN];

	(void)state;
	assert_string_equal(note_time(1795555512204315, buf), "2026-11-24T21:25:12.204315Z");
	assert_string_equal(note_time(0, buf), "1970-01-01T00:00:00.000000Z");
	assert_string_equal(note_time(UINT64_MAX, buf), "1970-01-01T00:00:00.551615Z");
}

static void test_cloudevent(void **state)
{
	const struct note n = note_of(CDAT_EV_NODE_UNREACHABLE, CDAT_SEV_MAJOR);
	char *text = payload_cloudevent(&n);

	(void)state;
	assert_string_equal(text,
		"{\"specversion\":\"1.0\",\"id\":\"00c0ffee\",\"source\":\"/cdat/demo\","
		"\"type\":\"cdat.nodeUnreachable\",\"subject\":\"nodeB\","
		"\"time\":\"2026-11-24T21:25:12.204315Z\",\"datacontenttype\":\"application/json\","
		"\"data\":{\"kind\":\"nodeUnreachable\",\"severity\":\"major\",\"class\":\"node\","
		"\"cluster\":\"demo\",\"reporter\":\"nodeA\",\"node\":\"nodeB\",\"node_id\":2,"
		"\"event\":7,\"text\":\"some \\\"text\\\"\"}}");
	free(text);
}

/* RFC 4231, test cases 2 and 6 */
static void test_hmac(void **state)
{
	char out[HMAC_TEXT_LEN], key[131];

	(void)state;
	payload_hmac("Jefe", 4, "what do ya want for nothing?", 28, out);
	assert_string_equal(out, "sha256="
			    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	memset(key, 0xaa, sizeof(key));
	payload_hmac(key, sizeof(key), "Test Using Larger Than Block-Size Key - Hash Key First", 54,
		     out);
	assert_string_equal(out, "sha256="
			    "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

static void test_verdict(void **state)
{
	static const struct { long status; enum sink_result result; } rows[] = {
		{ 200, SINK_SENT }, { 204, SINK_SENT }, { 299, SINK_SENT }, { 301, SINK_REFUSED },
		{ 302, SINK_REFUSED }, { 400, SINK_REFUSED }, { 401, SINK_REFUSED },
		{ 404, SINK_REFUSED }, { 408, SINK_RETRY }, { 425, SINK_RETRY }, { 429, SINK_RETRY },
		{ 500, SINK_RETRY }, { 503, SINK_RETRY }, { 599, SINK_RETRY }, { 101, SINK_REFUSED },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_int_equal(payload_verdict(rows[i].status), rows[i].result);
}

static void test_expand(void **state)
{
	struct note n = note_of(CDAT_EV_ADAPTER_DOWN, CDAT_SEV_WARNING);
	char *text;

	(void)state;
	n.adapter = 3;
	text = payload_expand("{node}/{adapter} {class} {kind}@{cluster} {nothing} {} {node", &n);
	assert_string_equal(text, "nodeB/3 adapter adapterDown@demo {nothing} {} {node");
	free(text);
}

static void check_icinga(const struct sink_conf *c, const struct note *n, const char *expected)
{
	char *text = payload_icinga(c, n);

	assert_string_equal(text, expected);
	free(text);
}

static void test_icinga(void **state)
{
	struct note n = note_of(CDAT_EV_NODE_UNREACHABLE, CDAT_SEV_MAJOR);
	struct sink_conf c = { 0 };

	(void)state;
	check_icinga(&c, &n, "{\"type\":\"Service\",\"filter\":\"host.name == cdat_host && "
		     "service.name == cdat_service\",\"filter_vars\":{\"cdat_host\":\"nodeB\",\"cdat_service\":"
		     "\"cdat node\"},\"exit_status\":2,\"plugin_output\":\"some \\\"text\\\"\","
		     "\"check_source\":\"cdat-notify@nodeA\"}");
	c.service = (char *)(uintptr_t)"none";
	c.node_host = (char *)(uintptr_t)"{node}.example";
	check_icinga(&c, &n, "{\"type\":\"Host\",\"filter\":\"host.name == cdat_host\",\"filter_vars\":{"
		     "\"cdat_host\":\"nodeB.example\",\"cdat_service\":\"none\"},\"exit_status\":1,"
		     "\"plugin_output\":\"some \\\"text\\\"\",\"check_source\":\"cdat-notify@nodeA\"}");
	n = note_of(CDAT_EV_MERGED, CDAT_SEV_CLEARED);
	n.node[0] = '\0';
	c.service = (char *)(uintptr_t)"{class} of it";
	check_icinga(&c, &n, "{\"type\":\"Service\",\"filter\":\"host.name == cdat_host && "
		     "service.name == cdat_service\",\"filter_vars\":{\"cdat_host\":\"demo\",\"cdat_service\":"
		     "\"partition of it\"},\"exit_status\":0,\"plugin_output\":\"some \\\"text\\\"\","
		     "\"check_source\":\"cdat-notify@nodeA\"}");
}

#define NO_OBJECT "Icinga 2 has no such host or service, or its user may not see it"
static void test_icinga_answers(void **state)
{
	static const struct { long status; const char *body; enum sink_result result; const char *why; }
	rows[] = {
		{ 200, "{\"results\":[{\"code\":200.0,\"status\":\"Successfully processed\"}]}",
		  SINK_SENT, NULL },
		{ 200, "{\"results\":[{\"code\":200},{\"code\":409.0,\"status\":\"Newer result\"}]}",
		  SINK_REFUSED, "Icinga 2 says Newer result" },
		{ 200, "{\"results\":[{}]}", SINK_REFUSED, "Icinga 2 says nothing known" },
		{ 500, "{\"results\":[]}", SINK_REFUSED, NO_OBJECT },
		{ 200, "{}", SINK_REFUSED, "the answer is not that of Icinga 2" },
		{ 200, "<html>", SINK_REFUSED, "the answer is not that of Icinga 2" },
		{ 404, "{\"error\":404,\"status\":\"No objects found.\"}", SINK_REFUSED, NO_OBJECT },
		{ 500, "{\"error\":500,\"status\":\"busy\"}", SINK_RETRY, "HTTP status 500" },
		{ 503, "", SINK_RETRY, "HTTP status 503" },
		{ 401, "{\"error\":401}", SINK_REFUSED, "HTTP status 401" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char why[200] = "";

		assert_int_equal(payload_icinga_answer(rows[i].status, rows[i].body,
						       strlen(rows[i].body), why, sizeof(why)),
				 rows[i].result);
		if (rows[i].why != NULL)
			assert_string_equal(why, rows[i].why);
	}
}

static void test_alert(void **state)
{
	struct note n = note_of(CDAT_EV_ADAPTER_DOWN, CDAT_SEV_MAJOR);
	json_t *alert;
	char *text;

	(void)state;
	n.adapter = 1;
	snprintf(n.address, sizeof(n.address), "9.1.1.2");
	alert = payload_alert(&n, n.wall, n.wall + 60000000);
	text = json_dumps(alert, JSON_COMPACT);
	assert_string_equal(text,
		"{\"labels\":{\"alertname\":\"CdatAdapterDown\",\"severity\":\"warning\",\"cluster\":\"demo\","
		"\"node\":\"nodeB\",\"adapter\":\"1\"},\"annotations\":{\"summary\":\"some \\\"text\\\"\","
		"\"address\":\"9.1.1.2\"},\"startsAt\":\"2026-11-24T21:25:12.204315Z\","
		"\"endsAt\":\"2026-11-24T21:26:12.204315Z\"}");
	free(text);
	json_decref(alert);
	n = note_of(CDAT_EV_TABLE_CHANGED, CDAT_SEV_INDETERMINATE);
	assert_null(payload_alert(&n, 1, 2));
}

static bool only_a(void *ctx, const struct note *note)
{
	(void)ctx;
	return strcmp(note->node, "a") == 0;
}

static void test_alerts(void **state)
{
	struct alerts *a = alerts_new();
	struct note n = note_of(CDAT_EV_NODE_UNREACHABLE, CDAT_SEV_MAJOR);
	const uint64_t since = n.wall;

	(void)state;
	alerts_observe(a, &n);
	n.wall += 1000;
	alerts_observe(a, &n);			/* again: the same one, since then */
	assert_int_equal(alerts_count(a), 1);
	assert_int_equal(alerts_at(a, 0)->wall, since);
	snprintf(n.node, sizeof(n.node), "a");
	alerts_observe(a, &n);
	assert_int_equal(alerts_count(a), 2);
	n = note_of(CDAT_EV_NODE_JOINED, CDAT_SEV_CLEARED);
	assert_true(alerts_has(a, &n));
	alerts_observe(a, &n);
	assert_int_equal(alerts_count(a), 1);
	n = note_of(CDAT_EV_FAILOVER, CDAT_SEV_MINOR);
	alerts_observe(a, &n);			/* ends by itself */
	n = note_of(CDAT_EV_HEALTH_CHANGED, CDAT_SEV_WARNING);
	alerts_observe(a, &n);
	assert_int_equal(alerts_count(a), 2);
	n = note_of(CDAT_EV_HEALTH_CHANGED, CDAT_SEV_CRITICAL);
	alerts_observe(a, &n);
	assert_int_equal(alerts_count(a), 2);
	n = note_of(CDAT_EV_HEALTH_CHANGED, CDAT_SEV_CLEARED);
	alerts_observe(a, &n);
	assert_int_equal(alerts_count(a), 1);
	alerts_keep(a, only_a, NULL);
	assert_int_equal(alerts_count(a), 1);
	alerts_clear(a);
	n = note_of(CDAT_EV_ADAPTER_DOWN, CDAT_SEV_WARNING);
	for (unsigned i = 0; i < ALERTS_MAX + 5; i++) {
		n.adapter = i;
		alerts_observe(a, &n);
	}
	assert_int_equal(alerts_count(a), ALERTS_MAX);
	alerts_free(a);
}

static void test_backoff(void **state)
{
	uint32_t before = 0;

	(void)state;
	assert_int_equal(backoff_ms(1, 1000, 300000, 0), 500);
	assert_int_equal(backoff_ms(1, 1000, 300000, UINT32_MAX), 1000);
	for (unsigned i = 1; i < 2000; i++) {
		uint32_t low = backoff_ms(i, 1000, 300000, 0);
		uint32_t high = backoff_ms(i, 1000, 300000, UINT32_MAX);

		assert_true(low >= before && low >= high / 2 && high <= 300000);
		before = low;
	}
	assert_int_equal(before, 150000);
	assert_int_equal(backoff_ms(99, 86400000, 86400000, UINT32_MAX), 86400000);
}

static void expect_variable(char **env, const char *line)
{
	while (*env != NULL && strcmp(*env, line) != 0)
		env++;
	if (*env == NULL)
		fail_msg("no %s", line);
}

static void test_environment(void **state)
{
	struct note n = note_of(CDAT_EV_ROLE_MOVED, CDAT_SEV_MINOR);
	char **env;

	(void)state;
	snprintf(n.role, sizeof(n.role), "db");
	snprintf(n.holder, sizeof(n.holder), "nodeB");
	snprintf(n.before, sizeof(n.before), "nodeA");
	snprintf(n.text, sizeof(n.text), "$(reboot); `x` 'y'\nz");
	env = job_environment(&n);
	expect_variable(env, "CDAT_KIND=roleMoved");
	expect_variable(env, "CDAT_SEVERITY=minor");
	expect_variable(env, "CDAT_CLUSTER=demo");
	expect_variable(env, "CDAT_NODE=nodeB");
	expect_variable(env, "CDAT_NODE_ID=2");
	expect_variable(env, "CDAT_ROLE=db");
	expect_variable(env, "CDAT_ROLE_HOLDER=nodeB");
	expect_variable(env, "CDAT_ROLE_BEFORE=nodeA");
	expect_variable(env, "CDAT_ROLE_STATE=released");
	expect_variable(env, "CDAT_TIME=2026-11-24T21:25:12.204315Z");
	expect_variable(env, "CDAT_TIMESTAMP=1795555512");
	expect_variable(env, "CDAT_TEXT=$(reboot); `x` 'y'\nz");
	job_environment_free(env);
	snprintf(n.reporter, sizeof(n.reporter), "nodeB");
	env = job_environment(&n);
	expect_variable(env, "CDAT_ROLE_STATE=holder");
	job_environment_free(env);
	snprintf(n.reporter, sizeof(n.reporter), "nodeC");
	env = job_environment(&n);
	expect_variable(env, "CDAT_ROLE_STATE=other");
	job_environment_free(env);
}

static int setup(void **state)
{
	(void)state;
	return sodium_init() < 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds), cmocka_unit_test(test_note), cmocka_unit_test(test_time),
		cmocka_unit_test(test_cloudevent), cmocka_unit_test(test_hmac),
		cmocka_unit_test(test_verdict), cmocka_unit_test(test_expand),
		cmocka_unit_test(test_icinga), cmocka_unit_test(test_icinga_answers),
		cmocka_unit_test(test_alert), cmocka_unit_test(test_alerts),
		cmocka_unit_test(test_backoff), cmocka_unit_test(test_environment),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
