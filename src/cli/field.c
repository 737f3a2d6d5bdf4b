/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Members of records as text and as JSON, by the field tables of wire/records.h.
 */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "cli/show.h"
#include "wire/attr.h"

const struct cdat_field *cli_field(const struct cdat_msg *msg, const char *name)
{
	unsigned i;

	for (i = 0; i < msg->nfields; i++) {
		if (strcmp(msg->fields[i].name, name) == 0)
			return &msg->fields[i];
	}
	return NULL;
}

const char *cli_word(const char *record, const char *field, unsigned value)
{
	const char *word = cdat_enum_word(record, field, value);

	return word ? word : "?";
}

void cli_duration(uint64_t us, char *buf, size_t len)
{
	uint64_t s = us / 1000000;

	if (us < 1000)
		snprintf(buf, len, "%" PRIu64 "us", us);
	else if (us < 1000000)
		snprintf(buf, len, "%" PRIu64 ".%" PRIu64 "ms", us / 1000, us % 1000 / 100);
	else if (s < 60)
		snprintf(buf, len, "%" PRIu64 ".%" PRIu64 "s", s, us % 1000000 / 100000);
	else if (s < 3600)
		snprintf(buf, len, "%" PRIu64 "m%02" PRIu64 "s", s / 60, s % 60);
	else if (s < 86400)
		snprintf(buf, len, "%" PRIu64 "h%02" PRIu64 "m", s / 3600, s % 3600 / 60);
	else
		snprintf(buf, len, "%" PRIu64 "d%02" PRIu64 "h", s / 86400, s % 86400 / 3600);
}

void cli_age(const struct cli_view *view, uint64_t mono, char *buf, size_t len)
{
	if (mono == 0)
		snprintf(buf, len, "never");
	else
		cli_duration(view->mono > mono ? view->mono - mono : 0, buf, len);
}

void cli_ago(const struct cli_view *view, uint64_t mono, char *buf, size_t len)
{
	cli_age(view, mono, buf, len);
	if (mono)
		snprintf(buf + strlen(buf), len - strlen(buf), " ago");
}

static void stamp(uint64_t wall, bool utc, char *buf, size_t len)
{
	time_t t = (time_t)(wall / 1000000);
	unsigned ms = (unsigned)(wall % 1000000 / 1000);
	struct tm tm;
	char day[32];

	if (utc)
		gmtime_r(&t, &tm);
	else
		localtime_r(&t, &tm);
	strftime(day, sizeof(day), utc ? "%Y-%m-%dT%H:%M:%S" : "%Y-%m-%d %H:%M:%S", &tm);
	snprintf(buf, len, "%s.%03u%s", day, ms, utc ? "Z" : "");
}

void cli_wall(uint64_t wall, char *buf, size_t len)
{
	if (wall)
		stamp(wall, false, buf, len);
	else
		snprintf(buf, len, "-");
}

void cli_rfc3339(uint64_t wall, char *buf, size_t len)
{
	stamp(wall, true, buf, len);
}

static uint64_t number(const struct cdat_field *f, const void *record)
{
	const char *at = (const char *)record + f->offset;
	union { uint8_t u8; uint16_t u16; uint32_t u32; uint64_t u64; } v = { 0 };

	memcpy(&v, at, f->size <= sizeof(v) ? f->size : sizeof(v));
	switch (f->size) {
	case 1: return v.u8;
	case 2: return v.u16;
	case 4: return v.u32;
	default: return v.u64;
	}
}

static int64_t signed_number(const struct cdat_field *f, const void *record)
{
	uint64_t n = number(f, record);

	return f->size == 1 ? (int8_t)n : (int64_t)n;
}

/* What a member is by its name, past its type. */
enum meaning { PLAIN, MONO, WALL, NODE };

static enum meaning meaning(const struct cdat_msg *msg, const struct cdat_field *f)
{
	static const char *const nodes[] = {
		"node", "leader", "local_node", "reporter", "holder", "change_owner", "notifier", "poster",
	};
	size_t i, n = strlen(f->name);

