/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cdatctl: the operator's tool.  All is in the library, for the tests.
 */
#include <locale.h>

#include "cli/cli.h"

int main(int argc, char **argv)
{
	setlocale(LC_ALL, "");		/* before libsmartcols measures text */
	return cli_run(argc, argv);
}
