/* SPDX-License-Identifier: MIT */
/* Facts about other processes from /proc */
#ifndef NSI_PROC_H
#define NSI_PROC_H

#include <stddef.h>
#include <stdint.h>

#include "base/nstype.h"

/*
 * Reads the start time of a process, field 22 of proc_pid_stat(5), in clock ticks since boot.
 * Returns 0, -ESRCH when the process is gone, or another -errno.
 */
int proc_start_time(int pid, uint64_t *ret);

/* Opens a pidfd.  Returns it, -ESRCH if no process has the number (a thread may), or another -errno. */
int proc_pidfd(int pid);

/*
 * Returns the present time in the same ticks.  A process that makes a request now has started
 * before, and a later process with its pid has not: this tells them apart without reading /proc.
 */
uint64_t proc_now(void);

/*
 * Reads the inodes of the namespaces of a process; needs CAP_SYS_PTRACE for processes of others.
 * Returns 0 or -errno.
 */
int proc_namespaces(int pid, struct ns_inodes *ret);

/*
 * Opens a pidfd of the process @pid if it started at @start and, for each of @types, is in
 * the namespaces @ns.  Returns the pidfd, -ESRCH if it is another process, or another -errno.
 */
int proc_open(int pid, uint64_t start, uint32_t types, const struct ns_inodes *ns);

/*
 * Makes the path of the program @name in the directory of the one that runs here; one that was
 * replaced meanwhile keeps its directory.  Returns 0 or -errno.
 */
int proc_path_beside(const char *name, char *buf, size_t size);

/* Reads the boot id, as text without a newline.  Returns 0 or -errno. */
enum {
	PROC_BOOT_ID_SIZE = 40
};
int proc_boot_id(char buf[PROC_BOOT_ID_SIZE]);

#endif /* NSI_PROC_H */
