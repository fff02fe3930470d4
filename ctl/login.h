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
};

/*
 * Looks up @name and what the options say.  Returns CTL_OK, or the exit code for
 * what went wrong, which has been said.  login_done() is due either way.
 */
int login_find(const struct ctl *ctl, const char *name, struct login *ret);

void login_done(struct login *l);

/*
 * The same as the rules of @image see it; points into @l.  Where these name groups of a directory service,
 * asks whether it answers.
 */
struct pol_login login_for_rules(const struct pol_image *image, const struct login *l);

#endif /* NSI_CTL_LOGIN_H */
