/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The inside of the state machine: one struct, and the functions by which its parts
 * call each other.  The parts, in the order of their dependence:
 *
 *   output   what goes out, and which rows changed
 *   event    the log of events, health, notification marks
 *   member   what is known of each node; who watches whom
 *   doubt    silence, perspectives, verdicts               (description 1a)
 *   sync     transfer of table entries that differ
 *   change   changes of the table in two phases            (FIG. 2)
 *   order    messages to all in one order
 *   group    the same by IP multicast, where it works
 *   view     agreement on a view, succession, settlement
 *   offer    joining and merging components                (FIG. 2, FIG. 7)
 *   status   agreed status of adapters
 *   start    from nothing to the first view
 *   keyhold  keys that members hand to each other: who takes them
 *   rotate   moving the cluster over to another key
 *   route    redundancy of routes                          (FIG. 8)
 *   read     records for those who look
 */
#ifndef CDAT_CORE_INTERNAL_H
#define CDAT_CORE_INTERNAL_H

#include "core/core.h"
#include "core/link.h"
#include "core/proto.h"
#include "core/role.h"
#include "wire/attr.h"

#define MS 1000u			/* microseconds */
#define ALL_WATCH 17u			/* up to so many members all watch all */
#define RING_WATCH 16u
#define PROBE_OTHERS 32u		/* nodes outside the view that are probed at one time */

/* ---- parts ---- */

struct out_item;
struct out_queue {
	struct out_item *head, *tail, *taken, *spare, *kept;
	size_t count, spares, nkept;
};

/* A place in the history of the table: the greater is later, where history is one. */
struct place { uint32_t epoch, version; };

struct dirty_row { uint8_t kind; bool gone; struct cdat_key key; };
struct dirty_set { struct dirty_row *rows; size_t n, cap, taken; uint32_t *hash; size_t hashcap; };

/* At the coordinator: what watchers say of an adapter in this view. */
struct adapter_votes {
	uint8_t down;			/* members that say down */
	bool up_seen;			/* one says up */
	uint64_t down_since;		/* all watchers say down since; 0 no */
	uint16_t voters[RING_WATCH + 1];/* who they are */
};

struct adapter_state {
	uint8_t adapter, oper;		/* enum cdat_reach, agreed */
	uint32_t down_count;
	uint64_t changed_mono;
	struct adapter_votes *votes;	/* NULL: none yet */
};

struct persp_ask { uint16_t asker; uint32_t round; uint64_t at; };

/* What is known of a node that we hear ourselves or are asked about.  Of a large view that is
 * the neighbours on the ring, so it is apart from what is known of each. */
struct near {
	struct p_beat beat;
	uint64_t beat_mono;		/* 0: none yet */
	uint64_t viewless_mono;		/* says since then that it is in no view; 0: does not */
	uint64_t told_mono, quiet_until;
	uint64_t mute_mono;		/* when it did not answer, looked for as arbiter; 0: not */
	struct persp_ask asks[4];
};

struct member {
	uint16_t node;
	uint16_t rank;			/* place in the view, 0 the coordinator */
	uint16_t via;			/* relay; 0 direct */
	uint8_t state;			/* enum cdat_membership */
	uint8_t gone;			/* while a view is installed: why it is not in it */
	uint8_t nadapters;
	uint8_t nasks;
	bool in_view;
	bool departed;			/* says it is in another view */
	bool left;			/* out of the view at its own wish; not told yet */
	bool watched;			/* we beat it */
	bool doubt;
	bool touched;
	bool status_due;		/* at the coordinator: it is to be told all states */
	bool persp_shown;		/* our own perspective of it is a row */
	uint32_t down_count;
	uint32_t last_epoch, last_version;	/* last view with it, our version at its end */
	uint32_t mark;			/* of the list that is looked through; see members_mark() */
	uint32_t group_heard;		/* at the coordinator: round of group that reached it */
	uint64_t group_fixed;		/* so far all that it lacked went to it alone */
	uint64_t boot;			/* of the start that is in the view */
	uint64_t since_mono, changed_mono;
	struct near *near;		/* NULL: nothing; see near_of() */
	struct adapter_state *adapters;	/* of its table entry, by rising number */
};

struct view {
	uint32_t epoch;			/* 0: in no view */
	uint16_t coord, n;
	uint8_t format;			/* the latest that all its members speak */
	uint16_t least;			/* lowest number: names the component */
	uint16_t *nodes;		/* longest-serving first */
	uint64_t since_mono;
	bool stable;
};

struct persp_row { struct p_persp p; uint64_t time_mono; };

