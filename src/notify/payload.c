/* SPDX-License-Identifier: BSD-2-Clause */
/* Bodies for the receivers; see payload.h. */
#include "config.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "notify/kind.h"
#include "notify/payload.h"

enum sink_result payload_verdict(long status)
{
	if (status >= 200 && status < 300)
		return SINK_SENT;
	/* RFC 9110 15.5.9, RFC 8470 5.2, RFC 6585 4 */
	if (status == 408 || status == 425 || status == 429 || status >= 500)
		return SINK_RETRY;
	return SINK_REFUSED;
}

/* Takes the object; NULL stays NULL. */
static char *dump(json_t *object)
{
	char *text = object != NULL ? json_dumps(object, JSON_COMPACT) : NULL;

	json_decref(object);
	return text;
}

char *payload_cloudevent(const struct note *note)
{
	char time[NOTE_TIME_LEN];
	json_t *data = note_json(note);

	/* what CloudEvents says by an attribute of its own is not said twice */
	json_object_del(data, "id");
	json_object_del(data, "wall");
	return dump(json_pack("{s:s, s:s, s:s+, s:s+, s:s, s:s, s:s, s:o}",
			      "specversion", "1.0",
			      "id", note->id,
			      "source", "/cdat/", note->cluster,
			      "type", "cdat.", note->kind,
			      "subject", note->node[0] != '\0' ? note->node : note->cluster,
			      "time", note_time(note->wall, time),
			      "datacontenttype", "application/json",
			      "data", data));
}

void payload_hmac(const char *key, size_t keylen, const char *body, size_t len,
		  char out[HMAC_TEXT_LEN])
{
	crypto_auth_hmacsha256_state state;
	uint8_t mac[crypto_auth_hmacsha256_BYTES];

	crypto_auth_hmacsha256_init(&state, (const uint8_t *)key, keylen);
	crypto_auth_hmacsha256_update(&state, (const uint8_t *)body, len);
	crypto_auth_hmacsha256_final(&state, mac);
	memcpy(out, "sha256=", 7);
	sodium_bin2hex(out + 7, HMAC_TEXT_LEN - 7, mac, sizeof(mac));
	sodium_memzero(&state, sizeof(state));
}

