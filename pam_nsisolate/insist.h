/* SPDX-License-Identifier: MIT */
/* A refusal that holds in programs that ignore it */
#ifndef NSI_MODULE_INSIST_H
#define NSI_MODULE_INSIST_H

#include <security/pam_modules.h>

/*
 * Ends this process if its program, known by the PAM service @service, goes on after a refusal of
 * pam_open_session(3): the user would be in, on the host.  The exit status is one that its parent
 * takes for "show the greeter again".  Returns for every other service.
 */
void insist_on_refusal(pam_handle_t *pamh, const char *service);

#endif /* NSI_MODULE_INSIST_H */
