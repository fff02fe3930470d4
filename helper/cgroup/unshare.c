/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/nstype.h"
#include "base/text.h"
#include "cgroup/cgroup.h"

/* cgroup.procs of the login's cgroup and of ours, in one hierarchy; both -EBADF if they agree. */
struct step {
	int there;
	int back;
};

static int unshare_open_procs(const char *dir)
{
	char path[PATH_MAX + 16];
	int fd;

	text_fmt(path, sizeof(path), "%s/cgroup.procs", dir);
	fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	return fd < 0 ? -errno : fd;
}

/*
 * A hierarchy that cannot be opened is an error: the namespace's root there would be the
 * helper's control group, which shows more than it should.
 */
static int unshare_prepare(const struct cgroup_mount *m, pid_t login, struct step *ret,
			   struct nsi_fail *f)
{
	char there[PATH_MAX], back[PATH_MAX];
	int r = cgroup_find(m, login, there, sizeof(there));

	*ret = (struct step){-EBADF, -EBADF};
	if (r == 0)
		r = cgroup_find(m, getpid(), back, sizeof(back));
	if (r < 0)
		return fail_errno(f, r, "cannot tell which cgroup the login is in");
	if (there[0] == '\0' || back[0] == '\0')
		return 0;
	/* Opened before the unshare: the kernel asks which namespace they were opened in. */
	ret->there = unshare_open_procs(there);
	ret->back = unshare_open_procs(back);
	if (ret->there < 0)
		return fail_errno(f, ret->there, "cannot open cgroup.procs of %s", there);
	return ret->back < 0 ? fail_errno(f, ret->back, "cannot open cgroup.procs of %s", back) : 0;
}

static int unshare_move(int procs)
{
	return procs < 0 || write(procs, "0", 1) == 1 ? 0 : -errno;
}

int cgroup_unshare_at(pid_t login, struct nsi_fail *f)
{
	struct cgroup_mount mounts[CGROUP_MOUNTS_MAX];
	struct step steps[CGROUP_MOUNTS_MAX];
	int count = cgroup_read_mounts(mounts), done = 0, r = 0;

	if (count < 0)
		return fail_errno(f, count, "cannot find the mounts of cgroups");
	for (; done < count && r == 0; done++) {
		r = unshare_prepare(&mounts[done], login, &steps[done], f);
		if (r == 0 && (r = unshare_move(steps[done].there)) < 0)
			(void)fail_errno(f, r, "cannot move into the login's cgroup at %s",
					 mounts[done].point);
	}
	if (r == 0 && unshare(CLONE_NEWCGROUP) < 0)
		r = errno == ENOSPC ? fail_set(f, ENOSPC,
					       "a limit of namespaces is reached: see "
					       "/proc/sys/user/%s",
					       ns_types[NS_CGROUP].sysctl)
				    : fail_errno(f, errno, "cannot make a cgroup namespace");
	for (int i = 0; i < done; i++) {
		int back = unshare_move(steps[i].back);

		if (back < 0 && r == 0)
			r = fail_errno(f, back, "cannot move back out of the login's cgroup");
		nsi_closep(&steps[i].there);
		nsi_closep(&steps[i].back);
	}
	return r;
}
