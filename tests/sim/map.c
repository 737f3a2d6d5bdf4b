/* SPDX-License-Identifier: BSD-2-Clause */
/* Map of 64-bit keys, and the graph of what came before what. */
#include <stdlib.h>
#include <string.h>

#include "check.h"

uint64_t sim_mix(uint64_t a, uint64_t b)
{
	uint64_t z = (a ^ 0x9e3779b97f4a7c15ull) * 0xbf58476d1ce4e5b9ull + b;

	z = (z ^ (z >> 31)) * 0x94d049bb133111ebull;
	z = (z ^ (z >> 29)) * 0xbf58476d1ce4e5b9ull;
	z ^= z >> 32;
	return z ? z : 1;
}

static void map_grow(struct sim_map *map)
{
	struct sim_map old = *map;
	bool added;

	map->cap = old.cap ? old.cap * 2 : 256;
	map->n = 0;
	map->key = calloc(map->cap, sizeof(*map->key));
	map->val = calloc(map->cap, sizeof(*map->val));
	if (!map->key || !map->val)
		abort();
	for (size_t i = 0; i < old.cap; i++) {
		if (old.key[i])
			*sim_map_at(map, old.key[i], &added) = old.val[i];
	}
	free(old.key);
	free(old.val);
}

uint32_t *sim_map_at(struct sim_map *map, uint64_t key, bool *added)
{
	if (map->n * 2 >= map->cap)
		map_grow(map);
	size_t i = (key * 0x9e3779b97f4a7c15ull >> 20) & (map->cap - 1);

	while (map->key[i] && map->key[i] != key)
		i = (i + 1) & (map->cap - 1);
	*added = !map->key[i];
	if (*added) {
		map->key[i] = key;
		map->val[i] = 0;
		map->n++;
	}
	return &map->val[i];
}

void sim_map_free(struct sim_map *map)
{
	free(map->key);
	free(map->val);
}

void sim_dag_edge(struct sim_dag *dag, uint32_t before, uint32_t after)
{
	if (dag->nedges == dag->cap) {
		dag->cap = dag->cap ? dag->cap * 2 : 1024;
		dag->edge = realloc(dag->edge, dag->cap * 2 * sizeof(*dag->edge));
		if (!dag->edge)
			abort();
	}
	dag->edge[2 * dag->nedges] = before;
	dag->edge[2 * dag->nedges + 1] = after;
	dag->nedges++;
}

/* Kahn: take away nodes without predecessor until none is left. */
bool sim_dag_acyclic(const struct sim_dag *dag, uint32_t n, uint32_t *culprit)
{
	uint32_t *start = calloc(n + 2, sizeof(*start)), *in = calloc(n + 1, sizeof(*in));
	uint32_t *to = calloc(dag->nedges + 1, sizeof(*to)), *todo = calloc(n + 1, sizeof(*todo));
	size_t head = 0, tail = 0;

	if (!start || !in || !to || !todo)
		abort();
	for (size_t i = 0; i < dag->nedges; i++) {
		start[dag->edge[2 * i] + 1]++;
		in[dag->edge[2 * i + 1]]++;
	}
	for (uint32_t i = 0; i < n; i++)
		start[i + 1] += start[i];
	uint32_t *fill = calloc(n + 1, sizeof(*fill));

	if (!fill)
		abort();
	for (size_t i = 0; i < dag->nedges; i++) {
		uint32_t from = dag->edge[2 * i];

		to[start[from] + fill[from]++] = dag->edge[2 * i + 1];
	}
	for (uint32_t i = 0; i < n; i++) {
		if (!in[i])
			todo[tail++] = i;
	}
	while (head < tail) {
		uint32_t v = todo[head++];

		for (uint32_t e = start[v]; e < start[v + 1]; e++) {
			if (!--in[to[e]])
				todo[tail++] = to[e];
		}
	}
	for (uint32_t i = 0; i < n && tail < n; i++) {
		if (in[i]) {
			*culprit = i;
			break;
		}
	}
	free(start);
	free(in);
	free(to);
	free(todo);
	free(fill);
	return tail == n;
}

void sim_dag_free(struct sim_dag *dag)
{
	free(dag->edge);
}
