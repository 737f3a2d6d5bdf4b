/* SPDX-License-Identifier: BSD-2-Clause */
/* Datagrams under seal: what opens, and all that must not (S1, S4, S6, S7). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "wire/seal.h"

static const uint8_t key_a[CDAT_KEY_LEN] = "key A: 32 octets, not so random";
static const uint8_t key_b[CDAT_KEY_LEN] = "key B: 32 octets, not so random";

static struct cdat_keyring *ring_of(const char *cluster, uint8_t id, const uint8_t *key)
{
	struct cdat_keyring *ring = cdat_keyring_new(cluster);

	assert_non_null(ring);
	assert_true(key ? cdat_keyring_add(ring, id, key) : cdat_keyring_add_none(ring));
	return ring;
}

static struct cdat_header header_of(uint8_t type)
{
	return (struct cdat_header){ .type = type, .format = 3, .src_node = 0x1234, .src_adapter = 2,
		.dst_node = 0xabcd, .dst_adapter = 9, .boot = 0x0102030405060708, .seq = 77 };
}

/* Opens from and into memory of just the size; the body is compared when it opens. */
static enum cdat_open opens(const struct cdat_keyring *ring, const uint8_t *data, size_t len,
			    const void *want, size_t want_len)
{
	uint8_t *in = malloc(len ? len : 1), *out = malloc(want_len ? want_len : 1);
	struct cdat_header header;
	struct cdat_view body;

	memcpy(in, data, len);
	enum cdat_open result = cdat_unseal(ring, (struct cdat_view){ in, len }, &header, out, want_len,
					    &body);

	if (result == CDAT_OPEN_OK) {
		assert_int_equal(body.len, want_len);
		assert_memory_equal(body.data, want, want_len);
	} else {
		assert_int_equal(body.len, 0);
	}
	free(in);
	free(out);
	return result;
}

static void test_round_trip(void **state)
{
	static const size_t sizes[] = { 0, 1, 15, 16, 17, 1400, CDAT_BODY_MAX };
	struct cdat_keyring *ring = ring_of("alpha", 1, key_a);
	static uint8_t body[CDAT_BODY_MAX], out[CDAT_DATAGRAM_MAX + 1], back[CDAT_BODY_MAX];

	(void)state;
	randombytes_buf_deterministic(body, sizeof(body), key_b);
	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct cdat_header header = header_of(5), read;
		struct cdat_view view;
		size_t len = cdat_seal(ring, &header, (struct cdat_view){ body, sizes[i] }, out,
				       CDAT_HEADER_LEN + sizes[i] + CDAT_SEAL_LEN);

		assert_int_equal(len, CDAT_HEADER_LEN + sizes[i] + CDAT_SEAL_LEN);
		assert_int_equal(cdat_unseal(ring, (struct cdat_view){ out, len }, &read, back,
					     sizeof(back), &view), CDAT_OPEN_OK);
		assert_int_equal(view.len, sizes[i]);
		assert_memory_equal(view.data, body, sizes[i]);
		assert_memory_equal(&read, &header, sizeof(read));
		assert_int_equal(read.version, CDAT_FORMAT_OLDEST);
		assert_int_equal(read.key_id, 1);
		assert_int_equal(read.cluster, cdat_cluster_tag("alpha"));
	}
	cdat_keyring_free(ring);
}

