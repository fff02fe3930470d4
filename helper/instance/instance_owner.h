/* SPDX-License-Identifier: MIT */
/* The check that a uid still belongs to the account that owns the files */
#ifndef NSI_INSTANCE_OWNER_H
#define NSI_INSTANCE_OWNER_H

#include <sys/types.h>

struct nsi_fail;

/*
 * Whether @name is a name of the account @uid today: 1, 0, or -errno if a name service that
 * may know of it does not answer.  It waits for those.
 */
int owner_is_alias(const char *name, uid_t uid);

/*
 * Compares <state>/<name>/owner with @user.  Another name is taken for a second
 * name of the same account as long as it still resolves to @uid; otherwise the
 * account is gone, and its directory is moved to <state>/quarantine.
 * Returns 0 or -errno, which is also the answer where that cannot be found out.
 */
int owner_check(int state_fd, const char *name, uid_t uid, const char *user, struct nsi_fail *f);

/* Records the owner's name below @dir_fd, a directory of the statedir, unless it has one. */
int owner_note(int state_fd, int dir_fd, const char *user, struct nsi_fail *f);

#endif /* NSI_INSTANCE_OWNER_H */
