/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Directed scenario: whoever copies the rows and afterwards takes only those told dirty
 * has what the core has.  The daemon serves its clients in that way, so a row that
 * changes untold would be wrong on the screen of the operator for ever.
 */
#include "story.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEPT 4096u

struct row { bool used; uint8_t kind; struct cdat_key key; union cdat_record rec; };

struct replica { struct row row[KEPT]; };

static const uint8_t kinds[] = {
	CDAT_K_PARAMS, CDAT_K_NODE, CDAT_K_ADAPTER, CDAT_K_COMPONENT, CDAT_K_MEMBER, CDAT_K_ROLE,
	CDAT_K_PATH
};

static struct row *place(struct replica *r, uint8_t kind, struct cdat_key key)
{
	size_t i = sim_mix(sim_mix(kind, key.a), key.b) % KEPT;

	while (r->row[i].used && (r->row[i].kind != kind || r->row[i].key.a != key.a ||
				  r->row[i].key.b != key.b))
		i = (i + 1) % KEPT;
	return &r->row[i];
}

/* What grows with traffic or time is told once a second, or not at all: left out. */
static void strip(uint8_t kind, union cdat_record *rec)
{
	struct cdat_path p;

	if (kind == CDAT_K_NODE) {
		rec->node.heard_mono = 0;
		rec->node.rtt_us = 0;
		rec->node.sync = 0;
	} else if (kind == CDAT_K_PATH) {
		memset(&p, 0, sizeof(p));
		p.node = rec->path.node;
		p.adapter = rec->path.adapter;
		p.state = rec->path.state;
		p.current = rec->path.current;
		rec->path = p;
	}
}

static bool read_row(struct sim_host *host, uint8_t kind, struct cdat_key key,
		     union cdat_record *rec)
{
	memset(rec, 0, sizeof(*rec));
	if (!cdat_core_read(host->core, (enum cdat_kind)kind, key, rec, sim_host_now(host)))
		return false;
	strip(kind, rec);
	return true;
}

static void on_dirty(struct sim *sim, struct sim_host *host, uint8_t kind, struct cdat_key key)
{
	struct replica *r = (struct replica *)(uintptr_t)sim->user[U_MARK];

	if (host->idx || !memchr(kinds, kind, sizeof(kinds)))
		return;
	struct row *row = place(r, kind, key);

	row->used = true;
	row->kind = kind;
	row->key = key;
	if (!read_row(host, kind, key, &row->rec))
		memset(&row->rec, 0, sizeof(row->rec));
}

static void compare(struct sim *sim, struct sim_host *host, struct replica *r, uint8_t kind,
		    struct cdat_key key)
{
	union cdat_record now;
	const struct row *row = place(r, kind, key);

	if (!read_row(host, kind, key, &now))
		memset(&now, 0, sizeof(now));
	story_expect(sim, row->used, "row %u of kind %u (%" PRIu32 ", %" PRIu32 ") was never told",
		     key.a, kind, key.a, key.b);
	for (size_t i = 0; i < sizeof(now) && !sim->failed; i++)
		story_expect(sim, !memcmp((const uint8_t *)&row->rec + i, (const uint8_t *)&now + i, 1),
			     "row (%" PRIu32 ", %" PRIu32 ") of kind %u changed untold at octet %zu",
			     key.a, key.b, kind, i);
}

bool story_replica(uint64_t seed, int verbose, char *why, size_t len)
{
	struct sim *sim = story_new(seed, 4, verbose);
	struct replica *r = calloc(1, sizeof(*r));
	struct sim_host *host = &sim->hosts[0];

	if (!r)
		abort();
	sim->user[U_MARK] = (uint64_t)(uintptr_t)r;
	sim->on_dirty = on_dirty;
	story_form(sim);
	sim_load(sim, 50, 5, sim->now + 10 * SIM_SEC);
	sim_run(sim, sim->now + 2 * SIM_SEC);
	sim_host_crash(&sim->hosts[2], SIM_STATE_KEPT);
	sim_cut_adapter(sim, 1, 0, true);
	sim_run(sim, sim->now + 4 * SIM_SEC);
	for (int round = 0; round < 2 && !sim->failed; round++) {
		for (size_t k = 0; k < sizeof(kinds); k++) {
			struct cdat_key key = { 0, 0 };

			while (!sim->failed && cdat_core_next_key(host->core, kinds[k], &key))
				compare(sim, host, r, kinds[k], key);
		}
		for (size_t i = 0; i < KEPT && !sim->failed; i++) {
			if (r->row[i].used)
				compare(sim, host, r, r->row[i].kind, r->row[i].key);
		}
		sim_heal(sim);
		sim_host_start(&sim->hosts[2]);
		sim_expect_convergence(sim, SETTLE);
	}
	sim_expect_service(sim);
	sim->on_dirty = NULL;
	free(r);
	return story_end(sim, "", why, len);
}
