/* SPDX-License-Identifier: MIT */
#include "serve/caller.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/text.h"
#include "cgroup/cgroup.h"
#include "host/host.h"
#include "policy/image.h"
#include "policy/job.h"
#include "priv/priv.h"
#include "serve/call.h"
#include "serve/open.h"
#include "serve/origin.h"
#include "sets/all.h"
#include "sets/session.h"

/* asm-generic/socket.h of Linux 6.5; the libraries of Debian 12 do not have it. */
#if !defined(SO_PEERPIDFD) && !defined(__hppa__) && !defined(__sparc__)
#define SO_PEERPIDFD 77
#endif

static int caller_open_peer(int sock, int pid)
{
#ifdef SO_PEERPIDFD
	int pidfd = -EBADF;
	socklen_t len = sizeof(pidfd);

	if (getsockopt(sock, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &len) == 0)
		return pidfd;
	if (errno != ENOPROTOOPT)
		return -errno;
#else
	(void)sock;
#endif
	pidfd = (int)pidfd_open(pid, 0);
	return pidfd < 0 ? -errno : pidfd;
}

int caller_take(struct call *c, int sock)
{
	struct ucred peer = {0};
	socklen_t len = sizeof(peer);

	if (getsockopt(sock, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0)
		return -errno;
	if (peer.uid != 0)
		return -EPERM;
	if (peer.pid <= 0) /* of a PID namespace that is not below the helper's */
		return -ESRCH;
	c->pid = peer.pid;
	c->peer = caller_open_peer(sock, peer.pid);
	return c->peer < 0 ? c->peer : 0;
}

/* Data read below /proc/PID belongs to the caller if the caller has not ended yet. */
static int caller_check_alive(const struct call *c, struct nsi_fail *f)
{
	if (pidfd_send_signal(c->peer, 0, NULL, 0) < 0)
		return fail_errno(f, errno, "the calling process has ended");
	return 0;
}

int caller_check_user(struct call *c, const union nsi_message *m, struct nsi_fail *f)
{
	char path[40];
	uint64_t user;
	int r;

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/%s", c->pid, ns_types[NS_USER].proc);
	priv_raise();
	r = ns_inode_read(AT_FDCWD, path, &user);
	priv_lower();
	if (r < 0)
		return fail_errno(f, r, "cannot identify the caller");
	r = caller_check_alive(c, f);
	if (r < 0)
		return r;
	return user == c->sets->host.ns.ino[NS_USER] ? 0 : mapped_check_peer(c, user, m, f);
}

/* The root directory of a process: where it is shown from the helper's side, and what it is. */
struct caller_root {
	char path[PATH_MAX];
	struct statx at;
};

static int caller_read_root(int pid, struct caller_root *ret)
{
	char link[40];
	ssize_t n;
	int r = 0;

	(void)snprintf(link, sizeof(link), "/proc/%d/root", pid);
	priv_raise();
	n = readlink(link, ret->path, sizeof(ret->path) - 1);
	if (n < 0 || statx(AT_FDCWD, link, 0, STATX_INO | STATX_MNT_ID, &ret->at) < 0)
		r = -errno;
	priv_lower();
	ret->path[n < 0 ? 0 : n] = '\0';
	return r;
}

static bool caller_is_same_root(const struct statx *a, const struct statx *b)
{
	return a->stx_mnt_id == b->stx_mnt_id && a->stx_ino == b->stx_ino &&
	       a->stx_dev_major == b->stx_dev_major && a->stx_dev_minor == b->stx_dev_minor;
}

bool caller_is_at_root_of(const struct call *c, const struct set *set)
{
	struct statx own, anchors;
	struct nsi_fail ignored = {""};
	char path[2][40];
	int r;

	if (set->anchor.pidfd < 0 || !(set->rec.types & ns_bit(NS_MNT)))
		return false;
	(void)snprintf(path[0], sizeof(path[0]), "/proc/%d/root", c->pid);
	(void)snprintf(path[1], sizeof(path[1]), "/proc/%d/root", (int)set->anchor.pid);
	priv_raise();
	r = statx(AT_FDCWD, path[0], 0, STATX_INO | STATX_MNT_ID, &own);
	if (r == 0)
		r = statx(AT_FDCWD, path[1], 0, STATX_INO | STATX_MNT_ID, &anchors);
	priv_lower();
	return r == 0 && caller_is_same_root(&own, &anchors) &&
	       caller_check_alive(c, &ignored) == 0;
}

/* The set that the caller is in; most are in one in which they have a session. */
static const struct set *caller_find_set(const struct call *c, struct ns_inodes *at)
{
	if (c->closes_in && at->ino[NS_MNT] == c->closes_in->rec.ns.ino[NS_MNT])
		return c->closes_in;
	for (const struct session *s = index_process(&c->sets->index, c->pid); s;
	     s = LIST_NEXT(s, process_link)) {
		bool is_in = s->rec.pid == c->pid && s->set && s->set->anchor.pidfd >= 0;

		for (int type = 0; type < NS_TYPE_MAX && is_in; type++)
			if (s->set->rec.types & ns_bit(type))
				is_in = at->ino[type] == s->set->rec.ns.ino[type];
		if (is_in)
			return s->set;
	}
	origin_complete(c->pid, ns_bit(NS_TYPE_MAX) - 1, at);
	return set_by_namespaces(c->sets, at);
}

/*
 * The root of the mount namespace that the caller is in; @from as caller_check_root() has it.
 * False if nobody here knows it.
 */
static bool caller_read_reference(const struct call *c, const struct ns_inodes *from,
				  struct statx *ret)
{
	struct caller_root reference;
	struct ns_inodes at = *from;
	const struct set *set;

	origin_complete(c->pid, ns_bit(NS_MNT), &at);
	if (at.ino[NS_MNT] == c->sets->host.ns.ino[NS_MNT]) {
		*ret = c->sets->host.root;
		return true;
	}
	set = caller_find_set(c, &at);
	if (!set || set->anchor.pidfd < 0 || caller_read_root(set->anchor.pid, &reference) < 0)
		return false;
	*ret = reference.at;
	return true;
}

int caller_check_root(const struct call *c, const struct ns_inodes *from, struct nsi_fail *f)
{
	struct caller_root root = {.path = ""};
	struct statx reference;
	int r = caller_read_root(c->pid, &root);

	if (r < 0)
		return fail_errno(f, r, "cannot see the root directory of process %d", c->pid);
	r = caller_check_alive(c, f);
	if (r < 0)
		return r;
	/* In a namespace that nobody here knows, the path has to do. */
	if (strcmp(root.path, "/") == 0 && (!caller_read_reference(c, from, &reference) ||
					    caller_is_same_root(&root.at, &reference)))
		return 0;
	return fail_set(
		f, ENOTSUP,
		"its process is in a chroot (%.100s), which entering namespaces would lift: "
		"log in from outside of it",
		root.path);
}

int caller_check_sessions(const struct call *c, const struct set *target, bool stays,
			  struct nsi_fail *f)
{
	for (const struct session *s = index_process(&c->sets->index, c->pid); s;
	     s = LIST_NEXT(s, process_link)) {
		if (s->rec.pid != c->pid || !s->set || s->set == target)
			continue;
		if (stays && s->rec.uid == c->open.uid)
			continue;
		if (!session_is_inside(s, c->pid)) /* it has come back since */
			continue;
		return fail_set(f, EBUSY,
				"process %d has a session of uid %u open in set %" PRIu64
				", and a process can be in one set at a time: close that session "
				"first, or open this one in a process of its own",
				c->pid, s->rec.uid, s->set->rec.id);
	}
	return 0;
}

/*
 * The PID namespace that the process itself is in.  "pid_for_children", which all
 * others go by, can be another: a process whose own it is could still change it.
 */
static int caller_read_pidns(int pid, uint64_t *ret)
{
	struct stat st;
	char path[40];
	int r = 0;

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/pid", pid);
	priv_raise();
	if (stat(path, &st) < 0)
		r = -errno;
	priv_lower();
	*ret = r == 0 ? st.st_ino : 0;
	return r;
}

/* A set's PID namespace is a child of the helper's: so the way in is from there, or from itself. */
enum nested caller_is_nested(const struct call *c, uint64_t target)
{
	uint64_t own;

	if (caller_read_pidns(c->pid, &own) < 0 || own == c->sets->host.ns.ino[NS_PID])
		return NESTED_NOT; /* such a process has ended, or will fail to enter */
	return own == target ? NESTED_NOT : NESTED_SIBLING;
}

enum {
	JOB_TEXT_MAX = 65536 /* some twenty hierarchies, each with a path of 4 KiB at most */
};

/* A text that does not fit is an error: the line of the job could be missing. */
int job_read_groups(struct call *c, struct nsi_fail *f)
{
	char path[40], *text = malloc(JOB_TEXT_MAX);
	ssize_t n;

	if (!text)
		return fail_set(f, ENOMEM, "no memory for the control groups of a login");
	(void)snprintf(path, sizeof(path), "/proc/%d/cgroup", c->pid);
	priv_raise();
	n = fd_read_file(AT_FDCWD, path, text, JOB_TEXT_MAX);
	priv_lower();
	/* Data read below /proc/PID belongs to the caller if the caller has not ended yet. */
	if (n >= 0 && pidfd_send_signal(c->peer, 0, NULL, 0) < 0)
		n = -errno;
	if (n < 0) {
		free(text);
		return fail_errno(f, (int)n, "cannot read the control groups of process %d",
				  c->pid);
	}
	free(c->cgroups);
	c->cgroups = text;
	return 0;
}

int job_of_call(struct call *c, const struct pol_image *image, const struct pol_policy *policy,
		struct nsi_fail *f)
{
	struct record_job *job = &c->job;
	struct job_place place;
	int r;

	*job = (struct record_job){0};
	if (!c->cgroups || !job_find(policy_str(image, policy->job.cgroup), c->cgroups, &place))
		return fail_set(f, EAGAIN, "the policy has changed during this login; try again");
	r = cgroup_find_dir(place.tree, place.path, job->group, sizeof(job->group), &job->id);
	if (r < 0) {
		job->id = 0;
		return fail_errno(f, r,
				  "cannot find the control group %.100s of job %.40s: is the "
				  "hierarchy mounted where the helper runs?",
				  place.path, place.name);
	}
	if (text_copy(job->name, sizeof(job->name), place.name) < 0) {
		job->id = 0;
		return fail_errno(f, ENAMETOOLONG, "cannot note the name of job %.40s", place.name);
	}
	job->is_v2 = place.tree[0] == '\0';
	return 0;
}
