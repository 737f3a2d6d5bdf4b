/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Colours of states, where a terminal shows them: not when the output goes elsewhere, when
 * NO_COLOR is set (no-color.org), or on a terminal that has none.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/show.h"

/* Words of CDAT-MIB that say how something is, by the names that libsmartcols takes. */
static const struct {
	const char *word, *colour;
} words[] = {
	{ "member", "green" }, { "up", "green" }, { "ok", "green" }, { "preferred", "green" },
	{ "cleared", "green" },
	{ "joining", "yellow" }, { "leaving", "yellow" }, { "suspect", "yellow" },
	{ "warning", "yellow" }, { "minor", "yellow" }, { "backup", "yellow" },
	{ "mismatch", "yellow" },
	{ "unreachable", "red" }, { "down", "red" }, { "critical", "red" }, { "major", "red" },
	{ "vacant", "red" }, { "suspended", "red" }, { "absent", "red" },
};

static const char *const columns[] = { "state", "oper", "severity" };

bool cli_colours(void)
{
	const char *term = getenv("TERM"), *no = getenv("NO_COLOR");

	return isatty(STDOUT_FILENO) && (no == NULL || *no == '\0') && term != NULL &&
	    strcmp(term, "dumb") != 0;
}

const char *cli_colour(const struct cli_column *column, const char *text)
{
	for (size_t i = 0; i < sizeof(columns) / sizeof(*columns); i++) {
		if (strcmp(column->id, columns[i]) != 0)
			continue;
		for (size_t k = 0; k < sizeof(words) / sizeof(*words); k++)
			if (strcmp(words[k].word, text) == 0)
				return words[k].colour;
	}
	return NULL;
}
