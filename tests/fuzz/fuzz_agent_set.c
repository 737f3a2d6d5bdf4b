/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SETs at the agent: the real handler gets phases of several transactions in any order, with
 * variables of any name, type and value, from a master that may repeat, forget or vanish, and
 * a servicer that agrees, refuses, is silent or goes away.  The input is the script of that.
 *
 * What must hold (S25): RESERVE1 answers as CDAT-MIB says of the first variable that is wrong by
 * itself (set_model.h, which shares no table with the agent); nothing is asked of the cluster
 * before RESERVE2, nor after a variable was refused; a change is committed in ACTION alone, if
 * all members held it ready, and each other one that they hold is given up, once; an error names
 * a variable of its SET; nothing is left behind.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "agent/set.h"
#include "tests/fuzz/require.h"
#include "tests/snmp/set_model.h"
#include "tests/unit/agent_fixture.h"

enum { TRANSIDS = 6, VARS_MOST = 5, PENDING_MOST = 64, CHANGES_MOST = 256 };

static const oid root[] = { CDAT_MIB_ROOT_OID };
#define ROOT_LEN (sizeof(root) / sizeof(root[0]))

/* One call of the handler; it lives as long as it may be answered. */
struct call {
	netsnmp_pdu pdu;
	netsnmp_agent_session session;
	netsnmp_agent_request_info info;
	netsnmp_request_info requests[VARS_MOST];
	netsnmp_variable_list *vars;
	unsigned n;
	bool refused;			/* its RESERVE1 was */
};

/* A change as the servicer knows it. */
struct change { uint64_t key; bool told, ready, decided; };

static struct {
	const uint8_t *data;
	size_t left;
	struct agent agent;
	uint64_t now;
	struct call *sets[TRANSIDS];		/* the variables of the SET under way */
	struct call *pending[PENDING_MOST];	/* delegated */
	size_t npending;
	struct change changes[CHANGES_MOST];
	size_t nchanges;
	cdat_outcome_fn done;
	void *done_ctx;
	int phase;			/* under way; -1 none */
	bool refused;			/* the SET of it was, in RESERVE1 */
	bool may_change, broken;	/* broken: the servicer takes nothing */
} f;

static unsigned take(void)
{
	if (!f.left)
		return 0;
	f.left--;
	return *f.data++;
}

/* ---- what the agent calls -------------------------------------------------------------- */

uint64_t agent_now(void)
{
	return f.now;
}

uint64_t agent_wall(void)
{
	return f.now + 1;
}

void agent_log(const char *fmt, ...)
{
	require(fmt);
}

struct mib_data agent_data(struct agent *agent)
{
	return fixture_data(agent->rep, &agent->changes);
}

bool cdat_may_change(const cdat_t *c)
{
	require(c == f.agent.cdat);
	return f.may_change;
}

int cdat_prepare(cdat_t *c, uint64_t key, const struct cdat_op *ops, size_t nops,
		 uint32_t timeout_ms, cdat_outcome_fn done, void *ctx)
{
	(void)timeout_ms;
	require(c == f.agent.cdat && key && done && f.phase == MODE_SET_RESERVE2 && !f.refused);
	require(nops >= 1 && nops <= VARS_MOST && f.may_change);
	for (size_t i = 0; i < nops; i++)
		require(ops[i].index >= 1 && ops[i].index <= VARS_MOST && ops[i].kind);
	for (size_t i = 0; i < f.nchanges; i++)
		require(f.changes[i].key != key);
	f.done = done;
	f.done_ctx = ctx;
	if (f.broken || f.nchanges == CHANGES_MOST)
		return CDAT_ERR_LOST;
	f.changes[f.nchanges++] = (struct change){ .key = key };
	return 0;
}

int cdat_decide(cdat_t *c, uint64_t key, bool commit)
{
	struct change *ch = NULL;

	require(c == f.agent.cdat);
	for (size_t i = 0; i < f.nchanges; i++)
		if (f.changes[i].key == key)
			ch = &f.changes[i];
	if (!ch) {			/* one that could not be handed over: nobody holds it */
		require(!commit);
		return 0;
	}
	require(!ch->decided && (!ch->told || ch->ready));
	if (commit)
		require(f.phase == MODE_SET_ACTION && ch->ready);
	ch->decided = true;		/* not told: given up with the connection */
	return f.broken ? CDAT_ERR_LOST : 0;
}

