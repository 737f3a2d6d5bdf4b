/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whole clusters of the real core in one process, under their own time and randomness.
 *
 * A simulation is a set of hosts, each with a struct cdat_core and one adapter on some
 * of the subnets, and one queue of events in virtual microseconds.  A datagram that a
 * core hands out meets loss, delay, jitter, reordering, duplication, size limits and
 * one-way cuts and is then handed to the core of the host that listens at its address.
 * Everything follows from the seed: no address, clock or hash order of the process
 * enters, so a seed replays to the last datagram.
 *
 * Each host has its own monotonic clock (offset) and wall clock.  The invariants of
 * check.c and order.c are looked at after every call into a core.
 */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/core.h"

#define SIM_MS			UINT64_C(1000)
#define SIM_SEC			UINT64_C(1000000)
#define SIM_NEVER		UINT64_MAX
#define SIM_SUBNETS		4
#define SIM_NODES_MAX		5000u
#define SIM_PORT		9173u
#define SIM_RX_MAX		(208u * 1024u)	/* octets a paused host's socket keeps */
/* More is a busy loop: each peer has its beats, their answers and its messages. */
#define SIM_TICKS_PER_SEC(n)	(10000u + 20u * (n))

struct sim;
struct sim_host;
struct sim_check;
struct sim_order;
struct sim_work;

/* ---- randomness (xoshiro256**) ------------------------------------------------------ */

struct sim_rng { uint64_t s[4]; };
void sim_rng_seed(struct sim_rng *rng, uint64_t seed);
uint64_t sim_rng_next(struct sim_rng *rng);
uint64_t sim_rng_below(struct sim_rng *rng, uint64_t n);	/* 0..n-1; n > 0 */
/* low..high, both possible */
uint64_t sim_rng_range(struct sim_rng *rng, uint64_t low, uint64_t high);
bool sim_rng_chance(struct sim_rng *rng, unsigned per_10000);

/* ---- the network -------------------------------------------------------------------- */

struct sim_subnet {
	uint32_t delay_us, jitter_us;
	uint16_t loss, dup, reorder;	/* per 10,000 datagrams */
	uint32_t reorder_us;		/* further delay of a reordered one */
	uint32_t mtu;			/* octets of IP packet; larger ones vanish */
};

/* ---- queue -------------------------------------------------------------------------- */

typedef void sim_action(struct sim *sim, uint64_t arg);

enum sim_ev_type { SIM_EV_DATAGRAM, SIM_EV_STORED, SIM_EV_ROUTES, SIM_EV_ACTION };

struct sim_datagram {
	struct cdat_addr local, from;
	struct sim_datagram *next;	/* in the socket of a paused host */
	uint32_t len;
	uint8_t data[];
};

struct sim_event {
	uint64_t time, serial;
	enum sim_ev_type type;
	uint32_t host;
	uint32_t incarnation;
	union {
		struct sim_datagram *dgram;
		struct { uint64_t ticket; bool ok; uint8_t *data; size_t len; } store;
		struct { sim_action *fn; uint64_t arg; } act;
		struct { struct cdat_kernel_route *routes; size_t n; } routes;
	};
};

struct sim_queue { struct sim_event *ev; size_t n, cap; uint64_t serial; };

/* ---- hosts -------------------------------------------------------------------------- */

enum sim_state_fate {		/* what a crash leaves of the state file */
	SIM_STATE_KEPT,		/* the last one stored; the one in flight is lost */
	SIM_STATE_NEW,		/* the one in flight made it to the disk */
	SIM_STATE_TORN,		/* half a file: refused at start, then the node starts without */
	SIM_STATE_LOST		/* none */
};

