/* SPDX-License-Identifier: MIT */
/* Sets whose sessions are in a user namespace (user = "map") */
#ifndef NSI_MAPPED_H
#define NSI_MAPPED_H

#include <stdint.h>

#include "wire/wire.h"

struct call;
struct nsi_fail;
struct set;

/* Checks that the login can be represented by the maps of @set.  Returns 0 or -errno. */
int mapped_fits(struct call *c, const struct set *set, struct nsi_fail *f);

/* Positive outcome of mapped_check_peer(): the login is left in the set c->within. */
enum {
	MAPPED_STAYS = 1
};

/*
 * Decides about the message @m of a process in the user namespace @user.  Returns 0 if the request may go on, MAPPED_STAYS,
 * -EXDEV, or -EPERM.  A login from there that goes on may stay where it is, by a rule; mapped_check_leave() refuses all else.
 */
int mapped_check_peer(struct call *c, uint64_t user, const union nsi_message *m,
		      struct nsi_fail *f);

/* Refuses (-EXDEV) what would lead out of the user namespace that the request comes from, if it comes from one. */
int mapped_check_leave(const struct call *c, struct nsi_fail *f);

#endif /* NSI_MAPPED_H */
