/* SPDX-License-Identifier: MIT */
/* A reader of /proc/PID/mountinfo */
#ifndef NSI_MOUNTINFO_H
#define NSI_MOUNTINFO_H

#include <stdio.h>

/* One mount: the fields of proc_pid_mountinfo(5), with \040 and the like turned back. */
struct mountinfo {
	const char *device; /* "MAJOR:MINOR" */
	const char *root;   /* of the file system, what is mounted */
	const char *point;
	const char *options; /* of this mount */
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

/* The mounts that process @pid sees, 0 for the caller.  Returns 0 or -errno; see mountinfo_done(). */
int mountinfo_open(struct mountinfo_table *t, int pid);

/*
 * The next mount, in the order of the table: a mount stands behind the one that it lies in.
 * @ret is good until the next call.  Lines that do not have the form of the manual are left
 * out.  Returns 1, 0 behind the last, or -errno.
 */
int mountinfo_next(struct mountinfo_table *t, struct mountinfo *ret);

void mountinfo_done(struct mountinfo_table *t);

#endif /* NSI_MOUNTINFO_H */
