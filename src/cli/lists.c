/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The listings: one row a column.
 */
#include <inttypes.h>
#include <string.h>

#include "cli/show.h"
#include "wire/attr.h"

#define TEXT(fn) \
	static void fn(const struct cli_view *view, const void *record, char *buf, size_t len)

/* ---- columns that are more than a member --------------------------------------------------- */

static void adapter_name(const struct cli_view *view, unsigned node, unsigned adapter, char *buf,
			 size_t len)
{
	if (adapter)
		snprintf(buf, len, "%s/%u", cli_name(view, node), adapter);
	else
		snprintf(buf, len, "-");
}

/* "2: 9.1.1.2", or "-" */
static void adapter_address(const struct cli_view *view, unsigned node, unsigned adapter, char *buf,
			    size_t len)
{
	const struct cdat_adapter *a = cli_find(view, CDAT_K_ADAPTER, node, adapter);
	char text[64];

	if (adapter == 0)
		snprintf(buf, len, "-");
	else if (a == NULL)
		snprintf(buf, len, "%u", adapter);
	else
		snprintf(buf, len, "%u: %s", adapter, cdat_addr_text(&a->addr, text, sizeof(text)));
}

TEXT(node_note)
{
	const struct cdat_cluster *c = cli_at(view, CDAT_K_CLUSTER, 0);
	const struct cdat_node *n = record;
	bool leader = c && c->leader == n->node, here = c && c->local_node == n->node;

	snprintf(buf, len, "%s", leader && here ? "leader, here" : leader ? "leader" : here ? "here" : "");
}

TEXT(node_id)
{
	(void)view;
	snprintf(buf, len, "%u", ((const struct cdat_node *)record)->node);
}

TEXT(node_adapters)
{
	const struct cdat_node *n = record;

	snprintf(buf, len, "%d/%d", n->adapters - n->adapters_down, n->adapters);
	(void)view;
}

TEXT(node_current)
{
	const struct cdat_node *n = record;

	adapter_address(view, n->node,
			n->state == CDAT_MEMBER || n->state == CDAT_MEMBER_SUSPECT ? n->current : 0, buf, len);
}

TEXT(node_primary)
{
	const struct cdat_node *n = record;

	adapter_address(view, n->node, n->primary, buf, len);
}

static void duration_or_dash(uint64_t us, char *buf, size_t len)
{
	if (us)
		cli_duration(us, buf, len);
	else
		snprintf(buf, len, "-");
}

TEXT(node_rtt)
{
	(void)view;
	duration_or_dash(((const struct cdat_node *)record)->rtt_us, buf, len);
}

TEXT(node_heard)
{
	cli_age(view, ((const struct cdat_node *)record)->heard_mono, buf, len);
}

TEXT(node_changed)
{
	cli_age(view, ((const struct cdat_node *)record)->changed_mono, buf, len);
}

TEXT(adapter_id)
{
	const struct cdat_adapter *a = record;

	adapter_name(view, a->node, a->adapter, buf, len);
}

TEXT(adapter_addr)
{
	const struct cdat_adapter *a = record;
	unsigned prefix = a->prefix_len ? a->prefix_len : a->prefix_reported;
	char text[64];

	(void)view;
	cdat_addr_text(&a->addr, text, sizeof(text));
	if (prefix)
		snprintf(buf, len, "%s/%u", text, prefix);
	else
		snprintf(buf, len, "%s", text);
}

TEXT(adapter_port)
{
	(void)view;
	snprintf(buf, len, "%u", ((const struct cdat_adapter *)record)->addr.port);
}

TEXT(adapter_type)
{
	const struct cdat_adapter *a = record;
	unsigned type = a->type > CDAT_IFT_OTHER || !a->type_reported ? a->type : a->type_reported;

	(void)view;
	snprintf(buf, len, "%s", cli_word("adapter", "type", type));
}

TEXT(adapter_changed)
{
	cli_age(view, ((const struct cdat_adapter *)record)->changed_mono, buf, len);
}

TEXT(path_id)
{
	const struct cdat_path *p = record;

	adapter_name(view, p->node, p->adapter, buf, len);
}

TEXT(path_addr)
{
	const struct cdat_path *p = record;
	const struct cdat_adapter *a = cli_find(view, CDAT_K_ADAPTER, p->node, p->adapter);

	snprintf(buf, len, "-");
	if (a)
		cdat_addr_text(&a->addr, buf, len);
}

TEXT(path_use)
{
	(void)view;
	snprintf(buf, len, "%s", ((const struct cdat_path *)record)->current ? "*" : "");
}

TEXT(path_srtt)
{
	(void)view;
	duration_or_dash(((const struct cdat_path *)record)->srtt_us, buf, len);
}

TEXT(path_timeout)
{
	(void)view;
	duration_or_dash(((const struct cdat_path *)record)->timeout_us, buf, len);
}

