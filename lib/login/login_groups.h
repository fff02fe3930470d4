/* SPDX-License-Identifier: MIT */
/* The groups of an account, for the helper */
#ifndef NSI_LOGIN_GROUPS_H
#define NSI_LOGIN_GROUPS_H

#include <stdbool.h>
#include <sys/types.h>

#include "wire/wire.h"

struct client_call;
struct nsi_fail;

/*
 * All groups of an account, the primary one included (getgrouplist(3)); the caller
 * frees the list.  Returns 0 or -errno.
 */
int groups_of(const char *name, gid_t gid, gid_t **ret, int *ret_count, struct nsi_fail *f);

/*
 * Whether the account may be in more groups than the @count of @groups.  getgrouplist(3) reports no
 * error of any source and leaves the groups of one that does not answer out.  So each of @directory, groups that
 * are known to exist, is looked up here, and a name that does not exist, which leads to every source.
 */
bool groups_may_lack(const char *name, const gid_t *groups, int count, const gid_t *directory,
		     unsigned directory_count);

/* Looks the groups of @name up and answers one bit of an NSI_NEED with them.  Returns 0 or -errno. */
int groups_send(struct client_call *c, enum nsi_need need, const char *name, gid_t gid,
		struct nsi_fail *f);

#endif /* NSI_LOGIN_GROUPS_H */
