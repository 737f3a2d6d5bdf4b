/* SPDX-License-Identifier: BSD-2-Clause */
/* Notes and their JSON, by one table of members; see note.h. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "notify/kind.h"
#include "notify/note.h"

enum field_type { TEXT, NUMBER, TRUTH, TIME };

static const struct field {
	const char *name;
	enum field_type type;
	size_t offset, size;
} fields[] = {
#define F(m, t) { #m, t, offsetof(struct note, m), sizeof(((struct note *)NULL)->m) }
	F(id, TEXT), F(kind, TEXT), F(severity, TEXT), F(class, TEXT), F(wall, TIME),
	F(cluster, TEXT), F(reporter, TEXT), F(node, TEXT), F(node_id, NUMBER),
	F(adapter, NUMBER), F(other_adapter, NUMBER), F(address, TEXT), F(role, TEXT),
	F(holder, TEXT), F(before, TEXT), F(health, TEXT), F(standing, TEXT),
	F(members, NUMBER), F(event, NUMBER), F(text, TEXT), F(test, TRUTH),
#undef F
};

static json_t *member_json(const struct note *note, const struct field *f)
{
	const char *at = (const char *)note + f->offset;
	uint64_t number = 0;

	switch (f->type) {
	case TEXT:
		return *at != '\0' ? json_string(at) : NULL;
	case TRUTH:
		return *(const bool *)(const void *)at ? json_true() : NULL;
	default:
		memcpy(&number, at, sizeof(number));
		return number != 0 ? json_integer((json_int_t)number) : NULL;
	}
}

json_t *note_json(const struct note *note)
{
	json_t *object = json_object();

	for (size_t i = 0; object != NULL && i < sizeof(fields) / sizeof(*fields); i++) {
		json_t *value = member_json(note, &fields[i]);

		if (value != NULL && json_object_set_new(object, fields[i].name, value) != 0) {
			json_decref(object);
			return NULL;
		}
	}
	return object;
}

char *note_text(const struct note *note)
{
	json_t *object = note_json(note);
	char *text = object != NULL ? json_dumps(object, JSON_COMPACT) : NULL;

	json_decref(object);
	return text;
}

static bool take(struct note *note, const struct field *f, const json_t *value)
{
	char *at = (char *)note + f->offset;
	uint64_t number;

	switch (f->type) {
	case TEXT:
		if (!json_is_string(value) || json_string_length(value) >= f->size)
			return false;
		memcpy(at, json_string_value(value), json_string_length(value) + 1);
		return true;
	case TRUTH:
		*(bool *)(void *)at = json_is_true(value);
		return json_is_boolean(value);
	default:
		if (!json_is_integer(value) || json_integer_value(value) < 0)
			return false;
		number = (uint64_t)json_integer_value(value);
		memcpy(at, &number, sizeof(number));
		return true;
	}
}

bool note_parse(const char *text, size_t len, struct note *note)
{
	json_t *object = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
	bool ok = json_is_object(object);

	memset(note, 0, sizeof(*note));
	for (size_t i = 0; ok && i < sizeof(fields) / sizeof(*fields); i++) {
		const json_t *value = json_object_get(object, fields[i].name);

		ok = value == NULL || take(note, &fields[i], value);
	}
	json_decref(object);
	return ok && note->id[0] != '\0' && kind_of_word(note->kind) != 0 &&
	       severity_of_word(note->severity) != 0 &&
	       strcmp(note->class, kind_row(kind_of_word(note->kind))->class) == 0;
}

const char *note_time(uint64_t wall, char buf[NOTE_TIME_LEN])
{
	time_t seconds = (time_t)(wall / 1000000);
	struct tm tm;
	char date[24];

	/* past the year 9999 no such date can be written (RFC 3339) */
	if (wall / 1000000 > UINT64_C(253402300799))
		seconds = 0;
	gmtime_r(&seconds, &tm);
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(buf, NOTE_TIME_LEN, "%s.%06uZ", date, (unsigned)(wall % 1000000));
	return buf;
}

uint64_t wall_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}
