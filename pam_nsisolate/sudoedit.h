/* SPDX-License-Identifier: MIT */
/* Detection of sudoedit(8), whose session and program have different users */
#ifndef NSI_MODULE_SUDOEDIT_H
#define NSI_MODULE_SUDOEDIT_H

#include <security/pam_modules.h>
#include <stdbool.h>
#include <sys/types.h>

/*
 * Whether this process is sudo(8) in the role of sudoedit.  It opens a session of the file's owner
 * and runs the editor as the caller, on a copy in the caller's /var/tmp: as no other
 * way of running sudo does, it has real uid 0 then although another user has started it.  With root as the
 * caller the command line has to tell; anybody else's is not asked, as they choose it.
 * @caller: the real uid of this process.  @ret: the uid of the caller, who is PAM_RUSER; 0 if that does not say.
 */
bool sudoedit_is_running(pam_handle_t *pamh, uid_t caller, uid_t *ret);

#endif /* NSI_MODULE_SUDOEDIT_H */
