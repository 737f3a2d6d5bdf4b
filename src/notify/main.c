/* SPDX-License-Identifier: BSD-2-Clause */
/* cdat-notify: events to HTTP(S) and programs.  See cdat-notify(8). */
#include "notify/notifier.h"

int main(int argc, char **argv)
{
	return notifier_main(argc, argv);
}
