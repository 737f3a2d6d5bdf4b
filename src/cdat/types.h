/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The vocabulary of cdat: the values and the records that the core, the daemon,
 * libcdat and the programs share.  Each record is one conceptual row of CDAT-MIB;
 * the values of each enum are those of the MIB's textual conventions, so no
 * program translates them.
 *
 * Times: members named *_mono are microseconds of CLOCK_MONOTONIC of the host of
 * the daemon, 0 for "never"; members named *_wall are microseconds since
 * 1970-01-01 UTC, 0 for "not known".  Durations are in the unit of their name.
 */
#ifndef CDAT_TYPES_H
#define CDAT_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CDAT_NODE_MAX		65535u	/* largest node number; 0 is "no node" */
#define CDAT_ADAPTER_MAX	255u	/* largest adapter number; 0 is "none" */
#define CDAT_NODE_ADAPTERS	16	/* adapters that one node can have */
#define CDAT_NAME_MAX		63	/* octets of a node, role or cluster name */
#define CDAT_TEXT_MAX		255	/* octets of a line for people */
#define CDAT_IFNAME_MAX		63
#define CDAT_DIGEST_LEN		32
#define CDAT_MESSAGE_MAX	65536u	/* octets of an application message */
#define CDAT_ROLE_CANDIDATES	32
#define CDAT_PORT_DEFAULT	9173u

/* InetAddressType, RFC 4001 */
enum cdat_family { CDAT_AF_NONE = 0, CDAT_AF_IPV4 = 1, CDAT_AF_IPV6 = 2 };

/* An address; `octets` holds 4 or 16 octets in network order, by `family`. */
struct cdat_addr {
	uint8_t family;		/* enum cdat_family */
	uint8_t octets[16];
	uint16_t port;		/* host order; 0 where the record says so */
};

enum cdat_verdict { CDAT_OK = 1, CDAT_WARNING, CDAT_CRITICAL, CDAT_UNKNOWN };

enum cdat_reach { CDAT_UP = 1, CDAT_SUSPECT, CDAT_DOWN, CDAT_REACH_UNKNOWN, CDAT_DISABLED };

enum cdat_membership {
	CDAT_MEMBER = 1, CDAT_MEMBER_SUSPECT, CDAT_UNREACHABLE, CDAT_INACTIVE,
	CDAT_JOINING, CDAT_LEAVING, CDAT_NODE_DISABLED
};

enum cdat_cluster_state {
	CDAT_CS_STARTING = 1, CDAT_CS_JOINING, CDAT_CS_OPERATIONAL, CDAT_CS_RECONFIGURING,
	CDAT_CS_ISOLATED, CDAT_CS_STOPPING
};

enum cdat_standing { CDAT_WHOLE = 1, CDAT_MAJORITY, CDAT_MINORITY, CDAT_STANDING_UNKNOWN };

enum cdat_class {
	CDAT_CLASS_UNSPECIFIED = 1, CDAT_CLASS_BULK, CDAT_CLASS_STANDARD,
	CDAT_CLASS_INTERACTIVE, CDAT_CLASS_CONTROL
};

enum cdat_severity {
	CDAT_SEV_CLEARED = 1, CDAT_SEV_INDETERMINATE, CDAT_SEV_CRITICAL, CDAT_SEV_MAJOR,
	CDAT_SEV_MINOR, CDAT_SEV_WARNING
};

enum cdat_event_kind {
	CDAT_EV_NODE_UNREACHABLE = 1, CDAT_EV_NODE_REACHABLE, CDAT_EV_NODE_JOINED,
	CDAT_EV_NODE_LEFT, CDAT_EV_ADAPTER_DOWN, CDAT_EV_ADAPTER_UP, CDAT_EV_FAILOVER,
	CDAT_EV_FAILBACK, CDAT_EV_PARTITIONED, CDAT_EV_MERGED, CDAT_EV_TABLE_CHANGED,
	CDAT_EV_CHANGE_FAILED, CDAT_EV_AUTH_FAILURE, CDAT_EV_HEALTH_CHANGED,
	CDAT_EV_ROLE_MOVED, CDAT_EV_ROUTE_SHARED, CDAT_EV_CHANGE_CONFLICT,
	CDAT_EV_KINDS = CDAT_EV_CHANGE_CONFLICT
};

