/* SPDX-License-Identifier: MIT */
#include "sets/anchor.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
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
#include "sets/stay.h"
#include "setup/setup.h"
#include "state/record.h"

static void anchor_block_signals(void)
{
	sigset_t all;

	sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, NULL); /* fails for a bad "how" alone */
}

/* The anchor's side of what it shares with the helper. */
struct anchor_ends {
	int sock;
	const struct anchor_release *release;
};

/* The things that an anchor has besides its set. */
struct anchor_means {
	int sock; /* to the helper, until it is released */
	const struct anchor_release *release;
	int program; /* of stay_open_program() */
	const char *rundir;
	struct setup_held held;
};

/* Reports, waits for the release, and then for the end. */
static void anchor_serve(const struct anchor_means *means, struct setup_report *report)
{
	char end;
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
		n = recv(means->sock, &end, sizeof(end),
			 0); /* the socket's end: there is no more to come */
	while (n < 0 && errno == EINTR);
	if (!atomic_load_explicit(&means->release->is_given, memory_order_acquire))
		_exit(1);
	close(means->sock);
	stay_until_end(&means->release->rec, means->rundir, means->program, &means->held);
}

/*
 * The first step of each child of the helper, whatever it is to build: it keeps its end of the socket,
 * and @other, which is moved to another number.  A helper that is killed takes the half-built
 * set with it, before the next one looks for leftovers.
 */
static struct anchor_means anchor_begin_child(const struct anchor_ends *ends, int *other,
					      const char *rundir)
{
	int fds[2] = {ends->sock, *other};

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0); /* fails for a bad signal alone */
	if (child_isolate(fds, 2) < 0)
		_exit(1);
	log_forked();
	umask(0);
	*other = fds[1];
	return (struct anchor_means){
		.sock = fds[0],
		.release = ends->release,
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

static void anchor_build_child(const void *arg, const struct anchor_ends *ends)
{
	const struct setup_plan *plan = arg;
	int host = plan->host->self_fd;
	struct anchor_means means = anchor_begin_child(ends, &host, plan->host->rundir);

	anchor_build_and_serve(plan, &means, host);
}

/* A spare anchor, which is told later what to build, or never. */
static void anchor_wait_child(const void *arg, const struct anchor_ends *ends)
{
	static struct setup_order order;
	const struct anchor_spare *spare = arg;
	int host = spare->host->self_fd;
	struct anchor_means means = anchor_begin_child(ends, &host, spare->host->rundir);
	struct setup_plan plan;
	ssize_t n;

	setup_prepare(spare->host, spare->image, spare->types, spare->digest);
	priv_lower(); /* it may wait for long */
	if (!spare->is_lazy)
		memory_own();
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
		struct instance_key key =
			setup_key_of(rec->scope, rec->dirs[i].retain, rec->id, rec->owner);
		int lock = -ENOENT;

		key.boot_id = rec->boot_id;
		if (rec->dirs[i].method == POL_METHOD_DISK)
			lock = instance_lock(state, &key, rec->dirs[i].path);
		if (lock >= 0)
			held->fds[held->count++] = lock;
	}
}

struct revival {
	const struct set_record *rec;
	const struct host *host;
	int member; /* a pidfd */
};

static void anchor_revive_child(const void *arg, const struct anchor_ends *ends)
{
	const struct revival *revival = arg;
	const struct set_record *rec = revival->rec;
	struct setup_report report = {0};
	int member = revival->member;
	struct anchor_means means = anchor_begin_child(ends, &member, revival->host->rundir);

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

/* The socket of the report, with both its ends, and the memory of the release. */
static int anchor_make_ends(struct anchor *ours, struct anchor_ends *theirs, struct nsi_fail *f)
{
	const int flags = MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE;
	void *memory;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return fail_errno(f, errno, "cannot make a socket for an anchor");
	*ours = (struct anchor){.pidfd = -EBADF, .socket = pair[0]};
	*theirs = (struct anchor_ends){.sock = pair[1]};
	memory = mmap(NULL, sizeof(*ours->release), PROT_READ | PROT_WRITE, flags, -1, 0);
	if (memory == MAP_FAILED)
		return fail_errno(f, errno, "no memory for an anchor");
	ours->release = memory;
	theirs->release = memory;
	return 0;
}

static int anchor_explain(int err, uint32_t types, struct nsi_fail *f)
{
	if (types == 0 && err != -EAGAIN)
		return fail_errno(f, err, "cannot start an anchor");
	return ns_explain(err, err == -ENOSPC ? ns_full(types) : types, f);
}

/* Closes what ties the helper to the anchor: one that is released goes on, any other ends. */
static void anchor_close(struct anchor *a)
{
	nsi_closep(&a->socket);
	if (a->release)
		(void)munmap(a->release, sizeof(*a->release)); /* fails for a bad address alone */
	a->release = NULL;
}

typedef void anchor_child(const void *arg, const struct anchor_ends *ends);

/* A child in new namespaces of @types, which runs @child and does not return from it. */
static int anchor_launch(uint32_t types, anchor_child *child, const void *arg, struct anchor *ret,
			 struct nsi_fail *f)
{
	struct anchor a = {.pidfd = -EBADF, .socket = -EBADF};
	struct anchor_ends theirs = {.sock = -EBADF};
	int r = anchor_make_ends(&a, &theirs, f);

	if (r == 0) {
		priv_raise();
		a.pid = child_fork((uint64_t)ns_clone_flags(types), &a.pidfd);
		if (a.pid == 0)
			child(arg, &theirs);
		priv_lower();
		if (a.pid < 0)
			r = anchor_explain(a.pid, types, f);
	}
	nsi_closep(&theirs.sock);
	if (r < 0) {
		anchor_close(&a);
		return r;
	}
	/* It is no other anchor's; one more copy of it would be harmless. */
	(void)madvise(a.release, sizeof(*a.release), MADV_DONTFORK);
	*ret = a;
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

void anchor_release(const struct anchor *a, const struct set_record *rec)
{
	a->release->rec = *rec;
	atomic_store_explicit(&a->release->is_given, true, memory_order_release);
}

void anchor_wake(struct anchor *a)
{
	if (a->release && atomic_load_explicit(&a->release->is_given, memory_order_relaxed))
		anchor_close(a);
}

void anchor_stop(struct anchor *a, int sig)
{
	if (a->pidfd < 0)
		return;
	anchor_wake(a);
	priv_raise(); /* an anchor that was revived in a user namespace needs it */
	(void)pidfd_send_signal(a->pidfd, sig, NULL,
				0); /* it may have ended already, which is right */
	priv_lower();
}

void anchor_done(struct anchor *a)
{
	child_reap(&a->pidfd);
	anchor_close(a);
	a->pid = 0;
}
