/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes the corpus of fuzz_link: a conversation, whole and cut after each datagram of it. */
#include <stdio.h>

#include "fuzz_link.h"

static int put(const char *dir, unsigned number, const uint8_t *data, size_t len)
{
	char name[512];
	FILE *f;

	snprintf(name, sizeof(name), "%s/conversation-%u", dir, number);
	f = fopen(name, "wb");
	if (!f || fwrite(data, 1, len, f) != len) {
		perror(name);
		return 1;
	}
	return fclose(f) != 0;
}

int main(int argc, char **argv)
{
	static uint8_t tape[1 << 18];
	size_t len = fuzz_link_record(tape, sizeof(tape));
	unsigned number = 0;

	if (argc != 2 || !len) {
		fprintf(stderr, "usage: link_corpus DIRECTORY\n");
		return 2;
	}
	for (size_t at = 0; at + 4 <= len; number++) {
		at += 4 + ((size_t)tape[at + 2] << 8 | tape[at + 3]);
		if ((number % 8 == 7 || at == len) && put(argv[1], number, tape, at))
			return 1;
	}
	return 0;
}
