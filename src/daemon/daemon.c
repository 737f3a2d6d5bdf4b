/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cdatd from its command line to its exit code.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "daemon/args.h"
#include "daemon/daemon.h"
#include "daemon/keyfile.h"
#include "host/log.h"
#include "daemon/loop.h"
#include "daemon/ready.h"
#include "daemon/realtime.h"
#include "wire/version.h"

/* Keys shall not end in a core file, nor be read by a debugger of the same user. */
static void protect(void)
{
	const struct rlimit none = {0, 0};

	if (setrlimit(RLIMIT_CORE, &none) != 0 || prctl(PR_SET_DUMPABLE, 0) != 0)
		log_warning("main", "core files cannot be turned off: %s", strerror(errno));
	signal(SIGPIPE, SIG_IGN);
}

/* glibc raises the threshold to the largest block that was freed; the next change of thousands of
 * nodes (tens of MiB for a moment) would then lie in the heap, which never gave it back. */
static void large_blocks_apart(void)
{
#ifdef M_MMAP_THRESHOLD
	mallopt(M_MMAP_THRESHOLD, 1 << 20);
#endif
}

static int complain(const char *err)
{
	fprintf(stderr, "%s\n", err);
	return 1;
}

/* Judges all that can be judged without a change of anything. */
static int test_configuration(struct conf *conf)
{
	char err[CONF_ERROR_LEN];
	struct cdat_keyring *keys = cdat_keyring_new(conf->cluster);
	bool ok = keys != NULL && keyfile_load(conf, keys, err, sizeof(err)) &&
		  loop_check_table(conf, err, sizeof(err)) &&
		  loop_check_node(conf, err, sizeof(err));

	if (ok)
		printf("%s: good\n", conf->file);
	cdat_keyring_free(keys);
	conf_free(conf);
	return ok ? 0 : complain(keys != NULL ? err : "cdatd: not enough memory; free some");
}

/* The parent waits for word that the child is ready; the child returns with the pipe to tell. */
static int detach(void)
{
	int ends[2];
	char word;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) != 0 || (pid = fork()) < 0) {
		fprintf(stderr, "cdatd: cannot run in the background: %s\n", strerror(errno));
		return -1;
	}
	if (pid > 0) {
		close(ends[1]);
		_exit(read(ends[0], &word, 1) == 1 ? 0 : 1);
	}
	close(ends[0]);
	setsid();
	return ends[1];
}

static void let_go(int ready_fd)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (write(ready_fd, "r", 1) != 1)
		log_warning("main", "the starting process is gone");
	close(ready_fd);
	for (int fd = 0; null >= 0 && fd < 3; fd++)
		dup2(null, fd);
	if (null > 2)
		close(null);
	if (chdir("/") != 0)
		log_debug("main", "chdir: %s", strerror(errno));
}

static int run(struct conf *conf, const struct args *args)
{
	char err[CONF_ERROR_LEN];
	bool sealed = conf->sealed, ordinary = conf->ordinary;
	struct loop *loop;
	int ready_fd = args->detach ? detach() : -1;

	if (args->detach && ready_fd < 0) {
		conf_free(conf);
		return 1;
	}
	log_open("cdatd", args->detach ? LOG_TO_SYSLOG : LOG_TO_STDERR);
	loop_set_log(conf, args->verbose);
	protect();
	loop = loop_new(conf, args->verbose, err, sizeof(err));
	if (loop == NULL)
		return complain(err);
	if (!sealed)
		log_warning("main", "security: none: anyone on the network can join, read and "
				    "change this cluster");
	if (!ordinary)
		realtime_begin();
	log_notice("main", "cdatd " PACKAGE_VERSION " is ready");
	ready_tell("READY=1");
	if (args->detach)
		let_go(ready_fd);
	loop_run(loop);
	loop_free(loop);
	log_notice("main", "ended");
	/* The keys are wiped; a leak checker may look now. */
	prctl(PR_SET_DUMPABLE, 1);
	return 0;
}

int daemon_main(int argc, char **argv)
{
	char err[CONF_ERROR_LEN];
	struct args args;
	struct conf *conf;

	if (!args_parse(&args, argc, argv))
		return 2;
	if (args.help) {
		args_usage();
		return 0;
	}
	if (args.version) {
		cdat_print_version("cdatd", args.verbose > 0);
		return 0;
	}
	large_blocks_apart();
	if (sodium_init() < 0)
		return complain(
			"cdatd: libsodium cannot be used; there is no randomness on this host");
	conf = conf_load(args.file, CONF_SERVICER, err, sizeof(err));
	if (conf == NULL)
		return complain(err);
	return args.test ? test_configuration(conf) : run(conf, &args);
}
