/* SPDX-License-Identifier: BSD-2-Clause */
/* The load of a simulation and I2: changes; see work.h. */
#include "work.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "order.h"

#define WORDS (SIM_WANTED_MAX / 64)

enum kind { PUT = 1, REMOVE, PREFER, ROLE, BAD };
/* UNKNOWN: the asker was told that the end is not known on its side (a change of membership
 * without majority, or no end heard). */
enum { PENDING, COMMITTED, REFUSED, UNKNOWN };

struct change {
	uint32_t host, inc, version;
	uint64_t at;
	uint16_t number;		/* PUT, REMOVE: of the wanted route; PREFER: the value */
	uint8_t kind, state, result, adapter;
	uint16_t node;
	bool hold, prepared;
};

struct sim_work {
	struct change *c;
	uint32_t n, cap;
	uint32_t put[SIM_WANTED_MAX], removed[SIM_WANTED_MAX];	/* number of change + 1 */
	uint16_t next;
	uint16_t next_preference;
	uint64_t (*have)[WORDS];	/* [host]: wanted routes in its table */
	uint64_t committed;
	uint32_t told[16], ntold;	/* outcomes of this call, not judged yet */
	unsigned messages, changes;	/* of the load, per second */
	uint64_t load_until;
};

struct sim_work *sim_work_new(struct sim *sim)
{
	struct sim_work *w = calloc(1, sizeof(*w));

	if (!w)
		abort();
	w->have = calloc(sim->n, sizeof(*w->have));
	if (!w->have)
		abort();
	w->next = 1;
	w->next_preference = 100;
	return w;
}

void sim_work_free(struct sim *sim)
{
	free(sim->work->have);
	free(sim->work->c);
	free(sim->work);
}

/* ---- proposing --------------------------------------------------------------------- */

static struct change *add_change(struct sim_host *host, enum kind kind)
{
	struct sim_work *w = host->sim->work;

	if (w->n == w->cap) {
		w->cap = w->cap ? w->cap * 2 : 64;
		w->c = realloc(w->c, w->cap * sizeof(*w->c));
		if (!w->c)
			abort();
	}
	w->c[w->n] = (struct change){ .host = host->idx, .inc = host->incarnation,
				      .at = host->sim->now, .kind = (uint8_t)kind };
	return &w->c[w->n++];
}

void sim_change(struct sim_host *host, const struct cdat_op *op, uint64_t cookie, bool hold,
		uint32_t timeout_ms)
{
	uint8_t buf[1024];
	struct cdat_writer w;

	cdat_writer_init(&w, buf, sizeof(buf));
	if (!cdat_list_add(&w, &cdat_msg_op, op))
		abort();
	cdat_core_change(sim_enter(host), cdat_written(&w), cookie, hold, timeout_ms,
			 sim_host_now(host));
	sim_exit();
	sim_host_drain(host);
}

static uint64_t propose(struct sim_host *host, const struct cdat_op *op, struct change *c,
			uint32_t timeout_ms)
{
	uint64_t cookie = host->sim->work->n;

	sim_trace(host->sim, 1, host, "change %u: kind %u number %u", (unsigned)cookie, c->kind,
		  c->number);
	sim_change(host, op, cookie, c->hold, timeout_ms);
	return cookie;
}

uint64_t sim_work_put(struct sim_host *host, bool hold, uint32_t timeout_ms)
{
	struct sim_work *w = host->sim->work;
	struct cdat_op op = { .kind = CDAT_OP_WANTED_PUT, .index = 1 };
	struct change *c;

	if (!host->core || host->paused || w->next >= SIM_WANTED_MAX)
		return 0;
	c = add_change(host, PUT);
	c->hold = hold;
	c->number = w->next++;
	w->put[c->number] = w->n;
	op.wanted.wanted = c->number;
	op.wanted.node = host->node;
	op.wanted.subnet.family = op.wanted.via.family = CDAT_AF_IPV4;
	op.wanted.subnet.octets[0] = 192;
	op.wanted.subnet.octets[1] = (uint8_t)(c->number >> 8);
	op.wanted.subnet.octets[2] = (uint8_t)c->number;
	op.wanted.prefix_len = 24;
	op.wanted.via = sim_addr(host->sim, host->idx, 0, true);
	return propose(host, &op, c, timeout_ms);
}

