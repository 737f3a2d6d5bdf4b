/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated network: what happens to a datagram between two hosts.
 *
 * Host i has on subnet s the address 10.(10+s).(i/250).(i%250+1)/16, and a second one
 * with the top bit of the third octet set (an address to change to).  A datagram goes
 * when sender and receiver both have the subnet of the receiver's address (or the
 * simulation routes), no cut lies between them on it, and it fits the subnet's MTU.
 * For invariant I4 the time since which two hosts hear each other is kept.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"

#define LOSS_LIMIT	2000u	/* per 10,000: no false removal up to 20 % */
#define IP_UDP_OCTETS	28u

static const struct sim_subnet normal = {
	.delay_us = 100, .jitter_us = 50, .reorder_us = 2000, .mtu = 1500
};

void sim_net_init(struct sim *sim)
{
	for (unsigned s = 0; s < SIM_SUBNETS; s++)
		sim->net[s] = normal;
	sim_net_changed(sim);
}

struct cdat_addr sim_addr(const struct sim *sim, uint32_t host, unsigned subnet, bool alias)
{
	struct cdat_addr a = { .family = CDAT_AF_IPV4 };

	(void)sim;
	a.octets[0] = 10;
	a.octets[1] = (uint8_t)(10 + subnet);
	a.octets[2] = (uint8_t)(host / 250 + (alias ? 128 : 0));
	a.octets[3] = (uint8_t)(host % 250 + 1);
	return a;
}

bool sim_addr_find(const struct sim *sim, const struct cdat_addr *addr, uint32_t *host,
		   unsigned *subnet, bool *alias)
{
	if (addr->family != CDAT_AF_IPV4 || addr->octets[0] != 10 || addr->octets[1] < 10 ||
	    addr->octets[1] >= 10 + sim->opt.subnets || !addr->octets[3])
		return false;
	*subnet = addr->octets[1] - 10u;
	*alias = addr->octets[2] >= 128;
	*host = (addr->octets[2] & 127u) * 250u + addr->octets[3] - 1u;
	return *host < sim->n && (sim->hosts[*host].subnets >> *subnet & 1);
}

static void deliver_at(struct sim_host *to, const struct cdat_addr *local,
		       const struct cdat_addr *from, const struct cdat_view *data, uint64_t time)
{
	struct sim_event e = { .time = time, .type = SIM_EV_DATAGRAM, .host = to->idx };
	struct sim_datagram *d = malloc(sizeof(*d) + data->len);

	if (!d)
		abort();
	d->local = *local;
	d->from = *from;
	d->next = NULL;
	d->len = (uint32_t)data->len;
	memcpy(d->data, data->data, data->len);
	e.dgram = d;
	sim_push(to->sim, &e);
}

static void travel(struct sim_host *from, struct sim_host *to, unsigned subnet,
		   const struct cdat_addr *src, const struct cdat_addr *dst,
		   const struct cdat_view *data)
{
	struct sim *sim = from->sim;
	const struct sim_subnet *net = &sim->net[subnet];
	size_t pair = (size_t)from->idx * sim->n + to->idx;
	unsigned loss = net->loss + sim->loss[pair] * 100u;
	uint64_t at = sim->now + net->delay_us;

	if (data->len + IP_UDP_OCTETS > net->mtu) {
		sim->too_big++;
		return;
	}
	if ((sim->cut[pair] >> subnet & 1) || sim_rng_chance(&sim->net_rng, loss) ||
	    (sim->filter && !sim->filter(sim, from, to, data->data, data->len))) {
		sim->dropped++;
		return;
	}
	if (net->jitter_us)
		at += sim_rng_below(&sim->net_rng, net->jitter_us);
	if (sim_rng_chance(&sim->net_rng, net->reorder))
		at += sim_rng_below(&sim->net_rng, net->reorder_us + 1);
	deliver_at(to, dst, src, data, at);
	if (sim_rng_chance(&sim->net_rng, net->dup))
		deliver_at(to, dst, src, data, at + sim_rng_below(&sim->net_rng,
								  net->reorder_us + 1));
}

static bool is_multicast(const struct cdat_addr *a)
{
	return a->family == CDAT_AF_IPV4 && a->octets[0] >> 4 == 14;
}

static void send_multicast(struct sim_host *from, const struct cdat_output *out, unsigned subnet,
			   const struct cdat_addr *src)
{
	struct sim *sim = from->sim;

	static const struct cdat_addr group;

	sim->multicasts++;
	if (sim->unicast_only >> subnet & 1)
		return;
	for (uint32_t i = 0; i < sim->n; i++) {
		if (i != from->idx && (sim->hosts[i].listen >> subnet & 1))
			travel(from, &sim->hosts[i], subnet, src, &group, &out->data);
	}
}

