/* SPDX-License-Identifier: MIT */
#include "sets/stay.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/fd.h"
#include "base/nstype.h"
#include "base/proc.h"
#include "confine/confine.h"
#include "log/log.h"
#include "ns/ns.h"
#include "setup/setup.h"
#include "state/record.h"

enum {
	NAME_SIZE = 16,
	TITLE_SIZE = 64
};

/* Of the process, as is what it describes. */
static struct {
	char *start;
	unsigned long size;
} title;

static char program_path[PATH_MAX];

void stay_set_title_area(char *start, unsigned long size)
{
	title.start = start;
	title.size = size;
}

void stay_title(const char *name, const char *line)
{
	(void)prctl(PR_SET_NAME, name, 0, 0, 0); /* cannot fail */
	if (title.size == 0)
		return;
	memset(title.start, 0, title.size);
	(void)snprintf(title.start, title.size, "%s", line);
}

static void stay_name(char name[NAME_SIZE], char line[TITLE_SIZE], uint64_t id, uid_t uid)
{
	(void)snprintf(name, NAME_SIZE, "nsi-set-%" PRIu64, id);
	(void)snprintf(line, TITLE_SIZE, "nsisolate: set %" PRIu64 " of uid %u", id, uid);
}

void stay_title_of_set(uint64_t id, uid_t uid)
{
	char name[NAME_SIZE], line[TITLE_SIZE];

	stay_name(name, line, id, uid);
	stay_title(name, line);
}

void stay_find_program(void)
{
	if (proc_path_beside("nsisolate-anchor", program_path, sizeof(program_path)) < 0)
		program_path[0] = '\0';
}

const char *stay_program(void)
{
	return program_path;
}

int stay_open_program(void)
{
	int fd = program_path[0] ? open(program_path, O_PATH | O_NOFOLLOW | O_CLOEXEC) : -1;

	return fd < 0 ? -ENOENT : fd;
}

/* Logs the IPC objects that programs have left: they end with the namespace. */
static void stay_report_leftovers(const struct set_record *rec)
{
	struct ns_ipc_count n = {0};

	if (!(rec->types & ns_bit(NS_IPC)) || ns_count_ipc(&n) < 0)
		return;
	log_forked(); /* the descriptor of the log is closed, or another file by now */
	if (n.queues + n.semaphores + n.segments > 0)
		log_line(LOG_INFO,
			 "set=%" PRIu64
			 " uid=%u leaves IPC objects, which end with it: queues=%u semaphores=%u "
			 "segments=%u",
			 rec->id, rec->uid, n.queues, n.semaphores, n.segments);
}

/* Waits for SIGTERM, for at most @ms milliseconds (below zero: for ever), and reaps.  Returns whether it came. */
static bool stay_wait(int ms)
{
	const struct timespec limit = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGCHLD);
	for (;;) {
		int sig = sigtimedwait(&set, NULL, ms < 0 ? NULL : &limit);

		if (sig == SIGTERM)
			return true;
		if (sig < 0 && errno == EAGAIN)
			return false;
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	}
}

void stay_copy_name(char buf[STAY_COPY_SIZE], const char *rundir)
{
	(void)snprintf(buf, STAY_COPY_SIZE, "nsisolate:%s",
		       rundir); /* shorter than a socket's address */
}

/*
 * A copy of the record that the anchor keeps open, sealed: when the record itself
 * is lost, a helper that comes later finds the set by this (strays.c).  Without
 * one only that is lost.
 */
static int stay_keep_record(const struct set_record *rec, const char *rundir)
{
	char name[STAY_COPY_SIZE];
	int fd;

	stay_copy_name(name, rundir);
	fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd >= 0 && fd_write_all(fd, rec, sizeof(*rec)) == 0)
		(void)fcntl(fd, F_ADD_SEALS, STAY_COPY_SEALS); /* or the copy is not used */
	return fd;
}

/* Returns if the program cannot be executed. */
static void stay_execute(const struct set_record *rec, int program, int copy,
			 const struct setup_held *held)
{
	char name[NAME_SIZE], line[TITLE_SIZE], name_is[NAME_SIZE + 8], leaves[TITLE_SIZE];
	char *const argv[] = {line, NULL};
	char *const env[] = {name_is, rec->types & ns_bit(NS_IPC) ? leaves : NULL, NULL};

	stay_name(name, line, rec->id, rec->uid);
	(void)snprintf(name_is, sizeof(name_is), "NAME=%s", name);
	(void)snprintf(leaves, sizeof(leaves), "LEAVES=set=%" PRIu64 " uid=%u", rec->id, rec->uid);
	if (copy >= 0 && fcntl(copy, F_SETFD, 0) < 0)
		return;
	for (unsigned i = 0; i < held->count; i++)
		if (fcntl(held->fds[i], F_SETFD, 0) < 0)
			return;
	(void)execveat(program, "", argv, env, AT_EMPTY_PATH);
}

/* Of an anchor that executes no program.  It goes on if it fails: its set is in use. */
static void stay_confine(void)
{
	struct nsi_fail f = {""};

	log_forked();
	if (confine_become(CONFINE_ANCHOR, &f) < 0)
		log_line(LOG_WARNING, "an anchor may make any system call: %s", f.what);
}

void stay_until_end(const struct set_record *rec, const char *rundir, int program,
		    const struct setup_held *held)
{
	bool is_told = stay_wait(STAY_LOGIN_MS);
	int copy = stay_keep_record(rec, rundir);

	if (!is_told)
		is_told = stay_wait(rec->job_id ? STAY_JOB_MS : STAY_PAUSE_MS);
	if (!is_told && program >= 0 && !(rec->types & ns_bit(NS_USER)))
		stay_execute(rec, program, copy, held);
	if (!is_told) {
		stay_confine();
		(void)stay_wait(-1);
	}
	stay_report_leftovers(rec);
	_exit(0);
}
