/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs a fuzz target over its corpus without libFuzzer: each regular file below the
 * directories given, or below $srcdir/tests/fuzz/corpus/NAME for a program fuzz_NAME.
 * Then mutated copies of each (flipped bits, cuts), from a fixed seed, so that a
 * plain "make check" also sees inputs that nobody wrote down.  An empty corpus fails.
 */
#include <errno.h>
#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MUTANTS = 64, INPUT_MAX = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned long inputs, runs;
static uint64_t seed = 0x9e3779b97f4a7c15u;

/* xorshift64: the same mutants on every machine */
static uint64_t next(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

/* Hands a copy of exactly `size` octets over, so that a read past the end is seen. */
static void run_one(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	if (!copy)
		abort();
	memcpy(copy, data, size);
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
	runs++;
}

static void run_mutants(uint8_t *data, size_t size)
{
	for (int i = 0; i < MUTANTS && size; i++) {
		size_t at = next() % size;
		uint8_t bit = (uint8_t)(1u << (next() % 8));

		data[at] ^= bit;
		run_one(data, next() % 4 ? size : at);
		data[at] ^= bit;
	}
}

static int visit(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	uint8_t *data;
	size_t size;
	FILE *f;

	(void)ftw;
	if (type != FTW_F || !S_ISREG(st->st_mode))
		return 0;
	data = malloc(INPUT_MAX);
	f = fopen(path, "rb");
	if (!data || !f) {
		fprintf(stderr, "replay: %s: %s\n", path, strerror(errno));
		exit(2);
	}
	size = fread(data, 1, INPUT_MAX, f);
	fclose(f);
	fprintf(stderr, "replay: %s\n", path);
	run_one(data, size);
	run_mutants(data, size);
	inputs++;
	free(data);
	return 0;
}

static void replay(const char *dir)
{
	if (nftw(dir, visit, 16, FTW_PHYS) != 0) {
		fprintf(stderr, "replay: %s: %s\n", dir, strerror(errno));
		exit(2);
	}
}

int main(int argc, char **argv)
{
	const char *top = getenv("srcdir");
	const char *name = strrchr(argv[0], '/');
	char dir[4096];

	for (int i = 1; i < argc; i++)
		replay(argv[i]);
	if (argc == 1) {
		name = name ? name + 1 : argv[0];
		if (strncmp(name, "lt-", 3) == 0)
			name += 3;
		name += strncmp(name, "fuzz_", 5) == 0 ? 5 : 0;
		snprintf(dir, sizeof(dir), "%s/tests/fuzz/corpus/%s", top ? top : ".", name);
		replay(dir);
	}
	printf("%lu inputs, %lu runs\n", inputs, runs);
	return inputs ? 0 : 1;
}
