/* SPDX-License-Identifier: MIT */
/* Rules that are valid, and cannot work as they were meant on this system. */
#ifndef NSI_CTL_LINT_H
#define NSI_CTL_LINT_H

#include <stdbool.h>

#include "ctl/findings.h"
#include "ctl/person.h"
#include "policy/match.h"

struct pamd_names;
struct pol_image;
struct pol_rule;

/* A finding about a line of the policy; valid during the call only. */
struct lint {
	enum finding finding;
	const char *file;
	unsigned line;
	const char *text;   /* one sentence */
	const char *remedy; /* one line */
};

typedef void (*lint_fn)(void *arg, const struct lint *lint);

/*
 * Reports services and users of rules that do not exist, rules that are never reached, and
 * services by which users of a rule log in without any rule.  @services are those of
 * this system.  Asks the user database, for a bounded number of names.
 */
void lint_rules(const struct pol_image *image, const struct pamd_names *services, lint_fn report,
		void *arg);

/*
 * Reports rules by which desktops get an IPC namespace although their X server, or what shows its
 * screen, is in the host's.  @services are those of this system.
 */
void lint_desktops(const struct pol_image *image, const struct pamd_names *services, lint_fn report,
		   void *arg);

/*
 * Reports paths of the policies that rules lead to, such as those of "hide", "bind" and "on_create", that
 * the helper would refuse.  Not those that this process may not look at, nor those that only a set has.
 */
void lint_paths(const struct pol_image *image, lint_fn report, void *arg);

/* Reports lines of /etc/sudoers that name hosts, if a policy gives its sets another host name. */
void lint_sudoers(const struct pol_image *image, lint_fn report, void *arg);

typedef void (*sudoers_fn)(void *arg, const char *file, unsigned line, const char *host);

/*
 * Calls @each for the first such line of @path and of every file that it includes: a rule or
 * "Defaults@" that names a host, an alias of hosts or a netgroup.  ALL and addresses are
 * no names.  Files that cannot be read are skipped: sudo(8) reports them itself.
 */
void sudoers_find_hosts(const char *path, sudoers_fn each, void *arg);

/* Whether no line of @path, or of a file that it includes, has sudo open no PAM session: "Defaults !pam_session". */
bool sudoers_open_sessions(const char *path);

enum {
	WITNESS_MAX = 24
};

struct witness {
	struct person person;
	bool is_real; /* an account of this system */
};

struct witnesses {
	struct witness rows[WITNESS_MAX];
	unsigned count;
};

/*
 * Finds accounts that the lists "user", "uid" and "group" of @rule match: those that it
 * names, members of groups that it names, and where there is none of these, made-up ones
 * with ordinary numbers.  None for a rule that no account can match.  Asks the user
 * database; who cannot be looked up is left out.  witnesses_done() is due.
 */
void witnesses_find(const struct pol_image *image, const struct pol_rule *rule,
		    struct witnesses *ret);
void witnesses_done(struct witnesses *w);

/* A login of @p by @service, called by root, without terminal or host; points into @p. */
struct pol_login witness_login(const struct person *p, const char *service);

#endif /* NSI_CTL_LINT_H */
