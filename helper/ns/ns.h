/* SPDX-License-Identifier: MIT */
/* How are namespaces made that clone3(2) cannot make as they should be? */
#ifndef NSI_NS_H
#define NSI_NS_H

#include <stdint.h>
#include <sys/types.h>

struct nsi_fail;

/* How far clocks inside are ahead of the host's, in seconds; negative: behind. */
struct ns_clocks {
	int64_t boottime;
	int64_t monotonic;
};

/*
 * Moves this process into a time namespace with these offsets.  They can be written
 * as long as nobody is in it, so clone3(2), which puts the child in at once, is too
 * late (time_namespaces(7)).  Needs CAP_SYS_TIME.  Returns 0 or -errno.
 */
int ns_enter_time(const struct ns_clocks *clocks, struct nsi_fail *f);

/*
 * Moves this process into new namespaces of @kinds that belong to a user namespace of
 * the user's: root in that one, which is the user, is root over them and over
 * nothing else.  This process stays in its own user namespace.
 */
int ns_enter_delegated(uint32_t kinds, uid_t uid, gid_t gid, struct nsi_fail *f);

/* Sets one of the values that each IPC namespace has its own of: "kernel.shmmax=65536". */
int ns_set_sysctl(const char *text, struct nsi_fail *f);

/* Names the limit that making namespaces of @kinds ran into, as far as errno @err tells.  Returns it. */
int ns_explain(int err, uint32_t kinds, struct nsi_fail *f);

#endif /* NSI_NS_H */