TEXT(path_failures)
{
	const struct cdat_path *p = record;

	(void)view;
	snprintf(buf, len, "%u/%u", p->failures, p->threshold);
}

TEXT(path_heard)
{
	cli_age(view, ((const struct cdat_path *)record)->heard_mono, buf, len);
}

TEXT(path_changed)
{
	cli_age(view, ((const struct cdat_path *)record)->changed_mono, buf, len);
}

TEXT(route_id)
{
	const struct cdat_route *r = record;

	adapter_name(view, r->node, r->adapter, buf, len);
}

TEXT(route_addr)
{
	const struct cdat_route *r = record;
	const struct cdat_adapter *a = cli_find(view, CDAT_K_ADAPTER, r->node, r->adapter);

	snprintf(buf, len, "-");
	if (a)
		cdat_addr_text(&a->addr, buf, len);
}

TEXT(route_shared)
{
	const struct cdat_route *r = record;

	adapter_name(view, r->node, r->shared, buf, len);
}

TEXT(event_time)
{
	(void)view;
	cli_wall(((const struct cdat_event *)record)->wall, buf, len);
}

TEXT(event_adapter)
{
	const struct cdat_event *e = record;

	adapter_name(view, e->node, e->adapter, buf, len);
}

TEXT(silence)
{
	const struct cdat_persp *p = record;

	(void)view;
	cli_duration((uint64_t)p->silence_ms * 1000, buf, len);
}

TEXT(persp_time)
{
	cli_age(view, ((const struct cdat_persp *)record)->time_mono, buf, len);
}

TEXT(role_changed)
{
	cli_age(view, ((const struct cdat_role *)record)->changed_mono, buf, len);
}

TEXT(notify_sent)
{
	cli_age(view, ((const struct cdat_notify *)record)->sent_mono, buf, len);
}

/* ---- the tables ---------------------------------------------------------------------------- */

#define R	CLI_C_RIGHT
#define X	CLI_C_EXTRA

static const struct cli_column nodes[] = {
	{ "name", "NODE", 0, NULL },
	{ "node", "ID", R, node_id },
	{ "state", "STATE", 0, NULL },
	{ "current", "IN USE", 0, node_current },
	{ "adapters", "UP", R, node_adapters },
	{ "rtt", "RTT", R, node_rtt },
	{ "heard", "HEARD", R, node_heard },
	{ "sync", "TABLE", 0, NULL },
	{ "note", "NOTE", 0, node_note },
	{ "primary", "PRIMARY", X, node_primary },
	{ "changed", "CHANGED", R | X, node_changed },
	{ "down-count", "DOWNS", R | X, NULL },
	{ "votes-reachable", "FOR", R | X, NULL },
	{ "votes-unreachable", "AGAINST", R | X, NULL },
	{ "component", "COMPONENT", R | X, NULL },
	{ "incarnation", "STARTS", R | X, NULL },
	{ "version", "VERSION", X, NULL },
	{ "admin", "ADMIN", X, NULL },
	{ "storage", "STORAGE", X, NULL },
	{ "row", "ROW", X, NULL },
};

static const struct cli_column adapters[] = {
	{ "adapter", "ADAPTER", 0, adapter_id },
	{ "address", "ADDRESS", 0, adapter_addr },
	{ "oper", "STATE", 0, NULL },
	{ "rank", "RANK", R, NULL },
	{ "preference", "PREF", R, NULL },
	{ "class", "CLASS", 0, NULL },
	{ "mtu-oper", "MTU", R, NULL },
	{ "type", "TYPE", 0, adapter_type },
	{ "retry-threshold", "RETRY", R | X, NULL },
	{ "ifname", "INTERFACE", X, NULL },
	{ "port", "PORT", R | X, adapter_port },
	{ "dscp", "DSCP", R | X, NULL },
	{ "mtu", "MTU-SET", R | X, NULL },
	{ "mtu-reported", "MTU-TOLD", R | X, NULL },
	{ "multicast", "MULTICAST", X, NULL },
	{ "changed", "CHANGED", R | X, adapter_changed },
	{ "down-count", "DOWNS", R | X, NULL },
	{ "admin", "ADMIN", X, NULL },
	{ "storage", "STORAGE", X, NULL },
	{ "row", "ROW", X, NULL },
};

