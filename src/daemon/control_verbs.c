/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The verbs of clients: one row each, with the access that it needs.
 */
#include "config.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/control_int.h"
#include "host/log.h"

static uint64_t now_of(const struct client *cl)
{
	return cl->control->host.now(cl->control->host.ctx);
}

/* ---- reading ---- */

static void on_hello(struct client *cl, uint32_t tag, const union request *r)
{
	struct cdat_c_hello answer = {
		.access = cl->access, .protocol = CDAT_CONTROL_VERSION, .batch = true};

	cl->hello = true;
	memcpy(cl->program, r->hello.program, sizeof(cl->program));
	strncpy(answer.program, "cdatd", sizeof(answer.program) - 1);
	strncpy(answer.version, PACKAGE_VERSION, sizeof(answer.version) - 1);
	log_debug("control", "client %s (pid %d, uid %u), access %u", cl->program, (int)cl->pid,
		  (unsigned)cl->uid, cl->access);
	client_put(cl, CDAT_V_HELLO, tag, &answer);
	cl->batch = r->hello.batch;
}

static void begin_page(struct client *cl, uint32_t tag, uint32_t kinds)
{
	if (cl->page.active) {
		client_error(cl, tag, CDAT_E_BUSY, "a snapshot is under way; wait for its end");
		return;
	}
	cl->page =
		(struct paging){.active = true, .tag = tag, .kinds = kinds, .kind = CDAT_K_CLUSTER};
	client_pump(cl);
}

static void on_snapshot(struct client *cl, uint32_t tag, const union request *r)
{
	begin_page(cl, tag, r->snapshot.kinds);
}

static void on_table(struct client *cl, uint32_t tag, const union request *r)
{
	(void)r;
	begin_page(cl, tag,
		   1u << CDAT_K_PARAMS | 1u << CDAT_K_NODE | 1u << CDAT_K_ADAPTER |
			   1u << CDAT_K_ROLE | 1u << CDAT_K_WANTED);
}

static void on_subscribe(struct client *cl, uint32_t tag, const union request *r)
{
	struct cdat_c_done done = {cl->control->row_number};
	union cdat_record record;

	cl->kinds = r->subscribe.kinds;
	cl->messages = r->subscribe.messages;
	cl->events = r->subscribe.events;
	cl->event_next = r->subscribe.since + 1;
	if (r->subscribe.since == 0 && cdat_core_read(cl->control->host.core, CDAT_K_CLUSTER,
						      (struct cdat_key){0, 0}, &record, now_of(cl)))
		cl->event_next = record.cluster.event_last + 1;
	client_put(cl, CDAT_V_DONE, tag, &done);
	client_pump(cl);
}

/* ---- changes ---- */

static struct in_flight *find_change(struct client *cl, uint64_t key)
{
	struct in_flight *f = cl->changes;

	while (f != NULL && f->key != key)
		f = f->next;
	return f;
}

/* A change that was refused before the core saw it. */
static void refuse_change(struct client *cl, uint32_t tag, enum cdat_result result,
			  enum cdat_fault fault, const char *text)
{
	struct cdat_outcome o = {.result = (uint8_t)result, .fault = (uint8_t)fault};

	strncpy(o.text, text, sizeof(o.text) - 1);
	client_put(cl, CDAT_V_OUTCOME, tag, &o);
}

struct in_flight *client_expects(struct client *cl, uint32_t tag)
{
	struct in_flight *f = cl->nchanges < CHANGES_MAX ? calloc(1, sizeof(*f)) : NULL;

	if (f == NULL)
		return NULL;
	f->cookie = ++cl->control->cookie;
	f->tag = tag;
	f->next = cl->changes;
	cl->changes = f;
	cl->nchanges++;
	return f;
}

/* Adds a part of a change to those before; false: no room for it.  Parts of another change that
 * was not finished are dropped. */
