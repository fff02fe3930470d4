/* SPDX-License-Identifier: MIT */
#include "sets/anchor.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/nskind.h"
#include "base/path.h"
#include "build/build.h"
#include "build/order.h"
#include "host/host.h"
#include "log/log.h"
#include "ns/ipc.h"
#include "ns/ns.h"
#include "policy/image.h"
#include "priv/child.h"
#include "priv/priv.h"
#include "sets/missing.h"
#include "state/record.h"

static struct {
	char *start;
	unsigned long size;
} title;

void anchor_set_title_area(char *start, unsigned long size)
{
	title.start = start;
	title.size = size;
}

/* What ps(1) says: a name of 15 characters, and a line; cut short is fine. */
static void put_title(const char *name, const char *line)
{
	(void)prctl(PR_SET_NAME, name, 0, 0, 0);
	if (title.size == 0)
		return;
	memset(title.start, 0, title.size);
	(void)snprintf(title.start, title.size, "%s", line);
}

static void set_title(uint64_t id, uid_t uid)
{
	char name[16], line[64];

	(void)snprintf(name, sizeof(name), "nsi-set-%" PRIu64, id);
	(void)snprintf(line, sizeof(line), "nsisolate: set %" PRIu64 " of uid %u", id, uid);
	put_title(name, line);
}

/* What programs have left behind ends with the namespace; somebody may want to know which set did. */
static void report_leftovers(const struct set_record *rec)
{
	struct ns_ipc_count n = {0};

	if (!(rec->kinds & ns_bit(NS_IPC)) || ns_count_ipc(&n) < 0)
		return;
	log_forked(); /* what was open is closed, or is something else by now */
	if (n.queues + n.semaphores + n.segments > 0)
		log_line(LOG_INFO,
			 "set=%" PRIu64
			 " uid=%u leaves IPC objects, which end with it: queues=%u semaphores=%u "
			 "segments=%u",
			 rec->id, rec->uid, n.queues, n.semaphores, n.segments);
}

/* Answers SIGTERM and reaps; init of a PID namespace must do both itself. */
static void wait_for_end(const struct set_record *rec)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGCHLD);
	for (;;) {
		int sig = sigwaitinfo(&set, NULL);

		if (sig == SIGTERM) {
			report_leftovers(rec);
			_exit(0);
		}
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	}
}

static void block_all(void)
{
	sigset_t all;

	sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, NULL); /* fails for a bad "how" alone */
}

/*
 * A copy of the record that the anchor keeps open, sealed: when the record itself
 * is lost, a helper that comes later finds the set by this (strays.c).  Without
 * one only that is lost.
 */
static void keep_record(const struct set_record *rec, const char *rundir)
{
	char name[ANCHOR_COPY_SIZE];
	int fd;

	anchor_copy_name(name, rundir);
	fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd >= 0 && fd_write_all(fd, rec, sizeof(*rec)) == 0)
		(void)fcntl(fd, F_ADD_SEALS, ANCHOR_COPY_SEALS); /* or the copy is not used */
}

/* Reports, waits for the release, and then for the end. */
static void serve(int sock, const char *rundir, struct build_report *report)
{
	static struct set_record rec;
	ssize_t n;

	if (report->err == 0) {
		block_all();
		report->err = priv_become(PRIV_ANCHOR, &report->fail);
	}
	(void)prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0); /* from here on the socket tells */
	if (send(sock, report, sizeof(*report), MSG_NOSIGNAL) != (ssize_t)sizeof(*report) ||
	    report->err)
		_exit(1);
	do
		n = recv(sock, &rec, sizeof(rec), 0);
	while (n < 0 && errno == EINTR);
	if (n != (ssize_t)sizeof(rec))
		_exit(1);
	keep_record(&rec, rundir);
	close(sock);
	wait_for_end(&rec);
}

/*
 * What a child of the helper's becomes first, whatever it is to build.  A helper that is
 * killed takes the half-built set with it, before the next one looks for leftovers.
 */
static void begin_child(int fds[2])
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0); /* fails for a bad signal alone */
	if (child_isolate(fds, 2) < 0)
		_exit(1);
	log_forked();
	umask(0);
}

/* @fds: its end of the socket, and the way back to the host. */
static void build_and_serve(const struct build_plan *plan, const int fds[2])
{
	struct build_report report = {0};
	struct build_plan own = *plan;

	own.ask = fds[0];
	own.helper_fd = fds[1];
	set_title(plan->id, plan->uid);
	priv_raise();
	build_set(&own, &report);
	close(fds[1]);
	serve(fds[0], plan->host->rundir, &report);
}

static void build_child(const void *arg, int sock)
{
	const struct build_plan *plan = arg;
	int fds[2] = {sock, plan->host->self_fd};

	begin_child(fds);
	build_and_serve(plan, fds);
}

/* A spare one, which is told later what it is to build, or nothing any more. */
static void wait_child(const void *arg, int sock)
{
	static struct build_order order;
	const struct anchor_spare *spare = arg;
	struct build_plan plan;
	int fds[2] = {sock, spare->host->self_fd};
	ssize_t n;

	begin_child(fds);
	build_prepare(spare->host, spare->image, spare->kinds, spare->digest);
	priv_lower(); /* it may wait for long */
	put_title("nsi-spare", "nsisolate: spare");
	do
		n = recv(fds[0], &order, sizeof(order), 0);
	while (n < 0 && errno == EINTR);
	if (n != (ssize_t)sizeof(order))
		_exit(0);
	plan = build_order_unpack(&order, spare->host, spare->image);
	build_and_serve(&plan, fds);
}

