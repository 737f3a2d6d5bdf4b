/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows by key; see view.h. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "notify/kind.h"
#include "notify/view.h"
#include "wire/attr.h"
#include "wire/records.h"

struct row {
	struct cdat_key key;
	void *record;
};

struct rows {
	struct row *at;
	size_t n, cap;
};

struct view {
	struct cdat_cluster cluster;
	bool has_cluster;
	struct rows nodes, adapters, roles;
};

struct view *view_new(void)
{
	return calloc(1, sizeof(struct view));
}

static void rows_clear(struct rows *rows)
{
	for (size_t i = 0; i < rows->n; i++)
		free(rows->at[i].record);
	free(rows->at);
	*rows = (struct rows){ 0 };
}

void view_clear(struct view *view)
{
	rows_clear(&view->nodes);
	rows_clear(&view->adapters);
	rows_clear(&view->roles);
	view->has_cluster = false;
}

void view_free(struct view *view)
{
	if (view != NULL)
		view_clear(view);
	free(view);
}

/* The first that is not before the key. */
static size_t place(const struct rows *rows, struct cdat_key key)
{
	size_t low = 0, high = rows->n;

	while (low < high) {
		size_t mid = (low + high) / 2;
		const struct cdat_key *k = &rows->at[mid].key;

		if (k->a < key.a || (k->a == key.a && k->b < key.b))
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static const void *get(const struct rows *rows, uint32_t a, uint32_t b)
{
	size_t i = place(rows, (struct cdat_key){ a, b });

	return i < rows->n && rows->at[i].key.a == a && rows->at[i].key.b == b
		       ? rows->at[i].record : NULL;
}

static void take_away(struct rows *rows, size_t i)
{
	free(rows->at[i].record);
	rows->n--;
	memmove(&rows->at[i], &rows->at[i + 1], (rows->n - i) * sizeof(rows->at[0]));
}

static bool insert(struct rows *rows, size_t i, struct cdat_key key, void *record)
{
	if (rows->n == rows->cap) {
		size_t cap = rows->cap != 0 ? 2 * rows->cap : 16;
		struct row *grown = reallocarray(rows->at, cap, sizeof(*grown));

		if (grown == NULL)
			return false;
		rows->at = grown;
		rows->cap = cap;
	}
	memmove(&rows->at[i + 1], &rows->at[i], (rows->n - i) * sizeof(rows->at[0]));
	rows->at[i] = (struct row){ key, record };
	rows->n++;
	return true;
}

static bool put(struct rows *rows, struct cdat_key key, const void *record, size_t size)
{
	size_t i = place(rows, key);
	bool there = i < rows->n && rows->at[i].key.a == key.a && rows->at[i].key.b == key.b;
	void *copy;

	if (record == NULL) {
		if (there)
			take_away(rows, i);
		return true;
	}
	if (there) {
		memcpy(rows->at[i].record, record, size);
		return true;
	}
	copy = malloc(size);
	if (copy == NULL)
		return false;
	memcpy(copy, record, size);
	if (insert(rows, i, key, copy))
		return true;
	free(copy);
	return false;
}

bool view_row(struct view *view, enum cdat_kind kind, struct cdat_key key, const void *record)
{
	switch (kind) {
	case CDAT_K_CLUSTER:
		view->has_cluster = record != NULL;
		if (record != NULL)
			memcpy(&view->cluster, record, sizeof(view->cluster));
		return true;
	case CDAT_K_NODE:
		return put(&view->nodes, key, record, sizeof(struct cdat_node));
	case CDAT_K_ADAPTER:
		return put(&view->adapters, key, record, sizeof(struct cdat_adapter));
	case CDAT_K_ROLE:
		return put(&view->roles, key, record, sizeof(struct cdat_role));
	default:
		return true;
	}
}

const struct cdat_cluster *view_cluster(const struct view *view)
{
	return view->has_cluster ? &view->cluster : NULL;
}

const char *view_node_name(const struct view *view, uint16_t node)
{
	const struct cdat_node *n = node != 0 ? get(&view->nodes, node, 0) : NULL;

	return n != NULL ? n->name : "";
}

/* ---- notes ---- */

static void copy(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from);
}

static void note_begin(const struct view *view, struct note *note, unsigned kind,
		       unsigned severity, uint16_t node)
{
	const struct cdat_cluster *c = &view->cluster;

	memset(note, 0, sizeof(*note));
	copy(note->kind, sizeof(note->kind), kind_word(kind));
	copy(note->class, sizeof(note->class), kind_row(kind)->class);
	copy(note->severity, sizeof(note->severity), severity_word(severity));
	note->node_id = node;
	copy(note->node, sizeof(note->node), view_node_name(view, node));
	copy(note->cluster, sizeof(note->cluster), c->name);
	copy(note->reporter, sizeof(note->reporter), c->local_name);
	copy(note->health, sizeof(note->health), cdat_enum_word("cluster", "health", c->health));
	copy(note->standing, sizeof(note->standing),
	     cdat_enum_word("cluster", "standing", c->standing));
	note->members = c->nodes_up;
}

/* An event of the cluster has the same id at all members; one that only this member knows is told
 * apart by its time and number. */
static void set_id(const struct view *view, const struct cdat_event *event, struct note *note)
{
	if (event->uid != 0)
		snprintf(note->id, sizeof(note->id), "%016llx", (unsigned long long)event->uid);
	else
		snprintf(note->id, sizeof(note->id), "%s-%llx-%lx",
			 view->cluster.local_name, (unsigned long long)event->wall,
			 (unsigned long)event->event);
}

static void set_address(const struct view *view, const struct cdat_event *event, struct note *note)
{
	const struct cdat_adapter *a = get(&view->adapters, event->node, event->adapter);

	if (event->addr.family != CDAT_AF_NONE)
		cdat_addr_text(&event->addr, note->address, sizeof(note->address));
	else if (a != NULL && event->adapter != 0)
		cdat_addr_text(&a->addr, note->address, sizeof(note->address));
}

void view_note(const struct view *view, const struct cdat_event *event, struct note *note)
{
	const struct cdat_role *role = event->role != 0 ? get(&view->roles, event->role, 0) : NULL;

	note_begin(view, note, event->kind, event->severity, event->node);
	set_id(view, event, note);
	note->event = event->event;
	note->wall = event->wall;
	note->adapter = event->adapter;
	note->other_adapter = event->other_adapter;
	set_address(view, event, note);
	copy(note->text, sizeof(note->text), event->text);
	if (event->kind != CDAT_EV_ROLE_MOVED)
		return;
	copy(note->role, sizeof(note->role), role != NULL ? role->name : "");
	copy(note->holder, sizeof(note->holder), note->node);
	copy(note->before, sizeof(note->before), view_node_name(view, (uint16_t)event->number));
}

/* ---- what the rows say of faults ---- */

static const struct cdat_node *node_of(const struct view *view, const struct note *note)
{
	return get(&view->nodes, (uint32_t)note->node_id, 0);
}

bool view_confirms(const struct view *view, const struct note *note)
{
	const unsigned kind = kind_of_word(note->kind);
	const struct cdat_node *n = node_of(view, note);
	const struct cdat_adapter *a;

	if (kind == CDAT_EV_NODE_UNREACHABLE)
		return n != NULL && n->state == CDAT_UNREACHABLE;
	if (kind != CDAT_EV_ADAPTER_DOWN)
		return true;
	a = get(&view->adapters, (uint32_t)note->node_id, (uint32_t)note->adapter);
	return a != NULL && a->oper == CDAT_DOWN;
}

static uint64_t wall_of(const struct view *view, uint64_t mono)
{
	const struct cdat_cluster *c = &view->cluster;

	return mono > c->start_mono ? c->start_wall + (mono - c->start_mono) : c->start_wall;
}

void view_faults(const struct view *view, void (*found)(void *ctx, const struct note *note),
		 void *ctx)
{
	struct note note;

	for (size_t i = 0; i < view->nodes.n; i++) {
		const struct cdat_node *n = view->nodes.at[i].record;

		if (n->state != CDAT_UNREACHABLE)
			continue;
		note_begin(view, &note, CDAT_EV_NODE_UNREACHABLE, CDAT_SEV_MAJOR, n->node);
		note.wall = wall_of(view, n->changed_mono);
		snprintf(note.text, sizeof(note.text), "node %s unreachable", n->name);
		found(ctx, &note);
	}
	for (size_t i = 0; i < view->adapters.n; i++) {
		const struct cdat_adapter *a = view->adapters.at[i].record;
		const struct cdat_node *n = get(&view->nodes, a->node, 0);

		/* where the whole node is away its adapters are no faults of their own */
		if (a->oper != CDAT_DOWN || n == NULL || n->state == CDAT_UNREACHABLE)
			continue;
		note_begin(view, &note, CDAT_EV_ADAPTER_DOWN, CDAT_SEV_WARNING, a->node);
		note.adapter = a->adapter;
		note.wall = wall_of(view, a->changed_mono);
		cdat_addr_text(&a->addr, note.address, sizeof(note.address));
		snprintf(note.text, sizeof(note.text), "adapter %s/%u down", n->name, a->adapter);
		found(ctx, &note);
	}
}
