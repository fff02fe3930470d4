/* SPDX-License-Identifier: MIT */
/* Facts about other processes from /proc */
#ifndef NSI_PROC_H
#define NSI_PROC_H

#include <stdint.h>

#include "base/nskind.h"

/* The start time of a process, field 22 of proc_pid_stat(5), in ticks; -ESRCH when it is gone. */
int proc_start_time(int pid, uint64_t *ret);

/*
 * The present in the same ticks.  Whatever process asks for something now has started before,
 * and one that gets its pid afterwards has not: so this tells them apart without a look at /proc.
 */
uint64_t proc_now(void);

/* The namespaces of a process; needs CAP_SYS_PTRACE over one that is not one's own.  0 or -errno. */
int proc_namespaces(int pid, struct ns_inodes *ret);

/*
 * A pidfd of the process @pid if it is the one that started at @start and, for each
 * of @kinds, is in the namespaces @ns.  -ESRCH if it is not, or another -errno.
 */
int proc_open(int pid, uint64_t start, uint32_t kinds, const struct ns_inodes *ns);

/* Which boot this is, as text without a newline.  0 or -errno. */
enum {
	PROC_BOOT_ID_SIZE = 40
};
int proc_boot_id(char buf[PROC_BOOT_ID_SIZE]);

#endif /* NSI_PROC_H */