static bool has(const struct sim_work *w, uint32_t host, uint16_t number)
{
	return w->have[host][number / 64] >> (number % 64) & 1;
}

/* Of one that its table has: on the other side of a partition there may be more. */
static uint64_t propose_remove(struct sim_host *host)
{
	struct sim_work *w = host->sim->work;
	struct cdat_op op = { .kind = CDAT_OP_WANTED_REMOVE, .index = 1 };
	uint16_t number = (uint16_t)sim_rng_range(&host->sim->rng, 1, w->next);

	if (number == w->next || w->removed[number] || !w->put[number] ||
	    w->c[w->put[number] - 1].state != COMMITTED || !has(w, host->idx, number))
		return sim_work_put(host, false, 0);
	struct change *c = add_change(host, REMOVE);

	c->number = number;
	w->removed[number] = w->n;
	op.wanted.wanted = number;
	return propose(host, &op, c, 0);
}

static uint64_t propose_preference(struct sim_host *host)
{
	struct sim *sim = host->sim;
	struct sim_work *w = sim->work;
	struct change *c = add_change(host, PREFER);

	c->node = (uint16_t)sim_rng_range(&sim->rng, 1, sim->n);
	c->adapter = (uint8_t)sim_rng_range(&sim->rng, 1, sim->opt.subnets);
	c->number = w->next_preference++;
	struct cdat_op op = { .kind = CDAT_OP_ADAPTER_SET, .index = 1, .node = c->node,
			      .adapter = c->adapter, .attr = CDAT_A_PREFERENCE,
			      .number = c->number };

	return propose(host, &op, c, 0);
}

static uint64_t propose_bad(struct sim_host *host)
{
	struct change *c = add_change(host, BAD);
	struct cdat_op op = { .kind = CDAT_OP_ADAPTER_SET, .index = 1, .node = 60000, .adapter = 1,
			      .attr = CDAT_A_PREFERENCE, .number = 7 };

	return propose(host, &op, c, 0);
}

uint64_t sim_work_change(struct sim_host *host)
{
	unsigned dice = (unsigned)sim_rng_below(&host->sim->rng, 100);

	if (!host->core || host->paused)
		return 0;
	if (dice < 45)
		return sim_work_put(host, false, 0);
	if (dice < 55)
		return sim_work_put(host, true, 0);
	if (dice < 75)
		return propose_remove(host);
	if (dice < 97)
		return propose_preference(host);
	return propose_bad(host);
}

/* ---- outcomes ---------------------------------------------------------------------- */

static void decide(struct sim *sim, uint64_t arg)
{
	struct sim_work *w = sim->work;
	uint64_t cookie = arg >> 1;
	const struct change *c = &w->c[cookie - 1];
	struct sim_host *host = &sim->hosts[c->host];

	if (!host->core || host->paused || host->incarnation != c->inc || c->state != PENDING)
		return;
	sim_trace(sim, 2, host, "decides change %u: %s", (unsigned)cookie, arg & 1 ? "commit" : "abort");
	cdat_core_decide(sim_enter(host), cookie, arg & 1, sim_host_now(host));
	sim_exit();
	sim_host_drain(host);
}