/*
 * The first anchor held the locks of instances on disk, so that no sweep ended
 * them.  A directory that is not the one of the record is not locked; the helper
 * sees to those of its live sets as well.
 */
static void lock_instances(const struct set_record *rec)
{
	for (uint32_t i = 0; i < rec->dir_count; i++) {
		struct stat st;
		int fd;

		if (rec->dirs[i].method != POL_METHOD_DISK)
			continue;
		fd = path_open(AT_FDCWD, rec->dirs[i].path, O_RDONLY | O_DIRECTORY, PATH_ANY);
		if (fd >= 0 && fstat(fd, &st) == 0 && st.st_dev == rec->dirs[i].dev)
			(void)flock(fd, LOCK_SH | LOCK_NB);
	}
}

struct revival {
	const struct set_record *rec;
	const char *rundir;
	int member; /* a pidfd */
};

static void revive_child(const void *arg, int sock)
{
	const struct revival *revival = arg;
	const struct set_record *rec = revival->rec;
	struct build_report report = {0};
	int fds[2] = {sock, revival->member};

	begin_child(fds);
	set_title(rec->id, rec->uid);
	priv_raise();
	if (setns(fds[1], ns_clone_flags(rec->kinds)) < 0)
		report.err =
			fail_errno(&report.fail, errno, "cannot enter what is left of the set");
	close(fds[1]);
	if (report.err == 0)
		lock_instances(rec);
	serve(fds[0], revival->rundir, &report);
}

/* Both ends of the report's socket. */
static int make_sockets(int *ours, int *theirs, struct nsi_fail *f)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return fail_errno(f, errno, "cannot make a socket for an anchor");
	*ours = pair[0];
	*theirs = pair[1];
	return 0;
}

static int explain(int err, uint32_t kinds, struct nsi_fail *f)
{
	if (kinds == 0 && err != -EAGAIN)
		return fail_errno(f, err, "cannot start an anchor");
	return ns_explain(err, err == -ENOSPC ? missing_full(kinds) : kinds, f);
}

/* A child in new namespaces of @kinds, which runs @child and does not return from it. */
static int start(uint32_t kinds, void (*child)(const void *arg, int sock), const void *arg,
		 struct anchor *ret, struct nsi_fail *f)
{
	NSI_AUTO_FD int ours = -EBADF;
	NSI_AUTO_FD int theirs = -EBADF;
	int pidfd = -EBADF;
	pid_t pid;
	int r = make_sockets(&ours, &theirs, f);

	if (r < 0)
		return r;
	priv_raise();
	pid = child_fork((uint64_t)ns_clone_flags(kinds), &pidfd);
	if (pid == 0)
		child(arg, theirs);
	priv_lower();
	if (pid < 0)
		return explain(pid, kinds, f);
	*ret = (struct anchor){.pid = pid, .pidfd = pidfd, .socket = nsi_take_fd(&ours)};
	return 0;
}

int anchor_start(const struct build_plan *plan, struct anchor *ret, struct nsi_fail *f)
{
	return start(build_kinds_cloned(plan->policy), build_child, plan, ret, f);
}

int anchor_start_spare(const struct anchor_spare *spare, struct anchor *ret, struct nsi_fail *f)
{
	return start(spare->kinds, wait_child, spare, ret, f);
}

int anchor_order(const struct anchor *a, const struct build_plan *plan)
{
	static struct build_order order;
	ssize_t n;

	if (build_order_pack(&order, plan) < 0)
		return -ENAMETOOLONG;
	n = send(a->socket, &order, sizeof(order), MSG_NOSIGNAL | MSG_DONTWAIT);
	return n == (ssize_t)sizeof(order) ? 0 : n < 0 ? -errno : -EIO;
}

int anchor_revive(const struct set_record *rec, const char *rundir, int member_pidfd,
		  struct anchor *ret, struct nsi_fail *f)
{
	const struct revival revival = {rec, rundir, member_pidfd};

	return start(0, revive_child, &revival, ret, f);
}

int anchor_read_report(struct anchor *a, struct build_report *ret)
{
	ssize_t n;

	do
		n = recv(a->socket, ret, sizeof(*ret), MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	if (n != (ssize_t)sizeof(*ret))
		return -EPIPE; /* it died */
	ret->fail.what[sizeof(ret->fail.what) - 1] = '\0';
	ret->warning.what[sizeof(ret->warning.what) - 1] = '\0';
	ret->hostname[sizeof(ret->hostname) - 1] = '\0';
	ret->netns[sizeof(ret->netns) - 1] = '\0';
	return 0;
}

int anchor_release(struct anchor *a, const struct set_record *rec)
{
	ssize_t n = send(a->socket, rec, sizeof(*rec), MSG_NOSIGNAL | MSG_DONTWAIT);
	int r = n == (ssize_t)sizeof(*rec) ? 0 : n < 0 ? -errno : -EIO;

	nsi_closep(&a->socket);
	return r;
}

void anchor_copy_name(char buf[ANCHOR_COPY_SIZE], const char *rundir)
{
	(void)snprintf(buf, ANCHOR_COPY_SIZE, "nsisolate:%s",
		       rundir); /* shorter than a socket's address */
}

void anchor_stop(const struct anchor *a, int sig)
{
	if (a->pidfd < 0)
		return;
	priv_raise(); /* one that was revived in a user namespace may not be ours to signal otherwise */
	(void)pidfd_send_signal(a->pidfd, sig, NULL,
				0); /* it may be gone, which is what is wanted */
	priv_lower();
}

void anchor_done(struct anchor *a)
{
	child_reap(&a->pidfd);
	nsi_closep(&a->socket);
	a->pid = 0;
}
