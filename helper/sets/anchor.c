/* SPDX-License-Identifier: MIT */
#include "sets/anchor.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/nskind.h"
#include "build/build.h"
#include "log/log.h"
#include "ns/ns.h"
#include "policy/image.h"
#include "priv/child.h"
#include "priv/priv.h"

static struct {
	char *start;
	unsigned long size;
} title;

void anchor_set_title_area(char *start, unsigned long size)
{
	title.start = start;
	title.size = size;
}

static void set_title(const struct build_plan *plan)
{
	char name[16];

	(void)snprintf(name, sizeof(name), "nsi-set-%" PRIu64, plan->id); /* cut short is fine */
	(void)prctl(PR_SET_NAME, name, 0, 0, 0);
	if (title.size == 0)
		return;
	memset(title.start, 0, title.size);
	(void)snprintf(title.start, title.size, "nsisolate: set %" PRIu64 " of uid %u", plan->id,
		       plan->uid);
}

/* Answers SIGTERM and reaps; init of a PID namespace must do both itself. */
static void wait_for_end(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGCHLD);
	for (;;) {
		int sig = sigwaitinfo(&set, NULL);

		if (sig == SIGTERM)
			_exit(0);
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

/* Reports, waits for the release, and then for the end. */
static void serve(int sock, struct build_report *report)
{
	char go;

	if (report->err == 0) {
		block_all();
		report->err = priv_become(PRIV_ANCHOR, &report->fail);
	}
	if (send(sock, report, sizeof(*report), MSG_NOSIGNAL) != (ssize_t)sizeof(*report) ||
	    report->err)
		_exit(1);
	while (recv(sock, &go, 1, 0) < 0 && errno == EINTR)
		;
	if (go != 'g')
		_exit(1);
	close(sock);
	wait_for_end();
}

static void build_child(const struct build_plan *plan, int sock)
{
	struct build_report report = {0};

	if (child_isolate(&sock, 1) < 0)
		_exit(1);
	log_forked();
	umask(0);
	set_title(plan);
	priv_raise();
	build_set(plan, &report);
	serve(sock, &report);
}

static void revive_child(const struct build_plan *plan, uint32_t kinds, int member, int sock)
{
	struct build_report report = {0};
	int fds[2] = {sock, member};

	if (child_isolate(fds, 2) < 0)
		_exit(1);
	set_title(plan);
	priv_raise();
	if (setns(fds[1], ns_clone_flags(kinds)) < 0)
		report.err =
			fail_errno(&report.fail, errno, "cannot enter what is left of the set");
	close(fds[1]);
	serve(fds[0], &report);
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

int anchor_start(const struct build_plan *plan, struct anchor *ret, struct nsi_fail *f)
{
	NSI_AUTO_FD int ours = -EBADF;
	NSI_AUTO_FD int theirs = -EBADF;
	uint32_t kinds = plan->policy->kinds & BUILD_KINDS_CLONED;
	int pidfd = -EBADF;
	pid_t pid;
	int r = make_sockets(&ours, &theirs, f);

	if (r < 0)
		return r;
	priv_raise();
	pid = child_fork((uint64_t)ns_clone_flags(kinds), &pidfd);
	if (pid == 0)
		build_child(plan, theirs);
	priv_lower();
	if (pid < 0)
		return ns_explain(pid, kinds, f);
	*ret = (struct anchor){.pid = pid, .pidfd = pidfd, .socket = nsi_take_fd(&ours)};
	return 0;
}

int anchor_revive(const struct build_plan *plan, uint32_t kinds, int member_pidfd,
		  struct anchor *ret, struct nsi_fail *f)
{
	NSI_AUTO_FD int ours = -EBADF;
	NSI_AUTO_FD int theirs = -EBADF;
	int pidfd = -EBADF;
	pid_t pid;
	int r = make_sockets(&ours, &theirs, f);

	if (r < 0)
		return r;
	pid = child_fork(0, &pidfd);
	if (pid == 0)
		revive_child(plan, kinds, member_pidfd, theirs);
	if (pid < 0)
		return fail_errno(f, pid, "cannot start a new anchor");
	*ret = (struct anchor){.pid = pid, .pidfd = pidfd, .socket = nsi_take_fd(&ours)};
	return 0;
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
	return 0;
}

int anchor_release(struct anchor *a)
{
	ssize_t n = send(a->socket, "g", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
	int r = n == 1 ? 0 : -errno;

	nsi_closep(&a->socket);
	return r;
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
	siginfo_t info;

	if (a->pidfd >= 0)
		(void)waitid(P_PIDFD, (id_t)a->pidfd, &info,
			     WEXITED | WNOHANG); /* an adopted one is init's */
	nsi_closep(&a->pidfd);
	nsi_closep(&a->socket);
}
