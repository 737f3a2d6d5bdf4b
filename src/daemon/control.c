/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The control socket: its file, the clients that connect and who they are; see control.h.
 */
#include "config.h"

#include <errno.h>
#include <grp.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/control_int.h"
#include "host/log.h"

static const int CLIENT_BUFFER = 1 << 20;

/* ---- who may do what ---- */

static gid_t group_of(const char *name)
{
	const struct group *g = getgrnam(name);

	return g != NULL ? g->gr_gid : (gid_t)-1;
}

/* Whether the peer is in the group: its own, or one of its supplementary ones.  The kernel tells
 * both, so no name service is asked while the cluster waits. */
static bool peer_in_group(int fd, const struct ucred *peer, gid_t gid)
{
	gid_t groups[1024];
	socklen_t len = sizeof(groups);

	if (gid == (gid_t)-1)
		return false;
	if (peer->gid == gid)
		return true;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len) != 0)
		return false;
	for (size_t i = 0; i < len / sizeof(*groups); i++)
		if (groups[i] == gid)
			return true;
	return false;
}

static uint8_t access_of(const struct control *c, int fd, const struct ucred *peer)
{
	if (peer->uid == 0 || peer->uid == geteuid() || peer_in_group(fd, peer, c->gid_admin))
		return CDAT_ACCESS_ADMIN;
	return peer_in_group(fd, peer, c->gid_read) ? CDAT_ACCESS_READ : 0;
}

/* ---- clients ---- */

static void client_free(struct client *cl)
{
	ev_io_stop(cl->control->loop, &cl->readable);
	ev_io_stop(cl->control->loop, &cl->writable);
	client_drop_queue(cl);
	close(cl->fd);
	free(cl);
}

/* Removes the clients that ended; true if the core was told something. */
static bool reap(struct control *c)
{
	bool told = false;

	for (struct client **at = &c->clients; *at != NULL;) {
		struct client *cl = *at;

		if (!cl->dead) {
			at = &cl->next;
			continue;
		}
		*at = cl->next;
		c->nclients--;
		client_gone(cl);
		client_free(cl);
		told = true;
	}
	return told;
}

static void on_writable(struct ev_loop *loop, ev_io *w, int revents)
{
	struct client *cl = w->data;
	struct control *c = cl->control;

	(void)loop;
	(void)revents;
	client_flush(cl);
	client_pump(cl);
	client_flush(cl);
	if (reap(c))
		c->host.after(c->host.ctx);
}

/* True: it held a key, so the packet is to be wiped. */
static bool take_packet(struct client *cl, struct cdat_view packet)
{
	struct cdat_view frames, frame;
	bool secret = false;

	if (packet.len > CDAT_FRAME_MAX) {
		client_put_off(cl, "its frame is too long");
		return true;
	}
	if (!cdat_batch_open(packet, &frames))
		return client_request(cl, packet);
	while (!cl->dead && cdat_batch_next(&frames, &frame))
		secret |= client_request(cl, frame);
	if (frames.len > 0 && !cl->dead) {
		client_put_off(cl, "its batch of frames is malformed");
		secret = true;
	}
	return secret;
}

static void on_readable(struct ev_loop *loop, ev_io *w, int revents)
{
	static uint8_t in[READS][CDAT_FRAME_MAX + 1]; /* pages that no frame needed are not there */
	struct client *cl = w->data;
	struct mmsghdr msgs[READS];
	struct iovec iov[READS];
	const unsigned wanted = recv_wanted(&cl->mode, READS);
	int n;

	(void)loop;
	(void)revents;
	for (unsigned i = 0; i < wanted; i++) {
		iov[i] = (struct iovec){in[i], sizeof(in[i])};
		msgs[i].msg_hdr = (struct msghdr){.msg_iov = &iov[i], .msg_iovlen = 1};
	}
	n = recv_some(cl->fd, msgs, wanted, &cl->mode);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0)
		cl->dead = true;
	for (int i = 0; i < n && !cl->dead; i++) {
		if (msgs[i].msg_len == 0) {
			log_debug("control", "client %s (pid %d) has ended", cl->program,
				  (int)cl->pid);
			cl->dead = true;
		} else {
			if (take_packet(cl, (struct cdat_view){in[i], msgs[i].msg_len}))
				sodium_memzero(in[i], msgs[i].msg_len);
		}
	}
	cl->control->host.after(cl->control->host.ctx);
}

static void client_new(struct control *c, int fd, const struct ucred *peer)
{
	struct client *cl = calloc(1, sizeof(*cl));

	if (cl == NULL) {
		close(fd);
		return;
	}
	cl->control = c;
	cl->fd = fd;
	cl->uid = peer->uid;
	cl->pid = peer->pid;
	cl->access = access_of(c, fd, peer);
	cl->full = 1;
	cl->serial = ++c->serial ? c->serial : ++c->serial;
	ev_io_init(&cl->readable, on_readable, fd, EV_READ);
	ev_io_init(&cl->writable, on_writable, fd, EV_WRITE);
	cl->readable.data = cl;
	cl->writable.data = cl;
	ev_io_start(c->loop, &cl->readable);
	cl->next = c->clients;
	c->clients = cl;
	c->nclients++;
}

