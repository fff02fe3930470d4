/* SPDX-License-Identifier: MIT */
/* Rules that are valid, and cannot work as they were meant on this system. */
#ifndef NSI_CTL_LINT_H
#define NSI_CTL_LINT_H

#include "ctl/findings.h"

struct pamd_names;
struct pol_image;

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

/* Reports lines of /etc/sudoers that name hosts, if a policy gives its sets another host name. */
void lint_sudoers(const struct pol_image *image, lint_fn report, void *arg);

typedef void (*sudoers_fn)(void *arg, const char *file, unsigned line, const char *host);

/*
 * Calls @each for the first such line of @path and of every file that it includes: a rule or
 * "Defaults@" that names a host, an alias of hosts or a netgroup.  ALL and addresses are
 * no names.  Files that cannot be read are skipped: sudo(8) reports them itself.
 */
void sudoers_find_hosts(const char *path, sudoers_fn each, void *arg);

#endif /* NSI_CTL_LINT_H */
