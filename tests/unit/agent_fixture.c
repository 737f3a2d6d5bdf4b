/* SPDX-License-Identifier: BSD-2-Clause */
/* See agent_fixture.h. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/agent_fixture.h"
#include "wire/attr.h"
#include "wire/records.h"

static const oid root[] = { CDAT_MIB_ROOT_OID };

/* n hundredths of a second after the agent's start */
#define AT(n)	(FIXTURE_START + (uint64_t)(n) * 10000)
/* 2026-11-23 20:00:00.n UTC */
#define WALL(n)	(1795464000000000u + (uint64_t)(n) * 100000)

static void put(struct replica *rep, enum cdat_kind kind, const void *record)
{
	if (!replica_put(rep, kind, cdat_record_key(kind, record), record))
		abort();
}

static struct cdat_addr addr(const char *text)
{
	struct cdat_addr a;

	if (!cdat_addr_parse(text, &a))
		abort();
	return a;
}

static void put_cluster(struct replica *rep)
{
	struct cdat_cluster c = {
		.health = 2, .health_reason = "one path", .name = "fig5", .state = 3, .standing = 1,
		.local_node = 1, .local_name = "nodeA", .leader = 2, .component = 4, .epoch = 5,
		.version = 6, .has_table = true, .changed_mono = AT(7), .changed_wall = WALL(8),
		.spin_lock = 9, .nodes_total = 10, .nodes_up = 11, .nodes_down = 12,
		.adapters_total = 13, .adapters_down = 14, .nodes_single_path = 15,
		.quorum_size = 16, .port = 9173, .start_mono = AT(17), .start_wall = WALL(9),
		.servicer_version = "0.1", .next_node = 18, .change_state = 2, .change_owner = 19,
		.event_last = 20, .event_limit = 21, .notify_all = true, .notify_scope = 2,
		.notify_window_s = 22, .notify_limit = 23, .notify_suppressed = 24, .notifier = 1,
	};
	const struct cdat_params p = { 101, 102, 103, 104, 105, 106, 107, true, false, 108, 1 };

	memset(c.digest, 0xd1, sizeof(c.digest));
	put(rep, CDAT_K_CLUSTER, &c);
	put(rep, CDAT_K_PARAMS, &p);
}

static void put_node(struct replica *rep, uint16_t node, const char *name)
{
	const uint32_t n = node * 100u;
	struct cdat_node r = {
		.node = node, .admin = 1, .storage = 3, .row = 1, .state = (uint8_t)node,
		.primary = 1, .current = node == 1 ? 0 : 2, .adapters = 2, .adapters_down = 1,
		.votes_reachable = n + 1, .votes_unreachable = n + 2,
		.heard_mono = FIXTURE_NOW - n * 1000, .rtt_us = n + 3, .incarnation = n + 4,
		.component = (uint16_t)(n + 5), .sync = 1, .version = "v1", .down_count = n + 6,
		.changed_mono = AT(n + 7),
	};

	strcpy(r.name, name);
	put(rep, CDAT_K_NODE, &r);
}

static void put_adapter(struct replica *rep, uint16_t node, uint8_t adapter, const char *text)
{
	const uint32_t n = node * 1000u + adapter * 100u;
	const bool told = adapter == 2;
	const struct cdat_adapter r = {
		.node = node, .adapter = adapter, .preference = (uint16_t)(n + 1), .addr = addr(text),
		.prefix_len = told ? 0 : 24, .type = told ? 1 : 6, .class_ = 3, .dscp = -1,
		.mtu = told ? 0 : 1400, .retry_threshold = 5, .admin = 1, .storage = 3, .row = 1,
		.prefix_reported = 16, .type_reported = 23, .mtu_reported = 1500, .multicast = !told,
		.ifname = "eth0", .rank = adapter, .mtu_oper = 1390, .oper = (uint8_t)(1 + told),
		.ifindex = node == 1 ? adapter + 1u : 0, .down_count = n + 2, .changed_mono = AT(n + 3),
	};

	put(rep, CDAT_K_ADAPTER, &r);
}

