/* SPDX-License-Identifier: MIT */
/* Which groups is an account in, and how is the helper told? */
#ifndef NSI_LOGIN_GROUPS_H
#define NSI_LOGIN_GROUPS_H

#include <sys/types.h>

#include "wire/wire.h"

struct call;
struct nsi_fail;

/*
 * All groups of an account, the primary one included (getgrouplist(3)); the caller
 * frees the list.  Returns 0 or -errno.
 */
int groups_of(const char *name, gid_t gid, gid_t **ret, int *ret_count, struct nsi_fail *f);

/* Looks the groups of @name up and answers one bit of an NSI_NEED with them.  Returns 0 or -errno. */
int groups_send(struct call *c, enum nsi_need need, const char *name, gid_t gid,
		struct nsi_fail *f);

#endif /* NSI_LOGIN_GROUPS_H */
