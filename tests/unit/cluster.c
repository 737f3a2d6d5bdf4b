/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The cluster of three: nodeA (here, leader), nodeB, nodeC (unreachable), two adapters
 * each but nodeC, which has one.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cluster.h"

static struct cdat_node node(uint16_t number, const char *name, uint8_t state, uint8_t adapters)
{
	struct cdat_node n = {
		.node = number, .admin = CDAT_ADMIN_UP, .storage = CDAT_STORE_NONVOLATILE,
		.format = number == 2 ? 1 : 2,
		.row = CDAT_ROW_ACTIVE, .state = state, .primary = 1, .adapters = adapters,
		.adapters_down = state == CDAT_MEMBER ? 0 : adapters, .sync = CDAT_IN_SYNC,
		.current = number == 1 || state != CDAT_MEMBER ? 0 : 1, .rtt_us = number == 2 ? 250 : 0,
	};

	snprintf(n.name, sizeof(n.name), "%s", name);
	return n;
}

static struct cdat_adapter adapter(uint16_t number, uint8_t n, bool down)
{
	struct cdat_adapter a = {
		.node = number, .adapter = n, .preference = 100, .type = CDAT_IFT_ETHERNET,
		.class_ = CDAT_CLASS_STANDARD, .dscp = -1, .admin = CDAT_ADMIN_UP, .rank = n,
		.storage = CDAT_STORE_NONVOLATILE, .row = CDAT_ROW_ACTIVE, .mtu_oper = 1500,
		.oper = down ? CDAT_DOWN : CDAT_UP, .prefix_len = 24,
		.addr = { CDAT_AF_IPV4, { 9, n, 1, (uint8_t)number }, 0 },
	};

	return a;
}

static const struct cdat_params params = {
	.heartbeat_ms = 200, .silence_limit = 3, .retry_threshold = 3, .response_min_ms = 10,
	.response_max_ms = 3000, .consensus_ms = 200, .probe_ms = 1000, .auto_failback = true,
	.pmtu_discovery = true, .change_timeout_ms = 800, .quorum = CDAT_QUORUM_MAJORITY,
};

static void rows_of_table(struct cluster *c, uint32_t tag, uint32_t kinds)
{
	const struct cdat_node nodes[] = { node(1, "nodeA", CDAT_MEMBER, 2),
					   node(2, "nodeB", CDAT_MEMBER, 2),
					   node(3, "nodeC", CDAT_UNREACHABLE, 1) };
	const struct cdat_role role = { .role = 1, .name = "db", .policy = CDAT_POLICY_ORDERED,
					.ncandidates = 2, .candidates = { 2, 1 }, .holder = 2,
					.state = CDAT_ROLE_PREFERRED, .backups = 1 };
	const struct cdat_wanted wanted = { .wanted = 4, .node = 1, .prefix_len = 16,
					    .subnet = { CDAT_AF_IPV4, { 9, 7 }, 0 },
					    .via = { CDAT_AF_IPV4, { 9, 1, 1, 254 }, 0 } };
	unsigned i, k;

	if (kinds & 1u << CDAT_K_PARAMS)
		servicer_row(&c->s, tag, CDAT_K_PARAMS, 0, 0, &params);
	for (i = 0; kinds & 1u << CDAT_K_NODE && i < 3; i++)
		servicer_row(&c->s, tag, CDAT_K_NODE, i + 1, 0, &nodes[i]);
	for (i = 1; kinds & 1u << CDAT_K_ADAPTER && i <= 3; i++) {
		for (k = 1; k <= (i == 3 ? 1 : 2); k++) {
			struct cdat_adapter a = adapter((uint16_t)i, (uint8_t)k, i == 3);

			servicer_row(&c->s, tag, CDAT_K_ADAPTER, i, k, &a);
		}
	}
	if (kinds & 1u << CDAT_K_ROLE)
		servicer_row(&c->s, tag, CDAT_K_ROLE, 1, 0, &role);
	if (kinds & 1u << CDAT_K_WANTED)
		servicer_row(&c->s, tag, CDAT_K_WANTED, 4, 0, &wanted);
}

