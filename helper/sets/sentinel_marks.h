/* SPDX-License-Identifier: MIT */
/* The watches of an inotify instance, as the kernel lists them */
#ifndef NSI_SENTINEL_MARKS_H
#define NSI_SENTINEL_MARKS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * DOC: an inotify instance that outlives the helper
 *
 * The service manager keeps the inotify instance of the sentinels (host/service.h), and with it every watch
 * and every report that is not read yet.  A helper that follows gets it back, and reads from
 * /proc/self/fdinfo (proc_pid_fdinfo(5)) which watches are left.  A record names the instance and the watch on
 * each root of its set.  So of a set without an anchor, which nobody can look into, it is known for each
 * root whether its file system is there: the watch ends with it, and whose device number it had does
 * not matter.  Watch descriptors of an instance are given in turn and not again.
 */

/* One watch of an instance. */
struct sentinel_mark {
	int wd;
	uint64_t dev; /* st_dev of what is watched */
};

struct sentinel_marks {
	struct sentinel_mark *all; /* owned; sorted by wd */
	unsigned count, room;
};

/* Reads a line of /proc/PID/fdinfo/FD.  Returns whether it is one of a watch of inotify. */
bool sentinel_parse_mark(const char *line, struct sentinel_mark *ret);

/* Reads the watches of the inotify instance @fd of this process into @ret, which is {0} or of an earlier call.  Returns 0 or -errno. */
int sentinel_read_marks(int fd, struct sentinel_marks *ret);

/* Returns the watch @wd, or NULL. */
const struct sentinel_mark *sentinel_find_mark(const struct sentinel_marks *marks, int wd);

void sentinel_free_marks(struct sentinel_marks *marks);

/*
 * Returns the inotify instance for the sentinels: the one that was kept for this helper, if @is_service, or a
 * new one, which is kept from now on.  *ret_id is its number in records.  Or -errno.
 */
int sentinel_open_instance(bool is_service, uint64_t *ret_id);

#endif /* NSI_SENTINEL_MARKS_H */
