/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sim: runs stories and seeds.
 *
 *   sim                          all stories, 1,000 seeds, 100 of them again with short memory
 *                                (make check; 200 and 20 under ASan)
 *   sim --story NAME --seeds A-B  one story, for each of the seeds
 *   sim --long                   the long stories too, and 10,000 seeds
 *   sim --seed N [--nodes K] -v  one seed with its trace (-vv calls, -vvv datagrams)
 *   sim --seeds A-B --memory     allocations of a core fail at times too
 *   sim --story NAME [-v]        one story
 *   sim --seeds FROM-TO [-j J]   a range
 *   sim --seeds 1-20 --nodes 1000 [-j J]    the same of large clusters: minutes a seed
 *   sim --figures --nodes K [--churn S] [--lean]    figures of a large cluster (figures.h)
 */
#include <getopt.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "figures.h"
#include "scenario.h"

#define SHOWN 10	/* failing seeds printed per worker */

/* Seeds of a plain run; under a sanitizer, which takes eight times as long, fewer. */
#ifdef __SANITIZE_ADDRESS__
#define SEEDS 200
#define MEMORY_SEEDS 20
#else
#define SEEDS 1000
#define MEMORY_SEEDS 100
#endif

struct args {
	uint64_t from, to;
	uint32_t nodes;
	int verbose;
	unsigned jobs;
	const char *story;
	unsigned churn;
	bool one, stories, seeds, is_long, figures, memory, lean;
};

static int worker(const struct args *a, unsigned me)
{
	unsigned bad = 0;
	char why[512];

	for (uint64_t seed = a->from + me; seed <= a->to; seed += a->jobs) {
		if (sim_random(seed, a->nodes, a->memory, a->verbose, why, sizeof(why)))
			continue;
		if (bad < SHOWN) {
			printf("not ok - seed %llu: %s\n    replay: tests/sim/sim --seed %llu",
			       (unsigned long long)seed, why, (unsigned long long)seed);
			if (a->nodes)
				printf(" --nodes %u", a->nodes);
			if (a->memory)
				printf(" --memory");
			printf(" -v\n");
			fflush(stdout);
		}
		bad++;
	}
	return bad > 200 ? 200 : (int)bad;
}

/* Seeds, divided among processes.  Returns how many failed. */
static unsigned run_seeds(const struct args *a)
{
	unsigned bad = 0;
	int status;

	if (a->jobs == 1 || a->from == a->to)
		return (unsigned)worker(a, 0);
	fflush(stdout);
	for (unsigned i = 0; i < a->jobs; i++) {
		pid_t pid = fork();

		if (pid == 0)
			exit(worker(a, i));	/* not _exit(): the lines that ran are counted at the end */
		if (pid < 0) {
			perror("sim: fork");
			bad++;
		}
	}
	while (wait(&status) > 0)
		bad += WIFEXITED(status) ? (unsigned)WEXITSTATUS(status) : 1000;
	return bad;
}

static bool run_story(const struct sim_story *story, const struct args *a, uint64_t seed)
{
	char why[512] = "", at[40] = "";
	bool ok = story->run(seed, a->verbose, why, sizeof(why));

	if (seed > 1)
		snprintf(at, sizeof(at), " --seed %llu", (unsigned long long)seed);
	printf("%s - %s%s%s%s\n", ok ? "ok" : "not ok", story->name, at, *why ? ": " : "", why);
	if (!ok)
		printf("    replay: tests/sim/sim --story '%s'%s -v\n", story->name, at);
	fflush(stdout);
	return ok;
}

/* The stories that are asked for, one that is named for each of the seeds. */
static void run_stories(const struct args *a, unsigned *passed, unsigned *failed)
{
	for (size_t i = 0; i < sim_nstories; i++) {
		const struct sim_story *s = &sim_stories[i];
		bool seeds = a->story && a->seeds;

		if (a->story ? strcmp(a->story, s->name) : s->is_long && !a->is_long)
			continue;
		for (uint64_t seed = seeds ? a->from : 1; seed <= (seeds ? a->to : 1); seed++)
			++*(run_story(s, a, seed) ? passed : failed);
	}
}

