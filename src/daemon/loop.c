/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The loop of the servicer; see loop.h.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "daemon/compare.h"
#include "daemon/keyfile.h"
#include "host/log.h"
#include "daemon/loop_int.h"
#include "daemon/ready.h"
#include "daemon/state.h"
#include "wire/attr.h"

static const double LEAVE_SECONDS = 1.;
static const uint64_t WALL_STEP = 10000; /* microseconds; less is the clock being steered */

static uint64_t clock_us(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (uint64_t)ts.tv_sec * 1000000u + (uint64_t)ts.tv_nsec / 1000u;
}

uint64_t loop_now(struct loop *l)
{
	uint64_t now = clock_us(CLOCK_MONOTONIC);

	if (now > l->now)
		l->now = now;
	return l->now;
}

static uint64_t wall_offset(void)
{
	return clock_us(CLOCK_REALTIME) - clock_us(CLOCK_MONOTONIC);
}

/* ---- watchers ---- */

static void on_deadline(void *ctx)
{
	struct loop *l = ctx;
	uint64_t deadline = cdat_core_deadline(l->core), now = loop_now(l);

	if (deadline > now) {
		deadline_set(&l->deadline, deadline);
		return;
	}
	cdat_core_tick(l->core, now);
	loop_drain(l);
}

/* Once a second: was the wall clock stepped?  Has the table changed, which can give this node
 * loopback addresses? */
static void on_second(struct ev_loop *ev, ev_timer *w, int revents)
{
	struct loop *l = w->data;
	const struct cdat_table *table = cdat_core_table(l->core);
	uint64_t offset = wall_offset();

	(void)ev;
	(void)revents;
	if (l->conf->loopback_ok && table != NULL && l->seen_version != cdat_table_version(table)) {
		l->seen_version = cdat_table_version(table);
		loop_read_host(l);
	}
	if (offset - l->wall_offset + WALL_STEP <= 2 * WALL_STEP)
		return;
	l->wall_offset = offset;
	cdat_core_wall(l->core, offset);
	loop_drain(l);
}

static void on_datagram(void *ctx, const struct cdat_addr *local, const struct cdat_addr *from,
			const uint8_t *data, size_t len)
{
	struct loop *l = ctx;

	cdat_core_datagram(l->core, local, from, data, len, loop_now(l));
}

static void on_batch_end(void *ctx)
{
	loop_drain(ctx);
}

static void on_host_changed(void *ctx)
{
	loop_read_host(ctx);
}

static void on_routes(void *ctx, const struct cdat_kernel_route *routes, size_t n)
{
	struct loop *l = ctx;

	cdat_core_routes(l->core, routes, n, loop_now(l));
	loop_drain(l);
}

static void on_stored(void *ctx, uint64_t ticket, bool ok)
{
	struct loop *l = ctx;

	cdat_core_stored(l->core, ticket, ok, loop_now(l));
	loop_drain(l);
}

static void on_stop_late(struct ev_loop *ev, ev_timer *w, int revents)
{
	(void)w;
	(void)revents;
	log_notice("main", "not all others know yet that this node leaves");
	ev_break(ev, EVBREAK_ALL);
}

static void on_stop(struct ev_loop *ev, ev_signal *w, int revents)
{
	struct loop *l = w->data;

	(void)revents;
	if (l->leaving) {
		ev_break(ev, EVBREAK_ALL);
		return;
	}
	l->leaving = true;
	log_notice("main", "leaving the cluster");
	ready_tell("STOPPING=1");
	ev_timer_start(ev, &l->stop);
	cdat_core_leave(l->core, loop_now(l));
	loop_drain(l);
}

static void on_reload(struct ev_loop *ev, ev_signal *w, int revents)
{
	(void)ev;
	(void)revents;
	loop_reload(w->data);
}

