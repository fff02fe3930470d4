/* SPDX-License-Identifier: MIT */
#include "sets/anchor.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/nstype.h"
#include "base/path.h"
#include "host/host.h"
#include "instance/instance.h"
#include "log/log.h"
#include "ns/ns.h"
#include "policy/image.h"
#include "priv/child.h"
#include "priv/priv.h"
#include "sets/missing.h"
#include "sets/stay.h"
#include "setup/setup.h"
#include "state/record.h"

static void anchor_block_signals(void)
{
	sigset_t all;

	sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, NULL); /* fails for a bad "how" alone */
}

/* The things that an anchor has besides its set. */
struct anchor_means {
	int sock;    /* to the helper, until it is released */
	int program; /* of stay_open_program() */
	const char *rundir;
	struct setup_held held;
};

/* Reports, waits for the release, and then for the end. */
static void anchor_serve(const struct anchor_means *means, struct setup_report *report)
{
	static struct set_record rec;
	ssize_t n;

	if (report->err == 0) {
		anchor_block_signals();
		report->err = priv_become(PRIV_ANCHOR, &report->fail);
	}
	(void)prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0); /* from here on the socket tells */
	if (send(means->sock, report, sizeof(*report), MSG_NOSIGNAL) != (ssize_t)sizeof(*report) ||
	    report->err)
		_exit(1);
	do
		n = recv(means->sock, &rec, sizeof(rec), 0);
	while (n < 0 && errno == EINTR);
	if (n != (ssize_t)sizeof(rec))
		_exit(1);
	close(means->sock);
	stay_until_end(&rec, means->rundir, means->program, &means->held);
}

/*
 * The first step of each child of the helper, whatever it is to build: it keeps its end of the socket,
 * and @other, which is moved to another number.  A helper that is killed takes the half-built
 * set with it, before the next one looks for leftovers.
 */
static struct anchor_means anchor_begin_child(int sock, int *other, const char *rundir)
{
	int fds[2] = {sock, *other};

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0); /* fails for a bad signal alone */
	if (child_isolate(fds, 2) < 0)
		_exit(1);
	log_forked();
	umask(0);
	*other = fds[1];
	return (struct anchor_means){
		.sock = fds[0],
		.program = stay_open_program(),
		.rundir = rundir,
	};
}

/* @host: the way back to the host. */
static void anchor_build_and_serve(const struct setup_plan *plan, struct anchor_means *means,
				   int host)
{
	struct setup_report report = {0};
	struct setup_plan own = *plan;

	own.ask = means->sock;
	own.helper_fd = host;
	own.held = &means->held;
	stay_title_of_set(plan->id, plan->uid);
	priv_raise();
	setup_set(&own, &report);
	close(host);
	anchor_serve(means, &report);
}

static void anchor_build_child(const void *arg, int sock)
{
	const struct setup_plan *plan = arg;
	int host = plan->host->self_fd;
	struct anchor_means means = anchor_begin_child(sock, &host, plan->host->rundir);

	anchor_build_and_serve(plan, &means, host);
}

/* A spare one, which is told later what it is to build, or nothing any more. */
static void anchor_wait_child(const void *arg, int sock)
{
	static struct setup_order order;
	const struct anchor_spare *spare = arg;
	int host = spare->host->self_fd;
	struct anchor_means means = anchor_begin_child(sock, &host, spare->host->rundir);
	struct setup_plan plan;
	ssize_t n;

	setup_prepare(spare->host, spare->image, spare->types, spare->digest);
	priv_lower(); /* it may wait for long */
	stay_title("nsi-spare", "nsisolate: spare");
	do
		n = recv(means.sock, &order, sizeof(order), 0);
	while (n < 0 && errno == EINTR);
	if (n != (ssize_t)sizeof(order))
		_exit(0);
	plan = setup_order_unpack(&order, spare->host, spare->image);
	anchor_build_and_serve(&plan, &means, host);
}

/*
 * The locks of the directories that outlive the set, which the first anchor held.  Without one,
 * the helper still sees to those of its live sets.
 */
static void anchor_lock_instances(const struct set_record *rec, const struct host *host,
				  struct setup_held *held)
{
	struct nsi_fail f = {""};
	NSI_AUTO_FD int state =
		path_open_trusted(host->statedir, O_PATH | O_DIRECTORY, PATH_ROOT_OWNED, &f);