int cdat_local_set(cdat_t *c, uint8_t what, uint8_t kind, int64_t number,
		   struct cdat_outcome *outcome, int timeout_ms)
{
	(void)what;
	(void)kind;
	(void)number;
	require(c == f.agent.cdat && timeout_ms > 0 && f.phase != MODE_SET_RESERVE1 &&
		f.phase != MODE_SET_RESERVE2);
	outcome->result = CDAT_RES_COMMITTED;
	return f.broken ? CDAT_ERR_TIMEOUT : 0;
}

/* In the place of Net-SNMP's: whether the request of the cache is still open. */
netsnmp_delegated_cache *netsnmp_handler_check_cache(netsnmp_delegated_cache *cache)
{
	for (size_t i = 0; cache && i < f.npending; i++)
		if (&f.pending[i]->info == cache->reqinfo)
			return cache;
	return NULL;
}

/* ---- the master ------------------------------------------------------------------------ */

static void call_free(struct call *c)
{
	if (!c)
		return;
	snmp_free_varbind(c->vars);
	free(c);
}

static void name_of(oid *name, size_t *len)
{
	const struct mib_table *table = mib_tables[take() % mib_ntables];
	unsigned more = take();

	memcpy(name, root, sizeof(root));
	memcpy(name + ROOT_LEN, table->prefix, table->prefix_len * sizeof(oid));
	*len = ROOT_LEN + table->prefix_len;
	name[(*len)++] = more & 0x80 ? take() : table->columns[take() % table->ncolumns].number;
	for (unsigned i = 0; i < (more & 3); i++)
		name[(*len)++] = more & 4 ? (take() << 8 | take()) : take() % 4;
	if (more & 8)
		name[ROOT_LEN + take() % (*len - ROOT_LEN)] = take();
	if (more & 16)
		*len = ROOT_LEN + take() % (*len - ROOT_LEN + 1);
}

static void variable(netsnmp_variable_list **vars)
{
	static const u_char types[] = {
		ASN_INTEGER, ASN_UNSIGNED, ASN_OCTET_STR, ASN_INTEGER, ASN_UNSIGNED, ASN_OCTET_STR,
		ASN_NULL, ASN_OBJECT_ID, ASN_IPADDRESS, ASN_TIMETICKS, ASN_COUNTER, ASN_COUNTER64,
	};
	static const int32_t edges[] = { 0, 1, 2, 4, 5, 6, 9, 63, 64, 65535, 65536, INT32_MAX, -1, -2,
					 INT32_MIN, 1400 };
	const u_char type = types[take() % sizeof(types)];
	oid name[MAX_OID_LEN];
	struct counter64 c64 = { 1, 2 };
	uint8_t octets[80];
	size_t len, n = take() % sizeof(octets);
	unsigned how = take();
	long number = how & 1 ? edges[how / 2 % 16]
			      : (long)(int32_t)(take() << 24 | take() << 16 | take() << 8 | take());

	name_of(name, &len);
	switch (type) {
	case ASN_INTEGER: case ASN_UNSIGNED: case ASN_TIMETICKS: case ASN_COUNTER:
		number = type == ASN_INTEGER ? number : (long)(uint32_t)number;
		snmp_varlist_add_variable(vars, name, len, type, &number, sizeof(number));
		break;
	case ASN_OBJECT_ID:
		snmp_varlist_add_variable(vars, name, len, type, root, sizeof(root));
		break;
	case ASN_COUNTER64:
		snmp_varlist_add_variable(vars, name, len, type, &c64, sizeof(c64));
		break;
	default:
		n = type == ASN_IPADDRESS ? 4 : type == ASN_NULL ? 0 : how & 2 ? 4 : how & 4 ? 16 : n;
		for (size_t i = 0; i < n; i++)
			octets[i] = (uint8_t)(f.left || how & 8 ? take() : 'a' + i % 26);
		snmp_varlist_add_variable(vars, name, len, type, octets, n);
	}
}

