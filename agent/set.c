/* SPDX-License-Identifier: BSD-2-Clause */
/* The phases of a SET; see set.h. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "agent/set.h"

/* Transactions that a master left without an end: it sends one at a time, so more than a
 * few are a fault, and the oldest is given up. */
#define TXN_MOST	4
/* Past the cluster's own change timeout, which the servicer keeps. */
#define GRACE_US	100000u
/* cdatConfigChangeTimeout bounds the votes; what was decided may take that long at least. */
#define COMMIT_US	900000u
/* Without a word from the master a prepared change is given up after this. */
#define ORPHAN_US	10000000u
#define LOCAL_WAIT_MS	200

enum txn_state {
	TXN_CHECKED,		/* RESERVE1 went well */
	TXN_PREPARING,		/* waits for all members */
	TXN_PREPARED,
	TXN_COMMITTING,		/* waits for the end */
	TXN_DONE,
	TXN_FAILED
};

struct set_txn {
	struct set_txn *next;
	long transid;
	uint64_t key;			/* of the change at cdatd */
	enum txn_state state;
	bool held;			/* cdatd has a change with that key and no decision */
	struct set_plan plan;
	struct set_error error;
	netsnmp_delegated_cache *waiting;	/* the request to answer, or NULL */
	uint64_t deadline;		/* monotonic; of the present state */
};

struct set_engine {
	struct agent *agent;
	struct set_txn *txns;
	uint64_t last_key;
};

struct set_engine *set_engine_new(struct agent *agent)
{
	struct set_engine *engine = calloc(1, sizeof(*engine));

	if (engine) {
		engine->agent = agent;
		/* Keys must differ from those of an agent that ran before. */
		engine->last_key = agent_wall();
	}
	return engine;
}

static void abort_change(struct set_engine *engine, struct set_txn *txn)
{
	if (txn->held && engine->agent->cdat)
		cdat_decide(engine->agent->cdat, txn->key, false);
	txn->held = false;
}

static void drop(struct set_engine *engine, struct set_txn *txn)
{
	struct set_txn **p = &engine->txns;

	while (*p && *p != txn)
		p = &(*p)->next;
	if (*p)
		*p = txn->next;
	abort_change(engine, txn);
	if (txn->waiting)
		netsnmp_free_delegated_cache(txn->waiting);
	free(txn->plan.vars);
	free(txn->plan.ops);
	free(txn->plan.locals);
	free(txn);
}

void set_engine_free(struct set_engine *engine)
{
	while (engine && engine->txns)
		drop(engine, engine->txns);
	free(engine);
}

static struct set_txn *find(const struct set_engine *engine, long transid)
{
	struct set_txn *txn = engine->txns;

	while (txn && txn->transid != transid)
		txn = txn->next;
	return txn;
}

static struct set_txn *add(struct set_engine *engine, long transid, size_t nvars)
{
	struct set_txn *txn = calloc(1, sizeof(*txn));
	size_t n = 0;

	if (!txn)
		return NULL;
	txn->plan.vars = calloc(nvars, sizeof(*txn->plan.vars));
	txn->plan.ops = calloc(nvars, sizeof(*txn->plan.ops));
	txn->plan.locals = calloc(nvars, sizeof(*txn->plan.locals));
	txn->transid = transid;
	txn->next = engine->txns;
	engine->txns = txn;
	if (!txn->plan.vars || !txn->plan.ops || !txn->plan.locals) {
		drop(engine, txn);
		return NULL;
	}
	for (struct set_txn *t = txn; t; t = t->next) {
		if (++n > TXN_MOST) {
			drop(engine, t);
			break;
		}
	}
	return txn;
}

/* ---- the outcome as cdatChange shows it ---- */