	for (uint32_t i = 0; i < rec->dir_count && state >= 0; i++) {
		const char kind = setup_instance_kind(rec->scope, rec->dirs[i].retain);
		const struct instance_key key = {
			.kind = kind,
			.number = kind == 's' ? rec->id : rec->owner,
			.boot_id = rec->boot_id,
		};
		int lock = rec->dirs[i].method == POL_METHOD_DISK
				   ? instance_lock(state, &key, rec->dirs[i].path)
				   : -ENOENT;

		if (lock >= 0)
			held->fds[held->count++] = lock;
	}
}

struct revival {
	const struct set_record *rec;
	const struct host *host;
	int member; /* a pidfd */
};

static void anchor_revive_child(const void *arg, int sock)
{
	const struct revival *revival = arg;
	const struct set_record *rec = revival->rec;
	struct setup_report report = {0};
	int member = revival->member;
	struct anchor_means means = anchor_begin_child(sock, &member, revival->host->rundir);

	stay_title_of_set(rec->id, rec->uid);
	priv_raise();
	anchor_lock_instances(rec, revival->host,
			      &means.held); /* while the statedir is to be seen */
	if (setns(member, ns_clone_flags(rec->types)) < 0)
		report.err =
			fail_errno(&report.fail, errno, "cannot enter what is left of the set");
	close(member);
	anchor_serve(&means, &report);
}

/* Both ends of the report's socket. */
static int anchor_make_sockets(int *ours, int *theirs, struct nsi_fail *f)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return fail_errno(f, errno, "cannot make a socket for an anchor");
	*ours = pair[0];
	*theirs = pair[1];
	return 0;
}

static int anchor_explain(int err, uint32_t types, struct nsi_fail *f)
{
	if (types == 0 && err != -EAGAIN)
		return fail_errno(f, err, "cannot start an anchor");
	return ns_explain(err, err == -ENOSPC ? missing_full(types) : types, f);
}

/* A child in new namespaces of @types, which runs @child and does not return from it. */
static int anchor_launch(uint32_t types, void (*child)(const void *arg, int sock), const void *arg,
			 struct anchor *ret, struct nsi_fail *f)
{
	NSI_AUTO_FD int ours = -EBADF;
	NSI_AUTO_FD int theirs = -EBADF;
	int pidfd = -EBADF;
	pid_t pid;
	int r = anchor_make_sockets(&ours, &theirs, f);

	if (r < 0)
		return r;
	priv_raise();
	pid = child_fork((uint64_t)ns_clone_flags(types), &pidfd);
	if (pid == 0)
		child(arg, theirs);
	priv_lower();
	if (pid < 0)
		return anchor_explain(pid, types, f);
	*ret = (struct anchor){.pid = pid, .pidfd = pidfd, .socket = nsi_take_fd(&ours)};
	return 0;
}

int anchor_start(const struct setup_plan *plan, struct anchor *ret, struct nsi_fail *f)
{
	return anchor_launch(setup_types_cloned(plan->policy), anchor_build_child, plan, ret, f);
}

int anchor_start_spare(const struct anchor_spare *spare, struct anchor *ret, struct nsi_fail *f)
{
	return anchor_launch(spare->types, anchor_wait_child, spare, ret, f);
}

int anchor_order(const struct anchor *a, const struct setup_plan *plan)
{
	static struct setup_order order;
	ssize_t n;

	if (setup_order_pack(&order, plan) < 0)
		return -ENAMETOOLONG;
	n = send(a->socket, &order, sizeof(order), MSG_NOSIGNAL | MSG_DONTWAIT);
	return n == (ssize_t)sizeof(order) ? 0 : n < 0 ? -errno : -EIO;
}

int anchor_revive(const struct set_record *rec, const struct host *host, int member_pidfd,
		  struct anchor *ret, struct nsi_fail *f)
{
	const struct revival revival = {rec, host, member_pidfd};

	return anchor_launch(0, anchor_revive_child, &revival, ret, f);
}

int anchor_read_report(struct anchor *a, struct setup_report *ret)
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
	ret->warnings[sizeof(ret->warnings) - 1] = '\0';
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

void anchor_stop(const struct anchor *a, int sig)
{
	if (a->pidfd < 0)
		return;
	priv_raise(); /* an anchor that was revived in a user namespace needs it */
	(void)pidfd_send_signal(a->pidfd, sig, NULL,
				0); /* it may have ended already, which is right */
	priv_lower();
}

void anchor_done(struct anchor *a)
{
	child_reap(&a->pidfd);
	nsi_closep(&a->socket);
	a->pid = 0;
}
