/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Word to a service manager that set $NOTIFY_SOCKET (sd_notify(3)), without its library.
 */
#ifndef DAEMON_READY_H
#define DAEMON_READY_H

/* Sends "READY=1", "STOPPING=1", ... ; nothing happens without a manager. */
void ready_tell(const char *state);

#endif