static bool part_add(struct client *cl, uint64_t key, struct cdat_view ops)
{
	struct change_parts *p = &cl->parts;
	uint8_t *data;

	if (p->key != key) {
		free(p->data);
		*p = (struct change_parts){.key = key};
	}
	data = p->failed || p->len + ops.len > CDAT_CHANGE_MAX ? NULL
							       : realloc(p->data, p->len + ops.len + 1);
	if (data == NULL) {
		p->failed = true;
		return false;
	}
	p->data = data;
	if (ops.len > 0)
		memcpy(data + p->len, ops.data, ops.len);
	p->len += ops.len;
	return true;
}

static void parts_drop(struct client *cl)
{
	free(cl->parts.data);
	memset(&cl->parts, 0, sizeof(cl->parts));
}

/* The ops of a change that is all here, which live until its parts are dropped; false: it was
 * too long, or no memory. */
static bool change_ops(struct client *cl, const struct cdat_c_change *msg, struct cdat_view *ops)
{
	*ops = msg->ops;
	if (msg->key == 0 || cl->parts.key != msg->key)
		return true;
	if (!part_add(cl, msg->key, msg->ops))
		return false;
	*ops = (struct cdat_view){cl->parts.data, cl->parts.len};
	return true;
}

/* Gives a change that is all here to the core. */
static void change_whole(struct client *cl, uint32_t tag, const struct cdat_c_change *msg)
{
	struct in_flight *f;
	struct cdat_view ops;

	if (!change_ops(cl, msg, &ops)) {
		refuse_change(cl, tag, CDAT_RES_TABLE_FULL, CDAT_FAULT_RESOURCE_UNAVAILABLE,
			      "the change is too long for this servicer; split it");
		return;
	}
	f = client_expects(cl, tag);
	if (f == NULL) {
		refuse_change(cl, tag, CDAT_RES_CHANGE_IN_FLIGHT, CDAT_FAULT_RESOURCE_UNAVAILABLE,
			      "too many changes of this client are under way; wait for one to end");
		return;
	}
	f->key = msg->key;
	f->hold = msg->hold;
	cdat_core_change(cl->control->host.core, ops, f->cookie, f->hold, msg->timeout_ms,
			 now_of(cl));
}

static void on_change(struct client *cl, uint32_t tag, const union request *r)
{
	struct in_flight *f = find_change(cl, r->change.key);

	if (f != NULL && r->change.key != 0) { /* a repeat: the same change */
		if (r->change.more)
			return;
		f->tag = tag;
		if (f->prepared)
			client_put(cl, CDAT_V_OUTCOME, tag, &f->outcome);
		return;
	}
	if (r->change.more && r->change.key != 0) {
		(void)part_add(cl, r->change.key, r->change.ops);
		return;
	}
	change_whole(cl, tag, &r->change);
	if (cl->parts.key == r->change.key)
		parts_drop(cl);
}

static void on_decide(struct client *cl, uint32_t tag, const union request *r)
{
	struct in_flight *f = find_change(cl, r->decide.key);

	if (f == NULL) {
		refuse_change(cl, tag, CDAT_RES_OTHER, CDAT_FAULT_COMMIT_FAILED,
			      "no such change is under way");
		return;
	}
	f->tag = tag;
	cdat_core_decide(cl->control->host.core, f->cookie, r->decide.commit, now_of(cl));
}

/* Whose answer that is; NULL: the client is gone. */
static struct client *find_asker(struct control *c, uint64_t cookie, struct in_flight ***at)
{
	for (struct client *cl = c->clients; cl != NULL; cl = cl->next)
		for (*at = &cl->changes; **at != NULL; *at = &(**at)->next)
			if ((**at)->cookie == cookie)
				return cl;
	return NULL;
}

struct client *control_asker(struct control *c, uint64_t cookie, uint32_t *tag)
{
	struct in_flight **at, *f;
	struct client *cl = find_asker(c, cookie, &at);

	if (cl == NULL)
		return NULL;
	f = *at;
	*tag = f->tag;
	*at = f->next;
	cl->nchanges--;
	free(f);
	return cl;
}

