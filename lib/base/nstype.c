/* SPDX-License-Identifier: MIT */
#include "base/nstype.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080 /* Linux 5.6; glibc has it since 2.36 */
#endif

const struct ns_kind_info ns_types[NS_TYPE_MAX] = {
	/* The directories of a policy stand on it. */
	[NS_MNT] = {"mount", "mnt", "mnt", "max_mnt_namespaces", CLONE_NEWNS, "MNT", "MNT",
		    NS_CLONED | NS_SPARE | NS_HOOK},
	[NS_IPC] = {"ipc", "ipc", "ipc", "max_ipc_namespaces", CLONE_NEWIPC, "IPC", "IPC",
		    NS_CLONED | NS_DELEGATED | NS_OPTIONAL | NS_SPARE | NS_HOOK},
	[NS_UTS] = {"uts", "uts", "uts", "max_uts_namespaces", CLONE_NEWUTS, "UTS", "UTS",
		    NS_CLONED | NS_DELEGATED | NS_OPTIONAL | NS_SPARE | NS_HOOK},
	[NS_NET] = {"net", "net", "net", "max_net_namespaces", CLONE_NEWNET, "NET", "NET",
		    NS_CLONED | NS_DELEGATED | NS_OPTIONAL | NS_HOOK},
	[NS_PID] = {"pid", "pid", "pid_for_children", "max_pid_namespaces", CLONE_NEWPID, "PIDNS",
		    "PID", NS_CLONED | NS_OPTIONAL | NS_SPARE},
	[NS_CGROUP] = {"cgroup", "cgroup", "cgroup", "max_cgroup_namespaces", CLONE_NEWCGROUP,
		       "CGROUP", "CGROUP", NS_OPTIONAL | NS_SPARE | NS_HOOK},
	[NS_TIME] = {"time", "time", "time_for_children", "max_time_namespaces", CLONE_NEWTIME,
		     "TIME", "TIME", NS_OPTIONAL | NS_SPARE},
	/* It says who the session is, and takes groups that a spare does not know. */
	[NS_USER] = {"user", "user", "user", "max_user_namespaces", CLONE_NEWUSER, "USERNS",
		     "USERNS", 0},
};

uint32_t ns_types_with(unsigned properties)
{
	uint32_t types = 0;

	for (int type = 0; type < NS_TYPE_MAX; type++)
		if ((ns_types[type].properties & properties) == properties)
			types |= ns_bit((enum nstype)type);
	return types;
}

int ns_clone_flags(uint32_t types)
{
	int flags = 0;

	for (int type = 0; type < NS_TYPE_MAX; type++)
		if (types & ns_bit(type))
			flags |= ns_types[type].flag;
	return flags;
}

const char *ns_types_format(uint32_t types, char *buf, unsigned long size)
{
	size_t used = 0;

	if (size == 0)
		return buf;
	buf[0] = '\0';
	for (int type = 0; type < NS_TYPE_MAX; type++) {
		int n;

		if (!(types & ns_bit(type)))
			continue;
		n = snprintf(buf + used, size - used, "%s%s", used ? "," : "",
			     ns_types[type].brief);
		if (n < 0 || (size_t)n >= size - used)
			break;
		used += (size_t)n;
	}
	return buf;
}

/*
 * By the text of the link, "mnt:[4026531841]".  A stat(2) through the link would have the
 * kernel make an inode for the namespace, and takes twice as long; a login does a dozen.
 */
int ns_inode_read(int dirfd, const char *path, uint64_t *ret)
{
	char text[64], *at, *end;
	ssize_t n = readlinkat(dirfd, path, text, sizeof(text) - 1);
	uint64_t ino;

	if (n < 0)
		return -errno;
	text[n] = '\0';
	at = strchr(text, '[');
	if (!at)
		return -EBADMSG;
	ino = strtoull(at + 1, &end, 10);
	if (end == at + 1 || strcmp(end, "]") != 0)
		return -EBADMSG;
	*ret = ino;
	return 0;
}

int ns_inodes_read_some(int dirfd, uint32_t types, struct ns_inodes *ret)
{
	struct ns_inodes found = {{0}};

	for (int type = 0; type < NS_TYPE_MAX; type++) {
		int r = 0;

		if (types & ns_bit(type))
			r = ns_inode_read(dirfd, ns_types[type].proc, &found.ino[type]);
		if (r < 0 && r != -ENOENT) /* a kernel without this type */
			return r;
	}
	*ret = found;
	return 0;
}

int ns_inodes_read(int dirfd, struct ns_inodes *ret)
{
	return ns_inodes_read_some(dirfd, ns_bit(NS_TYPE_MAX) - 1, ret);
}
