/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Cluster Destination Address Table as a value: the configured content that is
 * the same on all members (description, FIG. 2; claims 4-9).  State and measured
 * values are elsewhere.
 *
 * A table is an array of references to immutable entries: cdat_table_copy() copies
 * references, a change replaces only the entries it touches, so an old image and a
 * new one live side by side during the two phases.  Entries: one per node (with its
 * adapters), one per role, one per wanted route, one of parameters and lock.
 *
 * Each entry has a stamp (version, epoch, editor): the greater stamp wins when
 * tables of two partitions are merged.  The facts that a node tells of its interfaces have a
 * stamp of their own, so that they never win over an administrator's change.  Each entry has
 * a BLAKE2b digest of its canonical encoding without the stamp; the table digest combines
 * these by addition in four 64-bit lanes, so it is kept up to date in O(entries changed).
 *
 * What was removed has a grave: its key and the stamp of the removal, so that a table which
 * still has the entry cannot bring it back (table_grave.c).  An adapter belongs to the entry of
 * its node: which of them there are is decided with that entry.
 *
 * Pure: no system call.  Functions that allocate return NULL or false when memory
 * is short and then have changed nothing.
 */
#ifndef CDAT_CORE_TABLE_H
#define CDAT_CORE_TABLE_H

#include "cdat/types.h"
#include "wire/codec.h"

struct cdat_table;

struct cdat_stamp { uint32_t version; uint32_t epoch; uint16_t editor; };

/* Which is the greater: < 0, 0, > 0. */
static inline int cdat_stamp_order(struct cdat_stamp a, struct cdat_stamp b)
{
	if (a.version != b.version)
		return a.version < b.version ? -1 : 1;
	if (a.epoch != b.epoch)
		return a.epoch < b.epoch ? -1 : 1;
	return (a.editor > b.editor) - (a.editor < b.editor);
}

/* A node of the table with its adapters, ascending by number.  Only the configured
 * and fact members of the records are used; the state members are zero. */
struct cdat_tnode {
	struct cdat_node node;
	struct cdat_stamp stamp;	/* of what administrators set */
	struct cdat_stamp facts;	/* of what the owner told since; the two are merged apart */
	uint8_t nadapters;
	struct cdat_adapter adapters[];
};

struct cdat_table *cdat_table_new(uint32_t spin_lock);
struct cdat_table *cdat_table_copy(const struct cdat_table *table);
void cdat_table_free(struct cdat_table *table);		/* NULL is allowed */

uint32_t cdat_table_version(const struct cdat_table *table);
void cdat_table_set_version(struct cdat_table *table, uint32_t version);
uint32_t cdat_table_lock(const struct cdat_table *table);
void cdat_table_digest(const struct cdat_table *table, uint8_t digest[CDAT_DIGEST_LEN]);
const struct cdat_params *cdat_table_params(const struct cdat_table *table);

/* Lookups.  O(1) by number, by name (open addressing, <= 60 ns at 10,000 nodes) and by
 * address with effective port.  NULL when absent.  Pointers live until the table changes. */
size_t cdat_table_count(const struct cdat_table *table);
const struct cdat_tnode *cdat_table_node(const struct cdat_table *table, uint16_t node);
/* by rising number */
const struct cdat_tnode *cdat_table_at(const struct cdat_table *table, size_t i);
const struct cdat_tnode *cdat_table_by_name(const struct cdat_table *table, const char *name);
const struct cdat_adapter *cdat_table_by_addr(const struct cdat_table *table,
					      const struct cdat_addr *addr, uint16_t default_port);
const struct cdat_adapter *cdat_tnode_adapter(const struct cdat_tnode *tnode, uint8_t adapter);
uint16_t cdat_table_next_node(const struct cdat_table *table);	/* cdatNodeNextIndex */
size_t cdat_table_roles(const struct cdat_table *table, const struct cdat_role **roles);
size_t cdat_table_wanted(const struct cdat_table *table, const struct cdat_wanted **wanted);

/* The adapters of a node in the order in which they are tried (preference, class,
 * number; cdatAdapterPreference): numbers of active, up rows.  Returns how many. */
