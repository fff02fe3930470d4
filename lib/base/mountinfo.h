/* SPDX-License-Identifier: MIT */
/* A reader of /proc/PID/mountinfo */
#ifndef NSI_MOUNTINFO_H
#define NSI_MOUNTINFO_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

/* One mount: the fields of proc_pid_mountinfo(5), with \040 and the like turned back. */
struct mountinfo {
	const char *id;     /* of the mount: STATX_MNT_ID of statx(2) */
	const char *device; /* "MAJOR:MINOR" */
	const char *root;   /* of the file system, what is mounted */
	const char *point;
	const char *options; /* of this mount */
	const char *tags;    /* "shared:1 master:2 ", or "" */
	const char *type;
	const char *source;
	const char *super; /* options of the file system */
};

/* A table that is being read; { 0 } before mountinfo_open(). */
struct mountinfo_table {
	FILE *file; /* owned */
	char *line; /* owned */
	size_t room;
};

/* Opens the mount table of process @pid (0: the caller).  Returns 0 or -errno; see mountinfo_done(). */
int mountinfo_open(struct mountinfo_table *t, int pid);

/* The same of the file @path below @dirfd, as openat(2) takes them. */
int mountinfo_open_at(struct mountinfo_table *t, int dirfd, const char *path);

/*
 * Reads the next mount, in the order of the table: a mount follows its parent.
 * @ret is valid until the next call.  Lines in another form than that of proc_pid_mountinfo(5) are
 * skipped.  Returns 1, 0 behind the last, or -errno.
 */
int mountinfo_next(struct mountinfo_table *t, struct mountinfo *ret);

/* Whether the mount is of the file system with the st_dev @dev. */
bool mountinfo_has_dev(const struct mountinfo *m, dev_t dev);

void mountinfo_done(struct mountinfo_table *t);

#endif /* NSI_MOUNTINFO_H */
