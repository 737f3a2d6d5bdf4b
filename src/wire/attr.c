/* SPDX-License-Identifier: BSD-2-Clause */
/* The rows of the writable attributes: ranges and defaults are those of CDAT-MIB. */
#include "wire/attr.h"
#include "wire/words.h"

#include <stddef.h>
#include <string.h>

#define WHERE(st, m)	.offset = offsetof(struct st, m), .size = sizeof(((struct st *)0)->m)
#define NODE(a, m, w, ...) \
	{ .attr = (a), .scope = CDAT_SCOPE_NODE, .word = (w), WHERE(cdat_node, m), __VA_ARGS__ }
#define ADAPTER(a, m, w, ...) \
	{ .attr = (a), .scope = CDAT_SCOPE_ADAPTER, .word = (w), WHERE(cdat_adapter, m), __VA_ARGS__ }
#define PARAM(a, m, w, ...) \
	{ .attr = (a), .scope = CDAT_SCOPE_PARAM, .word = (w), WHERE(cdat_params, m), __VA_ARGS__ }
#define RANGE(mn, mx, df)	.min = (mn), .max = (mx), .deflt = (df)
#define NUMBER(mn, mx, df)	.type = CDAT_AT_NUMBER, RANGE(mn, mx, df)
#define ENUM(ws, mx, df)	.type = CDAT_AT_ENUM, RANGE(1, mx, df), .words = (ws)
#define TRUTH(df)		.type = CDAT_AT_TRUTH, RANGE(1, 2, df)
#define NAME			.type = CDAT_AT_NAME, RANGE(1, CDAT_NAME_MAX, 0)
#define ADDR			.type = CDAT_AT_ADDR
#define FACT			.fact = true
#define OR_ZERO			.zero_ok = true

static const struct cdat_attr_row rows[] = {
	NODE(CDAT_A_NODE_NAME, name, "name", NAME),
	NODE(CDAT_A_NODE_ADMIN, admin, "admin", ENUM(cdat_words_node_admin, 2, CDAT_ADMIN_UP)),
	NODE(CDAT_A_NODE_STORAGE, storage, "storage",
	     ENUM(cdat_words_storage, CDAT_STORE_READONLY, CDAT_STORE_NONVOLATILE)),
	NODE(CDAT_A_NODE_ROW, row, "row", ENUM(cdat_words_row, CDAT_ROW_NOT_IN_SERVICE, CDAT_ROW_ACTIVE)),

	ADAPTER(CDAT_A_PREFERENCE, preference, "preference", NUMBER(1, UINT16_MAX, 100)),
	ADAPTER(CDAT_A_ADDR, addr, "address", ADDR),
	ADAPTER(CDAT_A_PREFIX_LEN, prefix_len, "prefix-length", NUMBER(0, 128, 0), .unit = "bits"),
	ADAPTER(CDAT_A_PORT, addr.port, "port", NUMBER(0, UINT16_MAX, 0)),
	ADAPTER(CDAT_A_TYPE, type, "type", ENUM(cdat_words_iftype, CDAT_IFTYPE_MAX, CDAT_IFT_OTHER)),
	ADAPTER(CDAT_A_CLASS, class_, "class",
		ENUM(cdat_words_class, CDAT_CLASS_CONTROL, CDAT_CLASS_UNSPECIFIED)),
	ADAPTER(CDAT_A_DSCP, dscp, "dscp", NUMBER(-1, 63, -1)),
	ADAPTER(CDAT_A_MTU, mtu, "mtu", NUMBER(576, UINT16_MAX, 0), OR_ZERO, .unit = "octets"),
	ADAPTER(CDAT_A_RETRY, retry_threshold, "retry-threshold", NUMBER(0, 255, 0), .unit = "attempts"),
	ADAPTER(CDAT_A_ADAPTER_ADMIN, admin, "admin", ENUM(cdat_words_adapter_admin, 2, CDAT_ADMIN_UP)),
	ADAPTER(CDAT_A_ADAPTER_STORAGE, storage, "storage",
		ENUM(cdat_words_storage, CDAT_STORE_READONLY, CDAT_STORE_NONVOLATILE)),
	ADAPTER(CDAT_A_ADAPTER_ROW, row, "row",
		ENUM(cdat_words_row, CDAT_ROW_NOT_IN_SERVICE, CDAT_ROW_ACTIVE)),

	ADAPTER(CDAT_A_FACT_PREFIX, prefix_reported, "prefix-length-reported", NUMBER(0, 128, 0), FACT,
		.unit = "bits"),
	ADAPTER(CDAT_A_FACT_TYPE, type_reported, "type-reported", NUMBER(0, UINT16_MAX, 0), FACT),
	ADAPTER(CDAT_A_FACT_MTU, mtu_reported, "mtu-reported", NUMBER(0, UINT16_MAX, 0), FACT,
		.unit = "octets"),
	ADAPTER(CDAT_A_FACT_MULTICAST, multicast, "multicast", TRUTH(2), FACT),
	ADAPTER(CDAT_A_FACT_IFNAME, ifname, "interface", .type = CDAT_AT_TEXT,
		RANGE(0, CDAT_IFNAME_MAX, 0), FACT),

	PARAM(CDAT_A_HEARTBEAT, heartbeat_ms, "heartbeat-ms", NUMBER(10, 60000, 200),
	      .unit = "milliseconds"),
	PARAM(CDAT_A_SILENCE, silence_limit, "silence-limit", NUMBER(2, 100, 3), .unit = "intervals"),
	PARAM(CDAT_A_RETRY_DEFAULT, retry_threshold, "retry-threshold", NUMBER(1, 255, 3),
	      .unit = "attempts"),
	PARAM(CDAT_A_RESPONSE_MIN, response_min_ms, "response-min-ms", NUMBER(1, 60000, 10),
	      .unit = "milliseconds"),
	PARAM(CDAT_A_RESPONSE_MAX, response_max_ms, "response-max-ms", NUMBER(1, 60000, 3000),
	      .unit = "milliseconds"),
	PARAM(CDAT_A_CONSENSUS, consensus_ms, "consensus-ms", NUMBER(10, 60000, 200),
	      .unit = "milliseconds"),
	PARAM(CDAT_A_PROBE, probe_ms, "probe-ms", NUMBER(100, 3600000, 1000), OR_ZERO,
	      .unit = "milliseconds"),
	PARAM(CDAT_A_FAILBACK, auto_failback, "auto-failback", TRUTH(1)),
	PARAM(CDAT_A_PMTU, pmtu_discovery, "path-mtu-discovery", TRUTH(1)),
	PARAM(CDAT_A_CHANGE_TIMEOUT, change_timeout_ms, "change-timeout-ms", NUMBER(100, 30000, 800),
	      .unit = "milliseconds"),
	PARAM(CDAT_A_QUORUM, quorum, "quorum", ENUM(cdat_words_quorum, CDAT_QUORUM_NONE,
						    CDAT_QUORUM_MAJORITY)),
};

