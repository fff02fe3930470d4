/* SPDX-License-Identifier: MIT */
/* The check that a set still belongs to the account that asks for it */
#ifndef NSI_ACCOUNT_H
#define NSI_ACCOUNT_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Whether a set that was built for the user @builder with @uid is for the user @name with the
 * same uid: for the same name, and for another one as long as @builder is a name of that uid
 * today.  An account that was removed, and whose uid another one has now, is not.
 *
 * Name services are asked by a child without a capability, for a second at most: the caller
 * waits that long.  Where they do not answer, the answer is no, and the login gets another set.
 */
bool account_is_same(const char *builder, const char *name, uid_t uid);

#endif /* NSI_ACCOUNT_H */