static void start_watchers(struct loop *l)
{
	ev_timer_init(&l->second, on_second, 1., 1.);
	ev_timer_init(&l->stop, on_stop_late, LEAVE_SECONDS, 0.);
	ev_signal_init(&l->sigterm, on_stop, SIGTERM);
	ev_signal_init(&l->sigint, on_stop, SIGINT);
	ev_signal_init(&l->sighup, on_reload, SIGHUP);
	l->second.data = l->stop.data = l;
	l->sigterm.data = l->sigint.data = l->sighup.data = l;
	ev_timer_start(l->ev, &l->second);
	ev_signal_start(l->ev, &l->sigterm);
	ev_signal_start(l->ev, &l->sigint);
	ev_signal_start(l->ev, &l->sighup);
}

/* ---- start ---- */

void loop_set_log(const struct conf *conf, unsigned verbose)
{
	unsigned level =
		(conf->log_level >= 0 ? (unsigned)conf->log_level : LOG_LEVEL_NOTICE) + verbose;

	log_set_level(level > LOG_LEVEL_DEBUG ? LOG_LEVEL_DEBUG : (enum log_level)level);
	log_set_tokens(conf->log_tokens);
}

static bool names_node(const struct conf *conf, const char *name)
{
	for (size_t i = 0; i < conf->nops; i++)
		if (conf->ops[i].kind == CDAT_OP_NODE_SET &&
		    conf->ops[i].attr == CDAT_A_NODE_NAME && strcmp(conf->ops[i].text, name) == 0)
			return true;
	return false;
}

/* The name of this node: of the file, else the host's. */
bool loop_check_node(struct conf *conf, char *err, size_t errlen)
{
	bool given = conf->node[0] != '\0';
	char host[256] = "";

	if (!given) {
		gethostname(host, sizeof(host) - 1);
		if (!cdat_name_ok(host))
			return conf_error(
				conf, (struct conf_place){1, 1}, err, errlen,
				"the host name \"%.80s\" is no name of a node; write node: NAME",
				host);
		snprintf(conf->node, sizeof(conf->node), "%s", host);
	}
	if (!conf->has_table || conf->njoin > 0 || names_node(conf, conf->node))
		return true;
	return conf_error(conf, given ? conf->node_place : conf->table_place, err, errlen,
			  "this node, \"%s\"%s, is not in the table; add it to the nodes, or write "
			  "node: with one of "
			  "their names",
			  conf->node, given ? "" : " by its host name");
}

/* The table of the file; NULL with its outcome. */
static struct cdat_table *file_table(const struct conf *conf, struct cdat_outcome *outcome)
{
	const struct cdat_rules rules = {.loopback_ok = conf->loopback_ok,
					 .initial = true,
					 .default_port = conf->port,
					 .max_nodes = CDAT_NODE_MAX};
	struct cdat_table *empty = cdat_table_new(0), *table = NULL;

	*outcome = (struct cdat_outcome){.result = CDAT_RES_OTHER};
	if (empty != NULL)
		table = cdat_table_apply(empty, conf->ops, conf->nops, &rules,
					 (struct cdat_stamp){1, 0, 0}, outcome);
	cdat_table_free(empty);
	return table;
}

bool loop_check_table(const struct conf *conf, char *err, size_t errlen)
{
	struct cdat_outcome outcome;
	struct cdat_table *table;

	if (!conf->has_table)
		return true;
	table = file_table(conf, &outcome);
	if (table == NULL)
		return conf_error(conf, conf_op_place(conf, outcome.culprit), err, errlen, "%s; %s",
				  outcome.text[0] ? outcome.text : "the table cannot be made",
				  outcome.text[0] ? "write another value or take it out"
						  : "make it smaller");
	cdat_table_free(table);
	return true;
}

/* The saved state wins over the table of the file: says so where they differ. */
static void tell_difference(const struct loop *l)
{
	const struct cdat_table *saved = cdat_core_table(l->core);
	struct cdat_outcome outcome;
	struct cdat_table *table;
	char first[100];
	size_t n;

	if (!l->conf->has_table || saved == NULL)
		return;
	table = file_table(l->conf, &outcome);
	n = table != NULL ? compare_tables(saved, table, first, sizeof(first)) : 0;
	if (n > 0)
		log_warning("main",
			    "the saved table holds, not that of %s: %zu %s, first %s; see "
			    "cdatctl diff %s, or cdatctl load %s to have it",
			    l->conf->file, n, n == 1 ? "entry differs" : "entries differ", first,
			    l->conf->file, l->conf->file);
	cdat_table_free(table);
}