#define NROWS	(sizeof(rows) / sizeof(rows[0]))

const struct cdat_attr_row *cdat_attr_rows(size_t *count)
{
	*count = NROWS;
	return rows;
}

const struct cdat_attr_row *cdat_attr_find(enum cdat_attr attr)
{
	for (size_t i = 0; i < NROWS; i++)
		if (rows[i].attr == attr)
			return &rows[i];
	return NULL;
}

const struct cdat_attr_row *cdat_attr_by_word(enum cdat_attr_scope scope, const char *word)
{
	for (size_t i = 0; i < NROWS; i++)
		if (rows[i].scope == scope && !rows[i].fact && !strcmp(rows[i].word, word))
			return &rows[i];
	return NULL;
}

bool cdat_attr_in_range(const struct cdat_attr_row *row, int64_t number)
{
	return (row->zero_ok && !number) || (number >= row->min && number <= row->max);
}

static bool is_number(const struct cdat_attr_row *row)
{
	return row->type == CDAT_AT_NUMBER || row->type == CDAT_AT_ENUM || row->type == CDAT_AT_TRUTH;
}

int64_t cdat_attr_get(const struct cdat_attr_row *row, const void *record)
{
	const uint8_t *p = (const uint8_t *)record + row->offset;
	uint16_t v16;
	uint32_t v32;

	if (!is_number(row))
		return 0;
	if (row->type == CDAT_AT_TRUTH)
		return *(const bool *)p ? 1 : 2;
	if (row->size == sizeof(v32)) {
		memcpy(&v32, p, sizeof(v32));
		return v32;
	}
	if (row->size == sizeof(v16)) {
		memcpy(&v16, p, sizeof(v16));
		return v16;
	}
	return row->min < 0 ? (int8_t)*p : *p;
}

void cdat_attr_put(const struct cdat_attr_row *row, void *record, int64_t number)
{
	uint8_t *p = (uint8_t *)record + row->offset;
	uint16_t v16 = (uint16_t)number;
	uint32_t v32 = (uint32_t)number;

	if (!is_number(row))
		return;
	if (row->type == CDAT_AT_TRUTH)
		*(bool *)p = number == 1;
	else if (row->size == sizeof(v32))
		memcpy(p, &v32, sizeof(v32));
	else if (row->size == sizeof(v16))
		memcpy(p, &v16, sizeof(v16));
	else
		*p = (uint8_t)number;
}

void cdat_attr_defaults(enum cdat_attr_scope scope, void *record)
{
	for (size_t i = 0; i < NROWS; i++) {
		if (rows[i].scope != scope)
			continue;
		if (is_number(&rows[i]))
			cdat_attr_put(&rows[i], record, rows[i].deflt);
		else
			memset((uint8_t *)record + rows[i].offset, 0, rows[i].size);
	}
}
