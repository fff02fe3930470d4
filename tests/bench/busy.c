/* SPDX-License-Identifier: MIT */
#include "busy.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bare.h"
#include "subject.h"

enum {
	HOGS_MAX = 1024,
	CLASS = 20,
	AT_ONCE = 64
};

const char *const busy_names[BUSY_NAMES] = {"permit",      "namespace-user", "namespace-tmpfs",
					    "join",        "session",        "bare-turns",
					    "bare-urgent", "bare-first"};

static const struct {
	unsigned hogs, rounds, quick;
} levels[BUSY_LEVELS] = {{2, 40, 8}, {5, 40, 8}, {10, 100, 20}};

/* Counts, and makes no system call. */
static void hog(pid_t parent)
{
	volatile unsigned long count = 0;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	for (;;)
		count++;
}

static unsigned hogs_start(pid_t pids[HOGS_MAX], unsigned for_each)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned count = 0, wanted = for_each * (unsigned)(processors > 0 ? processors : 1);
	const pid_t self = getpid();

	while (count < wanted && count < HOGS_MAX && (pids[count] = fork()) >= 0) {
		if (pids[count] == 0)
			hog(self);
		count++;
	}
	return count;
}

static void hogs_end(const pid_t pids[HOGS_MAX], unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		(void)kill(pids[i], SIGKILL); /* ours, and not waited for yet */
	for (unsigned i = 0; i < count; i++)
		(void)waitpid(pids[i], NULL, 0);
}

/* The benchmark itself does not wait for its turn; its children are ordinary processes. */
static void busy_go_first(bool first)
{
	const struct sched_param now = {.sched_priority = first ? 1 : 0};
	int policy = first ? SCHED_RR | SCHED_RESET_ON_FORK : SCHED_OTHER;

	if (sched_setscheduler(0, policy, &now) < 0)
		bench_say("busy: the benchmark itself waits for its turn, which takes longer");
}

static struct result *busy_find(struct result *results, const char *name)
{
	for (unsigned i = 0; i < contestant_count; i++)
		if (strcmp(results[i].who->name, name) == 0)
			return results[i].absent[0] ? NULL : &results[i];
	return NULL;
}

static void busy_round(struct result *results, struct busy *b, struct timing *t, unsigned round)
{
	double open[BUSY_NAMES] = {0};

	for (unsigned i = 0; i < BUSY_NAMES; i++) {
		unsigned n = (i + round) % BUSY_NAMES;
		struct result *r = busy_find(results, busy_names[n]);

		if (!r || contest_turn(r, t) < 0) {
			if (r)
				bench_say("%s failed once: %s", busy_names[n], t->why);
			continue;
		}
		open[n] = t->open_ns;
		sample_add(&b->open[n], t->open_ns);
	}
	for (unsigned n = 0; n < BUSY_NAMES; n++)
		if (open[n] > 0 && open[0] > 0)
			sample_add(&b->over[n],
				   contest_is_bare(busy_names[n]) ? open[n] : open[n] - open[0]);
}

void busy_run(struct result *results, struct busy busy[BUSY_LEVELS])
{
	struct timing *t = child_memory(1);
	static pid_t pids[HOGS_MAX];

	for (unsigned level = 0; level < BUSY_LEVELS; level++) {
		unsigned rounds = bench.quick ? levels[level].quick : levels[level].rounds;
		unsigned count = hogs_start(pids, levels[level].hogs);

		busy_go_first(true);
		busy[level].hogs = levels[level].hogs;
		for (unsigned round = 0; round < rounds; round++)
			busy_round(results, &busy[level], t, round);
		busy_go_first(false);
		hogs_end(pids, count);
		bench_say("busy: %u hogs a processor, %u rounds", levels[level].hogs, rounds);
	}
}

/* A class that makes its namespaces by the bare system calls. */
static void rush_class_bare(struct sample *ret)
{
	struct crowd crowd;

	if (crowd_init(&crowd, CLASS) < 0)
		return;
	for (unsigned turn = 0; turn < (bench.quick ? 2u : 5u); turn++) {
		for (unsigned i = 0; i < CLASS; i++)
			if (crowd_enter(&crowd, bare_first, NULL) == 0)
				sample_add(ret, crowd.timings[crowd.count - 1].open_ns);
		crowd_leave(&crowd);
		(void)usleep(20000); /* time for the kernel's deferred work */
	}
}

static void rush_class(struct sample *ret, struct subject *s)
{
	struct crowd crowd;

	if (crowd_init(&crowd, CLASS) < 0)
		return;
	for (unsigned turn = 0; turn < (bench.quick ? 2u : 5u); turn++) {
		for (unsigned i = 0; i < CLASS; i++) {
			struct login login = s->login;

			(void)snprintf(login.user, sizeof(login.user), "u%u", 300 + i);
			if (crowd_enter(&crowd, login_run, &login) == 0)
				sample_add(ret, crowd.timings[crowd.count - 1].open_ns);
		}
		crowd_leave(&crowd);
		(void)instance_settle(&s->instance, 0);
	}
}

/* Many of @fn at once, again and again; between two the helper of @instance, if there is one, is given time. */
static void rush_at_once(struct sample *ret, child_fn fn, const struct login *login,
			 const struct instance *instance)
{
	struct timing *timings = child_memory(AT_ONCE);
	static struct login logins[AT_ONCE];

	for (unsigned i = 0; i < AT_ONCE; i++)
		logins[i] = *login;
	for (unsigned turn = 0; turn < (bench.quick ? 3u : 10u); turn++) {
		double ns = child_race(fn, logins, sizeof(logins[0]), AT_ONCE, login_warm_process,
				       timings);

		if (instance)
			(void)instance_settle(instance, 1);
		if (ns > 0)
			sample_add(ret, ns);
	}
}

static void rush_crowd(struct sample *ret, const char *name, const char *build)
{
	struct subject s;

	if (subject_make_of(&s, name, SUBJECT_USUAL, "u1", build) < 0) {
		bench_say("%s cannot be set up", name);
		return;
	}
	rush_at_once(ret, login_run, &s.login, &s.instance);
	subject_done(&s);
}

void busy_rush(struct rush *ret)
{
	const struct login permit = {.service = "permit", .user = "u0"};
	struct subject s;

	if (subject_make(&s, "class", SUBJECT_USUAL, NULL, "u1", false) == 0) {
		rush_class(&ret->first, &s);
		subject_done(&s);
	}
	rush_class_bare(&ret->first_bare);
	rush_at_once(&ret->all_bare, bare_first, &permit, NULL);
	rush_at_once(&ret->permit, login_run, &permit, NULL);
	rush_crowd(&ret->crowd, "crowd", NULL);
	if (bench.former)
		rush_crowd(&ret->former, "crowd-former", bench.former);
}
