/* SPDX-License-Identifier: MIT */
/* A helper without requests in a system of a test's own: sets are built, entered and ended for real */
#ifndef NSI_TEST_WHOLE_H
#define NSI_TEST_WHOLE_H

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "policy/image.h"
#include "sets/adopt.h"
#include "sets/all.h"
#include "sets/session.h"
#include "sets/set.h"
#include "setup/setup.h"
#include "state/record.h"
#include "tests/unit/faults_system.h"
#include "tests/unit/image.h"
#include "tests/unit/process.h"
#include "wire/wire.h"

enum {
	USER = 1000,
	WHOLE_SECONDS = 15 /* less than the time that a sweep gives a child */
};

static struct sets sets;
static struct set_waiter login;
static bool login_has_news;
static void login_goes_on(struct set *set); /* NULL: there is none */
static uint64_t whole_until;                /* clock_now_us() */
static bool (*whole_is_there)(void);

static inline void whole_on_news(struct loop_job *job)
{
	(void)job;
	login_goes_on(set_by_id(&sets, login.set_id));
	login_has_news = true;
}

static inline void whole_before_wait(struct loop *l)
{
	l->stop = whole_is_there() || clock_now_us() > whole_until;
}

static inline void whole_on_tick(struct timer *t)
{
	loop_arm(&sets.loop, t, 20000);
}

/* Runs the helper until @is_there.  Returns false if that does not come, or the helper gives up. */
static inline bool whole_run(bool (*is_there)(void))
{
	static struct timer tick = {.fire = whole_on_tick};
	int r;

	whole_is_there = is_there;
	whole_until = clock_now_us() + WHOLE_SECONDS * UINT64_C(1000000);
	sets.loop.stop = false;
	loop_arm(&sets.loop, &tick, 20000); /* @is_there may be of what no event tells */
	r = loop_run(&sets.loop, whole_before_wait);
	loop_disarm(&sets.loop, &tick);
	sets.loop.stop = false;
	return r == 0 && is_there();
}

static inline bool login_is_answered(void)
{
	return login_has_news;
}

static inline bool all_are_gone(void)
{
	return LIST_EMPTY(&sets.all);
}

static inline bool is_there(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

/* The entries of a directory that are no hidden files. */
static inline unsigned count_files(const char *path)
{
	DIR *dir = opendir(path);
	const struct dirent *e;
	unsigned count = 0;

	while (dir && (e = readdir(dir)) != NULL)
		count += e->d_name[0] != '.';
	if (dir)
		(void)closedir(dir);
	return count;
}

static inline unsigned count_mounts(void)
{
	FILE *f = fopen("/proc/self/mountinfo", "re");
	unsigned count = 0;
	int c;

	while (f && (c = getc(f)) != EOF)
		count += c == '\n';
	if (f)
		(void)fclose(f);
	return count;
}

/* Counts the processes of this system but its init and this one. */
static inline unsigned count_processes(void)
{
	return faults_count_processes() - 2;
}

static inline bool nobody_is_left(void)
{
	return count_processes() == 0;
}

/* All that main.c does before it takes requests, but for the policy, which is @image. */
static inline void whole_begin(struct pol_image *image)
{
	struct nsi_fail f = {""};

	memset(&sets, 0, sizeof(sets));
	login = (struct set_waiter){.job.run = whole_on_news};
	login_has_news = false;
	sets.host = (struct host){
		.config = "/etc/nsi.conf", .rundir = "/run/nsi", .statedir = "/run/state"};
	faults_check(host_init(&sets.host, &f) == 0 && host_take(&sets.host, &f) == 0, "%s",
		     f.what);
	faults_check(loop_init(&sets.loop) == 0 &&
			     sentinels_init(&sets.sentinels, &sets, &f) == 0 &&
			     jobs_init(&sets.jobs, &sets, &f) == 0,
		     "no loop: %s", f.what);
	scanner_init(&sets.scanner, &sets);
	sets.loader.image = image;
	sweeper_init(&sets.sweeper, &sets.loop, &sets.host,
		     (struct sweep_owner){.is_live = adopt_is_live, .arg = &sets});
	spare_init(&sets.spare, &sets);
	upkeep_init(&sets.upkeep, &sets);
	faults_check(networks_init(&sets.networks, &sets, &f) == 0 &&
			     limits_init(&sets.limits, &sets.loop, sets.host.run_fd, &f) == 0,
		     "%s", f.what);
}

/* A login of @policy wants a set.  Returns it, or NULL with the reason in @f. */
static inline struct set *whole_want_set(const struct pol_policy *policy, struct nsi_fail *f)
{
	struct setup_plan plan = {
		.host = &sets.host,
		.image = sets.loader.image,
		.policy = policy,
		.owner = USER,
		.pid = getpid(),
		.uid = USER,
		.gid = USER,
		.user = "alice",
		.home = "/home/alice",
		.service = "sshd",
	};
	struct set *set;

	if (host_next_set(&sets.host, &plan.id, f) < 0)
		return NULL;
	set = set_create(&sets, &plan, "/etc/nsi.conf:1", f);
	if (set)
		set_wait(set, &login);
	return set;
}

#endif /* NSI_TEST_WHOLE_H */