struct sim_host {
	struct sim *sim;
	uint32_t idx;			/* node number - 1 */
	uint16_t node;
	char name[16];
	uint8_t subnets;		/* bits */
	uint8_t alias;			/* bits: the second address exists on that subnet */
	uint8_t listen, listen_alias;	/* bits: the core asked to receive there */
	struct cdat_core *core;
	struct cdat_keyring *keys;
	uint32_t incarnation;
	uint64_t mono_off;		/* host's clock = sim->now + this */
	uint64_t wall_off;
	uint64_t up_since;		/* SIM_NEVER: down */
	uint64_t run_since;		/* of the last pause's end, or start */
	bool paused;
	bool left;			/* CDAT_OUT_LEFT seen */
	uint64_t timer;			/* virtual time of the next tick; SIM_NEVER none */
	uint32_t tpos;			/* place in the timer heap */
	struct sim_datagram *rx, **rx_tail;
	size_t rx_bytes;
	uint8_t *stored;
	size_t stored_len;
	struct { uint8_t *data; size_t len; uint64_t ticket; } flight;	/* newest store not yet on disk */
	uint64_t store_busy;		/* until then the disk is at work */
	uint32_t store_delay_us;	/* further delay */
	uint16_t store_fail;		/* per 10,000 */
	uint16_t alloc_fail;		/* per 10,000 allocations of the core */
	uint8_t format, oldest;		/* formats spoken (core.h); 0: as built */
	char refusal[512];		/* why its last start with a state was refused */
	int64_t mem, mem_peak;		/* octets allocated by the core */
	uint64_t tick_second;
	uint32_t ticks;
	const struct cdat_op *table;	/* of its file; NULL: joins */
	size_t ntable;
	bool join_all;			/* joins by the addresses of all, else by two hosts' */
	uint64_t tx, tx_bytes;
};

struct sim_options {
	uint64_t seed;
	uint32_t nodes;
	uint8_t subnets;
	bool all_tables;		/* every host has the table in its file */
	uint8_t quorum;			/* enum cdat_quorum */
	uint32_t heartbeat_ms;		/* 0: default */
	bool routed;			/* adapters of different subnets reach each other */
	bool quiet_roles;		/* no roles in the table */
	bool multicast;			/* messages to all by multicast, where it works */
	bool mixed;			/* some start with the format before, and are upgraded */
	bool memory;			/* memory is short at times; see README.md */
	/* For thousands of nodes: cores share the tables that are equal, states are kept only of
	 * those that stop, ways of the kernel are not asked for; allocations are not accounted. */
	bool lean;
	int verbose;
};

struct sim {
	struct sim_options opt;
	struct sim_rng rng;		/* faults, work, hosts */
	struct sim_rng net_rng;		/* datagrams */
	uint64_t now;
	struct sim_queue queue;
	struct sim_host *hosts;
	uint32_t n;
	struct sim_host **timers;	/* heap by (timer, idx) */
	struct sim_subnet net[SIM_SUBNETS];
	uint8_t *cut;			/* [from * n + to] bits by subnet */
	uint8_t *loss;			/* [from * n + to] percent on all subnets, added */
	uint64_t *good;			/* [subnet][a * n + b]: works both ways since; SIM_NEVER */
	struct cdat_op *table;
	size_t ntable;
	struct cdat_table_pool *pool;	/* of lean simulations */
	uint8_t *preload;		/* state of a host that begins; preload.h */
	size_t preload_len;
	uint64_t datagrams, dropped, octets, too_big, multicasts;
	uint8_t unicast_only;		/* bits of subnets that carry no multicast */
	bool drop_all_of_type;
	struct sim_check *check;
	struct sim_order *order;
	struct sim_work *work;
	bool failed;
	char why[512];
	/* A filter of directed scenarios: false drops the datagram. */
	bool (*filter)(struct sim *sim, struct sim_host *from, struct sim_host *to,
		       const uint8_t *data, size_t len);
	void (*on_event)(struct sim *sim, struct sim_host *host, const struct cdat_event *event);
	void (*on_message)(struct sim *sim, struct sim_host *host, const struct cdat_output *out);
	void (*on_log)(struct sim *sim, struct sim_host *host, const char *text);
	void (*on_dirty)(struct sim *sim, struct sim_host *host, uint8_t kind, struct cdat_key key);
	void (*on_outcome)(struct sim *sim, struct sim_host *host, const struct cdat_output *out);
	uint64_t user[8];		/* of the directed scenario */
};