static void log_object(struct agent *agent, const struct set_txn *txn, uint16_t index)
{
	struct change_log *log = &agent->changes;

	log->object_len = 0;
	for (size_t i = 0; index && i < txn->plan.nvars; i++) {
		const struct set_var *v = &txn->plan.vars[i];
		const struct mib_instance inst = { .table = v->table, .column = v->column,
						   .key = v->key };

		/* what can never be set is known without its row (cdatNodeNameTable) */
		if (v->index != index || !v->table || v->column->access == MIB_RO)
			continue;
		memcpy(log->object, agent->root, agent->root_len * sizeof(oid));
		log->object_len = agent->root_len +
			mib_suffix(&inst, log->object + agent->root_len);
	}
}

static void log_outcome(struct agent *agent, const struct set_txn *txn,
			const struct cdat_outcome *outcome, uint16_t index)
{
	struct change_log *log = &agent->changes;

	if (!outcome->result)
		return;
	log->last = *outcome;
	log->wall = agent_wall();
	log_object(agent, txn, index);
	if (outcome->result == CDAT_RES_COMMITTED) {
		log->committed++;
		if (outcome->version)
			log->committed_version = outcome->version;
	} else if (outcome->involved) {
		log->aborted++;
	} else {
		log->refused++;
	}
}

/* ---- answers ---- */

/* Puts the error on the variable to blame; the first one when none is. */
static void put_error(netsnmp_agent_request_info *info, netsnmp_request_info *requests,
		      const struct set_error *error)
{
	netsnmp_request_info *blamed = requests;

	for (netsnmp_request_info *r = requests; error->index && r; r = r->next) {
		if (r->index == error->index)
			blamed = r;
	}
	netsnmp_set_request_error(info, blamed, error->snmp);
}

static void fail(struct agent *agent, struct set_txn *txn, const struct cdat_outcome *outcome,
		 int snmp)
{
	txn->state = TXN_FAILED;
	txn->error.snmp = snmp;
	txn->error.index = outcome->culprit;
	txn->error.outcome = *outcome;
	log_outcome(agent, txn, outcome, outcome->culprit);
}

/* Answers the request that waits, by the state of its transaction. */
static void answer(struct set_txn *txn)
{
	netsnmp_delegated_cache *cache = netsnmp_handler_check_cache(txn->waiting);

	if (cache) {
		for (netsnmp_request_info *r = cache->requests; r; r = r->next)
			r->delegated = 0;
		if (txn->state == TXN_FAILED)
			put_error(cache->reqinfo, cache->requests, &txn->error);
	}
	if (txn->waiting)
		netsnmp_free_delegated_cache(txn->waiting);
	txn->waiting = NULL;
}

static bool delegate(struct set_txn *txn, netsnmp_mib_handler *handler,
		     netsnmp_handler_registration *reg, netsnmp_agent_request_info *info,
		     netsnmp_request_info *requests)
{
	if (txn->waiting)
		netsnmp_free_delegated_cache(txn->waiting);
	txn->waiting = netsnmp_create_delegated_cache(handler, reg, info, requests, txn);
	if (!txn->waiting)
		return false;
	for (netsnmp_request_info *r = requests; r; r = r->next)
		r->delegated = 1;
	return true;
}

static uint64_t patience(const struct agent *agent)
{
	const struct cdat_params *p = replica_params(agent->rep);

	return (p ? p->change_timeout_ms : 800u) * (uint64_t)1000 + GRACE_US;
}

/* ---- local objects ---- */

static bool local_put(struct agent *agent, const struct set_local *l, int64_t number,
		      struct cdat_outcome *outcome)
{
	*outcome = (struct cdat_outcome){ 0 };
	return agent->cdat &&
	       !cdat_local_set(agent->cdat, l->what, l->kind, number, outcome, LOCAL_WAIT_MS) &&
	       outcome->result == CDAT_RES_COMMITTED;
}

static void local_undo(struct agent *agent, const struct set_plan *plan, size_t n)
{
	struct cdat_outcome outcome;

	while (n-- > 0)
		local_put(agent, &plan->locals[n], plan->locals[n].old, &outcome);
}

static bool local_commit(struct agent *agent, struct set_txn *txn)
{
	struct cdat_outcome outcome;

	for (size_t i = 0; i < txn->plan.nlocals; i++) {
		if (local_put(agent, &txn->plan.locals[i], txn->plan.locals[i].number, &outcome))
			continue;
		local_undo(agent, &txn->plan, i);
		return false;
	}
	return true;
}

