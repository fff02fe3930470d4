/* SPDX-License-Identifier: MIT */
/* The namespaces of this process, and its way into others */
#ifndef NSI_LOGIN_PLACE_H
#define NSI_LOGIN_PLACE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/nstype.h"
#include "login/workdir.h"

struct nsi_fail;
struct nsi_reply;

/* The namespaces and the working directory of the process before it enters others. */
struct place {
	int pid; /* of this process, as it calls itself */
	int ns_dir; /* O_PATH of /proc/self/ns, from place_enter() on: usable with that procfs out of sight */
	bool keeps_proc;     /* the target has the same procfs at /proc: ns_dir is not needed */
	bool keeps_root;     /* and the same root directory */
	struct ns_inodes ns; /* of the types that were read; 0 for the others */
	struct workdir dir;
	struct workdir_rules rules; /* the caller's to fill in before place_enter() */
	enum workdir_result went;   /* the working directory after place_enter() */
	bool is_by_type; /* the descriptors are of namespaces, one for each type, even if it is one */
};

/*
 * The namespace types that an open reports to the helper.  Nearly every set has one of these.
 * The helper reads the other types itself, so that a login need not.
 */
#define PLACE_KINDS (ns_bit(NS_MNT) | ns_bit(NS_IPC) | ns_bit(NS_UTS))

/*
 * Reads the namespaces in @types of the process (0: for a close, when the helper knows them), and
 * its working directory.  Refuses a call from a thread that is not the main one, because
 * namespaces belong to a thread and another one would fork the session's process.  The helper
 * checks for a chroot, which looks like "/" from within.  Returns 0 or -errno.
 */
int place_look(struct place *p, uint32_t types, struct nsi_fail *f);

/* Reads more of its namespaces, before it enters others.  Returns 0 or -errno. */
int place_read(uint32_t types, struct ns_inodes *ret);

void place_done(struct place *p);

/*
 * Enters reply->types by what the reply carries: one pidfd, with one atomic
 * setns(2) (Linux 5.8), or one nsfs descriptor for each type.  Then compares the
 * namespaces with reply->to and finds the working directory (p->went tells which).
 *
 * Returns 0; -errno with nothing changed; PLACE_STRANDED if the process moved
 * but is not where it should be.
 */
enum {
	PLACE_STRANDED = 1
};
int place_enter(struct place *p, const struct nsi_reply *reply, const int *fds, unsigned count,
		struct nsi_fail *f);

#endif /* NSI_LOGIN_PLACE_H */
