/* SPDX-License-Identifier: MIT */
/* The account of a login, its caller and its groups */
#ifndef NSI_MODULE_ACCOUNT_H
#define NSI_MODULE_ACCOUNT_H

#include <security/pam_modules.h>

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

#endif /* NSI_MODULE_ACCOUNT_H */