static int parse(struct args *a, int argc, char **argv)
{
	static const struct option options[] = {
		{ "seed", required_argument, NULL, 's' }, { "seeds", required_argument, NULL, 'S' },
		{ "nodes", required_argument, NULL, 'n' }, { "story", required_argument, NULL, 't' },
		{ "long", no_argument, NULL, 'l' }, { "stories", no_argument, NULL, 'T' },
		{ "figures", no_argument, NULL, 'f' }, { "churn", required_argument, NULL, 'c' },
		{ "memory", no_argument, NULL, 'm' }, { "lean", no_argument, NULL, 'L' },
		{ NULL, 0, NULL, 0 }
	};
	int c;

	while ((c = getopt_long(argc, argv, "vj:", options, NULL)) != -1) {
		char *end = optarg;

		if (c == 'v') {
			a->verbose++;
		} else if (c == 'j') {
			a->jobs = (unsigned)strtoul(optarg, &end, 10);
		} else if (c == 's') {
			a->from = a->to = strtoull(optarg, &end, 10);
			a->one = a->seeds = true;
		} else if (c == 'S') {
			a->from = strtoull(optarg, &end, 10);
			a->to = *end == '-' ? strtoull(end + 1, &end, 10) : a->from;
			a->seeds = true;
		} else if (c == 'n') {
			a->nodes = (uint32_t)strtoul(optarg, &end, 10);
		} else if (c == 'c') {
			a->churn = (unsigned)strtoul(optarg, &end, 10);
		} else if (c == 'f') {
			a->figures = true;
		} else if (c == 't') {
			a->story = optarg;
			end = NULL;
		} else if (c == 'l') {
			a->is_long = true;
		} else if (c == 'm') {
			a->memory = true;
		} else if (c == 'L') {
			a->lean = true;
		} else if (c == 'T') {
			a->stories = true;
		} else {
			return -1;
		}
		if (end && *end)
			return -1;
	}
	if (!a->jobs || a->from > a->to || a->nodes > SIM_NODES_MAX || optind != argc)
		return -1;
	return 0;
}

int main(int argc, char **argv)
{
	struct args a = { .from = 1, .jobs = 2 };
	unsigned passed = 0, failed = 0;

	a.to = 0;
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (sodium_init() < 0) {
		fprintf(stderr, "sim: libsodium does not start\n");
		return 1;
	}
	a.to = 1;
	if (parse(&a, argc, argv)) {
		fprintf(stderr, "usage: sim [--seed N | --seeds A-B | --story NAME [--seeds A-B] | --stories |"
			" --long | --figures [--churn SECONDS] [--lean]] [--nodes K] [--memory] [-j JOBS] [-v]\n");
		return 2;
	}
	if (a.figures)
		return sim_figures(a.from, a.nodes ? a.nodes : 5, a.churn, a.lean, a.verbose) ? 0 : 1;
	if (!a.seeds && !a.story && !a.stories)
		a.to = a.is_long ? 10000 : SEEDS;
	if (a.story || !a.seeds)
		run_stories(&a, &passed, &failed);
	if (a.story && !passed && !failed) {
		fprintf(stderr, "sim: no story %s\n", a.story);
		return 2;
	}
	while (!a.story && !a.stories) {
		unsigned n = (unsigned)(a.to - a.from + 1), bad = run_seeds(&a);

		printf("%s - %u seeds%s, %u hold all invariants\n", bad ? "not ok" : "ok", n,
		       a.memory ? ", memory short at times" : "", bad > n ? 0 : n - bad);
		passed += bad > n ? 0 : n - bad;
		failed += bad;
		if (a.memory || a.seeds)
			break;
		a.memory = true;
		a.to = MEMORY_SEEDS;
	}
	printf("%u passed, %u failed\n", passed, failed);
	return failed ? 1 : 0;
}