enum cdat_result {
	CDAT_RES_NONE = 1, CDAT_RES_COMMITTED, CDAT_RES_BAD_ADDRESS, CDAT_RES_DUPLICATE_ADDRESS,
	CDAT_RES_ADDRESS_NOT_VERIFIED, CDAT_RES_BAD_PREFIX_LENGTH, CDAT_RES_MTU_TOO_SMALL,
	CDAT_RES_LAST_ADDRESS, CDAT_RES_BAD_NAME, CDAT_RES_DUPLICATE_NAME, CDAT_RES_UNKNOWN_NODE,
	CDAT_RES_NODE_IN_USE, CDAT_RES_LOCAL_NODE, CDAT_RES_ROW_INCOMPLETE,
	CDAT_RES_ROW_PROTECTED, CDAT_RES_TABLE_FULL, CDAT_RES_LOCK_MISMATCH,
	CDAT_RES_NOT_PRIMARY, CDAT_RES_CHANGE_IN_FLIGHT, CDAT_RES_MEMBER_REFUSED,
	CDAT_RES_MEMBER_TIMEOUT, CDAT_RES_COORDINATOR_LOST, CDAT_RES_STORAGE_FAILED,
	CDAT_RES_OTHER
};

/* What exactly was refused: up to CDAT_RES_OTHER as enum cdat_result, whose words are the MIB's;
 * beyond it what the MIB calls by a broader word, most often other. */
enum cdat_cause {
	CDAT_CAUSE_UNKNOWN_ROW = 25,		/* there is no node of which an attribute is set */
	CDAT_CAUSE_UNKNOWN_ADAPTER,		/* the node has no adapter of that number */
	CDAT_CAUSE_UNKNOWN_ROLE, CDAT_CAUSE_UNKNOWN_ROUTE,	/* of that number, to be removed */
	CDAT_CAUSE_REMOVED_NODE,		/* unknownNode: it was in the table once */
	CDAT_CAUSE_UNKNOWN_ATTRIBUTE,		/* not of a row of that kind, or a fact */
	CDAT_CAUSE_EXISTS,			/* a row to be created is there already */
	CDAT_CAUSE_OUT_OF_RANGE,		/* a number or word that the attribute cannot be */
	CDAT_CAUSE_OTHER_FAMILY,		/* badAddress: of IPv4 where IPv6 has to be, or reversed */
	CDAT_CAUSE_NO_COMPONENT,		/* notPrimary: this node has not joined yet */
	CDAT_CAUSE_LAST = CDAT_CAUSE_NO_COMPONENT
};

/* What kind of fault a refused change is; the agent answers SNMP errors by it (RFC 3416). */
enum cdat_fault {
	CDAT_FAULT_NONE = 0,
	CDAT_FAULT_WRONG_VALUE,		/* the table can never hold it */
	CDAT_FAULT_INCONSISTENT_VALUE,	/* contradicts another value or the state */
	CDAT_FAULT_INCONSISTENT_NAME,	/* its row does not exist and is not created */
	CDAT_FAULT_NO_CREATION,		/* its row can never exist */
	CDAT_FAULT_RESOURCE_UNAVAILABLE,/* try again */
	CDAT_FAULT_COMMIT_FAILED
};

