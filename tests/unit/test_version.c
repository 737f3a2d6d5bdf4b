/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * --version names program and version in one line; with -v come the summary's lines.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "wire/version.h"

/* What cdat_print_version() writes; the caller frees it. */
static char *output_of(bool verbose)
{
	char *text = NULL;
	size_t len = 0;
	FILE *saved = stdout;
	FILE *mem = open_memstream(&text, &len);

	assert_non_null(mem);
	stdout = mem;
	cdat_print_version("prog", verbose);
	stdout = saved;
	assert_int_equal(fclose(mem), 0);
	return text;
}

static void test_short(void **state)
{
	char *text = output_of(false);

	(void)state;
	assert_string_equal(text, "prog (cdat) " PACKAGE_VERSION "\n");
	free(text);
}

static void test_verbose(void **state)
{
	char *text = output_of(true);
	const char *root = strstr(text, "\n  MIB root: ");

	(void)state;
	assert_ptr_equal(strstr(text, "prog (cdat) " PACKAGE_VERSION "\n"), text);
	assert_non_null(root);
	root += strspn(root + strlen("\n  MIB root:"), " ") + strlen("\n  MIB root:");
	assert_memory_equal(root, CDAT_MIB_ROOT "\n", strlen(CDAT_MIB_ROOT) + 1);
	assert_non_null(strstr(text, "\n  libsodium: "));
	assert_int_equal(text[strlen(text) - 1], '\n');
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_short),
		cmocka_unit_test(test_verbose),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