/* What is counted over all nodes; kept until one of them changes. */
struct tally {
	bool known, majority, missing;	/* missing: a node is unreachable */
	size_t nodes, active, up, down, adapters, adapters_down;
};

struct round {				/* at the arbiter: one node in doubt */
	uint16_t node;
	uint32_t number;
	uint64_t deadline;
	bool verdict;			/* down, waiting for the other rounds */
	uint16_t nasked;
	uint16_t *asked;		/* still to answer; 0 answered */
	uint16_t via;
};

struct offer {				/* at the coordinator: a component that wants in */
	uint16_t from;
	uint32_t epoch;
	struct place common;		/* theirs */
	bool fresh;
	uint64_t at;
	uint16_t n;
	struct p_vmember *members;
	uint8_t *facts;			/* encoded list of p_fact, of `from` */
	size_t facts_len;
};

struct vstate {
	uint16_t node;
	uint64_t boot;
	bool mine;			/* is in our present view with that boot */
	bool alone;			/* offered itself from no view */
	bool have, acked;
	struct p_view_state s;
};

/* A table that some of the members-to-be have and we do not. */
struct pulled {
	uint16_t node;
	uint32_t ticket;
	struct place ours, theirs;	/* the end of what both sides had together */
	struct place seen;		/* of their table */
	struct cdat_table *table;
};

struct proposal {
	bool active;
	bool stable;			/* all members of our view were known to be in it */
	enum { PROP_COLLECT = 1, PROP_PULL, PROP_INSTALL } phase;
	uint8_t format;			/* the latest that all who told their state speak */
	uint32_t epoch;
	uint16_t n, open;		/* open: so many have not answered this phase yet */
	struct vstate *states;		/* in the order of the view to be */
	uint16_t *place;		/* by node: its place among the states + 1 */
	uint64_t *lost_map;		/* bit by node: it is in `lost` */
	uint64_t started;		/* the phase, or when one answered last */
	struct cdat_table *image;	/* the table that the view starts with */
	struct place seen;		/* the last change that it is past */
	uint64_t commit;
	uint16_t *lost;			/* unreachable for one of them */
	size_t nlost;
	bool merged;
	struct pulled *pulls;
	size_t npulls;
	uint8_t *conflicts;		/* encoded list of p_line */
	size_t conflicts_len;
};

struct pending_install {		/* at a member: an install that waits for table or messages */
	bool active;
	uint8_t *msg;
	size_t len;
	struct p_view_install in;	/* points into msg */
	struct p_vmember *members;	/* of the view, the longest-serving first */
	uint16_t n;
	uint32_t ticket;
	struct cdat_table *image;	/* fetched */
	uint64_t flush_last;
	uint64_t asked_mono;
};

enum { VOTE_NONE = 0, VOTE_YES, VOTE_ENDED };	/* asked; agreed; has the end */
struct voter { uint16_t node; uint8_t state; };

struct change {				/* at the coordinator */
	enum { CH_NONE = 0, CH_VOTING, CH_HELD, CH_STORING, CH_COMPLETING, CH_ABORTING } phase;
	uint64_t id;
	uint16_t asker;
	bool hold, internal;
	uint64_t deadline;
	uint16_t n;
	struct voter *voters;
	struct cdat_outcome outcome;
	uint64_t ticket;		/* of the store under way */
};

struct prepared {			/* at every member: the change it has agreed to */
	uint64_t id;			/* 0: none */
	uint16_t asker, coord;
	uint32_t base;
	struct place place;		/* of this change */
	bool internal, voted;
	struct cdat_table *image;
	char text[CDAT_TEXT_MAX + 1];	/* what it changes, for the event */
	uint32_t tokens[CDAT_NODE_ADAPTERS];	/* verifications under way */
	uint16_t culprits[CDAT_NODE_ADAPTERS];
	struct cdat_key tried[CDAT_NODE_ADAPTERS];
	uint8_t ntokens;
	uint64_t verify_deadline;
	uint64_t ticket;
};

struct ask {				/* at the asker: a command that waits for its end */
	struct ask *next;
	uint64_t id, cookie;
	bool hold, prepared, decided, commit, internal;
	uint8_t settled;		/* enum cdat_result, told when the view is stable */
	uint64_t deadline;
};

#define DONE_KEPT 16			/* ids of changes that were committed last */

struct sync {				/* one transfer of entries to or from us */
	struct sync *next;
	uint32_t ticket;
	uint16_t peer;
	bool pull;			/* they send us theirs */
	bool whole, served;		/* ours to them: all their sums are here; it is on its way */
	uint8_t *sums;			/* collected sums of the asker */
	size_t nsums, capsums;
	uint64_t graves;		/* of the asker; see struct p_sums */
	struct cdat_table *image;	/* pull: what is built up */
	uint8_t purpose;		/* enum sync_purpose */
	uint64_t at;
};
enum sync_purpose { SYNC_INSTALL = 1, SYNC_PULL, SYNC_REPAIR };

