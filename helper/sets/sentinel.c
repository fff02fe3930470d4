/* SPDX-License-Identifier: MIT */
#include "sets/sentinel.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "host/host.h"
#include "log/log.h"
#include "ns/ns.h"
#include "policy/image.h"
#include "priv/priv.h"
#include "sets/all.h"
#include "sets/set.h"

void sentinel_add(struct set *set, uint64_t dev, int wd)
{
	const unsigned i = set->watch.count++;

	set->watch.roots[i].wd = wd;
	set->watch.roots[i].dev = dev;
	set->watch.is_partial |= wd < 0;
}

/* The fields of the record about one root, and its absolute path in the set. */
struct sentinel_place {
	const char *path;
	uint64_t *dev; /* 0: not known yet */
	int32_t *wd;
};

/*
 * Watches one root, open as @fd, or below zero if it cannot be opened, and notes its device and its watch.
 * @ret_free, if not NULL: gets the free blocks of the file system, if they can be read.
 */
static void sentinel_watch_fd(struct set *set, int fd, struct sentinel_place place,
			      uint32_t *ret_free)
{
	struct sentinels *s = &set->sets->sentinels;
	struct statfs fs;
	struct stat st;
	char link[32];
	int wd = -1;

	if (fd >= 0 && fstat(fd, &st) == 0 && (*place.dev == 0 || st.st_dev == *place.dev)) {
		(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		wd = inotify_add_watch(s->events.fd, link, IN_UNMOUNT | IN_ONLYDIR);
		if (wd < 0)
			log_line(LOG_WARNING,
				 "set %" PRIu64 ": cannot watch %s: %s; see /proc/sys/fs/inotify",
				 set->rec.id, place.path, strerrordesc_np(errno));
		*place.dev = st.st_dev;
		if (ret_free && fstatfs(fd, &fs) == 0)
			*ret_free = (uint32_t)fs.f_bfree;
	}
	if (wd >= 0 && !sentinel_find_mark(&s->marks, wd))
		s->has_marks = false; /* a watch that was added since */
	*place.wd = wd < 0 ? 0 : wd;
	if (*place.dev)
		sentinel_add(set, *place.dev, wd);
}

/* The same by its path in the set. */
static void sentinel_watch_root(struct set *set, int root, struct sentinel_place place,
				uint32_t *ret_free)
{
	const char *path = place.path;
	NSI_AUTO_FD int fd = openat(root, path[1] ? path + 1 : ".",
				    O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	sentinel_watch_fd(set, fd, place, ret_free);
}

/*
 * The overlay over the home directory.  Homes lie on network file systems, which may not answer: the
 * path is walked as far as the kernel has it in memory (RESOLVE_CACHED, Linux 5.12).
 */
static void sentinel_watch_home(struct set *set, int root)
{
	const struct open_how how = {
		.flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_CACHED | RESOLVE_NO_SYMLINKS,
	};
	const struct cover_row *row = cover_list_next(&set->upkeep.covers, NULL);
	NSI_AUTO_FD int fd = -EBADF;
	struct statfs fs;

	while (row && row->type != COVER_HOME)
		row = cover_list_next(&set->upkeep.covers, row);
	if (row)
		fd = (int)syscall(SYS_openat2, root, cover_path(row) + 1, &how, sizeof(how));
	if (set->rec.home_dev == 0 &&
	    (fd < 0 || fstatfs(fd, &fs) < 0 || fs.f_type != OVERLAYFS_SUPER_MAGIC))
		return;
	sentinel_watch_fd(set, fd,
			  (struct sentinel_place){row ? cover_path(row) : "the home directory",
						  &set->rec.home_dev, &set->rec.home_wd},
			  NULL);
}

/* Whether @path in the set is the root of a file system other than that of @beside. */
static bool sentinel_is_mounted(int root, const char *path, const char *beside)
{
	struct stat a, b;

	return fstatat(root, path + 1, &a, AT_SYMLINK_NOFOLLOW) == 0 &&
	       fstatat(root, beside + 1, &b, AT_SYMLINK_NOFOLLOW) == 0 && a.st_dev != b.st_dev;
}

static void sentinel_watch_own(struct set *set, int root)
{
	const char *path = set->sets->sentinels.path;
	struct record_end *end = &set->rec.end;

	if (end->sentinel_dev == 0 && !sentinel_is_mounted(root, path, set->sets->host.rundir))
		return;
	/* By descriptor: ustat(2) searches a list of every file system of the machine. */
	sentinel_watch_root(
		set, root, (struct sentinel_place){path, &end->sentinel_dev, &set->rec.sentinel_wd},
		end->sentinel_blocks == 0 ? &end->sentinel_blocks : NULL);
}

static void sentinel_read_handles(struct set *set)
{
	for (int type = 0; type < NS_TYPE_MAX; type++)
		if ((set->rec.types & ns_bit(type)) && set->rec.end.ns_ids[type] == 0 &&
		    ns_handle_read(set->anchor.pid, type, &set->rec.end.ns_ids[type]) < 0)
			set->rec.end.ns_ids[type] = 0;
	if ((set->rec.types & ns_bit(NS_MNT)) && set->rec.end.ns_ids[NS_MNT] == 0 &&
	    set->rec.mnt_id == 0 && ns_mnt_id_read(set->anchor.pid, &set->rec.mnt_id) < 0)
		set->rec.mnt_id = 0;
}

static int sentinel_open_root(int pid)
{
	char path[32];

	(void)snprintf(path, sizeof(path), "/proc/%d/root", pid);
	return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

bool sentinel_confirms(const struct set *set, int pid)
{
	NSI_AUTO_FD int root = -EBADF;
	bool has_ids = false;
	uint64_t mnt_id = 0;
	struct stat st;

	for (int type = 0; type < NS_TYPE_MAX; type++) {
		uint64_t id = 0;

		if (set->rec.end.ns_ids[type] == 0)
			continue;
		has_ids = true;
		if (ns_handle_read(pid, type, &id) < 0 || id != set->rec.end.ns_ids[type])
			return false;
	}
	if (!has_ids && set->rec.mnt_id)
		return ns_mnt_id_read(pid, &mnt_id) == 0 && mnt_id == set->rec.mnt_id;
	/* A record of an earlier version without a sentinel has no more to compare. */
	if (has_ids || set->rec.end.sentinel_dev == 0)
		return true;
	root = sentinel_open_root(pid);
	return root >= 0 &&
	       fstatat(root, set->sets->sentinels.path + 1, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       st.st_dev == set->rec.end.sentinel_dev && sentinel_has_dev(set, st.st_dev);
}

static void sentinel_watch_all(struct set *set, int root)
{
	struct set_facts *rec = &set->rec;

	sentinel_watch_own(set, root);
	if (rec->root_dev)
		sentinel_watch_root(set, root,
				    (struct sentinel_place){"/", &rec->root_dev, &rec->root_wd},
				    NULL);
	sentinel_watch_home(set, root);
	for (uint32_t i = 0; i < rec->dir_count; i++) {
		struct facts_dir *dir = &rec->dirs[i];

		if (dir->method != POL_METHOD_DISK && dir->dev)
			sentinel_watch_root(set, root,
					    (struct sentinel_place){dir->path, &dir->dev, &dir->wd},
					    NULL);
	}
}

/*
 * Adds the watches of all roots.  Watches that are there stay what they are, as they are on record, and
 * the watch of a root that the set has no more ends with its file system.
 */
static void sentinel_renew(struct set *set, int root)
{
	set->watch.count = 0;
	set->watch.is_partial = false;
	set->rec.watch_id = set->sets->sentinels.id;
	sentinel_watch_all(set, root);
}

void sentinel_watch(struct set *set)
{
	NSI_AUTO_FD int root = -EBADF;

	if (set->anchor.pidfd < 0) {
		if (set->watch.count == 0 && (set->rec.types & ns_bit(NS_MNT)) &&
		    !set->rec.end.is_over)
			sentinel_recall(set);
		return;
	}
	if (set->watch.count > 0 && !set->watch.is_partial)
		return; /* a new anchor: the file systems are the same */
	priv_raise();
	sentinel_read_handles(set);
	root = sentinel_open_root(set->anchor.pid);
	if (root >= 0 && (set->rec.types & ns_bit(NS_MNT)))
		sentinel_renew(set, root);
	priv_lower();
}

void sentinel_watch_again(struct set *set)
{
	set->watch.is_partial = true;
	sentinel_watch(set);
}

void sentinel_forget(struct set *set)
{
	for (unsigned i = 0; i < set->watch.count; i++)
		if (set->watch.roots[i].wd >= 0)
			(void)inotify_rm_watch(set->sets->sentinels.events.fd,
					       set->watch.roots[i].wd);
	set->watch.count = 0;
	set->watch.is_partial = false;
}

/* A root is gone: the last one takes its place. */
static void sentinel_drop(struct set *set, unsigned i)
{
	set->watch.roots[i] = set->watch.roots[--set->watch.count];
	if (set->watch.count == 0 && set->anchor.pidfd < 0)
		set_step(set, SET_RELEASED);
}

static void sentinel_report(struct sets *sets, int wd)
{
	struct set *set;

	LIST_FOREACH (set, &sets->all, link) {
		for (unsigned i = 0; i < set->watch.count; i++) {
			if (set->watch.roots[i].wd != wd)
				continue;
			sentinel_drop(set, i); /* which may free the set */
			return;
		}
	}
}

/* Drops the roots whose watch has ended while reports were lost.  Without @marks they are asked for by number from now on. */
static void sentinel_compare(struct set *set, const struct sentinel_marks *marks)
{
	for (unsigned i = set->watch.count; i-- > 0;) {
		struct sentinel_root *root = &set->watch.roots[i];

		if (root->wd >= 0 && !marks) {
			root->wd = -1;
			set->watch.is_partial = true;
		} else if (root->wd >= 0 && !sentinel_find_mark(marks, root->wd)) {
			*root = set->watch.roots[--set->watch.count];
		}
	}
	if (set->anchor.pidfd < 0)
		set_step(set, SET_RELEASED); /* which may free it */
}

static void sentinel_overflow(struct sentinels *s)
{
	struct set *next;

	log_line(LOG_WARNING,
		 "reports of file systems that are gone were lost: all sets are asked");
	s->has_marks = sentinel_read_marks(s->events.fd, &s->marks) == 0;
	for (struct set *set = LIST_FIRST(&s->sets->all); set; set = next) {
		next = LIST_NEXT(set, link);
		if (set->watch.count > 0)
			sentinel_compare(set, s->has_marks ? &s->marks : NULL);
	}
}

static void sentinel_on_events(struct source *src)
{
	struct sentinels *s = loop_owner(src, struct sentinels, events);
	char buf[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	ssize_t n = read(src->fd, buf, sizeof(buf));

	s->has_marks = false;
	sentinel_free_marks(&s->marks);
	for (ssize_t at = 0; at + (ssize_t)sizeof(struct inotify_event) <= n;) {
		const struct inotify_event *e = (const void *)(buf + at);

		if (e->mask & IN_Q_OVERFLOW)
			sentinel_overflow(s);
		else if (e->mask & IN_UNMOUNT)
			sentinel_report(s->sets, e->wd);
		at += (ssize_t)sizeof(*e) + e->len;
	}
}

int sentinels_init(struct sentinels *s, struct sets *sets, struct nsi_fail *f)
{
	int r = snprintf(s->path, sizeof(s->path), "%s/" RECORD_SENTINEL, sets->host.rundir);

	if (r < 0 || (size_t)r >= sizeof(s->path))
		return fail_set(f, ENAMETOOLONG, "%s is too long", sets->host.rundir);
	s->sets = sets;
	s->events = (struct source){
		.fd = sentinel_open_instance(sets->host.relieves, &s->id),
		.ready = sentinel_on_events,
	};
	if (s->events.fd < 0)
		return fail_errno(f, s->events.fd,
				  "cannot watch file systems; see /proc/sys/fs/inotify");
	r = loop_add(&sets->loop, &s->events, EPOLLIN);
	return r < 0 ? fail_errno(f, r, "cannot watch file systems") : 0;
}

/* Those without a watch, of which no report comes. */
static void sentinel_ask_devices(struct set *set)
{
	for (unsigned i = set->watch.count; i-- > 0;)
		if (set->watch.roots[i].wd < 0 && !sentinel_has_dev(set, set->watch.roots[i].dev))
			set->watch.roots[i] = set->watch.roots[--set->watch.count];
}

enum sentinel_word sentinel_ask(struct set *set)
{
	enum sentinel_word word = SENTINEL_OVER;

	if (set->rec.end.is_over) /* it was asked before */
		return SENTINEL_OVER;
	if (set->watch.is_partial)
		sentinel_ask_devices(set);
	if (set->watch.count > 0)
		return SENTINEL_IN_USE;
	priv_raise();
	for (int type = 0; type < NS_TYPE_MAX; type++) {
		NSI_AUTO_FD int fd = -EBADF;

		if (!(set->rec.types & ns_bit(type)) || (type == NS_NET && network_is_shared(set)))
			continue;
		if (set->rec.end.ns_ids[type])
			fd = ns_handle_open(set->rec.end.ns_ids[type], type, set->rec.ns.ino[type]);
		if (fd == -ESTALE)
			continue;
		if (fd >= 0) {
			word = SENTINEL_IN_USE;
			break;
		}
		word = SENTINEL_UNKNOWN;
	}
	priv_lower();
	return word;
}
