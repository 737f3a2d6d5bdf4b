# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# The mutations of tests/sim/mutate: mutation NAME FILE PERL-EXPRESSION (the whole file is
# one string).  When a rule moves, its edit moves with it.

# ---- changes in two phases ----
mutation "commits at the first vote" src/core/change.c \
	's/(v->state = VOTE_YES;\n).*?return;\n/$1/s'
mutation "tells success before all have it" src/core/change.c \
	's/(change_check_end\(struct cdat_core \*c\)\n\{.*?)for \(uint16_t i = 0; i < h->n; i\+\+\)\n.*?return;/$1/s'
mutation "commits at prepare" src/core/prepared.c \
	's/(p->voted = true;\n\t\tvote\(c, p->coord, p->id, NULL\);)/$1\n\t\tchange_commit(c, false);/'
mutation "takes a second change while one is in flight" src/core/change.c \
	's/c->change\.phase != CH_NONE \|\| c->prep\.id != 0 \|\|//; s/(\tuint32_t timeout = )/\tfree(NULL);\n$1/'
mutation "changes the table in the minority" src/core/member.c \
	's/return CDAT_MINORITY;/return CDAT_MAJORITY;/'
mutation "drops a change that a survivor has complete" src/core/propose.c \
	's/(settle_commit\(const struct cdat_core \*c\)\n\{)/$1\n\tif (c != NULL)\n\t\treturn false;/'
mutation "keeps no state" src/core/state.c \
	's/(state_take\(struct cdat_core \*c.*?\n\{)/$1\n\tif (c != NULL)\n\t\treturn true;/s'

# ---- views ----
mutation "installs a view that it did not promise itself to" src/core/install.c \
	's/in->epoch != c->promised \|\| from != c->promised_coord \|\|//; s/in->coord != from \|\|\s*p->active/p->active/'
mutation "forgets what it promised" src/core/view.c \
	's/c->promised = p->epoch;\n//'
mutation "installs without the last messages" src/core/install.c \
	's/(order_ready\(struct cdat_core \*c\)\n\{)/$1\n\tif (c != NULL)\n\t\treturn true;/'
mutation "keeps its table when a view brings another" src/core/install.c \
	's/if \(!digest_is\(c->table, p->in\.digest\) && digest_is\(p->image, p->in\.digest\)\) \{/if (false) {/'
mutation "tells a leaver before all have the view without it" src/core/install.c \
	's/(\tm->left = why == CDAT_GONE_LEFT;\n)/$1\tif (why == CDAT_GONE_LEFT)\n\t\tleft_tell(c);\n/; s/(static void\nmember_out)/static void left_tell(struct cdat_core *c);\n$1/'
mutation "does not tell a proposer that it leaves" src/core/view.c \
	's/(core_tell\(c, from, CDAT_P_LEAVE, &bye\);)/(void)bye;/'
mutation "merges nothing of the other side" src/core/conclude.c \
	's/\(void\)cdat_table_merge_entry\(/if (false) (void)cdat_table_merge_entry(/'

mutation "forgets what it removed" src/core/table_apply.c \
	's/(bool judge_bury\(.*?\n\{)/$1\n\tif (j != NULL)\n\t\treturn true;/'
mutation "takes no graves from the other side" src/core/conclude.c \
	's/(\n\t\t)merge_graves\(m, p->image, &p->pulls\[i\]\);/$1(void)merge_graves;/'
mutation "keeps no graves in its state" src/core/state.c \
	's/\t\ts\.graves = cdat_written\(&graves\);\n//'
mutation "keeps a grave when the entry is newer" src/core/table_merge.c \
	's/(stays_buried\(.*?return )cdat_stamp_order\(e->mark\.stamp, grave\.stamp\) <= 0;/$1true;/s'
mutation "digs graves beside members that know none" src/core/change.c \
	's/\.graves = c->view\.format >= 2,/.graves = true,/'
mutation "takes a node for a member that was removed" src/core/conclude.c \
	's/(removed_out\(struct cdat_core \*c\)\n\{)/$1\n\tif (c != NULL)\n\t\treturn false;/'
mutation "does not tell who it removed" src/core/offer.c \
	's/(tell_removed\(struct cdat_core \*c, uint16_t to, uint16_t coord\)\n\{)/$1\n\tif (c != NULL)\n\t\treturn;/'

# ---- silence ----
mutation "asks nobody before it removes" src/core/doubt.c \
	's/if \(p->state == CDAT_UP\) \{\n\t\tround_keep\(c, r, from\);\n\t\treturn;\n\t\}//'
mutation "does not relay" src/core/doubt.c \
	's/(\n\t)(cdat_link_relay\(c->link, node, via\);)/$1(void)via;/'
mutation "never suspects" src/core/doubt.c \
	's/if \(!m->doubt\)\n\t\t\tdoubt_begin\(c, m\);\n.*?arbiter_tell\(c, m, silence\);//s'

mutation "tells its doubts to one that is silent, for ever" src/core/arbiter.c \
	's/(c->seek != 0 \? c->seek : )SEEK_FIRST;/${1}0;/'
mutation "offers to no coordinator out of its reach" src/core/offer.c \
	's/cdat_link_try_relay\(c->link, coord, heard, c->now\);/(void)heard;/'

# ---- messages ----
mutation "delivers what comes, not what is next" src/core/order.c \
	's/if \(p->seq != o->got \+ 1\)/if (false)/'
mutation "forgets messages that not all have" src/core/order.c \
	's/(\tstable_to\(o, least\);)/\tleast = o->got;\n$1/'
mutation "does not send again in the next view" src/core/order.c \
	's/(order_go\(struct cdat_core \*c\)\n\{.*?)\tfor \(.*?out_head;.*?;\n\}/$1}/s'
