/* SPDX-License-Identifier: MIT */
#include "setup/setup_network.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/mountinfo.h"
#include "base/path.h"
#include "base/text.h"
#include "host/host.h"
#include "mnt/mnt.h"
#include "net/net.h"
#include "policy/image.h"
#include "policy/template.h"
#include "setup/parts.h"
#include "setup/setup.h"

/*
 * Mounts @name below @dir on /etc/@name.  That may be a symbolic link, as systemd-resolved
 * makes one: the link itself is covered then, and not what a link may lead to.
 */
static int network_cover(int dir, const char *name, uint32_t attrs, struct nsi_fail *f)
{
	NSI_AUTO_FD int etc = path_open(AT_FDCWD, "/etc", O_PATH | O_DIRECTORY, PATH_ANY);
	NSI_AUTO_FD int target = -EBADF;
	NSI_AUTO_FD int source = -EBADF;
	NSI_AUTO_FD int mount = -EBADF;

	if (etc < 0)
		return fail_errno(f, etc, "cannot open /etc");
	target = openat(etc, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (target < 0 &&
	    errno == ENOENT) /* there is no place for it, and none is made on the host */
		return 0;
	if (target < 0)
		return fail_errno(f, errno, "cannot open /etc/%.60s to cover it", name);
	source = path_open(dir, name, O_PATH | O_NOFOLLOW, PATH_ANY);
	if (source < 0)
		return fail_errno(f, source, "cannot cover /etc/%.60s", name);
	mount = mnt_clone(source, attrs, f);
	return mount < 0 ? mount : mnt_attach(mount, target, f);
}

/* Mounts the files of /etc/netns/NAME on those of /etc, as "ip netns exec NAME" does. */
static int network_cover_netns(const char *name, bool *ret_resolv, struct nsi_fail *f)
{
	char path[sizeof("/etc/netns/") + NET_NAME];
	NSI_AUTO_FD int fd = -EBADF;
	NSI_AUTO_DIR DIR *dir = NULL;
	struct dirent *e;
	int r = 0;

	text_fmt(path, sizeof(path), "/etc/netns/%.63s", name);
	fd = path_open(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, PATH_ANY);
	if (fd == -ENOENT)
		return 0;
	if (fd < 0)
		return fail_errno(f, fd, "cannot read %s", path);
	dir = path_list(fd, ".");
	if (!dir)
		return fail_errno(f, errno, "cannot read %s", path);
	while (r == 0 && (errno = 0, (e = readdir(dir)) != NULL)) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		*ret_resolv |= strcmp(e->d_name, "resolv.conf") == 0;
		r = network_cover(fd, e->d_name, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, f);
	}
	return r == 0 && errno ? fail_errno(f, errno, "cannot list %s", path) : r;
}

static int network_cover_resolv(const struct setup_plan *plan, struct nsi_fail *f)
{
	NSI_AUTO_FD int dir = setup_files(plan, f);
	int r = dir < 0 ? dir : resolv_write(plan->net, dir, f);

	if (r <= 0)
		return r;
	return network_cover(dir, "resolv.conf", MNT_READONLY, f);
}

enum {
	SUBMOUNTS = 64,
	PLACE = 256,
};

/* The mounts below /sys, such as /sys/fs/cgroup, which are to be there again. */
struct submount {
	char place[PLACE]; /* below /sys, without the leading "/" */
	int tree;          /* a detached copy with all that is mounted in it */
};

static bool network_is_below(const char *place, const struct submount *mounts, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		size_t n = strlen(mounts[i].place);

		if (strncmp(place, mounts[i].place, n) == 0 && (place[n] == '/' || !place[n]))
			return true;
	}
	return false;
}

/* The mounts directly in sysfs, in the order of the table.  Returns how many, or -errno. */
static int network_find_submounts(int pid, struct submount mounts[SUBMOUNTS])
{
	NSI_CLEANUP(mountinfo_done) struct mountinfo_table table = {0};
	struct mountinfo m;
	unsigned count = 0;
	int r = mountinfo_open(&table, pid);

	if (r < 0)
		return r;
	while (count < SUBMOUNTS && (r = mountinfo_next(&table, &m)) > 0) {
		if (strncmp(m.point, "/sys/", 5) != 0 ||
		    network_is_below(m.point + 5, mounts, count) ||
		    text_copy(mounts[count].place, PLACE, m.point + 5) < 0)
			continue;
		mounts[count++].tree = -EBADF;
	}
	return r < 0 ? r : (int)count;
}

static int network_copy_submounts(int sys, struct submount *mounts, unsigned count,
				  struct nsi_fail *f)
{
	for (unsigned i = 0; i < count; i++) {
		mounts[i].tree = open_tree(sys, mounts[i].place,
					   OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE |
						   AT_SYMLINK_NOFOLLOW);
		/* A mount that a later one hides, or that is gone by now, is not needed. */
		if (mounts[i].tree < 0 && errno != ENOENT && errno != EINVAL)
			return fail_errno(f, errno, "cannot copy the mount /sys/%s",
					  mounts[i].place);
	}
	return 0;
}

/* A failure ends the process, and the copies with it. */
static int network_attach_submounts(int sys, struct submount *mounts, unsigned count,
				    struct nsi_fail *f)
{
	for (unsigned i = 0; i < count; i++) {
		NSI_AUTO_FD int tree = mounts[i].tree;
		NSI_AUTO_FD int target =
			tree < 0 ? tree : path_open(sys, mounts[i].place, O_PATH, PATH_ANY);
		int r;

		if (tree < 0 || target == -ENOENT) /* some places are the host's network's alone */
			continue;
		if (target < 0)
			return fail_errno(f, target, "cannot open /sys/%s", mounts[i].place);
		r = mnt_attach(tree, target, f);
		if (r < 0)
			return r;
	}
	return 0;
}

