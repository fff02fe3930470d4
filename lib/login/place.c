/* SPDX-License-Identifier: MIT */
#include "login/place.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/single_threaded.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/text.h"
#include "wire/wire.h"

int place_read(uint32_t types, struct ns_inodes *ret)
{
	*ret = (struct ns_inodes){{0}};
	for (int type = 0; type < NS_TYPE_MAX; type++) {
		char path[40];
		int r;

		if (!(types & ns_bit(type)))
			continue;
		text_fmt(path, sizeof(path), "/proc/self/ns/%s", ns_types[type].proc);
		r = ns_inode_read(AT_FDCWD, path, &ret->ino[type]);
		if (r < 0 && r != -ENOENT) /* a kernel without this type */
			return r;
	}
	return 0;
}

int place_look(struct place *p, uint32_t types, struct nsi_fail *f)
{
	int r;

	p->pid = getpid();
	if (!__libc_single_threaded && gettid() != p->pid)
		return fail_set(f, ENOTSUP,
				"the session is opened or closed by a thread that is not the main "
				"one, so its program would not be isolated");
	workdir_look(&p->dir);
	/* This is the main thread, so these are its own; and the helper looks at the same entries. */
	r = place_read(types, &p->ns);
	if (r == 0 && types && p->ns.ino[NS_MNT] == 0)
		r = -ENOENT; /* there is no /proc */
	return r < 0 ? fail_errno(f, r, "cannot read the namespaces of this process") : 0;
}

/* The way to see its namespaces from within others: a procfs that may be out of sight there. */
static int place_open_ns(struct place *p, struct nsi_fail *f)
{
	if (p->keeps_proc || p->ns_dir >= 0 || p->ns.ino[NS_MNT] == 0) /* or it is a close */
		return 0;
	p->ns_dir = open("/proc/self/ns", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return p->ns_dir < 0 ? fail_errno(f, errno, "cannot open /proc/self/ns") : 0;
}

void place_done(struct place *p)
{
	nsi_closep(&p->ns_dir);
}

/*
 * With CLONE_NEWNS alone, setns(2) refuses a process that shares its fs_struct,
 * as threads do; together with another flag it gives the caller one of its own.
 * Any type in which both sides agree serves: entering it changes nothing.
 */
static uint32_t place_widen_for_threads(const struct place *p, const struct nsi_reply *reply)
{
	if (reply->types == ns_bit(NS_MNT) && reply->to.ino[NS_UTS] == p->ns.ino[NS_UTS])
		return reply->types | ns_bit(NS_UTS);
	return reply->types;
}

/*
 * One namespace by its descriptor.  A thread shares its working directory and root with others
 * (fs_struct): setns(2) refuses a mount namespace then, so it gets its own first.
 */
static int place_enter_one(int fd, int type)
{
	if (setns(fd, ns_types[type].flag) == 0)
		return 0;
	if (type != NS_MNT || errno != EINVAL || unshare(CLONE_FS) < 0)
		return -1;
	return setns(fd, ns_types[type].flag);
}

static int place_switch_namespaces(const struct place *p, const struct nsi_reply *reply,
				   const int *fds, unsigned count, struct nsi_fail *f)
{
	unsigned next = 0;

	if (count == 1 && !p->is_by_type) {
		if (setns(fds[0], ns_clone_flags(place_widen_for_threads(p, reply))) < 0)
			return fail_errno(f, errno, "cannot enter the namespaces%s",
					  errno == EINVAL && (reply->types & ns_bit(NS_USER))
						  ? " (a program with several threads cannot, if "
						    "there is a user namespace among them)"
						  : "");
		return 0;
	}
	for (int type = 0; type < NS_TYPE_MAX; type++) {
		if (!(reply->types & ns_bit(type)))
			continue;
		if (next >= count || place_enter_one(fds[next], type) < 0) {
			int err = next >= count ? EBADMSG : errno;

			(void)fail_errno(f, err, "cannot enter the %s namespace",
					 ns_types[type].brief);
			return next > 0 ? PLACE_STRANDED : -err;
		}
		next++;
	}
	return 0;
}

/*
 * A join compares its mount namespace alone: setns(2) enters all namespaces of one process or none,
 * and which process that is was checked before.
 */
static int place_verify(const struct place *p, const struct nsi_reply *reply, struct nsi_fail *f)
{
	const uint32_t types = p->keeps_proc ? ns_bit(NS_MNT) : reply->types;
	NSI_AUTO_FD int own = -EBADF;
	struct ns_inodes now;
	int r;

	if (p->keeps_proc) {
		r = place_read(types, &now);
	} else {
		if (p->ns_dir < 0) /* back here, there is a /proc to look into */
			own = open("/proc/thread-self/ns", O_PATH | O_DIRECTORY | O_CLOEXEC);
		r = ns_inodes_read_some(p->ns_dir < 0 ? own : p->ns_dir, types, &now);
	}
	if (r < 0) {
		(void)fail_errno(f, r, "cannot read the namespaces after entering them");
		return PLACE_STRANDED;
	}
	for (int type = 0; type < NS_TYPE_MAX; type++) {
		if ((types & ns_bit(type)) && now.ino[type] != reply->to.ino[type]) {
			(void)fail_set(f, EXDEV,
				       "the %s namespace is not the one that was promised",
				       ns_types[type].brief);
			return PLACE_STRANDED;
		}
	}
	return 0;
}

/* The kernel has put the process on "/"; that is not where it was called from. */
static int place_find_workdir(struct place *p, struct workdir_way *way, struct nsi_fail *f)
{
	int r = p->keeps_root && strcmp(p->dir.path, "/") == 0
			? WORKDIR_SAME
			: workdir_go(&p->dir, &p->rules, way, f);

	if (r < 0)
		return PLACE_STRANDED;
	p->went = (enum workdir_result)r;
	return 0;
}

int place_enter(struct place *p, const struct nsi_reply *reply, const int *fds, unsigned count,
		struct nsi_fail *f)
{
	NSI_CLEANUP(workdir_way_done) struct workdir_way way = WORKDIR_WAY_NONE;
	int r;

	p->went = WORKDIR_SAME;
	if (reply->types == 0)
		return 0;
	if (count == 0)
		return fail_set(f, EBADMSG, "the helper's answer lacks its descriptor");
	if (reply->types & ns_bit(NS_MNT))
		workdir_prepare(&p->rules, reply->types & ns_bit(NS_USER), &way);
	r = place_open_ns(p, f);
	if (r < 0)
		return r;
	r = place_switch_namespaces(p, reply, fds, count, f);
	if (r != 0)
		return r;
	r = place_verify(p, reply, f);
	if (r != 0)
		return r;
	return reply->types & ns_bit(NS_MNT) ? place_find_workdir(p, &way, f) : 0;
}
