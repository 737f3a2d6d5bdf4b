/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The state file.  The input is tried as a file, and, since the digest stops nearly all of
 * these, as a body under a right digest.  What decodes re-encodes to the same octets.
 */
#include "config.h"

#include <sodium.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEAD = 16, START = 48 };

static void try_file(const uint8_t *file, size_t size)
{
	struct state_image image;
	const char *what = NULL;
	uint8_t *again;
	size_t len;

	if (!state_decode((struct cdat_view){file, size}, &image, &what)) {
		if (what == NULL || *what == '\0')
			abort();
		return;
	}
	if (image.cluster[0] == '\0' || image.core.len > size)
		abort();
	again = state_encode(&image, &len);
	if (again == NULL || len > size)
		abort();
	/* Unknown fields that an older reader may skip are not kept. */
	if (len == size && memcmp(again, file, size) != 0)
		abort();
	free(again);
}

static void try_body(const uint8_t *body, size_t size)
{
	static const uint8_t head[12] = {'C', 'D', 'A', 'T', 's', 't', '\r', '\n', 0, 0, 0, 1};
	crypto_generichash_state st;
	uint8_t *file = calloc(1, START + size);

	if (file == NULL)
		return;
	memcpy(file, head, sizeof(head));
	for (unsigned i = 0; i < 4; i++)
		file[12 + i] = (uint8_t)(size >> (24 - 8 * i));
	if (size > 0)
		memcpy(file + START, body, size);
	crypto_generichash_init(&st, NULL, 0, START - HEAD);
	crypto_generichash_update(&st, file, HEAD);
	crypto_generichash_update(&st, file + START, size);
	crypto_generichash_final(&st, file + HEAD, START - HEAD);
	try_file(file, START + size);
	free(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	try_file(data, size);
	try_body(data, size);
	return 0;
}
