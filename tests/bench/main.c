/* SPDX-License-Identifier: MIT */
/*
 * bench: what a login costs, with us, with others, and with the bare system calls.
 * Runs in the throw-away system that tests/bench/run makes; see there.
 */
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bench.h"
#include "report.h"

enum {
	ROUNDS_FULL = 120,
	ROUNDS_QUICK = 30,
	USERS = 1200
};

struct bench bench = {.modules = "/lib/x86_64-linux-gnu/security", .out = "."};

void bench_say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vfprintf(stderr, fmt, ap);
	va_end(ap);
	(void)fputc('\n', stderr);
}

/* u0 to u1199, of their own groups; the first ones are those that most turns look up. */
static int add_users(void)
{
	FILE *passwd = fopen("/etc/passwd", "ae"), *group = fopen("/etc/group", "ae");

	if (!passwd || !group)
		return -1;
	for (unsigned i = 0; i < USERS; i++) {
		(void)fprintf(passwd, "u%u:x:%u:%u::/:/bin/sh\n", i, 200000 + i, 200000 + i);
		if (i < 40)
			(void)fprintf(group, "u%u:x:%u:\n", i, 200000 + i);
	}
	(void)fprintf(group, "newnet:x:290000:u16\nusernet:x:290001:u17\n");
	return fclose(passwd) | fclose(group);
}

static int prepare(void)
{
	if (mkdir("/run/bench", 0755) < 0 || mkdir(LOGIN_CONFDIR, 0755) < 0 ||
	    mkdir("/etc/bench", 0755) < 0)
		return -1;
	if (login_write_service("other", "# none") < 0 ||
	    login_write_service("warm", "session required pam_permit.so") < 0 || add_users() < 0)
		return -1;
	login_warm();
	return 0;
}

static bool is_wanted(const char *only, const char *part)
{
	return !only || strcmp(only, part) == 0;
}

static void grow(struct report *r, const char *only)
{
	static const struct {
		const char *name;
		void (*run)(struct curve *c);
	} curves[REPORT_CURVES] = {
		{"mounts", growth_mounts}, {"rules", growth_rules},   {"sets", growth_sets},
		{"groups", growth_groups}, {"logins", growth_logins}, {"files", growth_files},
	};

	for (unsigned i = 0; i < REPORT_CURVES; i++)
		if (is_wanted(only, curves[i].name))
			curves[i].run(&r->curves[r->curve_count++]);
}

/* Beside hogs, and in a rush, with the instances and live sets of the contest. */
struct crowded {
	struct report *report;
	const char *only;
};

static void measure_crowded(struct result *results, void *arg)
{
	const struct crowded *c = arg;

	if (is_wanted(c->only, "busy"))
		busy_run(results, c->report->busy);
	if (is_wanted(c->only, "rush"))
		busy_rush(&c->report->rush);
}

static int measure(struct report *r, const char *only)
{
	struct result *results = calloc(contestant_count, sizeof(*results));
	struct crowded crowded = {r, only};

	if (!results)
		return -1;
	r->results = results;
	/* First, while the kernel has not yet freed anything that it would use again. */
	if (is_wanted(only, "memory"))
		r->memory_count = memory_run(NULL, r->memory);
	if (is_wanted(only, "memory") && bench.former)
		r->former_count = memory_run(bench.former, r->former);
	if (contest_run(results, is_wanted(only, "contest") ? r->rounds : 1, measure_crowded,
			&crowded) < 0) {
		bench_say("bench: pam_permit cannot be measured: %s", results[0].absent);
		return -1;
	}
	grow(r, only);
	return report_write(r);
}

int main(int argc, char **argv)
{
	static struct report report = {.rounds = ROUNDS_FULL};
	static const struct option options[] = {
		{"quick", no_argument, NULL, 'q'},
		{"out", required_argument, NULL, 'o'},
		{"modules", required_argument, NULL, 'm'},
		{"only", required_argument, NULL, 'O'},
		{"against", required_argument, NULL, 'a'},
		{"names", required_argument, NULL, 'n'},
		{"rounds", required_argument, NULL, 'r'},
		{"former", required_argument, NULL, 'f'},
		{NULL, 0, NULL, 0},
	};
	const char *only = NULL;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'q') {
			bench.quick = true;
			report.rounds = ROUNDS_QUICK;
		} else if (c == 'o') {
			bench.out = optarg;
		} else if (c == 'm') {
			bench.modules = optarg;
		} else if (c == 'O') {
			only = optarg;
		} else if (c == 'a') {
			bench.against = optarg;
		} else if (c == 'n') {
			bench.names = optarg;
		} else if (c == 'f') {
			bench.former = optarg;
		} else if (c == 'r') {
			report.rounds = (unsigned)strtoul(optarg, NULL, 10);
		} else {
			(void)fprintf(stderr, "usage: bench [--quick] [--rounds N] [--only PART] "
					      "[--against BUILD] [--former BUILD] "
					      "[--modules DIR] [--out DIR]\n");
			return 2;
		}
	}
	if (bench.names && (bench.names[0] != ' ' || bench.names[strlen(bench.names) - 1] != ' '))
		return 2;
	if (prepare() < 0) {
		perror("bench: cannot set up");
		return 1;
	}
	return measure(&report, only) < 0 ? 1 : 0;
}
