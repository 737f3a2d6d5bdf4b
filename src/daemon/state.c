/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The state file; see state.h.
 *   octets  0..7   magic
 *           8..11  format version
 *          12..15  length of the body
 *          16..47  BLAKE2b-256 of octets 0..15 and the body
 *          48..    body: one TLV message
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/state.h"
#include "host/replace.h"

enum { FORMAT = 1, HEAD = 16, DIGEST = 32, START = HEAD + DIGEST, TLV_ROOM = 128 };

static const uint8_t magic[8] = {'C', 'D', 'A', 'T', 's', 't', '\r', '\n'};

static const struct cdat_field rows[] = {
	CDAT_ROW_REQ(struct state_image, cluster, 1, CDAT_T_TEXT, 1, CDAT_NAME_MAX),
	CDAT_ROW(struct state_image, incarnation, 2, CDAT_T_U32),
	CDAT_ROW(struct state_image, core, 3, CDAT_T_BYTES),
};
static CDAT_MSG_DEF(msg, struct state_image, rows);

static void digest(const uint8_t *file, size_t len, uint8_t out[DIGEST])
{
	crypto_generichash_state st;

	crypto_generichash_init(&st, NULL, 0, DIGEST);
	crypto_generichash_update(&st, file, HEAD);
	crypto_generichash_update(&st, file + START, len - START);
	crypto_generichash_final(&st, out, DIGEST);
}

uint8_t *state_encode(const struct state_image *image, size_t *len)
{
	size_t cap = START + image->core.len + TLV_ROOM;
	uint8_t *file = calloc(1, cap);
	struct cdat_writer head, body;

	if (file == NULL)
		return NULL;
	cdat_writer_init(&body, file + START, cap - START);
	if (!cdat_encode(&body, &msg, image)) {
		free(file);
		return NULL;
	}
	cdat_writer_init(&head, file, HEAD);
	cdat_put(&head, magic, sizeof(magic));
	cdat_put_uint(&head, FORMAT, 4);
	cdat_put_uint(&head, body.len, 4);
	*len = START + body.len;
	digest(file, *len, file + HEAD);
	return file;
}

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

bool state_decode(struct cdat_view in, struct state_image *image, const char **what)
{
	uint8_t sum[DIGEST];
	struct cdat_view body;

	*what = "it is no state file of cdatd";
	if (in.len < sizeof(magic) || memcmp(in.data, magic, sizeof(magic)) != 0)
		return false;
	*what = "it is torn";
	if (in.len < START)
		return false;
	if (get32(in.data + 8) > FORMAT) {
		*what = "it was written by a newer version of cdatd, which can read it";
		return false;
	}
	if (get32(in.data + 8) != FORMAT || get32(in.data + 12) != in.len - START)
		return false;
	digest(in.data, in.len, sum);
	if (sodium_memcmp(sum, in.data + HEAD, DIGEST) != 0)
		return false;
	body = (struct cdat_view){in.data + START, in.len - START};
	*what = "its content cannot be read";
	return cdat_decode(body, &msg, image) == CDAT_DEC_OK;
}

static bool refuse(char *err, size_t errlen, const char *path, const char *what, const char *remedy)
{
	snprintf(err, errlen, "state file %s: %s; %s", path, what, remedy);
	return false;
}

static bool read_whole(int fd, const char *path, uint8_t **buf, size_t *len, char *err,
		       size_t errlen)
{
	struct stat st;
	ssize_t n = 1;

	if (fstat(fd, &st) != 0)
		return refuse(err, errlen, path, strerror(errno), "let the user of cdatd read it");
	if (!S_ISREG(st.st_mode) || st.st_size > STATE_FILE_MAX)
		return refuse(err, errlen, path, "it is no state file of cdatd", "move it away");
	*buf = malloc((size_t)st.st_size + 1);
	if (*buf == NULL)
		return refuse(err, errlen, path, strerror(errno), "free memory");
	for (*len = 0; n > 0 && *len < (size_t)st.st_size; *len += (size_t)(n > 0 ? n : 0))
		n = read(fd, *buf + *len, (size_t)st.st_size - *len);
	if (n >= 0)
		return true;
	refuse(err, errlen, path, strerror(errno), "let the user of cdatd read it");
	free(*buf);
	*buf = NULL;
	return false;
}

int state_read(const char *dir, const char *cluster, struct state_image *image, uint8_t **buf,
	       char *err, size_t errlen)
{
	static const char move[] = "move it away to start without it, or put the right one back";
	char path[4200], other[160];
	const char *what;
	size_t len = 0;
	int fd;

	*buf = NULL;
	snprintf(path, sizeof(path), "%s/" STATE_FILE, dir);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0 && errno == ENOENT)
		return 1;
	if (fd < 0) {
		refuse(err, errlen, path, errno == ELOOP ? "it is a link" : strerror(errno),
		       errno == ELOOP ? "put the file itself there"
				      : "let the user of cdatd read it");
		return -1;
	}
	if (!read_whole(fd, path, buf, &len, err, errlen)) {
		close(fd);
		return -1;
	}
	close(fd);
	if (!state_decode((struct cdat_view){*buf, len}, image, &what)) {
		refuse(err, errlen, path, what, move);
	} else if (strcmp(image->cluster, cluster) != 0) {
		snprintf(other, sizeof(other), "it is of the cluster \"%s\", not \"%s\"",
			 image->cluster, cluster);
		refuse(err, errlen, path, other, move);
	} else {
		return 0;
	}
	free(*buf);
	*buf = NULL;
	return -1;
}

bool state_write(const char *dir, const struct state_image *image, char *err, size_t errlen)
{
	static const struct replace how = { (uid_t)-1, (gid_t)-1, 0600, REPLACE_DURABLE };
	char path[4200];
	size_t len;
	uint8_t *file = state_encode(image, &len);
	bool renamed;
	int error;

	if (file == NULL)
		return refuse(err, errlen, dir, "not enough memory to write it", "free memory");
	snprintf(path, sizeof(path), "%s/" STATE_FILE, dir);
	error = replace_file(path, file, len, &how, &renamed);
	free(file);
	if (error == 0)
		return true;
	return refuse(err, errlen, path, strerror(error),
		      renamed ? "let the user of cdatd read the directory"
			      : "let the user of cdatd write into the directory");
}
