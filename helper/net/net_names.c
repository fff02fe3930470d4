/* SPDX-License-Identifier: MIT */
#include "net/net_names.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/hash.h"
#include "base/path.h"
#include "base/text.h"
#include "net/net.h"

static const char netns_dir[] = "/run/netns";

/* A name that is taken all the same is refused by the kernel, so it need not be strong. */
static unsigned names_short_hash(const char *text)
{
	return (hash_text32(text) ^ (hash_text32(text) >> 16)) & 0xffff;
}

uint32_t names_group(const char *rundir)
{
	return (hash_text32(rundir) & 0x3fffffff) | 0x40000000; /* not 0, which is the default */
}

int names_veth(const char *rundir, uint64_t set, char ret[IFNAMSIZ])
{
	char name[48];
	int n;

	if (strcmp(rundir, NSI_RUNDIR) == 0)
		n = snprintf(name, sizeof(name), "nsi%" PRIu64, set);
	else
		n = snprintf(name, sizeof(name), "n%04x-%" PRIu64, names_short_hash(rundir), set);
	if (n < 0 || n >= IFNAMSIZ)
		return -ERANGE;
	memcpy(ret, name, (size_t)n + 1);
	return 0;
}

void names_table(const char *rundir, const char *bridge, char ret[NET_NAME])
{
	if (strcmp(rundir, NSI_RUNDIR) == 0)
		text_fmt(ret, NET_NAME, "nsi_%.15s", bridge);
	else
		text_fmt(ret, NET_NAME, "nsi%04x_%.15s", names_short_hash(rundir), bridge);
}

/* /run/netns, as "ip netns add" makes it, but not bound to itself: the mount table stays as it is. */
static int names_open_dir(bool create, struct nsi_fail *f)
{
	if (create && mkdir(netns_dir, 0755) < 0 && errno != EEXIST)
		return fail_errno(f, errno, "cannot make %s", netns_dir);
	if (!create && access(netns_dir, F_OK) < 0 && errno == ENOENT)
		return -ENOENT;
	return path_open_trusted(netns_dir, O_RDONLY | O_DIRECTORY, PATH_ROOT_OWNED, f);
}

/* Returns 0, -ENOTTY for a file that is no namespace, or another -errno. */
static int names_check_namespace(int fd)
{
	struct statfs fs;

	if (fstatfs(fd, &fs) < 0)
		return -errno;
	return fs.f_type == NSFS_MAGIC ? 0 : -ENOTTY;
}

/* A namespace that nobody is in, held open by the descriptor alone. */
static int names_new_netns(struct nsi_fail *f)
{
	NSI_AUTO_FD int own = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	NSI_AUTO_FD int made = -EBADF;

	if (own < 0 || unshare(CLONE_NEWNET) < 0)
		return fail_errno(f, errno, "cannot make a network namespace");
	made = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	if (setns(own, CLONE_NEWNET) < 0) {
		(void)fail_errno(f, errno, "cannot go back to the host's network");
		_exit(1); /* this child must not go on in the wrong one */
	}
	return made < 0 ? fail_errno(f, errno, "cannot open a new network namespace")
			: nsi_take_fd(&made);
}

int names_open_netns(const char *name, bool create, bool *ret_made, struct nsi_fail *f)
{
	NSI_AUTO_FD int dir = names_open_dir(create, f);
	NSI_AUTO_FD int fd = dir < 0 ? dir : path_open(dir, name, O_RDONLY | O_NOFOLLOW, PATH_ANY);
	int r = fd < 0 ? fd : names_check_namespace(fd);

	*ret_made = false;
	if (r == 0)
		return nsi_take_fd(&fd);
	if (r == -ENOTTY)
		return fail_set(f, ENOTTY, "%s/%s is not a network namespace: remove that file",
				netns_dir, name);
	if (r != -ENOENT)
		return fail_errno(f, r, "cannot open %s/%s", netns_dir, name);
	if (!create)
		return fail_set(f, ENOENT,
				"there is no network namespace '%s': make it (ip netns add %s), or "
				"say create = true",
				name, name);
	fd = names_new_netns(f);
	if (fd < 0)
		return fd;
	r = names_publish(name, fd, f);
	if (r < 0)
		return r;
	*ret_made = true;
	return nsi_take_fd(&fd);
}

int names_publish(const char *name, int ns_fd, struct nsi_fail *f)
{
	NSI_AUTO_FD int dir = names_open_dir(true, f);
	NSI_AUTO_FD int file = -EBADF;
	char from[48], to[48];

	if (dir < 0)
		return dir;
	file = openat(dir, name, O_RDONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0);
	if (file < 0)
		return fail_errno(f, errno, "cannot name a network namespace %s/%s", netns_dir,
				  name);
	/* nsfs is bound by path, as its descriptors belong to no mount that open_tree(2) would copy. */
	text_fmt(from, sizeof(from), "/proc/self/fd/%d", ns_fd);
	text_fmt(to, sizeof(to), "/proc/self/fd/%d", file);
	if (mount(from, to, "none", MS_BIND, NULL) < 0) {
		int err = errno;

		(void)unlinkat(dir, name, 0); /* the error at hand says more */
		return fail_errno(f, err, "cannot name a network namespace %s/%s", netns_dir, name);
	}
	return 0;
}

/* Whether the name is that of another namespace, or -errno. */
static int names_is_anothers(int dir, const char *name, uint64_t ns)
{
	NSI_AUTO_FD int fd = path_open(dir, name, O_RDONLY | O_NOFOLLOW, PATH_ANY);
	int r = fd < 0 ? fd : names_check_namespace(fd);
	struct stat st;

	if (r == -ENOENT || r == -ENOTTY) /* ENOTTY: a name that was not finished */
		return 0;
	if (r < 0)
		return r;
	return fstat(fd, &st) < 0 ? -errno : st.st_ino != ns;
}

int names_unpublish(const char *name, uint64_t ns)
{
	struct nsi_fail f = {""};
	NSI_AUTO_FD int dir = names_open_dir(false, &f);
	char path[128];
	int r;

	if (dir < 0)
		return dir == -ENOENT ? 0 : dir;
	r = ns ? names_is_anothers(dir, name, ns) : 0;
	if (r != 0)
		return r < 0 ? r : 0;
	text_fmt(path, sizeof(path), "%s/%s", netns_dir, name); /* of names_is_netns(): it fits */
	if (umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) < 0 && errno != EINVAL && errno != ENOENT)
		return -errno;
	return unlinkat(dir, name, 0) < 0 && errno != ENOENT ? -errno : 0;
}