/* sim.c: life of a simulation */
struct sim *sim_new(const struct sim_options *options);
void sim_free(struct sim *sim);
void sim_at(struct sim *sim, uint64_t time, sim_action *fn, uint64_t arg);
void sim_push(struct sim *sim, const struct sim_event *event);
/* Runs until virtual time `until` or a violation; false: violation. */
bool sim_run(struct sim *sim, uint64_t until);
/* Runs until cond() holds, looked at every `step`; false: violation, or not by `until`. */
bool sim_run_until(struct sim *sim, uint64_t until, uint64_t step, bool (*cond)(struct sim *sim));
__attribute__((format(printf, 2, 3))) void sim_fail(struct sim *sim, const char *fmt, ...);
/* One line of trace at verbosity `level` (1: faults, views, events; 2: calls; 3: datagrams). */
__attribute__((format(printf, 4, 5)))
void sim_trace(struct sim *sim, int level, const struct sim_host *host, const char *fmt, ...);
void sim_arm(struct sim_host *host, uint64_t time);

/* net.c */
void sim_net_init(struct sim *sim);
struct cdat_addr sim_addr(const struct sim *sim, uint32_t host, unsigned subnet, bool alias);
bool sim_addr_find(const struct sim *sim, const struct cdat_addr *addr, uint32_t *host,
		   unsigned *subnet, bool *alias);
void sim_net_send(struct sim_host *from, const struct cdat_output *out);
void sim_cut(struct sim *sim, uint32_t from, uint32_t to, uint8_t subnets, bool cut);
void sim_cut_adapter(struct sim *sim, uint32_t host, unsigned subnet, bool cut);
/* Hosts of different groups (group[host]) do not hear each other on these subnets. */
void sim_partition(struct sim *sim, const uint8_t *group, uint8_t subnets);
void sim_heal(struct sim *sim);			/* all cuts, losses, delays back to normal */
void sim_net_changed(struct sim *sim);		/* after writing net[] or loss[] */
/* Since when (virtual) a and b hear each other on one subnet without a break;
 * SIM_NEVER: not now. */
uint64_t sim_good_since(const struct sim *sim, uint32_t a, uint32_t b);

/* host.c */
void sim_host_start(struct sim_host *host);
void sim_host_crash(struct sim_host *host, enum sim_state_fate fate);
void sim_host_pause(struct sim_host *host);
void sim_host_resume(struct sim_host *host);
void sim_host_tick(struct sim_host *host);
void sim_host_receive(struct sim_host *host, struct sim_datagram *dgram);	/* takes it */
void sim_host_stored(struct sim_host *host, struct sim_event *event);
void sim_host_routes(struct sim_host *host, struct sim_event *event);
void sim_host_locals(struct sim_host *host);
void sim_host_drain(struct sim_host *host);
void sim_host_wall_step(struct sim_host *host, int64_t us);
static inline bool sim_host_up(const struct sim_host *host) { return host->core != NULL; }
static inline uint64_t sim_host_now(const struct sim_host *h) { return h->sim->now + h->mono_off; }

/* alloc.c: allocations of the core are counted for, and refused by, the host set here.  Volatile,
 * since compilers know that malloc() looks at no variable of the program. */
extern struct sim_host *volatile sim_alloc_owner;
/* From now on the heap is to be of huge pages, as far as it has grown at each sim_alloc_grown(). */
void sim_alloc_huge(void);
void sim_alloc_grown(void);

/* Calls into a core go between these two. */
static inline struct cdat_core *sim_enter(struct sim_host *host)
{
	sim_alloc_owner = host;
	return host->core;
}
static inline void sim_exit(void) { sim_alloc_owner = NULL; }

#endif