/*
 * Covers /sys by a fresh sysfs, which belongs to the network namespace of the caller,
 * so that /sys/class/net lists its interfaces, and mounts in it what was mounted in
 * the old one.  @pid is the caller's as /proc has it.  Returns 0 or -errno.
 */
static int network_cover_sysfs(int pid, struct nsi_fail *f)
{
	NSI_AUTO_FD int old = path_open(AT_FDCWD, "/sys", O_PATH | O_DIRECTORY, PATH_ANY);
	NSI_AUTO_FD int fresh = -EBADF;
	uint32_t attrs = MNT_PLAIN;
	struct submount mounts[SUBMOUNTS];
	struct statvfs st;
	int count, r;

	if (old < 0) /* no /sys: nothing of the host's is seen there */
		return old == -ENOENT ? 0 : fail_errno(f, old, "cannot open /sys");
	if (fstatvfs(old, &st) < 0)
		return fail_errno(f, errno, "cannot look at /sys");
	if (st.f_flag & ST_RDONLY)
		attrs |= MOUNT_ATTR_RDONLY;
	fresh = mnt_new_fs("sysfs", attrs, NULL, 0, f);
	if (fresh < 0)
		return fresh;
	count = network_find_submounts(pid, mounts);
	if (count < 0)
		return fail_errno(f, count, "cannot list what is mounted below /sys");
	r = network_copy_submounts(old, mounts, (unsigned)count, f);
	if (r < 0)
		return r;
	r = mnt_attach(fresh, old, f);
	return r < 0 ? r : network_attach_submounts(fresh, mounts, (unsigned)count, f);
}

static int network_put_files(const struct setup_plan *plan, const struct net_record *rec,
			     struct nsi_fail *f)
{
	bool has_resolv = false;
	int r = network_cover_sysfs(plan->pid, f);

	if (r < 0)
		return r;
	r = rec->netns[0] ? network_cover_netns(rec->netns, &has_resolv, f) : 0;
	return r < 0 || has_resolv ? r : network_cover_resolv(plan, f);
}

/* The answer of the helper, which is due within its own time; none: it gave up. */
static int network_receive(int sock, struct net_record *ret, int *ret_ns)
{
	union {
		struct cmsghdr h;
		char room[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov = {.iov_base = ret, .iov_len = sizeof(*ret)};
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	const struct cmsghdr *c;
	ssize_t n;

	do
		n = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	c = n > 0 ? CMSG_FIRSTHDR(&msg) : NULL;
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
		memcpy(ret_ns, CMSG_DATA(c), sizeof(*ret_ns));
	return n == (ssize_t)sizeof(*ret) ? 0 : -EPIPE;
}

/* Joins a namespace that has a name; the one that the anchor was born with ends with that. */
static int network_join(int ns, struct setup_report *report)
{
	struct stat st;

	if (ns < 0 || fstat(ns, &st) < 0)
		return fail_set(&report->fail, EBADF, "the named network namespace is missing");
	if (setns(ns, CLONE_NEWNET) < 0)
		return fail_errno(&report->fail, errno, "cannot join the network namespace");
	report->ns.ino[NS_NET] = st.st_ino;
	return 0;
}

static int network_ask(const struct setup_plan *plan, const struct template_values *words,
		       struct net_record *rec, struct setup_report *report)
{
	const struct pol_network *n = policy_network(plan->image, plan->policy);
	const char *template = n ? policy_str(plan->image, n->name) : "";
	NSI_AUTO_FD int ns = -EBADF;
	int r = template_expand(template, words, report->netns, sizeof(report->netns));

	if (r < 0 || (report->netns[0] && !inet_is_netns(report->netns)))
		return fail_set(
			&report->fail, EINVAL,
			"\"%.60s\" does not give a valid name of a network namespace (letters, "
			"digits and ._-@+, at most 63)",
			template);
	report->err = SETUP_ASKS;
	if (send(plan->ask, report, sizeof(*report), MSG_NOSIGNAL) != (ssize_t)sizeof(*report))
		return fail_errno(&report->fail, errno, "cannot ask for the network");
	r = network_receive(plan->ask, rec, &ns);
	if (r < 0) /* why, the helper knows */
		return fail_errno(&report->fail, r, "the helper has not made the network");
	return plan->net->mode == NET_NETNS ? network_join(ns, report) : 0;
}

int setup_network(const struct setup_plan *plan, const struct template_values *words,
		  struct setup_report *report)
{
	struct net_record rec = {.mode = ""};
	int r;

	if (!plan->net || plan->net->mode == NET_HOST)
		return 0;
	/* Nothing is ever set up in the host's. */
	if (report->ns.ino[NS_NET] == plan->host->ns.ino[NS_NET])
		return fail_set(&report->fail, EINVAL,
				"the set has no network namespace of its own");
	r = net_needs_host(plan->net) ? network_ask(plan, words, &rec, report) : 0;
	if (r < 0)
		return r;
	r = inside_setup(plan->net, &rec, &report->fail);
	if (r < 0)
		return r;
	return plan->policy->types & ns_bit(NS_MNT) ? network_put_files(plan, &rec, &report->fail)
						    : 0;
}