enum cdat_sync { CDAT_IN_SYNC = 1, CDAT_SYNC_PENDING, CDAT_OUT_OF_SYNC, CDAT_SYNC_UNKNOWN };
enum cdat_storage {
	CDAT_STORE_OTHER = 1, CDAT_STORE_VOLATILE, CDAT_STORE_NONVOLATILE,
	CDAT_STORE_PERMANENT, CDAT_STORE_READONLY
};
/* RowStatus (RFC 2579); only the first two live in the replicated table. */
enum cdat_row { CDAT_ROW_ACTIVE = 1, CDAT_ROW_NOT_IN_SERVICE, CDAT_ROW_NOT_READY };
enum cdat_admin { CDAT_ADMIN_UP = 1, CDAT_ADMIN_DOWN };	/* node: enabled, disabled */
enum cdat_quorum { CDAT_QUORUM_MAJORITY = 1, CDAT_QUORUM_NONE };
enum cdat_change_state {
	CDAT_CH_IDLE = 1, CDAT_CH_PREPARING, CDAT_CH_COMMITTING, CDAT_CH_ABORTING
};
enum cdat_component_basis { CDAT_BASIS_OBSERVED = 1, CDAT_BASIS_REPORTED, CDAT_BASIS_ASSUMED };
enum cdat_member_part { CDAT_PART_LEADER = 1, CDAT_PART_MEMBER, CDAT_PART_JOINING };
enum cdat_role_state {
	CDAT_ROLE_PREFERRED = 1, CDAT_ROLE_BACKUP, CDAT_ROLE_VACANT, CDAT_ROLE_SUSPENDED
};
enum cdat_role_policy { CDAT_POLICY_ORDERED = 1, CDAT_POLICY_BEST_CLASS };
enum cdat_route_state {
	CDAT_ROUTE_DIRECT = 1, CDAT_ROUTE_GATEWAY, CDAT_ROUTE_MISMATCH, CDAT_ROUTE_ABSENT
};
/* Who carries events out of the cluster; each kind has its own marks. */
enum cdat_agent_kind { CDAT_AGENT_SNMP = 1, CDAT_AGENT_HTTP, CDAT_AGENT_KINDS = CDAT_AGENT_HTTP };
enum cdat_scope { CDAT_SCOPE_EVERY_MEMBER = 1, CDAT_SCOPE_ONE_MEMBER };

/* IANAifType values that bear on defaults */
enum { CDAT_IFT_OTHER = 1, CDAT_IFT_ETHERNET = 6, CDAT_IFT_TOKENRING = 9, CDAT_IFT_FDDI = 15,
       CDAT_IFT_PPP = 23, CDAT_IFT_LOOPBACK = 24, CDAT_IFT_TUNNEL = 131,
	CDAT_IFT_INFINIBAND = 199 };

/* The kinds of record, each the row of one table of the MIB or one group of scalars. */
enum cdat_kind {
	CDAT_K_CLUSTER = 1, CDAT_K_PARAMS, CDAT_K_NODE, CDAT_K_ADAPTER, CDAT_K_PATH,
	CDAT_K_COMPONENT, CDAT_K_MEMBER, CDAT_K_PERSP, CDAT_K_STATS, CDAT_K_ROLE,
	CDAT_K_ROUTE, CDAT_K_EVENT, CDAT_K_NOTIFY,
	CDAT_K_WANTED,		/* not of the MIB: configured routers, key (wanted, 0) */
	CDAT_K_LAST = CDAT_K_WANTED
};

/* Key of a record: (node, adapter) for node, adapter, path, route; (component, node) for member;
 * (node, reporter) for perspective; (index, 0) for the rest; (0, 0) for scalars. */
struct cdat_key { uint32_t a, b; };

struct cdat_cluster {			/* cdatCluster, cdatChange (part) */
	uint8_t health;			/* enum cdat_verdict */
	char health_reason[CDAT_TEXT_MAX + 1];
	char name[CDAT_NAME_MAX + 1];
	uint8_t state;			/* enum cdat_cluster_state */
	uint8_t standing;		/* enum cdat_standing */
	uint16_t local_node;
	char local_name[CDAT_NAME_MAX + 1];
	uint16_t leader;
	uint16_t component;
	uint32_t epoch;
	uint32_t version;
	uint8_t digest[CDAT_DIGEST_LEN];
	bool has_table;			/* false: no CDAT, digest is empty */
	uint64_t changed_mono, changed_wall;
	uint32_t spin_lock;
	uint32_t nodes_total, nodes_up, nodes_down;
	uint32_t adapters_total, adapters_down, nodes_single_path;
	uint16_t quorum_size;
	uint16_t port;
	uint64_t start_mono, start_wall;
	char servicer_version[CDAT_NAME_MAX + 1];
	uint16_t next_node;		/* cdatNodeNextIndex */
	uint8_t change_state;		/* enum cdat_change_state */
	uint16_t change_owner;
	bool sealed;			/* false: "security: none" */
	bool loopback_ok;		/* loopback addresses are permitted */
	uint32_t event_last, event_limit;
	bool notify_all;
	uint8_t notify_scope;		/* enum cdat_scope */
	uint32_t notify_window_s, notify_limit, notify_suppressed;
	uint16_t notifier;		/* the member that sends traps for the cluster; 0 none known */
	uint16_t poster;		/* the same for HTTP (cdat-notify) */
	uint8_t key_id;			/* key in use to send; 0 when not sealed */
	uint64_t pauses;		/* times this process was not scheduled in time */
	uint8_t format;			/* that the members speak; 0 in no view */
};