/* The format by libsodium alone: header in clear, nonce, key derivation. */
static void test_format(void **state)
{
	static const char personal[16] = "cdat-datagram-1";
	struct cdat_keyring *ring = ring_of("alpha", 7, key_a);
	struct cdat_header header = header_of(5);
	uint8_t out[128], plain[16], key[32], nonce[24] = { 0 };
	const uint8_t start[] = { 'C', 'D', 1, 5, 7, 3, 2, 9 };
	const uint8_t rest[] = { 0x12, 0x34, 0xab, 0xcd, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0, 0, 0, 0, 77 };
	unsigned long long len;
	size_t total = cdat_seal(ring, &header, (struct cdat_view){ (const uint8_t *)"hello", 5 }, out,
				 sizeof(out));

	(void)state;
	assert_memory_equal(out, start, sizeof(start));
	assert_memory_equal(out + 12, rest, sizeof(rest));
	assert_int_equal(crypto_generichash_blake2b_salt_personal(key, 32, (const uint8_t *)"alpha", 5,
								  key_a, 32, NULL,
								  (const uint8_t *)personal), 0);
	memcpy(nonce, rest, 2);
	memcpy(nonce + 2, rest + 4, 16);
	assert_int_equal(crypto_aead_xchacha20poly1305_ietf_decrypt(plain, &len, NULL, out + 32,
								    total - 32, out, 32, nonce,
								    key), 0);
	assert_int_equal(len, 5);
	assert_memory_equal(plain, "hello", 5);
	cdat_keyring_free(ring);
}

/* Whether libsodium alone, which keeps nothing, opens it with the key that is made from `key`. */
static bool opens_alone(const uint8_t *data, size_t len, const uint8_t *key)
{
	static const char personal[16] = "cdat-datagram-1";
	uint8_t made[32], plain[16], nonce[24] = { 0 };

	crypto_generichash_blake2b_salt_personal(made, 32, (const uint8_t *)"alpha", 5, key, 32, NULL,
						 (const uint8_t *)personal);
	memcpy(nonce, data + 12, 2);
	memcpy(nonce + 2, data + 16, 16);
	return crypto_aead_xchacha20poly1305_ietf_decrypt(plain, NULL, NULL, data + 32, len - 32, data,
							  32, nonce, made) == 0;
}

/* What a ring keeps from one datagram to the next is that of the sender, of its boot, of the run
 * of numbers and of the key: none is taken for another, in whatever order they come. */
static void test_what_is_kept(void **state)
{
	static const uint64_t seqs[] = { 1, 0xffff, 0x10000, 0x10001, 0x2ffff, 0xffffffffffff, 1 };
	static const uint16_t sources[] = { 1, 65, 0x141, 1, 2 };
	struct cdat_keyring *sender = ring_of("alpha", 7, key_a), *receiver = ring_of("alpha", 7, key_a);
	uint8_t out[128];

	(void)state;
	for (unsigned i = 0; i < 2 * 7 * 5 * 2; i++) {
		struct cdat_header header = header_of(5);
		const uint8_t *key = i < 7 * 5 * 2 ? key_a : key_b;
		size_t len;

		if (i == 7 * 5 * 2)	/* the same number, another key */
			assert_true(cdat_keyring_add(sender, 7, key_b));
		header.src_node = sources[i / 7 % 5];
		header.seq = seqs[i % 7];
		header.boot += i / 35 % 2;
		len = cdat_seal(sender, &header, (struct cdat_view){ (const uint8_t *)"hello", 5 }, out,
				sizeof(out));
		assert_true(opens_alone(out, len, key));
		if (key == key_b && i == 7 * 5 * 2) {
			assert_int_equal(opens(receiver, out, len, "hello", 5), CDAT_OPEN_AUTH);
			assert_true(cdat_keyring_add(receiver, 7, key_b));
		}
		assert_int_equal(opens(receiver, out, len, "hello", 5), CDAT_OPEN_OK);
		out[len - 1] ^= 1;
		assert_int_equal(opens(receiver, out, len, "hello", 5), CDAT_OPEN_AUTH);
	}
	cdat_keyring_remove(receiver, 7);
	assert_int_equal(opens(receiver, out, 53, "hello", 5), CDAT_OPEN_AUTH);
	cdat_keyring_free(sender);
	cdat_keyring_free(receiver);
}