struct omsg {				/* a message of the one order, as it went over the wire */
	struct omsg *next;
	uint64_t seq;
	uint64_t sent;			/* coordinator: when, by multicast; 0 to each alone */
	size_t len;			/* of the encoded p_ordered */
	uint8_t data[];
};

struct osend {				/* at the origin: not seen back yet */
	struct osend *next;
	uint64_t msgid, cookie;
	uint64_t seq;			/* to several: ordered, waits until all have it */
	struct cdat_view nodes, body;	/* of p_order_ask, in data */
	uint8_t data[];
};

struct owait {				/* at the coordinator: waits for room in the window */
	struct owait *next;
	uint16_t origin;
	uint64_t msgid;
	struct cdat_view nodes, body;
	uint8_t data[];
};

#define OLD_ORDERS 4u

struct order {
	uint32_t epoch;			/* of the view whose order this is */
	uint16_t coord;
	uint64_t next, got, stable, acked, told;
	struct omsg *head, *tail;	/* not yet stable */
	size_t bytes, ngroup;		/* ngroup: of them by multicast */
	struct omsg *held;		/* came before their turn, by rising number */
	size_t nheld;
	uint64_t asked_mono;
	uint64_t asked, gap;		/* asked for up to; `got` when the last tick saw a gap */
	/* The views before, the last first, for members that still fetch of them: one that is
	 * behind by more than one view is no rarity where views follow each other quickly. */
	struct old_order { uint32_t epoch; uint16_t coord; struct omsg *head; } old[OLD_ORDERS];
	struct osend *out_head, *out_tail;
	struct osend *seen;		/* to several, ordered, not yet stable; any order */
	size_t nout, out_bytes;
	uint64_t msgid;
	struct owait *wait_head, *wait_tail;
	bool pumping;			/* they are being numbered */
	uint64_t *acks;			/* coordinator: by rank */
};

/* Messages to all as one datagram; the coordinator has them proved by all others first. */
struct group {
	struct cdat_addr addr;		/* family none: not wanted */
	bool ready;			/* coordinator: all others hear this round */
	uint8_t adapter;		/* coordinator: that sends; 0 none */
	uint8_t tries;			/* probes that this round took without success */
	uint32_t round;			/* from 1 in each view */
	uint64_t probe_due;
	size_t limit, room;		/* octets of a body: what fits, what the probes had */
	uint32_t told;			/* member: round last told; 0 none */
	uint64_t heard_mono;
};

/* Keys that others asked us to take, use or drop, until the key file is written. */
#define KEY_OWED 8
struct keyhold {
	uint64_t ticket, stored;	/* of the last write that was asked for, and that ended */
	bool unsaved;			/* the file lacks something */
	uint8_t taken;			/* key of the write under way; 0 none */
	unsigned nowed;
	struct { uint16_t to; uint32_t round; uint64_t ticket; } owed[KEY_OWED];
};

struct events {
	struct cdat_event *ring;
	uint32_t cap, n, head, last;	/* `last` number given */
	uint8_t health;			/* last told */
	uint8_t health_seen;
	uint64_t health_since;
	struct cdat_notify kinds[CDAT_EV_KINDS + 1];
	bool all;
	uint8_t scope;
	uint32_t window_s, limit, suppressed;
	struct { struct cdat_addr addr; uint64_t at; } auth[16];
};

/* What the kernel said of an address; `to` as in the table then. */
struct croute { struct cdat_addr to; struct cdat_route r; uint8_t local; bool told; };

/* A message to be handled when the input that brought it has been taken: what we tell
 * ourselves, and what a link delivered (its handler may change the links). */
struct inmsg {
	struct inmsg *next;
	uint16_t from;
	uint8_t raw;			/* CDAT_RAW_*, 0: from a channel */
	uint8_t local_adapter;
	struct cdat_addr addr;		/* raw: its source */
	size_t len;
	uint8_t data[];
};

struct reserve { uint8_t *data; size_t len; unsigned nin, nout; };

struct cdat_core {
	char cluster[CDAT_NAME_MAX + 1], name[CDAT_NAME_MAX + 1], version[CDAT_NAME_MAX + 1];
	uint16_t port;
	uint8_t format, oldest;		/* that we speak (wire/seal.h) */
	struct cdat_keyring *keys;
	struct cdat_table_pool *pool;
	bool sealed, loopback_ok, allow_unlisted;
	bool fresh;			/* the table was never in a cluster */
	bool partial;			/* the table is what a WELCOME brought */
	uint64_t boot, rng;
	uint32_t incarnation;
	struct cdat_addr *join;
	size_t njoin, join_next;
	uint64_t start_mono, wall_offset;

