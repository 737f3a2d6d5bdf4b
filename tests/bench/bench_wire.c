/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the wire costs, next to a reference of the same run: a table of 20 nodes with 3
 * addresses each, written and read, against copying its structs; a datagram sealed and
 * opened, against libsodium alone.  Nothing is asserted: the figures are for people.
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "wire/attr.h"
#include "wire/records.h"
#include "wire/seal.h"

enum { NODES = 20, ADAPTERS = 3, ROUNDS = 20000 };

static struct cdat_node nodes[NODES], nodes_back[NODES];
static struct cdat_adapter adapters[NODES][ADAPTERS], adapters_back[NODES][ADAPTERS];
static uint8_t out[65536], plain[65536], body[65536];
static volatile unsigned sink;

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void make_table(void)
{
	for (unsigned n = 0; n < NODES; n++) {
		cdat_attr_defaults(CDAT_SCOPE_NODE, &nodes[n]);
		nodes[n].node = (uint16_t)(n + 1);
		snprintf(nodes[n].name, sizeof(nodes[n].name), "node%u", n + 1);
		for (unsigned a = 0; a < ADAPTERS; a++) {
			struct cdat_adapter *x = &adapters[n][a];

			cdat_attr_defaults(CDAT_SCOPE_ADAPTER, x);
			x->node = nodes[n].node;
			x->adapter = (uint8_t)(a + 1);
			x->addr = (struct cdat_addr){ CDAT_AF_IPV4, { 10, (uint8_t)a, 0, (uint8_t)n }, 0 };
			x->prefix_reported = 24;
			x->type_reported = CDAT_IFT_ETHERNET;
			x->mtu_reported = 1500;
			x->multicast = true;
			snprintf(x->ifname, sizeof(x->ifname), "eth%u", a);
		}
	}
}

/* The table as one list of node and adapter items; its octets. */
static size_t write_table(void)
{
	struct cdat_writer w;

	cdat_writer_init(&w, out, sizeof(out));
	for (unsigned n = 0; n < NODES; n++) {
		cdat_list_add(&w, &cdat_msg_node_conf, &nodes[n]);
		for (unsigned a = 0; a < ADAPTERS; a++)
			cdat_list_add(&w, &cdat_msg_adapter_conf, &adapters[n][a]);
	}
	return w.len;
}

static void read_table(size_t len)
{
	struct cdat_view in = { out, len };

	for (unsigned n = 0; n < NODES; n++) {
		if (!cdat_list_next(&in, &cdat_msg_node_conf, &nodes_back[n]))
			abort();
		for (unsigned a = 0; a < ADAPTERS; a++)
			if (!cdat_list_next(&in, &cdat_msg_adapter_conf, &adapters_back[n][a]))
				abort();
	}
}

static void bench_table(void)
{
	size_t len = write_table();
	double start = seconds(), write, read, copy;

	for (unsigned i = 0; i < ROUNDS; i++)
		sink += (unsigned)write_table();
	write = (seconds() - start) / ROUNDS;
	start = seconds();
	for (unsigned i = 0; i < ROUNDS; i++)
		read_table(len);
	read = (seconds() - start) / ROUNDS;
	start = seconds();
	for (unsigned i = 0; i < ROUNDS; i++) {
		adapters[0][0].down_count = i;
		memcpy(nodes_back, nodes, sizeof(nodes));
		memcpy(adapters_back, adapters, sizeof(adapters));
		sink += adapters_back[i % NODES][0].down_count;
	}
	copy = (seconds() - start) / ROUNDS;
	printf("table of %d nodes x %d addresses: %zu octets; write %.0f ns (%.1f x copying %zu octets), "
	       "read %.0f ns (%.1f x)\n", NODES, ADAPTERS, len, write * 1e9, write / copy,
	       sizeof(nodes) + sizeof(adapters), read * 1e9, read / copy);
}

static double raw_aead(size_t len, const uint8_t *key)
{
	uint8_t nonce[24] = { 0 };
	unsigned long long n;
	double start = seconds();

	for (unsigned i = 0; i < ROUNDS; i++) {
		memcpy(nonce, &i, sizeof(i));
		crypto_aead_xchacha20poly1305_ietf_encrypt(out, &n, body, len, NULL, 0, NULL, nonce, key);
		if (crypto_aead_xchacha20poly1305_ietf_decrypt(plain, &n, NULL, out, n, NULL, 0, nonce, key))
			abort();
	}
	return (seconds() - start) / ROUNDS;
}

static void bench_seal(size_t len)
{
	static const uint8_t key[CDAT_KEY_LEN] = "bench";
	struct cdat_keyring *ring = cdat_keyring_new("bench");
	struct cdat_header header = { .type = 1, .src_node = 1, .boot = 1 }, read;
	struct cdat_view view;
	double start, own, raw;

	if (!ring || !cdat_keyring_add(ring, 1, key))
		abort();
	start = seconds();
	for (unsigned i = 0; i < ROUNDS; i++) {
		header.seq++;
		size_t n = cdat_seal(ring, &header, (struct cdat_view){ body, len }, out, sizeof(out));

		if (cdat_unseal(ring, (struct cdat_view){ out, n }, &read, plain, sizeof(plain), &view))
			abort();
	}
	own = (seconds() - start) / ROUNDS;
	raw = raw_aead(len, key);
	printf("seal and open %zu octets: %.0f ns (%.2f x libsodium alone)\n", len, own * 1e9, own / raw);
	cdat_keyring_free(ring);
}

int main(void)
{
	make_table();
	bench_table();
	bench_seal(64);
	bench_seal(1400);
	return 0;
}