struct cdat_params {			/* cdatConfig; replicated */
	uint32_t heartbeat_ms, silence_limit, retry_threshold, response_min_ms, response_max_ms;
	uint32_t consensus_ms, probe_ms;
	bool auto_failback, pmtu_discovery;
	uint32_t change_timeout_ms;
	uint8_t quorum;			/* enum cdat_quorum */
};

struct cdat_node {			/* cdatNodeTable */
	/* configured: replicated */
	uint16_t node;
	char name[CDAT_NAME_MAX + 1];
	uint8_t admin;			/* enum cdat_admin */
	uint8_t storage;		/* enum cdat_storage */
	uint8_t row;			/* enum cdat_row */
	/* state */
	uint8_t state;			/* enum cdat_membership */
	uint8_t primary, current;	/* adapter numbers, 0 none */
	uint8_t adapters, adapters_down;
	uint32_t votes_reachable, votes_unreachable;
	uint64_t heard_mono;		/* last valid message by any address; 0 never */
	uint32_t rtt_us;
	uint32_t incarnation;
	uint16_t component;
	uint8_t sync;			/* enum cdat_sync */
	char version[CDAT_NAME_MAX + 1];
	uint8_t format;			/* the latest that it speaks (wire/seal.h); 0 not known */
	uint32_t down_count;
	uint64_t changed_mono;
};

struct cdat_adapter {			/* cdatAdapterTable */
	/* configured: replicated */
	uint16_t node;
	uint8_t adapter;
	uint16_t preference;
	struct cdat_addr addr;		/* port 0: the cluster's */
	uint8_t prefix_len;		/* 0: owner fills in */
	uint16_t type;			/* IANAifType; 1: owner fills in */
	uint8_t class_;			/* enum cdat_class */
	int8_t dscp;			/* -1: by class */
	uint16_t mtu;			/* 0: as reported */
	uint8_t retry_threshold;	/* 0: by type */
	uint8_t admin;			/* enum cdat_admin */
	uint8_t storage;
	uint8_t row;
	/* facts told by the owner: replicated */
	uint8_t prefix_reported;	/* shown where prefix_len is 0 */
	uint16_t type_reported;
	uint16_t mtu_reported;
	bool multicast;
	char ifname[CDAT_IFNAME_MAX + 1];
	/* state */
	uint8_t rank;			/* 1 primary; 0 not in use */
	uint16_t mtu_oper;
	uint8_t oper;			/* enum cdat_reach */
	uint32_t ifindex;		/* local node only */
	uint32_t down_count;
	uint64_t changed_mono;
};

struct cdat_path {			/* cdatPathTable */
	uint16_t node;
	uint8_t adapter;
	uint8_t state;			/* enum cdat_reach */
	bool current;
	uint32_t srtt_us, rttvar_us, rtt_last_us, timeout_us;
	uint16_t mtu, max_message;
	uint32_t failures;
	uint8_t threshold;
	uint64_t msgs_sent, msgs_received, octets_sent, octets_received, retransmits, timeouts;
	uint32_t failovers_from, failovers_to, down_count;
	uint64_t heard_mono, changed_mono, discontinuity_mono;
	bool peer_hears;		/* the peer says it hears us by this address */
};