void sim_net_send(struct sim_host *from, const struct cdat_output *out)
{
	struct sim *sim = from->sim;
	struct cdat_addr src;
	uint32_t host, me;
	unsigned subnet, mine;
	bool alias, my_alias = false;

	sim->datagrams++;
	sim->octets += out->data.len + IP_UDP_OCTETS;
	from->tx++;
	from->tx_bytes += out->data.len + IP_UDP_OCTETS;
	if (out->local.family != CDAT_AF_NONE) {
		if (!sim_addr_find(sim, &out->local, &me, &mine, &my_alias) || me != from->idx)
			return;		/* not an address of this host: sendto() fails */
	} else {
		mine = SIM_SUBNETS;
	}
	if (is_multicast(&out->to)) {
		if (mine == SIM_SUBNETS)
			mine = 0;
		src = sim_addr(sim, from->idx, mine, my_alias);
		src.port = SIM_PORT;
		send_multicast(from, out, mine, &src);
		return;
	}
	if (!sim_addr_find(sim, &out->to, &host, &subnet, &alias))
		return;
	if (mine == SIM_SUBNETS)
		mine = (from->subnets >> subnet & 1) ? subnet : (unsigned)__builtin_ctz(from->subnets);
	if (mine != subnet && !sim->opt.routed)
		return;
	src = sim_addr(sim, from->idx, mine, my_alias);
	src.port = SIM_PORT;
	travel(from, &sim->hosts[host], subnet, &src, &out->to, &out->data);
}

/* ---- faults ------------------------------------------------------------------------ */

static bool works(const struct sim *sim, uint32_t a, uint32_t b, unsigned s)
{
	size_t ab = (size_t)a * sim->n + b, ba = (size_t)b * sim->n + a;

	if (!(sim->hosts[a].subnets & sim->hosts[b].subnets & 1u << s) ||
	    ((sim->cut[ab] | sim->cut[ba]) >> s & 1))
		return false;
	return sim->net[s].loss + sim->loss[ab] * 100u <= LOSS_LIMIT &&
	       sim->net[s].loss + sim->loss[ba] * 100u <= LOSS_LIMIT &&
	       sim->net[s].mtu >= 1280 && sim->net[s].delay_us + sim->net[s].jitter_us < 20000;
}

static void pair_changed(struct sim *sim, uint32_t a, uint32_t b)
{
	for (unsigned s = 0; s < sim->opt.subnets; s++) {
		uint64_t *ab = &sim->good[((size_t)s * sim->n + a) * sim->n + b];
		uint64_t *ba = &sim->good[((size_t)s * sim->n + b) * sim->n + a];

		if (!works(sim, a, b, s))
			*ab = *ba = SIM_NEVER;
		else if (*ab == SIM_NEVER)
			*ab = *ba = sim->now;
	}
}

void sim_net_changed(struct sim *sim)
{
	for (uint32_t a = 0; a < sim->n; a++) {
		for (uint32_t b = a + 1; b < sim->n; b++)
			pair_changed(sim, a, b);
	}
}

uint64_t sim_good_since(const struct sim *sim, uint32_t a, uint32_t b)
{
	uint64_t best = SIM_NEVER;

	for (unsigned s = 0; s < sim->opt.subnets; s++) {
		uint64_t t = sim->good[((size_t)s * sim->n + a) * sim->n + b];

		if (t < best)
			best = t;
	}
	return best;
}

void sim_cut(struct sim *sim, uint32_t from, uint32_t to, uint8_t subnets, bool cut)
{
	uint8_t *c = &sim->cut[(size_t)from * sim->n + to];

	*c = (uint8_t)(cut ? *c | subnets : *c & ~subnets);
	pair_changed(sim, from, to);
}

void sim_cut_adapter(struct sim *sim, uint32_t host, unsigned subnet, bool cut)
{
	for (uint32_t i = 0; i < sim->n; i++) {
		if (i == host)
			continue;
		sim_cut(sim, i, host, (uint8_t)(1u << subnet), cut);
		sim_cut(sim, host, i, (uint8_t)(1u << subnet), cut);
	}
}

void sim_partition(struct sim *sim, const uint8_t *group, uint8_t subnets)
{
	for (uint32_t a = 0; a < sim->n; a++) {
		for (uint32_t b = 0; b < sim->n; b++) {
			if (a != b)
				sim_cut(sim, a, b, subnets, group[a] != group[b]);
		}
	}
}

void sim_heal(struct sim *sim)
{
	memset(sim->cut, 0, (size_t)sim->n * sim->n);
	memset(sim->loss, 0, (size_t)sim->n * sim->n);
	sim->unicast_only = 0;
	for (unsigned s = 0; s < SIM_SUBNETS; s++)
		sim->net[s] = normal;
	sim_net_changed(sim);
}
