/* SPDX-License-Identifier: MIT */
/* The account of a login, its caller and its groups */
#ifndef NSI_MODULE_ACCOUNT_H
#define NSI_MODULE_ACCOUNT_H

#include <security/pam_modules.h>
#include <stdbool.h>
#include <sys/types.h>

#include "wire/wire.h"

struct client_call;
struct nsi_fail;

/*
 * Fills in an NSI_OPEN from PAM's items and one look-up of the user.
 * Returns PAM_SUCCESS, or the PAM code to refuse with, the sentence in @f.
 */
int account_fill(pam_handle_t *pamh, struct nsi_open *open, struct nsi_fail *f);

/*
 * Answers an NSI_NEED: looks the groups (getgrouplist(3)) and the caller up and
 * sends them.  Returns 0 or -errno.
 */
int account_answer(pam_handle_t *pamh, struct client_call *c, const struct nsi_open *open,
		   struct nsi_fail *f);

/*
 * Whether this process is sudo(8) in the role of sudoedit.  It opens a session of the file's owner
 * and runs the editor as the caller, on a copy in the caller's /var/tmp: as no other
 * way of running sudo does, it has real uid 0 then although another user has started it.  With root as the
 * caller the command line has to tell; anybody else's is not asked, as they choose it.
 * @caller: the real uid of this process.  @ret: the uid of the caller, who is PAM_RUSER; 0 if that does not say.
 */
bool sudoedit_is_running(pam_handle_t *pamh, uid_t caller, uid_t *ret);

#endif /* NSI_MODULE_ACCOUNT_H */
