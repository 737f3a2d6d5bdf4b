/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The control service when a queue is full: what a client sent behind a refused message does not
 * overtake it.  The core's cdat_core_send() is wrapped by the linker: it has no room when the test
 * says so.
 */
#include "config.h"

#include <sodium.h>

#include "control_fixture.h"

static unsigned full_calls; /* so many times the queues to nodes 2 and up are full */

enum cdat_send_error __real_cdat_core_send(struct cdat_core *c, uint16_t node,
	struct cdat_view data, uint64_t cookie, uint64_t now);
enum cdat_send_error __wrap_cdat_core_send(struct cdat_core *c, uint16_t node,
	struct cdat_view data, uint64_t cookie, uint64_t now);

enum cdat_send_error __wrap_cdat_core_send(struct cdat_core *c, uint16_t node,
	struct cdat_view data, uint64_t cookie, uint64_t now)
{
	if (node == 1)
		return __real_cdat_core_send(c, node, data, cookie, now);
	if (full_calls == 0)
		return CDAT_SEND_OK;
	full_calls--;
	return CDAT_SEND_QUEUE_FULL;
}

/* What a client sent before it knew that a queue is full does not overtake what was refused;
 * other destinations, other clients and who does not count refusals go on. */
static void test_full(void **state)
{
	static const struct {
		uint16_t node;
		uint64_t seen;
		unsigned full;
		uint8_t error;
		uint64_t told;
	} steps[] = {
		{2, 1, 0, CDAT_SEND_OK, 0},
		{2, 1, 1, CDAT_SEND_QUEUE_FULL, 2}, /* no room */
		{2, 1, 0, CDAT_SEND_QUEUE_FULL, 2}, /* there is again, but this was behind */
		{3, 1, 0, CDAT_SEND_OK, 0},
		{2, 0, 0, CDAT_SEND_OK, 0},
		{3, 1, 1, CDAT_SEND_QUEUE_FULL, 3},
		{2, 2, 1, CDAT_SEND_QUEUE_FULL, 4}, /* sent again, in vain */
		{2, 3, 0, CDAT_SEND_QUEUE_FULL, 4},
		{3, 3, 0, CDAT_SEND_OK, 0},
		{2, 4, 0, CDAT_SEND_OK, 0},
		{2, 0, 1, CDAT_SEND_QUEUE_FULL, 4}, /* does not count */
		{2, 4, 0, CDAT_SEND_OK, 0},
	};
	const struct cdat_c_send fresh = {.node = 2, .seen = 1};
	int fd = hello(CDAT_ACCESS_ADMIN), other = hello(CDAT_ACCESS_ADMIN);
	union answer a;
	uint32_t tag;

	(void)state;
	for (unsigned i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		const struct cdat_c_send m = {.node = steps[i].node, .seen = steps[i].seen};

		full_calls = steps[i].full;
		put(fd, CDAT_V_SEND, i + 1, &m);
		assert_int_equal(get(fd, &tag, &a), CDAT_V_SENT);
		assert_int_equal(tag, i + 1);
		assert_int_equal(a.sent.error, steps[i].error);
		assert_int_equal(a.sent.full, steps[i].told);
		assert_int_equal(full_calls, 0);
	}
	put(other, CDAT_V_SEND, 1, &fresh);
	assert_int_equal(get(other, &tag, &a), CDAT_V_SENT);
	assert_int_equal(a.sent.error, CDAT_SEND_OK);
	close(fd);
	close(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_full),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, setup, teardown);
}
