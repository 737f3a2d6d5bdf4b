/* SPDX-License-Identifier: BSD-2-Clause */
/* The digest against values of RFC 7693's function for 256 bits (as `b2sum -l 256` gives). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "wire/digest.h"

static void known(void **state)
{
	static const struct { const char *octets, *hex; } values[] = {
		{ "", "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8" },
		{ "abc", "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319" },
	};
	(void)state;

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		struct cdat_view v = { (const uint8_t *)values[i].octets, strlen(values[i].octets) };
		uint8_t digest[CDAT_DIGEST_LEN];
		char hex[2 * CDAT_DIGEST_LEN + 1];

		cdat_digest(v, digest);
		for (size_t k = 0; k < CDAT_DIGEST_LEN; k++)
			snprintf(hex + 2 * k, 3, "%02x", digest[k]);
		assert_string_equal(hex, values[i].hex);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(known) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