/* A call with the variables of a SET, copied: their memory is the master's. */
static struct call *call_new(long transid, const struct call *of, int mode)
{
	struct call *c = calloc(1, sizeof(*c));
	netsnmp_variable_list *vb;

	require(c);
	c->pdu.transid = transid;
	c->session.pdu = &c->pdu;
	c->info.asp = &c->session;
	c->info.mode = mode;
	c->n = of ? of->n : 1 + take() % VARS_MOST;
	c->refused = of && of->refused;
	if (of)
		c->vars = snmp_clone_varbind(of->vars);
	for (unsigned i = 0; !of && i < c->n; i++)
		variable(&c->vars);
	vb = c->vars;
	for (unsigned i = 0; i < c->n; i++, vb = vb->next_variable) {
		require(vb);
		c->requests[i] = (netsnmp_request_info){
			.requestvb = vb, .index = (int)i + 1, .agent_req_info = &c->info,
			.next = i + 1 < c->n ? &c->requests[i + 1] : NULL,
			.prev = i ? &c->requests[i - 1] : NULL,
		};
	}
	return c;
}

static int error_of(const struct call *c, unsigned *index)
{
	for (unsigned i = 0; i < c->n; i++) {
		if (!c->requests[i].status)
			continue;
		*index = i + 1;
		return c->requests[i].status;
	}
	*index = 0;
	return SNMP_ERR_NOERROR;
}

static bool is_open(const struct call *c)
{
	for (unsigned i = 0; i < c->n; i++)
		if (c->requests[i].delegated)
			return true;
	return false;
}

static void check_reserve1(struct call *c)
{
	unsigned index, i = 0;
	int error = error_of(c, &index), must = SNMP_ERR_NOERROR;

	for (const netsnmp_variable_list *vb = c->vars; vb && !must; vb = vb->next_variable, i++)
		must = model_variable(vb);
	require(error == must && index == (must ? i : 0));
	c->refused = error != SNMP_ERR_NOERROR;
}

/* Errors that a phase may give for what only the table, or the servicer, can tell. */
static void check_phase(const struct call *c)
{
	unsigned index;
	const int error = error_of(c, &index), mode = c->info.mode;
	const bool reserve = mode == MODE_SET_RESERVE1 || mode == MODE_SET_RESERVE2;

	switch (error) {
	case SNMP_ERR_NOERROR:
		break;
	case SNMP_ERR_GENERR: case SNMP_ERR_COMMITFAILED:	/* coordinatorLost comes in both */
		require(reserve || mode == MODE_SET_ACTION);
		break;
	case SNMP_ERR_UNDOFAILED:
		require(mode == MODE_SET_UNDO);
		break;
	case SNMP_ERR_RESOURCEUNAVAILABLE: case SNMP_ERR_INCONSISTENTVALUE:
	case SNMP_ERR_INCONSISTENTNAME: case SNMP_ERR_NOACCESS: case SNMP_ERR_NOCREATION:
	case SNMP_ERR_WRONGVALUE:
		require(reserve);
		break;
	default:
		require(reserve && c->refused);
	}
}

static void handle(struct call *c, bool fresh)
{
	f.phase = c->info.mode;
	f.refused = c->refused;
	require(set_handle(&f.agent, NULL, NULL, &c->info, c->requests) == SNMP_ERR_NOERROR);
	f.phase = -1;
	if (fresh)
		check_reserve1(c);
	else
		check_phase(c);
	if (is_open(c)) {
		require(c->info.mode == MODE_SET_RESERVE2 || c->info.mode == MODE_SET_ACTION);
		require(f.npending < PENDING_MOST);
		f.pending[f.npending++] = c;
	} else if (!fresh) {
		call_free(c);
	}
}

/* What was answered meanwhile is sent; all: what was not is forgotten, the oldest first. */
static void sweep(size_t forget)
{
	size_t kept = 0;

	for (size_t i = 0; i < f.npending; i++) {
		struct call *c = f.pending[i];

		if (is_open(c) && i >= forget) {
			f.pending[kept++] = c;
			continue;
		}
		check_phase(c);
		call_free(c);
	}
	f.npending = kept;
}

