/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The schema mechanism of configuration files in YAML: a mapping of the file is judged by
 * a table of keys, one row each, and each value is taken by the row's function into a
 * member of a struct.  libyaml's document API keeps the line and column of each node.
 *
 * An error is one line "FILE:LINE:COLUMN: what is wrong; what to write instead", the
 * first of the file.
 */
#ifndef HOST_SCHEMA_H
#define HOST_SCHEMA_H

#include <yaml.h>

#include "cdat/types.h"
#include "host/place.h"
#include "wire/attr.h"

struct conf_uniq;

struct conf_parser {
	const char *file; /* names it in errors */
	void *owner;	  /* what the program's own takers fill */
	yaml_document_t *doc;
	uint8_t *visited; /* by node of the document: aliases are refused */
	size_t nodes;
	bool failed; /* the first error is in err; nothing more is judged */
	char *err;
	size_t errlen;
};

/* The whole file, ended by a NUL.  NULL with one line in `err`.  Caller frees. */
char *conf_read_file(const char *file, size_t *len, char *err, size_t errlen);

/* Runs libyaml over a text and lets `judge` take the root.  p: file, owner, err and errlen are
 * set.  `least`: what an empty file is to have.  False with one line in p->err. */
typedef bool conf_judge(struct conf_parser *p, yaml_node_t *root);
bool conf_document(struct conf_parser *p, const char *text, size_t len, const char *least,
		   conf_judge *judge);

struct conf_key;
typedef bool conf_take(struct conf_parser *p, const struct conf_key *key, yaml_node_t *value,
		       void *into);

struct conf_key {
	const char *word;
	conf_take *take;
	size_t offset;	  /* of the member of `into` */
	int64_t min, max; /* of a number; max of a text's length */
	const char *record,
		*field; /* of an enum: whose words (cdat_enum_word()) are taken, value 1.. */
	bool required;
	const char *hint;		  /* what to write */
	const struct cdat_attr_row *attr; /* rows of the table's attributes */
	uint8_t what;			  /* enum cdat_local_what */
};

/* Judges a mapping: each key known, none doubled, none missing; then takes each value in
 * the order of the file.  `what` names the mapping in errors ("a node"). */
bool conf_map(struct conf_parser *p, yaml_node_t *map, const char *what,
	      const struct conf_key *keys, size_t nkeys, void *into);

/* The node of an index; marks it visited.  NULL with an error for an alias. */
yaml_node_t *conf_node(struct conf_parser *p, int index);

/* Records the first error at a node (NULL: at the start); returns false. */
bool conf_fail(struct conf_parser *p, const yaml_node_t *at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
bool conf_fail_memory(struct conf_parser *p);
struct conf_place conf_place_of(const yaml_node_t *node); /* NULL: the start */

/* The text of a scalar; NULL with an error that tells `hint`. */
const char *conf_scalar(struct conf_parser *p, const struct conf_key *key, yaml_node_t *value);
/* True for a list that is not empty; else an error. */
bool conf_is_list(struct conf_parser *p, const struct conf_key *key, yaml_node_t *value);

/* Takers for members of plain types. */
conf_take conf_take_name; /* char[CDAT_NAME_MAX + 1], CdatName */
conf_take conf_take_path; /* char *, absolute */
conf_take conf_take_u16;
conf_take conf_take_truth; /* bool */
conf_take conf_take_word;  /* uint8_t, 1.. */
conf_take conf_take_place; /* struct conf_later: value is judged later */

/* A value put off until another one is known. */
struct conf_later {
	yaml_node_t *node;
	const struct conf_key *key;
};

bool conf_number(struct conf_parser *p, const struct conf_key *key, yaml_node_t *value,
		 int64_t *number);
bool conf_truth(struct conf_parser *p, const struct conf_key *key, yaml_node_t *value, bool *truth);
bool conf_word(struct conf_parser *p, const struct conf_key *key, yaml_node_t *value,
	       unsigned *number);

/* Texts that may occur once only: each with its place and what it is. */
struct conf_uniq *conf_uniq_new(void);
bool conf_uniq_add(struct conf_parser *p, struct conf_uniq *u, const char *text,
		   const yaml_node_t *at);
/* False with the error at the first text (in the order of adding) that was there before. */
bool conf_uniq_check(struct conf_parser *p, struct conf_uniq *u, const char *what,
		     const char *remedy);
void conf_uniq_free(struct conf_uniq *u);

#endif