/* ---- what cdatd tells ---- */

/* Whether all members hold the change ready. */
static bool is_ready(const struct cdat_outcome *outcome)
{
	return outcome->fault == CDAT_FAULT_NONE && outcome->result <= CDAT_RES_NONE;
}

static void prepared(struct agent *agent, struct set_txn *txn, const struct cdat_outcome *outcome)
{
	if (is_ready(outcome)) {
		txn->state = TXN_PREPARED;
		txn->deadline = agent_now() + ORPHAN_US;
	} else {
		fail(agent, txn, outcome, set_snmp_error(outcome));
	}
	answer(txn);
}

static void ended(struct agent *agent, struct set_txn *txn, const struct cdat_outcome *outcome)
{
	if (outcome->result == CDAT_RES_COMMITTED) {
		/* The replicated part stands; a local part that fails now is told, not undone. */
		if (!local_commit(agent, txn))
			agent_log("a SET was committed but for its local objects");
		txn->state = TXN_DONE;
		log_outcome(agent, txn, outcome, 0);
	} else {
		fail(agent, txn, outcome, SNMP_ERR_COMMITFAILED);
	}
	answer(txn);
}

static void on_outcome(void *ctx, uint64_t key, bool is_prepared,
		       const struct cdat_outcome *outcome)
{
	struct set_engine *engine = ctx;
	struct set_txn *txn = engine->txns;

	while (txn && txn->key != key)
		txn = txn->next;
	if (!txn)
		return;
	if (!is_prepared || !is_ready(outcome))
		txn->held = false;
	if (txn->state == TXN_PREPARING)
		prepared(engine->agent, txn, outcome);
	else if (txn->state == TXN_COMMITTING && !is_prepared)
		ended(engine->agent, txn, outcome);
}

/* ---- phases ---- */

static size_t count(const netsnmp_request_info *requests)
{
	size_t n = 0;

	for (; requests; requests = requests->next)
		n++;
	return n;
}

static void reserve1(struct agent *agent, struct set_txn **txn, long transid,
		     netsnmp_agent_request_info *info, netsnmp_request_info *requests)
{
	const struct mib_data data = agent_data(agent);
	struct set_txn *t = *txn;

	if (t) {			/* repeated by the master: the same change */
		if (t->state == TXN_FAILED)
			put_error(info, requests, &t->error);
		return;
	}
	t = add(agent->sets, transid, count(requests));
	if (!t) {
		netsnmp_set_request_error(info, requests, SNMP_ERR_RESOURCEUNAVAILABLE);
		return;
	}
	t->deadline = agent_now() + ORPHAN_US;
	*txn = t;
	for (netsnmp_request_info *r = requests; r; r = r->next) {
		const netsnmp_variable_list *vb = r->requestvb;
		struct set_var *var = &t->plan.vars[t->plan.nvars++];

		set_check(&data, vb->name + data.root_len, vb->name_length - data.root_len, vb,
			  var, &t->error);
		var->index = (uint16_t)r->index;
		if (t->error.snmp == SNMP_ERR_NOERROR)
			continue;
		t->state = TXN_FAILED;
		t->error.index = var->index;
		log_outcome(agent, t, &t->error.outcome, var->index);
		put_error(info, requests, &t->error);
		return;
	}
}

static void refuse(struct agent *agent, struct set_txn *txn, netsnmp_agent_request_info *info,
		   netsnmp_request_info *requests)
{
	txn->state = TXN_FAILED;
	log_outcome(agent, txn, &txn->error.outcome, txn->error.index);
	put_error(info, requests, &txn->error);
}