static void rows_of_state(struct cluster *c, uint32_t tag, uint32_t kinds)
{
	const struct cdat_path path = { .node = 2, .adapter = 1, .state = CDAT_UP, .current = true,
					.srtt_us = 250, .timeout_us = 10000, .mtu = 1500, .threshold = 3,
					.retransmits = 4 };
	const struct cdat_component view = { .component = 1, .local = true, .primary = true, .leader = 1,
					     .members = 2, .epoch = 5, .basis = CDAT_BASIS_OBSERVED };
	const struct cdat_member member = { .component = 1, .node = 2, .part = CDAT_PART_MEMBER };
	const struct cdat_event events[2] = {
		{ .event = 7, .wall = 1000000, .kind = CDAT_EV_NODE_JOINED, .severity = CDAT_SEV_CLEARED,
		  .node = 3, .text = "nodeC joined" },
		{ .event = 8, .wall = 2000000, .kind = CDAT_EV_NODE_UNREACHABLE, .node = 3, .uid = 0xabcd,
		  .severity = CDAT_SEV_CRITICAL, .text = "nodeC is unreachable" },
	};
	const struct cdat_stats stats = { .msgs_sent = 42 };

	if (kinds & 1u << CDAT_K_PATH)
		servicer_row(&c->s, tag, CDAT_K_PATH, 2, 1, &path);
	if (kinds & 1u << CDAT_K_COMPONENT)
		servicer_row(&c->s, tag, CDAT_K_COMPONENT, 1, 0, &view);
	if (kinds & 1u << CDAT_K_MEMBER)
		servicer_row(&c->s, tag, CDAT_K_MEMBER, 1, 2, &member);
	if (kinds & 1u << CDAT_K_STATS)
		servicer_row(&c->s, tag, CDAT_K_STATS, 0, 0, &stats);
	if (kinds & 1u << CDAT_K_EVENT) {
		servicer_row(&c->s, tag, CDAT_K_EVENT, 7, 0, &events[0]);
		servicer_row(&c->s, tag, CDAT_K_EVENT, 8, 0, &events[1]);
	}
}

static void on_snapshot(struct cluster *c, uint32_t tag, uint32_t kinds)
{
	const struct cdat_c_done done = { 1 };

	if (kinds & 1u << CDAT_K_CLUSTER)
		servicer_row(&c->s, tag, CDAT_K_CLUSTER, 0, 0, &c->status);
	rows_of_table(c, tag, kinds);
	rows_of_state(c, tag, kinds);
	servicer_reply(&c->s, CDAT_V_DONE, tag, &done);
}

static void on_subscribe(struct cluster *c, uint32_t tag)
{
	const struct cdat_c_done done = { 1 };
	size_t i;

	servicer_reply(&c->s, CDAT_V_DONE, tag, &done);
	for (i = 0; i < c->nmessages; i++)
		servicer_reply(&c->s, CDAT_V_MESSAGE, 0, &c->messages[i]);
	if (c->event)
		servicer_reply(&c->s, CDAT_V_EVENT, 0, c->event);
}

static void on_send(struct cluster *c, uint32_t tag, const struct cdat_c_send *m)
{
	struct cdat_c_sent sent = { .error = c->send_error };

	c->sent = *m;
	c->sends++;
	snprintf(c->text, sizeof(c->text), "%.*s", (int)m->data.len, (const char *)m->data.data);
	servicer_reply(&c->s, CDAT_V_SENT, tag, &sent);
	sent.delivered = true;
	if (!sent.error && m->receipt)
		servicer_reply(&c->s, CDAT_V_SENT, tag, &sent);
}

static void on_keys(struct cluster *c, uint32_t tag)
{
	const struct cdat_c_keyrow row = { 1, true, 0xfeed, 2 }, added = { 2, false, 0xbeef, 2 };
	static const struct cdat_c_keyholder holders[] = {
		{ 1, 1, true, 0xfeed }, { 1, 2, false, 0xbeef }, { 2, 1, true, 0xfeed }, { 3, 0, false, 0 },
	};
	struct cdat_c_keys keys;
	struct cdat_writer w, list;
	uint8_t buf[128], room[128];

	cdat_writer_init(&w, buf, sizeof(buf));
	cdat_list_add(&w, &cdat_msg_c_keyrow, &row);
	if (c->nkeys)
		cdat_list_add(&w, &cdat_msg_c_keyrow, &added);
	keys.rows = cdat_written(&w);
	cdat_writer_init(&list, room, sizeof(room));
	for (size_t i = 0; i < sizeof(holders) / sizeof(holders[0]); i++)
		cdat_list_add(&list, &cdat_msg_c_keyholder, &holders[i]);
	keys.holders = cdat_written(&list);
	servicer_reply(&c->s, CDAT_V_KEYS, tag, &keys);
}