/* The directory exists and no other cdatd works with it: the lock lasts as long as the process. */
static bool take_state_dir(const struct conf *conf, const char *dir, char *err, size_t errlen)
{
	int fd;

	if (mkdir(dir, 0700) != 0 && errno != EEXIST)
		return conf_error(conf, conf->state_place, err, errlen,
				  "state-dir %s cannot be made: %s; make it and "
				  "give it to the user of cdatd",
				  dir, strerror(errno));
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || faccessat(fd, ".", W_OK | X_OK, AT_EACCESS) != 0) {
		conf_error(conf, conf->state_place, err, errlen,
			   "state-dir %s cannot be used: %s; give it to the user of "
			   "cdatd",
			   dir, strerror(errno));
		if (fd >= 0)
			close(fd);
		return false;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return true;
	close(fd);
	return conf_error(conf, conf->state_place, err, errlen,
			  "state-dir %s is in use by another cdatd; end that one or "
			  "name another directory",
			  dir);
}

static const char *state_dir(const struct conf *conf)
{
	return conf->state_dir != NULL ? conf->state_dir : CDAT_STATEDIR;
}

static struct cdat_core *make_core(struct loop *l, const struct state_image *state, char *err,
				   size_t errlen)
{
	const struct conf *c = l->conf;
	struct cdat_core_config config = {
		.cluster = c->cluster,
		.node = c->node,
		.version = PACKAGE_VERSION,
		.port = c->port,
		.multicast = c->multicast,
		.keys = l->keys,
		.sealed = c->sealed,
		.incarnation = state->incarnation,
		.loopback_ok = c->loopback_ok,
		.allow_unlisted = c->allow_unlisted,
		.join = c->join,
		.njoin = c->njoin,
		.state = state->core,
		.table = c->ops,
		.ntable = c->nops,
		.wall_offset = l->wall_offset,
	};
	struct cdat_core *core;
	char why[CONF_ERROR_LEN / 2] = "";

	do
		randombytes_buf(&config.boot, sizeof(config.boot));
	while (config.boot == 0);
	do
		randombytes_buf(&config.seed, sizeof(config.seed));
	while (config.seed == 0);
	core = cdat_core_new(&config, loop_now(l), why, sizeof(why));
	if (core == NULL) {
		snprintf(err, errlen, "%s: %s", c->file, why);
		return NULL;
	}
	for (size_t i = 0; i < c->nsettings; i++)
		if (!cdat_core_local_set(core, c->settings[i].what, c->settings[i].kind,
					 c->settings[i].number))
			log_warning("main", "%s: a setting of notify is not taken", c->file);
	return core;
}

static void on_keys_saved(void *ctx, uint64_t ticket, const char *why)
{
	struct loop *l = ctx;

	if (why != NULL)
		log_error("keys", "%s", why);
	else
		log_notice("keys", "%s is written: key %u is in use", l->conf->key_file,
			   cdat_keyring_current(l->keys));
	cdat_core_keys_stored(l->core, ticket, why, loop_now(l));
	loop_drain(l);
}

static uint64_t host_now(void *ctx)
{
	return loop_now(ctx);
}

static void host_after(void *ctx)
{
	loop_drain(ctx);
}

static void host_key_verb(void *ctx, const struct cdat_c_key *key, struct cdat_outcome *outcome)
{
	loop_key_verb(ctx, key, outcome);
}

/* The directory of the socket, if only the last part of its path is missing. */
static void make_parent(const char *path)
{
	char dir[128];
	const char *slash = strrchr(path, '/');

	if (slash == NULL || slash == path || (size_t)(slash - path) >= sizeof(dir))
		return;
	snprintf(dir, sizeof(dir), "%.*s", (int)(slash - path), path);
	if (mkdir(dir, 0755) != 0 && errno != EEXIST)
		log_debug("control", "%s cannot be made: %s", dir, strerror(errno));
}