static void reserve2(struct agent *agent, struct set_txn *txn, netsnmp_mib_handler *handler,
		     netsnmp_handler_registration *reg, netsnmp_agent_request_info *info,
		     netsnmp_request_info *requests)
{
	const struct mib_data data = agent_data(agent);

	if (txn->state != TXN_CHECKED) {
		if (txn->state == TXN_FAILED)
			put_error(info, requests, &txn->error);
		else if (txn->state == TXN_PREPARING && !delegate(txn, handler, reg, info, requests))
			netsnmp_set_request_error(info, requests, SNMP_ERR_RESOURCEUNAVAILABLE);
		return;
	}
	if (!agent->cdat) {
		set_refuse(&txn->error, SNMP_ERR_RESOURCEUNAVAILABLE, CDAT_RES_OTHER,
			   "the cluster servicer does not answer the agent");
		refuse(agent, txn, info, requests);
		return;
	}
	set_plan(&data, &txn->plan, &txn->error);
	if (txn->error.snmp == SNMP_ERR_NOERROR && txn->plan.nops && !cdat_may_change(agent->cdat))
		set_refuse(&txn->error, SNMP_ERR_NOACCESS, CDAT_RES_OTHER,
			   "the user of the agent may not change the table");
	if (txn->error.snmp != SNMP_ERR_NOERROR) {
		refuse(agent, txn, info, requests);
		return;
	}
	txn->state = TXN_PREPARED;
	if (!txn->plan.nops)
		return;
	txn->key = ++agent->sets->last_key;
	txn->state = TXN_PREPARING;
	txn->held = true;
	txn->deadline = agent_now() + patience(agent);
	if (!delegate(txn, handler, reg, info, requests) ||
	    cdat_prepare(agent->cdat, txn->key, txn->plan.ops, txn->plan.nops, 0, on_outcome,
			 agent->sets)) {
		set_refuse(&txn->error, SNMP_ERR_RESOURCEUNAVAILABLE, CDAT_RES_OTHER,
			   "the change could not be handed to the cluster servicer");
		txn->state = TXN_FAILED;
		log_outcome(agent, txn, &txn->error.outcome, 0);
		if (txn->waiting)
			answer(txn);
		else
			put_error(info, requests, &txn->error);
	}
}

static void action(struct agent *agent, struct set_txn *txn, netsnmp_mib_handler *handler,
		   netsnmp_handler_registration *reg, netsnmp_agent_request_info *info,
		   netsnmp_request_info *requests)
{
	if (txn->state == TXN_DONE)
		return;
	if (txn->state == TXN_FAILED) {		/* told before: the master should not have come */
		struct set_error error = { SNMP_ERR_COMMITFAILED, txn->error.index, { 0 } };

		if (txn->error.snmp == SNMP_ERR_GENERR)
			error.snmp = SNMP_ERR_GENERR;
		put_error(info, requests, &error);
		return;
	}
	if (txn->state == TXN_PREPARED && !txn->plan.nops && local_commit(agent, txn)) {
		const struct cdat_outcome same = { .result = CDAT_RES_COMMITTED };

		/* Of a destroy of a row that is not there, for one: nothing was to be done. */
		if (!txn->plan.nlocals)
			log_outcome(agent, txn, &same, 0);
		txn->state = TXN_DONE;
		return;
	}
	if (txn->state == TXN_PREPARED && txn->plan.nops && agent->cdat && txn->held &&
	    delegate(txn, handler, reg, info, requests)) {
		const uint64_t wait = patience(agent);

		txn->state = TXN_COMMITTING;
		txn->held = false;	/* decided: nothing of what follows may abort it */
		txn->deadline = agent_now() + (wait < COMMIT_US ? COMMIT_US : wait);
		if (!cdat_decide(agent->cdat, txn->key, true))
			return;
	}
	/* Nothing was committed. */
	if (txn->waiting) {
		for (netsnmp_request_info *r = requests; r; r = r->next)
			r->delegated = 0;
		netsnmp_free_delegated_cache(txn->waiting);
		txn->waiting = NULL;
	}
	set_refuse(&txn->error, SNMP_ERR_COMMITFAILED, CDAT_RES_OTHER,
		   "the cluster servicer went away between the phases");
	refuse(agent, txn, info, requests);
}

/* The master undoes: before ACTION that is an abort.  After it the change is committed on
 * all members for good; only local objects can go back. */