static bool answer(struct servicer *s, enum cdat_verb verb, uint32_t tag, struct cdat_view body)
{
	struct cluster *c = s->ctx;
	union {
		struct cdat_c_snapshot snapshot;
		struct cdat_c_change change;
		struct cdat_c_send send;
		struct cdat_c_key key;
		struct cdat_c_subscribe subscribe;
	} m;

	if (c->hang_up || cdat_decode(body, cdat_verb_msg(verb), &m) != CDAT_DEC_OK)
		return false;
	if (verb == CDAT_V_SNAPSHOT) {
		on_snapshot(c, tag, m.snapshot.kinds);
	} else if (verb == CDAT_V_SUBSCRIBE) {
		on_subscribe(c, tag);
		return c->event == NULL;
	} else if (verb == CDAT_V_SEND) {
		on_send(c, tag, &m.send);
	} else if (verb == CDAT_V_CHANGE) {
		c->nops = 0;
		while (c->nops < CLUSTER_OPS &&
		       cdat_list_next(&m.change.ops, &cdat_msg_op, &c->ops[c->nops]))
			c->nops++;
		servicer_reply(s, CDAT_V_OUTCOME, tag, &c->outcome);
	} else if (verb == CDAT_V_KEY && m.key.verb == CDAT_KEY_STATUS) {
		on_keys(c, tag);
	} else if (verb == CDAT_V_KEY) {
		c->keys[c->nkeys++ % 8] = m.key;
		servicer_reply(s, CDAT_V_OUTCOME, tag, &c->outcome);
	}
	return true;
}

void cluster_start(struct cluster *c)
{
	memset(c, 0, sizeof(*c));
	c->status = (struct cdat_cluster){
		.health = CDAT_WARNING, .health_reason = "nodeC is unreachable", .name = "lab",
		.state = CDAT_CS_OPERATIONAL, .standing = CDAT_MAJORITY, .local_node = 1,
		.local_name = "nodeA", .leader = 1, .component = 1, .epoch = 5, .version = 7,
		.digest = { 0xde, 0xad, 0xbe, 0xef, 1, 2, 3 }, .has_table = true, .nodes_total = 3,
		.nodes_up = 2, .nodes_down = 1, .adapters_total = 5, .adapters_down = 1,
		.nodes_single_path = 1, .quorum_size = 2, .port = 9173, .servicer_version = "0.1.0",
		.next_node = 4, .change_state = CDAT_CH_IDLE, .sealed = true,
		.notify_scope = CDAT_SCOPE_ONE_MEMBER, .format = 2,
	};
	c->outcome = (struct cdat_outcome){ .result = CDAT_RES_COMMITTED, .version = 8 };
	servicer_start(&c->s, answer, c);
}

void cluster_stop(struct cluster *c)
{
	servicer_stop(&c->s);
}

#define WORDS_MAX 64

int cluster_run(struct cluster *c, const char *words, const char **out, const char **err)
{
	static char *text[2], *line;
	static size_t len[2];
	FILE *old_out = stdout, *old_err = stderr;
	char *argv[WORDS_MAX + 1], *save = NULL, *word;
	int argc = 0, rc;

	free(text[0]);
	free(text[1]);
	free(line);
	text[0] = text[1] = NULL;
	line = strdup(words);
	argv[argc++] = (char *)"cdatctl";
	if (c) {
		argv[argc++] = (char *)"--socket";
		argv[argc++] = c->s.path;
	}
	for (word = strtok_r(line, " ", &save); word && argc < WORDS_MAX;
	     word = strtok_r(NULL, " ", &save))
		argv[argc++] = strcmp(word, "''") == 0 ? word + 2 : word;
	argv[argc] = NULL;
	fflush(NULL);
	stdout = open_memstream(&text[0], &len[0]);
	stderr = open_memstream(&text[1], &len[1]);
	rc = cli_run(argc, argv);
	fclose(stdout);
	fclose(stderr);
	stdout = old_out;
	stderr = old_err;
	*out = text[0];
	*err = text[1];
	return rc;
}
