/* SPDX-License-Identifier: MIT */
/* The powers over mounts */
#include "tests/tools/power/power.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <unistd.h>

static int mount_here(const char *source, const char *type, unsigned long flags)
{
	return source ? power_can(mount(source, "/mnt", type, flags, NULL)) : UNKNOWN;
}

static int mount_device(void)
{
	return mount_here(power_value("device"), "ext2", MS_RDONLY);
}

static int mount_tmpfs(void)
{
	return mount_here("powers", "tmpfs", 0);
}

/* As fusermount3(1) calls it, here with the rights of who asks. */
static int mount_fuse(void)
{
	char options[80];
	int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT || errno == ENXIO ? UNKNOWN : NO;
	(void)snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0", fd);
	return power_can(mount("powers", "/mnt", "fuse", 0, options));
}

static int mount_proc(void)
{
	return mount_here("proc", "proc", 0);
}

static int mount_bind(void)
{
	return mount_here("/usr", NULL, MS_BIND);
}

static int umount_tmp(void)
{
	return power_can(umount2("/tmp", MNT_DETACH));
}

static int remount_tmp(void)
{
	return power_can(mount(NULL, "/tmp", NULL, MS_REMOUNT | MS_BIND, NULL));
}

/* With a copy of the mounts, which everybody may have who has a user namespace. */
static int umount_in_copy(void)
{
	if (unshare(CLONE_NEWNS) < 0 && unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
		return NO;
	return power_can(umount2("/tmp", MNT_DETACH));
}

static int make_copy(void)
{
	return power_can(unshare(CLONE_NEWNS));
}

static int enter_host(void)
{
	char path[40];
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/mnt", power_number("victim"));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return power_number("victim") ? fd >= 0 && power_can(setns(fd, CLONE_NEWNS)) : UNKNOWN;
}

const struct power power_mounts[] = {
	{"mount a file system of a block device", mount_device, true},
	{"mount a tmpfs", mount_tmpfs, true},
	{"mount a file system of FUSE", mount_fuse, true},
	{"mount a /proc", mount_proc, true},
	{"bind a directory", mount_bind, true},
	{"unmount the private /tmp", umount_tmp, true},
	{"take nosuid and nodev from the private /tmp", remount_tmp, true},
	{"make a copy of the mounts with unshare -m", make_copy},
	{"unmount the private /tmp in such a copy", umount_in_copy},
	{"enter the host's mount namespace", enter_host},
	{NULL},
};
