/* SPDX-License-Identifier: MIT */
/* The login that "show" and "run" are asked about */
#ifndef NSI_CTL_LOGIN_H
#define NSI_CTL_LOGIN_H

#include "ctl/person.h"
#include "policy/match.h"

struct ctl;
struct pol_image;

struct login {
	struct person user;
	struct person caller; /* who runs su or sudo: root unless --from-user says */
	const char *service;
	const char *tty;
	const char *rhost;
	const char *cgroups; /* as in struct pol_login; NULL: of no job */
};

/*
 * Looks up @name and the accounts of the options.  Returns CTL_OK, or an exit code after
 * the error was reported.  The caller calls login_done() in either case.
 */
int login_find(const struct ctl *ctl, const char *name, struct login *ret);

void login_done(struct login *l);

/*
 * Returns the login in the form that rules match; it points into @l.  If the rules of @image name
 * groups of a directory service, checks that it answers.
 */
struct pol_login login_for_rules(const struct pol_image *image, const struct login *l);

#endif /* NSI_CTL_LOGIN_H */
