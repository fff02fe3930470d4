/* SPDX-License-Identifier: MIT */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	CHILD_SECONDS = 30
};

struct timing *child_memory(unsigned count)
{
	void *p = mmap(NULL, count * sizeof(struct timing), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED) {
		perror("bench: no memory");
		exit(1);
	}
	return p;
}

static void hold_not(struct timing *t)
{
	(void)t;
}

/* The signal that lets one go that holds; blocked in it from the start. */
static void block_leave(sigset_t *set)
{
	(void)sigemptyset(set); /* these fail for numbers that are no signals */
	(void)sigaddset(set, SIGUSR1);
	(void)sigprocmask(SIG_BLOCK, set, NULL);
}

/* Inside: says so and waits to be let go. */
static void hold_on(struct timing *t)
{
	sigset_t set;
	int sig;

	block_leave(&set);
	(void)alarm(0);
	t->end_ns = child_now_ns();
	__atomic_store_n(&t->held, true, __ATOMIC_RELEASE);
	(void)sigwait(&set, &sig); /* the set is good */
}

static pid_t start(child_fn fn, const void *arg, struct timing *t, void (*hold)(struct timing *))
{
	pid_t pid;

	*t = (struct timing){.code = -1};
	(void)snprintf(t->why, sizeof(t->why), "the process died or took too long");
	pid = fork();
	if (pid == 0) {
		(void)alarm(CHILD_SECONDS);
		fn(arg, t, hold);
		_exit(0);
	}
	return pid;
}

static void wait_for(pid_t pid)
{
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

/* Its parent is gone: it belongs to init, or to us as a subreaper. */
static void end_left(struct timing *t)
{
	if (t->pid_left <= 0)
		return;
	(void)kill(t->pid_left, SIGKILL);
	(void)waitpid(t->pid_left, NULL, 0);
	t->pid_left = 0;
}

int child_time(child_fn fn, const void *arg, struct timing *t)
{
	pid_t pid = start(fn, arg, t, hold_not);

	if (pid < 0)
		return -1;
	wait_for(pid);
	end_left(t);
	return t->code == 0 ? 0 : -1;
}

int crowd_init(struct crowd *c, unsigned room)
{
	*c = (struct crowd){.timings = child_memory(room)};
	c->pids = calloc(room, sizeof(*c->pids));
	return c->pids ? 0 : -1;
}

int crowd_enter(struct crowd *c, child_fn fn, const void *arg)
{
	struct timing *t = &c->timings[c->count];
	pid_t pid;

	*t = (struct timing){.code = -1};
	pid = fork();
	if (pid < 0)
		return -1;
	if (pid == 0) {
		sigset_t set;

		block_leave(&set);
		(void)alarm(CHILD_SECONDS);
		fn(arg, t, hold_on);
		_exit(0);
	}
	c->pids[c->count++] = pid;
	while (!__atomic_load_n(&t->held, __ATOMIC_ACQUIRE)) {
		if (waitpid(pid, NULL, WNOHANG) == pid) {
			c->count--;
			return -1;
		}
		(void)usleep(200);
	}
	return 0;
}

void crowd_leave(struct crowd *c)
{
	for (unsigned i = 0; i < c->count; i++)
		(void)kill(c->pids[i], SIGUSR1); /* ours, and not waited for yet */
	for (unsigned i = 0; i < c->count; i++) {
		wait_for(c->pids[i]);
		end_left(&c->timings[i]);
	}
	c->count = 0;
}

static void race_one(child_fn fn, const void *arg, struct timing *t, void (*warm)(void),
		     const int gate[2])
{
	sigset_t set;
	char c;

	close(gate[1]);
	block_leave(&set);
	(void)alarm(CHILD_SECONDS);
	warm();
	(void)!read(gate[0], &c, 1); /* its end is all there is to read */
	fn(arg, t, hold_on);
	_exit(0);
}

/* Waits until all are inside, or have failed; the latest end of an open, or -1. */
static double last_end(const pid_t *pids, struct timing *timings, unsigned count)
{
	double last = 0;

	for (unsigned i = 0; i < count; i++) {
		siginfo_t info = {0};

		while (!__atomic_load_n(&timings[i].held, __ATOMIC_ACQUIRE)) {
			if (waitid(P_PID, (id_t)pids[i], &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
			    info.si_pid != 0)
				return -1;
			(void)usleep(500);
		}
		last = timings[i].end_ns > last ? timings[i].end_ns : last;
	}
	return last;
}

double child_race(child_fn fn, const void *args, size_t size, unsigned count, void (*warm)(void),
		  struct timing *timings)
{
	pid_t pids[256];
	int gate[2];
	double begin, last;

	if (count > 256 || pipe2(gate, O_CLOEXEC) < 0)
		return -1;
	for (unsigned i = 0; i < count; i++) {
		timings[i] = (struct timing){.code = -1};
		pids[i] = fork();
		if (pids[i] < 0)
			return -1;
		if (pids[i] == 0)
			race_one(fn, (const char *)args + i * size, &timings[i], warm, gate);
	}
	(void)usleep(20000 + count * 5000); /* let them all reach the gate */
	begin = child_now_ns();
	close(gate[1]);
	last = last_end(pids, timings, count);
	for (unsigned i = 0; i < count; i++) {
		(void)kill(pids[i], SIGUSR1); /* a child that failed is a zombie, or waited for */
		wait_for(pids[i]);
		end_left(&timings[i]);
	}
	close(gate[0]);
	return last < 0 ? -1 : last - begin;
}