static void put_path(struct replica *rep, uint8_t adapter)
{
	const uint32_t n = adapter * 100u;
	const struct cdat_path r = {
		.node = 2, .adapter = adapter, .state = adapter, .current = adapter == 2,
		.srtt_us = n + 1, .rttvar_us = n + 2, .rtt_last_us = n + 3, .timeout_us = n + 4,
		.mtu = (uint16_t)(n + 5), .max_message = (uint16_t)(n + 6), .failures = n + 7,
		.threshold = adapter, .msgs_sent = (1ull << 32) + n, .msgs_received = n + 8,
		.octets_sent = n + 9, .octets_received = n + 10, .retransmits = n + 11,
		.timeouts = n + 12, .failovers_from = n + 13, .failovers_to = n + 14,
		.down_count = n + 15, .heard_mono = adapter == 1 ? 0 : FIXTURE_NOW - 16000,
		.changed_mono = AT(n + 17), .discontinuity_mono = 1,
	};
	struct cdat_route route = {
		.node = 2, .adapter = adapter, .state = adapter, .ifindex = n + 18, .ifname = "eth1",
	};

	if (adapter == 2) {
		route.hop = addr("9.2.1.254");
		route.wanted = addr("2001:db8::fe");
		route.shared = 1;
	}
	put(rep, CDAT_K_PATH, &r);
	put(rep, CDAT_K_ROUTE, &route);
}

static void put_views(struct replica *rep)
{
	const struct cdat_component comp = { 1, true, false, 2, 31, 32, 1, AT(33) };
	const struct cdat_member members[] = { { 1, 1, 2, AT(34) }, { 1, 2, 1, AT(35) } };
	const struct cdat_persp persps[] = { { 1, 2, 1, 36, 37, AT(38) }, { 2, 1, 3, 39, 40, AT(41) } };
	const struct cdat_role role = { .role = 7, .name = "dbase", .policy = 1, .ncandidates = 2,
		.candidates = { 1, 2 }, .state = 2, .holder = 2, .backups = 42, .moves = 43,
		.changed_mono = AT(44) };
	struct cdat_stats stats;
	uint64_t *s = (uint64_t *)(void *)&stats;

	for (size_t i = 0; i < sizeof(stats) / sizeof(*s); i++)
		s[i] = (5ull << 32) + i + 1;
	put(rep, CDAT_K_COMPONENT, &comp);
	put(rep, CDAT_K_STATS, &stats);
	put(rep, CDAT_K_ROLE, &role);
	for (size_t i = 0; i < 2; i++) {
		put(rep, CDAT_K_MEMBER, &members[i]);
		put(rep, CDAT_K_PERSP, &persps[i]);
	}
}

static void put_events(struct replica *rep)
{
	const struct cdat_event events[] = {
		{ .event = 19, .wall = WALL(5), .mono = AT(50), .kind = 7, .severity = 6, .node = 2,
		  .adapter = 2, .other_adapter = 1, .addr = addr("9.2.1.2:9173"), .notified = true,
		  .text = "nodeB by 9.2.1.2", .number = 4 },
		{ .event = 20, .wall = WALL(6), .mono = AT(51), .kind = 1, .severity = 3, .node = 2,
		  .text = "nodeB is unreachable" },
	};

	for (size_t i = 0; i < 2; i++)
		put(rep, CDAT_K_EVENT, &events[i]);
	for (uint8_t k = 1; k <= CDAT_EV_KINDS; k++) {
		const struct cdat_notify n = { k, k % 2 == 1, k * 10u, k * 100u, k * 1000u, AT(k) };

		put(rep, CDAT_K_NOTIFY, &n);
	}
}

struct replica *fixture_replica(void)
{
	struct replica *rep = replica_new();

	if (!rep)
		abort();
	put_cluster(rep);
	put_node(rep, 2, "nodeB");
	put_node(rep, 1, "nodeA");
	put_adapter(rep, 2, 2, "9.2.1.2");
	put_adapter(rep, 1, 1, "9.1.1.1");
	put_adapter(rep, 2, 1, "9.1.1.2:9999");
	put_adapter(rep, 1, 2, "2001:db8::1");
	put_path(rep, 1);
	put_path(rep, 2);
	put_views(rep);
	put_events(rep);
	return rep;
}

void fixture_changes(struct change_log *changes)
{
	*changes = (struct change_log){
		.last = { .result = CDAT_RES_MEMBER_REFUSED, .text = "nodeB refused" },
		.object_len = 3, .object = { 1, 3, 6 }, .wall = WALL(7), .committed_version = 61,
		.committed = 62, .refused = 63, .aborted = 64,
	};
}

struct mib_data fixture_data(const struct replica *rep, const struct change_log *changes)
{
	return (struct mib_data){
		.rep = rep, .changes = changes, .root = root, .root_len = sizeof(root) / sizeof(root[0]),
		.now_mono = FIXTURE_NOW, .agent_start = FIXTURE_START,
	};
}
