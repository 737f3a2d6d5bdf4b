/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Counts what the cores allocate and lets some of it fail.  The linker puts these in
 * place of malloc and its kin (-Wl,--wrap) for all code of the program; only calls
 * made while a host is set count, the rest passes through.
 */
#include <malloc.h>
#include <string.h>

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

static bool refuse(void)
{
	struct sim_host *h = sim_alloc_owner;

	return h && h->alloc_fail && sim_rng_chance(&h->sim->net_rng, h->alloc_fail);
}

static void *count(void *p)
{
	struct sim_host *h = sim_alloc_owner;

	if (h && p) {
		h->mem += (int64_t)malloc_usable_size(p);
		if (h->mem > h->mem_peak)
			h->mem_peak = h->mem;
	}
	return p;
}

void *__wrap_malloc(size_t size)
{
	return refuse() ? NULL : count(__real_malloc(size));
}

void *__wrap_calloc(size_t n, size_t size)
{
	return refuse() ? NULL : count(__real_calloc(n, size));
}

void *__wrap_realloc(void *p, size_t size)
{
	if (refuse())
		return NULL;
	size_t before = p ? malloc_usable_size(p) : 0;
	void *q = __real_realloc(p, size);

	if (q && sim_alloc_owner)
		sim_alloc_owner->mem -= (int64_t)before;
	return count(q);
}

void __wrap_free(void *p)
{
	if (p && sim_alloc_owner)
		sim_alloc_owner->mem -= (int64_t)malloc_usable_size(p);
	__real_free(p);
}

char *__wrap_strdup(const char *s)
{
	size_t len = strlen(s) + 1;
	char *p = __wrap_malloc(len);

	return p ? memcpy(p, s, len) : NULL;
}
