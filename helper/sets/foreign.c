/* SPDX-License-Identifier: MIT */
#include "sets/foreign.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "sets/disk.h"
#include "sets/members.h"
#include "sets/mount_list.h"

enum {
	FOREIGN_ROOT_LEVELS = 33, /* of user namespaces, as many as there can be */
};

void foreign_init(struct foreign *f, struct members_target *targets, unsigned count)
{
	f->targets = targets;
	f->count = count;
	f->is_partial = false;
	f->place = NULL;
	for (unsigned i = 0; i < FOREIGN_CACHE; i++)
		f->cache[i].mnt = 0, f->cache[i].pin = -EBADF;
}

void foreign_done(struct foreign *f)
{
	for (unsigned i = 0; i < FOREIGN_CACHE; i++)
		nsi_closep(&f->cache[i].pin);
	free(f->place);
	f->place = NULL;
}

int foreign_owner(int fd, uint32_t *ret)
{
	NSI_AUTO_FD int user = ioctl(fd, NS_GET_USERNS);
	bool found = false;

	if (user < 0 && errno != EPERM)
		return -errno;
	for (int i = 0; i < FOREIGN_ROOT_LEVELS && user >= 0; i++) {
		int above = ioctl(user, NS_GET_PARENT);
		uid_t uid;

		if (above < 0 && errno == EPERM) /* this is the helper's own */
			break;
		if (above < 0)
			return -errno;
		if (ioctl(user, NS_GET_OWNER_UID, &uid) < 0) {
			int err = errno;

			nsi_closep(&above);
			return -err;
		}
		*ret = uid;
		found = true;
		nsi_closep(&user);
		user = above;
	}
	return found ? 0 : -ENOENT;
}

bool foreign_is_users(const struct members_target *t, uint32_t uid)
{
	for (unsigned i = 0; i < t->rec->user_count; i++)
		if (t->rec->users[i] == uid)
			return true;
	return false;
}

static bool foreign_has_dev(const struct members_target *t, uint64_t dev)
{
	for (unsigned i = 0; i < t->dev_count; i++)
		if (t->devs[i] == dev)
			return true;
	return false;
}

/* A search of the mounts of one namespace for those of a target. */
struct foreign_search {
	struct foreign *foreign;
	uint32_t uid; /* of its owner */
	int target;   /* found; -1: none */
};

/* Whether the mount is of the set's own: a file system, or its directory on disk. */
static bool foreign_is_own(struct foreign *f, const struct members_target *t,
			   const struct mounts_one *m)
{
	if (foreign_has_dev(t, m->dev))
		return true;
	if (!t->disk[0])
		return false;
	if (!f->place) {
		f->place = malloc(sizeof(*f->place));
		if (f->place && disk_find_place(t->statedir, f->place) < 0)
			f->place->len = 0;
	}
	return f->place && disk_is_below(f->place, t->disk, m);
}

static bool foreign_on_mount(void *arg, const struct mounts_one *m)
{
	struct foreign_search *s = arg;

	for (unsigned i = 0; i < s->foreign->count && s->target < 0; i++)
		if (foreign_is_users(&s->foreign->targets[i], s->uid) &&
		    foreign_is_own(s->foreign, &s->foreign->targets[i], m))
			s->target = (int)i;
	return s->target >= 0;
}

/* Whether there is a target that has this user, and whose bound is not reached. */
static bool foreign_is_wanted(struct foreign *f, uint32_t uid)
{
	bool wanted = false;

	for (unsigned i = 0; i < f->count; i++) {
		struct members_target *t = &f->targets[i];

		if (!foreign_is_users(t, uid))
			continue;
		if (t->foreign++ < MEMBERS_FOREIGN_MAX)
			wanted = true;
		else
			f->is_partial = true;
	}
	return wanted;
}

/* Whether -errno @r says that there is no namespace of a user's any more, or that it may not be looked at, ever. */
static bool foreign_is_no_doubt(int r)
{
	return r == -ENOENT || r == -ESRCH || r == -EACCES || r == -EPERM;
}

/* Returns the index of the target whose file systems are mounted there, with the namespace in *ret_pin, or -1. */
static int foreign_judge(struct foreign *f, int ns_dir, uint64_t mnt, int *ret_pin)
{
	NSI_AUTO_FD int fd = openat(ns_dir, "mnt", O_RDONLY | O_CLOEXEC);
	struct foreign_search search = {.foreign = f, .target = -1};
	struct stat st;
	int r = fd < 0 || fstat(fd, &st) < 0 ? -errno : 0;

	if (r >= 0 && st.st_ino != mnt)
		return -1; /* it has entered another namespace */
	r = r < 0 ? r : foreign_owner(fd, &search.uid);
	if (r < 0) {
		f->is_partial |= !foreign_is_no_doubt(r);
		return -1;
	}
	if (!foreign_is_wanted(f, search.uid))
		return -1;
	r = mounts_each(fd, MEMBERS_MOUNTS_MAX, foreign_on_mount, &search);
	if (r < 0)
		f->is_partial = true;
	if (search.target >= 0)
		*ret_pin = nsi_take_fd(&fd);
	return search.target;
}

int foreign_find(struct foreign *f, int ns_dir, uint64_t mnt)
{
	const unsigned at = (unsigned)(mnt % FOREIGN_CACHE);

	if (f->cache[at].mnt != mnt) {
		nsi_closep(&f->cache[at].pin);
		f->cache[at].target = foreign_judge(f, ns_dir, mnt, &f->cache[at].pin);
		f->cache[at].mnt = mnt;
	}
	return f->cache[at].target;
}
