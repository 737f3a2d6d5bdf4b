/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Peers by their next deadline: a binary heap, so an idle peer costs nothing and the
 * next one due is at the root.  Invariant: heap[i]->heap == i + 1.
 */
#include "core/link_int.h"

#include <stdlib.h>

static void place(struct cdat_link *link, uint32_t i, struct peer *peer)
{
	link->heap[i] = peer;
	peer->heap = i + 1;
}

static void sift_up(struct cdat_link *link, uint32_t i, struct peer *peer)
{
	while (i && link->heap[(i - 1) / 2]->deadline > peer->deadline) {
		place(link, i, link->heap[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
	place(link, i, peer);
}

static void sift_down(struct cdat_link *link, uint32_t i, struct peer *peer)
{
	for (uint32_t child; (child = 2 * i + 1) < link->nheap; i = child) {
		if (child + 1 < link->nheap &&
		    link->heap[child + 1]->deadline < link->heap[child]->deadline)
			child++;
		if (link->heap[child]->deadline >= peer->deadline)
			break;
		place(link, i, link->heap[child]);
	}
	place(link, i, peer);
}

void link_heap_remove(struct cdat_link *link, struct peer *peer)
{
	uint32_t i = peer->heap;
	struct peer *last;

	peer->deadline = NO_DEADLINE;
	if (!i)
		return;
	peer->heap = 0;
	last = link->heap[--link->nheap];
	if (last == peer)
		return;
	sift_down(link, i - 1, last);
	sift_up(link, last->heap - 1, last);
}

bool link_heap_reserve(struct cdat_link *link)
{
	uint32_t cap = link->heap_cap ? link->heap_cap : 16;
	struct peer **heap;

	while (cap < link->npeers)
		cap *= 2;
	if (cap == link->heap_cap)
		return true;
	heap = realloc(link->heap, cap * sizeof(*heap));
	if (!heap)
		return false;
	link->heap = heap;
	link->heap_cap = cap;
	return true;
}

void link_heap_set(struct cdat_link *link, struct peer *peer, uint64_t deadline)
{
	uint64_t before = peer->deadline;

	if (deadline == NO_DEADLINE || (!peer->heap && link->nheap == link->heap_cap)) {
		link_heap_remove(link, peer);
		return;
	}
	peer->deadline = deadline;
	if (!peer->heap)
		sift_up(link, link->nheap++, peer);
	else if (deadline < before)
		sift_up(link, peer->heap - 1, peer);
	else if (deadline > before)
		sift_down(link, peer->heap - 1, peer);
}
