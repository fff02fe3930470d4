/* SPDX-License-Identifier: MIT */
/* The opening of an isolated session */
#ifndef NSI_MODULE_OPEN_H
#define NSI_MODULE_OPEN_H

#include <security/pam_modules.h>

struct module_args;
struct nsi_fail;

/* Performs pam_sm_open_session() with parsed arguments.  Returns a PAM code. */
int open_session(pam_handle_t *pamh, int flags, const struct module_args *args);

/*
 * As open_session(), for a line in /etc/pam.d with the mistake @wrong: refuses, but lets root in,
 * and everybody while isolation is switched off.  @args has the valid arguments.
 */
int open_refuse(pam_handle_t *pamh, int flags, const struct module_args *args,
		const struct nsi_fail *wrong);

#endif /* NSI_MODULE_OPEN_H */