struct cdat_component {			/* cdatComponentTable */
	uint16_t component;		/* lowest node number in it */
	bool local, primary;
	uint16_t leader;
	uint32_t members, epoch;
	uint8_t basis;			/* enum cdat_component_basis */
	uint64_t since_mono;
};

struct cdat_member {			/* cdatMemberTable */
	uint16_t component, node;
	uint8_t part;			/* enum cdat_member_part */
	uint64_t since_mono;
};

struct cdat_persp {			/* cdatPerspTable */
	uint16_t node, reporter;
	uint8_t state;			/* enum cdat_reach */
	uint32_t adapters_up;
	uint32_t silence_ms;
	uint64_t time_mono;
};

struct cdat_stats {			/* cdatStats */
	uint64_t msgs_sent, msgs_received, octets_sent, octets_received;
	uint64_t heartbeats_sent, heartbeats_received, multicasts_sent;
	uint64_t retransmits, timeouts, failovers, undeliverable, send_errors;
	uint64_t fragments_sent, reassembly_fails, duplicates, out_of_order;
	uint64_t bad_format, bad_version, unknown_source, auth_failures, replays;
};

struct cdat_role {			/* cdatRoleTable */
	/* configured: replicated */
	uint16_t role;
	char name[CDAT_NAME_MAX + 1];
	uint8_t policy;			/* enum cdat_role_policy */
	bool needs_majority, sticky;
	uint8_t ncandidates;
	uint16_t candidates[CDAT_ROLE_CANDIDATES];	/* in order of preference */
	/* state */
	uint8_t state;			/* enum cdat_role_state */
	uint16_t holder;
	uint32_t backups, moves;
	uint64_t changed_mono;
	uint32_t agreed;		/* inside the core: moves as the component counts them */
};

struct cdat_route {			/* cdatRouteTable */
	uint16_t node;
	uint8_t adapter;
	uint8_t state;			/* enum cdat_route_state */
	struct cdat_addr hop;		/* family none: direct or absent */
	uint32_t ifindex;
	char ifname[CDAT_IFNAME_MAX + 1];
	uint8_t shared;			/* better-ranked adapter that leaves the same way; 0 none */
	struct cdat_addr wanted;	/* family none: none asked for */
};

/* A router that the administrator wants used; replicated.  Key: (node, subnet). */
struct cdat_wanted {
	uint16_t wanted;		/* number of the entry, 1.. */
	uint16_t node;			/* the member that is to have the route */
	struct cdat_addr subnet;
	uint8_t prefix_len;
	struct cdat_addr via;
};

struct cdat_event {			/* cdatEventTable */
	uint32_t event;			/* cdatEventIndex, local */
	uint64_t uid;			/* the same on all members for an event of the cluster; 0 local */
	uint64_t wall, mono;
	uint8_t kind;			/* enum cdat_event_kind */
	uint8_t severity;		/* enum cdat_severity */
	uint16_t node;
	uint8_t adapter;		/* failover, failback: the one now in use */
	uint8_t other_adapter;		/* failover, failback: the one given up */
	uint16_t role;			/* roleMoved */
	struct cdat_addr addr;
	bool notified;			/* by an SNMP agent */
	bool posted;			/* by cdat-notify */
	char text[CDAT_TEXT_MAX + 1];
	/* failover: failures of the address given up; roleMoved: who held it before, 0 nobody;
	 * tableChanged, changeConflict: version of the table; changeFailed: enum cdat_result;
	 * healthChanged: enum cdat_verdict; else 0 */
	uint32_t number;
};

struct cdat_notify {			/* cdatNotifyTable; local to the daemon */
	uint8_t kind;			/* enum cdat_event_kind */
	bool enable;
	uint32_t min_interval_s;
	uint32_t sent, held;
	uint64_t sent_mono;
};

/* ---- changes of the table ---------------------------------------------------------- */