static bool make_sockets(struct loop *l, char *err, size_t errlen)
{
	const struct udp_handlers handlers = {on_datagram, on_batch_end, l};
	const struct control_host host = {l->core, l->keys, host_now, host_after, host_key_verb, l};
	const char *path = l->conf->socket != NULL ? l->conf->socket : CDAT_RUNDIR "/cdatd.sock";

	l->udp = udp_new(l->ev, &handlers, &l->conf->multicast);
	l->netlink = netlink_new(l->ev, on_host_changed, l);
	l->routes = l->netlink != NULL ? routes_new(l->ev, l->netlink, on_routes, l) : NULL;
	if (l->udp == NULL || l->routes == NULL) {
		snprintf(err, errlen,
			 "cdatd: the network of this host cannot be read: %s; allow AF_NETLINK "
			 "sockets",
			 strerror(errno));
		return false;
	}
	make_parent(path);
	l->control = control_new(l->ev, path, &host, err, errlen);
	return l->control != NULL;
}

static bool start(struct loop *l, char *err, size_t errlen)
{
	const char *dir = state_dir(l->conf);
	struct state_image state = {0};
	uint8_t *buf = NULL;
	bool ok;

	l->keys = cdat_keyring_new(l->conf->cluster);
	l->ev = ev_default_loop(EVFLAG_NOENV);
	if (l->keys == NULL || l->ev == NULL ||
	    !deadline_start(&l->deadline, l->ev, on_deadline, l)) {
		snprintf(err, errlen, "cdatd: not enough memory or descriptors; free some");
		return false;
	}
	l->wall_offset = wall_offset();
	if (!keyfile_load(l->conf, l->keys, err, errlen) ||
	    !loop_check_table(l->conf, err, errlen) || !loop_check_node(l->conf, err, errlen) ||
	    !take_state_dir(l->conf, dir, err, errlen))
		return false;
	if (state_read(dir, l->conf->cluster, &state, &buf, err, errlen) < 0)
		return false;
	memcpy(state.cluster, l->conf->cluster, sizeof(state.cluster));
	state.incarnation++;
	l->core = make_core(l, &state, err, errlen);
	ok = l->core != NULL && make_sockets(l, err, errlen) &&
	     state_write(dir, &state, err, errlen);
	if (ok && state.core.len > 0)
		tell_difference(l);
	conf_forget_table(l->conf);
	free(buf);
	if (!ok)
		return false;
	l->store = store_new(l->ev, dir, state.cluster, state.incarnation, on_stored, l);
	l->keysave = keysave_new(l->ev, on_keys_saved, l);
	if (l->store == NULL || l->keysave == NULL) {
		snprintf(err, errlen,
			 "cdatd: the threads for its files cannot be made; raise the limits");
		return false;
	}
	return true;
}

struct loop *loop_new(struct conf *conf, unsigned verbose, char *err, size_t errlen)
{
	struct loop *l = calloc(1, sizeof(*l));

	if (l == NULL) {
		snprintf(err, errlen, "cdatd: not enough memory; free some");
		conf_free(conf);
		return NULL;
	}
	l->conf = conf;
	l->verbose = verbose;
	if (start(l, err, errlen)) {
		start_watchers(l);
		loop_start_drain(l);
		loop_read_host(l);
		return l;
	}
	loop_free(l);
	return NULL;
}

void loop_run(struct loop *l)
{
	ev_run(l->ev, 0);
	udp_flush(l->udp);
}

void loop_free(struct loop *l)
{
	if (l == NULL)
		return;
	store_free(l->store);
	keysave_free(l->keysave);
	control_free(l->control);
	routes_free(l->routes);
	netlink_free(l->netlink);
	udp_free(l->udp);
	cdat_core_free(l->core);
	cdat_keyring_free(l->keys);
	conf_free(l->conf);
	free(l->listen);
	free(l->locals);
	deadline_stop(&l->deadline);
	if (l->ev != NULL)
		ev_loop_destroy(l->ev);
	free(l);
}
