/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs a fuzz target over its corpus without libFuzzer: each regular file below the
 * directories given, or below $srcdir/tests/fuzz/corpus/NAME for a program fuzz_NAME.
 * Then mutated copies of each (flipped bits, cuts, odd values, runs doubled or dropped), from a
 * fixed seed, so that a plain "make check" also sees inputs that nobody wrote down; the
 * environment's FUZZ_MUTANTS says how many of each.  An empty corpus fails.
 */
#include <errno.h>
#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MUTANTS = 200, INPUT_MAX = 1 << 20 };

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

/* Changes `data` of *size octets, with room for twice as many, in one of several ways. */
static void mutate(uint8_t *data, size_t *size)
{
	static const uint8_t odd[] = { 0, 1, 0x7f, 0x80, 0x81, 0xbf, 0xc0, 0xff };
	size_t at = next() % *size, run = 1 + next() % (*size - at < 16 ? *size - at : 16);

	switch (next() % 6) {
	case 0:
		*size = at;
		break;
	case 1:
		data[at] = odd[next() % sizeof(odd)];
		break;
	case 2:		/* a run twice */
		memmove(data + at + run, data + at, *size - at);
		*size += run;
		break;
	case 3:		/* a run gone */
		memmove(data + at, data + at + run, *size - at - run);
		*size -= run;
		break;
	default:
		data[at] ^= (uint8_t)(1u << next() % 8);
	}
}

static void run_mutants(const uint8_t *data, size_t size)
{
	const char *wanted = getenv("FUZZ_MUTANTS");
	long mutants = wanted ? strtol(wanted, NULL, 10) : MUTANTS;
	uint8_t *copy = malloc(size * 2 + 16 * 4);

	if (!copy)
		abort();
	for (long i = 0; i < mutants; i++) {
		size_t len = size;

		memcpy(copy, data, size);
		for (uint64_t changes = 1 + next() % 3; changes && len; changes--)
			mutate(copy, &len);
		run_one(copy, len);
	}
	free(copy);
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
