/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A file of YAML as a whole: reads it, runs libyaml over it, and hands its root on; see
 * schema.h.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/schema.h"

enum { FILE_MAX = 64 << 20 };

/* What libyaml could not read: its problem, and where the structure began that it was in. */
static void syntax_error(struct conf_parser *p, const yaml_parser_t *y, const char *text,
			 size_t len)
{
	struct conf_place place = {(uint32_t)y->problem_mark.line + 1,
				   (uint32_t)y->problem_mark.column + 1};
	const bool reader = y->error == YAML_READER_ERROR;
	char began[48] = "";

	if (y->error == YAML_MEMORY_ERROR) {
		conf_fail_memory(p);
		return;
	}
	if (reader) {
		place = (struct conf_place){1, 1};
		for (size_t i = 0; i < y->problem_offset && i < len; i++) {
			place.column = text[i] == '\n' ? 1 : place.column + 1;
			place.line += text[i] == '\n';
		}
	}
	if (y->context != NULL && !reader)
		snprintf(began, sizeof(began), " from line %zu", y->context_mark.line + 1);
	conf_error_at(p->file, place, p->err, p->errlen, "this is not YAML: %s%s%s%s; %s",
		   y->problem != NULL ? y->problem : "it ends too early",
		   y->context != NULL && !reader ? " " : "",
		   y->context != NULL && !reader ? y->context : "", began,
		   reader ? "save the file as UTF-8" : "close what is open and indent with spaces");
	p->failed = true;
}

static bool judge_document(struct conf_parser *p, const char *least, conf_judge *judge)
{
	yaml_node_t *root = yaml_document_get_root_node(p->doc);
	bool ok;

	if (root == NULL)
		return conf_fail(p, NULL, "the file is empty; write at least %s", least);
	p->nodes = (size_t)(p->doc->nodes.top - p->doc->nodes.start);
	p->visited = calloc(p->nodes, 1);
	if (p->visited == NULL)
		return conf_fail_memory(p);
	p->visited[0] = 1;
	ok = judge(p, root);
	free(p->visited);
	return ok;
}

/* Nothing may follow the first document. */
static bool check_end(struct conf_parser *p, yaml_parser_t *y, const char *text, size_t len)
{
	yaml_document_t more;
	bool ok = true;

	if (!yaml_parser_load(y, &more)) {
		syntax_error(p, y, text, len);
		return false;
	}
	if (yaml_document_get_root_node(&more) != NULL)
		ok = conf_fail(p, yaml_document_get_root_node(&more),
			       "a second document begins here; keep one");
	yaml_document_delete(&more);
	return ok;
}

bool conf_document(struct conf_parser *p, const char *text, size_t len, const char *least,
		   conf_judge *judge)
{
	yaml_document_t doc;
	yaml_parser_t y;
	bool ok;

	if (!yaml_parser_initialize(&y))
		return conf_fail_memory(p);
	p->doc = &doc;
	yaml_parser_set_input_string(&y, (const unsigned char *)text, len);
	if (!yaml_parser_load(&y, p->doc)) {
		syntax_error(p, &y, text, len);
		yaml_parser_delete(&y);
		p->doc = NULL;
		return false;
	}
	ok = judge_document(p, least, judge) && check_end(p, &y, text, len);
	yaml_document_delete(p->doc);
	yaml_parser_delete(&y);
	p->doc = NULL;
	return ok;
}

/* The whole file; NULL with a reason. */
static char *read_whole(int fd, size_t *len, const char **reason)
{
	struct stat st;
	char *text;
	ssize_t n = 0;

	if (fstat(fd, &st) != 0) {
		*reason = strerror(errno);
		return NULL;
	}
	if (!S_ISREG(st.st_mode) || st.st_size > FILE_MAX) {
		*reason =
			S_ISREG(st.st_mode) ? "it is larger than 64 MiB" : "it is no regular file";
		return NULL;
	}
	text = malloc((size_t)st.st_size + 1);
	for (*len = 0; text != NULL && *len < (size_t)st.st_size; *len += (size_t)n) {
		n = read(fd, text + *len, (size_t)st.st_size - *len);
		if (n <= 0)
			break;
	}
	if (text == NULL || n < 0) {
		*reason = strerror(errno);
		free(text);
		return NULL;
	}
	text[*len] = '\0';
	return text;
}

char *conf_read_file(const char *file, size_t *len, char *err, size_t errlen)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	const char *reason = fd < 0 ? strerror(errno) : NULL;
	char *text = fd < 0 ? NULL : read_whole(fd, len, &reason);

	if (fd >= 0)
		close(fd);
	if (text == NULL)
		snprintf(err, errlen, "%s: cannot be read: %s; name a file that this user may read",
			 file, reason);
	return text;
}
