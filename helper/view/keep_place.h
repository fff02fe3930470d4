/* SPDX-License-Identifier: MIT */
/* Entries of the host's that are kept in a private directory. */
#ifndef NSI_VIEW_KEPT_H
#define NSI_VIEW_KEPT_H

#include <stdbool.h>
#include <sys/stat.h>

struct nsi_fail;

/*
 * Whether what @st says may be kept.  In a world-writable /tmp anybody could have been first to
 * make something of that name: so it must be a directory of root's, or a socket of root's or of a
 * user in @users, names with commas between them.  Those are asked of the system's accounts,
 * which may take its time.
 */
bool kept_is_trusted(const struct stat *st, const char *users);

/*
 * Opens @name below @instance to mount @mount on it; makes it, as a directory or an empty file, if
 * it is not there.  Returns an O_PATH descriptor; -ENOTDIR, -EISDIR or -ELOOP if something of
 * another kind has that name, or another -errno.
 */
int kept_make_place(int mount, int instance, const char *name, struct nsi_fail *f);

#endif /* NSI_VIEW_KEPT_H */
