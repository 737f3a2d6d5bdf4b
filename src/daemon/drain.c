/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Carries out the outputs of the core.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "host/log.h"
#include "daemon/loop_int.h"
#include "wire/attr.h"

/* Keeps a copy of a list of addresses that lives only until the next call on the core. */
static bool keep(struct cdat_addr **list, size_t *n, const struct cdat_addr *addrs, size_t naddrs)
{
	struct cdat_addr *copy = calloc(naddrs ? naddrs : 1, sizeof(*copy));

	if (copy == NULL) {
		log_error("main", "not enough memory for %zu addresses", naddrs);
		return false;
	}
	if (naddrs > 0)
		memcpy(copy, addrs, naddrs * sizeof(*copy));
	free(*list);
	*list = copy;
	*n = naddrs;
	return true;
}

/* `listen` of the file holds until the table tells which addresses are ours. */
static bool listed(const struct loop *l, const struct cdat_addr *addr)
{
	if (l->conf->nlisten == 0 || cdat_core_local_node(l->core) != 0)
		return true;
	for (size_t i = 0; i < l->conf->nlisten; i++)
		if (cdat_addr_same(&l->conf->listen[i], addr))
			return true;
	return false;
}

void loop_listen(struct loop *l, const struct cdat_addr *addrs, size_t n)
{
	size_t kept = 0;

	if (!keep(&l->listen, &l->nlisten, addrs, n))
		return;
	for (size_t i = 0; i < n; i++)
		if (listed(l, &l->listen[i]))
			l->listen[kept++] = l->listen[i];
	l->nlisten = kept;
	udp_listen(l->udp, l->listen, l->nlisten);
}

static void log_event(const struct cdat_event *e)
{
	enum log_level level = e->severity == CDAT_SEV_CRITICAL || e->severity == CDAT_SEV_MAJOR
				       ? LOG_LEVEL_WARNING
				       : LOG_LEVEL_NOTICE;

	log_line(level, "event", "%s", e->text);
}

static void keep_state(struct loop *l, uint64_t ticket)
{
	size_t len = 0;
	uint8_t *state = cdat_core_state(l->core, &len);

	store_put(l->store, state, len, ticket);
}

static void carry_out(struct loop *l, const struct cdat_output *out)
{
	switch (out->type) {
	case CDAT_OUT_DATAGRAM:
		udp_send(l->udp, &out->local, &out->to, out->dscp, out->data);
		break;
	case CDAT_OUT_LISTEN:
		loop_listen(l, out->addrs, out->naddrs);
		break;
	case CDAT_OUT_ROUTES:
		routes_ask(l->routes, out->addrs, out->naddrs);
		break;
	case CDAT_OUT_EVENT:
		log_event(out->event);
		control_event(l->control);
		break;
	case CDAT_OUT_OUTCOME:
		control_outcome(l->control, out);
		break;
	case CDAT_OUT_SENT:
		control_sent(l->control, out);
		break;
	case CDAT_OUT_MESSAGE:
		control_message(l->control, out);
		break;
	case CDAT_OUT_STORE:
		keep_state(l, out->cookie);
		break;
	case CDAT_OUT_KEYS:
		keysave_put(l->keysave, l->conf->key_file, l->keys, out->cookie);
		break;
	case CDAT_OUT_HOLDERS:
		control_holders(l->control, out);
		break;
	case CDAT_OUT_LEFT:
		log_notice("main", "the others know that this node has left");
		ev_break(l->ev, EVBREAK_ALL);
		break;
	case CDAT_OUT_LOG:
		log_notice("core", "%s", out->text);
		break;
	}
}

static void drain(struct loop *l)
{
	struct cdat_output out;
	enum cdat_kind kind;
	struct cdat_key key;
	uint64_t errors;
	bool gone;

	while (cdat_core_next(l->core, &out))
		carry_out(l, &out);
	udp_flush(l->udp);
	errors = udp_take_errors(l->udp);
	if (errors > 0)
		cdat_core_send_errors(l->core, errors);
	while (cdat_core_dirty(l->core, &kind, &key, &gone))
		control_dirty(l->control, kind, key, gone);
	if (control_flush(l->control))
		l->due = true;
}

/* Before each wait of the loop: what was given to the core in this turn is answered at once, in
 * one batch. */
static void on_prepare(struct ev_loop *ev, ev_prepare *w, int revents)
{
	struct loop *l = w->data;
	bool any = l->due;

	(void)ev;
	(void)revents;
	while (l->due) {
		l->due = false;
		drain(l);
	}
	if (any)
		deadline_set(&l->deadline, cdat_core_deadline(l->core));
}

void loop_start_drain(struct loop *l)
{
	ev_prepare_init(&l->prepare, on_prepare);
	l->prepare.data = l;
	ev_prepare_start(l->ev, &l->prepare);
	l->due = true;
}

void loop_drain(struct loop *l)
{
	l->due = true;
}

/* All of 127/8 is ours though the kernel lists 127.0.0.1 alone: adds one with the facts of that. */
static bool add_loopback(struct cdat_local **locals, size_t *n, const struct cdat_addr *addr)
{
	const struct cdat_local *like = NULL;
	struct cdat_local *grown;

	if (addr->family != CDAT_AF_IPV4 || addr->octets[0] != 127)
		return true;
	for (size_t i = 0; i < *n; i++) {
		if (cdat_addr_same(&(*locals)[i].addr, addr))
			return true;
		if ((*locals)[i].addr.family == CDAT_AF_IPV4 && (*locals)[i].addr.octets[0] == 127)
			like = &(*locals)[i];
	}
	if (like == NULL)
		return true;
	grown = calloc(*n + 1, sizeof(*grown));
	if (grown == NULL)
		return false;
	grown[*n] = *like;
	grown[*n].addr = *addr;
	memcpy(grown, *locals, *n * sizeof(*grown));
	free(*locals);
	*locals = grown;
	(*n)++;
	return true;
}

/* With allow-loopback: the loopback addresses that `listen` or the table give to this node. */
static bool add_loopbacks(const struct loop *l, struct cdat_local **locals, size_t *n)
{
	const struct cdat_table *table = cdat_core_table(l->core);
	const struct cdat_tnode *me =
		table != NULL ? cdat_table_node(table, cdat_core_local_node(l->core)) : NULL;
	bool ok = true;

	if (!l->conf->loopback_ok)
		return true;
	for (size_t i = 0; i < l->conf->nlisten; i++)
		ok = ok && add_loopback(locals, n, &l->conf->listen[i]);
	for (unsigned i = 0; me != NULL && i < me->nadapters; i++)
		ok = ok && add_loopback(locals, n, &me->adapters[i].addr);
	return ok;
}

void loop_read_host(struct loop *l)
{
	struct cdat_local *locals;
	size_t n;

	if (netlink_locals(l->netlink, &locals, &n)) {
		if (!add_loopbacks(l, &locals, &n))
			log_error("netlink", "not enough memory for the loopback addresses");
		free(l->locals);
		l->locals = locals;
		l->nlocals = n;
		cdat_core_locals(l->core, locals, n, loop_now(l));
	}
	udp_retry(l->udp);
	routes_again(l->routes);
	loop_drain(l);
}
