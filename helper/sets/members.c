/* SPDX-License-Identifier: MIT */
#include "sets/members.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/text.h"
#include "ns/ns.h"
#include "sets/foreign.h"

enum {
	MEMBERS_PROC_FIRST =
		256 + 2, /* position of pid 0 in a listing of /proc (FIRST_PROCESS_ENTRY) */
	MEMBERS_CLOCK_EVERY = 64
};

struct members {
	struct members_target *targets;
	unsigned count;
	const struct members_known *known;
	uint32_t types; /* that any target has */
	bool is_partial;
	struct foreign foreign;
};

/* Where a thread was found. */
struct members_match {
	int target; /* -1: in none */
	uint32_t types;
	bool is_whole;
};

static int members_compare_numbers(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

void members_sort(uint64_t *mnt, unsigned count)
{
	if (count)
		qsort(mnt, count, sizeof(*mnt), members_compare_numbers);
}

/* Returns a descriptor, -EOPNOTSUPP where only the inode of the namespace is known, or -errno. */
static int members_open_namespace(const struct members_target *t, enum nstype type)
{
	const uint64_t id = t->rec->end.ns_ids[type];
	char path[64];
	int fd;

	if (!t->anchor_pid)
		return id ? ns_handle_open(id, type, t->rec->ns.ino[type]) : -EOPNOTSUPP;
	text_fmt(path, sizeof(path), "/proc/%d/ns/%s", t->anchor_pid, ns_types[type].proc);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Whether an errno of /proc says no more than that a process has ended. */
static bool members_is_gone(int err)
{
	return err == ENOENT || err == ESRCH;
}

void members_pin(struct members_target *t)
{
	for (int type = 0; type < NS_TYPE_MAX; type++) {
		struct stat st;

		t->pins[type] = -EBADF;
		t->ns.ino[type] = 0;
		if (!(t->rec->types & ns_bit(type)))
			continue;
		if (type == NS_NET && t->rec->shares_net) /* it says nothing about whose they are */
			continue;
		t->pins[type] = members_open_namespace(t, type);
		if (t->pins[type] == -EOPNOTSUPP)
			t->ns.ino[type] = t->rec->ns.ino[type];
		if (t->pins[type] < 0) {
			t->is_unpinned |= t->pins[type] != -EOPNOTSUPP &&
					  t->pins[type] != -ESTALE &&
					  !members_is_gone(-t->pins[type]);
			continue;
		}
		if (fstat(t->pins[type], &st) < 0)
			t->is_unpinned = true;
		else if (st.st_ino == t->rec->ns.ino[type])
			t->ns.ino[type] = st.st_ino;
		if (t->ns.ino[type] == 0)
			nsi_closep(&t->pins[type]);
	}
}

void members_unpin(struct members_target *t)
{
	for (int type = 0; type < NS_TYPE_MAX; type++)
		nsi_closep(&t->pins[type]);
}

/* The types that a thread with the namespaces @ns shares with a set; *ret_whole: all of them. */
static uint32_t members_compare(const struct members_target *t, const struct ns_inodes *ns,
				bool *ret_whole)
{
	uint32_t in = 0, all = 0;

	for (int type = 0; type < NS_TYPE_MAX; type++) {
		if (t->rec->types & ns_bit(type) & ~(t->rec->shares_net ? ns_bit(NS_NET) : 0))
			all |= ns_bit(type);
		if (t->ns.ino[type] && ns->ino[type] == t->ns.ino[type])
			in |= ns_bit(type);
	}
	*ret_whole = in == all;
	return in;
}

/*
 * Whether the mount namespace of a thread, which has the inode of the set's, has got it later: told by the number
 * that the kernel gives once (Linux 6.11), of a set that has no handle of it.
 */
static bool members_is_later(struct members *m, const struct members_target *t, int ns_dir)
{
	uint64_t id = 0;
	int r;

	if (t->pins[NS_MNT] >= 0 || t->rec->mnt_id == 0)
		return false;
	r = ns_mnt_id_read_at(ns_dir, ns_types[NS_MNT].proc, &id);
	m->is_partial |= r < 0 && !members_is_gone(-r);
	return id != t->rec->mnt_id;
}

/* @ns_dir: /proc/PID/task/TID/ns. */
static struct members_match members_find(struct members *m, int ns_dir, const struct ns_inodes *ns)
{
	struct members_match match = {.target = -1};
	const uint64_t mnt = ns->ino[NS_MNT];

	for (unsigned i = 0; i < m->count && match.target < 0; i++) {
		match.types = members_compare(&m->targets[i], ns, &match.is_whole);
		if ((match.types & ns_bit(NS_MNT)) && members_is_later(m, &m->targets[i], ns_dir)) {
			match.types &= ~ns_bit(NS_MNT);
			match.is_whole = false;
		}
		if (match.types)
			match.target = (int)i;
	}
	if (match.target >= 0 || mnt == 0 ||
	    (m->known->count &&
	     bsearch(&mnt, m->known->mnt, m->known->count, sizeof(mnt), members_compare_numbers)))
		return match;
	match.target = foreign_find(&m->foreign, ns_dir, mnt);
	match.is_whole = false;
	return match;
}

/* A process that is ending, or a zombie, has no namespaces: told by field 3 of proc_pid_stat(5). */
static bool members_is_ending(int dir)
{
	char text[512], *at;

	if (fd_read_file(dir, "stat", text, sizeof(text)) < 0)
		return true;
	at = strrchr(text, ')');
	return !at || at[1] != ' ' || strchr("ZXx", at[2]) != NULL;
}

/* @dir: /proc/PID or /proc/PID/task/TID. */
static struct members_match members_look_thread(struct members *m, int dir)
{
	NSI_AUTO_FD int ns_dir = openat(dir, "ns", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct members_match none = {.target = -1};
	struct ns_inodes ns;
	int r = ns_dir < 0 ? -errno : ns_inodes_read_some(ns_dir, m->types | ns_bit(NS_MNT), &ns);

	if (r == 0)
		return members_find(m, ns_dir, &ns);
	if (!members_is_gone(-r) && !members_is_ending(dir))
		m->is_partial = true; /* it lives and cannot be read: it may be one */
	return none;
}

/* Returns the match of a thread that is in all namespaces of a set if there is one, else of the first in any. */
static struct members_match members_look_threads(struct members *m, int proc)
{
	struct members_match best = {.target = -1};
	NSI_AUTO_DIR DIR *dir = NULL;
	struct dirent *e;
	int fd = openat(proc, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir) {
		m->is_partial |= !members_is_gone(errno);
		nsi_closep(&fd);
		return best;
	}
	while (errno = 0, (e = readdir(dir)) != NULL) {
		NSI_AUTO_FD int thread = -EBADF;
		struct members_match match;

		if (e->d_name[0] == '.')
			continue;
		thread = openat(dirfd(dir), e->d_name, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (thread < 0) {
			m->is_partial |= !members_is_gone(errno);
			continue;
		}
		match = members_look_thread(m, thread);
		if (match.target >= 0 && (best.target < 0 || match.is_whole))
			best = match;
		if (best.is_whole)
			return best;
	}
	m->is_partial |= errno && !members_is_gone(errno);
	return best;
}

/* With one thread, which most have, the process says it all: "task" has no other entry. */
static struct members_match members_look_process(struct members *m, int proc)
{
	struct stat st;

	if (fstatat(proc, "task", &st, 0) < 0) {
		m->is_partial |= !members_is_gone(errno);
		return (struct members_match){.target = -1};
	}
	return st.st_nlink == 3 ? members_look_thread(m, proc) : members_look_threads(m, proc);
}

static int members_open_process(int pid)
{
	char path[32];

	text_fmt(path, sizeof(path), "/proc/%d", pid);
	return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* Whether a process sees the sentinel, whose device number is the set's as long as it is there. */
static bool members_sees_sentinel(const struct members_target *t, int proc)
{
	NSI_AUTO_FD int root =
		t->sentinel ? openat(proc, "root", O_PATH | O_DIRECTORY | O_CLOEXEC) : -EBADF;
	struct stat st;

	return root >= 0 && fstatat(root, t->sentinel + 1, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       st.st_dev == t->rec->end.sentinel_dev;
}

static bool members_is_proved(const struct members_target *t, const struct members_match *match,
			      int proc)
{
	if (match->types == 0) /* of a foreign mount namespace, by the set's file systems */
		return true;
	for (int type = 0; type < NS_TYPE_MAX; type++)
		if ((match->types & ns_bit(type)) && t->pins[type] >= 0)
			return true;
	if ((match->types & ns_bit(NS_MNT)) && t->rec->mnt_id) /* it was compared */
		return true;
	return members_sees_sentinel(t, proc);
}

/* By a pidfd, and only if what it stands for is in the set: looked at after it was opened. */
static void members_signal(struct members *m, int pid, int target)
{
	NSI_AUTO_FD int pidfd = (int)pidfd_open(pid, 0);
	NSI_AUTO_FD int proc = members_open_process(pid);
	struct members_match match;

	if (pidfd < 0 || proc < 0)
		return;
	match = members_look_process(m, proc);
	if (match.target != target || !members_is_proved(&m->targets[target], &match, proc))
		return;
	(void)pidfd_send_signal(pidfd, m->targets[target].signal, NULL, 0); /* gone is fine */
}

static bool members_is_anchor(const struct members *m, int pid)
{
	for (unsigned i = 0; i < m->count; i++)
		if (m->targets[i].anchor_pid == pid)
			return true;
	return false;
}

static void members_count(struct members *m, int pid)
{
	NSI_AUTO_FD int proc = members_open_process(pid);
	struct members_match match;
	struct members_target *t;

	m->is_partial |= proc < 0 && !members_is_gone(errno);
	if (proc < 0 || members_is_anchor(m, pid))
		return;
	match = members_look_process(m, proc);
	if (match.target < 0)
		return;
	t = &m->targets[match.target];
	t->members++;
	t->types |= match.types;
	if (match.is_whole || !t->member_pid)
		t->member_pid = pid;
	t->is_whole |= match.is_whole;
	if (t->signal)
		members_signal(m, pid, match.target);
}

static void members_begin(struct members *m, struct members_target *targets, unsigned count,
			  const struct members_known *known)
{
	*m = (struct members){.targets = targets, .count = count, .known = known};
	foreign_init(&m->foreign, targets, count);
	for (unsigned i = 0; i < count; i++) {
		m->types |= targets[i].rec->types;
		m->is_partial |= targets[i].is_unpinned;
	}
}

unsigned members_look(struct members_target *targets, unsigned count,
		      const struct members_known *known, int first, unsigned most,
		      uint64_t deadline_us, bool *ret_partial)
{
	NSI_AUTO_DIR DIR *proc = opendir("/proc");
	unsigned seen = 0;
	struct members m;
	struct dirent *e;

	members_begin(&m, targets, count, known);
	if (!proc) {
		*ret_partial = true;
		return 0; /* nothing is pinned yet */
	}
	if (first > 0)
		seekdir(proc, MEMBERS_PROC_FIRST + first);
	while (errno = 0, (e = readdir(proc)) != NULL) {
		uint64_t pid;

		if (text_u64(e->d_name, INT32_MAX, &pid) < 0)
			continue;
		if ((most && seen == most) ||
		    (seen % MEMBERS_CLOCK_EVERY == 0 && clock_now_us() > deadline_us)) {
			m.is_partial = true;
			break;
		}
		seen++;
		members_count(&m, (int)pid);
	}
	*ret_partial = m.is_partial || m.foreign.is_partial || (!e && errno);
	foreign_done(&m.foreign);
	return seen;
}

void members_look_at(struct members_target *targets, unsigned count,
		     const struct members_known *known, const int *pids, unsigned pid_count,
		     bool *ret_partial)
{
	struct members m;

	members_begin(&m, targets, count, known);
	for (unsigned i = 0; i < pid_count; i++)
		members_count(&m, pids[i]);
	*ret_partial = m.is_partial || m.foreign.is_partial;
	foreign_done(&m.foreign);
}
