/* SPDX-License-Identifier: MIT */
/* Project quotas of private directories on disk */
#ifndef NSI_INSTANCE_QUOTA_H
#define NSI_INSTANCE_QUOTA_H

#include <stdint.h>

struct nsi_fail;

/*
 * DOC: projects
 *
 * A project quota counts what is in a project, whoever owns it.  Each instance with a
 * quota is a project of its own: its directory has the project's id and the flag that
 * lets all that is made below inherit it, and the file system has the limits.
 *
 * Ids are of a range of ours, QUOTA_ID_FIRST to QUOTA_ID_LAST (1073741824 to
 * 2147483647), and are given in order: <statedir>/projects has the last one.  An id for
 * which the file system has limits or usage is skipped, so that a lost file mixes no two
 * directories.  The id of an instance is an attribute of its directory; it keeps it as long
 * as it is there.
 *
 * Two things are the kernel's: outside of a user namespace, the owner of a file may
 * move it to another project (chattr -p), so this is no boundary against one who means
 * to get around it; and files that were there before the quota are not counted.
 */
#define QUOTA_ID_FIRST UINT32_C(0x40000000)
#define QUOTA_ID_LAST  UINT32_C(0x7fffffff)

/* 0: no limit. */
struct quota {
	uint64_t bytes;
	uint64_t files;
};

struct quota_state {
	struct quota limit;
	struct quota used;
};

/*
 * Checks, before an instance is made, that its file system supports quotas.  Returns 0, or
 * -errno with what to do in @f.
 */
int quota_check(int state_fd, const struct quota *want, struct nsi_fail *f);

/*
 * Gives the instance @dir the limits @want; without any, removes those that we have set.
 * CAP_SYS_ADMIN is effective only during the calls that need it.
 * Returns 0 or -errno.
 */
int quota_apply(int state_fd, int dir, const struct quota *want, struct nsi_fail *f);

/* Removes the limits of the ended instance @dir; the kernel frees their record with its last file. */
void quota_release(int dir);

/* The same for every instance below the directory @name of a set. */
void quota_release_below(int state_fd, const char *name);

/* Reads the usage and limits of the instance @dir.  -ENODATA if it is in no project of ours. */
int quota_read(int dir, struct quota_state *ret);

/* Whether the file system of @dir holds projects to their limits.  0 or -errno. */
int quota_is_enforced(int dir);

/* Limits in bytes as the blocks of 1024 that the call takes; a part of one is a whole one. */
static inline uint64_t quota_blocks(uint64_t bytes)
{
	return bytes / 1024 + (bytes % 1024 != 0);
}

/* The id behind @last, in a circle; the first one for what is no id of ours. */
static inline uint32_t quota_next_id(uint64_t last)
{
	return last < QUOTA_ID_FIRST || last >= QUOTA_ID_LAST ? QUOTA_ID_FIRST : (uint32_t)last + 1;
}

#endif /* NSI_INSTANCE_QUOTA_H */