	if (n >= 4 && strcmp(f->name + n - 4, "mono") == 0)
		return MONO;
	if (n >= 4 && strcmp(f->name + n - 4, "wall") == 0)
		return WALL;
	for (i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++) {
		/* a node's own number is that */
		if (strcmp(f->name, nodes[i]) == 0 && strcmp(msg->name, "node") != 0)
			return NODE;
	}
	return PLAIN;
}

static void hex(const uint8_t *octets, size_t n, char *buf, size_t len)
{
	size_t i;

	buf[0] = '\0';
	for (i = 0; i < n && 2 * i + 2 < len; i++)
		snprintf(buf + 2 * i, len - 2 * i, "%02x", octets[i]);
}

static void array_text(const struct cli_view *view, const struct cdat_field *f, const void *record,
		       char *buf, size_t len)
{
	const uint16_t *values = (const void *)((const char *)record + f->offset);
	unsigned i, n = *((const uint8_t *)record + f->aux);
	size_t used = 0;

	snprintf(buf, len, "-");
	for (i = 0; i < n && used < len; i++)
		used += (size_t)snprintf(buf + used, len - used, "%s%s", i ? "," : "",
					 cli_name(view, values[i]));
}

void cli_field_text(const struct cli_view *view, const struct cdat_msg *msg,
		    const struct cdat_field *f, const void *record, char *buf, size_t len)
{
	const void *at = (const char *)record + f->offset;
	const struct cdat_addr *addr = at;
	const char *word;
	char text[64];

	switch (f->type) {
	case CDAT_T_TEXT:
		snprintf(buf, len, "%s", (const char *)at);
		break;
	case CDAT_T_BOOL:
		snprintf(buf, len, "%s", *(const bool *)at ? "yes" : "no");
		break;
	case CDAT_T_ADDR:
		snprintf(buf, len, "%s", addr->family ? cdat_addr_text(addr, text, sizeof(text)) : "-");
		break;
	case CDAT_T_FIXED:
		hex(at, f->size, buf, len);
		break;
	case CDAT_T_U16ARRAY:
		array_text(view, f, record, buf, len);
		break;
	case CDAT_T_I8:
	case CDAT_T_I64:
		snprintf(buf, len, "%" PRId64, signed_number(f, record));
		break;
	default:
		word = cdat_enum_word(msg->name, f->name, (unsigned)number(f, record));
		if (word)
			snprintf(buf, len, "%s", word);
		else if (meaning(msg, f) == MONO)
			cli_ago(view, number(f, record), buf, len);
		else if (meaning(msg, f) == WALL)
			cli_wall(number(f, record), buf, len);
		else if (meaning(msg, f) == NODE)
			snprintf(buf, len, "%s", cli_name(view, (unsigned)number(f, record)));
		else
			snprintf(buf, len, "%" PRIu64, number(f, record));
	}
}

static json_t *array_json(const struct cli_view *view, const struct cdat_field *f,
			  const void *record, bool names)
{
	const uint16_t *values = (const void *)((const char *)record + f->offset);
	unsigned i, n = *((const uint8_t *)record + f->aux);
	json_t *array = json_array();

	for (i = 0; i < n; i++)
		json_array_append_new(array, names ? json_string(cli_name(view, values[i]))
						   : json_integer(values[i]));
	return array;
}

static json_t *time_json(const struct cli_view *view, uint64_t at, bool mono)
{
	char text[64];

	if (at == 0)
		return json_null();
	if (mono)
		at = view->wall - (view->mono > at ? view->mono - at : 0);
	cli_rfc3339(at, text, sizeof(text));
	return json_string(text);
}

static json_t *number_json(const struct cli_view *view, const struct cdat_msg *msg,
			   const struct cdat_field *f, const void *record)
{
	uint64_t n = number(f, record);
	const char *word = cdat_enum_word(msg->name, f->name, (unsigned)n);
	char text[24];

	if (word)
		return json_string(word);
	if (strcmp(f->name, "uid") == 0) {	/* an identity of 64 bits, no quantity */
		snprintf(text, sizeof(text), "%016" PRIx64, n);
		return json_string(text);
	}
	if (meaning(msg, f) == MONO || meaning(msg, f) == WALL)
		return time_json(view, n, meaning(msg, f) == MONO);
	return json_integer((json_int_t)n);
}