static const char *variable(const struct note *note, const char *name, size_t len, char number[24])
{
	const struct { const char *name, *value; } texts[] = {
		{ "node", note->node }, { "cluster", note->cluster }, { "class", note->class },
		{ "kind", note->kind }, { "role", note->role }, { "reporter", note->reporter },
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (strlen(texts[i].name) == len && memcmp(texts[i].name, name, len) == 0)
			return texts[i].value;
	if (len != 7 || memcmp(name, "adapter", 7) != 0)
		return NULL;
	snprintf(number, 24, "%llu", (unsigned long long)note->adapter);
	return note->adapter != 0 ? number : "";
}

char *payload_expand(const char *pattern, const struct note *note)
{
	char *text = NULL, number[24];
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (out == NULL)
		return NULL;
	while (*pattern != '\0') {
		const char *end = *pattern == '{' ? strchr(pattern, '}') : NULL;
		const char *value = end == NULL ? NULL :
			variable(note, pattern + 1, (size_t)(end - pattern) - 1, number);

		if (value == NULL) {
			fputc(*pattern++, out);
			continue;
		}
		fputs(value, out);
		pattern = end + 1;
	}
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}

/* ---- Icinga 2 ---- */

/* States of a service: ok, warning, critical.  A host is up or down. */
static int exit_status(const struct note *note, bool host)
{
	unsigned rank = severity_rank(severity_of_word(note->severity));
	int state = rank == 0 ? 0 : rank <= 2 ? 1 : 2;

	return host ? state == 2 : state;
}

char *payload_icinga(const struct sink_conf *conf, const struct note *note)
{
	const char *pattern = note->node[0] != '\0' ? conf->node_host : conf->cluster_host;
	const char *fallback = note->node[0] != '\0' ? "{node}" : "{cluster}";
	const bool host = conf->service != NULL && strcmp(conf->service, "none") == 0;
	char *host_name = payload_expand(pattern != NULL ? pattern : fallback, note);
	char *service = payload_expand(conf->service != NULL ? conf->service : "cdat {class}", note);
	json_t *object = NULL;

	/* The names go as variables of the filter, so nothing in them can be an expression. */
	if (host_name != NULL && service != NULL)
		object = json_pack("{s:s, s:s, s:{s:s, s:s}, s:i, s:s, s:s+}",
				   "type", host ? "Host" : "Service",
				   "filter", host ? "host.name == cdat_host"
						  : "host.name == cdat_host && "
						    "service.name == cdat_service",
				   "filter_vars", "cdat_host", host_name, "cdat_service", service,
				   "exit_status", exit_status(note, host),
				   "plugin_output", note->text,
				   "check_source", "cdat-notify@", note->reporter);
	free(host_name);
	free(service);
	return dump(object);
}

static enum sink_result icinga_result(const json_t *result, char *why, size_t whylen)
{
	const json_t *code = json_object_get(result, "code");
	const char *text = json_string_value(json_object_get(result, "status"));
	double number = json_number_value(code);

	if (number >= 200 && number < 300)
		return SINK_SENT;
	snprintf(why, whylen, "Icinga 2 says %.160s", text != NULL ? text : "nothing known");
	return SINK_REFUSED;
}

/* Icinga 2.13 answers for an object that it does not have by status 500 and no results, and by 404
 * where the user may not see it: it will not have it a moment later either, while another 500
 * may pass. */
static bool says_no_object(const json_t *answer)
{
	const json_t *results = json_object_get(answer, "results");
	const char *text = json_string_value(json_object_get(answer, "status"));

	return (json_is_array(results) && json_array_size(results) == 0) ||
	       (text != NULL && strstr(text, "No objects found") != NULL);
}

enum sink_result payload_icinga_answer(long status, const char *body, size_t len, char *why,
				       size_t whylen)
{
	enum sink_result verdict = payload_verdict(status);
	json_t *answer = json_loadb(body, len, 0, NULL);
	const json_t *results = json_object_get(answer, "results"), *result;
	size_t i;

	snprintf(why, whylen, "HTTP status %ld", status);
	if (says_no_object(answer)) {
		snprintf(why, whylen, "Icinga 2 has no such host or service, or its user may not see it");
		verdict = SINK_REFUSED;
	}
	if (verdict == SINK_SENT && json_array_size(results) == 0) {
		snprintf(why, whylen, "the answer is not that of Icinga 2");
		verdict = SINK_REFUSED;
	}
	if (verdict == SINK_SENT)
		json_array_foreach(results, i, result) {
			verdict = icinga_result(result, why, whylen);
			if (verdict != SINK_SENT)
				break;
		}
	json_decref(answer);
	return verdict;
}

/* ---- Alertmanager ---- */

static void label(json_t *labels, const char *name, const char *value)
{
	if (*value != '\0')
		json_object_set_new(labels, name, json_string(value));
}

static json_t *labels_of(const struct note *note, const struct kind_row *row)
{
	json_t *labels = json_pack("{s:s, s:s}", "alertname", row->alert, "severity",
				   row->severity);
	char number[24] = "";

	if (labels == NULL)
		return NULL;
	if (note->adapter != 0)
		snprintf(number, sizeof(number), "%llu", (unsigned long long)note->adapter);
	label(labels, "cluster", note->cluster);
	if (row->scope & KIND_OF_NODE)
		label(labels, "node", note->node);
	if (row->scope & KIND_OF_ADAPTER)
		label(labels, "adapter", number);
	if (row->scope & KIND_OF_ROLE)
		label(labels, "role", note->role);
	if (row->scope & KIND_OF_REPORTER)
		label(labels, "reporter", note->reporter);
	return labels;
}

json_t *payload_alert(const struct note *note, uint64_t starts_wall, uint64_t ends_wall)
{
	const struct kind_row *row = kind_row(kind_of_word(note->kind));
	char starts[NOTE_TIME_LEN], ends[NOTE_TIME_LEN];
	json_t *labels = row != NULL && row->alert != NULL ? labels_of(note, row) : NULL;
	json_t *notes;

	if (labels == NULL)
		return NULL;
	notes = json_pack("{s:s}", "summary", note->text);
	label(notes, "address", note->address);
	return json_pack("{s:o, s:o, s:s, s:s}", "labels", labels, "annotations", notes,
			 "startsAt", note_time(starts_wall, starts),
			 "endsAt", note_time(ends_wall, ends));
}
