/* SPDX-License-Identifier: MIT */
/* The capabilities of the helper and its children */
#ifndef NSI_PRIV_H
#define NSI_PRIV_H

#include <stdbool.h>
#include <stdint.h>

struct nsi_fail;

/*
 * DOC: stages
 *
 * helper    permitted: what building, joining, watching and ending sets takes
 *           (the list is in priv.c, each with its reason); effective: nothing but
 *           between priv_raise() and priv_lower().  Bounding, inheritable and
 *           ambient sets are empty, no_new_privs is set, the process is not dumpable.  Mustn't parse a policy, nor walk into an instance.
 * anchor    the helper's until its set is built, then none.
 * loader    none.  Reads the policy as uid 0, which owns the files.
 * scanner   CAP_SYS_PTRACE, CAP_KILL: reads /proc/PID/ns, ends leftovers.  CAP_SYS_ADMIN:
 *           opens namespaces by their handles, lists the mounts of others.  CAP_DAC_OVERRIDE: looks
 *           for files below private directories by name.
 * sweeper   CAP_DAC_OVERRIDE, CAP_FOWNER: deletes below the statedir.  CAP_SYS_ADMIN is
 *           permitted, and effective for taking back a quota alone.
 * visitor   CAP_SYS_ADMIN, CAP_SYS_CHROOT, CAP_SYS_PTRACE, CAP_DAC_OVERRIDE: enters live sets
 *           and puts back what the host's changes have taken out of their views.
 * importer  CAP_SYS_ADMIN, CAP_SYS_CHROOT, CAP_SYS_PTRACE, CAP_CHOWN, CAP_FOWNER, CAP_DAC_OVERRIDE: enters
 *           a set, and moves files of a user into it.
 * rules     CAP_NET_ADMIN: loads rules of nftables.
 */
enum priv_stage {
	PRIV_LOADER,
	PRIV_SCANNER,
	PRIV_SWEEPER,
	PRIV_ANCHOR,
	PRIV_VISITOR,
	PRIV_IMPORTER,
	PRIV_RULES
};

/* Turns this process into the helper.  Returns 0 or -errno; capabilities that root lacks are left out. */
int priv_init(struct nsi_fail *f);

/* Makes the permitted capabilities effective, or none.  A failure shows in the call that needs them. */
void priv_raise(void);
void priv_lower(void);

/*
 * proc_start_time() of any process.  A /proc with hidepid= hides those that the reader may not trace (proc(5)):
 * without CAP_SYS_PTRACE nearly all of root's, unless gid= names a group of the helper's.
 */
int priv_start_time(int pid, uint64_t *ret);

/* Reduces this process to a stage, for good, and reads back that it is so.  Returns 0 or -errno. */
int priv_become(enum priv_stage stage, struct nsi_fail *f);

/*
 * Takes uid, gid and groups 0 for real (su leaves the caller's real uid, and its
 * owner may signal such a process), umask 0, "/" as directory, and limits that
 * serve a thousand sets.  On demand also leaves the login's cgroup, keyring and
 * audit id, with which it would end or be blamed, and what the login's scheduler, disks
 * and OOM score were told.  Returns 0, or -errno with the sentence in @f.
 */
int surroundings_leave(bool on_demand, struct nsi_fail *f);

/*
 * Raises the limits that the helper and its children depend on, and takes those of process 1
 * for the others, whatever the process that started it had.  A hard limit can be raised only
 * with CAP_SYS_RESOURCE, which root in a container may lack; one that is then too low for
 * every login is an error.  Returns 0 or -EPERM with the limit in @f.
 */
int rlimits_reset(struct nsi_fail *f);

/*
 * Gives this process copies of its own of the pages that a fork has left common to it and its
 * parent or child, as far as they are data, heap or stack.  The kernel would copy each when it is
 * written to, which is while a login waits.  A kernel that cannot (before Linux 5.14) does that.
 */
void memory_own(void);

#endif /* NSI_PRIV_H */