static const struct cli_column paths[] = {
	{ "path", "TO", 0, path_id },
	{ "address", "ADDRESS", 0, path_addr },
	{ "use", "USE", 0, path_use },
	{ "state", "STATE", 0, NULL },
	{ "rtt", "RTT", R, path_srtt },
	{ "timeout", "TIMEOUT", R, path_timeout },
	{ "mtu", "MTU", R, NULL },
	{ "failures", "FAILED", R, path_failures },
	{ "retransmits", "RESENT", R, NULL },
	{ "heard", "HEARD", R, path_heard },
	{ "max-message", "LARGEST", R | X, NULL },
	{ "msgs-sent", "SENT", R | X, NULL },
	{ "msgs-received", "RECEIVED", R | X, NULL },
	{ "octets-sent", "OCTETS-SENT", R | X, NULL },
	{ "octets-received", "OCTETS-RECEIVED", R | X, NULL },
	{ "timeouts", "TIMEOUTS", R | X, NULL },
	{ "failovers-from", "LEFT", R | X, NULL },
	{ "failovers-to", "TAKEN", R | X, NULL },
	{ "down-count", "DOWNS", R | X, NULL },
	{ "changed", "CHANGED", R | X, path_changed },
	{ "peer-hears", "PEER-HEARS", X, NULL },
};

static const struct cli_column routes[] = {
	{ "to", "TO", 0, route_id },
	{ "address", "ADDRESS", 0, route_addr },
	{ "state", "STATE", 0, NULL },
	{ "hop", "ROUTER", 0, NULL },
	{ "ifname", "INTERFACE", 0, NULL },
	{ "wanted", "WANTED", 0, NULL },
	{ "shared", "SAME WAY AS", 0, route_shared },
};

static const struct cli_column roles[] = {
	{ "name", "ROLE", 0, NULL },
	{ "state", "STATE", 0, NULL },
	{ "holder", "HOLDER", 0, NULL },
	{ "candidates", "CANDIDATES", 0, NULL },
	{ "policy", "POLICY", 0, NULL },
	{ "backups", "BACKUPS", R, NULL },
	{ "moves", "MOVES", R, NULL },
	{ "changed", "CHANGED", R | X, role_changed },
	{ "sticky", "STICKY", X, NULL },
	{ "needs-majority", "NEEDS-MAJORITY", X, NULL },
	{ "role", "ID", R | X, NULL },
};

static const struct cli_column events[] = {
	{ "event", "NO", R, NULL },
	{ "time", "TIME", 0, event_time },
	{ "severity", "SEVERITY", 0, NULL },
	{ "kind", "EVENT", 0, NULL },
	{ "text", "TEXT", CLI_C_WRAP, NULL },
	{ "node", "NODE", X, NULL },
	{ "adapter", "ADAPTER", X, event_adapter },
	{ "addr", "ADDRESS", X, NULL },
	{ "notified", "NOTIFIED", X, NULL },
	{ "posted", "POSTED", X, NULL },
	{ "uid", "UID", R | X, NULL },
};

static const struct cli_column persp[] = {
	{ "node", "NODE", 0, NULL },
	{ "reporter", "SEEN BY", 0, NULL },
	{ "state", "AS", 0, NULL },
	{ "adapters-up", "UP", R, NULL },
	{ "silence", "SILENT", R, silence },
	{ "time", "TOLD", R, persp_time },
};

static const struct cli_column notify[] = {
	{ "kind", "EVENT", 0, NULL },
	{ "enable", "ENABLED", 0, NULL },
	{ "min-interval-s", "INTERVAL-S", R, NULL },
	{ "sent", "SENT", R, NULL },
	{ "held", "HELD", R, NULL },
	{ "last", "LAST", R, notify_sent },
};

#define LISTING(w, key, kind, kinds, cols, empty) \
	{ w, key, kind, kinds, cols, sizeof(cols) / sizeof((cols)[0]), empty }

static const struct cli_listing listings[] = {
	LISTING("nodes", "nodes", CDAT_K_NODE, CLI_KIND(CDAT_K_CLUSTER) | CLI_KIND(CDAT_K_ADAPTER),
		nodes, "no nodes: this servicer has no table yet"),
	LISTING("adapters", "adapters", CDAT_K_ADAPTER, 0, adapters, "no adapters"),
	LISTING("paths", "paths", CDAT_K_PATH, CLI_KIND(CDAT_K_ADAPTER), paths, "no paths"),
	LISTING("routes", "routes", CDAT_K_ROUTE, CLI_KIND(CDAT_K_ADAPTER), routes, "no routes"),
	LISTING("roles", "roles", CDAT_K_ROLE, 0, roles, "no roles"),
	LISTING("events", "events", CDAT_K_EVENT, 0, events, "no events"),
	LISTING("persp", "perspectives", CDAT_K_PERSP, 0, persp, "no node is in doubt"),
	LISTING("notify", "notifications", CDAT_K_NOTIFY, 0, notify, "no notifications"),
};

const struct cli_listing *cli_listing(const char *word)
{
	size_t i;

	for (i = 0; i < sizeof(listings) / sizeof(listings[0]); i++) {
		if (strcmp(listings[i].word, word) == 0)
			return &listings[i];
	}
	return NULL;
}