static void undo(struct agent *agent, struct set_txn *txn, netsnmp_agent_request_info *info,
		 netsnmp_request_info *requests)
{
	if (txn->state != TXN_DONE)
		return;
	local_undo(agent, &txn->plan, txn->plan.nlocals);
	if (txn->plan.nops)
		netsnmp_set_request_error(info, requests, SNMP_ERR_UNDOFAILED);
}

/* Stand-alone: the SET of one manager may have the request id of another's. */
static long transaction(const struct agent *agent, const netsnmp_agent_request_info *info)
{
	return agent->standalone ? (long)(intptr_t)info->asp : info->asp->pdu->transid;
}

int set_handle(struct agent *agent, netsnmp_mib_handler *handler, netsnmp_handler_registration *reg,
	       netsnmp_agent_request_info *info, netsnmp_request_info *requests)
{
	const long transid = transaction(agent, info);
	struct set_txn *txn = find(agent->sets, transid);

	if (info->mode == MODE_SET_RESERVE1) {
		reserve1(agent, &txn, transid, info, requests);
		return SNMP_ERR_NOERROR;
	}
	if (!txn) {
		if (info->mode == MODE_SET_RESERVE2 || info->mode == MODE_SET_ACTION)
			netsnmp_set_request_error(info, requests, SNMP_ERR_GENERR);
		return SNMP_ERR_NOERROR;
	}
	switch (info->mode) {
	case MODE_SET_RESERVE2:
		reserve2(agent, txn, handler, reg, info, requests);
		break;
	case MODE_SET_ACTION:
		action(agent, txn, handler, reg, info, requests);
		break;
	case MODE_SET_UNDO:
		undo(agent, txn, info, requests);
		drop(agent->sets, txn);
		break;
	default:			/* COMMIT, FREE */
		drop(agent->sets, txn);
	}
	return SNMP_ERR_NOERROR;
}

/* ---- what else can end it ---- */

void set_servicer_lost(struct agent *agent)
{
	for (struct set_txn *txn = agent->sets->txns; txn; txn = txn->next) {
		struct cdat_outcome outcome = { .result = CDAT_RES_OTHER,
			.text = "the connection to the cluster servicer ended: outcome unknown" };

		txn->held = false;
		if (txn->state == TXN_PREPARING)
			fail(agent, txn, &outcome, SNMP_ERR_RESOURCEUNAVAILABLE);
		else if (txn->state == TXN_COMMITTING)
			fail(agent, txn, &outcome, SNMP_ERR_GENERR);
		else
			continue;
		answer(txn);
	}
}

void set_master_lost(struct agent *agent)
{
	while (agent->sets->txns)
		drop(agent->sets, agent->sets->txns);
}

static void expire(struct agent *agent, struct set_txn *txn)
{
	struct cdat_outcome outcome = { .result = CDAT_RES_MEMBER_TIMEOUT, .involved = true,
		.text = "the cluster servicer did not answer in time" };

	switch (txn->state) {
	case TXN_PREPARING:
		abort_change(agent->sets, txn);
		fail(agent, txn, &outcome, SNMP_ERR_RESOURCEUNAVAILABLE);
		answer(txn);
		break;
	case TXN_COMMITTING:		/* it may yet be committed: genErr says so */
		fail(agent, txn, &outcome, SNMP_ERR_GENERR);
		answer(txn);
		break;
	default:
		drop(agent->sets, txn);
	}
}

void set_tick(struct agent *agent, uint64_t now)
{
	struct set_txn *next;

	for (struct set_txn *txn = agent->sets->txns; txn; txn = next) {
		next = txn->next;
		if (txn->deadline <= now) {
			txn->deadline = now + ORPHAN_US;
			expire(agent, txn);
		}
	}
}

uint64_t set_deadline(const struct agent *agent)
{
	uint64_t first = UINT64_MAX;

	for (const struct set_txn *txn = agent->sets->txns; txn; txn = txn->next) {
		if (txn->deadline < first)
			first = txn->deadline;
	}
	return first;
}
