/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Counts what the cores allocate and lets some of it fail.  The linker puts these in
 * place of malloc and its kin (-Wl,--wrap) for all code of the program; only calls
 * made while a host is set count, the rest passes through.
 */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sim.h"

struct sim_host *volatile sim_alloc_owner;

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
void __real_free(void *p);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);
void __wrap_free(void *p);
char *__wrap_strdup(const char *s);

/* ---- huge pages ------------------------------------------------------------------------- */

#define HEAP_STEP	(256 << 20)
#define HUGE_PAGE	((uintptr_t)2 << 20)
#define ROOM		((size_t)4 << 20)	/* of a core's scratch, of which it writes to little */
#define ROOM_LEAST	((size_t)1 << 20)
#define ROOMS		(SIM_NODES_MAX + 64u)

static uintptr_t heap_huge;		/* up to here the heap is of huge pages; 0: as usual */
static uint8_t *rooms;			/* of small pages */
static uint16_t rooms_free[ROOMS];
static size_t nrooms_free;

/* Thousands of cores are gigabytes of small pieces, read at random: with pages of 4 KiB each
 * read would miss the TLB too. */
void sim_alloc_huge(void)
{
	mallopt(M_TRIM_THRESHOLD, INT32_MAX);
	mallopt(M_TOP_PAD, HEAP_STEP);
	heap_huge = ((uintptr_t)sbrk(0) + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1);
	rooms = mmap(NULL, ROOMS * ROOM, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (rooms == MAP_FAILED)
		abort();
	while (nrooms_free < ROOMS) {
		rooms_free[nrooms_free] = (uint16_t)nrooms_free;
		nrooms_free++;
	}
}

void sim_alloc_grown(void)
{
	uintptr_t end = heap_huge ? (uintptr_t)sbrk(0) : 0;

	if (end <= heap_huge)
		return;
	(void)madvise((uint8_t *)heap_huge, end - heap_huge, MADV_HUGEPAGE);
	heap_huge = end & ~(HUGE_PAGE - 1);
}

static bool in_room(const void *p)
{
	return rooms && (const uint8_t *)p >= rooms && (const uint8_t *)p < rooms + ROOMS * ROOM;
}

static void *get(size_t size)
{
	if (sim_alloc_owner && size >= ROOM_LEAST && size <= ROOM && nrooms_free)
		return rooms + rooms_free[--nrooms_free] * ROOM;
	return __real_malloc(size);
}

static void put(void *p)
{
	if (!in_room(p)) {
		__real_free(p);
		return;
	}
	(void)madvise(p, ROOM, MADV_DONTNEED);
	rooms_free[nrooms_free++] = (uint16_t)((size_t)((uint8_t *)p - rooms) / ROOM);
}

static size_t size_of(void *p)
{
	return !p ? 0 : in_room(p) ? ROOM : malloc_usable_size(p);
}

static void *again(void *p, size_t size)
{
	size_t before = size_of(p);
	void *q;

	if (!in_room(p))
		return __real_realloc(p, size);
	q = __real_malloc(size);
	if (!q)
		return NULL;
	memcpy(q, p, size < before ? size : before);
	put(p);
	return q;
}

/* ---- counting --------------------------------------------------------------------------- */

static bool refuse(void)
{
	struct sim_host *h = sim_alloc_owner;

	return h && h->alloc_fail && sim_rng_chance(&h->sim->net_rng, h->alloc_fail);
}

static void *count(void *p)
{
	struct sim_host *h = sim_alloc_owner;

	if (h && p) {
		h->mem += (int64_t)size_of(p);
		if (h->mem > h->mem_peak)
			h->mem_peak = h->mem;
	}
	return p;
}

void *__wrap_malloc(size_t size)
{
	return refuse() ? NULL : count(get(size));
}

void *__wrap_calloc(size_t n, size_t size)
{
	return refuse() ? NULL : count(__real_calloc(n, size));
}

void *__wrap_realloc(void *p, size_t size)
{
	if (refuse())
		return NULL;
	size_t before = size_of(p);
	void *q = again(p, size);

	if (q && sim_alloc_owner)
		sim_alloc_owner->mem -= (int64_t)before;
	return count(q);
}

void __wrap_free(void *p)
{
	if (p && sim_alloc_owner)
		sim_alloc_owner->mem -= (int64_t)size_of(p);
	put(p);
}

char *__wrap_strdup(const char *s)
{
	size_t len = strlen(s) + 1;
	char *p = __wrap_malloc(len);

	return p ? memcpy(p, s, len) : NULL;
}
