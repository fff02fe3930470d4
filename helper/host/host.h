/* SPDX-License-Identifier: MIT */
/* The host's namespaces, the rundir and the statedir of the helper */
#ifndef NSI_HOST_H
#define NSI_HOST_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/nstype.h"
#include "base/proc.h"
#include "wire/wire.h"

struct nsi_fail;

struct host {
	const char *config;
	const char *rundir;
	const char *statedir;
	int run_fd;         /* the directories, opened O_RDONLY|O_DIRECTORY */
	int sets_fd;        /* <rundir>/sets */
	int etc_fd;         /* <rundir>/etc: files that replace the host's in sets */
	int self_fd;        /* pidfd of the helper: the way back to the host's namespaces */
	int lock_fd;        /* the lock of the rundir */
	bool relieves;      /* started by systemd: a helper started by a login makes way for it */
	bool off_by_kernel; /* the kernel's command line turns isolation off */
	bool has_selinux;   /* SELinux is there: private directories get labels */
	uint64_t last_set;  /* the highest id that was ever given */
	uint64_t reserved;  /* ids up to here are recorded in <rundir>/host as given */
	int look;           /* how system_look() found these namespaces */
	struct ns_inodes ns;
	struct statx root; /* the helper's root directory: inode, device and mount id */
	char boot_id[PROC_BOOT_ID_SIZE];
};

/* Positive outcome of host_take(): another helper serves this rundir. */
enum {
	HOST_TAKEN = 1
};

/* Reads the boot id and the namespaces, and makes and checks the rundir.  Returns 0 or -errno. */
int host_init(struct host *h, struct nsi_fail *f);

/*
 * Takes the lock of the rundir, makes and checks the statedir, and checks that these
 * are the host's namespaces and not those of a set: a helper started by a nested login
 * would give copies of that set to others.  Writes <rundir>/host, from which the module
 * learns the host's mount namespace.  Returns 0, HOST_TAKEN (try again), or -errno.
 */
int host_take(struct host *h, struct nsi_fail *f);

/* Allocates the id of the next set; no id is used twice.  Returns 0 or -errno. */
int host_next_set(struct host *h, uint64_t *ret, struct nsi_fail *f);

/* Whether the file that this helper runs has been replaced since: an upgrade. */
bool host_is_replaced(void);

/* Outcomes of system_look(). */
enum {
	SYSTEM_IS_HOST,      /* the mount namespace of PID 1, and its root directory */
	SYSTEM_IS_ELSEWHERE, /* another mount namespace */
	SYSTEM_IS_CHROOT,    /* another root directory in the mount namespace of PID 1 */
};

/*
 * Compares mount namespace and root directory of this process with those of PID 1.
 * @own_mnt: the inode of this process's mount namespace.
 * Returns an outcome, or -errno where PID 1 cannot be looked at (no /proc, no CAP_SYS_PTRACE).
 */
int system_look(uint64_t own_mnt);

/*
 * Whether a helper may take what @look, the answer of system_look(), has found for the host.
 * @is_recorded: an earlier helper of this boot stood in the same mount namespace.
 * Every set is a copy of where the helper stands, so a login's private view must not
 * become everybody's.  Returns 0 or -EXDEV or another -errno.
 */
int system_check(int look, bool is_recorded, struct nsi_fail *f);

#endif /* NSI_HOST_H */