/* Told committed: in the table of all of the asker's view now; told refused: in none. */
static void check_told(struct sim_host *host, const struct change *c)
{
	struct sim *sim = host->sim;
	bool want = (c->kind == PUT) == (c->state == COMMITTED);

	if ((c->kind != PUT && c->kind != REMOVE) || (c->kind == PUT && sim->work->removed[c->number]) ||
	    (c->kind == REMOVE && c->state == REFUSED))	/* went() sees that it stays */
		return;
	for (uint32_t i = 0; i < sim->n; i++) {
		if (!sim->hosts[i].core || (i != host->idx && !sim_together(sim, host->idx, i)))
			continue;
		if (has(sim->work, i, c->number) != want)
			sim_fail(sim, "I2: change %u was told %s to %s, the table of n%u says"
				 " otherwise", (unsigned)(c - sim->work->c) + 1,
				 c->state == COMMITTED ? "committed" : "refused", host->name, i + 1);
	}
}

/* coordinatorLost is a refusal for sure only where the asker's side has the majority and
 * no other side can change the table. */
static bool lost(const struct sim_host *host, const struct change *c)
{
	uint8_t standing = sim_view_of(host)->standing;

	return c->result == CDAT_RES_COORDINATOR_LOST &&
	       (host->sim->opt.quorum == CDAT_QUORUM_NONE ||
		(standing != CDAT_WHOLE && standing != CDAT_MAJORITY) ||
		host->sim->now - c->at > 5 * SIM_SEC);
}

void sim_work_after(struct sim_host *host)
{
	struct sim_work *w = host->sim->work;

	for (uint32_t i = 0; i < w->ntold; i++) {
		struct change *c = &w->c[w->told[i]];

		if (lost(host, c))
			c->state = UNKNOWN;
		else
			check_told(host, c);
	}
	w->ntold = 0;
}

void sim_work_outcome(struct sim_host *host, const struct cdat_output *out)
{
	struct sim *sim = host->sim;
	struct sim_work *w = sim->work;
	uint64_t cookie = out->cookie;

	if (cookie >= SIM_COOKIE_STORY)
		return;
	if (!cookie || cookie > w->n || w->c[cookie - 1].host != host->idx ||
	    w->c[cookie - 1].inc != host->incarnation) {
		sim_fail(sim, "I2: %s has an outcome of a change it did not ask for", host->name);
		return;
	}
	struct change *c = &w->c[cookie - 1];

	sim_trace(sim, 1, host, "outcome of change %u%s: %u version %u %s", (unsigned)cookie,
		  out->prepared ? " (prepared)" : "", out->outcome->result, out->outcome->version,
		  out->outcome->text);
	if (out->prepared) {
		if (!c->hold || c->prepared || c->state != PENDING)
			sim_fail(sim, "I2: change %u is told prepared wrongly", (unsigned)cookie);
		c->prepared = true;
		if (sim_rng_chance(&sim->rng, 9000))
			sim_at(sim, sim->now + sim_rng_range(&sim->rng, 1, 300 * SIM_MS), decide,
			       cookie << 1 | sim_rng_chance(&sim->rng, 7000));
		return;
	}
	if (c->state != PENDING) {
		sim_fail(sim, "I2: change %u is answered twice", (unsigned)cookie);
		return;
	}
	c->result = out->outcome->result;
	c->version = out->outcome->version;
	c->state = c->result == CDAT_RES_COMMITTED ? COMMITTED : REFUSED;
	if (w->ntold < sizeof(w->told) / sizeof(*w->told))
		w->told[w->ntold++] = (uint32_t)cookie - 1;
	if (c->state == COMMITTED) {
		w->committed++;
		if (c->kind == BAD)
			sim_fail(sim, "I2: change %u must be refused, is committed", (unsigned)cookie);
	} else if ((c->result == CDAT_RES_NONE && !c->hold) || !out->outcome->text[0]) {
		sim_fail(sim, "I2: change %u is refused without a reason", (unsigned)cookie);
	}
}

/* ---- tables ------------------------------------------------------------------------ */