static json_t *member_json(const struct cli_view *view, const struct cdat_msg *msg,
			   const struct cdat_field *f, const void *record)
{
	const void *at = (const char *)record + f->offset;
	const struct cdat_addr *addr = at;
	char text[2 * CDAT_DIGEST_LEN + 64];

	switch (f->type) {
	case CDAT_T_TEXT:
		return json_string(at);
	case CDAT_T_BOOL:
		return json_boolean(*(const bool *)at);
	case CDAT_T_ADDR:
		return addr->family ? json_string(cdat_addr_text(addr, text, sizeof(text))) : json_null();
	case CDAT_T_FIXED:
		hex(at, f->size, text, sizeof(text));
		return json_string(text);
	case CDAT_T_U16ARRAY:
		return array_json(view, f, record, false);
	case CDAT_T_I8:
	case CDAT_T_I64:
		return json_integer(signed_number(f, record));
	default:
		return number_json(view, msg, f, record);
	}
}

bool cli_field_key(const struct cdat_msg *msg, const struct cdat_field *f, char *key, size_t len)
{
	enum meaning m = meaning(msg, f);
	char twin[64];
	size_t n;

	n = (size_t)snprintf(key, len, "%s", f->name);
	if (m != MONO && m != WALL)
		return true;
	snprintf(twin, sizeof(twin), "%.*swall", (int)(n - 4), f->name);
	if (m == MONO && cli_field(msg, twin))
		return false;
	if (n == 4) {
		snprintf(key, len, "time");
		return true;
	}
	key[n - 5] = '\0';
	if (cli_field(msg, key))	/* "sent" counts, "sent_mono" dates */
		snprintf(key, len, "%.*stime", (int)(n - 4), f->name);
	return true;
}

json_t *cli_record_json(const struct cli_view *view, const struct cdat_msg *msg, const void *record)
{
	json_t *object = json_object();
	char key[64], name[80];
	unsigned i;

	for (i = 0; i < msg->nfields; i++) {
		const struct cdat_field *f = &msg->fields[i];

		if (!cli_field_key(msg, f, key, sizeof(key)))
			continue;
		json_object_set_new(object, key, member_json(view, msg, f, record));
		if (f->type == CDAT_T_U16ARRAY) {
			snprintf(name, sizeof(name), "%s_names", key);
			json_object_set_new(object, name, array_json(view, f, record, true));
		} else if (meaning(msg, f) == NODE && strcmp(key, "local_node") != 0) {
			unsigned node = (unsigned)number(f, record);

			snprintf(name, sizeof(name), "%s_name", key);
			json_object_set_new(object, name, node ? json_string(cli_name(view, node))
							       : json_null());
		}
		/* the port of an address is 0 where the cluster's is meant */
		if (f->type == CDAT_T_ADDR && strcmp(key, "addr") == 0)
			json_object_set_new(object, "port", json_integer(
				((const struct cdat_addr *)(const void *)
				 ((const char *)record + f->offset))->port));
	}
	return object;
}

int cli_print_json(const char *key, json_t *items)
{
	json_t *top = json_object();
	int rc;

	json_object_set_new(top, "schema", json_string(CLI_SCHEMA));
	json_object_set_new(top, key, items);
	rc = json_dumpf(top, stdout, JSON_INDENT(2));
	json_decref(top);
	putchar('\n');
	return rc ? cli_error("cannot write the answer; is there room for it?") : CLI_OK;
}

int cli_print_json_line(json_t *object)
{
	int rc;

	json_object_set_new(object, "schema", json_string(CLI_SCHEMA));
	rc = json_dumpf(object, stdout, JSON_COMPACT);
	json_decref(object);
	putchar('\n');
	fflush(stdout);
	return rc ? cli_error("cannot write the answer; is there room for it?") : CLI_OK;
}