static void phase(unsigned t, int mode)
{
	if (f.npending == PENDING_MOST)
		sweep(1);
	if (mode == MODE_SET_RESERVE1 && !f.sets[t]) {
		f.sets[t] = call_new(100 + t, NULL, mode);
		handle(f.sets[t], true);
		return;
	}
	if (!f.sets[t])
		return;
	handle(call_new(100 + t, f.sets[t], mode), false);
	if (mode == MODE_SET_COMMIT || mode == MODE_SET_FREE || mode == MODE_SET_UNDO) {
		call_free(f.sets[t]);
		f.sets[t] = NULL;
	}
}

/* ---- the servicer ---------------------------------------------------------------------- */

static void tell(unsigned which, unsigned how)
{
	struct change *ch = f.nchanges ? &f.changes[f.nchanges - 1 - which % f.nchanges] : NULL;
	struct cdat_outcome o = { .result = CDAT_RES_NONE };
	const bool first = ch && !ch->told;

	if (!ch || !f.agent.cdat || (!first && !ch->decided))
		return;
	if (first && how & 1) {
		o.fault = (uint8_t)(1 + how / 2 % CDAT_FAULT_COMMIT_FAILED);
		o.result = CDAT_RES_OTHER;
		o.culprit = (uint16_t)(take() % (VARS_MOST + 2));
	} else if (!first && !(how & 1)) {
		o.result = CDAT_RES_COMMITTED;
		o.version = 7;
	} else if (!first) {
		o.result = CDAT_RES_MEMBER_TIMEOUT;
		o.culprit = (uint16_t)(take() % (VARS_MOST + 2));
	}
	ch->told = true;
	if (first)
		ch->ready = !(how & 1);
	f.done(f.done_ctx, ch->key, first, &o);
	if (!first)
		ch->told = ch->decided = true;
}

static void servicer_gone(void)
{
	f.agent.cdat = NULL;
	f.nchanges = 0;			/* a servicer gives up what its clients held */
	set_servicer_lost(&f.agent);
}

static void step(void)
{
	static const int modes[] = { MODE_SET_RESERVE1, MODE_SET_RESERVE2, MODE_SET_ACTION,
				     MODE_SET_COMMIT, MODE_SET_FREE, MODE_SET_UNDO };
	static cdat_t *const servicer = (cdat_t *)&f;
	unsigned what = take(), t = what / 16 % TRANSIDS;

	switch (what % 16) {
	case 0: case 1: case 2: case 3: case 4: case 5:
		phase(t, modes[what % 16]);
		break;
	case 6: case 7:
		tell(t, take());
		break;
	case 8:
		f.now += take() * 10000u;
		set_tick(&f.agent, f.now);
		break;
	case 9:
		servicer_gone();
		break;
	case 10:
		f.agent.cdat = servicer;
		break;
	case 11:
		f.broken = what & 16;
		f.may_change = what & 32;
		break;
	case 12:
		sweep(1);
		break;
	case 13:
		set_master_lost(&f.agent);
		sweep(f.npending);
		break;
	default:			/* a SET as it goes when all goes well */
		phase(t, MODE_SET_RESERVE1);
		phase(t, MODE_SET_RESERVE2);
		tell(0, 0);
		phase(t, MODE_SET_ACTION);
		tell(0, 0);
		phase(t, MODE_SET_COMMIT);
	}
	sweep(0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	memset(&f, 0, sizeof(f));
	f.data = data;
	f.left = size;
	f.now = FIXTURE_NOW;
	f.phase = -1;
	f.may_change = true;
	f.agent.rep = fixture_replica();
	memcpy(f.agent.root, root, sizeof(root));
	f.agent.root_len = ROOT_LEN;
	f.agent.sets = set_engine_new(&f.agent);
	f.agent.cdat = (cdat_t *)&f;
	require(f.agent.rep && f.agent.sets);
	while (f.left)
		step();
	f.broken = false;
	set_master_lost(&f.agent);
	require(set_deadline(&f.agent) == UINT64_MAX);
	for (size_t i = 0; i < f.nchanges; i++)
		require(f.changes[i].decided || (f.changes[i].told && !f.changes[i].ready));
	sweep(f.npending);
	for (unsigned t = 0; t < TRANSIDS; t++)
		call_free(f.sets[t]);
	set_engine_free(f.agent.sets);
	replica_free(f.agent.rep);
	return 0;
}
