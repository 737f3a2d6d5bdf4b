/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * check_cdat: threshold ranges, and the line that it prints.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "contrib/nagios/result.h"

static struct range parsed(const char *text)
{
	struct range range;
	const char *wrong = range_parse(text, strlen(text), &range);

	if (wrong)
		fail_msg("%s: %s", text, wrong);
	assert_true(range.given);
	assert_string_equal(range.text, text);
	return range;
}

/* The examples of the guidelines, and their edges. */
static void ranges_alert(void **state)
{
	static const struct {
		const char *range;
		double value;
		bool alert;
	} cases[] = {
		{ "10", -0.1, true },	 { "10", 0, false },	  { "10", 10, false },
		{ "10", 10.1, true },	 { "10:", 9.9, true },	  { "10:", 10, false },
		{ "10:", 1e15, false },	 { "~:10", -1e15, false }, { "~:10", 10, false },
		{ "~:10", 10.5, true },	 { "10:20", 9, true },	  { "10:20", 10, false },
		{ "10:20", 20, false },	 { "10:20", 21, true },	  { "@10:20", 9, false },
		{ "@10:20", 10, true },	 { "@10:20", 20, true },  { "@10:20", 21, false },
		{ "0", 0, false },	 { "0", 1, true },	  { "@0", 0, true },
		{ "-5:-1", -3, false },	 { "-5:-1", 0, true },	  { ":5", 3, false },
		{ ":", 1e9, false },	 { ":", -1, true },	  { "~:", -1, false },
		{ "@~:0", -7, true },	 { "1.5e2", 150, false }, { ".5", 0.6, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct range range = parsed(cases[i].range);

		if (range_alert(&range, cases[i].value) != cases[i].alert)
			fail_msg("%s at %g", cases[i].range, cases[i].value);
	}
}

static void ranges_refused(void **state)
{
	static const struct {
		const char *range, *wrong;
	} cases[] = {
		{ "x", "not [@]start:end" },	  { "1:x", "not [@]start:end" },
		{ "x:1", "not [@]start:end" },	  { "@", "not [@]start:end" },
		{ "1:2:3", "not [@]start:end" },  { "~", "not [@]start:end" },
		{ "inf", "not [@]start:end" },	  { "nan:", "not [@]start:end" },
		{ "0x10", "not [@]start:end" },	  { "1e999", "not [@]start:end" },
		{ "1 ", "not [@]start:end" },	  { "1:~", "not [@]start:end" },
		{ "@@1", "not [@]start:end" },	  { "-", "not [@]start:end" },
		{ "5:1", "the start is above the end" }, { "-1", "the start is above the end" },
		{ "1234567890123456789012345678901234567890", "too long" },
	};
	struct range range;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *wrong = range_parse(cases[i].range, strlen(cases[i].range), &range);

		if (!wrong || strcmp(wrong, cases[i].wrong) != 0)
			fail_msg("%s: %s", cases[i].range, wrong ? wrong : "taken");
	}
}

static void lists(void **state)
{
	struct range r[3];

	(void)state;
	assert_null(range_parse_list("1,,@3:", r, 3));
	assert_true(r[0].given && !r[1].given && r[2].given && r[2].inside);
	assert_false(range_alert(&r[1], 1e9));
	memset(r, 0, sizeof(r));
	assert_null(range_parse_list("7", r, 3));
	assert_true(r[0].given && !r[1].given && !r[2].given);
	assert_string_equal(range_parse_list("1,2,3,4", r, 3), "more ranges than values");
	assert_string_equal(range_parse_list("1,b", r, 3), "not [@]start:end");
}

/* ---- output ---- */
static void assert_prints(const struct result *res, const char *line)
{
	char text[4 * RESULT_TEXT] = "";
	FILE *out = fmemopen(text, sizeof(text), "w");

	assert_non_null(out);
	result_print(res, out);
	fclose(out);
	assert_string_equal(text, line);
}