void control_outcome(struct control *c, const struct cdat_output *out)
{
	struct in_flight **at;
	struct client *cl = find_asker(c, out->cookie, &at);
	uint32_t tag;

	if (cl == NULL)
		return;
	(*at)->prepared = out->prepared;
	(*at)->outcome = *out->outcome;
	tag = (*at)->tag;
	if (!out->prepared)
		(void)control_asker(c, out->cookie, &tag);
	client_put(cl, CDAT_V_OUTCOME, tag, out->outcome);
}

/* ---- messages ---- */

/* Hands it to the core; node 0: to all or several. */
static enum cdat_send_error hand_over(struct client *cl, const struct cdat_c_send *s, uint16_t node,
				      uint64_t cookie)
{
	struct cdat_core *core = cl->control->host.core;

	if (node != 0)
		return cdat_core_send(core, node, s->data, cookie, now_of(cl));
	return cdat_core_send_all(core, s->all ? NULL : s->nodes, s->all ? 0 : s->nnodes, s->data,
				  cookie, now_of(cl));
}

static void on_send(struct client *cl, uint32_t tag, const union request *r)
{
	const struct cdat_c_send *s = &r->send;
	const bool one = !s->all && s->nnodes == 0;
	/* Serial of the client and tag of the request: control_sent() finds both. */
	uint64_t cookie = s->receipt ? (uint64_t)cl->serial << 32 | tag : 0;
	struct cdat_c_sent sent = {0};
	uint16_t node = one ? s->node : 0;
	uint64_t *full_at;

	if (one && node == 0)
		node = cdat_core_resolve(cl->control->host.core, s->name);
	full_at = &cl->full_at[node % FULL_SLOTS];
	if (one && node == 0)
		sent.error = CDAT_SEND_UNKNOWN_NODE;
	else if (s->seen != 0 && s->seen < *full_at)
		sent.error = CDAT_SEND_QUEUE_FULL; /* an earlier one was: none overtakes it */
	else if ((sent.error = (uint8_t)hand_over(cl, s, node, cookie)) == CDAT_SEND_QUEUE_FULL &&
		 s->seen != 0)
		*full_at = ++cl->full;
	if (sent.error == CDAT_SEND_QUEUE_FULL)
		sent.full = *full_at;
	if (sent.error != CDAT_SEND_OK || !s->quiet)
		client_put(cl, CDAT_V_SENT, tag, &sent);
}

void control_sent(struct control *c, const struct cdat_output *out)
{
	struct cdat_c_sent sent = {.error = out->error, .delivered = out->error == CDAT_SEND_OK};

	for (struct client *cl = c->clients; cl != NULL; cl = cl->next)
		if (cl->serial == out->cookie >> 32)
			client_put(cl, CDAT_V_SENT, (uint32_t)out->cookie, &sent);
}

/* ---- agents, settings ---- */

static void set_agent(struct client *cl, unsigned what, bool alive)
{
	struct control *c = cl->control;

	if (cl->agent[what] == alive)
		return;
	cl->agent[what] = alive;
	c->agents[what] += alive ? 1 : -1u;
	if (c->agents[what] == (alive ? 1 : 0))
		cdat_core_agent(c->host.core, (uint8_t)what, alive, now_of(cl));
}

static void on_agent(struct client *cl, uint32_t tag, const union request *r)
{
	(void)tag;
	set_agent(cl, r->agent.what, r->agent.alive);
}

static void on_notified(struct client *cl, uint32_t tag, const union request *r)
{
	(void)tag;
	cdat_core_notified(cl->control->host.core, r->notified.what, r->notified.event,
			   r->notified.suppressed, now_of(cl));
}

static void on_local_set(struct client *cl, uint32_t tag, const union request *r)
{
	const struct cdat_c_local_set *s = &r->local_set;
	struct cdat_outcome o = {.result = CDAT_RES_COMMITTED};

	if (!cdat_core_local_set(cl->control->host.core, s->what, s->kind, s->number)) {
		o.result = CDAT_RES_OTHER;
		o.fault = CDAT_FAULT_WRONG_VALUE;
		strncpy(o.text, "the value is out of range", sizeof(o.text) - 1);
	}
	client_put(cl, CDAT_V_OUTCOME, tag, &o);
}

