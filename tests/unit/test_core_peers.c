/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a peer says that can be no good leaves the lists whole that it would be put into.  The
 * faults that these find are seen by AddressSanitizer alone: memory that was freed and is still
 * in use.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/doubt.c"		/* a round begins inside of it */

#define NODES 4u
#define NO_NODE 99u
#define AT(node) { CDAT_AF_IPV4, { 10, 0, 0, (uint8_t)(node) }, 0 }

struct fixture { struct cdat_keyring *keys; struct cdat_core *core; uint64_t now; };

static void
drain(struct fixture *f)
{
	struct cdat_output out;

	while (cdat_core_next(f->core, &out))
		if (out.type == CDAT_OUT_STORE)
			cdat_core_stored(f->core, out.cookie, true, f->now);
}

/* n1, alone in its view of a table of four. */
static int
setup(void **state)
{
	static struct fixture f;
	const struct cdat_local local = { .addr = AT(1), .prefix_len = 24, .mtu = 1500, .ifindex = 1 };
	struct cdat_core_config config = { .cluster = "c", .node = "n1", .boot = 7, .seed = 9,
					   .incarnation = 1 };
	struct cdat_op ops[NODES * 4] = { 0 };
	char err[256] = "";

	for (uint16_t n = 1; n <= NODES; n++) {
		struct cdat_op *op = &ops[config.ntable];

		op[0] = (struct cdat_op){ .kind = CDAT_OP_NODE_CREATE, .node = n };
		op[1] = (struct cdat_op){ .kind = CDAT_OP_NODE_SET, .node = n,
					  .attr = CDAT_A_NODE_NAME };
		snprintf(op[1].text, sizeof op[1].text, "n%u", n);
		op[2] = (struct cdat_op){ .kind = CDAT_OP_ADAPTER_CREATE, .node = n, .adapter = 1 };
		op[3] = (struct cdat_op){ .kind = CDAT_OP_ADAPTER_SET, .node = n, .adapter = 1,
					  .attr = CDAT_A_ADDR, .addr = AT(n) };
		config.ntable += 4;
	}
	f = (struct fixture){ .keys = cdat_keyring_new("c"), .now = 1000 * MS };
	cdat_keyring_add_none(f.keys);
	config.keys = f.keys;
	config.table = ops;
	f.core = cdat_core_new(&config, f.now, err, sizeof err);
	assert_string_equal(err, "");
	cdat_core_locals(f.core, &local, 1, f.now);
	drain(&f);
	for (int i = 0; i < 100 && !f.core->view.stable; i++) {
		f.now += 100 * MS;
		cdat_core_tick(f.core, f.now);
		drain(&f);
	}
	assert_int_equal(f.core->view.n, 1);
	assert_int_equal(f.core->nmembers, NODES);
	*state = &f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	cdat_core_free(f->core);
	cdat_keyring_free(f->keys);
	return 0;
}

/* A node offers itself; with no members at all, if `empty`. */
static void
offer(struct cdat_core *c, uint16_t from, bool empty)
{
	struct p_vmember self = { from, 100u + from };
	uint8_t buf[64];
	struct cdat_writer w;
	struct p_offer p = { .coord = from };

	cdat_writer_init(&w, buf, sizeof buf);
	if (!empty)
		assert_true(cdat_list_add(&w, &cdat_msg_p_vmember, &self));
	p.members = cdat_written(&w);
	offer_take(c, from, &p);
}

static void
offer_without_members(void **state)
{
	struct cdat_core *c = ((struct fixture *)*state)->core;

	offer(c, 2, false);
	assert_int_equal(c->noffers, 1);
	offer(c, 3, true);
	assert_int_equal(c->noffers, 1);
	offer(c, 4, false);
	assert_int_equal(c->noffers, 2);
	assert_int_equal(c->offers[0].from, 2);
	assert_int_equal(c->offers[1].from, 4);
}

static void
round_about_no_member(void **state)
{
	struct cdat_core *c = ((struct fixture *)*state)->core;

	round_start(c, 2);
	assert_int_equal(c->nrounds, 1);
	round_start(c, NO_NODE);
	assert_int_equal(c->nrounds, 1);
	round_start(c, 3);
	assert_int_equal(c->nrounds, 2);
	assert_non_null(round_find(c, 2));
	assert_null(round_find(c, NO_NODE));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(offer_without_members, setup, teardown),
		cmocka_unit_test_setup_teardown(round_about_no_member, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
