/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cdatctl status --wait: until the cluster is well, for scripts that go on with the next node.
 * On a terminal one line on the standard error shows how far it is.
 */
#include <inttypes.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

#include "cli/show.h"

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* The line of progress; c NULL: takes it away. */
static void progress(const struct cdat_cluster *c)
{
	if (!isatty(STDERR_FILENO))
		return;
	fprintf(stderr, "\r\033[K");
	if (c != NULL)
		fprintf(stderr, "%" PRIu32 " of %" PRIu32 " nodes up; %.100s", c->nodes_up,
			c->nodes_total, c->health_reason);
}

int cli_wait_ok(struct cli *cli, struct cli_view *view, uint32_t kinds)
{
	int64_t end = now_ms() + (int64_t)cli->seconds * 1000, left;
	const struct cdat_cluster *c;
	int rc = cli_connect(cli);

	/* changed rows are what wakes us; the view is then taken anew */
	if (rc == CLI_OK && cdat_subscribe(cli->c, CLI_KIND(CDAT_K_CLUSTER), false, false, 0,
					   cli->timeout_ms))
		return cli_lost(cli);
	while (rc == CLI_OK) {
		rc = cli_view_take(cli, view, kinds);
		c = rc == CLI_OK ? cli_at(view, CDAT_K_CLUSTER, 0) : NULL;
		left = end - now_ms();
		if (c == NULL || c->health == CDAT_OK || left <= 0)
			break;
		progress(c);
		poll(&(struct pollfd){ cdat_fd(cli->c), POLLIN, 0 }, 1, left < 1000 ? (int)left : 1000);
		if (cdat_dispatch(cli->c))
			rc = cli_lost(cli);
	}
	progress(NULL);
	return rc;
}
