/* SPDX-License-Identifier: BSD-2-Clause */
/* What the tests of links have in common beyond the network. */
#include "linkpair.h"

struct net *group(uint16_t n, unsigned adapters, uint64_t seed)
{
	struct net *net = net_new(adapters, seed);

	for (uint16_t i = 1; i <= n; i++)
		net_start(net, i);
	net_meet(net);
	return net;
}

struct net *group_up(uint16_t n, unsigned adapters, uint64_t seed)
{
	struct net *net = group(n, adapters, seed);

	net_watch_all(net, CDAT_WATCH_BEAT);
	assert_true(net_until(net, net_all_up, 100 * MS));
	return net;
}

struct cdat_stats stats_of(struct net *net, uint16_t node)
{
	struct cdat_stats s;

	cdat_link_stats(net->nodes[node].link, &s);
	return s;
}

struct cdat_path path_of(struct net *net, uint16_t node, uint16_t peer, uint8_t adapter)
{
	struct cdat_path p;

	assert_true(cdat_link_path(net->nodes[node].link, peer, adapter, &p));
	return p;
}

void stream_1ms(struct net *net, uint16_t from, uint16_t to, uint32_t *number, unsigned count)
{
	while (count--) {
		assert_int_equal(net_send(net, from, to, (*number)++, 64, 0), CDAT_SEND_OK);
		net_run(net, MS);
	}
}
