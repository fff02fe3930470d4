/* SPDX-License-Identifier: MIT */
/* Descriptors of directories that a path does not lead to. */
#ifndef NSI_CWD_H
#define NSI_CWD_H

/*
 * Opens the working directory with O_PATH, whatever its mode and its server allow: open(2) of "."
 * wants the right to search it, open_tree(2) (Linux 5.2) does not.  Returns a descriptor or -errno.
 */
int cwd_open(void);

/*
 * Makes an empty directory that nobody can write to, root neither: the root of a read-only
 * tmpfs that is mounted nowhere.  It lasts as long as a process stands in it or has it open.
 * Needs CAP_SYS_ADMIN over the mount namespace (fsopen(2), Linux 5.2).
 * Returns an O_PATH descriptor or -errno.
 */
int cwd_make_empty(void);

#endif /* NSI_CWD_H */
