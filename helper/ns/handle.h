/* SPDX-License-Identifier: MIT */
/* File handles of namespaces: they hold nothing, and tell whether a namespace is still in use. */
#ifndef NSI_NS_HANDLE_H
#define NSI_NS_HANDLE_H

#include <stdint.h>

#include "base/nstype.h"

/*
 * The kernel's number of a namespace of process @pid, which is given once a boot, unlike its
 * inode (Linux 6.18: name_to_handle_at(2) on nsfs).  Needs CAP_SYS_PTRACE over the process.
 * Returns 0, -EOPNOTSUPP on an earlier kernel, or another -errno.
 */
int ns_handle_read(int pid, enum ns_type type, uint64_t *ret_id);

/*
 * Opens the namespace with the number @id, whose inode was @ino, as setns(2) takes it; open, it
 * is in use.  Needs CAP_SYS_ADMIN over it.  Returns a descriptor, -ESTALE when neither process
 * nor descriptor nor mount uses it any more, or another -errno.
 */
int ns_handle_open(uint64_t id, enum ns_type type, uint64_t ino);

#endif /* NSI_NS_HANDLE_H */
