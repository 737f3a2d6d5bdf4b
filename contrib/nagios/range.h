/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threshold ranges as all monitoring plugins take them: [@]start:end.
 *
 *   10      alert outside 0 to 10		10:     alert below 10
 *   ~:10    alert above 10			10:20   alert outside 10 to 20
 *   @10:20  alert inside 10 to 20
 *
 * Source: Monitoring Plugins Development Guidelines, "Threshold and Ranges".
 */
#ifndef CHECK_CDAT_RANGE_H
#define CHECK_CDAT_RANGE_H

#include <stdbool.h>
#include <stddef.h>

enum { RANGE_TEXT = 40 };	/* octets of a range as written, with its end */

struct range {
	bool given;
	bool inside;		/* "@": alert inside, ends included */
	double start, end;	/* -INFINITY, INFINITY: no end on that side */
	char text[RANGE_TEXT];	/* as written, for performance data; "" when not given */
};

/* Reads one range of `len` octets; none of them is "not given".  NULL, or what is wrong. */
const char *range_parse(const char *text, size_t len, struct range *range);

/* Reads ranges separated by commas into at most `max`; those left empty are not given.
 * NULL, or what is wrong. */
const char *range_parse_list(const char *text, struct range *ranges, size_t max);

/* Whether the value raises an alert; never when the range is not given. */
bool range_alert(const struct range *range, double value);

#endif