/* ---- dispatch ---- */

static const struct verb {
	uint8_t verb, access;
	void (*run)(struct client *cl, uint32_t tag, const union request *r);
} verbs[] = {
	{CDAT_V_HELLO, CDAT_ACCESS_READ, on_hello},
	{CDAT_V_SNAPSHOT, CDAT_ACCESS_READ, on_snapshot},
	{CDAT_V_SUBSCRIBE, CDAT_ACCESS_READ, on_subscribe},
	{CDAT_V_TABLE, CDAT_ACCESS_READ, on_table},
	{CDAT_V_CHANGE, CDAT_ACCESS_ADMIN, on_change},
	{CDAT_V_DECIDE, CDAT_ACCESS_ADMIN, on_decide},
	{CDAT_V_SEND, CDAT_ACCESS_ADMIN, on_send},
	{CDAT_V_LOCAL_SET, CDAT_ACCESS_ADMIN, on_local_set},
	{CDAT_V_NOTIFIED, CDAT_ACCESS_ADMIN, on_notified},
	{CDAT_V_AGENT, CDAT_ACCESS_ADMIN, on_agent},
	{CDAT_V_KEY, CDAT_ACCESS_ADMIN, verb_key},
};

static const struct verb *find_verb(enum cdat_verb verb)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++)
		if (verbs[i].verb == verb)
			return &verbs[i];
	return NULL;
}

/* Into *r; false: refused, and the client was told why. */
static bool request_decode(struct client *cl, const struct verb *row, uint32_t tag,
			   struct cdat_view body, union request *r)
{
	const struct cdat_msg *msg = cdat_verb_msg(row->verb);
	uint8_t empty;
	enum cdat_decode d = cdat_decode(body, msg, msg ? (void *)r : &empty);

	if (d != CDAT_DEC_OK || (!cl->hello && row->verb != CDAT_V_HELLO)) {
		client_error(cl, tag, CDAT_E_PROTOCOL,
			     d != CDAT_DEC_OK ? cdat_decode_name(d)
					      : "the first frame must be HELLO");
		return false;
	}
	if (row->access > cl->access) {
		client_error(cl, tag, CDAT_E_ACCESS,
			     row->access == CDAT_ACCESS_ADMIN
				     ? "this user may only read; changes and messages are for root "
				       "and group cdat-admin"
				     : "this user may not read; it needs group cdat");
		return false;
	}
	return true;
}

bool client_request(struct client *cl, struct cdat_view frame)
{
	enum cdat_verb verb = 0;
	uint32_t tag = 0;
	struct cdat_view body;
	enum cdat_decode d = cdat_frame_read(frame, &verb, &tag, &body);
	const struct verb *row = d == CDAT_DEC_OK ? find_verb(verb) : NULL;
	union request r;

	if (d == CDAT_DEC_TYPE || (d == CDAT_DEC_OK && row == NULL)) {
		client_error(cl, tag,
			     frame.len > 1 && frame.data[1] != CDAT_CONTROL_VERSION ? CDAT_E_VERSION
										    : CDAT_E_VERB,
			     "this servicer does not know the verb or its version; upgrade the "
			     "older side");
		return true;
	}
	if (d != CDAT_DEC_OK) {
		client_error(cl, tag, CDAT_E_PROTOCOL, cdat_decode_name(d));
		return true;
	}
	if (request_decode(cl, row, tag, body, &r))
		row->run(cl, tag, &r);
	if (verb != CDAT_V_KEY)
		return false;
	sodium_memzero(&r, sizeof(r));
	return true;
}

void client_gone(struct client *cl)
{
	for (unsigned what = 1; what <= CDAT_AGENT_KINDS; what++)
		set_agent(cl, what, false);
	while (cl->changes != NULL) {
		struct in_flight *f = cl->changes;

		cl->changes = f->next;
		if (f->hold)
			cdat_core_decide(cl->control->host.core, f->cookie, false, now_of(cl));
		free(f);
	}
	cl->nchanges = 0;
	parts_drop(cl);
}