static void came(struct sim_host *host, uint16_t number)
{
	struct sim *sim = host->sim;
	struct sim_work *w = sim->work;

	if (!number || number >= w->next || !w->put[number]) {
		sim_fail(sim, "I2: %s has a route %u that nobody asked for", host->name, number);
		return;
	}
	const struct change *c = &w->c[w->put[number] - 1];

	if (c->state == REFUSED && c->inc == sim->hosts[c->host].incarnation &&
	    sim_together(sim, host->idx, c->host))
		sim_fail(sim, "I2: change %u was told refused, and is in the table of %s",
			 w->put[number], host->name);
}

static void went(struct sim_host *host, uint16_t number)
{
	struct sim_work *w = host->sim->work;
	const struct change *put = &w->c[w->put[number] - 1];
	const struct change *removed = w->removed[number] ? &w->c[w->removed[number] - 1] : NULL;

	if (put->state == COMMITTED && (!removed || removed->state == REFUSED))
		sim_fail(host->sim, "I2: change %u was told committed, and left the table of %s",
			 w->put[number], host->name);
}

void sim_work_table(struct sim_host *host)
{
	struct sim *sim = host->sim;
	struct sim_work *w = sim->work;
	const struct cdat_table *table = cdat_core_table(host->core);
	const struct cdat_wanted *wanted = NULL;
	uint64_t now[WORDS] = { 0 };
	size_t n = table ? cdat_table_wanted(table, &wanted) : 0;

	for (size_t i = 0; i < n; i++) {
		if (wanted[i].wanted < SIM_WANTED_MAX)
			now[wanted[i].wanted / 64] |= 1ull << (wanted[i].wanted % 64);
	}
	for (unsigned k = 0; k < WORDS; k++) {
		uint64_t diff = now[k] ^ w->have[host->idx][k];

		w->have[host->idx][k] = now[k];
		for (; diff && !sim->failed; diff &= diff - 1) {
			uint16_t number = (uint16_t)(k * 64u + (unsigned)__builtin_ctzll(diff));

			if (now[k] >> (number % 64) & 1)
				came(host, number);
			else
				went(host, number);
		}
	}
}

void sim_work_started(struct sim_host *host)
{
	memset(host->sim->work->have[host->idx], 0, sizeof(*host->sim->work->have));
}

void sim_work_stopped(struct sim_host *host)
{
	sim_work_started(host);
}

/* ---- the end ----------------------------------------------------------------------- */

static bool alive(const struct sim *sim, const struct change *c)
{
	return sim->hosts[c->host].core && sim->hosts[c->host].incarnation == c->inc;
}

bool sim_work_idle(struct sim *sim)
{
	for (uint32_t i = 0; i < sim->work->n; i++) {
		if (sim->work->c[i].state == PENDING && alive(sim, &sim->work->c[i]))
			return false;
	}
	return true;
}

static void check_route(struct sim *sim, uint16_t number)
{
	struct sim_work *w = sim->work;
	uint8_t put = w->c[w->put[number] - 1].state;
	int removed = w->removed[number] ? w->c[w->removed[number] - 1].state : -1;
	bool in = has(w, 0, number);

	if (in && put == REFUSED)
		sim_fail(sim, "I2: change %u was told refused, and is in the table at the end",
			 w->put[number]);
	if (!in && put == COMMITTED && (removed == -1 || removed == REFUSED))
		sim_fail(sim, "I2: change %u was told committed, and is lost at the end",
			 w->put[number]);
	/* members of the format before know of no graves, and others dig none beside them */
	if (in && removed == COMMITTED && !(sim->opt.mixed && sim->opt.quorum == CDAT_QUORUM_NONE))
		sim_fail(sim, "I2: change %u (a removal) was told committed, and is lost at the end",
			 w->removed[number]);
}