size_t cdat_tnode_order(const struct cdat_tnode *tnode, uint8_t order[CDAT_NODE_ADAPTERS]);
uint16_t cdat_adapter_mtu(const struct cdat_adapter *adapter);	/* cdatAdapterMtuOper */
uint8_t cdat_adapter_threshold(const struct cdat_adapter *adapter,
			       const struct cdat_params *params);
uint8_t cdat_adapter_dscp(const struct cdat_adapter *adapter);
unsigned cdat_adapter_prefix(const struct cdat_adapter *adapter);	/* in force; 0 unknown */
unsigned cdat_adapter_type(const struct cdat_adapter *adapter);

/* ---- changes -------------------------------------------------------------------- */

/* What the rules need to know beyond the table. */
struct cdat_rules {
	uint16_t asker;			/* the member that received the change: localNode rule; 0 none */
	bool (*is_member)(void *ctx, uint16_t node);	/* member, suspect, joining or leaving; may be NULL */
	void *ctx;
	bool loopback_ok;
	bool facts_ok;			/* ops of facts are allowed: the change is a join */
	bool graves;			/* what is removed gets a grave: all members know them */
	uint32_t forget;		/* graves of epochs before that are dropped */
	bool initial;			/* forming a table from a file: protected rows may be made */
	uint16_t default_port;
	uint32_t max_nodes;
};

/* Applies `ops` to a copy of `table` and judges the rules of set-semantics.md on the
 * final image (duplicate addresses and names, last address, incomplete rows, broadcast
 * of the own prefix, ...), in that document's order of checks 4, 5, 6, 8.  Returns the
 * new table with version + 1 and the touched entries (of a node of which facts alone
 * are told, its facts) stamped {that version, stamp.epoch, stamp.editor}, or NULL with
 * *outcome: result, fault, culprit (the first offending op in order of index) and a line that
 * names the row, what is wrong and the other row if there is one.
 *
 * Rows are destroyed first, then created, then set in the order of ops: so the place of
 * an op in the list does not matter, two rows can swap addresses, and destroy with
 * create of one row is a fresh row.  A new row is active and has the defaults of
 * wire/attr.h.  A destroyed node is taken out of roles and its wanted routes go.
 *
 * An op of CDAT_A_ADDR brings a whole address, so what can be wrong between type and
 * octets is refused before by whoever makes the op: octets that do not fit the row's
 * final type, or a type changed without an address, are inconsistentValue badAddress;
 * an address of 0 or 3 octets is wrongLength.
 *
 * Facts belong to the address of which they were told and go with it to another row of
 * the node; a new address out of the reported prefix has none until its owner tells
 * them (facts_ok). */
struct cdat_table *cdat_table_apply(const struct cdat_table *table, const struct cdat_op *ops,
				    size_t nops, const struct cdat_rules *rules,
				    struct cdat_stamp stamp, struct cdat_outcome *outcome);

/* One line that tells what `ops` change, for the event text ("nodeB/2 preference 10"). */
void cdat_ops_text(const struct cdat_table *table, const struct cdat_op *ops, size_t nops,
		   char text[CDAT_TEXT_MAX + 1]);

/* ---- entries: resync, state file, merge ------------------------------------------ */

enum cdat_entry_kind { CDAT_ENT_META = 1, CDAT_ENT_NODE, CDAT_ENT_ROLE, CDAT_ENT_WANTED };
struct cdat_entry_id { uint8_t kind; uint16_t number; };
struct cdat_entry_sum { struct cdat_entry_id id; uint64_t digest; };	/* first 8 octets */

/* All entries in order of (kind, number): *i starts at 0; false at the end. */
bool cdat_table_next_sum(const struct cdat_table *table, size_t *i, struct cdat_entry_sum *sum);

/* The stamp of an entry; false: absent. */
bool cdat_table_stamp(const struct cdat_table *table, struct cdat_entry_id id,
		      struct cdat_stamp *stamp);

/* Encodes one entry with its stamp. False: absent, or no room (w->failed). */
bool cdat_table_put_entry(const struct cdat_table *table, struct cdat_entry_id id,
			  struct cdat_writer *w);

/* Takes an encoded entry as it is (resync, state file): replaces ours.  Refused, also with
 * CDAT_DEC_NO_MEMORY, it has changed nothing.  *id names the entry as far as it was read. */