/* S1: any flipped bit of any message type. */
static void s01_flipped_bits(void **state)
{
	static const char body[] = "table version 12, digest 00112233";
	struct cdat_keyring *ring = ring_of("alpha", 1, key_a);
	uint8_t out[256];

	(void)state;
	for (unsigned type = 1; type < 256; type += 5) {
		struct cdat_header header = header_of((uint8_t)type);
		size_t len = cdat_seal(ring, &header,
				       (struct cdat_view){ (const uint8_t *)body, sizeof(body) }, out,
				       sizeof(out));

		assert_int_equal(opens(ring, out, len, body, sizeof(body)), CDAT_OPEN_OK);
		for (size_t bit = 0; bit < len * 8; bit++) {
			out[bit / 8] ^= (uint8_t)(1 << bit % 8);
			if (opens(ring, out, len, body, sizeof(body)) == CDAT_OPEN_OK)
				fail_msg("type %u opens with bit %zu flipped", type, bit);
			out[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
	}
	cdat_keyring_free(ring);
}

static void test_cut_and_lengthened(void **state)
{
	struct cdat_keyring *ring = ring_of("alpha", 1, key_a);
	struct cdat_header header = header_of(1);
	uint8_t out[256] = { 0 };
	size_t len = cdat_seal(ring, &header, (struct cdat_view){ (const uint8_t *)"0123456789", 10 }, out,
			       sizeof(out));

	(void)state;
	for (size_t cut = 0; cut < len; cut++)
		assert_int_equal(opens(ring, out, cut, "0123456789", 10),
				 cut < CDAT_HEADER_LEN + CDAT_SEAL_LEN ? CDAT_OPEN_FORMAT : CDAT_OPEN_AUTH);
	assert_int_equal(opens(ring, out, len + 1, "0123456789", 11), CDAT_OPEN_AUTH);
	assert_int_equal(opens(ring, out, len, "", 9), CDAT_OPEN_FORMAT);	/* no room */
	static uint8_t huge[CDAT_DATAGRAM_MAX + 1];

	memcpy(huge, out, len);
	assert_int_equal(opens(ring, huge, sizeof(huge), huge, sizeof(huge)), CDAT_OPEN_FORMAT);
	cdat_keyring_free(ring);
}

static void s09_reject_paths_of_the_header(void **state)
{
	struct cdat_keyring *ring = ring_of("alpha", 1, key_a);
	struct cdat_header header = header_of(1);
	uint8_t good[64], bad[64];
	size_t len = cdat_seal(ring, &header, (struct cdat_view){ (const uint8_t *)"x", 1 }, good,
			       sizeof(good));
	static const struct { size_t at, octets; uint8_t value; enum cdat_open want; } table[] = {
		{ 0, 1, 'c', CDAT_OPEN_FORMAT }, { 1, 1, 'd', CDAT_OPEN_FORMAT },
		{ 2, 1, CDAT_FORMAT + 1, CDAT_OPEN_VERSION }, { 2, 1, 0, CDAT_OPEN_VERSION },
		{ 3, 1, 0, CDAT_OPEN_FORMAT }, { 16, 8, 0, CDAT_OPEN_FORMAT },
		{ 8, 4, 0, CDAT_OPEN_CLUSTER }, { 4, 1, 2, CDAT_OPEN_AUTH },
		{ 4, 1, 0, CDAT_OPEN_AUTH }, { 12, 2, 9, CDAT_OPEN_AUTH },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		memcpy(bad, good, len);
		memset(bad + table[i].at, table[i].value, table[i].octets);
		assert_int_equal(opens(ring, bad, len, "x", 1), table[i].want);
	}
	cdat_keyring_free(ring);
}

/* S4: the same key under another name, another key under the same name. */
static void s04_other_clusters(void **state)
{
	struct cdat_keyring *alpha = ring_of("alpha", 1, key_a), *beta = ring_of("beta", 1, key_a);
	struct cdat_keyring *other = ring_of("alpha", 1, key_b), *none = ring_of("alpha", 0, NULL);
	struct cdat_header header = header_of(1);
	uint8_t out[64];
	uint32_t tag = cdat_cluster_tag("beta");
	size_t len = cdat_seal(alpha, &header, (struct cdat_view){ (const uint8_t *)"x", 1 }, out,
			       sizeof(out));

	(void)state;
	assert_int_equal(opens(alpha, out, len, "x", 1), CDAT_OPEN_OK);
	assert_int_equal(opens(beta, out, len, "x", 1), CDAT_OPEN_CLUSTER);
	assert_int_equal(opens(other, out, len, "x", 1), CDAT_OPEN_AUTH);
	assert_int_equal(opens(none, out, len, "x", 1), CDAT_OPEN_AUTH);
	/* nor with the tag forged: the key differs too, not only what is authenticated */
	for (unsigned i = 0; i < 4; i++)
		out[8 + i] = (uint8_t)(tag >> (24 - 8 * i));
	assert_int_equal(opens(beta, out, len, "x", 1), CDAT_OPEN_AUTH);
	struct cdat_header again = header_of(1);
	uint8_t out_beta[64];

	cdat_seal(alpha, &again, (struct cdat_view){ (const uint8_t *)"xxxxxxxx", 8 }, out, sizeof(out));
	cdat_seal(beta, &again, (struct cdat_view){ (const uint8_t *)"xxxxxxxx", 8 }, out_beta,
		  sizeof(out_beta));
	assert_memory_not_equal(out + CDAT_HEADER_LEN, out_beta + CDAT_HEADER_LEN, 8);
	cdat_keyring_free(alpha);
	cdat_keyring_free(beta);
	cdat_keyring_free(other);
	cdat_keyring_free(none);
}

/* Equal bodies under nonces that differ in one part only: no two keystreams are equal. */
static void test_nonces_differ(void **state)
{
	static const uint8_t zeros[16];
	enum { STREAMS = 2 + 64 + 64 + 16 };
	struct cdat_keyring *ring = ring_of("alpha", 1, key_a);
	uint8_t stream[STREAMS][16], out[64];
	unsigned n = 0;

	(void)state;
	for (unsigned i = 0; i < STREAMS; i++, n++) {
		struct cdat_header header = header_of(1);

		if (i >= 2 && i < 66)
			header.boot ^= UINT64_C(1) << (i - 2);
		else if (i >= 66 && i < 130)
			header.seq ^= UINT64_C(1) << (i - 66);
		else if (i >= 130)
			header.src_node ^= (uint16_t)(1u << (i - 130));
		else if (i == 1)
			header.seq = header.boot, header.boot = 77;	/* swapped */
		assert_true(cdat_seal(ring, &header, (struct cdat_view){ zeros, 16 }, out, sizeof(out)));
		memcpy(stream[n], out + CDAT_HEADER_LEN, 16);
		for (unsigned k = 0; k < n; k++)
			assert_memory_not_equal(stream[k], stream[n], 16);
	}
	cdat_keyring_free(ring);
}

/* S5: both keys accepted while one after the other is moved over. */
static void s05_rotation(void **state)
{
	struct cdat_keyring *ring = ring_of("alpha", 1, key_a), *peer = ring_of("alpha", 1, key_a);
	struct cdat_header header = header_of(1);
	struct cdat_view body = { (const uint8_t *)"x", 1 };
	uint8_t old[64], new[64];
	size_t len = cdat_seal(peer, &header, body, old, sizeof(old));

	(void)state;
	assert_false(cdat_keyring_use(ring, 2));
	assert_true(cdat_keyring_add(ring, 2, key_b));
	assert_int_equal(cdat_keyring_current(ring), 1);
	assert_true(cdat_keyring_add(peer, 2, key_b));
	assert_true(cdat_keyring_use(peer, 2));
	assert_int_equal(cdat_keyring_current(peer), 2);
	assert_int_equal(cdat_seal(peer, &header, body, new, sizeof(new)), len);
	assert_int_equal(opens(ring, old, len, "x", 1), CDAT_OPEN_OK);
	assert_int_equal(opens(ring, new, len, "x", 1), CDAT_OPEN_OK);
	cdat_keyring_remove(ring, 1);
	assert_false(cdat_keyring_has(ring, 1));
	assert_int_equal(opens(ring, old, len, "x", 1), CDAT_OPEN_AUTH);
	assert_int_equal(opens(ring, new, len, "x", 1), CDAT_OPEN_OK);
	/* its current key gone, it seals nothing */
	assert_int_equal(cdat_keyring_current(ring), 0);
	assert_int_equal(cdat_seal(ring, &header, body, new, sizeof(new)), 0);
	assert_true(cdat_keyring_use(ring, 2));
	assert_int_equal(cdat_seal(ring, &header, body, new, sizeof(new)), len);
	cdat_keyring_free(ring);
	cdat_keyring_free(peer);
}

static void test_keyring(void **state)
{
	struct cdat_keyring *ring = cdat_keyring_new("alpha");
	uint8_t hash[32];
	uint64_t print = 0;

	(void)state;
	assert_false(cdat_keyring_add(ring, 0, key_a));
	for (uint8_t id = 1; id <= CDAT_KEYS_MAX; id++)
		assert_true(cdat_keyring_add(ring, id, key_a));
	assert_false(cdat_keyring_add(ring, 100, key_a));
	assert_false(cdat_keyring_add_none(ring));
	crypto_generichash(hash, 32, key_a, 32, NULL, 0);
	for (unsigned i = 0; i < 8; i++)
		print = print << 8 | hash[i];
	assert_true(cdat_keyring_fingerprint(ring, 3) == print);
	assert_true(cdat_keyring_add(ring, 3, key_b));	/* replaced in a full ring */
	assert_true(cdat_keyring_fingerprint(ring, 3) != print);
	assert_true(cdat_keyring_fingerprint(ring, 100) == 0);
	cdat_keyring_remove(ring, 100);
	cdat_keyring_remove(ring, 3);
	assert_true(cdat_keyring_fingerprint(ring, 3) == 0);
	assert_true(cdat_keyring_add(ring, 255, key_a));
	assert_int_equal(cdat_keyring_current(ring), 1);
	cdat_keyring_free(ring);
	cdat_keyring_free(NULL);
	char name[300];

	memset(name, 'n', sizeof(name));
	name[299] = 0;
	assert_null(cdat_keyring_new(name));
}

/* S7: "security: none" is the same format under a key that anyone can make. */
static void s07_no_security(void **state)
{
	struct cdat_keyring *a = ring_of("alpha", 0, NULL), *b = ring_of("alpha", 0, NULL);
	struct cdat_keyring *c = ring_of("beta", 0, NULL);
	struct cdat_header header = header_of(1);
	uint8_t out[64];
	size_t len = cdat_seal(a, &header, (struct cdat_view){ (const uint8_t *)"x", 1 }, out,
			       sizeof(out));

	(void)state;
	assert_int_equal(header.key_id, 0);
	assert_int_equal(opens(b, out, len, "x", 1), CDAT_OPEN_OK);
	assert_int_equal(opens(c, out, len, "x", 1), CDAT_OPEN_CLUSTER);
	assert_true(cdat_keyring_fingerprint(a, 0) != 0);
	assert_true(cdat_keyring_fingerprint(a, 0) == cdat_keyring_fingerprint(b, 0));
	assert_true(cdat_keyring_fingerprint(a, 0) != cdat_keyring_fingerprint(c, 0));
	cdat_keyring_free(a);
	cdat_keyring_free(b);
	cdat_keyring_free(c);
}

static void test_seal_refuses(void **state)
{
	struct cdat_keyring *ring = ring_of("alpha", 1, key_a), *empty = cdat_keyring_new("alpha");
	static uint8_t body[CDAT_DATAGRAM_MAX], out[2 * CDAT_DATAGRAM_MAX];
	struct cdat_header header = header_of(1);

	(void)state;
	assert_int_equal(cdat_seal(ring, &header, (struct cdat_view){ body, 10 }, out, 57), 0);
	assert_int_equal(cdat_seal(ring, &header, (struct cdat_view){ body, CDAT_BODY_MAX + 1 }, out,
				   sizeof(out)), 0);
	assert_int_equal(cdat_seal(ring, &header, (struct cdat_view){ body, SIZE_MAX }, out,
				   sizeof(out)), 0);
	assert_int_equal(cdat_seal(empty, &header, (struct cdat_view){ body, 10 }, out, sizeof(out)), 0);
	header.type = 0;
	assert_int_equal(cdat_seal(ring, &header, (struct cdat_view){ body, 10 }, out, sizeof(out)), 0);
	header = header_of(1);
	header.boot = 0;
	assert_int_equal(cdat_seal(ring, &header, (struct cdat_view){ body, 10 }, out, sizeof(out)), 0);
	cdat_keyring_free(ring);
	cdat_keyring_free(empty);
}

/* A key on its way to another member (S6: in clear nowhere). */
static void test_wrap(void **state)
{
	static const uint8_t nonce[CDAT_WRAP_NONCE] = "one of a kind";
	struct cdat_keyring *a = ring_of("alpha", 1, key_a), *b = ring_of("alpha", 1, key_a);
	struct cdat_keyring *foreign = ring_of("beta", 1, key_a), *other = ring_of("alpha", 1, key_b);
	uint8_t wrapped[CDAT_WRAP_LEN], given[CDAT_KEY_LEN];
	struct cdat_view w = { wrapped, sizeof(wrapped) };

	(void)state;
	assert_false(cdat_keyring_wrap(a, 2, nonce, wrapped));	/* not held */
	assert_false(cdat_keyring_wrap(a, 1, nonce, wrapped));	/* nothing to seal it with */
	assert_true(cdat_keyring_add(a, 2, key_b));
	assert_true(cdat_keyring_wrap(a, 2, nonce, wrapped));
	for (size_t i = 0; i + 8 <= sizeof(wrapped); i++)
		assert_memory_not_equal(wrapped + i, key_b, 8);
	assert_false(cdat_keyring_unwrap(b, 3, w));		/* sealed for another number */
	assert_false(cdat_keyring_unwrap(b, 0, w));
	assert_false(cdat_keyring_unwrap(foreign, 2, w));
	assert_false(cdat_keyring_unwrap(other, 2, w));
	assert_false(cdat_keyring_unwrap(b, 2, (struct cdat_view){ wrapped, sizeof(wrapped) - 1 }));
	for (size_t bit = 0; bit < 8 * sizeof(wrapped); bit++) {
		wrapped[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_false(cdat_keyring_unwrap(b, 2, w));
		wrapped[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	assert_false(cdat_keyring_has(b, 2));
	assert_true(cdat_keyring_unwrap(b, 2, w));
	assert_true(cdat_keyring_given(b, 2, given));
	assert_memory_equal(given, key_b, sizeof(given));
	assert_true(cdat_keyring_fingerprint(b, 2) == cdat_keyring_fingerprint(a, 2));
	assert_int_equal(cdat_keyring_current(b), 1);
	/* the current one itself goes sealed under another that is held */
	assert_true(cdat_keyring_use(a, 2) && cdat_keyring_wrap(a, 2, nonce, wrapped));
	assert_int_equal(wrapped[0], 1);
	cdat_keyring_free(a);
	cdat_keyring_free(b);
	cdat_keyring_free(foreign);
	cdat_keyring_free(other);
}

static void test_newer(void **state)
{
	(void)state;
	assert_true(cdat_key_newer(2, 1) && !cdat_key_newer(1, 2) && !cdat_key_newer(1, 1));
	assert_true(cdat_key_newer(1, 255) && !cdat_key_newer(255, 1));
	assert_true(cdat_key_newer(128, 1) && !cdat_key_newer(129, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_format),
		cmocka_unit_test(test_what_is_kept),
		cmocka_unit_test(s01_flipped_bits),
		cmocka_unit_test(test_cut_and_lengthened),
		cmocka_unit_test(s09_reject_paths_of_the_header),
		cmocka_unit_test(s04_other_clusters),
		cmocka_unit_test(test_nonces_differ),
		cmocka_unit_test(s05_rotation),
		cmocka_unit_test(test_keyring),
		cmocka_unit_test(s07_no_security),
		cmocka_unit_test(test_wrap), cmocka_unit_test(test_newer),
		cmocka_unit_test(test_seal_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
