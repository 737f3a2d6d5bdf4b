/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Up to which event the hooks of this node ran: a file in the state directory, so that they
 * do not run again when cdat-notify restarts.  What is told for the cluster needs none, its
 * marks are kept by cdatd.
 */
#ifndef NOTIFY_PROGRESS_H
#define NOTIFY_PROGRESS_H

#include "cdat/types.h"

struct progress {
	/* start of the cdatd whose number it is, of CLOCK_MONOTONIC: the wall clock may step */
	uint64_t servicer;
	uint64_t event;
};

void progress_read(const char *dir, struct progress *progress);	/* zeros: none */
bool progress_has(const struct progress *progress, const struct cdat_cluster *cluster,
		  uint32_t event);
/* Takes the number over and writes the file; a failure is logged. */
void progress_write(const char *dir, struct progress *progress, const struct cdat_cluster *cluster,
		    uint32_t event);

#endif
