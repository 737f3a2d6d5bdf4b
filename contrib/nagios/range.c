/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threshold ranges.
 */
#include "range.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A finite decimal number that fills the text; strtod alone would take "inf" and "0x1". */
static bool number(const char *text, double *value)
{
	char *end;

	if (text[0] == '\0' || text[strspn(text, "+-.0123456789eE")] != '\0')
		return false;
	*value = strtod(text, &end);
	return *end == '\0' && isfinite(*value);
}

const char *range_parse(const char *text, size_t len, struct range *range)
{
	char copy[RANGE_TEXT], *start = copy, *colon;

	*range = (struct range){ .start = 0, .end = INFINITY };
	if (len == 0)
		return NULL;
	if (len >= sizeof(copy))
		return "too long";
	memcpy(copy, text, len);
	copy[len] = '\0';
	memcpy(range->text, copy, len + 1);
	range->given = true;
	if (*start == '@') {
		range->inside = true;
		start++;
	}
	colon = strchr(start, ':');
	if (colon == NULL) {
		if (!number(start, &range->end))
			return "not [@]start:end";
	} else {
		*colon = '\0';
		if (strcmp(start, "~") == 0)
			range->start = -INFINITY;
		else if (*start != '\0' && !number(start, &range->start))
			return "not [@]start:end";
		if (colon[1] != '\0' && !number(colon + 1, &range->end))
			return "not [@]start:end";
	}
	return range->start > range->end ? "the start is above the end" : NULL;
}

const char *range_parse_list(const char *text, struct range *ranges, size_t max)
{
	for (size_t i = 0; i < max; i++) {
		size_t len = strcspn(text, ",");
		const char *wrong = range_parse(text, len, &ranges[i]);

		if (wrong)
			return wrong;
		if (text[len] == '\0')
			return NULL;
		text += len + 1;
	}
	return "more ranges than values";
}

bool range_alert(const struct range *range, double value)
{
	if (!range->given)
		return false;
	return (value >= range->start && value <= range->end) == range->inside;
}