/* One writable attribute; see wire/attr.h for its name, range and default. */
enum cdat_attr {
	CDAT_A_NONE = 0,
	CDAT_A_NODE_NAME = 1, CDAT_A_NODE_ADMIN, CDAT_A_NODE_STORAGE, CDAT_A_NODE_ROW,
	CDAT_A_PREFERENCE = 16, CDAT_A_ADDR, CDAT_A_PREFIX_LEN, CDAT_A_PORT, CDAT_A_TYPE,
	CDAT_A_CLASS, CDAT_A_DSCP, CDAT_A_MTU, CDAT_A_RETRY, CDAT_A_ADAPTER_ADMIN,
	CDAT_A_ADAPTER_STORAGE, CDAT_A_ADAPTER_ROW,
	/* facts; only the owner's servicer tells them */
	CDAT_A_FACT_PREFIX = 40, CDAT_A_FACT_TYPE, CDAT_A_FACT_MTU, CDAT_A_FACT_MULTICAST,
	CDAT_A_FACT_IFNAME,
	CDAT_A_HEARTBEAT = 64, CDAT_A_SILENCE, CDAT_A_RETRY_DEFAULT, CDAT_A_RESPONSE_MIN,
	CDAT_A_RESPONSE_MAX, CDAT_A_CONSENSUS, CDAT_A_PROBE, CDAT_A_FAILBACK, CDAT_A_PMTU,
	CDAT_A_CHANGE_TIMEOUT, CDAT_A_QUORUM
};

enum cdat_op_kind {
	CDAT_OP_NODE_CREATE = 1,	/* node; its NAME and an adapter follow in the same change */
	CDAT_OP_NODE_DESTROY,
	CDAT_OP_NODE_SET,		/* node, attr, value */
	CDAT_OP_ADAPTER_CREATE,		/* node, adapter */
	CDAT_OP_ADAPTER_DESTROY,
	CDAT_OP_ADAPTER_SET,
	CDAT_OP_PARAM_SET,		/* attr, number */
	CDAT_OP_ROLE_PUT,		/* role */
	CDAT_OP_ROLE_REMOVE,		/* role.role */
	CDAT_OP_WANTED_PUT,		/* wanted */
	CDAT_OP_WANTED_REMOVE,		/* wanted.wanted */
	CDAT_OP_LOCK			/* number: the expected spin lock; increments it on commit */
};

struct cdat_op {
	uint8_t kind;			/* enum cdat_op_kind */
	uint16_t index;			/* the caller's number of it, told back as culprit; 1.. */
	uint16_t node;
	uint8_t adapter;
	uint8_t attr;			/* enum cdat_attr */
	int64_t number;			/* value of a number, enum or truth (1 true, 2 false) attribute */
	char text[CDAT_NAME_MAX + 1];	/* value of a name attribute */
	struct cdat_addr addr;		/* value of CDAT_A_ADDR; its port is not used */
	struct cdat_role role;		/* ROLE_*: the configured members */
	struct cdat_wanted wanted;	/* WANTED_* */
};

/* How a change ended. */
struct cdat_outcome {
	uint8_t result;			/* enum cdat_result */
	uint8_t fault;			/* enum cdat_fault */
	uint16_t culprit;		/* cdat_op.index to blame; 0 none */
	uint32_t version;		/* table version that it made; 0 none */
	bool involved;			/* other members were involved */
	uint8_t cause;			/* enum cdat_cause: the result, or finer than it */
	char text[CDAT_TEXT_MAX + 1];	/* one line for people; empty when committed */
};

/* Why a message was refused or could not be delivered. */
enum cdat_send_error {
	CDAT_SEND_OK = 0,
	CDAT_SEND_UNKNOWN_NODE,		/* no node of that name or number in the table */
	CDAT_SEND_TOO_LONG,		/* over CDAT_MESSAGE_MAX octets */
	CDAT_SEND_NOT_MEMBER,		/* the destination is not a member of this component */
	CDAT_SEND_NO_VIEW,		/* this node is in no component */
	CDAT_SEND_QUEUE_FULL,		/* window full: wait for room and try again */
	CDAT_SEND_UNREACHABLE,		/* all addresses of the destination are exhausted */
	CDAT_SEND_LOST_PEER,		/* the destination restarted or was removed before it acknowledged */
	CDAT_SEND_NO_MEMORY
};

#endif
