/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A cluster that existed before: each host begins with a state in which the table is, as all
 * hosts of a cluster have it after a power cut.  A first life of host 0 makes the state; for
 * the others the name in it is theirs.
 */
#include "preload.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"

#define PREFIX		4u	/* octets of length before the message (src/core/state.c) */
#define TAG_NAME	3u

static void put_length(struct cdat_writer *w, size_t len)
{
	if (len < 128)
		cdat_put_uint(w, len, 1);
	else if (len < 16384)
		cdat_put_uint(w, 0x8000u | len, 2);
	else
		cdat_put_uint(w, 0xc0000000u | len, 4);
}

static size_t get_length(const uint8_t *p, size_t *octets)
{
	*octets = p[0] < 128 ? 1 : p[0] < 192 ? 2 : 4;
	size_t len = *octets == 1 ? p[0] : p[0] & 63u;

	for (size_t i = 1; i < *octets; i++)
		len = len << 8 | p[i];
	return len;
}

uint8_t *sim_preload_of(const struct sim *sim, const char *name, size_t *len)
{
	size_t n = strlen(name), cap = sim->preload_len + n + 8, octets;
	uint8_t *out = malloc(cap);
	struct cdat_writer w, head;

	if (!out)
		abort();
	cdat_writer_init(&w, out, cap);
	cdat_put_uint(&w, 0, PREFIX);
	for (const uint8_t *p = sim->preload + PREFIX, *end = sim->preload + sim->preload_len;
	     p < end;) {
		size_t value = get_length(p + 1, &octets), whole = 1 + octets + value;

		if ((*p & 127u) == TAG_NAME) {
			cdat_put_uint(&w, *p, 1);
			put_length(&w, n);
			cdat_put(&w, name, n);
		} else {
			cdat_put(&w, p, whole);
		}
		p += whole;
	}
	if (w.failed)
		abort();
	cdat_writer_init(&head, out, PREFIX);
	cdat_put_uint(&head, w.len - PREFIX, PREFIX);
	*len = w.len;
	return out;
}

static bool first_alone(struct sim *sim)
{
	return sim_view_of(&sim->hosts[0])->count == 1;
}

void sim_preload(struct sim *sim)
{
	struct sim_host *h = &sim->hosts[0];

	sim_host_start(h);
	if (!sim_run_until(sim, sim->now + 20 * SIM_SEC, 10 * SIM_MS, first_alone) && !sim->failed)
		sim_fail(sim, "I7: the first host forms no cluster");
	sim_run(sim, sim->now + SIM_SEC);
	sim_host_crash(h, SIM_STATE_NEW);
	sim->preload = h->stored;
	sim->preload_len = h->stored_len;
	h->stored = NULL;
	h->stored_len = 0;
	if (!sim->preload && !sim->failed)
		sim_fail(sim, "the first host has stored no state");
}
