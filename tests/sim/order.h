/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * I3: application messages.
 *
 * To one node: in order per sender, each at most once; a gap only where the sender was
 * told that the message failed; told delivered = was delivered; delivered when both stay
 * members.  To all or several: the same (view, order number) is the same message
 * everywhere and numbers rise, so no two members have two messages of a view in opposite
 * orders; each at most once, no gap per sender while receiver and sender stay together, and members
 * that go together from one view to the next delivered the same set.
 */
#ifndef SIM_ORDER_H
#define SIM_ORDER_H

#include "sim.h"

struct sim_order *sim_order_new(struct sim *sim);
void sim_order_free(struct sim *sim);
/* Sends; to: host index, or UINT32_MAX for all; `several` (bits by host, 64 at most) or 0. */
enum cdat_send_error sim_order_send(struct sim_host *from, uint32_t to, uint64_t several,
				    size_t len);
void sim_order_message(struct sim_host *host, const struct cdat_output *out);
/* Judges the ordered messages of this call; after sim_order_view() if the view changed. */
void sim_order_flush(struct sim_host *host);
void sim_order_sent(struct sim_host *host, uint64_t cookie, uint8_t error);
void sim_order_started(struct sim_host *host);
/* The host went from one view to another (keys of views); 0: none. */
void sim_order_view(struct sim_host *host, uint64_t from, uint64_t to);
/* All accepted messages are answered or their senders are gone. */
bool sim_order_idle(struct sim *sim);
void sim_order_end(struct sim *sim);
uint64_t sim_order_delivered(const struct sim *sim);

#endif