	uint64_t now, next_tick, forgiven_mono, pauses;
	uint64_t touch_mono;
	struct cdat_link *link;
	struct cdat_table *table;
	uint64_t table_mono;
	uint16_t self;
	uint8_t phase;			/* CDAT_ST_* */

	struct member **members;	/* by rising number */
	size_t nmembers, capmembers;
	struct member **pages[256];	/* the same by number: pages[node >> 8][node & 255] */
	struct member **attended;	/* those watched or asked about, by rising number */
	size_t nattended, capattended;
	bool attended_stale;
	uint64_t *ring;			/* a large view by place on the ring; see ring_place() */
	size_t nring;
	uint64_t ring_view;		/* of which it is: epoch and coordinator */
	uint32_t mark;
	struct tally tally;
	uint16_t notifier[CDAT_AGENT_KINDS];	/* see event_notifier() */
	bool notifier_known;
	struct cdat_local *locals;
	size_t nlocals;
	uint64_t start_deadline;
	uint64_t join_mono, join_wait, challenge;
	uint64_t join_since;		/* asks since then without an answer; UINT64_MAX: told */
	uint64_t probe_mono;
	size_t probe_pos;

	struct view view;
	uint32_t max_epoch, promised, proposed;	/* proposed: the last by us */
	uint16_t promised_coord;
	uint64_t promised_mono;
	struct proposal prop;
	struct pending_install pend;
	struct p_gone *gone;		/* to be left out by the next proposal */
	size_t ngone;
	uint64_t propose_at;		/* 0: no proposal wanted */
	uint64_t gather_at, gather_since;	/* the same for offers, which wait for more of them */
	struct round *rounds;
	size_t nrounds;
	uint32_t round_number;
	uint32_t seek;			/* members that are looked at together for one that settles doubts */
	uint16_t arbiter;		/* the last one that was told */
	bool arbiter_lost;		/* it is silent */
	struct persp_row *persps;
	size_t npersps;
	struct offer *offers;
	size_t noffers;
	uint64_t offer_mono;
	struct p_flush flushed[OLD_ORDERS];	/* how the orders of our views before ended, the last first */
	struct place base;		/* last view when the state was saved, and its table */
	uint16_t *base_nodes;		/* who was in it */
	size_t nbase_nodes;
	struct place seen;		/* last change that the table is past */
	uint16_t offered_to;

	struct keyhold keyhold;
	struct keyjob *keyjobs;		/* rotate.c */
	uint32_t key_round;

	struct change change;
	struct inmsg *later;		/* an ask that waits for an internal change to end */
	struct prepared prep;
	struct ask *asks;
	uint32_t ask_number;
	uint64_t done[DONE_KEPT];
	unsigned ndone;
	uint64_t complete_ticket, complete_id;	/* a commit that waits for its store */
	uint16_t complete_coord;
	struct sync *syncs;
	size_t nwaiting;		/* of them, to be served */
	uint32_t ticket;
	uint64_t store_ticket, store_change;	/* store_change: the prepared one that it is of, or 0 */
	uint64_t repair_mono;

	struct order order;
	struct group group;
	struct events ev;
	struct cdat_role *roles;
	struct cdat_role *role_next;	/* room for the roles that are assigned next */
	struct p_role *role_base;	/* holders as the view begins, until they are assigned */
	size_t nroles, nrole_base, caproles, capnext, capbase;
	bool role_based;		/* role_base counts */
	bool roles_stale;
	bool status_full;		/* at the coordinator: some are to be told all states */
	bool status_unknown;		/* those that are unknown, too */
	uint16_t status_coord;		/* whose word on the states we have */
	uint32_t status_serial;		/* of our tellings; tells apart events of one adapter */
	uint8_t agents;			/* bits of cdat_core_agent() */
	bool leaving, left;
	uint64_t leave_since, leave_mono;
	struct croute *routes;
	size_t nroutes;
	uint64_t routes_hash;		/* of what was asked last; 0 nothing */
	struct cdat_addr *listen;
	size_t nlisten;

	struct out_queue out;
	struct dirty_set dirty;
	struct inmsg *in_head, *in_tail;
	struct reserve reserve;
	struct cdat_key *parts;		/* component and member rows as told, in order */
	size_t nparts;
	bool parts_stale;
	uint64_t health_mono, facts_mono;
	uint8_t *scratch;		/* CDAT_LINK_MESSAGE_MAX octets, for one message */
	bool scratch_busy;
};