static void on_acceptable(struct ev_loop *loop, ev_io *w, int revents)
{
	struct control *c = w->data;

	(void)loop;
	(void)revents;
	for (;;) {
		int fd = accept4(c->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		struct ucred peer;
		socklen_t len = sizeof(peer);

		if (fd < 0)
			return;
		if (c->nclients >= CLIENTS_MAX ||
		    getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0) {
			log_warning("control", "a client was turned away: there are %u",
				    c->nclients);
			close(fd);
			continue;
		}
		if (setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &CLIENT_BUFFER, sizeof(CLIENT_BUFFER)) !=
		    0)
			log_debug("control", "SO_SNDBUF: %s", strerror(errno));
		client_new(c, fd, &peer);
	}
}

bool control_flush(struct control *c)
{
	for (struct client *cl = c->clients; cl != NULL; cl = cl->next) {
		client_pump(cl);
		client_flush(cl);
	}
	return reap(c);
}

/* ---- the socket ---- */

static bool fail(char *err, size_t errlen, const char *path, const char *what, const char *remedy)
{
	snprintf(err, errlen, "control socket %s: %s; %s", path, what, remedy);
	return false;
}

/* Removes the socket of a servicer that has ended.  False: something else is there. */
static bool clear_path(const struct sockaddr_un *sun, char *err, size_t errlen)
{
	struct stat st;
	bool served;
	int fd;

	if (lstat(sun->sun_path, &st) != 0)
		return errno == ENOENT ||
		       fail(err, errlen, sun->sun_path, strerror(errno), "name another path");
	if (!S_ISSOCK(st.st_mode))
		return fail(err, errlen, sun->sun_path, "something else is there",
			    "move it away or name another path");
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return fail(err, errlen, sun->sun_path, strerror(errno), "free descriptors");
	served = connect(fd, (const struct sockaddr *)sun, sizeof(*sun)) == 0 || errno == EAGAIN;
	close(fd);
	if (served)
		return fail(err, errlen, sun->sun_path, "another cdatd serves it",
			    "end that one or name another path");
	return unlink(sun->sun_path) == 0 ||
	       fail(err, errlen, sun->sun_path, strerror(errno), "remove it");
}

static bool open_socket(struct control *c, char *err, size_t errlen)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	mode_t before;
	bool ok;

	if (strlen(c->path) >= sizeof(sun.sun_path))
		return fail(err, errlen, c->path, "the path is too long",
			    "name one of at most 107 characters");
	memcpy(sun.sun_path, c->path, strlen(c->path));
	if (!clear_path(&sun, err, errlen))
		return false;
	c->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (c->fd < 0)
		return fail(err, errlen, c->path, strerror(errno), "free descriptors");
	/* At no moment is it open to others. */
	before = umask(0117);
	ok = bind(c->fd, (const struct sockaddr *)&sun, sizeof(sun)) == 0;
	umask(before);
	if (!ok)
		return fail(err, errlen, c->path, strerror(errno),
			    "make the directory and let the user of cdatd write there");
	if (c->gid_read != (gid_t)-1 && chown(c->path, (uid_t)-1, c->gid_read) != 0)
		log_info("control", "%s cannot be given to group cdat: %s", c->path,
			 strerror(errno));
	return listen(c->fd, 64) == 0 ||
	       fail(err, errlen, c->path, strerror(errno), "name another path");
}

struct control *control_new(struct ev_loop *loop, const char *path, const struct control_host *host,
			    char *err, size_t errlen)
{
	struct control *c = calloc(1, sizeof(*c));

	if (c == NULL || (c->path = strdup(path)) == NULL) {
		fail(err, errlen, path, "not enough memory", "free some");
		free(c);
		return NULL;
	}
	c->loop = loop;
	c->host = *host;
	c->fd = -1;
	c->gid_read = group_of("cdat");
	c->gid_admin = group_of("cdat-admin");
	if (!open_socket(c, err, errlen)) {
		if (c->fd >= 0)
			close(c->fd);
		free(c->path);
		free(c);
		return NULL;
	}
	ev_io_init(&c->acceptable, on_acceptable, c->fd, EV_READ);
	c->acceptable.data = c;
	ev_io_start(loop, &c->acceptable);
	return c;
}

void control_free(struct control *c)
{
	if (c == NULL)
		return;
	ev_io_stop(c->loop, &c->acceptable);
	while (c->clients != NULL) {
		struct client *next = c->clients->next;

		client_gone(c->clients);
		client_free(c->clients);
		c->clients = next;
	}
	queue_free_spares(c);
	close(c->fd);
	unlink(c->path);
	free(c->path);
	free(c);
}
