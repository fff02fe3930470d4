/* SPDX-License-Identifier: MIT */
/* The account of a user, and the change to its credentials */
#ifndef NSI_CTL_PERSON_H
#define NSI_CTL_PERSON_H

#include <sys/types.h>

#include "policy/match.h"
#include "wire/wire.h"

struct ctl;
struct nsi_fail;
struct pol_image;

struct person {
	char name[NSI_NAME_SIZE];
	char home[NSI_PATH_SIZE];
	char shell[NSI_PATH_SIZE];
	uid_t uid;
	gid_t gid;
	gid_t *groups; /* owned; all of them, the primary one included */
	int group_count;
};

/* Positive outcome of person_find(): there is no such user. */
enum {
	PERSON_UNKNOWN = 1
};

/* Looks a user up, with groups.  Returns 0 (then call person_done()), PERSON_UNKNOWN or -errno. */
int person_find(const char *name, struct person *ret, struct nsi_fail *f);

/* As person_find().  Returns CTL_OK (then call person_done()), or an exit code after the error was reported. */
int person_find_or_say(const char *name, struct person *ret);

/* As person_find(), for a uid. */
int person_find_uid(uid_t uid, struct person *ret, struct nsi_fail *f);

void person_done(struct person *p);

/*
 * Changes to the groups, gid and uid of @p for good, without a name service, and checks
 * that root cannot be regained.  Returns 0 or -errno.
 */
int person_become(const struct person *p, struct nsi_fail *f);

/*
 * Sets the environment of a login: HOME, SHELL, USER, LOGNAME, PATH, the caller's TERM
 * and locale, and the variables of the set (@set "" for none).  Then changes to the home
 * directory, or to "/".  Returns 0 or -errno.
 */
int person_settle(const struct person *p, const char *set, const char *policy, struct nsi_fail *f);

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

#endif /* NSI_CTL_PERSON_H */
