/* SPDX-License-Identifier: MIT */
/* The records of what a set has on the host's network, <rundir>/net/<set> */
#ifndef NSI_NET_STATE_H
#define NSI_NET_STATE_H

#include <stdint.h>

struct net_record;
struct nsi_fail;

/*
 * Opens <rundir>/net, made if need be, as O_RDONLY|O_DIRECTORY.
 * Returns a descriptor or -errno.
 */
int state_open(int run_fd, struct nsi_fail *f);

/* Waits for the lock of that directory; it is held until the descriptor is closed.  Returns it. */
int state_lock(int net_fd, struct nsi_fail *f);

/* Writes, in one step, and reads <rundir>/net/@set.  Return 0 or -errno. */
int state_write(int net_fd, uint64_t set, const struct net_record *rec, struct nsi_fail *f);
int state_read(int net_fd, uint64_t set, struct net_record *ret);

/*
 * Renames a record to "<set>.undo": the set has ended, but its network is still to be
 * removed.  And reads, and removes, such a record.  Return 0, -ENOENT or another -errno.
 */
int state_retire(int net_fd, uint64_t set);
int state_read_retired(int net_fd, uint64_t set, struct net_record *ret);
int state_remove(int net_fd, uint64_t set);

/* The lowest set above @after with a record, retired or not; 0: there is none; or -errno. */
int state_next(int net_fd, uint64_t after, uint64_t *ret);

/*
 * Calls @each with every record, in no order, until one answers other than 0; returns that, or 0, or
 * -errno, also for a record that cannot be read: nobody takes those that can for all of them.
 */
typedef int state_each_fn(void *arg, uint64_t set, const struct net_record *rec);
int state_each(int net_fd, state_each_fn *each, void *arg);

#endif /* NSI_NET_STATE_H */