/* The value in the table is of no refused change, and no later change was told committed. */
static void check_preference(struct sim *sim, const struct change *told)
{
	struct sim_work *w = sim->work;
	const struct cdat_tnode *t = cdat_table_node(cdat_core_table(sim->hosts[0].core), told->node);
	const struct cdat_adapter *a = t ? cdat_tnode_adapter(t, told->adapter) : NULL;
	const struct change *now = NULL;

	if (!a)
		return;
	for (uint32_t i = 0; i < w->n; i++) {
		if (w->c[i].kind == PREFER && w->c[i].number == a->preference)
			now = &w->c[i];
	}
	if (now && now->state == REFUSED)
		sim_fail(sim, "I2: change %u was told refused, and is in the table at the end",
			 (unsigned)(now - w->c) + 1);
	else if (told->state == COMMITTED && sim->opt.quorum != CDAT_QUORUM_NONE &&
		 (!now || (now->state == COMMITTED && now->version < told->version)))
		sim_fail(sim, "I2: change %u was told committed, and is lost at the end",
			 (unsigned)(told - w->c) + 1);
}

void sim_work_end(struct sim *sim)
{
	struct sim_work *w = sim->work;

	for (uint32_t i = 0; i < w->n && !sim->failed; i++) {
		if (w->c[i].state == PENDING && alive(sim, &w->c[i]))
			sim_fail(sim, "I2: change %u of n%u is never answered", i + 1,
				 w->c[i].host + 1);
		if (w->c[i].kind == PREFER)
			check_preference(sim, &w->c[i]);
	}
	for (uint16_t k = 1; k < w->next && !sim->failed; k++) {
		if (w->put[k])
			check_route(sim, k);
	}
}

uint64_t sim_work_committed(const struct sim *sim)
{
	return sim->work->committed;
}

uint8_t sim_work_result(const struct sim *sim, uint64_t cookie)
{
	return cookie ? sim->work->c[cookie - 1].result : 0;
}

/* ---- load -------------------------------------------------------------------------- */

static uint64_t gap(struct sim *sim, unsigned per_second)
{
	return sim_rng_range(&sim->rng, 1, 2 * SIM_SEC / per_second);
}

static void load_message(struct sim *sim, uint64_t arg)
{
	struct sim_work *w = sim->work;
	struct sim_host *from = &sim->hosts[sim_rng_below(&sim->rng, sim->n)];
	unsigned dice = (unsigned)sim_rng_below(&sim->rng, 100);
	size_t len = sim_rng_range(&sim->rng, 16, 200);
	uint32_t to = UINT32_MAX;
	uint64_t several = 0;

	(void)arg;
	if (sim->now >= w->load_until)
		return;
	if (sim_rng_chance(&sim->rng, 300))
		len = sim_rng_range(&sim->rng, 1000, 20000);
	if (dice < 50)
		to = (uint32_t)sim_rng_below(&sim->rng, sim->n);
	else if (dice < 60 && sim->n <= 64)
		several = (sim_rng_next(&sim->rng) & (sim->n == 64 ? ~0ull : (1ull << sim->n) - 1)) | 1;
	if (from->core && !from->paused && to != from->idx)
		sim_order_send(from, to, several, len);
	sim_at(sim, sim->now + gap(sim, w->messages), load_message, 0);
}

static void load_change(struct sim *sim, uint64_t arg)
{
	struct sim_work *w = sim->work;

	(void)arg;
	if (sim->now >= w->load_until)
		return;
	sim_work_change(&sim->hosts[sim_rng_below(&sim->rng, sim->n)]);
	if (sim_rng_chance(&sim->rng, 2000))	/* two at once */
		sim_work_change(&sim->hosts[sim_rng_below(&sim->rng, sim->n)]);
	sim_at(sim, sim->now + gap(sim, w->changes), load_change, 0);
}

void sim_load(struct sim *sim, unsigned messages, unsigned changes, uint64_t until)
{
	struct sim_work *w = sim->work;
	bool running = sim->now < w->load_until;

	w->messages = messages;
	w->changes = changes;
	w->load_until = until;
	if (running)
		return;
	if (messages)
		sim_at(sim, sim->now + gap(sim, messages), load_message, 0);
	if (changes)
		sim_at(sim, sim->now + gap(sim, changes), load_change, 0);
}