/* ---- output.c ---- */
void out_datagram(struct cdat_core *c, const struct cdat_addr *local, const struct cdat_addr *to,
		  uint8_t dscp, const uint8_t *data, size_t len);
void out_addrs(struct cdat_core *c, enum cdat_out_type type, const struct cdat_addr *addrs,
	       size_t n);
void out_event(struct cdat_core *c, const struct cdat_event *ev);
void out_outcome(struct cdat_core *c, uint64_t cookie, bool prepared, const struct cdat_outcome *o);
void out_sent(struct cdat_core *c, uint64_t cookie, uint8_t error);
bool out_init(struct cdat_core *c);
bool out_message(struct cdat_core *c, uint16_t from, bool ordered, uint64_t order, uint32_t epoch,
		 struct cdat_view data);
bool out_store(struct cdat_core *c, uint64_t ticket);
void out_left(struct cdat_core *c);
bool out_keys(struct cdat_core *c, uint64_t ticket);
void out_holders(struct cdat_core *c, uint64_t cookie, const struct cdat_keyholder *holders,
		 size_t n);
void out_log(struct cdat_core *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void out_free(struct cdat_core *c);
void dirty(struct cdat_core *c, enum cdat_kind kind, uint32_t a, uint32_t b);
void dirty_gone(struct cdat_core *c, enum cdat_kind kind, uint32_t a, uint32_t b);
void dirty_cluster(struct cdat_core *c);

/* ---- core.c ---- */
uint64_t core_random(struct cdat_core *c);
uint64_t core_hash(uint64_t x);
const struct cdat_params *core_params(const struct cdat_core *c);
/* The format to speak to a node: of our view to its members, to others what both know, but for
 * proposals of views, which are spoken as their members-to-be can. */
uint8_t core_format(const struct cdat_core *c, uint16_t node);
uint8_t core_format_both(const struct cdat_core *c, uint16_t node);
/* Sends one message on the control channel (to ourselves too: handled before the input ends).
 * Fields that came after the format are left out. */
bool core_tell(struct cdat_core *c, uint16_t node, enum cdat_proto type, const void *msg);
bool core_tell_as(struct cdat_core *c, uint8_t format, uint16_t node, enum cdat_proto type,
		  const void *msg);
bool core_tell_raw(struct cdat_core *c, uint16_t node, unsigned channel, const uint8_t *data,
		   size_t len);
/* The same to all other members of the view. */
void core_tell_all(struct cdat_core *c, enum cdat_proto type, const void *msg);
bool inbox_put(struct cdat_core *c, const struct inmsg *head, const uint8_t *data, size_t len);
bool inbox_add(struct cdat_core *c, const struct inmsg *head, const uint8_t *data, size_t len);
bool link_take(struct cdat_core *c, uint16_t node, unsigned channel, const uint8_t *data,
	       size_t len);
extern const struct cdat_link_ops core_link_ops;
void core_handle(struct cdat_core *c, uint16_t from, struct cdat_view data);
void core_leave_now(struct cdat_core *c);
void leave_tick(struct cdat_core *c);
/* Ends an input: handles what we told ourselves. */
void core_settle(struct cdat_core *c);
bool grow(void **array, size_t *cap, size_t need, size_t size);

/* ---- table use: state.c ---- */
bool state_take(struct cdat_core *c, struct cdat_view state, char *err, size_t errlen);
/* Asks for the state to be kept, with `image` as the table: the one in force, or that of the
 * change that is prepared.  Returns the ticket, 0 when memory is short. */
uint64_t state_store(struct cdat_core *c, const struct cdat_table *image);
/* Puts another table in force: members, links, rows follow.  Takes over `image`, which may be
 * replaced by an equal one. */
void table_put(struct cdat_core *c, struct cdat_table *image);
void listen_update(struct cdat_core *c);
size_t table_addrs(const struct cdat_core *c, const struct cdat_tnode *t,
		   struct cdat_link_addr *out);
bool local_has(const struct cdat_core *c, const struct cdat_addr *a);

/* ---- member.c ---- */
struct member *member_find(const struct cdat_core *c, uint16_t node);
struct member *member_make(struct cdat_core *c, uint16_t node);
/* Never NULL: one of which nothing is known has all zero. */
const struct near *near_of(const struct member *m);
struct near *near_make(struct member *m);	/* NULL: no memory */
void member_drop(struct cdat_core *c, uint16_t node);
void member_state(struct cdat_core *c, struct member *m, uint8_t state);
bool member_enabled(const struct cdat_core *c, uint16_t node);
bool in_view(const struct cdat_core *c, uint16_t node);
bool am_coord(const struct cdat_core *c);
bool is_watcher(const struct cdat_core *c, uint16_t watcher, uint16_t node);
/* Those whom doubt_tick() looks after; *n of them, the list lives until a node goes. */
struct member **members_attended(struct cdat_core *c, size_t *n);
/* Marks the members of a list, until the next call: m->mark == c->mark. */
void members_mark(struct cdat_core *c, const struct p_vmember *list, uint16_t n);
/* A node's state, its adapters' or the table changed: what was counted counts no more. */
void tally_stale(struct cdat_core *c);
const struct tally *tally(struct cdat_core *c);
void watch_update(struct cdat_core *c);
void watch_rotate(struct cdat_core *c);
bool count_majority(const struct cdat_core *c, bool (*has)(const struct cdat_core *, uint16_t));
bool majority_of(const struct cdat_core *c, bool (*has)(const struct cdat_core *, uint16_t));
uint8_t standing(struct cdat_core *c);
void beat_make(struct cdat_core *c, uint16_t node, struct p_beat *b);
void beat_took(struct cdat_core *c, uint16_t node, const struct p_beat *b);

/* ---- event.c ---- */
void event_emit(struct cdat_core *c, struct cdat_event *ev);
void event_node(struct cdat_core *c, enum cdat_event_kind kind, uint8_t severity, uint16_t node,
		const char *fmt, ...) __attribute__((format(printf, 5, 6)));
uint64_t event_uid(const struct cdat_core *c, uint8_t kind, uint64_t low);
bool event_init(struct cdat_core *c);
void event_health(struct cdat_core *c);
void event_auth(struct cdat_core *c, const struct cdat_addr *from);
void event_format(struct cdat_core *c, const struct cdat_addr *from, uint8_t format);
void event_mark(struct cdat_core *c, uint64_t uid, enum cdat_agent_kind what);
uint16_t event_notifier(struct cdat_core *c, enum cdat_agent_kind what);
void health_judge(struct cdat_core *c, struct cdat_cluster *s);
const char *node_name(const struct cdat_core *c, uint16_t node);

/* ---- doubt.c ---- */
/* arbiter.c; the round of a look at one that may settle doubts: no other has this number */
enum { SEEK_ROUND = 0 };
bool doubted(const struct cdat_core *c, uint16_t node);
void arbiter_answer(struct cdat_core *c, struct member *m, uint8_t state);
void arbiter_tell(struct cdat_core *c, struct member *m, uint64_t silence);
void arbiter_again(struct cdat_core *c);

uint64_t limit_us(const struct cdat_core *c);	/* of silence */
void ask_note(struct cdat_core *c, struct member *m, uint16_t asker, uint32_t round);
void doubt_tick(struct cdat_core *c);
void doubt_suspect(struct cdat_core *c, uint16_t from, const struct p_suspect *p);
void doubt_ask(struct cdat_core *c, uint16_t from, const struct p_persp_ask *p);
void doubt_persp(struct cdat_core *c, uint16_t from, const struct p_persp *p);
void doubt_share(struct cdat_core *c, uint16_t from, const struct p_persps *p);
void doubt_clear(struct cdat_core *c);
void doubt_gone(struct cdat_core *c, uint16_t node, uint8_t why);
void persp_note(struct cdat_core *c, const struct p_persp *p);
/* Our own perspective of the node is another one, or none any more. */
void persp_own_dirty(struct cdat_core *c, uint16_t node);

/* ---- sync.c ---- */
uint32_t sync_pull(struct cdat_core *c, uint16_t peer, uint8_t purpose);
void sync_sums(struct cdat_core *c, uint16_t from, const struct p_sums *p);
void sync_entries(struct cdat_core *c, uint16_t from, const struct p_entries *p);
void sync_serve(struct cdat_core *c);
void sync_forget(struct cdat_core *c, uint16_t peer);
void sync_free(struct cdat_core *c);
void sync_check(struct cdat_core *c);

/* ---- change.c, settle.c ---- */
void change_ask(struct cdat_core *c, uint16_t from, const struct p_change_ask *p);
void change_prepare(struct cdat_core *c, uint16_t from, const struct p_prepare *p);
void change_vote(struct cdat_core *c, uint16_t from, const struct p_vote *p);
void change_complete(struct cdat_core *c, uint16_t from, uint64_t id);
void change_complete_ack(struct cdat_core *c, uint16_t from, uint64_t id);
void change_abort(struct cdat_core *c, uint16_t from, uint64_t id);
void change_abort_ack(struct cdat_core *c, uint16_t from, uint64_t id);
void change_end(struct cdat_core *c, uint16_t from, const struct p_change_end *p);
void change_decide(struct cdat_core *c, uint16_t from, const struct p_decide *p);
void change_tick(struct cdat_core *c);
void change_stored(struct cdat_core *c, uint64_t ticket, bool ok);
/* Before a view is proposed or accepted: what this member knows of a change in flight. */
void change_state(const struct cdat_core *c, struct p_view_state *s);
void change_frozen(struct cdat_core *c);
/* A view was installed; `commit` is the change in flight that it committed, 0 none. */
void change_settled(struct cdat_core *c, uint64_t commit);
void change_view_stable(struct cdat_core *c);
void change_free(struct cdat_core *c);
struct op_list { struct cdat_op *ops; size_t n; };
/* Of `p`: asker, base_epoch, internal, forget, ops.  ops: NULL, or the caller is to free them. */
struct cdat_table *change_image(struct cdat_core *c, const struct p_prepare *p,
				struct op_list *ops, struct cdat_outcome *o);
void prepared_tick(struct cdat_core *c);
bool change_done(const struct cdat_core *c, uint64_t id);
void change_commit(struct cdat_core *c, bool store);
void change_over(struct cdat_core *c);
void ask_internal(struct cdat_core *c, const struct cdat_op *ops, size_t nops);
void ask_tick(struct cdat_core *c);
void ask_settled(struct cdat_core *c);
struct ask *ask_find(const struct cdat_core *c, uint64_t id);
void ask_free(struct cdat_core *c);
void prepared_drop(struct cdat_core *c);
/* cause: enum cdat_result, or enum cdat_cause where that says more. */
void outcome_set(struct cdat_outcome *o, unsigned cause, enum cdat_fault fault,
		 const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* ---- order.c ---- */
void order_ask(struct cdat_core *c, const struct osend *s);
/* False: no memory; the message is to be handled again. */
bool order_asked(struct cdat_core *c, uint16_t from, const struct p_order_ask *p);
bool order_take(struct cdat_core *c, uint16_t from, struct cdat_view raw,
		const struct p_ordered *p);
void order_ack(struct cdat_core *c, uint16_t from, const struct p_order_ack *p);
void order_stable(struct cdat_core *c, uint16_t from, const struct p_order_ack *p);
void order_fetch(struct cdat_core *c, uint16_t from, const struct p_order_fetch *p);
void order_view(struct cdat_core *c);
void order_go(struct cdat_core *c);
void order_tick(struct cdat_core *c);
void order_free(struct cdat_core *c);
bool direct_take(struct cdat_core *c, uint16_t from, const struct p_direct *p);

/* ---- group.c ---- */
/* Sends an ordered message to all others as one datagram; false: it is to go to each. */
bool group_send(struct cdat_core *c, struct cdat_view data);
bool group_room(const struct cdat_core *c);	/* for one more on its way */
void group_probed(struct cdat_core *c, uint16_t from, const struct p_group *p);
void group_heard(struct cdat_core *c, uint16_t from, const struct p_group *p);
void group_repair(struct cdat_core *c, uint16_t from, const struct p_order_fetch *p);
void group_view(struct cdat_core *c);
void group_tick(struct cdat_core *c);

/* ---- view.c, propose.c, install.c ---- */
bool is_gone(const struct cdat_core *c, uint16_t node);
void view_want(struct cdat_core *c, uint64_t delay);
void view_tick(struct cdat_core *c);
void view_prepare(struct cdat_core *c, uint16_t from, const struct p_view_prepare *p);
void view_state(struct cdat_core *c, uint16_t from, const struct p_view_state *p);
void view_refuse(struct cdat_core *c, uint16_t from, const struct p_view_refuse *p);
bool view_install(struct cdat_core *c, uint16_t from, struct cdat_view raw,
		  const struct p_view_install *p);
void view_ack(struct cdat_core *c, uint16_t from, const struct p_view_id *p);
void view_stable(struct cdat_core *c, uint16_t from, const struct p_view_id *p);
void view_lone(struct cdat_core *c);
void view_pulled(struct cdat_core *c, uint32_t ticket, struct cdat_table *image);
void propose(struct cdat_core *c);
/* The members of the proposal as they are told to one kind of receiver; see struct p_base. */
enum told { TOLD_ALL, TOLD_BASE, TOLD_KINDS };
struct told_members { struct p_base base; struct cdat_view members; uint8_t *buf; };
bool told_members(const struct cdat_core *c, enum told kind, struct told_members *t);
/* The members that a PREPARE or INSTALL means, *n of them; NULL: it is not for us, or no
 * memory.  The caller frees. */
struct p_vmember *members_told(const struct cdat_core *c, const struct p_base *base,
			       struct cdat_view members, uint16_t *n);
void propose_tick(struct cdat_core *c);
void propose_conclude(struct cdat_core *c);
bool merge_tables(struct cdat_core *c);
uint16_t view_leader(const struct cdat_core *c);
void install_go(struct cdat_core *c);
void install_synced(struct cdat_core *c, struct cdat_table *image);
void propose_free(struct cdat_core *c);
void gone_off(struct cdat_core *c, uint16_t node);
void install_free(struct cdat_core *c);

/* ---- offer.c, start.c ---- */
void offer_take(struct cdat_core *c, uint16_t from, const struct p_offer *p);
void offer_redirect(struct cdat_core *c, uint16_t from, const struct p_node *p);
void offer_contact(struct cdat_core *c, uint16_t node);
void offer_told(struct cdat_core *c, uint16_t from, const struct p_contact *p);
void offer_tick(struct cdat_core *c);
void offer_gather(struct cdat_core *c);
void offer_send(struct cdat_core *c, uint16_t to);
void offer_drop(struct cdat_core *c, uint16_t from);
void offer_without(struct cdat_core *c, uint16_t node);
struct place common_place(const struct cdat_core *c, uint16_t to);
void offer_free(struct cdat_core *c);
void offer_used(struct cdat_core *c);
void start_tick(struct cdat_core *c);
void start_raw(struct cdat_core *c, uint8_t type, uint8_t local_adapter,
	       const struct cdat_addr *from, struct cdat_view body);
void start_forward(struct cdat_core *c, const struct p_join *p);
struct cdat_op *facts_ops(const struct cdat_table *t, uint16_t node, struct cdat_view facts,
			  size_t *n);
struct cdat_view facts_list(struct cdat_core *c, uint8_t *buf, size_t cap);
void facts_tick(struct cdat_core *c);
void facts_take(struct cdat_core *c, uint16_t from, const struct p_facts *p);

/* ---- status.c ---- */
void status_path(struct cdat_core *c, uint16_t node, uint8_t adapter, uint8_t to);
bool status_report(struct cdat_core *c, uint16_t from, const struct p_paths *p);
void status_take(struct cdat_core *c, uint16_t from, const struct p_status *p);
void status_view(struct cdat_core *c);
void status_tell(struct cdat_core *c);
void status_tick(struct cdat_core *c);
void status_set(struct cdat_core *c, struct member *m, uint8_t oper);
struct adapter_state *status_of(struct member *m, uint8_t adapter);
void status_free(struct member *m);
void status_rows(struct cdat_core *c, struct member *m);
/* Makes room for a view of `n` roles, so that it can begin when memory is short. */
bool roles_reserve(struct cdat_core *c, size_t n);
void roles_update(struct cdat_core *c);
void roles_begin(struct cdat_core *c, struct cdat_view list);

/* ---- read.c, parts.c, keys.c ---- */
bool path_exists(const struct cdat_core *c, struct cdat_key k);
uint8_t sync_of(const struct cdat_core *c, const struct member *m);	/* cdatNodeSync */
uint16_t own_component(const struct cdat_core *c);
uint16_t component_of(const struct cdat_core *c, const struct member *m);
bool persp_own(const struct cdat_core *c, uint16_t node);
bool read_component(struct cdat_core *c, struct cdat_key k, union cdat_record *out);
bool read_member(struct cdat_core *c, struct cdat_key k, union cdat_record *out);
void parts_update(struct cdat_core *c);

/* ---- reserve.c ---- */
bool reserve_init(struct cdat_core *c);
bool reserve_in(struct cdat_core *c, const struct inmsg *m, const uint8_t *data, size_t len);
bool reserve_out(struct cdat_core *c, uint16_t to, unsigned channel, const uint8_t *data,
		 size_t len);
bool reserve_waits(const struct cdat_core *c, uint16_t to, unsigned channel);
void reserve_forget(struct cdat_core *c, uint16_t node);
void reserve_flush(struct cdat_core *c);
void reserve_free(struct cdat_core *c);

/* ---- keyhold.c, rotate.c ---- */
void keyhold_asked(struct cdat_core *c, uint16_t from, const struct p_key_ask *p);
void rotate_told(struct cdat_core *c, uint16_t from, const struct p_key_told *p);
void rotate_tick(struct cdat_core *c);
void rotate_free(struct cdat_core *c);

/* ---- route.c ---- */
struct croute *route_find(struct cdat_core *c, uint16_t node, uint8_t adapter);
uint8_t route_local(struct cdat_core *c, uint16_t node, uint8_t adapter);
void route_update(struct cdat_core *c);
void route_take(struct cdat_core *c, const struct cdat_kernel_route *routes, size_t n);

#endif