__attribute__((warn_unused_result))
enum cdat_decode cdat_table_take_entry(struct cdat_table *table, struct cdat_view entry,
				       struct cdat_entry_id *id);
/* True also when it is absent.  False: no memory. */
bool cdat_table_drop_entry(struct cdat_table *table, struct cdat_entry_id id);

/* ---- graves ---------------------------------------------------------------------- */

/* As many are kept, the newest; the older ones go, equally everywhere. */
#define CDAT_GRAVES_MAX		1024u
#define CDAT_GRAVES_OCTETS	(CDAT_GRAVES_MAX * 32u)	/* of their list, at most */

struct cdat_grave { struct cdat_entry_id id; struct cdat_stamp stamp; };	/* NODE to WANTED */
extern const struct cdat_msg cdat_msg_grave;

/* By rising key. */
size_t cdat_table_graves(const struct cdat_table *table, const struct cdat_grave **graves);
bool cdat_table_grave(const struct cdat_table *table, struct cdat_entry_id id,
		      struct cdat_stamp *stamp);	/* false: none */
/* The same for equal graves. */
uint64_t cdat_table_graves_sum(const struct cdat_table *table);
/* Digs a grave, or makes the one that is there younger; the key must have no entry.  False: no
 * memory, nothing changed. */
bool cdat_table_bury(struct cdat_table *table, const struct cdat_grave *grave);
/* A list of cdat_msg_grave in `w`.  False: no room. */
bool cdat_table_put_graves(const struct cdat_table *table, struct cdat_writer *w);
/* Puts a checked list in the place of ours (resync, state file).  False: no memory, some are
 * missing. */
__attribute__((warn_unused_result))
bool cdat_table_take_graves(struct cdat_table *table, struct cdat_view list);
/* Whether there is the grave of a node.  It may be put back with a state file of any age, so
 * then not all that could bring an entry back have seen the graves. */
bool cdat_table_grave_of_node(const struct cdat_table *table);
/* Drops those of epochs before `epoch`.  False: no memory, nothing changed. */
bool cdat_table_forget(struct cdat_table *table, uint32_t epoch);

/* ---- merging --------------------------------------------------------------------- */

enum cdat_merge { CDAT_MERGE_SAME, CDAT_MERGE_KEPT, CDAT_MERGE_TAKEN, CDAT_MERGE_BAD };

/* Merges an encoded entry of another component into `table`: the greater stamp wins,
 * equal stamps by greater digest, so the result is the same wherever it is computed
 * (idempotent, commutative, associative).  Of a node what administrators set and the facts are
 * each taken from the side with the greater stamp of that; facts stay with their address.
 * When both sides were changed by administrators after `common_epoch`,
 * *conflict is set and `text` names the entry, the first value kept and the one dropped,
 * who set them, and how many more differ.  CDAT_MERGE_BAD: not to be decoded, or no memory;
 * nothing is changed.  An entry that we have not and for which there is a grave is dropped unless
 * its stamp (of a node: that of administrators) is the greater, and so are two changes that
 * rival.  One without a grave is taken: whether it was removed here is for the caller to know. */
enum cdat_merge cdat_table_merge_entry(struct cdat_table *table, struct cdat_view entry,
				       uint32_t common_epoch, bool *conflict,
				       char text[CDAT_TEXT_MAX + 1]);

/* The same for a grave of another component: our entry of the key goes, or the grave does. */
enum cdat_merge cdat_table_merge_grave(struct cdat_table *table, const struct cdat_grave *grave,
				       uint32_t common_epoch, bool *conflict,
				       char text[CDAT_TEXT_MAX + 1]);

/* After merges: an address or name that two nodes then share is taken from the node
 * with the lesser stamp, of equal ones from the higher number (its adapter goes notInService
 * and keeps the address for people to see, its name gets a suffix).  A candidate or wanted route
 * of a node that is not there any more goes.  True with a line for
 * each, until none is left.  Stamps stay, so that it is the same wherever it is settled.
 * False also when memory is short: then this table differs from the others' and is resynced. */
bool cdat_table_settle(struct cdat_table *table, uint16_t default_port,
		       char text[CDAT_TEXT_MAX + 1]);

#endif
