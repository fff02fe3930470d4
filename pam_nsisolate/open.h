/* SPDX-License-Identifier: MIT */
/* How does a session come to be isolated, or refused? */
#ifndef NSI_MODULE_OPEN_H
#define NSI_MODULE_OPEN_H

#include <security/pam_modules.h>

struct module_args;

/* The whole of pam_sm_open_session() once its arguments are known.  Returns a PAM code. */
int open_session(pam_handle_t *pamh, int flags, const struct module_args *args);

#endif /* NSI_MODULE_OPEN_H */