static struct result new_result(void)
{
	struct result res = { .prefix = "CDAT", .n_metrics = 2 };

	res.metrics[0] = (struct metric){ .label = "down", .unit = "" };
	res.metrics[1] = (struct metric){ .label = "rtt", .unit = "s" };
	return res;
}

static void states_order(void **state)
{
	(void)state;
	assert_int_equal(state_worse(STATE_OK, STATE_UNKNOWN), STATE_UNKNOWN);
	assert_int_equal(state_worse(STATE_UNKNOWN, STATE_WARNING), STATE_WARNING);
	assert_int_equal(state_worse(STATE_WARNING, STATE_CRITICAL), STATE_CRITICAL);
	assert_int_equal(state_worse(STATE_CRITICAL, STATE_UNKNOWN), STATE_CRITICAL);
	assert_int_equal(state_worse(STATE_OK, STATE_OK), STATE_OK);
}

static void prints(void **state)
{
	struct result res = new_result();

	(void)state;
	result_add(&res, STATE_OK, "all %s", "well");
	assert_prints(&res, "CDAT OK - all well\n");
	result_metric(&res, 0, 0, 3);
	assert_prints(&res, "CDAT OK - all well | down=0;;;0;3 rtt=U;;;0;\n");
	result_metric(&res, 1, 0.000872, INFINITY);
	assert_prints(&res, "CDAT OK - all well | down=0;;;0;3 rtt=0.000872s;;;0;\n");
	result_add(&res, STATE_WARNING, "a is suspect");
	result_add(&res, STATE_CRITICAL, "b is unreachable");
	result_add(&res, STATE_CRITICAL, "c is unreachable");
	assert_prints(&res, "CDAT CRITICAL - b is unreachable; c is unreachable; a is suspect; "
			    "all well | down=0;;;0;3 rtt=0.000872s;;;0;\n");
}

static void thresholds_judge(void **state)
{
	struct result res = new_result();

	(void)state;
	res.metrics[0].warning = parsed("0");
	res.metrics[0].critical = parsed("1");
	/* one is counted, and the thresholds alone say how bad that is */
	result_counted(&res, 0, STATE_CRITICAL, "a is unreachable");
	assert_int_equal(res.state, STATE_OK);
	result_metric(&res, 0, 1, 3);
	assert_int_equal(res.state, STATE_WARNING);
	assert_prints(&res, "CDAT WARNING - down is 1 (alert outside 0); a is unreachable | "
			    "down=1;0;1;0;3 rtt=U;;;0;\n");
	result_metric(&res, 0, 2, 3);
	assert_int_equal(res.state, STATE_CRITICAL);
	res = new_result();
	res.metrics[1].critical = parsed("@0:1");
	result_metric(&res, 1, 0.5, INFINITY);
	assert_prints(&res, "CDAT CRITICAL - rtt is 0.5s (alert inside 0:1) | "
			    "down=U;;;0; rtt=0.5s;;@0:1;0;\n");
	/* without thresholds what is counted is as bad as it is */
	result_counted(&res, 0, STATE_WARNING, "a is suspect");
	assert_int_equal(res.state, STATE_CRITICAL);
}

/* Text of an agent can neither end the line nor begin performance data. */
static void cleans(void **state)
{
	struct result res = new_result();
	char longer[3 * RESULT_TEXT];

	(void)state;
	result_add(&res, STATE_WARNING, "%s", "a\nb|c\033[1m\x7f" "d\303\251");
	assert_prints(&res, "CDAT WARNING - a?b?c?[1m?d\303\251\n");
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	for (int i = 0; i < 3; i++)
		result_add(&res, STATE_WARNING, "%s", longer);
	assert_int_equal(strlen(res.problems[STATE_WARNING]), RESULT_TEXT - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranges_alert), cmocka_unit_test(ranges_refused),
		cmocka_unit_test(lists),	cmocka_unit_test(states_order),
		cmocka_unit_test(prints),	cmocka_unit_test(thresholds_judge),
		cmocka_unit_test(cleans),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
